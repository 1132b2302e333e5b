package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/exporter"
	"lectern/modulestore"
	"lectern/modulestore/olx"
)

type exportOptions struct {
	course    string
	output    string
	version   string
	branch    string
	canonical bool
	force     bool
}

func (a *app) exportCommand() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:     "export COURSE",
		GroupID: groupCourses,
		Short:   "Write a version of a course as OLX, to an archive or a folder",
		Long: `Write a version of a course as OLX that Open edX imports. It changes nothing in the store, and an export
that fails leaves nothing behind.

The output is an archive if its name ends in .tar.gz or .tgz, standard output if it is -, and otherwise a
folder, which must be new or empty. The faithful form, the default, gives back the files as they were
imported, and writes anew only what was edited since. The canonical form writes every file anew in the layout
of Open edX Studio.`,
		Example: `  lectern export course-v1:Lectern+ByExample+2026
  lectern export course-v1:Lectern+ByExample+2026 -o by-example/ --version head~1
  lectern export course-v1:Lectern+ByExample+2026 -o - | tar tz`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.course = args[0]
			return a.runExport(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.output, "output", "o", "", "`file` ending in .tar.gz, folder, or - (default an archive named after the course, here)")
	flags.StringVar(&o.version, "version", "head", "which `version`")
	flags.StringVar(&o.branch, "branch", string(olx.Both), "`which` drafts: both, draft (one tree as authors see it), published (none)")
	flags.BoolVar(&o.canonical, "canonical", false, "write every file anew, in one fixed layout")
	flags.BoolVar(&o.force, "force", false, "replace the archive if there is one of that name")
	return cmd
}

// form is what an export writes.
type form string

const (
	formArchive form = "archive"
	formFolder  form = "folder"
	formStream  form = "stream"
)

// exported is the --json form of an export.
type exported struct {
	Course    string `json:"course"`
	Version   uint64 `json:"version"`
	Commit    string `json:"commit"`
	Branch    string `json:"branch"`
	Canonical bool   `json:"canonical"`
	Form      form   `json:"form"`
	Path      string `json:"path"`
	Files     int    `json:"files"`
	Bytes     int64  `json:"bytes"`            // of the files
	SHA256    string `json:"sha256,omitempty"` // of the archive
	// Purged are files that were left out because their content was taken down.
	Purged []exporter.Purged `json:"purged,omitempty"`
}

func (a *app) runExport(ctx context.Context, o exportOptions) error {
	to, err := a.destination(o)
	if err != nil {
		return err
	}
	return a.withVersion(ctx, o.course, o.version, func(store *modulestore.Store, v modulestore.Version) error {
		p := a.progress()
		options := exporter.Options{Branch: olx.Branch(o.branch), Canonical: o.canonical, Progress: p.ofExport}
		if o.output == "" {
			o.output = exporter.FileName(v, options)
		}
		sum, digest, err := a.writeExport(ctx, store, v, options, o, to)
		p.end()
		if err != nil || to == formStream {
			return err
		}
		return a.printExported(v, exported{
			Course: v.Course.String(), Version: v.Seq, Commit: v.Commit.String(),
			Branch: o.branch, Canonical: o.canonical, Form: to, Path: o.output,
			Files: sum.Files, Bytes: sum.Bytes, SHA256: digest, Purged: sum.Purged,
		})
	})
}

// destination decides what an export writes, and refuses what it cannot.
func (a *app) destination(o exportOptions) (form, error) {
	if !slices.Contains([]olx.Branch{olx.Both, olx.Draft, olx.Published}, olx.Branch(o.branch)) {
		return "", &usageError{message: fmt.Sprintf("there is no branch %q", o.branch), advice: "choose both, draft or published"}
	}
	switch {
	case o.output == "":
		return formArchive, nil
	case o.output == "-" && a.json:
		return "", &usageError{message: "--json and -o - cannot share standard output", advice: "name a file"}
	case o.output == "-" && isTerminal(a.stdout):
		return "", &usageError{message: "an archive is not for a terminal", advice: "name a file, or send it through a pipe"}
	case o.output == "-":
		return formStream, nil
	case os.IsPathSeparator(o.output[len(o.output)-1]) || isFolder(o.output):
		return formFolder, nil
	case hasSuffix(o.output, ".tar.gz", ".tgz"):
		return formArchive, nil
	case hasSuffix(o.output, ".zip", ".tar", ".gz", ".bz2", ".xz", ".zst"):
		return "", &usageError{
			message: fmt.Sprintf("%s names a kind of archive that is not written", o.output),
			advice:  "end the name in .tar.gz, or in / for a folder",
		}
	}
	return formFolder, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func hasSuffix(name string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(strings.ToLower(name), s) })
}

// writeExport writes the version, and for an archive file returns its SHA-256.
func (a *app) writeExport(
	ctx context.Context, store *modulestore.Store, v modulestore.Version, options exporter.Options, o exportOptions, to form,
) (sum exporter.Summary, digest string, err error) {
	switch to {
	case formStream:
		sum, err = exporter.Archive(ctx, store, v, options, a.out)
	case formFolder:
		err = fillFolder(o.output, func() error {
			sum, err = exporter.Folder(ctx, store, v, options, o.output)
			return err
		})
	default:
		hash := sha256.New()
		err = createFile(o.output, o.force, func(w io.Writer) error {
			sum, err = exporter.Archive(ctx, store, v, options, io.MultiWriter(w, hash))
			return err
		})
		digest = hex.EncodeToString(hash.Sum(nil))
	}
	return sum, digest, err
}

func (a *app) printExported(v modulestore.Version, e exported) error {
	if a.json {
		return a.printJSON(e)
	}
	for _, p := range e.Purged {
		a.printf("left out: %s, removed on %s: %s\n", p.Path, p.Time.Format(time.DateOnly), p.Reason)
	}
	if !a.quiet {
		a.printf("%s: %s, %s, %s of %s, branch %s\n", e.Path, plural(e.Files, "file"), byteText(e.Bytes), v.Name(), e.Course, e.Branch)
	}
	return nil
}
