package field_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"lectern/modulestore/field"
)

// Fields of each kind to try texts on.
var (
	aString       = must("html", "display_name")
	aBoolean      = must("sequential", "graded")
	anInteger     = must("library_content", "max_count")
	aFloat        = must("problem", "weight")
	aDate         = must("sequential", "due")
	aDuration     = must("course", "graceperiod")
	aRelativeTime = must("video", "start_time")
	aList         = must("course", "advanced_modules")
	anObject      = must("html", "group_access")
	someKeys      = must("conditional", "sources_list")
	aKeyMap       = must("split_test", "group_id_to_child")
	aKey          = must("problem", "parent")
	aRule         = must("problem", "rerandomize")
	aChoice       = must("problem", "showanswer")
	aLimit        = must("problem", "max_attempts")

	oneOfEachKind = []field.Def{
		aString, aBoolean, anInteger, aFloat, aDate, aDuration, aRelativeTime, aList, anObject, someKeys, aKeyMap, aKey, aRule, aChoice, aLimit,
	}
)

// must looks up a field that the table is known to have; a zero Def would fail every case that uses it.
func must(blockType, name string) field.Def {
	d, _ := field.Lookup(blockType, name)
	return d
}

// reading is a text, the value it stands for and the fault it gives, as "severity rule".
type reading struct {
	name  string
	def   field.Def
	text  string
	want  field.Value
	fault string
}

func checkReadings(t *testing.T, read func(field.Def, string) (field.Value, *field.Fault), cases []reading) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, fault := read(c.def, c.text)
			if !got.Equal(c.want) {
				t.Errorf("%s from %q is %+v, want %+v", c.def.Name, c.text, got, c.want)
			}
			if got := describe(fault); got != c.fault {
				t.Errorf("%s from %q gives fault %q, want %q", c.def.Name, c.text, got, c.fault)
			}
			if fault != nil && (fault.Message == "" || fault.Fix == "" || strings.ContainsAny(fault.Message, "\n\r")) {
				t.Errorf("fault of %q is not one line and a fix: %+v", c.text, fault)
			}
		})
	}
}

func describe(f *field.Fault) string {
	if f == nil {
		return ""
	}
	return f.Severity.String() + " " + f.Rule
}

// The constructors, short enough to stand in a table.
var (
	null = field.Value{}
	str  = field.StringValue
	yes  = field.BoolValue(true)
	no   = field.BoolValue(false)
	num  = field.IntValue
	flt  = field.FloatValue
	span = field.DurationValue
)

func date(text string) field.Value {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err) // a typing error in a test table
	}
	return field.TimeValue(t)
}

func collection(text string) field.Value {
	v, ok := field.JSONValue(text)
	if !ok {
		panic("not a JSON array or object: " + text) // a typing error in a test table
	}
	return v
}

func TestAttributeOfEachKind(t *testing.T) {
	checkReadings(t, field.Def.FromAttribute, []reading{
		{"a text is a String", aString, `abc`, str("abc"), ""},
		{"a number is the text of a String", aString, `123`, str("123"), ""},
		{"true is the text of a String", aString, `true`, str("true"), ""},
		{"null is an explicit null of a String", aString, `null`, null, ""},
		{"a JSON string loses its quotation marks", aString, `"abc"`, str("abc"), ""},
		{"a JSON string may hold escapes", aString, `"a\u00e9\n"`, str("aé\n"), ""},
		{"JSON between blanks is still JSON", aString, " \t\"abc\"\n", str("abc"), ""},
		{"an object is the text of a String", aString, `{"a":1}`, str(`{"a":1}`), ""},
		{"NaN is a number for JSON, so the text of a String", aString, `NaN`, str("NaN"), ""},
		{"an empty String is an empty text, not null", aString, ``, str(""), ""},
		{"a JSON string that is not closed is a text", aString, `"abc`, str(`"abc`), ""},
		{"bytes that are not UTF-8 are a text", aString, "\"a\xff\"", str("\"a\xff\""), ""},

		{"a whole number is an Integer", anInteger, `3`, num(3), ""},
		{"a whole number in quotation marks is an Integer", anInteger, `"3"`, num(3), ""},
		{"a sign and leading zeros are accepted as text", anInteger, `+03`, num(3), ""},
		{"a fraction is cut off an Integer", anInteger, `3.7`, num(3), "warning field.integer"},
		{"a fraction is cut off towards zero", anInteger, `-3.7`, num(-3), "warning field.integer"},
		{"an Integer with a fraction of zero is whole", anInteger, `3.0`, num(3), ""},
		{"true is 1 as an Integer", anInteger, `true`, num(1), "warning field.integer"},
		{"false is 0 as an Integer", anInteger, `false`, num(0), "warning field.integer"},
		{"an empty Integer is null", anInteger, ``, null, ""},
		{"a word is no Integer: the default stands in", anInteger, `abc`, num(1), "error field.integer"},
		{"an array is no Integer", anInteger, `[1]`, num(1), "error field.integer"},
		{"NaN is no Integer", anInteger, `NaN`, num(1), "error field.integer"},
		{"infinity is no Integer", anInteger, `1e400`, num(1), "error field.integer"},
		{"a number of more than 64 bits is no Integer", anInteger, `9223372036854775808`, num(1), "error field.integer"},
		{"a float of more than 64 bits is no Integer", anInteger, `9223372036854775808.0`, num(1), "error field.integer"},
		{"a large number below zero is no Integer", anInteger, `-1e300`, num(1), "error field.integer"},
		{"the largest Integer", anInteger, `9223372036854775807`, num(math.MaxInt64), ""},
		{"the smallest Integer", anInteger, `-9223372036854775808`, num(math.MinInt64), ""},

		{"a whole number is a Float", aFloat, `10`, flt(10), ""},
		{"an exponent is a Float", aFloat, `1e3`, flt(1000), ""},
		{"a Float in quotation marks", aFloat, `"0.5"`, flt(0.5), ""},
		{"a Float that is no JSON", aFloat, `.5`, flt(0.5), ""},
		{"an empty Float is null", aFloat, ``, null, ""},
		{"true is 1 as a Float", aFloat, `true`, flt(1), "warning field.float"},
		{"false is 0 as a Float", aFloat, `false`, flt(0), "warning field.float"},
		{"NaN is a Float that nobody means", aFloat, `NaN`, flt(math.NaN()), "warning field.float"},
		{"infinity is a Float that nobody means", aFloat, `1e400`, flt(math.Inf(1)), "warning field.float"},
		{"a word is no Float: the default stands in", aFloat, `ten`, null, "error field.float"},
		{"a decimal comma is no Float", aFloat, `1,5`, null, "error field.float"},
		{"a hexadecimal number is no Float", aFloat, `0x10p0`, null, "error field.float"},
		{"an object is no Float", aFloat, `{}`, null, "error field.float"},

		{"true is true", aBoolean, `true`, yes, ""},
		{"True is true", aBoolean, `True`, yes, ""},
		{"TRUE is true", aBoolean, `TRUE`, yes, ""},
		{"true in quotation marks is true", aBoolean, `"true"`, yes, ""},
		{"false is false", aBoolean, `false`, no, ""},
		{"False is false", aBoolean, `False`, no, ""},
		{"1 is true", aBoolean, `1`, yes, ""},
		{"0 is false", aBoolean, `0`, no, ""},
		{"2 is true, oddly", aBoolean, `2`, yes, "warning field.boolean"},
		{"-0 is false, oddly", aBoolean, `-0`, no, "warning field.boolean"},
		{"0.0 is false, oddly", aBoolean, `0.0`, no, "warning field.boolean"},
		{"yes is false, surely against the author's will", aBoolean, `yes`, no, "warning field.boolean"},
		{"an empty Boolean is false", aBoolean, ``, no, "warning field.boolean"},
		{"an empty array is false", aBoolean, `[]`, no, "warning field.boolean"},
		{"an array with a member is true", aBoolean, `["x"]`, yes, "warning field.boolean"},
		{"an object with a member is true", aBoolean, `{"x": 0}`, yes, "warning field.boolean"},

		{"a JSON array is a List", aList, `["a",1,null]`, collection(`["a", 1, null]`), ""},
		{"null is an explicit null of a List", aList, `null`, null, ""},
		{"an object is no List", aList, `{}`, collection(`[]`), "error field.json"},
		{"an empty text is no List", aList, ``, collection(`[]`), "error field.json"},
		{"a Python list is no List", aList, `['a']`, collection(`[]`), "error field.json"},
		{"a JSON object is an Object", anObject, `{"b": [1], "a": {}}`, collection(`{"b": [1], "a": {}}`), ""},
		{"an array is no Object", anObject, `[]`, collection(`{}`), "error field.json"},
		{"the last of two equal members counts", anObject, `{"a": 1, "b": 2, "a": 3}`, collection(`{"a": 3, "b": 2}`), "warning field.duplicate_key"},
		{"two equal members deep inside are found too", aList, `[{"a": {"b": 1, "b": 2}}]`, collection(`[{"a": {"b": 2}}]`), "warning field.duplicate_key"},

		{"a raw date with Z", aDate, `2020-01-01T00:00:00Z`, date("2020-01-01T00:00:00Z"), ""},
		{"a raw date with an offset", aDate, `2015-09-01T02:00:00+02:00`, date("2015-09-01T00:00:00Z"), ""},
		{"a date as a JSON string", aDate, `"2015-09-01T00:00:00+00:00"`, date("2015-09-01T00:00:00Z"), ""},
		{"a date without time of day", aDate, `2013-02-05`, date("2013-02-05T00:00:00Z"), "info field.date_no_zone"},
		{"a year alone is no date, and never milliseconds", aDate, `2015`, null, "error field.date"},
		{"milliseconds are no date", aDate, `1420070400000`, null, "error field.date"},
		{"digits alone are no date", aDate, `20150901`, null, "error field.date"},
		{"an empty Date is null", aDate, ``, null, ""},
		{"an empty Date as a JSON string is null", aDate, `""`, null, ""},
		{"a text without day is no date", aDate, `September 2015`, null, "error field.date"},
		{"true is no date", aDate, `true`, null, "error field.date"},

		{"days and hours", aDuration, `1 day 5 hours`, span(29 * time.Hour), ""},
		{"seconds alone", aDuration, `18000 seconds`, span(5 * time.Hour), ""},
		{"a plural of one", aDuration, `1 days`, span(24 * time.Hour), ""},
		{"a Duration as a JSON string", aDuration, `"1 days"`, span(24 * time.Hour), ""},
		{"an empty Duration is no time at all, not null", aDuration, ``, span(0), ""},
		{"a Duration of an unknown unit is null", aDuration, `3 weeks`, null, "error field.duration"},
		{"a number alone is no Duration", aDuration, `18000`, null, "error field.duration"},
		{"a Duration beyond three centuries is null", aDuration, `999999999 days`, null, "error field.duration"},

		{"hours, minutes and seconds", aRelativeTime, `00:01:30`, span(90 * time.Second), ""},
		{"a float of seconds, from old courses", aRelativeTime, `62.0`, span(62 * time.Second), ""},
		{"a float with a fraction", aRelativeTime, `62.5`, span(62500 * time.Millisecond), ""},
		{"an empty RelativeTime is the beginning", aRelativeTime, ``, span(0), ""},
		{"0 is the beginning", aRelativeTime, `0`, span(0), ""},
		{"a day is the most", aRelativeTime, `24:00:00`, span(24 * time.Hour), ""},
		{"more than a day is too much", aRelativeTime, `24:00:01`, span(0), "error field.relative_time"},
		{"sixty seconds are a minute", aRelativeTime, `00:00:60`, span(0), "error field.relative_time"},
		{"sixty minutes are an hour", aRelativeTime, `00:60:00`, span(0), "error field.relative_time"},
		{"minutes and seconds alone are not enough", aRelativeTime, `01:30`, span(0), "error field.relative_time"},
		{"a position before the beginning", aRelativeTime, `-1.0`, span(0), "error field.relative_time"},
		{"NaN is no position", aRelativeTime, `NaN`, span(0), "error field.relative_time"},

		{"a number is no key of a block, but a text", aKey, `5`, str("5"), ""},
		{"keys separated by semicolons", someKeys, `a/b ;c/d;`, collection(`["a/b", "c/d"]`), ""},
		{"keys as a JSON array", someKeys, `["a/b", "c/d"]`, collection(`["a/b", "c/d"]`), ""},
		{"no keys", someKeys, ``, collection(`[]`), ""},
		{"an array of numbers is the text of one key", someKeys, `[1]`, collection(`["[1]"]`), ""},
		{"a group map", aKeyMap, `{"0": "i4x://O/C/vertical/a"}`, collection(`{"0": "i4x://O/C/vertical/a"}`), ""},
		{"a group map whose values are no keys", aKeyMap, `{"0": 5}`, collection(`{}`), "error field.json"},
	})
}

func TestRandomization(t *testing.T) {
	checkReadings(t, field.Def.FromAttribute, []reading{
		{"a name stays", aRule, `onreset`, str("onreset"), ""},
		{"an empty text is always", aRule, ``, str("always"), ""},
		{"true is always", aRule, `true`, str("always"), ""},
		{"true in quotation marks is always", aRule, `"true"`, str("always"), ""},
		{"false is per_student", aRule, `false`, str("per_student"), ""},
		{"false in quotation marks is per_student", aRule, `"false"`, str("per_student"), ""},
		{"null is null", aRule, `null`, null, ""},
		{"another name is kept", aRule, `sometimes`, str("sometimes"), "warning field.enum"},
		{"True is just another name", aRule, `True`, str("True"), "warning field.enum"},
		{"a number is just another name", aRule, `5`, str("5"), "warning field.enum"},
	})
}

func TestEnumerations(t *testing.T) {
	checkReadings(t, field.Def.FromAttribute, []reading{
		{"a listed name", aChoice, `past_due`, str("past_due"), ""},
		{"a name of old courses is kept", aChoice, `after_attempts`, str("after_attempts"), "warning field.enum"},
		{"upper case is another name", aChoice, `Always`, str("Always"), "warning field.enum"},
		{"no name at all", aChoice, ``, str(""), "warning field.enum"},
		{"null is no name", aChoice, `null`, null, ""},
		{"a value of old courses that upstream still knows", must("course", "certificates_display_behavior"), `early_no_info`, str("early_no_info"), ""},
	})
}

// The numbers name the known edge cases of fields, so that reports and reviews can point at one.
func TestEdgeCasesOfAttributes(t *testing.T) {
	checkReadings(t, field.Def.FromAttribute, []reading{
		{"61 display_name null is a null title", must("problem", "display_name"), `null`, null, ""},
		{"62 display_name in quotation marks loses them", must("problem", "display_name"), `"Quoted"`, str("Quoted"), ""},
		{"63 display_name 123 is a text", must("problem", "display_name"), `123`, str("123"), ""},
		{"63 display_name true is a text", must("problem", "display_name"), `true`, str("true"), ""},
		{"64 graded yes is false, with a warning", must("sequential", "graded"), `yes`, no, "warning field.boolean"},
		{"65 max_attempts empty is null", must("problem", "max_attempts"), ``, null, ""},
		{"66 max_attempts three is an error", must("problem", "max_attempts"), `three`, null, "error field.integer"},
		{"67 max_attempts -1 is kept, with a warning", must("problem", "max_attempts"), `-1`, num(-1), "warning field.negative"},
		{"67 max_attempts 0 is a value like others", must("problem", "max_attempts"), `0`, num(0), ""},
		{"68 weight null is an explicit null", must("problem", "weight"), `null`, null, ""},
		{"69 due null is an explicit null", must("sequential", "due"), `null`, null, ""},
		{"69 due empty is an explicit null", must("sequential", "due"), ``, null, ""},
		{"70 start 2015 is an error, not 1970", must("course", "start"), `2015`, null, "error field.date"},
		{"71 start March 2015 is an error", must("course", "start"), `March 2015`, null, "error field.date"},
		{"72 start as a JSON string is a date", must("course", "start"), `"2015-09-01T00:00:00+00:00"`, date("2015-09-01T00:00:00Z"), ""},
		{"73 a date without zone is UTC, for information", must("course", "start"), `2015-09-01T10:00:00`, date("2015-09-01T10:00:00Z"), "info field.date_no_zone"},
		{"74 graceperiod empty is an explicit zero", must("course", "graceperiod"), ``, span(0), ""},
		{"75 graceperiod 2 weeks is an error", must("course", "graceperiod"), `2 weeks`, null, "error field.duration"},
		{"75 graceperiod 01:00:00 is an error", must("course", "graceperiod"), `01:00:00`, null, "error field.duration"},
		{"76 start_time 90 is seconds, with a warning", must("video", "start_time"), `90`, span(90 * time.Second), "warning field.relative_time"},
		{"77 group_access {} is an explicit empty object", must("html", "group_access"), `{}`, collection(`{}`), ""},
		{"78 group_access may name any partition", must("html", "group_access"), `{"404": [7]}`, collection(`{"404": [7]}`), ""},
		{"79 tabs as an attribute of a course are ignored", must("course", "tabs"), `[]`, collection(`[]`), "warning field.ignored"},
		{"79 ignored whatever the text is", must("course", "tabs"), `nonsense`, collection(`[]`), "warning field.ignored"},
	})
}

func TestFieldOfAnotherType(t *testing.T) {
	if _, ok := field.Lookup("html", "markdown"); ok {
		t.Error("80 markdown is a field of html; it is one of problem alone, and an unknown attribute elsewhere")
	}
}

func TestPolicy(t *testing.T) {
	checkReadings(t, field.Def.FromPolicy, []reading{
		{"a JSON string is a String", aString, `"abc"`, str("abc"), ""},
		{"a JSON string that looks like null is a String", aString, `"null"`, str("null"), ""},
		{"null is an explicit null", aString, `null`, null, ""},
		{"a number is no String: its text stands in", aString, `123`, str("123"), "error field.string"},
		{"true is true", aBoolean, `true`, yes, ""},
		{"the text true is true", aBoolean, `"true"`, yes, ""},
		{"the text 3 is an Integer", anInteger, `"3"`, num(3), ""},
		{"the text three is no Integer", anInteger, `"three"`, num(1), "error field.integer"},
		{"the text 3.7 is no Integer", anInteger, `"3.7"`, num(1), "error field.integer"},
		{"a number is a Float", aFloat, `10000.0`, flt(10000), ""},
		{"a date", aDate, `"2026-02-01T00:00:00Z"`, date("2026-02-01T00:00:00Z"), ""},
		{"milliseconds are no date", aDate, `1420070400000`, null, "error field.date"},
		{"a duration", aDuration, `"1 days"`, span(24 * time.Hour), ""},
		{"an array", aList, `["a"]`, collection(`["a"]`), ""},
		{"an array in a text is no List", aList, `"[\"a\"]"`, collection(`[]`), "error field.json"},
		{"tabs belong to the policy", must("course", "tabs"), `[{"type": "wiki"}]`, collection(`[{"type": "wiki"}]`), ""},
		{"what is no JSON is an error", aList, `[1,`, collection(`[]`), "error field.json"},
		{"what is no JSON stands in as text", aString, `abc`, str("abc"), "error field.json"},
		{"two JSON values are no JSON", aList, `[] []`, collection(`[]`), "error field.json"},
	})
}

func TestPureXBlockAttribute(t *testing.T) {
	attempts, data := must("drag-and-drop-v2", "max_attempts"), must("drag-and-drop-v2", "data")
	question, title := must("poll", "question"), must("drag-and-drop-v2", "show_title")
	due, weight := must("drag-and-drop-v2", "due"), must("drag-and-drop-v2", "weight")
	checkReadings(t, field.Def.FromPure, []reading{
		{"a String stands as it is", question, `abc`, str("abc"), ""},
		{"a String keeps quotation marks", question, `"abc"`, str(`"abc"`), ""},
		{"a String may be null in letters", question, `null`, str("null"), ""},
		{"yes is true", title, `yes`, yes, ""},
		{"on is true", title, `on`, yes, ""},
		{"True is true", title, `True`, yes, ""},
		{"off is false", title, `off`, no, ""},
		{"y is a text, and false", title, `y`, no, "warning field.boolean"},
		{"1 is true", title, `1`, yes, ""},
		{"null is null", attempts, `null`, null, ""},
		{"nothing is null", attempts, ``, null, ""},
		{"a tilde is null", attempts, `~`, null, ""},
		{"a whole number", attempts, `5`, num(5), ""},
		{"a whole number between blanks", attempts, ` 5 `, num(5), ""},
		{"a whole number in single quotation marks", attempts, `'5'`, num(5), ""},
		{"a whole number in double quotation marks", attempts, `"5"`, num(5), ""},
		{"an octal number", attempts, `010`, num(8), ""},
		{"a hexadecimal number", attempts, `0x1F`, num(31), ""},
		{"a binary number", attempts, `0b101`, num(5), ""},
		{"a prefix that YAML 1.1 does not have", attempts, `0o17`, null, "error field.integer"},
		{"a leading zero before a digit that is not octal", attempts, `08`, num(8), ""},
		{"thousands apart", attempts, `1_000`, num(1000), ""},
		{"a number cannot begin with what keeps thousands apart", attempts, `_5`, null, "error field.integer"},
		{"below zero", attempts, `-1`, num(-1), "warning field.negative"},
		{"a word is no Integer", attempts, `three`, null, "error field.integer"},
		{"a float", weight, `1.0`, flt(1), ""},
		{"a float without a point is text for YAML, a number for the field", weight, `1e3`, flt(1000), ""},
		{"infinity", weight, `.inf`, flt(math.Inf(1)), "warning field.float"},
		{"infinity below zero", weight, `-.Inf`, flt(math.Inf(-1)), "warning field.float"},
		{"not a number", weight, `.NaN`, flt(math.NaN()), "warning field.float"},
		{"an unquoted date", due, `2026-02-01T00:00:00Z`, date("2026-02-01T00:00:00Z"), ""},
		{"an unquoted day", due, `2026-02-01`, date("2026-02-01T00:00:00Z"), "info field.date_no_zone"},
		{"a quoted date", due, `"2026-02-01T00:00:00Z"`, date("2026-02-01T00:00:00Z"), ""},
		{"a year is no date", due, `2015`, null, "error field.date"},
		{"a JSON object over several lines", data, "{\n  \"a\": [\n    1\n  ]\n}", collection(`{"a": [1]}`), ""},
		{"an object with a member twice", data, `{"a": 1, "a": 2}`, collection(`{"a": 2}`), "warning field.duplicate_key"},
		{"a clock is not a number to the base of sixty", must("drag-and-drop-v2", "weight"), `00:01:30`, flt(1), "error field.float"},
	})
}

func TestStandIns(t *testing.T) {
	checkReadings(t, field.Def.FromAttribute, []reading{
		{"null for a date, whatever the default", field.Def{Name: "a", Kind: field.Date, Default: `"2030-01-01T00:00:00Z"`}, `soon`, null, "error field.date"},
		{"null for a duration, whatever the default", field.Def{Name: "a", Kind: field.Duration, Default: `"1 days"`}, `long`, null, "error field.duration"},
		{"the default for a number", field.Def{Name: "a", Kind: field.Integer, Default: `5`}, `many`, num(5), "error field.integer"},
		{"null where the default is no value of the field", field.Def{Name: "a", Kind: field.Integer, Default: `"five"`}, `many`, null, "error field.integer"},
		{"null where the default is no JSON", field.Def{Name: "a", Kind: field.Integer, Default: `five`}, `many`, null, "error field.integer"},
		{"null where there is no default", field.Def{Name: "a", Kind: field.List}, `many`, null, "error field.json"},
	})
}

func TestMessageIsShort(t *testing.T) {
	_, fault := anInteger.FromAttribute(strings.Repeat("é", 10_000))
	if want := `max_count is "` + strings.Repeat("é", 60) + `…", which is not a whole number`; fault == nil || fault.Message != want {
		t.Errorf("fault is %+v, want message %s", fault, want)
	}
}

func TestNullIsNoOtherValue(t *testing.T) {
	if !null.Null() || null.Bool() || null.Str() != "" || null.JSON() != "" {
		t.Error("null is something else too")
	}
	for name, ok := range map[string]bool{
		"a whole number": second(null.Int()), "a number": second(null.Float()), "an instant": second(null.Time()), "a length of time": second(null.Duration()),
	} {
		if ok {
			t.Errorf("null is %s", name)
		}
	}
	for _, v := range []field.Value{str(""), no, num(0), flt(0), span(0), field.TimeValue(time.Time{}), collection("[]")} {
		if v.Null() || v.Equal(null) {
			t.Errorf("%+v is null", v)
		}
	}
}

func second[T any](_ T, ok bool) bool { return ok }

func TestNumbers(t *testing.T) {
	if _, ok := flt(1).Int(); ok {
		t.Error("1.0 is a whole number")
	}
	if i, ok := num(1).Int(); !ok || i != 1 {
		t.Error("1 is no whole number")
	}
	if f, ok := num(1).Float(); !ok || f != 1 {
		t.Error("1 is no number")
	}
}

func TestEqual(t *testing.T) {
	noon := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		v, w field.Value
		want bool
	}{
		{"the same instant in two zones", field.TimeValue(noon), field.TimeValue(noon.In(time.FixedZone("", 3600))), true},
		{"two instants", field.TimeValue(noon), field.TimeValue(noon.Add(1)), false},
		{"NaN and NaN", flt(math.NaN()), flt(math.NaN()), true},
		{"a whole number and a float", num(1), flt(1), false},
		{"JSON with other blanks and escapes", collection(`{"a":"é"}`), collection(`{ "a" : "\u00e9" }`), true},
		{"JSON in another order", collection(`{"a":1,"b":2}`), collection(`{"b":2,"a":1}`), false},
		{"a text and JSON", str("[]"), collection("[]"), false},
		{"true and false", yes, no, false},
	} {
		if c.v.Equal(c.w) != c.want || c.w.Equal(c.v) != c.want {
			t.Errorf("%s: equal is %t, want %t", c.name, !c.want, c.want)
		}
	}
}
