package search

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/search/searcher"
)

// asyncErrors is the name under which bleve finds what to call when one of its goroutines fails.
const asyncErrors = "lectern"

// maxClauses is the number of words that a prefix or an unclear word may stand for.
const maxClauses = 4096

// watched are the open indexes of the process by the folders of their segments: bleve tells of a failure by the folder alone, to one function for all.
var watched = struct {
	sync.Mutex
	byStore map[string]*generation
}{byStore: make(map[string]*generation)}

// configure sets what bleve keeps for the whole process.
var configure = sync.OnceFunc(func() {
	searcher.DisjunctionMaxClauseCount = maxClauses
	scorch.RegistryAsyncErrorCallbacks[asyncErrors] = func(err error, store string) {
		watched.Lock()
		g := watched.byStore[store]
		watched.Unlock()
		if g != nil {
			g.spoil(fmt.Errorf("%w: %s: %w", ErrDamaged, g.folder, err))
		}
	}
})

func watch(g *generation) {
	watched.Lock()
	defer watched.Unlock()
	watched.byStore[filepath.Join(g.folder, "store")] = g
}

func unwatch(g *generation) {
	watched.Lock()
	defer watched.Unlock()
	delete(watched.byStore, filepath.Join(g.folder, "store"))
}

// catchFaults makes reading past the end of a file that has been cut short a panic of this goroutine instead of the end of the process, until the function
// that it returns is called.
func catchFaults() (restore func()) {
	before := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(before) }
}

// checkSegments looks at the files of an index before bleve does, because a damaged one can end the process later: the segments have check sums at their ends,
// which bleve does not look at.
func checkSegments(ctx context.Context, folder string) error {
	if err := sweepForeign(filepath.Join(folder, "store")); err != nil {
		return err
	}
	named := filepath.Join(folder, "store", "root.bolt")
	if err := checkLength(named); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	names, err := os.ReadFile(named)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	list, err := segments(folder)
	if err != nil {
		return err
	}
	for _, path := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := checkSegment(path)
		switch {
		case err == nil:
		case bytes.Contains(names, []byte(filepath.Base(path))):
			return fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
		default: // bleve names a segment when all of it is on the disk: this one was being written when its process was killed
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("delete a part of a segment: %w", err)
			}
		}
	}
	return nil
}

// sweepForeign deletes the files that operating systems put into folders: they keep bleve from opening an index.
func sweepForeign(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// The layout of the file that lists the segments, which is one of bbolt, in the byte order of the machine: it begins with two pages that each tell, after a header,
// the size of a page and how many pages there are. The one with the higher transaction counts.
const (
	boltHeader   = 16
	boltMagic    = 0xED0CDAED
	boltPageSize = boltHeader + 8
	boltPages    = boltHeader + 40
	boltTx       = boltHeader + 48
	boltMetaEnd  = boltTx + 8
)

// checkLength finds out whether a file of bbolt has been cut short: it would end the process to read what is not there any more.
func checkLength(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var need, last uint64
	for at := int64(0); at <= int64(os.Getpagesize()); at += int64(os.Getpagesize()) {
		var page [boltMetaEnd]byte
		if _, err := f.ReadAt(page[:], at); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		order := binary.NativeEndian
		if tx := order.Uint64(page[boltTx:]); order.Uint32(page[boltHeader:]) == boltMagic && tx >= last {
			need, last = uint64(order.Uint32(page[boltPageSize:]))*order.Uint64(page[boltPages:]), tx
		}
	}
	if need == 0 || uint64(info.Size()) < need {
		return fmt.Errorf("%s has %d bytes, and should have %d", path, info.Size(), need)
	}
	return nil
}

// checkSegment reads one segment: its last four bytes are the CRC-32 of the rest.
func checkSegment(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	body := info.Size() - crc32.Size
	if body < 0 {
		return io.ErrUnexpectedEOF
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyN(sum, f, body); err != nil {
		return err
	}
	var want uint32
	if err := binary.Read(f, binary.BigEndian, &want); err != nil {
		return err
	}
	if sum.Sum32() != want {
		return fmt.Errorf("its check sum is wrong")
	}
	return nil
}
