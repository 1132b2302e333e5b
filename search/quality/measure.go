package quality

import (
	"fmt"
	"math"
	"slices"
)

// Depth is how many hits are looked at: what a person sees of a page.
const Depth = 10

// Score is how well the queries of a set were answered, each number the mean over all of them, from 0 to 1.
type Score struct {
	Queries int
	MRR     float64 // 1 divided by the rank of the first target
	NDCG    float64 // the hits by their grades, against the best order there is
	Success float64 // a target is among the hits
}

// Search gives the IDs of what answers a query, the best first.
type Search func(text string) ([]string, error)

// Measure asks a search all queries. It gives up at the first error.
func Measure(queries []Query, search Search) (map[Set]Score, error) {
	scores := map[Set]Score{}
	for _, q := range queries {
		hits, err := search(q.Text)
		if err != nil {
			return nil, fmt.Errorf("the query %q of the set %s failed: %w", q.Text, q.Set, err)
		}
		one, sum := q.Score(hits), scores[q.Set]
		scores[q.Set] = Score{sum.Queries + 1, sum.MRR + one.MRR, sum.NDCG + one.NDCG, sum.Success + one.Success}
	}
	for set, sum := range scores {
		n := float64(sum.Queries)
		scores[set] = Score{sum.Queries, sum.MRR / n, sum.NDCG / n, sum.Success / n}
	}
	return scores, nil
}

// Score tells how well the hits answer this query. A hit that is there twice counts once, at its first place.
func (q Query) Score(hits []string) Score {
	score := Score{Queries: 1}
	seen := map[string]bool{}
	var gains []int
	for _, id := range hits {
		if seen[id] {
			continue
		}
		if seen[id] = true; len(seen) > Depth {
			break
		}
		gains = append(gains, q.Grades[id])
		if q.Grades[id] == Target && score.Success == 0 {
			score.Success, score.MRR = 1, 1/float64(len(seen))
		}
	}
	if best := q.best(); best > 0 {
		score.NDCG = discounted(gains) / best
	}
	return score
}

// best is the gain of the best order of all that answers the query.
func (q Query) best() float64 {
	var grades []int
	for _, g := range q.Grades {
		grades = append(grades, g)
	}
	slices.SortFunc(grades, func(a, b int) int { return b - a })
	return discounted(grades[:min(len(grades), Depth)])
}

// discounted is the discounted cumulative gain, with the gain 2^grade - 1.
func discounted(grades []int) float64 {
	sum := 0.0
	for i, g := range grades {
		sum += (math.Exp2(float64(g)) - 1) / math.Log2(float64(i+2))
	}
	return sum
}
