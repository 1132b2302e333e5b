package courses

import (
	"time"

	"lectern/courses/grading"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Part is a section, subsection or unit of a course, with what a learner has reached there.
type Part struct {
	Block key.BlockID
	Title string
	Depth int // 1 for a section
	// Excluded: it is not in this learner's course, but for staff or another group.
	Excluded bool
	Opens    time.Time // zero if it is open
	Progress grading.Progress
	Grade    *grading.SubsectionGrade // nil if it is no subsection, or has nothing to score
	Exam     *outline.ExamView        // nil if it is no exam
}

// Parts lists the sections, subsections and units of the course, each with those below it.
func (r *Report) Parts() (list []Part) {
	grades := make(map[key.BlockID]*grading.SubsectionGrade, len(r.Grade.Subsections))
	for i := range r.Grade.Subsections {
		if s := &r.Grade.Subsections[i]; s.AllPoints().Possible > 0 || s.Override != nil {
			grades[s.Key] = s
		}
	}
	blocks := r.Course.Content.Blocks
	depth := make([]int, len(blocks))
	for i := 1; i < len(blocks); i++ {
		b := &blocks[i]
		if depth[i] = depth[b.Parent] + 1; depth[i] > 3 || !field.Container(b.ID.Type) {
			continue
		}
		p := Part{Block: b.ID, Title: b.Title, Depth: depth[i], Excluded: !r.tree.visible[i], Progress: r.Progress.Of(b.ID), Grade: grades[b.ID]}
		if place, ok := r.Course.Outline.Find(b.ID); ok {
			if d := r.Course.Outline.Plan.One(&r.dates, place); !d.Opened(schedule.At(r.at)) {
				p.Opens = d.EffectiveStart.Time()
			}
			p.Exam = r.exams[place]
		}
		list = append(list, p)
	}
	return list
}

// Subsections are the grades of the subsections that a block is in: of one, as a rule.
func (r *Report) Subsections(id key.BlockID) (list []*grading.SubsectionGrade) {
	for _, at := range r.Course.within[id] {
		for i := range r.Grade.Subsections {
			if s := &r.Grade.Subsections[i]; s.Key == r.Course.Subsections[at].Key {
				list = append(list, s)
			}
		}
	}
	return list
}
