package outline

import "lectern/courses/schedule"

const (
	never schedule.Instant = 0 // there is no such date
	tick  schedule.Instant = 1 // from the last instant that is in time to the first that is late
)

// earlier gives the earlier of two instants of which either may be missing.
func earlier(a, b schedule.Instant) schedule.Instant {
	if a == never || b != never && b < a {
		return b
	}
	return a
}
