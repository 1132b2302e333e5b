package outline

import (
	"testing"
	"time"

	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// verdictCase is one line of a table about what learners get.
type verdictCase struct {
	name     string
	settings func(*courseSettings)
	course   []any
	learner  func(*Facts)
	options  Options
	at       string
	block    string
	want     string // see shown
	reasons  string // codes, without notes
}

func (c *verdictCase) view() *View { return c.viewOf(Policy{}) }

func (c *verdictCase) viewOf(p Policy) *View {
	f := anna()
	if c.learner != nil {
		c.learner(f)
	}
	if c.at == "" {
		c.at = "02-01 00:00"
	}
	return Compile(build(theCourse, courseOf(c.settings, c.course...)), p, Standard()).Evaluate(f, z(c.at), c.options)
}

func runVerdicts(t *testing.T, cases []verdictCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := c.view()
			node := at(t, v.Course.Outline, c.block)
			if got := shown(v.Verdict(node)); got != c.want {
				t.Errorf("%s is %s, want %s", c.block, got, c.want)
			}
			if got := codes(v.Reasons(node)); got != c.reasons {
				t.Errorf("the reasons are %q, want %q", got, c.reasons)
			}
		})
	}
}

func TestEnrolment(t *testing.T) {
	const s = "sequential/s1"
	public := func(v string) func(*courseSettings) { return func(s *courseSettings) { s.visibility = v } }
	stranger := func(f *Facts) { f.Enrolled = false }
	nobody := func(f *Facts) { *f = Facts{} }
	on := Options{UnenrolledAccess: true}
	course := []any{small("1")}
	runVerdicts(t, []verdictCase{
		{"an enrolled learner gets a private course", public("private"), course, nil, Options{}, "", s, "open", ""},
		{"an enrolled learner gets a public course", public("public"), course, nil, on, "", s, "open", ""},
		{"others get nothing where the site allows nothing, whatever the course says", public("public"), course, stranger, Options{}, "", s, "gone", "not_enrolled"},
		{"others get nothing of a public outline where the site allows nothing", public("public_outline"), course, stranger, Options{}, "", s, "gone",
			"not_enrolled"},
		{"others get nothing of a private course", public("private"), course, stranger, on, "", s, "gone", "not_enrolled"},
		{"others see a public outline and open nothing", public("public_outline"), course, stranger, on, "", s, "closed", "outline_only"},
		{"others get all of a public course", public("public"), course, stranger, on, "", s, "open", ""},
		{"who is not signed in gets a public course", public("public"), course, nobody, on, "", s, "open", ""},
		{"who is not signed in gets nothing of a private course, and is told to sign in first", public("private"), course, nobody, on, "", s, "gone",
			"not_authenticated not_enrolled"},
		{"a course whose visibility is no word is private", public("secret"), course, stranger, on, "", s, "gone", "not_enrolled"},
		{"other rules hold for strangers, too", public("public"), []any{b("chapter/c", b("sequential/s1", opens("03-01 00:00")))}, stranger, on, "", s,
			"closed", "sequence_not_started"},
	})
}

func TestStarts(t *testing.T) {
	beta := func(f *Facts) { f.Schedule.Beta = true }
	early := func(s *courseSettings) { days := 5.0; s.betaDays = &days }
	section := func(start string, parts ...any) []any {
		return []any{b("chapter/c", append([]any{opens(start)}, parts...)...)}
	}
	unset := setting(func(b *block) { b.dates.Start = schedule.Own{} })
	june := []any{opens("06-01 00:00"), b("chapter/c", opens("06-01 00:00"), b("sequential/s", opens("06-01 00:00")))}
	runVerdicts(t, []verdictCase{
		{"at the start of a sequence it is open", nil, section("", b("sequential/s", opens("06-01 00:00"))), nil, Options{}, "06-01 00:00", "sequential/s",
			"open", ""},
		{"before its start it is closed", nil, section("", b("sequential/s", opens("06-01 00:00"))), nil, Options{}, "05-31 23:59", "sequential/s",
			"closed", "sequence_not_started"},
		{"before the section starts its sequences are closed, whatever their own starts", nil, section("06-01 00:00", b("sequential/s",
			opens("05-01 00:00"))), nil, Options{}, "05-15 00:00",
			"sequential/s", "closed", "section_not_started"},
		{"a section that has started does not open what starts later", nil, section("05-01 00:00", b("sequential/s", opens("06-01 00:00"))), nil, Options{},
			"05-15 00:00", "sequential/s",
			"closed", "sequence_not_started"},
		{"all reasons are kept, not the first alone", nil, june, nil, Options{}, "05-01 00:00", "sequential/s", "closed",
			"course_not_started section_not_started sequence_not_started"},
		{"a unit with a start of its own waits for it", nil, section("", b("sequential/s", b("vertical/u", opens("06-01 00:00")))), nil, Options{},
			"05-01 00:00", "vertical/u", "closed",
			"unit_not_started"},
		{"and does not close its sequence", nil, section("", b("sequential/s", b("vertical/u", opens("06-01 00:00")))), nil, Options{}, "05-01 00:00",
			"sequential/s", "open", ""},
		{"in a course without a start everything is closed", nil, []any{unset, small("1")}, nil, Options{}, "05-01 00:00", "sequential/s1", "closed",
			"course_start_unset"},
		{"before the course starts everything is closed", nil, small2(), nil, Options{}, "", "sequential/s1", "open", ""},
		{"beta testers start earlier, shifted once along the chain", early, june, beta, Options{}, "05-27 00:00", "sequential/s", "open", ""},
		{"and not before that", early, june, beta, Options{}, "05-26 23:59", "sequential/s", "closed", "course_not_started section_not_started sequence_not_started"},
		{"others do not start earlier", early, june, nil, Options{}, "05-27 00:00", "sequential/s", "closed",
			"course_not_started section_not_started sequence_not_started"},
		{"a site can ignore starts", nil, june, nil, Options{IgnoreStarts: true}, "05-01 00:00", "sequential/s", "open", ""},
		{"in a self-paced course only the course has a start", func(s *courseSettings) { s.selfPaced = true }, section("06-01 00:00", b("sequential/s",
			opens("06-01 00:00"))), nil, Options{},
			"05-01 00:00", "sequential/s", "open", ""},
		{"a learner's own start holds", nil, section("", b("sequential/s", opens("06-01 00:00"), b("vertical/u"))), func(f *Facts) {
			f.Schedule.Overrides = []schedule.Override{{Block: id("sequential/s"), Start: true, At: z("05-01 00:00")}}
		}, Options{}, "05-15 00:00", "vertical/u", "open", ""},
		{"dates never hide existence", nil, june, nil, Options{}, "01-01 00:00", "chapter/c", "closed", "course_not_started section_not_started"},
	})
}

func small2() []any { return []any{small("1")} }

func TestHidingAfterTheDueDate(t *testing.T) {
	course := func(parts ...any) []any {
		return []any{b("chapter/c", b("sequential/s", append([]any{dueOn("05-01 23:59"), b("vertical/u")}, parts...)...))}
	}
	hidden := course(hideAfter)
	inheriting := []any{b("chapter/c", dueOn("05-01 23:59"), b("sequential/s", hideAfter, b("vertical/u")))}
	extended := func(block string, at string) func(*Facts) {
		return func(f *Facts) { f.Schedule.Overrides = []schedule.Override{{Block: id(block), At: z(at)}} }
	}
	selfPaced := func(s *courseSettings) { s.selfPaced, s.end = true, z("06-01 00:00") }
	grace := setting(func(b *block) { b.dates.Grace = 30 * time.Minute })
	runVerdicts(t, []verdictCase{
		{"at the due date it is open", nil, hidden, nil, Options{}, "05-01 23:59", "sequential/s", "open", ""},
		{"after it it is closed, and still listed", nil, hidden, nil, Options{}, "05-02 00:00", "sequential/s", "closed", "past_due_hidden"},
		{"with its units", nil, hidden, nil, Options{}, "05-02 00:00", "vertical/u", "closed", "past_due_hidden"},
		{"without the setting it stays open", nil, course(), nil, Options{}, "05-02 00:00", "sequential/s", "open", ""},
		{"grace does not keep it open", nil, course(hideAfter, grace), nil, Options{}, "05-02 00:10", "sequential/s", "closed", "past_due_hidden"},
		{"the due date may be that of the section", nil, inheriting, nil, Options{}, "05-02 00:00", "sequential/s", "closed", "past_due_hidden"},
		{"an extension keeps it open", nil, hidden, extended("sequential/s", "05-08 00:00"), Options{}, "05-05 00:00", "sequential/s", "open", ""},
		{"and its units, which inherit the date", nil, hidden, extended("sequential/s", "05-08 00:00"), Options{}, "05-05 00:00", "vertical/u", "open", ""},
		{"an extension of the section moves all that inherits from it", nil, inheriting, extended("chapter/c", "05-08 00:00"), Options{}, "05-05 00:00",
			"vertical/u", "open", ""},
		{"after the extension it is closed", nil, hidden, extended("sequential/s", "05-08 00:00"), Options{}, "05-08 00:01", "sequential/s", "closed",
			"past_due_hidden"},
		{"a section with the setting passes it on", nil, []any{b("chapter/c", hideAfter, b("sequential/s", dueOn("05-01 23:59")))}, nil, Options{},
			"05-02 00:00", "sequential/s", "closed",
			"past_due_hidden"},
		{"and stays open itself", nil, []any{b("chapter/c", hideAfter, dueOn("05-01 23:59"), b("sequential/s"))}, nil, Options{}, "05-02 00:00",
			"chapter/c", "open", ""},
		{"in a self-paced course the due date does not hide", selfPaced, hidden, nil, Options{}, "05-10 00:00", "sequential/s", "open", ""},
		{"at its end it is open", selfPaced, hidden, nil, Options{}, "06-01 00:00", "sequential/s", "open", ""},
		{"after its end it is closed", selfPaced, hidden, nil, Options{}, "06-01 00:01", "vertical/u", "closed", "course_ended_hidden"},
		{"beta testers have no later due date", func(s *courseSettings) { days := 5.0; s.betaDays = &days }, hidden,
			func(f *Facts) { f.Schedule.Beta = true }, Options{}, "05-02 00:00",
			"sequential/s", "closed", "past_due_hidden"},
	})
}

func TestVisibilityAndGroups(t *testing.T) {
	seq := func(parts ...any) []any { return []any{b("chapter/c", b("sequential/s", parts...))} }
	member := func(groups ...int64) func(*Facts) { return func(f *Facts) { f.Groups = in(groups...) } }
	unit := func(text string) []any { return seq(b("vertical/u", access(text)), b("vertical/v")) }
	runVerdicts(t, []verdictCase{
		{"what is for staff only is gone", nil, seq(staffOnly), nil, Options{}, "", "sequential/s", "gone", "staff_only"},
		{"with all that is in a section", nil, []any{b("chapter/c", staffOnly, b("sequential/s"))}, nil, Options{}, "", "sequential/s", "gone", "staff_only"},
		{"a unit for staff only is gone, its sequence is not", nil, seq(b("vertical/u", staffOnly), b("vertical/v")), nil, Options{}, "", "sequential/s", "open", ""},
		{"what is left out of the table of contents can be opened by those who know it", nil, seq(offTOC), nil, Options{}, "", "sequential/s", "unlisted",
			"hidden_from_toc"},
		{"unless something else closes it", nil, []any{b("chapter/c", b("sequential/s", offTOC, opens("06-01 00:00")))}, nil, Options{}, "", "sequential/s",
			"unlisted closed",
			"sequence_not_started hidden_from_toc"},
		{"a member of the group gets the unit", nil, unit(`{"100":[1]}`), member(100, 1), Options{}, "", "vertical/u", "open", ""},
		{"a member of another group does not", nil, unit(`{"100":[1]}`), member(100, 2), Options{}, "", "vertical/u", "gone", "group_mismatch"},
		{"who is in no group of the partition does not", nil, unit(`{"100":[1]}`), nil, Options{}, "", "vertical/u", "gone", "group_mismatch"},
		{"the rule of a unit leaves the rest of the sequence alone", nil, unit(`{"100":[1]}`), nil, Options{}, "", "vertical/v", "open", ""},
		{"who is in no group of an optional partition gets it", nil, unit(`{"500":[1]}`), nil, Options{}, "", "vertical/u", "open", ""},
		{"rules on an inactive partition do not hold", nil, unit(`{"400":[1]}`), nil, Options{}, "", "vertical/u", "open", ""},
		{"not even one that opens to nobody", nil, unit(`{"400":false}`), nil, Options{}, "", "vertical/u", "open", ""},
		{"nor rules that contradict each other", nil, seq(access(`{"400":[1]}`), b("vertical/u", access(`{"400":[2]}`)), b("vertical/v")), nil, Options{}, "",
			"vertical/u", "open", ""},
		{"several groups of a partition are alternatives", nil, unit(`{"100":[1,2]}`), member(100, 2), Options{}, "", "vertical/u", "open", ""},
		{"several partitions must all pass", nil, unit(`{"100":[1],"200":[1]}`), member(100, 1, 200, 2), Options{}, "", "vertical/u", "gone", "group_mismatch"},
		{"rules of the section hold for what is in it", nil, []any{b("chapter/c", access(`{"100":[1]}`), b("sequential/s", access(`{"100":[1,2]}`)))},
			member(100, 2), Options{}, "",
			"sequential/s", "gone", "group_mismatch"},
		{"rules by track and by team are alike: learners without enrolment are in no track", nil, unit(`{"50":[1]}`), nil, Options{}, "", "vertical/u",
			"gone", "group_mismatch"},
		{"a rule on cohorts alone does not concern teams", nil, unit(`{"100":[1]}`), member(100, 1, 300, 2), Options{}, "", "vertical/u", "open", ""},
		{"an unknown partition closes", nil, unit(`{"999":[1]}`), nil, Options{}, "", "vertical/u", "gone", "group_mismatch"},
		{"an unknown group closes", nil, unit(`{"100":[1,9]}`), member(100, 1), Options{}, "", "vertical/u", "gone", "group_mismatch"},
		{"a rule that opens to nobody closes", nil, unit(`{"100":false}`), member(100, 1), Options{}, "", "vertical/u", "gone", "group_mismatch"},
		{"a block in a unit can have a rule, too", nil, seq(b("vertical/u", b("html/h", access(`{"100":[1]}`)))), nil, Options{}, "", "html/h", "gone",
			"group_mismatch"},
		{"a sequence all of whose units are for others is gone", nil, seq(b("vertical/u", access(`{"100":[1]}`))), nil, Options{}, "", "sequential/s",
			"gone", "group_mismatch"},
		{"so is one whose units are each for others", nil, seq(b("vertical/u", access(`{"100":[1]}`)), b("vertical/v", access(`{"100":[2]}`))), nil, Options{}, "",
			"sequential/s", "gone", "no_visible_units"},
		{"and a section of which nothing is left", nil, seq(staffOnly), nil, Options{}, "", "chapter/c", "gone", "no_visible_units"},
		{"a section of which nothing is listed is not listed", nil, seq(offTOC), nil, Options{}, "", "chapter/c", "unlisted", "no_visible_units"},
		{"a section that is empty for everybody is listed", nil, []any{b("chapter/c")}, nil, Options{}, "", "chapter/c", "open", ""},
	})
}

func TestRulesAboutTheWholeCourse(t *testing.T) {
	other := key.Course{Org: "Org", Code: "Before", Run: "R"}
	needs := func(s *courseSettings) { s.prerequisites = `["` + other.String() + `"]` }
	late := func(s *courseSettings) { needs(s); s.visibility = "public" }
	ends := func(f *Facts) { f.AccessEnds = z("02-01 00:00") }
	course := small2()
	runVerdicts(t, []verdictCase{
		{"at the last instant of access it is open", nil, course, ends, Options{}, "02-01 00:00", "sequential/s1", "open", ""},
		{"after it nothing is open, and all is listed", nil, course, ends, Options{}, "02-01 00:01", "sequential/s1", "closed", "access_expired"},
		{"who looks at the course as that learner is not locked out", nil, course, ends, Options{Preview: true}, "02-01 00:01", "sequential/s1", "open", ""},
		{"another course must be passed first", needs, course, nil, Options{}, "", "sequential/s1", "closed", "course_prerequisite_unmet"},
		{"once passed it opens", needs, course, func(f *Facts) { f.Passed = map[key.Course]bool{other: true} }, Options{}, "", "sequential/s1", "open", ""},
		{"nobody asks those who are not signed in", late, course, func(f *Facts) { *f = Facts{} }, Options{UnenrolledAccess: true}, "", "sequential/s1", "open", ""},
		{"an embargo closes", nil, course, func(f *Facts) { f.Embargoed = true }, Options{}, "", "sequential/s1", "closed", "embargo"},
		{"a course for staff only is gone", nil, append([]any{staffOnly}, course...), nil, Options{}, "", "course/course", "gone", "staff_only"},
		{"several reasons stand in the order in which they are shown", needs, []any{opens("06-01 00:00"), small("1")},
			func(f *Facts) { f.Enrolled = false; f.AccessEnds = z("01-02 00:00") },
			Options{}, "", "sequential/s1", "gone", "not_enrolled access_expired course_not_started course_prerequisite_unmet"},
	})
}

func TestStaffSeeEverythingWithTheReasons(t *testing.T) {
	course := []any{opens("06-01 00:00"), b("chapter/c", staffOnly, b("sequential/s", offTOC, access(`{"100":[1]}`), b("vertical/u")))}
	const all = "not_enrolled course_not_started staff_only group_mismatch hidden_from_toc"
	staff := func(f *Facts) { f.Staff, f.Enrolled = true, false }
	outsider := func(f *Facts) { f.Enrolled = false }
	runVerdicts(t, []verdictCase{
		{"staff get everything", nil, course, staff, Options{}, "", "sequential/s", "open", all},
		{"who previews as a learner sees what the learner sees", nil, course, outsider, Options{Preview: true}, "", "sequential/s", "gone", all},
		{"or everything, with the reasons of that learner", nil, course, outsider, Options{Preview: true, Lift: true}, "", "sequential/s", "open", all},
	})
	v := (&verdictCase{course: course, learner: outsider}).view()
	node := at(t, v.Course.Outline, "sequential/s")
	if list := v.Told(node); list != nil {
		t.Errorf("a learner is told why something does not exist: %v", list)
	}
	v = (&verdictCase{course: course, learner: staff}).view()
	if list := v.Told(node); codes(list) != all || v.Learner(node).Exists {
		t.Errorf("staff are told %q", codes(list))
	}
	if list, ok := v.Explain(id("sequential/gone")); ok {
		t.Errorf("what is not there is explained: %v", list)
	}
}

func TestAReasonNamesTheStateOfAnExamInWords(t *testing.T) {
	if got, want := (Reason{Code: ExamWindow, Exam: ExamPastDue}).String(), "the exam is past due"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

func TestReasonsSayWhatWouldLiftThem(t *testing.T) {
	c := compiled(b("chapter/c",
		b("sequential/later", opens("03-01 08:00")),
		b("sequential/first", title("Lesson 2"), graded),
		b("sequential/gated", after("sequential/first", "50", "80")),
		b("sequential/over", hideAfter, dueOn("01-20 10:00")),
		b("sequential/others", access(`{"100":[1]}`))))
	f := anna()
	f.Progress = map[key.BlockID]Progress{id("sequential/first"): {Earned: 4, Possible: 10, Completed: 1, Completable: 2}}
	v := c.Evaluate(f, z("02-01 00:00"), Options{})
	for name, want := range map[string]string{
		"sequential/later":  "sequential/later opens on 2026-03-01 08:00 UTC",
		"sequential/gated":  `a score of 50 % in "Lesson 2" is needed and there are 40 %; 80 % of "Lesson 2" must be completed and 50 % are`,
		"sequential/over":   "hidden since sequential/over was due on 2026-01-20 10:00 UTC",
		"sequential/others": `sequential/others: only for the groups 1 of "P", the learner's is none`,
	} {
		list, _ := v.Explain(id(name))
		if len(list) != 1 || list[0].String() != want {
			t.Errorf("%s: %v, want %s", name, list, want)
		}
	}
}

func TestDatesOfAView(t *testing.T) {
	days := 5.0
	o := build(theCourse, courseOf(func(s *courseSettings) { s.betaDays = &days }, opens("06-01 00:00"),
		b("chapter/c", dueOn("07-01 00:00"), b("sequential/s", opens("06-03 00:00"), b("vertical/u")))))
	f := anna()
	f.Schedule = schedule.Learner{Beta: true, Overrides: []schedule.Override{{Block: id("chapter/c"), By: 24 * time.Hour}}}
	v := Compile(o, Policy{}, Standard()).Evaluate(f, z("06-01 00:00"), Options{})
	d := v.Dates(at(t, o, "vertical/u"))
	if !d.EffectiveStart.Time().Equal(z("05-29 00:00")) || !d.Due.Time().Equal(z("07-02 00:00")) || int(d.DueFrom) != at(t, o, "chapter/c") {
		t.Errorf("the dates are %+v", d)
	}
	list, _ := v.Explain(id("sequential/s"))
	if len(list) != 2 || list[0].Code != OverrideApplied || list[1].Code != "beta_shifted" {
		t.Errorf("the notes are %v", list)
	}
}

func TestRelativeDatesOfASelfPacedCourse(t *testing.T) {
	work := setting(func(b *block) { b.dates.Graded, b.dates.Work = true, true })
	o := build(theCourse, courseOf(func(s *courseSettings) { s.selfPaced = true }, b("chapter/c", b("sequential/s", graded, b("vertical/u",
		b("problem/p", work))))))
	f := anna()
	f.Schedule.Anchor, f.Schedule.Created = z("01-10 08:00"), z("01-10 08:00")
	for _, c := range []struct {
		name   string
		policy Policy
		want   string
	}{
		{"without relative dates nothing is due", Policy{}, ""},
		{"the only section is due at the end of the weeks", Policy{Relative: true, Weeks: 6}, "02-21 08:00"},
	} {
		v := Compile(o, c.policy, Standard()).Evaluate(f, z("02-01 00:00"), Options{})
		if got := v.Dates(at(t, o, "sequential/s")).Due; !got.Time().Equal(z(c.want)) {
			t.Errorf("%s: it is due at %s", c.name, got)
		}
	}
}
