package answer

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a part of a problem asks for.
type Kind string

const (
	MultipleChoice Kind = "multiple choice"
	Checkboxes     Kind = "checkboxes"
	Dropdown       Kind = "dropdown"
	Numerical      Kind = "numerical"
	Text           Kind = "text"
	Image          Kind = "image" // a place in an image
	Other          Kind = "other" // never graded here
)

// Problem is what an OLX problem says. It is made by [Parse] and not changed afterwards.
type Problem struct {
	Settings Settings
	Faults   []string // what of the settings could not be read
	Parts    []Part   // in document order

	root        *node
	script      bool          // a program runs where answers are graded
	patterns    int           // how large further regular expressions may be
	fields      map[*node]int // the places of their parts
	solutions   []string
	demandHints []string
}

// Part is one field of a problem that takes an answer.
type Part struct {
	// ID is the end of the field's id in Open edX, "_2_1": questions are counted from 2, the fields in them from 1. There the id of the block stands before
	// it. It is empty for a question of a type that nobody knows.
	ID   string
	Kind Kind
	Tag  string // of the question: multiplechoiceresponse
	// Ungraded says why the part cannot be graded; it is empty for one that can.
	Ungraded string
	Possible float64
	Choices  []Choice // of choices, checkboxes and dropdowns, in document order
	Shuffle  bool     // the order of choices is to be random
	Pool     int      // how many choices are to be shown, one that is right among them; 0: all

	rule rule // nil when ungraded
}

// Choice is one of the choices of a part.
type Choice struct {
	Name  string // what an answer says: choice_0; for a dropdown the text
	Text  string // markup
	Right bool
	Fixed bool // it keeps its place when others are shuffled
}

// rule grades the answers to one part.
type rule interface {
	// grade judges an answer that is not blank.
	grade(answer []string) mark
	// key is an answer that must be right, nil if none can be told.
	key() []string
	// answers gives all that is right, in words.
	answers() []string
}

// mark is how a rule judges an answer.
type mark struct {
	state    State
	share    float64 // of the possible points, for Partial
	decimals bool    // the points are rounded to two decimals
	reason   string  // for Invalid and Ungraded
	feedback []Feedback
}

// Reasons for which a part is not graded.
const (
	reasonCode      = "is graded by a program of the course"
	reasonService   = "is graded by another service"
	reasonFormula   = "compares formulas"
	reasonWidget    = "is graded with a widget of its own"
	reasonUnknown   = "is a type of question that is not known"
	reasonScript    = "depends on a script of the problem"
	reasonInclude   = "a piece of the problem stands in another file"
	reasonNoField   = "has no field for an answer"
	reasonField     = "has a field that does not fit the question"
	reasonFields    = "has several fields where one is allowed"
	reasonPoints    = "its points are not a whole number"
	reasonCredit    = "its partial credit has a value that is not known"
	reasonNoAnswer  = "no answer is given as right"
	reasonTwoRight  = "several choices are given as right, and only one can be chosen"
	reasonNumber    = "its answer is not a number"
	reasonTolerance = "its tolerance is not a number from 0"
	reasonRange     = "its range cannot be read"
	reasonRegexp    = "uses a regular expression feature that cannot be evaluated safely"
	reasonRegions   = "its regions cannot be read"
	reasonTooMany   = "has too many answers"
	reasonOwnAnswer = "its own answer would not be right"
)

// question is a type of question that can be graded.
type question struct {
	kind   Kind
	fields []string                   // elements that take the answer
	single bool                       // one field at most
	read   func(asked) (rule, string) // a rule, or why there is none
}

// asked is one field of a question, as a question reads it.
type asked struct {
	response, field *node
	part            *Part
	patterns        *int // how large further regular expressions of the problem may be
}

// questions are the types that are graded here.
var questions = map[string]question{
	"multiplechoiceresponse": {MultipleChoice, []string{"choicegroup", "radiogroup"}, true, readMultipleChoice},
	"truefalseresponse":      {Checkboxes, []string{"choicegroup"}, true, readTrueFalse},
	"choiceresponse":         {Checkboxes, []string{"checkboxgroup", "radiogroup"}, true, readCheckboxes},
	"optionresponse":         {Dropdown, []string{"optioninput"}, false, readDropdown},
	"numericalresponse":      {Numerical, []string{"textline", "formulaequationinput"}, true, readNumber},
	"stringresponse":         {Text, []string{"textline"}, true, readText},
	"imageresponse":          {Image, []string{"imageinput"}, false, readImage},
}

// ungradable are the other types of Open edX, and why they are not graded.
var ungradable = map[string]string{
	"customresponse":     reasonCode,
	"symbolicresponse":   reasonFormula,
	"formularesponse":    reasonFormula,
	"schematicresponse":  reasonCode,
	"coderesponse":       reasonService,
	"externalresponse":   reasonService,
	"javascriptresponse": reasonWidget,
	"annotationresponse": reasonWidget,
	"choicetextresponse": reasonWidget,
}

// fieldTags are the elements of Open edX that take an answer.
var fieldTags = []string{
	"annotationinput", "checkboxgroup", "checkboxtextgroup", "chemicalequationinput", "choicegroup", "codeinput", "crystallography",
	"designprotein2dinput", "drag_and_drop_input", "editageneinput", "editamoleculeinput", "filesubmission", "formulaequationinput", "imageinput",
	"javascriptinput", "jsinput", "matlabinput", "optioninput", "radiogroup", "radiotextgroup", "schematic", "textbox", "textline", "vsepr_input",
}

// Parse reads a problem from its element with all that is in it. Elements it does not know stay out of grading and are no error.
func Parse(source []byte) (*Problem, error) {
	root, err := parseTree(source)
	if err != nil {
		return nil, err
	}
	attrs := make(map[string]string, len(root.attrs))
	for _, a := range root.attrs {
		attrs[name(a.Name)] = a.Value
	}
	return newProblem(root, attrs), nil
}

// ParseBlock reads a problem from its settings, the inherited among them, and the markup between its tags.
func ParseBlock(settings map[string]string, markup string) (*Problem, error) {
	root, err := parseTree([]byte("<problem>" + markup + "</problem>"))
	if err != nil {
		return nil, err
	}
	return newProblem(root, settings), nil
}

func newProblem(root *node, attrs map[string]string) *Problem {
	p := &Problem{root: root, fields: make(map[*node]int), patterns: maxPatterns}
	p.Settings, p.Faults = ReadSettings(attrs)
	p.script = slices.ContainsFunc(root.descendants(named("script"), nothing), isProgram)
	number := 1
	for _, response := range root.descendants(isResponse, nothing) {
		_, graded := questions[response.name]
		if _, known := ungradable[response.name]; graded || known {
			number++
			p.readQuestion(response, number)
		} else { // Open edX does not count what it does not know
			p.Parts = append(p.Parts, Part{Kind: Other, Tag: response.name, Ungraded: reasonUnknown})
		}
	}
	p.settle()
	for _, s := range root.descendants(named("solution"), nothing) {
		p.solutions = append(p.solutions, innerMarkup(s))
	}
	for _, d := range root.elements("demandhint") {
		for _, h := range d.elements("hint") {
			p.demandHints = append(p.demandHints, innerMarkup(h))
		}
	}
	return p
}

// isResponse takes every question, those of types that nobody knows too: what asks for an answer must not go unnoticed.
func isResponse(n *node) bool {
	return len(n.name) > len("response") && strings.HasSuffix(n.name, "response")
}

// readQuestion adds the parts of a question. Its number is the one in the ids of its fields.
func (p *Problem) readQuestion(response *node, number int) {
	q, graded := questions[response.name]
	fields := response.descendants(named(fieldTags...), isResponse)
	if len(fields) == 0 {
		fields = []*node{nil}
	}
	for i, field := range fields {
		part := Part{ID: fmt.Sprintf("_%d_%d", number, i+1), Kind: Other, Tag: response.name}
		part.Possible, part.Ungraded = points(field)
		switch {
		case part.Ungraded != "":
		case !graded:
			part.Ungraded = ungradable[response.name]
		case field == nil:
			part.Kind, part.Ungraded = q.kind, reasonNoField
		case !slices.Contains(q.fields, field.name):
			part.Kind, part.Ungraded = q.kind, reasonField
		case q.single && len(fields) > 1:
			part.Kind, part.Ungraded = q.kind, reasonFields
		default:
			part.Kind = q.kind
			part.rule, part.Ungraded = q.read(asked{response, field, &part, &p.patterns})
		}
		if field != nil {
			p.fields[field] = len(p.Parts)
		}
		p.Parts = append(p.Parts, part)
	}
	if p.scripted(response) {
		for i := len(p.Parts) - len(fields); i < len(p.Parts); i++ {
			if graded {
				p.Parts[i].Ungraded = reasonScript
			}
		}
	}
}

// points gives what a field is worth.
func points(field *node) (float64, string) {
	if field == nil {
		return 0, ""
	}
	text, ok := field.attr("points")
	if !ok {
		return 1, ""
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 || n > 1_000_000 {
		return 1, reasonPoints
	}
	return float64(n), ""
}

// settle takes the rule from every part that cannot be graded after all.
func (p *Problem) settle() {
	included := len(p.root.descendants(named("include"), nothing)) > 0
	for i := range p.Parts {
		part := &p.Parts[i]
		if included {
			part.Ungraded = reasonInclude
		}
		if part.Ungraded == "" {
			if key := part.rule.key(); key != nil && part.rule.grade(key).state != Correct {
				part.Ungraded = reasonOwnAnswer
			}
		}
		if part.Ungraded != "" {
			part.rule = nil
		}
	}
}

// variable finds names of variables in what an author wrote. Open edX replaces those that a script has set, and a few that are always there.
var variable = regexp.MustCompile(`\$[A-Za-z_]\w*`)

// always are the variables that are there without any script.
var always = []string{"$seed", "$anonymous_student_id", "$script_code", "$python_path", "$extra_files"}

// gradingAttrs are the attributes that say what is right.
var gradingAttrs = []string{"answer", "correct", "default", "name", "options", "partial_answers", "partial_range", "point_value", "rectangle", "regions"}

// scripted reports whether what is right in a question depends on a script.
func (p *Problem) scripted(response *node) bool {
	depends := func(text string) bool {
		for _, v := range variable.FindAllString(text, -1) {
			if p.script || slices.ContainsFunc(always, func(known string) bool { return strings.HasPrefix(v, known) }) {
				return true
			}
		}
		return false
	}
	marked := func(n *node) bool {
		return slices.ContainsFunc(n.attrs, func(a xml.Attr) bool { return slices.Contains(gradingAttrs, a.Name.Local) && depends(a.Value) }) ||
			(n.name == "option" || n.name == "additional_answer") && depends(n.leadingText())
	}
	other := func(n *node) bool {
		return isResponse(n) || slices.Contains([]string{"hintgroup", "stringequalhint", "regexphint"}, n.name)
	}
	return marked(response) || len(response.descendants(marked, other)) > 0
}

// isProgram reports whether a script runs where answers are graded, not in the browser.
func isProgram(script *node) bool {
	kind := script.get("type")
	return !strings.Contains(kind, "javascript") && !strings.Contains(kind, "perl")
}
