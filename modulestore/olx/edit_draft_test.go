package olx

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
)

const placeInS = `parent_url="block-v1:O+C+r+type@sequential+block@s" index_in_children_list="`

// draftedCourse is editedCourse with drafts: of vertical/v2, which is published too, and of vertical/d, which is not.
func draftedCourse() map[string]string {
	files := maps.Clone(editedCourse)
	files["drafts/vertical/v2.xml"] = "<vertical display_name='Draft' " + placeInS + "1\">\n  <html url_name=\"y\"/>\n  <problem url_name=\"new\">new</problem>\n</vertical>\n"
	files["drafts/html/y.xml"] = files["html/y.xml"]
	files["drafts/html/shared.html"] = files["html/shared.html"]
	files["drafts/vertical/d.xml"] = "<vertical " + placeInS + "3\">\n  <problem url_name=\"d1\"/>\n</vertical>\n"
	files["drafts/problem/d1.xml"] = "<problem display_name='D'/>\n"
	return files
}

// TestDraftsAreWrittenBesideThePublishedTree edits the draft tree alone and gives the files in which the export then differs from the archive.
func TestDraftsAreWrittenBesideThePublishedTree(t *testing.T) {
	for name, c := range map[string]struct {
		archive map[string]string
		edit    func(draft, published *editor)
		files   string
		now     map[string]string
	}{
		"nothing": {archive: draftedCourse(), edit: func(_, _ *editor) {}},
		"a setting of a unit in a file": {
			archive: editedCourse,
			edit:    func(d, _ *editor) { d.setAttr("vertical/v2", "display_name", "Draft") },
			files:   "+ drafts/html/shared.html, + drafts/html/y.xml, + drafts/html/z.xml, + drafts/problem/broken.xml, + drafts/vertical/v2.xml",
			now: map[string]string{
				"drafts/vertical/v2.xml":    replaceOnce(editedCourse["vertical/v2.xml"], "<vertical>", "<vertical display_name=\"Draft\" "+placeInS+"1\">"),
				"drafts/html/y.xml":         editedCourse["html/y.xml"],
				"drafts/html/shared.html":   editedCourse["html/shared.html"],
				"drafts/problem/broken.xml": editedCourse["problem/broken.xml"],
			},
		},
		"the content of an inline block": {
			archive: editedCourse,
			edit:    func(d, _ *editor) { d.setMarkup("problem/p3", "drei") },
			files:   "+ drafts/html/x.html, + drafts/html/x.xml, + drafts/problem/p2.xml, + drafts/vertical/v1.xml",
			now: map[string]string{"drafts/vertical/v1.xml": `<vertical url_name="v1" display_name="First" ` + placeInS + `0">
  <!-- a comment -->
  <problem url_name="p1" display_name="One"><p>one <b>1</b> <i>i</i></p></problem>
  <html url_name="x"/>
  <problem url_name="p2"/>
  <problem url_name="p3" weight="2">drei</problem>
</vertical>
`},
		},
		"the content of a block in a file": {
			archive: editedCourse,
			edit:    func(d, _ *editor) { d.setMarkup("problem/p2", "zwei") },
			files:   "+ drafts/html/x.html, + drafts/html/x.xml, + drafts/problem/p2.xml, + drafts/vertical/v1.xml",
			now:     map[string]string{"drafts/problem/p2.xml": "<problem display_name=\"Two\">zwei</problem>\n"},
		},
		"the text of an html block that shares it": {
			archive: editedCourse,
			edit:    func(d, _ *editor) { d.setText("html/z", "data", "<p>zed</p>") },
			files:   "+ drafts/html/shared.html, + drafts/html/y.xml, + drafts/html/z.html, + drafts/html/z.xml, + drafts/problem/broken.xml, + drafts/vertical/v2.xml",
		},
		"a new unit": {
			archive: editedCourse,
			edit: func(d, _ *editor) {
				d.add("sequential/t", "vertical/n", 0, modulestore.Block{}, modulestore.Body{})
				d.add("vertical/n", "problem/n1", 0, modulestore.Block{}, modulestore.Body{Markup: "1"})
				d.add("vertical/n", "problem/n2", 1, modulestore.Block{Inline: true}, modulestore.Body{Markup: "2"})
			},
			files: "+ drafts/problem/n1.xml, + drafts/vertical/n.xml",
			now: map[string]string{"drafts/vertical/n.xml": `<vertical parent_url="block-v1:O+C+r+type@sequential+block@t" index_in_children_list="0">
  <problem url_name="n1"/>
  <problem url_name="n2">2</problem>
</vertical>
`},
		},
		"a block in a draft of the archive": {
			archive: draftedCourse(),
			edit:    func(d, _ *editor) { d.setMarkup("problem/new", "newer") },
			files:   "~ drafts/vertical/v2.xml",
			now:     map[string]string{"drafts/vertical/v2.xml": replaceOnce(draftedCourse()["drafts/vertical/v2.xml"], ">new<", ">newer<")},
		},
		"a new block in a draft of the archive": {
			archive: draftedCourse(),
			edit: func(d, _ *editor) {
				d.add("vertical/d", "problem/d2", 1, modulestore.Block{}, modulestore.Body{Markup: "2"})
			},
			files: "+ drafts/problem/d2.xml, ~ drafts/vertical/d.xml",
		},
		"a new unit before a draft of the archive": {
			archive: draftedCourse(),
			edit: func(d, _ *editor) {
				d.add("sequential/s", "vertical/a", 3, modulestore.Block{}, modulestore.Body{})
			},
			files: "+ drafts/vertical/a.xml, ~ drafts/vertical/d.xml",
			now: map[string]string{
				"drafts/vertical/a.xml": "<vertical " + placeInS + "3\"/>\n",
				"drafts/vertical/d.xml": replaceOnce(draftedCourse()["drafts/vertical/d.xml"], `"3"`, `"4"`),
			},
		},
		"a draft unit moves to another subsection": {
			archive: draftedCourse(),
			edit: func(d, _ *editor) {
				d.remove("sequential/s", "vertical/d")
				d.insert("sequential/t", "vertical/d", 0)
			},
			files: "~ drafts/vertical/d.xml",
			now: map[string]string{
				"drafts/vertical/d.xml": "<vertical parent_url=\"block-v1:O+C+r+type@sequential+block@t\" index_in_children_list=\"0\">\n  <problem url_name=\"d1\"/>\n</vertical>\n",
			},
		},
		"a new section with everything in it": {
			archive: editedCourse,
			edit: func(d, _ *editor) {
				d.add("course/course", "chapter/n", 0, modulestore.Block{}, modulestore.Body{})
				d.add("chapter/n", "sequential/n", 0, modulestore.Block{}, modulestore.Body{})
				d.add("sequential/n", "vertical/n", 0, modulestore.Block{}, modulestore.Body{})
			},
			files: "+ drafts/chapter/n.xml, + drafts/sequential/n.xml, + drafts/vertical/n.xml",
		},
		"a draft is published": {
			archive: draftedCourse(),
			edit: func(d, p *editor) {
				for _, name := range []string{"vertical/v2", "problem/new", "html/y"} {
					p.tree.Blocks[blockID(name)] = d.tree.Blocks[blockID(name)]
				}
			},
			files: "- drafts/html/shared.html, - drafts/html/y.xml, - drafts/vertical/v2.xml, - html/z.xml, - problem/broken.xml, ~ vertical/v2.xml",
			now: map[string]string{
				"vertical/v2.xml": "<vertical display_name=\"Draft\">\n  <html url_name=\"y\"/>\n  <problem url_name=\"new\">new</problem>\n</vertical>",
			},
		},
		"a new draft is published": {
			archive: draftedCourse(),
			edit: func(d, p *editor) {
				p.tree.Blocks[blockID("vertical/d")] = d.tree.Blocks[blockID("vertical/d")]
				p.tree.Blocks[blockID("problem/d1")] = d.tree.Blocks[blockID("problem/d1")]
				p.insert("sequential/s", "vertical/d", 3)
			},
			files: "- drafts/problem/d1.xml, - drafts/vertical/d.xml, + problem/d1.xml, ~ sequential/s.xml, + vertical/d.xml",
			now: map[string]string{
				"vertical/d.xml": "<vertical>\n  <problem url_name=\"d1\"/>\n</vertical>\n",
				"problem/d1.xml": draftedCourse()["drafts/problem/d1.xml"],
			},
		},
		"a draft is discarded": {
			archive: draftedCourse(),
			edit: func(d, p *editor) {
				for _, name := range []string{"vertical/v2", "html/y", "html/z", "problem/missing", "problem/broken"} {
					d.tree.Blocks[blockID(name)] = p.tree.Blocks[blockID(name)]
				}
			},
			files: "- drafts/html/shared.html, - drafts/html/y.xml, - drafts/vertical/v2.xml",
		},
		"a new draft is deleted": {
			archive: draftedCourse(),
			edit:    func(d, _ *editor) { d.remove("sequential/s", "vertical/d") },
			files:   "- drafts/problem/d1.xml, - drafts/vertical/d.xml",
		},
		"a policy of a new unit": {
			archive: draftedCourse(),
			edit:    func(d, _ *editor) { d.setPolicy("vertical/d", "display_name", `"D"`) },
			files:   "~ policies/r/policy.json",
		},
	} {
		t.Run(name, func(t *testing.T) {
			course := decodeFiles(t, c.archive)
			version := versionOf(course, c.archive)
			draft, published := editTree(course.Draft), editTree(course.Published)
			c.edit(&editor{t, course, draft}, &editor{t, course, published})
			version.Draft, version.Published = draft, published
			files := checkReadAsMade(t, course, version, Options{})
			if got := strings.Join(differences(c.archive, files), ", "); got != c.files {
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

// TestOneBranchIsOneTree exports the draft and the published branch of a course with drafts alone.
func TestOneBranchIsOneTree(t *testing.T) {
	archive := draftedCourse()
	archive["drafts/junk.txt"] = "junk"
	course := decodeFiles(t, archive)
	version := versionOf(course, archive)
	for _, c := range []struct {
		branch Branch
		tree   *modulestore.Tree
	}{{Draft, course.Draft}, {Published, course.Published}} {
		for _, canonical := range []bool{false, true} {
			files := encodeFiles(t, version, Options{Branch: c.branch, Canonical: canonical})
			for path := range files {
				if strings.HasPrefix(path, draftFolder) {
					t.Errorf("the %s branch (canonical %t) has %s", c.branch, canonical, path)
				}
			}
			again := decodeFiles(t, files)
			if diff := cmp.Diff(meaning(course, c.tree), meaning(again, again.Published)); diff != "" {
				t.Errorf("the %s branch (canonical %t) is read as another tree (-edited +read):\n%s", c.branch, canonical, diff)
			}
		}
	}
	published := encodeFiles(t, version, Options{Branch: Published})
	if diff := differences(editedCourse, published); len(diff) > 0 {
		t.Errorf("the published branch differs from the archive without drafts in %v", diff)
	}
	draft := encodeFiles(t, version, Options{Branch: Draft})
	want := []string{"- html/z.xml", "- problem/broken.xml", "+ problem/d1.xml", "~ sequential/s.xml", "+ vertical/d.xml", "~ vertical/v2.xml"}
	if diff := cmp.Diff(want, differences(editedCourse, draft)); diff != "" {
		t.Errorf("the draft branch differs from the archive in other files (-want +got):\n%s", diff)
	}
}

// TestACourseThatCameFromNoArchive exports a course that was made by edits.
func TestACourseThatCameFromNoArchive(t *testing.T) {
	course := decodeFiles(t, editedCourse)
	version := versionOf(course, editedCourse)
	version.Files = nil
	files := encodeFiles(t, version, Options{})
	again := decodeFiles(t, files)
	if diff := cmp.Diff(meaning(course, course.Published), meaning(again, again.Published)); diff != "" {
		t.Errorf("the export is read as another course (-edited +read):\n%s", diff)
	}
	if files["course.xml"] != `<course url_name="r" org="O" course="C"/>` {
		t.Errorf("course.xml is %q", files["course.xml"])
	}
}
