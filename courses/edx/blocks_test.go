package edx_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/edx"
	"lectern/courses/outline"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

func TestParametersOfTheBlocksAPI(t *testing.T) {
	name := func(s string) *string { return &s }
	org := key.Course{Org: "Org", Code: "C", Run: "R"}
	for _, c := range []struct {
		name, query string
		ofCourse    bool
		want        edx.BlocksQuery
		wrong       string // the names of parameters with something wrong
	}{
		{"the root alone is the default", "username=anna", false, edx.BlocksQuery{Username: name("anna")}, ""},
		{"an empty name is nobody", "username=", false, edx.BlocksQuery{Username: name("")}, ""},
		{"without a name there is nothing to ask for", "", false, edx.BlocksQuery{}, "username"},
		{"but for all blocks", "all_blocks=true", false, edx.BlocksQuery{AllBlocks: true}, ""},
		{"a truth in another spelling", "all_blocks=True", false, edx.BlocksQuery{AllBlocks: true}, ""},
		{"what is neither true nor false", "username=a&all_blocks=maybe", false, edx.BlocksQuery{}, "all_blocks"},
		{"a depth", "username=a&depth=3", false, edx.BlocksQuery{Username: name("a"), Depth: 3}, ""},
		{"any depth", "username=a&depth=all", false, edx.BlocksQuery{Username: name("a"), Depth: edx.AllDepths}, ""},
		{"a depth that is no number", "username=a&depth=deep", false, edx.BlocksQuery{}, "depth"},
		{"a depth below 0", "username=a&depth=-1", false, edx.BlocksQuery{}, "depth"},
		{"a navigation depth", "username=a&nav_depth=2", false, edx.BlocksQuery{Username: name("a"), NavDepth: 2}, ""},
		{"a navigation depth has no all", "username=a&nav_depth=all", false, edx.BlocksQuery{}, "nav_depth"},
		{"descendants go three levels deep", "username=a&requested_fields=descendants", false,
			edx.BlocksQuery{Username: name("a"), Fields: []string{"descendants"}, NavDepth: 3}, ""},
		{"lists are repeated, separated by commas, or both",
			"username=a&requested_fields=graded,due&requested_fields=%20due%20,,format&block_counts=video&student_view_data=html&block_types_filter=problem",
			false, edx.BlocksQuery{
				Username: name("a"), Fields: []string{"graded", "due", "format"}, Counts: []string{"video"}, StudentViewData: []string{"html"}, Types: []string{"problem"},
			}, ""},
		{"a list is asked for", "username=a&return_type=list", false, edx.BlocksQuery{Username: name("a"), List: true}, ""},
		{"a dict is asked for", "username=a&return_type=dict", false, edx.BlocksQuery{Username: name("a")}, ""},
		{"a type of answer that there is not", "username=a&return_type=tree", false, edx.BlocksQuery{}, "return_type"},
		{"the form of a course needs one", "username=a", true, edx.BlocksQuery{}, "course_id"},
		{"the key of a course", "username=a&course_id=course-v1:Org%2BC%2BR", true, edx.BlocksQuery{Username: name("a"), Course: org}, ""},
		{"what is no key of a course", "username=a&course_id=C", true, edx.BlocksQuery{}, "course_id"},
		{"parameters that nobody knows are passed over", "username=a&page_size=10", false, edx.BlocksQuery{Username: name("a")}, ""},
		{"all that is wrong is said at once", "depth=x&nav_depth=y&return_type=z", true, edx.BlocksQuery{}, "course_id depth nav_depth return_type username"},
	} {
		t.Run(c.name, func(t *testing.T) {
			values, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			got, err := edx.ParseBlocksQuery(values, c.ofCourse)
			var wrong edx.FieldErrors
			if errors.As(err, &wrong) != (c.wrong != "") {
				t.Fatalf("got the error %v", err)
			}
			var names []string
			for name := range wrong {
				names = append(names, name)
			}
			slices.Sort(names)
			if strings.Join(names, " ") != c.wrong {
				t.Errorf("wrong are %v, want %s", wrong, c.wrong)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestErrorsOfParametersAreJSONByField(t *testing.T) {
	_, err := edx.ParseBlocksQuery(url.Values{"username": {"a"}, "depth": {"<deep>"}}, false)
	var wrong edx.FieldErrors
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	if got, want := string(encode(t, wrong)), `{"depth":["\"<deep>\" is not a whole number from 0 on."]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// answer asks for the blocks of everyCase and writes what came back: blocks as TYPE/NAME, and the member that was asked about.
func answer(t *testing.T, v *outline.View, root, asked, member string) string {
	t.Helper()
	b, err := edx.NewBlocks(v, page(), id(root), query(t, asked))
	if err != nil {
		return err.Error()
	}
	var list []string
	for _, o := range b.List() {
		kind, _ := o.Get("type")
		name, _ := o.Get("block_id")
		line := fmt.Sprint(kind, "/", name)
		if value, ok := o.Get(member); ok {
			text := string(encode(t, value))
			line += "=" + strings.ReplaceAll(text, "block-v1:Org+Every+2026+type@", "")
		}
		list = append(list, line)
	}
	return strings.Join(list, " ")
}

func absent(block string) string {
	return "there is no block block-v1:Org+Every+2026+type@" + block + ": check its key"
}

func TestBlocksAreThoseThatWereAskedFor(t *testing.T) {
	course := compile(read(t, everyCase))
	v := course.Evaluate(anna(), z("02-01 12:00"), outline.Options{})
	later := course.Evaluate(anna(), z("03-02 12:00"), outline.Options{})
	for _, c := range []struct {
		name                      string
		view                      *outline.View
		root, asked, member, want string
	}{
		{"the root alone, without its children, is the default", v, "sequential/lesson", "requested_fields=children", "children", `sequential/lesson`},
		{"children are those that are in the answer", v, "sequential/lesson", "depth=1&requested_fields=children", "children",
			`sequential/lesson=["vertical+block@read","vertical+block@do"] vertical/read vertical/do`},
		{"in the place of a type that is left out come its children", v, "sequential/lesson",
			"depth=all&requested_fields=children&block_types_filter=sequential,problem", "children",
			`sequential/lesson=["problem+block@p1","problem+block@p2","problem+block@p0"] problem/p1 problem/p2 problem/p0`},
		{"types are left out after what is too deep", v, "sequential/lesson", "depth=1&block_types_filter=problem", "children", ``},
		{"counts go deeper than the answer", v, "chapter/w1", "block_counts=problem,video,chapter", "block_counts", `chapter/w1={"chapter":1,"problem":3,"video":1}`},
		{"navigation stops at a depth and lists all below", v, "sequential/lesson", "depth=1&nav_depth=1", "descendants",
			`sequential/lesson=["vertical+block@read","vertical+block@do"] vertical/read=["html+block@text","video+block@film"] ` +
				`vertical/do=["problem+block@p1","problem+block@p2","problem+block@p0"]`},
		{"an unmet prerequisite keeps blocks out", v, "sequential/next", "", "", absent("sequential+block@next")},
		{"unless those are asked for, too", v, "sequential/next", "depth=1&requested_fields=show_gated_sections", "", "sequential/next vertical/gated"},
		{"what is hidden after its due date is no such block", v, "sequential/gone", "requested_fields=show_gated_sections", "", absent("sequential+block@gone")},
		{"an exam is left out", later, "chapter/w2", "depth=1", "", "chapter/w2 sequential/unlisted"},
		{"unless there is to be something about it", later, "chapter/w2", "depth=1&requested_fields=special_exam_info", "special_exam_info",
			`chapter/w2 sequential/exam={"status":"eligible","short_description":"Timed exam","suggested_icon":"fa-clock-o","in_completed_state":false} ` +
				`sequential/unlisted`},
		{"an experiment has the child of the learner's group", v, "split_test/ab-test", "depth=1", "", "split_test/ab-test vertical/a"},
		{"a bank has what is drawn", v, "itembank/bank", "depth=1", "", "itembank/bank problem/b2"},
		{"all blocks are all there are", v, "itembank/bank", "depth=1&all_blocks=true", "", "itembank/bank problem/b1 problem/b2 problem/b3"},
		{"what staff alone may see is no such block", v, "sequential/team", "", "", absent("sequential+block@team")},
		{"a block that the course does not have", v, "problem/none", "all_blocks=1", "", absent("problem+block@none")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := answer(t, c.view, c.root, c.asked, c.member); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestWhatWasDrawnAndStoredStays(t *testing.T) {
	f := with(anna(), func(f *outline.Facts) {
		f.Drawn = map[key.BlockID][]key.BlockID{id("itembank/bank"): {id("problem/b1")}}
	})
	v := compile(read(t, everyCase)).Evaluate(f, z("02-01 12:00"), outline.Options{})
	if got, want := answer(t, v, "itembank/bank", "depth=1", ""), "itembank/bank problem/b1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	reasons, _ := v.Explain(id("problem/b2"))
	if len(reasons) != 1 || reasons[0].String() != "problem/b2 was not drawn for this learner" {
		t.Errorf("the reasons are %v", reasons)
	}
}

func TestStudentViewDataComesFromPlugIns(t *testing.T) {
	plugIn := outline.Transformer{Name: "data", Collect: func(*outline.Outline) outline.Rule { return everywhere{"student_view_data": "<b>"} }}
	course := compile(read(t, everyCase), plugIn)
	v := course.Evaluate(anna(), z("02-01 12:00"), outline.Options{})
	if got, want := answer(t, v, "vertical/read", "depth=1&student_view_data=html", "student_view_data"), `vertical/read html/text="<b>" video/film`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// everywhere is a plug-in that knows the same of all blocks.
type everywhere map[string]any

func (everywhere) Mark(*outline.Case, *outline.Marks)          {}
func (everywhere) Explain(*outline.Case, int) []outline.Reason { return nil }
func (e everywhere) Field(_ int, name string) (value any, ok bool) {
	value, ok = e[name]
	return value, ok
}

// randomFacts are about the blocks of a course.
func randomFacts(t *rapid.T, c *outline.Course) (*outline.Facts, outline.Options) {
	f := anna()
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	rarely := func(label string) bool { return rapid.IntRange(0, 5).Draw(t, label) == 0 }
	block := func() key.BlockID { return c.Nodes[rapid.IntRange(0, len(c.Nodes)-1).Draw(t, "block")].ID }
	f.Enrolled, f.Staff, f.Schedule.Beta = !rarely("outsider"), rarely("staff"), yes("beta")
	if rarely("anonymous") {
		f.Learner = ""
	}
	f.Groups = partition.Memberships{}
	for _, p := range c.Partitions.All() {
		if len(p.Groups) > 0 && yes("in a group") {
			f.Groups[p.ID] = groupOf(rapid.SampledFrom(p.Groups).Draw(t, "group").ID)
		}
	}
	f.Drawn, f.Progress = map[key.BlockID][]key.BlockID{}, map[key.BlockID]outline.Progress{}
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		due := z("01-01 00:00").AddDate(0, 0, rapid.IntRange(0, 90).Draw(t, "day"))
		f.Schedule.Overrides = append(f.Schedule.Overrides, schedule.Override{Block: block(), At: due})
		f.Drawn[block()] = []key.BlockID{block()}
		f.Progress[block()] = outline.Progress{Earned: 1, Possible: 1}
	}
	for _, id := range c.Awaited() {
		if yes("done") {
			f.Progress[id] = outline.Progress{Earned: 1, Possible: 1}
		}
	}
	return f, outline.Options{UnenrolledAccess: yes("open to all"), IgnoreStarts: rarely("ignore starts"), Lift: rarely("lift")}
}

func TestBlocksAreExactlyThoseThatTheLearnerCanOpen(t *testing.T) {
	courses := []*outline.Course{compile(read(t, everyCase)), compile(read(t, atOwnPace)), compile(readSample(t))}
	rapid.Check(t, func(t *rapid.T) {
		course := rapid.SampledFrom(courses).Draw(t, "course")
		f, o := randomFacts(t, course)
		v := course.Evaluate(f, z("01-01 00:00").AddDate(0, 0, rapid.IntRange(-10, 200).Draw(t, "at")), o)
		var want []string
		for i := range course.Nodes {
			if v.Verdict(i).Accessible {
				want = append(want, course.Course.Block(course.Nodes[i].ID).String())
			}
		}
		for i := range course.Nodes {
			if !v.Learner(i).Accessible && len(v.Reasons(i)) == 0 {
				t.Fatalf("%s is closed without a reason", course.Nodes[i].ID)
			}
		}
		q := &edx.BlocksQuery{Depth: edx.AllDepths, Fields: []string{"children", "special_exam_info"}}
		b, err := edx.NewBlocks(v, page(), course.Nodes[0].ID, q)
		if err != nil {
			if len(want) > 0 {
				t.Fatalf("%v, but %d blocks can be opened", err, len(want))
			}
			return
		}
		below := []string{b.Root} // from the root by children, each of them once
		for at := 0; at < len(below); at++ {
			o, ok := b.Blocks.Get(below[at])
			if !ok {
				t.Fatalf("%s is a child and not in the answer", below[at])
			}
			children, _ := o.(edx.Object).Get("children")
			list, _ := children.([]string)
			below = append(below, list...)
		}
		var got []string
		for _, m := range b.Blocks {
			got = append(got, m.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("what can be opened (-) is not what is listed (+):\n%s", diff)
		}
		slices.Sort(below)
		slices.Sort(got)
		if diff := cmp.Diff(got, below); diff != "" {
			t.Fatalf("what is listed (-) is not what children lead to (+):\n%s", diff)
		}
	})
}

// Whatever is asked for: what is listed was asked for, and what children and descendants name is the learner's.
func TestNoQueryGivesMoreThanThereIs(t *testing.T) {
	course := compile(read(t, everyCase))
	types := []string{"course", "chapter", "sequential", "vertical", "html", "video", "problem", "itembank", "split_test"}
	some := func(t *rapid.T, label string, of []string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 4, rapid.ID[string]).Draw(t, label)
	}
	rapid.Check(t, func(t *rapid.T) {
		f, o := randomFacts(t, course)
		v := course.Evaluate(f, z("01-01 00:00").AddDate(0, 0, rapid.IntRange(0, 100).Draw(t, "at")), o)
		q := &edx.BlocksQuery{
			Depth: rapid.IntRange(edx.AllDepths, 5).Draw(t, "depth"), NavDepth: rapid.IntRange(0, 4).Draw(t, "nav"), Types: some(t, "types", types),
			Counts: some(t, "counts", types), AllBlocks: rapid.Bool().Draw(t, "all"),
			Fields: append(some(t, "fields", strings.Split(fields+",special_exam_info,show_gated_sections,no_such_field,id", ",")), "children"),
		}
		root := course.Nodes[rapid.IntRange(0, len(course.Nodes)-1).Draw(t, "root")].ID
		b, err := edx.NewBlocks(v, page(), root, q)
		var missing *edx.NotFoundError
		if errors.As(err, &missing) {
			if node, _ := course.Find(root); q.AllBlocks || v.Verdict(node).Accessible && course.Nodes[node].Level != outline.SequenceLevel && !inExam(course, node) {
				t.Fatalf("%s can be opened and is not found", root)
			}
			return
		}
		for _, m := range b.Blocks {
			answer, _ := m.Value.(edx.Object)
			kind, _ := answer.Get("type")
			if len(q.Types) > 0 && !slices.Contains(q.Types, kind.(string)) {
				t.Fatalf("%s is of none of the types %v", m.Name, q.Types)
			}
			children, _ := answer.Get("children")
			list, _ := children.([]string)
			for _, c := range list {
				if _, ok := b.Blocks.Get(c); !ok {
					t.Fatalf("%s is a child of %s and not in the answer", c, m.Name)
				}
			}
			seen := map[string]bool{}
			for _, field := range answer {
				if seen[field.Name] {
					t.Fatalf("%s has %s twice", m.Name, field.Name)
				}
				seen[field.Name] = true
			}
		}
		if _, err := edx.Encode(b); err != nil {
			t.Fatal(err)
		}
	})
}

// inExam reports whether a block stands in an exam.
func inExam(c *outline.Course, node int) bool {
	for ; node >= 0; node = c.Nodes[node].Parent {
		if c.Nodes[node].Exam.Is() {
			return true
		}
	}
	return false
}
