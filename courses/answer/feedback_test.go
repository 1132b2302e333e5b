package answer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/answer"
)

func TestFeedbackIsThatOfTheAnswer(t *testing.T) {
	boxes := `<choiceresponse><checkboxgroup>
		<choice correct="true">a<choicehint selected="true">yes a</choicehint><choicehint selected="false">why no a?</choicehint></choice>
		<choice correct="false">b<choicehint selected="True" label="Hm">no b</choicehint></choice>
		<choice correct="true" id="last">c</choice>
		<compoundhint value="B last">b and c</compoundhint></checkboxgroup></choiceresponse>`
	word := `<stringresponse answer="oslo" type="ci"><correcthint label="Fine">the capital</correcthint>
		<additional_answer answer="christiania"><correcthint>once</correcthint></additional_answer>
		<stringequalhint answer="bergen">the second city</stringequalhint><regexphint answer="s.*" label="">not in <b>Norway</b></regexphint>
		<regexphint answer="(?=x)x">cannot be tried</regexphint><textline/></stringresponse>`
	number := `<numericalresponse answer="4"><correcthint>two by two</correcthint><additional_answer answer="-4"><correcthint>that too</correcthint>` +
		`</additional_answer><formulaequationinput/></numericalresponse>`
	one1 := `<multiplechoiceresponse><choicegroup><choice correct="true">a<choicehint label="Good">well done</choicehint></choice>` +
		`<choice correct="false">b<choicehint>think</choicehint></choice>` +
		`<choice correct="false">c<choicehint> </choicehint></choice></choicegroup></multiplechoiceresponse>`
	group := `<stringresponse answer="oslo"><textline/><hintgroup><stringhint name="west" answer="bergen"/><hintpart on="west"><startouttext/>go east` +
		`<endouttext/></hintpart><hintpart on="other">never</hintpart></hintgroup></stringresponse>`
	feedback := func(label string, texts ...string) []answer.Feedback {
		return []answer.Feedback{{Label: label, Texts: texts}}
	}
	for _, c := range []struct {
		name, markup string
		answer       []string
		want         []answer.Feedback
	}{
		{"a choice has its hint", one1, chosen(1), feedback("Incorrect:", "think")},
		{"with the label of the author", one1, chosen(0), feedback("Good", "well done")},
		{"a blank hint is none", one1, chosen(2), nil},
		{"checkboxes have one for each choice, chosen or not", boxes, chosen(0, 2), feedback("Correct:", "yes a")},
		{"and the only label there is", boxes, chosen(1), feedback("Hm", "why no a?", "no b")},
		{"of two labels neither", `<choiceresponse><checkboxgroup><choice correct="true">a<choicehint selected="true" label="One">yes</choicehint></choice>` +
			`<choice correct="true">b<choicehint selected="true" label="Two">yes</choicehint></choice></checkboxgroup></choiceresponse>`,
			chosen(0, 1), feedback("Correct:", "yes", "yes")},
		{"a compound hint for just these choices comes instead", boxes, chosen(2, 1), feedback("Incorrect:", "b and c")},
		{"an option has its hint", `<optionresponse><optioninput><option correct="true">a<optionhint>good</optionhint></option></optioninput></optionresponse>`,
			[]string{"a"}, feedback("Correct:", "good")},
		{"the number has one", number, []string{"4"}, feedback("Correct:", "two by two")},
		{"an additional number has its own", number, []string{"-4"}, feedback("Correct:", "that too")},
		{"a wrong number has none", number, []string{"5"}, nil},
		{"the text has one", word, []string{"Oslo"}, feedback("Fine", "the capital")},
		{"an additional text has its own", word, []string{"CHRISTIANIA"}, feedback("Correct:", "once")},
		{"a wrong text has one", word, []string{"Bergen"}, feedback("Incorrect:", "the second city")},
		{"a wrong text that fits an expression has one, an empty label is none", word, []string{"Stockholm"}, feedback("", "not in <b>Norway</b>")},
		{"an expression that cannot be tried fits nothing", word, []string{"x"}, nil},
		{"what is right has none of those for wrong texts", `<stringresponse answer="oslo"><regexphint answer=".*">no</regexphint><textline/></stringresponse>`,
			[]string{"oslo"}, nil},
		{"hint groups of old courses are read", group, []string{"bergen"}, feedback("Incorrect:", "go east")},
		{"an answer that is invalid has none", number, []string{"four"}, nil},
		{"no answer has none", boxes, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, gradeOne(t, c.markup, c.answer...).Feedback); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestAHintGroupOfAProgramHasNoFeedback(t *testing.T) {
	p := parse(t, `<script>def f(): pass</script><stringresponse answer="a"><correcthint>good</correcthint><textline/><hintgroup hintfn="f"/></stringresponse>`)
	if got := p.Grade(one("a")).Parts[0]; got.State != answer.Correct || got.Feedback != nil {
		t.Errorf("%+v", got)
	}
}
