package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lectern/importer/sample"
	"lectern/modulestore/storetest"
)

// TestTheExamplesOfTheHelpRun runs the examples of every command one after the other, as somebody would who tries them on the bundled course.
func TestTheExamplesOfTheHelpRun(t *testing.T) {
	storetest.Plainly(t)
	const course = "course-v1:Lectern+ByExample+2026"
	enrolled := []string{"user add anna", "user add ben", "enroll " + course + " anna ben", "cohort add " + course + " Evening", "set " + course + " sequential/check-and-import due=2026-09-01T22:00:00Z"}
	timed := append(slices.Clone(enrolled), "set "+course+" sequential/check-and-import is_time_limited=true default_time_limit_minutes=60 due=2999-09-01T22:00:00Z")
	sitting := append(slices.Clone(timed), "exam start "+course+" sequential/check-and-import --user anna")
	before := map[string][]string{ // what an example takes for granted, beside three versions of the course
		"copy-block": {"import other"},
		"merge":      {"branch " + course + " summer", "rerun " + course + " course-v1:Lectern+ByExample+2027"},
		"sync":       {"import library"},
		"user list":  enrolled, "user show": enrolled, "user erase": enrolled, "user grant": enrolled, "user revoke": enrolled,
		"cohort list": enrolled, "cohort assign": enrolled, "cohort members": enrolled, "extend": enrolled, "outline": enrolled, "dates": enrolled, "dates reset": enrolled, "enroll": {"user add anna", "user add ben"},
		"exam": timed, "exam list": enrolled, "exam start": timed, "exam submit": sitting, "exam reset": sitting, "exam allow": timed,
		"answer": enrolled, "progress": enrolled, "grades": enrolled, "grades policy": enrolled, "grades recalculate": enrolled, "grades freeze": enrolled,
		"grades unfreeze": enrolled, "grades accept": enrolled, "grades override": enrolled,
		"flags": enrolled, "flags list": enrolled, "flags show": enrolled, "flags set": enrolled, "flags unset": enrolled, "flags explain": enrolled,
		"search":  enrolled,
		"publish": {"set " + course + " vertical/run-the-import display_name=New"},
		"check":   {"export " + course + " -o my-course.tar.gz"},
		"import":  {"export " + course + " -o my-course.tar.gz"},
	}
	t.Chdir(t.TempDir())
	fill(t, course)
	filled, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	a := &app{}
	for _, cmd := range withSubs(a.rootCommand().Commands()) {
		name := strings.TrimPrefix(cmd.CommandPath(), "lectern ")
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.CopyFS(".", os.DirFS(filled)); err != nil {
				t.Fatal(err)
			}
			for _, line := range before[name] {
				mustRun(t, strings.Fields(line))
			}
			if cmd.Example == "" {
				t.Error("there is no example")
			}
			for line := range strings.Lines(strings.ReplaceAll(cmd.Example, "\\\n", "")) {
				args := words(line)
				if args[0] != "lectern" || strings.Contains(line, "mongodb:") || strings.Contains(line, "postgres:") || strings.Contains(line, "/srv/") {
					continue // for a shell, or for another machine
				}
				mustRun(t, args[1:])
			}
		})
	}
}

// fill makes a store with three versions of the bundled course, and files that examples name.
func fill(t *testing.T, course string) {
	t.Helper()
	if err := os.CopyFS("course-folder", sample.Course()); err != nil {
		t.Fatal(err)
	}
	mustRun(t, []string{"import", "course-folder"})
	mustRun(t, []string{"set", course, "problem/import-command", "max_attempts=1"})
	mustRun(t, []string{"set", course, "problem/import-command", "max_attempts=2"})
	for path, content := range map[string]string{
		"learners.csv":          "name,email,mode\ncleo,cleo@example.org,audit\n",
		"problem.xml":           `<problem display_name="One more"><p>Why?</p></problem>`,
		"import-command.xml":    `<problem display_name="Type the command"><p>What?</p></problem>`,
		"other/course.xml":      `<course org="Org" course="Code" url_name="Run"/>`,
		"other/course/Run.xml":  `<course display_name="Other"><chapter url_name="c"><sequential url_name="week1"><vertical url_name="u"><html url_name="t">Text</html></vertical></sequential></chapter></course>`,
		"library/library.xml":   `<library xblock-family="xblock.v1" org="Lectern" library="RoundTrips" display_name="Round trips"><problem url_name="p"/></library>`,
		"library/problem/p.xml": `<problem display_name="New"><p>Why?</p></problem>`,
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func mustRun(t *testing.T, args []string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errs, []string{"HOME=" + t.TempDir()}); code != exitDone {
		t.Errorf("lectern %s ends with %d: %s%s", strings.Join(args, " "), code, &out, &errs)
	}
}

// words splits a line as a shell does, as far as examples need that: up to a comment, a pipe or a file for the output.
func words(line string) (list []string) {
	var word strings.Builder
	quote, started := rune(0), false
	for _, r := range line + "\n" {
		switch {
		case r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, started = r, true
		case strings.ContainsRune(" \t\n", r):
			if started {
				list = append(list, word.String())
			}
			word.Reset()
			started = false
		case strings.ContainsRune("#|>", r) && !started:
			return list
		default:
			word.WriteRune(r)
			started = true
		}
	}
	return list
}
