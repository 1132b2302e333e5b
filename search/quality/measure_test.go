package quality_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"lectern/search/quality"
)

func TestScore(t *testing.T) {
	q := quality.Query{Grades: map[string]int{"target": 3, "beside": 1, "near": 1}}
	ideal := 7 + 1/math.Log2(3) + 1/math.Log2(4)
	nine := strings.Fields("1 2 3 4 5 6 7 8 9")
	tests := []struct {
		name               string
		hits               []string
		mrr, ndcg, success float64
	}{
		{"the best order", []string{"target", "near", "beside"}, 1, 1, 1},
		{"the target alone", []string{"target"}, 1, 7 / ideal, 1},
		{"the target second", []string{"x", "target"}, 0.5, 7 / math.Log2(3) / ideal, 1},
		{"neighbours before it", []string{"near", "beside", "target"}, 1. / 3, (1 + 1/math.Log2(3) + 7/math.Log2(4)) / ideal, 1},
		{"neighbours alone", []string{"near", "x", "beside"}, 0, (1 + 1/math.Log2(4)) / ideal, 0},
		{"the tenth", append(nine, "target"), 0.1, 7 / math.Log2(11) / ideal, 1},
		{"the eleventh", append(nine, "10", "target"), 0, 0, 0},
		{"a hit that is there twice counts once", []string{"near", "near", "target", "target"}, 0.5, (1 + 7/math.Log2(3)) / ideal, 1},
		{"nothing", nil, 0, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := q.Score(test.hits)
			for name, pair := range map[string][2]float64{"MRR": {got.MRR, test.mrr}, "nDCG": {got.NDCG, test.ndcg}, "success": {got.Success, test.success}} {
				if math.Abs(pair[0]-pair[1]) > 1e-12 {
					t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
				}
			}
		})
	}
}

func TestScoreKnowsNoMoreThanTenAnswers(t *testing.T) {
	q := quality.Query{Grades: map[string]int{}}
	var hits []string
	for _, id := range strings.Fields("a b c d e f g h i j k l") {
		q.Grades[id] = quality.Target
		hits = append(hits, id)
	}
	if got := q.Score(hits); got.NDCG != 1 || got.MRR != 1 {
		t.Errorf("all hits are targets, and the score is %v", got)
	}
	if got := (quality.Query{}).Score(hits); got != (quality.Score{Queries: 1}) {
		t.Errorf("a query without answers has the score %v", got)
	}
}

func TestMeasure(t *testing.T) {
	queries := []quality.Query{
		{Set: "one", Text: "first", Grades: map[string]int{"a": 3}},
		{Set: "one", Text: "second", Grades: map[string]int{"b": 3}},
		{Set: "one", Text: "none", Grades: map[string]int{"c": 3}},
		{Set: "other", Text: "first", Grades: map[string]int{"a": 3}},
	}
	got, err := quality.Measure(queries, func(text string) ([]string, error) {
		return map[string][]string{"first": {"a"}, "second": {"x", "b"}}[text], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if one := got["one"]; one.Queries != 3 || one.MRR != 0.5 || math.Abs(one.Success-2./3) > 1e-12 {
		t.Errorf("one: %v", one)
	}
	if other := got["other"]; other != (quality.Score{Queries: 1, MRR: 1, NDCG: 1, Success: 1}) {
		t.Errorf("other: %v", other)
	}
	broken := errors.New("disk full")
	if _, err := quality.Measure(queries, func(string) ([]string, error) { return nil, broken }); !errors.Is(err, broken) || !strings.Contains(err.Error(), `"first"`) {
		t.Errorf("error %v", err)
	}
}
