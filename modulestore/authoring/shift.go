package authoring

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Shift is a distance between dates: whole days, which keep the time of day, and a rest.
type Shift struct {
	Days int
	Rest time.Duration
}

// mostDays and mostHours are more than any two dates are apart, and little enough to be added up.
const (
	mostDays  = 3_660_000
	mostHours = 1_000_000
)

var (
	shiftText  = regexp.MustCompile(`^[-+]?(?:\d+[wdhms])+$`)
	shiftParts = regexp.MustCompile(`(\d+)([wdhms])`)
)

// ParseShift reads a distance such as 7d, -2w, 36h or 1w2d12h: weeks, days, hours, minutes and seconds. A minus in front is for all of it.
func ParseShift(text string) (Shift, error) {
	unclear := &OptionError{"By", fmt.Sprintf("%q is no distance between dates; write it as 7d, -2w or 36h", text)}
	if !shiftText.MatchString(text) {
		return Shift{}, unclear
	}
	var s Shift
	for _, part := range shiftParts.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(part[1])
		if err != nil || n > mostDays {
			return Shift{}, unclear
		}
		switch part[2] {
		case "w":
			s.Days += 7 * n
		case "d":
			s.Days += n
		case "h":
			s.Rest += time.Duration(min(n, mostHours+1)) * time.Hour
		case "m":
			s.Rest += time.Duration(n) * time.Minute
		case "s":
			s.Rest += time.Duration(n) * time.Second
		}
		if s.Days > mostDays || s.Rest > mostHours*time.Hour {
			return Shift{}, unclear
		}
	}
	if strings.HasPrefix(text, "-") {
		s = s.Back()
	}
	return s, nil
}

// Back is the same distance the other way.
func (s Shift) Back() Shift { return Shift{-s.Days, -s.Rest} }

// String gives the distance in days and hours, as ParseShift reads it where both have the same direction.
func (s Shift) String() string {
	var parts []string
	if s.Days != 0 || s.Rest == 0 {
		parts = append(parts, strconv.Itoa(s.Days)+"d")
	}
	if s.Rest != 0 {
		rest := s.Rest.String()
		if s.Days < 0 && s.Rest < 0 {
			rest = rest[1:]
		}
		for _, zero := range []string{"m0s", "h0m"} {
			if strings.HasSuffix(rest, zero) {
				rest = rest[:len(rest)-2]
			}
		}
		parts = append(parts, rest)
	}
	return strings.Join(parts, "")
}

// from moves an instant. Days are those of the zone, so that the clock shows the same time on both sides of a change to summer time.
func (s Shift) from(t time.Time, zone *time.Location) time.Time {
	return t.In(zone).AddDate(0, 0, s.Days).Add(s.Rest).UTC()
}
