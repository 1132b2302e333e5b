package extract_test

import (
	"fmt"
	"strings"
	"testing"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// canary is a word that stands nowhere but in a hidden place.
const canary = "zqcanaryqz"

// hiddenPlaces are sources of problems with the canary where learners must not find it. In those with authors, authors must.
var hiddenPlaces = []struct {
	name, source string
	authors      bool
}{
	{"a solution", `<p>Q</p><solution><div><p>CANARY</p></div></solution>`, true},
	{"a solution with attributes", `<p>Q</p><solution explanation-id="x" class="a"><p>CANARY</p></solution>`, true},
	{"a set of solutions", `<solutionset><solution explanation-id="a"><p>CANARY</p></solution></solutionset>`, true},
	{"a solution inside a response inside a table", `<table><tr><td><stringresponse answer="x"><textline/><solution>CANARY</solution></stringresponse></td></tr></table>`, true},
	{"the script that grades", `<script type="loncapa/python">def CANARY(e): return 1 > 0</script>`, true},
	{"a script in CDATA", `<script type="text/python"><![CDATA[if a < 3: CANARY()]]></script>`, true},
	{"a style", `<style>.CANARY {color: red}</style><p>Q</p>`, false},
	{"an answer", `<schematicresponse><schematic/><answer type="loncapa/python">CANARY</answer></schematicresponse>`, true},
	{"an answer in words", `<answertext>CANARY</answertext>`, true},
	{"a hint", `<stringresponse answer="a"><textline/><hintgroup><hintpart on="x"><p>CANARY</p></hintpart></hintgroup></stringresponse>`, true},
	{"a hint on demand", `<demandhint><hint>CANARY</hint></demandhint>`, true},
	{"the label of a hint", `<demandhint><hint label="CANARY">x</hint></demandhint>`, true},
	{"a hint of a choice", `<multiplechoiceresponse><choicegroup><choice correct="true">A<choicehint>CANARY</choicehint></choice></choicegroup></multiplechoiceresponse>`, true},
	{"the label of a hint of a choice",
		`<multiplechoiceresponse><choicegroup><choice>A<choicehint label="CANARY">x</choicehint></choice></choicegroup></multiplechoiceresponse>`, true},
	{"a hint of several choices", `<choiceresponse><checkboxgroup><choice>A</choice><compoundhint value="A">CANARY</compoundhint></checkboxgroup></choiceresponse>`, true},
	{"a hint of an option", `<optionresponse><optioninput><option correct="True">A<optionhint>CANARY</optionhint></option></optioninput></optionresponse>`, true},
	{"a hint to what is right", `<numericalresponse answer="1"><formulaequationinput/><correcthint>CANARY</correcthint></numericalresponse>`, true},
	{"a hint to a text", `<stringresponse answer="1"><stringequalhint answer="2">CANARY</stringequalhint><textline/></stringresponse>`, true},
	{"a hint to a pattern", `<stringresponse answer="1"><regexphint answer="2">CANARY</regexphint><textline/></stringresponse>`, true},
	{"a hint to a number", `<numericalresponse answer="1"><numerichint answer="2">CANARY</numerichint></numericalresponse>`, true},
	{"a hint to a field", `<stringresponse answer="1"><textlinehint>CANARY</textlinehint></stringresponse>`, true},
	{"a hint by rule", `<choiceresponse><booleanhint value="A">CANARY</booleanhint></choiceresponse>`, true},
	{"a hint of a kind that nobody knows", `<p>Q<veryspecialhint>CANARY</veryspecialhint></p>`, true},
	{"targeted feedback", `<targetedfeedbackset><targetedfeedback explanation-id="x">CANARY</targetedfeedback></targetedfeedbackset>`, true},
	{"feedback", `<feedback><p>CANARY</p></feedback>`, true},
	{"a further answer", `<stringresponse answer="a"><additional_answer answer="CANARY"/><textline/></stringresponse>`, true},
	{"a further answer in words", `<stringresponse answer="a"><additional_answer>CANARY</additional_answer><textline/></stringresponse>`, true},
	{"what a grader is sent", `<coderesponse><textbox/><codeparam><grader_payload>CANARY</grader_payload></codeparam></coderesponse>`, true},
	{"what a coding field begins with", `<coderesponse><textbox/><codeparam><initial_display>CANARY</initial_display></codeparam></coderesponse>`, true},
	{"the answer that a coding field shows", `<coderesponse><codeparam><answer_display>CANARY</answer_display></codeparam></coderesponse>`, true},
	{"a test of a program", `<coderesponse><tests><test>CANARY</test></tests></coderesponse>`, true},
	{"a parameter of a response", `<numericalresponse answer="1"><responseparam type="tolerance" default="CANARY"/></numericalresponse>`, false},
	{"an element that nobody knows", `<p>Q</p><modelanswer><p>CANARY</p></modelanswer>`, true},
	{"an element that nobody knows within a response", `<customresponse><secret><b>CANARY</b></secret><textline/></customresponse>`, true},
	{"a response that nobody knows", `<unknownresponse><p>CANARY</p></unknownresponse>`, true},
	{"an input where it may not stand", `<stringresponse answer="1"><optioninput><option>CANARY</option></optioninput></stringresponse>`, false},
	{"the attribute answer", `<stringresponse answer="CANARY"><textline/></stringresponse>`, true},
	{"the attribute answer of an element of HTML", `<p answer="CANARY">Q</p>`, true},
	{"the attribute correct_answer", `<customresponse cfn="f"><textline correct_answer="CANARY"/></customresponse>`, true},
	{"the attribute expect", `<customresponse cfn="f" expect="CANARY"><textline/></customresponse>`, true},
	{"the attribute cfn", `<customresponse cfn="CANARY"><textline/></customresponse>`, true},
	{"the attribute correct of a dropdown", `<optionresponse><optioninput options="('a','b')" correct="CANARY"/></optionresponse>`, true},
	{"the attribute samples", `<formularesponse samples="x@1:CANARY#5"><formulaequationinput/></formularesponse>`, true},
	{"the attribute regexp", `<stringresponse regexp="CANARY" answer="1"><textline/></stringresponse>`, true},
	{"the attribute tolerance", `<numericalresponse answer="1" tolerance="CANARY"/>`, true},
	{"the attribute explanation-id", `<multiplechoiceresponse><choicegroup><choice explanation-id="CANARY">A</choice></choicegroup></multiplechoiceresponse>`, false},
	{"a placeholder", `<p>Add $CANARY and ${CANARY}.</p><numericalresponse answer="$CANARY"><textline label="$CANARY"/></numericalresponse>`, false},
	{"a comment", `<p>Q<!-- the answer is CANARY --></p>`, false},
	{"an instruction", `<p>Q<?author CANARY > x?></p>`, false},
	{"an address and a class", `<p class="CANARY"><a href="/static/CANARY.pdf" id="CANARY" data-x="CANARY">Q</a></p>`, false},
	{"an element that is not shown", `<p hidden="hidden">CANARY</p><p aria-hidden="true">CANARY</p><p style="color:red; display : none">CANARY</p>`, true},
	{"a solution in upper case", `<SOLUTION><P>CANARY</P></SOLUTION>`, true},
	{"an attribute in mixed case", `<StringResponse Answer="CANARY"><TextLine/></StringResponse>`, true},
	{"a solution with a prefix", `<x:solution xmlns:x="u">CANARY</x:solution>`, true},
	{"a solution as entities", `<p>&lt;solution&gt;CANARY&lt;/solution&gt;</p>`, true},
	{"a solution as numbers of characters", `<p>&#60;SOLUTION&#62;CANARY&#60;/SOLUTION&#62;</p>`, true},
	{"a solution encoded twice in CDATA", `<p><![CDATA[x <solution>&lt;solution&gt;CANARY&lt;/solution&gt;</solution>]]></p>`, true},
	{"a solution in CDATA", `<p><![CDATA[<p>Q</p><solution class="x">CANARY</solution>]]></p>`, true},
	{"an answer in CDATA", `<p><![CDATA[<stringresponse answer="CANARY"><textline/></stringresponse>]]></p>`, true},
	{"a solution in a label", `<stringresponse answer="1"><textline label="&lt;solution&gt;CANARY&lt;/solution&gt;"/></stringresponse>`, true},
	{"a solution in a formula of MathML", `<math><mi>x</mi><solution><mi>CANARY</mi></solution></math>`, true},
	{"the source of a formula of MathML", `<math><mi>x</mi><annotation encoding="TeX">CANARY</annotation></math>`, false},

	{"a solution in markup that is not well-formed", `<p>Q<br><solution>CANARY</solution>`, true},
	{"a solution that is never closed", `<p>Q<solution><p>CANARY</p>`, true},
	{"a solution that an outer end tag would close", `<div><solution><p>x</div>CANARY</solution>`, true},
	{"a solution between crossed tags", `<b><i><solution>x</b></i>CANARY</solution>`, true},
	{"a solution crossed by a picture", `<p>Q<br></p><svg><solution></svg>CANARY</solution>`, false},
	{"a solution crossed by a hint", `<p>Q<br></p><demandhint><hint><solution></hint></demandhint>CANARY</solution>`, true},
	{"a solution in a solution, deeper than anybody writes", `<solution>` + strings.Repeat("<b>", 300) + `<solution>x</solution>CANARY` + strings.Repeat("</b>", 300) + `</solution>`, true},
	{"a solution after a tag in it that has lost its end", `<hint><p <solution></hint>CANARY</solution>`, true},
	{"a solution with a tag that has lost its end", `<p <solution>CANARY</solution>`, true},
	{"a solution with an end tag that has lost its end", `<p>Q</p <solution>CANARY</solution>`, true},
	{"a solution after a picture that has lost a quotation mark", `<img alt="a map><solution>CANARY</solution><p class="x">Q</p>`, false},
	{"a solution after a declaration that has lost its end", `<p>Q<br></p><! <solution>CANARY</solution>`, true},
	{"a hint of a choice that is not well-formed", `<choicegroup><choice>A & B<choicehint>CANARY</choicehint></choice></choicegroup>`, true},
	{"a script that is not well-formed", `<p>Q<br></p><script type="loncapa/python">if a < 3 && b: CANARY = "</p>"</script>`, true},
	{"a script that closes itself", `<p>Q<br><script src="x"/>CANARY</script>`, true},
	{"a solution after an element that would be text in HTML", `<p>Q<br><textarea><solution>CANARY</solution>`, true},
	{"a solution in CDATA of markup that is not well-formed", `<p>Q<br><![CDATA[ 1 > 0 <solution>CANARY</solution> ]]>`, true},
	{"a comment in markup that is not well-formed", `<p>Q<br><!-- a > b <p> CANARY --></p>`, false},
	{"an answer in an attribute without quotation marks", `<p>Q<br><stringresponse answer=CANARY><textline></stringresponse>`, true},
	{"an upper-case solution that is not well-formed", `<p>Q<br><SOLUTION>CANARY</Solution>`, true},
}

func TestWhatIsHiddenReachesNoLearner(t *testing.T) {
	for _, c := range hiddenPlaces {
		t.Run(c.name, func(t *testing.T) {
			source := strings.ReplaceAll(c.source, "CANARY", canary)
			for how, body := range asStored(source) {
				got := extract.Block(problemBlock(), body)
				checkCanary(t, how, got)
				if found := strings.Contains(got.Hidden, canary); c.authors && !found {
					t.Errorf("%s: authors do not find it in %q (body %q)", how, got.Hidden, got.Body)
				}
			}
		})
	}
}

// asStored gives a source in each form that a store may hold it in.
func asStored(source string) map[string]*modulestore.Body {
	return map[string]*modulestore.Body{
		"inside its element":              {Markup: source},
		"in a file of its own":            {Texts: []modulestore.Attr{{Name: "data", Value: "<problem>" + source + "</problem>"}}},
		"in a file that is not XML":       {Raw: []byte("<problem url_name=p>" + source + "</problem>")},
		"in a file with a second element": {Raw: []byte("<problem>" + source + "</problem><problem/>")},
	}
}

func problemBlock(attrs ...modulestore.Attr) *modulestore.Block {
	return &modulestore.Block{ID: key.BlockID{Type: "problem", Name: "p"}, Attrs: attrs}
}

func checkCanary(t interface{ Errorf(string, ...any) }, how string, got extract.Text) {
	for place, text := range map[string]string{"title": got.Title, "body": got.Body, "responses": strings.Join(got.Responses, " "), "language": got.Lang} {
		if strings.Contains(strings.ToLower(text), canary) {
			t.Errorf("%s: a learner finds it in the %s %q", how, place, text)
		}
	}
}

func TestSettingsOfAProblemAreNoText(t *testing.T) {
	b := problemBlock(
		modulestore.Attr{Name: "markdown", Value: "(x) " + canary}, modulestore.Attr{Name: "display_name", Value: "A problem"}, modulestore.Attr{Name: "answer", Value: canary},
		modulestore.Attr{Name: "matlab_api_key", Value: canary}, modulestore.Attr{Name: "label", Value: canary},
	)
	got := extract.Block(b, &modulestore.Body{Markup: "<p>Q</p>"})
	checkCanary(t, "attributes", got)
	if got.Title != "A problem" || got.Body != "Q" {
		t.Errorf("title %q, body %q", got.Title, got.Body)
	}
	raw := extract.Block(problemBlock(), &modulestore.Body{Raw: []byte(fmt.Sprintf(`<problem display_name="A problem" markdown="%s" label="%[1]s"><p>Q`, canary))})
	checkCanary(t, "attributes of a broken file", raw)
	if raw.Title != "A problem" || raw.Body != "Q" {
		t.Errorf("title %q, body %q", raw.Title, raw.Body)
	}
}

func TestOtherTypesKeepTheirSecretsToo(t *testing.T) {
	attr := func(pairs ...string) (list []modulestore.Attr) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, modulestore.Attr{Name: pairs[i], Value: strings.ReplaceAll(pairs[i+1], "CANARY", canary)})
		}
		return list
	}
	for _, c := range []struct {
		name, blockType string
		attrs           []modulestore.Attr
		markup          string
		authors         bool
	}{
		{"the feedback of a poll", "poll", attr("question", "Q?", "feedback", "CANARY"), "", true},
		{"the feedback of a poll, with an end tag too many", "poll", attr("question", "Q?", "feedback", "</div></p>CANARY"), "", true},
		{"the feedback of a survey", "survey", attr("feedback", "<p>CANARY</p>"), "", true},
		{"feedback to a dragged item", "drag-and-drop-v2", attr("data", `{"items":[{"displayName":"A","feedback":{"correct":"CANARY","incorrect":"CANARY"},"zones":["CANARY"]}]}`), "", true},
		{"feedback to all items, and the explanation", "drag-and-drop-v2", attr("data", `{"feedback":{"start":"CANARY","finish":"CANARY"},"explanation":"CANARY"}`), "", true},
		{"items that are not understood", "drag-and-drop-v2", attr("data", `{"zones":[{"title":"CANARY"}],"items":"?"}`), "", false},
		{"attributes of a type that nobody knows", "quiz_of_theirs", attr("answer", "CANARY", "question", "CANARY", "title", "CANARY"), "<p>CANARY</p>", false},
		{"the secret of a tool", "lti", attr("lti_id", "CANARY", "custom_parameters", `["CANARY"]`, "launch_url", "http://CANARY"), "", false},
		{"what an open response is judged by", "openassessment", nil,
			`<title>T</title><rubric><criterion><prompt>CANARY</prompt><option><explanation>CANARY</explanation></option></criterion></rubric>`, true},
		{"an example of an open response", "openassessment", nil, `<assessments><assessment><example><answer><part>CANARY</part></answer></example></assessment></assessments>`, true},
		{"a program on a page", "html", nil, `<p>Q</p><script>var CANARY</script><style>.CANARY{}</style><noscript>CANARY</noscript><template>CANARY</template>`, false},
		{"the head and pictures of a page", "html", nil, `<html><head><title>CANARY</title></head><body><svg><text>CANARY</text></svg><iframe>CANARY</iframe>Q`, false},
		{"what a page does not show", "html", nil, `<div hidden>CANARY</div><div style="DISPLAY:none">CANARY</div><!-- CANARY --><p>Q`, false},
		{"another element than the block's", "html", nil, "RAW<problem><solution>CANARY</solution></problem>", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &modulestore.Block{ID: key.BlockID{Type: c.blockType, Name: "b"}, Attrs: c.attrs}
			body := &modulestore.Body{Markup: strings.ReplaceAll(c.markup, "CANARY", canary)}
			if raw, ok := strings.CutPrefix(body.Markup, "RAW"); ok {
				body = &modulestore.Body{Raw: []byte(raw)}
			}
			got := extract.Block(b, body)
			checkCanary(t, c.blockType, got)
			if found := strings.Contains(got.Hidden, canary); c.authors && !found {
				t.Errorf("authors do not find it in %q", got.Hidden)
			}
		})
	}
}
