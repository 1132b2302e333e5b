package main

import (
	"testing"
	"time"

	"lectern/modulestore"
)

func TestAges(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  time.Duration
		shown string // empty if it is refused
	}{
		{"90d", 90 * 24 * time.Hour, "90d"},
		{"0d", 0, "0d"},
		{"48h", 48 * time.Hour, "2d"},
		{"36h", 36 * time.Hour, "36h0m0s"},
		{"106751d", 106751 * 24 * time.Hour, "106751d"},
		{"ever", modulestore.Forever, "ever"},
		{"106752d", 0, ""},
		{"-1d", 0, ""},
		{"-1h", 0, ""},
		{"1.5d", 0, ""},
		{"90", 0, ""},
		{"d", 0, ""},
		{"", 0, ""},
	} {
		var a age
		err := a.Set(c.text)
		if (err == nil) != (c.shown != "") || err == nil && (time.Duration(a) != c.want || a.String() != c.shown) {
			t.Errorf("%q is %s, %v; want %q", c.text, &a, err, c.shown)
		}
	}
}
