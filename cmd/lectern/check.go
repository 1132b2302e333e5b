package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lectern/exporter"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

type checkOptions struct {
	subject string
	format  string
	strict  bool
	limits  importer.Limits
}

// The formats of a check's result.
const (
	formatText  = "text"
	formatJSON  = "json"
	formatSARIF = "sarif"
)

func (a *app) checkCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:     "check ARCHIVE|DIR|COURSE",
		GroupID: groupCourses,
		Short:   "Report on an archive, a folder or a stored course",
		Long: `Read an archive or a folder as an import would, or a course that is in the store, and list everything
found in it. It changes nothing, and it does not even create the data folder.

The exit code is 1 if there are errors, and with --strict 3 if there are warnings alone. The format sarif
(2.1.0) is understood by tools for code review.`,
		Example: `  lectern check my-course.tar.gz
  lectern check ./course-folder --format sarif > report.sarif
  lectern check course-v1:Lectern+ByExample+2026 --strict`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.subject = args[0]
			return a.runCheck(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.format, "format", formatText, "`form` of the result: text, json or sarif")
	flags.BoolVar(&o.strict, "strict", false, "exit with 3 if there are warnings")
	limitFlags(flags, &o.limits)
	return cmd
}

func (a *app) runCheck(ctx context.Context, o checkOptions) error {
	if a.json && o.format == formatText {
		o.format = formatJSON
	}
	if !slices.Contains([]string{formatText, formatJSON, formatSARIF}, o.format) {
		return &usageError{message: fmt.Sprintf("there is no format %q", o.format), advice: "choose text, json or sarif"}
	}
	if err := checkLimits(o.limits); err != nil {
		return err
	}
	report, err := a.examine(ctx, o)
	if err != nil {
		return err
	}
	if err := a.printChecked(o, report); err != nil {
		return err
	}
	if report.Count(olx.Error) > 0 {
		return errFindings
	}
	return strict(o.strict, report)
}

// examine reads what is to be checked: a path if there is one of that name, else a course in the store.
func (a *app) examine(ctx context.Context, o checkOptions) (*importer.Report, error) {
	source, err := pathSource(o.subject)
	if err == nil {
		return a.examineSource(ctx, source, o.limits)
	}
	if _, keyErr := key.ParseCourse(o.subject); keyErr != nil {
		return nil, err
	}
	report, keyErr := a.examineStored(ctx, o)
	if keyErr != nil && !strings.Contains(o.subject, ":") { // an old key, ORG/CODE/RUN, looks like a path
		return nil, fmt.Errorf("%w; and as a course: %w", err, keyErr)
	}
	return report, keyErr
}

// examineStored checks a course in the store as it would arrive somewhere else: it is exported and read again.
func (a *app) examineStored(ctx context.Context, o checkOptions) (report *importer.Report, err error) {
	err = a.withVersion(ctx, o.subject, "", func(store *modulestore.Store, v modulestore.Version) error {
		dir, err := os.MkdirTemp("", "lectern-check-")
		if err != nil {
			return fmt.Errorf("making room for the check: %w", err)
		}
		defer os.RemoveAll(dir)
		archive := filepath.Join(dir, "course.tar.gz")
		err = createFile(archive, false, func(w io.Writer) error {
			_, err := exporter.Archive(ctx, store, v, exporter.Options{}, w)
			return err
		})
		if err != nil {
			return err
		}
		report, err = a.examineSource(ctx, importer.Source{Path: archive, Name: o.subject}, o.limits)
		return err
	})
	return report, err
}

// examineSource reads a course without a store. A course that no import would take gives a report of why.
func (a *app) examineSource(ctx context.Context, source importer.Source, limits importer.Limits) (*importer.Report, error) {
	report, err := a.readCourse(ctx, nil, source, importer.Options{Check: true, Limits: limits})
	if problem, ok := refusal(err); ok {
		none := olx.Counts{Leaves: map[string]int{}}
		return &importer.Report{Counts: none, DraftView: none, Problems: []olx.Problem{problem}}, nil
	}
	return report, err
}

// refusal gives as a problem why an import refuses its input.
func refusal(err error) (olx.Problem, bool) {
	if fatal, ok := errors.AsType[*olx.FatalError](err); ok {
		return fatal.Problem, true
	}
	if archive, ok := errors.AsType[*importer.ArchiveError](err); ok {
		return olx.Problem{Severity: olx.Error, Rule: archive.Rule, File: archive.Entry, Message: archive.Message, Fix: archive.Fix}, true
	}
	return olx.Problem{}, false
}

func (a *app) printChecked(o checkOptions, r *importer.Report) error {
	switch o.format {
	case formatJSON:
		return a.printJSON(r)
	case formatSARIF:
		return a.printJSON(sarifOf(r, sarifFolder(o.subject)))
	}
	a.printProblems(r.Problems, 0)
	switch {
	case a.quiet:
	case r.Course.IsZero():
		a.printf("an import would refuse this\n")
	default:
		a.printSummary(r)
	}
	return nil
}

// pathSource is the archive or folder at path.
func pathSource(path string) (importer.Source, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return importer.Source{}, fmt.Errorf("%w: %s", errNoSource, path)
	} else if err != nil {
		return importer.Source{}, err
	}
	return importer.Source{Path: path}, nil
}
