package courses_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// bounded is a course with settings of our own.
func bounded(settings, ours string) map[string]string {
	return paced(settings + ` other_course_settings="{&quot;lectern&quot;: ` + strings.ReplaceAll(ours, `"`, "&quot;") + `}"`)
}

func TestAccessOfWhoAuditsEndsWhereTheCourseSaysSo(t *testing.T) {
	change := func(mode string) func(*courses.Gradebook, learner.Target) error {
		return func(g *courses.Gradebook, at learner.Target) error {
			_, err := g.Learners.ChangeMode(t.Context(), learner.Enrolment{Target: at, Mode: mode})
			return err
		}
	}
	for _, c := range []struct {
		name, settings, ours string
		enrolled             time.Time
		change               func(*courses.Gradebook, learner.Target) error
		want                 time.Time // zero: it does not end
	}{
		{"no course limits it by itself", "", `{"weeks_to_complete": 6}`, date(1, 10), nil, time.Time{}},
		{"the weeks that the course takes after enrolment", "", `{"weeks_to_complete": 6, "audit_access_ends": true}`, date(1, 10), nil, date(2, 21)},
		{"or after the start of the course", "", `{"weeks_to_complete": 6, "audit_access_ends": true}`, date(1, 1).AddDate(0, -1, 0), nil, date(2, 12)},
		{"four weeks where it does not say", "", `{"audit_access_ends": true}`, date(1, 10), nil, date(2, 7)},
		{"four weeks at least", "", `{"weeks_to_complete": 1, "audit_access_ends": true}`, date(1, 10), nil, date(2, 7)},
		{"eighteen at most", "", `{"weeks_to_complete": 30, "audit_access_ends": true}`, date(1, 10), nil, date(5, 16)},
		{"an upgrade ends the limit", "", `{"audit_access_ends": true}`, date(1, 10), change("verified"), time.Time{}},
		{"going back to audit brings it back, from the first enrolment", "", `{"audit_access_ends": true}`, date(1, 10), func(g *courses.Gradebook, at learner.Target) error {
			return errors.Join(change("verified")(g, at), change("audit")(g, at))
		}, date(2, 7)},
		{"shifted deadlines do not move it", `self_paced="true"`, `{"audit_access_ends": true}`, date(1, 10), func(g *courses.Gradebook, at learner.Target) error {
			g.Learners.Now = func() time.Time { return date(1, 20) }
			_, _, err := g.Shift(t.Context(), at)
			return err
		}, date(2, 7)},
		{"what cannot be read limits nothing", "", `{"audit_access_ends": "perhaps"}`, date(1, 10), nil, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, course := gradebook(t, t.TempDir()+"/state.db", bounded(c.settings, c.ours))
			user := enrolled(t, g, course, c.enrolled)
			if c.change != nil {
				must(t, c.change(g, learner.Target{Learner: user, Course: course}))
			}
			d, err := g.Dates(t.Context(), user, course, date(2, 1), courses.ViewOptions{})
			must(t, err)
			if got := d.Outline.Facts.AccessEnds; !got.Equal(c.want) {
				t.Errorf("ends %v, want %v", got, c.want)
			}
			listed := slices.ContainsFunc(d.List, func(e courses.Dated) bool { return e.Kind == schedule.AccessExpires && e.At.Equal(c.want) })
			if listed == c.want.IsZero() {
				t.Errorf("the list of dates has it: %t", listed)
			}
			if c.want.IsZero() {
				return
			}
			for at, open := range map[time.Time]bool{c.want: true, c.want.Add(time.Microsecond): false} {
				v := view(t, g, user, course, at, courses.ViewOptions{})
				if got := v.Outline.Verdict(0).Accessible; got != open {
					t.Errorf("at %v it is open: %t", at, got)
				}
			}
		})
	}
}

func TestNobodyAnswersWhoseAccessHasEnded(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, bounded("", `{"audit_access_ends": true}`))
		user := enrolled(t, g, course, date(1, 10))
		q, err := sure(g.Course(t.Context(), course)).Ask(t.Context(), problem("p"))
		must(t, err)
		for at, want := range map[time.Time]string{date(2, 7): "", date(2, 8): "the learner's access ended on 2026-02-07 00:00 UTC; with another mode of enrolment"} {
			s, err := g.Standing(t.Context(), q, user, at, 0)
			must(t, err)
			if (s.May == nil) != (want == "") || s.May != nil && !strings.Contains(s.May.Error(), want) {
				t.Errorf("at %v: %v, want %q", at, s.May, want)
			}
		}
	})
}

func TestACourseMayNotBeUsedInSomeCountries(t *testing.T) {
	g, course := gradebook(t, t.TempDir()+"/state.db", bounded("", `{"embargoed_countries": ["xk", "QZ", "nowhere"]}`))
	user := enrolled(t, g, course, date(1, 10))
	staff := enrolled(t, g, course, date(1, 10))
	_, err := g.Learners.Grant(t.Context(), learner.ID{}, staff, "staff", course.String())
	must(t, err)
	for _, c := range []struct {
		name, country string
		user          learner.ID
		open          bool
	}{
		{"nobody knows where the learner is", "", user, true},
		{"a country that is not on the list", "FR", user, true},
		{"one that is", "XK", user, false},
		{"whatever its case", "qz", user, false},
		{"staff are let in", "XK", staff, true},
	} {
		v := view(t, g, c.user, course, date(2, 1), courses.ViewOptions{Country: c.country})
		if got := v.Outline.Verdict(0).Accessible; got != c.open {
			t.Errorf("%s: open %t", c.name, got)
		}
		embargo := slices.ContainsFunc(v.Outline.Reasons(0), func(r outline.Reason) bool { return r.Code == outline.Embargo })
		if embargo != (c.country != "" && c.country != "FR") {
			t.Errorf("%s: the reason is there: %t", c.name, embargo)
		}
	}
	if v := view(t, g, learner.ID{}, course, date(2, 1), courses.ViewOptions{Country: "XK"}); !v.Outline.Facts.Embargoed {
		t.Error("who is not signed in is let in")
	}
}

func TestSettingsOfOurOwnThatCannotBeReadAreReported(t *testing.T) {
	for ours, want := range map[string]string{
		`{"weeks_to_complete": "six"}`:          `other_course_settings/lectern/weeks_to_complete of "Paced" (course/course) cannot be read and counts as not set: "six" is no value for it`,
		`{"weeks_to_complete": -1}`:             "write a number of weeks from 1 to 520",
		`{"audit_access_ends": 1}`:              "1 is no value for it",
		`{"embargoed_countries": ["Atlantis"]}`: `"Atlantis" is no country: write two letters`,
		`{"embargoed": []}`:                     "there are audit_access_ends, embargoed_countries, weeks_to_complete",
		`[]`:                                    "other_course_settings/lectern of",
		`{"weeks_to_complete": 6}`:              "",
		`null`:                                  "",
	} {
		g, course := gradebook(t, t.TempDir()+"/state.db", bounded("", ours))
		var found []string
		for _, i := range sure(g.Course(t.Context(), course)).Outline.Issues {
			if i.Code == outline.SettingUnreadable {
				found = append(found, i.Message())
			}
		}
		if len(found) > 1 || (len(found) == 0) != (want == "") || want != "" && !strings.Contains(found[0], want) {
			t.Errorf("%s: %q, want %q", ours, found, want)
		}
	}
}

func TestWeeksToCompleteSpreadTheDueDates(t *testing.T) {
	files := bounded(`self_paced="true"`, `{"weeks_to_complete": 10}`)
	files["course/run.xml"] = strings.NewReplacer(`relative_weeks_due="1"`, "", `relative_weeks_due="2"`, "").Replace(files["course/run.xml"])
	g, course := gradebook(t, t.TempDir()+"/state.db", files)
	user := enrolled(t, g, course, date(1, 10))
	if got := due(t, g, user, course, key.BlockID{Type: "sequential", Name: "first"}); !got.At.Equal(date(1, 10).Add(10 * schedule.Week)) {
		t.Errorf("the only section is due %v, want ten weeks after the enrolment", got.At)
	}
}
