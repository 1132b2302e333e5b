package schedule_test

import (
	"strconv"
	"testing"
	"time"

	"lectern/courses/schedule"
)

// large is a course of 1,000 subsections in 100 sections, with eight blocks in each subsection.
func large(selfPaced bool) schedule.Course {
	c := schedule.Course{SelfPaced: selfPaced, Relative: selfPaced, Weeks: 10, Blocks: []schedule.Block{{ID: root, Parent: -1, Start: schedule.On(z("01-01 00:00"))}}}
	add := func(blockType string, parent int, change func(*schedule.Block)) int {
		b := schedule.Block{ID: id(blockType, strconv.Itoa(len(c.Blocks))), Parent: parent, Graded: true}
		change(&b)
		c.Blocks = append(c.Blocks, b)
		return len(c.Blocks) - 1
	}
	for s := range 100 {
		section := add("chapter", 0, func(b *schedule.Block) { b.Start = schedule.On(z("01-01 00:00").AddDate(0, 0, s)) })
		for i := range 10 {
			sub := add("sequential", section, func(b *schedule.Block) { b.Due = schedule.On(z("02-01 00:00").AddDate(0, 0, s+i)) })
			for range 2 {
				unit := add("vertical", sub, func(*schedule.Block) {})
				for range 3 {
					add("problem", unit, func(b *schedule.Block) { b.Work = true })
				}
			}
		}
	}
	return c
}

func BenchmarkResolve(b *testing.B) {
	instructor, self := compile(large(false)), compile(large(true))
	extended := with(anna(), schedule.Override{Block: self.Block(2).ID, By: time.Hour}, schedule.Override{Block: self.Block(5000).ID, By: time.Hour})
	for _, c := range []struct {
		name    string
		plan    *schedule.Plan
		learner schedule.Learner
	}{
		{"outline", instructor.To(2), anna()},
		{"outline, self-paced", self.To(2), anna()},
		{"outline, with extensions", self.To(2), extended},
		{"all blocks", instructor, extended},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var dates []schedule.Dates
			for b.Loop() {
				dates = c.plan.Resolve(&c.learner, dates)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.plan.Len()), "ns/block")
		})
	}
	b.Run("one block", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			self.One(&extended, 5001)
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	c := large(true)
	for b.Loop() {
		compile(c)
	}
}
