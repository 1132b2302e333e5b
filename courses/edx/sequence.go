package edx

import (
	"strings"

	"lectern/courses/outline"
	"lectern/modulestore/key"
)

// SequencePage is the answer of courseware/sequence.
type SequencePage struct {
	ItemID        string `json:"item_id"`
	DisplayName   string `json:"display_name"`
	Items         []Item `json:"items"`
	Position      int    `json:"position"` // of the unit where the learner was last, counted from 1
	Tag           string `json:"tag"`
	Format        string `json:"format"`
	IsTimeLimited bool   `json:"is_time_limited"`
	IsProctored   bool   `json:"is_proctored"`
	// BannerText tells staff that learners do not get here, and why.
	BannerText       *string      `json:"banner_text"`
	IsHiddenAfterDue bool         `json:"is_hidden_after_due"`
	ExcludeUnits     bool         `json:"exclude_units"` // of an exam that is not running
	GatedContent     GatedContent `json:"gated_content"`
	// Reasons are why it is not open: see [Page.Reasons].
	Reasons []Reason `json:"reasons,omitempty"`
}

// Item is a unit of a [SequencePage].
type Item struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	PageTitle  string `json:"page_title"`
	Graded     bool   `json:"graded"`
	Complete   bool   `json:"complete"`
	Path       string `json:"path"` // titles from the section down
	Bookmarked bool   `json:"bookmarked"`
}

// GatedContent says which subsection is to be done before, if that is why a subsection is closed.
type GatedContent struct {
	PrereqID          *string `json:"prereq_id"`
	PrereqURL         *string `json:"prereq_url"`
	PrereqSectionName *string `json:"prereq_section_name"`
	Gated             bool    `json:"gated"`
	GatedSectionName  string  `json:"gated_section_name"`
}

// NewSequencePage gives what the page of a subsection shows to the learner of a view: its units, or why it is closed.
func NewSequencePage(v *outline.View, p *Page, sequence key.BlockID) (*SequencePage, error) {
	node, ok := v.Course.Find(sequence)
	if !ok || v.Course.Nodes[node].Level != outline.SequenceLevel || !v.Verdict(node).Exists {
		return nil, &NotFoundError{v.Course.Course.Block(sequence)}
	}
	l, n := newLearner(v, p), &v.Course.Nodes[node]
	a := &SequencePage{
		ItemID: l.key(node), DisplayName: n.Title, Items: []Item{}, Position: 1, Tag: n.ID.Type, Format: v.Course.Dates.Blocks[node].Format,
		IsTimeLimited: n.Exam.Timed, IsProctored: n.Exam.Proctored, GatedContent: GatedContent{GatedSectionName: n.Title}, Reasons: p.reasons(v, node),
	}
	l.withhold(a, node)
	if !v.Verdict(node).Accessible || a.ExcludeUnits {
		return a, nil
	}
	for u := node + 1; u < n.End; u = v.Course.Nodes[u].End {
		if !v.Verdict(u).Accessible {
			continue
		}
		a.Items = append(a.Items, l.item(u))
		if l.resume[u] {
			a.Position = len(a.Items)
		}
	}
	return a, nil
}

func (l *learner) item(node int) Item {
	n := &l.v.Course.Nodes[node]
	return Item{
		ID: l.key(node), Type: l.kind(node), PageTitle: n.Title, Graded: l.v.Course.Dates.Blocks[node].Graded, Complete: l.complete(node),
		Path: l.path(node), Bookmarked: l.Bookmarked[n.ID],
	}
}

// path gives the titles that lead to a block, that of the course left out.
func (l *learner) path(node int) string {
	var titles []string
	for i := node; i > 0; i = l.v.Course.Nodes[i].Parent {
		titles = append([]string{l.v.Course.Nodes[i].Title}, titles...)
	}
	return strings.Join(titles, " > ")
}

// withhold notes what keeps the units from learners: a prerequisite, a date or an exam. Who gets them all the same is told so.
func (l *learner) withhold(a *SequencePage, node int) {
	for _, r := range l.v.Told(node) {
		switch r.Code {
		case outline.PrerequisiteUnmet:
			a.gate(l, r.Gate)
		case outline.PastDueHidden, outline.CourseEndedHidden:
			a.IsHiddenAfterDue = true
		}
	}
	exam, is := l.v.Exam(node)
	a.ExcludeUnits = is && l.Site.Exams && !l.v.Lifted() && exam.State != outline.ExamRunning
	switch {
	case !l.v.Lifted():
	case a.IsHiddenAfterDue:
		a.BannerText = optional("Its date has passed: learners do not see this subsection any more.")
	case a.GatedContent.Gated:
		a.BannerText = optional("Learners get this subsection after they have done another one.")
		a.GatedContent.Gated = false
	}
}

// gate names the first subsection that is to be done before.
func (a *SequencePage) gate(l *learner, g *outline.GateState) {
	if a.GatedContent.Gated || g == nil {
		return
	}
	id := l.v.Course.Course.Block(g.Of).String()
	a.GatedContent.PrereqID, a.GatedContent.PrereqURL, a.GatedContent.PrereqSectionName = &id, optional(l.Site.jump(l.v.Course.Course, id)), &g.Title
	a.GatedContent.Gated = true
}
