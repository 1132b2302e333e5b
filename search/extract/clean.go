package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxText is the most text that is taken of one block, in bytes; MaxWord is the most of one word, in characters. Longer ones are no words but encoded files or
// programs, and would fill the dictionary of an index.
const (
	MaxText = 200 << 10
	MaxWord = 64
)

// clean gives a text one form: NFKC, nothing invisible, one blank between words, no empty lines. cut says that something was too long.
func clean(text string) (cleaned string, cut bool) {
	text = strings.ToValidUTF8(text, " ")
	var c cleaner
	c.out.Grow(min(len(text), MaxText))
	for text != "" {
		from, to := unusualPart(text)
		if !c.addAll(text[:from]) || !c.addAll(norm.NFKC.String(strings.Map(visible, text[from:to]))) {
			break
		}
		text = text[to:]
	}
	return c.out.String(), c.cut
}

// unusualPart finds the first part of a text that may have another form than it has: with the character before it, which a mark may be written on, up to the next one of ASCII, which is
// part of no other one.
func unusualPart(text string) (from, to int) {
	at := strings.IndexFunc(text, unusual)
	if at < 0 {
		return len(text), len(text)
	}
	_, size := utf8.DecodeLastRuneInString(text[:at])
	for to = at + 1; to < len(text) && text[to] >= utf8.RuneSelf; {
		to++
	}
	return at - size, to
}

// unusual reports whether a character may be another one in the one form, or none. Dashes, quotation marks and the letters of Western Europe are in it as they are.
func unusual(r rune) bool {
	switch {
	case ' ' <= r && r <= '~', 'À' <= r && r <= 'ÿ', '‘' <= r && r <= '”', r == '–', r == '—':
		return false
	}
	return r >= '\x7f' || !unicode.IsSpace(r)
}

// plainBeginning is the number of bytes with which a text begins that are characters of ASCII and no blanks.
func plainBeginning(text string) (n int) {
	for n < len(text) && ' ' < text[n] && text[n] < '\x7f' {
		n++
	}
	return n
}

// visible drops characters that nobody sees: soft hyphens, marks of direction, joiners. A search would fail at them.
func visible(r rune) rune {
	switch {
	case ' ' <= r && r <= '~':
		return r
	case r == '\u00ad', r == '\u034f', r == '\u061c', r == '\ufeff', r == utf8.RuneError,
		r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f':
		return -1
	case r == '\n', r == '\u2028', r == '\u2029':
		return '\n'
	case unicode.IsControl(r):
		return ' '
	}
	return r
}

// cleaner writes a text, blanks only when something follows them.
type cleaner struct {
	out  strings.Builder
	gap  rune // '\n' or ' ' to be written before the next character; 0 for none
	word int  // characters of the word so far
	cut  bool
}

// add takes one character; false says that there is no room for more.
func (c *cleaner) add(r rune) bool {
	if r == '\n' || unicode.IsSpace(r) {
		c.word = 0
		switch {
		case r == '\n':
			c.gap = r
		case c.gap == 0:
			c.gap = ' '
		}
		return true
	}
	c.count(r)
	if c.word > MaxWord {
		c.cut = true
		return true
	}
	if c.out.Len()+utf8.RuneLen(r)+1 > MaxText {
		c.cut = true
		return false
	}
	c.separate()
	c.out.WriteRune(r)
	return true
}

// addAll takes a text; false says that there is no room for all of it.
func (c *cleaner) addAll(text string) bool {
	for text != "" {
		plain := plainBeginning(text)
		if !c.addPlain(text[:plain]) {
			return false
		}
		text = text[plain:]
		r, size := utf8.DecodeRuneInString(text)
		if size > 0 && !c.add(r) {
			return false
		}
		text = text[size:]
	}
	return true
}

// addPlain takes characters of ASCII that are no blanks: at once if all of them have room.
func (c *cleaner) addPlain(run string) bool {
	if c.word+len(run) > MaxWord || c.out.Len()+len(run)+2 > MaxText {
		for _, r := range run {
			if !c.add(r) {
				return false
			}
		}
		return true
	}
	if run == "" {
		return true
	}
	c.separate()
	c.out.WriteString(run)
	for _, b := range []byte(run) {
		c.count(rune(b))
	}
	return true
}

// count tells how long the word is with one more character.
func (c *cleaner) count(r rune) {
	switch {
	case r == '_': // joins words, but a row of them is a line to write on
	case !wordRune(r):
		c.word = 0
	default:
		c.word++
	}
}

// separate writes the gap before the next character.
func (c *cleaner) separate() {
	if c.gap != 0 && c.out.Len() > 0 {
		c.out.WriteRune(c.gap)
	}
	c.gap = 0
}

// wordRune reports whether a character is part of a word in a script that has blanks between words.
func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// maxTitle is the longest title that is taken from a text, in characters.
const maxTitle = 120

// titleLine makes a title of text that was not meant to be one: its first line, at most a few words of it.
func titleLine(text string) string {
	text = strings.TrimSpace(text)
	line, _ := clean(readable(text[:min(len(text), maxFormula)]))
	line, _, _ = strings.Cut(line, "\n")
	if utf8.RuneCountInString(line) <= maxTitle {
		return line
	}
	short := string([]rune(line)[:maxTitle])
	if blank := strings.LastIndexByte(short, ' '); blank > 0 {
		short = short[:blank]
	}
	return short + "..."
}
