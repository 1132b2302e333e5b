package answer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"lectern/courses/grading"
)

// ShowAnswer is the setting showanswer: when a learner may see answers and solutions.
type ShowAnswer string

const (
	ShowAnswerAlways             ShowAnswer = "always"
	ShowAnswerAnswered           ShowAnswer = "answered"  // correctly, that is
	ShowAnswerAttempted          ShowAnswer = "attempted" // or past due
	ShowAnswerClosed             ShowAnswer = "closed"
	ShowAnswerFinished           ShowAnswer = "finished"
	ShowAnswerCorrectOrPastDue   ShowAnswer = "correct_or_past_due"
	ShowAnswerPastDue            ShowAnswer = "past_due"
	ShowAnswerNever              ShowAnswer = "never"
	ShowAnswerAfterSome          ShowAnswer = "after_attempts"
	ShowAnswerAfterAll           ShowAnswer = "after_all_attempts"
	ShowAnswerAfterAllOrCorrect  ShowAnswer = "after_all_attempts_or_correct"
	ShowAnswerAttemptedNoPastDue ShowAnswer = "attempted_no_past_due"
)

// Rerandomize is the setting of that name: when a learner gets other numbers and another order of choices.
type Rerandomize string

const (
	RerandomizeAlways     Rerandomize = "always"
	RerandomizeOnReset    Rerandomize = "onreset"
	RerandomizeNever      Rerandomize = "never"
	RerandomizePerLearner Rerandomize = "per_student"
)

// Settings are what the attributes of a problem say of how it is used.
type Settings struct {
	Weight          *float64 // points of the whole problem; nil: as many as its parts have
	MaxAttempts     *int     // nil: any number
	ShowAnswer      ShowAnswer
	AnswerAfter     int // attempts_before_showanswer_button
	ShowCorrectness grading.ShowCorrectness
	Rerandomize     Rerandomize
	Wait            time.Duration // submission_wait_seconds: between two attempts
	GradingMethod   grading.GradingMethod
}

// ReadSettings reads the settings of a problem, those that it inherits among them, from their texts. What cannot be read is as if it were not there, and
// is listed.
func ReadSettings(attrs map[string]string) (Settings, []string) {
	r := settingsReader{attrs: attrs}
	s := Settings{
		Weight:          r.weight(),
		MaxAttempts:     r.whole("max_attempts"),
		ShowAnswer:      ShowAnswer(r.word("showanswer", string(ShowAnswerFinished))),
		ShowCorrectness: grading.ShowCorrectness(r.word("show_correctness", string(grading.ShowAlways))),
		Rerandomize:     Rerandomize(r.word("rerandomize", string(RerandomizeNever))),
		GradingMethod:   grading.GradingMethod(r.word("grading_method", string(grading.LastScore))),
	}
	if n := r.whole("attempts_before_showanswer_button"); n != nil {
		s.AnswerAfter = *n
	}
	if n := r.whole("submission_wait_seconds"); n != nil && *n < math.MaxInt32 {
		s.Wait = time.Duration(*n) * time.Second
	}
	switch s.Rerandomize {
	case "", "true":
		s.Rerandomize = RerandomizeAlways
	case "false":
		s.Rerandomize = RerandomizePerLearner
	}
	return s, r.faults
}

type settingsReader struct {
	attrs  map[string]string
	faults []string
}

// word gives a setting as it stands; one that is not there, or null, is the default. An empty one is empty: for showanswer that means never.
func (r *settingsReader) word(name, fallback string) string {
	if text, ok := r.attrs[name]; ok && text != "null" {
		return strings.TrimSpace(text)
	}
	return fallback
}

func (r *settingsReader) whole(name string) *int {
	text := r.word(name, "")
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, ".0"))
	if err != nil || n < 0 {
		r.faults = append(r.faults, fmt.Sprintf("%s is %q, which is no whole number from 0", name, text))
		return nil
	}
	return &n
}

func (r *settingsReader) weight() *float64 {
	text := r.word("weight", "")
	if text == "" {
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		r.faults = append(r.faults, fmt.Sprintf("weight is %q, which is no number from 0", text))
		return nil
	}
	return &f
}
