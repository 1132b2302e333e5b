package learner_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

var stateRows = flag.Int("staterows", 150_000, "rows of block state in the database that BenchmarkVolume measures")

// blocksEach is how many blocks each learner of a generated course has touched; 60 of them gave points.
const blocksEach = 150

// BenchmarkVolume measures one page's facts, answers and merging beside generated rows of learners who were here before:
//
//	go test -run='^$' -bench=Volume -timeout=60m ./courses/learner -staterows=10000000
func BenchmarkVolume(b *testing.B) {
	learnertest.EnginesOf(b, func(b *testing.B, uri string) {
		db := open(b, uri)
		learners := fill(b, db, *stateRows/blocksEach)
		b.Run("Page", func(b *testing.B) { benchPage(b, db, learners, false) })
		b.Run("PageWithState", func(b *testing.B) { benchPage(b, db, learners, true) })
		b.Run("Submit", func(b *testing.B) { benchSubmit(b, db, learners) })
		b.Run("Merge", func(b *testing.B) { benchMerge(b, db) })
	})
}

// fill makes learners who have touched every block of the course: state of 262 bytes, completion, and 60 scores each.
func fill(b *testing.B, db *learner.DB, n int) []learner.ID {
	b.Helper()
	enrol(b, db) // names the course
	learners := make([]learner.ID, n)
	for i := range learners {
		learners[i] = learner.NewID()
	}
	must(b, db.Generate(b.Context(), demo, learners, blocksEach))
	return learners
}

func enrol(b *testing.B, db *learner.DB) {
	b.Helper()
	for i := range blocksEach {
		_, err := db.Complete(b.Context(), learner.Target{Learner: learner.NewID(), Course: demo, Block: problemOf(i)}, 1)
		must(b, err)
	}
}

func problemOf(i int) key.BlockID { return key.BlockID{Type: "problem", Name: fmt.Sprint(i)} }

// benchPage reads what one page needs, of a small group of learners: they are warm.
func benchPage(b *testing.B, db *learner.DB, learners []learner.ID, withState bool) {
	b.ReportAllocs()
	warm := learners[:min(100, len(learners))]
	for b.Loop() {
		id := warm[rand.IntN(len(warm))]
		pages, err := db.Pages(b.Context(), []learner.ID{id}, demo, withState)
		must(b, err)
		if p := pages[id]; len(p.Completion) != blocksEach || len(p.Scores) != 60 || withState && len(p.State) != blocksEach {
			b.Fatalf("%d completions, %d scores, %d states", len(p.Completion), len(p.Scores), len(p.State))
		}
	}
}
