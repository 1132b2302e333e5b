package authoring

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReplacingInOneText(t *testing.T) {
	tests := []struct {
		name string
		o    ReplaceOptions
		text string
		want string
	}{
		{"every place is replaced", ReplaceOptions{Find: "a", With: "b"}, "banana", "bbnbnb"},
		{"a text is no pattern", ReplaceOptions{Find: "a.c", With: "$1"}, "abc a.c", "abc $1"},
		{"capital letters are other letters", ReplaceOptions{Find: "cat", With: "dog"}, "Cat cat", "Cat dog"},
		{"unless they are to be found too", ReplaceOptions{Find: "cat", With: "dog", IgnoreCase: true}, "Cat cAT", "dog dog"},
		{"letters beyond ASCII are compared without case too", ReplaceOptions{Find: "élan", With: "x", IgnoreCase: true}, "ÉLAN", "x"},
		{"a part of a word is found", ReplaceOptions{Find: "cat", With: "dog"}, "catalogue", "dogalogue"},
		{"but not as a whole word", ReplaceOptions{Find: "cat", With: "dog", WholeWords: true},
			"cat catalogue bobcat (cat) cat_1 caté", "dog catalogue bobcat (dog) cat_1 caté"},
		{"marks need no word boundary", ReplaceOptions{Find: "++", With: "#", WholeWords: true}, "C++ is", "C# is"},
		{"an ampersand is found as markup writes it, and written so", ReplaceOptions{Find: "A & B", With: "B & A"}, "A &amp; B, A &#38; B", "B &amp; A, B &amp; A"},
		{"and as it stands in a text that is no markup", ReplaceOptions{Find: "A & B", With: "B & A"}, "A & B", "B & A"},
		{"tags are found in the source", ReplaceOptions{Find: "<b>", With: "<strong>"}, "<b>x &lt;b&gt;", "<strong>x &lt;strong&gt;"},
		{"quotation marks of a written reference are written as references", ReplaceOptions{Find: `"x"`, With: `'y'`},
			`"x" &quot;x&quot; &#x22;x&#34;`, `'y' &#39;y&#39; &#39;y&#39;`},
		{"a reference that was typed is found as it was typed", ReplaceOptions{Find: "a&nbsp;b", With: "a b"}, "a&nbsp;b", "a b"},
		{"so is an ampersand that was typed as a reference", ReplaceOptions{Find: "&amp;", With: "and"}, "A &amp; B", "A and B"},
		{"a reference is never cut in two", ReplaceOptions{Find: "amp", With: "lamp"}, "amp &amp; champ", "lamp &amp; chlamp"},
		{"an ampersand is not the first letter of a reference", ReplaceOptions{Find: "&", With: "and"}, "&lt; & &amp;", "&lt; and and"},
		{"an ampersand that begins no reference is one", ReplaceOptions{Find: "&", With: "+"}, "?a=1&b=2; x&nosuch;", "?a=1+b=2; x+nosuch;"},
		{"a regular expression has groups", ReplaceOptions{Find: `(\w+)@(\w+)`, With: "$2 at ${1}", Regexp: true}, "me@home", "home at me"},
		{"groups may have names, and $$ is a $", ReplaceOptions{Find: `(?P<n>\d+)`, With: "$$${n}0 $0", Regexp: true}, "5", "$50 5"},
		{"it sees the source", ReplaceOptions{Find: `<i>(.*?)</i>`, With: "<em>$1</em>", Regexp: true}, "<i>a</i> &lt;i&gt;", "<em>a</em> &lt;i&gt;"},
		{"it can ignore case and ask for words", ReplaceOptions{Find: `b.d`, With: "x", Regexp: true, IgnoreCase: true, WholeWords: true},
			"BAD bid bidden", "x x bidden"},
		{"a replacement may be empty", ReplaceOptions{Find: " very", With: ""}, "a very very old text", "a old text"},
		{"what was replaced is not searched again", ReplaceOptions{Find: "a", With: "aa"}, "aaa", "aaaaaa"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := newSearch(tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, spliced(tt.text, s.splices(tt.text))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestSearchesThatAreRefused(t *testing.T) {
	tests := []struct {
		name string
		o    ReplaceOptions
		says string
	}{
		{"an empty text", ReplaceOptions{With: "x"}, "is empty"},
		{"a character that XML cannot hold", ReplaceOptions{Find: "a", With: "\x00"}, "no course file can have"},
		{"bytes that are no text", ReplaceOptions{Find: "\xff"}, "no course file can have"},
		{"a class that is not closed", ReplaceOptions{Find: "ab[c", Regexp: true}, "missing closing ], at character 3"},
		{"a parenthesis that is not closed", ReplaceOptions{Find: `é\((b`, Regexp: true}, "missing closing ), at character 4"},
		{"a parenthesis that was never opened", ReplaceOptions{Find: "(a)[(]b)", Regexp: true}, "unexpected ), at character 8"},
		{"nothing to repeat", ReplaceOptions{Find: "a|*", Regexp: true}, "missing argument to repetition operator, at character 3"},
		{"an escape that means nothing", ReplaceOptions{Find: `ab\y`, Regexp: true}, "invalid escape sequence, at character 3"},
		{"a pattern that matches no text", ReplaceOptions{Find: "x*", Regexp: true}, "no text at all"},
		{"a pattern that matches a place", ReplaceOptions{Find: `\b|a`, Regexp: true}, "no text at all"},
		{"a group that the pattern does not have", ReplaceOptions{Find: "(a)", With: "$1 $2", Regexp: true}, "$2 names a group"},
		{"a group with letters after it", ReplaceOptions{Find: "(a)", With: "$1st", Regexp: true}, "$1st names a group"},
		{"a pattern with an empty choice", ReplaceOptions{Find: `(a|)`, Regexp: true}, "no text at all"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := newSearch(tt.o); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error with %q", err, tt.says)
			}
		})
	}
}

// TestNoPatternMatchesNothing holds the look at patterns against what they match.
func TestNoPatternMatchesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"a", "b", "(", ")", "|", "*", "+", "?", `\b`, "^", "$", "[ab]", "."})
		pattern := strings.Join(rapid.SliceOfN(piece, 1, 8).Draw(t, "pattern"), "")
		compiled, err := regexp.Compile(pattern)
		if checked := checkPattern(pattern); err != nil || checked != nil {
			if err != nil && checked == nil {
				t.Fatalf("%q is no pattern, but was not refused", pattern)
			}
			return
		}
		text := rapid.StringMatching(`[abc ]{0,6}`).Draw(t, "text")
		for _, m := range compiled.FindAllStringIndex(text, -1) {
			if m[0] == m[1] {
				t.Fatalf("%q matches nothing in %q", pattern, text)
			}
		}
	})
}

func TestAnExcerptShowsWhatStandsAround(t *testing.T) {
	s, err := newSearch(ReplaceOptions{Find: "needle", With: "pin"})
	if err != nil {
		t.Fatal(err)
	}
	hay := strings.Repeat("é", 50)
	text := "needle" + hay + "needle, needle" + hay + "needle needle" + hay + "needle"
	want := []Excerpt{
		{"needle" + hay[:80] + "…", "pin" + hay[:80] + "…"},
		{"…" + hay[:80] + "needle, needle" + hay[:64] + "…", "…" + hay[:80] + "pin, pin" + hay[:70] + "…"},
		{"…" + hay[:80] + "needle needle" + hay[:66] + "…", "…" + hay[:80] + "pin pin" + hay[:72] + "…"},
	}
	if diff := cmp.Diff(want, excerpts(text, s.splices(text))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
