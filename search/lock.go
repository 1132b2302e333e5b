package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ErrBusy is the cause of the error when another process uses the indexes. Bleve lets one process open an index that is written to, and no other, not even to read.
var ErrBusy = errors.New("the search index is in use")

var errLocked = errors.New("locked")

// How long to wait for another process, and how often to look.
const (
	lockPatience = time.Second
	lockInterval = 50 * time.Millisecond
)

// lock takes the folder of the indexes for this process. It waits a second for one that is about to end.
func lock(ctx context.Context, folder string) (*os.File, error) {
	ctx, stop := context.WithTimeout(ctx, lockPatience)
	defer stop()
	for {
		f, err := tryLock(filepath.Join(folder, "lock"))
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("lock the search index in %s: %w", folder, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w by another process that has opened %s: search through that process, or end it", ErrBusy, folder)
		case <-time.After(lockInterval):
		}
	}
}
