package search

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// ErrNoSpace is the cause of the error when a new index may not fit beside the old one.
var ErrNoSpace = errors.New("not enough free space on the disk")

// spaceFactor is how much larger than the index that is there a new one may be while it is made.
const spaceFactor = 2.4

// checkSpace returns ErrNoSpace if an index as large as the current one does not fit beside it. Where the system does not tell, it fits.
func (s *shelf) checkSpace(k Kind) error {
	g := s.take(k)
	if g == nil {
		return nil
	}
	defer g.leave()
	size, err := folderSize(g.folder)
	if err != nil {
		return nil // it is damaged; its size says nothing
	}
	need := int64(spaceFactor * float64(size))
	if free, known := freeSpace(s.folder); known && free < need {
		return fmt.Errorf("%w: a new search index needs %d MB, and %d MB are free at %s", ErrNoSpace, need>>20, free>>20, s.folder)
	}
	return nil
}

func folderSize(folder string) (size int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
