package authoring

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// search finds what is to be replaced in a text, and says what comes in its place.
type search struct {
	pattern *regexp.Regexp
	find    string // empty for a regular expression
	with    string
	words   bool
}

// newSearch makes the search that the options ask for.
func newSearch(o ReplaceOptions) (*search, error) {
	if o.Find == "" {
		return nil, &OptionError{"Find", "there is nothing to search for: the text to find is empty"}
	}
	for name, text := range map[string]string{"Find": o.Find, "With": o.With} {
		if i := strings.IndexFunc(text, unfit); i >= 0 || !utf8.ValidString(text) {
			return nil, &OptionError{name, fmt.Sprintf("%+q holds a character that no course file can have", text)}
		}
	}
	s := &search{find: o.Find, with: o.With, words: o.WholeWords}
	pattern := literal(o.Find)
	if o.Regexp {
		if err := checkPattern(o.Find); err != nil {
			return nil, err
		}
		s.find, pattern = "", o.Find
	}
	if o.IgnoreCase {
		pattern = "(?i)" + pattern
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, &OptionError{"Find", fmt.Sprintf("%q is too large to search for", shortened(o.Find))}
	}
	s.pattern = compiled
	if o.Regexp {
		return s, checkGroups(compiled, o.With)
	}
	return s, nil
}

// unfit reports whether XML cannot hold a character.
func unfit(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// references are the ways to write a character that markup writes as a reference.
var references = map[rune]string{
	'&':  `&amp;|&#0*38;|&#[xX]0*26;|&`,
	'<':  `&lt;|&#0*60;|&#[xX]0*3[cC];|<`,
	'>':  `&gt;|&#0*62;|&#[xX]0*3[eE];|>`,
	'"':  `&quot;|&#0*34;|&#[xX]0*22;|"`,
	'\'': `&apos;|&#0*39;|&#[xX]0*27;|'`,
}

// literal is the pattern of a text in each way that markup may write it.
func literal(find string) string {
	var b strings.Builder
	for _, r := range find {
		if ways, ok := references[r]; ok {
			b.WriteString("(?:" + ways + ")")
		} else {
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return b.String()
}

// checkPattern refuses a regular expression that is none, saying where, and one that finds nothing in particular.
func checkPattern(find string) error {
	parsed, err := syntax.Parse(find, syntax.Perl)
	if err != nil {
		at, why := 1, err.Error()
		if fault, ok := errors.AsType[*syntax.Error](err); ok {
			at, why = faultAt(find, fault), fault.Code.String()
		}
		return &OptionError{"Find", fmt.Sprintf("%q is no regular expression: %s, at character %d", shortened(find), why, at)}
	}
	if matchesNothing(parsed) {
		return &OptionError{"Find", fmt.Sprintf("%q also matches where there is no text at all; let it ask for at least one character", shortened(find))}
	}
	return nil
}

var groupName = regexp.MustCompile(`\$(?:\$|\{(\w+)\}|(\w+))`)

// checkGroups refuses a replacement that names a group which the pattern does not have. It would stand for nothing, as "$1st" does.
func checkGroups(pattern *regexp.Regexp, with string) error {
	for _, m := range groupName.FindAllStringSubmatch(with, -1) {
		name := m[1] + m[2]
		number, err := strconv.Atoi(name)
		if name == "" || err == nil && number <= pattern.NumSubexp() || err != nil && pattern.SubexpIndex(name) >= 0 {
			continue
		}
		return &OptionError{"With", fmt.Sprintf("%s names a group that the regular expression does not have; write ${1} for the first, and $$ for a $", m[0])}
	}
	return nil
}

// faultAt is the number of the character at which a regular expression is wrong.
func faultAt(find string, fault *syntax.Error) int {
	at := max(strings.Index(find, fault.Expr), 0)
	switch fault.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen: // Expr is the whole pattern then
		at = unpaired(find)
	}
	return utf8.RuneCountInString(find[:at]) + 1
}

// unpaired is where the parenthesis stands that has no other.
func unpaired(find string) int {
	var open []int
	for i, class := 0, false; i < len(find); i++ {
		switch c := find[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '(' && !class:
			open = append(open, i)
		case c == ')' && !class && len(open) == 0:
			return i
		case c == ')' && !class:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return 0
	}
	return open[len(open)-1]
}

// matchesNothing reports whether a pattern has a match without any character.
func matchesNothing(p *syntax.Regexp) bool {
	switch p.Op {
	case syntax.OpNoMatch, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpLiteral:
		return len(p.Rune) == 0
	case syntax.OpRepeat:
		return p.Min == 0 || matchesNothing(p.Sub[0])
	case syntax.OpCapture, syntax.OpPlus:
		return matchesNothing(p.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(p.Sub, func(sub *syntax.Regexp) bool { return !matchesNothing(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(p.Sub, matchesNothing)
	default: // stars, question marks and places between characters
		return true
	}
}

// splices are the replacements in a text.
func (s *search) splices(text string) []splice {
	all := s.pattern.FindAllStringSubmatchIndex(text, -1)
	if all == nil {
		return nil
	}
	refs := referencesIn(text)
	var list []splice
	for _, m := range all {
		from, to := m[0], m[1]
		if cuts(refs, from) || cuts(refs, to) || s.words && !standsAlone(text, from, to) {
			continue
		}
		list = append(list, splice{from, to, s.replacement(text, m)})
	}
	return list
}

// replacement is what comes in the place of a match. What was found by another spelling than its own, "&amp;" for "&", is replaced in that
// spelling.
func (s *search) replacement(text string, match []int) string {
	found := text[match[0]:match[1]]
	switch {
	case s.find == "":
		return string(s.pattern.ExpandString(nil, s.with, text, match))
	case strings.EqualFold(found, s.find):
		return s.with
	default:
		return escape.Replace(s.with)
	}
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

var reference = regexp.MustCompile(`&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);`)

// referencesIn are the places of a text that stand for one character, as "&eacute;" does.
func referencesIn(text string) [][]int {
	return slices.DeleteFunc(reference.FindAllStringIndex(text, -1), func(at []int) bool {
		ref := text[at[0]:at[1]]
		return html.UnescapeString(ref) == ref && ref != "&amp;"
	})
}

// cuts reports whether a place is in the middle of a reference.
func cuts(refs [][]int, at int) bool {
	_, found := slices.BinarySearchFunc(refs, at, func(ref []int, at int) int {
		switch {
		case ref[1] <= at:
			return -1
		case ref[0] >= at:
			return 1
		default:
			return 0
		}
	})
	return found
}

// standsAlone reports whether no word goes on over the ends of a match.
func standsAlone(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	first, _ := utf8.DecodeRuneInString(text[from:to])
	last, _ := utf8.DecodeLastRuneInString(text[from:to])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return !(inWord(before) && inWord(first)) && !(inWord(last) && inWord(after))
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

// Excerpt shows one replacement with what stands around it.
type Excerpt struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

// The most excerpts of one field, and the characters on either side of a match.
const (
	mostExcerpts = 3
	around       = 40
)

// excerpts shows the first replacements in a text. One that the excerpt of another shows already gets none of its own.
func excerpts(text string, list []splice) []Excerpt {
	after := spliced(text, list)
	moved := 0 // how much further right the texts stand after the replacements so far
	shown := []Excerpt{}
	end := 0 // of what the last excerpt shows
	for _, s := range list {
		if len(shown) == mostExcerpts {
			break
		}
		if from := s.from + moved; s.to > end {
			shown = append(shown, Excerpt{excerpt(text, s.from, s.to), excerpt(after, from, from+len(s.with))})
			_, end = surroundings(text, s.from, s.to)
		}
		moved += len(s.with) - (s.to - s.from)
	}
	return shown
}

// excerpt is text[from:to] with some characters on either side.
func excerpt(text string, from, to int) string {
	start, end := surroundings(text, from, to)
	shown := text[start:end]
	if start > 0 {
		shown = "…" + shown
	}
	if end < len(text) {
		shown += "…"
	}
	return shown
}

func surroundings(text string, from, to int) (start, end int) {
	start, end = from, to
	for range around {
		_, n := utf8.DecodeLastRuneInString(text[:start])
		start -= n
		_, n = utf8.DecodeRuneInString(text[end:])
		end += n
	}
	return start, end
}

// shortened keeps messages on a line.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > around {
		return string(runes[:around]) + "…"
	}
	return text
}
