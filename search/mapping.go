package search

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/datetime/optional"
	"github.com/blevesearch/bleve/v2/mapping"

	"lectern/search/extract"
)

// The fields of the indexes. Those that end in _x hold the same text as those without, word for word.
const (
	fieldContext   = "ctx"  // key of the course or library
	fieldOrg       = "org"  // its organisation
	fieldType      = "type" // of the block
	fieldKind      = "kind" // content_type of Open edX
	fieldResponses = "ptypes"
	fieldLang      = "lang"
	fieldSubject   = "subject" // of the course
	fieldOffline   = "offline" // t: it can be used without a network
	fieldTitle     = "title"
	fieldTitleX    = "title_x"
	fieldTitleEdge = "title_ac"
	fieldAll       = "all" // body, title and names of what is above, in lines
	fieldAllX      = "all_x"
	fieldAbove     = "anc" // usage keys of the blocks above
	fieldAccess    = "acl" // usage key of the access point
	fieldModified  = "mod"
	fieldPublished = "pub"
	fieldMade      = "ver" // hash of what the document was made from

	// of the studio index alone
	fieldState  = "state"
	fieldKids   = "kids"
	fieldBlock  = "block_id"
	fieldBlockX = "block_id_x"
	fieldHidden = "hidden_text"

	// of the catalog alone
	fieldShort       = "short"
	fieldNumber      = "number"
	fieldNumberX     = "number_x"
	fieldLanguage    = "language"
	fieldPacing      = "pacing"
	fieldTranscripts = "tlangs"
	fieldStart       = "start"
	fieldEnd         = "end"
	fieldEnrolStart  = "enr_start"
	fieldEnrolEnd    = "enr_end"
	fieldVisible     = "vis"
	fieldInvitation  = "invite"
	fieldPopular     = "pop"
)

// fieldID is where bleve keeps the id of a document.
const fieldID = "_id"

// What is not searched.
const (
	fieldAnalyzer = "analyzer" // chooses the mapping, and is not indexed
	typeStamp     = "stamp"    // in its place, for the documents that say what is in the index
	fieldStamp    = "stamp"
	fieldStamped  = "stamped"
)

// fieldMaker makes the mappings of fields, each with nothing but what it is used for: all else costs space.
type fieldMaker struct{ d *mapping.DocumentMapping }

func (f fieldMaker) add(property string, fields ...*mapping.FieldMapping) {
	f.d.AddFieldMappingsAt(property, fields...)
}

func plainField(f *mapping.FieldMapping, name string) *mapping.FieldMapping {
	f.Name = name
	f.Store, f.IncludeInAll, f.DocValues, f.IncludeTermVectors = false, false, false, false
	return f
}

func textField(name, analyzer string, phrases bool) *mapping.FieldMapping {
	f := plainField(bleve.NewTextFieldMapping(), name)
	f.Analyzer, f.IncludeTermVectors = analyzer, phrases
	return f
}

func keywordField(name string) *mapping.FieldMapping {
	f := plainField(bleve.NewKeywordFieldMapping(), name)
	f.Analyzer, f.SkipFreqNorm = keyword.Name, true
	return f
}

func dateField(name string) *mapping.FieldMapping {
	f := plainField(bleve.NewDateTimeFieldMapping(), name)
	f.DateFormat = optional.Name
	return f
}

// listed keeps the values beside the documents, for reading those of one document after another. Facets and the order of dates need nothing of the kind: they have columns.
func listed(f *mapping.FieldMapping) *mapping.FieldMapping {
	f.DocValues = true
	return f
}

// kept stores a value beside the terms: it is no text of a course.
func kept(f *mapping.FieldMapping) *mapping.FieldMapping {
	f.Store = true
	return f
}

// common maps what the documents of all indexes have.
func (f fieldMaker) common(analyzer string) {
	for _, name := range []string{fieldContext, fieldOrg, fieldSubject} {
		f.add(name, keywordField(name))
	}
	f.add(fieldTitle, textField(fieldTitle, analyzer, false), textField(fieldTitleX, Exact, true), textField(fieldTitleEdge, Edge, false))
	f.add(fieldAll, textField(fieldAll, analyzer, false), textField(fieldAllX, Exact, true))
	f.add(fieldModified, dateField(fieldModified))
	f.add(fieldMade, listed(keywordField(fieldMade)))
}

func (f fieldMaker) block(analyzer string) {
	f.common(analyzer)
	for _, name := range []string{fieldType, fieldKind, fieldResponses, fieldLang, fieldOffline} {
		f.add(name, keywordField(name))
	}
	f.add(fieldAbove, keywordField(fieldAbove))
}

func (f fieldMaker) content(analyzer string) {
	f.block(analyzer)
	f.add(fieldAccess, keywordField(fieldAccess))
	f.add(fieldPublished, dateField(fieldPublished))
}

func (f fieldMaker) studio(analyzer string) {
	f.block(analyzer)
	f.add(fieldState, keywordField(fieldState))
	f.add(fieldKids, plainField(bleve.NewNumericFieldMapping(), fieldKids))
	f.add(fieldBlock, keywordField(fieldBlock), textField(fieldBlockX, Exact, true))
	f.add(fieldHidden, textField(fieldHidden, Exact, true))
}

func (f fieldMaker) catalog(analyzer string) {
	f.common(analyzer)
	f.add(fieldShort, textField(fieldShort, analyzer, false))
	f.add(fieldNumber, keywordField(fieldNumber), textField(fieldNumberX, Exact, true))
	for _, name := range []string{fieldLanguage, fieldPacing, fieldTranscripts, fieldInvitation} {
		f.add(name, keywordField(name))
	}
	for _, name := range []string{fieldStart, fieldEnd, fieldEnrolStart, fieldEnrolEnd} {
		f.add(name, dateField(name))
	}
	f.add(fieldVisible, keywordField(fieldVisible))
	f.add(fieldPopular, plainField(bleve.NewNumericFieldMapping(), fieldPopular))
}

// newMapping makes the mapping of an index. It is static: a field that is not mapped is not indexed. There is one mapping of documents for each analyser, all
// with the same fields, because bleve chooses an analyser by the type of a document and not by its content.
func newMapping(k Kind) (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	m.ScoringModel = "bm25"
	m.TypeField, m.DefaultType = fieldAnalyzer, Exact
	m.IndexDynamic, m.StoreDynamic, m.DocValuesDynamic = false, false, false
	if err := addAnalyzers(m); err != nil {
		return nil, fmt.Errorf("make the analysers: %w", err)
	}
	m.DefaultAnalyzer = Exact
	for _, analyzer := range append(slices.Compact(slices.Sorted(maps.Values(analyzers))), Exact) {
		f := newDocument()
		switch k {
		case Content:
			f.content(analyzer)
		case Studio:
			f.studio(analyzer)
		case Catalog:
			f.catalog(analyzer)
		}
		m.AddDocumentMapping(analyzer, f.d)
	}
	stamp := newDocument()
	stamped := kept(plainField(bleve.NewTextFieldMapping(), fieldStamp))
	stamped.Index = false
	stamp.add(fieldStamp, stamped)
	stamp.add(fieldStamped, keywordField(fieldStamped))
	m.AddDocumentMapping(typeStamp, stamp.d)
	m.DefaultMapping = bleve.NewDocumentDisabledMapping()
	return m, m.Validate()
}

func newDocument() fieldMaker {
	d := bleve.NewDocumentStaticMapping()
	d.AddSubDocumentMapping("_all", bleve.NewDocumentDisabledMapping())
	return fieldMaker{d}
}

// documentVersion is raised whenever the same version of a course gives other documents and neither the mapping nor the texts say so.
const documentVersion = 3

// schema names all that documents depend on beside the courses. An index with another one has to be made again.
func schema(m mapping.IndexMapping, classesVersion int) (string, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("describe the mapping: %w", err)
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "documents %d texts %d classes %d segments %s\n%s", documentVersion, extract.Version, classesVersion, segmentFormat, b)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// segmentFormat is the form of the files that this version of bleve writes.
const segmentFormat = "zap17"
