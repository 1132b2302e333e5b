package field_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"lectern/modulestore/field"
)

// FuzzAnyText reads any text as a field of any kind. Reading must not panic, must give the same value again after writing, and must keep its promise about
// stand-ins.
func FuzzAnyText(f *testing.F) {
	for _, text := range []string{
		``, `abc`, `null`, `"abc"`, `true`, `3`, `3.7`, `1e400`, `-0`, `NaN`, `[]`, `["a", 1]`, `{"a": 1, "a": 2}`, `2015`, `"2015-09-01T00:00:00+00:00"`,
		`2020-01-01T00:00:00Z`, `Jan 2, 2006`, `1 day 5 hours`, `00:01:30`, `62.0`, `yes`, `0x1F`, `a;b`, `'it''s'`, `"\ud800"`, "\"\xff\"", `[[[[`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range oneOfEachKind {
			checkText(t, d, text)
		}
	})
}

func checkText(t *testing.T, d field.Def, text string) {
	t.Helper()
	for name, read := range map[string]func(string) (field.Value, *field.Fault){"attribute": d.FromAttribute, "pure": d.FromPure, "policy": d.FromPolicy} {
		v, fault := read(text)
		if fault != nil && fault.Severity == field.Error && (d.Kind == field.Date || d.Kind == field.Duration) && !v.Null() {
			t.Errorf("%s of %s: %q is faulty and stands for %+v", name, d.Name, text, v)
		}
		if !utf8.ValidString(v.Str()) {
			continue // JSON cannot hold it
		}
		if again, _ := d.FromPolicy(d.ToPolicy(v)); !again.Equal(v) {
			t.Errorf("%s of %s: %q reads as %+v, and after writing as %+v", name, d.Name, text, v, again)
		}
	}
}

// FuzzJSON compares the package's JSON reader with the one of the standard library, which knows neither NaN nor Infinity.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`1`, `-0.5e+3`, `01`, `1.`, `.5`, `-`, `"a\u00e9\ud83d\ude00"`, `"\x"`, "\"\n\"", `tru`, `truex`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `1 2`, `[1,]`,
		`[,1]`, `[1 2]`, `"`, `"\"`, `{"a":{"b":[]}}`, "\v1", `{1:2}`, `{"a":1 "b":2}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "NaN") || strings.Contains(text, "Infinity") || strings.Count(text, "[")+strings.Count(text, "{") > 100 {
			return
		}
		list := "[" + text + "]"
		v, ok := field.JSONValue(list)
		if want := json.Valid([]byte(list)) && utf8.ValidString(list); ok != want {
			t.Fatalf("%q is JSON: %t, want %t", list, ok, want)
		}
		if ok && !json.Valid([]byte(v.JSON())) && !strings.Contains(v.JSON(), "Infinity") {
			t.Errorf("%q is written as %q, which is not JSON", list, v.JSON())
		}
	})
}

func TestDepthOfJSON(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	if _, ok := field.JSONValue(nested(200)); !ok {
		t.Error("200 arrays inside each other are refused")
	}
	for _, n := range []int{202, 1_000_000} {
		if _, ok := field.JSONValue(nested(n)); ok {
			t.Errorf("%d arrays inside each other are accepted", n)
		}
	}
}

func TestJSONValueIsACollection(t *testing.T) {
	for _, text := range []string{`1`, `"a"`, `null`, `true`, ``, `[`, `[] x`} {
		if v, ok := field.JSONValue(text); ok || !v.Null() {
			t.Errorf("%q is an array or object", text)
		}
	}
}
