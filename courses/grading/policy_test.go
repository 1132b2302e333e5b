package grading_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/grading"
)

// oneType is a policy with these members in its only entry.
func oneType(members string) string {
	return `{"GRADER": [{"type": "HW", ` + members + `}], "GRADE_CUTOFFS": {"Pass": 0.5}}`
}

func TestASoundPolicyHasNoProblems(t *testing.T) {
	got, problems := grading.ParsePolicy([]byte(`{
		"GRADER": [
			{"type": "Homework", "short_label": "HW", "min_count": 12, "drop_count": 2, "weight": 0.6, "id": 0},
			{"type": "Final Exam", "short_label": null, "min_count": 1, "drop_count": 0, "weight": 0.4, "late_factor": 0.5,
			 "category": "Exams", "section_type": "Exam", "show_only_average": true, "hide_average": false, "starting_index": 3}
		],
		"GRADE_CUTOFFS": {"A": 0.9, "B": 0.8, "C": 0.7}, "ROUNDING": "half_up"}`))
	want := &grading.Policy{
		Types: []grading.AssignmentType{
			{Name: "Homework", ShortLabel: "HW", MinCount: 12, DropCount: 2, Weight: 0.6},
			{Name: "Final Exam", MinCount: 1, Weight: 0.4, LateFactor: new(0.5), Category: "Exams", ShowOnlyAverage: true, StartingIndex: new(3)},
		},
		Cutoffs:  []grading.Cutoff{{Letter: "A", Least: 0.9}, {Letter: "B", Least: 0.8}, {Letter: "C", Least: 0.7}},
		Rounding: grading.HalfUpRounding,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read wrongly (-want +got):\n%s", diff)
	}
	if len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
}

func TestProblemsOfAPolicy(t *testing.T) {
	const sound = `"min_count": 2, "drop_count": 1, "weight": 1`
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"weights below 1",
			oneType(`"min_count": 1, "drop_count": 0, "weight": 0.9`), []string{`1:71: warning grading.weights: GRADER[0].weight ends weights that add up to 0.9 and not to 1`}},
		{"weights that miss 1 by a rounding of thirds are meant", `{"GRADER": [
			{"type": "A", "min_count": 1, "drop_count": 0, "weight": 0.3333}, {"type": "B", "min_count": 1, "drop_count": 0, "weight": 0.6666}]}`, nil},
		{"a type twice", `{"GRADER": [{"type": "A", "min_count": 1, "drop_count": 0, "weight": 0.5},
 {"type": "A", "min_count": 1, "drop_count": 0, "weight": 0.5}]}`, []string{
			`2:2: warning grading.duplicate_type: GRADER[1] has the type "A", as GRADER[0] has`}},
		{"counts below 0", oneType(`"min_count": -1, "drop_count": -2, "weight": 1`), []string{
			`1:41: error grading.entry: GRADER[0].min_count is -1 and is read as 0`, `1:59: error grading.entry: GRADER[0].drop_count is -2 and is read as 0`}},
		{"as many dropped as counted on", oneType(`"min_count": 2, "drop_count": 2, "weight": 1`), []string{
			`1:13: error grading.drop_count: GRADER[0] ("HW") drops 2 and counts on 2: while no more are there, the type gives no points`}},
		{"nothing dropped of nothing counted on is fine", oneType(`"min_count": 0, "drop_count": 0, "weight": 1`), nil},
		{"a count as text, as Open edX accepts it", oneType(`"min_count": " 3.0 ", "drop_count": 1, "weight": 1`), []string{
			`1:41: warning grading.spelling: GRADER[0].min_count is " 3.0 " and not a plain number; it is read as 3`}},
		{"a count that is not whole", oneType(`"min_count": 2.9, "drop_count": 1, "weight": 1`), []string{
			`1:41: warning grading.spelling: GRADER[0].min_count is 2.9 and is read as 2`}},
		{"a whole number with a point is whole", oneType(`"min_count": 2.0, "drop_count": 1e0, "weight": 1`), nil},
		{"a truth for a number", oneType(`"min_count": 2, "drop_count": 1, "weight": true`), []string{
			`1:71: warning grading.spelling: GRADER[0].weight is true and not a plain number; it is read as 1`}},
		{"a count nobody can mean", oneType(`"min_count": 1e9, "drop_count": 1, "weight": 1`), []string{
			`1:41: error grading.entry: GRADER[0].min_count is 1e9 and is read as 1000, the most there can be`}},
		{"a number that no double holds", oneType(`"min_count": 2, "drop_count": 1, "weight": 1e999`), []string{
			`1:71: error grading.entry: GRADER[0].weight is not a number and is read as 0`,
			`1:71: warning grading.weights: GRADER[0].weight ends weights that add up to 0 and not to 1`}},
		{"words for a number", oneType(`"min_count": "two", "drop_count": null, "weight": "NaN"`), []string{
			`1:41: error grading.entry: GRADER[0].min_count is not a number and is read as 0`,
			`1:62: error grading.entry: GRADER[0].drop_count is not a number and is read as 0`,
			`1:78: error grading.entry: GRADER[0].weight is not a number and is read as 0`,
			`1:78: warning grading.weights: GRADER[0].weight ends weights that add up to 0 and not to 1`}},
		{"a weight below 0", `{"GRADER": [{"type": "A", "min_count": 1, "drop_count": 0, "weight": 1.5},
 {"type": "B", "min_count": 1, "drop_count": 0, "weight": -0.5}]}`, []string{`2:59: error grading.entry: GRADER[1].weight is -0.5, which takes points away`}},
		{"nothing but a type", `{"GRADER": [{"type": "A"}]}`, []string{
			`1:12: warning grading.weights: GRADER has weights that add up to 0 and not to 1`,
			`1:13: error grading.entry: GRADER[0] ("A") has no weight, which is read as 0`,
			`1:13: error grading.entry: GRADER[0] ("A") has no min_count, which is read as 0`,
			`1:13: error grading.entry: GRADER[0] ("A") has no drop_count, which is read as 0`}},
		{"entries that are of no use", `{"GRADER": [3, {"weight": 1}, {"type": 5}]}`, []string{
			`1:13: error grading.entry: GRADER[0] is not an object and is left out`,
			`1:16: error grading.entry: GRADER[1] has no type and is left out`,
			`1:31: error grading.entry: GRADER[2] has no type and is left out`,
			`1:40: error grading.entry: GRADER[2].type is not a text and is left out`}},
		{"settings nobody knows", oneType(sound + `, "colour": {"a": [1]}, "name": "x"`), []string{
			`1:74: info grading.unknown_member: GRADER[0].colour is no setting of an assignment type`,
			`1:96: info grading.unknown_member: GRADER[0].name is no setting of an assignment type`}},
		{"members nobody knows",
			`{"GRADE_CUTOFFS": {"Pass": 0.5}, "grader": []}`, []string{`1:34: info grading.unknown_member: grader is no part of a grading policy`}},
		{"a member twice", oneType(sound + `, "weight": 1`), []string{`1:74: warning grading.member_twice: GRADER[0].weight is there twice`}},
		{"truths that are none", oneType(sound + `, "hide_average": "yes"`), []string{
			`1:90: error grading.entry: GRADER[0].hide_average is neither true nor false, and is read as false`}},
		{"a late factor out of range", oneType(sound + `, "late_factor": 2`), []string{
			`1:89: error grading.entry: GRADER[0].late_factor is 2, not a number from 0 to 1, and is left out`}},
		{"a rounding nobody knows", `{"ROUNDING": "up"}`, []string{
			`1:14: error grading.entry: ROUNDING is neither "legacy_round_005" nor "half_up"; the first is used`}},

		{"cutoffs in percent", `{"GRADE_CUTOFFS": {"Pass": 50}}`, []string{`1:28: error grading.cutoffs: GRADE_CUTOFFS.Pass is 50, not a number from 0 to 1`}},
		{"a cutoff below 0",
			`{"GRADE_CUTOFFS": {"Pass": 0.5, "Fail": -1}}`, []string{`1:41: error grading.cutoffs: GRADE_CUTOFFS.Fail is -1, not a number from 0 to 1`}},
		{"a better letter for less", `{"GRADE_CUTOFFS": {"C": 0.7, "A": 0.9, "B": 0.6}}`, []string{
			`1:25: warning grading.cutoffs: GRADE_CUTOFFS.C is 0.7, and that of "B" is 0.6`}},
		{"names tell no order", `{"GRADE_CUTOFFS": {"Pass": 0.5, "Distinction": 0.8}}`, nil},
		{"two cutoffs alike", `{"GRADE_CUTOFFS": {"Pass": 0.5, "Merit": 0.5}}`, []string{
			`1:42: warning grading.cutoffs: GRADE_CUTOFFS.Merit is 0.5, and so is that of "Pass", which is the one given`}},
		{"no cutoffs", `{"GRADE_CUTOFFS": {}}`, []string{`1:19: warning grading.cutoffs: GRADE_CUTOFFS has no cutoff above 0, so nobody can pass`}},
		{"a cutoff of 0 alone", `{"GRADE_CUTOFFS": {"F": 0}}`, []string{`1:19: warning grading.cutoffs: GRADE_CUTOFFS has no cutoff above 0, so nobody can pass`}},
		{"a cutoff as text", `{"GRADE_CUTOFFS": {"Pass": "0.5"}}`, []string{
			`1:28: warning grading.spelling: GRADE_CUTOFFS.Pass is "0.5" and not a plain number; it is read as 0.5`}},
		{"a cutoff that is no number",
			`{"GRADE_CUTOFFS": {"Pass": 0.5, "A": []}}`, []string{`1:38: error grading.cutoffs: GRADE_CUTOFFS.A is not a number and is left out`}},

		{"lists for objects and objects for lists", "{\"GRADER\": {},\n\"GRADE_CUTOFFS\": []}", []string{
			`1:12: error grading.malformed: GRADER is not a list; the default assignment types are used`,
			`2:18: error grading.malformed: GRADE_CUTOFFS is not an object; the default cutoff is used`}},
		{"a list for the whole", ` []`, []string{`1:2: error grading.malformed: the value is not an object`}},
		{"nothing", ``, []string{`1:1: error grading.malformed: this is not JSON: unexpected end of JSON input`}},
		{"no JSON",
			"{\"GRADER\": [\n  {\"é\": ]}", []string{`2:9: error grading.malformed: this is not JSON: invalid character ']' looking for beginning of value`}},
		{"text after the end", `{} {}`, []string{`1:4: error grading.malformed: this is not JSON: invalid character '{' after top-level value`}},
		{"not a number of JSON, which Python would read", `{"GRADE_CUTOFFS": {"Pass": NaN}}`, []string{
			`1:28: error grading.malformed: this is not JSON: invalid character 'N' looking for beginning of value`}},
		{"not UTF-8", "{\"\xff\": 1}", []string{`1:1: error grading.malformed: this is not UTF-8`}},
		{"a byte order mark", "\xef\xbb\xbf{}", []string{`1:1: warning grading.bom: the file begins with a byte order mark, which Open edX cannot read`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy, problems := grading.ParsePolicy([]byte(c.text))
			var got []string
			for _, p := range problems {
				got = append(got, p.String())
				if p.Fix == "" {
					t.Errorf("%v has no advice", p)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if policy == nil {
				t.Fatal("there is no policy")
			}
		})
	}
}

func TestWhatIsNotGivenIsTheDefault(t *testing.T) {
	standard := grading.DefaultPolicy()
	for _, c := range []struct {
		name, text     string
		types, cutoffs bool // are the default
	}{
		{"nothing given", `{}`, true, true},
		{"cutoffs alone", `{"GRADE_CUTOFFS": {"A": 1}}`, true, false},
		{"types alone", `{"GRADER": []}`, false, true},
		{"broken", `{`, true, true},
		{"types of the wrong kind", `{"GRADER": null, "GRADE_CUTOFFS": {}}`, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy, _ := grading.ParsePolicy([]byte(c.text))
			if got := cmp.Equal(policy.Types, standard.Types); got != c.types {
				t.Errorf("default types: %t, want %t", got, c.types)
			}
			if got := cmp.Equal(policy.Cutoffs, standard.Cutoffs); got != c.cutoffs {
				t.Errorf("default cutoffs: %t, want %t", got, c.cutoffs)
			}
		})
	}
}

func TestOutcomes(t *testing.T) {
	letters := []grading.Cutoff{{Letter: "B", Least: 0.8}, {Letter: "A", Least: 0.9}, {Letter: "F", Least: 0}}
	for _, c := range []struct {
		name    string
		cutoffs []grading.Cutoff
		total   float64
		want    grading.Outcome
	}{
		{"the highest cutoff that is reached gives the letter", letters, 0.95, grading.Outcome{Percent: 0.95, Letter: "A", Passed: true}},
		{"a cutoff is reached by being met", letters, 0.8, grading.Outcome{Percent: 0.8, Letter: "B", Passed: true}},
		{"what is met is the rounded percent", letters, 0.7945001, grading.Outcome{Percent: 0.8, Letter: "B", Passed: true}},
		{"a cutoff of 0 gives a letter and passes nobody", letters, 0.5, grading.Outcome{Percent: 0.5, Letter: "F"}},
		{"below all cutoffs there is no letter", letters[:2], 0.5, grading.Outcome{Percent: 0.5}},
		{"without cutoffs nobody passes", nil, 1, grading.Outcome{Percent: 1}},
		{"with cutoffs of 0 alone nobody passes", letters[2:], 1, grading.Outcome{Percent: 1, Letter: "F"}},
		{"of equal cutoffs the first of the file is given",
			[]grading.Cutoff{{"Pass", 0.5}, {"Merit", 0.5}}, 0.6, grading.Outcome{Percent: 0.6, Letter: "Pass", Passed: true}},
		{"a total that is no number is nothing", letters, math.NaN(), grading.Outcome{Letter: "F"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy := &grading.Policy{Cutoffs: c.cutoffs}
			if got := policy.Outcome(c.total); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestTheHashOfAPolicyNamesWhatChangesGrades(t *testing.T) {
	hash := func(change func(*grading.Policy)) string {
		p := grading.DefaultPolicy()
		change(p)
		return p.Hash()
	}
	same := hash(func(*grading.Policy) {})
	for _, c := range []struct {
		name   string
		change func(*grading.Policy)
		equal  bool
	}{
		{"labels change no number", func(p *grading.Policy) { p.Types[0].ShortLabel, p.Types[0].HideAverage = "H", true }, true},
		{"the rounding that holds anyway", func(p *grading.Policy) { p.Rounding = grading.LegacyRounding }, true},
		{"another rounding", func(p *grading.Policy) { p.Rounding = grading.HalfUpRounding }, false},
		{"a weight", func(p *grading.Policy) { p.Types[0].Weight = 0.2 }, false},
		{"a count", func(p *grading.Policy) { p.Types[0].MinCount++ }, false},
		{"a drop", func(p *grading.Policy) { p.Types[0].DropCount++ }, false},
		{"a name", func(p *grading.Policy) { p.Types[0].Name = "homework" }, false},
		{"late work", func(p *grading.Policy) { p.Types[0].LateFactor = new(1.0) }, false},
		{"a cutoff", func(p *grading.Policy) { p.Cutoffs[0].Least = 0.6 }, false},
		{"a letter", func(p *grading.Policy) { p.Cutoffs[0].Letter = "P" }, false},
		{"one type less", func(p *grading.Policy) { p.Types = p.Types[1:] }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if equal := hash(c.change) == same; equal != c.equal {
				t.Errorf("the hash is the same: %t, want %t", equal, c.equal)
			}
		})
	}
}

// FuzzParsePolicy reads any text as a policy: reading must not panic, must give a policy that grades to a number, and must put each problem inside the text.
func FuzzParsePolicy(f *testing.F) {
	for _, text := range []string{
		``, `{}`, `{"GRADER": [], "GRADE_CUTOFFS": {}}`, oneType(`"min_count": "2", "drop_count": 9, "weight": 1e308`), oneType(`"weight": -1e308, "late_factor": 0`),
		`{"GRADER": [{"type": "HW", "min_count": 3, "drop_count": 1, "weight": 0.5, "short_label": "H", "starting_index": 0}, {"type": "HW", "weight": "1"}]}`,
		`{"GRADE_CUTOFFS": {"A": 0.9, "B": 0.9, "A": "x", "": null}}`, "\xef\xbb\xbf{\n\"é\": [[{\"a\": 1e999}]]}", `{"ROUNDING": "half_up", "ROUNDING": 3}`,
		strings.Repeat("[", 20000), "{\"\\ud800\": 1}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		policy, problems := grading.ParsePolicy([]byte(text))
		lines := strings.Count(text, "\n") + 1
		for i, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Rule == "" || p.Message == "" || p.Fix == "" {
				t.Errorf("%q has the problem %+v", text, p)
			}
			if i > 0 && (p.Line < problems[i-1].Line || p.Line == problems[i-1].Line && p.Column < problems[i-1].Column) {
				t.Errorf("%q has %v before %v", text, problems[i-1], p)
			}
		}
		g := policy.Grade(noVersions, append(gradedAll("HW", 0.5, 1, 0), gradedAll("", 1)...))
		if math.IsNaN(g.Percent) || math.IsInf(g.Percent, 0) {
			t.Errorf("%q grades to %v", text, g.Percent)
		}
		if again, _ := grading.ParsePolicy([]byte(text)); again.Hash() != policy.Hash() {
			t.Errorf("%q has two hashes", text)
		}
		for i := range g.Types {
			for _, row := range g.Types[i].Rows() {
				_ = fmt.Sprint(row)
			}
		}
	})
}
