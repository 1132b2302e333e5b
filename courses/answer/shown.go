package answer

import "lectern/courses/grading"

// Shown is what a viewer of a problem gets to see besides its question. What is not allowed is not in it.
type Shown struct {
	Correctness Verdict             // whether what is right and wrong is shown, and with it the feedback of a Result
	Answer      Verdict             // whether answers and solutions are shown
	Answers     map[string][]string // in words, by the id of the field; those that are not known are not in it
	Solutions   []string            // markup
	Hints       []string            // the hints on demand that were asked for, in order; markup
	HintsLeft   int
}

// answerRule is one value of showanswer.
type answerRule struct {
	text string
	met  func(Settings, Situation) bool
}

// answerRules are those of Open edX.
var answerRules = map[ShowAnswer]answerRule{
	ShowAnswerAlways:   {"answers are shown at any time", func(Settings, Situation) bool { return true }},
	ShowAnswerAnswered: {"answers are shown after a correct answer", func(_ Settings, at Situation) bool { return at.Correct }},
	ShowAnswerAttempted: {"answers are shown after an attempt or the due date", func(_ Settings, at Situation) bool {
		return at.Attempts > 0 || pastDue(at)
	}},
	ShowAnswerClosed: {"answers are shown after the last attempt or the due date", func(s Settings, at Situation) bool {
		return s.usedAll(at) || pastDue(at)
	}},
	ShowAnswerFinished: {"answers are shown after a correct answer, the last attempt or the due date", func(s Settings, at Situation) bool {
		return at.Correct || s.usedAll(at) || pastDue(at)
	}},
	ShowAnswerCorrectOrPastDue: {"answers are shown after a correct answer or the due date", func(_ Settings, at Situation) bool {
		return at.Correct || pastDue(at)
	}},
	ShowAnswerPastDue: {"answers are shown after the due date", func(_ Settings, at Situation) bool { return pastDue(at) }},
	ShowAnswerAfterSome: {"answers are shown after a number of attempts", func(s Settings, at Situation) bool {
		needed := s.AnswerAfter
		if most := s.Limit(at); most != nil && *most > 0 {
			needed = min(needed, *most)
		}
		return at.Attempts >= needed
	}},
	ShowAnswerAfterAll: {"answers are shown after the last attempt", Settings.usedAll},
	ShowAnswerAfterAllOrCorrect: {"answers are shown after a correct answer or the last attempt", func(s Settings, at Situation) bool {
		return at.Correct || s.usedAll(at)
	}},
	ShowAnswerAttemptedNoPastDue: {"answers are shown after an attempt", func(_ Settings, at Situation) bool { return at.Attempts > 0 }},
}

// ShowsCorrectness says whether what is right and wrong may be shown.
func (s Settings) ShowsCorrectness(at Situation) Verdict {
	rule := "what is right is always shown"
	switch s.ShowCorrectness {
	case grading.ShowNever, grading.ShowNeverButGradeDue:
		rule = "what is right is never shown"
	case grading.ShowPastDue:
		rule = "what is right is shown after the due date"
	}
	return Verdict{grading.ShowAnswers(s.ShowCorrectness, at.Due, at.Now, at.Staff), rule}
}

// ShowsAnswer says whether answers and solutions may be shown. A value of showanswer that nobody knows shows them to staff alone.
func (s Settings) ShowsAnswer(at Situation) Verdict {
	if v := s.ShowsCorrectness(at); !v.Yes {
		return v
	}
	rule, known := answerRules[s.ShowAnswer]
	switch {
	case s.ShowAnswer == ShowAnswerNever || s.ShowAnswer == "":
		return Verdict{false, "answers are never shown"}
	case at.Staff:
		return Verdict{true, "staff see answers"}
	case !known:
		return Verdict{false, "the setting showanswer has a value that is not known"}
	}
	return Verdict{rule.met(s, at), rule.text}
}

// Shown applies the settings of the problem. Hints on demand are given in their order to whoever asks, whatever the settings say.
func (p *Problem) Shown(at Situation) Shown {
	taken := min(max(at.HintsTaken, 0), len(p.demandHints))
	shown := Shown{
		Correctness: p.Settings.ShowsCorrectness(at),
		Answer:      p.Settings.ShowsAnswer(at),
		Hints:       p.demandHints[:taken:taken],
		HintsLeft:   len(p.demandHints) - taken,
	}
	if !shown.Answer.Yes {
		return shown
	}
	shown.Solutions = p.solutions
	shown.Answers = make(map[string][]string)
	for i := range p.Parts {
		if part := &p.Parts[i]; part.rule != nil {
			shown.Answers[part.ID] = part.rule.answers()
		}
	}
	return shown
}
