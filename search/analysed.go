package search

import (
	"sync"

	blevedocument "github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/numeric"
	index "github.com/blevesearch/bleve_index_api"
)

// field gives the field that is indexed in place of one that the mapping has made.
func (d *document) field(f blevedocument.Field) blevedocument.Field {
	switch f.Name() {
	case fieldModified:
		if date, ok := f.(index.DateTimeField); ok {
			if at, _, err := date.DateTime(); err == nil {
				return &sortedDate{Field: f, term: numeric.MustNewPrefixCodedInt64(at.UnixNano(), 0)}
			}
		}
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

// sortedDate is a date that documents are sorted by, and that no query asks for: of its sixteen terms, by which bleve finds ranges, only the one that says it all
// is in the index.
type sortedDate struct {
	blevedocument.Field
	term numeric.PrefixCoded
}

// Analyze does nothing: there is one term.
func (d *sortedDate) Analyze() {}

// AnalyzedLength is the number of terms.
func (d *sortedDate) AnalyzedLength() int { return 1 }

// AnalyzedTokenFrequencies gives the term.
func (d *sortedDate) AnalyzedTokenFrequencies() index.TokenFrequencies {
	f := &index.TokenFreq{Term: d.term}
	f.SetFrequency(1)
	return index.TokenFrequencies{string(d.term): f}
}
