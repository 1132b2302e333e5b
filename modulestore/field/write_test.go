package field_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"lectern/modulestore/field"

	"pgregory.net/rapid"
)

func TestWriting(t *testing.T) {
	for _, c := range []struct {
		name      string
		def       field.Def
		value     field.Value
		attribute string
		policy    string
	}{
		{"a text is raw", aString, str("abc"), `abc`, `"abc"`},
		{"a text that looks like a number is raw", aString, str("123"), `123`, `"123"`},
		{"a text that looks like an object is raw", aString, str(`{"a": 1}`), `{"a": 1}`, `"{\"a\": 1}"`},
		{"an empty text is empty", aString, str(""), ``, `""`},
		{"61 the text null needs quotation marks", aString, str("null"), `"null"`, `"null"`},
		{"61 so does null between blanks", aString, str(" null "), `" null "`, `" null "`},
		{"62 a text in quotation marks needs another pair", aString, str(`"Quoted"`), `"\"Quoted\""`, `"\"Quoted\""`},
		{"a single quotation mark does not", aString, str(`"`), `"`, `"\""`},
		{"null", aString, null, `null`, `null`},
		{"true", aBoolean, yes, `true`, `true`},
		{"a whole number", anInteger, num(-1), `-1`, `-1`},
		{"a float always shows that it is one", aFloat, flt(1), `1.0`, `1.0`},
		{"a large float", aFloat, flt(1e22), `1e+22`, `1e+22`},
		{"the smallest float with an exponent", aFloat, flt(1e16), `1e+16`, `1e+16`},
		{"a float just below the exponent", aFloat, flt(123456789012345.5), `123456789012345.5`, `123456789012345.5`},
		{"a small float", aFloat, flt(0.00001), `1e-05`, `1e-05`},
		{"a small float just above the exponent", aFloat, flt(0.0001), `0.0001`, `0.0001`},
		{"infinity", aFloat, flt(math.Inf(-1)), `-Infinity`, `-Infinity`},
		{"a date", aDate, date("2026-02-01T01:00:00+01:00"), `2026-02-01T00:00:00Z`, `"2026-02-01T00:00:00Z"`},
		{"a duration", aDuration, span(26 * time.Hour), `1 days 2 hours`, `"1 days 2 hours"`},
		{"no time at all", aDuration, span(0), ``, `""`},
		{"a position in a video", aRelativeTime, span(90 * time.Second), `00:01:30`, `"00:01:30"`},
		{"the end of a day", aRelativeTime, span(24 * time.Hour), `24:00:00`, `"24:00:00"`},
		{"a position with a fraction is in seconds", aRelativeTime, span(62500 * time.Millisecond), `62.5`, `62.5`},
		{"a list in ASCII with blanks after separators", aList, collection(`["é",{"a":1}]`), `["\u00e9", {"a": 1}]`, `["\u00e9", {"a": 1}]`},
		{"characters beyond sixteen bits as pairs", aList, collection(`["😀"]`), `["\ud83d\ude00"]`, `["\ud83d\ude00"]`},
		{"control characters by their short names", aList, collection(`["\u0008\u000c\u000a\u000d\u0009\u000b\u007f"]`), `["\b\f\n\r\t\u000b\u007f"]`, `["\b\f\n\r\t\u000b\u007f"]`},
		{"numbers in a list keep their kind", aList, collection(`[1, 1.0, 1e2, -0, true, null]`), `[1, 1.0, 100.0, 0, true, null]`, `[1, 1.0, 100.0, 0, true, null]`},
		{"numbers of any size", aList, collection(`[123456789012345678901234567890]`), `[123456789012345678901234567890]`, `[123456789012345678901234567890]`},
		{"keys with semicolons between", someKeys, collection(`["a", "b"]`), `a;b`, `["a", "b"]`},
		{"no keys", someKeys, collection(`[]`), ``, `[]`},
		{"a key with a semicolon needs JSON", someKeys, collection(`["a;b"]`), `["a;b"]`, `["a;b"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.def.ToAttribute(c.value); got != c.attribute {
				t.Errorf("attribute %s, want %s", got, c.attribute)
			}
			if got := c.def.ToPolicy(c.value); got != c.policy {
				t.Errorf("policy %s, want %s", got, c.policy)
			}
		})
	}
}

func TestNullOfATextHasNoPureAttribute(t *testing.T) {
	if text, ok := must("poll", "question").ToPure(null); ok {
		t.Errorf("the null of a String is written %q, which reads as that text", text)
	}
	if text, ok := must("drag-and-drop-v2", "max_attempts").ToPure(null); !ok || text != "null" {
		t.Errorf("the null of an Integer is written %q, %t", text, ok)
	}
}

// anyDef draws one of all fields of all block types.
func anyDef() *rapid.Generator[field.Def] {
	var all []field.Def
	for _, blockType := range knownTypes {
		all = append(all, field.Fields(blockType)...)
	}
	return rapid.SampledFrom(all)
}

// anyText draws texts that look like something.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"null", " null", `"`, `""`, `"a"`, "true", "1", "1.0", "[]", "{}", "NaN", "2015", "a;b", `"\ud800"`}),
		rapid.StringMatching(`["\[{]?[a-z0-9" ,:;\\]{0,8}["\]}]?`),
	)
}

// anyValue draws what a field of that kind can hold.
func anyValue(d field.Def) *rapid.Generator[field.Value] {
	values := func() *rapid.Generator[field.Value] {
		switch d.Kind {
		case field.Boolean:
			return rapid.Map(rapid.Bool(), field.BoolValue)
		case field.Integer:
			return rapid.Map(rapid.Int64(), field.IntValue)
		case field.Float:
			return rapid.Map(rapid.Float64(), field.FloatValue)
		case field.Date:
			const first, last = -62135596800, 253402300799
			return rapid.Map(rapid.Int64Range(first, last), func(s int64) field.Value { return field.TimeValue(time.Unix(s, 0)) })
		case field.Duration:
			return rapid.Map(rapid.Int64Range(0, 1e9), func(s int64) field.Value { return field.DurationValue(time.Duration(s) * time.Second) })
		case field.RelativeTime:
			return rapid.Map(rapid.Int64Range(0, 86400e3), func(ms int64) field.Value { return field.DurationValue(time.Duration(ms) * time.Millisecond) })
		case field.List:
			return rapid.Map(rapid.SliceOf(anyText()), jsonValue[[]string])
		case field.References:
			return rapid.Map(rapid.SliceOf(anyText()), jsonValue[[]string])
		case field.Object:
			return rapid.Map(rapid.MapOf(anyText(), rapid.Float64()), jsonValue[map[string]float64])
		case field.ReferenceMap:
			return rapid.Map(rapid.MapOf(anyText(), anyText()), jsonValue[map[string]string])
		case field.Randomization:
			return rapid.Map(rapid.SampledFrom(d.Values), field.StringValue)
		default:
			return rapid.Map(anyText(), field.StringValue)
		}
	}
	return rapid.OneOf(values(), rapid.Just(field.Value{}))
}

func jsonValue[T any](content T) field.Value {
	text, err := json.Marshal(content)
	if err != nil {
		panic(err) // strings and finite numbers always have a JSON form
	}
	return collection(string(text))
}

func TestWhatIsWrittenReadsTheSame(t *testing.T) {
	defs := anyDef()
	rapid.Check(t, func(t *rapid.T) {
		d := defs.Draw(t, "def")
		v := anyValue(d).Draw(t, "value")
		if text := d.ToAttribute(v); !same(v, d.FromAttribute, text) {
			t.Errorf("%s: attribute %q does not give back %+v", d.Name, text, v)
		}
		if text := d.ToPolicy(v); !same(v, d.FromPolicy, text) {
			t.Errorf("%s: policy %q does not give back %+v", d.Name, text, v)
		}
		if text, ok := d.ToPure(v); ok && !same(v, d.FromPure, text) {
			t.Errorf("%s: attribute of a pure XBlock %q does not give back %+v", d.Name, text, v)
		}
	})
}

func same(v field.Value, read func(string) (field.Value, *field.Fault), text string) bool {
	back, _ := read(text)
	return back.Equal(v)
}
