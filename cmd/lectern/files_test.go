package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCreateFile(t *testing.T) {
	failure := errors.New("the store is damaged")
	write := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			if _, writeErr := io.WriteString(w, text); writeErr != nil {
				return writeErr
			}
			return err
		}
	}
	for _, c := range []struct {
		name   string
		before string // content of the file before, none if empty
		force  bool
		fail   error // of the writing
		want   error
		after  string
	}{
		{name: "a new file appears complete", after: "new"},
		{name: "a failure leaves no file", fail: failure, want: failure},
		{name: "an existing file stays as it is", before: "old", want: errTaken, after: "old"},
		{name: "an existing file is replaced by force", before: "old", force: true, after: "new"},
		{name: "a failure leaves the file that was to be replaced", before: "old", force: true, fail: failure, want: failure, after: "old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "course.tar.gz")
			if c.before != "" {
				if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := createFile(path, c.force, write("new", c.fail)); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if after, _ := os.ReadFile(path); string(after) != c.after {
				t.Errorf("the file holds %q, want %q", after, c.after)
			}
			entries, _ := os.ReadDir(dir)
			if want := min(1, len(c.after)); len(entries) != want {
				t.Errorf("the folder holds %v, want %d files", entries, want)
			}
		})
	}
}

func TestAFileThatAppearsMeanwhileIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "course.tar.gz")
	err := createFile(path, false, func(io.Writer) error { return os.WriteFile(path, []byte("theirs"), 0o600) })
	if !errors.Is(err, errTaken) {
		t.Errorf("error %v, want %v", err, errTaken)
	}
	if text, _ := os.ReadFile(path); string(text) != "theirs" {
		t.Errorf("the file holds %q", text)
	}
}

func TestAFailedExportLeavesTheFolderAsItWas(t *testing.T) {
	failure := errors.New("the store is damaged")
	for _, c := range []struct {
		name string
		make func(dir string) error // what is there before
		left []string               // names in the parent and in the folder afterwards
	}{
		{"a new folder is gone again", func(string) error { return nil }, nil},
		{"an empty folder is empty again", func(dir string) error { return os.Mkdir(dir, 0o700) }, []string{"out"}},
		{"a folder with files keeps them", func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600))
		}, []string{"out", "out/mine", "out/part"}},
		{"a file of that name stays", func(dir string) error { return os.WriteFile(dir, nil, 0o600) }, []string{"out"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "out")
			if err := c.make(dir); err != nil {
				t.Fatal(err)
			}
			err := fillFolder(dir, func() error {
				_ = os.MkdirAll(dir, 0o700)
				_ = os.WriteFile(filepath.Join(dir, "part"), nil, 0o600)
				return failure
			})
			if !errors.Is(err, failure) {
				t.Errorf("error %v", err)
			}
			var left []string
			for _, pattern := range []string{"*", "*/*"} {
				matches, _ := filepath.Glob(filepath.Join(parent, pattern))
				for _, m := range matches {
					rel, _ := filepath.Rel(parent, m)
					left = append(left, filepath.ToSlash(rel))
				}
			}
			if !slices.Equal(left, c.left) {
				t.Errorf("left %v, want %v", left, c.left)
			}
		})
	}
}
