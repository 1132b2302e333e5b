package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of a list of learners.
const (
	maxRosterBytes = 32 << 20
	maxRosterLines = 100_000
)

// rosterColumns are those that a list of learners may have.
var rosterColumns = []string{"name", "email", "mode", "cohort", "action"}

// rosterLine is what shall be done to one learner.
type rosterLine struct {
	line                              int // of the file, 0 for a name that was typed
	name, email, mode, cohort, action string
}

// lineProblem says what is wrong with a line, and what to do.
type lineProblem struct {
	Line    int    `json:"line,omitempty"`
	Name    string `json:"name,omitempty"`
	Message string `json:"message"`
}

// at is where something was found, for the beginning of a sentence.
func at(line int, name string) string {
	place := ""
	if line > 0 {
		place = fmt.Sprintf("line %d: ", line)
	}
	if name != "" {
		place += shortened(name) + ": "
	}
	return place
}

// openRoster reads the bytes of a list of learners; - is standard input.
func openRoster(path string, stdin io.Reader) (text []byte, err error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err = io.ReadAll(io.LimitReader(in, maxRosterBytes+1))
	if err == nil && len(text) > maxRosterBytes {
		err = fmt.Errorf("%s has more than %s; split it into several files", path, byteText(maxRosterBytes))
	}
	return text, err
}

// parseRoster reads a list of learners as CSV. Its first line names the columns. All lines that cannot be read are listed; the error is for a list that cannot be
// read at all.
func parseRoster(text []byte) (lines []rosterLine, wrong []lineProblem, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, nil, fmt.Errorf("line %d is not in UTF-8; save the list as CSV in UTF-8", firstInvalid(text))
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1 // which would name no line to people
	head, err := r.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil, errors.New("the list is empty; its first line names the columns: " + strings.Join(rosterColumns, ","))
		}
		return nil, nil, errors.New(csvText(err))
	}
	if head, err = rosterHead(head); err != nil {
		return nil, nil, err
	}
	for {
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return lines, wrong, nil
		case err != nil:
			wrong = append(wrong, csvProblem(err))
			continue
		case len(lines)+len(wrong) == maxRosterLines:
			return nil, nil, fmt.Errorf("the list has more than %s; split it into several files", plural(maxRosterLines, "line"))
		}
		number, _ := r.FieldPos(0)
		if len(record) != len(head) {
			wrong = append(wrong, lineProblem{Line: number, Message: fmt.Sprintf("it has %s, and the first line names %d; a value with a comma must stand in quotes",
				plural(len(record), "value"), len(head))})
			continue
		}
		lines = append(lines, rosterLineOf(number, head, record))
	}
}

// rosterHead checks the names of the columns.
func rosterHead(names []string) ([]string, error) {
	head := make([]string, len(names))
	all := "the columns are " + strings.Join(rosterColumns, ", ")
	for i, name := range names {
		head[i] = strings.ToLower(strings.TrimSpace(name))
		switch {
		case len(names) == 1 && strings.ContainsAny(name, ";\t"):
			return nil, errors.New("line 1: the columns must be separated by commas")
		case strings.Contains(strings.TrimSpace(name), "\r"):
			return nil, errors.New("line 1: lines must end with a line feed; save the list as CSV for Windows or Unix")
		case !slices.Contains(rosterColumns, head[i]):
			return nil, fmt.Errorf("line 1: there is no column %q; %s", shortened(name), didYouMean(head[i], rosterColumns, all))
		case slices.Contains(head[:i], head[i]):
			return nil, fmt.Errorf("line 1: the column %s stands there twice; remove one", head[i])
		}
	}
	if !slices.Contains(head, "name") {
		return nil, fmt.Errorf("line 1: there is no column name, which says who is meant; %s", all)
	}
	return head, nil
}

func rosterLineOf(number int, head, record []string) rosterLine {
	l := rosterLine{line: number}
	for i, column := range head {
		value := strings.TrimSpace(record[i])
		switch column {
		case "name":
			l.name = value
		case "email":
			l.email = value
		case "mode":
			l.mode = value
		case "cohort":
			l.cohort = value
		case "action":
			l.action = value
		}
	}
	return l
}

// csvProblem says where and why a line is no CSV.
func csvProblem(err error) lineProblem {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return lineProblem{Line: parse.StartLine, Message: fmt.Sprintf("column %d: a quote stands alone; a value with quotes stands in quotes itself, with each of them doubled", parse.Column)}
	}
	return lineProblem{Message: err.Error()}
}

func csvText(err error) string {
	p := csvProblem(err)
	return at(p.Line, "") + p.Message
}

// firstInvalid is the number of the first line that is not in UTF-8.
func firstInvalid(text []byte) int {
	number := 0
	for line := range bytes.Lines(text) {
		if number++; !utf8.Valid(line) {
			break
		}
	}
	return number
}
