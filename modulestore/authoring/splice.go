package authoring

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// splice puts another text in the place of text[from:to].
type splice struct {
	from, to int
	with     string
}

// spliced makes the changes of a list, which stand in order and do not overlap.
func spliced(text string, list []splice) string {
	var b strings.Builder
	done := 0
	for _, s := range list {
		b.WriteString(text[done:s.from])
		b.WriteString(s.with)
		done = s.to
	}
	b.WriteString(text[done:])
	return b.String()
}

// holdsJSON reports whether a text is a JSON string, list or object.
func holdsJSON(text string) bool {
	trimmed := strings.TrimSpace(text)
	return trimmed != "" && strings.IndexByte(`"[{`, trimmed[0]) >= 0 && json.Valid([]byte(text))
}

// spliceJSON changes strings inside JSON: change gets what a string says, and the name of the member that it is the value of or in the
// list of. Names of members are not offered. All bytes but those that say what is replaced stay as they are, and so does a text that is no JSON.
func spliceJSON(src string, change func(member, text string) []splice) string {
	if !json.Valid([]byte(src)) {
		return src
	}
	ascii := strings.IndexFunc(src, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	var list []splice
	var outer []string // the member around each open bracket
	member := ""
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '{', '[':
			outer = append(outer, member)
		case '}', ']':
			member, outer = outer[len(outer)-1], outer[:len(outer)-1]
		case '"':
			from := i + 1
			i = closingQuote(src, from)
			text, at := decodeJSON(src[from:i])
			if strings.HasPrefix(strings.TrimLeft(src[i+1:], " \t\r\n"), ":") {
				member = text
				continue
			}
			for _, s := range change(member, text) {
				list = append(list, splice{from + at(s.from), from + at(s.to), encodeJSON(s.with, ascii)})
			}
		}
	}
	return spliced(src, list)
}

// closingQuote returns where the JSON string ends whose text begins at from.
func closingQuote(src string, from int) int {
	i := from
	for src[i] != '"' {
		if src[i] == '\\' {
			i++
		}
		i++
	}
	return i
}

// decodeJSON reads what stands between the quotation marks of a JSON string. at says where in it a byte of the text is spelled.
func decodeJSON(inner string) (text string, at func(int) int) {
	if !strings.Contains(inner, `\`) {
		return inner, func(i int) int { return i }
	}
	var b strings.Builder
	var places []int
	for i := 0; i < len(inner); {
		n := unitLength(inner[i:])
		var unit string
		_ = json.Unmarshal([]byte(`"`+inner[i:i+n]+`"`), &unit) // a part of sound JSON
		b.WriteString(unit)
		for range len(unit) {
			places = append(places, i)
		}
		i += n
	}
	places = append(places, len(inner))
	return b.String(), func(i int) int { return places[i] }
}

// unitLength is how many bytes spell the first character.
func unitLength(s string) int {
	switch {
	case s[0] != '\\':
		_, n := utf8.DecodeRuneInString(s)
		return n
	case s[1] != 'u':
		return 2
	case len(s) >= 12 && s[6] == '\\' && s[7] == 'u' && surrogates(s[2:6], s[8:12]):
		return 12
	default:
		return 6
	}
}

func surrogates(high, low string) bool {
	var h, l rune
	_, err1 := fmt.Sscanf(high, "%04x", &h)
	_, err2 := fmt.Sscanf(low, "%04x", &l)
	return err1 == nil && err2 == nil && utf16.DecodeRune(h, l) != utf8.RuneError
}

// encodeJSON spells a text as part of a JSON string.
func encodeJSON(text string, ascii bool) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || ascii && r >= 0x7f && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case ascii && r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
