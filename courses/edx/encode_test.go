package edx_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/courses/edx"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"a whole second has no fraction", edx.Time{Time: z("02-01 00:00")}, `"2026-02-01T00:00:00Z"`},
		{"a fraction has six digits", edx.Time{Time: z("02-01 00:00").Add(123400 * time.Microsecond)}, `"2026-02-01T00:00:00.123400Z"`},
		{"what is shorter than a microsecond is cut off", edx.Time{Time: z("02-01 00:00").Add(999)}, `"2026-02-01T00:00:00Z"`},
		{"every zone becomes UTC", edx.Time{Time: z("02-01 00:00").In(time.FixedZone("", 3600))}, `"2026-02-01T00:00:00Z"`},
		{"no instant is null", edx.Time{}, `null`},
		{"members keep their order, and nothing is escaped for HTML at any depth",
			edx.Object{{Name: "z<", Value: "a & b"}, {Name: "a", Value: []edx.Object{{{Name: "<i>", Value: 1}}, {}}}},
			`{"z<":"a & b","a":[{"<i>":1},{}]}`},
		{"letters are written as they are, but for separators of lines", "é\u2028", `"é\u2028"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(encode(t, c.value)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if _, err := edx.Encode(edx.Object{{Name: "field", Value: func() {}}}); err == nil {
		t.Error("what cannot be JSON is no error")
	}
}

func TestWhoGetsNothing(t *testing.T) {
	course := compile(read(t, everyCase))
	at := z("02-01 12:00")
	nobody := course.Evaluate(&outline.Facts{}, at, outline.Options{})
	outsider := course.Evaluate(&outline.Facts{Learner: annaID}, at, outline.Options{})
	if _, err := edx.NewDates(nobody, page(), deadlines()); !errors.Is(err, edx.ErrNotSignedIn) {
		t.Errorf("somebody who is not signed in gets %v", err)
	}
	if _, err := edx.NewDates(outsider, page(), deadlines()); !errors.Is(err, edx.ErrNotEnrolled) {
		t.Errorf("somebody who is not enrolled gets %v", err)
	}
	for name, v := range map[string]*outline.View{"nobody": nobody, "an outsider": outsider} {
		if h := edx.NewHome(v, page(), services(), deadlines()); h.CourseBlocks != nil {
			t.Errorf("%s gets blocks of a course that is not open to them", name)
		}
		if o := edx.NewCourseOutline(v, page()); len(o.Outline.Sections)+len(o.Outline.Sequences) > 0 {
			t.Errorf("%s gets an outline", name)
		}
	}
}

func TestMissedDeadlines(t *testing.T) {
	course := compile(read(t, atOwnPace))
	for _, c := range []struct {
		name   string
		at     string
		change func(*edx.Page, *edx.Deadlines)
		missed bool
	}{
		{"before anything is due", "02-01 00:00", nil, false},
		{"what is complete is not missed", "02-05 00:00", nil, false},
		{"what is not complete is", "02-05 00:00", func(p *edx.Page, _ *edx.Deadlines) { p.Completed = nil }, true},
		{"nobody is told where nobody may shift dates", "02-05 00:00", func(p *edx.Page, d *edx.Deadlines) { p.Completed, d.ResetsOff = nil, true }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, d := page(), deadlines()
			if c.change != nil {
				c.change(p, &d)
			}
			dates, err := edx.NewDates(course.Evaluate(anna(), z(c.at), outline.Options{}), p, d)
			if err != nil || dates.DatesBannerInfo.MissedDeadlines != c.missed {
				t.Errorf("missed: %v, want %v (%v)", dates.DatesBannerInfo.MissedDeadlines, c.missed, err)
			}
		})
	}
}

func TestAnAssignmentIsDoneWithoutWhatGivesNoPoints(t *testing.T) {
	files := maps.Clone(atOwnPace)
	files["course/2026.xml"] = strings.Replace(files["course/2026.xml"], `<problem url_name="x1"`, `<html url_name="unread">Text</html><problem url_name="x1"`, 1)
	dates, err := edx.NewDates(compile(read(t, files)).Evaluate(anna(), z("02-05 00:00"), outline.Options{}), page(), deadlines())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(dates.CourseDateBlocks, func(b edx.DateBlock) bool { return b.Title == "First" })
	if dates.DatesBannerInfo.MissedDeadlines || i < 0 || !*dates.CourseDateBlocks[i].Complete {
		t.Errorf("a text that nobody has read is missed: %+v", dates)
	}
}

func TestDatesComeInOrder(t *testing.T) {
	course := compile(read(t, everyCase))
	p, d := page(), deadlines()
	d.Others = []schedule.Entry{
		{Kind: schedule.UpgradeExpires},
		{Kind: schedule.CertificateDate, At: z("07-10 00:00"), Title: "Come and get it"},
	}
	f := anna()
	f.AccessEnds = z("02-08 23:59")
	dates, err := edx.NewDates(course.Evaluate(f, z("02-01 12:00"), outline.Options{}), p, d)
	if err != nil {
		t.Fatal(err)
	}
	home := edx.NewHome(course.Evaluate(f, z("02-01 12:00"), outline.Options{}), p, edx.Services{}, d)
	if e := home.AccessExpiration; e == nil || !e.ExpirationDate.Equal(f.AccessEnds) {
		t.Errorf("the home page says that access ends %+v", e)
	}
	want := []string{"Course starts", "Hidden after it is due", "Lesson", "Access ends", "Exam", "Course ends", "Come and get it"}
	for i, b := range dates.CourseDateBlocks {
		if i >= len(want) || b.Title != want[i] {
			t.Fatalf("date %d is %q; want %q in this order, assignments before others, and none without an instant", i, b.Title, want)
		}
	}
	if len(dates.CourseDateBlocks) != len(want) {
		t.Errorf("there are %d dates, want %d", len(dates.CourseDateBlocks), len(want))
	}
}

// A learner in a place with limited access has content that is for others.
func TestContentOfFullAccessIsToldApart(t *testing.T) {
	files := map[string]string{
		"course.xml": `<course org="Org" course="Gate" url_name="2026"/>`,
		"course/2026.xml": `<course display_name="Gate" start="2026-01-01T00:00:00Z">
			<chapter url_name="c"><sequential url_name="s" graded="true" due="2026-03-01T00:00:00Z">
			<vertical url_name="u"><html url_name="h">x</html>
			<problem url_name="p" group_access='{"51": [2]}'><p/></problem></vertical></sequential></chapter></course>`,
	}
	course := compile(read(t, files))
	for group, access := range map[int64]bool{1: false, 2: true} {
		f := anna()
		f.Groups[51] = groupOf(group)
		dates, err := edx.NewDates(course.Evaluate(f, z("02-01 00:00"), outline.Options{}), page(), deadlines())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range dates.CourseDateBlocks {
			if b.DateType == "assignment-due-date" && b.LearnerHasAccess != access {
				t.Errorf("in group %d access is %v", group, b.LearnerHasAccess)
			}
		}
		if dates.DatesBannerInfo.ContentTypeGatingEnabled == access {
			t.Errorf("in group %d the banner says %v", group, !access)
		}
	}
}

func TestNobodyHasBeenAnywhere(t *testing.T) {
	p := page()
	p.Resume = key.BlockID{}
	h := edx.NewHome(compile(read(t, everyCase)).Evaluate(anna(), z("02-01 12:00"), outline.Options{}), p, services(), deadlines())
	if h.ResumeCourse.HasVisitedCourse || h.ResumeCourse.URL == nil {
		t.Errorf("a learner who was nowhere goes on at %+v", h.ResumeCourse)
	}
}

func TestTheEndOfACourseStaysInSight(t *testing.T) {
	v := compile(read(t, everyCase)).Evaluate(anna(), z("07-15 00:00"), outline.Options{})
	h := edx.NewHome(v, page(), services(), deadlines())
	if list := h.DatesWidget.CourseDateBlocks; !h.HasEnded || len(list) != 1 || list[0].DateType != "course-end-date" {
		t.Errorf("after the end (told: %v) the dates are %+v", h.HasEnded, list)
	}
}

func TestWhoIsNotEnrolledGetsWhatIsPublic(t *testing.T) {
	open := outline.Options{UnenrolledAccess: true}
	for _, c := range []struct {
		visibility    string
		blocks, links bool
	}{{"private", false, false}, {"public_outline", true, false}, {"public", true, true}} {
		course := compile(read(t, map[string]string{
			"course.xml": `<course org="Org" course="Open" url_name="2026"/>`,
			"course/2026.xml": `<course start="2026-01-01T00:00:00Z" course_visibility="` + c.visibility + `">
				<chapter url_name="c"><sequential url_name="s"/></chapter></course>`,
		}))
		h := edx.NewHome(course.Evaluate(&outline.Facts{}, z("02-01 12:00"), open), page(), services(), deadlines())
		if (h.CourseBlocks != nil) != c.blocks {
			t.Errorf("%s: there are blocks: %v", c.visibility, !c.blocks)
		}
		if h.CourseBlocks == nil {
			continue
		}
		for _, m := range h.CourseBlocks.Blocks {
			if b := m.Value.(*edx.HomeBlock); (b.LMSWebURL != nil) != c.links {
				t.Errorf("%s: %s has a link: %v", c.visibility, b.ID, !c.links)
			}
		}
	}
}

func TestASiteWithoutExamsDoesNotSpeakOfThem(t *testing.T) {
	v, p := compile(read(t, everyCase)).Evaluate(anna(), z("03-02 12:00"), outline.Options{}), page()
	p.Site.Exams = false
	for _, m := range edx.NewCourseOutline(v, p).Outline.Sequences {
		if s := m.Value.(*edx.Sequence); s.Exam != nil {
			t.Errorf("%s has %+v", s.ID, *s.Exam)
		}
	}
	b, err := edx.NewBlocks(v, p, id("sequential/exam"), query(t, ""))
	if err != nil || len(b.Blocks) != 1 {
		t.Errorf("what is an exam elsewhere is not there: %v (%v)", b, err)
	}
	for _, m := range edx.NewHome(v, p, services(), deadlines()).CourseBlocks.Blocks {
		if b := m.Value.(*edx.HomeBlock); b.Icon != nil && *b.Icon == "fa-clock-o" {
			t.Errorf("%s looks like an exam", b.ID)
		}
	}
}

// Nothing opens in a course without a start, and staff still see it.
func TestACourseWithoutAStart(t *testing.T) {
	course := compile(read(t, map[string]string{
		"course.xml":      `<course org="Org" course="Every" url_name="2026"/>`,
		"course/2026.xml": `<course><chapter url_name="c"><sequential url_name="s"/></chapter></course>`,
	}))
	staff := course.Evaluate(&outline.Facts{Staff: true, Learner: annaID}, z("02-01 12:00"), outline.Options{})
	if got, want := answer(t, staff, "course/course", "requested_fields=start,due", "start"), "course/course"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if o := edx.NewCourseOutline(staff, page()); !o.CourseStart.IsZero() || !o.Outline.Sections[0].EffectiveStart.IsZero() {
		t.Errorf("the course starts at %v, its section at %v", o.CourseStart, o.Outline.Sections[0].EffectiveStart)
	}
}
