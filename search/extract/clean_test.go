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
