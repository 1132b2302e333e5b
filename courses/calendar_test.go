package courses_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses"
	"lectern/courses/content/contenttest"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/courses/schedule"
	"lectern/importer"
)

// told is a calendar in words: what happens to which block when, with the sequence of those that changed.
func told(list []schedule.Tracked) (lines []string) {
	for _, t := range list {
		line := fmt.Sprintf("%s %s %s", t.Block.Name, t.Kind, t.At.Format("01-02"))
		if t.Sequence > 0 {
			line += fmt.Sprint(" #", t.Sequence)
		}
		if t.Cancelled {
			line += " cancelled"
		}
		lines = append(lines, line)
	}
	return lines
}

// What a calendar tells does not depend on who has asked before, and when.
func TestACalendarFollowsFromVersionsAndEvents(t *testing.T) {
	dated := func(due, opens string) map[string]string {
		return map[string]string{
			"course.xml": `<course org="Org" course="C" url_name="run"/>`,
			"course/run.xml": `<course start="2026-01-01T00:00:00Z" days_early_for_beta="2"><chapter url_name="c"><sequential url_name="s" due="2026-` + due + `T00:00:00Z">
				<vertical url_name="u"><html url_name="h">` + due + `</html></vertical></sequential></chapter>
				<chapter url_name="late" start="2026-` + opens + `T00:00:00Z"><sequential url_name="z"><vertical url_name="v"/></sequential></chapter></course>`,
		}
	}
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, dated("05-01", "06-10"))
		ctx, ann := t.Context(), learner.NewID()
		at := learner.Target{Learner: ann, Course: course}
		publish := func(due, opens string) {
			_, err := importer.Run(ctx, g.Courses, importer.Source{FS: contenttest.Files(dated(due, opens))}, importer.Options{Limits: importer.DefaultLimits()})
			must(t, err)
		}
		extend := func(due time.Time) {
			at := at
			at.Block = subsection("s")
			must(t, g.Learners.Extend(ctx, at, learner.Extension{Due: due}))
		}
		changed := func(_ bool, err error) { must(t, err) }
		for _, step := range []struct {
			name string
			do   func()
			want []string
		}{
			{"nobody is enrolled yet", func() {}, nil},
			{"the learner comes", func() { changed(g.Learners.Enrol(ctx, learner.Enrolment{Target: at})) }, []string{"course course_start 01-01", "s due 05-01", "late release 06-10"}},
			{"content is published that changes no date", func() { publish("05-01", "06-10") }, []string{"course course_start 01-01", "s due 05-01", "late release 06-10"}},
			{"the author moves a date", func() { publish("05-02", "06-10") }, []string{"course course_start 01-01", "s due 05-02 #4", "late release 06-10"}},
			{"staff give more time", func() { extend(time.Date(2026, 5, 9, 0, 0, 0, 0, time.UTC)) }, []string{"course course_start 01-01", "s due 05-09 #5", "late release 06-10"}},
			{"the author moves a date that does not hold for the learner", func() { publish("05-03", "06-10") },
				[]string{"course course_start 01-01", "s due 05-09 #5", "late release 06-10"}},
			{"the learner becomes a beta tester", func() { changed(g.Learners.Grant(ctx, learner.ID{}, ann, "beta_testers", course.String())) }, []string{"course course_start 12-30 #7", "s due 05-09 #5", "late release 06-08 #7"}},
			{"and is one no longer", func() { changed(g.Learners.Revoke(ctx, learner.ID{}, ann, "beta_testers", course.String())) }, []string{"course course_start 01-01 #8", "s due 05-09 #5", "late release 06-10 #8"}},
			{"the learner leaves", func() { changed(g.Learners.Unenrol(ctx, learner.Enrolment{Target: at})) },
				[]string{"course course_start 01-01 #9 cancelled", "s due 05-09 #9 cancelled", "late release 06-10 #9 cancelled"}},
		} {
			time.Sleep(2 * time.Millisecond) // versions and events are told apart by their times
			step.do()
			now := time.Now()
			list, err := g.Calendar(ctx, ann, course, now, courses.ViewOptions{})
			must(t, err)
			if diff := cmp.Diff(step.want, told(list)); diff != "" {
				t.Errorf("%s: the calendar differs (-want +got):\n%s", step.name, diff)
			}
			again, err := courses.NewGradebook(g.Courses, g.Learners).Calendar(ctx, ann, course, now.Add(time.Hour), courses.ViewOptions{})
			must(t, err)
			if diff := cmp.Diff(list, again); diff != "" {
				t.Errorf("%s: asked for the first time, it is another one:\n%s", step.name, diff)
			}
		}
		list, err := g.Calendar(ctx, ann, course, time.Now().Add(schedule.KeepCancelled+time.Hour), courses.ViewOptions{})
		must(t, err)
		if len(list) > 0 {
			t.Errorf("what was cancelled long ago is told of: %v", told(list))
		}
	})
}

// That access ends, or does not, is a setting of the course besides its dates.
func TestACalendarFollowsTheSettingThatAccessEnds(t *testing.T) {
	bounded := func(ends string) map[string]string {
		return map[string]string{
			"course.xml": `<course org="Org" course="C" url_name="run"/>`,
			"course/run.xml": `<course start="2026-01-01T00:00:00Z" other_course_settings="{&quot;lectern&quot;: {&quot;weeks_to_complete&quot;: 6,
				&quot;audit_access_ends&quot;: ` + ends + `}}"><chapter url_name="c"/></course>`,
		}
	}
	g, course := gradebook(t, filepath.Join(t.TempDir(), "state.db"), bounded("false"))
	ctx, ann := t.Context(), learner.NewID()
	_, err := g.Learners.Enrol(ctx, learner.Enrolment{Target: learner.Target{Learner: ann, Course: course}})
	must(t, err)
	for _, step := range []struct {
		ends string
		want []schedule.Kind
	}{
		{"false", []schedule.Kind{schedule.CourseStart}},
		{"true", []schedule.Kind{schedule.CourseStart, schedule.AccessExpires}},
	} {
		time.Sleep(2 * time.Millisecond)
		_, err := importer.Run(ctx, g.Courses, importer.Source{FS: contenttest.Files(bounded(step.ends))}, importer.Options{Limits: importer.DefaultLimits()})
		must(t, err)
		list, err := g.Calendar(ctx, ann, course, time.Now(), courses.ViewOptions{})
		must(t, err)
		var kinds []schedule.Kind
		for _, told := range list {
			kinds = append(kinds, told.Kind)
		}
		if diff := cmp.Diff(step.want, kinds); diff != "" {
			t.Errorf("audit_access_ends is %s: the calendar differs (-want +got):\n%s", step.ends, diff)
		}
	}
}
