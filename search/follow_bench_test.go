package search

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkFromPublishToHit measures how long it takes until a word can be found that one unit of a course of 5,000 blocks has got, while the store is followed: from the moment at which the
// publish is durable.
func BenchmarkFromPublishToHit(b *testing.B) {
	store := newStore(b)
	c := imported(b, store, files(large(5000)), "")
	x := opened(b, store, filepath.Join(b.TempDir(), "search"))
	updateAll(b, x)
	ctx, stop := context.WithCancel(b.Context())
	var following sync.WaitGroup
	changed := make(chan struct{}, 1)
	following.Go(func() { x.Follow(ctx, FollowOptions{Changed: changed}) })
	defer following.Wait()
	defer stop()
	var taken []time.Duration
	for i := range b.N {
		unit := i * 7 % 800
		retitle(b, store, c, fmt.Sprint("html/h", 5*unit), fmt.Sprintf("Needle%d", i))
		publish(b, store, c, fmt.Sprint("vertical/v", unit))
		committed := time.Now()
		changed <- struct{}{}
		for searched(b, x, Request{Kind: Content, Scope: Scope{Everything: true}}, fmt.Sprintf("needle%d", i)).Relaxed || len(found(b, x, Content, fieldTitleX, fmt.Sprintf("needle%d", i))) == 0 {
			time.Sleep(time.Millisecond)
		}
		taken = append(taken, time.Since(committed))
	}
	slices.Sort(taken)
	b.ReportMetric(float64(taken[len(taken)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(taken[len(taken)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(0, "ns/op") // it would be that of the edits, too
}
