package answer_test

import (
	"errors"
	"strings"
	"testing"

	"lectern/courses/answer"
)

// seeds are problems of every kind, sound and not.
var seeds = []string{
	`<problem max_attempts="3"><p>2+2&nbsp;?</p><numericalresponse answer="[4,5)"><formulaequationinput/></numericalresponse></problem>`,
	`<problem><numericalresponse answer="4" partial_credit="list,close">` +
		`<responseparam type="tolerance" default="5%" partial_answers="1,2"/><textline points="2"/></numericalresponse></problem>`,
	`<problem>` + choiceProblem("multiplechoiceresponse", "choicegroup", `partial_credit="points"`, "-+5") + `</problem>`,
	`<problem>` + choiceProblem("choiceresponse", "checkboxgroup", `partial_credit="halves"`, "+-+-+") + `</problem>`,
	`<problem>` + choiceProblem("choiceresponse", "radiogroup", "", "-+") + `<demandhint><hint>a</hint></demandhint><solution>b</solution></problem>`,
	`<problem><optionresponse><optioninput options="('a','don't','\'')" correct="a"/></optionresponse></problem>`,
	`<problem><stringresponse answer="(a|b)[^]x]{,3}\w\Z" type="ci regexp"><additional_answer>c</additional_answer>` +
		`<regexphint answer="x+">y</regexphint><textline/></stringresponse></problem>`,
	`<problem><imageresponse><imageinput rectangle="(1,2)-(3,4)" regions="[[1,1],[9,1],[1,9]]"/></imageresponse></problem>`,
	`<problem><script>x=1</script><customresponse cfn="f"><textline/></customresponse><numericalresponse answer="$x"><textline/></numericalresponse></problem>`,
	`<problem><a:b xmlns:a="c"/><!-- --><unknownresponse/>` +
		`<stringresponse answer="a"><stringresponse answer="b"><textline/></stringresponse></stringresponse></problem>`,
	`<problem><multiplechoiceresponse><choicegroup><choice/></choicegroup></multiplechoiceresponse>`,
	`<choice correct="true">a</choice>`,
}

// FuzzParse reads problems, grades their own answers, and reads what a learner sees of them again.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := answer.Parse(source)
		if err != nil {
			if !errors.Is(err, answer.ErrNotProblem) {
				t.Errorf("refused without the cause: %v", err)
			}
			return
		}
		key := p.Key()
		for i, part := range p.Grade(key).Parts {
			if _, known := key[part.ID]; known && p.Parts[i].Ungraded == "" && part.ID != "" && unique(p, part.ID) && part.State != answer.Correct {
				t.Errorf("%s does not take its own answer %q: %+v", part.ID, key[part.ID], part)
			}
		}
		page := p.ForLearner()
		again, err := answer.Parse([]byte(page))
		if err != nil {
			t.Fatalf("what a learner sees is no problem: %v\n%s", err, page)
		}
		if len(again.Key()) > 0 {
			t.Errorf("what a learner sees has answers: %q\n%s", again.Key(), page)
		}
	})
}

func unique(p *answer.Problem, id string) bool {
	n := 0
	for _, part := range p.Parts {
		if part.ID == id {
			n++
		}
	}
	return n == 1
}

// FuzzGrade gives problems whatever anybody sends: values, one a line.
func FuzzGrade(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), "choice_0\nchoice_1")
		f.Add([]byte(s), "1/3")
		f.Add([]byte(s), "[2,3]")
	}
	f.Fuzz(func(t *testing.T, source []byte, values string) {
		p, err := answer.Parse(source)
		if err != nil {
			t.Skip()
		}
		r := make(answer.Response)
		for _, part := range p.Parts {
			r[part.ID] = strings.Split(values, "\n")
		}
		result := p.Grade(r)
		sum := 0.0
		for _, part := range result.Parts {
			if part.Points.Earned < 0 || part.Points.Earned > part.Points.Possible {
				t.Errorf("%s earns %v", part.ID, part.Points)
			}
			sum += part.Points.Earned
		}
		if result.Complete() != (result.Earned != nil) || result.Earned != nil && *result.Earned != sum {
			t.Errorf("%+v", result)
		}
	})
}
