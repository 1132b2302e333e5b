package answer

import (
	"fmt"
	"math"
	"math/big"
	"math/cmplx"
	"slices"
	"strconv"
	"strings"
)

// maxAnswers is how many answers an author may give as right, for a number or a text.
const maxAnswers = 1_000

// numberRule takes a number, within a tolerance of the right one or in a range.
type numberRule struct {
	text  string // the right answer as the author wrote it
	value complex128
	limit *interval // for a range, then value is not used

	tolerance    tolerance
	close        bool         // partial credit for what is nearly right
	wider        float64      // how many tolerances, or widths of the range, are near
	alternatives []complex128 // what is partly right
	additional   []additional
	hint         *node
}

// additional is another answer that is right, exactly as it is.
type additional struct {
	text  string
	value complex128
	hint  *node
}

// tolerance is how far an answer may be from the right one.
type tolerance struct {
	amount   float64
	percent  bool // of the right answer
	relative bool // of the larger of the two: the tolerance of a problem that names none
}

// defaultTolerance is that of a problem that names none.
var defaultTolerance = tolerance{amount: 0.001, percent: true, relative: true}

func readNumber(q asked) (rule, string) {
	n := numberRule{tolerance: defaultTolerance, wider: 2, hint: q.response.first("correcthint")}
	for _, read := range []func(*node) string{n.readAnswer, n.readTolerance, n.readCredit, n.readAdditional} {
		if reason := read(q.response); reason != "" {
			return nil, reason
		}
	}
	return n, ""
}

func (n *numberRule) readAnswer(response *node) string {
	if n.text = strings.TrimSpace(response.get("answer")); n.text == "" {
		return reasonNoAnswer
	}
	if strings.ContainsRune("[(", rune(n.text[0])) && strings.ContainsRune("])", rune(n.text[len(n.text)-1])) {
		var ok bool
		if n.limit, ok = readInterval(n.text); !ok {
			return reasonRange
		}
		return ""
	}
	var ok bool
	if n.value, ok = staffNumber(n.text); !ok {
		return reasonNumber
	}
	return ""
}

func (n *numberRule) readTolerance(response *node) string {
	for _, p := range response.descendants(named("responseparam"), nothing) {
		text, ok := p.attr("default")
		if !ok || p.get("type") != "tolerance" {
			continue
		}
		text = strings.TrimSpace(text)
		if text == "0.001%" { // written out it means the same
			return ""
		}
		number, percent := strings.CutSuffix(text, "%")
		z, ok := staffNumber(number)
		if !ok || !isReal(z) || real(z) < 0 {
			return reasonTolerance
		}
		n.tolerance = tolerance{amount: real(z), percent: percent}
		return ""
	}
	return ""
}

func (n *numberRule) readCredit(response *node) string {
	words := strings.Split(strings.ToLower(response.get("partial_credit")), ",")
	list := false
	for _, word := range words {
		switch strings.TrimSpace(word) {
		case "list":
			list = true
		case "close":
			n.close = true
		case "", "false":
		default:
			return reasonCredit
		}
	}
	for _, p := range response.elements("responseparam") {
		if text, ok := p.attr("partial_range"); ok {
			f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
				return reasonCredit
			}
			n.wider = f
		}
		if text, ok := p.attr("partial_answers"); ok && list && n.alternatives == nil {
			for word := range strings.SplitSeq(text, ",") {
				z, ok := staffNumber(word)
				if !ok || len(n.alternatives) == maxAnswers {
					return reasonCredit
				}
				n.alternatives = append(n.alternatives, z)
			}
		}
	}
	return ""
}

func (n *numberRule) readAdditional(response *node) string {
	for _, e := range response.elements("additional_answer") {
		text := strings.TrimSpace(e.get("answer"))
		if text == "" {
			continue
		}
		z, ok := staffNumber(text)
		switch {
		case !ok:
			return reasonNumber
		case len(n.additional) == maxAnswers:
			return reasonTooMany
		}
		n.additional = append(n.additional, additional{text, z, e.first("correcthint")})
	}
	return ""
}

// staffNumber reads a finite number of the author's: one of Python's, with a j for the imaginary part, or an expression.
func staffNumber(text string) (complex128, bool) {
	text = strings.TrimSpace(text)
	if strings.HasSuffix(text, "j") || strings.HasSuffix(text, "J") {
		if z, err := strconv.ParseComplex(text[:len(text)-1]+"i", 128); err == nil && !cmplx.IsNaN(z) && !cmplx.IsInf(z) {
			return z, true
		}
	}
	z, err := evaluate(text)
	return z, err == nil
}

func (n numberRule) grade(answer []string) mark {
	text, ok := single(answer)
	if !ok {
		return invalid("one number is expected")
	}
	z, err := evaluate(text)
	if err != nil {
		return invalid("this cannot be read as a number: %v", err)
	}
	if n.limit != nil && !isReal(z) {
		return invalid("a complex number is in no range")
	}
	m := n.mark(z)
	switch m.state {
	case Correct:
		m.feedback = feedbackOf(n.hint, true)
	case Incorrect:
		for _, a := range n.additional {
			if z == a.value {
				return mark{state: Correct, feedback: feedbackOf(a.hint, true)}
			}
		}
	}
	return m
}

// mark judges a number against the answer and what is partly right.
func (n numberRule) mark(z complex128) mark {
	if n.limit != nil {
		return n.limit.mark(real(z), n.close, n.wider)
	}
	wide := tolerance{amount: float64(n.tolerance.amount * n.wider), percent: n.tolerance.percent}
	if n.tolerance.meets(z, n.value) {
		return mark{state: Correct}
	}
	near := n.close && wide.meets(z, n.value)
	for _, a := range n.alternatives {
		switch {
		case n.tolerance.meets(z, a), near:
			return mark{state: Partial, share: 0.5}
		case n.close && wide.meets(z, a):
			return mark{state: Partial, share: 0.25}
		}
	}
	if near {
		return mark{state: Partial, share: 0.5}
	}
	return mark{state: Incorrect}
}

// meets reports whether a number is as near to the right one as the tolerance asks. Real numbers are compared by the decimals that they are written
// with, so that 1.1 is within 0.1 of 1.
func (t tolerance) meets(z, want complex128) bool {
	most := t.amount
	if t.percent {
		most = float64(t.amount * 0.01)
		if !t.relative {
			most *= cmplx.Abs(want)
		}
	}
	if t.relative {
		most *= max(cmplx.Abs(z), cmplx.Abs(want))
	}
	if !isReal(z) || !isReal(want) {
		return cmplx.Abs(z-want) <= most
	}
	if math.IsInf(most, 1) {
		return true
	}
	distance := new(big.Rat).Sub(decimals(real(z)), decimals(real(want)))
	return distance.Abs(distance).Cmp(decimals(most)) <= 0
}

// decimals gives the number that the shortest decimals of a double stand for.
func decimals(f float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok {
		return new(big.Rat)
	}
	return r
}

func (n numberRule) key() []string {
	if n.limit == nil {
		return []string{typed(n.value, n.text)}
	}
	return n.limit.key()
}

// typed gives a number as a learner may type it: as the author wrote it, if that can be read.
func typed(z complex128, text string) string {
	if same, err := evaluate(text); err == nil && same == z {
		return text
	}
	return fmt.Sprintf("%g+%g*i", real(z), imag(z))
}

func (n numberRule) answers() []string {
	list := []string{escape(n.text)}
	for _, a := range n.additional {
		list = append(list, escape(a.text))
	}
	return list
}

// interval is a range of numbers: [0, 5) has 0 and has not 5. Its bounds may be infinite.
type interval struct {
	low, high         float64
	withLow, withHigh bool
}

func readInterval(text string) (*interval, bool) {
	low, high, ok := strings.Cut(text[1:max(1, len(text)-1)], ",")
	high, _, _ = strings.Cut(high, ",") // Open edX looks at no more than two
	r := &interval{withLow: text[0] == '[', withHigh: text[len(text)-1] == ']'}
	var okLow, okHigh bool
	r.low, okLow = bound(low)
	r.high, okHigh = bound(high)
	return r, ok && okLow && okHigh && r.low <= r.high
}

func bound(text string) (float64, bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "inf", "+inf", "infinity", "+infinity":
		return math.Inf(1), true
	case "-inf", "-infinity":
		return math.Inf(-1), true
	}
	z, ok := staffNumber(text)
	return real(z), ok && isReal(z)
}

// mark judges a number. On a bound the kind of the bound decides, and what is nearly right is not asked.
func (r *interval) mark(f float64, near bool, wider float64) mark {
	switch {
	case sameDouble(f, r.low):
		return mark{state: right(r.withLow)}
	case sameDouble(f, r.high):
		return mark{state: right(r.withHigh)}
	case r.low < f && f < r.high:
		return mark{state: Correct}
	}
	if margin := float64(wider * (r.high - r.low)); near && r.low-margin < f && f < r.high+margin {
		return mark{state: Partial, share: 0.5}
	}
	return mark{state: Incorrect}
}

// sameDouble reports whether two numbers are one but for the last bit of a double.
func sameDouble(a, b float64) bool {
	const epsilon = 2.220446049250313e-16
	if math.IsInf(a, 0) || math.IsInf(b, 0) {
		return a == b
	}
	distance := new(big.Rat).Sub(decimals(a), decimals(b))
	return distance.Abs(distance).Cmp(decimals(float64(epsilon*max(math.Abs(a), math.Abs(b))))) <= 0
}

// key tries what is likely to lie in the range; the last one tried is given if none does.
func (r *interval) key() []string {
	candidates := []float64{r.low, r.high, r.low/2 + r.high/2, r.low + 1, r.high - 1, 0}
	candidates = slices.DeleteFunc(candidates, func(f float64) bool { return math.IsInf(f, 0) || math.IsNaN(f) })
	for _, f := range candidates {
		if r.mark(f, false, 0).state == Correct {
			return []string{strconv.FormatFloat(f, 'g', -1, 64)}
		}
	}
	return []string{strconv.FormatFloat(candidates[len(candidates)-1], 'g', -1, 64)}
}
