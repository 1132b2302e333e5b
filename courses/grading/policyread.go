package grading

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lectern/modulestore/field"
)

// Problem is one finding in a grading policy. An Error is something that fails or does harm: such a policy should not be saved, and when it comes with an
// archive it is used as it was read, and said so.
type Problem struct {
	Rule     string // stable name of the rule, such as "grading.weights"
	Severity field.Severity
	Line     int // of the place, from 1
	Column   int
	Path     string // of the value: GRADER[2].weight; empty for the whole
	Message  string // what is wrong, one sentence
	Fix      string // what to do, one sentence
}

// String gives the problem in one line, place first, as compilers do.
func (p Problem) String() string {
	return fmt.Sprintf("%d:%d: %s %s: %s", p.Line, p.Column, p.Severity, p.Rule, p.Message)
}

// finding is a rule with its severity and advice.
type finding struct {
	rule     string
	severity field.Severity
	fix      string
}

var (
	byteOrderMark = finding{"grading.bom", field.Warning, "save the file as UTF-8 without a byte order mark"}
	malformed     = finding{"grading.malformed", field.Error, "correct the JSON at this place"}
	badEntry      = finding{"grading.entry", field.Error, "give each entry of GRADER a type, a weight from 0 to 1, a min_count and a drop_count"}
	spelling      = finding{"grading.spelling", field.Warning, "write it as a plain number"}
	badWeights    = finding{"grading.weights", field.Warning, "let the weights add up to 1, unless more is meant as extra credit"}
	duplicateType = finding{"grading.duplicate_type", field.Warning, "give each assignment type once: its subsections count for every entry of that type"}
	dropsAll      = finding{"grading.drop_count", field.Error, "drop fewer than are counted on, or the type may give no points at all"}
	badCutoffs    = finding{"grading.cutoffs", field.Error, "give each cutoff a number from 0 to 1, higher for better grades"}
	oddCutoffs    = finding{"grading.cutoffs", field.Warning, "give each cutoff a number from 0 to 1, higher for better grades"}
	unknown       = finding{"grading.unknown_member", field.Info, "remove it, unless another program reads it; it does not change a grade"}
	twice         = finding{"grading.member_twice", field.Warning, "keep the one that is meant: the last holds"}
)

// ParsePolicy reads grading_policy.json. It always gives a policy: what cannot be read gives way to the default policy (GRADER and GRADE_CUTOFFS each by
// itself, as in Open edX) or to 0, and every oddity is listed in the order of the file.
func ParsePolicy(text []byte) (*Policy, []Problem) {
	text, bom := bytes.CutPrefix(text, []byte("\xef\xbb\xbf"))
	r := policyReader{policy: DefaultPolicy()}
	if bom {
		r.report(byteOrderMark, 0, "", "the file begins with a byte order mark, which Open edX cannot read")
	}
	root, at, err := parseJSON(text)
	switch {
	case err != nil:
		r.report(malformed, at, "", "this is not JSON: %s", err)
	case !utf8.Valid(text):
		r.report(malformed, 0, "", "this is not UTF-8")
	case !root.is('{'):
		r.report(malformed, root.at, "", "the value is not an object")
	default:
		r.root(&root)
	}
	return r.policy, r.inOrder(text)
}

type policyReader struct {
	policy *Policy
	found  []placed
}

// placed is a problem and the offset of its place.
type placed struct {
	at      int
	problem Problem
}

func (r *policyReader) report(f finding, at int, path, format string, args ...any) {
	r.found = append(r.found, placed{at, Problem{Rule: f.rule, Severity: f.severity, Path: path, Message: fmt.Sprintf(format, args...), Fix: f.fix}})
}

// inOrder gives the problems in the order of the text, with line and column.
func (r *policyReader) inOrder(text []byte) []Problem {
	slices.SortStableFunc(r.found, func(a, b placed) int { return a.at - b.at })
	var list []Problem
	from, line, column := 0, 1, 1
	for _, f := range r.found {
		passed := text[from:min(f.at, len(text))]
		if n := bytes.Count(passed, []byte("\n")); n > 0 {
			line, column = line+n, 1
		}
		column += utf8.RuneCount(passed[bytes.LastIndexByte(passed, '\n')+1:])
		from += len(passed)
		f.problem.Line, f.problem.Column = line, column
		list = append(list, f.problem)
	}
	return list
}

// about reports something of a value.
func (r *policyReader) about(f finding, n *node, format string, args ...any) {
	r.report(f, n.at, n.path, n.path+" "+format, args...)
}

func (r *policyReader) root(root *node) {
	for _, m := range r.members(root) {
		switch n := &m.node; m.name {
		case "GRADER":
			if types, ok := r.types(n); ok {
				r.policy.Types = types
			}
		case "GRADE_CUTOFFS":
			if cutoffs, ok := r.cutoffs(n); ok {
				r.policy.Cutoffs = cutoffs
			}
		case "ROUNDING":
			r.rounding(n)
		default:
			r.report(unknown, m.at, n.path, "%s is no part of a grading policy", n.path)
		}
	}
}

// members gives the members of an object once each: the first place, the last value, as Open edX has them.
func (r *policyReader) members(n *node) []member {
	var list []member
	places := make(map[string]int, len(n.members))
	for _, m := range n.members {
		if i, again := places[m.name]; again {
			r.report(twice, m.at, m.node.path, "%s is there twice", m.node.path)
			list[i].node = m.node
			continue
		}
		places[m.name] = len(list)
		list = append(list, m)
	}
	return list
}

func (r *policyReader) rounding(n *node) {
	switch name, _ := n.value.(string); Rounding(name) {
	case LegacyRounding, HalfUpRounding:
		r.policy.Rounding = Rounding(name)
	default:
		r.about(badEntry, n, "is neither %q nor %q; the first is used", LegacyRounding, HalfUpRounding)
	}
}

func (r *policyReader) types(n *node) (types []AssignmentType, ok bool) {
	if !n.is('[') {
		r.about(malformed, n, "is not a list; the default assignment types are used")
		return nil, false
	}
	places := make(map[string]string, len(n.members))
	sum, readable, last := 0.0, true, n
	for i := range n.members {
		entry := &n.members[i].node
		t, ok := r.assignmentType(entry)
		if !ok {
			readable = false
			continue
		}
		if first, again := places[t.Name]; again {
			r.about(duplicateType, entry, "has the type %q, as %s has", t.Name, first)
		} else {
			places[t.Name] = entry.path
		}
		for j := range entry.members {
			if entry.members[j].name == "weight" {
				last = &entry.members[j].node
			}
		}
		sum += t.Weight
		types = append(types, t)
	}
	if readable && math.Abs(sum-1) > 0.0005 {
		verb := "ends"
		if last == n {
			verb = "has"
		}
		r.about(badWeights, last, "%s weights that add up to %.4g and not to 1", verb, sum)
	}
	return types, true
}

// assignmentType reads an entry of GRADER; without a type it is of no use and ok is false.
func (r *policyReader) assignmentType(n *node) (t AssignmentType, ok bool) {
	if !n.is('{') {
		r.about(badEntry, n, "is not an object and is left out")
		return t, false
	}
	seen := make(map[string]bool)
	for _, m := range r.members(n) {
		seen[m.name] = true
		r.setting(&t, m)
	}
	if t.Name == "" {
		r.about(badEntry, n, "has no type and is left out")
		return t, false
	}
	for _, name := range []string{"weight", "min_count", "drop_count"} {
		if !seen[name] {
			r.about(badEntry, n, "(%q) has no %s, which is read as 0", t.Name, name)
		}
	}
	if t.DropCount > 0 && t.DropCount >= t.MinCount {
		r.about(dropsAll, n, "(%q) drops %d and counts on %d: while no more are there, the type gives no points", t.Name, t.DropCount, t.MinCount)
	}
	return t, true
}

// setting reads one member of an entry of GRADER.
func (r *policyReader) setting(t *AssignmentType, m member) {
	switch n := &m.node; m.name {
	case "type":
		t.Name = r.words(n)
	case "short_label":
		t.ShortLabel = r.words(n)
	case "category":
		t.Category = r.words(n)
	case "weight":
		t.Weight = r.number(n)
		if t.Weight < 0 {
			r.about(badEntry, n, "is %s, which takes points away", n.source)
		}
	case "min_count":
		t.MinCount = r.count(n)
	case "drop_count":
		t.DropCount = r.count(n)
	case "late_factor":
		t.LateFactor = r.lateFactor(n)
	case "show_only_average":
		t.ShowOnlyAverage = r.truth(n)
	case "hide_average":
		t.HideAverage = r.truth(n)
	case "starting_index":
		t.StartingIndex = new(r.count(n))
	case "id", "section_type": // written by Studio, and by old courses for sentences that we word otherwise
	default:
		r.report(unknown, m.at, n.path, "%s is no setting of an assignment type", n.path)
	}
}

// words reads a text; null stands for none.
func (r *policyReader) words(n *node) string {
	s, ok := n.value.(string)
	if !ok && n.value != nil {
		r.about(badEntry, n, "is not a text and is left out")
	}
	return s
}

func (r *policyReader) truth(n *node) bool {
	b, ok := n.value.(bool)
	if !ok {
		r.about(badEntry, n, "is neither true nor false, and is read as false")
	}
	return b
}

// number reads a number, also one that is written as a text or as true or false, which Open edX takes in some places and fails on in others.
func (r *policyReader) number(n *node) float64 {
	f, plain, ok := numberOf(n.value)
	switch {
	case !ok:
		r.about(badEntry, n, "is not a number and is read as 0")
	case !plain:
		r.about(spelling, n, "is %s and not a plain number; it is read as %v", short(n.source), f)
	}
	return f
}

func numberOf(value any) (f float64, plain, ok bool) {
	switch v := value.(type) {
	case json.Number:
		f, err := v.Float64()
		if err != nil { // larger than any double
			return 0, true, false
		}
		return f, true, true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil || !finite(f) {
			return 0, false, false
		}
		return f, false, true
	case bool:
		if v {
			return 1, false, true
		}
		return 0, false, true
	default:
		return 0, false, false
	}
}

// count reads a whole number from 0 to MaxCount. What stands behind the point is cut off, as Open edX does with min_count.
func (r *policyReader) count(n *node) int {
	f := r.number(n)
	switch {
	case f < 0:
		r.about(badEntry, n, "is %s and is read as 0", short(n.source))
		return 0
	case f > MaxCount:
		r.about(badEntry, n, "is %s and is read as %d, the most there can be", short(n.source), MaxCount)
		return MaxCount
	case f != math.Trunc(f):
		r.about(spelling, n, "is %s and is read as %d", short(n.source), int(f))
	}
	return int(f)
}

func (r *policyReader) lateFactor(n *node) *float64 {
	if n.value == nil {
		return nil
	}
	f := r.number(n)
	if f < 0 || f > 1 {
		r.about(badEntry, n, "is %s, not a number from 0 to 1, and is left out", short(n.source))
		return nil
	}
	return &f
}

func (r *policyReader) cutoffs(n *node) (list []Cutoff, ok bool) {
	if !n.is('{') {
		r.about(malformed, n, "is not an object; the default cutoff is used")
		return nil, false
	}
	var read []placedCutoff
	for _, m := range r.members(n) {
		if least, ok := r.cutoff(&m.node); ok {
			list = append(list, Cutoff{m.name, least})
			read = append(read, placedCutoff{Cutoff{m.name, least}, m.node})
		}
	}
	if !slices.ContainsFunc(list, func(c Cutoff) bool { return c.Least > 0 }) {
		r.about(oddCutoffs, n, "has no cutoff above 0, so nobody can pass")
	}
	r.order(read)
	return list, true
}

// placedCutoff is a cutoff and where it stands.
type placedCutoff struct {
	Cutoff
	node node
}

// cutoff reads one cutoff. A number out of range is used all the same, as in Open edX: above 1 few can reach it, below 0 everybody does.
func (r *policyReader) cutoff(n *node) (least float64, ok bool) {
	least, plain, ok := numberOf(n.value)
	switch {
	case !ok:
		r.about(badCutoffs, n, "is not a number and is left out")
	case least < 0 || least > 1:
		r.about(badCutoffs, n, "is %s, not a number from 0 to 1", short(n.source))
	case !plain:
		r.about(spelling, n, "is %s and not a plain number; it is read as %v", short(n.source), least)
	}
	return least, ok
}

// order looks for cutoffs that are the same, and for letters of which the better needs less. Of longer names none can be told to be the better.
func (r *policyReader) order(list []placedCutoff) {
	if !slices.ContainsFunc(list, func(c placedCutoff) bool { return len(c.Letter) != 1 }) {
		slices.SortStableFunc(list, func(a, b placedCutoff) int { return strings.Compare(a.Letter, b.Letter) })
		for i := 1; i < len(list); i++ {
			if better, c := list[i-1], &list[i]; better.Least < c.Least {
				r.about(oddCutoffs, &c.node, "is %v, and that of %q is %v", c.Least, better.Letter, better.Least)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b placedCutoff) int { return a.node.at - b.node.at })
	first := make(map[float64]string)
	for i := range list {
		c := &list[i]
		if letter, again := first[c.Least]; again {
			r.about(oddCutoffs, &c.node, "is %v, and so is that of %q, which is the one given", c.Least, letter)
		} else {
			first[c.Least] = c.Letter
		}
	}
}

// short keeps a long spelling out of a message.
func short(source string) string {
	if len(source) <= 40 {
		return source
	}
	return strings.ToValidUTF8(source[:40], "") + "…"
}

func indexText(i int) string { return "[" + strconv.Itoa(i) + "]" }

func joinPath(path, name string) string {
	if path == "" {
		return short(name)
	}
	return path + "." + short(name)
}
