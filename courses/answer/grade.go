package answer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"lectern/courses/grading"
)

// State is how an answer to a part was judged.
type State string

const (
	Correct    State = "correct"
	Partial    State = "partially correct"
	Incorrect  State = "incorrect"
	Unanswered State = "unanswered"
	Invalid    State = "invalid"  // it cannot be an answer to this question
	Ungraded   State = "ungraded" // nobody here can say
)

// Most an answer to one field may have.
const (
	MaxAnswer = 20_000 // bytes in a text
	MaxValues = 1_000  // values in a list
)

// Response holds what a learner answered, by the id of the field; a text is a list of one. An id may be whole, as Open edX keeps it, or its end alone.
type Response map[string][]string

// ParseResponse reads student_answers as Open edX keeps them: an object of texts and lists of texts. What is neither is taken as the text of its JSON.
func ParseResponse(text []byte) (Response, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("answers must be a JSON object: %w", err)
	}
	r := make(Response, len(fields))
	for id, value := range fields {
		var one string
		var list []string
		switch {
		case bytes.Equal(value, []byte("null")):
		case json.Unmarshal(value, &one) == nil:
			r[id] = []string{one}
		case json.Unmarshal(value, &list) == nil:
			r[id] = list
		default:
			r[id] = []string{string(value)}
		}
	}
	return r, nil
}

// fieldID is the end of an id that names the field.
var fieldID = regexp.MustCompile(`_[0-9]{1,9}_[0-9]{1,9}$`)

// byField gives the answers by the ends of their ids. Of two with the same end the shorter id counts, then the lower: that depends on nothing but r.
func (r Response) byField() map[string][]string {
	chosen := make(map[string]string)
	for id := range r {
		end := fieldID.FindString(id[max(0, len(id)-24):])
		if end == "" {
			continue
		}
		other, taken := chosen[end]
		if !taken || len(id) < len(other) || len(id) == len(other) && id < other {
			chosen[end] = id
		}
	}
	fields := make(map[string][]string, len(chosen))
	for end, id := range chosen {
		fields[end] = r[id]
	}
	return fields
}

// Feedback is what the author says to an answer. It is to be shown only where correctness is.
type Feedback struct {
	Label string   // "Correct:", what the author wrote instead, or nothing
	Texts []string // markup
}

// PartResult is how the answer to one part was judged.
type PartResult struct {
	ID       string
	State    State
	Reason   string // why it is invalid or ungraded
	Points   grading.Points
	Feedback []Feedback
}

// Result is how a response was judged.
type Result struct {
	Parts    []PartResult
	Earned   *float64 // points before the weight; nil when a part is ungraded: then nobody knows
	Possible float64
}

// Accepted reports whether every answer could be one. Open edX refuses a response with an invalid answer, and no attempt is used up.
func (r Result) Accepted() bool { return !r.has(Invalid) }

// Complete reports whether every part was graded.
func (r Result) Complete() bool { return !r.has(Ungraded) }

// Full reports whether all points were earned.
func (r Result) Full() bool { return r.Earned != nil && *r.Earned >= r.Possible }

func (r Result) has(s State) bool {
	for _, part := range r.Parts {
		if part.State == s {
			return true
		}
	}
	return false
}

// Grade judges a response. The same response to the same problem is always judged the same.
func (p *Problem) Grade(r Response) Result {
	fields := r.byField()
	result := Result{Parts: make([]PartResult, 0, len(p.Parts))}
	earned := 0.0
	for i := range p.Parts {
		part := p.Parts[i].grade(fields[p.Parts[i].ID])
		earned += part.Points.Earned
		result.Possible += part.Points.Possible
		result.Parts = append(result.Parts, part)
	}
	if result.Complete() {
		result.Earned = &earned
	}
	return result
}

func (part *Part) grade(answer []string) PartResult {
	m := part.judge(answer)
	points := grading.Points{Possible: part.Possible}
	switch m.state {
	case Correct:
		points.Earned = part.Possible
	case Partial:
		points.Earned = part.Possible * m.share
		if m.decimals {
			points.Earned = grading.TwoDecimals(points.Earned)
		}
	}
	return PartResult{ID: part.ID, State: m.state, Reason: m.reason, Points: points, Feedback: m.feedback}
}

func (part *Part) judge(answer []string) mark {
	if part.rule == nil {
		return mark{state: Ungraded, reason: part.Ungraded}
	}
	if len(answer) > MaxValues {
		return invalid("an answer has at most %d values", MaxValues)
	}
	blank := true
	for _, value := range answer {
		if len(value) > MaxAnswer {
			return invalid("an answer has at most %d bytes", MaxAnswer)
		}
		blank = blank && strings.TrimSpace(value) == ""
	}
	if blank {
		return mark{state: Unanswered}
	}
	return part.rule.grade(answer)
}

// Key gives an answer to every part that is right. Parts without a known one are not in it: ungraded ones, and regular expressions.
func (p *Problem) Key() Response {
	r := make(Response)
	for i := range p.Parts {
		if part := &p.Parts[i]; part.rule != nil {
			if key := part.rule.key(); key != nil {
				r[part.ID] = key
			}
		}
	}
	return r
}

func invalid(format string, args ...any) mark {
	return mark{state: Invalid, reason: fmt.Sprintf(format, args...)}
}

// single takes the one text of an answer to a question that allows no more.
func single(answer []string) (string, bool) {
	if len(answer) != 1 {
		return "", false
	}
	return answer[0], true
}

// right gives a state where nothing lies between.
func right(yes bool) State {
	if yes {
		return Correct
	}
	return Incorrect
}

// feedbackOf gives the text of a hint, none if it is blank. Its label is the author's, or says whether the answer is right.
func feedbackOf(hint *node, correct bool) []Feedback {
	if hint == nil {
		return nil
	}
	text := innerMarkup(hint)
	if text == "" {
		return nil
	}
	label, ok := hint.attr("label")
	if !ok {
		label = defaultLabel(correct)
	}
	return []Feedback{{Label: label, Texts: []string{text}}}
}

func defaultLabel(correct bool) string {
	if correct {
		return "Correct:"
	}
	return "Incorrect:"
}
