package exporter

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// Options say what to write.
type Options struct {
	Branch    olx.Branch // empty means both
	Canonical bool
	// Progress is called after each file.
	Progress func(done, total int)
}

// Summary says what was written.
type Summary struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"` // before compression
	// Purged are the files that were left out because their content was taken down.
	Purged []Purged `json:"purged,omitempty"`
}

// Purged is a file that has no content any more.
type Purged struct {
	Path   string    `json:"path"`
	Time   time.Time `json:"time"` // when it was taken down
	Reason string    `json:"reason"`
}

// FileName is the name of an archive of that course: its key, with what file systems do not like replaced.
func FileName(v modulestore.Version, o Options) string {
	plain := strings.NewReplacer(":", "-", "+", "-", "/", "-")
	name := plain.Replace(v.Course.String())
	if o.Branch != "" && o.Branch != olx.Both {
		name += "-" + string(o.Branch)
	}
	if v.Branch != "" {
		return fmt.Sprintf("%s-%s.tar.gz", name, plain.Replace(v.Branch))
	}
	return fmt.Sprintf("%s-v%d.tar.gz", name, v.Seq)
}

// Archive writes a version as .tar.gz: files sorted by name, no owners, no times, so that equal versions give equal bytes.
func Archive(ctx context.Context, store *modulestore.Store, v modulestore.Version, o Options, w io.Writer) (Summary, error) {
	outputs, purged, err := plan(ctx, store, v, o)
	if err != nil {
		return Summary{}, err
	}
	zw, err := gzip.NewWriterLevel(w, gzip.DefaultCompression)
	if err != nil {
		return Summary{}, err
	}
	zw.OS = 255 // unknown: the archive must not tell where it was made
	tw := tar.NewWriter(zw)
	wrapper := wrapperOf(v, outputs)
	summary, err := each(ctx, store, outputs, o, func(p string, size int64, r io.Reader) error {
		return writeEntry(tw, wrapper+p, size, r)
	})
	summary.Purged = purged
	if err != nil {
		return summary, err
	}
	if err := tw.Close(); err != nil {
		return summary, fmt.Errorf("ending the archive: %w", err)
	}
	if err := zw.Close(); err != nil {
		return summary, fmt.Errorf("ending the archive: %w", err)
	}
	return summary, nil
}

// epoch stands for every file's time: 1 January 1980, the oldest that all archive formats can hold.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func writeEntry(tw *tar.Writer, name string, size int64, r io.Reader) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: epoch}
	if err := tw.WriteHeader(h); err != nil {
		return fmt.Errorf("writing %q: %w", name, err)
	}
	if _, err := io.Copy(tw, r); err != nil {
		return fmt.Errorf("writing %q: %w", name, err)
	}
	return nil
}

// wrapperOf is the folder that an archive's files lie in, as Studio packs them; nothing when the course came with files
// beside its folder, which then is named in every path already.
func wrapperOf(v modulestore.Version, outputs []olx.Output) string {
	for _, o := range outputs {
		if o.Path == "course.xml" || o.Path == "library.xml" {
			if v.Course.Library {
				return "library/"
			}
			return "course/"
		}
	}
	return ""
}

// plan lays out the files of a version, and lists those that are left out.
func plan(ctx context.Context, store *modulestore.Store, v modulestore.Version, o Options) ([]olx.Output, []Purged, error) {
	source, err := Load(ctx, store, v)
	if err != nil {
		return nil, nil, err
	}
	gone, err := store.PurgedFiles(ctx, source.Files)
	if err != nil {
		return nil, nil, err
	}
	source.Files = without(source.Files, gone)
	branch := o.Branch
	if branch == "" {
		branch = olx.Both
	}
	outputs, err := olx.Encode(source, olx.Options{Branch: branch, Canonical: o.Canonical})
	if err != nil {
		return nil, nil, err
	}
	return outputs, leftOut(outputs, gone), nil
}

// without takes files out of a record. Blocks that one of them defines are written anew then.
func without(files *modulestore.Files, gone map[string]modulestore.Tombstone) *modulestore.Files {
	if len(gone) == 0 {
		return files
	}
	left := &modulestore.Files{Root: files.Root}
	for _, f := range files.Entries {
		if _, ok := gone[f.Path]; !ok {
			left.Entries = append(left.Entries, f)
		}
	}
	return left
}

// leftOut lists the files that are gone and that nothing else is written to, by path.
func leftOut(outputs []olx.Output, gone map[string]modulestore.Tombstone) (list []Purged) {
	gone = maps.Clone(gone)
	for _, out := range outputs {
		delete(gone, out.Path)
	}
	for _, path := range slices.Sorted(maps.Keys(gone)) {
		list = append(list, Purged{Path: path, Time: gone[path].Time, Reason: gone[path].Reason})
	}
	return list
}

// Load gathers what the codec needs of a version: both trees, all bodies and the record of files. All of it says the version's own key, also
// that of a rerun.
func Load(ctx context.Context, store *modulestore.Store, v modulestore.Version) (olx.Version, error) {
	published, err := store.Snapshot(ctx, v, modulestore.Published)
	if err != nil {
		return olx.Version{}, err
	}
	draft, err := store.Snapshot(ctx, v, modulestore.Draft)
	if err != nil {
		return olx.Version{}, err
	}
	files, err := store.Files(ctx, v)
	if err != nil {
		return olx.Version{}, err
	}
	bodies := make(map[modulestore.ID]*modulestore.Body)
	for _, s := range []*modulestore.Snapshot{published, draft} {
		if err := addBodies(ctx, bodies, s); err != nil {
			return olx.Version{}, err
		}
	}
	return olx.UnderOwnKey(olx.Version{
		Course: v.Course, Published: published.Tree(), Draft: draft.Tree(), Files: files,
		Body: func(id modulestore.ID) (*modulestore.Body, error) {
			if body, ok := bodies[id]; ok {
				return body, nil
			}
			return nil, fmt.Errorf("body %s: %w", id.Short(), modulestore.ErrCorrupt)
		},
		Read: func(b modulestore.Blob) ([]byte, error) { return store.ReadBlob(ctx, b) },
	})
}

// addBodies loads the bodies of a tree but those that are there already. What stands for one that was taken down goes by the first block that had it.
func addBodies(ctx context.Context, bodies map[modulestore.ID]*modulestore.Body, s *modulestore.Snapshot) error {
	ids := []key.BlockID{} // nil would mean all
	s.Tree().Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if bodies[b.Body] == nil {
			ids = append(ids, b.ID)
		}
		return true
	})
	loaded, err := s.Bodies(ctx, ids)
	for _, id := range slices.Backward(ids) {
		if body := loaded[id]; body != nil {
			bodies[s.Tree().Blocks[id].Body] = body
		}
	}
	return err
}

// each gives every output with its bytes to write, in order, fetching stored files in batches.
func each(ctx context.Context, store *modulestore.Store, outputs []olx.Output, o Options, write func(path string, size int64, r io.Reader) error) (Summary, error) {
	var sum Summary
	var blobs []modulestore.Blob
	var stored []int
	for i, out := range outputs {
		if out.Blob != nil {
			blobs = append(blobs, *out.Blob)
			stored = append(stored, i)
		}
	}
	done := func(size int64) {
		sum.Files++
		sum.Bytes += size
		if o.Progress != nil {
			o.Progress(sum.Files, len(outputs))
		}
	}
	next := 0
	written := func(until int) error { // the files that hold new bytes, up to the next stored one
		for ; next < until; next++ {
			out := outputs[next]
			if err := write(out.Path, int64(len(out.Data)), bytes.NewReader(out.Data)); err != nil {
				return err
			}
			done(int64(len(out.Data)))
		}
		return nil
	}
	err := store.EachBlob(ctx, blobs, func(i int, r io.Reader) error {
		if err := written(stored[i]); err != nil {
			return err
		}
		next++
		if err := write(outputs[stored[i]].Path, blobs[i].Size, r); err != nil {
			return err
		}
		done(blobs[i].Size)
		return nil
	})
	if err == nil {
		err = written(len(outputs))
	}
	return sum, err
}
