package courses

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/courses/partition"
	"lectern/courses/permission"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// ViewOptions say how somebody looks at a course.
type ViewOptions struct {
	outline.Options
	// AsLearner shows staff what a learner gets who has their groups and dates.
	AsLearner bool
	// Country is where the one who looks is, in two letters, as ISO 3166 has it; empty where nobody knows. Who runs a server finds it out.
	Country string
}

// View is what one learner gets of a course at an instant.
type View struct {
	Outline *outline.View
	Course  *Course
	Learner *learner.Access // nil for somebody who is not signed in
}

// View gives what a learner gets of a course at an instant, as it is published now. The zero ID is somebody who is not signed in; then nothing is known, and
// g.Learners may be nil; with o.Lift it is an author, who sees what somebody gets who is enrolled and in no group. What is known of the learner is what is
// stored now: the instant moves only what time itself moves. It changes nothing.
func (g *Gradebook) View(ctx context.Context, user learner.ID, course key.Course, at time.Time, o ViewOptions) (*View, error) {
	return g.view(ctx, user, course, at, o, false)
}

func (g *Gradebook) view(ctx context.Context, user learner.ID, course key.Course, at time.Time, o ViewOptions, withDone bool) (*View, error) {
	c, err := g.Course(ctx, course)
	if err != nil {
		return nil, err
	}
	if user.IsZero() {
		return c.viewOfNobody(at, o), nil
	}
	all, err := g.access(ctx, c, []learner.ID{user}, withDone)
	if err != nil {
		return nil, err
	}
	return c.View(all[user], at, o)
}

// viewOfNobody is for somebody who is not signed in.
func (c *Course) viewOfNobody(at time.Time, o ViewOptions) *View {
	return &View{Outline: c.Outline.Evaluate(&outline.Facts{Enrolled: o.Lift, Embargoed: c.Outline.Embargoes(o.Country)}, at, o.Options), Course: c}
}

// access reads what decides about the access of learners, and no more than this course needs.
func (g *Gradebook) access(ctx context.Context, c *Course, users []learner.ID, withDone bool) (map[learner.ID]*learner.Access, error) {
	return g.Learners.Access(ctx, c.Content.Key, users, c.asks(withDone))
}

// asks says what has to be read for the access of learners to this course.
func (c *Course) asks(withDone bool) learner.AccessQuery {
	drawn := slices.ContainsFunc(c.Outline.Partitions.All(), func(p partition.Partition) bool { return p.Scheme == partition.RandomScheme })
	return learner.AccessQuery{
		Done: withDone || len(c.Outline.Awaited()) > 0, Exams: c.Outline.Exams() != nil, Passed: len(c.Outline.Courses) > 0, Undrawn: !drawn,
	}
}

// View gives what a learner gets of the course at an instant. It is a pure function of its arguments.
func (c *Course) View(a *learner.Access, at time.Time, o ViewOptions) (*View, error) {
	f, err := c.facts(a, at)
	if err != nil {
		return nil, err
	}
	f.Staff, f.Embargoed = f.Staff && !o.AsLearner, c.Outline.Embargoes(o.Country)
	return &View{Outline: c.Outline.Evaluate(f, at, o.Options), Course: c, Learner: a}, nil
}

// facts gives what is known of a learner in the form that outlines are made of.
func (c *Course) facts(a *learner.Access, at time.Time) (*outline.Facts, error) {
	f := &outline.Facts{
		Learner: a.Learner.String(), Enrolled: a.Enrolment != nil && a.Enrolment.Active, Groups: c.groups(a.GradeFacts), Schedule: scheduled(a.GradeFacts),
		AccessEnds: c.accessEnds(a.Enrolment), Opened: a.Opened, Passed: a.Passed, Exams: c.exams(a),
	}
	var err error
	if f.Staff, f.Schedule.Beta, err = c.early(a.Roles); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Learner, err)
	}
	if len(c.gates) > 0 {
		f.Progress = c.awaited(a.GradeFacts, at)
	}
	return f, nil
}

// early tells whether somebody with some roles sees all of the course before it opens, or as many days early as beta testers do.
func (c *Course) early(roles []learner.Role) (staff, beta bool, err error) {
	set, err := rolesOf(roles)
	may := set.May(permission.SeeEarly, permission.Course(c.Content.Key))
	return may.May && !may.DaysEarly, may.DaysEarly, err
}

// accessEnds gives when access ends for somebody with an enrolment; zero if it does not. Who changes from audit to another mode has access as long as the
// course is there.
func (c *Course) accessEnds(n *learner.Membership) time.Time {
	if !c.Outline.AuditEnds || n == nil || !n.Active || n.Mode != learner.DefaultMode {
		return time.Time{}
	}
	return schedule.AccessExpiry(n.First, c.Outline.Plan.Start().Time(), c.dates().Weeks)
}

func rolesOf(roles []learner.Role) (permission.Set, error) {
	var grants []permission.Grant
	for _, r := range roles {
		scope, err := permission.ParseScope(r.Scope)
		if err != nil {
			return permission.Set{}, fmt.Errorf("the role %s: %w", r.Role, err)
		}
		grants = append(grants, permission.Grant{Role: permission.Role(r.Role), Scope: scope})
	}
	return permission.NewSet(grants...), nil
}

// gate is a block that others wait for, and what in it counts for that.
type gate struct {
	id          key.BlockID
	subsections []int // graded ones, by their place among the subsections
	leaves      []int // that can be completed, texts not among them
}

// readGates finds what others wait for.
func (c *Course) readGates() {
	for _, id := range c.Outline.Awaited() {
		place, ok := c.Content.Find(id)
		if !ok {
			continue
		}
		g := gate{id: id}
		for _, n := range c.within[id] {
			if c.Subsections[n].Graded {
				g.subsections = append(g.subsections, n)
			}
		}
		c.below(place, func(i int) {
			if kind := c.Content.Blocks[i].ID.Type; kind != "html" && grading.ModeOf(kind) == grading.Completable {
				g.leaves = append(g.leaves, i)
			}
		})
		c.gates = append(c.gates, g)
	}
}

// awaited tells how far a learner is in blocks that others wait for, among what the learner has of them.
func (c *Course) awaited(f *learner.GradeFacts, at time.Time) map[key.BlockID]outline.Progress {
	g := &grader{c: c, f: f, at: at, tree: c.tree(f, at)}
	all := make(map[key.BlockID]outline.Progress, len(c.gates))
	for i := range c.gates {
		var p outline.Progress
		for _, n := range c.gates[i].subsections {
			s := &c.Subsections[n]
			if _, set := f.Overrides[s.Key]; !set && !g.scored(s) || !g.tree.visible[s.At] {
				continue // there are no points yet
			}
			grade := g.subsection(s, false)
			points := grade.Points()
			p.Earned, p.Possible = p.Earned+points.Earned, p.Possible+points.Possible
		}
		for _, at := range c.gates[i].leaves {
			if g.tree.visible[at] {
				p.Completable++
				p.Completed += completed(f, c.Content.Blocks[at].ID)
			}
		}
		all[c.gates[i].id] = p
	}
	return all
}

// completed tells how much of a leaf a learner has done. What has a score is done.
func completed(f *learner.GradeFacts, id key.BlockID) float64 {
	if _, scored := f.Scores[id]; scored {
		return grading.OnScore(false)
	}
	return f.Completion[id]
}

// openGates stores what learners have opened by what they did, so that it stays open whatever becomes of scores.
func (g *Gradebook) openGates(ctx context.Context, c *Course, users []learner.ID) error {
	if len(c.Outline.Awaited()) == 0 || len(users) == 0 {
		return nil
	}
	all, err := g.access(ctx, c, users, true)
	if err != nil {
		return err
	}
	for _, user := range users {
		v, err := c.View(all[user], g.Learners.Now(), ViewOptions{AsLearner: true})
		if err != nil {
			return err
		}
		for _, id := range v.Outline.Opening() {
			if _, err := g.Learners.OpenGate(ctx, learner.Target{Learner: user, Course: c.Content.Key, Block: id, Content: c.version()}); err != nil {
				return fmt.Errorf("keep %s open for %s: %w", id, user, err)
			}
		}
	}
	return nil
}
