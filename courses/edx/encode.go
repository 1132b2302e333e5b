package edx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"lectern/courses/schedule"
)

// Encode gives the JSON of a value of this package.
func Encode(value any) ([]byte, error) {
	var b bytes.Buffer
	if err := encodeTo(&b, value); err != nil {
		return nil, fmt.Errorf("write JSON for clients of Open edX: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func encodeTo(b *bytes.Buffer, value any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// Time is an instant in JSON, null for none.
type Time struct{ time.Time }

func on(i schedule.Instant) Time { return Time{i.Time()} }

// MarshalJSON writes the instant as Python does: without a fraction, or with six digits of it.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	layout := `"2006-01-02T15:04:05Z"`
	if t.Nanosecond()/1000 != 0 {
		layout = `"2006-01-02T15:04:05.000000Z"`
	}
	return t.UTC().AppendFormat(make([]byte, 0, len(layout)), layout), nil
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
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encodeTo(&b, m.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encodeTo(&b, m.Value); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
