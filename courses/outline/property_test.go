package outline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
)

// Everything in random courses happens at midnight, so that all instants at which something may change are known.
const lastDay = 30

func day(n int) time.Time { return z("01-01 00:00").AddDate(0, 0, n) }

var days = rapid.Custom(func(t *rapid.T) time.Time { return day(rapid.IntRange(0, 20).Draw(t, "day")) })

// instants are all midnights, and those just before and after.
func instants() (list []time.Time) {
	for n := -10; n <= lastDay+20; n++ {
		list = append(list, day(n).Add(-time.Microsecond), day(n), day(n).Add(time.Microsecond))
	}
	return list
}

func chance(t *rapid.T, oneIn int, label string) bool {
	return rapid.IntRange(1, oneIn).Draw(t, label) == 1
}

func randomAccess(t *rapid.T) string {
	return rapid.SampledFrom([]string{`{"100":[1]}`, `{"100":[2]}`, `{"100":[1,2]}`, `{"200":[1]}`, `{"100":[1],"200":[2]}`, `{"400":[1]}`,
		`{"500":[2]}`, `{"999":[1]}`, `{"100":false}`, `{"100":[]}`}).
		Draw(t, "access")
}

// randomSettings sets some settings of a block.
func randomSettings(t *rapid.T, s *block) {
	if chance(t, 3, "start") {
		s.dates.Start = schedule.On(days.Draw(t, "start"))
	}
	if chance(t, 3, "due") {
		s.dates.Due = schedule.Own{Set: true, At: days.Draw(t, "due")}
	}
	if chance(t, 12, "no due") {
		s.dates.Due = schedule.Own{Set: true}
	}
	s.dates.HideAfterDue = chance(t, 3, "hide after due")
	s.own.StaffOnly = chance(t, 12, "staff only")
	s.own.HideFromTOC = chance(t, 8, "off the table of contents")
	s.dates.Graded = rapid.Bool().Draw(t, "graded")
	if chance(t, 4, "groups") {
		setAccess(s, randomAccess(t))
	}
	if s.id.Type == "sequential" && chance(t, 4, "exam") {
		s.own.Exam = Exam{Timed: true, Limit: 24 * time.Hour * time.Duration(rapid.IntRange(0, 2).Draw(t, "limit"))}
	}
}

// randomTree is a course of a few sections, in which sequences wait for earlier ones alone.
var randomTree = rapid.Custom(func(t *rapid.T) tree {
	n, sequences := 0, []string{}
	add := func(kind string) spec {
		n++
		s := b(fmt.Sprint(kind, "/", n))
		randomSettings(t, &s.block)
		return s
	}
	var root []any
	for range rapid.IntRange(0, 3).Draw(t, "sections") {
		section := add("chapter")
		for range rapid.IntRange(0, 3).Draw(t, "sequences") {
			s := add("sequential")
			if len(sequences) > 0 && chance(t, 3, "gate") {
				after(rapid.SampledFrom(sequences).Draw(t, "of"), rapid.SampledFrom([]string{"-", "0", "50", ""}).Draw(t, "score"), "-")(&s.block)
			}
			sequences = append(sequences, s.id.String())
			for range rapid.IntRange(0, 3).Draw(t, "units") {
				u := add("vertical")
				for range rapid.IntRange(0, 2).Draw(t, "parts") {
					u.in = append(u.in, add("html"))
				}
				s.in = append(s.in, u)
			}
			section.in = append(section.in, s)
		}
		root = append(root, section)
	}
	tr := courseOf(func(s *courseSettings) {
		s.visibility = rapid.SampledFrom([]string{"private", "public_outline", "public"}).Draw(t, "visibility")
		s.selfPaced = chance(t, 4, "self-paced")
		s.exam, s.examID, s.examMinScore = chance(t, 4, "entrance exam"), "chapter/1", 50
		if chance(t, 2, "beta") {
			s.betaDays = new(float64(rapid.IntRange(0, 5).Draw(t, "days")))
		}
		if chance(t, 2, "end") {
			s.end = days.Draw(t, "end")
		}
	}, root...)
	randomSettings(t, &tr.blocks[0])
	return tr
})

// randomFacts are about the blocks of an outline.
func randomFacts(o *Outline) *rapid.Generator[*Facts] {
	return rapid.Custom(func(t *rapid.T) *Facts { return drawFacts(t, o) })
}

func drawFacts(t *rapid.T, o *Outline) *Facts {
	f := &Facts{Enrolled: !chance(t, 5, "outsider"), Groups: partition.Memberships{}, SkipsExam: chance(t, 3, "skips"), Embargoed: chance(t, 20, "embargo")}
	if !chance(t, 6, "anonymous") {
		f.Learner = "00aa"
	}
	for _, p := range []int64{100, 200, 500} {
		if rapid.Bool().Draw(t, "in a group") {
			f.Groups[p] = partition.Membership{In: true, Group: int64(rapid.IntRange(1, 2).Draw(t, "group"))}
		}
	}
	block := func(t *rapid.T) key.BlockID { return o.Nodes[rapid.IntRange(0, len(o.Nodes)-1).Draw(t, "block")].ID }
	f.Schedule.Beta = rapid.Bool().Draw(t, "beta")
	f.Schedule.Overrides = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) schedule.Override {
		return schedule.Override{Block: block(t), Start: rapid.Bool().Draw(t, "start"), At: days.Draw(t, "at")}
	}), 0, rapid.SampledFrom([]int{0, 3, 30}).Draw(t, "most")).Draw(t, "overrides")
	if chance(t, 4, "access ends") {
		f.AccessEnds = days.Draw(t, "ends")
	}
	f.Progress, f.Opened, f.Exams = map[key.BlockID]Progress{}, map[key.BlockID]time.Time{}, map[key.BlockID]Attempt{}
	for range rapid.IntRange(0, 6).Draw(t, "blocks") {
		f.Progress[block(t)] = Progress{Earned: float64(rapid.IntRange(0, 10).Draw(t, "earned")), Possible: 10, Completed: 1, Completable: 1}
		f.Opened[block(t)] = days.Draw(t, "opened")
		if len(o.Sequences) == 0 {
			continue
		}
		a := Attempt{Extra: 24 * time.Hour * time.Duration(rapid.IntRange(0, 2).Draw(t, "extra"))}
		if rapid.Bool().Draw(t, "started") {
			a.Started = days.Draw(t, "started at")
		}
		if chance(t, 3, "submitted") {
			a.Submitted = days.Draw(t, "submitted at")
		}
		f.Exams[o.Nodes[rapid.SampledFrom(o.Sequences).Draw(t, "exam")].ID] = a
	}
	return f
}

var randomOptions = rapid.Custom(func(t *rapid.T) Options {
	return Options{UnenrolledAccess: rapid.Bool().Draw(t, "unenrolled access"), IgnoreStarts: chance(t, 8, "ignore starts"), Preview: chance(t, 4, "preview")}
})

// written is all that a view says.
func written(v *View) string {
	var s strings.Builder
	for i := range v.Course.Nodes {
		fmt.Fprintf(&s, "%s %s:", v.Course.Nodes[i].ID, shown(v.Learner(i)))
		for _, r := range v.Reasons(i) {
			fmt.Fprintf(&s, " %s(%s, %s, %s)", r.Code, r.Effect, r.At, r)
		}
		s.WriteString("\n")
	}
	return s.String()
}

func randomCourse(t *rapid.T) *Course {
	return Compile(build(theCourse, randomTree.Draw(t, "course")), Policy{}, Standard())
}

func TestTheOrderOfProcessorsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := build(theCourse, randomTree.Draw(t, "course"))
		f, options, when := drawFacts(t, o), randomOptions.Draw(t, "options"), days.Draw(t, "at")
		a := Compile(o, Policy{}, Standard()).Evaluate(f, when, options)
		b := Compile(o, Policy{}, rapid.Permutation(Standard()).Draw(t, "order")).Evaluate(f, when, options)
		if diff := cmp.Diff(written(a), written(b)); diff != "" || !a.NextChange.Equal(b.NextChange) {
			t.Errorf("another order gives another view, %s then %s:\n%s", a.NextChange, b.NextChange, diff)
		}
	})
}

// Grades and outlines must not disagree about what a learner has.
func TestWhatBelongsToALearnerIsWhatTheOutlineHasForThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := build(theCourse, randomTree.Draw(t, "course"))
		f := drawFacts(t, o)
		f.Enrolled, f.Embargoed = true, false
		at := rapid.SampledFrom(instants()).Draw(t, "at")
		all, own := Compile(o, Policy{}, Standard()).Evaluate(f, at, Options{}), Compile(o, Policy{}, Belonging()).Evaluate(f, at, Options{})
		for i := range o.Nodes {
			a, b := all.Learner(i), own.Learner(i)
			if a.Exists != b.Exists || a.Accessible && !b.Accessible {
				t.Fatalf("%s is %+v in the outline and %+v in grades", o.Nodes[i].ID, a, b)
			}
		}
	})
}

func TestReasonsAndVerdictsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := randomCourse(t)
		v := c.Evaluate(drawFacts(t, c.Outline), days.Draw(t, "at"), randomOptions.Draw(t, "options"))
		for i := range v.Course.Nodes {
			want := Verdict{true, true, true}
			list := v.Reasons(i)
			for _, r := range list {
				switch r.Effect {
				case Removes:
					want = Verdict{}
				case Hides:
					want.Listed = false
				case Closes:
					want.Accessible = false
				}
			}
			if got := v.Learner(i); got != want {
				t.Fatalf("%s is %s, but the reasons are %v", v.Course.Nodes[i].ID, shown(got), list)
			}
		}
	})
}

func TestTheNextChangeIsTheFirstInstantAtWhichSomethingDiffers(t *testing.T) {
	storetest.Plainly(t)
	rapid.Check(t, func(t *rapid.T) {
		tr := randomTree.Draw(t, "course")
		pace(t, &tr)
		c := Compile(build(theCourse, tr), relativeDates, Standard())
		f, options := drawLearner(t, c.Outline), randomOptions.Draw(t, "options")
		all := slices.SortedFunc(slices.Values(append(instants(), turns(c, f)...)), time.Time.Compare)
		from := rapid.IntRange(0, len(all)-1).Draw(t, "from")
		v := c.Evaluate(f, all[from], options)
		now := written(v)
		for _, later := range all[from+1:] {
			next := c.Evaluate(f, later, options)
			then := written(next)
			switch changed, due := then != now, later.Equal(v.NextChange); {
			case due && changed:
				v, now = next, then
			case due:
				t.Fatalf("nothing changes at %s", later)
			case changed:
				t.Fatalf("from %s it is to change at %s, but it does so at %s:\n%s", v.At, v.NextChange, later, cmp.Diff(now, then))
			case !next.NextChange.Equal(v.NextChange):
				t.Fatalf("at %s the next change is to be at %s, and from %s on it is to be at %s", v.At, v.NextChange, later, next.NextChange)
			}
		}
		if !v.NextChange.IsZero() {
			t.Fatalf("the next change is to be at %s, when nothing happens", v.NextChange)
		}
	})
}

func TestManyLearnersGetWhatEachGets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, options, when := randomCourse(t), randomOptions.Draw(t, "options"), days.Draw(t, "at")
		list := rapid.SliceOfN(randomFacts(c.Outline), 1, 5).Draw(t, "learners")
		i := 0
		var kept []*View
		for v := range c.EvaluateAll(slices.Values(list), when, options) {
			one := c.Evaluate(list[i], when, options)
			if v.Facts != list[i] || written(v) != written(one) || !v.NextChange.Equal(one.NextChange) {
				t.Fatalf("number %d gets something else among others:\n%s", i, cmp.Diff(written(one), written(v)))
			}
			kept = append(kept, v.Clone())
			i++
		}
		for i, v := range kept {
			if written(v) != written(c.Evaluate(list[i], when, options)) {
				t.Fatalf("the copy of number %d changed", i)
			}
		}
	})
}

// restrict adds one of ten restrictions to a course; what is there stays. It returns the block that it is about.
func restrict(t *rapid.T, kind int, tr *tree, o *Outline) key.BlockID {
	at := rapid.IntRange(0, len(tr.blocks)-1).Draw(t, "block")
	s := &tr.blocks[at]
	node, _ := o.Find(s.id)
	switch kind {
	case 0:
		s.own.StaffOnly = true
	case 1:
		s.own.HideFromTOC = true
	case 2:
		s.dates.HideAfterDue = true
	case 3:
		if start := s.dates.Start.At; at > 0 || !start.IsZero() { // a course without a start is closed; with one it may open
			s.dates.Start = schedule.On(later(start, days.Draw(t, "start")))
		}
	case 4:
		more, _ := partition.ParseAccess([]byte(randomAccess(t)))
		s.own.Access = s.own.Access.Under(more)
	case 5:
		due := days.Draw(t, "due")
		if now := o.dates[node].Due.Time(); !now.IsZero() && now.Before(due) {
			due = now
		}
		s.dates.Due = schedule.On(due)
	case 6:
		if first, ok := o.index[id("sequential/2")]; ok && node > first && s.gate.of == "" && s.id.Type == "sequential" {
			after("sequential/2", "100", "100")(s)
		}
	case 7:
		tr.settings.exam = true
	case 8:
		tr.settings.prerequisites = `["course-v1:Org+A+R"]`
	default:
		tr.settings.visibility = map[string]string{"public": "public_outline"}[tr.settings.visibility] // else none, which is private
	}
	return s.id
}

// restrictLearner takes one of eight things from a learner.
func restrictLearner(t *rapid.T, kind int, f *Facts) {
	switch kind {
	case 0:
		f.Embargoed = true
	case 1:
		if ends := days.Draw(t, "access ends"); f.AccessEnds.IsZero() || ends.Before(f.AccessEnds) {
			f.AccessEnds = ends
		}
	case 2:
		f.Enrolled = false
	case 3:
		f.Schedule.Beta = false
	case 4:
		f.Opened = nil
	case 5:
		f.Progress = nil
	case 6:
		f.SkipsExam = false
	default:
		f.Passed = nil
	}
}

func TestMoreRestrictionsNeverShowMore(t *testing.T) {
	const ofCourse, ofLearner = 10, 8
	rapid.Check(t, func(t *rapid.T) {
		tr := randomTree.Draw(t, "course")
		o := build(theCourse, tr)
		c := Compile(o, Policy{}, Standard())
		f, options := drawFacts(t, o), randomOptions.Draw(t, "options")
		f.Schedule.Overrides = nil // whose meaning depends on what is set in the course
		f.Passed = map[key.Course]bool{{Org: "Org", Code: "A", Run: "R"}: rapid.Bool().Draw(t, "passed")}
		for kind := range ofCourse {
			more := tr
			more.blocks = slices.Clone(tr.blocks)
			of := restrict(t, kind, &more, o)
			restricted := Compile(build(theCourse, more), Policy{}, Standard())
			showsNoMore(t, fmt.Sprint("restriction ", kind, " of ", of), [2]*Course{c, restricted}, [2]*Facts{f, f}, options)
			showsNoMore(t, fmt.Sprint("restriction ", kind, " of ", of), [2]*Course{c, restricted}, [2]*Facts{eased(f), eased(f)}, options)
		}
		for kind := range ofLearner {
			for _, from := range []*Facts{f, eased(f)} {
				less := *from
				restrictLearner(t, kind, &less)
				showsNoMore(t, fmt.Sprint("restriction ", kind, " of the learner"), [2]*Course{c, c}, [2]*Facts{from, &less}, options)
			}
		}
	})
}

// showsNoMore compares what there is before and after a restriction, at some instants.
func showsNoMore(t *rapid.T, what string, c [2]*Course, f [2]*Facts, o Options) {
	for _, when := range rapid.SliceOfN(days, 3, 3).Draw(t, "at") {
		a, b := c[0].Evaluate(f[0], when, o), c[1].Evaluate(f[1], when, o)
		for i := range a.Course.Nodes {
			was, is := a.Learner(i), b.Learner(i)
			if is.Exists && !was.Exists || is.Listed && !was.Listed || is.Accessible && !was.Accessible {
				t.Fatalf("%s makes %s %s, which was %s, at %s", what, a.Course.Nodes[i].ID, shown(is), shown(was), when)
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func TestStaffGetWhatAnybodyGets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := randomCourse(t)
		f, when := drawFacts(t, c.Outline), days.Draw(t, "at")
		learner := c.Evaluate(f, when, Options{})
		lifted := c.Evaluate(f, when, Options{Lift: true})
		for i := range c.Nodes {
			if (lifted.Verdict(i) != Verdict{true, true, true}) {
				t.Fatalf("%s is withheld: %s", c.Nodes[i].ID, shown(lifted.Verdict(i)))
			}
		}
		if written(learner) != written(lifted) {
			t.Fatal("the reasons differ when nothing is withheld")
		}
	})
}

func TestATimelineTellsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := randomCourse(t)
		f, options := drawFacts(t, c.Outline), randomOptions.Draw(t, "options")
		all := instants()
		var changes []Change
		for change := range c.Timeline(f, all[0], all[len(all)-1], options) {
			changes = append(changes, change)
		}
		before := c.Evaluate(f, all[0], options)
		for _, when := range all[1:] {
			now := c.Evaluate(f, when, options)
			list := differences(before, now)
			if list == nil {
				continue
			}
			if len(changes) == 0 || !changes[0].At.Equal(when) || !slices.Equal(changes[0].Blocks, list) {
				t.Fatalf("at %s %v, which the timeline does not tell: %v", when, list, changes)
			}
			before, changes = now, changes[1:]
		}
		if len(changes) > 0 {
			t.Fatalf("the timeline tells of changes that there are not: %v", changes)
		}
	})
}

// oddTree is any number of blocks of any types, which list each other in any way.
var oddTree = rapid.Custom(func(t *rapid.T) tree {
	tr := courseOf(nil)
	n := rapid.IntRange(0, 12).Draw(t, "blocks")
	for i := range n {
		kind := rapid.SampledFrom([]string{"chapter", "chapter", "sequential", "sequential", "vertical", "html", "course", "mystery", "split_test",
			"problemset"}).Draw(t, "kind")
		s := b(fmt.Sprint(kind, "/", i))
		randomSettings(t, &s.block)
		if chance(t, 3, "gate") {
			after(rapid.SampledFrom([]string{"sequential/1", "sequential/2", "chapter/1", "nonsense", "block-v1:"}).Draw(t, "of"),
				rapid.SampledFrom([]string{"", "x", "50"}).Draw(t, "score"), "-")(&s.block)
		}
		s.own.ID, s.own.Place, s.own.Title = s.id, len(tr.blocks), s.title
		tr.blocks = append(tr.blocks, s.block)
	}
	for i := range tr.blocks {
		tr.blocks[i].children = rapid.SliceOfN(rapid.IntRange(0, n), 0, 6).Draw(t, "children")
	}
	tr.settings.examID, tr.settings.exam = "chapter/1", rapid.Bool().Draw(t, "exam")
	tr.settings.userPartitions = rapid.SampledFrom([]string{somePartitions, "", "nonsense", `[{}]`}).Draw(t, "partitions")
	return tr
})

func TestBuildNeverFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := oddTree.Draw(t, "tree")
		o := build(theCourse, tr)
		seen := map[key.BlockID]bool{}
		for i := range o.Nodes {
			n := &o.Nodes[i]
			if seen[n.ID] || tr.blocks[n.Place].id != n.ID || o.Dates.Blocks[i].ID != n.ID {
				t.Fatalf("%s is there twice, or at another place", n.ID)
			}
			seen[n.ID] = true
			if i > 0 && (n.Parent >= i || n.End > o.Nodes[n.Parent].End || n.End <= i || n.Level != min(o.Nodes[n.Parent].Level+1, PartLevel)) {
				t.Fatalf("%s does not stand within its parent: %+v", n.ID, n)
			}
			if n.Level == SectionLevel && n.ID.Type != "chapter" || n.Level == SequenceLevel && n.ID.Type != "sequential" {
				t.Fatalf("%s is a %s", n.ID, n.Level)
			}
		}
		var sequences []int
		for _, s := range o.Sections {
			for i := s + 1; i < o.Nodes[s].End; i = o.Nodes[i].End {
				sequences = append(sequences, i)
			}
		}
		if !slices.Equal(sequences, o.Sequences) {
			t.Fatalf("the sequences are %v, those of the sections %v", o.Sequences, sequences)
		}
		for _, i := range o.Issues {
			if i.Block.IsZero() || i.Message() == "" {
				t.Fatalf("an issue without place or message: %+v", i)
			}
		}
		if diff := cmp.Diff(issues(o), issues(build(theCourse, tr))); diff != "" {
			t.Fatalf("a second time it is another outline:\n%s", diff)
		}
		written(Compile(o, Policy{Relative: true}, Standard()).Evaluate(drawFacts(t, o), days.Draw(t, "at"), Options{}))
	})
}
