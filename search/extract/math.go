package extract

import (
	"strings"
	"unicode/utf8"
)

// delimiters begin and end a formula in TeX, as MathJax is set up in Open edX.
var delimiters = []struct{ open, close string }{
	{`\(`, `\)`}, {`\[`, `\]`}, {`$$`, `$$`}, {`[mathjaxinline]`, `[/mathjaxinline]`}, {`[mathjax]`, `[/mathjax]`},
}

// withoutDelimiters spoils the delimiters in code, where formulas are not set, with a character that clean takes out again.
var withoutDelimiters = strings.NewReplacer(`\`, "\\\u200b", `$$`, "$\u200b$", `[math`, "[\u200bmath")

// maxFormula is the longest formula, in bytes; what is longer has lost its end.
const maxFormula = 2048

// readable replaces the formulas of a text by what people would look for: letters, numbers, names.
func readable(text string) string {
	var out strings.Builder
	for {
		at, open, inner, after := nextFormula(text)
		if at < 0 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at])
		out.WriteString(formulaText(inner))
		text = text[at+open+len(inner)+after:]
	}
}

// nextFormula finds the first formula: where it begins, how long its delimiters are, and what is between them. at is -1 if there is none.
func nextFormula(text string) (at, open int, inner string, after int) {
	for from := 0; ; {
		i := strings.IndexAny(text[from:], `\$[`)
		if i < 0 {
			return -1, 0, "", 0
		}
		at = from + i
		for _, d := range append(delimiters, environment(text[at:])...) {
			rest, ok := strings.CutPrefix(text[at:], d.open)
			if !ok {
				continue
			}
			if n := strings.Index(rest[:min(len(rest), maxFormula)], d.close); n >= 0 {
				return at, len(d.open), rest[:n], len(d.close)
			}
		}
		from = at + 1
	}
}

// environment gives the delimiters of a formula that begins with \begin{name}.
func environment(text string) []struct{ open, close string } {
	rest, ok := strings.CutPrefix(text, `\begin{`)
	if !ok {
		return nil
	}
	name, _, ok := strings.Cut(rest[:min(len(rest), 40)], "}")
	if !ok {
		return nil
	}
	return []struct{ open, close string }{{`\begin{` + name + `}`, `\end{` + name + `}`}}
}

// texWords are commands with another text than their own name.
var texWords = func() map[string]string {
	m := map[string]string{
		"le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "pm": "±", "times": "×", "cdot": "·", "div": "÷", "to": "→",
		"rightarrow": "→", "leftarrow": "←", "Rightarrow": "⇒", "in": "∈", "cup": "∪", "cap": "∩", "infty": "∞ infinity", "partial": "∂", "nabla": "∇ nabla",
		"sum": "∑ sum", "prod": "∏ prod", "int": "∫ int", "sqrt": "√ sqrt", "ln": "ln", "lg": "lg", "circ": "°", "forall": "∀", "exists": "∃",
	}
	// A Greek letter is found by itself and by its name.
	names := strings.Fields(`alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega`)
	for i, name := range names {
		lower, upper := rune('α'+i), rune('Α'+i)
		m[name] = string(lower) + " " + name
		m[strings.ToUpper(name[:1])+name[1:]] = string(upper) + " " + name
	}
	m["varepsilon"], m["vartheta"], m["varphi"], m["varrho"] = m["epsilon"], m["theta"], m["phi"], m["rho"]
	return m
}()

// texLayout are commands that say how a formula looks, not what it says; texWithArgument take their argument with them.
var (
	texLayout = set(`frac dfrac tfrac cfrac left right big bigl bigr Big Bigl Bigr bigg Bigg text textbf textit textrm texttt mbox hbox mathrm mathbf mathit mathsf mathtt
		mathbb mathcal mathfrak boldsymbol operatorname displaystyle textstyle scriptstyle limits nolimits quad qquad hline nonumber notag middle rm bf it`)
	texWithArgument = set(`begin end label ref eqref tag color hspace vspace class cssId style`)
	texFractions    = set(`frac dfrac tfrac cfrac`)
)

// formulaText reads TeX. A command is its name, if that has more than two letters and says something.
func formulaText(tex string) string {
	f := formulaReader{rest: tex}
	for f.rest != "" {
		f.next()
	}
	return f.out.String()
}

type formulaReader struct {
	rest string
	out  strings.Builder
	// groups are the braces that are open: whether each holds the upper part of a fraction.
	groups []bool
	// upper says that the next brace opens one.
	upper bool
}

func (f *formulaReader) next() {
	r, size := utf8.DecodeRuneInString(f.rest)
	here := f.rest[:size]
	f.rest = f.rest[size:]
	switch r {
	case '\\':
		f.command()
	case '{':
		if len(f.groups) < maxOpen {
			f.groups = append(f.groups, f.upper)
		}
		f.upper = false
	case '}':
		if n := len(f.groups) - 1; n >= 0 {
			if f.groups[n] {
				f.out.WriteByte('/')
			}
			f.groups = f.groups[:n]
		}
	case '&', '~', '\n':
		f.out.WriteByte(' ')
	case '_', '$':
	default:
		f.out.WriteString(here)
	}
}

func (f *formulaReader) command() {
	end := strings.IndexFunc(f.rest, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if end < 0 {
		end = len(f.rest)
	}
	if end == 0 {
		f.symbol()
		return
	}
	name := f.rest[:end]
	f.rest = f.rest[end:]
	switch word, known := texWords[name]; {
	case known:
		f.word(word)
	case texWithArgument[name]:
		f.argument()
	case texLayout[name]:
		if f.upper = texFractions[name]; f.upper || !strings.HasPrefix(f.rest, "{") {
			f.out.WriteByte(' ')
		}
	case len(name) > 2:
		f.word(name)
	default:
		f.out.WriteByte(' ')
	}
}

func (f *formulaReader) word(word string) {
	f.out.WriteByte(' ')
	f.out.WriteString(word)
	f.out.WriteByte(' ')
}

// symbol reads a command that is no name: an escaped character, a space, the end of a line.
func (f *formulaReader) symbol() {
	if f.rest == "" {
		return
	}
	if strings.ContainsRune(`{}%&#$_`, rune(f.rest[0])) {
		f.out.WriteByte(f.rest[0])
		f.rest = f.rest[1:]
		return
	}
	_, size := utf8.DecodeRuneInString(f.rest)
	f.rest = f.rest[size:]
	f.out.WriteByte(' ')
}

func (f *formulaReader) argument() {
	if inner, ok := strings.CutPrefix(f.rest, "{"); ok {
		if _, after, closed := strings.Cut(inner, "}"); closed {
			f.rest = after
		}
	}
}
