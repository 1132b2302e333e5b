package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRoster reads lists of learners that people and spreadsheets may write: a list is refused as a whole, or each of its lines is either read or told to be wrong,
// under its number.
func FuzzRoster(f *testing.F) {
	for _, seed := range []string{
		"", "\n\n", "name", "name\n", "name\nanna\n", "\ufeffName,Mode\r\nanna,audit\r\n", "name,email,mode,cohort,action\nanna,a@b,audit,Red,enroll\n",
		"name\n\"a\nb\"\n", "name\n\"a\"b\n", "name\n\"", "name;mode\nanna;audit", "name,name\n", "mode\naudit\n", "name,mode\ranna,audit\r", "name\nJos\xe9\n",
		"name,mode\nanna\n", "name,mode\nanna,audit,x\n", "name\n \n", "\xff\xfen\x00a\x00", "name\n\x00\n", "name\n" + strings.Repeat("x", 3000) + "\n", "name\r\n\r\nanna\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, wrong, err := parseRoster(text)
		if err != nil {
			if len(lines)+len(wrong) > 0 || err.Error() == "" || !utf8.ValidString(err.Error()) {
				t.Errorf("%d lines, %d wrong, %q", len(lines), len(wrong), err)
			}
			return
		}
		last := strings.Count(string(text), "\n") + 1
		var numbers []int
		for _, l := range lines {
			numbers = append(numbers, l.line)
			for _, value := range []string{l.name, l.email, l.mode, l.cohort, l.action} {
				if value != strings.TrimSpace(value) || !utf8.ValidString(value) {
					t.Errorf("line %d: the value %q", l.line, value)
				}
			}
		}
		if !slices.IsSorted(numbers) {
			t.Errorf("the lines stand in another order: %v", numbers)
		}
		for _, p := range wrong {
			if numbers = append(numbers, p.Line); p.Message == "" {
				t.Errorf("line %d is wrong for no reason", p.Line)
			}
		}
		for _, n := range numbers {
			if n < 2 || n > last {
				t.Errorf("line %d of %d", n, last)
			}
		}
		slices.Sort(numbers)
		if len(slices.Compact(slices.Clone(numbers))) != len(numbers) {
			t.Errorf("a line stands twice: %v", numbers)
		}
	})
}
