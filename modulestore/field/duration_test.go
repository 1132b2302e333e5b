package field_test

import (
	"testing"
	"time"

	"lectern/modulestore/field"
)

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       time.Duration
		ok         bool
	}{
		{"every part", "1 day 2 hours 3 minutes 4 seconds", 26*time.Hour + 3*time.Minute + 4*time.Second, true},
		{"singular and plural are alike", "2 day 1 hours 1 minutes 1 seconds", 49*time.Hour + time.Minute + time.Second, true},
		{"parts in between may be absent", "1 day 30 seconds", 24*time.Hour + 30*time.Second, true},
		{"a part may exceed the next one", "90 minutes", 90 * time.Minute, true},
		{"seconds as upstream writes them", "18000 seconds", 5 * time.Hour, true},
		{"nothing is no time", "", 0, true},
		{"zero is no time", "0 days", 0, true},
		{"the longest", "106751 days", 106751 * 24 * time.Hour, true},

		{"another unit", "2 weeks", 0, false},
		{"a clock", "01:00:00", 0, false},
		{"a number", "3600", 0, false},
		{"capitals", "1 Day", 0, false},
		{"the wrong order", "5 hours 1 day", 0, false},
		{"two blanks", "1 day  5 hours", 0, false},
		{"no blank", "5hours", 0, false},
		{"a fraction", "1.5 hours", 0, false},
		{"below zero", "-1 days", 0, false},
		{"words around it", "about 1 day", 0, false},
		{"one unit too long", "106752 days", 0, false},
		{"a sum that is too long", "106751 days 24 hours", 0, false},
		{"a number that is too long", "99999999999999999999 seconds", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := field.ParseDuration(c.text)
			if got != c.want || ok != c.ok {
				t.Errorf("ParseDuration(%q) = %s, %t; want %s, %t", c.text, got, ok, c.want, c.ok)
			}
		})
	}
}

func TestFormatDuration(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, ""},
		{26 * time.Hour, "1 days 2 hours"},
		{24*time.Hour + 5*time.Second, "1 days 5 seconds"},
		{5 * time.Hour, "5 hours"},
		{61 * time.Second, "1 minutes 1 seconds"},
		{1500 * time.Millisecond, "1 seconds"},
		{time.Millisecond, ""},
		{-time.Hour, ""},
	} {
		if got := field.FormatDuration(c.d); got != c.want {
			t.Errorf("FormatDuration(%s) = %q, want %q", c.d, got, c.want)
		}
	}
}
