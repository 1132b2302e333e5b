package edx

import (
	"time"

	"lectern/courses/outline"
	"lectern/modulestore/key"
)

// CourseOutline is the answer of learning_sequences/v1/course_outline.
type CourseOutline struct {
	CourseKey        key.Course `json:"course_key"`
	CourseStart      Time       `json:"course_start"`
	CourseEnd        Time       `json:"course_end"`
	Title            string     `json:"title"`
	PublishedAt      Time       `json:"published_at"`
	PublishedVersion string     `json:"published_version"`
	EntranceExamID   *string    `json:"entrance_exam_id"`
	DaysEarlyForBeta *float64   `json:"days_early_for_beta"`
	SelfPaced        bool       `json:"self_paced"`
	Username         string     `json:"username"`
	UserID           *int64     `json:"user_id"`
	AtTime           Time       `json:"at_time"`
	NextChangeAt     *Time      `json:"next_change_at,omitempty"`
	Outline          Lists      `json:"outline"`
}

// Lists are the sections that the learner is told of, and the subsections by their keys.
type Lists struct {
	Sections  []Section `json:"sections"`
	Sequences Object    `json:"sequences"` // of *Sequence
}

// Section is a section of a [CourseOutline].
type Section struct {
	ID             string   `json:"id"`
	Title          string   `json:"title"`
	SequenceIDs    []string `json:"sequence_ids"`
	Start          Time     `json:"start"`
	EffectiveStart Time     `json:"effective_start"`
	Reasons        []Reason `json:"reasons,omitempty"`
}

// Sequence is a subsection of a [CourseOutline].
type Sequence struct {
	ID                   string    `json:"id"`
	Title                string    `json:"title"`
	Accessible           bool      `json:"accessible"`
	InaccessibleAfterDue bool      `json:"inaccessible_after_due"`
	Start                Time      `json:"start"`
	EffectiveStart       Time      `json:"effective_start"`
	Due                  Time      `json:"due"`
	Exam                 *ExamInfo `json:"exam,omitempty"`
	Reasons              []Reason  `json:"reasons,omitempty"`
}

// NewCourseOutline gives the outline of a course as the learner of a view has it.
func NewCourseOutline(v *outline.View, p *Page) *CourseOutline {
	c := v.Course
	a := &CourseOutline{
		CourseKey: c.Course, CourseStart: on(v.Dates(0).Start), CourseEnd: Time{c.Dates.End}, Title: c.Title,
		PublishedAt: Time{p.Published}, PublishedVersion: p.Version, DaysEarlyForBeta: optional(float64(c.Dates.Beta) / float64(24*time.Hour)),
		SelfPaced: c.Dates.SelfPaced, Username: p.Username, UserID: optional(p.UserID), AtTime: Time{v.At},
		Outline: Lists{Sections: []Section{}, Sequences: make(Object, 0, len(c.Sequences))},
	}
	if e := c.EntranceExam; e != nil {
		id := v.Course.Usage(e.Section)
		a.EntranceExamID = &id
	}
	if p.Reasons {
		a.NextChangeAt = &Time{v.NextChange}
	}
	for s := range v.Listed(outline.SectionLevel) {
		section, dates := &c.Nodes[s], v.Dates(s)
		e := Section{
			ID: c.Usage(s), Title: section.Title, SequenceIDs: []string{}, Start: on(dates.Start), EffectiveStart: on(dates.EffectiveStart), Reasons: p.reasons(v, s),
		}
		for q := s + 1; q < section.End; q = c.Nodes[q].End {
			if v.Verdict(q).Listed {
				sequence := p.sequence(v, q)
				e.SequenceIDs = append(e.SequenceIDs, sequence.ID)
				a.Outline.Sequences = append(a.Outline.Sequences, Member{sequence.ID, sequence})
			}
		}
		a.Outline.Sections = append(a.Outline.Sections, e)
	}
	return a
}

func (p *Page) sequence(v *outline.View, node int) *Sequence {
	dates := v.Dates(node)
	s := &Sequence{
		ID: v.Course.Usage(node), Title: v.Course.Nodes[node].Title,
		Accessible: v.Verdict(node).Accessible, InaccessibleAfterDue: v.Course.Dates.Blocks[node].HideAfterDue,
		Start: on(dates.Start), EffectiveStart: on(dates.EffectiveStart), Due: on(dates.Due), Reasons: p.reasons(v, node),
	}
	if p.Site.Exams {
		s.Exam = new(examInfo(v, node))
	}
	return s
}
