package olx

import (
	"strconv"
	"strings"

	"lectern/modulestore/field"
)

// assessment checks what Open edX checks of a rubric, and the order of an assessment's dates.
func (c *checker) assessment(it *item) {
	inner := it.content()
	if inner == nil {
		return
	}
	rubrics := inner.children("rubric")
	if len(rubrics) == 0 {
		c.report(ruleAssessment, it.element(), "%s has no rubric", it.ID)
	}
	for _, r := range rubrics {
		c.rubric(it, r)
	}
	for _, list := range inner.children("assessments") {
		for _, a := range list.children("assessment") {
			c.assessmentStep(it, a)
		}
	}
}

func (c *checker) rubric(it *item, rubric *element) {
	criteria := rubric.children("criterion")
	if len(criteria) == 0 {
		c.report(ruleAssessment, it.child(rubric), "the rubric of %s has no criterion", it.ID)
	}
	names := make(map[string]bool)
	for _, criterion := range criteria {
		c.unique(it, criterion, names, "criterion")
		options := criterion.children("option")
		if feedback := criterion.value("feedback"); len(options) == 0 && feedback != "required" {
			c.report(ruleAssessment, it.child(criterion), "a criterion of %s has neither options nor required feedback", it.ID)
		}
		optionNames := make(map[string]bool)
		for _, option := range options {
			c.unique(it, option, optionNames, "option")
			if points, err := strconv.Atoi(strings.TrimSpace(option.value("points"))); err != nil || points < 0 {
				c.report(ruleAssessment, it.child(option), "an option of %s has the points %q, not a whole number of 0 or more", it.ID, option.value("points"))
			}
		}
	}
}

// unique checks that an element has a name that none before it has.
func (c *checker) unique(it *item, e *element, names map[string]bool, what string) {
	name := ""
	for _, n := range e.children("name") {
		name = strings.TrimSpace(it.inner(n))
	}
	switch {
	case name == "":
		c.report(ruleAssessment, it.child(e), "a rubric %s of %s has no name", what, it.ID)
	case names[name]:
		c.report(ruleAssessment, it.child(e), "another rubric %s of %s is named %q", what, it.ID, name)
	}
	names[name] = true
}

func (c *checker) assessmentStep(it *item, a *element) {
	start, _, startOK := field.ParseDate(a.value("start"))
	due, _, dueOK := field.ParseDate(a.value("due"))
	if startOK && dueOK && due.Before(start) {
		c.report(ruleDateOrder, it.child(a), "the assessment %q of %s is due on %s, before it starts on %s", a.value("name"), it.ID, field.FormatDate(due), field.FormatDate(start))
	}
	grade, err1 := strconv.Atoi(a.value("must_grade"))
	graded, err2 := strconv.Atoi(a.value("must_be_graded_by"))
	if err1 == nil && err2 == nil && grade < graded {
		c.report(ruleAssessment, it.child(a), "learners must grade %d others but be graded by %d in %s, which cannot come out even", grade, graded, it.ID)
	}
}
