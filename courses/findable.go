package courses

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/courses/permission"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Findable is what somebody may find in a course at an instant: the blocks that they may open and that are listed for them, named by their classes (see
// [outline.Classes]). What is listed and closed is not among them.
type Findable struct {
	Course key.Course
	// Root is the published branch that this was worked out for.
	Root modulestore.ID
	// All: everything in the branch, and Classes are all that there are. For staff, from whom no class of any version is withheld, it has none.
	All bool
	// Classes are those that are open, by their access points, in document order.
	Classes []key.BlockID
	// TitlesOnly: of what may be found the titles alone are public, not what stands in it.
	TitlesOnly bool
}

// ClassesVersion is raised whenever the same course has other classes, so that indexes know that theirs are stale.
const ClassesVersion = 2

// Nothing reports whether there is nothing to be found.
func (f *Findable) Nothing() bool { return !f.All && len(f.Classes) == 0 }

// Findable gives what somebody may find in a course at an instant, as it is published now. The zero ID is somebody who is not signed in. From staff nothing
// is withheld, unless they look as a learner does.
func (g *Gradebook) Findable(ctx context.Context, user learner.ID, course key.Course, at time.Time, o ViewOptions) (Findable, error) {
	head, err := g.Courses.Head(ctx, course)
	if err != nil {
		return Findable{}, err
	}
	f, err := g.finder(ctx, head)
	if err != nil {
		return Findable{}, err
	}
	if user.IsZero() {
		return f.findable(&outline.Facts{}, at, o), nil
	}
	all, err := g.Learners.Access(ctx, course, []learner.ID{user}, f.asks(f.banks))
	if err != nil {
		return Findable{}, err
	}
	return g.find(ctx, f, all[user], at, o)
}

// find gives what a learner may find of whom it is known what decides about their access.
func (g *Gradebook) find(ctx context.Context, f *finder, a *learner.Access, at time.Time, o ViewOptions) (Findable, error) {
	course := &f.Course
	if len(f.Outline.Awaited()) > 0 { // what others wait for has to be graded
		var err error
		if course, err = g.CourseAt(ctx, f.Content.Version); err != nil {
			return Findable{}, err
		}
	}
	facts, err := course.facts(a, at)
	if err != nil {
		return Findable{}, err
	}
	facts.Staff = facts.Staff && !o.AsLearner
	facts.Drawn = f.Outline.Drawn(func(id key.BlockID) bool { _, tried := a.Scores[id]; return tried })
	return f.findable(facts, at, o), nil
}

// findable is a pure function of its arguments.
func (f *finder) findable(facts *outline.Facts, at time.Time, o ViewOptions) Findable {
	found := Findable{Course: f.Content.Key, Root: f.Content.Root}
	if facts.Staff || o.Lift {
		found.All = true
		return found
	}
	if f.Outline.Embargoes(o.Country) {
		embargoed := *facts
		embargoed.Embargoed = true
		facts = &embargoed
	}
	if !facts.Enrolled && o.UnenrolledAccess && f.Outline.Visibility == outline.PublicOutline {
		enrolled := *facts // as if, to see what is closed for another reason
		enrolled.Enrolled = true
		facts, found.TitlesOnly = &enrolled, true
	}
	v := f.Outline.Evaluate(facts, at, o.Options)
	points := f.classes.Points()
	found.Classes = make([]key.BlockID, 0, len(points))
	for _, node := range points {
		if verdict := v.Verdict(node); verdict.Listed && verdict.Accessible {
			found.Classes = append(found.Classes, f.Outline.Nodes[node].ID)
		}
	}
	found.All = f.whole && len(found.Classes) == len(points)
	return found
}

// place is a course in which somebody may find something, before it is known what.
type place struct {
	modulestore.Context
	staff    bool // nothing is withheld there
	enrolled bool

	head   modulestore.Version
	finder *finder // nil: of no use
	err    error
}

// atOnce is how many courses are read at a time.
const atOnce = 4

// FindableEverywhere gives what somebody may find at an instant in all courses together: those that they are enrolled in, those that they look after, and,
// with o.UnenrolledAccess, those that are public. Courses in which there is nothing are left out; they come in the order of their keys. For a learner it
// takes one list of the courses, the head of each in question, and three exchanges with the database. A course that cannot be read does not stop the others:
// then there is an [UnreadableError] besides the list, as long as there is one that can.
func (g *Gradebook) FindableEverywhere(ctx context.Context, user learner.ID, at time.Time, o ViewOptions) (list []Findable, err error) {
	places, err := g.places(ctx, user, o)
	if err != nil {
		return nil, err
	}
	g.readPlaces(ctx, places)
	ask := make(map[key.Course]learner.AccessQuery)
	for _, p := range places {
		if p.finder != nil {
			ask[p.Course] = p.finder.asks(p.finder.banks)
		}
	}
	access := make(map[key.Course]*learner.Access)
	if !user.IsZero() && len(ask) > 0 {
		if access, err = g.Learners.AccessIn(ctx, user, ask); err != nil {
			return nil, err
		}
	}
	var unreadable UnreadableError
	readable := 0
	for _, p := range places {
		found, err := g.findIn(ctx, p, access[p.Course], at, o)
		switch {
		case errors.Is(err, modulestore.ErrNotFound): // deleted meanwhile, or nothing is published
		case err != nil:
			unreadable = append(unreadable, UnreadableCourse{p.Course, err})
		default:
			if readable++; !found.Nothing() {
				list = append(list, found)
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(unreadable) == 0:
		return list, nil
	case readable == 0:
		return nil, unreadable[0]
	}
	return list, unreadable
}

// UnreadableError tells of courses that could not be read, and stand for nothing in what was found out about the others.
type UnreadableError []UnreadableCourse

func (e UnreadableError) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the error of each course.
func (e UnreadableError) Unwrap() []error {
	errs := make([]error, len(e))
	for i := range e {
		errs[i] = e[i]
	}
	return errs
}

// UnreadableCourse says why a course could not be read.
type UnreadableCourse struct {
	Course key.Course
	Err    error
}

func (e UnreadableCourse) Error() string {
	return fmt.Sprintf("what may be found in %s: %v", e.Course, e.Err)
}

// Unwrap returns the cause.
func (e UnreadableCourse) Unwrap() error { return e.Err }

func (g *Gradebook) findIn(ctx context.Context, p *place, a *learner.Access, at time.Time, o ViewOptions) (Findable, error) {
	switch {
	case p.err != nil:
		return Findable{}, p.err
	case p.staff:
		return Findable{Course: p.Course, Root: p.head.Roots.Published, All: true}, nil
	case p.finder == nil:
		return Findable{}, nil
	case a == nil:
		return p.finder.findable(&outline.Facts{}, at, o), nil
	}
	return g.find(ctx, p.finder, a, at, o)
}

// places lists the courses in which somebody may find something, as far as can be told without reading them.
func (g *Gradebook) places(ctx context.Context, user learner.ID, o ViewOptions) (list []*place, err error) {
	all, err := g.Courses.Courses(ctx)
	if err != nil {
		return nil, err
	}
	roles, enrolled := permission.Set{}, make(map[key.Course]bool)
	if !user.IsZero() {
		if roles, enrolled, err = g.standings(ctx, user); err != nil {
			return nil, err
		}
	}
	for _, c := range all {
		early := roles.May(permission.SeeEarly, permission.Course(c.Course))
		p := &place{Context: c, staff: o.Lift || !o.AsLearner && early.May && !early.DaysEarly, enrolled: enrolled[c.Course]}
		if !c.Course.Library && (p.staff || p.enrolled || o.UnenrolledAccess && !g.finders.isPrivate(c)) {
			list = append(list, p)
		}
	}
	return list, nil
}

// standings gives the roles of somebody, and the courses that they are enrolled in.
func (g *Gradebook) standings(ctx context.Context, user learner.ID) (roles permission.Set, enrolled map[key.Course]bool, err error) {
	granted, err := g.Learners.Roles(ctx, user)
	if err != nil {
		return roles, nil, err
	}
	if roles, err = rolesOf(granted); err != nil {
		return roles, nil, err
	}
	memberships, err := g.Learners.Enrolments(ctx, learner.User{ID: user})
	enrolled = make(map[key.Course]bool, len(memberships))
	for _, m := range memberships {
		enrolled[m.Course] = m.Active
	}
	return roles, enrolled, err
}

// readPlaces reads the courses, some at a time.
func (g *Gradebook) readPlaces(ctx context.Context, places []*place) {
	var all sync.WaitGroup
	next := make(chan *place)
	for range min(atOnce, len(places)) {
		all.Go(func() {
			for p := range next {
				p.err = g.readPlace(ctx, p)
			}
		})
	}
	for _, p := range places {
		next <- p
	}
	close(next)
	all.Wait()
}

func (g *Gradebook) readPlace(ctx context.Context, p *place) (err error) {
	if p.head, err = g.Courses.Head(ctx, p.Course); err != nil {
		return err
	}
	if p.staff {
		if p.head.Roots.Published.IsZero() {
			return modulestore.NotFound("%s has no published branch", p.head)
		}
		return nil
	}
	f, err := g.finder(ctx, p.head)
	if err != nil {
		return err
	}
	if !p.enrolled && f.Outline.Visibility == outline.Private {
		g.finders.notePrivate(p.Context, p.head)
		return nil
	}
	p.finder = f
	return nil
}
