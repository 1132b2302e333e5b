package outline

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// large is a course of 20 sections with so many sequences each, and four blocks in each sequence: with groups, gates, starts and due dates.
func large(sequences int) *Course {
	var root []any
	for i := range 20 {
		section := b(fmt.Sprint("chapter/", i), opens("01-01 00:00"))
		section.dates.Start = schedule.On(day(i))
		for j := range sequences {
			n := i*sequences + j
			s := b(fmt.Sprint("sequential/", n), hideAfter, graded)
			s.dates.Due = schedule.On(day(i + j%7))
			if n%3 == 0 {
				s.dates.Start = schedule.On(day(i + j%5))
			}
			if n%20 == 19 {
				after(fmt.Sprint("sequential/", n-1), "50", "0")(&s.block)
			}
			for k := range 2 {
				u := b(fmt.Sprint("vertical/", n, "-", k), b(fmt.Sprint("problem/", n, "-", k)))
				if n%5 == 0 {
					setAccess(&u.block, fmt.Sprintf(`{"%d":[%d]}`, 100+100*(n%3), 1+k))
				}
				s.in = append(s.in, u)
			}
			section.in = append(section.in, s)
		}
		root = append(root, section)
	}
	return Compile(build(theCourse, courseOf(nil, root...)), Policy{}, Standard())
}

// manyLearners are so many learners: a third of them beta testers or with extensions, in all groups.
func manyLearners(c *Course, n int) []*Facts {
	list := make([]*Facts, n)
	for i := range list {
		f := &Facts{Learner: fmt.Sprint(i), Enrolled: true, Groups: partition.Memberships{}, Progress: map[key.BlockID]Progress{}}
		for _, p := range []int64{100, 200, 300} {
			f.Groups[p] = partition.Membership{In: true, Group: int64(1 + i%2)}
		}
		for k, id := range c.Awaited() {
			if (k+i)%2 == 0 {
				f.Progress[id] = Progress{Earned: float64(i % 10), Possible: 10}
			}
		}
		f.Schedule.Beta = i%10 == 0
		for k := range i % 3 {
			f.Schedule.Overrides = append(f.Schedule.Overrides, schedule.Override{Block: id(fmt.Sprint("sequential/", i%100+k)), By: 24 * time.Hour})
		}
		list[i] = f
	}
	return list
}

func BenchmarkEvaluate(b *testing.B) {
	c := large(50)
	learners := manyLearners(c, 1000)
	b.Run(fmt.Sprint(len(c.Nodes), " blocks"), func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c.Evaluate(learners[i%len(learners)], day(10), Options{})
		}
	})
}

func BenchmarkEvaluateAll(b *testing.B) {
	c := large(50)
	learners := manyLearners(c, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range c.EvaluateAll(slices.Values(learners), day(10), Options{}) {
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/learner")
}

func BenchmarkCompile(b *testing.B) {
	o := large(50).Outline
	for b.Loop() {
		Compile(o, Policy{}, Standard())
	}
}

func BenchmarkReasons(b *testing.B) {
	c := large(50)
	v := c.Evaluate(manyLearners(c, 1)[0], day(10), Options{})
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range c.Sequences {
			v.Reasons(s)
		}
	}
}
