package edx

import "lectern/courses/outline"

// ExamInfo sums up a special exam for the learner; without anything in it for what is no exam.
type ExamInfo struct {
	Status           string `json:"status,omitempty"`
	ShortDescription string `json:"short_description,omitempty"`
	SuggestedIcon    string `json:"suggested_icon,omitempty"`
	InCompletedState *bool  `json:"in_completed_state,omitempty"`
}

func examInfo(v *outline.View, node int) ExamInfo {
	exam, ok := v.Exam(node)
	if !ok {
		return ExamInfo{}
	}
	icon := "fa-pencil-square-o"
	if exam.Kind() == "timed" {
		icon = "fa-clock-o"
	}
	done := exam.State == outline.ExamSubmitted || exam.State == outline.ExamPastDue
	return ExamInfo{examStatus(exam.State), examName(exam.Kind()), icon, &done}
}

func examName(kind string) string {
	switch kind {
	case "practice":
		return "Practice exam"
	case "proctored":
		return "Proctored exam"
	default:
		return "Timed exam"
	}
}

// examStatus is how Open edX calls a state.
func examStatus(s outline.ExamState) string {
	switch s {
	case outline.ExamReady:
		return "ready_to_start"
	case outline.ExamRunning:
		return "started"
	case outline.ExamSubmitted:
		return "submitted"
	case outline.ExamPastDue:
		return "expired"
	default:
		return "eligible"
	}
}
