package olx

import (
	"strings"
	"testing"
)

// TestJSONIsLaidOutAsStudioDoes gives policy files and their canonical form; "as it is" for those that cannot have one without loss.
func TestJSONIsLaidOutAsStudioDoes(t *testing.T) {
	const asItIs = "as it is"
	for name, c := range map[string]struct{ json, want string }{
		"keys are sorted":                  {`{"b": 1, "a": {"d": [], "c": {}}}`, "{\n    \"a\": {\n        \"c\": {},\n        \"d\": []\n    },\n    \"b\": 1\n}"},
		"lists keep their order":           {`[2,1,[true , false,null]]`, "[\n    2,\n    1,\n    [\n        true,\n        false,\n        null\n    ]\n]"},
		"numbers keep their spelling":      {`[1.50, 1E5, -0, 12345678901234567890]`, "[\n    1.50,\n    1E5,\n    -0,\n    12345678901234567890\n]"},
		"letters beyond ASCII are escaped": {`"é漢😀\u00e9"`, `"\u00e9\u6f22\ud83d\ude00\u00e9"`},
		"what must be escaped is":          {`"\"\\\/\b\f\n\r\t\u0001\u007f<>&"`, `"\"\\/\b\f\n\r\t\u0001\u007f<>&"`},
		"one value is enough":              {" null\n", "null"},
		"a key twice":                      {`{"a": 1, "a": 2}`, asItIs},
		"half a character":                 {`"\ud83d"`, asItIs},
		"bytes that are not UTF-8":         {"\"\xff\"", asItIs},
		"text after the value":             {`{} ]`, asItIs},
		"two values":                       {`{} {}`, asItIs},
		"a broken file":                    {`{"a": }`, asItIs},
		"an empty file":                    {"", asItIs},
		"a byte order mark":                {"\xef\xbb\xbf{}", asItIs},
		"more levels than anybody reads":   {strings.Repeat("[", 1_000_000), asItIs},
	} {
		want := c.want
		if want == asItIs {
			want = c.json
		}
		if got := string(studioJSON([]byte(c.json))); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
