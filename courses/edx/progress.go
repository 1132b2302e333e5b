package edx

import (
	"cmp"

	"lectern/courses/grading"
	"lectern/courses/outline"
)

// Records is the part of a [Progress] that comes from other places than course and grade: it is passed on.
type Records struct {
	AccessExpiration     *AccessExpiration `json:"access_expiration"`
	CertificateData      *Certificate      `json:"certificate_data"`
	EnrollmentMode       *string           `json:"enrollment_mode"`
	StudioURL            *string           `json:"studio_url"`
	VerificationData     Verification      `json:"verification_data"`
	DisableProgressGraph bool              `json:"disable_progress_graph"`
	// CreditCourseRequirements is null where there is no credit.
	CreditCourseRequirements any `json:"credit_course_requirements"`
}

// Verification is how far the proof of a learner's identity is.
type Verification struct {
	Link       *string `json:"link"`
	Status     string  `json:"status"`
	StatusDate Time    `json:"status_date"`
}

// Progress is the answer of course_home/progress.
type Progress struct {
	Records
	CompletionSummary   CompletionSummary `json:"completion_summary"`
	CourseGrade         CourseGrade       `json:"course_grade"`
	End                 Time              `json:"end"`
	GradingPolicy       GradingPolicy     `json:"grading_policy"`
	HasScheduledContent bool              `json:"has_scheduled_content"`
	SectionScores       []SectionScore    `json:"section_scores"`
	Username            string            `json:"username"`
	UserHasPassingGrade bool              `json:"user_has_passing_grade"`
}

// CompletionSummary counts units. Locked are those with content that is for learners with full access.
type CompletionSummary struct {
	Complete   int `json:"complete_count"`
	Incomplete int `json:"incomplete_count"`
	Locked     int `json:"locked_count"`
}

// CourseGrade is the grade of the course, as far as the learner may see it.
type CourseGrade struct {
	LetterGrade *string `json:"letter_grade"`
	Percent     float64 `json:"percent"`
	IsPassing   bool    `json:"is_passing"`
}

// GradingPolicy says how grades are made.
type GradingPolicy struct {
	AssignmentPolicies []AssignmentPolicy `json:"assignment_policies"`
	GradeRange         Object             `json:"grade_range"` // from letters to the least percent
}

// AssignmentPolicy is one type of assignment.
type AssignmentPolicy struct {
	NumDroppable int     `json:"num_droppable"`
	NumTotal     int     `json:"num_total"`
	ShortLabel   string  `json:"short_label"`
	Type         string  `json:"type"`
	Weight       float64 `json:"weight"`
}

// SectionScore is the scores in a section.
type SectionScore struct {
	DisplayName string            `json:"display_name"`
	Subsections []SubsectionScore `json:"subsections"`
}

// SubsectionScore is the scores in a subsection. Where the learner may not see the grade, nothing is earned and there are no scores of problems.
type SubsectionScore struct {
	AssignmentType      *string        `json:"assignment_type"`
	BlockKey            string         `json:"block_key"`
	DisplayName         string         `json:"display_name"`
	Due                 Time           `json:"due"`
	HasGradedAssignment bool           `json:"has_graded_assignment"`
	LearnerHasAccess    bool           `json:"learner_has_access"`
	NumPointsEarned     float64        `json:"num_points_earned"`
	NumPointsPossible   float64        `json:"num_points_possible"`
	Override            *ScoreOverride `json:"override"`
	PercentGraded       float64        `json:"percent_graded"`
	ProblemScores       []ProblemScore `json:"problem_scores"`
	ShowCorrectness     string         `json:"show_correctness"`
	ShowGrades          bool           `json:"show_grades"`
	URL                 *string        `json:"url"`
}

// ScoreOverride says that staff set the score.
type ScoreOverride struct {
	System string `json:"system"`
	Reason string `json:"reason"`
}

// ProblemScore is the points of a problem.
type ProblemScore struct {
	Earned   float64 `json:"earned"`
	Possible float64 `json:"possible"`
}

// NewProgress gives the progress page of a course: what of it is completed, and the grade with what it is made of. The grade is one by the policy.
func NewProgress(v *outline.View, p *Page, policy *grading.Policy, g *grading.Grade, r Records) *Progress {
	l := newLearner(v, p)
	return &Progress{
		Records: r, CompletionSummary: l.units(), End: Time{v.Course.Dates.End}, GradingPolicy: gradingPolicy(policy, g), HasScheduledContent: l.scheduled() != nil,
		CourseGrade:   CourseGrade{LetterGrade: optional(g.Shown.Letter), Percent: g.Shown.Percent, IsPassing: g.Shown.Passed},
		SectionScores: l.sectionScores(g), Username: p.Username, UserHasPassingGrade: g.Shown.Passed,
	}
}

// units counts the units that exist for the learner, those that are still to open among them.
func (l *learner) units() (s CompletionSummary) {
	for i := range l.v.Course.Nodes {
		switch {
		case l.v.Course.Nodes[i].Level != outline.UnitLevel || !l.v.Verdict(i).Exists:
		case l.gated(i):
			s.Locked++
		case l.complete(i):
			s.Complete++
		default:
			s.Incomplete++
		}
	}
	return s
}

func gradingPolicy(policy *grading.Policy, g *grading.Grade) GradingPolicy {
	p := GradingPolicy{AssignmentPolicies: []AssignmentPolicy{}, GradeRange: Object{}}
	for i := range g.Types {
		t := &g.Types[i]
		p.AssignmentPolicies = append(p.AssignmentPolicies, AssignmentPolicy{
			NumDroppable: t.Type.DropCount, NumTotal: len(t.Entries), ShortLabel: cmp.Or(t.Type.ShortLabel, t.Type.Name), Type: t.Type.Name, Weight: t.Type.Weight,
		})
	}
	for _, c := range policy.Cutoffs {
		p.GradeRange = append(p.GradeRange, Member{c.Letter, c.Least})
	}
	return p
}

func (l *learner) sectionScores(g *grading.Grade) []SectionScore {
	grades := make(map[int]*grading.SubsectionGrade, len(g.Subsections))
	for i := range g.Subsections {
		if node, ok := l.v.Course.Find(g.Subsections[i].Key); ok && !g.Subsections[i].Excluded {
			grades[node] = &g.Subsections[i]
		}
	}
	list := []SectionScore{}
	for s := range l.v.Listed(outline.SectionLevel) {
		section := SectionScore{DisplayName: l.v.Course.Nodes[s].Title, Subsections: []SubsectionScore{}}
		for _, q := range l.listed(s, outline.SequenceLevel) {
			if grade := grades[q]; grade != nil && l.showCorrectness(q) != string(grading.ShowNeverButGradeDue) {
				section.Subsections = append(section.Subsections, l.score(q, grade))
			}
		}
		list = append(list, section)
	}
	return list
}

func (l *learner) showCorrectness(node int) string {
	value, _ := l.v.Course.Field(node, "show_correctness")
	if text, ok := value.(string); ok {
		return text
	}
	return string(grading.ShowAlways)
}

func (l *learner) score(node int, g *grading.SubsectionGrade) SubsectionScore {
	points := g.Points()
	s := SubsectionScore{
		AssignmentType: optional(g.Format), BlockKey: l.key(node), DisplayName: g.Title, Due: on(l.v.Dates(node).Due), HasGradedAssignment: g.Graded,
		LearnerHasAccess: !l.gated(node), NumPointsPossible: points.Possible, ProblemScores: []ProblemScore{},
		ShowCorrectness: l.showCorrectness(node), ShowGrades: !g.Hidden,
	}
	if l.v.Verdict(node).Accessible {
		url := l.url(node)
		s.URL = &url
	}
	if g.Hidden {
		return s
	}
	s.NumPointsEarned, s.PercentGraded = points.Earned, g.Percent()
	if o := g.Override; o != nil {
		s.Override = &ScoreOverride{o.System, o.Reason}
	}
	for i := range g.Blocks {
		if b := &g.Blocks[i]; b.State != grading.Excluded {
			s.ProblemScores = append(s.ProblemScores, ProblemScore{b.Points.Earned, b.Points.Possible})
		}
	}
	return s
}
