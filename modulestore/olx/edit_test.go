package olx

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// editor changes a version as the store does: a changed block is a copy, and what nothing leads to is gone.
type editor struct {
	t      failer
	course *Course
	tree   *modulestore.Tree // of the branch that is edited
}

// editTree makes a tree of its own for edits.
func editTree(t *modulestore.Tree) *modulestore.Tree {
	own := *t
	own.Blocks = maps.Clone(t.Blocks)
	own.Detached = slices.Clone(t.Detached)
	return &own
}

func blockID(name string) key.BlockID {
	blockType, name, _ := strings.Cut(name, "/")
	return key.BlockID{Type: blockType, Name: name}
}

// change replaces a block by a copy that f has changed.
func (e *editor) change(name string, f func(b *modulestore.Block, body *modulestore.Body)) {
	e.t.Helper()
	old := e.tree.Blocks[blockID(name)]
	if old == nil {
		e.t.Fatalf("there is no block %s", name)
	}
	b, body := *old, modulestore.Body{}
	if had := e.course.Bodies[b.Body]; had != nil {
		body = *had
	}
	b.Attrs = slices.Clone(modulestore.JoinLong(b.Attrs, body.Attrs))
	b.Policy = slices.Clone(modulestore.JoinLong(b.Policy, body.Policy))
	b.Children, b.Loose, body.Texts = slices.Clone(b.Children), slices.Clone(b.Loose), slices.Clone(body.Texts)
	f(&b, &body)
	e.put(b, body)
}

// put files a block with all its values in it.
func (e *editor) put(b modulestore.Block, body modulestore.Body) {
	b.Attrs, body.Attrs = modulestore.SplitLong(b.Attrs)
	b.Policy, body.Policy = modulestore.SplitLong(b.Policy)
	b.Body = modulestore.ID{}
	if !body.IsZero() {
		b.Body = body.Object().ID
		e.course.Bodies[b.Body] = &body
	}
	e.tree.Blocks[b.ID] = &b
}

func (e *editor) add(parent, name string, at int, b modulestore.Block, body modulestore.Body) {
	b.ID = blockID(name)
	e.put(b, body)
	e.insert(parent, name, at)
}

func (e *editor) insert(parent, name string, at int) {
	e.change(parent, func(b *modulestore.Block, _ *modulestore.Body) {
		*b = *insertChild(b, at, blockID(name))
	})
}

func (e *editor) remove(parent, name string) {
	e.change(parent, func(b *modulestore.Block, _ *modulestore.Body) {
		at := slices.IndexFunc(b.Children, func(c modulestore.Child) bool { return c.ID == blockID(name) })
		b.Children = slices.Delete(b.Children, at, at+1)
		for i := range b.Loose {
			if b.Loose[i].Before > at {
				b.Loose[i].Before--
			}
		}
	})
}

func (e *editor) setAttr(name, attr, value string) {
	e.change(name, func(b *modulestore.Block, _ *modulestore.Body) {
		for i := range b.Attrs {
			if b.Attrs[i].Name == attr {
				b.Attrs[i].Value = value
				return
			}
		}
		b.Attrs = append(b.Attrs, modulestore.Attr{Name: attr, Value: value})
	})
}

func (e *editor) setText(name, text, value string) {
	e.change(name, func(_ *modulestore.Block, body *modulestore.Body) {
		for i := range body.Texts {
			if body.Texts[i].Name == text {
				body.Texts[i].Value = value
				return
			}
		}
		body.Texts = append(body.Texts, modulestore.Attr{Name: text, Value: value})
	})
}

func (e *editor) setPolicy(name, setting, value string) {
	e.change(name, func(b *modulestore.Block, _ *modulestore.Body) {
		for i := range b.Policy {
			if b.Policy[i].Name == setting {
				b.Policy[i].Value = value
				return
			}
		}
		b.Policy = append(b.Policy, modulestore.Attr{Name: setting, Value: value})
	})
}

func (e *editor) setMarkup(name, markup string) {
	e.change(name, func(_ *modulestore.Block, body *modulestore.Body) { body.Markup = markup })
}

// meaning gives what a tree says, without the ways in which files may say it: which blocks are inline, the order of attributes, where
// a draft belongs, the name of a text file, the layout of JSON.
func meaning(course *Course, t *modulestore.Tree) string {
	var b strings.Builder
	t.Walk(func(block *modulestore.Block, parent key.BlockID) bool {
		fmt.Fprintf(&b, "%s of %s %s\n", block.ID, parent, block.Broken)
		body := course.Bodies[block.Body]
		if body == nil {
			body = &modulestore.Body{}
		}
		var attrs []string
		for _, a := range modulestore.JoinLong(block.Attrs, body.Attrs) {
			if !isDraftPlace(a) && a.Name != "url_name" && a.Name != "slug" && a.Name != "filename" {
				attrs = append(attrs, fmt.Sprintf("  @%s %q\n", a.Name, a.Value))
			}
		}
		for _, a := range modulestore.JoinLong(block.Policy, body.Policy) {
			attrs = append(attrs, fmt.Sprintf("  policy %s %s\n", a.Name, compactJSON(a.Value)))
		}
		slices.Sort(attrs)
		b.WriteString(strings.Join(attrs, ""))
		fmt.Fprintf(&b, "  %q %q\n", body.Markup, body.Raw)
		for _, x := range body.Texts {
			fmt.Fprintf(&b, "  text %s %q\n", x.Name, compactJSON(x.Value))
		}
		loose := make(map[int]string) // neighbours may grow together
		for _, l := range block.Loose {
			loose[l.Before] += strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(l.Source)
		}
		for _, before := range slices.Sorted(maps.Keys(loose)) {
			fmt.Fprintf(&b, "  loose %d %q\n", before, loose[before])
		}
		for _, c := range block.Children {
			fmt.Fprintf(&b, "  child %s\n", c.ID)
		}
		return true
	})
	return b.String()
}

func compactJSON(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	data, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(data)
}

// editedCourse is a course with a bit of everything: blocks inline and in files, shared texts, policies, odd encodings, comments.
var editedCourse = map[string]string{
	"course.xml":    "<course url_name=\"r\" org=\"O\" course=\"C\"/>\n",
	"course/r.xml":  "<course display_name='Title' start=\"2030-01-01T00:00:00Z\">\n  <chapter url_name=\"c\"/>\n  <wiki slug='w'/>\n</course>\n",
	"chapter/c.xml": "<!-- week one -->\n<chapter>\n  <sequential url_name=\"s\"/>\n  <sequential url_name=\"t\"/>\n</chapter>\n",
	"sequential/s.xml": `<sequential display_name="S">
  <vertical url_name='v1'   display_name='First'>

    <!-- a comment -->
    <problem url_name='p1' display_name='One'><p>one <b>1</b> <i>i</i></p></problem>
      <html url_name="x"/>
    <problem   url_name='p2'/>
    <problem url_name='p3' weight='2'>three</problem>
  </vertical>


  <vertical url_name="v2"/>
  <vertical url_name='v3' display_name='Third'><problem><p>nameless</p></problem><html display_name="Notes">n</html></vertical>
</sequential>
`,
	"sequential/t.xml": "<sequential>\n  <vertical url_name=\"u\"/>\n</sequential>\n",
	"problem/p2.xml":   "<problem display_name='Two'>\n  <p>two</p>\n</problem>\n",
	"vertical/v2.xml":  "<vertical>\n  <html url_name=\"y\"/>\n  <html url_name=\"z\"/>\n  <problem url_name=\"missing\"/>\n  <problem url_name=\"broken\"/>\n</vertical>",
	"html/x.xml":       "<html filename='x' display_name='X'/>\n", "html/x.html": "<p>x</p>",
	"html/y.xml": "<html editor='raw'\n  filename='shared' display_name='Y'/>\n", "html/shared.html": "<p>shared</p>\n",
	"html/z.xml":         "<html filename='shared' display_name='Z'/>\n",
	"problem/broken.xml": "<problem>&nbsp;</problem>\n",
	"vertical/u.xml":     "\xef\xbb\xbf<vertical>\r\n  <problem url_name=\"q1\">one</problem>\r\n  <problem url_name=\"q2\">two</problem>\r\n  <problem url_name=\"latin\"/>\r\n</vertical>\r\n",
	"problem/latin.xml":  "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<problem display_name=\"caf\xe9\">x</problem>\n",
	"policies/r/policy.json": `{"course/r": {"display_name": "Title", "graded":true },
 "problem/p1": {"max_attempts": 3}, "problem/gone": {"weight": 1}}`,
	"policies/r/grading_policy.json": "{\"GRADER\": []}",
	"about/overview.html":            "<p>about</p>\n",
	"about/effort.html":              "",
	"README.md":                      "read me\n",
	"static/a.png":                   "\x89PNG",
}

// TestAnEditTouchesTheFilesConcernedAlone edits a course and gives the files in which the faithful export then differs from the archive
// ("~" another content, "+" new, "-" gone), and for some of them exactly how. What is exported must be read as the edited course.
func TestAnEditTouchesTheFilesConcernedAlone(t *testing.T) {
	inS := func(old, now string) map[string]string {
		return map[string]string{"sequential/s.xml": replaceOnce(editedCourse["sequential/s.xml"], old, now)}
	}
	for name, c := range map[string]struct {
		edit  func(e *editor)
		files string            // that differ
		now   map[string]string // content of some of them
	}{
		"nothing": {edit: func(*editor) {}},
		"an attribute of an inline block": {
			edit:  func(e *editor) { e.setAttr("problem/p1", "display_name", "Uno & \"1\"\n<") },
			files: "~ sequential/s.xml",
			now:   inS(`<problem url_name='p1' display_name='One'>`, `<problem url_name="p1" display_name="Uno &amp; &quot;1&quot;&#10;&lt;">`),
		},
		"a new attribute of an inline block": {
			edit:  func(e *editor) { e.setAttr("problem/p3", "attempts", "1") },
			files: "~ sequential/s.xml",
			now:   inS(`<problem url_name='p3' weight='2'>`, `<problem url_name="p3" weight="2" attempts="1">`),
		},
		"the content of an inline block": {
			edit:  func(e *editor) { e.setMarkup("problem/p1", "<p>uno</p>") },
			files: "~ sequential/s.xml",
			now:   inS(`<problem url_name='p1' display_name='One'><p>one <b>1</b> <i>i</i></p></problem>`, `<problem url_name="p1" display_name="One"><p>uno</p></problem>`),
		},
		"an attribute of an inline unit, not what is in it": {
			edit:  func(e *editor) { e.setAttr("vertical/v1", "display_name", "Primo") },
			files: "~ sequential/s.xml",
			now:   inS(`<vertical url_name='v1'   display_name='First'>`, `<vertical url_name="v1" display_name="Primo">`),
		},
		"an attribute of a unit and one of a block in it": {
			edit: func(e *editor) {
				e.setAttr("vertical/v1", "display_name", "Primo")
				e.setAttr("problem/p3", "weight", "3")
			},
			files: "~ sequential/s.xml",
			now: map[string]string{"sequential/s.xml": replaceOnce(inS(`<vertical url_name='v1'   display_name='First'>`, `<vertical url_name="v1" display_name="Primo">`)["sequential/s.xml"],
				`<problem url_name='p3' weight='2'>`, `<problem url_name="p3" weight="3">`)},
		},
		"an attribute of a subsection": {
			edit:  func(e *editor) { e.setAttr("sequential/s", "display_name", "Sub") },
			files: "~ sequential/s.xml",
			now:   inS(`<sequential display_name="S">`, `<sequential display_name="Sub">`),
		},
		"a new inline block": {
			edit: func(e *editor) {
				e.add("vertical/v1", "problem/new", 1, modulestore.Block{Inline: true}, modulestore.Body{Markup: "<p>new</p>"})
			},
			files: "~ sequential/s.xml",
			now: inS(`<vertical url_name='v1'   display_name='First'>

    <!-- a comment -->
    <problem url_name='p1' display_name='One'><p>one <b>1</b> <i>i</i></p></problem>
      <html url_name="x"/>
    <problem   url_name='p2'/>
    <problem url_name='p3' weight='2'>three</problem>
  </vertical>`, `<vertical url_name="v1" display_name="First">
    <!-- a comment -->
    <problem url_name='p1' display_name='One'><p>one <b>1</b> <i>i</i></p></problem>
    <problem url_name="new"><p>new</p></problem>
    <html url_name="x"/>
    <problem url_name="p2"/>
    <problem url_name='p3' weight='2'>three</problem>
  </vertical>`),
		},
		"a new block with a file of its own": {
			edit: func(e *editor) {
				e.add("vertical/v2", "problem/new:deep", 0, modulestore.Block{Attrs: []modulestore.Attr{{Name: "weight", Value: "2"}}}, modulestore.Body{Markup: "<p>new</p>"})
			},
			files: "+ problem/new/deep.xml, ~ vertical/v2.xml",
			now: map[string]string{
				"problem/new/deep.xml": "<problem weight=\"2\"><p>new</p></problem>\n",
				"vertical/v2.xml":      "<vertical>\n  <problem url_name=\"new:deep\"/>\n  <html url_name=\"y\"/>\n  <html url_name=\"z\"/>\n  <problem url_name=\"missing\"/>\n  <problem url_name=\"broken\"/>\n</vertical>",
			},
		},
		"a new html block with a text and no filename": {
			edit: func(e *editor) {
				e.add("vertical/v2", "html/shared", 0, modulestore.Block{}, modulestore.Body{Texts: []modulestore.Attr{{Name: "data", Value: "<p>new</p>"}}})
			},
			files: "+ html/shared-2.html, + html/shared.xml, ~ vertical/v2.xml",
			now:   map[string]string{"html/shared.xml": "<html filename=\"shared-2\"/>\n", "html/shared-2.html": "<p>new</p>"},
		},
		"a new unit with everything in it": {
			edit: func(e *editor) {
				e.add("sequential/t", "vertical/n", 1, modulestore.Block{}, modulestore.Body{})
				e.add("vertical/n", "problem/n1", 0, modulestore.Block{}, modulestore.Body{Markup: "1"})
				e.add("vertical/n", "poll/n2", 1, modulestore.Block{Inline: true, Attrs: []modulestore.Attr{{Name: "xblock-family", Value: "xblock.v1"}}}, modulestore.Body{})
			},
			files: "+ problem/n1.xml, ~ sequential/t.xml, + vertical/n.xml",
			now: map[string]string{
				"vertical/n.xml": "<vertical>\n  <problem url_name=\"n1\"/>\n  <poll url_name=\"n2\" xblock-family=\"xblock.v1\"/>\n</vertical>\n",
			},
		},
		"an inline block is removed, its entry in the policy file has no effect": {
			edit:  func(e *editor) { e.remove("vertical/v1", "problem/p1") },
			files: "~ sequential/s.xml",
		},
		"a block with a file is removed": {
			edit:  func(e *editor) { e.remove("vertical/v1", "problem/p2") },
			files: "- problem/p2.xml, ~ sequential/s.xml",
		},
		"an html block is removed whose text another one shares": {
			edit:  func(e *editor) { e.remove("vertical/v2", "html/y") },
			files: "- html/y.xml, ~ vertical/v2.xml",
		},
		"both html blocks of one text are removed": {
			edit: func(e *editor) {
				e.remove("vertical/v2", "html/y")
				e.remove("vertical/v2", "html/z")
			},
			files: "- html/shared.html, - html/y.xml, - html/z.xml, ~ vertical/v2.xml",
		},
		"a pointer to nothing is removed": {
			edit:  func(e *editor) { e.remove("vertical/v2", "problem/missing") },
			files: "~ vertical/v2.xml",
		},
		"a section is emptied": {
			edit: func(e *editor) {
				e.remove("chapter/c", "sequential/s")
				e.remove("chapter/c", "sequential/t")
			},
			files: "~ chapter/c.xml, - html/shared.html, - html/x.html, - html/x.xml, - html/y.xml, - html/z.xml, - problem/broken.xml, " +
				"- problem/latin.xml, - problem/p2.xml, - sequential/s.xml, - sequential/t.xml, - vertical/u.xml, - vertical/v2.xml",
			now: map[string]string{"chapter/c.xml": "<!-- week one -->\n<chapter/>\n"},
		},
		"a block with a file moves to another unit": {
			edit: func(e *editor) {
				e.remove("vertical/v1", "problem/p2")
				e.insert("vertical/v2", "problem/p2", 0)
			},
			files: "~ sequential/s.xml, ~ vertical/v2.xml",
		},
		"an inline block moves to another file": {
			edit: func(e *editor) {
				e.remove("vertical/v1", "problem/p3")
				e.insert("vertical/v2", "problem/p3", 0)
			},
			files: "~ sequential/s.xml, ~ vertical/v2.xml",
			now: map[string]string{
				"vertical/v2.xml": "<vertical>\n  <problem url_name=\"p3\" weight=\"2\">three</problem>\n  <html url_name=\"y\"/>\n  <html url_name=\"z\"/>\n  <problem url_name=\"missing\"/>\n  <problem url_name=\"broken\"/>\n</vertical>",
			},
		},
		"blocks change places": {
			edit: func(e *editor) {
				e.remove("vertical/v2", "html/y")
				e.insert("vertical/v2", "html/y", 1)
			},
			files: "~ vertical/v2.xml",
		},
		"units change places, the nameless block in one of them keeps what it is called": {
			edit: func(e *editor) {
				e.remove("sequential/s", "vertical/v3")
				e.insert("sequential/s", "vertical/v3", 0)
			},
			files: "~ sequential/s.xml",
		},
		"a block is put before a nameless one": {
			edit: func(e *editor) {
				e.add("vertical/v3", "problem/new", 0, modulestore.Block{Inline: true}, modulestore.Body{Markup: "new"})
			},
			files: "~ sequential/s.xml",
		},
		"the title that a block is named after": {
			edit:  func(e *editor) { e.setAttr("html/Notes", "display_name", "Remarks") },
			files: "~ sequential/s.xml",
			now:   inS(`<html display_name="Notes">`, `<html url_name="Notes" display_name="Remarks">`),
		},
		"all that an inline unit holds is removed": {
			edit: func(e *editor) {
				e.change("vertical/v3", func(b *modulestore.Block, _ *modulestore.Body) {
					b.Attrs, b.Children = b.Attrs[:1], nil
				})
			},
			files: "~ sequential/s.xml, + vertical/v3.xml",
			now:   map[string]string{"vertical/v3.xml": "<vertical/>\n"},
		},
		"an inline block gets a second place, in another file": {
			edit:  func(e *editor) { e.insert("vertical/v2", "problem/p3", 0) },
			files: "~ vertical/v2.xml",
		},
		"an inline block is to be in a file": {
			edit: func(e *editor) {
				e.change("problem/p3", func(b *modulestore.Block, _ *modulestore.Body) { b.Inline = false })
			},
			files: "+ problem/p3.xml, ~ sequential/s.xml",
			now: map[string]string{
				"problem/p3.xml":   "<problem url_name=\"p3\" weight=\"2\">three</problem>\n",
				"sequential/s.xml": replaceOnce(editedCourse["sequential/s.xml"], `<problem url_name='p3' weight='2'>three</problem>`, `<problem url_name="p3"/>`),
			},
		},
		"a block in a file is to be inline": {
			edit: func(e *editor) {
				e.change("problem/p2", func(b *modulestore.Block, _ *modulestore.Body) { b.Inline = true })
			},
			files: "- problem/p2.xml, ~ sequential/s.xml",
			now: inS(`<problem   url_name='p2'/>`, `<problem url_name="p2" display_name="Two">
  <p>two</p>
</problem>`),
		},
		"an attribute of a block in a file": {
			edit:  func(e *editor) { e.setAttr("html/y", "display_name", "Why") },
			files: "~ html/y.xml",
			now:   map[string]string{"html/y.xml": "<html editor=\"raw\" filename=\"shared\" display_name=\"Why\"/>\n"},
		},
		"the content of a block in a file": {
			edit:  func(e *editor) { e.setMarkup("problem/p2", "\n  <p>zwei</p>\n") },
			files: "~ problem/p2.xml",
			now:   map[string]string{"problem/p2.xml": "<problem display_name=\"Two\">\n  <p>zwei</p>\n</problem>\n"},
		},
		"the settings of the course": {
			edit:  func(e *editor) { e.setAttr("course/course", "start", "2031-01-01T00:00:00Z") },
			files: "~ course/r.xml",
			now:   map[string]string{"course/r.xml": "<course display_name=\"Title\" start=\"2031-01-01T00:00:00Z\">\n  <chapter url_name=\"c\"/>\n  <wiki slug='w'/>\n</course>\n"},
		},
		"a setting of a section, with a comment before it": {
			edit:  func(e *editor) { e.setAttr("chapter/c", "display_name", "Week") },
			files: "~ chapter/c.xml",
			now:   map[string]string{"chapter/c.xml": "<!-- week one -->\n<chapter display_name=\"Week\">\n  <sequential url_name=\"s\"/>\n  <sequential url_name=\"t\"/>\n</chapter>\n"},
		},
		"a block between line ends of Windows, after a byte order mark": {
			edit:  func(e *editor) { e.setMarkup("problem/q1", "uno") },
			files: "~ vertical/u.xml",
			now:   map[string]string{"vertical/u.xml": replaceOnce(editedCourse["vertical/u.xml"], ">one<", ">uno<")},
		},
		"a block in a file of another encoding": {
			edit:  func(e *editor) { e.setMarkup("problem/latin", "y") },
			files: "~ problem/latin.xml",
			now:   map[string]string{"problem/latin.xml": "<problem display_name=\"café\">y</problem>\n"},
		},
		"a broken block is mended": {
			edit: func(e *editor) {
				e.put(modulestore.Block{ID: blockID("problem/broken")}, modulestore.Body{Markup: "&#160;"})
			},
			files: "~ problem/broken.xml",
			now:   map[string]string{"problem/broken.xml": "<problem>&#160;</problem>\n"},
		},
		"a pointer to nothing gets a definition": {
			edit: func(e *editor) {
				e.put(modulestore.Block{ID: blockID("problem/missing")}, modulestore.Body{Markup: "here"})
			},
			files: "+ problem/missing.xml",
			now:   map[string]string{"problem/missing.xml": "<problem>here</problem>\n"},
		},
		"the text of an html block": {
			edit:  func(e *editor) { e.setText("html/x", "data", "<p>ex</p>\r\n") },
			files: "~ html/x.html",
			now:   map[string]string{"html/x.html": "<p>ex</p>\r\n"},
		},
		"the filename of an html block": {
			edit:  func(e *editor) { e.setAttr("html/x", "filename", "ex") },
			files: "+ html/ex.html, - html/x.html, ~ html/x.xml",
			now:   map[string]string{"html/ex.html": editedCourse["html/x.html"]},
		},
		"the filename of an html block, to one that leaves its folder": {
			edit:  func(e *editor) { e.setAttr("html/x", "filename", "../../x") },
			files: "+ html/x-2.html, - html/x.html, ~ html/x.xml",
		},
		"the text of the first of two html blocks that share it": {
			edit:  func(e *editor) { e.setText("html/y", "data", "<p>why</p>") },
			files: "+ html/y.html, ~ html/y.xml",
			now: map[string]string{
				"html/y.xml":  "<html editor=\"raw\" filename=\"y\" display_name=\"Y\"/>\n",
				"html/y.html": "<p>why</p>",
			},
		},
		"the text of the second of two html blocks that share it": {
			edit:  func(e *editor) { e.setText("html/z", "data", "<p>zed</p>") },
			files: "+ html/z.html, ~ html/z.xml",
		},
		"the texts of both, to the same": {
			edit: func(e *editor) {
				e.setText("html/y", "data", "<p>both</p>")
				e.setText("html/z", "data", "<p>both</p>")
			},
			files: "~ html/shared.html",
		},
		"the texts of both, to different ones": {
			edit: func(e *editor) {
				e.setText("html/y", "data", "<p>why</p>")
				e.setText("html/z", "data", "<p>zed</p>")
			},
			files: "~ html/shared.html, + html/z.html, ~ html/z.xml",
		},
		"an about page": {
			edit:  func(e *editor) { e.setText("about/overview", "data", "<p>new</p>") },
			files: "~ about/overview.html",
		},
		"a new about page, and one that goes": {
			edit: func(e *editor) {
				e.put(modulestore.Block{ID: blockID("about/title")}, modulestore.Body{Texts: []modulestore.Attr{{Name: "data", Value: "T"}}})
				e.tree.Detached = []key.BlockID{blockID("about/overview"), blockID("about/title")}
			},
			files: "- about/effort.html, + about/title.html",
			now:   map[string]string{"about/title.html": "T"},
		},
		"new updates of the course": {
			edit: func(e *editor) {
				e.put(modulestore.Block{ID: blockID("course_info/updates")}, modulestore.Body{Texts: []modulestore.Attr{{Name: "data", Value: "<ol/>"}, {Name: "items", Value: "[]"}}})
				e.tree.Detached = append(e.tree.Detached, blockID("course_info/updates"))
			},
			files: "+ info/updates.html, + info/updates.items.json",
		},
		"the grading policy": {
			edit:  func(e *editor) { e.setText("course/course", "grading_policy", "{}") },
			files: "~ policies/r/grading_policy.json",
			now:   map[string]string{"policies/r/grading_policy.json": "{}"},
		},
		"a setting in a block's policy": {
			edit:  func(e *editor) { e.setPolicy("problem/p1", "max_attempts", "5") },
			files: "~ policies/r/policy.json",
			now: map[string]string{"policies/r/policy.json": `{
    "course/r": {
        "display_name": "Title",
        "graded": true
    },
    "problem/gone": {
        "weight": 1
    },
    "problem/p1": {
        "max_attempts": 5
    }
}`},
		},
		"the first policy of a block": {
			edit:  func(e *editor) { e.setPolicy("html/x", "display_name", "\"\\u00e9 and é\"") },
			files: "~ policies/r/policy.json",
		},
		"the policy of the course is removed": {
			edit: func(e *editor) {
				e.change("course/course", func(b *modulestore.Block, _ *modulestore.Body) { b.Policy = nil })
			},
			files: "~ policies/r/policy.json",
			now: map[string]string{"policies/r/policy.json": `{
    "problem/gone": {
        "weight": 1
    },
    "problem/p1": {
        "max_attempts": 3
    }
}`},
		},
		"a long value becomes another long value": {
			edit: func(e *editor) {
				e.setAttr("problem/p3", "markdown", strings.Repeat("m", modulestore.LongText))
				e.setAttr("problem/p3", "markdown", strings.Repeat("n", modulestore.LongText))
			},
			files: "~ sequential/s.xml",
			now:   inS(`<problem url_name='p3' weight='2'>`, `<problem url_name="p3" weight="2" markdown="`+strings.Repeat("n", modulestore.LongText)+`">`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			course := decodeFiles(t, editedCourse)
			version := versionOf(course, editedCourse)
			edited := editTree(course.Published)
			c.edit(&editor{t, course, edited})
			version.Published, version.Draft = edited, edited
			files := checkReadAsMade(t, course, version, Options{})
			if got := strings.Join(differences(editedCourse, files), ", "); got != c.files {
				t.Errorf("the files that differ are\n%s\nand should be\n%s", got, c.files)
			}
			for path, want := range c.now {
				if diff := cmp.Diff(want, files[path]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
			checkReadAsMade(t, course, version, Options{Canonical: true})
		})
	}
}

// TestEditsOfOddCourses edits courses that have what editedCourse cannot have.
func TestEditsOfOddCourses(t *testing.T) {
	for name, c := range map[string]struct {
		archive map[string]string
		edit    func(e *editor)
		files   string
		now     map[string]string
	}{
		"a block is put before one that has neither name nor content": {
			archive: withUnit("\n<problem/>\n<done url_name='d'/>\n", nil),
			edit: func(e *editor) {
				e.add("vertical/v", "problem/new", 2, modulestore.Block{Inline: true}, modulestore.Body{Markup: "new"})
			},
			files: "~ vertical/v.xml",
			now: map[string]string{
				"vertical/v.xml": "<vertical>\n  <problem/>\n  <done url_name='d'/>\n  <problem url_name=\"new\">new</problem>\n</vertical>",
			},
		},
		"the definition of the course moves out of course.xml": {
			archive: map[string]string{"course.xml": "<course url_name='r' org='O' course='C'><chapter url_name='c' a='1'/></course>"},
			edit: func(e *editor) {
				e.change("course/course", func(b *modulestore.Block, _ *modulestore.Body) { b.Inline, b.Attrs = false, nil })
			},
			files: "~ course.xml, + course/r.xml",
			now: map[string]string{
				"course.xml":   `<course url_name="r" org="O" course="C"/>`,
				"course/r.xml": "<course>\n  <chapter url_name=\"c\" a=\"1\"/>\n</course>\n",
			},
		},
		"a policy where the policy file is broken": {
			archive: withUnit("", map[string]string{"policies/r/policy.json": "{broken"}),
			edit:    func(e *editor) { e.setPolicy("vertical/v", "display_name", `"V"`) },
			files:   "+ policies/r.json",
		},
		"a policy where there is no policy file": {
			archive: scaffold,
			edit:    func(e *editor) { e.setPolicy("course/course", "display_name", `"T"`) },
			files:   "+ policies/r/policy.json",
			now:     map[string]string{"policies/r/policy.json": "{\n    \"course/r\": {\n        \"display_name\": \"T\"\n    }\n}"},
		},
		"a block of a library": {
			archive: map[string]string{"library.xml": "<library org='O' library='L'>\n <problem url_name='p'>x</problem>\n</library>\n"},
			edit:    func(e *editor) { e.setMarkup("problem/p", "y") },
			files:   "~ library.xml",
			now:     map[string]string{"library.xml": "<library org='O' library='L'>\n <problem url_name=\"p\">y</problem>\n</library>\n"},
		},
		"a block beside broken pointers and second definitions": {
			archive: withUnit("\n<problem url_name='p'>1</problem> <problem url_name='p'>2</problem><vertical url_name='v'/><html url_name='none'/> <html url_name='a b'>3</html>\n", nil),
			edit:    func(e *editor) { e.setMarkup("problem/p", "one") },
			files:   "~ vertical/v.xml",
			now: map[string]string{
				"vertical/v.xml": "<vertical>\n<problem url_name=\"p\">one</problem> <problem url_name='p'>2</problem><vertical url_name='v'/><html url_name='none'/> <html url_name='a b'>3</html>\n</vertical>",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			course := decodeFiles(t, c.archive)
			version := versionOf(course, c.archive)
			version.Published = editTree(course.Published)
			version.Draft = version.Published
			c.edit(&editor{t, course, version.Published})
			files := checkReadAsMade(t, course, version, Options{})
			checkReadAsMade(t, course, version, Options{Canonical: true})
			if got := strings.Join(differences(c.archive, files), ", "); got != c.files {
				t.Errorf("the files that differ are\n%s\nand should be\n%s", got, c.files)
			}
			for path, want := range c.now {
				if diff := cmp.Diff(want, files[path]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
		})
	}
}

// TestNamesThatLeaveTheFolderAreNotWritten refuses a block whose definition would stand outside its folder.
func TestNamesThatLeaveTheFolderAreNotWritten(t *testing.T) {
	course := decodeFiles(t, scaffold)
	version := versionOf(course, scaffold)
	version.Published = editTree(course.Published)
	version.Draft = version.Published
	e := &editor{t, course, version.Published}
	e.add("vertical/v", "problem/..:..:etc:passwd", 0, modulestore.Block{}, modulestore.Body{Markup: "x"})
	if _, err := Encode(version, Options{}); !errors.Is(err, modulestore.ErrInvalid) {
		t.Errorf("the export gives %v", err)
	}
}

func replaceOnce(s, old, now string) string {
	if strings.Count(s, old) != 1 {
		panic(fmt.Sprintf("%q does not stand once in %q", old, s))
	}
	return strings.Replace(s, old, now, 1)
}
