package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// ErrNotReady is the cause of the error of a search in an index that is still to be made.
var ErrNotReady = errors.New("the search index is not made yet")

// Options say what to index.
type Options struct {
	// Folder is where the indexes are; it is made if it is not there.
	Folder string
	Store  *modulestore.Store
	// Classes gives the access points of the content index; without it every block belongs to that of the course.
	Classes Classes
	// ClassesVersion is raised whenever Classes gives other points for the same course.
	ClassesVersion int
	// Progress is told how far UpdateAll and Follow have come; it may be nil. It is called from several goroutines.
	Progress func(Progress)
}

// Index is the three indexes of a store. It is safe for concurrent use.
type Index struct {
	store   *modulestore.Store
	classes Classes
	shelf   *shelf
	told    func(Progress)
	batch   batchSize
	// What a new index is made with.
	mappings map[Kind]mapping.IndexMapping
	schemas  map[Kind]string
	shown    longTexts

	// writing is held by who writes to the current generations.
	writing sync.Mutex
	// rebuilding is held by who makes new ones.
	rebuilding sync.Mutex
}

// Open opens the indexes in a folder, for this process alone: ErrBusy if another one has them for longer than a second. What is there can be searched at once.
// What is missing, damaged or of another schema, UpdateAll makes.
func Open(ctx context.Context, o Options) (*Index, error) {
	configure()
	x := &Index{store: o.Store, classes: o.Classes, told: o.Progress, batch: batchSize{batchDocuments, batchBytes}, mappings: make(map[Kind]mapping.IndexMapping), schemas: make(map[Kind]string)}
	for _, k := range Kinds() {
		m, err := newMapping(k)
		if err != nil {
			return nil, err
		}
		x.mappings[k] = m
		if x.schemas[k], err = schema(m, o.ClassesVersion); err != nil {
			return nil, err
		}
	}
	var err error
	x.shelf, err = openShelf(ctx, o.Folder)
	return x, err
}

// Close closes the indexes. No other method may be running.
func (x *Index) Close() error { return x.shelf.close() }

// Use hands the current index of a kind to use, which must not keep it. The index stays open until use returns, even if another one takes its place meanwhile.
// A panic in bleve, and any error of use that wraps ErrDamaged, spoils the index: nobody gets it any more, and UpdateAll and Follow make it again.
func (x *Index) Use(k Kind, use func(bleve.Index) error) error {
	g := x.shelf.take(k)
	if g == nil {
		return fmt.Errorf("%s: %w", k, ErrNotReady)
	}
	defer g.leave()
	if err := g.spoiled(); err != nil {
		return err
	}
	err := g.guard(use)
	if errors.Is(err, ErrDamaged) {
		g.spoil(err)
	}
	return err
}

// Stamp says what an index has of a course; ok is false for nothing.
func (x *Index) Stamp(k Kind, c key.Course) (s Stamp, ok bool) {
	g := x.shelf.take(k)
	if g == nil {
		return s, false
	}
	defer g.leave()
	return g.stamp(c)
}

// Update brings the indexes to the last version of a course, and takes a deleted course out. Indexes that are still to be made are left to UpdateAll.
func (x *Index) Update(ctx context.Context, c key.Course) (*Report, error) {
	return x.one(ctx, c, false)
}

// Renew is Update that writes every document of a course again, whatever the indexes have of it: for content that has changed though no version has, such as what was purged.
func (x *Index) Renew(ctx context.Context, c key.Course) (*Report, error) {
	return x.one(ctx, c, true)
}

func (x *Index) one(ctx context.Context, c key.Course, anew bool) (*Report, error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	report, err := x.update(ctx, Kinds(), c, anew)
	if err == nil && len(report.Failed) > 0 {
		err = report.Failed[0]
	}
	return report, err
}

func (x *Index) updateOne(ctx context.Context, kinds []Kind, c key.Course) (*Report, error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	return x.update(ctx, kinds, c, false)
}

// update writes to the current generations. The caller holds writing.
func (x *Index) update(ctx context.Context, kinds []Kind, c key.Course, anew bool) (*Report, error) {
	report := &Report{Courses: 1}
	head, err := x.head(ctx, c)
	if err != nil {
		return report, report.excuse(&CourseError{c, err})
	}
	j := newJoint(kinds)
	err = each(kinds, report, func(k Kind, report *Report) error {
		return report.excuse(x.updateKind(ctx, k, c, head, anew, report, j))
	})
	report.Left = j.list
	return report, err
}

// each does something for several indexes at once, since most of it is waiting for the disk, and adds up what it did.
func each(kinds []Kind, report *Report, do func(k Kind, report *Report) error) error {
	reports, errs := make([]Report, len(kinds)), make([]error, len(kinds))
	var all sync.WaitGroup
	for i, k := range kinds {
		all.Go(func() { errs[i] = do(k, &reports[i]) })
	}
	all.Wait()
	for i := range reports {
		report.add(&reports[i])
	}
	return errors.Join(errs...)
}

func (x *Index) updateKind(ctx context.Context, k Kind, c key.Course, head *modulestore.Version, anew bool, report *Report, j *joint) error {
	g := x.shelf.take(k)
	if g == nil {
		return nil
	}
	defer g.leave()
	if !x.sound(g) {
		return nil
	}
	count, err := x.refresh(ctx, g, c, head, anew, j)
	report.count(k, count)
	return err
}

// sound reports whether an index can be kept up to date. One that cannot stays as it is until there is another.
func (x *Index) sound(g *generation) bool { return g.schema == x.schemas[g.kind] && g.spoiled() == nil }

// UpdateAll brings the indexes to what is in the store: it makes those that are missing, damaged or of another schema, and updates all courses in the others.
func (x *Index) UpdateAll(ctx context.Context) (*Report, error) {
	report := &Report{}
	sound, unsound := x.sort()
	if len(sound) > 0 {
		courses, err := x.known(ctx, sound)
		if err != nil {
			return report, err
		}
		for i, c := range courses {
			x.tell(Progress{Done: i, Total: len(courses)})
			one, err := x.updateOne(ctx, sound, c)
			report.add(one)
			if err != nil {
				return report, err
			}
		}
		report.Courses = len(courses)
	}
	if len(unsound) > 0 {
		made, err := x.mend(ctx)
		report.add(made)
		return report, err
	}
	return report, nil
}

// Ready reports whether all indexes are there and can be kept up to date; if not, UpdateAll makes some.
func (x *Index) Ready() bool {
	_, unsound := x.sort()
	return len(unsound) == 0
}

// sort tells which indexes can be kept up to date and which have to be made.
func (x *Index) sort() (sound, unsound []Kind) {
	for _, k := range Kinds() {
		g := x.shelf.take(k)
		if g == nil {
			unsound = append(unsound, k)
			continue
		}
		if x.sound(g) {
			sound = append(sound, k)
		} else {
			unsound = append(unsound, k)
		}
		g.leave()
	}
	return sound, unsound
}

// known lists the courses of the store, and those that an index has something of, sorted by key.
func (x *Index) known(ctx context.Context, kinds []Kind) ([]key.Course, error) {
	list, err := x.store.Courses(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[key.Course]bool)
	for _, c := range list {
		all[c.Course] = true
	}
	for _, k := range kinds {
		if g := x.shelf.take(k); g != nil {
			for _, c := range g.courses() {
				all[c] = true
			}
			g.leave()
		}
	}
	return sorted(all), nil
}

func sorted(set map[key.Course]bool) []key.Course {
	list := make([]key.Course, 0, len(set))
	for c := range set {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b key.Course) int { return strings.Compare(a.String(), b.String()) })
	return list
}
