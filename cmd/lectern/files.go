package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// createFile makes the file at path with what write writes. The file appears there only when it is complete and on the disk;
// before that it is a hidden one beside it, which a failure removes. An existing file is replaced only with force.
func createFile(path string, force bool, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil && !force {
		return fmt.Errorf("%s %w", path, errTaken)
	}
	folder, name := filepath.Split(path)
	hidden := filepath.Join(folder, "."+name+"."+rand.Text()+".part")
	if err := writeDurably(hidden, write); err != nil {
		_ = os.Remove(hidden)
		return err
	}
	if err := publish(hidden, path, force); err != nil {
		_ = os.Remove(hidden)
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

func writeDurably(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s; create it, or choose another name", filepath.Dir(path))
	}
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// publish gives a finished file its name. A second name for it, unlike a new one, never replaces a file that
// came into being meanwhile; file systems without second names get a rename.
func publish(hidden, path string, force bool) error {
	if !force {
		err := os.Link(hidden, path)
		if err == nil {
			return os.Remove(hidden)
		}
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s %w", path, errTaken)
		}
	}
	return os.Rename(hidden, path)
}

// syncFolder makes the names in a folder durable where the system offers that.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}

// fillFolder runs fill, which writes into dir and refuses one that is not empty. If it fails half-way, dir is again what it was:
// empty, or not there.
func fillFolder(dir string, fill func() error) error {
	before, err := os.ReadDir(dir)
	isNew := errors.Is(err, fs.ErrNotExist)
	fillErr := fill()
	if fillErr != nil && (isNew || err == nil && len(before) == 0) {
		empty(dir)
		if isNew {
			_ = os.Remove(dir)
		}
	}
	return fillErr
}

// empty removes what is in a folder.
func empty(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		_ = os.RemoveAll(filepath.Join(dir, e.Name()))
	}
}
