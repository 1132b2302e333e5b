package schedule

import "time"

// Instant is a point in time in whole microseconds. The zero value is none; a later instant is a greater number, and none is less than all.
type Instant uint64

// epoch is 1970 as an Instant.
const epoch = 1 << 63

// At gives the instant of a time; none for the zero time. What is shorter than a microsecond is cut off.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(uint64(t.UnixMicro()) + epoch)
}

// Time gives the instant in UTC; the zero time for none.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(uint64(i) - epoch)).UTC()
}

// Add gives the instant that lies later by d, or earlier if d is below 0; none stays none.
func (i Instant) Add(d time.Duration) Instant {
	if i == 0 {
		return 0
	}
	return i + Instant(d.Microseconds())
}

// String gives the instant as RFC 3339 has it, and "none" for none.
func (i Instant) String() string {
	if i == 0 {
		return "none"
	}
	return i.Time().Format(time.RFC3339Nano)
}
