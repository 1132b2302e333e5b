package field

import (
	"strconv"
	"strings"
)

// ToAttribute writes a value as FromAttribute reads it. A text is written raw, or as a JSON string where the raw text would be read as something
// else: "null", or a text that is in quotation marks itself.
func (d Def) ToAttribute(v Value) string { return d.spell(v, d.fromAttribute) }

// ToPure writes a value as FromPure reads it. ok is false for the null of a textual field, which no attribute can hold: upstream writes an
// option element with none="true".
func (d Def) ToPure(v Value) (text string, ok bool) {
	if d.textual() && v.Null() {
		return "", false
	}
	return d.spell(v, d.FromPure), true
}

// spell writes a value raw if it then reads the same, and as JSON if not.
func (d Def) spell(v Value, read func(string) (Value, *Fault)) string {
	raw := d.raw(v)
	if back, _ := read(raw); back.Equal(v) {
		return raw
	}
	return d.ToPolicy(v)
}

// ToPolicy writes a value as native JSON.
func (d Def) ToPolicy(v Value) string {
	text, isString := d.native(v)
	if isString {
		return quoteJSON(text)
	}
	return text
}

// raw writes a value without quotation marks, and keys of blocks separated by semicolons.
func (d Def) raw(v Value) string {
	if d.Kind == References && v.shape == isJSON {
		return joinReferences(v)
	}
	text, _ := d.native(v)
	return text
}

// native writes the JSON form of a value; of a JSON string it returns what it holds.
func (d Def) native(v Value) (text string, isString bool) {
	switch v.shape {
	case isText:
		return v.text, true
	case isBool:
		return strconv.FormatBool(v.whole == 1), false
	case isWhole:
		return strconv.FormatInt(v.whole, 10), false
	case isNumber:
		return formatFloat(v.number), false
	case isTime:
		return FormatDate(v.time), true
	case isSpan:
		return d.nativeSpan(v)
	case isJSON:
		return v.text, false
	default:
		return "null", false
	}
}

// nativeSpan writes a position in a video as a clock shows it, or as seconds where that form cannot hold it.
func (d Def) nativeSpan(v Value) (text string, isString bool) {
	if d.Kind != RelativeTime {
		return FormatDuration(v.span), true
	}
	if clock, ok := formatClock(v.span); ok {
		return clock, true
	}
	return formatFloat(v.span.Seconds()), false
}

func joinReferences(v Value) string {
	n, _, _ := parseJSON(v.text) // canonical JSON: it came from parseJSON
	var keys []string
	for _, m := range n.members {
		keys = append(keys, m.text)
	}
	return strings.Join(keys, ";")
}
