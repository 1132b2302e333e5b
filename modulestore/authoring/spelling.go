package authoring

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"lectern/modulestore/field"
)

// dateParts cuts a date into day, gap, clock, blank and zone.
var dateParts = regexp.MustCompile(`^(.+?)(?:([Tt]| +)(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)( ?)([Zz]|UTC|GMT|[-+]\d{2}(?::?\d{2})?)?)?$`)

// dayLayouts are the ways to spell a day. Of two that fit the first is taken: 10/12/2015 does not tell whether one-digit numbers get a zero.
var dayLayouts = []string{
	"2006-01-02", "01/02/2006", "1/2/2006", "01/2/2006", "1/02/2006",
	"Jan 2, 2006", "January 2, 2006", "Jan 02, 2006", "January 02, 2006",
	"2 Jan 2006", "2 January 2006", "02 Jan 2006", "02 January 2006",
}

// respell writes the date that a text gives anew, for another instant, with the same form of day, the same precision and zone. ok is
// false where that form cannot say it.
func respell(text string, to time.Time) (spelled string, ok bool) {
	if holdsJSON(text) {
		spelled = spliceJSON(text, func(_, inner string) []splice {
			var again string
			again, ok = respell(inner, to)
			return []splice{{0, len(inner), again}}
		})
		return spelled, ok
	}
	trimmed := strings.TrimSpace(text)
	parts := dateParts.FindStringSubmatch(trimmed)
	if parts == nil {
		return "", false
	}
	day, gap, clock, blank, zone := parts[1], parts[2], parts[3], parts[4], parts[5]
	was, _, ok1 := field.ParseDate(trimmed)
	shown, _, ok2 := field.ParseDate(strings.TrimSpace(day + " " + clock)) // as if it were UTC
	if !ok1 || !ok2 {
		return "", false
	}
	wall := to.Add(shown.Sub(was))
	if day, ok = respellDay(day, wall); !ok {
		return "", false
	}
	spelled = strings.Replace(text, trimmed, day+gap+respellClock(clock, wall)+blank+zone, 1)
	again, _, ok := field.ParseDate(spelled)
	return spelled, ok && again.Equal(to)
}

// respellDay writes a day in the form of another.
func respellDay(day string, t time.Time) (string, bool) {
	for _, layout := range dayLayouts {
		if old, err := time.Parse(layout, day); err == nil && old.Format(layout) == day {
			return t.Format(layout), true
		}
	}
	return "", false
}

// respellClock writes a time of day with the digits that another has. A fraction of a second stays: a shift has none.
func respellClock(clock string, t time.Time) string {
	if clock == "" {
		return ""
	}
	hours, rest, _ := strings.Cut(clock, ":")
	again := fmt.Sprintf("%0*d:%02d", len(hours), t.Hour(), t.Minute())
	if len(rest) > len("04") {
		again += fmt.Sprintf(":%02d", t.Second()) + rest[len("04:05"):]
	}
	return again
}
