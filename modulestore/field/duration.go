package field

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// units are the parts of a written duration, in the order of durationParts.
var units = []struct {
	name   string
	length time.Duration
}{{"days", day}, {"hours", time.Hour}, {"minutes", time.Minute}, {"seconds", time.Second}}

var durationParts = regexp.MustCompile(`^(?:(\d+) days?)?\s?(?:(\d+) hours?)?\s?(?:(\d+) minutes?)?\s?(?:(\d+) seconds?)?$`)

// ParseDuration reads a length of time such as "1 day 5 hours" or "18000 seconds": days, hours, minutes and seconds in that order, each of them
// optional. An empty text is no time at all.
func ParseDuration(text string) (d time.Duration, ok bool) {
	parts := durationParts.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	for i, unit := range units {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(parts[i+1], 10, 64)
		if err != nil || n > int64((math.MaxInt64-d)/unit.length) {
			return 0, false
		}
		d += time.Duration(n) * unit.length
	}
	return d, true
}

// FormatDuration writes a length of time as ParseDuration reads it: "1 days 5 hours". What is shorter than a second is left out; no time at all
// is the empty text.
func FormatDuration(d time.Duration) string {
	var parts []string
	for _, unit := range units {
		if n := d / unit.length; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d -= n * unit.length
		}
	}
	return strings.Join(parts, " ")
}

var clockParts = regexp.MustCompile(`^(\d{1,2}):(\d{1,2}):(\d{1,2})$`)

// parseClock reads a position in a video, HH:MM:SS up to 24:00:00. An empty text is the beginning.
func parseClock(text string) (d time.Duration, ok bool) {
	if text == "" {
		return 0, true
	}
	parts := clockParts.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	for _, part := range parts[1:] {
		n, _ := strconv.Atoi(part) // one or two digits: cannot fail
		d = d*60 + time.Duration(n)*time.Second
	}
	return d, d <= day && parts[2] < "60" && parts[3] < "60"
}

// seconds returns a position in a video that is so many seconds from its beginning.
func seconds(n float64) (d time.Duration, ok bool) {
	if !(n >= 0 && n <= day.Seconds()) {
		return 0, false
	}
	return time.Duration(math.Round(n * float64(time.Second))), true
}

// formatClock writes a position in a video as HH:MM:SS. ok is false for one that this form cannot hold.
func formatClock(d time.Duration) (text string, ok bool) {
	if d < 0 || d > day || d%time.Second != 0 {
		return "", false
	}
	return fmt.Sprintf("%02d:%02d:%02d", d/time.Hour, d/time.Minute%60, d/time.Second%60), true
}
