package courses

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"lectern/courses/content"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Calendar gives what a calendar tells a learner of the dates of a course, and since when each is what it is. That follows from the versions of the course
// and the events of the learner, whenever and however often somebody asks; nothing is written. Of versions whose content was given up nobody knows which date
// they changed.
func (g *Gradebook) Calendar(ctx context.Context, user learner.ID, course key.Course, at time.Time, o ViewOptions) ([]schedule.Tracked, error) {
	versions, err := g.dated(ctx, course)
	if err != nil {
		return nil, err
	}
	turns := []learner.Turn{{}} // nothing ever happens to somebody who is not signed in
	if !user.IsZero() {
		if turns, err = g.Learners.Turns(ctx, user, course); err != nil {
			return nil, err
		}
	}
	var told []schedule.Tracked
	for v, t := 0, 0; v < len(versions) || t < len(turns); {
		var since time.Time
		if t == len(turns) || v < len(versions) && versions[v].since.Before(turns[t].At) {
			since, v = versions[v].since, v+1
		} else {
			since, t = turns[t].At, t+1
		}
		if v == 0 || t == 0 {
			continue // there is no course yet, or nobody who learns
		}
		view, err := versions[v-1].view(turns[t-1].Access, since, o)
		if err != nil {
			return nil, err
		}
		told = schedule.Track(told, view.entries(view.resolve()), since, int(versions[v-1].number)+t)
	}
	return schedule.Told(told, at), nil
}

// dated is a version of a course that has brought other dates.
type dated struct {
	number uint64
	since  time.Time
	course *Course // without what it takes to grade
}

// view is what a learner got of the version; nil is somebody who is not signed in.
func (d *dated) view(a *learner.Access, at time.Time, o ViewOptions) (*View, error) {
	if a == nil {
		return d.course.viewOfNobody(at, o), nil
	}
	return d.course.View(a, at, o)
}

// history is the published versions of a course that have brought other dates, the earliest first.
type history struct {
	course key.Course
	mu     sync.Mutex
	upto   modulestore.Version // the last one that was looked at
	print  [sha256.Size]byte   // of the dates of the last one of list
	list   []dated
}

// mostDated is the number of versions of a course that are kept in memory: changes of dates from before them are not counted.
const mostDated = 64

// histories keeps those of the courses that were used last.
type histories struct {
	mu   sync.Mutex
	list []*history // the last one used comes last
}

func (h *histories) of(course key.Course) *history {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.list, func(have *history) bool { return have.course == course })
	found := &history{course: course}
	switch {
	case i >= 0:
		found = h.list[i]
		h.list = slices.Delete(h.list, i, i+1)
	case len(h.list) == cacheSize:
		h.list = slices.Delete(h.list, 0, 1)
	}
	h.list = append(h.list, found)
	return found
}

// dated gives the history of a course up to now. It reads versions that nobody has asked for before.
func (g *Gradebook) dated(ctx context.Context, course key.Course) ([]dated, error) {
	if err := hasLearners(course); err != nil {
		return nil, err
	}
	head, err := g.Courses.Head(ctx, course)
	if err != nil {
		return nil, err
	}
	h := g.histories.of(course)
	h.mu.Lock()
	defer h.mu.Unlock()
	versions, err := g.versionsAfter(ctx, head, h.upto.Seq)
	if err != nil {
		return nil, err
	}
	for _, v := range slices.Backward(versions) {
		if err := h.add(ctx, g.Courses, v); err != nil {
			return nil, err
		}
	}
	return slices.Clone(h.list), nil
}

// logPage is the number of versions that are read at a time.
const logPage = 200

// versionsAfter lists the versions of a course with a number above after, newest first.
func (g *Gradebook) versionsAfter(ctx context.Context, head modulestore.Version, after uint64) (list []modulestore.Version, err error) {
	for from := head.Seq; from > after; {
		page, err := g.Courses.Log(ctx, head.Course, from, int(min(logPage, from-after)))
		if err != nil {
			return nil, err
		}
		list = append(list, page...)
		from = page[len(page)-1].Seq - 1
	}
	return list, nil
}

// add looks at the next version.
func (h *history) add(ctx context.Context, store *modulestore.Store, v modulestore.Version) error {
	last := h.upto
	if v.Deleted() || v.Roots.Published == last.Roots.Published || h.belowUnits(v) {
		h.upto = v
		return nil
	}
	course, err := datesAt(ctx, store, v)
	if err != nil && !errors.Is(err, modulestore.ErrPruned) {
		return err
	}
	h.upto = v
	if err != nil {
		return nil
	}
	if print := course.printOfDates(); len(h.list) == 0 || print != h.print {
		h.print, h.list = print, append(h.list, dated{v.Seq, v.Time, course})
		h.list = h.list[max(0, len(h.list)-mostDated):]
	}
	return nil
}

// belowUnits reports whether a version has changed blocks alone on which no date depends. In self-paced courses dates are spread by what there is to do.
func (h *history) belowUnits(v modulestore.Version) bool {
	leaf := func(id key.BlockID) bool { return field.Known(id.Type) && !field.Container(id.Type) }
	return len(h.list) > 0 && !h.list[len(h.list)-1].course.Outline.Dates.SelfPaced && len(v.Blocks) > 0 &&
		!slices.ContainsFunc(v.Blocks, func(id key.BlockID) bool { return !leaf(id) })
}

// datesAt reads a version as far as dates depend on it.
func datesAt(ctx context.Context, store *modulestore.Store, v modulestore.Version) (*Course, error) {
	snapshot, err := store.Snapshot(ctx, v, modulestore.Published)
	if err != nil {
		return nil, err
	}
	read, err := content.Read(ctx, snapshot)
	if err != nil {
		return nil, err
	}
	return &Course{Content: read, Outline: outline.Compile(outline.Build(read), datePolicy, outline.Standard())}, nil
}

// printOfDates is equal for versions that have the same dates for the same learners.
func (c *Course) printOfDates() (sum [sha256.Size]byte) {
	h, o := sha256.New(), c.Outline
	settings := o.Dates
	settings.Blocks = nil
	fmt.Fprintln(h, settings, o.Visibility, o.AuditEnds, c.Content.Setting(0, "user_partitions").Value.JSON())
	for i := range o.Nodes {
		n, d := &o.Nodes[i], &o.Dates.Blocks[i]
		switch {
		case n.Level <= outline.UnitLevel:
			fmt.Fprintln(h, n.ID, n.Level, n.StaffOnly, n.Access, *d)
		case d.Work:
			fmt.Fprintln(h, "work")
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}
