package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"
)

// printJSON prints v as the one object of a command's --json form.
func (a *app) printJSON(v any) error {
	text, err := jsonText(v, "")
	if err != nil {
		return err
	}
	_, err = a.out.WriteString(text + "\n")
	return err
}

// jsonText is v as JSON of several lines, all but the first of which begin with prefix.
func jsonText(v any, prefix string) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(prefix, "  ")
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("making JSON: %w", err)
	}
	return safeJSON(strings.TrimSuffix(text.String(), "\n")), nil
}

// printf prints a line or more for people. Arguments that are strings are made safe, so text from archives can be passed as it is.
func (a *app) printf(format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = safe(text)
		}
	}
	fmt.Fprintf(a.out, format, args...)
}

// table prints rows in columns, with their text made safe and without blanks at the ends of lines.
func (a *app) table(rows [][]string) error {
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = safe(cell)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := a.out.WriteString(strings.TrimRight(line, " \n") + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// safe makes text fit to be shown on a terminal: control characters, which could move the cursor or give commands, marks that reverse the
// direction of what follows, and bytes that are no UTF-8 become visible escapes.
func safe(text string) string { return escape(text, "") }

// safeLines is safe for text of several lines: line feeds and tabs stay.
func safeLines(text string) string { return escape(text, "\n\t") }

func escape(text, allowed string) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, risky) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case risky(r) && !strings.ContainsRune(allowed, r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// risky reports whether a terminal may take r for more than a character to show.
func risky(r rune) bool {
	switch {
	case unicode.IsControl(r):
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069': // directions of writing
		return true
	}
	return r == '\u2028' || r == '\u2029' // ends of lines
}

// safeJSON escapes the risky characters that JSON allows inside strings. The value stays the same.
func safeJSON(text string) string {
	if !strings.ContainsFunc(text, riskyInJSON) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if riskyInJSON(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func riskyInJSON(r rune) bool { return risky(r) && r != '\n' }

// plural gives a number with its word.
func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return grouped(int64(n)) + " " + word
}

// grouped gives a number with a comma after every three digits.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// byteText gives a number of bytes in the unit that people read most easily.
func byteText(n int64) string {
	if n < 1000 {
		return plural(int(n), "byte")
	}
	size, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		if size /= 1000; size < 999.95 {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339) }
