package ferrettest

import (
	"sync"
	"testing"

	"lectern/modulestore"
	"lectern/modulestore/storetest"
)

func TestConformance(t *testing.T) {
	var uris sync.Map
	openAt := func(t *testing.T, uri string) modulestore.Backend {
		db := open(t, uri)
		uris.Store(modulestore.Backend(db), uri)
		return db
	}
	fresh := func(t *testing.T) modulestore.Backend { return openAt(t, newDatabase(t)) }
	again := func(t *testing.T, b modulestore.Backend) modulestore.Backend {
		uri, _ := uris.Load(b)
		return openAt(t, uri.(string))
	}
	storetest.RunBackend(t, fresh, again)
	storetest.RunStore(t, fresh)
}
