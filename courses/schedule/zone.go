package schedule

import (
	"fmt"
	"time"
	_ "time/tzdata" // zones are known on every machine
)

// Notice says what is odd about a wall clock time in its zone.
type Notice string

// The notices.
const (
	InGap     Notice = "gap"     // clocks were put forward over it: it did not exist
	InOverlap Notice = "overlap" // clocks were put back: it was there twice
)

// Local gives the instant at which clocks in a zone show the date and time of wall, whose own zone does not count. A time in a gap is moved forward by the gap; of two
// instants the earlier one is taken.
func Local(wall time.Time, zone *time.Location) (time.Time, Notice) {
	asUTC := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	// One offset holds a day before and one a day after. Between them clocks change once at most.
	before, after := minusOffset(asUTC, asUTC.Add(-24*time.Hour), zone), minusOffset(asUTC, asUTC.Add(24*time.Hour), zone)
	isBefore, isAfter := shows(before, asUTC, zone), shows(after, asUTC, zone)
	switch {
	case isBefore && isAfter && !before.Equal(after):
		if after.Before(before) {
			before = after
		}
		return before, InOverlap
	case isBefore:
		return before, ""
	case isAfter:
		return after, ""
	default:
		return before, InGap
	}
}

func minusOffset(asUTC, at time.Time, zone *time.Location) time.Time {
	_, seconds := at.In(zone).Zone()
	return asUTC.Add(-time.Duration(seconds) * time.Second)
}

// shows reports whether clocks in the zone show the wall clock time at an instant.
func shows(at, wallAsUTC time.Time, zone *time.Location) bool {
	return minusOffset(wallAsUTC, at, zone).Equal(at)
}

// LocalDateError says that a date is none in its zone, and where it stands.
type LocalDateError struct {
	Place   string    // where the date was given
	Text    string    // as it was given
	Zone    string    // of the time zone database
	Reason  string    // why it is none
	Forward time.Time // for a time in a gap what it would be, moved forward; else zero
}

func (e *LocalDateError) Error() string {
	advice := "write it as 2026-03-08T14:30, and the zone as Europe/Berlin"
	if !e.Forward.IsZero() {
		advice = "the same time after the change would be " + e.Forward.Format(time.RFC3339)
	}
	return fmt.Sprintf("%s: %q is no date in the zone %q: %s; %s", e.Place, e.Text, e.Zone, e.Reason, advice)
}

// localForms are how a date in a zone may be written.
var localForms = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02"}

// ParseLocal reads a date and time in a zone of the time zone database. place says where it was given, for the error, a [*LocalDateError]: a date that the calendar does not have, or
// a time that clocks in the zone leapt over. A time that was there twice is the earlier one, with a notice.
func ParseLocal(place, text, zone string) (time.Time, Notice, error) {
	fail := &LocalDateError{Place: place, Text: text, Zone: zone}
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		fail.Reason = "nobody knows this zone"
		return time.Time{}, "", fail
	}
	for _, form := range localForms {
		wall, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		at, notice := Local(wall, location)
		if notice == InGap {
			fail.Reason, fail.Forward = "clocks were put forward over it", at.In(location)
			return time.Time{}, notice, fail
		}
		return at, notice, nil
	}
	fail.Reason = "the calendar does not have it, or it is written in another way"
	return time.Time{}, "", fail
}

// AddDays gives the same wall clock time some days later (or earlier) in a zone, unlike a duration, which is an exact length.
func AddDays(t time.Time, days int, zone *time.Location) (time.Time, Notice) {
	_, seconds := t.In(zone).Zone()
	return Local(t.UTC().Add(time.Duration(seconds)*time.Second).AddDate(0, 0, days), zone)
}

// Current reports whether a date is still to come, or is that of today where the learner is.
func Current(date, now time.Time, zone *time.Location) bool {
	y, m, d := now.In(zone).Date()
	midnight, _ := Local(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), zone)
	return !date.Before(midnight)
}
