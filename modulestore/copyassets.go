package modulestore

import (
	"context"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// CopiedAssets are the names of the static files that copied blocks link to and that the course did not have with the same content.
type CopiedAssets struct {
	Added   []string // now it has
	Missing []string // the source has them, the course has not
	// Different are those of which the course has another file.
	Different []string
	// Nowhere are those that neither has.
	Nowhere []string
}

// staticLink is a link to a static file in an attribute, a text or a script.
var staticLink = regexp.MustCompile(`/static/([^\s"'<>()\\?#]+)`)

// staticLinks lists the static files that a block and all below it link to, each once, sorted.
func (s *Snapshot) staticLinks(ctx context.Context, id key.BlockID) ([]string, error) {
	below := subtree(s.Tree(), id)
	bodies, err := s.Bodies(ctx, below)
	if err != nil {
		return nil, err
	}
	var names []string
	find := func(text string) {
		for _, m := range staticLink.FindAllStringSubmatch(text, -1) {
			name := html.UnescapeString(m[1])
			if plain, err := url.PathUnescape(name); err == nil {
				name = plain
			}
			names = append(names, name)
		}
	}
	for _, id := range below {
		eachText(s.Tree().Blocks[id], bodies[id], find)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// eachText hands on every text of a block in which a link may stand.
func eachText(b *Block, body *Body, use func(text string)) {
	lists := [][]Attr{b.Attrs, b.Policy}
	if body != nil {
		lists = append(lists, body.Attrs, body.Policy, body.Texts)
		use(body.Markup)
		use(string(body.Raw))
	}
	for _, list := range lists {
		for _, a := range list {
			use(a.Value)
		}
	}
	for _, l := range b.Loose {
		use(l.Source)
	}
}

// assetFolder finds static files by the name that a link has for them: the path below static/, or what Open edX makes of it.
type assetFolder struct {
	files  *Files
	prefix string
	byName map[string]*File
}

func newAssetFolder(f *Files) assetFolder {
	a := assetFolder{files: f, prefix: "static/", byName: make(map[string]*File)}
	if f.Root != "" {
		a.prefix = f.Root + "/static/"
	}
	for i := range f.Entries {
		if rel, ok := strings.CutPrefix(f.Entries[i].Path, a.prefix); ok {
			a.byName[key.AssetName(rel)] = &f.Entries[i]
		}
	}
	return a
}

func (a assetFolder) find(name string) (*File, bool) {
	if f, ok := a.files.Find(a.prefix + name); ok {
		return f, true
	}
	f, ok := a.byName[key.AssetName(name)]
	return f, ok
}

// copyAssets compares the static files of those names in the source with the edited course's, and adds what that lacks if it is to. It never
// replaces one.
func (e *Edit) copyAssets(ctx context.Context, from Version, names []string, add bool) (c CopiedAssets, err error) {
	if len(names) == 0 {
		return c, nil
	}
	theirFiles, err := e.store.Files(ctx, from)
	if err != nil {
		return c, err
	}
	ourFiles, err := e.store.Files(ctx, e.base)
	if err != nil {
		return c, err
	}
	theirs, ours := newAssetFolder(theirFiles), newAssetFolder(ourFiles)
	next := &Files{Root: ourFiles.Root, Entries: slices.Clone(ourFiles.Entries)}
	for _, name := range names {
		source, there := theirs.find(name)
		here, taken := ours.find(name)
		switch {
		case !there && !taken:
			c.Nowhere = append(c.Nowhere, name)
		case !there || taken && here.Blob == source.Blob:
		case taken:
			c.Different = append(c.Different, name)
		case !add:
			c.Missing = append(c.Missing, name)
		default:
			c.Added = append(c.Added, name)
			path := ours.prefix + strings.TrimPrefix(source.Path, theirs.prefix)
			next.Entries = append(next.Entries, File{Path: path, Blob: source.Blob})
		}
	}
	if len(c.Added) > 0 {
		slices.SortFunc(next.Entries, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
		next.Entries = slices.CompactFunc(next.Entries, func(a, b File) bool { return a.Path == b.Path })
		e.SetFiles(next)
	}
	return c, nil
}
