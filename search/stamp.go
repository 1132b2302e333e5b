package search

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/blevesearch/bleve/v2"
	index "github.com/blevesearch/bleve_index_api"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Stamp says what an index has of a course: the version that its documents were last written from. It is written in the same batch as the last of them.
type Stamp struct {
	Course key.Course
	Seq    uint64
	// Roots are those that the index reads.
	Roots modulestore.Roots
	// Documents is the number of its documents.
	Documents int
	// Partial says that the documents of another version have begun to take the place of these; Seq is 0 if there were none.
	Partial bool
}

// stampText is the stored form of a Stamp.
type stampText struct {
	Course                  key.Course
	Seq                     uint64
	Draft, Published, Files string
	Documents               int
	Partial                 bool
}

func (s *Stamp) id() string { return "stamp:" + s.Course.String() }

// document gives the document of a stamp. It has none of the fields of other documents, so that no query finds it.
func (s *Stamp) document() (*document, error) {
	text, err := json.Marshal(stampText{
		Course: s.Course, Seq: s.Seq, Documents: s.Documents, Partial: s.Partial,
		Draft: s.Roots.Draft.String(), Published: s.Roots.Published.String(), Files: s.Roots.Files.String(),
	})
	return &document{id: s.id(), analyzer: typeStamp, fields: map[string]any{fieldStamp: string(text), fieldStamped: "t"}}, err
}

func parseStamp(text string) (s Stamp, err error) {
	var t stampText
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return s, fmt.Errorf("read a stamp: %w", err)
	}
	s.Course, s.Seq, s.Documents, s.Partial = t.Course, t.Seq, t.Documents, t.Partial
	for _, root := range []struct {
		text string
		id   *modulestore.ID
	}{{t.Draft, &s.Roots.Draft}, {t.Published, &s.Roots.Published}, {t.Files, &s.Roots.Files}} {
		if n, err := hex.Decode(root.id[:], []byte(root.text)); err != nil || n != len(root.id) {
			return s, fmt.Errorf("read the stamp of %s: %q is no root", t.Course, root.text)
		}
	}
	return s, nil
}

// stampPage is the number of stamps that are read at once.
const stampPage = 1000

// readStamps reads all stamps of an index.
func readStamps(ctx context.Context, index bleve.Index) (map[key.Course]Stamp, error) {
	stamps := make(map[key.Course]Stamp)
	q := bleve.NewTermQuery("t")
	q.SetField(fieldStamped)
	request := bleve.NewSearchRequestOptions(q, stampPage, 0, false)
	request.Fields = []string{fieldStamp}
	request.SortBy([]string{"_id"})
	for {
		found, err := index.SearchInContext(ctx, request)
		if err != nil {
			return nil, err
		}
		for _, hit := range found.Hits {
			text, _ := hit.Fields[fieldStamp].(string)
			s, err := parseStamp(text)
			if err != nil {
				return nil, err
			}
			stamps[s.Course] = s
		}
		if len(found.Hits) < stampPage {
			return stamps, nil
		}
		request.SearchAfter = []string{found.Hits[len(found.Hits)-1].ID}
	}
}

// listing gives the documents that an index has of a course, each with what it was made from.
func listing(ctx context.Context, x bleve.Index, c key.Course) (made map[string]string, err error) {
	err = inSnapshot(x, func(reader index.IndexReader) error {
		found, err := reader.TermFieldReader(ctx, []byte(c.String()), fieldContext, false, false, false)
		if err != nil {
			return err
		}
		made, err = valuesMade(reader, found)
		return errors.Join(err, found.Close())
	})
	return made, err
}

// valuesMade gives the ids of documents, each with what the document was made from.
func valuesMade(reader index.IndexReader, documents index.TermFieldReader) (made map[string]string, err error) {
	values, err := reader.DocValueReader([]string{fieldMade})
	if err != nil {
		return nil, err
	}
	made = make(map[string]string)
	for {
		d, err := documents.Next(nil)
		if err != nil || d == nil {
			return made, err
		}
		id, err := reader.ExternalID(d.ID)
		if err != nil {
			return made, err
		}
		made[id] = ""
		if err := values.VisitDocValues(d.ID, func(_ string, term []byte) { made[id] = string(term) }); err != nil {
			return made, err
		}
	}
}
