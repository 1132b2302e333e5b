package search

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"lectern/importer"
	"lectern/importer/sample"
)

// demo is a large course: that of LECTERN_CORPUS if it is there, else the example.
func demo(b *testing.B) importer.Source {
	b.Helper()
	if corpus := os.Getenv("LECTERN_CORPUS"); corpus != "" {
		return importer.Source{Path: filepath.Join(corpus, "demo-course.tar.gz")}
	}
	return importer.Source{FS: sample.Course()}
}

func BenchmarkImportUntilSearchable(b *testing.B) {
	for _, searchable := range []bool{false, true} {
		name := "import alone"
		if searchable {
			name = "and search"
		}
		b.Run(name, func(b *testing.B) {
			for range b.N {
				store := newStore(b)
				if _, err := importer.Run(b.Context(), store, demo(b), importer.Options{Author: "test", Limits: importer.DefaultLimits()}); err != nil {
					b.Fatal(err)
				}
				if searchable {
					filled(b, store)
				}
			}
		})
	}
}

func BenchmarkPublishOfOneUnit(b *testing.B) {
	store := newStore(b)
	c := imported(b, store, files(large(5000)), "")
	x := filled(b, store)
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		retitle(b, store, c, "html/h37", fmt.Sprint("Title ", i))
		publish(b, store, c, "vertical/v7")
		b.StartTimer()
		if _, err := x.Update(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}
