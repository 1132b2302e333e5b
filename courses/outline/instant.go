package outline

import (
	"math"
	"time"
)

// instant is a point in time in microseconds since 1970, the unit in which courses are dated. Unlike times, instants compare as numbers, and all years that dates can
// have fit in, also with something added.
type instant int64

const (
	never instant = math.MinInt64 // there is no such date
	tick  instant = 1             // from the last instant that is in time to the first that is late
)

// instantOf gives the instant of a time; the zero time is none.
func instantOf(t time.Time) instant {
	if t.IsZero() {
		return never
	}
	return instant(t.UnixMicro())
}

// time is the opposite of instantOf.
func (i instant) time() time.Time {
	if i == never {
		return time.Time{}
	}
	return time.UnixMicro(int64(i)).UTC()
}

// earlier gives the earlier of two instants of which either may be missing.
func earlier(a, b instant) instant {
	if a == never || b != never && b < a {
		return b
	}
	return a
}

// before gives the instant that is so much earlier; none stays none.
func (i instant) before(by instant) instant {
	if i == never {
		return never
	}
	return i - by
}
