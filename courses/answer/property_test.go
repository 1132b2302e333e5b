package answer_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/answer"
)

// Generators of questions that can be graded, alone and together.
var (
	marks  = rapid.StringMatching(`[+\-]{0,3}\+[+\-]{0,4}`)
	number = rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.SampledFrom([]float64{0, 1, -1, 1e-300, 1e300, 0.1}))
	word   = rapid.StringMatching(`[a-zA-Zéß][a-z é']{0,5}[a-z]`)

	question = rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			return choiceProblem("multiplechoiceresponse", "choicegroup", `partial_credit="points"`, marks.Draw(t, "marks")+"5")
		}),
		rapid.Custom(func(t *rapid.T) string {
			credit := rapid.SampledFrom([]string{"", "EDC", "halves", "false"}).Draw(t, "credit")
			return choiceProblem("choiceresponse", "checkboxgroup", fmt.Sprintf("partial_credit=%q", credit), marks.Draw(t, "marks"))
		}),
		rapid.Custom(func(t *rapid.T) string {
			w := word.Draw(t, "word")
			return fmt.Sprintf(`<optionresponse><optioninput><option correct="true">%s</option>`+
				`<option correct="false">x%s</option></optioninput></optionresponse>`, w, w)
		}),
		rapid.Custom(func(t *rapid.T) string {
			tolerance := rapid.SampledFrom([]string{"0", "5%", "0.1", "0.001%"}).Draw(t, "tolerance")
			return fmt.Sprintf(`<numericalresponse answer="%v" partial_credit="list,close"><responseparam type="tolerance" default="%s" partial_answers="%v"/>`+
				`<formulaequationinput points="%d"/></numericalresponse>`, number.Draw(t, "answer"), tolerance, number.Draw(t, "half right"),
				rapid.IntRange(0, 3).Draw(t, "points"))
		}),
		rapid.Custom(func(t *rapid.T) string {
			low := number.Draw(t, "low")
			return fmt.Sprintf(`<numericalresponse answer="[%v,%v)"><textline/></numericalresponse>`, low, low+1+math.Abs(low))
		}),
		rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf(`<stringresponse answer="%s" type="%s"><additional_answer answer="%s"/><textline/></stringresponse>`,
				word.Draw(t, "answer"), rapid.SampledFrom([]string{"ci", "cs"}).Draw(t, "type"), word.Draw(t, "another"))
		}),
	)
	problems = rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(question, 1, 4).Draw(t, "questions"), "<p/>")
	})

	value = rapid.OneOf(rapid.SampledFrom([]string{"", " ", "choice_0", "choice_1", "choice_2", "choice_3", "1", "0.5", "nan", "1e5", "a"}), rapid.String(), word)
)

// responses to a problem are its own answers, some of them replaced.
func response(t *rapid.T, p *answer.Problem) answer.Response {
	r := p.Key()
	for _, part := range p.Parts {
		if rapid.Bool().Draw(t, "replace") {
			r[part.ID] = rapid.SliceOfN(value, 0, 4).Draw(t, "values")
		}
	}
	return r
}

func TestItsOwnAnswersEarnAProblemAllPointsAndNoneEarnNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		markup := problems.Draw(t, "problem")
		p := parseIn(t, markup)
		if got := p.Grade(p.Key()); !got.Full() || *got.Earned != got.Possible {
			t.Errorf("its own answers %q earn %+v", p.Key(), got)
		}
		if got := p.Grade(nil); got.Earned == nil || *got.Earned != 0 || !got.Accepted() {
			t.Errorf("no answers earn %+v", got)
		}
	})
}

func TestPointsAreNeverBelowNothingOrAboveWhatIsPossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := parseIn(t, problems.Draw(t, "problem"))
		result := p.Grade(response(t, p))
		if result.Earned == nil || *result.Earned < 0 || *result.Earned > result.Possible {
			t.Errorf("%+v", result)
		}
		for _, part := range result.Parts {
			if none := part.State != answer.Correct && part.State != answer.Partial; none && part.Points.Earned != 0 {
				t.Errorf("%s earns %v", part.State, part.Points)
			}
		}
	})
}

func TestTheSameResponseIsAlwaysJudgedTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		markup := problems.Draw(t, "problem")
		p, again := parseIn(t, markup), parseIn(t, markup)
		r := response(t, p)
		if diff := cmp.Diff(p.Grade(r), again.Grade(r)); diff != "" {
			t.Errorf("another time (-first +second):\n%s", diff)
		}
		shuffled := make(answer.Response)
		for id, values := range r {
			shuffled["block-v1:x+y+z_"+id] = rapid.Permutation(values).Draw(t, "order")
		}
		if diff := cmp.Diff(p.Grade(r), p.Grade(shuffled)); diff != "" {
			t.Errorf("in another order, with whole ids (-first +second):\n%s", diff)
		}
	})
}

func TestGradingChangesNothingItIsGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := parseIn(t, problems.Draw(t, "problem"))
		r := response(t, p)
		before := make(answer.Response)
		for id, values := range r {
			before[id] = slices.Clone(values)
		}
		page := p.ForLearner()
		p.Grade(r)
		if diff := cmp.Diff(before, r); diff != "" || page != p.ForLearner() {
			t.Errorf("the response (-before +after):\n%s", diff)
		}
	})
}

func parseIn(t *rapid.T, markup string) *answer.Problem {
	p, err := answer.ParseBlock(nil, markup)
	if err != nil {
		t.Fatalf("%v\n%s", err, markup)
	}
	for _, part := range p.Parts {
		if part.Ungraded != "" {
			t.Fatalf("%s %s in %s", part.ID, part.Ungraded, markup)
		}
	}
	return p
}
