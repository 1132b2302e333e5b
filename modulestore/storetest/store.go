package storetest

import (
	"testing"

	"lectern/modulestore"
)

// RunStore runs the tests of modulestore.Store on a backend.
func RunStore(t *testing.T, open func(t *testing.T) modulestore.Backend) {}
