package courses_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/courses/outline"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// olx is a course of one file, with a section in which everything stands.
func olx(code, settings, sections string) map[string]string {
	return map[string]string{
		"course.xml":                       fmt.Sprintf(`<course org="Org" course=%q url_name="run"/>`, code),
		"course/run.xml":                   `<course display_name="Course" ` + settings + `>` + sections + `</course>`,
		"policies/run/grading_policy.json": policyOf(`"Pass": 0.5`, "HW 1 2 0"),
	}
}

// opened is what a course needs to be open, and two partitions: 101 for cohorts, 102 of an experiment.
const opened = `start="2026-01-01T00:00:00Z" enable_subsection_gating="true" user_partitions="[
	{&quot;id&quot;: 101, &quot;name&quot;: &quot;Groups&quot;, &quot;scheme&quot;: &quot;cohort&quot;, &quot;version&quot;: 3, &quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;Red&quot;}, {&quot;id&quot;: 2, &quot;name&quot;: &quot;Green&quot;}]},
	{&quot;id&quot;: 102, &quot;name&quot;: &quot;Trial&quot;, &quot;scheme&quot;: &quot;random&quot;, &quot;version&quot;: 3, &quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;A&quot;}, {&quot;id&quot;: 2, &quot;name&quot;: &quot;B&quot;}]}]" `

// searched looks for blocks as the index does: by the class that each has in the published branch. It gives the names of those that are found, in document
// order.
func searched(t testing.TB, g *courses.Gradebook, f courses.Findable) (names []string) {
	t.Helper()
	head, err := g.Courses.Head(t.Context(), f.Course)
	must(t, err)
	snapshot, err := g.Courses.Snapshot(t.Context(), head, modulestore.Published)
	must(t, err)
	class, err := g.Classes(t.Context(), snapshot)
	must(t, err)
	if f.Root != snapshot.Root() {
		t.Errorf("the root is %s, that of the published branch %s", f.Root.Short(), snapshot.Root().Short())
	}
	snapshot.Tree().Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if f.All || slices.Contains(f.Classes, class(b.ID)) {
			names = append(names, b.ID.Name)
		}
		return true
	})
	return names
}

func findable(t testing.TB, g *courses.Gradebook, user learner.ID, course key.Course, at time.Time, o courses.ViewOptions) courses.Findable {
	t.Helper()
	f, err := g.Findable(t.Context(), user, course, at, o)
	must(t, err)
	return f
}

// inUnit is a course of one unit with what the test is about.
func inUnit(text string) string {
	return `<chapter url_name="c"><sequential url_name="s"><vertical url_name="u"><html url_name="plain">x</html>` + text + `</vertical></sequential></chapter>`
}

// Of two learners who differ in one thing, one finds a block and the other does not.
func TestWhoFindsWhat(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		for i, c := range []struct {
			name     string
			settings string
			sections string
			differ   func(*testing.T, *courses.Gradebook, learner.Target) // of the second learner; nil: in what is asked for
			options  courses.ViewOptions                                  // of the second
			block    string                                               // that the second finds alone
			both     string                                               // what both find
		}{
			{"staff find what is for staff", opened, inUnit(`<html url_name="x" visible_to_staff_only="true">x</html>`), asStaff, courses.ViewOptions{}, "x", "u"},
			{"staff find what is not in the table of contents", opened, inUnit(`<html url_name="x" hide_from_toc="true">x</html>`), asStaff, courses.ViewOptions{}, "x", "u"},
			{"staff find what nobody gets", opened, inUnit("") + `<vertical url_name="x"/>`, asStaff, courses.ViewOptions{}, "x", "u"},
			{"who has more time finds what is hidden after its due date", opened,
				`<chapter url_name="c"><sequential url_name="x" due="2026-01-20T00:00:00Z" hide_after_due="true"><vertical url_name="u"/></sequential></chapter>`,
				func(t *testing.T, g *courses.Gradebook, at learner.Target) {
					at.Block = subsection("x")
					must(t, g.Learners.Extend(t.Context(), at, learner.Extension{Due: date(5, 1)}))
				}, courses.ViewOptions{}, "x u", "c"},
			{"beta testers find what starts within days", opened + `days_early_for_beta="10" `,
				`<chapter url_name="c"><sequential url_name="x" start="2026-02-05T00:00:00Z"/></chapter>`, withRole("beta_testers"), courses.ViewOptions{}, "x", "c"},
			{"who looks before any start finds what has not started", opened,
				`<chapter url_name="c"><sequential url_name="x" start="2027-02-05T00:00:00Z"/></chapter>`, nil,
				courses.ViewOptions{Options: outline.Options{IgnoreStarts: true}}, "x", "c"},
			{"a cohort finds what is for its group", opened, inUnit(`<html url_name="x" group_access="{&quot;101&quot;: [2]}">x</html>`), inGreen, courses.ViewOptions{}, "x", "u"},
			{"units of a group lift their rule to the subsection, and yet each has a class", opened,
				`<chapter url_name="c"><sequential url_name="s"><vertical url_name="x" group_access="{&quot;101&quot;: [2]}"/></sequential><sequential url_name="other"/></chapter>`,
				inGreen, courses.ViewOptions{}, "s x", "c"},
			{"a track finds what is for it", opened, inUnit(`<html url_name="x" group_access="{&quot;50&quot;: [2]}">x</html>`),
				func(t *testing.T, g *courses.Gradebook, at learner.Target) {
					_, err := g.Learners.ChangeMode(t.Context(), learner.Enrolment{Target: at, Mode: "verified"})
					must(t, err)
				}, courses.ViewOptions{}, "x", "u"},
			{"a group of an experiment finds its child", opened, inUnit(`<split_test url_name="e" user_partition_id="102" group_id_to_child="{&quot;1&quot;: &quot;block-v1:Org+C9+run+type@vertical+block@w&quot;,
				&quot;2&quot;: &quot;block-v1:Org+C9+run+type@vertical+block@x&quot;}"><vertical url_name="w"/><vertical url_name="x"><html url_name="y">x</html></vertical></split_test>`),
				func(t *testing.T, g *courses.Gradebook, at learner.Target) {
					_, err := g.Learners.AssignGroup(t.Context(), at, 102, 2)
					must(t, err)
				}, courses.ViewOptions{}, "x y", "e"},
			{"a score opens what waits for it", opened, waiting, func(t *testing.T, g *courses.Gradebook, at learner.Target) {
				answer(t, g.Learners, at.Learner, at.Course, "p", 2, 2)
			},
				courses.ViewOptions{}, "x u", "first"},
			{"who has passed the entrance exam finds the rest", opened + `entrance_exam_enabled="true" entrance_exam_minimum_score_pct="50" entrance_exam_id="chapter/c" `,
				waiting + `<chapter url_name="x"><sequential url_name="y"/></chapter>`,
				func(t *testing.T, g *courses.Gradebook, at learner.Target) {
					answer(t, g.Learners, at.Learner, at.Course, "p", 1, 2)
					answer(t, g.Learners, at.Learner, at.Course, "q", 1, 2)
				}, courses.ViewOptions{}, "x y", "c"},
			{"who is not enrolled finds nothing of a private course", opened, inUnit(""), func(t *testing.T, g *courses.Gradebook, at learner.Target) {
				_, err := g.Learners.Unenrol(t.Context(), learner.Enrolment{Target: at})
				must(t, err)
			}, courses.ViewOptions{}, "-", ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				files := olx(fmt.Sprint("C", i), c.settings, c.sections)
				for name, text := range files {
					files[name] = strings.ReplaceAll(text, "Org+C9+", fmt.Sprintf("Org+C%d+", i))
				}
				g, course := gradebookOn(t, db, files)
				must(t, g.Learners.CreateCohort(t.Context(), learner.ID{}, course, learner.CohortPayload{Name: "Green", Assignment: "manual", Partition: 101, Group: 2}))
				one, two := enrolled(t, g, course, date(1, 10)), enrolled(t, g, course, date(1, 10))
				_, err := g.Learners.AssignGroup(t.Context(), learner.Target{Learner: one, Course: course}, 102, 1)
				must(t, err)
				first := searched(t, g, findable(t, g, one, course, date(2, 1), courses.ViewOptions{}))
				if got := searched(t, g, findable(t, g, two, course, date(2, 1), courses.ViewOptions{})); !slices.Equal(got, first) && !strings.Contains(c.sections, "split_test") {
					t.Fatalf("before anything differs one finds %q and the other %q", first, got)
				}
				if c.differ != nil {
					c.differ(t, g, learner.Target{Learner: two, Course: course})
				}
				second := searched(t, g, findable(t, g, two, course, date(2, 1), c.options))
				if c.block == "-" { // the first finds something
					if len(first) == 0 || len(second) != 0 {
						t.Errorf("the enrolled finds %q, the other %q", first, second)
					}
					return
				}
				for _, name := range strings.Fields(c.block) {
					if slices.Contains(first, name) || !slices.Contains(second, name) {
						t.Errorf("%s: one finds %q, the other %q", name, first, second)
					}
				}
				if !slices.Contains(first, c.both) || !slices.Contains(second, c.both) {
					t.Errorf("%s: one finds %q, the other %q", c.both, first, second)
				}
				everywhere(t, g, one, two)
			})
		}
	})
}

// A date of a learner's own can be that of a single problem.
func TestADateOfOneProblemIsForThatProblem(t *testing.T) {
	g, course := gradebook(t, filepath.Join(t.TempDir(), "state.db"), olx("C", opened, `<chapter url_name="c"><sequential url_name="s" due="2026-05-01T00:00:00Z" hide_after_due="true">
		<vertical url_name="u"><problem url_name="x"/><problem url_name="y"/></vertical></sequential></chapter>`))
	user := enrolled(t, g, course, date(1, 10))
	must(t, g.Learners.Extend(t.Context(), learner.Target{Learner: user, Course: course, Block: problem("x")}, learner.Extension{Due: date(1, 20), Force: true}))
	if got := searched(t, g, findable(t, g, user, course, date(2, 1), courses.ViewOptions{})); !slices.Equal(got, []string{"course", "c", "s", "u", "y"}) {
		t.Errorf("%q are found", got)
	}
}

// waiting are a subsection with two problems, and one that waits for half of the points.
var waiting = `<chapter url_name="c"><sequential url_name="first" format="HW" graded="true"><vertical url_name="v"><problem url_name="p">` + choice(2) + `</problem><problem url_name="q">` + choice(2) + `</problem></vertical></sequential>
	<sequential url_name="x" required_prereq="sequential/first" min_score="50" min_completion="0"><vertical url_name="u"/></sequential></chapter>`

func withRole(role string) func(*testing.T, *courses.Gradebook, learner.Target) {
	return func(t *testing.T, g *courses.Gradebook, at learner.Target) {
		_, err := g.Learners.Grant(t.Context(), learner.ID{}, at.Learner, role, at.Course.String())
		must(t, err)
	}
}

func asStaff(t *testing.T, g *courses.Gradebook, at learner.Target) { withRole("staff")(t, g, at) }

func inGreen(t *testing.T, g *courses.Gradebook, at learner.Target) {
	_, err := g.Learners.AssignCohort(t.Context(), at, "Green")
	must(t, err)
}

// everywhere checks that what is found everywhere is what is found in each course.
func everywhere(t testing.TB, g *courses.Gradebook, users ...learner.ID) {
	t.Helper()
	all, err := g.Courses.Courses(t.Context())
	must(t, err)
	for _, o := range []courses.ViewOptions{{}, {AsLearner: true}, {Options: outline.Options{UnenrolledAccess: true}}} {
		for _, user := range users {
			var want []courses.Findable
			for _, c := range all {
				if c.Course.Library {
					continue
				}
				if f := findable(t, g, user, c.Course, date(2, 1), o); !f.Nothing() {
					want = append(want, f)
				}
			}
			got, err := g.FindableEverywhere(t.Context(), user, date(2, 1), o)
			must(t, err)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("with %+v (-each +everywhere):\n%s", o, diff)
			}
		}
	}
}

func TestAStartPassesWithoutAnythingBeingWritten(t *testing.T) {
	g, course := gradebook(t, filepath.Join(t.TempDir(), "state.db"), olx("C", opened,
		`<chapter url_name="c"><sequential url_name="s" start="2026-03-01T00:00:00Z"><vertical url_name="u"><html url_name="x">x</html></vertical></sequential></chapter>`))
	user := enrolled(t, g, course, date(1, 10))
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{date(1, 1).Add(-time.Microsecond), ""},
		{date(1, 1), "course c"},
		{date(3, 1).Add(-time.Microsecond), "course c"},
		{date(3, 1), "course c s u x"},
	} {
		f := findable(t, g, user, course, c.at, courses.ViewOptions{})
		if got := strings.Join(searched(t, g, f), " "); got != c.want {
			t.Errorf("at %s %q is found, want %q", c.at, got, c.want)
		}
		if f.All != (c.want == "course c s u x") || f.Nothing() != (c.want == "") {
			t.Errorf("at %s: %+v", c.at, f)
		}
	}
}

// What is drawn from banks for others is not found; what is shown by rules that are not known here, by staff alone.
func TestNobodyFindsWhatWasDrawnForOthers(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		var drawn strings.Builder
		for _, kind := range []string{"library_content", "itembank"} {
			fmt.Fprintf(&drawn, `<%s url_name="%s" max_count="2">`, kind, kind)
			for i := range 6 {
				fmt.Fprintf(&drawn, `<problem url_name="%s%d">%s</problem>`, kind, i, choice(1))
			}
			fmt.Fprintf(&drawn, `</%s>`, kind)
		}
		g, course := gradebook(t, uri, olx("C", opened, inUnit(drawn.String()+`<randomize url_name="r"><html url_name="canary1">x</html></randomize>
			<conditional url_name="k"><vertical url_name="canary2"><html url_name="canary3">x</html></vertical></conditional>`)+
			`<chapter url_name="d"><sequential url_name="exam" is_time_limited="true" default_time_limit_minutes="30"><vertical url_name="canary4"/></sequential></chapter>`))
		c, err := g.Course(t.Context(), course)
		must(t, err)
		now := date(2, 1)
		for range 8 {
			user := enrolled(t, g, course, date(1, 10))
			for range 2 { // as drawn, and with another one that was tried
				f := findable(t, g, user, course, now, courses.ViewOptions{})
				found := searched(t, g, f)
				if f.All || strings.Contains(strings.Join(found, " "), "canary") || !slices.Contains(found, "exam") || !slices.Contains(found, "r") {
					t.Errorf("%v %q", f.All, found)
				}
				var other key.BlockID
				for i := range 12 {
					id := problem(fmt.Sprint([]string{"library_content", "itembank"}[i/6], i%6))
					q, err := c.Ask(t.Context(), id)
					must(t, err)
					s, err := g.Standing(t.Context(), q, user, now, 0)
					must(t, err)
					if slices.Contains(found, id.Name) != (s.May == nil) {
						t.Errorf("%s is found: %t; answers to it: %v", id, s.May != nil, s.May)
					}
					if s.May != nil {
						other = id
					}
				}
				answer(t, g.Learners, user, course, other.Name, 0, 1)
			}
			everywhere(t, g, user)
		}
		staff := enrolled(t, g, course, date(1, 10))
		asStaff(t, g, learner.Target{Learner: staff, Course: course})
		if f := findable(t, g, staff, course, now, courses.ViewOptions{}); !f.All {
			t.Error("from staff something is withheld")
		}
	})
}

func TestEverywhereIsWhereSomebodyIsEnrolledHasARoleOrAllMaySee(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		body := inUnit(`<html url_name="x" visible_to_staff_only="true">x</html>`) + `<chapter url_name="later" start="2026-06-01T00:00:00Z"/>`
		g, private := gradebook(t, uri, olx("A", opened, body))
		named := func(code string) key.Course { return key.Course{Org: "Org", Code: code, Run: "run"} }
		republish(t, g, olx("B", opened+`course_visibility="public_outline" `, body))
		republish(t, g, olx("C", opened+`course_visibility="public" `, body))
		republish(t, g, olx("D", `start="2027-01-01T00:00:00Z" course_visibility="public" `, body))
		ann := enrolled(t, g, private, date(1, 10))
		left := enrolled(t, g, private, date(1, 10))
		_, err := g.Learners.Unenrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: left, Course: private}})
		must(t, err)
		roles := func(role, scope string) learner.ID {
			user := learner.NewID()
			_, err := g.Learners.Grant(t.Context(), learner.ID{}, user, role, scope)
			must(t, err)
			return user
		}
		public := courses.ViewOptions{Options: outline.Options{UnenrolledAccess: true}}
		const some = "course c s u plain"
		outside := map[string]string{"B": "titles: " + some, "C": some}
		everything := map[string]string{"A": "all", "B": "all", "C": "all", "D": "all"}
		for _, c := range []struct {
			name string
			user learner.ID
			o    courses.ViewOptions
			want map[string]string
		}{
			{"nobody, where courses are for the enrolled alone", learner.ID{}, courses.ViewOptions{}, map[string]string{}},
			{"nobody", learner.ID{}, public, outside},
			{"somebody who is enrolled", ann, courses.ViewOptions{}, map[string]string{"A": some}},
			{"somebody who is enrolled in one, and sees what is public", ann, public, map[string]string{"A": some, "B": outside["B"], "C": some}},
			{"somebody who was enrolled", left, public, outside},
			{"somebody who is known nowhere", learner.NewID(), public, outside},
			{"staff of one course", roles("staff", named("D").String()), public, map[string]string{"B": outside["B"], "C": some, "D": "all"}},
			{"the same who looks as a learner", roles("staff", named("D").String()), courses.ViewOptions{AsLearner: true}, map[string]string{}},
			{"staff of the organisation", roles("instructor", "org:Org"), courses.ViewOptions{}, everything},
			{"staff of all", roles("staff", ""), courses.ViewOptions{}, everything},
			{"staff of another organisation", roles("staff", "org:Other"), courses.ViewOptions{}, map[string]string{}},
			{"a beta tester who is not enrolled", roles("beta_testers", private.String()), courses.ViewOptions{}, map[string]string{}},
			{"who has a role that shows nothing", roles("finance_admin", ""), courses.ViewOptions{}, map[string]string{}},
			{"an author", learner.ID{}, courses.ViewOptions{Options: outline.Options{Lift: true}}, everything},
		} {
			t.Run(c.name, func(t *testing.T) {
				for range 2 { // also when it is known which courses are private
					list, err := g.FindableEverywhere(t.Context(), c.user, date(2, 1), c.o)
					must(t, err)
					got := map[string]string{}
					for _, f := range list {
						text := strings.Join(searched(t, g, f), " ")
						if f.All {
							text = "all"
						}
						if f.TitlesOnly {
							text = "titles: " + text
						}
						got[f.Course.Code] = text
					}
					if diff := gocmp.Diff(c.want, got); diff != "" {
						t.Error(diff)
					}
				}
				everywhere(t, g, c.user)
			})
		}
		t.Run("a course that becomes public is found, and one that is made private no more", func(t *testing.T) {
			republish(t, g, olx("A", opened+`course_visibility="public" `, body))
			republish(t, g, olx("C", opened, body))
			list, err := g.FindableEverywhere(t.Context(), learner.ID{}, date(2, 1), public)
			must(t, err)
			if len(list) != 2 || list[0].Course != private || list[0].TitlesOnly || list[1].Course.Code != "B" {
				t.Errorf("got %+v", list)
			}
		})
		t.Run("a course that was deleted is in no list", func(t *testing.T) {
			_, err := g.Courses.Delete(t.Context(), private, "test")
			must(t, err)
			list, err := g.FindableEverywhere(t.Context(), ann, date(2, 1), courses.ViewOptions{})
			must(t, err)
			if len(list) != 0 {
				t.Errorf("got %+v", list)
			}
		})
	})
}

// Invariant: what is found may be opened. The sample course has all that courses have.
func TestWhatIsFoundMayBeOpened(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	g, course := gradebookOn(t, db, olx("C", opened, inUnit("")))
	report, err := importer.Run(t.Context(), g.Courses, importer.Source{FS: sample.Course()}, importer.Options{Author: "test", Limits: importer.DefaultLimits()})
	must(t, err)
	for _, course := range []key.Course{course, report.Course} {
		user := enrolled(t, g, course, date(1, 10))
		for _, at := range []time.Time{date(1, 1), date(2, 1), date(9, 1), date(1, 1).AddDate(5, 0, 0)} {
			f := findable(t, g, user, course, at, courses.ViewOptions{})
			v := view(t, g, user, course, at, courses.ViewOptions{})
			for _, name := range f.Classes {
				if node, ok := v.Outline.Course.Find(name); !ok || !v.Outline.Verdict(node).Accessible {
					t.Errorf("%s is found and cannot be opened", name)
				}
			}
			if verdict := v.Outline.Verdict(0); f.Nothing() == verdict.Accessible {
				t.Errorf("at %s the course is %+v, and found: %t", at, verdict, !f.Nothing())
			}
		}
	}
}
