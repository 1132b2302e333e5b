package learner_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

func TestACourseIsNeverFullerThanItsPlaces(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		const places, processes, each = 20, 3, 15
		var came sync.Map
		var all sync.WaitGroup
		limit := int64(places)
		for range processes {
			db := open(t, uri)
			for range each {
				all.Go(func() {
					n := learner.Enrolment{Target: learner.Target{Learner: learner.NewID(), Course: demo}, Places: &limit}
					switch changed, err := db.Enrol(t.Context(), n); {
					case err == nil && changed:
						came.Store(n.Learner, true)
					case !errors.Is(err, learner.ErrFull):
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		came.Range(func(any, any) bool { limit--; return true })
		counts, err := open(t, uri).EnrolmentCounts(t.Context(), demo)
		must(t, err)
		if limit != 0 || len(counts) != 1 || counts[0].Active != places {
			t.Errorf("%d places are left, %+v", limit, counts)
		}
	})
}

func TestPlaces(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, one := open(t, uri), t.Context(), int64(1)
		ann, ben := learner.NewID(), learner.NewID()
		as := func(id learner.ID) learner.Enrolment {
			return learner.Enrolment{Target: learner.Target{Learner: id, Course: demo}, Places: &one}
		}
		forced := as(ben)
		forced.Places = nil
		run(t, []step{
			{"the first has the place", func() (bool, error) { return db.Enrol(ctx, as(ann)) }, "changed"},
			{"who is in needs no other", func() (bool, error) { return db.Enrol(ctx, as(ann)) }, ""},
			{"the second has none", func() (bool, error) { return db.Enrol(ctx, as(ben)) }, "full"},
			{"without a limit there is one", func() (bool, error) { return db.Enrol(ctx, forced) }, "changed"},
			{"the first leaves", func() (bool, error) { return db.Unenrol(ctx, as(ann)) }, "changed"},
			{"and finds no place, since another came", func() (bool, error) { return db.Enrol(ctx, as(ann)) }, "full"},
			{"who leaves makes room", func() (bool, error) { return db.Unenrol(ctx, as(ben)) }, "changed"},
			{"for who comes back", func() (bool, error) { return db.Enrol(ctx, as(ann)) }, "changed"},
		})
		// In one transaction places count one by one, also those that become free in it.
		cleo := learner.NewID()
		results, err := db.EnrolAll(ctx, []learner.Line{
			{Enrolment: as(ben)}, {Enrolment: as(ann), Action: learner.Unenrols}, {Enrolment: as(ben)}, {Enrolment: as(cleo)},
		})
		must(t, err)
		got := ""
		for _, r := range results {
			got += fmt.Sprint(" ", r.Changed, errors.Is(r.Err, learner.ErrFull))
		}
		if got != " false true true false true false false true" {
			t.Errorf("results:%s", got)
		}
	})
}

func TestALineMayMakeItsUser(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx := open(t, uri), t.Context()
		must(t, db.CreateCohort(ctx, learner.ID{}, demo, learner.CohortPayload{Name: "Red", Assignment: "manual"}))
		must(t, db.CreateCohort(ctx, learner.ID{}, demo, learner.CohortPayload{Name: "Blue", Assignment: "random"}))
		line := func(name, cohort string, action learner.Action, standard bool) learner.Line {
			u, err := learner.NewUser(name, "")
			must(t, err)
			return learner.Line{Enrolment: learner.Enrolment{Target: learner.Target{Learner: u.ID, Course: demo}}, Account: &u, Action: action, Cohort: cohort, Default: standard}
		}
		results, err := db.EnrolAll(ctx, []learner.Line{
			line("Ann", "Red", learner.Enrols, false), line("ANN", "", learner.Enrols, false), line("Ben", "Green", learner.Enrols, false), line("Cleo", "Blue", learner.Keeps, true),
		})
		must(t, err)
		for i, want := range []string{"true true <nil>", "false false the name \"ANN\" is too much like", "false false there is no such cohort: course-v1:Org+Code+Run has no cohort \"Green\", only Blue, Red", "false true <nil>"} {
			if got := fmt.Sprint(results[i].Changed, " ", results[i].Moved, " ", results[i].Err); !strings.HasPrefix(got, want) {
				t.Errorf("line %d: %s, want %s", i, got, want)
			}
		}
		found, err := db.FindUsers(ctx, []string{"ann", " ANN ", "Ben", "cleo"})
		must(t, err)
		if len(found) != 3 || found["ann"].Name != "Ann" || found[" ANN "].ID != found["ann"].ID || found["cleo"].Name != "Cleo" {
			t.Errorf("found %+v: a line that is refused makes no user", found)
		}
		ann := found["ann"].ID
		moves := func(cohort string, standard bool) bool {
			l := learner.Line{Enrolment: learner.Enrolment{Target: learner.Target{Learner: ann, Course: demo}}, Action: learner.Keeps, Cohort: cohort, Default: standard}
			results, err := db.EnrolAll(ctx, []learner.Line{l})
			must(t, err)
			must(t, results[0].Err)
			return results[0].Moved
		}
		if moves("Blue", true) || !moves("Blue", false) || moves("Blue", false) {
			t.Error("a default is for who has no cohort; another moves, once")
		}
		members, err := db.Members(ctx, demo, []learner.ID{ann, found["cleo"].ID, learner.NewID()})
		must(t, err)
		if len(members) != 2 || !members[ann].Active || members[ann].Cohort != "Blue" || members[found["cleo"].ID].Active {
			t.Errorf("members %+v", members)
		}
		cohorts, err := db.Cohorts(ctx, demo)
		must(t, err)
		if len(cohorts) != 2 || cohorts[0].Name != "Blue" || cohorts[0].Members != 1 || cohorts[1].Members != 0 {
			t.Errorf("cohorts %+v", cohorts)
		}
	})
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ name, email, wrong string }{
		{name: " Ann Lee ", email: "ann@example.org"},
		{name: "", wrong: "needs a name"},
		{name: " \t", wrong: "needs a name"},
		{name: "An\nn", wrong: "cannot be printed"},
		{name: "An\x1b[2J", wrong: "cannot be printed"},
		{name: "\xff", wrong: "cannot be printed"},
		{name: strings.Repeat("n", 256), wrong: "at most 255 bytes"},
		{name: "Ann", email: "ann", wrong: "is no address"},
		{name: "Ann", email: "@example.org", wrong: "is no address"},
		{name: "Ann", email: "ann@a@b", wrong: "is no address"},
		{name: "Ann", email: "ann @example.org", wrong: "is no address"},
	} {
		u, err := learner.NewUser(c.name, c.email)
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%q, %q: %v, want %q", c.name, c.email, err, c.wrong)
		}
		if err == nil && (u.Name != "Ann Lee" || u.ID.IsZero()) {
			t.Errorf("%+v", u)
		}
	}
}

func TestListsComeInPages(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx := open(t, uri), t.Context()
		var lines []learner.Line
		for i := range 23 {
			u, err := learner.NewUser(fmt.Sprintf("User %02d", (i*7)%23), "")
			must(t, err)
			lines = append(lines, learner.Line{Enrolment: learner.Enrolment{Target: learner.Target{Learner: u.ID, Course: demo}}, Account: &u})
		}
		lines[5].Action = learner.Keeps
		lines[8].Mode, lines[9].Mode, lines[20].Mode = "honor", "verified", "honor"
		_, err := db.EnrolAll(ctx, lines)
		must(t, err)
		var names []string
		for after := (learner.User{}); ; {
			page, err := db.Users(ctx, after, 5)
			must(t, err)
			for _, u := range page {
				names = append(names, u.Name)
			}
			if len(page) < 5 {
				break
			}
			after = page[4]
		}
		if len(names) != 23 || !slices.IsSorted(names) {
			t.Errorf("users %v", names)
		}
		got := make(map[string]bool)
		for after, pages := (learner.Cursor{}), 0; pages == 0 || after != (learner.Cursor{}); pages++ {
			var page []learner.CourseMember
			page, after, err = db.Enrolled(ctx, demo, after, 5)
			must(t, err)
			for _, m := range page {
				got[m.User.Name] = m.Active
			}
		}
		if len(got) != 22 || got[lines[5].Account.Name] {
			t.Errorf("enrolled %v", got)
		}
		must(t, db.CreateCohort(ctx, learner.ID{}, demo, learner.CohortPayload{Name: "Red", Assignment: "manual"}))
		for i := range lines {
			lines[i].Account, lines[i].Action, lines[i].Cohort = nil, learner.Keeps, "Red"
		}
		_, err = db.EnrolAll(ctx, lines[:6])
		must(t, err)
		if in, next, err := db.InCohort(ctx, demo, "Red", learner.Cursor{}, 100); err != nil || len(in) != 5 || next != (learner.Cursor{}) {
			t.Errorf("in the cohort: %+v, %v, %v", in, next, err)
		}
		mine, err := db.Enrolments(ctx, learner.User{ID: lines[0].Learner})
		must(t, err)
		if len(mine) != 1 || mine[0].Course != demo || mine[0].Mode != "audit" || mine[0].Cohort != "Red" {
			t.Errorf("enrolments %+v", mine)
		}
	})
}

func TestExtensionsOfACourse(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx := open(t, uri), t.Context()
		ann, err := db.AddUser(ctx, "Ann", "")
		must(t, err)
		_, err = db.Enrol(ctx, learner.Enrolment{Target: learner.Target{Learner: ann.ID, Course: demo}})
		must(t, err)
		due := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
		for _, name := range []string{"one", "two"} {
			at := learner.Target{Learner: ann.ID, Course: demo, Block: key.BlockID{Type: "sequential", Name: name}}
			must(t, db.Extend(ctx, at, learner.Extension{Due: due, Reason: "ill"}))
			if name == "two" {
				_, err := db.Unextend(ctx, at, "")
				must(t, err)
			}
		}
		list, err := db.Extensions(ctx, demo)
		must(t, err)
		if len(list) != 1 || list[0].User.Name != "Ann" || list[0].Block.Name != "one" || !list[0].Due.Equal(due) || list[0].Reason != "ill" {
			t.Errorf("%+v", list)
		}
	})
}

func TestReadingMakesNothing(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		ctx := t.Context()
		if _, err := learner.OpenToRead(ctx, uri); !errors.Is(err, learner.ErrNoTables) {
			t.Fatalf("an empty database: %v", err)
		}
		if status, err := learner.Status(ctx, uri); err != nil || status.Version != 0 || status.Latest == 0 || status.Dirty {
			t.Fatalf("status %+v, %v", status, err)
		}
		if !learner.Is(uri) {
			if _, err := os.Stat(uri); err == nil {
				t.Fatal("looking has made a file")
			}
		}
		_, err := open(t, uri).AddUser(ctx, "Ann", "")
		must(t, err)
		db, err := learner.OpenToRead(ctx, uri)
		must(t, err)
		if _, err := db.FindUser(ctx, "ann"); err != nil {
			t.Error(err)
		}
		if _, err := db.AddUser(ctx, "Ben", ""); err == nil {
			t.Error("a user was added to a database that was opened to read")
		}
		if err := db.Erase(ctx, learner.NewID()); err == nil {
			t.Error("a user was erased in a database that was opened to read")
		}
		must(t, db.Close())
	})
}

func TestTablesThatThisProgramMustNotTouch(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		status, err := learner.Migrate(t.Context(), uri)
		must(t, err)
		for _, c := range []struct {
			name    string
			version uint
			dirty   bool
			want    string
		}{
			{"those of a newer program", status.Latest + 6, false, "knows no later one"},
			{"those that a migration has left half-way", status.Latest, true, "failed in the middle"},
		} {
			_, err := raw(t, uri).Exec(fmt.Sprintf(`UPDATE schema_migrations SET version = %d, dirty = %v`, c.version, c.dirty))
			must(t, err)
			for name, open := range map[string]func() error{
				"Open":       func() error { _, err := learner.Open(t.Context(), uri); return err },
				"OpenToRead": func() error { _, err := learner.OpenToRead(t.Context(), uri); return err },
				"Migrate":    func() error { _, err := learner.Migrate(t.Context(), uri); return err },
			} {
				schema, ok := errors.AsType[*learner.SchemaError](open())
				if !ok || !strings.Contains(schema.Error(), c.want) || schema.Advice() == "" {
					t.Errorf("%s of %s: %v", name, c.name, schema)
				}
			}
			if got, err := learner.Status(t.Context(), uri); err != nil || got.Version != c.version || got.Dirty != c.dirty {
				t.Errorf("%s: %+v, %v", c.name, got, err)
			}
		}
	})
}

func TestPasswordsAreNotShown(t *testing.T) {
	for _, uri := range []string{
		"postgres://me:hush@127.0.0.1:1/lectern", "postgres://me@127.0.0.1:1/lectern?password=hush", "postgres://me:hu%73h@127.0.0.1:1/lectern", "postgresql://me:hush@x@[/lectern",
	} {
		_, err := learner.Open(t.Context(), uri)
		if err == nil || strings.Contains(err.Error(), "hush") || strings.Contains(learner.WithoutSecret(uri), "hush") {
			t.Errorf("%s: %v, %s", uri, err, learner.WithoutSecret(uri))
		}
	}
	file := filepath.Join(t.TempDir(), "state.db")
	must(t, os.WriteFile(file, []byte("this is no database, and long enough to be looked at by whoever opens it"), 0o600))
	if _, err := learner.Open(t.Context(), file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file that is no database: %v", err)
	}
}
