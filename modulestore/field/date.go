package field

import (
	"regexp"
	"strings"
	"time"
)

// dateParts cuts a text into a date, a time of day and a zone.
var dateParts = regexp.MustCompile(`^(.+?)(?:(?:[Tt]| +)(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?([Zz]|UTC|GMT|[-+]\d{2}(?::?\d{2})?)?)?$`)

var (
	dayLayouts   = []string{"2006-01-02", "1/2/2006", "Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006"}
	clockLayouts = []string{"15:04", "15:04:05"} // the latter also reads a fraction
	zoneLayouts  = []string{"-07:00", "-0700", "-07"}
)

// ParseDate reads a date as course archives spell it: 2015-09-01T00:00:00Z, the same with an offset (+00:00, -0400) or a blank for the T, with or
// without seconds, fraction, time of day and zone, with the day as 09/01/2015 (month first), Sep 1, 2015 or 1 September 2015; and each of them as a JSON
// string, quotes included. A date without a zone is UTC, and then zoned is false. A number is not a date: upstream reads "2015" as
// milliseconds, which nobody means.
func ParseDate(text string) (t time.Time, zoned, ok bool) {
	if n, _, isJSON := parseJSON(text); isJSON && n.kind == stringNode {
		text = n.text
	}
	parts := dateParts.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return time.Time{}, false, false
	}
	day, ok := parseAny(dayLayouts, parts[1])
	if !ok {
		return time.Time{}, false, false
	}
	clock, offset := day, time.Duration(0)
	if parts[2] != "" {
		if clock, ok = parseAny(clockLayouts, parts[2]); !ok {
			return time.Time{}, false, false
		}
	}
	if zoned = parts[3] != ""; zoned {
		if offset, ok = zoneOffset(parts[3]); !ok {
			return time.Time{}, false, false
		}
	}
	t = day.Add(sinceMidnight(clock) - offset)
	return t, zoned, t.Year() >= 1 && t.Year() <= 9999
}

// FormatDate writes an instant as YYYY-MM-DDTHH:MM:SSZ, with a fraction only where there is one.
func FormatDate(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// zoneOffset returns how far a zone is ahead of UTC.
func zoneOffset(zone string) (time.Duration, bool) {
	switch strings.ToUpper(zone) {
	case "Z", "UTC", "GMT":
		return 0, true
	}
	t, ok := parseAny(zoneLayouts, zone)
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second, ok
}

func sinceMidnight(t time.Time) time.Duration {
	return t.Sub(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location()))
}

func parseAny(layouts []string, text string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
