package extract

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// hiddenElements of a problem are for its authors, with all that is below them; so is every element whose name ends in hint.
var hiddenElements = set(`solution solutionset script answer answertext hintgroup hintpart targetedfeedback targetedfeedbackset feedback
	additional_answer grader_payload initial_display test tests codeparam responseparam`)

func hiddenElement(name string) bool { return hiddenElements[name] || strings.HasSuffix(name, "hint") }

// answerAttributes tell what is right, or how that is judged, wherever they stand in a problem.
var answerAttributes = set(`answer answers correct correct_answer expect cfn regexp samples tolerance`)

// anywhere are the elements of OLX that may stand anywhere in the public part of a problem.
var anywhere = set(`problem text label description startouttext endouttext clarification`)

// fields are the inputs that take what a learner types or draws.
const fields = `textline textbox codeinput formulaequationinput numericalinput chemicalequationinput imageinput jsinput javascriptinput crystallography
	vsepr_input editamoleculeinput editageneinput designprotein2dinput matlabinput filesubmission schematic `

// publicIn says which elements of OLX are public in which: the responses in a problem (""), their inputs in them, the options in those. Elements of HTML may stand
// between them. What is named neither here nor by HTML is hidden.
var publicIn = map[string]map[string]bool{
	"": set(`multiplechoiceresponse truefalseresponse choiceresponse choicetextresponse optionresponse stringresponse numericalresponse formularesponse
		symbolicresponse imageresponse annotationresponse schematicresponse coderesponse externalresponse customresponse`),

	"multiplechoiceresponse": set(`choicegroup`),
	"truefalseresponse":      set(`choicegroup`),
	"choiceresponse":         set(`checkboxgroup choicegroup radiogroup`),
	"choicetextresponse":     set(`radiotextgroup checkboxtextgroup`),
	"optionresponse":         set(`optioninput`),
	"stringresponse":         set(`textline`),
	"numericalresponse":      set(`textline formulaequationinput numericalinput`),
	"formularesponse":        set(`textline formulaequationinput`),
	"symbolicresponse":       set(`textline`),
	"imageresponse":          set(`imageinput`),
	"annotationresponse":     set(`annotationinput`),
	"schematicresponse":      set(`schematic`),
	"coderesponse":           set(`textbox codeinput matlabinput filesubmission`),
	"externalresponse":       set(`textbox textline codeinput matlabinput filesubmission`),
	"customresponse":         set(fields, `choicegroup checkboxgroup radiogroup optioninput drag_and_drop_input annotationinput`),

	"choicegroup":         set(`choice`),
	"checkboxgroup":       set(`choice`),
	"radiogroup":          set(`choice`),
	"radiotextgroup":      set(`choice`),
	"checkboxtextgroup":   set(`choice`),
	"choice":              set(`numtolerance_input decoy_input`),
	"optioninput":         set(`option`),
	"drag_and_drop_input": set(`draggable target`),
	"draggable":           set(`target`),
	"annotationinput":     set(`title text comment comment_prompt tag_prompt options`),
	"options":             set(`option`),
}

// responseTypes are the responses that are known.
var responseTypes = publicIn[""]

// elementsOfOLX are the public ones that HTML does not have.
var elementsOfOLX = func() map[string]bool {
	m := set(`startouttext endouttext clarification description`)
	for _, inside := range publicIn {
		maps.Copy(m, inside)
	}
	return m
}()

// ownLineInProblem are the elements of OLX that begin and end a line.
var ownLineInProblem = set(`problem title text label description choice choicegroup option optioninput draggable comment comment_prompt tag_prompt textline solution answer
	hint choicehint optionhint correcthint stringequalhint compoundhint demandhint script additional_answer feedback targetedfeedback prompt`)

// problemRules are those of problems: public is what HTML has for it and what the tables above name.
func problemRules(parent frame, name string) (mode, string) {
	switch {
	case hiddenElement(name):
		return hidden, name
	case droppedElements[name]:
		return dropped, name
	case name == "math":
		return formula, parent.context
	case parent.mode == formula:
		return inFormula(name), parent.context
	case anywhere[name]:
		return public, parent.context
	case publicIn[parent.context][name]:
		return public, name
	case blockElements[name] || inlineElements[name]:
		return public, parent.context
	}
	return hidden, name
}

// problem gives the text of a problem from its source, which may have its element around it.
func problem(source string) *page {
	p := newPage(problemRules)
	p.problem = true
	if readXML(source, p) == nil {
		return p
	}
	p = newPage(problemRules)
	p.problem, p.wary = true, true
	readHTML(source, p)
	return p
}

// holdsElement reports whether a text holds a tag of a problem.
func holdsElement(text string) bool {
	for {
		_, after, found := strings.Cut(text, "<")
		if !found {
			return false
		}
		text = after
		after = strings.TrimLeft(after, "/ \t\r\n")
		end := strings.IndexFunc(after, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		})
		if end < 0 {
			end = len(after)
		}
		if name := strings.ToLower(after[:end]); hiddenElement(name) || elementsOfOLX[name] {
			return true
		}
	}
}

// placeholder is what a script fills in for each learner: $name, ${name}. Two signs begin a formula.
var placeholder = regexp.MustCompile(`(^|[^$\\])\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})`)

func withoutPlaceholders(text string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	return placeholder.ReplaceAllString(placeholder.ReplaceAllString(text, "$1 "), "$1 ")
}

// quoted is one text of a list in Python's spelling: ('a', "b").
var quoted = regexp.MustCompile(`'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"`)

// quotedList reads the options attribute of a dropdown. What is not quoted is divided at its commas.
func quotedList(text string) []string {
	var list []string
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		list = append(list, strings.NewReplacer(`\'`, `'`, `\"`, `"`).Replace(m[1]+m[2]))
	}
	if list == nil {
		list = strings.Split(strings.Trim(text, "() \t\n"), ",")
	}
	return slices.DeleteFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" })
}
