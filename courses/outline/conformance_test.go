package outline

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"lectern/courses/content/contenttest"
	"lectern/courses/schedule"
	"lectern/importer"
	"lectern/modulestore/key"
)

// row is a question that the parts of Open edX answer in several ways, with the one answer that is given here.
type row struct {
	verdictCase
	openEdX string // what other answers there are; empty where all agree with ours
	listed  string // under which words docs/compatibility.md says why
}

func TestOneRuleForEachQuestion(t *testing.T) {
	seq := func(parts ...any) []any { return []any{b("chapter/c", b("sequential/s", parts...))} }
	under := func(section setting, parts ...any) []any {
		return []any{b("chapter/c", section, b("sequential/s", parts...))}
	}
	june := []any{b("chapter/c", b("sequential/s", opens("06-01 00:00")))}
	hides := []any{dueOn("05-01 23:59"), hideAfter}
	unset := setting(func(b *block) { b.dates.Start = schedule.Own{} })
	early := func(days float64) func(*courseSettings) { return func(s *courseSettings) { s.betaDays = &days } }
	selfPaced := func(s *courseSettings) { s.selfPaced, s.end = true, z("09-01 00:00") }
	beta := func(f *Facts) { f.Schedule.Beta = true }
	staff := func(f *Facts) { f.Staff, f.Enrolled = true, false }
	member := func(groups ...int64) func(*Facts) { return func(f *Facts) { f.Groups = in(groups...) } }
	extended := func(f *Facts) {
		f.Schedule.Overrides = []schedule.Override{{Block: id("sequential/s"), At: z("05-08 00:00")}}
	}
	ownStart := func(f *Facts) {
		f.Schedule.Overrides = []schedule.Override{{Block: id("sequential/s"), Start: true, At: z("05-01 00:00")}}
	}
	const s, u = "sequential/s", "vertical/u"
	rows := []row{
		{verdictCase{"exactly at the start", nil, june, nil, Options{}, "06-01 00:00", s, "open", ""},
			"open in the outline, closed as a block", "at the very instant of a start"},
		{verdictCase{"exactly at the due date, hidden after it", nil, seq(hides...), nil, Options{}, "05-01 23:59", s, "open", ""},
			"shown in the outline, hidden as a block", "at the very instant of a due date"},
		{verdictCase{"a course without a start", nil, append([]any{unset}, seq()...), nil, Options{}, "05-01 00:00", s, "closed", "course_start_unset"},
			"closed in the outline, open as a block", "a course without a start"},
		{verdictCase{"the start of course, section and sequence for a beta tester", early(5), append([]any{opens("06-01 00:00")},
			under(opens("06-01 00:00"), opens("06-01 00:00"))...), beta, Options{}, "05-27 00:00", s, "open", ""}, "", ""},
		{verdictCase{"a fraction of a day for beta testers", early(1.5), june, beta, Options{}, "05-30 12:00", s, "open", ""},
			"a day early in the outline", "`days_early_for_beta` with a fraction"},
		{verdictCase{"a personal start", nil, june, ownStart, Options{}, "05-02 00:00", s, "open", ""},
			"not honoured where blocks are filtered", "a personal start"},
		{verdictCase{"a due date on the section alone", nil, under(dueOn("05-01 00:00"), hideAfter), nil, Options{}, "05-02 00:00", s, "closed", "past_due_hidden"},
			"unknown to the outline", "a due date on a section alone"},
		{verdictCase{"what takes its due date over from an extended sequence", nil, seq(append(hides, b("vertical/u"))...), extended, Options{}, "05-05 00:00", u,
			"open", ""}, "may keep the old date and vanish", "an extension of a block whose content takes over its date"},
		{verdictCase{"release dates within a self-paced course", selfPaced, june, nil, Options{}, "05-01 00:00", s, "open", ""}, "", ""},
		{verdictCase{"hidden after the due date in a self-paced course, before its end", selfPaced, seq(hides...), nil, Options{}, "05-02 00:00", s, "open", ""},
			"", ""},
		{verdictCase{"the same after its end", selfPaced, seq(hides...), nil, Options{}, "09-01 00:01", s, "closed", "course_ended_hidden"}, "", ""},
		{verdictCase{"for staff only", nil, seq(staffOnly), nil, Options{}, "", s, "gone", "staff_only"}, "", ""},
		{verdictCase{"left out of the table of contents", nil, seq(offTOC), nil, Options{}, "", s, "unlisted", "hidden_from_toc"},
			"removed from the outline, no effect on blocks", "`hide_from_toc`"},
		{verdictCase{"a learner in no group of the partition", nil, seq(access(`{"50":[2]}`)), nil, Options{}, "", s, "gone", "group_mismatch"},
			"seen in the outline if it is by track, removed otherwise", "a learner without a group, in a block for some groups"},
		{verdictCase{"the same where the partition is optional", nil, seq(access(`{"500":[2]}`)), nil, Options{}, "", s, "open", ""},
			"there are no optional partitions", "a learner without a group, in a block for some groups"},
		{verdictCase{"an experiment in the outline", nil, seq(access(`{"500":[2]}`)), member(500, 1), Options{}, "", s, "gone", "group_mismatch"},
			"not looked at", "which partitions an outline looks at"},
		{verdictCase{"several partitions at once", nil, seq(access(`{"100":[1],"200":[1]}`)), member(100, 1, 200, 2), Options{}, "", s, "gone", "group_mismatch"},
			"", ""},
		{verdictCase{"a team, in what is for a cohort", nil, seq(access(`{"100":[1]}`)), member(100, 1, 300, 2), Options{}, "", s, "open", ""},
			"removed, since it is in no group of the team", "blocks for several teams and other groups"},
		{verdictCase{"a team and a cohort that must both pass", nil, seq(access(`{"100":[2],"300":[2]}`)), member(100, 1, 300, 2), Options{}, "", s, "gone",
			"group_mismatch"}, "any group of a team is enough", "blocks for several teams and other groups"},
		{verdictCase{"an inactive partition", nil, seq(access(`{"400":[1]}`)), nil, Options{}, "", s, "open", ""}, "", ""},
		{verdictCase{"an inactive partition whose rule opens to nobody", nil, seq(access(`{"400":false}`)), nil, Options{}, "", s, "open", ""},
			"closed where a block is opened", "a rule on an inactive partition that opens to nobody"},
		{verdictCase{"groups of the section and of the sequence", nil, under(access(`{"100":[1]}`), access(`{"100":[1,2]}`)), member(100, 2), Options{}, "", s,
			"gone",
			"group_mismatch"}, "", ""},
		{verdictCase{"a prerequisite that is not met", nil, []any{b("chapter/c", b("sequential/first", graded), b("sequential/s", after("sequential/first", "50",
			"0")))},
			nil, Options{}, "", s, "closed", "prerequisite_unmet"}, "left out of lists of blocks", "a prerequisite that is not met"},
		{verdictCase{"staff", nil, seq(staffOnly), staff, Options{}, "", s, "open", "not_enrolled staff_only"}, "everything, without a mark", "staff"},
		{verdictCase{"staff who look at what is not released as a learner", nil, june, nil, Options{Preview: true}, "05-01 00:00", s, "closed",
			"sequence_not_started"},
			"shown where blocks are listed", "staff who look at a course as a learner"},
		{verdictCase{"or at all of it, with the reasons", nil, june, nil, Options{Preview: true, Lift: true}, "05-01 00:00", s, "open", "sequence_not_started"},
			"without a mark", "staff who look at a course as a learner"},
		{verdictCase{"a site that ignores starts", nil, june, nil, Options{IgnoreStarts: true}, "05-01 00:00", s, "open", ""},
			"still closed in the outline", "a site that ignores starts"},
	}
	cases := make([]verdictCase, len(rows))
	for i, r := range rows {
		cases[i] = r.verdictCase
	}
	runVerdicts(t, cases)
	page, err := os.ReadFile("../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if (r.openEdX == "") != (r.listed == "") {
			t.Errorf("%s: a difference needs its place on the page, and its place a difference", r.name)
		}
		if r.listed != "" && !strings.Contains(string(page), "\n| "+r.listed) {
			t.Errorf("%s: docs/compatibility.md does not list %q", r.name, r.listed)
		}
	}
}

// TestWhoGetsIntoACourse goes through what is asked at the door: the first reason is the one that Open edX gives. Staff get in, whatever it is.
func TestWhoGetsIntoACourse(t *testing.T) {
	other := key.Course{Org: "Org", Code: "Before", Run: "R"}
	needs := func(s *courseSettings) { s.prerequisites = `["` + other.String() + `"]` }
	passed := func(f *Facts) { f.Passed = map[key.Course]bool{other: true} }
	expired := func(f *Facts) { passed(f); f.AccessEnds = z("01-20 00:00") }
	staff := func(f *Facts) { expired(f); f.Passed, f.Staff = nil, true }
	started, later := opens("01-01 00:00"), opens("06-01 00:00")
	course := func(parts ...any) []any { return append(parts, b("chapter/c", b("sequential/s"))) }
	const c = "course/course"
	runVerdicts(t, []verdictCase{
		{"visible, started, passed, not expired", needs, course(started), passed, Options{}, "", c, "open", ""},
		{"for staff only", needs, course(started, staffOnly), passed, Options{}, "", c, "gone", "staff_only"},
		{"not started", needs, course(later), passed, Options{}, "", c, "closed", "course_not_started"},
		{"what is to be passed before is not", needs, course(started), nil, Options{}, "", c, "closed", "course_prerequisite_unmet"},
		{"expired", needs, course(started), expired, Options{}, "", c, "closed", "access_expired"},
		{"expired, for somebody who looks at it as the learner", needs, course(started), expired, Options{Preview: true}, "", c, "open", ""},
		{"all of these, for staff", needs, course(later, staffOnly), staff, Options{}, "", c, "open",
			"access_expired course_not_started course_prerequisite_unmet staff_only"},
	})
}

// TestWhoOpensABlock goes through what is asked at a block.
func TestWhoOpensABlock(t *testing.T) {
	block := func(parts ...any) []any {
		return []any{b("chapter/c", b("sequential/s", b("vertical/u", parts...), b("vertical/v")))}
	}
	groups, later := access(`{"100":[1]}`), opens("06-01 00:00")
	of := func(group int64) func(*Facts) { return func(f *Facts) { f.Groups = in(100, group) } }
	staff := func(f *Facts) { f.Staff = true }
	const u = "vertical/u"
	runVerdicts(t, []verdictCase{
		{"of another group: it is gone, whatever else holds", nil, block(groups, staffOnly, later), of(2), Options{}, "", u, "gone",
			"unit_not_started staff_only group_mismatch"},
		{"of the group, and for staff only", nil, block(groups, staffOnly), of(1), Options{}, "", u, "gone", "staff_only"},
		{"of the group, and not started", nil, block(groups, later), of(1), Options{}, "", u, "closed", "unit_not_started"},
		{"of the group, and started", nil, block(groups), of(1), Options{}, "", u, "open", ""},
		{"without a start of its own", nil, block(), nil, Options{}, "", u, "open", ""},
		{"staff", nil, block(groups, staffOnly, later), staff, Options{}, "", u, "open", "unit_not_started staff_only group_mismatch"},
	})
}

// TestEveryReasonComes has a case for every code that reasons and notes can have, with its effect.
func TestEveryReasonComes(t *testing.T) {
	other := key.Course{Org: "Org", Code: "Before", Run: "R"}
	seq := func(parts ...any) []any { return []any{b("chapter/c", b("sequential/s", parts...))} }
	public := func(s *courseSettings) { s.visibility = "public_outline" }
	selfPaced := func(s *courseSettings) { s.selfPaced, s.end = true, z("01-20 00:00") }
	work := setting(func(b *block) { b.dates.Graded, b.dates.Work = true, true })
	unset := setting(func(b *block) { b.dates.Start = schedule.Own{} })
	stranger := func(f *Facts) { f.Enrolled = false }
	until := func(list ...string) func(*Facts) {
		return func(f *Facts) {
			for _, at := range list {
				f.Schedule.Overrides = append(f.Schedule.Overrides, schedule.Override{Block: id("sequential/s"), At: z(at)})
			}
		}
	}
	late := func(f *Facts) { f.Schedule.Anchor, f.Schedule.Created = z("01-19 00:00"), z("01-19 00:00") }
	lapsed := setting(func(b *block) { b.dates.DueSince = 9 })
	got := map[Code]bool{}
	for _, c := range []struct {
		code     Code
		effect   Effect
		settings func(*courseSettings)
		course   []any
		learner  func(*Facts)
		options  Options
	}{
		{NotAuthenticated, Closes, nil, seq(), func(f *Facts) { *f = Facts{} }, Options{}},
		{NotEnrolled, Removes, nil, seq(), stranger, Options{}},
		{OutlineOnly, Closes, public, seq(), stranger, Options{UnenrolledAccess: true}},
		{Embargo, Closes, nil, seq(), func(f *Facts) { f.Embargoed = true }, Options{}},
		{AccessExpired, Closes, nil, seq(), func(f *Facts) { f.AccessEnds = z("01-20 00:00") }, Options{}},
		{CourseStartUnsetCode, Closes, nil, append([]any{unset}, seq()...), nil, Options{}},
		{CourseNotStarted, Closes, nil, append([]any{opens("06-01 00:00")}, seq()...), nil, Options{}},
		{CoursePrerequisiteUnmet, Closes, func(s *courseSettings) { s.prerequisites = `["` + other.String() + `"]` }, seq(), nil, Options{}},
		{CourseEndedHidden, Closes, selfPaced, seq(hideAfter), nil, Options{}},
		{EntranceExamRequired, Closes, func(s *courseSettings) { s.exam, s.examID, s.examMinScore = true, "chapter/e", 50 },
			append([]any{b("chapter/e")}, seq()...), nil, Options{}},
		{SectionNotStarted, Closes, nil, []any{b("chapter/c", opens("06-01 00:00"), b("sequential/s"))}, nil, Options{}},
		{SequenceNotStarted, Closes, nil, seq(opens("06-01 00:00")), nil, Options{}},
		{UnitNotStarted, Closes, nil, seq(b("vertical/u", opens("06-01 00:00"))), nil, Options{}},
		{PrerequisiteUnmet, Closes, nil, []any{b("chapter/c", b("sequential/first", graded), b("sequential/s", after("sequential/first", "50", "-")))}, nil,
			Options{}},
		{ExamWindow, Notes, nil, seq(timed(60)), func(f *Facts) {
			f.Exams = map[key.BlockID]Attempt{id("sequential/s"): {Started: z("01-31 23:30")}}
		}, Options{}},
		{PastDueHidden, Closes, nil, seq(hideAfter, dueOn("01-20 00:00")), nil, Options{}},
		{StaffOnly, Removes, nil, seq(staffOnly), nil, Options{}},
		{GroupMismatch, Removes, nil, seq(access(`{"100":[1]}`)), nil, Options{}},
		{HiddenFromTOC, Hides, nil, seq(offTOC), nil, Options{}},
		{NoVisibleUnits, Removes, nil, seq(b("vertical/u", staffOnly)), nil, Options{}},
		{OverrideApplied, Notes, nil, seq(dueOn("05-01 00:00")), until("05-08 00:00"), Options{}},
		{"due_before_start", Notes, nil, seq(opens("01-20 00:00"), dueOn("01-10 00:00")), nil, Options{}},
		{"override_before_policy", Notes, nil, seq(dueOn("05-01 00:00")), until("04-08 00:00"), Options{}},
		{"override_lapsed", Notes, nil, seq(dueOn("05-01 00:00"), lapsed), func(f *Facts) {
			f.Schedule.Overrides = []schedule.Override{{Block: id("sequential/s"), At: z("05-08 00:00"), Version: 3}}
		}, Options{}},
		{"shortened", Notes, nil, seq(dueOn("05-01 00:00")), until("05-08 00:00", "05-05 00:00"), Options{}},
		{"clamped_to_end", Notes, selfPaced, seq(graded, b("problem/p", work)), func(f *Facts) {
			f.Schedule.Anchor, f.Schedule.Created = z("01-19 00:00"), z("01-01 00:00").AddDate(0, -1, 0)
		}, Options{}},
		{"cut_off", Notes, selfPaced, seq(graded, b("problem/p", work)), late, Options{}},
		{"no_schedule", Notes, selfPaced, seq(graded, b("problem/p", work)), nil, Options{}},
		{"beta_shifted", Notes, func(s *courseSettings) { s.betaDays = new(2.0) }, seq(), func(f *Facts) { f.Schedule.Beta = true }, Options{}},
	} {
		v := (&verdictCase{settings: c.settings, course: c.course, learner: c.learner, options: c.options}).viewOf(relativeDates)
		node := at(t, v.Course.Outline, "sequential/s")
		if c.code == UnitNotStarted {
			node = at(t, v.Course.Outline, "vertical/u")
		}
		i := slices.IndexFunc(v.Reasons(node), func(r Reason) bool { return r.Code == c.code })
		switch {
		case i < 0:
			t.Errorf("%s does not come: %v", c.code, v.Reasons(node))
		case v.Reasons(node)[i].Effect != c.effect:
			t.Errorf("%s %s, want %s", c.code, v.Reasons(node)[i].Effect, c.effect)
		case v.Reasons(node)[i].String() == "":
			t.Errorf("%s says nothing", c.code)
		}
		got[c.code] = true
	}
	got[NotDrawn] = drawsNothing(t)
	var all []Code
	for _, name := range (^schedule.StartUnset).Names() {
		all = append(all, Code(name))
	}
	all = slices.Sorted(slices.Values(append(all, displayOrder...)))
	if tried := slices.Sorted(maps.Keys(got)); !slices.Equal(tried, all) {
		t.Errorf("there are cases for %v, and there is %v", tried, all)
	}
}

// drawsNothing reports whether an item bank that gives nothing says so of what is in it.
func drawsNothing(t *testing.T) bool {
	c := Compile(Build(contenttest.Course(t, importer.Source{FS: contenttest.Files(map[string]string{
		"course.xml": `<course org="Org" course="C" url_name="run" start="2026-01-01T00:00:00Z"><chapter url_name="c"><sequential url_name="s"><vertical url_name="u">
			<library_content url_name="bank" max_count="0"><html url_name="h">Text</html></library_content></vertical></sequential></chapter></course>`,
	})})), Policy{}, append(Standard(), ItemBanks()))
	list, _ := c.Evaluate(anna(), z("02-01 00:00"), Options{}).Explain(id("html/h"))
	return len(list) == 1 && list[0].Code == NotDrawn && list[0].Effect == Removes
}

func TestWhenAnAssignmentIsDone(t *testing.T) {
	points := setting(func(b *block) { b.dates.Graded, b.dates.Work = true, true })
	seq := func(parts ...any) []any { return []any{b("chapter/c", b("sequential/s", parts...))} }
	for _, c := range []struct {
		name   string
		course []any
		done   string // blocks
		want   bool
	}{
		{"what gives points is not done", seq(graded, b("vertical/u", b("problem/p", points))), "", false},
		{"it is", seq(graded, b("vertical/u", b("problem/p", points))), "problem/p", true},
		{"one of two is", seq(graded, b("vertical/u", b("problem/p", points), b("problem/q", points))), "problem/p", false},
		{"a text that nobody has read does not matter", seq(graded, b("vertical/u", b("problem/p", points), b("html/h", graded))), "problem/p", true},
		{"nor does what gives no points", seq(graded, b("vertical/u", b("problem/p"))), "", true},
		{"a container with nothing in it is not done", seq(graded, b("vertical/u")), "", false},
		{"nor is a subsection with nothing in it", seq(graded), "", false},
		{"what the learner does not have is not asked for", seq(graded, b("vertical/u", b("problem/p", points), b("problem/q", points, staffOnly))), "problem/p", true},
	} {
		v := (&verdictCase{course: c.course}).view()
		done := func(id key.BlockID) bool { return id.String() == c.done }
		if got := v.Done(at(t, v.Course.Outline, "sequential/s"), done); got != c.want {
			t.Errorf("%s: done is %t", c.name, got)
		}
	}
}
