package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"lectern/courses"
	"lectern/courses/answer"
)

// fieldName finds what must be the name of a field, whatever the answer is: 2, 3_1 or _3_1.
var fieldName = regexp.MustCompile(`^_?[0-9]{1,9}(_[0-9]{1,9})?$`)

// typedResponse reads answers as people type them: FIELD=VALUE, or the value alone where there is one field.
func typedResponse(q *courses.Question, args []string) (answer.Response, error) {
	given, fields := make(map[*answer.Part][]string), q.FieldNames()
	for _, arg := range args {
		name, value, named := strings.Cut(arg, "=")
		if len(fields) == 1 && (!named || !fieldName.MatchString(name)) {
			name, value, named = fields[0], arg, true
		}
		part, ok := q.Field(name)
		switch {
		case !named:
			return nil, &usageError{
				message: fmt.Sprintf("%s asks for %s, and %q does not say which one it is", q.Block, plural(len(fields), "answer"), arg),
				advice:  fmt.Sprintf("write FIELD=VALUE; the fields are %s", strings.Join(fields, ", ")),
			}
		case !ok:
			return nil, unknownField(q, name)
		}
		given[part] = append(given[part], value)
	}
	r := make(answer.Response)
	for i := range q.Problem.Parts {
		part, err := &q.Problem.Parts[i], error(nil)
		if values, ok := given[part]; ok {
			if r[part.ID], err = valuesOf(q, part, values); err != nil {
				return nil, err
			}
		}
	}
	return r, whole(q, r)
}

func unknownField(q *courses.Question, name string) error {
	if len(q.FieldNames()) == 0 {
		return q.Check(nil) // which says that nothing is asked
	}
	return &usageError{message: fmt.Sprintf("%s has no field %q", q.Block, name), advice: "its fields are " + strings.Join(q.FieldNames(), ", ")}
}

// whole refuses a response that leaves a field out.
func whole(q *courses.Question, r answer.Response) error {
	for i := range q.Problem.Parts {
		part := &q.Problem.Parts[i]
		if _, ok := r[part.ID]; !ok && part.ID != "" {
			name := q.FieldName(part)
			return &usageError{
				message: fmt.Sprintf("field %s of %s has no answer", name, q.Block),
				advice:  fmt.Sprintf("write %s=VALUE, or %[1]s= to leave it empty", name),
			}
		}
	}
	return nil
}

// valuesOf makes the answer to a part of what was typed for it: choices may be given by their name or their text.
func valuesOf(q *courses.Question, part *answer.Part, typed []string) ([]string, error) {
	if len(typed) > 1 && part.Kind != answer.Checkboxes && part.Kind != answer.Other {
		return nil, &usageError{
			message: fmt.Sprintf("field %s of %s takes one answer, and %d are given", q.FieldName(part), q.Block, len(typed)), advice: "give one of them",
		}
	}
	if len(part.Choices) == 0 {
		return typed, nil
	}
	values := make([]string, 0, len(typed))
	for _, text := range typed {
		if text == "" {
			continue // nothing is chosen
		}
		name, err := choiceName(q, part, text)
		if err != nil {
			return nil, err
		}
		values = append(values, name)
	}
	return values, nil
}

// choiceName finds a choice by its name, else by its text, in which case and blanks do not matter.
func choiceName(q *courses.Question, part *answer.Part, text string) (string, error) {
	if slices.ContainsFunc(part.Choices, func(c answer.Choice) bool { return c.Name == text }) {
		return text, nil
	}
	var found, names []string
	wanted := strings.Join(strings.Fields(text), " ")
	for _, c := range part.Choices {
		if names = append(names, c.Name); strings.EqualFold(plainLine(c.Text), wanted) {
			found = append(found, c.Name)
		}
	}
	where := fmt.Sprintf("field %s of %s", q.FieldName(part), q.Block)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", &usageError{message: fmt.Sprintf("%s has no choice %q", where, text), advice: "choose from " + strings.Join(names, ", ")}
	}
	return "", &usageError{message: fmt.Sprintf("%s has %d choices %q", where, len(found), text), advice: "give the name of one: " + strings.Join(found, ", ")}
}

// maxResponse is the number of bytes that a file with an answer may have.
const maxResponse = 1 << 20

// responseFile reads an answer as Open edX keeps it, from a file or, for "-", from standard input.
func responseFile(q *courses.Question, stdin io.Reader, path string) (answer.Response, error) {
	text, err := readSome(stdin, path)
	if err != nil {
		return nil, err
	}
	if path == "-" {
		path = "standard input"
	}
	read, err := answer.ParseResponse(text)
	if err != nil {
		return nil, fmt.Errorf("%s%s: %w", path, jsonPlace(text, err), err)
	}
	r := make(answer.Response, len(read))
	for id, values := range read {
		at := slices.IndexFunc(q.Problem.Parts, func(p answer.Part) bool { return p.ID != "" && strings.HasSuffix("_"+id, p.ID) })
		if at < 0 {
			return nil, unknownField(q, id)
		}
		if _, twice := r[q.Problem.Parts[at].ID]; twice {
			return nil, &usageError{message: fmt.Sprintf("%s answers field %s twice", path, q.FieldName(&q.Problem.Parts[at])), advice: "name each field once"}
		}
		r[q.Problem.Parts[at].ID] = values
	}
	return r, whole(q, r)
}

func readSome(stdin io.Reader, path string) ([]byte, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		stdin = file
	}
	text, err := io.ReadAll(io.LimitReader(stdin, maxResponse+1))
	if err == nil && len(text) > maxResponse {
		err = fmt.Errorf("%s is larger than %s", path, byteText(maxResponse))
	}
	return text, err
}

// jsonPlace says where in a text an error about its JSON is: ", line 3, column 7"; nothing if that is not known.
func jsonPlace(text []byte, err error) string {
	offset := int64(0)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset - 1 // of the byte after which reading ended
	} else if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = kind.Offset - 1
	} else {
		return ""
	}
	before := string(text[:min(max(offset, 0), int64(len(text)))])
	line := strings.Count(before, "\n")
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	return fmt.Sprintf(", line %d, column %d", line+1, column+1)
}
