package importer

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a stretch of text between blanks, quotes and brackets, with its escapes undone.
type word struct {
	text string
	at   []int // offset in the source of each byte of text, and of the word's end
}

// words hands every word of src to each, which must not keep it. XML entities, JSON escapes and the few URL escapes that occur in keys are
// undone wherever they stand: HTML stands in XML attributes and in JSON, JSON in XML attributes, and a key is the same key in all of them.
func words(src []byte, each func(word)) {
	var text []byte
	var at []int
	for i := 0; i <= len(src); {
		c, n := ' ', 1
		if i < len(src) {
			c, n = unescape(src[i:])
		}
		switch {
		case !separates(c):
			text = utf8.AppendRune(text, c)
			for len(at) < len(text) {
				at = append(at, i)
			}
		case len(text) > 0:
			each(word{string(text), append(at, i)})
			text, at = text[:0], at[:0]
		}
		i += n
	}
}

// separates reports whether c cannot be part of a key or a link. The equals sign can: it stands in queries.
func separates(c rune) bool {
	return unicode.IsSpace(c) || strings.ContainsRune("\"'<>()[],;|`^\\", c)
}

// unescape reads the first character of src and says how many bytes it takes.
func unescape(src []byte) (rune, int) {
	switch src[0] {
	case '&':
		return unescapeXML(src)
	case '\\':
		return unescapeJSON(src)
	case '%':
		return unescapeURL(src)
	}
	return utf8.DecodeRune(src)
}

// xmlEscape is an entity or character reference, escaped itself where HTML stands in HTML.
var xmlEscape = regexp.MustCompile(`^&(?:amp;)*(#?[0-9A-Za-z]{1,8};)`)

func unescapeXML(src []byte) (rune, int) {
	if m := xmlEscape.FindSubmatch(src[:min(len(src), 64)]); m != nil {
		text := html.UnescapeString("&" + string(m[1]))
		if c, n := utf8.DecodeRuneInString(text); n == len(text) {
			return c, len(m[0])
		}
	}
	if bytes.HasPrefix(src, []byte("&amp;")) {
		return '&', len("&amp;")
	}
	return '&', 1
}

// unescapeJSON reads an escape of JSON, with more than one backslash where JSON stands in JSON.
func unescapeJSON(src []byte) (rune, int) {
	rest := bytes.TrimLeft(src, `\`)
	n := len(src) - len(rest)
	if len(rest) == 0 {
		return '\\', n
	}
	switch rest[0] {
	case '"', '\'', '/':
		return rune(rest[0]), n + 1
	case 'b', 'f', 'n', 'r', 't':
		return '\n', n + 1
	case 'u':
		if code, ok := hexadecimal(rest[1:], 4); ok {
			return code, n + 5
		}
	}
	return '\\', n
}

// unescapeURL undoes the escapes of what separates the parts of a key, and of letters beyond ASCII. Others stay: the name of an asset may
// hold a percent sign.
func unescapeURL(src []byte) (rune, int) {
	var b []byte
	for rest := src; len(rest) > 0 && rest[0] == '%' && !utf8.FullRune(b); rest = rest[3:] {
		code, ok := hexadecimal(rest[1:], 2)
		if !ok {
			return '%', 1
		}
		b = append(b, byte(code))
	}
	c, n := utf8.DecodeRune(b)
	if strings.ContainsRune("+@:", c) || c >= utf8.RuneSelf && c != utf8.RuneError {
		return c, 3 * n
	}
	return '%', 1
}

// hexadecimal reads that many digits.
func hexadecimal(src []byte, digits int) (rune, bool) {
	if len(src) < digits {
		return 0, false
	}
	code, err := strconv.ParseUint(string(src[:digits]), 16, 32)
	return rune(code), err == nil
}
