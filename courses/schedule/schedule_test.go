package schedule_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

func TestWhatHoldsForABlock(t *testing.T) {
	week, day := schedule.Week, 24*time.Hour
	group := func(l schedule.Learner, overrides ...schedule.Override) schedule.Learner {
		l.Groups = overrides
		return l
	}
	laterOnly := paced(due("05-10 00:00"))
	laterOnly.LaterOnly = true
	ofSection := func(o schedule.Override) schedule.Override { o.Block = section; return o }
	ofProblem := func(o schedule.Override) schedule.Override { o.Block = problem; return o }
	sectionDue := paced(func(c *schedule.Course) { c.Blocks[theSection].Due = schedule.On(z("05-10 00:00")) })
	withProblem := func(own schedule.Own) schedule.Course {
		return paced(due("05-10 00:00"), func(c *schedule.Course) { c.Blocks[theProblem].Due = own })
	}
	for _, c := range []struct {
		name    string
		course  schedule.Course
		learner schedule.Learner
		place   int
		want    string // due date, source, block it is from, flags
	}{
		{"a due date is taken over from the section", sectionDue, anna(), theProblem, "2026-05-10 content chapter/one"},
		{"the nearest one counts", withProblem(schedule.On(z("05-09 00:00"))), anna(), theProblem, "2026-05-09 content problem/p"},
		{"a block can say that it has none", withProblem(schedule.Own{Set: true}), anna(), theProblem, "none none -"},
		{"an extension of the lesson moves all in it", paced(due("05-10 00:00")), with(anna(), until("05-12 00:00")), theProblem,
			"2026-05-12 override sequential/lesson"},
		{"one of the section moves the lesson, too", sectionDue, with(anna(), ofSection(until("05-12 00:00"))), theProblem, "2026-05-12 override chapter/one"},
		{"but not what has a date of its own", withProblem(schedule.On(z("05-09 00:00"))), with(anna(), until("05-12 00:00")), theProblem,
			"2026-05-09 content problem/p"},
		{"one of a block that takes its date over", paced(due("05-10 00:00")), with(anna(), ofProblem(until("05-12 00:00"))), theProblem,
			"2026-05-12 override problem/p"},
		{"it does not move what is above", paced(due("05-10 00:00")), with(anna(), ofProblem(until("05-12 00:00"))), theLesson,
			"2026-05-10 content sequential/lesson"},
		{"the nearer of two extensions holds", paced(due("05-10 00:00")), with(anna(), ofProblem(until("05-12 00:00")), until("05-14 00:00")), theProblem,
			"2026-05-12 override problem/p override_before_policy"},
		{"more time", paced(due("05-10 00:00")), with(anna(), more(2*day)), theProblem, "2026-05-12 extension sequential/lesson"},
		{"more time moves with the author's date", paced(due("05-11 00:00")), with(anna(), more(2*day)), theLesson, "2026-05-13 extension sequential/lesson"},
		{"more time is clamped to the end", paced(due("05-10 00:00"), ends("05-11 00:00")), with(anna(), more(2*day)), theLesson,
			"2026-05-11 extension sequential/lesson clamped_to_end"},
		{"but never shortens what is due after the end", paced(due("05-10 00:00"), ends("05-05 00:00")), with(anna(), more(2*day)), theLesson,
			"2026-05-10 extension sequential/lesson clamped_to_end"},
		{"an extension of the group", paced(due("05-10 00:00")), group(anna(), until("05-12 00:00")), theProblem, "2026-05-12 group_override sequential/lesson"},
		{"more time for the group", paced(due("05-10 00:00")), group(anna(), more(week)), theProblem, "2026-05-17 group_override sequential/lesson"},
		{"the learner's own goes before that of the group", paced(due("05-10 00:00")), group(with(anna(), until("05-11 00:00")), until("05-12 00:00")), theLesson,
			"2026-05-11 override sequential/lesson override_before_policy"},
		{"more time for the learner comes on top of the group's", paced(due("05-10 00:00")), group(with(anna(), more(day)), until("05-12 00:00")), theLesson,
			"2026-05-13 extension sequential/lesson"},
		{"what is taken back gives way to the group's", paced(due("05-10 00:00")), group(with(anna(), more(day), revoked), until("05-12 00:00")), theLesson,
			"2026-05-12 group_override sequential/lesson"},
		{"an extension of another block does nothing", paced(due("05-10 00:00")), with(anna(), schedule.Override{Block: id("html", "x"), By: week}), theLesson,
			"2026-05-10 content sequential/lesson"},
		{"where extensions can only extend an earlier one has no effect", laterOnly, with(anna(), until("05-08 00:00")), theLesson,
			"2026-05-10 content sequential/lesson override_before_policy"},
		{"a later one has", laterOnly, with(anna(), until("05-12 00:00")), theLesson, "2026-05-12 override sequential/lesson"},
		{"in a self-paced course a date of the author does not count", selfPaced(due("05-10 00:00")), anna(), theLesson, "2026-01-24 relative sequential/lesson"},
		{"without relative dates there are none", selfPaced(func(c *schedule.Course) { c.Relative = false }), anna(), theLesson, "none none -"},
		{"more time than a relative date", selfPaced(), with(anna(), more(week)), theProblem, "2026-01-31 extension sequential/lesson"},
		{"who is cut off can be given an instant", selfPaced(ends("01-20 00:00")), with(anna(), until("01-19 00:00")), theLesson,
			"2026-01-19 override sequential/lesson"},
		{"but more time of nothing is nothing", selfPaced(ends("01-20 00:00")), with(anna(), more(week)), theLesson, "none none - cut_off"},
		{"who can just finish in time is not cut off", selfPaced(ends("01-20 00:00")), enrolledAt("01-06 00:00"), theLesson, "2026-01-20 relative sequential/lesson"},
		{"who is cut off, is so for all that takes its date over", selfPaced(ends("01-20 00:00")), anna(), theProblem, "none none - cut_off"},
		{"the largest of all due dates decides who is cut off", selfPaced(ends("03-20 00:00"), func(c *schedule.Course) {
			c.Blocks = append(c.Blocks, schedule.Block{ID: id("sequential", "long"), Parent: theSection, Weeks: 12},
				schedule.Block{ID: id("sequential", "short"), Parent: theSection, Weeks: 1})
		}), anna(), theLesson, "none none - cut_off"},
		{"an extension that lapsed is taken up when it is written again", paced(due("05-10 00:00"), func(c *schedule.Course) { c.Blocks[theLesson].DueSince = 9 }),
			with(anna(), schedule.Override{Block: lesson, At: z("05-12 00:00"), Version: 9}), theProblem, "2026-05-12 override sequential/lesson"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(c.course)
			d := p.Resolve(&c.learner, nil)[c.place]
			day, _, _ := strings.Cut(d.Due.String(), "T")
			from := "-"
			if d.DueFrom != schedule.Nowhere {
				from = p.Block(int(d.DueFrom)).ID.String()
			}
			if got := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", day, d.Source, from, d.Flags)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if one := p.One(&c.learner, c.place); one != d {
				t.Errorf("alone it is %+v, among all %+v", one, d)
			}
		})
	}
}

func TestStartsCanBeMovedForALearner(t *testing.T) {
	start := func(at string) schedule.Override { return schedule.Override{Block: lesson, Start: true, At: z(at)} }
	c := paced(starts(theLesson, "06-01 00:00"))
	for _, tc := range []struct {
		name    string
		learner schedule.Learner
		course  schedule.Course
		want    string
	}{
		{"earlier", with(anna(), start("05-20 00:00")), c, "2026-05-20T00:00:00Z"},
		{"later", with(anna(), start("06-20 00:00")), c, "2026-06-20T00:00:00Z"},
		{"by a duration", with(anna(), schedule.Override{Block: lesson, Start: true, By: -24 * time.Hour}), c, "2026-05-31T00:00:00Z"},
		{"and back", with(anna(), start("05-20 00:00"), schedule.Override{Block: lesson, Start: true}), c, "2026-06-01T00:00:00Z"},
		{"not before the course", with(anna(), start("2025-05-20 00:00")), c, "2026-01-01T00:00:00Z"},
		{"an extension of the due date does not move it", with(anna(), until("07-01 00:00")), c, "2026-06-01T00:00:00Z"},
		{"what has no start has none to move", with(anna(), start("05-20 00:00")), paced(), "2026-01-01T00:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := lessonOf(tc.course, tc.learner).EffectiveStart.String(); got != tc.want {
				t.Errorf("opens at %s, want %s", got, tc.want)
			}
		})
	}
}

func TestWhetherAnOverrideCanBeStored(t *testing.T) {
	c := paced(due("05-10 00:00"))
	extended := with(anna(), until("05-20 00:00"))
	both := until("05-12 00:00")
	both.By = time.Hour
	for _, tc := range []struct {
		name    string
		learner schedule.Learner
		o       schedule.Override
		force   bool
		want    error
	}{
		{"a later date", anna(), until("05-11 00:00"), false, nil},
		{"an earlier date than the last extension", extended, until("05-11 00:00"), false, nil},
		{"an earlier date by force", anna(), until("05-09 00:00"), true, nil},
		{"more time", anna(), more(time.Hour), false, nil},
		{"less time", anna(), more(-time.Hour), false, schedule.ErrShortened},
		{"less time by force", anna(), more(-time.Hour), true, nil},
		{"a date and a duration, even by force", anna(), both, true, schedule.ErrTwoDates},
		{"taking back", anna(), revoked, false, nil},
		{"a block that is not there", anna(), schedule.Override{Block: id("html", "x"), By: time.Hour}, true, schedule.ErrNoBlock},
		{"a block that is not due", anna(), schedule.Override{Block: section, By: time.Hour}, true, schedule.ErrNoDate},
		{"a block that opens with what it stands in", anna(), schedule.Override{Block: lesson, Start: true, At: z("05-01 00:00")}, false, schedule.ErrNoDate},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := compile(c).CheckOverride(&tc.learner, tc.o, tc.force); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// tree makes the blocks of a self-paced course from lines: a type and a name, indented by its depth below the course, and what else holds for it.
func tree(lines string) []schedule.Block {
	blocks := []schedule.Block{{ID: root, Parent: -1, Start: schedule.On(z("01-01 00:00"))}}
	above := []int{0}
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		depth := strings.Count(line, "\t") - 2 // sections stand three deep in the text of a test
		blockType, name, _ := strings.Cut(words[0], "/")
		b := schedule.Block{ID: id(blockType, name), Parent: above[depth-1]}
		for _, word := range words[1:] {
			switch word {
			case "graded":
				b.Graded = true
			case "work":
				b.Graded, b.Work = true, true
			case "staff":
				b.StaffOnly = true
			default:
				if _, err := fmt.Sscanf(word, "weeks=%d", &b.Weeks); err != nil {
					panic(word)
				}
			}
		}
		above = append(above[:depth], len(blocks))
		blocks = append(blocks, b)
	}
	return blocks
}

func TestRelativeDatesAreSpreadOverTheSections(t *testing.T) {
	for _, c := range []struct {
		name   string
		custom bool
		tree   string
		want   map[string]string // days after the beginning
	}{
		{"each section has its share, and what is graded in it; open responses have dates of their own", false, `
			chapter/1 graded
				sequential/a graded
					vertical/u graded
						problem/p work
						openassessment/o work
						html/h
				sequential/b
					vertical/v
						problem/q
			chapter/2 graded
				sequential/c graded
					problem/r work`,
			map[string]string{"chapter/1": "14", "sequential/a": "14", "vertical/u": "14", "problem/p": "14", "chapter/2": "28", "sequential/c": "28",
				"problem/r": "28"}},
		{"sections that learners do not see have no share", false, `
			chapter/0 graded staff
				sequential/z graded
					problem/z work
			chapter/1 graded
				sequential/a graded
					problem/p work`,
			map[string]string{"chapter/1": "28", "sequential/a": "28", "problem/p": "28"}},
		{"a course of which learners see nothing has no dates", false, `
			chapter/0 graded staff
				sequential/z graded
					problem/z work`, map[string]string{}},
		{"a section that is not graded is not due itself", false, `
			chapter/1
				sequential/a graded
					problem/p work`,
			map[string]string{"sequential/a": "28", "problem/p": "28"}},
		{"what is graded in a subsection that is not", false, `
			chapter/1 graded
				sequential/a
					vertical/u graded
						problem/p work
					vertical/v
						problem/q`,
			map[string]string{"chapter/1": "28", "vertical/u": "28", "problem/p": "28"}},
		{"graded without anything that gives points is not due", false, `
			chapter/1 graded
				sequential/a graded
					html/h graded
					openassessment/o work`, map[string]string{}},
		{"the author's weeks hold for all of a subsection, graded or not", true, `
			chapter/1
				sequential/a weeks=3
					html/h
					openassessment/o work
				sequential/b graded
					problem/p work`,
			map[string]string{"chapter/1": "28", "sequential/a": "21", "html/h": "21", "sequential/b": "28", "problem/p": "28"}},
		{"they do not hold where the course does not use them", false, `
			chapter/1 graded
				sequential/a graded weeks=3
					problem/p work`,
			map[string]string{"chapter/1": "28", "sequential/a": "28", "problem/p": "28"}},
		{"a subsection of open responses alone gets no date", true, `
			chapter/1 graded
				sequential/a weeks=3
					openassessment/o work`, map[string]string{}},
		{"a section is due after a week at the earliest", true, `
			chapter/1 graded
				sequential/a weeks=1
			chapter/2 graded
				sequential/b graded weeks=6`,
			map[string]string{"chapter/1": "7", "sequential/a": "7", "chapter/2": "42", "sequential/b": "42"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(schedule.Course{SelfPaced: true, Relative: true, CustomWeeks: c.custom, Blocks: tree(c.tree)})
			l := enrolledAt("01-01 00:00")
			got := map[string]string{}
			for i, d := range p.Resolve(&l, nil) {
				if d.Due != 0 {
					got[p.Block(i).ID.String()] = fmt.Sprint(d.Due.Time().Sub(l.Anchor).Hours() / 24)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("days differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnExtensionOfASubsectionMovesItsRelativeDates(t *testing.T) {
	p := compile(schedule.Course{SelfPaced: true, Relative: true, Blocks: tree(`
			chapter/1 graded
				sequential/lesson graded
					vertical/u graded
						problem/p work`)})
	l := with(enrolledAt("01-01 00:00"), more(schedule.Week))
	for i, d := range p.Resolve(&l, nil)[2:] {
		if got := d.Due.String(); got != "2026-02-05T00:00:00Z" {
			t.Errorf("%s is due at %s", p.Block(i+2).ID, got)
		}
	}
}

func TestBlocksMustBeATree(t *testing.T) {
	for name, blocks := range map[string][]schedule.Block{
		"no blocks": nil, "no course": {{ID: lesson, Parent: 0}}, "a block before the one it stands in": {{ID: root, Parent: -1}, {ID: lesson, Parent: 2},
			{ID: section, Parent: 0}},
		"two courses": {{ID: root, Parent: -1}, {ID: root, Parent: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := schedule.Compile(schedule.Course{Blocks: blocks}); err == nil {
				t.Error("it is accepted")
			}
		})
	}
}

func TestWhichDeadlinesWereMissed(t *testing.T) {
	never := func(int) bool { return false }
	always := func(int) bool { return true }
	active := schedule.Standing{Active: true, Complete: never, Gated: never}
	change := func(f func(*schedule.Standing)) schedule.Standing { s := active; f(&s); return s }
	for _, c := range []struct {
		name     string
		course   schedule.Course
		standing schedule.Standing
		at       string
		want     schedule.Missed
		reset    bool
	}{
		{"at the very due date nothing is", selfPaced(), active, "01-24 08:00", schedule.Missed{Place: -1}, true},
		{"a minute later it is", selfPaced(), active, "01-24 08:01", schedule.Missed{Deadlines: true, Place: theLesson}, true},
		{"what is complete was not missed", selfPaced(), change(func(s *schedule.Standing) { s.Complete = always }), "02-24 08:00", schedule.Missed{Place: -1}, true},
		{"what learners do not get cannot be shifted", selfPaced(), change(func(s *schedule.Standing) { s.Gated = always }), "02-24 08:00",
			schedule.Missed{Deadlines: true, Gated: true, Place: theLesson}, false},
		{"after the end of the course it is too late", selfPaced(ends("02-24 07:00")), active, "02-24 08:00", schedule.Missed{Place: -1}, true},
		{"who is not enrolled misses nothing", selfPaced(), change(func(s *schedule.Standing) { s.Active = false }), "02-24 08:00", schedule.Missed{Place: -1}, true},
		{"in an instructor-paced course there is nothing to shift", paced(due("01-24 08:00")), active, "02-24 08:00", schedule.Missed{Place: -1}, true},
		{"without relative dates there is not either", selfPaced(func(c *schedule.Course) { c.Relative = false }), active, "02-24 08:00",
			schedule.Missed{Place: -1}, true},
		{"a course can forbid to shift", selfPaced(), change(func(s *schedule.Standing) { s.ResetsOff = true }), "02-24 08:00",
			schedule.Missed{Gated: true, Off: true, Place: -1}, false},
		{"and still warn", selfPaced(), change(func(s *schedule.Standing) { s.ResetsOff, s.Warn = true, true }), "02-24 08:00",
			schedule.Missed{Deadlines: true, Off: true, Place: theLesson}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, p := anna(), compile(c.course)
			got := p.Missed(p.Resolve(&l, nil), schedule.At(z(c.at)), c.standing)
			if got != c.want || got.MayReset() != c.reset {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestDatesOfTheCourse(t *testing.T) {
	start, enrolled := z("01-01 00:00"), z("01-10 08:00")
	if got, own := schedule.ShownStart(true, enrolled, start); !got.Equal(enrolled) || !own {
		t.Errorf("in a self-paced course who enrols later is shown %v", got)
	}
	if got, own := schedule.ShownStart(false, enrolled, start); !got.Equal(start) || own {
		t.Errorf("in an instructor-paced course the start is %v", got)
	}
	now := z("05-01 00:00")
	for end, want := range map[string]bool{"04-01 00:00": true, "2027-04-01 00:00": true, "2027-06-01 00:00": false} {
		if got := schedule.ShownEnd(true, true, z(end), now); got != want {
			t.Errorf("self-paced: the end %s is shown: %t", end, got)
		}
		if !schedule.ShownEnd(false, true, z(end), now) || !schedule.ShownEnd(true, false, z(end), now) {
			t.Errorf("the end %s is not shown", end)
		}
	}
	if schedule.ShownEnd(false, false, time.Time{}, now) {
		t.Error("an end that there is not is shown")
	}
	site, org, off := schedule.UpgradeDelay{Decides: true, Days: 21}, schedule.UpgradeDelay{Decides: true, Days: 10},
		schedule.UpgradeDelay{Decides: true, Off: true}
	for _, c := range []struct {
		name   string
		levels []schedule.UpgradeDelay
		days   int
		ok     bool
	}{
		{"nobody says anything", []schedule.UpgradeDelay{{}, {}, {}}, 0, false},
		{"the site decides", []schedule.UpgradeDelay{site, {}, {}}, 21, true},
		{"the organisation decides otherwise", []schedule.UpgradeDelay{site, org, {}}, 10, true},
		{"the course opts out", []schedule.UpgradeDelay{site, org, off}, 0, false},
		{"the course opts in where the site does not", []schedule.UpgradeDelay{off, {}, org}, 10, true},
	} {
		if days, ok := schedule.UpgradeLimit(c.levels...); days != c.days || ok != c.ok {
			t.Errorf("%s: %d days, %t", c.name, days, ok)
		}
	}
	if got := schedule.UpgradeDeadline(false, enrolled, start, z("01-25 00:00"), 3, true); !got.Equal(z("01-25 00:00")) {
		t.Errorf("instructor-paced: the offer ends at %v", got)
	}
	if got := schedule.UpgradeDeadline(true, enrolled, start, time.Time{}, 21, true); !got.Equal(z("01-31 08:00")) {
		t.Errorf("self-paced: the offer ends at %v", got)
	}
	if got := schedule.ExamTime(time.Hour, z("05-01 12:00"), z("05-01 12:30")); got != 0 {
		t.Errorf("after the due date there are %v", got)
	}
	if got := schedule.ExamTime(time.Hour, z("05-01 12:00"), z("05-01 11:00")); got != time.Hour {
		t.Errorf("an hour before the due date there are %v", got)
	}
}

func TestWhereRelativeDatesAreCountedFrom(t *testing.T) {
	const first = "01-10 08:00"
	for _, c := range []struct {
		name  string
		steps []schedule.Step
		want  string
	}{
		{"from the first enrolment", []schedule.Step{into("audit", first)}, first},
		{"who leaves and returns goes on", []schedule.Step{into("audit", first), into("audit", "03-01 00:00")}, first},
		{"who returns in another mode begins anew", []schedule.Step{into("audit", first), into("verified", "03-01 00:00")}, "03-01 00:00"},
		{"an upgrade begins anew", []schedule.Step{into("honor", first), into("verified", "02-01 12:00")}, "02-01 12:00"},
		{"going back to a free mode counts from the first enrolment", []schedule.Step{into("audit", first), into("verified", "02-01 12:00"), into("honor", "02-03 12:00")}, first},
		{"the same mode again moves nothing", []schedule.Step{into("audit", first), into("verified", "02-01 12:00"), into("verified", "02-03 12:00")}, "02-01 12:00"},
		{"what a learner has shifted holds", []schedule.Step{into("audit", first), into("", "02-10 09:30")}, "02-10 09:30"},
		{"until the mode changes", []schedule.Step{into("audit", first), into("", "02-10 09:30"), into("verified", "02-11 00:00")}, "02-11 00:00"},
		{"a shift after an upgrade holds", []schedule.Step{into("audit", first), into("verified", "02-01 12:00"), into("", "02-10 09:30")}, "02-10 09:30"},
		{"without anything else", nil, first},
	} {
		if got := schedule.Anchor(z(first), c.steps); !got.Equal(z(c.want)) {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestDaysForBetaTesters(t *testing.T) {
	for days, want := range map[float64]time.Duration{5: 120 * time.Hour, 1.5: 36 * time.Hour, 0: 0, -1: 0, 1e300: 0, 1.0 / 3: 8 * time.Hour} {
		if got := schedule.Days(days); got != want {
			t.Errorf("%v days are %v, want %v", days, got, want)
		}
	}
}

func TestAPlanDownToADepth(t *testing.T) {
	p := compile(paced(due("05-10 00:00"), grace(time.Hour), ends("06-01 00:00")))
	outline, l := p.To(2), with(anna(), more(schedule.Week))
	if diff := cmp.Diff(p.Resolve(&l, nil)[:3], outline.Resolve(&l, nil)); diff != "" {
		t.Errorf("the dates differ (-all +outline):\n%s", diff)
	}
	if _, ok := outline.Find(problem); ok || outline.Len() != 3 {
		t.Errorf("it has %d blocks", outline.Len())
	}
	if place, ok := p.Find(problem); !ok || place != theProblem {
		t.Errorf("the problem is at %d", place)
	}
	var key key.BlockID
	if _, ok := p.Find(key); ok {
		t.Error("a block without a name is found")
	}
}
