package learner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// sum is the simplest of graders: the percent is the points of all scores, and each block is a subsection.
func sum(f *learner.GradeFacts) learner.GradeResult {
	r := learner.GradeResult{Subsections: make(map[key.BlockID]learner.StoredSubsection), Bases: map[learner.Hash][]byte{{1}: []byte("[]")}}
	record := grading.Record{Versions: grading.Versions{Content: learner.Hash{2}.String(), Policy: learner.Hash{3}.String()}}
	for id, s := range f.Scores {
		if s.Earned != nil {
			record.Percent += *s.Earned
			r.Subsections[id] = learner.StoredSubsection{All: grading.Points{Earned: *s.Earned, Possible: s.Possible}, Basis: learner.Hash{1}, Content: learner.Hash{2}, Pool: learner.Hash{4}}
		}
	}
	if len(f.Scores) > 0 {
		r.Grade = &record
	}
	r.Progress = &learner.StoredProgress{Content: learner.Hash{2}, Leaves: []byte{1}, Done: len(f.Completion), Total: 9}
	return r
}

var sums = learner.Grader{Limit: 3, Grade: sum}

// gradeAll grades until nothing is due, and gives how often it graded each learner.
func gradeAll(ctx context.Context, db *learner.DB) (map[learner.ID]int64, error) {
	made := make(map[learner.ID]int64)
	for {
		n, graded, err := db.GradeDue(ctx, demo, sums)
		for _, g := range graded {
			made[g.Learner]++
		}
		if err != nil || n == 0 {
			return made, err
		}
	}
}

func factsOf(t *testing.T, db *learner.DB, users ...learner.ID) map[learner.ID]*learner.GradeFacts {
	t.Helper()
	facts, err := db.Facts(t.Context(), demo, users, true, true)
	must(t, err)
	return facts
}

// checkGraded reports a learner whose stored grade is not that of the scores that are stored.
func checkGraded(t *testing.T, f *learner.GradeFacts) {
	t.Helper()
	if f.Pending() {
		t.Errorf("%s: something is still due: %v", f.Learner, f.Marks)
	}
	want := sum(f)
	if (want.Grade == nil) != (f.Grade == nil) || f.Grade != nil && (f.Grade.Percent != want.Grade.Percent || f.Grade.Versions != want.Grade.Versions) {
		t.Errorf("%s: the grade is %+v, not %+v", f.Learner, f.Grade, want.Grade)
	}
	for id, s := range want.Subsections {
		if f.Subsections[id] != s {
			t.Errorf("%s: %s is %+v, not %+v", f.Learner, id, f.Subsections[id], s)
		}
	}
}

func TestEventsSayWhatIsToBeGraded(t *testing.T) {
	four := 4.0
	whole, block := key.BlockID{}, problem(learner.ID{}).Block
	for _, c := range []struct {
		name string
		do   func(db *learner.DB, at learner.Target) error
		want map[key.BlockID]learner.What
	}{
		{"two answers to a problem", func(db *learner.DB, at learner.Target) error {
			_, err := db.Submit(t.Context(), at, learner.AttemptPayload{Earned: &four, Possible: 4})
			_, again := db.Submit(t.Context(), at, learner.AttemptPayload{Earned: &four, Possible: 4})
			return errors.Join(err, again)
		}, map[key.BlockID]learner.What{block: learner.DueSubsections}},
		{"a score of staff", func(db *learner.DB, at learner.Target) error { return db.SetScore(t.Context(), at, 1, 2, "") }, map[key.BlockID]learner.What{block: learner.DueSubsections}},
		{"a fresh start", func(db *learner.DB, at learner.Target) error { return db.DeleteState(t.Context(), at) }, map[key.BlockID]learner.What{block: learner.DueSubsections}},
		{"an override", func(db *learner.DB, at learner.Target) error {
			return db.Override(t.Context(), at, learner.OverridePayload{EarnedAll: &four})
		}, map[key.BlockID]learner.What{block: learner.DueSubsections}},
		{"completion is progress alone", func(db *learner.DB, at learner.Target) error {
			_, err := db.Complete(t.Context(), at, 1)
			return err
		}, map[key.BlockID]learner.What{block: learner.DueProgress}},
		{"an answer after completion", func(db *learner.DB, at learner.Target) error {
			_, err := db.Complete(t.Context(), at, 1)
			_, more := db.Submit(t.Context(), at, learner.AttemptPayload{Earned: &four, Possible: 4})
			_, last := db.Complete(t.Context(), at, 1)
			return errors.Join(err, more, last)
		}, map[key.BlockID]learner.What{block: learner.DueSubsections}},
		{"an enrolment is about everything", func(db *learner.DB, at learner.Target) error {
			_, err := db.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: at.Learner, Course: at.Course}})
			return err
		}, map[key.BlockID]learner.What{whole: learner.DueSubsections}},
		{"a group is about everything", func(db *learner.DB, at learner.Target) error {
			_, err := db.AssignGroup(t.Context(), at, 100, 1)
			return err
		}, map[key.BlockID]learner.What{whole: learner.DueSubsections}},
		{"an exam that begins: what was answered may be late by its end", func(db *learner.DB, at learner.Target) error {
			_, err := db.StartExam(t.Context(), at, anHour)
			return err
		}, map[key.BlockID]learner.What{block: learner.DueSubsections}},
		{"a bookmark is about nothing", func(db *learner.DB, at learner.Target) error {
			_, err := db.Bookmark(t.Context(), at, true, "")
			return err
		}, map[key.BlockID]learner.What{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, ann := open(t, t.TempDir()+"/state.db"), learner.NewID()
			must(t, c.do(db, problem(ann)))
			got := factsOf(t, db, ann)[ann].Marks
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%v, not %v", got, c.want)
			}
		})
	}
}

// Two programs that grade at the same time, while learners answer, lose no score and make no grade twice.
func TestTwoGradersAtOnce(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		handles := []*learner.DB{open(t, uri), open(t, uri)}
		users := make([]learner.ID, 7)
		for i := range users {
			users[i] = learner.NewID()
		}
		var mu sync.Mutex
		made := make(map[learner.ID]int64)
		ctx, stop := context.WithCancel(t.Context())
		var graders, learners sync.WaitGroup
		for _, db := range handles {
			graders.Go(func() {
				for ctx.Err() == nil {
					some, err := gradeAll(t.Context(), db)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for id, n := range some {
						made[id] += n
					}
					mu.Unlock()
				}
			})
			for worker := range 3 {
				learners.Go(func() {
					for range 60 {
						earned := float64(rand.IntN(100))
						at := problem(users[rand.IntN(len(users))])
						at.Block.Name = fmt.Sprint("p", rand.IntN(4), worker%2)
						if _, err := db.Submit(t.Context(), at, learner.AttemptPayload{Earned: &earned, Possible: 100}); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
		}
		learners.Wait()
		stop()
		graders.Wait()
		rest, err := gradeAll(t.Context(), handles[0])
		must(t, err)
		for id, f := range factsOf(t, handles[1], users...) {
			checkGraded(t, f)
			if n := made[id] + rest[id]; f.Grade == nil || f.Grade.Rev != n {
				t.Errorf("%s: the grade was made %d times, and is at %+v", id, n, f.Grade)
			}
		}
	})
}

// An event that comes while a learner is being graded is graded after it.
func TestAnEventDuringGradingIsNotLost(t *testing.T) {
	uri := learnertest.Postgres(t) // SQLite has one writer
	db, other, ann := open(t, uri), open(t, uri), learner.NewID()
	submit(t, db, ann, 1)
	first := true
	slow := learner.Grader{Limit: 10, Grade: func(f *learner.GradeFacts) learner.GradeResult {
		if first {
			first = false
			submit(t, other, ann, 3)
		}
		return sum(f)
	}}
	_, _, err := db.GradeDue(t.Context(), demo, slow)
	must(t, err)
	if f := factsOf(t, db, ann)[ann]; !f.Pending() || f.Grade.Percent != 1 {
		t.Errorf("%v %+v", f.Marks, f.Grade)
	}
	_, err = gradeAll(t.Context(), db)
	must(t, err)
	checkGraded(t, factsOf(t, db, ann)[ann])
}

// What is to be stored before grades are made is done again until they are: the marks outlive whoever fails, or is stopped, between the two.
func TestMarksStayUntilWhatComesBeforeGradesIsDone(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ann := open(t, uri), learner.NewID()
		submit(t, db, ann, 1)
		stopped := errors.New("stopped")
		var calls [][]learner.ID
		before := func(err error) learner.Grader {
			return learner.Grader{Limit: 3, Grade: sum, Before: func(_ context.Context, users []learner.ID) error {
				calls = append(calls, users)
				return err
			}}
		}
		if _, _, err := db.GradeDue(t.Context(), demo, before(stopped)); !errors.Is(err, stopped) {
			t.Fatalf("got %v", err)
		}
		if f := factsOf(t, db, ann)[ann]; !f.Pending() || f.Grade != nil {
			t.Errorf("it failed, and there is the grade %+v, due is %v", f.Grade, f.Marks)
		}
		ctx, stop := context.WithCancel(t.Context())
		cut := before(nil)
		cut.Grade = func(f *learner.GradeFacts) learner.GradeResult { stop(); return sum(f) }
		if _, _, err := db.GradeDue(ctx, demo, cut); err == nil {
			t.Fatal("it was stopped while it made grades")
		}
		if f := factsOf(t, db, ann)[ann]; !f.Pending() || f.Grade != nil {
			t.Errorf("it was stopped, and there is the grade %+v, due is %v", f.Grade, f.Marks)
		}
		late := before(nil)
		late.Before = func(context.Context, []learner.ID) error { submit(t, db, ann, 2); return nil }
		_, _, err := db.GradeDue(t.Context(), demo, late)
		must(t, err)
		if f := factsOf(t, db, ann)[ann]; !f.Pending() {
			t.Error("an answer came after what comes before grades, and is not due")
		}
		_, _, err = db.GradeDue(t.Context(), demo, before(nil))
		must(t, err)
		checkGraded(t, factsOf(t, db, ann)[ann])
		if want := [][]learner.ID{{ann}, {ann}, {ann}}; !slices.EqualFunc(calls, want, slices.Equal) {
			t.Errorf("it was called with %v", calls)
		}
	})
}

// graderURI names, in the environment, the database in which the test binary answers and grades for ever in place of running tests.
const graderURI = "LECTERN_TEST_LEARNER_GRADER"

// gradeForEver answers and grades, and tells of each grade when it is durable: "learner rev".
func gradeForEver(uri string) error {
	db, err := learner.Open(context.Background(), uri)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for _, id := range killed {
		go func() {
			for {
				if _, err := db.Append(context.Background(), answerBy(id), answerBy(id)); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	go func() {
		for {
			_, graded, err := db.GradeDue(context.Background(), demo, learner.Grader{Limit: 2, Grade: sum})
			if err != nil {
				failed <- err
				return
			}
			for _, g := range graded {
				fmt.Printf("%d 1\n", g.Learner[0]-1)
			}
		}
	}()
	return <-failed
}

// A program that is killed between an event and its grade, or within, loses no grade and makes none twice.
func TestKilledGrader(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		_, err := learner.Migrate(t.Context(), uri)
		must(t, err)
		told := make([]uint64, len(killed))
		const kills = 4
		for range kills {
			killProcess(t, graderURI+"="+uri, func(l int, n uint64) { told[l] += n })
		}
		db := open(t, uri)
		rest, err := gradeAll(t.Context(), db)
		must(t, err)
		for l, f := range factsOf(t, db, killed...) {
			checkGraded(t, f)
			n := told[l[0]-1] + uint64(rest[l])
			if rev := uint64(f.Grade.Rev); rev < n || rev > n+kills*groupsAtOnce {
				t.Errorf("%s: graded %d times, as far as was told %d times", l, rev, n)
			}
		}
	})
}

// groupsAtOnce is how many grades a program may have made when it is killed without having told of them: what is in the pipe, too.
const groupsAtOnce = 2

func TestReadsOfGradesHaveAConstantNumberOfStatements(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		var users []learner.ID
		count := func(do func()) int64 {
			before := db.Statements()
			do()
			return db.Statements() - before
		}
		var reads, grades []int64
		for _, n := range []int{2, 20} {
			for range n {
				id := learner.NewID()
				users = append(users, id)
				for p := range 5 {
					at := problem(id)
					at.Block.Name = fmt.Sprint("p", p)
					one := 1.0
					_, err := db.Submit(t.Context(), at, learner.AttemptPayload{Earned: &one, Possible: 1})
					must(t, err)
				}
			}
			grades = append(grades, count(func() {
				_, _, err := db.GradeDue(t.Context(), demo, learner.Grader{Limit: 50, Grade: sum})
				must(t, err)
			}))
			reads = append(reads, count(func() { factsOf(t, db, users...) }))
		}
		if reads[0] != reads[1] || reads[0] == 0 || grades[0] != grades[1] || grades[0] == 0 {
			t.Errorf("statements of reads %v, of grading %v", reads, grades)
		}
	})
}

func runAsWriter() {
	for name, run := range map[string]func(string) error{writerURI: writeForEver, graderURI: gradeForEver} {
		if uri := os.Getenv(name); uri != "" {
			fmt.Fprintln(os.Stderr, run(uri))
			os.Exit(1)
		}
	}
}

func TestErasingALearnerErasesGrades(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ann := open(t, uri), learner.NewID()
		submit(t, db, ann, 2)
		_, err := gradeAll(t.Context(), db)
		must(t, err)
		submit(t, db, ann, 3)
		must(t, db.Erase(t.Context(), ann))
		for _, table := range []string{"grade_due", "subsection_grade", "course_grade", "progress"} {
			var n int
			must(t, raw(t, uri).QueryRow("SELECT COUNT(*) FROM "+table).Scan(&n))
			if n != 0 {
				t.Errorf("%s still has %d rows", table, n)
			}
		}
	})
}
