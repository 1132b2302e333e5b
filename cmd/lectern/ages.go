package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"lectern/modulestore"
)

// age is a number of days, as people write it for a policy: 90d, 12h, or ever.
type age time.Duration

const (
	oneDay  = 24 * time.Hour
	forever = "ever"
)

// String implements pflag.Value.
func (a *age) String() string {
	switch d := time.Duration(*a); {
	case d == modulestore.Forever:
		return forever
	case d%oneDay == 0:
		return strconv.FormatInt(int64(d/oneDay), 10) + "d"
	default:
		return d.String()
	}
}

// Set implements pflag.Value.
func (a *age) Set(text string) error {
	if text == forever {
		*a = age(modulestore.Forever)
		return nil
	}
	days, isDays := strings.CutSuffix(text, "d")
	n, err := strconv.ParseInt(days, 10, 64)
	if isDays && err == nil && n >= 0 && n <= math.MaxInt64/int64(oneDay) {
		*a = age(time.Duration(n) * oneDay)
		return nil
	}
	d, err := time.ParseDuration(text)
	if isDays || err != nil || d < 0 {
		return fmt.Errorf("it must be a number of days such as 90d, of hours such as 12h, or %s", forever)
	}
	*a = age(d)
	return nil
}

// Type implements pflag.Value.
func (a *age) Type() string { return "AGE" }
