package edx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"lectern/courses/schedule"
)

// Encode gives the JSON of a value of this package.
func Encode(value any) ([]byte, error) {
	b, err := appendValue(nil, value)
	if err != nil {
		return nil, fmt.Errorf("write JSON for clients of Open edX: %w", err)
	}
	return b, nil
}

// appender is a value that writes itself: what there is much of, so that a large course takes no longer than it must.
type appender interface {
	appendJSON(b []byte) ([]byte, error)
}

func appendValue(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case appender:
		return v.appendJSON(b)
	case string:
		return appendString(b, v), nil
	case nil:
		return append(b, "null"...), nil
	case *bool:
		if v == nil {
			return append(b, "null"...), nil
		}
		return strconv.AppendBool(b, *v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case []string:
		return appendStrings(b, v), nil
	case []Object:
		return appendList(b, v)
	default:
		return appendAny(b, value)
	}
}

func appendAny(b []byte, value any) ([]byte, error) {
	w := bytes.NewBuffer(b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return b, err
	}
	return bytes.TrimSuffix(w.Bytes(), []byte("\n")), nil
}

// appendString writes most texts as they are. The rest is for those who know how to escape.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			b, _ = appendAny(b, s) // a text always is JSON
			return b
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

func appendList[T appender](b []byte, list []T) (_ []byte, err error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = v.appendJSON(b); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

// Time is an instant in JSON, null for none.
type Time struct{ time.Time }

func on(i schedule.Instant) Time { return Time{i.Time()} }

// MarshalJSON writes the instant as Python does: without a fraction, or with six digits of it.
func (t Time) MarshalJSON() ([]byte, error) { return t.appendTo(nil), nil }

func (t Time) appendTo(b []byte) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	u := t.UTC()
	if u.Nanosecond()/1000 != 0 {
		return u.AppendFormat(b, `"2006-01-02T15:04:05.000000Z"`)
	}
	return append(u.AppendFormat(append(b, '"'), time.RFC3339), '"') // a layout that is known there, and so is fast
}

// Object is a JSON object with its members in order.
type Object []Member

// Member is a name and its value.
type Member struct {
	Name  string
	Value any
}

// Get finds a member.
func (o Object) Get(name string) (value any, ok bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

// MarshalJSON writes the members in their order.
func (o Object) MarshalJSON() ([]byte, error) { return o.appendJSON(nil) }

func (o Object) appendJSON(b []byte) (_ []byte, err error) {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.Name), ':')
		if b, err = appendValue(b, m.Value); err != nil {
			return b, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return append(b, '}'), nil
}
