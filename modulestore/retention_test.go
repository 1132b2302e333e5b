package modulestore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// versions makes a log from lines of a time and an operation; no time means the one of the line before. The version of the operation
// "delete" has no content.
func versions(t *testing.T, lines ...string) []Entry {
	t.Helper()
	var log []Entry
	var at time.Time
	for i, line := range lines {
		when, operation, _ := strings.Cut(line, " ")
		if parsed, err := time.Parse(time.RFC3339Nano, when); err == nil {
			at = parsed
		} else if parsed, err := time.Parse(time.DateOnly, when); err == nil {
			at = parsed
		} else {
			t.Fatalf("line %q: %v", line, err)
		}
		e := Entry{Seq: uint64(i + 1), Commit: ID{byte(i + 1)}, Time: at, Operation: operation}
		if operation != "delete" {
			e.Roots.Draft = ID{1, byte(i + 1)}
		}
		log = append(log, e)
	}
	return log
}

func TestRetention(t *testing.T) {
	usual := DefaultRetention()
	for _, c := range []struct {
		name   string
		policy Retention
		now    string
		log    []string
		refs   Refs
		want   []uint64 // that are kept
	}{
		{name: "a course without versions", policy: usual, now: "2026-06-01T00:00:00Z"},
		{name: "every version is kept for 90 days", policy: usual, now: "2026-04-01T00:00:00Z",
			log: []string{"2026-01-01 edit", "2026-01-01 edit", "2026-03-01 edit", "2026-03-01 edit"}, want: []uint64{2, 3, 4}},
		{name: "a version is given up in the instant in which it is 90 days old", policy: usual, now: "2026-04-11T10:00:00Z",
			log:  []string{"2026-01-11T09:59:59.999Z edit", "2026-01-11T10:00:00Z edit", "2026-01-11T10:00:00.001Z edit", "2026-01-11T11:00:00Z edit"},
			want: []uint64{3, 4}},
		{name: "the last version of a day by UTC is kept for a year", policy: usual, now: "2026-08-01T00:00:00Z",
			log: []string{
				"2026-02-01T23:00:00Z edit", "2026-02-01T23:59:59.999Z edit", "2026-02-02T00:00:00Z edit",
				"2026-02-03T00:30:00+01:00 edit", // still the 2nd
				"2026-02-03T01:30:00+01:00 edit",
			}, want: []uint64{2, 4, 5}},
		{name: "the last of a day is given up in the instant in which it is a year old", policy: usual, now: "2026-02-01T10:00:00Z",
			log:  []string{"2025-02-01T10:00:00Z edit", "2025-02-02T10:00:00Z edit", "2025-02-28T10:00:00Z edit", "2026-01-30 edit"},
			want: []uint64{2, 3, 4}},
		{name: "the last of each month is kept for ever", policy: usual, now: "2096-01-01T00:00:00Z",
			log:  []string{"2025-01-30 edit", "2025-01-31T23:59:59.999Z edit", "2025-02-01 edit", "2025-12-01 edit"},
			want: []uint64{2, 3, 4}},
		{name: "months may end, too", policy: Retention{Monthly: 365 * 24 * time.Hour}, now: "2026-03-01T00:00:00Z",
			log: []string{"2025-02-28 edit", "2025-03-01 edit", "2025-04-01 edit", "2026-02-01 edit"}, want: []uint64{3, 4}},
		{name: "a policy that keeps nothing keeps the last version", now: "2026-03-01T00:00:00Z",
			log: []string{"2026-03-01 import", "2026-03-01 edit", "2026-03-01 edit"}, want: []uint64{3}},
		{name: "what was published stays, and neither imports nor edits do", now: "2026-03-01T00:00:00Z",
			log: []string{"2020-01-01 import", "2020-01-01 publish", "2020-01-01 edit", "2020-01-01 restore", "2020-01-01 edit"}, want: []uint64{2, 5}},
		{name: "tagged versions stay", now: "2026-03-01T00:00:00Z", refs: Refs{Tags: []Tag{{Name: "a", Version: 2}}},
			log: []string{"2020-01-01 edit", "2020-01-01 edit", "2020-01-01 edit"}, want: []uint64{2, 3}},
		{name: "what an order will publish stays", now: "2026-03-01T00:00:00Z", refs: Refs{Orders: []Order{{Number: 3, Version: 1}}},
			log: []string{"2020-01-01 edit", "2020-01-01 edit", "2020-01-01 order", "2020-01-01 edit"}, want: []uint64{1, 4}},
		{name: "where a side branch started stays", now: "2026-03-01T00:00:00Z", refs: Refs{Branches: []SideBranch{{Name: "a", Base: ID{2}}}},
			log: []string{"2020-01-01 edit", "2020-01-01 edit", "2020-01-01 edit"}, want: []uint64{2, 3}},
		{name: "what was pruned stays pruned, and an earlier version takes its place", policy: usual, now: "2026-08-01T00:00:00Z",
			refs: Refs{Pruned: []Span{{1, 1}, {3, 3}}},
			log:  []string{"2026-02-01 edit", "2026-02-01 edit", "2026-02-01 edit", "2026-07-01 edit"}, want: []uint64{2, 4}},
		{name: "a version that was made by pruning keeps the one before it, not itself", now: "2026-03-01T00:00:00Z",
			log: []string{"2020-01-01 edit", "2020-01-01 edit", "2026-03-01 prune", "2026-03-01 prune"}, want: []uint64{2, 3, 4}},
		{name: "it is as old as the one before it, and not the last of its day", policy: usual, now: "2026-08-01T00:00:00Z",
			log: []string{"2026-02-01 edit", "2026-07-31 prune", "2026-02-01 edit", "2026-07-31 edit"}, want: []uint64{3, 4}},
		{name: "what was deleted is kept for 90 days from then", policy: usual, now: "2026-05-31T00:00:00Z",
			log: []string{"2020-03-01 edit", "2026-03-10 edit", "2026-03-10T10:00:00Z delete"}, want: []uint64{1, 2, 3}},
		{name: "a course that came and went in one day is gone after 90 days", policy: usual, now: "2026-06-09T00:00:00Z",
			log: []string{"2026-03-10 import", "2026-03-10 edit", "2026-03-10T00:00:00Z delete"}, want: []uint64{3}},
		{name: "a clock that went back does no harm", policy: usual, now: "2026-08-01T00:00:00Z",
			log: []string{"2026-02-02 edit", "2026-02-01 edit", "2026-02-02 edit", "2027-01-01 edit", "2026-02-03 edit"}, want: []uint64{2, 3, 4, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			log := versions(t, c.log...)
			var got []uint64
			for i, kept := range c.policy.Keep(log, &c.refs, now) {
				if kept {
					got = append(got, log[i].Seq)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
		})
	}
}

// history is a course with its policy, drawn at random.
type history struct {
	log    []Entry
	refs   Refs
	now    time.Time
	policy Retention
}

func drawHistory(t *rapid.T) history {
	hours := func(most int, what string) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, what)) * time.Hour
	}
	h := history{now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	at := h.now.Add(-hours(20_000, "before"))
	for i := range rapid.IntRange(1, 30).Draw(t, "versions") {
		at = at.Add(hours(1500, "pause") - 100*time.Hour)
		e := Entry{Seq: uint64(i + 1), Commit: ID{byte(i + 1)}, Time: at, Roots: Roots{Draft: ID{byte(i + 1)}}}
		e.Operation = rapid.SampledFrom([]string{"edit", "edit", "edit", "import", "publish", "prune", "delete"}).Draw(t, "operation")
		if e.Operation == "delete" {
			e.Roots = Roots{}
		}
		h.log = append(h.log, e)
	}
	number := rapid.Uint64Range(1, uint64(len(h.log)))
	for range rapid.IntRange(0, 2).Draw(t, "tags") {
		h.refs.Tags = append(h.refs.Tags, Tag{Version: number.Draw(t, "tag")})
	}
	h.policy = Retention{Every: hours(2000, "every"), Daily: hours(9000, "daily"), Monthly: hours(20_000, "monthly")}
	return h
}

func (h history) keep() []bool { return h.policy.Keep(h.log, &h.refs, h.now) }

// wantWithin checks that everything that is in less is in more, too.
func wantWithin(t *rapid.T, what string, less, more []bool) {
	for i := range less {
		if less[i] && !more[i] {
			t.Fatalf("%s: version %d", what, i+1)
		}
	}
}

func TestRetentionProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		keep := h.keep()
		if !keep[len(keep)-1] {
			t.Fatal("the last version is given up")
		}
		if !slices.Equal(keep, h.keep()) {
			t.Fatal("twice the same question, and two answers")
		}
		more := h
		switch extra := time.Duration(rapid.IntRange(1, 5000).Draw(t, "extra")) * time.Hour; rapid.IntRange(0, 3).Draw(t, "where") {
		case 0:
			more.policy.Every += extra
		case 1:
			more.policy.Daily += extra
		case 2:
			more.policy.Monthly += extra
		default:
			more.refs.Tags = append(slices.Clone(h.refs.Tags), Tag{Version: rapid.Uint64Range(1, uint64(len(h.log))).Draw(t, "more")})
		}
		wantWithin(t, "a more generous policy gives up", keep, more.keep())

		later := h
		later.now = h.now.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "later")) * time.Hour)
		wantWithin(t, "what was given up is kept later", later.keep(), keep)

		again := h
		again.refs.Pruned = spansWithout(h.log, keep)
		if got := again.keep(); !slices.Equal(keep, got) {
			t.Fatalf("pruning again keeps %v, not %v", got, keep)
		}
		again.log = append(slices.Clone(h.log), Entry{Seq: uint64(len(h.log) + 1), Time: h.now, Operation: OperationPrune, Roots: h.log[len(h.log)-1].Roots})
		if got := again.keep(); !slices.Equal(append(slices.Clone(keep), true), got) {
			t.Fatalf("with the version that says so, pruning again keeps %v, not %v", got, keep)
		}
		again.now = later.now
		wantWithin(t, "what was pruned is kept later", again.keep()[:len(keep)], keep)
	})
}

func TestSpansOfPrunedVersions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := append(rapid.SliceOf(rapid.Bool()).Draw(t, "keep"), true)
		log := make([]Entry, len(keep))
		for i := range log {
			log[i].Seq = uint64(i + 1)
		}
		refs := Refs{Pruned: spansWithout(log, keep)}
		for i := range keep {
			if refs.IsPruned(log[i].Seq) == keep[i] {
				t.Fatalf("version %d: kept is %v in %v", i+1, keep[i], refs.Pruned)
			}
		}
		for i, s := range refs.Pruned {
			if s.From > s.To || i > 0 && s.From < refs.Pruned[i-1].To+2 {
				t.Fatalf("%v touch or are out of order", fmt.Sprint(refs.Pruned))
			}
		}
	})
}
