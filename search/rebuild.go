package search

import (
	"context"
	"fmt"

	"lectern/modulestore/key"
)

// Progress is how far a rebuild has come.
type Progress struct {
	Kind        Kind // empty for all indexes together
	Done, Total int  // courses
}

// Rebuild makes all indexes anew beside those that are there, which are searched and kept up to date until the new ones have all that the store has.
// A rebuild that fails or is cancelled leaves everything as it was. progress may be nil; it is called from several goroutines.
func (x *Index) Rebuild(ctx context.Context, progress func(Progress)) (*Report, error) {
	x.rebuilding.Lock()
	defer x.rebuilding.Unlock()
	return x.rebuild(ctx, Kinds(), progress)
}

// mend makes those indexes that have to be made, if nobody else has by now.
func (x *Index) mend(ctx context.Context) (*Report, error) {
	x.rebuilding.Lock()
	defer x.rebuilding.Unlock()
	_, unsound := x.sort()
	return x.rebuild(ctx, unsound, x.told)
}

func (x *Index) tell(p Progress) {
	if x.told != nil {
		x.told(p)
	}
}

// rebuild makes indexes of some kinds. The caller holds rebuilding.
func (x *Index) rebuild(ctx context.Context, kinds []Kind, progress func(Progress)) (*Report, error) {
	report := &Report{}
	j := newJoint(kinds)
	err := each(kinds, report, func(k Kind, report *Report) error {
		if err := x.rebuildKind(ctx, k, report, j, progress); err != nil {
			return fmt.Errorf("rebuild the %s index: %w", k, err)
		}
		return nil
	})
	report.Left = j.list
	return report, err
}

func (x *Index) rebuildKind(ctx context.Context, k Kind, report *Report, j *joint, progress func(Progress)) error {
	if err := x.shelf.checkSpace(k); err != nil {
		return err
	}
	g, err := x.shelf.create(k, x.schemas[k], x.mappings[k])
	if err != nil {
		return err
	}
	f := &filler{index: x, g: g, report: report, joint: j, progress: progress, failed: make(map[key.Course]bool)}
	if err := f.fill(ctx); err != nil {
		g.retire()
		return err
	}
	return nil
}

// filler fills a new generation and makes it the current one.
type filler struct {
	index    *Index
	g        *generation
	report   *Report
	joint    *joint
	progress func(Progress)
	failed   map[key.Course]bool // is left out
}

// fill takes in all courses. Those that change meanwhile are taken in once more, the last of them while nobody publishes to the current generation.
func (f *filler) fill(ctx context.Context) error {
	courses, err := f.index.known(ctx, nil)
	if err != nil {
		return err
	}
	for i, c := range courses {
		f.tell(i, len(courses))
		if err := f.take(ctx, c); err != nil {
			return err
		}
	}
	f.tell(len(courses), len(courses))
	f.report.Courses = len(courses)
	if err := f.catchUp(ctx); err != nil {
		return err
	}
	f.index.writing.Lock()
	defer f.index.writing.Unlock()
	if err := f.catchUp(ctx); err != nil {
		return err
	}
	if err := f.g.spoiled(); err != nil {
		return err
	}
	return f.index.shelf.swap(f.g)
}

func (f *filler) tell(done, total int) {
	if f.progress != nil {
		f.progress(Progress{Kind: f.g.kind, Done: done, Total: total})
	}
}

// catchUp takes in what has changed since.
func (f *filler) catchUp(ctx context.Context) error {
	courses, err := f.index.known(ctx, nil)
	if err != nil {
		return err
	}
	all := make(map[key.Course]bool)
	for _, c := range append(courses, f.g.courses()...) {
		all[c] = true
	}
	for _, c := range sorted(all) {
		if err := f.take(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// take brings one course to its last version. One that cannot be read is not in the new index; the report tells of it.
func (f *filler) take(ctx context.Context, c key.Course) error {
	if f.failed[c] {
		return nil
	}
	head, err := f.index.head(ctx, c)
	if err != nil {
		err = &CourseError{c, err}
	}
	var count Count
	before, _ := f.g.stamp(c)
	if err == nil {
		count, err = f.index.refresh(ctx, f.g, c, head, false, f.joint)
	}
	if err != nil {
		f.failed[c] = true
		return f.report.excuse(err)
	}
	if after, _ := f.g.stamp(c); after != before {
		f.report.count(f.g.kind, count)
	}
	return nil
}
