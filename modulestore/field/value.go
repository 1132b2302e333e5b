package field

import (
	"math"
	"time"
)

// Value is what the text of a field means: null, or one of text, Boolean, whole number, number, instant, length of time, JSON array or object.
// The zero Value is null. Compare values with [Value.Equal].
type Value struct {
	shape  shape
	text   string // of a text; canonical JSON of an array or object
	whole  int64  // of a whole number; 1 for true
	number float64
	time   time.Time // in UTC
	span   time.Duration
}

// shape says which member of a Value counts.
type shape int

const (
	isNull shape = iota
	isText
	isBool
	isWhole
	isNumber
	isTime
	isSpan
	isJSON
)

// StringValue returns the value of a text.
func StringValue(s string) Value { return Value{shape: isText, text: s} }

// BoolValue returns a Boolean value.
func BoolValue(b bool) Value {
	if b {
		return Value{shape: isBool, whole: 1}
	}
	return Value{shape: isBool}
}

// IntValue returns a whole number.
func IntValue(i int64) Value { return Value{shape: isWhole, whole: i} }

// FloatValue returns a number.
func FloatValue(f float64) Value { return Value{shape: isNumber, number: f} }

// TimeValue returns an instant; its zone is forgotten. Texts can hold the years 1 to 9999.
func TimeValue(t time.Time) Value { return Value{shape: isTime, time: t.Round(0).UTC()} }

// DurationValue returns a length of time.
func DurationValue(d time.Duration) Value { return Value{shape: isSpan, span: d} }

// JSONValue returns the value of a JSON array or object; ok is false when text is neither.
func JSONValue(text string) (v Value, ok bool) {
	n, _, ok := parseJSON(text)
	if !ok || n.kind != arrayNode && n.kind != objectNode {
		return Value{}, false
	}
	return n.collection(), true
}

// Null reports whether v is an explicit null.
func (v Value) Null() bool { return v.shape == isNull }

// Str returns a text, and "" for every other value.
func (v Value) Str() string {
	if v.shape == isText {
		return v.text
	}
	return ""
}

// Bool reports whether v is true; null and values of other types are not.
func (v Value) Bool() bool { return v.shape == isBool && v.whole == 1 }

// Int returns a whole number; ok is false for every other value, null included.
func (v Value) Int() (i int64, ok bool) {
	if v.shape == isWhole {
		return v.whole, true
	}
	return 0, false
}

// Float returns a number, whole or not; ok is false for every other value, null included.
func (v Value) Float() (f float64, ok bool) {
	switch v.shape {
	case isNumber:
		return v.number, true
	case isWhole:
		return float64(v.whole), true
	default:
		return 0, false
	}
}

// Time returns an instant, in UTC; ok is false for every other value, null included.
func (v Value) Time() (t time.Time, ok bool) { return v.time, v.shape == isTime }

// Duration returns a length of time; ok is false for every other value, null included.
func (v Value) Duration() (d time.Duration, ok bool) { return v.span, v.shape == isSpan }

// JSON returns the canonical JSON text of an array or object (members in the order they came, ASCII only), and "" for every other value.
func (v Value) JSON() string {
	if v.shape == isJSON {
		return v.text
	}
	return ""
}

// Equal reports whether v and w are the same value. A whole number and a float are different values; so are objects that hold the same
// members in another order.
func (v Value) Equal(w Value) bool {
	if v.shape == isNumber && w.shape == isNumber && math.IsNaN(v.number) && math.IsNaN(w.number) {
		return true
	}
	return v == w
}
