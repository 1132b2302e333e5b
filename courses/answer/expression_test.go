package answer

import (
	"math"
	"math/cmplx"
	"strings"
	"testing"
)

func TestWhatIsTypedAsANumber(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       complex128
	}{
		{"digits", "12", 12},
		{"a point with nothing after it", "16.", 16},
		{"a point with nothing before it", ".5", 0.5},
		{"an exponent", "1.5E-3", 0.0015},
		{"spaces around an exponent", "5 e 3", 5000},
		{"a percent sign", "2%", 0.02},
		{"a sign", "- 5", -5},
		{"a sign, and one of the number", "--5", 5},
		{"from left to right", "8 - 4 - 2", 2},
		{"products before sums", "3 + 4 * 2 / (1 - 5)^2", 3.5},
		{"powers from right to left", "2^3^2", 512},
		{"a sign before a power is not of the number", "-2^2", -4},
		{"a sign inside a product is", "2*-2^2", 8},
		{"a negative exponent", "2^-3", 0.125},
		{"a fraction", "1/3", 1. / 3},
		{"resistors side by side", "5 || 10", 10. / 3},
		{"pi, in capitals too", "2*PI", 2 * math.Pi},
		{"e is a number", "e^2", complex(math.Pow(math.E, 2), 0)},
		{"a function", "sqrt(2)", math.Sqrt2},
		{"a function in capitals with spaces", "SQRT ( 4 )", 2},
		{"the root of a negative number", "sqrt(-4)", 2i},
		{"a fractional power of one", "(-8)^(1/3)", complex(1, math.Sqrt(3))},
		{"the imaginary unit has two names", "(1+i)*(1-j)", 2},
		{"the size of a complex number", "abs(3+4*i)", 5},
		{"a factorial", "fact(5)", 120},
		{"zero to the power of zero", "0^0", 1},
		{"a logarithm", "log10(1000) + log2(8) + ln(e)", 7},
		{"the other side of the circle", "arccot(-1)", -math.Pi / 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := evaluate(c.text); err != nil || cmplx.Abs(got-c.want) > 1e-14*(1+cmplx.Abs(c.want)) {
				t.Errorf("%q is %v, %v; want %v", c.text, got, err, c.want)
			}
		})
	}
}

func TestWhatIsNoNumber(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "not complete",
		"1+":                        "not complete",
		"1 2":                       `'2' is not expected`,
		"3,14":                      `',' is not expected`,
		"1k":                        `'k' is not expected`,
		"2pi":                       `'p' is not expected`,
		"2e":                        `'e' is not expected`,
		"5%3":                       `'3' is not expected`,
		"1.5.2":                     `'.' is not expected`,
		"---5":                      `'-' is not expected`,
		"(1":                        "not closed",
		"1)":                        "has no opening one",
		"x":                         `"x" is not a number`,
		"sqrt":                      `"sqrt" is not a number`,
		"f(1)":                      `"f" is not a function`,
		"1/0":                       "division by zero",
		"0^-1":                      "division by zero",
		"0^i":                       "division by zero",
		"5||0":                      "division by zero",
		"csc(0)":                    "division by zero",
		"ln(0)":                     "too large",
		"1e400":                     "too large",
		"arccosh(0/1)*1e400":        "too large",
		"fact(2.5)":                 "whole number",
		"fact(-1)":                  "whole number",
		"fact(171)":                 "too large",
		"−5":                        `'−' is not expected`,
		"\xff":                      "not expected",
		strings.Repeat("(", 51):     "more than 50 parentheses",
		strings.Repeat("1+", 2_000): "more than 2000 characters",
	} {
		if got, err := evaluate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q is %v, %v; want an error with %q", text, got, err, want)
		}
	}
}

// FuzzExpression evaluates whatever is typed. The result is a finite number or an error, and the same each time.
func FuzzExpression(f *testing.F) {
	for _, text := range []string{
		"", "1", "-2^-3^.5", "1e3%", "sqrt(-4)*i", "0^i", "(((1)))", "5||10||0", "fact(170)/fact(169)", "2 e 5", "arcsech(.5)+arccoth(2)", "1/3-", "\x00", "1e999",
	} {
		f.Add(text)
	}
	for name := range functions {
		f.Add(name + "(0.5+i)")
		f.Add(name + "(1e308*10)")
	}
	f.Fuzz(func(t *testing.T, text string) {
		z, err := evaluate(text)
		if err == nil && (cmplx.IsNaN(z) || cmplx.IsInf(z)) {
			t.Errorf("%q is %v", text, z)
		}
		again, errAgain := evaluate(text)
		if z != again || (err == nil) != (errAgain == nil) {
			t.Errorf("%q is %v, then %v", text, z, again)
		}
	})
}
