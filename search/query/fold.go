package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the form in which words are compared: NFKC, lower case, without zero-width characters, marks of direction and soft hyphens, blanks for control characters, valid
// UTF-8. To fold twice changes nothing more.
func Fold(s string) string {
	return norm.NFKC.String(lower(norm.NFKC.String(visible(s))))
}

// visible leaves out what cannot be seen: formatting characters, and the one mark that only keeps others apart.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r), r == '\u034f':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}

// lower is lower case as the index makes it: a capital sigma at the end of a word becomes the letter that Greek has for that place.
func lower(s string) string {
	if !strings.ContainsRune(s, 'Σ') {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		if r == 'Σ' && !unicode.IsLetter(next) && !unicode.IsMark(next) {
			b.WriteRune('ς')
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// oneEdit tells whether one letter more, less, or other, or two letters changed over, makes a of b; or nothing at all.
func oneEdit(a, b string) bool {
	long, short := []rune(a), []rune(b)
	if len(long) < len(short) {
		long, short = short, long
	}
	at := 0
	for at < len(short) && long[at] == short[at] {
		at++
	}
	long, short = long[at:], short[at:]
	switch len(long) - len(short) {
	case 0:
		return len(long) == 0 || string(long[1:]) == string(short[1:]) ||
			len(long) > 1 && long[0] == short[1] && long[1] == short[0] && string(long[2:]) == string(short[2:])
	case 1:
		return string(long[1:]) == string(short)
	}
	return false
}
