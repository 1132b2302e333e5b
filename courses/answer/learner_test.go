package answer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestALearnerSeesNothingThatTellsTheAnswer has a canary everywhere in a problem where something tells what is right, and a word everywhere where it is asked.
func TestALearnerSeesNothingThatTellsTheAnswer(t *testing.T) {
	p := parse(t, `<!-- CANARY --><?canary CANARY?>
		<script type="loncapa/python">CANARY = 1</script><style>.x:after { content: "CANARY" }</style>
		<p class="plain" onclick="CANARY" data-answer="CANARY" id="CANARY">shown-1</p>
		<a href="javascript:CANARY">shown-2</a><a href=" java&#10;script:CANARY">shown-3</a><img src="/static/shown-4.png" alt="shown-5" onerror="CANARY"/>
		<unknown answer="CANARY"><b>shown-6</b></unknown>
		<multiplechoiceresponse targeted-feedback="CANARY"><label>shown-7</label><choicegroup type="MultipleChoice" shuffle="true">
			<choice correct="true" explanation-id="CANARY" point_value="0.CANARY"><text>shown-8</text><choicehint>CANARY</choicehint></choice>
			<choice correct="CANARY" fixed="true">shown-9 &lt;b&gt;<i>shown-10</i><custom>CANARY</custom></choice></choicegroup></multiplechoiceresponse>
		<choiceresponse><checkboxgroup><choice correct="true" id="CANARY">shown-11<choicehint selected="true">CANARY</choicehint></choice>
			<compoundhint value="A">CANARY</compoundhint></checkboxgroup></choiceresponse>
		<optionresponse><optioninput options="('shown-12','shown-13')" correct="shown-13"/><optioninput><option correct="True">shown-14<optionhint>CANARY</optionhint>
			</option></optioninput></optionresponse>
		<numericalresponse answer="CANARY"><responseparam type="tolerance" default="CANARY"/><additional_answer answer="CANARY"/><correcthint>CANARY</correcthint>
			<formulaequationinput size="10" trailing_text="shown-15" correct_answer="CANARY"/></numericalresponse>
		<stringresponse answer="CANARY"><additional_answer>CANARY</additional_answer><stringequalhint answer="CANARY">CANARY</stringequalhint>
			<regexphint answer="CANARY">CANARY</regexphint><hintgroup><stringhint answer="CANARY"/><hintpart><text>CANARY</text></hintpart></hintgroup>
			<description>shown-16</description><textline label="shown-17"/></stringresponse>
		<imageresponse><imageinput src="/static/shown-18.png" rectangle="CANARY" regions="CANARY"/></imageresponse>
		<customresponse cfn="CANARY" expect="CANARY"><answer>CANARY</answer><textline correct_answer="CANARY"/>
			<table><tr><td>shown-19</td></tr></table></customresponse>
		<oracleresponse answer="CANARY"><oracle>CANARY</oracle><initial-state>CANARY</initial-state></oracleresponse>
		<jsinput initial_state="CANARY" params="CANARY">CANARY</jsinput>
		<solutionset><solution explanation-id="CANARY">CANARY</solution></solutionset>
		<targetedfeedbackset><targetedfeedback>CANARY</targetedfeedback></targetedfeedbackset>
		<solution><p>CANARY</p></solution><demandhint><hint>CANARY</hint></demandhint>`)
	page := p.ForLearner()
	for line := range strings.Lines(page) {
		if strings.Contains(line, "CANARY") {
			t.Errorf("a learner sees %s", strings.TrimSpace(line))
		}
	}
	for _, word := range strings.Fields(`shown-1 shown-2 shown-3 shown-4 shown-5 shown-6 shown-7 shown-8 shown-9 shown-10 shown-11 shown-12 shown-13 shown-14
		shown-15 shown-16 shown-17 shown-18 shown-19`) {
		if !strings.Contains(page, word) {
			t.Errorf("a learner does not see %s", word)
		}
	}
}

func TestAPageSaysWhatAResponseMustSay(t *testing.T) {
	p := parse(t, `<p>Which<br></br>one?<b/></p><multiplechoiceresponse><choicegroup shuffle="true"><choice correct="true">R&amp;D</choice>`+
		`<choice correct="false" name="x">no</choice>`+
		`</choicegroup></multiplechoiceresponse><optionresponse><optioninput><option correct="true"> a "b" </option></optioninput></optionresponse>`)
	want := `<problem><p>Which<br/>one?<b></b></p><multiplechoiceresponse><choicegroup id="_2_1" shuffle="true"><choice name="choice_0">R&amp;D</choice>` +
		`<choice name="choice_x">no</choice></choicegroup></multiplechoiceresponse>` +
		`<optionresponse><optioninput id="_3_1"><option name="a &quot;b&quot;">a &quot;b&quot;</option></optioninput></optionresponse></problem>`
	if diff := cmp.Diff(want, p.ForLearner()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !p.Parts[0].Shuffle || p.Parts[0].Pool != 0 {
		t.Errorf("order of choices: %+v", p.Parts[0])
	}
	pool := parse(t, `<multiplechoiceresponse><choicegroup answer-pool="3"><choice correct="true">a</choice></choicegroup></multiplechoiceresponse>`)
	if pool.Parts[0].Pool != 3 || pool.Parts[0].Shuffle {
		t.Errorf("a pool of choices: %+v", pool.Parts[0])
	}
}
