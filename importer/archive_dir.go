package importer

import (
	"fmt"
	"io/fs"
	"math"
)

// readDirectory lists the files first, so that progress knows the whole, and then
// reads them.
func (u *unpacking) readDirectory(fsys fs.FS) error {
	u.sum.Format = formatDirectory
	u.packed = func() int64 { return u.unpacked }
	files, err := u.listDirectory(fsys)
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := u.diskFile(fsys, name); err != nil {
			return err
		}
	}
	return nil
}

// listDirectory returns the names of all regular files, in order.
func (u *unpacking) listDirectory(fsys fs.FS) ([]string, error) {
	var files []string
	gits := 0
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return readError(name, err)
		case name == ".":
			return nil
		case entry.Name() == ".git":
			gits++
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.Type().IsRegular():
			files = append(files, name)
		}
		return u.diskEntry(fsys, name, entry)
	})
	if gits > 0 {
		u.notice(Notice{
			Rule:    ruleGit,
			Message: fmt.Sprintf("left out: the data of Git itself (%d .git)", gits),
		})
	}
	return files, err
}

// diskEntry judges an entry before any file is read.
func (u *unpacking) diskEntry(fsys fs.FS, name string, entry fs.DirEntry) error {
	if _, err := u.entry(name, entry.IsDir()); err != nil {
		return err
	}
	switch entry.Type() {
	case 0:
		info, err := entry.Info()
		if err != nil {
			return readError(name, err)
		}
		u.sum.Size += info.Size()
	case fs.ModeDir:
		u.folder(name)
	case fs.ModeSymlink:
		target, err := fs.ReadLink(fsys, name)
		if err != nil {
			return readError(name, err)
		}
		u.link(name, target, "symbolic link", "put a copy of the file in its place")
	default:
		return u.refuseType(name, diskType(entry.Type()))
	}
	return nil
}

func (u *unpacking) diskFile(fsys fs.FS, name string) error {
	file, err := fsys.Open(name)
	if err != nil {
		return readError(name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return readError(name, err)
	}
	if !info.Mode().IsRegular() { // it was one when it was listed
		return u.refuseType(name, diskType(info.Mode().Type()))
	}
	if err := u.limits.checkDeclared(name, info.Size(), math.MaxInt64); err != nil {
		return err
	}
	return u.file(name, info.Size(), explainedReader{file, func(err error) error { return readError(name, err) }})
}

func diskType(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	default:
		return "a special file"
	}
}
