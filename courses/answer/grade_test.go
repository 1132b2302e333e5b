package answer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/answer"
)

// parse reads a problem that must be readable.
func parse(t testing.TB, markup string) *answer.Problem {
	t.Helper()
	p, err := answer.ParseBlock(nil, markup)
	if err != nil {
		t.Fatalf("%v\n%s", err, markup)
	}
	return p
}

// one answers the only field of a problem.
func one(values ...string) answer.Response { return answer.Response{"_2_1": values} }

// gradeOne judges an answer to the only part of a problem.
func gradeOne(t testing.TB, markup string, values ...string) answer.PartResult {
	t.Helper()
	result := parse(t, markup).Grade(one(values...))
	if len(result.Parts) != 1 {
		t.Fatalf("%d parts, want 1", len(result.Parts))
	}
	return result.Parts[0]
}

// choiceProblem has a choice for every letter: + is right, - wrong, 1 to 9 worth so many tenths.
func choiceProblem(response, field, attrs, marks string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%s %s><%s>", response, attrs, field)
	for i, m := range marks {
		switch m {
		case '+':
			fmt.Fprintf(&b, `<choice correct="true">right %d</choice>`, i)
		case '-':
			fmt.Fprintf(&b, `<choice correct="false">wrong %d</choice>`, i)
		default:
			fmt.Fprintf(&b, `<choice correct="partial" point_value="0.%c">half %d</choice>`, m, i)
		}
	}
	fmt.Fprintf(&b, "</%s></%s>", field, response)
	return b.String()
}

// chosen names choices by their numbers.
func chosen(numbers ...int) []string {
	list := []string{}
	for _, n := range numbers {
		list = append(list, fmt.Sprintf("choice_%d", n))
	}
	return list
}

func TestMultipleChoice(t *testing.T) {
	plain := choiceProblem("multiplechoiceresponse", "choicegroup", "", "-+-+")
	points := choiceProblem("multiplechoiceresponse", "choicegroup", `partial_credit="points"`, "-+5")
	third := choiceProblem("multiplechoiceresponse", "choicegroup", `partial_credit="points"`, "-+3")
	for _, c := range []struct {
		name, markup string
		answer       []string
		want         answer.State
		earned       float64
	}{
		{"the right choice earns the point", plain, chosen(1), answer.Correct, 1},
		{"each of several right choices earns it", plain, chosen(3), answer.Correct, 1},
		{"a wrong one earns nothing", plain, chosen(0), answer.Incorrect, 0},
		{"two choices are no answer", plain, chosen(1, 3), answer.Invalid, 0},
		{"a choice that there is not is no answer", plain, chosen(4), answer.Invalid, 0},
		{"no choice is no answer yet", plain, nil, answer.Unanswered, 0},
		{"a choice of half the points earns 0.5", points, chosen(2), answer.Partial, 0.5},
		{"a choice of 0.3 points earns 0.3", third, chosen(2), answer.Partial, 0.3},
		{"without partial credit it earns nothing", choiceProblem("multiplechoiceresponse", "choicegroup", "", "-+5"), chosen(2), answer.Incorrect, 0},
		{"a choice that is partly right is worth half unless it says more", `<multiplechoiceresponse partial_credit="points"><choicegroup>` +
			`<choice correct="true">a</choice><choice correct="Partial">b</choice></choicegroup></multiplechoiceresponse>`, chosen(1), answer.Partial, 0.5},
		{"names of the author's are used, and do not count", `<multiplechoiceresponse><choicegroup><choice name="red" correct="false">a</choice>` +
			`<choice correct="True">b</choice></choicegroup></multiplechoiceresponse>`, []string{"choice_0"}, answer.Correct, 1},
		{"a name of the author's has choice_ before it", `<multiplechoiceresponse><choicegroup><choice name="red" correct="true">a</choice>` +
			`</choicegroup></multiplechoiceresponse>`, []string{"choice_red"}, answer.Correct, 1},
		{"radio buttons of a choiceresponse take one choice", choiceProblem("choiceresponse", "radiogroup", "", "-+"), chosen(1), answer.Correct, 1},
		{"and no two", choiceProblem("choiceresponse", "radiogroup", "", "-+"), chosen(0, 1), answer.Invalid, 0},
		{"a field with points is worth them", `<multiplechoiceresponse><choicegroup points="5"><choice correct="true">a</choice></choicegroup>` +
			`</multiplechoiceresponse>`, chosen(0), answer.Correct, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := gradeOne(t, c.markup, c.answer...)
			if got.State != c.want || got.Points.Earned != c.earned {
				t.Errorf("%s, %v points, %q; want %s, %v", got.State, got.Points.Earned, got.Reason, c.want, c.earned)
			}
		})
	}
}

func TestCheckboxes(t *testing.T) {
	for _, c := range []struct {
		name, credit, marks string
		answer              []string
		want                answer.State
		earned              float64
	}{
		{"all that is right and nothing else is correct", "", "+-+", chosen(0, 2), answer.Correct, 1},
		{"order does not matter", "", "+-+", chosen(2, 0), answer.Correct, 1},
		{"a choice given twice counts once", "", "+-+", chosen(2, 0, 2), answer.Correct, 1},
		{"one that is missing is incorrect", "", "+-+", chosen(0), answer.Incorrect, 0},
		{"one too many is incorrect", "", "+-+", chosen(0, 1, 2), answer.Incorrect, 0},
		{"one that there is not is no answer", "", "+-+", chosen(0, 2, 9), answer.Invalid, 0},
		{"nothing chosen is no answer yet", "EDC", "+-+", nil, answer.Unanswered, 0},

		// Every decision counts: decisions that are right / choices, to two decimals.
		{"EDC: 3 of 4 decisions earn 0.75", "EDC", "++--", chosen(0), answer.Partial, 0.75},
		{"EDC: 2 of 3 decisions earn 0.67", "edc", "+-+", chosen(0), answer.Partial, 0.67},
		{"EDC: 1 of 3 decisions earns 0.33", "edc", "+-+", chosen(0, 1), answer.Partial, 0.33},
		{"EDC: 5 of 8 decisions earn 0.63, halves up", "edc", "++++----", chosen(0), answer.Partial, 0.63},
		{"EDC: no decision that is right earns nothing", "edc", "+-+", chosen(1), answer.Incorrect, 0},
		{"EDC: all decisions earn all", "edc", "+-+", chosen(0, 2), answer.Correct, 1},

		// Halves: every mistake takes half, two at most, if there are choices enough.
		{"halves: one mistake of three choices earns 0.5", "halves", "+-+", chosen(0), answer.Partial, 0.5},
		{"halves: one mistake of two choices earns nothing", "halves", "+-", chosen(0, 1), answer.Incorrect, 0},
		{"halves: two mistakes of five choices earn 0.25", "halves", "++---", chosen(0, 2), answer.Partial, 0.25},
		{"halves: two mistakes of four choices earn nothing", "halves", "++--", chosen(0, 2), answer.Incorrect, 0},
		{"halves: three mistakes earn nothing", "halves", "+++---", chosen(3, 0, 1, 4), answer.Incorrect, 0},
		{"halves: no mistake earns all", "halves", "+++---", chosen(2, 1, 0), answer.Correct, 1},
		{"partial credit of false is none", "false", "+-+", chosen(0), answer.Incorrect, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := gradeOne(t, choiceProblem("choiceresponse", "checkboxgroup", fmt.Sprintf("partial_credit=%q", c.credit), c.marks), c.answer...)
			if got.State != c.want || got.Points.Earned != c.earned {
				t.Errorf("%s, %v points, %q; want %s, %v", got.State, got.Points.Earned, got.Reason, c.want, c.earned)
			}
		})
	}
}

func TestTrueOrFalseTakesAllThatIsTrue(t *testing.T) {
	markup := choiceProblem("truefalseresponse", "choicegroup", "", "+-+")
	for _, c := range []struct {
		answer []string
		want   answer.State
	}{
		{chosen(2, 0), answer.Correct}, {chosen(0), answer.Incorrect}, {chosen(0, 1, 2), answer.Incorrect}, {chosen(3), answer.Invalid}, {nil, answer.Unanswered},
	} {
		if got := gradeOne(t, markup, c.answer...); got.State != c.want {
			t.Errorf("%q is %s, want %s", c.answer, got.State, c.want)
		}
	}
}

func TestADropdownTakesOneOfItsOptions(t *testing.T) {
	old := `<optionresponse><optioninput options="('red','green','don't know','it\'s \'7\'')" correct="green"/></optionresponse>`
	nested := `<optionresponse><optioninput><option correct="False">red</option><option correct="True"> green <optionhint>well</optionhint></option>` +
		`</optioninput></optionresponse>`
	for _, c := range []struct {
		name, markup, answer string
		want                 answer.State
	}{
		{"the right one of a list", old, "green", answer.Correct},
		{"a wrong one of a list", old, "red", answer.Incorrect},
		{"one with a quote in a word", old, "don't know", answer.Incorrect},
		{"one with quotes after a backslash", old, "it's '7'", answer.Incorrect},
		{"one that is not in the list", old, "Green", answer.Invalid},
		{"the right one of elements", nested, "green", answer.Correct},
		{"a wrong one of elements", nested, "red", answer.Incorrect},
		{"the empty line of Open edX", nested, "option_abc_2_1_dummy_default", answer.Unanswered},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := gradeOne(t, c.markup, c.answer); got.State != c.want {
				t.Errorf("%q is %s (%s), want %s", c.answer, got.State, got.Reason, c.want)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	numerical := func(attrs, inner string) string {
		return "<numericalresponse " + attrs + ">" + inner + "<formulaequationinput/></numericalresponse>"
	}
	tolerance := func(answer, tolerance string) string {
		return numerical(fmt.Sprintf("answer=%q", answer), fmt.Sprintf(`<responseparam type="tolerance" default=%q/>`, tolerance))
	}
	closeTo := numerical(`answer="100" partial_credit="close"`, `<responseparam type="tolerance" default="1"/><responseparam partial_range="3"/>`)
	list := numerical(`answer="100" partial_credit="list"`, `<responseparam type="tolerance" default="1" partial_answers="10, 1000"/>`)
	both := numerical(`answer="100" partial_credit="close, list"`, `<responseparam type="tolerance" default="1" partial_answers="10,1000"/>`)
	more := numerical(`answer="5"`, `<additional_answer answer="-5"/><additional_answer answer="10/2+1"/>`)
	for _, c := range []struct {
		name, markup, answer string
		want                 answer.State
		earned               float64
	}{
		{"the number itself", numerical(`answer="12"`, ""), "12", answer.Correct, 1},
		{"spaces around it", numerical(`answer="12"`, ""), "  12 ", answer.Correct, 1},
		{"an expression", numerical(`answer="12"`, ""), "2^3 + 8/2", answer.Correct, 1},
		{"an expression as the author's answer", numerical(`answer="9.3*10^7"`, ""), "93000000", answer.Correct, 1},
		{"no tolerance is 0.001 % of the larger number: in", numerical(`answer="100000"`, ""), "100001", answer.Correct, 1},
		{"no tolerance is 0.001 % of the larger number: out", numerical(`answer="100000"`, ""), "100001.1", answer.Incorrect, 0},
		{"a complex number", numerical(`answer="10*i"`, ""), "10*j", answer.Correct, 1},
		{"another complex number", numerical(`answer="10*i"`, ""), "10", answer.Incorrect, 0},
		{"a complex number as Python has it", numerical(`answer="3-4j"`, ""), "3-4*i", answer.Correct, 1},
		{"a text is no number", numerical(`answer="12"`, ""), "twelve", answer.Invalid, 0},
		{"a comma is none of a number", numerical(`answer="3.14"`, ""), "3,14", answer.Invalid, 0},
		{"a comma between thousands neither", numerical(`answer="1000"`, ""), "1,000", answer.Invalid, 0},
		{"a letter for thousands neither", numerical(`answer="1000"`, ""), "1k", answer.Invalid, 0},
		{"infinity is no number", numerical(`answer="12"`, ""), "1e400", answer.Invalid, 0},

		{"tolerance 0.1 of 1: 1.1 is in, by its decimals", tolerance("1", "0.1"), "1.1", answer.Correct, 1},
		{"tolerance 0.1 of 1: 1.1000001 is out", tolerance("1", "0.1"), "1.1000001", answer.Incorrect, 0},
		{"tolerance 10% of 10: 9 is in", tolerance("10", "10%"), "9", answer.Correct, 1},
		{"tolerance 10% of 10: 11 is in", tolerance("10", "10%"), "11", answer.Correct, 1},
		{"tolerance 10% of 10: 11.1 is out", tolerance("10", "10%"), "11.1", answer.Incorrect, 0},
		{"tolerance 10% of -10: -9 is in", tolerance("-10", "10%"), "-9", answer.Correct, 1},
		{"tolerance 0: only the number", tolerance("0.3", "0"), "0.3", answer.Correct, 1},
		{"tolerance 0: a sum of doubles is not it", tolerance("0.3", "0"), "0.1+0.2", answer.Incorrect, 0},

		{"[5, 7): 5 is in", numerical(`answer="[5, 7)"`, ""), "5", answer.Correct, 1},
		{"[5, 7): 6.999 is in", numerical(`answer="[5, 7)"`, ""), "6.999", answer.Correct, 1},
		{"[5, 7): 7 is out", numerical(`answer="[5, 7)"`, ""), "7", answer.Incorrect, 0},
		{"(5, 7]: 5 is out", numerical(`answer="(5, 7]"`, ""), "5", answer.Incorrect, 0},
		{"(5, 7]: 7 is in", numerical(`answer="(5, 7]"`, ""), "7", answer.Correct, 1},
		{"(5, 7]: 4 is out", numerical(`answer="(5, 7]"`, ""), "4", answer.Incorrect, 0},
		{"[5, inf): a million is in", numerical(`answer="[5, inf)"`, ""), "10^6", answer.Correct, 1},
		{"bounds may be expressions", numerical(`answer="[1/3, 2^3]"`, ""), "8", answer.Correct, 1},
		{"a complex number is in no range", numerical(`answer="[5, 7)"`, ""), "6+i", answer.Invalid, 0},
		{"[5, 7] and what is near, up to twice its width: 11 earns half", numerical(`answer="[5, 7]" partial_credit="close"`, ""), "10.9", answer.Partial, 0.5},
		{"[5, 7] and what is near: 11 is not", numerical(`answer="[5, 7]" partial_credit="close"`, ""), "11", answer.Incorrect, 0},

		{"near: within 3 tolerances earns half", closeTo, "103", answer.Partial, 0.5},
		{"near: beyond them earns nothing", closeTo, "103.1", answer.Incorrect, 0},
		{"near: within one is correct", closeTo, "101", answer.Correct, 1},
		{"a list: an answer of it earns half", list, "1000.5", answer.Partial, 0.5},
		{"a list: what is near it earns nothing", list, "1001.5", answer.Incorrect, 0},
		{"a list: what is near the answer earns nothing", list, "101.5", answer.Incorrect, 0},
		{"a list, and near: an answer of it earns half", both, "10", answer.Partial, 0.5},
		{"a list, and near: what is near the answer earns half", both, "98.5", answer.Partial, 0.5},
		{"a list, and near: what is near one of it earns a quarter", both, "1001.5", answer.Partial, 0.25},
		{"a list, and near: the answer comes before the list", numerical(`answer="100" partial_credit="list,close"`,
			`<responseparam type="tolerance" default="1" partial_answers="103"/>`), "101.5", answer.Partial, 0.5},
		{"a list, and near: what is near nothing earns nothing", both, "50", answer.Incorrect, 0},

		{"an additional answer is right", more, "-5", answer.Correct, 1},
		{"an additional answer may be an expression", more, "6", answer.Correct, 1},
		{"an additional answer has no tolerance", more, "-5.00001", answer.Incorrect, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := gradeOne(t, c.markup, c.answer)
			if got.State != c.want || got.Points.Earned != c.earned {
				t.Errorf("%q is %s, %v points, %q; want %s, %v", c.answer, got.State, got.Points.Earned, got.Reason, c.want, c.earned)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	text := func(attrs, inner string) string {
		return "<stringresponse " + attrs + ">" + inner + "<textline/></stringresponse>"
	}
	for _, c := range []struct {
		name, markup, answer string
		want                 answer.State
	}{
		{"the text itself", text(`answer="Michigan"`, ""), "Michigan", answer.Correct},
		{"spaces around it do not matter", text(`answer=" Michigan "`, ""), " Michigan\n", answer.Correct},
		{"spaces in it do", text(`answer="New York"`, ""), "New  York", answer.Incorrect},
		{"capitals do", text(`answer="Michigan"`, ""), "michigan", answer.Incorrect},
		{"unless the type is ci", text(`answer="Michigan" type="ci"`, ""), "mICHIGAN", answer.Correct},
		{"in every script", text(`answer="ΟΔΟΣ" type="CI"`, ""), "οδος", answer.Correct},
		{"another answer", text(`answer="a"`, `<additional_answer answer="b"/>`), "b", answer.Correct},
		{"another answer as text, as it was once", text(`answer="a"`, `<additional_answer>b</additional_answer>`), "b", answer.Correct},
		{"alternatives with _or_, as it was once", text(`answer="a _or_ b_or_c"`, ""), "b", answer.Correct},
		{"alternatives with _or_ are all there is", text(`answer="a_or_b"`, `<additional_answer answer="c"/>`), "c", answer.Incorrect},
		{"nothing but spaces is no answer", text(`answer="a"`, ""), " \t", answer.Unanswered},
		{"a dollar is a dollar where no script is", text(`answer="$five"`, ""), "$five", answer.Correct},

		{"an expression takes the whole text", text(`answer="a+b" type="regexp"`, ""), "aaab", answer.Correct},
		{"and no piece of it", text(`answer="a+b" type="regexp"`, ""), "aaabc", answer.Incorrect},
		{"an expression for both cases", text(`answer="..BBLE" type="ci regexp"`, ""), "bubble", answer.Correct},
		{"an expression and another", text(`answer="a+b" type="regexp"`, `<additional_answer answer="c\d"/>`), "c7", answer.Correct},
		{"the first of two is bound to the start alone", text(`answer="ab" type="regexp"`, `<additional_answer answer="cd"/>`), "abx", answer.Correct},
		{`\w is a letter of every script`, text(`answer="\w+" type="regexp"`, ""), "naïve", answer.Correct},
		{`[^\W] cannot be told for other scripts`, text(`answer="[^\W]+" type="regexp"`, ""), "naïve", answer.Ungraded},
		{`[^\W] can for ASCII`, text(`answer="[^\W]+" type="regexp"`, ""), "naive", answer.Correct},
		{`\d is a digit of every script`, text(`answer="\d" type="regexp"`, ""), "٣", answer.Correct},
		{`\s is every space`, text(`answer="a\sb" type="regexp"`, ""), "a\u00a0b", answer.Correct},
		{`[\s\S] is everything`, text(`answer="a[\s\S]*b" type="regexp"`, ""), "a\nb", answer.Correct},
		{"{,2} is up to two", text(`answer="a{,2}b" type="regexp"`, ""), "aab", answer.Correct},
		{`\Z is the end`, text(`answer="ab\Z" type="regexp"`, ""), "ab", answer.Correct},
		{"a bracket in a class is one", text(`answer="[[:a]+" type="regexp"`, ""), "[:a", answer.Correct},
		{"a closing bracket that begins a class is one", text(`answer="[]a]+" type="regexp"`, ""), "]a", answer.Correct},
		{"a negated one too", text(`answer="[^]a]" type="regexp"`, ""), "]", answer.Incorrect},
		{"a text too long for a costly expression", text(`answer="(\w?){900}" type="regexp"`, ""), strings.Repeat("x", 15000), answer.Ungraded},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := gradeOne(t, c.markup, c.answer); got.State != c.want {
				t.Errorf("%q is %s (%s), want %s", c.answer, got.State, got.Reason, c.want)
			}
		})
	}
}

func TestAPlaceInAnImage(t *testing.T) {
	image := func(attrs string) string {
		return `<imageresponse><imageinput src="/static/a.png" width="400" height="300" ` + attrs + `/></imageresponse>`
	}
	rectangles := image(`rectangle="(10,20)-(30,40); (100,100)-(110,110)"`)
	pentagon := image(`regions="[[96,105], [125,85], [156,105], [145,140], [105,140]]"`)
	for _, c := range []struct {
		name, markup, answer string
		want                 answer.State
	}{
		{"inside a rectangle", rectangles, "[20,30]", answer.Correct},
		{"on its corner", rectangles, "[10,20]", answer.Correct},
		{"inside the second", rectangles, "[ 105, 105 ]", answer.Correct},
		{"outside", rectangles, "[31,30]", answer.Incorrect},
		{"inside a region", pentagon, "[125,110]", answer.Correct},
		{"on the corner of a region", pentagon, "[125,85]", answer.Incorrect},
		{"outside of it", pentagon, "[97,140]", answer.Incorrect},
		{"inside the second of two regions", image(`regions="[[[0,0],[9,0],[0,9]],[[50,50],[60,50],[60,60],[50,60]]]"`), "[55,55]", answer.Correct},
		{"a hollow of a region belongs to it", image(`regions="[[0,0],[50,40],[100,0],[50,100]]"`), "[50,20]", answer.Correct},
		{"no place", rectangles, "20,30", answer.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := gradeOne(t, c.markup, c.answer); got.State != c.want {
				t.Errorf("%q is %s (%s), want %s", c.answer, got.State, got.Reason, c.want)
			}
		})
	}
}

func TestWhatCannotBeGradedSaysWhy(t *testing.T) {
	const numerical = `<numericalresponse %s><textline/></numericalresponse>`
	const choice = `<multiplechoiceresponse %s><choicegroup>%s</choicegroup></multiplechoiceresponse>`
	oneRight := `<choice correct="true">a</choice>`
	for _, c := range []struct{ name, markup, want string }{
		{"a check of the author's", `<customresponse cfn="check"><textline/></customresponse>`, "is graded by a program of the course"},
		{"a formula", `<formularesponse answer="x+1" samples="x@1:2#3"><textline/></formularesponse>`, "compares formulas"},
		{"another service", `<coderesponse><textbox/></coderesponse>`, "is graded by another service"},
		{"a widget", `<annotationresponse><annotationinput/></annotationresponse>`, "is graded with a widget of its own"},
		{"a question of a type that is not known", `<oracleresponse answer="1"/>`, "is a type of question that is not known"},
		{"a variable of a script", `<script type="loncapa/python">x = 5</script>` + fmt.Sprintf(numerical, `answer="$x"`), "depends on a script of the problem"},
		{"a variable in a tolerance", `<script>x = 5</script><numericalresponse answer="5"><responseparam type="tolerance" default="$x"/><textline/>` +
			`</numericalresponse>`, "depends on a script of the problem"},
		{"a variable in an option", `<script>x = 5</script><optionresponse><optioninput><option correct="true">$x</option></optioninput></optionresponse>`,
			"depends on a script of the problem"},
		{"a variable that is always there", fmt.Sprintf(numerical, `answer="$seed"`), "depends on a script of the problem"},
		{"a variable that nothing sets", fmt.Sprintf(numerical, `answer="$x"`), "its answer is not a number"},
		{"another file", `<include file="more.xml"/>` + fmt.Sprintf(numerical, `answer="1"`), "a piece of the problem stands in another file"},
		{"no field", `<stringresponse answer="a"/>`, "has no field for an answer"},
		{"a field of another question", `<stringresponse answer="a"><choicegroup/></stringresponse>`, "has a field that does not fit the question"},
		{"two fields", `<stringresponse answer="a"><textline points="0"/><textline points="1"/></stringresponse>`, "has several fields where one is allowed"},
		{"points that are no number", `<stringresponse answer="a"><textline points="many"/></stringresponse>`, "its points are not a whole number"},
		{"a partial credit that is not known", fmt.Sprintf(choice, `partial_credit="thirds"`, oneRight), "its partial credit has a value that is not known"},
		{"a partial credit of other questions", fmt.Sprintf(choice, `partial_credit="edc"`, oneRight), "its partial credit has a value that is not known"},
		{"a partial credit for numbers", fmt.Sprintf(numerical, `answer="1" partial_credit="edc"`), "its partial credit has a value that is not known"},
		{"a choice worth twice the points", fmt.Sprintf(choice, `partial_credit="points"`, oneRight+`<choice correct="partial" point_value="2"/>`),
			"its partial credit has a value that is not known"},
		{"no choice that is right", fmt.Sprintf(choice, "", `<choice correct="false">a</choice><choice>b</choice>`), "no answer is given as right"},
		{"no text that is right", `<stringresponse answer=" "><textline/></stringresponse>`, "no answer is given as right"},
		{"two right choices of which one can be chosen", choiceProblem("choiceresponse", "radiogroup", "", "++"),
			"several choices are given as right, and only one can be chosen"},
		{"two right options", `<optionresponse><optioninput><option correct="true">a</option><option correct="true">b</option></optioninput></optionresponse>`,
			"several choices are given as right, and only one can be chosen"},
		{"a right option that is not on the list", `<optionresponse><optioninput options="('a','b')" correct="c"/></optionresponse>`,
			"its own answer would not be right"},
		{"an additional answer that is no number", `<numericalresponse answer="5"><additional_answer answer="six"/><textline/></numericalresponse>`,
			"its answer is not a number"},
		{"a half right answer that is no number", `<numericalresponse answer="5" partial_credit="list"><responseparam partial_answers="1,x"/><textline/>` +
			`</numericalresponse>`, "its partial credit has a value that is not known"},
		{"more answers than anybody gives", `<stringresponse answer="a"><textline/>` + strings.Repeat(`<additional_answer answer="b"/>`, 1_000) + `</stringresponse>`,
			"has too many answers"},
		{"more numbers than anybody gives", `<numericalresponse answer="1"><textline/>` + strings.Repeat(`<additional_answer answer="2"/>`, 1_001) +
			`</numericalresponse>`, "has too many answers"},
		{"an expression longer than anybody writes", `<stringresponse answer="` + strings.Repeat("a", 6_000) + `" type="regexp"><textline/></stringresponse>`,
			"uses a regular expression feature that cannot be evaluated safely"},
		{"an expression that repeats more than anybody means", `<stringresponse answer="((((a{9}){9}){9}b{900}){9})" type="regexp"><textline/></stringresponse>`,
			"uses a regular expression feature that cannot be evaluated safely"},
		{"an answer that is no number", fmt.Sprintf(numerical, `answer="five"`), "its answer is not a number"},
		{"an infinite answer", fmt.Sprintf(numerical, `answer="inf"`), "its answer is not a number"},
		{"a tolerance below zero", `<numericalresponse answer="5"><responseparam type="tolerance" default="-1"/><textline/></numericalresponse>`,
			"its tolerance is not a number from 0"},
		{"an empty tolerance", `<numericalresponse answer="5"><responseparam type="tolerance" default=""/><textline/></numericalresponse>`,
			"its tolerance is not a number from 0"},
		{"a range of one number", fmt.Sprintf(numerical, `answer="[5]"`), "its range cannot be read"},
		{"an expression in parentheses, which looks like a range", fmt.Sprintf(numerical, `answer="(1+2)*(3+4)"`), "its range cannot be read"},
		{"a range from high to low", fmt.Sprintf(numerical, `answer="[7,5]"`), "its range cannot be read"},
		{"an empty range", fmt.Sprintf(numerical, `answer="(5,5)"`), "its own answer would not be right"},
		{"an expression that looks back", `<stringresponse answer="(a)\1" type="regexp"><textline/></stringresponse>`,
			"uses a regular expression feature that cannot be evaluated safely"},
		{"an expression that looks ahead", `<stringresponse answer="(?!a).*" type="ci regexp"><textline/></stringresponse>`,
			"uses a regular expression feature that cannot be evaluated safely"},
		{"an expression that Python does not know", `<stringresponse answer="\pL" type="regexp"><textline/></stringresponse>`,
			"uses a regular expression feature that cannot be evaluated safely"},
		{"a rectangle that is none", `<imageresponse><imageinput rectangle="10-20"/></imageresponse>`, "its regions cannot be read"},
		{"regions that are none", `<imageresponse><imageinput regions="[[1]]"/></imageresponse>`, "its regions cannot be read"},
		{"a region without an inside", `<imageresponse><imageinput regions="[[1,1],[2,2],[3,3]]"/></imageresponse>`, "no answer is given as right"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(t, c.markup)
			result := p.Grade(one("a"))
			for i, part := range p.Parts {
				if part.Ungraded != c.want || result.Parts[i].State != answer.Ungraded || result.Parts[i].Reason != c.want {
					t.Errorf("%q, graded as %+v; want %q", part.Ungraded, result.Parts[i], c.want)
				}
			}
			if len(p.Parts) == 0 || result.Earned != nil || result.Complete() || result.Full() {
				t.Errorf("%d parts, %+v", len(p.Parts), result)
			}
		})
	}
}

func TestSeveralPartsInOneProblem(t *testing.T) {
	p := parse(t, `<p>One</p><numericalresponse answer="1"><textline/></numericalresponse>
		<div><optionresponse><optioninput options="('a','b')" correct="a"/> and <optioninput options="('a','b')" correct="b"/></optionresponse></div>
		<oracleinput/><stringresponse answer="x"><textline points="3"/></stringresponse>`)
	var ids []string
	for _, part := range p.Parts {
		ids = append(ids, part.ID)
	}
	if diff := cmp.Diff([]string{"_2_1", "_3_1", "_3_2", "_4_1"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	result := p.Grade(answer.Response{"abc_2_1": {"1"}, "_3_1": {"b"}, "abc_3_2": {"b"}, "abc_12_1": {"9"}, "abc_4_1": {"x"}, "abc_4_1_comment": {"?"}})
	if result.Earned == nil || *result.Earned != 5 || result.Possible != 6 || result.Full() {
		t.Errorf("%+v, want 5 of 6", result)
	}
	if got := p.Grade(p.Key()); !got.Full() || *got.Earned != 6 {
		t.Errorf("its own answers earn %+v", got)
	}
	if got := p.Grade(answer.Response{"a_2_1": {"0"}, "_2_1": {"1"}, "b_2_1": {"2"}}); got.Parts[0].State != answer.Correct {
		t.Errorf("of several ids with one end the shortest counts: %+v", got.Parts[0])
	}
	if got := p.Grade(answer.Response{"_2_1": {"x"}}); got.Accepted() || *got.Earned != 0 {
		t.Errorf("a response with an invalid answer: %+v", got)
	}
}

func TestAPartThatIsUngradedLeavesTheOthersGraded(t *testing.T) {
	p := parse(t, `<stringresponse answer="x"><textline/></stringresponse><customresponse cfn="f"><textline/><textline/></customresponse>`)
	result := p.Grade(answer.Response{"_2_1": {"x"}, "_3_1": {"y"}})
	if result.Parts[0].State != answer.Correct || result.Parts[0].Points.Earned != 1 {
		t.Errorf("the part that is graded: %+v", result.Parts[0])
	}
	if result.Earned != nil || result.Possible != 3 || len(result.Parts) != 3 {
		t.Errorf("the whole: %+v", result)
	}
}

func TestQuestionsOfAllTypesCountInIDs(t *testing.T) {
	p := parse(t, `<customresponse><textline/></customresponse><oracleresponse/><stringresponse answer="x"><textline/></stringresponse>`)
	if got := p.Parts[2].ID; got != "_3_1" {
		t.Errorf("the field after a custom check and a type that is not known is %s, want _3_1", got)
	}
}

func TestAnswersAreReadAsTheyAreKept(t *testing.T) {
	got, err := answer.ParseResponse([]byte(`{"a_2_1": "x", "a_3_1": ["choice_0", "choice_2"], "a_4_1": null, "a_5_1": 7, "a_6_1": {"b": 1}}`))
	want := answer.Response{"a_2_1": {"x"}, "a_3_1": {"choice_0", "choice_2"}, "a_5_1": {"7"}, "a_6_1": {`{"b": 1}`}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := answer.ParseResponse([]byte(`["x"]`)); err == nil {
		t.Error("a list was read as answers")
	}
}

func TestAHostileResponseCostsNothing(t *testing.T) {
	p := parse(t, `<stringresponse answer=".*(a|b)+" type="regexp"><textline/></stringresponse>`+choiceProblem("choiceresponse", "checkboxgroup", "", "+-")+
		`<numericalresponse answer="1"><textline/></numericalresponse>`)
	many := make(answer.Response)
	for i := range 10_000 {
		many[fmt.Sprintf("x_%d_1", i)] = []string{"1"}
	}
	long := strings.Repeat("ab", 1<<19)
	for _, c := range []struct {
		name     string
		response answer.Response
	}{
		{"a text of a megabyte", answer.Response{"_2_1": {long}, "_3_1": {long}, "_4_1": {long}}},
		{"ten thousand values", answer.Response{"_2_1": make([]string, 10_000), "_3_1": make([]string, 10_000), "_4_1": make([]string, 10_000)}},
		{"ten thousand fields", many},
		{"parentheses inside each other", answer.Response{"_4_1": {strings.Repeat("(", 1000) + strings.Repeat(")", 1000)}}},
		{"a long tower of powers", answer.Response{"_4_1": {strings.Repeat("9^", 900) + "9"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			result := p.Grade(c.response)
			if took := time.Since(start); took > time.Second { // milliseconds, but for a busy machine
				t.Errorf("it took %v", took)
			}
			for _, part := range result.Parts {
				if part.State == answer.Correct && c.name != "ten thousand fields" {
					t.Errorf("%s is %s", part.ID, part.State)
				}
			}
		})
	}
}

func TestAProblemHasSoManyExpressionsAndNoMore(t *testing.T) {
	p := parse(t, strings.Repeat(`<stringresponse answer="(a{500})(b{500})" type="regexp"><textline/></stringresponse>`, 1_000))
	graded := 0
	for _, part := range p.Parts {
		if part.Ungraded == "" {
			graded++
		}
	}
	if graded < 90 || graded > 100 {
		t.Errorf("%d of 1000 are graded", graded)
	}
	hints := parse(t, `<stringresponse answer="a"><textline/>`+strings.Repeat(`<regexphint answer="(x?){500}y">no</regexphint>`, 100)+`</stringresponse>`)
	if got := hints.Grade(one(strings.Repeat("x", 4_000))).Parts[0]; got.State != answer.Incorrect || got.Feedback != nil {
		t.Errorf("%+v", got)
	}
}

func TestASourceThatIsNoProblem(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"another element", `<html/>`, "no element <problem>"},
		{"nothing", ``, "no element <problem>"},
		{"an element that is not closed", `<problem><p></problem>`, "line 1"},
		{"two elements", `<problem/><problem/>`, "a second element"},
		{"text after it", `<problem/>x`, "text stands outside"},
		{"too large", `<problem>` + strings.Repeat(" ", answer.MaxSource) + `</problem>`, "the most"},
		{"too deep", `<problem>` + strings.Repeat("<p>", 300) + strings.Repeat("</p>", 300) + `</problem>`, "deep"},
		{"too many elements", `<problem>` + strings.Repeat("<b/>", 150_000) + `</problem>`, "more than"},
		{"no UTF-8", "<problem>\xff</problem>", "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := answer.Parse([]byte(c.source)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q in it", err, c.want)
			}
		})
	}
	if _, err := answer.ParseBlock(nil, `</problem><problem>`); err == nil {
		t.Error("markup that closes its element was read")
	}
}
