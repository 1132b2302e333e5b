package grading_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lectern/courses/grading"
)

func TestWasItInTime(t *testing.T) {
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	due := noon
	after := func(d time.Duration) time.Time { return due.Add(d) }
	right := []grading.Contact{{At: after(-5 * day), Boot: 1, Offset: minute}, {At: after(-4 * day), Boot: 1, Offset: -4 * minute}}
	wrong := []grading.Contact{{At: after(-5 * day), Boot: 1, Offset: minute}, {At: after(-4 * day), Boot: 1, Offset: 5 * minute}}
	measured := []grading.Contact{{At: after(3 * hour), Boot: 7, Mono: 5 * 3_600_000, Offset: hour}}
	for _, c := range []struct {
		name   string
		work   grading.HandedIn
		policy grading.LatePolicy
		want   grading.Evidence
		late   time.Duration
	}{
		{"received before it was due", grading.HandedIn{Wall: after(9 * day), Received: after(-1)}, grading.LatePolicy{}, grading.Received, 0},
		{"received when it was due", grading.HandedIn{Received: due}, grading.LatePolicy{}, grading.Received, 0},
		{"the stopwatch puts it before", grading.HandedIn{Wall: after(day), Boot: 7, Mono: 3_600_000, Received: after(3 * hour), Contacts: measured},
			grading.LatePolicy{}, grading.Measured, 0},
		{"the stopwatch puts it after, whatever the clock says", grading.HandedIn{Wall: after(-day), Boot: 7, Mono: 4 * 3_600_000, Received: after(3 * hour), Contacts: measured},
			grading.LatePolicy{}, grading.Measured, 2 * hour},
		{"the stopwatch of another start says nothing", grading.HandedIn{Wall: after(-day), Boot: 8, Mono: 3_600_000, Received: after(3 * hour), Contacts: measured},
			grading.LatePolicy{}, grading.Claimed, 3 * hour},
		{"a contact before the work says nothing about it", grading.HandedIn{Wall: after(-day), Boot: 7, Mono: 6 * 3_600_000, Received: after(4 * hour), Contacts: measured},
			grading.LatePolicy{}, grading.Claimed, 4 * hour},
		{"something that follows it was there before", grading.HandedIn{Wall: after(day), Received: after(2 * day), Follower: after(-hour)},
			grading.LatePolicy{}, grading.Followed, 0},
		{"something that follows it was there, but late too", grading.HandedIn{Wall: after(-day), Received: after(2 * day), Follower: after(hour)},
			grading.LatePolicy{}, grading.Claimed, 2 * day},
		{"a clock that was right twice", grading.HandedIn{Wall: after(-hour), Received: after(2 * day), Contacts: right}, grading.LatePolicy{}, grading.Trusted, 0},
		{"a clock that was right twice says that it is late", grading.HandedIn{Wall: after(hour), Received: after(2 * day), Contacts: right}, grading.LatePolicy{}, grading.Trusted, hour},
		{"a clock that was five minutes off", grading.HandedIn{Wall: after(-hour), Received: after(2 * day), Contacts: wrong}, grading.LatePolicy{}, grading.Claimed, 2 * day},
		{"a clock that was right once", grading.HandedIn{Wall: after(-hour), Received: after(2 * day), Contacts: right[:1]}, grading.LatePolicy{}, grading.Claimed, 2 * day},
		{"a claim that the course accepts", grading.HandedIn{Wall: after(-hour), Received: after(2 * day)}, grading.LatePolicy{Weakest: grading.Claimed}, grading.Claimed, 0},
		{"a claim of a moment after it was received", grading.HandedIn{Wall: after(9 * day), Received: after(hour)}, grading.LatePolicy{Weakest: grading.Claimed}, grading.Claimed, hour},
		{"a right clock where the course wants more", grading.HandedIn{Wall: after(-hour), Received: after(2 * day), Contacts: right}, grading.LatePolicy{Weakest: grading.Followed}, grading.Trusted, 2 * day},
		{"fourteen days after, still", grading.HandedIn{Wall: after(-hour), Received: after(14 * day), Contacts: right}, grading.LatePolicy{}, grading.Trusted, 0},
		{"more than fourteen days after", grading.HandedIn{Wall: after(-hour), Received: after(14*day + 1), Contacts: right}, grading.LatePolicy{}, grading.Trusted, 14*day + 1},
		{"more than the course allows", grading.HandedIn{Wall: after(-hour), Received: after(2 * day), Contacts: right}, grading.LatePolicy{Sync: day}, grading.Trusted, 2 * day},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.policy.InTime(c.work, due)
			if got.Evidence != c.want || got.LateBy != c.late || !got.Judged {
				t.Errorf("%+v, want %s and %s late", got, c.want, c.late)
			}
		})
	}
	if got := (grading.LatePolicy{}).InTime(grading.HandedIn{Wall: due}, due); got.Judged {
		t.Errorf("what no hub has is not judged: %+v", got)
	}
	if got := (grading.LatePolicy{}).InTime(grading.HandedIn{Received: due.AddDate(9, 0, 0)}, time.Time{}); got.LateBy != 0 || !got.Judged {
		t.Errorf("what is never due is never late: %+v", got)
	}
}

// Who accepts less evidence is never more lenient, and nobody is later than the hub knows.
func TestStricterPoliciesAreNeverMoreLenient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moment := func(name string) time.Time {
			return noon.Add(time.Duration(rapid.Int64Range(-100, 100).Draw(t, name)) * time.Hour)
		}
		h := grading.HandedIn{Wall: moment("wall"), Received: moment("received"), Boot: 1, Mono: 10}
		for range rapid.IntRange(0, 3).Draw(t, "contacts") {
			h.Contacts = append(h.Contacts, grading.Contact{
				At: moment("contact"), Boot: rapid.Int64Range(1, 2).Draw(t, "boot"), Mono: rapid.Int64Range(0, 20).Draw(t, "mono"),
				Offset: time.Duration(rapid.IntRange(-9, 9).Draw(t, "offset")) * time.Minute,
			})
		}
		var before time.Duration
		for weakest := grading.Claimed; weakest >= grading.Received; weakest-- {
			got := grading.LatePolicy{Weakest: weakest}.InTime(h, noon)
			if got.LateBy < before || got.LateBy > max(0, h.Received.Sub(noon)) {
				t.Fatalf("%s: %+v, %s with the weaker", weakest, got, before)
			}
			before = got.LateBy
		}
	})
}
