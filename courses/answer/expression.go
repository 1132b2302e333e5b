package answer

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/cmplx"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxExpression = 2_000 // bytes
	maxNesting    = 50    // parentheses inside each other
)

// evaluate computes what a learner typed as a number: 12, 1e3, 2%, 1/3, sqrt(2), 2^-3, 2*pi. It knows what the calculator of Open edX knows, "||" for
// parallel resistors and i and j for the imaginary unit among it, and needs as little time as the text is long. The result is finite.
func evaluate(text string) (complex128, error) {
	if len(text) > maxExpression {
		return 0, fmt.Errorf("the number has more than %d characters", maxExpression)
	}
	p := parser{text: text}
	z, err := p.sum()
	if err == nil && !p.atEnd() {
		err = p.unexpected()
	}
	if err != nil {
		return 0, err
	}
	if cmplx.IsNaN(z) || cmplx.IsInf(z) {
		return 0, errors.New("the result is not a number, or too large")
	}
	return z, nil
}

// parser reads an expression from left to right. Spaces stand between tokens, never in a name or between the digits of a number.
type parser struct {
	text    string
	at      int
	nesting int
}

func (p *parser) skipSpace() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) atEnd() bool {
	p.skipSpace()
	return p.at == len(p.text)
}

// take reads a token if it is next.
func (p *parser) take(token string) bool {
	p.skipSpace()
	if strings.HasPrefix(p.text[p.at:], token) {
		p.at += len(token)
		return true
	}
	return false
}

func (p *parser) unexpected() error {
	if p.atEnd() {
		return errors.New("the expression is not complete")
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	if r == ')' {
		return errors.New("a closing parenthesis has no opening one")
	}
	return fmt.Errorf("%q is not expected here", r)
}

// sum = [sign] product { sign product }
func (p *parser) sum() (complex128, error) {
	var total complex128
	sign := p.sign()
	if sign == 0 {
		sign = '+'
	}
	for sign != 0 {
		z, err := p.product()
		if err != nil {
			return 0, err
		}
		if sign == '-' {
			total -= z
		} else {
			total += z
		}
		sign = p.sign()
	}
	return total, nil
}

// sign reads a + or -, or gives 0.
func (p *parser) sign() byte {
	if p.atEnd() || p.text[p.at] != '+' && p.text[p.at] != '-' {
		return 0
	}
	p.at++
	return p.text[p.at-1]
}

// product = parallel { ("*" | "/") parallel }
func (p *parser) product() (complex128, error) {
	total, err := p.parallel()
	for err == nil {
		var z complex128
		switch {
		case p.take("*"):
			if z, err = p.parallel(); err == nil {
				total = multiply(total, z)
			}
		case p.take("/"):
			if z, err = p.parallel(); err == nil {
				total, err = divide(total, z)
			}
		default:
			return total, nil
		}
	}
	return 0, err
}

// parallel = power { "||" power }
func (p *parser) parallel() (complex128, error) {
	first, err := p.power()
	if err != nil || !p.take("||") {
		return first, err
	}
	sum, err := divide(1, first)
	for err == nil {
		var z complex128
		if z, err = p.power(); err == nil {
			z, err = divide(1, z)
			sum += z
		}
		if err == nil && !p.take("||") {
			return divide(1, sum)
		}
	}
	return 0, err
}

// power = atom { "^" atom }, from right to left
func (p *parser) power() (complex128, error) {
	var terms []complex128
	for {
		z, err := p.atom()
		if err != nil {
			return 0, err
		}
		terms = append(terms, z)
		if !p.take("^") {
			break
		}
	}
	result := terms[len(terms)-1]
	for i := len(terms) - 2; i >= 0; i-- {
		var err error
		if result, err = raise(terms[i], result); err != nil {
			return 0, err
		}
	}
	return result, nil
}

// atom = number | name "(" sum ")" | name | "(" sum ")". A number may have a sign of its own: 2^-3.
func (p *parser) atom() (complex128, error) {
	if f, ok := p.number(); ok {
		return complex(f, 0), nil
	}
	if p.take("(") {
		return p.inParentheses()
	}
	name := p.name()
	if name == "" {
		return 0, p.unexpected()
	}
	if p.take("(") {
		f, known := functions[strings.ToLower(name)]
		if !known {
			return 0, fmt.Errorf("%q is not a function", name)
		}
		z, err := p.inParentheses()
		if err != nil {
			return 0, err
		}
		return f(z)
	}
	z, known := constants[strings.ToLower(name)]
	if !known {
		return 0, fmt.Errorf("%q is not a number", name)
	}
	return z, nil
}

func (p *parser) inParentheses() (complex128, error) {
	if p.nesting++; p.nesting > maxNesting {
		return 0, fmt.Errorf("more than %d parentheses stand inside each other", maxNesting)
	}
	z, err := p.sum()
	p.nesting--
	if err == nil && !p.take(")") {
		if p.atEnd() {
			return 0, errors.New("a parenthesis is not closed")
		}
		return 0, p.unexpected()
	}
	return z, err
}

// number reads [sign] digits [. digits] [e [sign] digits] [%]; spaces may stand around the sign, the e and the %. Without a number p stays where it is.
func (p *parser) number() (f float64, ok bool) {
	start := p.at
	sign := p.sign()
	p.skipSpace()
	literal := p.decimal()
	if literal == "" {
		p.at = start
		return 0, false
	}
	literal += p.exponent()
	f, _ = strconv.ParseFloat(literal, 64) // out of range gives an infinity, which no result may be
	if p.take("%") {
		f *= 0.01
	}
	if sign == '-' {
		f = -f
	}
	return f, true
}

// decimal reads 12, 12. or .5
func (p *parser) decimal() string {
	start := p.at
	whole := p.digits()
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		if p.digits() == 0 && whole == 0 {
			p.at = start
		}
	}
	return p.text[start:p.at]
}

func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

// exponent reads e5 or E-5 and nothing else: the e in "2 e" is a name.
func (p *parser) exponent() string {
	start := p.at
	if p.take("e") || p.take("E") {
		sign := p.sign()
		p.skipSpace()
		from := p.at
		if p.digits() > 0 {
			if sign == 0 {
				sign = '+'
			}
			return "e" + string(rune(sign)) + p.text[from:p.at]
		}
	}
	p.at = start
	return ""
}

// name reads a letter and the letters, digits and underscores after it.
func (p *parser) name() string {
	p.skipSpace()
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (p.at == start || c != '_' && (c < '0' || c > '9')) {
			break
		}
		p.at++
	}
	return p.text[start:p.at]
}

var errZero = errors.New("a division by zero")

func isReal(z complex128) bool { return imag(z) == 0 }

// multiply and divide keep to real numbers where they can: complex arithmetic makes something else of an infinity.
func multiply(a, b complex128) complex128 {
	if isReal(a) && isReal(b) {
		return complex(float64(real(a)*real(b)), 0)
	}
	return a * b
}

func divide(a, b complex128) (complex128, error) {
	switch {
	case b == 0:
		return 0, errZero
	case isReal(a) && isReal(b):
		return complex(real(a)/real(b), 0), nil
	}
	return a / b, nil
}

func raise(base, exponent complex128) (complex128, error) {
	x, y := real(base), real(exponent)
	switch {
	case base == 0 && exponent == 0:
		return 1, nil
	case base == 0 && y > 0:
		return 0, nil
	case base == 0:
		return 0, errZero
	case isReal(base) && isReal(exponent) && (x > 0 || y == math.Trunc(y)):
		return complex(math.Pow(x, y), 0), nil
	}
	return cmplx.Pow(base, exponent), nil
}

// constants are the names that stand for a number. Capitals do not matter, here and in functions.
var constants = map[string]complex128{"e": math.E, "pi": math.Pi, "i": 1i, "j": 1i}

// functions are those of Open edX. Where a root or a logarithm of a negative number is asked for, the result is complex.
var functions = map[string]func(complex128) (complex128, error){
	"sin":       both(math.Sin, cmplx.Sin),
	"cos":       both(math.Cos, cmplx.Cos),
	"tan":       both(math.Tan, cmplx.Tan),
	"sec":       inverse(both(math.Cos, cmplx.Cos)),
	"csc":       inverse(both(math.Sin, cmplx.Sin)),
	"cot":       inverse(both(math.Tan, cmplx.Tan)),
	"sqrt":      within(notNegative, math.Sqrt, cmplx.Sqrt),
	"log10":     within(notNegative, math.Log10, cmplx.Log10),
	"log2":      within(notNegative, math.Log2, func(z complex128) complex128 { return cmplx.Log(z) / math.Ln2 }),
	"ln":        within(notNegative, math.Log, cmplx.Log),
	"exp":       both(math.Exp, cmplx.Exp),
	"arcsin":    within(upToOne, math.Asin, cmplx.Asin),
	"arccos":    within(upToOne, math.Acos, cmplx.Acos),
	"arctan":    both(math.Atan, cmplx.Atan),
	"arcsec":    ofInverse(both(math.Acos, cmplx.Acos)),
	"arccsc":    ofInverse(both(math.Asin, cmplx.Asin)),
	"arccot":    arccot,
	"abs":       func(z complex128) (complex128, error) { return complex(cmplx.Abs(z), 0), nil },
	"fact":      factorial,
	"factorial": factorial,
	"sinh":      both(math.Sinh, cmplx.Sinh),
	"cosh":      both(math.Cosh, cmplx.Cosh),
	"tanh":      both(math.Tanh, cmplx.Tanh),
	"sech":      inverse(both(math.Cosh, cmplx.Cosh)),
	"csch":      inverse(both(math.Sinh, cmplx.Sinh)),
	"coth":      inverse(both(math.Tanh, cmplx.Tanh)),
	"arcsinh":   both(math.Asinh, cmplx.Asinh),
	"arccosh":   both(math.Acosh, cmplx.Acosh),
	"arctanh":   within(upToOne, math.Atanh, cmplx.Atanh),
	"arcsech":   ofInverse(both(math.Acosh, cmplx.Acosh)),
	"arccsch":   ofInverse(both(math.Asinh, cmplx.Asinh)),
	"arccoth":   ofInverse(within(upToOne, math.Atanh, cmplx.Atanh)),
}

func notNegative(f float64) bool { return f >= 0 }
func upToOne(f float64) bool     { return -1 <= f && f <= 1 }

// both computes with real numbers as long as the argument is one.
func both(r func(float64) float64, c func(complex128) complex128) func(complex128) (complex128, error) {
	return within(func(float64) bool { return true }, r, c)
}

// within computes with real numbers where the argument is one in the domain, and goes complex elsewhere.
func within(domain func(float64) bool, r func(float64) float64, c func(complex128) complex128) func(complex128) (complex128, error) {
	return func(z complex128) (complex128, error) {
		if isReal(z) && domain(real(z)) {
			return complex(r(real(z)), 0), nil
		}
		return c(z), nil
	}
}

func inverse(f func(complex128) (complex128, error)) func(complex128) (complex128, error) {
	return func(z complex128) (complex128, error) {
		z, err := f(z)
		if err != nil {
			return 0, err
		}
		return divide(1, z)
	}
}

func ofInverse(f func(complex128) (complex128, error)) func(complex128) (complex128, error) {
	return func(z complex128) (complex128, error) {
		z, err := divide(1, z)
		if err != nil {
			return 0, err
		}
		return f(z)
	}
}

func arccot(z complex128) (complex128, error) {
	quarter := complex(math.Copysign(math.Pi/2, real(z)), 0)
	if real(z) == 0 {
		quarter = math.Pi / 2
	}
	if isReal(z) {
		return quarter - complex(math.Atan(real(z)), 0), nil
	}
	return quarter - cmplx.Atan(z), nil
}

func factorial(z complex128) (complex128, error) {
	n := real(z)
	switch {
	case !isReal(z) || n < 0 || n != math.Trunc(n):
		return 0, errors.New("a factorial is of a whole number from 0")
	case n > 170:
		return 0, errors.New("the factorial is too large")
	}
	f, _ := new(big.Float).SetInt(new(big.Int).MulRange(1, int64(n))).Float64()
	return complex(f, 0), nil
}
