package search

import (
	"sync"
	"weak"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// spoken are the languages of the documents of an index, as they were when somebody asked last: each search needs them, and they change with the snapshot at most.
type spoken struct {
	mu     sync.Mutex
	in     weak.Pointer[scorch.IndexSnapshot] // what is told of, which is not kept from being closed
	langs  []string
	others bool // there are documents in none that is known
}

// languages lists those of the documents of an index, and tells whether there are documents in none that is known. Nobody may change the list.
func (s *spoken) languages(x bleve.Index, k Kind) (langs []string, others bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = inSnapshot(x, func(reader index.IndexReader) error {
		snapshot, err := snapshotOf(reader)
		if err != nil || s.in == weak.Make(snapshot) {
			return err
		}
		field := languageField(k)
		langs, err := valuesIn(reader, field)
		if err != nil {
			return err
		}
		known, err := append(oneOf(field, langs...), oneOf(fieldStamped, "t")...).in(reader)
		if err != nil {
			return err
		}
		all, err := reader.DocCount()
		if err != nil {
			return err
		}
		s.in, s.langs, s.others = weak.Make(snapshot), langs, known.GetCardinality() < all
		return nil
	})
	return s.langs, s.others, err
}

func languageField(k Kind) string {
	if k == Catalog {
		return fieldLanguage
	}
	return fieldLang
}
