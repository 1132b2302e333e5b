package courses

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Gradebook makes and reads grades: of the courses in a store, for the learners in a database. It is safe for concurrent use.
type Gradebook struct {
	Courses  *modulestore.Store
	Learners *learner.DB

	finders   finders
	cache     cache
	histories histories
}

// NewGradebook makes a gradebook. It holds nothing that has to be closed.
func NewGradebook(store *modulestore.Store, learners *learner.DB) *Gradebook {
	return &Gradebook{Courses: store, Learners: learners}
}

// ErrLibrary is the cause when a library is asked for what courses alone have: learners get its blocks in the courses that take them.
var ErrLibrary = errors.New("a library has no outline, dates, grades or learners")

func hasLearners(course key.Course) error {
	if course.Library {
		return fmt.Errorf("%s: %w", course, ErrLibrary)
	}
	return nil
}

// Course gives the course as it is published now.
func (g *Gradebook) Course(ctx context.Context, course key.Course) (*Course, error) {
	head, err := g.Courses.Head(ctx, course)
	if err != nil {
		return nil, err
	}
	return g.CourseAt(ctx, head)
}

// CourseAt gives the course as it was published in a version.
func (g *Gradebook) CourseAt(ctx context.Context, v modulestore.Version) (*Course, error) {
	if err := hasLearners(v.Course); err != nil {
		return nil, err
	}
	snapshot, err := g.Courses.Snapshot(ctx, v, modulestore.Published)
	if err != nil {
		return nil, err
	}
	return g.cache.get(v.Course, snapshot.Root(), func() (*Course, error) { return Compile(ctx, snapshot) })
}

// projectBatch is the number of learners that are graded in one transaction.
const projectBatch = 50

// Project makes all grades of a course that are due, and gives the learners whose grade of the course was made anew with what it was before. Who tells
// learners that they pass or fail looks for a difference (Change). What they have opened by what they did stays open from then on. It ends when nothing is
// due. It may be called at any time, also by several programs at once.
func (g *Gradebook) Project(ctx context.Context, course key.Course) (graded []learner.Graded, err error) {
	c, err := g.Course(ctx, course)
	if err != nil {
		return nil, err
	}
	if c.PolicyText != nil {
		if err := g.Learners.KeepPolicy(ctx, c.policy, c.PolicyText); err != nil {
			return nil, err
		}
	}
	grader := learner.Grader{
		Limit: projectBatch, Attempts: needsAttempts(c.Policy),
		Before: func(ctx context.Context, users []learner.ID) error { return g.openGates(ctx, c, users) },
		Grade:  func(f *learner.GradeFacts) learner.GradeResult { return c.Grade(f, g.Learners.Now()).Store },
	}
	for {
		n, some, err := g.Learners.GradeDue(ctx, course, grader)
		if err != nil || n == 0 {
			return graded, err
		}
		graded = append(graded, some...)
	}
}

// ProjectAll makes all grades of all courses that are due. A course that cannot be read does not stop the others.
func (g *Gradebook) ProjectAll(ctx context.Context) (map[key.Course][]learner.Graded, error) {
	list, err := g.Learners.DueCourses(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[key.Course][]learner.Graded)
	for _, course := range list {
		graded, courseErr := g.Project(ctx, course)
		all[course] = graded
		if courseErr != nil {
			err = errors.Join(err, fmt.Errorf("grade the learners of %s: %w", course, courseErr))
		}
	}
	return all, err
}

// Change gives what a new grade changed.
func Change(g learner.Graded) grading.Change {
	return grading.Change{Learner: g.Learner.String(), Before: g.Before.Outcome, After: g.After.Outcome}
}

// Report is what a learner has reached in a course.
type Report struct {
	Result
	Course  *Course
	Learner *learner.Page
	// Pending reports whether something had not been graded yet: it was, for this report alone.
	Pending bool
	// Resume is where the learner goes on.
	Resume grading.Place

	tree  *tree
	dates schedule.Learner
	exams map[int]*outline.ExamView // by their places in the outline
	at    time.Time
}

// Report reads what a learner has reached. What is due is computed, and not stored.
func (g *Gradebook) Report(ctx context.Context, user learner.ID, course key.Course) (*Report, error) {
	c, err := g.Course(ctx, course)
	if err != nil {
		return nil, err
	}
	facts, err := g.Learners.Facts(ctx, course, []learner.ID{user}, true, needsAttempts(c.Policy))
	if err != nil {
		return nil, err
	}
	page, err := g.Learners.Page(ctx, user, course)
	if err != nil {
		return nil, err
	}
	now := g.Learners.Now()
	r := &Report{Result: c.Grade(facts[user], now), Course: c, Learner: page, Pending: facts[user].Pending()}
	r.tree, r.dates, r.at = c.tree(facts[user], now), scheduled(facts[user]), now
	if _, r.dates.Beta, err = c.early(facts[user].Roles); err != nil {
		return nil, err
	}
	if r.exams, err = g.examsOf(ctx, c, user, now); err != nil {
		return nil, err
	}
	r.Resume = r.tree.outline.Resume(c.outline, positions(page))
	return r, nil
}

func positions(page *learner.Page) (list []grading.Position) {
	for _, p := range page.Positions {
		list = append(list, grading.Position{Device: p.Device.String(), Block: p.Block, Inner: p.Inner, Clock: int64(p.At), Suspect: p.Suspect})
	}
	return list
}

// Row is a learner's line of a gradebook.
type Row struct {
	learner.Listed
	Grade   grading.Grade // of the subsections as they are stored
	Record  grading.Record
	Pending bool // something is due, and not in the row yet
}

// Rows gives the grades of learners who are enrolled in a course, as they are stored, some at a time: after is 0 at first, then the next that was given,
// which is 0 at the end. The number of statements does not depend on the number of learners and subsections.
func (g *Gradebook) Rows(ctx context.Context, course key.Course, after int64, limit int) (rows []Row, next int64, err error) {
	c, err := g.Course(ctx, course)
	if err != nil {
		return nil, 0, err
	}
	enrolled, next, err := g.Learners.List(ctx, course, after, limit)
	if err != nil {
		return nil, 0, err
	}
	rows, err = g.rows(ctx, c, enrolled)
	return rows, next, err
}

// RowsOf is Rows for some learners, in their order.
func (g *Gradebook) RowsOf(ctx context.Context, course key.Course, learners []learner.Listed) ([]Row, error) {
	c, err := g.Course(ctx, course)
	if err != nil {
		return nil, err
	}
	return g.rows(ctx, c, learners)
}

func (g *Gradebook) rows(ctx context.Context, c *Course, learners []learner.Listed) (rows []Row, err error) {
	users := make([]learner.ID, len(learners))
	for i := range learners {
		users[i] = learners[i].Learner
	}
	facts, err := g.Learners.Facts(ctx, c.Content.Key, users, false, false)
	if err != nil {
		return nil, err
	}
	now := g.Learners.Now()
	for i, user := range users {
		f := facts[user]
		row := Row{Listed: learners[i], Pending: f.Pending()}
		clear(f.Marks)
		result := c.Grade(f, now)
		row.Grade, row.Record = result.Grade, result.Record
		rows = append(rows, row)
	}
	return rows, nil
}

// SetGrade sets the grade of the subsection that at names, in place of what was computed. Of points that are set in part, the rest is as it is now, so that 4
// of 5 stays 4 of 5 when the subsection is worth more one day.
func (g *Gradebook) SetGrade(ctx context.Context, at learner.Target, set learner.OverridePayload) error {
	r, err := g.Report(ctx, at.Learner, at.Course)
	if err != nil {
		return err
	}
	for i := range r.Grade.Subsections {
		s := &r.Grade.Subsections[i]
		if s.Key != at.Block {
			continue
		}
		o := grading.Override{
			All: grading.SetPoints{Earned: set.EarnedAll, Possible: set.PossibleAll}, Graded: grading.SetPoints{Earned: set.EarnedGraded, Possible: set.PossibleGraded},
		}.Filled(s)
		set.EarnedAll, set.PossibleAll, set.EarnedGraded, set.PossibleGraded = o.All.Earned, o.All.Possible, o.Graded.Earned, o.Graded.Possible
		return g.Learners.Override(ctx, at, set)
	}
	return fmt.Errorf("the grade of %s cannot be set: it is no subsection of %s as it is published", at.Block, at.Course)
}

// Freeze keeps all grades of a course as they are from a time on. What would change them is kept beside them as their shadow.
func (g *Gradebook) Freeze(ctx context.Context, course key.Course, at time.Time) error {
	if at.IsZero() {
		at = g.Learners.Now()
	}
	return g.Learners.Freeze(ctx, course, at)
}

// Unfreeze lets the grades of a course follow what has happened again.
func (g *Gradebook) Unfreeze(ctx context.Context, course key.Course) error {
	if err := g.Learners.Freeze(ctx, course, time.Time{}); err != nil {
		return err
	}
	_, err := g.Project(ctx, course)
	return err
}

// Accept makes what waits beside the grades of a frozen course hold, for these learners.
func (g *Gradebook) Accept(ctx context.Context, course key.Course, users ...learner.ID) ([]learner.Graded, error) {
	if err := g.Learners.Regrade(ctx, course, users, learner.DueAccept); err != nil {
		return nil, err
	}
	return g.Project(ctx, course)
}
