package importer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// edit replaces src[start:end] of a file by text.
type edit struct {
	start, end int
	text       string
}

// applyEdits makes edits that do not overlap.
func applyEdits(src []byte, edits []edit) []byte {
	if len(edits) == 0 {
		return src
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, src[at:e.start]...), e.text...)
		at = e.end
	}
	return append(out, src[at:]...)
}

// patch writes the new key where the archive says its own: in the root file, in the definition of the course, in its policy.
func (in *intake) patch(rw *rewriter) error {
	root := "course.xml"
	if in.files[in.root+root] == nil {
		root = "library.xml"
	}
	src := in.files[in.root+root].data
	tag, err := rootTag(src)
	if err != nil {
		return rekeyFault(ruleRekeyRoot, root, fmt.Sprintf("the root element cannot be found: %v", err))
	}
	set := map[string]string{"org": rw.target.Org}
	if rw.target.Library {
		set["library"] = rw.target.Code
	} else {
		set["course"], set[tag.runAttr()] = rw.target.Code, rw.target.Run
	}
	if err := in.replace(root, rw.wiki(applyEdits(src, tag.set(set)))); err != nil {
		return err
	}
	if err := in.patchDefinition(rw); err != nil {
		return err
	}
	return in.patchPolicies(rw)
}

// patchDefinition changes what course/RUN.xml repeats of the key.
func (in *intake) patchDefinition(rw *rewriter) error {
	file := definitionFile(rw.target.Run)
	f := in.files[in.root+file]
	if rw.target.Library || f == nil {
		return nil
	}
	tag, err := rootTag(f.data)
	if err != nil {
		return nil // the codec reports it
	}
	set := make(map[string]string)
	for name, part := range map[string][2]string{
		"org":      {rw.source.Org, rw.target.Org},
		"course":   {rw.source.Code, rw.target.Code},
		"url_name": {rw.source.Run, rw.target.Run},
	} {
		if tag.value(name) == part[0] {
			set[name] = part[1]
		}
	}
	return in.replace(file, rw.wiki(applyEdits(f.data, tag.set(set))))
}

// patchPolicies changes the entry of the course in its policy files.
func (in *intake) patchPolicies(rw *rewriter) error {
	for _, file := range []string{"policies/" + rw.target.Run + "/policy.json", "policies/" + rw.target.Run + ".json"} {
		f := in.files[in.root+file]
		if rw.target.Library || f == nil || file == assetsFile {
			continue
		}
		edits := memberEdits(f.data, "course/"+rw.source.Run, "course/"+rw.target.Run)
		if err := in.replace(file, rw.wiki(applyEdits(f.data, edits))); err != nil {
			return err
		}
	}
	return nil
}

// startTag is the start tag of an element in its file.
type startTag struct {
	name  int // where the element's name ends
	attrs []tagAttr
}

// tagAttr is an attribute; start and end enclose its value without the quotes.
type tagAttr struct {
	name, value string
	start, end  int
}

var (
	tagName      = regexp.MustCompile(`^<[^\s/>]+`)
	tagAttribute = regexp.MustCompile(`([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

// rootTag finds the start tag of a file's root element.
func rootTag(src []byte) (startTag, error) {
	dec := xml.NewDecoder(bytes.NewReader(src))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		start := int(dec.InputOffset())
		token, err := dec.RawToken()
		if err != nil {
			return startTag{}, err
		}
		if _, ok := token.(xml.StartElement); ok {
			return readTag(src, start, int(dec.InputOffset())), nil
		}
	}
}

func readTag(src []byte, start, end int) startTag {
	tag := startTag{name: start + len(tagName.Find(src[start:end]))}
	for _, m := range tagAttribute.FindAllSubmatchIndex(src[tag.name:end], -1) {
		from, to := m[4], m[5]
		if from < 0 {
			from, to = m[6], m[7]
		}
		tag.attrs = append(tag.attrs, tagAttr{
			name:  string(src[tag.name+m[2] : tag.name+m[3]]),
			value: string(src[tag.name+from : tag.name+to]),
			start: tag.name + from, end: tag.name + to,
		})
	}
	return tag
}

// value gives the source of an attribute's value, empty if there is no such attribute.
func (t startTag) value(name string) string {
	for _, a := range t.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// runAttr is the attribute of the root element that says the run, or should.
func (t startTag) runAttr() string {
	if t.value("url_name") == "" && t.value("slug") != "" {
		return "slug"
	}
	return "url_name"
}

// set gives the edits that set attributes to values that need no escapes. Attributes that are not there are added before all others.
func (t startTag) set(values map[string]string) []edit {
	var edits []edit
	there := make(map[string]bool)
	for _, a := range t.attrs {
		if value, ok := values[a.name]; ok {
			edits = append(edits, edit{a.start, a.end, value})
			there[a.name] = true
		}
	}
	for _, name := range []string{"url_name", "org", "course", "library"} {
		if value, ok := values[name]; ok && !there[name] {
			edits = append(edits, edit{t.name, t.name, " " + name + `="` + value + `"`})
		}
	}
	return edits
}

// memberEdits renames members of a JSON object. In a file that is not an object, or is broken further down, it does what it can: the codec
// reports the rest.
func memberEdits(src []byte, from, to string) []edit {
	skipped := len(src) - len(bytes.TrimPrefix(src, []byte("\ufeff")))
	dec := json.NewDecoder(bytes.NewReader(src[skipped:]))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	var edits []edit
	for dec.More() {
		before := skipped + int(dec.InputOffset())
		name, err := dec.Token()
		if err != nil {
			break
		}
		after := skipped + int(dec.InputOffset())
		if name == from {
			quote := before + bytes.IndexByte(src[before:after], '"')
			edits = append(edits, edit{quote, after, `"` + to + `"`})
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			break
		}
	}
	return edits
}

// wikiSlug is the wiki's name as a child of the course, and as a setting in its policy.
var wikiSlug = regexp.MustCompile(`<wiki\s[^>]*?\bslug\s*=\s*["']([^"'<>]*)["']|"wiki_slug"\s*:\s*"([^"]*)"`)

// wiki gives the course a wiki of its own if it had one named after its key, as Open edX does; any other wiki stays shared.
func (rw *rewriter) wiki(src []byte) []byte {
	own := []string{rw.source.Code}
	for _, run := range rw.runs {
		own = append(own, dotted(rw.source.Org, rw.source.Code, run))
	}
	var edits []edit
	for _, m := range wikiSlug.FindAllSubmatchIndex(src, -1) {
		start, end := max(m[2], m[4]), max(m[3], m[5])
		if slices.Contains(own, string(src[start:end])) {
			edits = append(edits, edit{start, end, dotted(rw.target.Org, rw.target.Code, rw.target.Run)})
		}
	}
	return applyEdits(src, edits)
}

func dotted(parts ...string) string { return strings.Join(parts, ".") }
