package query_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lectern/search/query"
)

func TestFactor(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		name    string
		signals query.Signals
		want    float64
	}{
		{"nothing known changes nothing", query.Signals{}, 1},
		{"a type nobody knows changes nothing", query.Signals{Type: "crossword"}, 1},
		{"a text explains", query.Signals{Type: "html"}, 1.05},
		{"a video explains", query.Signals{Type: "video"}, 1.05},
		{"a problem asks", query.Signals{Type: "problem"}, 0.95},
		{"a unit only holds others", query.Signals{Type: "vertical"}, 0.8},
		{"the learner is in this section", query.Signals{SameSection: true}, 1.15},
		{"signals multiply", query.Signals{SameSection: true, Type: "problem"}, 1.0925},
		{"an update of two weeks ago", query.Signals{Age: 14 * day}, 1.1},
		{"an update of four weeks ago", query.Signals{Age: 28 * day}, 1.05},
		{"an update from the future is none", query.Signals{Age: -day}, 1},
		{"a current course", query.Signals{Availability: query.Current}, 1.15},
		{"an upcoming course", query.Signals{Availability: query.Upcoming}, 1.05},
		{"an archived course", query.Signals{Availability: query.Archived}, 0.8},
		{"a course half as popular as can be", query.Signals{Popularity: 0.5}, 1.1},
		{"more popular than can be is as popular as can be", query.Signals{Popularity: 7}, 1.2},
		{"no more than 1.4", query.Signals{SameSection: true, Type: "html", Popularity: 1, Availability: query.Current}, 1.4},
		{"no less than 0.7", query.Signals{Type: "discussion", Availability: query.Archived}, 0.7},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.signals.Factor(); math.Abs(got-test.want) > 1e-9 {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestFactorStaysInItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := query.Signals{
			SameSection:  rapid.Bool().Draw(t, "section"),
			Type:         rapid.SampledFrom([]string{"", "html", "video", "problem", "vertical", "sequential", "discussion", "x"}).Draw(t, "type"),
			Age:          time.Duration(rapid.Int64().Draw(t, "age")),
			Availability: query.Availability(rapid.IntRange(-1, 5).Draw(t, "availability")),
			Popularity:   rapid.Float64().Draw(t, "popularity"),
		}
		if f := s.Factor(); !(f >= 0.7 && f <= 1.4) {
			t.Errorf("%v has the factor %v", s, f)
		}
	})
}

func TestRerank(t *testing.T) {
	hits := []query.Ranked{
		{ID: "problem", Score: 2, Signals: query.Signals{Type: "problem"}}, // 1.9
		{ID: "text", Score: 1.85, Signals: query.Signals{Type: "html"}},    // 1.9425
		{ID: "b", Score: 1}, // 1
		{ID: "a", Score: 1}, // 1
		{ID: "best", Score: 4, Signals: query.Signals{Type: "discussion"}},  // 3.4
		{ID: "here", Score: 0.9, Signals: query.Signals{SameSection: true}}, // 1.035
	}
	query.Rerank(hits)
	var got []string
	for _, h := range hits {
		got = append(got, h.ID)
	}
	if want := []string{"best", "text", "problem", "here", "a", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
