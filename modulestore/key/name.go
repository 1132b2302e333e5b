package key

import (
	"strings"
	"unicode"
)

// A charset is the punctuation that may stand beside word characters in one part of a key.
type charset string

const (
	partChars    charset = "-~.:"  // every part of a new key but the name of an asset
	nameChars    charset = "-~.:%" // names of assets, names and revisions in old keys
	oldPartChars charset = "-.%"   // org, course code and run in old keys, and what cleaning keeps
)

// has reports whether r is a word character or punctuation of c. Invalid UTF-8 arrives as U+FFFD, which is neither.
func (c charset) has(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune(string(c), r)
}

// String lists what c allows, for messages.
func (c charset) String() string {
	return "letters, digits, _ " + strings.Join(strings.Split(string(c), ""), " ")
}

// stranger gives the first character of s that c does not have, if there is one.
func (c charset) stranger(s string) (r rune, found bool) {
	for _, r := range s {
		if !c.has(r) {
			return r, true
		}
	}
	return 0, false
}

// ValidName reports whether a url_name may be the name of a block: word characters and - ~ . :, at least one.
func ValidName(s string) bool {
	_, found := partChars.stranger(s)
	return s != "" && !found
}

// CleanName makes a name from a title as Open edX does for a block without url_name: every character but word characters and
// . % - becomes an underscore, and underscores in a row become one. The result is not always a ValidName: it may be empty or hold
// a percent sign.
func CleanName(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range AssetName(s) {
		if r != '_' || last != '_' {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// AssetName gives the name under which Open edX keeps the static file of this path below static/: every character but word
// characters and . % - becomes an underscore, slashes too, one for one. Different paths may share a name.
func AssetName(path string) string {
	return strings.Map(func(r rune) rune {
		if oldPartChars.has(r) {
			return r
		}
		return '_'
	}, path)
}
