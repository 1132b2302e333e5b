package search

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/blevesearch/bleve/v2"

	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
)

// files makes a file tree of an OLX course from the text of each file.
func files(texts map[string]string) fs.FS {
	tree := make(fstest.MapFS, len(texts))
	for name, text := range texts {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func newStore(t testing.TB) *modulestore.Store {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// imported takes a course into a store.
func imported(t testing.TB, store *modulestore.Store, source fs.FS, as string) key.Course {
	t.Helper()
	o := importer.Options{Author: "test", Limits: importer.DefaultLimits()}
	if as != "" {
		o.Course = course(t, as)
	}
	report, err := importer.Run(t.Context(), store, importer.Source{FS: source}, o)
	if err != nil {
		t.Fatal(err)
	}
	return report.Course
}

func course(t testing.TB, text string) key.Course {
	t.Helper()
	c, err := key.ParseCourse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// reopened opens indexes that the test closes.
func reopened(t testing.TB, store *modulestore.Store, folder string) *Index {
	t.Helper()
	x, err := Open(t.Context(), Options{Folder: folder, Store: store, Classes: sections})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// opened opens indexes that are closed when the test ends.
func opened(t testing.TB, store *modulestore.Store, folder string) *Index {
	t.Helper()
	x := reopened(t, store, folder)
	t.Cleanup(func() { _ = x.Close() })
	return x
}

// filled opens new indexes of a store and takes everything in.
func filled(t testing.TB, store *modulestore.Store) *Index {
	t.Helper()
	x := opened(t, store, filepath.Join(t.TempDir(), "search"))
	updateAll(t, x)
	return x
}

func updateAll(t testing.TB, x *Index) *Report {
	t.Helper()
	report, err := x.UpdateAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// sections gives each section access of its own.
func sections(_ context.Context, s *modulestore.Snapshot) (func(key.BlockID) key.BlockID, error) {
	return func(id key.BlockID) key.BlockID {
		for _, above := range s.Path(id) {
			if above.Type == "chapter" {
				return above
			}
		}
		return key.BlockID{}
	}, nil
}

// contents lists what an index holds, document by document.
func contents(t testing.TB, x *Index, k Kind) map[string]map[string]string {
	t.Helper()
	all := make(map[string]map[string]string)
	err := x.Use(k, func(index bleve.Index) error {
		engine, err := index.Advanced()
		if err != nil {
			return err
		}
		reader, err := engine.Reader()
		if err != nil {
			return err
		}
		defer reader.Close()
		everything, err := reader.DocIDReaderAll()
		if err != nil {
			return err
		}
		defer everything.Close()
		for {
			at, err := everything.Next()
			if err != nil || at == nil {
				return err
			}
			id, err := reader.ExternalID(at)
			if err != nil {
				return err
			}
			all[id] = make(map[string]string)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fieldMade, fieldAccess, fieldAbove, fieldContext, fieldState, fieldType, fieldLang, fieldTitleX, fieldAllX} {
		for id, value := range values(t, x, k, name) {
			all[id][name] = value
		}
	}
	return all
}

// values gives the terms of a field of all documents.
func values(t testing.TB, x *Index, k Kind, field string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := x.Use(k, func(index bleve.Index) error {
		engine, err := index.Advanced()
		if err != nil {
			return err
		}
		reader, err := engine.Reader()
		if err != nil {
			return err
		}
		defer reader.Close()
		dict, err := reader.FieldDict(field)
		if err != nil {
			return err
		}
		defer dict.Close()
		for {
			entry, err := dict.Next()
			if err != nil || entry == nil {
				return err
			}
			terms, err := reader.TermFieldReader(t.Context(), []byte(entry.Term), field, false, false, false)
			if err != nil {
				return err
			}
			for d, err := terms.Next(nil); d != nil; d, err = terms.Next(nil) {
				if err != nil {
					return err
				}
				id, err := reader.ExternalID(d.ID)
				if err != nil {
					return err
				}
				found[id] += entry.Term + "\n"
			}
			if err := terms.Close(); err != nil {
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// found gives the ids that a word finds in a field, which is analysed as the exact words.
func found(t testing.TB, x *Index, k Kind, field, word string) map[string]bool {
	t.Helper()
	ids := make(map[string]bool)
	err := x.Use(k, func(index bleve.Index) error {
		q := bleve.NewMatchQuery(word)
		q.SetField(field)
		q.Analyzer = Exact
		result, err := index.SearchInContext(t.Context(), bleve.NewSearchRequestOptions(q, 1000, 0, false))
		if err != nil {
			return err
		}
		for _, hit := range result.Hits {
			ids[hit.ID] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

var small = map[string]string{
	"course.xml": `<course org="Org" course="C" url_name="run" display_name="Chemistry" language="en">
		<chapter url_name="one" display_name="Atoms">
			<sequential url_name="a" display_name="Shells"><vertical url_name="u" display_name="Electrons">
				<html url_name="h" display_name="Welcome"><![CDATA[<p>Orbitals are clouds.</p>]]></html>
				<problem url_name="p" display_name="Quiz"><p>Which shell is outermost?</p></problem>
			</vertical></sequential>
		</chapter>
		<chapter url_name="two" display_name="Bonds"><sequential url_name="b" display_name="Ions"><vertical url_name="v" display_name="Salts">
			<html url_name="g" display_name="Crystals"><![CDATA[<p>Sodium chloride.</p>]]></html>
		</vertical></sequential></chapter>
	</course>`,
	"about/overview.html":          `<p>All about molecules.</p>`,
	"about/short_description.html": `Matter, briefly.`,
	"tabs/syllabus.html":           `<p>Weekly plan.</p>`,
}

func with(base map[string]string, more map[string]string) map[string]string {
	all := maps.Clone(base)
	maps.Copy(all, more)
	return all
}

// edit makes one version of a course.
func edit(t testing.TB, store *modulestore.Store, c key.Course, f func(e *modulestore.Edit) error) {
	t.Helper()
	if _, _, err := store.Update(t.Context(), c, func(e *modulestore.Edit) error {
		e.Describe("test", "edit", "")
		return f(e)
	}); err != nil {
		t.Fatal(err)
	}
}

func block(t testing.TB, text string) key.BlockID {
	t.Helper()
	id, err := key.ParseBlockID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func retitle(t testing.TB, store *modulestore.Store, c key.Course, id, title string) {
	t.Helper()
	edit(t, store, c, func(e *modulestore.Edit) error {
		e.About(block(t, id))
		return e.Change(t.Context(), block(t, id), modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: title})
	})
}

func publish(t testing.TB, store *modulestore.Store, c key.Course, id string) {
	t.Helper()
	if _, _, err := store.Publish(t.Context(), c, block(t, id), modulestore.PublishOptions{}, "test"); err != nil {
		t.Fatal(err)
	}
}

// large gives a course of about so many blocks, five to a unit.
func large(blocks int) map[string]string {
	var b strings.Builder
	b.WriteString(`<course org="Org" course="Large" url_name="run" display_name="Large" language="en">`)
	for i := range blocks / 6 {
		if i%50 == 0 {
			fmt.Fprintf(&b, `<chapter url_name="c%d" display_name="Section %d">`, i, i)
		}
		if i%5 == 0 {
			fmt.Fprintf(&b, `<sequential url_name="s%d" display_name="Subsection %d">`, i, i)
		}
		fmt.Fprintf(&b, `<vertical url_name="v%d" display_name="Unit %d">`, i, i)
		for j := range 5 {
			name := fmt.Sprintf("h%d", 5*i+j)
			fmt.Fprintf(&b, `<html url_name="%s" display_name="Text %s">&lt;p&gt;What is said in %s, at some length, about nothing in particular.&lt;/p&gt;</html>`, name, name, name)
		}
		b.WriteString("</vertical>")
		if i%5 == 4 || i == blocks/6-1 {
			b.WriteString("</sequential>")
		}
		if i%50 == 49 || i == blocks/6-1 {
			b.WriteString("</chapter>")
		}
	}
	b.WriteString("</course>")
	return map[string]string{"course.xml": b.String()}
}
