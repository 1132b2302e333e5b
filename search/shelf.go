package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/mapping"
)

// shelf is the folder of the indexes: which generation of each is the current one, on disk and in this process.
//
//	CURRENT      the folders that count, one in each line
//	content-3    a generation; others of the same kind are left over from a process that ended while it made one
//	lock         taken by the process that has the indexes open
type shelf struct {
	folder string
	lock   *os.File

	mu   sync.Mutex
	live map[Kind]*generation
	last int // the highest number of a generation
}

const currentName = "CURRENT"

// generationName is the form of the names of the folders that are ours.
var generationName = regexp.MustCompile(`^(content|studio|catalog)-([0-9]{1,9})$`)

// openShelf takes the folder and opens what is current in it. What cannot be opened is deleted: it can be made again.
func openShelf(ctx context.Context, folder string) (*shelf, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the search index: %w", err)
	}
	locked, err := lock(ctx, folder)
	if err != nil {
		return nil, err
	}
	s := &shelf{folder: folder, lock: locked, live: make(map[Kind]*generation)}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *shelf) open(ctx context.Context) error {
	current, err := s.readCurrent()
	if err != nil {
		return err
	}
	if err := s.sweep(current); err != nil {
		return err
	}
	for k, name := range current {
		folder := filepath.Join(s.folder, name)
		g, err := openGeneration(ctx, k, folder)
		switch {
		case err == nil:
			s.live[k] = g
		case ctx.Err() != nil || errors.Is(err, ErrBusy):
			return err
		default:
			if err := os.RemoveAll(folder); err != nil {
				return fmt.Errorf("delete a damaged search index: %w", err)
			}
		}
	}
	return nil
}

// readCurrent gives the folder of the current generation of each kind that has one. A file that says something else says nothing.
func (s *shelf) readCurrent() (map[Kind]string, error) {
	current := make(map[Kind]string)
	text, err := os.ReadFile(filepath.Join(s.folder, currentName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open the search index: %w", err)
	}
	for _, line := range strings.Fields(string(text)) {
		if m := generationName.FindStringSubmatch(line); m != nil {
			current[Kind(m[1])] = line
		}
	}
	return current, nil
}

// sweep deletes generations that are not current, and notes the highest number.
func (s *shelf) sweep(current map[Kind]string) error {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return fmt.Errorf("open the search index: %w", err)
	}
	for _, e := range entries {
		m := generationName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		n, _ := strconv.Atoi(m[2])
		s.last = max(s.last, n)
		if current[Kind(m[1])] == e.Name() {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.folder, e.Name())); err != nil {
			return fmt.Errorf("delete an old search index: %w", err)
		}
	}
	return nil
}

// create makes an empty generation that is not current yet.
func (s *shelf) create(k Kind, schema string, m mapping.IndexMapping) (*generation, error) {
	s.mu.Lock()
	s.last++
	name := fmt.Sprintf("%s-%d", k, s.last)
	s.mu.Unlock()
	return createGeneration(k, filepath.Join(s.folder, name), schema, m)
}

// swap makes a generation the current one of its kind. The one before is closed and deleted when the last search in it has ended; no search waits.
func (s *shelf) swap(g *generation) error {
	s.mu.Lock()
	old := s.live[g.kind]
	s.live[g.kind] = g
	err := s.writeCurrent()
	if err != nil {
		s.live[g.kind] = old
	}
	s.mu.Unlock()
	if err == nil && old != nil {
		old.retire()
	}
	return err
}

// writeCurrent replaces the file CURRENT as a whole.
func (s *shelf) writeCurrent() error {
	var names []string
	for _, g := range s.live {
		if g != nil {
			names = append(names, filepath.Base(g.folder))
		}
	}
	slices.Sort(names)
	path := filepath.Join(s.folder, currentName)
	if err := writeDurably(path+".new", strings.Join(names, "\n")+"\n"); err != nil {
		return fmt.Errorf("note the current search index: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("note the current search index: %w", err)
	}
	return syncFolder(s.folder)
}

func writeDurably(path, text string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes a rename durable, where folders can be synced.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	_ = d.Sync() // not every system can
	return d.Close()
}

// take gives the current generation of a kind to a user, who must let it go; nil if there is none.
func (s *shelf) take(k Kind) *generation {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.live[k]
	if g != nil {
		g.enter()
	}
	return g
}

// close closes all indexes. No search may be running.
func (s *shelf) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for k, g := range s.live {
		if g != nil {
			errs = append(errs, g.close())
		}
		delete(s.live, k)
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
