package schedule_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"lectern/courses/schedule"
)

// TestWorkedExamples goes through dates that were worked out by hand. Where Open edX comes to something else, that is given too, and docs/compatibility.md
// says why.
func TestWorkedExamples(t *testing.T) {
	newYork, berlin, kiritimati := mustZone(t, "America/New_York"), mustZone(t, "Europe/Berlin"), mustZone(t, "Pacific/Kiritimati")
	withDue := paced(due("05-01 23:59"))
	self := selfPaced()
	ending := selfPaced(ends("01-20 00:00"))
	early := enrolledAt("01-02 00:00")
	gap := func(l schedule.Learner, at string) schedule.Learner { // shifted dates
		l.Anchor = z(at)
		return l
	}
	lapsed := func(base string) schedule.Course {
		return paced(due(base), func(c *schedule.Course) { c.Blocks[theLesson].DueSince = 9 })
	}
	old := func(o schedule.Override) schedule.Override { o.Version = 3; return o }
	for n, c := range []struct {
		name     string
		got      string
		want     string
		openEdX  string // where it differs
		ofOpenEd string // computed by its rule, where that is ours with another input
	}{
		{name: "a lesson is due when its author says", got: dueFor(withDue, anna()), want: "2026-05-01T23:59:00Z"},
		{name: "an extension to an instant", got: dueFor(withDue, with(anna(), until("05-08 23:59"))), want: "2026-05-08T23:59:00Z"},
		{name: "an extension that is earlier than the date is refused", got: refusal(withDue, until("04-30 23:59")),
			want: "sequential/lesson is due at 2026-05-01T23:59:00Z, and 2026-04-30T23:59:00Z is earlier: give a later date, or force it"},
		{name: "an extension to the same instant is accepted", got: refusal(withDue, until("05-01 23:59")), want: "accepted"},
		{name: "the last extension holds although it is shorter", got: dueFor(withDue, with(anna(), until("05-08 23:59"), until("05-05 23:59"))),
			want: "2026-05-05T23:59:00Z shortened"},
		{name: "an extension that is taken back gives way to the date", got: dueFor(withDue, with(anna(), until("05-08 23:59"), until("05-05 23:59"), revoked)),
			want: "2026-05-01T23:59:00Z"},
		{name: "an extension holds when the author moves the date behind it, and is flagged",
			got:  dueFor(paced(due("05-20 23:59")), with(anna(), until("05-08 23:59"))),
			want: "2026-05-08T23:59:00Z override_before_policy", openEdX: "2026-05-08T23:59:00Z"},
		{name: "an extension of what is not due any more is inert", got: dueFor(paced(), with(anna(), until("05-08 23:59"))), want: "none"},
		{name: "it does not come back when the author sets a date again", got: dueFor(lapsed("06-01 00:00"), with(anna(), old(until("05-08 23:59")))),
			want: "2026-06-01T00:00:00Z override_lapsed", openEdX: "2026-05-08T23:59:00Z"},
		{name: "grace comes on top of the date", got: closing(paced(due("05-01 23:59"), grace(30*time.Minute)), anna()),
			want: "due 2026-05-01T23:59:00Z, closes after 2026-05-02T00:29:00Z"},
		{name: "grace comes on top of an extension", got: closing(paced(due("05-01 23:59"), grace(30*time.Minute)), with(anna(), until("05-08 23:59"))),
			want: "due 2026-05-08T23:59:00Z, closes after 2026-05-09T00:29:00Z"},
		{name: "what is hidden after its due date is hidden in the time of grace",
			got: standing(paced(due("05-01 23:59"), grace(30*time.Minute), hides), "05-02 00:10"), want: "hidden, takes work"},
		{name: "a relative date counts from the enrolment", got: dueFor(self, anna()), want: "2026-01-24T08:00:00Z"},
		{name: "or from the start of the course if that is later", got: dueFor(self, enrolledAt("2025-12-20 10:00")), want: "2026-01-15T00:00:00Z"},
		{name: "who enrols too late to finish gets no due dates", got: dueFor(ending, anna()), want: "none cut_off"},
		{name: "who enrols in time does", got: dueFor(ending, early), want: "2026-01-16T00:00:00Z"},
		{name: "a shifted date does not go beyond the end of the course", got: dueFor(ending, gap(early, "01-12 09:00")),
			want: "2026-01-20T00:00:00Z clamped_to_end"},
		{name: "who shifts after the end gets no due dates", got: dueFor(ending, gap(early, "01-21 09:00")), want: "none cut_off"},
		{name: "six weeks spread over four sections", got: spread(6, 4), want: "10d12h0m0s 21d0h0m0s 31d12h0m0s 42d0h0m0s"},
		{name: "four weeks spread over eleven sections end after four weeks", got: fmt.Sprint(schedule.Spread(schedule.Length(4), 10, 11).Microseconds()),
			want: "2419200000000", openEdX: "2419199999997", ofOpenEd: fmt.Sprint(roundedStep(4, 11) * 11)},
		{name: "a course takes from 4 to 18 weeks, and 4 if nobody knows",
			got: fmt.Sprint(schedule.Length(2).Hours()/168, schedule.Length(30).Hours()/168, schedule.Length(0).Hours()/168), want: "4 18 4"},
		{name: "one section more moves the second one", got: strings.Fields(spread(6, 5))[1], want: "16d19h12m0s"},
		{name: "a section is due with the last of its subsections", got: customAndDefault(), want: "section 3w, subsections 3w 2w"},
		{name: "an upgrade begins the schedule anew", got: dueFor(self, anna(into("verified", "02-01 12:00"))), want: "2026-02-15T12:00:00Z"},
		{name: "going back to audit counts from the enrolment again",
			got: dueFor(self, anna(into("verified", "02-01 12:00"), into("audit", "02-03 12:00"))), want: "2026-01-24T08:00:00Z"},
		{name: "a course that starts later takes everybody along", got: dueFor(self.StartingAt(z("02-01 00:00")), anna()), want: "2026-02-15T00:00:00Z"},
		{name: "a course that starts earlier does not move who came later", got: dueFor(self.StartingAt(z("2025-12-01 00:00")), anna()), want: "2026-01-24T08:00:00Z",
			openEdX: "2025-12-15T00:00:00Z", ofOpenEd: dueFor(self.StartingAt(z("2025-12-01 00:00")), enrolledAt("2025-12-01 00:00"))},
		{name: "a correction of the start leaves what a learner has shifted",
			got: dueFor(self.StartingAt(z("01-01 00:01")), anna(into("verified", "02-01 12:00"))), want: "2026-02-15T12:00:00Z",
			openEdX: "2026-01-15T00:01:00Z", ofOpenEd: dueFor(self.StartingAt(z("01-01 00:01")), enrolledAt("01-01 00:01"))},
		{name: "who comes back goes on where they were", got: dueFor(self, anna(into("audit", "03-01 00:00"))),
			want: "2026-01-24T08:00:00Z"},
		{name: "a reset shifts everything", got: dueFor(self, anna(into("", "02-10 09:30"))), want: "2026-02-24T09:30:00Z"},
		{name: "where a course allows no reset there is none, only a warning", got: banner(self, schedule.Standing{Active: true, ResetsOff: true, Warn: true}),
			want: "missed, no reset, due 2026-01-24T08:00:00Z"},
		{name: "an extension to an instant does not move with a reset", got: dueFor(self, with(anna(into("", "02-20 00:00")), until("03-01 00:00"))),
			want: "2026-03-01T00:00:00Z override_before_policy", openEdX: "2026-03-01T00:00:00Z"},
		{name: "more time does not go beyond the end of the course", got: dueFor(ending, with(early, more(schedule.Week))),
			want:    "2026-01-20T00:00:00Z clamped_to_end",
			openEdX: "2026-01-23T00:00:00Z", ofOpenEd: dueFor(ending, with(early, schedule.Override{Block: lesson, By: schedule.Week, ExceedsEnd: true}))},
		{name: "what is due before it opens is open late, past due", got: opening(paced(due("05-20 00:00"), starts(theLesson, "06-01 00:00"))),
			want: "closed until 2026-06-01T00:00:00Z, then past due; due_before_start"},
		{name: "if it is hidden after its due date too, nobody ever gets to it", got: problemsOf(paced(due("05-20 00:00"), starts(theLesson, "06-01 00:00"), hides)),
			want: "never_open", openEdX: "accepted"},
		{name: "at the very start it is open", got: openAt(paced(starts(theLesson, "06-01 00:00")), "06-01 00:00"), want: "open",
			openEdX: "open in the outline, closed as a block"},
		{name: "at the very due date it is not hidden", got: standing(paced(due("05-01 23:59"), hides), "05-01 23:59"), want: "shown, takes work",
			openEdX: "shown in the outline, hidden as a block"},
		{name: "a section that starts later keeps its lesson closed", got: startOf(paced(starts(theSection, "06-01 00:00"), starts(theLesson, "05-01 00:00"))),
			want: "2026-06-01T00:00:00Z of chapter/one"},
		{name: "a lesson can start later than its section", got: startOf(paced(starts(theSection, "05-01 00:00"), starts(theLesson, "06-01 00:00"))),
			want: "2026-06-01T00:00:00Z of sequential/lesson"},
		{name: "all starts are shifted for beta testers, once; due dates are not", got: betaDates(),
			want: "2026-05-27T00:00:00Z 2026-05-27T00:00:00Z 2026-05-27T00:00:00Z due 2026-06-09T00:00:00Z"},
		{name: "in a course without a start nothing opens", got: openAt(paced(func(c *schedule.Course) { c.Blocks[theRoot].Start = schedule.Own{} }),
			"2099-01-01 00:00"),
			want: "closed", openEdX: "closed in the outline, open as a block"},
		{name: "in a self-paced course what is hidden after its due date is hidden after the end",
			got: lessonOf(selfPaced(ends("03-01 00:00"), hides), anna()).HiddenAfter.String(), want: "2026-03-01T00:00:00Z"},
		{name: "staff who are not enrolled have no relative dates", got: dueFor(self, schedule.Learner{}), want: "none no_schedule"},
		{name: "four weeks in New York move the clock by an hour in spring", got: z("02-20 15:00").Add(4 * schedule.Week).In(newYork).Format(time.RFC3339),
			want: "2026-03-20T11:00:00-04:00"},
		{name: "two weeks in Berlin move it by an hour in autumn", got: z("10-18 07:00").Add(2 * schedule.Week).In(berlin).Format(time.RFC3339),
			want: "2026-11-01T08:00:00+01:00"},
		{name: "what was due yesterday evening where the learner is, is not of today",
			got: fmt.Sprint(schedule.Current(z("03-10 02:00"), z("03-10 23:00"), newYork)), want: "false",
			openEdX: "true", ofOpenEd: fmt.Sprint(schedule.Current(z("03-10 02:00"), z("03-10 23:00"), time.UTC))},
		{name: "a time that clocks leap over is moved forward", got: local("03-08 02:30", newYork), want: "2026-03-08T07:30:00Z gap",
			openEdX: "no zones: all dates are UTC"},
		{name: "a time that is there twice is the earlier one", got: local("11-01 01:30", newYork), want: "2026-11-01T05:30:00Z overlap",
			openEdX: "no zones: all dates are UTC"},
		{name: "one more day is 24 hours, or the same time next day", got: oneDay(z("03-08 04:59"), newYork), want: "2026-03-09T04:59:00Z, 2026-03-09T03:59:00Z"},
		{name: "access to audit ends six weeks after the enrolment, reset or not",
			got: schedule.AccessExpiry(z("01-10 08:00"), z("01-01 00:00"), 6).Format(time.RFC3339), want: "2026-02-21T08:00:00Z"},
		{name: "the deadline to upgrade is not after the offer ends",
			got: schedule.UpgradeDeadline(true, z("01-10 08:00"), z("01-01 00:00"), z("01-25 00:00"), 21, true).Format(time.RFC3339), want: "2026-01-25T00:00:00Z"},
		{name: "a timed exam ends with the due date", got: schedule.ExamTime(120*time.Minute, z("05-01 12:00"), z("05-01 11:01")).String(), want: "59m0s"},
		{name: "in Kiritimati the first of May is the second", got: z("05-01 23:59").In(kiritimati).Format("2006-01-02 15:04"), want: "2026-05-02 13:59"},
		{name: "at one instant what is due comes first", got: together(), want: "due course_end"},
	} {
		t.Run(fmt.Sprintf("%d %s", n+1, c.name), func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %s, want %s", c.got, c.want)
			}
			if c.ofOpenEd != "" && c.ofOpenEd != c.openEdX {
				t.Errorf("by the rule of Open edX got %s, want %s", c.ofOpenEd, c.openEdX)
			}
			if c.openEdX == c.want {
				t.Error("this is no difference")
			}
		})
	}
}

// refusal judges an extension for anna.
func refusal(c schedule.Course, o schedule.Override) string {
	l := anna()
	var earlier *schedule.EarlierError
	switch err := compile(c).CheckOverride(&l, o, false); {
	case err == nil:
		return "accepted"
	case errors.As(err, &earlier):
		return err.Error()
	default:
		return "another error: " + err.Error()
	}
}

func closing(c schedule.Course, l schedule.Learner) string {
	d := lessonOf(c, l)
	return fmt.Sprintf("due %s, closes after %s", d.Due, d.Close)
}

// standing tells how the lesson stands for anna at an instant.
func standing(c schedule.Course, at string) string {
	d, now := lessonOf(c, anna()), schedule.At(z(at))
	shown, takes := "shown", "takes work"
	if d.Hidden(now) {
		shown = "hidden"
	}
	if d.Closed(now) {
		takes = "takes no work"
	}
	return shown + ", " + takes
}

// roundedStep is the share of a section as Open edX computes it, in microseconds: rounded before it is multiplied.
func roundedStep(weeks, n int) int64 {
	return int64(math.RoundToEven(float64(schedule.Length(weeks).Microseconds()) / float64(n)))
}

func spread(weeks, n int) string {
	var list []string
	for i := range n {
		d := schedule.Spread(schedule.Length(weeks), i, n)
		list = append(list, fmt.Sprintf("%dd%s", d/(24*time.Hour), withZeros(d%(24*time.Hour))))
	}
	return strings.Join(list, " ")
}

func withZeros(d time.Duration) string {
	return fmt.Sprintf("%dh%dm%ds", d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second)
}

// customAndDefault is the second of two sections, with a subsection for which its author gives three weeks and another without; learners have four weeks.
func customAndDefault() string {
	c := selfPaced()
	c.Blocks = append(c.Blocks[:1:1],
		schedule.Block{ID: id("chapter", "a"), Parent: 0, Graded: true},
		schedule.Block{ID: id("sequential", "a1"), Parent: 1, Graded: true, Weeks: 3},
		schedule.Block{ID: id("sequential", "a2"), Parent: 1, Graded: true, Work: true},
		schedule.Block{ID: id("chapter", "b"), Parent: 0})
	l := enrolledAt("01-01 00:00")
	d := compile(c).Resolve(&l, nil)
	weeks := func(i int) time.Duration { return d[i].Due.Time().Sub(l.Anchor) / schedule.Week }
	return fmt.Sprintf("section %dw, subsections %dw %dw", weeks(1), weeks(2), weeks(3))
}

// banner tells what anna reads in February, and what her lesson is due at.
func banner(c schedule.Course, s schedule.Standing) string {
	s.Complete = func(int) bool { return false }
	s.Gated = s.Complete
	l, p := anna(), compile(c)
	dates := p.Resolve(&l, nil)
	m := p.Missed(dates, schedule.At(z("02-10 09:30")), s)
	text := "nothing missed"
	if m.Deadlines {
		text = "missed"
	}
	if !m.MayReset() {
		text += ", no reset"
	}
	return text + ", due " + dates[theLesson].Due.String()
}

func opening(c schedule.Course) string {
	d := lessonOf(c, anna())
	before, then := d.EffectiveStart-1, d.EffectiveStart
	if d.Opened(before) || !d.Opened(then) || !d.PastDue(then) || d.Hidden(then) {
		return fmt.Sprintf("%+v", d)
	}
	return fmt.Sprintf("closed until %s, then past due; %s", d.EffectiveStart, problemsOf(c))
}

func problemsOf(c schedule.Course) string {
	_, problems, err := schedule.Compile(c)
	if err != nil {
		return err.Error()
	}
	var codes []string
	for _, p := range problems {
		codes = append(codes, p.Code)
		if p.Error != (p.Code == "never_open") {
			codes = append(codes, "with the wrong severity")
		}
	}
	return strings.Join(codes, " ")
}

func openAt(c schedule.Course, at string) string {
	d := lessonOf(c, anna())
	if d.Opened(schedule.At(z(at))) {
		return "open"
	}
	return "closed"
}

func startOf(c schedule.Course) string {
	p, d := compile(c), lessonOf(c, anna())
	if d.Opened(schedule.At(z("05-15 00:00"))) {
		return "open in May"
	}
	return fmt.Sprintf("%s of %s", d.EffectiveStart, p.Block(int(d.StartFrom)).ID)
}

func betaDates() string {
	c := paced(starts(theRoot, "06-01 00:00"), starts(theSection, "06-01 00:00"), starts(theLesson, "06-01 00:00"), due("06-09 00:00"))
	c.Beta = 5 * 24 * time.Hour
	l := schedule.Learner{Beta: true}
	d := compile(c).Resolve(&l, nil)
	if !d[theLesson].Opened(schedule.At(z("05-27 00:00"))) || d[theLesson].Flags.String() != "beta_shifted" {
		return fmt.Sprintf("%+v", d[theLesson])
	}
	return fmt.Sprintf("%s %s %s due %s", d[theRoot].Start, d[theSection].Start, d[theLesson].Start, d[theLesson].Due)
}

func local(wall string, zone *time.Location) string {
	at, notice := schedule.Local(z(wall), zone)
	return at.Format(time.RFC3339) + " " + string(notice)
}

func oneDay(t time.Time, zone *time.Location) string {
	next, _ := schedule.AddDays(t, 1, zone)
	return t.Add(24*time.Hour).Format(time.RFC3339) + ", " + next.UTC().Format(time.RFC3339)
}

func together() string {
	l, p := anna(), compile(paced(due("06-30 00:00"), ends("06-30 00:00")))
	var kinds []string
	for _, e := range p.Entries(p.Resolve(&l, nil), schedule.Listing{Others: []schedule.Entry{{Kind: schedule.CourseEnd, At: z("06-30 00:00")}}}) {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}
