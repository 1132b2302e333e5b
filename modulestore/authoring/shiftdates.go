package authoring

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// ShiftOptions say how far to shift which dates.
type ShiftOptions struct {
	By Shift
	// StartOn shifts by as many days as bring the course's start to that day; By is not used then. Only its year, month and day count.
	StartOn time.Time
	// Zone is where days are counted, so that clocks there show the same time before and after; nil means UTC.
	Zone      *time.Location
	Only      []string    // names of fields; none for all dates
	Below     key.BlockID // a block with all below it; zero for the whole course
	DraftOnly bool        // leave what is published as it is
	Preview   bool        // write nothing
	Author    string
	Message   string
}

// ShiftReport says what a shift does, or would do.
type ShiftReport struct {
	Course  key.Course `json:"course"`
	Version uint64     `json:"version"` // the new one, or the last if there is none
	Changed bool       `json:"changed"`
	Preview bool       `json:"preview"`
	By      string     `json:"by"`
	Zone    string     `json:"zone"`
	// Dates and DatesLeft count what the two lists hold. What is in both branches counts once.
	Dates     int                      `json:"dates"`
	DatesLeft int                      `json:"dates_left"`
	Blocks    []BlockReport[DateShift] `json:"blocks"`
	Left      []BlockReport[DateLeft]  `json:"left"`
	Broken    []BrokenBlock            `json:"broken"` // not looked into
}

// DateShift is one date that is shifted, as the course spells it.
type DateShift struct {
	Part  Part   `json:"in"`
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// DateLeft is a text that may be a date and stays as it is.
type DateLeft struct {
	Part   Part   `json:"in"`
	Field  string `json:"field"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// ShiftDates shifts the dates of a course, in one version: in the draft and, unless DraftOnly is set, in what is published. It shifts the
// fields that are dates, in attributes and policies, the blackouts of the discussion and the steps of open response assessments. Each
// date is spelled as before where that form can say it. Dates of updates stay: they say when something was written.
func ShiftDates(ctx context.Context, store *modulestore.Store, course key.Course, o ShiftOptions) (*ShiftReport, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.StartOn.IsZero() && o.By == (Shift{}) {
		return nil, &OptionError{"By", "the dates would stay as they are; shift them by something like 7d or -2w"}
	}
	if o.By.Rest%time.Second != 0 {
		return nil, &OptionError{"By", "dates are shifted by whole seconds"}
	}
	s := &sweep{
		course: course, below: o.Below, draftOnly: o.DraftOnly, preview: o.Preview,
		name: "shift-dates", author: o.Author, why: o.Message,
	}
	var op *shifting
	version, changed, err := s.run(ctx, store, func() operation {
		op = &shifting{ShiftOptions: o, fields: make(map[string]bool)}
		return op
	})
	if err != nil {
		return nil, err
	}
	report := &ShiftReport{
		Course: course, Version: version.Seq, Changed: changed, Preview: o.Preview, By: op.By.String(), Zone: o.Zone.String(),
		Blocks: op.shifted.list(), Left: op.left.list(), Broken: s.broken,
	}
	report.Dates = total(report.Blocks, func(DateShift) int { return 1 })
	report.DatesLeft = total(report.Left, func(DateLeft) int { return 1 })
	return report, nil
}

// shifting is one shift on its way through a course.
type shifting struct {
	ShiftOptions
	begun   bool
	shifted collector[DateShift]
	left    collector[DateLeft]
	fields  map[string]bool // the dates that the blocks have by their types

	// Of the block at hand.
	block  *opened
	moves  []DateShift
	stays  []DateLeft
	failed error
}

// blackouts is the one field that holds dates inside a list.
const blackouts = "discussion_blackouts"

// begin works out how far the course's start has to move.
func (s *shifting) begin(root *opened) error {
	if s.begun || s.StartOn.IsZero() {
		return nil
	}
	s.begun = true
	start, ok := root.setting("start").Time()
	if !ok || isDefault(root.block.ID.Type, "start", start) {
		return &OptionError{"StartOn", "the course has no start date that could be moved; shift its dates by a number of days instead"}
	}
	year, month, day := start.In(s.Zone).Date()
	from := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	year, month, day = s.StartOn.Date()
	to := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if s.By = (Shift{Days: int((to.Unix() - from.Unix()) / (24 * 60 * 60))}); s.By.Days == 0 {
		return &OptionError{"StartOn", "the course starts on that day already"}
	}
	return nil
}

func (s *shifting) visit(branch modulestore.Branch, o *opened) (bool, error) {
	s.block, s.moves, s.stays, s.failed = o, nil, nil, nil
	s.note(o.block.ID.Type)
	o.each(s.text)
	title := o.setting("display_name").Str()
	if len(s.stays) > 0 {
		s.left.add(branch, o, title, s.stays)
	}
	if s.failed != nil || len(s.moves) == 0 {
		return false, s.failed
	}
	s.shifted.add(branch, o, title, s.moves)
	return true, nil
}

// note remembers which of the fields that were asked for there are.
func (s *shifting) note(blockType string) {
	for _, name := range s.Only {
		if def, ok := field.Lookup(blockType, name); ok && (def.Kind == field.Date || name == blackouts) {
			s.fields[name] = true
		}
	}
}

func (s *shifting) message() (string, error) {
	for _, name := range s.Only {
		if !s.fields[name] {
			return "", &OptionError{"Only", fmt.Sprintf("no block here has a date called %q", name)}
		}
	}
	dates := total(s.shifted.list(), func(DateShift) int { return 1 })
	return fmt.Sprintf("by %s: %d dates", s.By, dates), nil
}

// text shifts what one text of the block at hand holds.
func (s *shifting) text(part Part, name, text string) string {
	blockType := s.block.block.ID.Type
	def, known := field.Lookup(blockType, name)
	switch {
	case part == InMarkup && blockType == "openassessment":
		return s.assessments(text)
	case part != InAttribute && part != InPolicy || !known:
		return text
	case def.Kind == field.Date:
		return s.setting(part, def, text)
	case name == blackouts && part == InPolicy && s.wanted(name):
		return spliceJSON(text, func(_, inner string) []splice {
			return []splice{{0, len(inner), s.date(part, name, inner)}}
		})
	case name == "advertised_start" && s.wanted("start") && s.block.setting(name).Str() != "":
		s.leave(part, name, text, "it is a text for people, not a date")
	}
	return text
}

func (s *shifting) wanted(name string) bool { return len(s.Only) == 0 || slices.Contains(s.Only, name) }

// setting shifts a field that is a date.
func (s *shifting) setting(part Part, def field.Def, text string) string {
	read, write := def.FromPolicy, def.ToPolicy
	if part == InAttribute {
		read = func(text string) (field.Value, *field.Fault) { return fromAttribute(s.block.block.ID.Type, def, text) }
		write = def.ToAttribute // of a date the same as ToPure
	}
	if !s.wanted(def.Name) {
		return text
	}
	v, fault := read(text)
	from, isDate := v.Time()
	switch {
	case fault != nil && fault.Severity == field.Error:
		s.leave(part, def.Name, text, "it cannot be read as a date")
		return text
	case !isDate:
		return text // null: there is no date
	}
	to, ok := s.move(part, def.Name, text, from)
	if !ok {
		return text
	}
	spelled, ok := respell(text, to)
	if again, _ := read(spelled); !ok || !again.Equal(field.TimeValue(to)) {
		spelled = write(field.TimeValue(to))
	}
	s.moves = append(s.moves, DateShift{part, def.Name, unquoted(text), unquoted(spelled)})
	return spelled
}

// date shifts a date that is no field of its own.
func (s *shifting) date(part Part, name, text string) string {
	from, _, ok := field.ParseDate(text)
	if !ok {
		if text != "" {
			s.leave(part, name, text, "it cannot be read as a date")
		}
		return text
	}
	to, ok := s.move(part, name, text, from)
	if !ok {
		return text
	}
	spelled, ok := respell(text, to)
	if !ok {
		spelled = field.FormatDate(to)
	}
	s.moves = append(s.moves, DateShift{part, name, text, spelled})
	return spelled
}

// move gives the instant that another is shifted to; ok is false for one that stays.
func (s *shifting) move(part Part, name, text string, from time.Time) (to time.Time, ok bool) {
	if isDefault(s.block.block.ID.Type, name, from) {
		s.leave(part, name, text, "it is what stands where nobody has set a date")
		return from, false
	}
	to = s.By.from(from, s.Zone)
	if to.Year() < 1 || to.Year() > 9999 {
		if s.failed == nil {
			s.failed = fmt.Errorf("%s: %s is %s; %s from there is outside the years 1 to 9999, so nothing was shifted: %w",
				s.block.block.ID, name, unquoted(text), s.By, modulestore.ErrInvalid)
		}
		return from, false
	}
	return to, true
}

func (s *shifting) leave(part Part, name, text, reason string) {
	s.stays = append(s.stays, DateLeft{part, name, unquoted(text), reason})
}

// unquoted is a date as people read it.
func unquoted(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 1 && text[0] == '"' && holdsJSON(text) {
		text, _ = decodeJSON(text[1 : len(text)-1])
	}
	return text
}

// The dates by which an open response assessment says that it has none.
const (
	alwaysOpen  = "2001-01-01T00:00:00Z"
	neverClosed = "2029-01-01T00:00:00Z"
)

// isDefault reports whether a date is the one that stands where nobody has set one.
func isDefault(blockType, name string, t time.Time) bool {
	spelled := field.FormatDate(t)
	if blockType == "openassessment" && (spelled == alwaysOpen || spelled == neverClosed) {
		return true
	}
	def, ok := field.Lookup(blockType, name)
	if !ok || def.Kind != field.Date {
		return false
	}
	v, _ := def.FromPolicy(def.Default)
	return v.Equal(field.TimeValue(t))
}

var stepDate = regexp.MustCompile(`\s(start|due)\s*=\s*(?:"([^"]*)"|'([^']*)')`)

// assessments shifts the dates of the steps of an open response assessment, which stand in its markup.
func (s *shifting) assessments(markup string) string {
	var list []splice
	dec := xml.NewDecoder(strings.NewReader(markup))
	for {
		from := int(dec.InputOffset())
		token, err := dec.RawToken()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.leave(InMarkup, "assessment", "", "its markup cannot be read")
			}
			return spliced(markup, list)
		}
		if step, ok := token.(xml.StartElement); ok && step.Name.Local == "assessment" {
			list = append(list, s.step(attribute(step, "name"), markup, from, int(dec.InputOffset()))...)
		}
	}
}

// step shifts the dates in the start tag of one step.
func (s *shifting) step(name, markup string, from, to int) (list []splice) {
	for _, m := range stepDate.FindAllStringSubmatchIndex(markup[from:to], -1) {
		kind := markup[from+m[2] : from+m[3]]
		value := m[4:6]
		if value[0] < 0 {
			value = m[6:8]
		}
		if s.wanted(kind) {
			at, end := from+value[0], from+value[1]
			list = append(list, splice{at, end, s.date(InMarkup, strings.TrimSpace(name+" "+kind), markup[at:end])})
		}
	}
	return list
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
