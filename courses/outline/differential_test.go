package outline

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// relativeDates are the policy of the plain rules: they know no other length of a course than the one that holds where nobody says one.
var relativeDates = Policy{Relative: true, CustomWeeks: true}

// drawLearner adds to random facts what the dates of a course may depend on.
func drawLearner(t *rapid.T, o *Outline) *Facts {
	f := drawFacts(t, o)
	if rapid.Bool().Draw(t, "begun") {
		f.Schedule.Anchor = days.Draw(t, "begun")
		f.Schedule.Created = f.Schedule.Anchor.AddDate(0, 0, -rapid.IntRange(0, 3).Draw(t, "before"))
	}
	f.Passed = map[key.Course]bool{}
	for _, c := range o.Courses {
		f.Passed[c] = rapid.Bool().Draw(t, "passed")
	}
	for _, p := range o.Partitions.All() {
		if _, drawn := f.Groups[p.ID]; !drawn && p.ID > 1000 && len(p.Groups) > 0 {
			f.Groups[p.ID] = partition.Membership{In: true, Group: rapid.SampledFrom(p.Groups).Draw(t, "group of the course").ID}
		}
	}
	longer := func(most int, label string) (list []schedule.Override) {
		for range rapid.IntRange(0, most).Draw(t, label) {
			block := o.Nodes[rapid.IntRange(0, len(o.Nodes)-1).Draw(t, "block")].ID
			by := time.Duration(rapid.IntRange(0, 5).Draw(t, "by")) * 24 * time.Hour
			list = append(list, schedule.Override{Block: block, By: by, Start: chance(t, 4, "of the start"), ExceedsEnd: rapid.Bool().Draw(t, "beyond the end")})
		}
		return list
	}
	f.Schedule.Overrides = append(f.Schedule.Overrides, longer(2, "more time")...)
	f.Schedule.Groups = longer(2, "more time for a group")
	return f
}

// pace makes more courses self-paced, some blocks ones that give points, and some subsections due after weeks of their own.
func pace(t *rapid.T, tr *tree) {
	tr.settings.selfPaced = tr.settings.selfPaced || chance(t, 3, "self-paced")
	for i := range tr.blocks {
		switch d := &tr.blocks[i].dates; tr.blocks[i].id.Type {
		case "html":
			d.Graded = d.Graded || chance(t, 2, "graded too")
			d.Work = d.Graded && rapid.Bool().Draw(t, "points")
		case "sequential":
			d.Graded, d.Weeks = d.Graded || chance(t, 2, "graded too"), max(rapid.IntRange(-4, 4).Draw(t, "weeks"), 0)
		}
	}
}

// compare evaluates a course for random learners at some random instants, in both ways.
func compare(t *rapid.T, tr tree, most int) {
	pace(t, &tr)
	tr.settings.prerequisites = rapid.SampledFrom([]string{"", `["course-v1:Org+A+R"]`, `["course-v1:Org+A+R", "course-v1:Org+B+R"]`}).Draw(t, "courses")
	o, plain := build(theCourse, tr), plainOfTree(tr)
	c := Compile(o, relativeDates, Standard())
	f, options := drawLearner(t, o), randomOptions.Draw(t, "options")
	for _, when := range rapid.SliceOfN(rapid.SampledFrom(instants()), 1, most).Draw(t, "instants") {
		if text := plain.at(f, when, options).differs(c.Evaluate(f, when, options)); text != "" {
			t.Fatalf("at %s %s", when, text)
		}
	}
}

func TestTheEngineFollowsThePlainRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { compare(t, randomTree.Draw(t, "course"), 12) })
}

func TestTheEngineFollowsThePlainRulesInOddCourses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := oddTree.Draw(t, "course")
		for i := range tr.blocks {
			tr.blocks[i].gate = gateText{} // those that lead nowhere have tests of their own
		}
		tr.settings.userPartitions = rapid.SampledFrom([]string{somePartitions, "", "[]"}).Draw(t, "partitions")
		compare(t, tr, 12)
	})
}
