package schedule_test

import (
	"errors"
	"testing"
	"time"

	"lectern/courses/schedule"
)

func TestDatesInTheirZone(t *testing.T) {
	for _, c := range []struct {
		name, text, zone string
		want             string // in UTC, with the notice
		fault            string
	}{
		{"summer in Berlin", "2026-07-01T12:00", "Europe/Berlin", "2026-07-01T10:00:00Z", ""},
		{"winter in Berlin", "2026-01-01 12:00:30", "Europe/Berlin", "2026-01-01T11:00:30Z", ""},
		{"a day alone is its midnight", "2026-01-01", "Asia/Kathmandu", "2025-12-31T18:15:00Z", ""},
		{"an hour before clocks go forward", "2026-03-08T01:30", "America/New_York", "2026-03-08T06:30:00Z", ""},
		{"an hour after", "2026-03-08T03:30", "America/New_York", "2026-03-08T07:30:00Z", ""},
		{"an hour that there is not", "2026-03-08T02:30", "America/New_York", "",
			`policy.json: "2026-03-08T02:30" is no date in the zone "America/New_York": clocks were put forward over it; the same time after the change would be 2026-03-08T03:30:00-04:00`},
		{"an hour that is there twice", "2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00Z overlap", ""},
		{"half an hour that is there twice", "2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z overlap", ""},
		{"half an hour that there is not", "2026-10-04T02:15", "Australia/Lord_Howe", "",
			`policy.json: "2026-10-04T02:15" is no date in the zone "Australia/Lord_Howe": clocks were put forward over it; the same time after the change would be 2026-10-04T02:45:00+11:00`},
		{"a day that Samoa has leapt over", "2011-12-30", "Pacific/Apia", "",
			`policy.json: "2011-12-30" is no date in the zone "Pacific/Apia": clocks were put forward over it; the same time after the change would be 2011-12-31T00:00:00+14:00`},
		{"the day after it", "2011-12-31T05:00", "Pacific/Apia", "2011-12-30T15:00:00Z", ""},
		{"odd offsets", "2026-07-01T12:00", "Pacific/Chatham", "2026-06-30T23:15:00Z", ""},
		{"a day that no calendar has", "2026-02-30", "Europe/Berlin", "",
			`policy.json: "2026-02-30" is no date in the zone "Europe/Berlin": the calendar does not have it, or it is written in another way; write it as 2026-03-08T14:30, and the zone as Europe/Berlin`},
		{"a zone that nobody knows", "2026-02-01", "Mars/Olympus", "",
			`policy.json: "2026-02-01" is no date in the zone "Mars/Olympus": nobody knows this zone; write it as 2026-03-08T14:30, and the zone as Europe/Berlin`},
		{"the zone of the machine is none", "2026-02-01", "Local", "",
			`policy.json: "2026-02-01" is no date in the zone "Local": nobody knows this zone; write it as 2026-03-08T14:30, and the zone as Europe/Berlin`},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, notice, err := schedule.ParseLocal("policy.json", c.text, c.zone)
			if c.fault != "" {
				var fault *schedule.LocalDateError
				if !errors.As(err, &fault) || err.Error() != c.fault || fault.Place != "policy.json" || !at.IsZero() {
					t.Errorf("got %v and the error %v, want %s", at, err, c.fault)
				}
				return
			}
			got := at.UTC().Format(time.RFC3339)
			if notice != "" {
				got += " " + string(notice)
			}
			if err != nil || got != c.want {
				t.Errorf("got %s and the error %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestEveryInstantHasItsWallClockTime(t *testing.T) {
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"} {
		zone := mustZone(t, name)
		for at := z("01-01 00:00"); at.Year() == 2026; at = at.Add(30 * time.Minute) {
			got, notice := schedule.Local(at.In(zone), zone)
			if !got.Equal(at) && notice != schedule.InOverlap || notice == schedule.InGap {
				t.Fatalf("%s: %v is %v, %q", name, at.In(zone), got.In(zone), notice)
			}
			if got.After(at) {
				t.Fatalf("%s: of two instants the later one %v is taken, not %v", name, got, at)
			}
		}
	}
}
