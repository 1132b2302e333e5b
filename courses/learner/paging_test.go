package learner_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// Lists of many learners are read page by page: each learner comes once, in the order of the index, and a page costs as many statements and reads as few rows
// wherever it stands.
func TestPagesOfManyLearners(t *testing.T) {
	learners := 5000
	if testing.Short() {
		learners = 500
	}
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, file, ctx := open(t, uri), raw(t, uri), t.Context()
		modes := []string{"verified", "audit", "honor"}
		var lines []learner.Line
		want := make(map[learner.ID]bool)
		must(t, db.CreateCohort(ctx, learner.ID{}, demo, learner.CohortPayload{Name: "A", Assignment: "manual"}))
		for i := range learners {
			id := learner.NewID()
			want[id] = true
			lines = append(lines, learner.Line{Enrolment: learner.Enrolment{Target: learner.Target{Learner: id, Course: demo}, Mode: modes[i%3]}, Cohort: "A"})
		}
		elsewhere := key.Course{Org: "Org", Code: "Code", Run: "Other"}
		lines = append(lines, learner.Line{Enrolment: learner.Enrolment{Target: learner.Target{Learner: learner.NewID(), Course: elsewhere}}})
		results, err := db.EnrolAll(ctx, lines)
		must(t, err)
		for _, r := range results {
			must(t, r.Err)
		}
		gone := lines[7].Learner
		_, err = db.Unenrol(ctx, lines[7].Enrolment)
		must(t, err)
		delete(want, gone)

		for name, read := range pagesOf(ctx, db) {
			seen, statements := make(map[learner.ID]int), int64(0)
			for first, more := true, true; more; first = false {
				before := db.Statements()
				ids, another, err := read()
				must(t, err)
				for _, id := range ids {
					seen[id]++
				}
				if took := db.Statements() - before; first {
					statements = took
				} else if took != statements && len(ids) > 0 {
					t.Errorf("%s: %d statements for a page, %d for the first", name, took, statements)
				}
				more = another
			}
			if len(seen) != len(want) {
				t.Errorf("%s: %d learners, want %d", name, len(seen), len(want))
			}
			for id, n := range seen {
				if n != 1 || !want[id] {
					t.Errorf("%s: %s comes %d times, is enrolled: %v", name, id, n, want[id])
				}
			}
		}
		checkPlans(t, file, learner.Is(uri))
		if learner.Is(uri) {
			for _, known := range []string{"ref_user", "enrolment", "cohort_member", "account"} { // a server learns of one table before another how large it is
				_, err := file.ExecContext(ctx, "ANALYZE "+known)
				must(t, err)
				checkPlans(t, file, true)
			}
		}
	})
}

// pagesOf has for each list of learners what gives its next page, and whether there are more.
func pagesOf(ctx context.Context, db *learner.DB) map[string]func() ([]learner.ID, bool, error) {
	numbered := func(read func(after int64) ([]learner.ID, int64, error)) func() ([]learner.ID, bool, error) {
		var after int64
		return func() (ids []learner.ID, more bool, err error) {
			ids, after, err = read(after)
			return ids, after != 0, err
		}
	}
	members := func(read func(after learner.Cursor) ([]learner.CourseMember, learner.Cursor, error)) func() ([]learner.ID, bool, error) {
		var after learner.Cursor
		return func() (ids []learner.ID, more bool, err error) {
			list, next, err := read(after)
			for _, m := range list {
				ids = append(ids, m.User.ID)
			}
			after = next
			return ids, next != learner.Cursor{}, err
		}
	}
	return map[string]func() ([]learner.ID, bool, error){
		"List": numbered(func(after int64) (ids []learner.ID, _ int64, _ error) {
			list, next, err := db.List(ctx, demo, after, 200)
			for _, l := range list {
				ids = append(ids, l.Learner)
			}
			return ids, next, err
		}),
		"Enrolled": members(func(after learner.Cursor) ([]learner.CourseMember, learner.Cursor, error) {
			return db.Enrolled(ctx, demo, after, 200)
		}),
		"InCohort": members(func(after learner.Cursor) ([]learner.CourseMember, learner.Cursor, error) {
			return db.InCohort(ctx, demo, "A", after, 200)
		}),
	}
}

// checkPlans sees that pages are read along the index, without sorting.
func checkPlans(t *testing.T, file *sql.DB, server bool) {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	if server {
		explain = "EXPLAIN "
	}
	for name, query := range learner.PageQueries() {
		query = strings.NewReplacer("$1", "'"+demo.String()+"'", "$2", "0", "$3", "200", "$4", "'A'").Replace(query)
		plan := planOf(t, file, explain+query, server)
		if !strings.Contains(plan, "enrolment_by_course_active_user") || strings.Contains(strings.ToUpper(plan), "TEMP B-TREE") || strings.Contains(plan, "Sort") {
			t.Errorf("%s is not read along the index:\n%s", name, plan)
		}
	}
}

func planOf(t *testing.T, file *sql.DB, query string, server bool) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	conn, err := file.Conn(ctx)
	must(t, err)
	defer conn.Close()
	if server {
		_, err := conn.ExecContext(ctx, learner.ByKeys)
		must(t, err)
	}
	rows, err := conn.QueryContext(ctx, query)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	var plan []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		must(t, rows.Scan(values...))
		plan = append(plan, fmt.Sprint(*values[len(values)-1].(*any)))
	}
	must(t, rows.Err())
	return strings.Join(plan, "\n")
}
