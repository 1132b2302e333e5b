package answer

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// choices are what multiple choice and checkboxes have in common.
type choices struct {
	list  []choice
	index map[string]int // by name
}

type choice struct {
	Choice
	id    string  // for compound hints, in capitals
	share float64 // of the points, for partial credit
	hints []*node
}

// readChoices takes the choices of a field with the names that number gives them.
func readChoices(q asked, elements []*node, number func(i int, choice *node) string) choices {
	c := choices{index: make(map[string]int)}
	for i, e := range elements {
		if e.name != "choice" {
			continue
		}
		one := choice{id: strings.ToUpper(e.get("id")), hints: e.elements("choicehint")}
		one.Name = number(i, e)
		one.Text = choiceMarkup(e)
		one.Right = strings.EqualFold(e.get("correct"), "true")
		one.Fixed = e.get("fixed") == "true"
		if strings.EqualFold(e.get("correct"), "partial") {
			one.share = share(e)
		}
		if one.id == "" {
			one.id = string(rune('A' + len(c.list)))
		}
		if _, taken := c.index[one.Name]; !taken {
			c.index[one.Name] = len(c.list)
		}
		c.list = append(c.list, one)
		q.part.Choices = append(q.part.Choices, one.Choice)
	}
	return c
}

// share is what a choice that is partly right is worth, from 0 to 1: half, unless the author says otherwise. It is NaN when that cannot be read.
func share(e *node) float64 {
	text, ok := e.attr("point_value")
	if !ok {
		return 0.5
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || f < 0 || f > 1 {
		return math.NaN()
	}
	return f
}

// listNames numbers choices as multiplechoiceresponse does: a name of the author's after "choice_", and the others counted, with whatever else is a child.
func listNames() func(int, *node) string {
	named := 0
	return func(i int, e *node) string {
		if own, ok := e.attr("name"); ok {
			named++
			return "choice_" + own
		}
		return fmt.Sprintf("choice_%d", i-named)
	}
}

// countNames numbers choices as choiceresponse does: it counts them.
func countNames() func(int, *node) string {
	i := -1
	return func(int, *node) string { i++; return fmt.Sprintf("choice_%d", i) }
}

// rightOnes gives the names of the choices that are right.
func (c choices) rightOnes() []string {
	var list []string
	for _, one := range c.list {
		if one.Right {
			list = append(list, one.Name)
		}
	}
	return list
}

func (c choices) answers() []string {
	var list []string
	for _, one := range c.list {
		if one.Right {
			list = append(list, one.Text)
		}
	}
	return list
}

// credit reads partial_credit: the one word it has, "" for none, with ok false for a value that is not allowed.
func credit(response *node, allowed ...string) (word string, ok bool) {
	word = strings.ToLower(strings.TrimSpace(response.get("partial_credit")))
	if word == "" || word == "false" {
		return "", true
	}
	return word, slices.Contains(allowed, word)
}

// multipleChoice takes one choice.
type multipleChoice struct {
	choices
	partial bool
}

func readMultipleChoice(q asked) (rule, string) {
	c := readChoices(q, q.field.elements(), listNames())
	readOrder(q)
	word, ok := credit(q.response, "points")
	switch {
	case !ok:
		return nil, reasonCredit
	case len(c.rightOnes()) == 0:
		return nil, reasonNoAnswer
	case word != "" && slices.ContainsFunc(c.list, func(one choice) bool { return math.IsNaN(one.share) }):
		return nil, reasonCredit
	}
	return multipleChoice{c, word != ""}, ""
}

// readOrder notes how choices are to be shown.
func readOrder(q asked) {
	q.part.Shuffle = q.field.get("shuffle") == "true"
	if n, err := strconv.Atoi(strings.TrimSpace(q.field.get("answer-pool"))); err == nil && n > 0 {
		q.part.Pool = n
	}
}

func (m multipleChoice) grade(answer []string) mark {
	name, ok := single(answer)
	if !ok {
		return invalid("only one choice is possible")
	}
	at, known := m.index[name]
	if !known {
		return invalid("there is no such choice")
	}
	one := m.list[at]
	result := mark{state: right(one.Right)}
	if m.partial && one.share > 0 {
		result = mark{state: Partial, share: one.share}
	}
	if len(one.hints) > 0 {
		result.feedback = feedbackOf(one.hints[0], one.Right)
	}
	return result
}

func (m multipleChoice) key() []string { return m.rightOnes()[:1] }

// checkboxes takes any number of choices.
type checkboxes struct {
	choices
	credit    string
	compounds []*node
	only      bool // one choice at most
}

func readCheckboxes(q asked) (rule, string) {
	c := checkboxes{compounds: q.field.elements("compoundhint"), only: q.field.name == "radiogroup"}
	c.choices = readChoices(q, q.response.descendants(named("choice"), nothing), countNames())
	if c.only {
		q.part.Kind = MultipleChoice
	}
	var ok bool
	if c.credit, ok = credit(q.response, "edc", "halves"); !ok {
		return nil, reasonCredit
	}
	return c.sound()
}

func readTrueFalse(q asked) (rule, string) {
	return checkboxes{choices: readChoices(q, q.field.elements(), listNames())}.sound()
}

func (c checkboxes) sound() (rule, string) {
	switch n := len(c.rightOnes()); {
	case n == 0:
		return nil, reasonNoAnswer
	case c.only && n > 1:
		return nil, reasonTwoRight
	}
	return c, ""
}

func (c checkboxes) grade(answer []string) mark {
	chosen := make(map[string]bool, len(answer))
	for _, name := range answer {
		if _, known := c.index[name]; !known {
			return invalid("there is no such choice")
		}
		chosen[name] = true
	}
	if c.only && len(chosen) > 1 {
		return invalid("only one choice is possible")
	}
	result := c.mark(chosen)
	result.feedback = c.feedback(chosen, result.state == Correct)
	return result
}

// mark counts the mistakes: a wrong choice that was chosen, and a right one that was not.
func (c checkboxes) mark(chosen map[string]bool) mark {
	mistakes := 0
	for _, one := range c.list {
		if one.Right != chosen[one.Name] {
			mistakes++
		}
	}
	n := len(c.list)
	share := 0.0
	switch {
	case mistakes == 0:
		return mark{state: Correct}
	case c.credit == "edc": // every decision counts
		share = float64(n-mistakes) / float64(n)
	case c.credit == "halves" && mistakes == 1 && n > 2:
		share = 1. / 2
	case c.credit == "halves" && mistakes == 2 && n > 4:
		share = 1. / 4
	}
	if share == 0 {
		return mark{state: Incorrect}
	}
	return mark{state: Partial, share: share, decimals: true}
}

// feedback is that of the compound hint for just these choices, else that of every choice, chosen or not.
func (c checkboxes) feedback(chosen map[string]bool, correct bool) []Feedback {
	var ids []string
	for _, one := range c.list {
		if chosen[one.Name] {
			ids = append(ids, one.id)
		}
	}
	for _, hint := range c.compounds {
		if sameSet(strings.Fields(strings.ToUpper(hint.get("value"))), ids) {
			return feedbackOf(hint, correct)
		}
	}
	var texts, labels []string
	for _, one := range c.list {
		for _, hint := range one.hints {
			if !strings.EqualFold(hint.get("selected"), strconv.FormatBool(chosen[one.Name])) {
				continue
			}
			if label, ok := hint.attr("label"); ok {
				labels = append(labels, label)
			}
			if text := innerMarkup(hint); text != "" {
				texts = append(texts, text)
			}
		}
	}
	if len(texts) == 0 {
		return nil
	}
	if len(labels) != 1 { // several would contradict each other
		labels = []string{defaultLabel(correct)}
	}
	return []Feedback{{Label: labels[0], Texts: texts}}
}

func sameSet(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

func (c checkboxes) key() []string { return c.rightOnes() }

// dropdown takes one of its options, by its text.
type dropdown struct {
	choices
	correct string
}

func readDropdown(q asked) (rule, string) {
	d := dropdown{correct: q.field.get("correct"), choices: choices{index: make(map[string]int)}}
	nested := q.field.elements("option")
	for _, text := range optionTexts(q.field.get("options")) {
		if len(nested) == 0 {
			d.add(choice{Choice: Choice{Name: text, Text: escape(text), Right: text == d.correct}})
		}
	}
	rightOnes := 0
	for _, e := range nested {
		text := strings.TrimSpace(e.leadingText())
		isRight := strings.EqualFold(e.get("correct"), "true")
		if isRight {
			rightOnes++
			d.correct = text
		}
		d.add(choice{Choice: Choice{Name: text, Text: escape(text), Right: isRight}, hints: e.elements("optionhint")})
	}
	for _, one := range d.list {
		q.part.Choices = append(q.part.Choices, one.Choice)
	}
	switch {
	case rightOnes > 1:
		return nil, reasonTwoRight
	case d.correct == "":
		return nil, reasonNoAnswer
	}
	return d, ""
}

func (d *dropdown) add(one choice) {
	if _, taken := d.index[one.Name]; !taken {
		d.index[one.Name] = len(d.list)
	}
	d.list = append(d.list, one)
}

func (d dropdown) grade(answer []string) mark {
	text, ok := single(answer)
	if !ok {
		return invalid("only one option is possible")
	}
	if strings.HasPrefix(text, "option_") && strings.HasSuffix(text, "_dummy_default") { // how Open edX names the empty line
		return mark{state: Unanswered}
	}
	at, known := d.index[text]
	if !known {
		return invalid("there is no such option")
	}
	result := mark{state: right(text == d.correct)}
	if hints := d.list[at].hints; len(hints) > 0 {
		result.feedback = feedbackOf(hints[0], d.list[at].Right)
	}
	return result
}

func (d dropdown) key() []string     { return []string{d.correct} }
func (d dropdown) answers() []string { return []string{escape(d.correct)} }

// optionTexts reads the attribute options: texts in quotes, in parentheses. A quote between two letters, or after a backslash, is one of the text.
func optionTexts(list string) []string {
	var texts []string
	var text strings.Builder
	var quote rune // that the text is in; 0 between texts
	runes := []rune(list)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case quote == 0:
			if r == '\'' || r == '"' {
				quote = r
				text.Reset()
			}
		case r == '\\' && i+1 < len(runes) && runes[i+1] == quote:
			text.WriteRune(quote)
			i++
		case r == quote && r == '\'' && i+1 < len(runes) && latin(runes[i-1]) && latin(runes[i+1]):
			text.WriteRune(r)
		case r == quote:
			texts = append(texts, text.String())
			quote = 0
		default:
			text.WriteRune(r)
		}
	}
	return texts
}

func latin(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
