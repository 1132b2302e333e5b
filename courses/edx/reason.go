package edx

import (
	"lectern/courses/outline"
	"lectern/modulestore/key"
)

// Reason is why something is not open, as far as the one who looks may know.
type Reason struct {
	Code   outline.Code `json:"code"`
	Params ReasonParams `json:"params"`
}

// ReasonParams says more about a reason; only what there is.
type ReasonParams struct {
	At            key.Block    `json:"at"`
	OpensAt       *Time        `json:"opens_at,omitempty"`
	Since         *Time        `json:"since,omitempty"`
	Of            *key.Block   `json:"of,omitempty"`
	MinScore      *float64     `json:"min_score,omitempty"`
	Score         *float64     `json:"score,omitempty"`
	MinCompletion *float64     `json:"min_completion,omitempty"`
	Completion    *float64     `json:"completion,omitempty"`
	Partition     *int64       `json:"partition,omitempty"`
	Courses       []key.Course `json:"courses,omitempty"`
	State         string       `json:"state,omitempty"`
	Text          string       `json:"text"` // one sentence
}

func (p *Page) reasons(v *outline.View, node int) (list []Reason) {
	if !p.Reasons {
		return nil
	}
	for _, r := range v.Told(node) {
		params := ReasonParams{
			At: v.Course.Course.Block(r.At), OpensAt: optional(Time{r.Opens}), Since: optional(Time{r.Since}),
			Courses: r.Courses, State: string(r.Exam), Text: r.String(),
		}
		if g := r.Gate; g != nil {
			params.gate(v.Course.Course.Block(g.Of), g)
		}
		if r.Group != nil {
			params.Partition = &r.Group.Partition
		}
		list = append(list, Reason{r.Code, params})
	}
	return list
}

// gate says what is asked for, and what is there of that.
func (r *ReasonParams) gate(of key.Block, g *outline.GateState) {
	r.Of = &of
	if g.MinScore > 0 {
		r.MinScore, r.Score = &g.MinScore, &g.Score
	}
	if g.MinCompletion > 0 {
		r.MinCompletion, r.Completion = &g.MinCompletion, &g.Completion
	}
}
