package olx

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestLinesAndColumnsAreThoseOfCountingFromTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "é", "漢", "😀", "\n", "\r\n", strings.Repeat("x", 700)}), 0, 40).Draw(t, "text"), "")
		offset := rapid.IntRange(0, len(text)).Filter(func(n int) bool { return n == len(text) || utf8.RuneStart(text[n]) }).Draw(t, "offset")
		before := text[:offset]
		wantLine := strings.Count(before, "\n") + 1
		wantColumn := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
		if line, column := newLines([]byte(text)).at(offset); line != wantLine || column != wantColumn {
			t.Fatalf("offset %d is %d:%d, not %d:%d", offset, line, column, wantLine, wantColumn)
		}
	})
}

func TestOffsetsOutsideATextAreItsEnds(t *testing.T) {
	x := newLines([]byte("ab\ncd"))
	if line, column := x.at(-1); line != 1 || column != 1 {
		t.Errorf("before the start is %d:%d", line, column)
	}
	if line, column := x.at(99); line != 2 || column != 3 {
		t.Errorf("after the end is %d:%d", line, column)
	}
	if line, column := newLines(nil).at(3); line != 1 || column != 1 {
		t.Errorf("an empty text ends at %d:%d", line, column)
	}
}
