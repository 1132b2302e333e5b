package ferrettest

import (
	"os"
	"strings"
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
	fresh := func(t *testing.T) modulestore.Backend {
		uri := newDatabase(t)
		if os.Getenv(serverVariable) == "" && strings.Contains(t.Name(), "/Sweep/") {
			// FerretDB looks for what it is to remove or to change before it does so, and others come in between. MongoDB does not.
			uri += "?maxPoolSize=1"
		}
		return openAt(t, uri)
	}
	again := func(t *testing.T, b modulestore.Backend) modulestore.Backend {
		uri, _ := uris.Load(b)
		return openAt(t, uri.(string))
	}
	storetest.RunBackend(t, fresh, again)
	storetest.RunStore(t, fresh)
}
