package olx

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// grader is an assignment type of the grading policy.
type grader struct {
	kind    string
	weight  float64
	counted bool // it has min_count and drop_count; an older kind names one subsection instead
	min     int
	drop    int
	at      spot
}

// defaultGraders are the assignment types of a course without a grading policy.
var defaultGraders = []grader{{kind: "Homework"}, {kind: "Lab"}, {kind: "Midterm Exam"}, {kind: "Final Exam"}}

// grading checks the grading policy, and the formats of subsections against it.
func (c *checker) grading() {
	root := c.settings.root
	if root == nil || c.course.Key.Library {
		return
	}
	graders := defaultGraders
	if text, ok := root.body.Text("grading_policy"); ok {
		if own, ok := c.gradingPolicy(root, strings.TrimPrefix(text, string(bomUTF8))); ok {
			graders = own
			c.unusedGraders(own)
		}
	}
	formats := make(map[string]string)
	for _, g := range graders {
		formats[g.kind] = g.kind
		if like := likeFormat(g.kind); formats[like] == "" {
			formats[like] = g.kind
		}
	}
	for _, it := range c.subsections {
		if it.graded {
			c.gradingFormat(it, formats)
		}
	}
}

// likeFormat is what formats have in common that authors may take for one.
func likeFormat(format string) string { return strings.ToLower(strings.TrimSpace(format)) }

// gradingPolicy reads and checks the file; ok is false when it leaves the default assignment types in force.
func (c *checker) gradingPolicy(root *item, text string) (graders []grader, ok bool) {
	src := []byte(text)
	members, at, err := jsonObject(src, 0, len(src))
	if err != nil {
		c.report(ruleGradingMalformed, root.text("grading_policy", at), "%s", err)
		return nil, false
	}
	for _, m := range members {
		switch where := root.text("grading_policy", m.start); m.name {
		case "GRADER":
			graders, ok = c.graders(where, src[m.start:m.end]), true
		case "GRADE_CUTOFFS":
			c.cutoffs(root, src, m)
		}
	}
	return graders, ok
}

// graders reads the entries of GRADER.
func (c *checker) graders(at spot, src []byte) []grader {
	if src[0] != '[' {
		c.report(ruleGradingMalformed, at, "GRADER is not a list")
		return nil
	}
	var list []grader
	sum, sound := 0.0, true
	for _, e := range jsonArray(src) {
		g, ok := c.grader(at.at(e.start), src[e.start:e.end])
		sound = sound && ok
		sum += g.weight
		list = append(list, g)
	}
	if sound && len(list) > 0 && math.Abs(sum-1) > 0.0005 {
		c.report(ruleGradingWeights, at, "the weights of the assignment types add up to %.4g", sum)
	}
	return list
}

// grader reads an entry of GRADER; ok is false when a part of it is reported.
func (c *checker) grader(at spot, src []byte) (g grader, ok bool) {
	g = grader{at: at}
	var e map[string]any
	if err := json.Unmarshal(src, &e); err != nil {
		c.report(ruleGradingEntry, at, "an entry of GRADER is not an object")
		return g, false
	}
	if g.kind = stringOf(e["type"]); g.kind == "" {
		c.report(ruleGradingEntry, at, "an entry of GRADER has no type")
		return g, false
	}
	ok = true
	number := func(name string) float64 {
		n, isNumber := e[name].(float64)
		if !isNumber || n < 0 {
			ok = false
			c.report(ruleGradingEntry, at, "%s of the assignment type %q is not a number of 0 or more", name, g.kind)
		}
		return max(n, 0)
	}
	if text, err := strconv.ParseFloat(stringOf(e["weight"]), 64); err == nil { // as good as a number
		e["weight"] = text
	}
	g.weight = number("weight")
	if g.counted = e["name"] == nil || e["min_count"] != nil; g.counted {
		g.min, g.drop = int(number("min_count")), int(number("drop_count"))
	}
	return g, ok
}

// unusedGraders compares the assignment types with the subsections that have them.
func (c *checker) unusedGraders(graders []grader) {
	having := make(map[string]int)
	for _, it := range c.subsections {
		if it.graded {
			format, _ := it.textSetting("format")
			having[format]++
		}
	}
	for _, g := range graders {
		n := having[g.kind]
		switch {
		case g.counted && g.drop > 0 && g.drop >= max(n, g.min):
			c.report(ruleGradingDrop, g.at, "%d of %d assignments of type %q are dropped", g.drop, max(n, g.min), g.kind)
		case n == 0 && g.weight > 0:
			c.report(ruleGradingUnused, g.at, "no graded subsection has the format %q, which is worth %.4g %% of the grade", g.kind, g.weight*100)
		case g.counted && n > 0 && n < g.min:
			c.report(ruleGradingMinCount, g.at, "%d of at least %d assignments of type %q are there", n, g.min, g.kind)
		}
	}
}

// gradingFormat checks that a graded subsection has an assignment type. formats gives them by themselves and by what is like them.
func (c *checker) gradingFormat(it *item, formats map[string]string) {
	format, at := it.textSetting("format")
	like := formats[likeFormat(format)]
	switch {
	case format == "":
		if _, at, own := it.setting("graded"); own {
			c.report(ruleGradingFormat, at, "%s is graded, but has no format, so it does not count for the grade", it.ID)
		}
	case formats[format] == format:
	case like != "":
		c.report(ruleGradingFormat, at, "the format of %s is %q, but the assignment type is %q", it.ID, format, like)
	default:
		c.report(ruleGradingFormat, at, "the format of %s is %q, which is no assignment type of the grading policy", it.ID, format)
	}
}

// cutoff is the least share of points that earns a grade.
type cutoff struct {
	grade string
	least float64
	at    spot
}

// cutoffs checks that they lie between 0 and 1, and that letters fall from the best to the least.
func (c *checker) cutoffs(root *item, src []byte, m jsonMember) {
	at := func(offset int) spot { return root.text("grading_policy", offset) }
	members, _, err := jsonObject(src, m.start, m.end)
	if err != nil {
		c.report(ruleGradingMalformed, at(m.start), "GRADE_CUTOFFS is not an object")
		return
	}
	if len(members) == 0 {
		c.report(ruleGradingCutoffs, at(m.start), "there are no cutoffs, so nobody can pass")
	}
	var list []cutoff
	for _, g := range members {
		var least *float64
		if err := json.Unmarshal(src[g.start:g.end], &least); err != nil || least == nil || *least < 0 || *least > 1 {
			c.report(ruleGradingCutoffs, at(g.at), "the cutoff of %q is %s, not a number from 0 to 1", g.name, src[g.start:g.end])
			continue
		}
		list = append(list, cutoff{g.name, *least, at(g.at)})
	}
	if !slices.ContainsFunc(list, func(x cutoff) bool { return len(x.grade) != 1 }) {
		slices.SortStableFunc(list, func(a, b cutoff) int { return strings.Compare(a.grade, b.grade) })
	} else { // which of two names is the better grade cannot be told
		slices.SortStableFunc(list, func(a, b cutoff) int { return int(math.Copysign(1, b.least-a.least)) })
	}
	for i := 1; i < len(list); i++ {
		if better := list[i-1]; better.least <= list[i].least {
			c.report(ruleGradingCutoffs, list[i].at, "the cutoff of %q is %g, and that of %q is %g", list[i].grade, list[i].least, better.grade, better.least)
		}
	}
}
