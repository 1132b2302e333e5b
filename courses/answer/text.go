package answer

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// textRule takes a word, one of those that are right or one that a regular expression takes.
type textRule struct {
	right   []string
	fold    bool
	pattern *pattern // then right are the expressions it is made of
	hints   []textHint

	patterns *int // how large further expressions of the problem may be
}

// textHint is feedback to certain answers. The first that fits is given.
type textHint struct {
	text    string
	pattern *pattern // then text is not used
	of      State    // of the answers it is for, Correct or Incorrect; empty: any
	hint    *node
}

func readText(q asked) (rule, string) {
	kind := strings.Split(strings.ToLower(q.response.get("type")), " ")
	t := textRule{fold: slices.Contains(kind, "ci")}
	isRegexp := slices.Contains(kind, "regexp")
	answer := q.response.get("answer")
	if strings.Contains(strings.ToLower(answer), "_or_") { // an old spelling, in which expressions were not known
		isRegexp = false
		for word := range strings.SplitSeq(answer, "_or_") {
			t.add(word)
		}
	} else {
		t.add(answer)
		for _, e := range q.response.elements("additional_answer") {
			t.add(additionalText(e))
		}
	}
	switch {
	case len(t.right) == 0:
		return nil, reasonNoAnswer
	case len(t.right) > maxAnswers:
		return nil, reasonTooMany
	}
	if isRegexp {
		var ok bool
		if t.pattern, ok = compile("^"+strings.Join(t.right, "|")+"$", t.fold, q.patterns); !ok {
			return nil, reasonRegexp
		}
	}
	t.patterns = q.patterns
	t.readHints(q.response, isRegexp)
	return t, ""
}

func (t *textRule) add(word string) {
	if word = strings.TrimSpace(word); word != "" {
		t.right = append(t.right, word)
	}
}

// additionalText is the answer of an additional_answer: its attribute, in old courses its text.
func additionalText(e *node) string {
	if text := e.get("answer"); text != "" {
		return text
	}
	return e.leadingText()
}

// readHints notes the feedback in the order in which it is tried: to the answer, to additional answers, to wrong texts, to wrong patterns. Old courses
// have hint groups instead. A hint group that a program fills has none.
func (t *textRule) readHints(response *node, isRegexp bool) {
	if group := response.first("hintgroup"); group != nil {
		if _, byProgram := group.attr("hintfn"); byProgram {
			return
		}
		if conditions := group.elements("stringhint"); len(conditions) > 0 {
			t.readGroup(group, conditions, isRegexp)
			return
		}
	}
	t.addHint(response.get("answer"), isRegexp, Correct, response.first("correcthint"))
	for _, e := range response.elements("additional_answer") {
		t.addHint(additionalText(e), isRegexp, Correct, e.first("correcthint"))
	}
	for _, e := range response.elements("stringequalhint") {
		t.addHint(e.get("answer"), false, Incorrect, e)
	}
	for _, e := range response.elements("regexphint") {
		t.addHint(e.get("answer"), true, Incorrect, e)
	}
}

// readGroup reads conditions with a name, and the parts of the group that are shown on them.
func (t *textRule) readGroup(group *node, conditions []*node, isRegexp bool) {
	for _, c := range conditions {
		for _, part := range group.elements("hintpart") {
			if part.get("on") == c.get("name") {
				t.addHint(c.get("answer"), isRegexp, "", part)
			}
		}
	}
}

func (t *textRule) addHint(answer string, isRegexp bool, of State, hint *node) {
	h := textHint{text: strings.TrimSpace(answer), of: of, hint: hint}
	if hint == nil || h.text == "" || len(t.hints) == maxAnswers {
		return
	}
	if isRegexp {
		var ok bool
		if h.pattern, ok = compile("^"+h.text+"$", t.fold, t.patterns); !ok {
			return
		}
	}
	t.hints = append(t.hints, h)
}

func (t textRule) grade(answer []string) mark {
	given, ok := single(answer)
	if !ok {
		return invalid("one text is expected")
	}
	given = strings.TrimSpace(given)
	m := mark{state: right(slices.ContainsFunc(t.right, func(word string) bool { return t.same(word, given) }))}
	if t.pattern != nil {
		matches, sure := t.pattern.match(given)
		if !sure {
			return mark{state: Ungraded, reason: reasonRegexp}
		}
		m.state = right(matches)
	}
	m.feedback = t.feedback(given, m.state)
	return m
}

func (t textRule) same(a, b string) bool {
	return a == b || t.fold && strings.EqualFold(a, b)
}

func (t textRule) feedback(given string, state State) []Feedback {
	work := 0
	for _, h := range t.hints {
		if h.of != "" && h.of != state {
			continue
		}
		fits := h.pattern == nil && t.same(h.text, given)
		if h.pattern != nil {
			if work += h.pattern.work(given); work > maxWork {
				return nil
			}
			fits, _ = h.pattern.match(given)
		}
		if fits {
			return feedbackOf(h.hint, state == Correct)
		}
	}
	return nil
}

func (t textRule) key() []string {
	if t.pattern != nil {
		return nil
	}
	return t.right[:1]
}

func (t textRule) answers() []string {
	list := make([]string, len(t.right))
	for i, word := range t.right {
		list[i] = escape(word)
	}
	return list
}

const (
	maxPattern  = 5_000     // bytes of a regular expression
	maxSize     = 20_000    // steps of a regular expression, repetitions written out
	maxPatterns = 100_000   // steps of all of a problem
	maxWork     = 5_000_000 // bytes of a text times steps
)

// pattern is a regular expression of Python's, matched in time that grows with the length of the text and no faster.
type pattern struct {
	compiled *regexp.Regexp
	size     int  // steps: a match takes time for each of them at every letter
	ascii    bool // sure of ASCII texts alone
}

// compile translates an expression of Python's, in which \w, \d and \s are about all scripts. What Go's expressions cannot do, as to look around or back,
// gives ok false; so does one larger than what is left, from which its size is taken.
func compile(source string, fold bool, left *int) (p *pattern, ok bool) {
	if len(source) > maxPattern {
		return nil, false
	}
	translated, ascii, ok := translate(source)
	if !ok {
		return nil, false
	}
	if fold {
		translated = "(?i)" + translated
	}
	tree, err := syntax.Parse(translated, syntax.Perl)
	if err != nil {
		return nil, false
	}
	size := steps(tree)
	if size > min(maxSize, *left) {
		return nil, false
	}
	*left -= size
	compiled, err := regexp.Compile(translated)
	return &pattern{compiled, size, ascii}, err == nil
}

// steps counts the steps of an expression with its repetitions written out, up to a little more than allowed.
func steps(tree *syntax.Regexp) int {
	n := 0
	for _, sub := range tree.Sub {
		n += steps(sub)
	}
	switch tree.Op {
	case syntax.OpLiteral:
		n = len(tree.Rune)
	case syntax.OpRepeat:
		n *= max(tree.Min, tree.Max, 1)
	default:
		n++
	}
	return min(n, maxSize+1)
}

// work is how much it takes to match a text.
func (p *pattern) work(text string) int { return len(text) * p.size }

// match reports whether the text has a match. It is not sure where a text has letters that the expression would see otherwise in Python, and where the two
// are so large that it would take too long to find out.
func (p *pattern) match(text string) (matches, sure bool) {
	if p.ascii && !isASCII(text) || p.work(text) > maxWork {
		return false, false
	}
	return p.compiled.MatchString(text), true
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// The classes of Python for all scripts, as the inside of a class of Go's.
const (
	wordClass  = `\p{L}\p{N}_`
	digitClass = `\p{Nd}`
	spaceClass = `\s\v\x1c-\x1f\x{85}\p{Z}`
)

// translate writes an expression of Python's for Go. ascii says that it means the same for ASCII texts alone.
func translate(source string) (translated string, ascii, ok bool) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(source); i++ {
		rest := source[i:]
		switch c := source[i]; {
		case c == '\\' && len(rest) == 1:
			return "", false, false
		case c == '\\':
			i++
			escaped, only, known := translateEscape(rest[1], inClass)
			if !known {
				return "", false, false
			}
			ascii = ascii || only
			b.WriteString(escaped)
		case inClass && c == ']':
			inClass = false
			b.WriteByte(c)
		case inClass && c == '[':
			b.WriteString(`\[`) // Go would take [:alpha:] for a class
		case !inClass && c == '[':
			inClass = true
			open := "["
			if strings.HasPrefix(rest, "[^") {
				open = "[^"
			}
			b.WriteString(open)
			i += len(open) - 1
			if strings.HasPrefix(rest[len(open):], "]") { // the first is one of the class
				b.WriteString(`\]`)
				i++
			}
		case !inClass && strings.HasPrefix(rest, "{,"):
			b.WriteString("{0,")
			i++
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ascii, true
}

// translateEscape translates a backslash and the character after it. Letters that mean nothing to Python are not known, even where they do to Go.
func translateEscape(c byte, inClass bool) (escaped string, ascii, known bool) {
	in := func(class string) string {
		if inClass {
			return class
		}
		return "[" + class + "]"
	}
	switch c {
	case 'w':
		return in(wordClass), false, true
	case 'd':
		return in(digitClass), false, true
	case 's':
		return in(spaceClass), false, true
	case 'D':
		return `\P{Nd}`, false, true
	case 'W', 'S':
		class := map[byte]string{'W': wordClass, 'S': spaceClass}[c]
		if inClass { // a class cannot be taken out of another
			return `\` + string(c), true, true
		}
		return "[^" + class + "]", false, true
	case 'b', 'B':
		return `\` + string(c), true, !inClass
	case 'Z':
		return `\z`, false, !inClass
	case 'A', 'a', 'f', 'n', 'r', 't', 'v', 'x':
		return `\` + string(c), false, true
	}
	letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
	return `\` + string(rune(c)), false, !letter && c < 0x80
}
