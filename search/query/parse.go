package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a query. What is beyond them is left out and noted.
const (
	MaxCharacters = 200  // of words and phrases together
	MaxWords      = 16   // of words and phrases together
	MaxFilters    = 32   // fields with their values
	MaxValue      = 1024 // bytes of a value: the longest key there is

	maxNotes = 8 // nobody reads more
)

// Note tells in a plain sentence what of the text was not understood or left out.
type Note string

// Parse reads what somebody typed. It never fails: what it does not understand is plain text, and noted.
func Parse(text string) (Query, []Note) {
	p := parser{rest: strings.ToValidUTF8(text, " ")}
	for p.skipBlanks(); p.rest != ""; p.skipBlanks() {
		p.clause()
	}
	if p.query.Filters = sortFilters(p.query.Filters); len(p.query.Filters) > MaxFilters {
		p.query.Filters = p.query.Filters[:MaxFilters]
		p.note("Only %d fields with their values can be asked for at once; the others were left out.", MaxFilters)
	}
	if p.query.IsZero() && strings.TrimSpace(text) != "" {
		p.note("There is nothing in this text that can be searched for: no letter and no number.")
	}
	return p.query, p.notes
}

// parser takes clause after clause from the front of the text.
type parser struct {
	rest     string
	query    Query
	notes    []Note
	unclosed string // opening quotation marks that have no closing one in what is left

	characters, words int  // of text so far
	full              bool // no more text is taken
}

func (p *parser) note(format string, args ...any) {
	n := Note(fmt.Sprintf(format, args...))
	if len(p.notes) < maxNotes && !slices.Contains(p.notes, n) {
		p.notes = append(p.notes, n)
	}
}

// clause reads a word, a phrase, or a field with its value, any of them perhaps behind a minus sign.
func (p *parser) clause() {
	not := p.minus()
	if p.atQuotation() {
		if phrase, ok := p.quotation(); ok {
			p.addPhrase(phrase, not)
			return
		}
		p.note("A quotation mark is not closed; what follows it was read as single words.")
		not = p.minus() || not
	}
	word := p.word()
	if plain, escaped := strings.CutPrefix(word, `\`); escaped {
		p.addWords(plain, not)
		return
	}
	name, value, _ := splitField(word)
	if field, ok := fieldNamed(name); ok {
		p.field(field, value, word, not)
		return
	}
	if looksLikeField(name, value) {
		p.note("%s", unknownField(name))
	}
	p.addWords(word, not)
}

// field takes in a field, whose value is the rest of the word or a quotation right behind it.
func (p *parser) field(f Field, value, word string, not bool) {
	if value == "" && p.atQuotation() {
		if quoted, ok := p.quotation(); ok {
			value = quoted
		} else {
			value, p.rest = p.rest, ""
			p.note("A quotation mark is not closed; all that follows it was read as the value of %s:.", f)
		}
	}
	filter, note := NewFilter(f, value)
	filter.Not = not
	if note != "" {
		p.note("%s", note)
	}
	switch {
	case filter.Value == "":
		p.note("%s: needs a value right behind the colon, such as %s; it was read as a word.", f, fields[f].example)
		p.addWords(word, not)
	case len(filter.Value) > MaxValue:
		p.note("The value of %s: is longer than %d bytes and was left out.", f, MaxValue)
	default:
		p.query.Filters = append(p.query.Filters, filter)
	}
}

// addWords takes in what a word is after folding: mostly one word, sometimes several or none.
func (p *parser) addWords(text string, not bool) {
	words := slices.DeleteFunc(strings.Fields(Fold(text)), wordless)
	for i, word := range words {
		words[i] = withoutPunctuation(word)
	}
	words = p.fit(words)
	if not {
		p.query.Not.Words = append(p.query.Not.Words, words...)
	} else {
		p.query.Words = append(p.query.Words, words...)
	}
}

// addPhrase takes in a phrase, or as much of its beginning as the limits allow.
func (p *parser) addPhrase(text string, not bool) {
	folded := Fold(text)
	if wordless(folded) {
		return
	}
	phrase := strings.Join(p.fit(strings.Fields(folded)), " ")
	switch {
	case wordless(phrase):
	case not:
		p.query.Not.Phrases = append(p.query.Not.Phrases, phrase)
	default:
		p.query.Phrases = append(p.query.Phrases, phrase)
	}
}

// withoutPunctuation leaves out the punctuation of sentences around a word: what is left is what synonyms and corrections know. f(x) and c# stay.
func withoutPunctuation(word string) string {
	word = strings.TrimLeft(word, "([{'‘¿¡")
	behind := ".,;:!?…'’，。、；：！？"
	if !strings.ContainsAny(word, "([{") {
		behind += ")]}"
	}
	return strings.TrimRight(word, behind)
}

// wordless tells whether nothing in a text is ever in an index.
func wordless(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// fit gives as many of the words as there is room for. A first word that is longer than everything allowed is cut: where nobody writes blanks it is a whole sentence.
func (p *parser) fit(words []string) []string {
	if p.words == 0 && len(words) > 0 && utf8.RuneCountInString(words[0]) > MaxCharacters {
		words[0] = firstCharacters(words[0], MaxCharacters)
		p.note("Only the first %d characters were searched for.", MaxCharacters)
	}
	for i, word := range words {
		if !p.room(utf8.RuneCountInString(word)) {
			return words[:i]
		}
	}
	return words
}

// room takes the room that a word needs, if there is so much left.
func (p *parser) room(characters int) bool {
	switch {
	case p.full:
		return false
	case p.characters+characters > MaxCharacters:
		p.note("Only the first %d characters were searched for.", MaxCharacters)
		p.full = true
		return false
	case p.words == MaxWords:
		p.note("Only the first %d words were searched for.", MaxWords)
		p.full = true
		return false
	}
	p.words++
	p.characters += characters
	return true
}

// firstCharacters gives the beginning of a longer text: at most n characters, and no letter without its accents.
func firstCharacters(s string, n int) string {
	end := 0
	for range n {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	if whole := boundaryBefore(s, end); whole > 0 {
		end = whole
	}
	return s[:end]
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func (p *parser) skipBlanks() {
	p.rest = strings.TrimLeftFunc(p.rest, func(r rune) bool { return isBlank(r) || unicode.Is(unicode.Cf, r) })
}

// minus takes a minus sign before something. Two of them are none: --force is a word.
func (p *parser) minus() bool {
	first, size := utf8.DecodeRuneInString(p.rest)
	next, _ := utf8.DecodeRuneInString(p.rest[size:])
	if !isMinus(first) || len(p.rest) == size || isMinus(next) || isBlank(next) {
		return false
	}
	p.rest = p.rest[size:]
	return true
}

// isMinus knows the minus signs of keyboards, mathematics, and wide scripts.
func isMinus(r rune) bool { return strings.ContainsRune("-−－﹣", r) }

func isColon(r rune) bool { return strings.ContainsRune(":：﹕︓", r) }

// word takes what stands before the next blank or quotation mark.
func (p *parser) word() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return isBlank(r) || isQuote(r) })
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

// closing gives for each mark that opens a quotation those that close it. Phones and word processors write others than keyboards do; the plain one closes each.
var closing = map[rune]string{
	'"': `"`, '＂': `＂"`, '“': `”“"`, '”': `”"`, '„': `“”"`, '«': `»"`, '»': `«»"`, '「': `」﹂｣"`, '『': `』﹄"`,
	'﹁': `」﹂｣"`, '｢': `」﹂｣"`, '﹃': `』﹄"`, // forms of the two before, which folding makes of them
}

func isQuote(r rune) bool { return closing[r] != "" }

func (p *parser) atQuotation() bool {
	first, _ := utf8.DecodeRuneInString(p.rest)
	return isQuote(first)
}

// quotation takes what stands between two quotation marks. If it is not closed, only the mark is taken. A backslash takes its meaning from a straight quotation mark or a backslash.
func (p *parser) quotation() (string, bool) {
	opening, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
	if strings.ContainsRune(p.unclosed, opening) {
		return "", false
	}
	var quoted strings.Builder
	escaped := false
	for i, r := range p.rest {
		switch {
		case escaped && (r == '"' || r == '\\'):
			quoted.WriteRune(r)
			escaped = false
			continue
		case escaped:
			quoted.WriteByte('\\')
			escaped = false
		}
		switch {
		case r == '\\':
			escaped = true
		case strings.ContainsRune(closing[opening], r):
			p.rest = p.rest[i+utf8.RuneLen(r):]
			return quoted.String(), true
		default:
			quoted.WriteRune(r)
		}
	}
	p.unclosed += string(opening)
	return "", false
}
