package main

import (
	"fmt"
	"strings"
)

// secretPlaces are the places in problems of which learners are told nothing before they have answered, or at all.
var secretPlaces = []string{
	`<solution><p>CANARY</p></solution>`,
	`<solution explanation-id="x" class="a"><div><p>CANARY</p></div></solution>`,
	`<solutionset><solution explanation-id="a"><p>CANARY</p></solution></solutionset>`,
	`<script type="loncapa/python">def CANARY(e): return 1</script>`,
	`<style>.CANARY {color: red}</style>`,
	`<schematicresponse><schematic/><answer type="loncapa/python">CANARY</answer></schematicresponse>`,
	`<answertext>CANARY</answertext>`,
	`<stringresponse answer="a"><textline/><hintgroup><hintpart on="x"><p>CANARY</p></hintpart></hintgroup></stringresponse>`,
	`<demandhint><hint>CANARY</hint></demandhint>`,
	`<multiplechoiceresponse><choicegroup><choice correct="true">A<choicehint label="CANARY">CANARY</choicehint></choice></choicegroup></multiplechoiceresponse>`,
	`<optionresponse><optioninput><option correct="True">A<optionhint>CANARY</optionhint></option></optioninput></optionresponse>`,
	`<numericalresponse answer="1"><formulaequationinput/><correcthint>CANARY</correcthint></numericalresponse>`,
	`<stringresponse answer="1"><regexphint answer="2">CANARY</regexphint><textline/></stringresponse>`,
	`<numericalresponse answer="1"><numerichint answer="2">CANARY</numerichint></numericalresponse>`,
	`<stringresponse answer="1"><stringequalhint answer="2">CANARY</stringequalhint><textline/></stringresponse>`,
	`<choiceresponse><checkboxgroup><choice>A</choice><compoundhint value="A">CANARY</compoundhint></checkboxgroup></choiceresponse>`,
	`<choiceresponse><booleanhint value="A">CANARY</booleanhint></choiceresponse>`,
	`<stringresponse answer="1"><textlinehint>CANARY</textlinehint></stringresponse>`,
	`<p>Q<otherhint>CANARY</otherhint></p>`,
	`<targetedfeedbackset><targetedfeedback explanation-id="x">CANARY</targetedfeedback></targetedfeedbackset>`,
	`<feedback><p>CANARY</p></feedback>`,
	`<stringresponse answer="a"><additional_answer answer="CANARY">CANARY</additional_answer><textline/></stringresponse>`,
	`<coderesponse><textbox/><codeparam><initial_display>CANARY</initial_display><grader_payload>CANARY</grader_payload></codeparam></coderesponse>`,
	`<coderesponse><tests><test>CANARY</test></tests></coderesponse>`,
	`<numericalresponse answer="1"><responseparam type="tolerance" default="CANARY"/></numericalresponse>`,
	`<stringresponse answer="CANARY"><textline/></stringresponse>`,
	`<customresponse cfn="CANARY" expect="CANARY"><textline correct_answer="CANARY"/></customresponse>`,
	`<optionresponse><optioninput options="('a','b')" correct="CANARY"/></optionresponse>`,
	`<formularesponse samples="x@1:CANARY#5"><formulaequationinput/></formularesponse>`,
	`<stringresponse regexp="CANARY" answer="1"><textline/></stringresponse>`,
	`<multiplechoiceresponse><choicegroup><choice explanation-id="CANARY">A</choice></choicegroup></multiplechoiceresponse>`,
	`<p>Add $CANARY.</p>`,
	`<p>Q<!-- the answer is CANARY --></p>`,
	`<p>Q<unknown><b>CANARY</b></unknown></p>`,
	`<p hidden="hidden">CANARY</p>`,
}

// secretWord is the word in the place with a number.
func secretWord(i int) string { return "zqsecretword" + strings.Repeat(string(rune('a'+i%26)), 2+i/26) }

// ruled is a course in which everything stands that keeps learners from finding something, each with a word of its own that stands nowhere else: zq and the name of
// the place.
func ruled(code, settings string) map[string]string {
	group := func(partition, group int) string {
		return fmt.Sprintf(`group_access="{&quot;%d&quot;: [%d]}"`, partition, group)
	}
	child := func(name string) string { return "block-v1:Org+" + code + "+run+type@vertical+block@" + name }
	var b strings.Builder
	text := func(name, rule string) {
		fmt.Fprintf(&b, `<html url_name="%s" display_name="Reading zq%stitle" %s><![CDATA[<p>Everybody reads zq%s about glaciers, volcanoes and the weather.</p>]]></html>`, name, name, rule, name)
	}
	inUnit := func(name, rule string) {
		fmt.Fprintf(&b, `<vertical url_name="u%s" display_name="Unit zq%sunit" %s>`, name, name, rule)
		text(name, "")
		b.WriteString(`</vertical>`)
	}
	subsection := func(name, rule string) {
		fmt.Fprintf(&b, `<sequential url_name="s%s" display_name="Subsection zq%ssubsection" %s>`, name, name, rule)
		inUnit(name, "")
		b.WriteString(`</sequential>`)
	}
	section := func(name, rule string) {
		fmt.Fprintf(&b, `<chapter url_name="c%s" display_name="Section zq%ssection" %s>`, name, name, rule)
		subsection(name, "")
		b.WriteString(`</chapter>`)
	}
	fmt.Fprintf(&b, `<course display_name="Ruled %s" language="en" start="2026-01-01T00:00:00Z" days_early_for_beta="400" enable_subsection_gating="true" %s
		user_partitions="[{&quot;id&quot;: 101, &quot;name&quot;: &quot;Groups&quot;, &quot;scheme&quot;: &quot;cohort&quot;, &quot;version&quot;: 3, &quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;Red&quot;}, {&quot;id&quot;: 2, &quot;name&quot;: &quot;Green&quot;}]},
		{&quot;id&quot;: 102, &quot;name&quot;: &quot;Trial&quot;, &quot;scheme&quot;: &quot;random&quot;, &quot;version&quot;: 3, &quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;A&quot;}, {&quot;id&quot;: 2, &quot;name&quot;: &quot;B&quot;}]}]">`, code, settings)
	section("open", "")
	section("staffsection", `visible_to_staff_only="true"`)
	section("latersection", `start="2030-01-01T00:00:00Z"`)
	section("unlistedsection", `hide_from_toc="true"`)
	b.WriteString(`<chapter url_name="rules" display_name="Rules">`)
	subsection("staffsubsection", `visible_to_staff_only="true"`)
	subsection("betasubsection", `start="2027-01-01T00:00:00Z"`)
	subsection("pastdue", `due="2026-01-20T00:00:00Z" hide_after_due="true"`)
	subsection("exam", `is_time_limited="true" default_time_limit_minutes="30"`)
	b.WriteString(`<sequential url_name="first" display_name="Practice" format="HW" graded="true"><vertical url_name="practice" display_name="Exercises">
		<problem url_name="earned" display_name="Measure"><p>How heavy is zqproblem the glacier?</p><numericalresponse answer="4"><formulaequationinput/></numericalresponse>
		<solution><p>zqsolution</p></solution><demandhint><hint>zqhint</hint></demandhint></problem></vertical></sequential>`)
	subsection("gated", `required_prereq="sequential/first" min_score="50" min_completion="0"`)
	b.WriteString(`<sequential url_name="units" display_name="Units">`)
	inUnit("staffunit", `visible_to_staff_only="true"`)
	inUnit("laterunit", `start="2035-01-01T00:00:00Z"`)
	inUnit("greenunit", group(101, 2))
	inUnit("redunit", group(101, 1))
	inUnit("verifiedunit", group(50, 2))
	inUnit("draft", "")
	inUnit("unpublished", "")
	inUnit("deleted", "")
	b.WriteString(`<vertical url_name="secrets" display_name="Secrets">`)
	for i, source := range secretPlaces {
		fmt.Fprintf(&b, `<problem url_name="secret%d" display_name="Guess">%s</problem>`, i, strings.ReplaceAll(source, "CANARY", secretWord(i)))
	}
	b.WriteString(`</vertical>`)
	b.WriteString(`<vertical url_name="mixed" display_name="Mixture">`)
	text("stafftext", `visible_to_staff_only="true"`)
	text("greentext", group(101, 2))
	text("plaintext", "")
	b.WriteString(`<video url_name="film" display_name="Filming" sub="film" transcripts="{&quot;fr&quot;: &quot;film-fr.srt&quot;}"/>
		<video url_name="secretfilm" display_name="Zqsecretfilmtitle" sub="secretfilm" transcripts="{&quot;fr&quot;: &quot;secretfilm-fr.srt&quot;}" visible_to_staff_only="true"/></vertical>`)
	fmt.Fprintf(&b, `<vertical url_name="trial" display_name="Trial"><split_test url_name="split" user_partition_id="102" group_id_to_child="{&quot;1&quot;: &quot;%s&quot;, &quot;2&quot;: &quot;%s&quot;}">`, child("ualpha"), child("uomega"))
	inUnit("alpha", "")
	inUnit("omega", "")
	b.WriteString(`</split_test></vertical><vertical url_name="chance" display_name="Chance"><library_content url_name="bank" max_count="1">`)
	for i := range 3 {
		fmt.Fprintf(&b, `<problem url_name="bank%d" display_name="Drawn zqbank%dtitle"><p>zqbank%d is drawn</p></problem>`, i, i, i)
	}
	b.WriteString(`</library_content><itembank url_name="items" max_count="1">`)
	for i := range 3 {
		fmt.Fprintf(&b, `<problem url_name="item%d" display_name="Drawn zqitem%dtitle"><p>zqitem%d is drawn</p></problem>`, i, i, i)
	}
	b.WriteString(`</itembank><randomize url_name="random">`)
	text("randomtext", "")
	b.WriteString(`</randomize><conditional url_name="maybe">`)
	text("conditionaltext", "")
	b.WriteString(`</conditional></vertical></sequential></chapter></course>`)
	cues := func(text string) string { return "1\n00:00:01,000 --> 00:00:03,000\n" + text + "\n" }
	sjson := func(text string) string { return `{"start": [1000], "end": [3000], "text": ["` + text + `"]}` }
	return map[string]string{
		"course.xml":                       fmt.Sprintf(`<course org="Org" course=%q url_name="run"/>`, code),
		"course/run.xml":                   b.String(),
		"static/subs_film.srt.sjson":       sjson("The narrator says zqspoken."),
		"static/film-fr.srt":               cues("Le narrateur dit zqparle."),
		"static/subs_secretfilm.srt.sjson": sjson("The narrator says zqsecretspoken."),
		"static/secretfilm-fr.srt":         cues("Le narrateur dit zqsecretparle."),
		"tabs/listed.html":                 `<p>What zqlistedtab is about.</p>`,
		"tabs/hidden.html":                 `<p>What zqhiddentab is about.</p>`,
		"tabs/staff.html":                  `<p>What zqstafftab is about.</p>`,
		"info/handouts.html":               `<p>Print zqhandouts.</p>`,
		"about/overview.html":              `<p>All of zqoverview.</p>`,
		"policies/run/grading_policy.json": `{"GRADER": [{"type": "HW", "weight": 1, "min_count": 1, "drop_count": 0}], "GRADE_CUTOFFS": {"Pass": 0.6}}`,
		"policies/run/policy.json": `{"course/run": {"tabs": [{"type": "courseware", "name": "Course"}, {"type": "static_tab", "name": "Listed", "url_slug": "listed"},
			{"type": "static_tab", "name": "Zqhiddentabtitle", "url_slug": "hidden", "is_hidden": true}, {"type": "static_tab", "name": "Zqstafftabtitle", "url_slug": "staff", "course_staff_only": true}]}}`,
	}
}
