package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// Generators of courses, learners and overrides. Instants are whole hours of the year 2026.
var (
	instants = rapid.Custom(func(t *rapid.T) time.Time {
		return z("01-01 00:00").Add(time.Duration(rapid.IntRange(0, 365*24).Draw(t, "hour")) * time.Hour)
	})
	owns = rapid.Custom(func(t *rapid.T) schedule.Own {
		switch rapid.IntRange(0, 3).Draw(t, "own") {
		case 0:
			return schedule.On(instants.Draw(t, "date"))
		case 1:
			return schedule.Own{Set: true}
		}
		return schedule.Own{}
	})
	courses = rapid.Custom(func(t *rapid.T) schedule.Course {
		c := schedule.Course{
			SelfPaced: rapid.Bool().Draw(t, "self-paced"), Relative: true, CustomWeeks: rapid.Bool().Draw(t, "custom weeks"),
			Weeks: rapid.IntRange(0, 20).Draw(t, "weeks"), Beta: 24 * time.Hour,
			LaterOnly: rapid.Bool().Draw(t, "later only"),
		}
		if rapid.Bool().Draw(t, "ends") {
			c.End = instants.Draw(t, "end")
		}
		types := []string{"chapter", "sequential", "vertical", "problem"}
		depths := []int{-1}
		c.Blocks = []schedule.Block{{ID: root, Parent: -1, Start: schedule.On(instants.Draw(t, "start"))}}
		for i := range rapid.IntRange(0, 12).Draw(t, "blocks") {
			parent := rapid.IntRange(0, i).Draw(t, "parent")
			depth := min(depths[parent]+1, 3)
			depths = append(depths, depth)
			c.Blocks = append(c.Blocks, schedule.Block{
				ID: key.BlockID{Type: types[depth], Name: string(rune('a' + i))}, Parent: parent, Start: owns.Draw(t, "start"), Due: owns.Draw(t, "due"),
				Grace: time.Duration(rapid.IntRange(-1, 2).Draw(t, "grace")) * time.Hour, Weeks: rapid.IntRange(0, 3).Draw(t, "weeks"),
				Graded: rapid.Bool().Draw(t, "graded"), Work: rapid.Bool().Draw(t, "work"), StaffOnly: rapid.IntRange(0, 5).Draw(t, "staff only") == 0,
				HideAfterDue: rapid.Bool().Draw(t, "hides"),
			})
		}
		return c
	})
)

func someOverride(t *rapid.T, c schedule.Course) schedule.Override {
	o := schedule.Override{Block: rapid.SampledFrom(c.Blocks).Draw(t, "block").ID, Start: rapid.IntRange(0, 3).Draw(t, "of the start") == 0}
	switch rapid.IntRange(0, 2).Draw(t, "override") {
	case 0:
		o.At = instants.Draw(t, "until")
	case 1:
		o.By = time.Duration(rapid.IntRange(1, 500).Draw(t, "by")) * time.Hour
	}
	return o
}

func someLearner(t *rapid.T, c schedule.Course) schedule.Learner {
	l := schedule.Learner{ID: "L", Beta: rapid.Bool().Draw(t, "beta")}
	if rapid.Bool().Draw(t, "enrolled") {
		l.Created = instants.Draw(t, "created")
		l.Anchor = l.Created.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "anchor")) * time.Hour)
	}
	for range rapid.IntRange(0, 3).Draw(t, "overrides") {
		l.Overrides = append(l.Overrides, someOverride(t, c))
	}
	for range rapid.IntRange(0, 2).Draw(t, "overrides of groups") {
		l.Groups = append(l.Groups, someOverride(t, c))
	}
	return l
}

func TestMoreTimeNeverShortens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := courses.Draw(t, "course")
		l, p := someLearner(t, c), compile(c)
		l.Overrides = nil // among several the last holds, so they could shorten
		place := rapid.IntRange(0, p.Len()-1).Draw(t, "place")
		o := schedule.Override{Block: p.Block(place).ID, By: time.Duration(rapid.IntRange(0, 500).Draw(t, "less")) * time.Hour}
		before := p.Resolve(&l, nil)
		l.Overrides = []schedule.Override{o}
		less := p.Resolve(&l, nil)
		l.Overrides[0].By += time.Duration(rapid.IntRange(0, 500).Draw(t, "more")) * time.Hour
		longer := p.Resolve(&l, nil)
		for i := range before {
			if less[i].Due < before[i].Due || longer[i].Due < less[i].Due || longer[i].Close < less[i].Close || (less[i].Due == 0) != (before[i].Due == 0) {
				t.Errorf("%s: due %v, with %v more %v, with %v more %v", p.Block(i).ID, before[i].Due, o.By, less[i].Due, l.Overrides[0].By, longer[i].Due)
			}
			if o.By == 0 && less[i] != before[i] {
				t.Errorf("%s: no time at all moves %+v to %+v", p.Block(i).ID, before[i], less[i])
			}
		}
	})
}

func TestTheLastOverrideHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := courses.Draw(t, "course")
		l, p := someLearner(t, c), compile(c)
		got := p.Resolve(&l, nil)
		last := l
		last.Overrides = nil
		type name struct {
			block key.BlockID
			start bool
		}
		seen := map[name]bool{}
		for _, o := range slices.Backward(l.Overrides) {
			if n := (name{o.Block, o.Start}); !seen[n] {
				seen[n] = true
				last.Overrides = append(last.Overrides, o)
			}
		}
		want := p.Resolve(&last, nil)
		for i := range got {
			got[i].Flags &^= schedule.Shortened
			want[i].Flags &^= schedule.Shortened
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("earlier overrides matter (-last alone +all):\n%s", diff)
		}
	})
}

func TestWhatIsTrueOfAllDates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := courses.Draw(t, "course")
		l, p := someLearner(t, c), compile(c)
		dates := p.Resolve(&l, make([]schedule.Dates, 50))
		if diff := cmp.Diff(dates, p.Resolve(&l, nil)); diff != "" {
			t.Fatalf("resolving twice gives two answers:\n%s", diff)
		}
		depth := rapid.IntRange(0, 4).Draw(t, "depth")
		outline := p.To(depth)
		shallow := outline.Resolve(&l, nil)
		for i, d := range dates {
			b := p.Block(i)
			if one := p.One(&l, i); one != d {
				t.Errorf("%s alone is %+v, among all %+v", b.ID, one, d)
			}
			if place, ok := outline.Find(b.ID); ok && (shallow[place].Due != d.Due || shallow[place].EffectiveStart != d.EffectiveStart || shallow[place].Flags != d.Flags) {
				t.Errorf("%s in the outline is %+v, among all %+v", b.ID, shallow[place], d)
			}
			if b.Parent >= 0 && d.EffectiveStart < dates[b.Parent].EffectiveStart {
				t.Errorf("%s opens before what it stands in", b.ID)
			}
			if d.Close < d.Due || (d.Due == 0) != (d.Source == schedule.FromNothing) || (d.Due == 0) != (d.DueFrom == schedule.Nowhere) {
				t.Errorf("%s: %+v", b.ID, d)
			}
			if end := schedule.At(c.End); d.Source == schedule.FromAnchor && end != 0 && d.Due > end {
				t.Errorf("%s is due at %v, after the end", b.ID, d.Due)
			}
		}
	})
}

func TestNothingChangesBeforeTheNextChange(t *testing.T) {
	state := func(d schedule.Dates, at schedule.Instant) [4]bool {
		return [4]bool{d.Opened(at), d.PastDue(at), d.Closed(at), d.Hidden(at)}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := courses.Draw(t, "course")
		l := someLearner(t, c)
		dates, at := compile(c).Resolve(&l, nil), schedule.At(instants.Draw(t, "at"))
		next := schedule.NextChange(dates, at)
		until := next - 1
		if next == 0 {
			until = schedule.At(z("2100-01-01 00:00"))
		}
		changes := false
		for _, d := range dates {
			if state(d, at) != state(d, until) {
				t.Errorf("from %v to %v something changes: %+v", at, until, d)
			}
			changes = changes || next != 0 && state(d, until) != state(d, next)
		}
		if next != 0 && !changes {
			t.Errorf("nothing changes at %v", next)
		}
	})
}

func TestAResetNeverMovesADateBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := courses.Draw(t, "course")
		c.SelfPaced = true
		l, p := someLearner(t, c), compile(c)
		l.Overrides, l.Groups = nil, nil
		before := p.Resolve(&l, nil)
		if !l.Anchor.IsZero() {
			l.Anchor = l.Anchor.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "later")) * time.Hour)
		}
		for i, d := range p.Resolve(&l, nil) {
			if d.Due != 0 && d.Due < before[i].Due {
				t.Errorf("%s was due at %v and is due at %v", p.Block(i).ID, before[i].Due, d.Due)
			}
		}
	})
}
