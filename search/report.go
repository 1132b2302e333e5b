package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// Count is what an update did to the documents of an index.
type Count struct {
	Written, Deleted, Unchanged int
}

// Report says what an update did.
type Report struct {
	Counts map[Kind]Count
	// Courses is the number of those that were compared with the store.
	Courses int
	// Left is what could not be taken in, of the documents that were written.
	Left []Omission
	// Failed are the courses that the store could not give; they are tried again at the next update. What the indexes have of them stays.
	Failed []*CourseError
}

// CourseError says that a course could not be read.
type CourseError struct {
	Course key.Course
	Err    error
}

func (e *CourseError) Error() string { return fmt.Sprintf("search: read %s: %v", e.Course, e.Err) }

// Unwrap returns the cause.
func (e *CourseError) Unwrap() error { return e.Err }

// excuse takes up the error of one course, which keeps nobody from going on with the others, and returns every other one.
func (r *Report) excuse(err error) error {
	var failed *CourseError
	if !errors.As(err, &failed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	r.Failed = append(r.Failed, failed)
	return nil
}

// Changed reports whether anything was written or deleted.
func (r *Report) Changed() bool {
	for _, c := range r.Counts {
		if c.Written > 0 || c.Deleted > 0 {
			return true
		}
	}
	return false
}

func (r *Report) count(k Kind, c Count) {
	if r.Counts == nil {
		r.Counts = make(map[Kind]Count)
	}
	sum := r.Counts[k]
	r.Counts[k] = Count{Written: sum.Written + c.Written, Deleted: sum.Deleted + c.Deleted, Unchanged: sum.Unchanged + c.Unchanged}
}

func (r *Report) add(other *Report) {
	for k, c := range other.Counts {
		r.count(k, c)
	}
	r.Courses = max(r.Courses, other.Courses)
	r.Left = append(r.Left, other.Left...)
	for _, f := range other.Failed {
		if !slices.ContainsFunc(r.Failed, func(known *CourseError) bool { return known.Course == f.Course }) {
			r.Failed = append(r.Failed, f) // one index tells of it for all
		}
	}
}

// Cause says why something cannot be found.
type Cause string

// The causes.
const (
	NoText               Cause = "no text" // the block has none; only its place finds it
	TextCut              Cause = "text cut"
	BlockBroken          Cause = "block not understood"
	TranscriptMissing    Cause = "transcript missing"
	TranscriptUnreadable Cause = "transcript unreadable"
)

// Omission is something that is not in an index, or not all of it.
type Omission struct {
	Course key.Course
	Block  key.BlockID
	Cause  Cause
	File   string // the path of a transcript
	Detail string
}

// leftovers collects omissions, each once though several indexes meet it.
type leftovers struct {
	mu   sync.Mutex
	list []Omission
	seen map[Omission]bool
}

func (l *leftovers) add(o Omission) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = make(map[Omission]bool)
	}
	if !l.seen[o] {
		l.seen[o] = true
		l.list = append(l.list, o)
	}
}

func (l *leftovers) file(c key.Course, id key.BlockID, cause Cause, path, detail string) {
	l.add(Omission{Course: c, Block: id, Cause: cause, File: path, Detail: detail})
}

func (l *leftovers) text(c key.Course, b *modulestore.Block, text extract.Text) {
	switch {
	case b.Broken != "":
		l.add(Omission{Course: c, Block: b.ID, Cause: BlockBroken, Detail: b.Broken})
	case text.Cut:
		l.add(Omission{Course: c, Block: b.ID, Cause: TextCut})
	case text.Title == "" && text.Body == "":
		l.add(Omission{Course: c, Block: b.ID, Cause: NoText})
	}
}

// gone reports whether content cannot be had any more, which is no failure of the store.
func gone(err error) bool {
	return errors.Is(err, modulestore.ErrPurged) || errors.Is(err, modulestore.ErrNotFound)
}
