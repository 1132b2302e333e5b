package answer_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/answer"
	"lectern/courses/grading"
)

var (
	due    = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	before = due.Add(-time.Hour)
	after  = due.Add(time.Second)
)

func TestWhenAnswersAreShown(t *testing.T) {
	type at = answer.Situation
	fresh, tried, usedUp := at{Now: before, Due: due}, at{Now: before, Due: due, Attempts: 1}, at{Now: before, Due: due, Attempts: 3}
	right, late, late0 := at{Now: before, Due: due, Attempts: 1, Correct: true}, at{Now: after, Due: due}, at{Now: after}
	for _, c := range []struct {
		show string
		yes  []at
		no   []at
	}{
		{"always", []at{fresh, tried, usedUp, right, late, late0}, nil},
		{"answered", []at{right}, []at{fresh, tried, usedUp, late}},
		{"attempted", []at{tried, usedUp, right, late}, []at{fresh, late0}},
		{"closed", []at{usedUp, late}, []at{fresh, tried, right}},
		{"finished", []at{usedUp, late, right}, []at{fresh, tried}},
		{"correct_or_past_due", []at{right, late}, []at{fresh, tried, usedUp}},
		{"past_due", []at{late}, []at{fresh, tried, usedUp, right, late0, {Now: due, Due: due}}},
		{"after_attempts", []at{usedUp, {Attempts: 2}}, []at{fresh, tried, right, late}},
		{"after_all_attempts", []at{usedUp}, []at{fresh, tried, right, late}},
		{"after_all_attempts_or_correct", []at{usedUp, right}, []at{fresh, tried, late}},
		{"attempted_no_past_due", []at{tried, usedUp, right}, []at{fresh, late}},
		{"never", nil, []at{fresh, tried, usedUp, right, late, {Staff: true}}},
		{"", nil, []at{fresh, tried, usedUp, right, late, {Staff: true}}},
		{"sometimes", []at{{Staff: true}}, []at{fresh, tried, usedUp, right, late}},
		{"null", []at{usedUp, late, right}, []at{fresh, tried}}, // the default
	} {
		s, faults := answer.ReadSettings(map[string]string{"showanswer": c.show, "max_attempts": "3", "attempts_before_showanswer_button": "2"})
		if faults != nil {
			t.Errorf("faults %v", faults)
		}
		for want, list := range map[bool][]at{true: c.yes, false: c.no} {
			for _, situation := range list {
				if got := s.ShowsAnswer(situation); got.Yes != want || got.Rule == "" {
					t.Errorf("showanswer %q in %+v: %+v, want %v", c.show, situation, got, want)
				}
			}
		}
	}
}

func TestWhatIsRightIsWithheldFirst(t *testing.T) {
	for _, c := range []struct {
		name, correctness string
		at                answer.Situation
		correct, answers  bool
	}{
		{"always", "always", answer.Situation{Now: before, Due: due}, true, true},
		{"never, not even for staff", "never", answer.Situation{Now: after, Due: due, Staff: true}, false, false},
		{"never, but the grade", "never_but_include_grade", answer.Situation{Now: after, Due: due}, false, false},
		{"past due, before it", "past_due", answer.Situation{Now: before, Due: due}, false, false},
		{"past due, before it, to staff", "past_due", answer.Situation{Now: before, Due: due, Staff: true}, true, true},
		{"past due, after it", "past_due", answer.Situation{Now: after, Due: due}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := answer.ReadSettings(map[string]string{"show_correctness": c.correctness, "showanswer": "always"})
			if got := s.ShowsCorrectness(c.at); got.Yes != c.correct || got.Rule == "" {
				t.Errorf("correctness %+v, want %v", got, c.correct)
			}
			if got := s.ShowsAnswer(c.at); got.Yes != c.answers || got.Rule == "" {
				t.Errorf("answers %+v, want %v", got, c.answers)
			}
		})
	}
}

func TestShownHoldsWhatIsAllowedAndNoMore(t *testing.T) {
	p, err := answer.ParseBlock(map[string]string{"showanswer": "answered"}, `
		<numericalresponse answer="4"><additional_answer answer="-4"/><textline/></numericalresponse>
		<optionresponse><optioninput options="('a','b')" correct="b"/></optionresponse><customresponse><textline/></customresponse>
		<multiplechoiceresponse><choicegroup><choice correct="true"><b>x</b><choicehint>no</choicehint></choice></choicegroup></multiplechoiceresponse>
		<stringresponse answer="R&amp;D" type="ci"><additional_answer answer="lab"/><textline/></stringresponse>
		<imageresponse><imageinput rectangle="(1,2)-(3,4)" regions="[[1,1],[9,1],[1,9]]"/></imageresponse>
		<solution><p onclick="run()">because</p><script>run()</script></solution>
		<demandhint><hint>first</hint><hint><i>second</i></hint></demandhint>`)
	if err != nil {
		t.Fatal(err)
	}
	yes := answer.Verdict{Yes: true, Rule: "what is right is always shown"}
	rule := "answers are shown after a correct answer"
	for _, c := range []struct {
		name string
		at   answer.Situation
		want answer.Shown
	}{
		{"at first there is nothing", answer.Situation{}, answer.Shown{Correctness: yes, Answer: answer.Verdict{Rule: rule}, Hints: []string{}, HintsLeft: 2}},
		{"one hint comes after the other", answer.Situation{HintsTaken: 1}, answer.Shown{Correctness: yes, Answer: answer.Verdict{Rule: rule},
			Hints: []string{"first"}, HintsLeft: 1}},
		{"all hints are all there is", answer.Situation{HintsTaken: 7}, answer.Shown{Correctness: yes, Answer: answer.Verdict{Rule: rule},
			Hints: []string{"first", "<i>second</i>"}}},
		{"answers and solutions come together", answer.Situation{Correct: true}, answer.Shown{Correctness: yes, Answer: answer.Verdict{Yes: true, Rule: rule},
			Hints: []string{}, HintsLeft: 2, Solutions: []string{"<p>because</p>"},
			Answers: map[string][]string{"_2_1": {"4", "-4"}, "_3_1": {"b"}, "_5_1": {"<b>x</b>"},
				"_6_1": {"R&amp;D", "lab"}, "_7_1": {"[1,2] - [3,4]", "[1,1] [9,1] [1,9]"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, p.Shown(c.at)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	s, faults := answer.ReadSettings(map[string]string{
		"weight": "2.5", "max_attempts": "0", "rerandomize": "true", "submission_wait_seconds": "90", "grading_method": "average_score", "showanswer": "closed",
	})
	want := answer.Settings{
		Weight: new(2.5), MaxAttempts: new(0), ShowAnswer: answer.ShowAnswerClosed, ShowCorrectness: grading.ShowAlways,
		Rerandomize: answer.RerandomizeAlways, Wait: 90 * time.Second, GradingMethod: grading.AverageScore,
	}
	if diff := cmp.Diff(want, s); diff != "" || faults != nil {
		t.Errorf("%v (-want +got):\n%s", faults, diff)
	}
	s, faults = answer.ReadSettings(map[string]string{"weight": "null", "max_attempts": "", "rerandomize": "false"})
	if s.Weight != nil || s.MaxAttempts != nil || s.Rerandomize != answer.RerandomizePerLearner || s.ShowAnswer != answer.ShowAnswerFinished || faults != nil {
		t.Errorf("null and empty: %+v, %v", s, faults)
	}
	if s, _ := answer.ReadSettings(map[string]string{"rerandomize": ""}); s.Rerandomize != answer.RerandomizeAlways {
		t.Errorf("an empty rerandomize is %q", s.Rerandomize)
	}
	few, _ := answer.ReadSettings(map[string]string{"showanswer": "after_attempts", "attempts_before_showanswer_button": "5", "max_attempts": "3"})
	if !few.ShowsAnswer(answer.Situation{Attempts: 3}).Yes || few.ShowsAnswer(answer.Situation{Attempts: 2}).Yes {
		t.Error("answers after more attempts than there are come after the last")
	}
	_, faults = answer.ReadSettings(map[string]string{"weight": "heavy", "max_attempts": "three", "submission_wait_seconds": "-1"})
	if len(faults) != 3 {
		t.Errorf("what cannot be read: %v", faults)
	}
	p, err := answer.Parse([]byte(`<problem max_attempts="2" weight="x"/>`))
	if err != nil || p.Settings.MaxAttempts == nil || *p.Settings.MaxAttempts != 2 || len(p.Faults) != 1 {
		t.Errorf("attributes of the element: %+v, %v", p, err)
	}
}

func TestWhenAnotherAttemptCounts(t *testing.T) {
	s, _ := answer.ReadSettings(map[string]string{"max_attempts": "3", "submission_wait_seconds": "60"})
	for _, c := range []struct {
		name string
		at   answer.Situation
		want string
	}{
		{"the first", answer.Situation{Now: before, Due: due}, "attempts are left"},
		{"at the due date", answer.Situation{Now: due, Due: due}, "attempts are left"},
		{"after it", answer.Situation{Now: after, Due: due}, "the due date has passed"},
		{"after the last", answer.Situation{Attempts: 3, Now: before, Due: due}, "all attempts are used"},
		{"after the last, with more for this learner", answer.Situation{Attempts: 3, Max: new(4), Now: before}, "attempts are left"},
		{"too soon", answer.Situation{Attempts: 1, Now: before, Last: before.Add(-17500 * time.Millisecond)}, "the next attempt is possible in 43 seconds"},
		{"soon enough", answer.Situation{Attempts: 1, Now: before, Last: before.Add(-time.Minute)}, "attempts are left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := s.MaySubmit(c.at); got.Rule != c.want || got.Yes != (c.want == "attempts are left") {
				t.Errorf("%+v, want %q", got, c.want)
			}
		})
	}
}

func TestWhichAttemptCounts(t *testing.T) {
	attempts := []grading.Points{{Earned: 2, Possible: 4}, {Earned: 4, Possible: 4}, {Earned: 1, Possible: 4}}
	for method, want := range map[grading.GradingMethod]float64{
		grading.LastScore: 1, grading.FirstScore: 2, grading.HighestScore: 4, grading.AverageScore: 2.33, "": 1,
	} {
		if got, ok := method.Score(attempts); !ok || got != (grading.Points{Earned: want, Possible: 4}) {
			t.Errorf("%q: %v, want %v of 4", method, got, want)
		}
		if _, ok := method.Score(nil); ok {
			t.Errorf("%q: a score without attempts", method)
		}
	}
}
