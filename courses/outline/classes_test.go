package outline

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/content/contenttest"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/importer"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
)

// drawsOne are item banks of a tree without content, of which each learner gets one child.
func drawsOne() Transformer {
	return Transformer{"item_banks", func(o *Outline) Rule {
		var list bankRules
		for i := range o.Nodes {
			if o.Nodes[i].ID.Type != "itembank" {
				continue
			}
			r := bankRule{node: i, bank: partition.Bank{Key: o.Course.Block(o.Nodes[i].ID), Count: 1}}
			for c := i + 1; c < o.Nodes[i].End; c = o.Nodes[c].End {
				r.children = append(r.children, c)
				r.bank.Children = append(r.bank.Children, o.Nodes[c].ID)
			}
			list = append(list, r)
		}
		if list == nil {
			return nil
		}
		return list
	}}
}

func forSearch() []Transformer { return append(ForSearch(), drawsOne()) }

// whim is a rule of a plug-in that closes blocks to some learners, and does not tell where.
type whim struct{ blocks Mask }

func (w whim) Mark(c *Case, m *Marks) {
	if c.Facts.SkipsExam {
		m.Close(w.blocks)
	}
}

func (w whim) Explain(*Case, int) []Reason { return nil }

// toldWhim is one that does.
type toldWhim struct {
	whim
	at int
}

func (w toldWhim) Points() []int { return []int{w.at} }

// withChoices puts into some units blocks that choose among what is in them.
func withChoices(t *rapid.T, tr *tree) {
	for i := range tr.blocks {
		if tr.blocks[i].id.Type != "vertical" || !chance(t, 2, "chooses") {
			continue
		}
		add := func(name string) (place int) {
			s := b(name)
			randomSettings(t, &s.block)
			place = len(tr.blocks)
			s.own.ID, s.own.Place, s.own.Title = s.id, place, s.title
			tr.blocks = append(tr.blocks, s.block)
			return place
		}
		kind := rapid.SampledFrom([]string{"itembank", "split_test", "randomize", "conditional", "wrapper"}).Draw(t, "kind")
		chooser := add(fmt.Sprint(kind, "/", len(tr.blocks)))
		tr.blocks[i].children = append(slices.Clone(tr.blocks[i].children), chooser)
		e := &partition.Experiment{Partition: 100, Children: map[int64]key.BlockID{}}
		for group := range int64(3) {
			child := add(fmt.Sprint("vertical/", len(tr.blocks)))
			part := add(fmt.Sprint("html/", len(tr.blocks)))
			tr.blocks[child].children = []int{part}
			tr.blocks[chooser].children = append(tr.blocks[chooser].children, child)
			e.Children[group] = tr.blocks[child].id
		}
		if kind == "split_test" {
			tr.blocks[chooser].groups.experiment = e
		}
	}
}

func randomSearchTree(t *rapid.T) tree {
	tr := randomTree.Draw(t, "course")
	tr.blocks = slices.Clone(tr.blocks)
	withChoices(t, &tr)
	return tr
}

func TestABlockOpensWithItsClass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := build(theCourse, randomSearchTree(t))
		transformers := forSearch()
		if at := rapid.IntRange(0, len(o.Nodes)-1).Draw(t, "at"); chance(t, 4, "a plug-in") {
			told := rapid.Bool().Draw(t, "tells where")
			transformers = append(transformers, Transformer{"whim", func(o *Outline) Rule {
				if w := (whim{o.Mask(at)}); !told {
					return w
				}
				return toldWhim{whim{o.Mask(at)}, at}
			}})
		}
		c := Compile(o, relativeDates, transformers)
		k := c.Classes()
		for range 4 {
			f, options := drawLearner(t, o), randomOptions.Draw(t, "options")
			f.Drawn = map[key.BlockID][]key.BlockID{}
			for i := range o.Nodes {
				if n := &o.Nodes[i]; n.ID.Type == "itembank" && rapid.Bool().Draw(t, "drawn") {
					f.Drawn[n.ID] = []key.BlockID{o.Nodes[rapid.IntRange(0, len(o.Nodes)-1).Draw(t, "block")].ID}
				}
			}
			all := rapid.OneOf(rapid.SampledFrom(instants()), rapid.SampledFrom(turns(c, f)))
			for _, f := range []*Facts{f, eased(f)} {
				when := all.Draw(t, "at")
				v := c.Evaluate(f, when, options)
				for i := range o.Nodes {
					if of := k.Of(i); v.Learner(i) != v.Learner(of) {
						t.Fatalf("at %s %s is %s and %s, its class, is %s: %v", when, o.Nodes[i].ID, shown(v.Learner(i)), o.Nodes[of].ID, shown(v.Learner(of)), v.Reasons(i))
					}
				}
			}
		}
	})
}

func TestAClassIsTheNearestPointAtOrAboveABlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := rapid.OneOf(randomTree, oddTree).Draw(t, "course")
		o := build(theCourse, tr)
		k := Compile(o, Policy{}, ForSearch()).Classes()
		for i := range o.Nodes {
			of := k.Of(i)
			if _, point := slices.BinarySearch(k.Points(), i); (of == i) != point || of > i || i >= o.Nodes[of].End || k.Class(o.Nodes[i].ID) != o.Nodes[of].ID {
				t.Fatalf("the class of %s is %s", o.Nodes[i].ID, o.Nodes[of].ID)
			}
			if n := &o.Nodes[i]; n.Level <= SequenceLevel && of != i {
				t.Fatalf("the %s %s is in the class of %s", n.Level, n.ID, o.Nodes[of].ID)
			}
			if of != i && k.Of(o.Nodes[i].Parent) != of {
				t.Fatalf("%s is in the class of %s, and what it stands in is not", o.Nodes[i].ID, o.Nodes[of].ID)
			}
		}
		for i := range tr.blocks { // those that nobody gets
			if _, placed := o.Find(tr.blocks[i].id); !placed && k.Class(tr.blocks[i].id) != tr.blocks[i].id {
				t.Fatalf("%s is in no place, and in the class of %s", tr.blocks[i].id, k.Class(tr.blocks[i].id))
			}
		}
	})
}

func TestWhichBlocksAreClassesOfTheirOwn(t *testing.T) {
	unit := func(parts ...any) []any {
		return []any{b("chapter/c", b("sequential/s", b("vertical/u", append([]any{b("html/h"), b("problem/p")}, parts...)...), b("vertical/w")))}
	}
	in := func(settings ...any) []any {
		return []any{b("chapter/c", b("sequential/s", append(settings, b("vertical/u", b("html/h")), b("vertical/w"))...))}
	}
	exam := func(name string, parts ...any) spec { return b(name, append([]any{timed(60)}, parts...)...) }
	for _, c := range []struct {
		name   string
		course []any
		want   string // besides course, section and subsection
	}{
		{"a unit without rules opens with its subsection, and so does what is in it", unit(), ""},
		{"rules of the subsection are no rules of its units", in(opens("03-01 00:00"), staffOnly, offTOC, access(`{"100":[1]}`), dueOn("04-01 00:00"), graded), ""},
		{"a unit for groups", unit(access(`{"100":[1]}`)), "u"},
		{"a unit for groups that are gone", unit(access(`{"999":[1]}`)), "u"},
		{"a unit with a rule that names no group has none", unit(access(`{"100":[]}`)), ""},
		{"a unit with a start of its own", unit(opens("03-01 00:00")), "u"},
		{"a unit with a due date, after which it stays", unit(dueOn("03-01 00:00")), ""},
		{"a unit that is hidden after it, and all in it, for which somebody may get more time", unit(dueOn("03-01 00:00"), hideAfter), "u h p"},
		{"the same of a subsection", in(dueOn("03-01 00:00"), hideAfter), "u h w"},
		{"a unit for staff", unit(staffOnly), "u"},
		{"a unit that is not in the table of contents", unit(offTOC), "u"},
		{"a block in a unit", unit(b("html/x", staffOnly)), "x"},
		{"children of a split test", unit(b("split_test/t", b("vertical/a", b("html/1")), b("vertical/b"))), "a b"},
		{"children of an item bank", unit(b("itembank/i", b("problem/a"), b("problem/b"))), "a b"},
		{"children of a library block", unit(b("library_content/i", b("problem/a"))), "a"},
		{"children of a randomize block", unit(b("randomize/r", b("problem/a"))), "a"},
		{"children of a conditional block", unit(b("conditional/r", b("problem/a"))), "a"},
		{"units of an exam", []any{b("chapter/c", exam("sequential/s", b("vertical/u", b("html/h")), b("vertical/w")))}, "u w"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := built(c.course...)
			k := Compile(o, Policy{}, ForSearch()).Classes()
			var got []int
			for _, node := range k.Points() {
				if o.Nodes[node].Level > SequenceLevel {
					got = append(got, node)
				}
			}
			if ids(o, got) != c.want {
				t.Errorf("got %q, want %q", ids(o, got), c.want)
			}
		})
	}
}

// redated moves all dates, and gives rules other groups.
func redated(t *rapid.T, s *block) {
	if !s.dates.Start.At.IsZero() {
		s.dates.Start = schedule.On(days.Draw(t, "another start"))
	}
	if s.dates.Due.Set {
		s.dates.Due = schedule.Own{Set: true, At: days.Draw(t, "another due date")}
	}
	for i, rule := range s.own.Access {
		if len(rule.Groups) > 0 {
			s.own.Access = slices.Clone(s.own.Access)
			s.own.Access[i].Groups = []int64{rapid.Int64Range(1, 2).Draw(t, "another group")}
		}
	}
}

// ruled gives a section or subsection other rules.
func ruled(t *rapid.T, s *block) {
	hide := s.dates.HideAfterDue
	exam, id, title := s.own.Exam, s.own.ID, s.own.Title
	place := s.own.Place
	s.own, s.dates.Start, s.dates.Due, s.groups.empty = Node{ID: id, Place: place, Title: title}, schedule.Own{}, schedule.Own{}, nil
	randomSettings(t, s)
	s.own.Exam, s.dates.HideAfterDue = exam, hide
}

func TestDatesGroupsAndRulesOfSubsectionsLeaveClassesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := randomSearchTree(t)
		after := before
		after.blocks = slices.Clone(before.blocks)
		others := rapid.Bool().Draw(t, "other rules of sections")
		for i := range after.blocks {
			s := &after.blocks[i]
			if redated(t, s); others && (s.id.Type == "chapter" || s.id.Type == "sequential") {
				ruled(t, s)
			}
		}
		if diff := cmp.Diff(classNames(before), classNames(after)); diff != "" {
			t.Fatalf("classes changed:\n%s", diff)
		}
	})
}

func classNames(tr tree) map[string]string {
	o := build(theCourse, tr)
	k := Compile(o, relativeDates, forSearch()).Classes()
	names := make(map[string]string)
	for i := range o.Nodes {
		names[o.Nodes[i].ID.String()] = k.Class(o.Nodes[i].ID).String()
	}
	return names
}

func TestReasonsAndVerdictsAgreeInSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Compile(build(theCourse, randomSearchTree(t)), relativeDates, forSearch())
		v := c.Evaluate(drawFacts(t, c.Outline), days.Draw(t, "at"), randomOptions.Draw(t, "options"))
		for i := range c.Nodes {
			taken := slices.ContainsFunc(v.Reasons(i), func(r Reason) bool { return r.Effect == Closes || r.Effect == Removes })
			if v.Learner(i).Accessible == taken {
				t.Fatalf("%s is %s, but the reasons are %v", c.Nodes[i].ID, shown(v.Learner(i)), v.Reasons(i))
			}
		}
	})
}

// What is in an exam is found while its clock runs, and at no other time.
func TestExamsAreClosedToSearchButWhileTheyRun(t *testing.T) {
	c := Compile(built(b("chapter/c", b("sequential/s", timed(60), b("vertical/u", b("problem/p"))))), Policy{}, ForSearch())
	for _, each := range []struct {
		name    string
		attempt Attempt
		at      time.Time
		want    string
	}{
		{"before it", Attempt{}, z("02-01 12:00"), "closed"},
		{"before its clock runs", Attempt{Ready: true}, z("02-01 12:00"), "closed"},
		{"while it runs", Attempt{Started: z("02-01 11:30")}, z("02-01 12:00"), "open"},
		{"when the time is over", Attempt{Started: z("02-01 10:30")}, z("02-01 12:00"), "closed"},
		{"when it was handed in", Attempt{Started: z("02-01 11:30"), Submitted: z("02-01 11:45")}, z("02-01 12:00"), "closed"},
	} {
		t.Run(each.name, func(t *testing.T) {
			f := anna()
			f.Exams = map[key.BlockID]Attempt{id("sequential/s"): each.attempt}
			v := c.Evaluate(f, each.at, Options{})
			if got := shown(v.Learner(at(t, c.Outline, "problem/p"))); got != each.want {
				t.Errorf("what is in it is %s, want %s", got, each.want)
			}
			if got := shown(v.Learner(at(t, c.Outline, "sequential/s"))); got != "open" {
				t.Errorf("the exam itself is %s", got)
			}
		})
	}
}

// In real courses, too, a block opens with its class, for all kinds of learners and at every instant at which something may change.
func TestClassesOfRealCourses(t *testing.T) {
	for _, archive := range storetest.Corpus(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			t.Parallel()
			s := &sample{Course: contenttest.Course(t, importer.Source{Path: archive})}
			s.outline, s.plain = Build(s.Course), plainOf(s.Course)
			for _, kind := range kinds {
				l := s.kind(kind)
				c := Compile(s.outline, l.course.Policy, ForSearch())
				k := c.Classes()
				if kind.name == kinds[0].name {
					t.Logf("%d blocks in %d classes, %d of them sections and subsections", len(c.Nodes), len(k.Points()), len(c.Sections)+len(c.Sequences)+1)
				}
				for at := range l.instants() {
					v := c.Evaluate(&l.facts, at, Options{})
					for i := range c.Nodes {
						if v.Learner(i) != v.Learner(k.Of(i)) {
							t.Fatalf("for %s at %s %s is %s and its class %s", kind.name, at, c.Nodes[i].ID, shown(v.Learner(i)), shown(v.Learner(k.Of(i))))
						}
					}
				}
			}
		})
	}
}
