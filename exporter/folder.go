package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"lectern/modulestore"
)

// Folder writes a version into a folder, which must be new or empty. Paths of the course are held inside it by the
// operating system (os.Root), whatever an archive named them.
func Folder(ctx context.Context, store *modulestore.Store, v modulestore.Version, o Options, dir string) (Summary, error) {
	outputs, purged, err := plan(ctx, store, v, o)
	if err != nil {
		return Summary{}, err
	}
	if err := emptyFolder(dir); err != nil {
		return Summary{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Summary{}, fmt.Errorf("opening the folder %s: %w", dir, err)
	}
	defer func() { _ = root.Close() }()
	summary, err := each(ctx, store, outputs, o, func(p string, _ int64, r io.Reader) error { return writeFile(root, p, r) })
	summary.Purged = purged
	return summary, err
}

// emptyFolder makes the folder, or refuses one that holds files already: an export never mixes with what was there.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making the folder %s: %w", dir, err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("reading the folder %s: %w", dir, err)
	case len(entries) > 0:
		return fmt.Errorf("the folder %s is not empty; export into a new one", dir)
	}
	return nil
}

func writeFile(root *os.Root, p string, r io.Reader) error {
	if dir := path.Dir(p); dir != "." {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making the folder %q: %w", dir, err)
		}
	}
	f, err := root.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing %q: %w", p, err)
	}
	if _, err := io.Copy(f, r); err != nil {
		_ = f.Close()
		return fmt.Errorf("writing %q: %w", p, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("writing %q: %w", p, err)
	}
	return nil
}
