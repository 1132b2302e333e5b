package authoring

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

// menagerie is a course with the word cat in all places that a course has for it.
var menagerie = files{
	"course/r.xml":     `<course display_name="cats"><chapter url_name="cat"/><wiki slug="cat"/></course>`,
	"chapter/cat.xml":  `<chapter display_name="The cat"><sequential url_name="s"/></chapter>`,
	"sequential/s.xml": `<sequential format="cat" graded="true"><vertical url_name="v"/></sequential>`,
	"vertical/v.xml": `<vertical><html url_name="t"/><problem url_name="p"/>
  <poll url_name="cat" xblock-family="xblock.v1" answers="[[&quot;cat&quot;, {&quot;label&quot;: &quot;cat &amp;amp; dog&quot;}]]" private_results="false"/>
</vertical>`,
	"html/t.xml":              `<html filename="cat" display_name="cat"/>`,
	"html/cat.html":           `<p title="cat">A cat &amp; a dog</p>`,
	"problem/p.xml":           `<problem display_name="A cat &amp; a dog" showanswer="never"><cat>a cat</cat> A cat &amp; a dog <!-- cat --></problem>`,
	"about/overview.html":     `<p>cat</p>`,
	"info/updates.items.json": `[{"id": 1, "date": "May 1", "content": "<p>cat\u0020<\/p>", "status": "cat"}]`,
	"tabs/cat.html":           `cat`,
	"policies/r/policy.json": `{"course/r": {"display_name": "cats", "tabs": [{"type": "static_tab", "name": "cat", "url_slug": "cat"}],
  "discussion_topics": {"cat": {"id": "cat"}}, "days_early_for_beta": 1.0}}`,
	"policies/r/grading_policy.json": `{"GRADER": [{"type": "cat", "weight": 1.0, "min_count": 1, "drop_count": 0}]}`,
	"drafts/vertical/d.xml": `<vertical url_name="d" parent_url="block-v1:O+C+r+type@sequential+block@s" index_in_children_list="1" display_name="cat draft">
  <html url_name="x">a cat</html></vertical>`,
	"problem/broken.xml": `<problem>cat`,
	"static/cat.txt":     `cat`,
}

func TestWhatAReplacementChanges(t *testing.T) {
	tests := []struct {
		name string
		o    ReplaceOptions
		want files
		n    int
	}{
		{
			name: "everywhere, but never names, keys, paths and assets",
			o:    ReplaceOptions{Find: "cat", With: "dog"},
			want: files{
				"course/r.xml":     `<course display_name="dogs"><chapter url_name="cat"/><wiki slug="cat"/></course>`,
				"chapter/cat.xml":  `<chapter display_name="The dog"><sequential url_name="s"/></chapter>`,
				"sequential/s.xml": `<sequential format="dog" graded="true"><vertical url_name="v"/></sequential>`,
				"vertical/v.xml": `<vertical><html url_name="t"/><problem url_name="p"/>
  <poll url_name="cat" xblock-family="xblock.v1" answers="[[&quot;dog&quot;, {&quot;label&quot;: &quot;dog &amp;amp; dog&quot;}]]" private_results="false"/>
</vertical>`,
				"html/t.xml":                     `<html filename="cat" display_name="dog"/>`,
				"html/cat.html":                  `<p title="dog">A dog &amp; a dog</p>`,
				"problem/p.xml":                  `<problem display_name="A dog &amp; a dog" showanswer="never"><dog>a dog</dog> A dog &amp; a dog <!-- dog --></problem>`,
				"about/overview.html":            `<p>dog</p>`,
				"info/updates.items.json":        `[{"id": 1, "date": "May 1", "content": "<p>dog\u0020<\/p>", "status": "cat"}]`,
				"tabs/cat.html":                  `dog`,
				"policies/r/grading_policy.json": `{"GRADER": [{"type": "dog", "weight": 1.0, "min_count": 1, "drop_count": 0}]}`,
				"policies/r/policy.json": `{
    "course/r": {
        "days_early_for_beta": 1.0,
        "discussion_topics": {
            "cat": {
                "id": "cat"
            }
        },
        "display_name": "dogs",
        "tabs": [
            {
                "name": "dog",
                "type": "static_tab",
                "url_slug": "cat"
            }
        ]
    }
}`,
				"drafts/vertical/d.xml": `<vertical url_name="d" parent_url="block-v1:O+C+r+type@sequential+block@s" index_in_children_list="1" display_name="dog draft">
  <html url_name="x">a dog</html></vertical>`,
			},
			n: 22,
		},
		{
			name: "in titles alone",
			o:    ReplaceOptions{Find: "cat", With: "dog", In: InNames, Types: []string{"html", "problem"}},
			want: files{
				"html/t.xml":    `<html filename="cat" display_name="dog"/>`,
				"problem/p.xml": `<problem display_name="A dog &amp; a dog" showanswer="never"><cat>a cat</cat> A cat &amp; a dog <!-- cat --></problem>`,
			},
			n: 2,
		},
		{
			name: "in texts alone, below one block",
			o:    ReplaceOptions{Find: "cat", With: "dog", In: InTexts, Below: key.BlockID{Type: "html", Name: "t"}},
			want: files{"html/cat.html": `<p title="dog">A dog &amp; a dog</p>`},
			n:    2,
		},
		{
			name: "in settings alone",
			o:    ReplaceOptions{Find: "cat", With: "dog", In: InSettings, Types: []string{"sequential"}},
			want: files{"sequential/s.xml": `<sequential format="dog" graded="true"><vertical url_name="v"/></sequential>`},
			n:    1,
		},
		{
			name: "in JSON only strings, not numbers",
			o:    ReplaceOptions{Find: "1", With: "2", In: InSettings},
			want: files{},
			n:    0,
		},
		{
			name: "a text as readers see it, in markup, attributes and HTML inside JSON",
			o:    ReplaceOptions{Find: "cat & ", With: "cat < ", Types: []string{"html", "problem", "poll"}},
			want: files{
				"html/cat.html": `<p title="cat">A cat &lt; a dog</p>`,
				"problem/p.xml": `<problem display_name="A cat &lt; a dog" showanswer="never"><cat>a cat</cat> A cat &lt; a dog <!-- cat --></problem>`,
				"vertical/v.xml": `<vertical><html url_name="t"/><problem url_name="p"/>
  <poll url_name="cat" xblock-family="xblock.v1" answers="[[&quot;cat&quot;, {&quot;label&quot;: &quot;cat &amp;lt; dog&quot;}]]" private_results="false"/>
</vertical>`,
			},
			n: 4,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := newStore(t)
			course := small(t, store, menagerie)
			before := exported(t, store, course)
			report, err := Replace(t.Context(), store, course, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, changed(before, exported(t, store, course))); diff != "" {
				t.Errorf("files (-want +got)\n%s", diff)
			}
			if report.Matches != tt.n || report.Changed != (tt.n > 0) {
				t.Errorf("%d matches, changed %v; want %d", report.Matches, report.Changed, tt.n)
			}
			if tt.n == 0 {
				return
			}
			v := head(t, store, course)
			if v.Operation != "replace" || v.Message == "" || len(v.Blocks) == 0 {
				t.Errorf("the history says %q, %q about %v", v.Operation, v.Message, v.Blocks)
			}
		})
	}
}

func TestAReplacementCanLeaveWhatIsPublished(t *testing.T) {
	store := newStore(t)
	course := small(t, store, menagerie)
	was := head(t, store, course).Roots
	report, err := Replace(t.Context(), store, course, ReplaceOptions{Find: "cat", With: "dog", DraftOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if now := head(t, store, course).Roots; now.Published != was.Published || now.Draft == was.Draft {
		t.Error("the published branch changed, or the draft did not")
	}
	for _, b := range report.Blocks {
		if b.Branch != modulestore.Draft {
			t.Errorf("%s is reported in the branch %s", b.Block, b.Branch)
		}
	}
}

func TestAReplacementThatDoesNothingMakesNoVersion(t *testing.T) {
	store := newStore(t)
	course := small(t, store, menagerie)
	for _, o := range []ReplaceOptions{{Find: "horse", With: "cow"}, {Find: "cat", With: "cat"}, {Find: "cat", With: "dog", Types: []string{"video"}}} {
		report, err := Replace(t.Context(), store, course, o)
		if err != nil || report.Changed || report.Version != 1 {
			t.Errorf("%q by %q: changed %v, version %d, %v", o.Find, o.With, report.Changed, report.Version, err)
		}
	}
	nowhere := key.BlockID{Type: "html", Name: "none"}
	for _, o := range []ReplaceOptions{{}, {Find: "a", In: "everything"}, {Find: "(", Regexp: true}, {Find: "cat", Below: nowhere}} {
		if report, err := Replace(t.Context(), store, course, o); err == nil || report != nil {
			t.Errorf("%+v: %+v, %v", o, report, err)
		}
	}
	if _, err := Replace(t.Context(), store, key.Course{Org: "O", Code: "C", Run: "none"}, ReplaceOptions{Find: "a"}); !errors.Is(err, modulestore.ErrNotFound) {
		t.Errorf("a course that does not exist: %v", err)
	}
}

func TestBlocksThatCouldNotBeReadAfterwards(t *testing.T) {
	tests := []struct {
		name       string
		find, with string
		block      string
		rule       string
	}{
		{"a tag that is opened and not closed", "<cat>", "<dog>", "problem/p", "xml.malformed"},
		{"an end of the block", "A cat", "</problem><problem>", "problem/p", "xml.malformed"},
		{"an ampersand that markup must write as &amp;", "<cat>a cat", "<cat>R & D", "problem/p", "xml.malformed"},
		{"an HTML entity in XML", "<cat>a cat", "<cat>&nbsp;", "problem/p", "xml.html_entity"},
		{"a setting that loses its meaning", "never", "seldom", "problem/p", "field.enum"},
		{"a setting that cannot be read", "false", "perhaps", "poll/cat", "field.boolean"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := newStore(t)
			course := small(t, store, menagerie)
			errorsBefore := checks(t, store, course)
			o := ReplaceOptions{Find: tt.find, With: tt.with}
			report, err := Replace(t.Context(), store, course, o)
			if _, refused := errors.AsType[*ReplaceRefusedError](err); !refused || report == nil {
				t.Fatalf("got %v, want a refusal with its report", err)
			}
			if len(report.Refused) != 1 || report.Refused[0].Block != tt.block || report.Refused[0].Items[0].Rule != tt.rule {
				t.Fatalf("refused: %+v", report.Refused)
			}
			if v := head(t, store, course); v.Seq != 1 || report.Version != 1 || report.Changed {
				t.Errorf("version %d; the report says %d, %v", v.Seq, report.Version, report.Changed)
			}
			o.Preview = true
			preview, err := Replace(t.Context(), store, course, o)
			if err != nil || !reflect.DeepEqual(preview.Refused, report.Refused) || !reflect.DeepEqual(preview.Blocks, report.Blocks) {
				t.Errorf("the preview says another thing: %+v, %v", preview, err)
			}
			o.Preview, o.SkipRefused = false, true
			report, err = Replace(t.Context(), store, course, o)
			if err != nil || len(report.Refused) != 1 {
				t.Fatalf("with the others replaced: %+v, %v", report, err)
			}
			if report.Changed != (report.Matches > 0) {
				t.Errorf("changed %v with %d matches", report.Changed, report.Matches)
			}
			if diff := cmp.Diff(errorsBefore, checks(t, store, course)); diff != "" {
				t.Errorf("errors (-before +afterwards)\n%s", diff)
			}
		})
	}
}

func TestABlockMayKeepTheErrorsItHas(t *testing.T) {
	store := newStore(t)
	course := small(t, store, files{
		"course/r.xml":  `<course><problem url_name="p"/></course>`,
		"problem/p.xml": `<problem max_attempts="many" showanswer="seldom">cat</problem>`,
	})
	report, err := Replace(t.Context(), store, course, ReplaceOptions{Find: "cat", With: "dog"})
	if err != nil || !report.Changed {
		t.Errorf("changed %v, %v", report.Changed, err)
	}
	report, err = Replace(t.Context(), store, course, ReplaceOptions{Find: "seldom", With: "never"})
	if err != nil || !report.Changed {
		t.Errorf("one error less: changed %v, %v", report.Changed, err)
	}
}

func TestBrokenBlocksAreListed(t *testing.T) {
	store := newStore(t)
	f := files{"course/r.xml": `<course><problem url_name="broken"/><html url_name="gone"/></course>`, "problem/broken.xml": `<problem>cat`}
	course := small(t, store, f)
	report, err := Replace(t.Context(), store, course, ReplaceOptions{Find: "cat", With: "dog"})
	if err != nil {
		t.Fatal(err)
	}
	want := []BrokenBlock{{"problem/broken", "xml.malformed"}, {"html/gone", "olx.missing_file"}}
	if diff := cmp.Diff(want, report.Broken); diff != "" || report.Changed {
		t.Errorf("changed %v, broken (-want +got)\n%s", report.Changed, diff)
	}
}

// previewed runs an operation as a preview and then in earnest, and compares what the two say.
func previewed[R any](t *testing.T, store *modulestore.Store, course key.Course, run func(preview bool) (*R, error)) *R {
	t.Helper()
	before := head(t, store, course)
	preview, err := run(true)
	if err != nil {
		t.Fatal(err)
	}
	if v := head(t, store, course); v.Commit != before.Commit {
		t.Fatal("the preview made a version")
	}
	report, err := run(false)
	if err != nil {
		t.Fatal(err)
	}
	content := func(r *R) map[string]any {
		text, _ := json.Marshal(r)
		var m map[string]any
		_ = json.Unmarshal(text, &m)
		for _, name := range []string{"version", "changed", "preview"} {
			delete(m, name)
		}
		return m
	}
	if diff := cmp.Diff(content(preview), content(report)); diff != "" {
		t.Errorf("the preview is not what was done (-preview +done)\n%s", diff)
	}
	return report
}

// TestTheBundledCourseIsRewritten is the report that an author sees, in full.
func TestTheBundledCourseIsRewritten(t *testing.T) {
	store := newStore(t)
	course := bring(t, store, importer.Source{FS: sample.Course(), Name: "sample"})
	o := ReplaceOptions{Find: "archive", With: "package", WholeWords: true, Below: key.BlockID{Type: "chapter", Name: "first-import"}}
	report := previewed(t, store, course, func(preview bool) (*ReplaceReport, error) {
		o.Preview = preview
		return Replace(t.Context(), store, course, o)
	})
	golden(t, "testdata/replace.golden", indentedJSON(t, report))
	if errs := checks(t, store, course); errs != "" {
		t.Errorf("errors afterwards:\n%s", errs)
	}
}

func indentedJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// TestAReplacementChangesExactlyTheMatches compares with the plainest way to do it, on courses of all shapes.
func TestAReplacementChangesExactlyTheMatches(t *testing.T) {
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	defer store.Close()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		course := key.Course{Org: "O", Code: "C", Run: fmt.Sprint(n)}
		words := rapid.StringOfN(rapid.SampledFrom([]rune("ab c")), 0, 700, -1)
		want := make(map[key.BlockID][]string) // markup, text, title, setting
		make := func(branch modulestore.Branch) *modulestore.Tree {
			tree := &modulestore.Tree{Blocks: map[key.BlockID]*modulestore.Block{}}
			root := &opened{block: modulestore.Block{ID: key.BlockID{Type: "course", Name: "r"}}}
			tree.Root = root.block.ID
			var objects []modulestore.Object
			put := func(o *opened) {
				b, body := o.close()
				if !body.IsZero() {
					b.Body = body.Object().ID
					objects = append(objects, body.Object())
				}
				tree.Blocks[b.ID] = &b
			}
			for i := range rapid.IntRange(0, 5).Draw(rt, "blocks") {
				id := key.BlockID{Type: "problem", Name: fmt.Sprint(branch, i)}
				texts := []string{words.Draw(rt, "markup"), words.Draw(rt, "text"), words.Draw(rt, "title"), words.Draw(rt, "setting")}
				put(&opened{
					block: modulestore.Block{ID: id, Attrs: []modulestore.Attr{
						{Name: "display_name", Value: texts[2]}, {Name: "odd", Value: texts[3]}, {Name: "slug", Value: "a"},
					}},
					body: modulestore.Body{Markup: texts[0], Texts: []modulestore.Attr{{Name: "data", Value: texts[1]}}},
				})
				root.block.Children = append(root.block.Children, modulestore.Child{ID: id})
				for _, text := range texts {
					want[id] = append(want[id], strings.ReplaceAll(text, "a", "bb"))
				}
			}
			put(root)
			if err := store.Put(t.Context(), objects); err != nil {
				rt.Fatal(err)
			}
			return tree
		}
		published, draft := make(modulestore.Published), make(modulestore.Draft)
		if _, _, err := store.Update(t.Context(), course, func(e *modulestore.Edit) error { e.Replace(published, draft, nil, ""); return nil }); err != nil {
			rt.Fatal(err)
		}
		if _, err := Replace(t.Context(), store, course, ReplaceOptions{Find: "a", With: "bb"}); err != nil {
			rt.Fatal(err)
		}
		got := map[key.BlockID][]string{}
		v, err := store.Head(t.Context(), course)
		if err != nil {
			rt.Fatal(err)
		}
		for _, branch := range []modulestore.Branch{modulestore.Draft, modulestore.Published} {
			snapshot, err := store.Snapshot(t.Context(), v, branch)
			if err != nil {
				rt.Fatal(err)
			}
			for id, b := range snapshot.Tree().Blocks {
				body, err := snapshot.Body(t.Context(), id)
				if err != nil {
					rt.Fatal(err)
				}
				if o := open(b, body); id.Type == "problem" {
					text, _ := o.body.Text("data")
					got[id] = []string{o.body.Markup, text, o.block.Attrs[0].Value, o.block.Attrs[1].Value}
					if o.block.Attrs[2].Value != "a" {
						rt.Errorf("the slug of %s was replaced", id)
					}
				}
			}
		}
		if !reflect.DeepEqual(got, want) {
			rt.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestRealCoursesAreRewrittenAndBack replaces a word that stands everywhere by one that stands nowhere, and back.
func TestRealCoursesAreRewrittenAndBack(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			store := newStore(t)
			course := bring(t, store, importer.Source{Path: archive})
			before, errorsBefore := head(t, store, course), checks(t, store, course)
			there := previewed(t, store, course, func(preview bool) (*ReplaceReport, error) {
				return Replace(t.Context(), store, course, ReplaceOptions{
					Find: " the ", With: " 'thé' & ", In: InTexts, Types: []string{"html", "about", "static_tab", "course_info"}, Preview: preview, SkipRefused: true,
				})
			})
			plain := previewed(t, store, course, func(preview bool) (*ReplaceReport, error) {
				return Replace(t.Context(), store, course, ReplaceOptions{Find: " to ", With: " \u00fcto ", Preview: preview})
			})
			t.Logf("%d and %d matches in %d and %d blocks; %d refused, %d broken",
				there.Matches, plain.Matches, len(there.Blocks), len(plain.Blocks), len(there.Refused), len(plain.Broken))
			if len(plain.Refused) > 0 {
				t.Errorf("refused: %v", plain.Refused)
			}
			if diff := cmp.Diff(errorsBefore, checks(t, store, course)); diff != "" {
				t.Errorf("errors (-before +replaced)\n%s", diff)
			}
			for _, o := range []ReplaceOptions{{Find: " \u00fcto ", With: " to "}, {Find: " 'thé' & ", With: " the "}} {
				if _, err := Replace(t.Context(), store, course, o); err != nil {
					t.Fatal(err)
				}
			}
			if head(t, store, course).Roots != before.Roots {
				t.Error("the way back leads to other roots")
			}
		})
	}
}
