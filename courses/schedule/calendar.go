package schedule

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"lectern/modulestore/key"
)

// Tracked is an entry of a calendar that is out there, and when it was changed last.
type Tracked struct {
	Entry
	Sequence  int // grows with each change; 0 for what never changed
	Changed   time.Time
	Cancelled bool
}

// Track brings what a calendar tells up to date with what holds from an instant on: what is another date or title is changed, what is not there any more is
// cancelled. number is that of the state that current is of; states are numbered upwards, and what changes takes the number over, so that it grows even where
// nobody knows the states in between any more. All that a calendar tells follows from its states, in their order.
func Track(previous []Tracked, current []Entry, at time.Time, number int) []Tracked {
	type name struct {
		block key.BlockID
		kind  Kind
	}
	at = at.UTC().Truncate(time.Second)
	known := make(map[name]Tracked, len(previous))
	for _, t := range previous {
		known[name{t.Block, t.Kind}] = t
	}
	var list []Tracked
	seen := make(map[name]bool, len(current))
	for _, e := range current {
		n := name{e.Block, e.Kind}
		if seen[n] {
			continue
		}
		seen[n] = true
		t, ok := known[n]
		switch {
		case !ok:
			t = Tracked{Changed: at}
		case t.Cancelled || !t.At.Equal(e.At) || t.Title != e.Title:
			t = Tracked{Sequence: number, Changed: at}
		}
		t.Entry = e
		list = append(list, t)
	}
	for _, t := range previous {
		if seen[name{t.Block, t.Kind}] {
			continue
		}
		if !t.Cancelled {
			t.Cancelled, t.Sequence, t.Changed = true, number, at
		}
		list = append(list, t)
	}
	return list
}

// KeepCancelled is how long a calendar tells of a date that there is not any more.
const KeepCancelled = 90 * 24 * time.Hour

// Told leaves out what was cancelled too long ago to be told of.
func Told(list []Tracked, now time.Time) []Tracked {
	return slices.DeleteFunc(slices.Clone(list), func(t Tracked) bool { return t.Cancelled && now.Sub(t.Changed) > KeepCancelled })
}

// Calendar is the iCalendar feed of a learner.
type Calendar struct {
	Site    string // domain of the site, part of what names an event
	Learner string
	Title   string
	Courses []CourseDates
}

// CourseDates are the dates of one course in a calendar.
type CourseDates struct {
	Key   key.Course
	Title string
	Dates []Tracked
	Link  func(Tracked) string // page of the date; nil or an empty text: none
}

// happening says what people read of a kind of date.
var happening = map[Kind]string{
	Release: "opens", Due: "is due", Close: "closes", CourseStart: "starts", CourseEnd: "ends", AccessExpires: "access ends",
	UpgradeExpires: "last day to upgrade", CertificateDate: "certificates are available",
}

// Write writes the calendar by RFC 5545. The same dates give the same bytes.
func (c *Calendar) Write(w io.Writer) error {
	cal := ics.NewCalendarFor("Lectern")
	cal.SetProductId("-//Lectern//Course dates//EN")
	cal.SetName(plain(c.Title))
	cal.SetRefreshInterval("PT1H")
	cal.SetXPublishedTTL("PT1H")
	for _, e := range c.events() {
		cal.AddVEvent(e.event)
	}
	return cal.SerializeTo(w, ics.WithNewLineWindows)
}

type event struct {
	at    time.Time
	uid   string
	event *ics.VEvent
}

// events gives the events by instant and name.
func (c *Calendar) events() []event {
	var list []event
	for i := range c.Courses {
		course := &c.Courses[i]
		for _, t := range course.Dates {
			uid := c.uid(course.Key, t)
			list = append(list, event{t.At, uid, course.event(uid, t)})
		}
	}
	slices.SortFunc(list, func(a, b event) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.uid, b.uid)) })
	return list
}

// uid names an event for ever, and tells nothing of the learner.
func (c *Calendar) uid(course key.Course, t Tracked) string {
	block := ""
	if !t.Block.IsZero() {
		block = course.Block(t.Block).String()
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{c.Learner, course.String(), block, string(t.Kind)}, "\x00")))
	return hex.EncodeToString(sum[:16]) + "@" + plain(c.Site)
}

func (d *CourseDates) event(uid string, t Tracked) *ics.VEvent {
	e := ics.NewEvent(uid)
	e.SetDtStampTime(t.Changed)
	e.SetModifiedAt(t.Changed)
	e.SetSequence(t.Sequence)
	e.SetStartAt(t.At)
	e.SetEndAt(t.At)
	e.SetSummary(plain(cmp.Or(t.Title, d.Title) + ": " + cmp.Or(happening[t.Kind], string(t.Kind))))
	e.AddCategory(plain(d.Title))
	e.SetTimeTransparency(ics.TransparencyTransparent)
	if t.Cancelled {
		e.SetStatus(ics.ObjectStatusCancelled)
	}
	if d.Link != nil {
		if link := plain(d.Link(t)); link != "" {
			e.SetURL(link)
		}
	}
	return e
}

// plain is a text without what would end a line or is no text.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
