package extract

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// TestTextIsCleanedInRunsAsByCharacters compares clean with the rules told character by character.
func TestTextIsCleanedInRunsAsByCharacters(t *testing.T) {
	pieces := []string{
		"word", "_", "____", ".", " ", "  ", "\n", "\r\n", "\t", "\x00", "\x7f", "é", "e\u0301", "\u0301", "ÿ", "×", "“", "‘‛", "–", "…", "\u00ad", "\u200b", "ﬁ", "漢", "\xff", "<b>", "&",
		"か\u3099", "\u1112\u1161\u11ab", "<\u0338", "\u0345\u0323", "\v", "\u0085", "\u2028",
		strings.Repeat("x", MaxWord-2), strings.Repeat("y", MaxWord+1), strings.Repeat("_-", MaxWord), strings.Repeat("é", MaxWord-1), strings.Repeat("many words ", MaxText/11),
	}
	rapid.Check(t, func(t *rapid.T) {
		var text string
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(pieces)-1), 0, 30).Draw(t, "pieces") { // a failure that shows the texts would be too long to read
			text += pieces[i]
		}
		got, cut := clean(text)
		var want cleaner
		for _, r := range norm.NFKC.String(strings.Map(visible, strings.ToValidUTF8(text, " "))) {
			if !want.add(r) {
				break
			}
		}
		if got != want.out.String() || cut != want.cut {
			t.Fatalf("%d bytes, cut %v; want %d bytes, cut %v", len(got), cut, want.out.Len(), want.cut)
		}
	})
}

// TestLongWordsAreCleanedInOnePass cleans what is one word to its end, as an encoded file in a page is. If the rest of it were looked at for each character, the test would not end.
func TestLongWordsAreCleanedInOnePass(t *testing.T) {
	for _, word := range []string{"x", "_", "x/", "x_"} {
		if _, cut := clean(strings.Repeat(word, 8*maxRaw/len(word))); !cut {
			t.Errorf("%d bytes of %q: nothing is cut", 8*maxRaw, word)
		}
	}
}
