package grading_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/grading"
)

// courseGrade is a grade with this percent under a policy with the pass mark .5.
func courseGrade(percent float64) *grading.Grade {
	g := homework(0, 0).Grade(grading.Versions{Content: fmt.Sprint(percent)}, gradedAll("Homework", percent))
	return &g
}

func TestTheRecordOfAGrade(t *testing.T) {
	type step struct {
		percent float64
		frozen  bool
		accept  bool
	}
	pass, fail := grading.Outcome{Percent: 0.6, Letter: "Pass", Passed: true}, grading.Outcome{Percent: 0.4}
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	for _, c := range []struct {
		name  string
		steps []step // one a day
		want  grading.Record
	}{
		{"failing is no event of its own", []step{{percent: .4}}, grading.Record{Outcome: fail, Versions: grading.Versions{Content: "0.4"}}},
		{"the first pass is written down",
			[]step{{percent: .4}, {percent: .6}}, grading.Record{Outcome: pass, PassedAt: day(1), Versions: grading.Versions{Content: "0.6"}}},
		{"later passes do not move it",
			[]step{{percent: .6}, {percent: .6}}, grading.Record{Outcome: pass, PassedAt: day(0), Versions: grading.Versions{Content: "0.6"}}},
		{"failing after a pass keeps it, and is written down once", []step{{percent: .6}, {percent: .4}, {percent: .4}},
			grading.Record{Outcome: fail, PassedAt: day(0), FailedAt: day(1), Versions: grading.Versions{Content: "0.4"}}},
		{"passing again ends the failure",
			[]step{{percent: .6}, {percent: .4}, {percent: .6}}, grading.Record{Outcome: pass, PassedAt: day(0), Versions: grading.Versions{Content: "0.6"}}},
		{"in a frozen course nothing changes, and the shadow tells what would", []step{{percent: .4}, {percent: .6, frozen: true}},
			grading.Record{Outcome: fail, Versions: grading.Versions{Content: "0.4"},
				Shadow: &grading.Shadow{Outcome: pass, Versions: grading.Versions{Content: "0.6"}}}},
		{"a shadow that agrees is none", []step{{percent: .6}, {percent: .4, frozen: true}, {percent: .6, frozen: true}},
			grading.Record{Outcome: pass, PassedAt: day(0), Versions: grading.Versions{Content: "0.6"}}},
		{"a shadow that is accepted is the grade", []step{{percent: .4}, {percent: .6, frozen: true}, {accept: true}},
			grading.Record{Outcome: pass, PassedAt: day(2), Versions: grading.Versions{Content: "0.6"}}},
		{"nothing to accept changes nothing", []step{{percent: .4}, {accept: true}}, grading.Record{Outcome: fail, Versions: grading.Versions{Content: "0.4"}}},
		{"after the thaw the grade goes on", []step{{percent: .4}, {percent: .6, frozen: true}, {percent: .6}},
			grading.Record{Outcome: pass, PassedAt: day(2), Versions: grading.Versions{Content: "0.6"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r grading.Record
			for n, s := range c.steps {
				if s.accept {
					r = r.Accept(day(n))
				} else {
					r = r.Next(courseGrade(s.percent), day(n), s.frozen)
				}
			}
			if diff := cmp.Diff(c.want, r); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecalculate(t *testing.T) {
	before, after := homework(0, 0), homework(0, 1)
	after.Cutoffs = []grading.Cutoff{{Letter: "Pass", Least: 0.6}}
	learners := []grading.Learner{
		{ID: "rises and passes", Before: gradedAll("Homework", .2, .7)},
		{ID: "fails by the new cutoff", Before: gradedAll("Homework", .55, .55)},
		{ID: "keeps everything", Before: gradedAll("Homework", 1, 1)},
		{ID: "has new content", Before: gradedAll("Homework", 1, 1), After: gradedAll("Homework", .8, .8)},
		{ID: "has nothing any more", Before: gradedAll("Homework", 1, 1), After: []grading.SubsectionGrade{}},
	}
	o := func(percent float64, letter string) grading.Outcome {
		return grading.Outcome{Percent: percent, Letter: letter, Passed: letter != ""}
	}
	want := []grading.Change{
		{"rises and passes", o(.45, ""), o(.7, "Pass")},
		{"fails by the new cutoff", o(.55, "Pass"), o(.55, "")},
		{"has new content", o(1, "Pass"), o(.8, "Pass")},
		{"has nothing any more", o(1, "Pass"), o(0, "")},
	}
	var got []grading.Change
	var tally grading.Tally
	for c := range grading.Recalculate(before, after, slices.Values(learners)) {
		got = append(got, c)
		tally.Add(c)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if want := (grading.Tally{Changed: 4, Raised: 1, Lowered: 2, Letters: 3, NowPassing: 1, NowFailing: 2}); tally != want {
		t.Errorf("got %+v, want %+v", tally, want)
	}
}

func TestRecalculateTakesLearnersOneByOne(t *testing.T) {
	taken := 0
	var endless iter.Seq[grading.Learner] = func(yield func(grading.Learner) bool) {
		for {
			taken++
			if !yield(grading.Learner{ID: fmt.Sprint(taken), Before: gradedAll("Homework", .2, .7)}) {
				return
			}
		}
	}
	for c := range grading.Recalculate(homework(0, 0), homework(0, 1), endless) {
		if c.Learner == "3" {
			break
		}
	}
	if taken != 3 {
		t.Errorf("%d learners were taken for 3 changes", taken)
	}
}
