package learner_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// BenchmarkSubmit is answers of many learners, each durable before the next of its caller, by 16 callers at the same time.
func BenchmarkSubmit(b *testing.B) {
	learnertest.EnginesOf(b, func(b *testing.B, uri string) {
		learners := make([]learner.ID, 2000)
		for i := range learners {
			learners[i] = learner.NewID()
		}
		benchSubmit(b, open(b, uri), learners)
	})
}

func benchSubmit(b *testing.B, db *learner.DB, learners []learner.ID) {
	earned := 1.0
	payload, err := json.Marshal(learner.AttemptPayload{Response: map[string]any{"input_2_1": "choice_2"}, Earned: &earned, Possible: 2})
	must(b, err)
	var failed atomic.Int64
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, err := db.Append(b.Context(), learner.NewEvent{
				Stream: learner.Stream{Learner: learners[rand.IntN(len(learners))], Org: "Org", Kind: learner.StateStream},
				Kind:   learner.KindAttempt, Course: demo, Block: problemOf(rand.IntN(blocksEach)), Payload: payload,
			})
			if err != nil {
				failed.Add(1)
			}
		}
	})
	b.StopTimer()
	if failed.Load() > 0 {
		b.Errorf("%d failed", failed.Load())
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
}

// BenchmarkMerge is 2,000 events of 20 learners that were written on another device.
func BenchmarkMerge(b *testing.B) {
	learnertest.EnginesOf(b, func(b *testing.B, uri string) { benchMerge(b, open(b, uri)) })
}

func benchMerge(b *testing.B, db *learner.DB) {
	for b.Loop() {
		b.StopTimer()
		events := offline(b, 20, 100)
		b.StartTimer()
		report, err := db.Merge(b.Context(), events)
		must(b, err)
		if report.Added != len(events) {
			b.Fatalf("%+v", report)
		}
	}
}

// offline makes events of a device.
func offline(t testing.TB, learners, each int) (events []learner.Event) {
	db := open(t, filepath.Join(t.TempDir(), "device.db"))
	earned := 1.0
	payload, err := json.Marshal(learner.AttemptPayload{Response: map[string]any{"input_2_1": "choice_2"}, Earned: &earned, Possible: 2})
	must(t, err)
	for range learners {
		s := learner.Stream{Learner: learner.NewID(), Org: "Org", Kind: learner.StateStream}
		var list []learner.NewEvent
		for i := range each {
			list = append(list, learner.NewEvent{Stream: s, Kind: learner.KindAttempt, Course: demo, Block: key.BlockID{Type: "problem", Name: fmt.Sprint(i % 40)}, Payload: payload})
		}
		made, err := db.Append(t.Context(), list...)
		must(t, err)
		events = append(events, made...)
	}
	return events
}
