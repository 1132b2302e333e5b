package importer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// Source is what to import: a file or folder on disk, or a file system such as the bundled course.
type Source struct {
	Path string
	FS   fs.FS // used instead of Path when set
	Name string
}

// name is how the source is called in messages and in the history.
func (s Source) name() string {
	if s.Name != "" {
		return s.Name
	}
	return filepath.Base(s.Path)
}

// Options say how to import.
type Options struct {
	// Course imports under another key than the archive's own; references and links to the archive's own key are rewritten.
	Course key.Course
	// Check stops after the check: nothing is written.
	Check  bool
	Author string
	Limits Limits
	// Progress is called from the importing goroutine, often; it must return quickly.
	Progress func(Progress)
}

// Progress is how far a stage has come.
type Progress struct {
	Stage       Stage
	Done, Total int64 // Total is 0 when it is not known
	Unit        string
}

// Stage is a part of an import, in the order in which they run.
type Stage string

// The stages of an import.
const (
	Unpack  Stage = "unpack"
	Checked Stage = "check"
	Stored  Stage = "store"
)

// Run imports source. The error is an *ArchiveError or *olx.FatalError when the input is at fault; nothing has changed then.
func Run(ctx context.Context, store *modulestore.Store, source Source, o Options) (*Report, error) {
	started := time.Now()
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	in := &intake{store: store, keep: o.Check || store == nil, files: make(map[string]*file)}
	summary, err := in.read(ctx, source, o)
	if err != nil {
		return nil, err
	}
	course, err := in.check(o)
	if err != nil {
		return nil, err
	}
	report := in.report(summary, course)
	if !o.Check {
		if err := in.commit(ctx, source, course, o, report); err != nil {
			return nil, err
		}
	}
	report.Seconds = time.Since(started).Seconds()
	return report, nil
}

// check finds the root and reads the course.
func (in *intake) check(o Options) (*olx.Course, error) {
	paths := in.paths()
	root, err := olx.FindRoot(paths)
	if err != nil {
		return nil, err
	}
	in.trim(root)
	o.Progress(Progress{Stage: Checked, Total: int64(len(paths)), Unit: "files"})
	view := in.view()
	course, err := olx.Decode(view)
	if err != nil {
		return nil, err
	}
	if !o.Course.IsZero() && o.Course != course.Key {
		if course, err = in.rekey(view, course, o.Course); err != nil {
			return nil, err
		}
	}
	olx.Check(course, in.view())
	o.Progress(Progress{Stage: Checked, Done: int64(len(paths)), Total: int64(len(paths)), Unit: "files"})
	return course, nil
}

// commit stores everything and makes the version visible.
func (in *intake) commit(ctx context.Context, source Source, course *olx.Course, o Options, report *Report) error {
	total := int64(len(course.Bodies))
	o.Progress(Progress{Stage: Stored, Total: total, Unit: "blocks"})
	both, storing := errgroup.WithContext(ctx)
	both.Go(func() error { return in.flush(storing) })
	both.Go(func() error { return in.putBodies(storing, course) })
	if err := both.Wait(); err != nil {
		return err
	}
	files := in.record(course)
	version, changed, err := in.store.Update(ctx, course.Key, func(e *modulestore.Edit) error {
		report.countRemoved(e, course)
		e.Describe(o.Author, "import", "import of "+source.name())
		e.Replace(course.Published, course.Draft, files, course.Title)
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing %s: %w", course.Key, err)
	}
	report.Version, report.Changed = version.Seq, changed
	o.Progress(Progress{Stage: Stored, Done: total, Total: total, Unit: "blocks"})
	return nil
}

func (in *intake) putBodies(ctx context.Context, course *olx.Course) error {
	objects := make([]modulestore.Object, 0, len(course.Bodies))
	for _, body := range course.Bodies {
		objects = append(objects, body.Object())
	}
	if err := in.store.Put(ctx, objects); err != nil {
		return fmt.Errorf("storing the blocks of %s: %w", course.Key, err)
	}
	return nil
}

// record makes the record of the archive's files that the version keeps.
func (in *intake) record(course *olx.Course) *modulestore.Files {
	out := &modulestore.Files{Root: strings.TrimSuffix(in.root, "/")}
	for _, p := range in.paths() {
		entry := modulestore.File{Path: p, Blob: in.files[p].blob}
		if rel, ok := strings.CutPrefix(p, in.root); ok {
			entry.Parts = course.Parts[rel]
		}
		out.Entries = append(out.Entries, entry)
	}
	return out
}

// IsInputError reports whether err says that the input is at fault, and not the store or the machine.
func IsInputError(err error) bool {
	var archive *ArchiveError
	var course *olx.FatalError
	return errors.As(err, &archive) || errors.As(err, &course)
}

func sortedKeys(files map[string]*file) []string {
	list := make([]string, 0, len(files))
	for p := range files {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}
