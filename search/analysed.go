package search

import (
	"sync"
	"time"

	blevedocument "github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/numeric"
	index "github.com/blevesearch/bleve_index_api"
)

// field gives the field that is indexed in place of one that the mapping has made.
func (d *document) field(f blevedocument.Field) blevedocument.Field {
	switch f.Name() {
	case fieldModified, fieldPublished, fieldKids:
		return exact(f)
	case fieldTitle, fieldTitleX, fieldTitleEdge, fieldAll, fieldAllX:
		if d.analysed != nil {
			return d.analysed.shared(f)
		}
	}
	return f
}

// analysed are fields that documents of several indexes have: they are mapped alike there, and say the same.
type analysed struct {
	mu     sync.Mutex
	byName map[string]*sharedField
}

// shared gives the one field for all documents that have it.
func (a *analysed) shared(f blevedocument.Field) blevedocument.Field {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.byName[f.Name()]
	if known == nil {
		known = &sharedField{Field: f}
		a.byName[f.Name()] = known
	}
	return known
}

// sharedField is a field of several documents. The first that needs its words analyses it for all; from then on nobody writes to it.
type sharedField struct {
	blevedocument.Field
	once sync.Once
}

// Analyze finds the words of the text.
func (f *sharedField) Analyze() { f.once.Do(f.Field.Analyze) }

// Size is an estimate that bleve adds up and makes no use of. It takes time to look at every word for it.
func (f *sharedField) Size() int { return len(f.Value()) }

// exactField is a date or number that documents are sorted by, and that no query asks for a range of: of the sixteen terms that find ranges, only the one that says
// all of it is in the index.
type exactField struct {
	blevedocument.Field
	term index.TokenFrequencies
}

// exact gives a field of one term, if it is a date or a number.
func exact(f blevedocument.Field) blevedocument.Field {
	var n int64
	var err error
	switch v := f.(type) {
	case index.DateTimeField:
		var at time.Time
		at, _, err = v.DateTime()
		n = at.UnixNano()
	case index.NumericField:
		var number float64
		number, err = v.Number()
		n = numeric.Float64ToInt64(number)
	default:
		return f
	}
	if err != nil {
		return f
	}
	term := &index.TokenFreq{Term: numeric.MustNewPrefixCodedInt64(n, 0)}
	term.SetFrequency(1)
	return &exactField{Field: f, term: index.TokenFrequencies{string(term.Term): term}}
}

// Analyze does nothing: there is one term.
func (f *exactField) Analyze() {}

// AnalyzedLength is the number of terms.
func (f *exactField) AnalyzedLength() int { return 1 }

// AnalyzedTokenFrequencies gives the term.
func (f *exactField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.term }
