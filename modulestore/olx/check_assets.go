package olx

import (
	"bytes"
	"html"
	"net/url"
	"path"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// LargeAsset is the size in bytes from which a file is noted as large.
const LargeAsset = 100_000_000

const assetPolicyFile = "policies/assets.json"

// assets are the static files of a course, by the names under which links find them.
type assets struct {
	byKey  map[string]string // key.AssetName -> path of the first file of that name
	folded map[string]string // the same, in folded letters
	twins  [][2]string       // files that have one name, the second and the first
}

// newAssets takes the static files from the files of a course.
func newAssets(paths []string) *assets {
	a := &assets{byKey: make(map[string]string), folded: make(map[string]string)}
	for _, folder := range []string{"static/", "static_import/"} {
		for _, file := range paths {
			rel, ok := strings.CutPrefix(file, folder)
			if !ok || noise(path.Base(rel)) {
				continue
			}
			name := key.AssetName(rel)
			if first, taken := a.byKey[name]; taken {
				a.twins = append(a.twins, [2]string{file, first})
				continue
			}
			a.byKey[name] = file
			a.folded[foldName(name)] = rel
		}
	}
	return a
}

// noise reports files that no import takes for assets.
func noise(base string) bool {
	return strings.HasPrefix(base, "._") || strings.HasPrefix(base, ".DS_Store") || strings.HasSuffix(base, "~")
}

// has reports whether a name leads to a static file: as it is, or without what follows the name in a link, or decoded. Only when none of
// these is there does the link lead nowhere.
func (a *assets) has(name string) bool {
	for _, n := range spellings(name) {
		if _, ok := a.byKey[key.AssetName(n)]; ok {
			return true
		}
	}
	return false
}

// spellings lists what a link may mean by a name.
func spellings(name string) []string {
	list := []string{name, html.UnescapeString(name)}
	plain := list[1]
	if end := strings.IndexAny(plain, "?#"); end >= 0 {
		plain = plain[:end]
		list = append(list, plain)
	}
	if decoded, err := url.PathUnescape(plain); err == nil {
		list = append(list, decoded)
	}
	if first, _, more := strings.Cut(plain, " "); more { // srcset: "NAME 2x, …"
		list = append(list, first)
	}
	return list
}

// hint names a file that differs from the name only in case or Unicode form.
func (a *assets) hint(name string) string {
	for _, n := range spellings(name) {
		if rel, ok := a.folded[foldName(key.AssetName(n))]; ok {
			return "; there is " + rel
		}
	}
	return ""
}

// assetFiles checks the static files themselves and the list of them.
func (c *checker) assetFiles() {
	for _, twin := range c.assets.twins {
		c.reportFile(ruleAssetCollision, twin[0], 0, 0, "%s and %s are both called %s in Open edX", twin[0], twin[1], key.AssetName(strings.SplitN(twin[0], "/", 2)[1]))
	}
	if sized, ok := c.view.(interface{ Size(path string) int64 }); ok {
		for _, file := range c.view.Paths() {
			if size := sized.Size(file); size > LargeAsset && strings.HasPrefix(file, "static") {
				c.reportFile(ruleAssetLarge, file, 0, 0, "the file has %d MB", size/1_000_000)
			}
		}
	}
	c.assetPolicy()
}

// assetPolicy checks that the files listed in assets.json are there.
func (c *checker) assetPolicy() {
	if !slices.Contains(c.view.Paths(), assetPolicyFile) {
		return
	}
	src, err := c.view.Read(assetPolicyFile)
	if err != nil { // too large to be OLX: it stays as it came
		return
	}
	src = bytes.TrimPrefix(src, bomUTF8)
	where := newLines(src)
	members, at, err := jsonObject(src, 0, len(src))
	if err != nil {
		line, column := where.at(at)
		c.reportFile(ruleAssetPolicy, assetPolicyFile, line, column, "%s", err)
		return
	}
	for _, m := range members {
		if !c.assets.has(m.name) {
			line, column := where.at(m.at)
			c.reportFile(ruleAssetNoFile, assetPolicyFile, line, column, "%s is not among the files of the course", m.name)
		}
	}
}
