package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lectern/exporter"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/mongostore"
)

func (a *app) demoCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:     "demo",
		GroupID: groupProgram,
		Short:   "Show what Lectern does, with the course that it brings along",
		Long: `Import the course that comes with Lectern, print its outline, export it again as a folder and as an
archive, and compare every file with the original, byte for byte. It needs no network and ends by itself.

All of it happens in a temporary folder, which is removed at the end. With --keep, or with --data, the
course is stored in the data folder, or with --keep --store in that store.`,
		Example: "  lectern demo\n  lectern demo --keep",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runDemo(cmd.Context(), keep || cmd.Flags().Changed("data"))
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "store the course in the data folder")
	return cmd
}

// demonstrated is the --json form of a demonstration.
type demonstrated struct {
	Import  *importer.Report `json:"import"`
	Data    string           `json:"data"`    // the store that has the course now; empty if it was not kept
	Files   int              `json:"files"`   // compared with the original
	Folder  bool             `json:"folder"`  // the exported folder is equal to the original
	Archive bool             `json:"archive"` // so is the exported archive
}

func (a *app) runDemo(ctx context.Context, keep bool) error {
	temp, err := os.MkdirTemp("", "lectern-demo-")
	if err != nil {
		return fmt.Errorf("making room for the demonstration: %w", err)
	}
	defer os.RemoveAll(temp)
	d := &demonstrated{Data: placeName(a.place())}
	if !keep {
		d.Data, a.dataDir, a.storeURI = "", filepath.Join(temp, "data"), embedded
	}
	err = a.withStore(ctx, toWrite, func(store *modulestore.Store) error { return a.demonstrate(ctx, store, temp, d) })
	switch {
	case errors.Is(err, context.Canceled) && keep && d.Import != nil:
		return fmt.Errorf("stopped; the course had been imported into %s by then", d.Data)
	case err != nil:
		return err
	case a.json:
		return a.printJSON(d)
	}
	return a.sayLines(nextSteps(d))
}

// demonstrate imports, shows and exports the bundled course, and notes the results in d.
func (a *app) demonstrate(ctx context.Context, store *modulestore.Store, temp string, d *demonstrated) error {
	version, err := a.demoImport(ctx, store, d)
	if err != nil {
		return err
	}
	if err := a.demoOutline(ctx, store, version); err != nil {
		return err
	}
	original, err := bundledFiles(ctx)
	if err != nil {
		return err
	}
	d.Files = len(original)
	if err := a.say("\nexporting it again"); err != nil {
		return err
	}
	if d.Folder, err = a.demoFolder(ctx, store, version, filepath.Join(temp, "folder"), original); err != nil {
		return err
	}
	d.Archive, err = a.demoArchive(ctx, store, version, filepath.Join(temp, "course.tar.gz"), original)
	return err
}

func (a *app) demoImport(ctx context.Context, store *modulestore.Store, d *demonstrated) (modulestore.Version, error) {
	if err := a.say("importing the course that comes with Lectern"); err != nil {
		return modulestore.Version{}, err
	}
	source := importer.Source{FS: sample.Course(), Name: "the bundled course"}
	report, err := importer.Run(ctx, store, source, importer.Options{Author: a.userName()})
	if err != nil {
		return modulestore.Version{}, err
	}
	d.Import = report
	version, err := store.Version(ctx, report.Course, versionSpec(report.Version))
	if err != nil {
		return modulestore.Version{}, err
	}
	return version, a.say("  unpack   %s, %s\n  check    %s\n  store    %s\n  version  %d (%s) of %s, %.1f s",
		plural(report.Files, "file"), byteText(report.Bytes), findings(report), contents(report),
		version.Seq, version.Commit.Short(), report.Course.String(), report.Seconds)
}

// demoOutline prints sections and subsections; lectern show prints all of the outline.
func (a *app) demoOutline(ctx context.Context, store *modulestore.Store, v modulestore.Version) error {
	snapshot, err := store.Snapshot(ctx, v, modulestore.Published)
	if err != nil {
		return err
	}
	o, err := outlineOf(ctx, store, snapshot)
	if err != nil {
		return err
	}
	lines := []string{"", o.Title}
	for _, section := range o.Outline.Children {
		lines = append(lines, "  "+section.Title)
		for _, subsection := range section.Children {
			lines = append(lines, fmt.Sprintf("    %s  (%s)", subsection.Title, plural(len(subsection.Children), "unit")))
		}
	}
	return a.sayLines(lines)
}

func (a *app) demoFolder(ctx context.Context, store *modulestore.Store, v modulestore.Version, dir string, original courseFiles) (bool, error) {
	if _, err := exporter.Folder(ctx, store, v, exporter.Options{}, dir); err != nil {
		return false, err
	}
	exported := make(courseFiles)
	if _, err := importer.ReadArchive(ctx, dir, importer.DefaultLimits(), exported.add); err != nil {
		return false, err
	}
	return a.demoCompare("folder", original, exported)
}

func (a *app) demoArchive(ctx context.Context, store *modulestore.Store, v modulestore.Version, path string, original courseFiles) (bool, error) {
	err := createFile(path, false, func(w io.Writer) error {
		_, err := exporter.Archive(ctx, store, v, exporter.Options{}, w)
		return err
	})
	if err != nil {
		return false, err
	}
	exported := make(courseFiles)
	_, err = importer.ReadArchive(ctx, path, importer.DefaultLimits(), func(name string, size int64, r io.Reader) error {
		return exported.add(strings.TrimPrefix(name, "course/"), size, r) // the folder in which archives wrap a course
	})
	if err != nil {
		return false, err
	}
	return a.demoCompare("archive", original, exported)
}

func (a *app) demoCompare(what string, original, exported courseFiles) (bool, error) {
	if different := original.different(exported); len(different) > 0 {
		return false, fmt.Errorf("the exported %s is not what was imported: %s differ", what, strings.Join(different, ", "))
	}
	return true, a.say("  %-8s %s, every one equal to the original, byte for byte", what, plural(len(exported), "file"))
}

// courseFiles are the files of a course with their bytes.
type courseFiles map[string][]byte

func bundledFiles(ctx context.Context) (courseFiles, error) {
	files := make(courseFiles)
	_, err := importer.ReadFS(ctx, sample.Course(), importer.DefaultLimits(), files.add)
	return files, err
}

func (f courseFiles) add(name string, _ int64, r io.Reader) error {
	data, err := io.ReadAll(r)
	f[name] = data
	return err
}

// different lists the files that are not equal in both, sorted.
func (f courseFiles) different(other courseFiles) []string {
	var list []string
	for name, data := range f {
		if got, ok := other[name]; !ok || !bytes.Equal(got, data) {
			list = append(list, name)
		}
	}
	for name := range other {
		if _, ok := f[name]; !ok {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func nextSteps(d *demonstrated) []string {
	first := "  lectern demo --keep                 keep this course; so far it was only a visitor"
	if d.Data != "" {
		flag := "--data"
		if mongostore.Is(d.Data) {
			flag = "--store"
		}
		first = fmt.Sprintf("  lectern show %s %s %s", d.Import.Course, flag, d.Data)
	}
	return []string{
		"", "try next", first,
		"  lectern check my-course.tar.gz      see what Lectern finds in a course of yours",
		"  lectern import my-course.tar.gz     store it",
		"  lectern help                        everything else",
	}
}

// say prints a line of the demonstration at once, so that people see it as it happens.
func (a *app) say(format string, args ...any) error {
	if a.json || a.quiet {
		return nil
	}
	a.printf(format+"\n", args...)
	return a.out.Flush()
}

func (a *app) sayLines(lines []string) error {
	for _, line := range lines {
		if err := a.say("%s", line); err != nil {
			return err
		}
	}
	return nil
}
