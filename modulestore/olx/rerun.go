package olx

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// UnderOwnKey returns the version as it would have been read from files that say its own key. A rerun has the content of the course it was
// made from, whose key stands in the root file, in the root's definition and policy, and in the names of some files. Only these are changed, so
// that an export writes them anew and copies every other file; links to the other course stay as they are. A version whose files say its key is
// returned as it is.
func UnderOwnKey(v Version) (Version, error) {
	from, ok := spelledKey(v)
	if !ok || from == v.Course {
		return v, nil
	}
	r := &rekeying{v: v, from: from}
	out := v
	out.Published = r.tree(v.Published)
	if out.Draft = out.Published; v.Draft != v.Published {
		out.Draft = r.tree(v.Draft)
	}
	var err error
	if v.Files != nil {
		out.Files, err = r.files()
	}
	out.formerRun = from.Run
	return out, err
}

// spelledKey is the key that the root file says, or would say if it were written. ok is false when there is no root.
func spelledKey(v Version) (c key.Course, ok bool) {
	t := v.Published
	root := t.Blocks[t.Root]
	if root == nil {
		return key.Course{}, false
	}
	c = v.Course
	attrs := t.Pointer
	if root.Inline {
		attrs = root.Attrs
	}
	if len(attrs) == 0 { // made without an archive: the root file will say the key of the version, but for the run
		if !c.Library {
			c.Run = sourceName(root)
		}
		return c, true
	}
	attr := func(name string) (string, bool) { return lookupAttr(attrs, name) }
	if c.Library {
		c.Org, c.Code, _ = keyOf("library", attr)
	} else {
		c.Org, c.Code, _ = keyOf("course", attr)
		c.Run, _ = nameOf(attr)
	}
	return c, true
}

// rekeying shows a version that says the key from under its own.
type rekeying struct {
	v    Version
	from key.Course
}

func (r *rekeying) tree(t *modulestore.Tree) *modulestore.Tree {
	out := *t
	out.Blocks = maps.Clone(t.Blocks)
	if root := t.Blocks[t.Root]; root != nil {
		out.Blocks[t.Root] = r.root(root)
	}
	if len(t.Pointer) > 0 {
		out.Pointer = r.say(t.Pointer)
	}
	return &out
}

// root is the root block under the new key.
func (r *rekeying) root(b *modulestore.Block) *modulestore.Block {
	out := r.renamed(*b)
	if b.Inline {
		out.Attrs = r.say(b.Attrs)
	} else {
		out.Attrs = r.repeat(b.Attrs)
	}
	return &out
}

// renamed gives the root the name that files have for it.
func (r *rekeying) renamed(b modulestore.Block) modulestore.Block {
	if r.v.Course.Library {
		return b
	}
	b.SourceName = r.v.Course.Run
	if b.SourceName == b.ID.Name {
		b.SourceName = ""
	}
	return b
}

// say makes the attributes of a root file say the key.
func (r *rekeying) say(attrs []modulestore.Attr) []modulestore.Attr {
	attrs = slices.Clone(attrs)
	to := r.v.Course
	if to.Library {
		return setAttr(setAttr(attrs, "library", to.Code), "org", to.Org)
	}
	name := "url_name"
	if said, _ := lookupAttr(attrs, name); said == "" {
		if slug, _ := lookupAttr(attrs, "slug"); slug != "" {
			name = "slug"
		}
	}
	return setAttr(setAttr(setAttr(attrs, "course", to.Code), "org", to.Org), name, to.Run)
}

// repeat makes the attributes of a definition say the key as far as they did.
func (r *rekeying) repeat(attrs []modulestore.Attr) []modulestore.Attr {
	attrs = slices.Clone(attrs)
	for i, a := range attrs {
		switch {
		case a.Name == "org" && a.Value == r.from.Org:
			attrs[i].Value = r.v.Course.Org
		case a.Name == "course" && a.Value == r.from.Code:
			attrs[i].Value = r.v.Course.Code
		case a.Name == "url_name" && a.Value == r.from.Run:
			attrs[i].Value = r.v.Course.Run
		}
	}
	return attrs
}

// files is the record of files with the names that go with the new run.
func (r *rekeying) files() (*modulestore.Files, error) {
	folder := ""
	if r.v.Files.Root != "" {
		folder = r.v.Files.Root + "/"
	}
	var inside []string
	for _, f := range r.v.Files.Entries {
		if rel, ok := strings.CutPrefix(f.Path, folder); ok {
			inside = append(inside, rel)
		}
	}
	moves, aside := MoveRun(inside, r.from.Run, r.v.Course.Run)
	out := &modulestore.Files{Root: r.v.Files.Root}
	for _, f := range r.v.Files.Entries {
		if rel, ok := strings.CutPrefix(f.Path, folder); ok {
			f.Path = folder + cmp.Or(moves[rel], aside[rel], rel)
		}
		var err error
		if f.Parts, err = r.parts(f); err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, f)
	}
	slices.SortFunc(out.Entries, func(a, b modulestore.File) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// parts are the parts of a file, the root's element with the hash that it would have had if the root had been called by its new name.
func (r *rekeying) parts(f modulestore.File) ([]modulestore.Part, error) {
	i := slices.IndexFunc(f.Parts, func(p modulestore.Part) bool {
		return p.Block == r.v.Course.Root() && p.Facet == modulestore.Element
	})
	if i < 0 {
		return f.Parts, nil
	}
	hash, err := r.rehash(f, f.Parts[i].Hash)
	if err != nil {
		return nil, err
	}
	parts := slices.Clone(f.Parts)
	parts[i].Hash = hash
	return parts, nil
}

// rehash gives the hash for the new name of what has hash now. A root whose children were changed since it was read cannot be told from
// its hash; it keeps it, and its definition is written anew.
func (r *rekeying) rehash(f modulestore.File, hash modulestore.ID) (modulestore.ID, error) {
	for _, t := range []*modulestore.Tree{r.v.Published, r.v.Draft} {
		root := *t.Blocks[t.Root]
		body := &modulestore.Body{}
		if !root.Body.IsZero() {
			var err error
			if body, err = r.v.Body(root.Body); err != nil {
				return hash, err
			}
		}
		if modulestore.ElementHash(&root, body) == hash {
			root = r.renamed(root)
			return modulestore.ElementHash(&root, body), nil
		}
		// Perhaps only its attributes were changed: then it is what it was with those of the file.
		data, err := r.v.Read(f.Blob)
		if err != nil {
			return hash, err
		}
		doc, fault := parseXML(f.Path, data)
		if fault != nil {
			return hash, nil
		}
		read, content := root, *body
		read.Attrs, content.Attrs = modulestore.SplitLong(attrs(doc.root))
		if modulestore.ElementHash(&read, &content) == hash {
			read = r.renamed(read)
			return modulestore.ElementHash(&read, &content), nil
		}
	}
	return hash, nil
}

// MoveRun says where files whose path holds the run from go for the run to. Files that stand in the way belonged to another run or to nothing; they
// step aside, so that they do not become part of the course by the change of name. Paths are those below the course folder.
func MoveRun(paths []string, from, to string) (moves, aside map[string]string) {
	if from == to {
		return nil, nil
	}
	name := to + ".unused"
	for name == from || len(underRun(paths, name, name)) > 0 {
		name += ".unused"
	}
	return underRun(paths, from, to), underRun(paths, to, name)
}

// underRun gives the files whose path holds the run from, with their path for the run to.
func underRun(paths []string, from, to string) map[string]string {
	moves := make(map[string]string)
	for _, p := range paths {
		if now, ok := runPath(p, from, to); ok {
			moves[p] = now
		}
	}
	return moves
}

// runPath gives the path that a file with the run from in its path has for the run to.
func runPath(rel, from, to string) (string, bool) {
	switch rel {
	case "policies/assets.json": // and not the policy of a run called assets
		return "", false
	case definitionPath("course", from):
		return definitionPath("course", to), true
	case "policies/" + from + ".json":
		return "policies/" + to + ".json", true
	}
	for _, folder := range []string{"about/", "custom_tags/", "info/", "policies/", "tabs/"} {
		if rest, ok := strings.CutPrefix(rel, folder+from+"/"); ok {
			return folder + to + "/" + rest, true
		}
	}
	return "", false
}
