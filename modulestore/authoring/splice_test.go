package authoring

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// inJSON replaces in JSON the text find by with.
func inJSON(src, find, with string) string {
	return spliceJSON(src, func(_, text string) (list []splice) {
		for at := 0; ; {
			i := strings.Index(text[at:], find)
			if i < 0 {
				return list
			}
			list = append(list, splice{at + i, at + i + len(find), with})
			at += i + len(find)
		}
	})
}

func TestChangingStringsInJSON(t *testing.T) {
	tests := []struct{ name, src, find, with, want string }{
		{"a string alone", `"cat"`, "cat", "dog", `"dog"`},
		{"strings in lists and objects", `[ "cat", {"a":"cat" , "b":[["cat"]]} ]`, "cat", "dog", `[ "dog", {"a":"dog" , "b":[["dog"]]} ]`},
		{"names of members stay", `{"cat" : "cat", "x": {"cat": 1}}`, "cat", "dog", `{"cat" : "dog", "x": {"cat": 1}}`},
		{"numbers and words stay", `[1, true, 1.0, "1"]`, "1", "2", `[1, true, 1.0, "2"]`},
		{"a text that is no JSON stays", `]["cat`, "cat", "dog", `]["cat`},
		{"what is replaced is escaped", `"cat"`, "cat", "a\"\\\n\t\x01", `"a\"\\\n\t\u0001"`},
		{"an escape is one character", `"say \"cat\""`, `"cat"`, "x", `"say x"`},
		{"other escapes stay as they are spelled", `"\u00e9\/cat\ud83d\ude00"`, "cat", "x", `"\u00e9\/x\ud83d\ude00"`},
		{"half a character stays as it is spelled", `"\ud83dcat\ude00"`, "cat", "x", `"\ud83dx\ude00"`},
		{"ASCII stays ASCII", `"cat"`, "cat", "é😀", `"\u00e9\ud83d\ude00"`},
		{"other texts may be written plainly", `"é cat"`, "cat", "ü", `"é ü"`},
		{"characters written as escapes are found", `"\u00e9\ud83d\ude00"`, "é😀", "e", `"e"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := inJSON(tt.src, tt.find, tt.with); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestAStringInJSONIsOfferedWithItsMember(t *testing.T) {
	var got []string
	spliceJSON(`{"a": ["1", {"b": "2", "c": ["3"]}, "4"], "d": "5"}`, func(member, text string) []splice {
		got = append(got, member+text)
		return nil
	})
	if s := strings.Join(got, " "); s != "a1 b2 c3 a4 d5" {
		t.Errorf("got %s", s)
	}
}

// TestChangedJSONSaysWhatIsMeant compares with a change of the decoded value.
func TestChangedJSONSaysWhatIsMeant(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune("ab\"\\\n\té😀/<\u2028")))
	rapid.Check(t, func(t *rapid.T) {
		said := text.Draw(t, "said")
		with := text.Draw(t, "with")
		src, _ := json.Marshal([]string{said})
		var got []string
		if err := json.Unmarshal([]byte(inJSON(string(src), "a", with)), &got); err != nil {
			t.Fatal(err)
		}
		if want := strings.ReplaceAll(said, "a", with); got[0] != want {
			t.Errorf("got %q, want %q", got[0], want)
		}
	})
}
