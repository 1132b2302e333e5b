package main

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/courses"
	"lectern/exporter"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
	"lectern/search"
	"lectern/search/query"
)

// leastPairs is how often the limit program and the product run in turn at least; a longer -benchtime gives more.
const leastPairs = 7

// trial prepares one run and returns what is measured of it, and what tidies up afterwards.
type trial func() (run func() error, tidy func())

// inTurn runs the limit program and the product in turn, so that what else the machine does weighs on both, and reports the median
// of the ratios of their times.
func inTurn(b *testing.B, limit, product trial) {
	b.Helper()
	var limits, products, ratios []float64
	pair := func() {
		l := milliseconds(b, limit)
		p := milliseconds(b, product)
		limits, products, ratios = append(limits, l), append(products, p), append(ratios, p/l)
	}
	pair()
	limits, products, ratios = nil, nil, nil // that was to warm up
	for b.Loop() {
		pair()
	}
	for len(ratios) < leastPairs {
		pair()
	}
	b.ReportMetric(median(ratios), "x-limit")
	b.ReportMetric(median(limits), "limit-ms")
	b.ReportMetric(median(products), "product-ms")
	b.ReportMetric(0, "ns/op") // it would be that of both with all preparations
}

func milliseconds(b *testing.B, t trial) float64 {
	b.Helper()
	run, tidy := t()
	runtime.GC() // neither pays for what was there before
	start := time.Now()
	err := run()
	taken := time.Since(start)
	tidy()
	if err != nil {
		b.Fatal(err)
	}
	return float64(taken.Microseconds()) / 1000
}

func median(list []float64) float64 {
	slices.Sort(list)
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

// plain is a trial that needs nothing around it.
func plain(run func() error) trial {
	return func() (func() error, func()) { return run, func() {} }
}

// eachCourse runs a benchmark on the demo course and on the largest of the sample courses.
func eachCourse(b *testing.B, bench func(b *testing.B, archive string)) {
	all := storetest.Corpus(b)
	largest := slices.MaxFunc(all, func(x, y string) int { return cmp.Compare(bytesOf(b, x), bytesOf(b, y)) })
	for _, archive := range all {
		name := strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
		if name == "demo-course" || archive == largest {
			b.Run(name, func(b *testing.B) { bench(b, archive) })
		}
	}
}

func bytesOf(b *testing.B, path string) int64 {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

func storeIn(b *testing.B, dir string) *modulestore.Store {
	b.Helper()
	db, err := sqlitestore.Open(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	return modulestore.New(db)
}

func closeStore(b *testing.B, store *modulestore.Store) {
	b.Helper()
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}

// removeAll frees the disk between runs.
func removeAll(b *testing.B, dir string) {
	b.Helper()
	if err := os.RemoveAll(dir); err != nil {
		b.Fatal(err)
	}
}

func mustImport(b *testing.B, store *modulestore.Store, archive string) *importer.Report {
	b.Helper()
	source := importer.Source{Path: archive}
	report, err := importer.Run(b.Context(), store, source, importer.Options{Author: "somebody@example.org", Limits: importer.DefaultLimits()})
	if err != nil {
		b.Fatal(err)
	}
	return report
}

// BenchmarkImportRatio measures the first import into an empty store, from the archive on the disk to a version that is durable.
func BenchmarkImportRatio(b *testing.B) {
	eachCourse(b, func(b *testing.B, archive string) {
		limit := func() (func() error, func()) {
			dir := b.TempDir()
			return func() error { return limitImport(archive, dir) }, func() { removeAll(b, dir) }
		}
		product := func() (func() error, func()) {
			dir := b.TempDir()
			store := storeIn(b, dir)
			run := func() error {
				mustImport(b, store, archive)
				return nil
			}
			return run, func() {
				closeStore(b, store)
				removeAll(b, dir)
			}
		}
		inTurn(b, limit, product)
	})
}

// BenchmarkSearchableRatio measures the first import into an empty store and the making of its search index: from the archive on the disk to the first hit.
func BenchmarkSearchableRatio(b *testing.B) {
	eachCourse(b, func(b *testing.B, archive string) {
		limit := func() (func() error, func()) {
			dir := b.TempDir()
			return func() error { return limitSearchable(archive, dir) }, func() { removeAll(b, dir) }
		}
		product := func() (func() error, func()) {
			dir := b.TempDir()
			store := storeIn(b, filepath.Join(dir, "store"))
			var index *search.Index
			run := func() (err error) {
				mustImport(b, store, archive)
				index, err = search.Open(b.Context(), search.Options{Folder: filepath.Join(dir, "search"), Store: store, Classes: courses.NewGradebook(store, nil).Classes})
				if err == nil {
					_, err = index.UpdateAll(b.Context())
				}
				return errors.Join(err, mustHit(b, index))
			}
			return run, func() {
				must(b, index.Close())
				closeStore(b, store)
				removeAll(b, dir)
			}
		}
		inTurn(b, limit, product)
	})
}

// mustHit finds something.
func mustHit(b *testing.B, index *search.Index) error {
	b.Helper()
	q, _ := query.Parse("course")
	found, err := index.Search(b.Context(), search.Request{Kind: search.Content, Query: q, Scope: search.Scope{Everything: true}, Size: 1})
	if err == nil && len(found.Hits) == 0 {
		b.Error("nothing is found")
	}
	return err
}

// BenchmarkReimportRatio measures the import of what is stored already, with nothing of it in memory.
func BenchmarkReimportRatio(b *testing.B) {
	eachCourse(b, func(b *testing.B, archive string) {
		dir := b.TempDir()
		store := storeIn(b, dir)
		mustImport(b, store, archive)
		closeStore(b, store)
		inTurn(b, plain(func() error { return limitReimport(archive) }), func() (func() error, func()) {
			store := storeIn(b, dir)
			run := func() error {
				if report := mustImport(b, store, archive); report.Changed {
					b.Errorf("version %d of the same archive", report.Version)
				}
				return nil
			}
			return run, func() { closeStore(b, store) }
		})
	})
}

// BenchmarkExportRatio measures both forms of export, to nowhere; its limit packs the files of that same export.
func BenchmarkExportRatio(b *testing.B) {
	eachCourse(b, func(b *testing.B, archive string) {
		dir := b.TempDir()
		store := storeIn(b, dir)
		report := mustImport(b, store, archive)
		closeStore(b, store)
		for _, form := range []struct {
			name    string
			options exporter.Options
		}{{"faithful", exporter.Options{}}, {"canonical", exporter.Options{Canonical: true}}} {
			export := func(store *modulestore.Store, w io.Writer) error {
				v, err := store.Head(b.Context(), report.Course)
				if err != nil {
					return err
				}
				_, err = exporter.Archive(b.Context(), store, v, form.options, w)
				return err
			}
			b.Run(form.name, func(b *testing.B) {
				files := exportedFiles(b, dir, export)
				inTurn(b, plain(func() error { return limitExport(files) }), func() (func() error, func()) {
					store := storeIn(b, dir) // nothing of the course is in memory
					return func() error { return export(store, io.Discard) }, func() { closeStore(b, store) }
				})
			})
		}
	})
}

// exportedFiles exports once and unpacks that into memory.
func exportedFiles(b *testing.B, dir string, export func(*modulestore.Store, io.Writer) error) (files []limitFile) {
	b.Helper()
	store := storeIn(b, dir)
	defer closeStore(b, store)
	packed, unpacked := io.Pipe()
	go func() { unpacked.CloseWithError(export(store, unpacked)) }()
	err := limitInflate(packed, func(f limitFile) error {
		files = append(files, f)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return files
}
