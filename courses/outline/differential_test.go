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
		f.Schedule.Created = f.Schedule.Anchor.AddDate(0, 0, -rapid.SampledFrom([]int{0, 1, 40, 40}).Draw(t, "before"))
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

// turns are the dates of a course for a learner, and the instants next to them.
func turns(c *Course, f *Facts) (list []time.Time) {
	for _, d := range c.Plan.Resolve(&f.Schedule, nil) {
		for _, date := range []schedule.Instant{d.Start, d.Due, schedule.At(c.Dates.End)} {
			if date != never {
				list = append(list, (date - tick).Time(), date.Time(), (date + tick).Time())
			}
		}
	}
	return append(list, day(0))
}

// compare evaluates a course for random learners at some random instants, in both ways.
func compare(t *rapid.T, tr tree, most int) {
	pace(t, &tr)
	tr.settings.prerequisites = rapid.SampledFrom([]string{"", `["course-v1:Org+A+R"]`, `["course-v1:Org+A+R", "course-v1:Org+B+R"]`}).Draw(t, "courses")
	o, plain := build(theCourse, tr), plainOfTree(tr)
	c := Compile(o, relativeDates, Standard())
	f, options := drawLearner(t, o), randomOptions.Draw(t, "options")
	all := rapid.OneOf(rapid.SampledFrom(instants()), rapid.SampledFrom(turns(c, f)))
	for _, when := range rapid.SliceOfN(all, most, most).Draw(t, "instants") {
		for _, f := range []*Facts{f, eased(f)} {
			if text := plain.at(f, when, options).differs(c.Evaluate(f, when, options)); text != "" {
				t.Fatalf("at %s %s", when, text)
			}
		}
	}
}

// eased is the learner without what closes or removes the course as a whole, behind which other rules cannot be seen.
func eased(f *Facts) *Facts {
	e := *f
	e.Enrolled, e.Embargoed, e.AccessEnds, e.SkipsExam, e.Learner = true, false, time.Time{}, true, "" // nobody knows what an unknown one has passed
	if len(e.Schedule.Overrides) > few {
		e.Schedule.Overrides = e.Schedule.Overrides[:2]
	}
	return &e
}

func TestTheEngineFollowsThePlainRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { compare(t, randomTree.Draw(t, "course"), 20) })
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
