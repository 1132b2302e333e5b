package exporter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lectern/exporter"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

func TestAVersionOfWhichContentWasTakenDownExports(t *testing.T) {
	ctx := t.Context()
	for _, canonical := range []bool{false, true} {
		store := newStore(t)
		dir := filepath.Join(t.TempDir(), "course")
		if err := os.CopyFS(dir, sample.Course()); err != nil {
			t.Fatal(err)
		}
		write := func(name, text string) {
			t.Helper()
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("static/face.txt", "the face of a learner")
		write("html/import-text.html", "<p>the name of a learner</p>")
		report := importPath(t, store, dir)
		v, err := store.Head(ctx, report.Course)
		if err != nil {
			t.Fatal(err)
		}
		o := modulestore.PurgeOptions{Reason: "it is about a learner"}
		if _, err := store.PurgeFile(ctx, v, "static/face.txt", o); err != nil {
			t.Fatal(err)
		}
		for _, block := range []string{"html/import-text", "problem/import-command"} {
			blockType, name, _ := strings.Cut(block, "/")
			if _, err := store.PurgeBlock(ctx, v, key.BlockID{Type: blockType, Name: name}, o); err != nil {
				t.Fatal(err)
			}
		}
		out := filepath.Join(t.TempDir(), "out")
		summary, err := exporter.Folder(ctx, store, v, exporter.Options{Canonical: canonical}, out)
		if err != nil {
			t.Fatal(err)
		}
		if len(summary.Purged) != 1 || summary.Purged[0].Path != "static/face.txt" || summary.Purged[0].Reason != o.Reason {
			t.Errorf("canonical %v: left out %+v", canonical, summary.Purged)
		}
		if _, err := os.Stat(filepath.Join(out, "static/face.txt")); !os.IsNotExist(err) {
			t.Errorf("canonical %v: the file is there: %v", canonical, err)
		}
		for file, want := range map[string]string{
			"html/import-text.html":      "<!-- content removed on ",
			"problem/import-command.xml": `display_name="Type the command"`,
		} {
			data, err := os.ReadFile(filepath.Join(out, file))
			if err != nil || !strings.Contains(string(data), want) || !strings.Contains(string(data), ": it is about a learner -->") {
				t.Errorf("canonical %v: %s is %q, %v", canonical, file, data, err)
			}
		}
		again, err := importer.Run(ctx, newStore(t), importer.Source{Path: out}, importer.Options{Limits: importer.DefaultLimits()})
		if err != nil || again.Counts.Blocks != report.Counts.Blocks {
			t.Errorf("canonical %v: importing that: %+v, %v", canonical, again, err)
		}
	}
}
