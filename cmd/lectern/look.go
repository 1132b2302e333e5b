package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// lookFlags say who looks at a course, when, and by whose clocks.
type lookFlags struct {
	user, at, zone string
}

func (f *lookFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.user, "user", "", "`name` of a learner (default somebody who is not signed in)")
	flags.StringVar(&f.at, "at", "", "`time` that it is asked for (default now)")
	flags.StringVar(&f.zone, "zone", "UTC", "`place` whose clocks count, such as Europe/Paris")
}

// addCountry adds a flag for where somebody is.
func addCountry(flags *pflag.FlagSet, country *string) {
	flags.StringVar(country, "country", "", "`country` where the learner is, such as FR (default not known)")
}

// checkCountry refuses what is no country.
func checkCountry(country string) error {
	if _, ok := outline.Country(country); !ok && country != "" {
		return &usageError{message: fmt.Sprintf("there is no country %q", country), advice: "write two letters, as FR"}
	}
	return nil
}

// looking is a look at a course as it is published.
type looking struct {
	*courses.Gradebook
	course key.Course
	user   learner.User // zero: nobody who is signed in
	at     time.Time
	zone   *time.Location
}

// look opens the course and, only where it is about somebody, the database of learners. It makes none.
func (a *app) look(ctx context.Context, course string, f lookFlags, write bool, use func(*looking) error) error {
	l := &looking{}
	var err error
	if l.course, err = courseOfLearners(course); err != nil {
		return err
	}
	if l.zone, err = parseZone(f.zone); err != nil {
		return err
	}
	l.at = time.Now().UTC()
	if f.at != "" {
		if l.at, err = parseTimeIn("--at", f.at, f.zone); err != nil {
			return err
		}
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		if _, err := store.Head(ctx, l.course); err != nil {
			return err
		}
		if f.user == "" {
			l.Gradebook = courses.NewGradebook(store, nil)
			return use(l)
		}
		return a.withLearners(ctx, write, func(db *learner.DB) error {
			l.Gradebook = courses.NewGradebook(store, db)
			var err error
			if l.user, err = db.FindUser(ctx, f.user); err != nil {
				return err
			}
			return use(l)
		})
	})
}

// who is whom a look is about, in words.
func (l *looking) who() string {
	if l.user.ID.IsZero() {
		return "somebody who is not signed in"
	}
	return l.user.Name
}

// text is an instant by the clocks that count; empty for none.
func (l *looking) text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(l.zone).Format(time.RFC3339)
}

func courseOfLearners(text string) (key.Course, error) {
	c, err := key.ParseCourse(text)
	if err == nil {
		err = hasLearners(c)
	}
	return c, err
}

// hasLearners refuses libraries.
func hasLearners(c key.Course) error {
	if !c.Library {
		return nil
	}
	return &usageError{message: fmt.Sprintf("%s is a library: it has no outline, dates, grades or learners", c), advice: "name a course that takes blocks from it"}
}

func parseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" { // Local is whatever this machine is set to
		return nil, &usageError{message: fmt.Sprintf("there is no time zone %q", name), advice: "write it as Europe/Paris or America/New_York"}
	}
	return zone, nil
}

// parseTimeIn reads a time: an instant by RFC 3339, or what clocks in a zone show. place says where it was given.
func parseTimeIn(place, text, zone string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	t, _, err := schedule.ParseLocal(place, text, zone)
	wrong, is := errors.AsType[*schedule.LocalDateError](err)
	switch {
	case err == nil:
		return t.UTC(), nil
	case is && !wrong.Forward.IsZero():
		back, forward := readings(wrong.Forward)
		return time.Time{}, &usageError{
			message: fmt.Sprintf("%s: clocks in %s never show %s, they are put forward over it", place, zone, text),
			advice:  fmt.Sprintf("write %s or %s", back.Format(time.RFC3339), forward.Format(time.RFC3339)),
		}
	}
	return time.Time{}, &usageError{
		message: fmt.Sprintf("%s: %q is no time", place, text),
		advice:  "write 2026-09-01T08:00:00+02:00, or 2026-09-01T08:00 for what clocks show in --zone",
	}
}

// readings are both instants that a time may mean over which clocks are put forward: by the offset after the change, and by the one before it, which is given.
func readings(forward time.Time) (back, same time.Time) {
	_, after := forward.Zone()
	_, before := forward.Add(-24 * time.Hour).Zone()
	return forward.Add(time.Duration(before-after) * time.Second), forward
}
