package olx

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
)

// scaffold is the course around the files of a case that has no course.xml: one unit, vertical/v, in the usual place.
var scaffold = map[string]string{
	"course.xml":       "<course url_name=\"r\" org=\"O\" course=\"C\"/>\n",
	"course/r.xml":     "<course>\n  <chapter url_name=\"c\"/>\n</course>\n",
	"chapter/c.xml":    "<chapter>\n  <sequential url_name=\"s\"/>\n</chapter>\n",
	"sequential/s.xml": "<sequential>\n  <vertical url_name=\"v\"/>\n</sequential>\n",
	"vertical/v.xml":   "<vertical>\n  <html url_name=\"h\">intact</html>\n</vertical>\n",
}

// otherCourse are cases in which the independent comparison finds another course in the canonical export, with the reason.
var otherCourse = map[string]string{
	"case_029_no_name_at_all": "it cannot match a nameless block inside another with the one that has got a name",
}

// TestCases reads small courses with one oddity each. The files testdata/cases/*.txtar hold the course, then the trees and problems
// that it must give; a file whose name ends in " quoted" is written as Go string literals, a line each. Whatever the oddity,
// every file must come back as it came, and every block from the canonical form.
func TestCases(t *testing.T) {
	list, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(list) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range list {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want := parseCase(string(text))
			files, err := caseFiles(input)
			if err != nil {
				t.Fatal(err)
			}
			got := formatCase(caseResult(t, files))
			if *update {
				if err := os.WriteFile(file, []byte(formatCase(input)+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != formatCase(want) {
				t.Errorf("got\n%s\nwant\n%s", got, formatCase(want))
			}
		})
	}
}

// section is a file of a case; the first, without a name, says what the case is about.
type section struct{ name, data string }

// parseCase reads a txtar archive: what the case consists of, and what is expected of it.
func parseCase(text string) (input, want []section) {
	all := []section{{}}
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(name, " --\n") {
			all = append(all, section{name: strings.TrimSuffix(name, " --\n")})
		} else {
			all[len(all)-1].data += line
		}
	}
	for _, s := range all {
		if strings.HasPrefix(s.name, "want ") {
			want = append(want, s)
		} else {
			input = append(input, s)
		}
	}
	return input, want
}

func formatCase(list []section) string {
	var b strings.Builder
	for _, s := range list {
		if s.name != "" {
			fmt.Fprintf(&b, "-- %s --\n", s.name)
		}
		b.WriteString(s.data)
	}
	return b.String()
}

// caseFiles are the files of the course of a case.
func caseFiles(input []section) (files map[string]string, err error) {
	files = make(map[string]string)
	for _, s := range input[1:] {
		name, quoted := strings.CutSuffix(s.name, " quoted")
		if files[name] = s.data; quoted {
			if files[name], err = unquoteLines(s.data); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if files["course.xml"] == "" && files["library.xml"] == "" {
		for name, data := range scaffold {
			if _, own := files[name]; !own {
				files[name] = data
			}
		}
	}
	return files, nil
}

func unquoteLines(data string) (string, error) {
	var b strings.Builder
	for line := range strings.Lines(data) {
		text, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			return "", fmt.Errorf("%q: %w", line, err)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// caseResult reads the course and gives what is to be compared.
func caseResult(t *testing.T, files map[string]string) []section {
	course, err := Decode(newFileView(files))
	if err != nil {
		return []section{{"want fatal", err.Error() + "\n"}}
	}
	_, canonical := checkRoundTrip(t, files)
	if name := filepath.Base(t.Name()); os.Getenv("LECTERN_OLXCOMPARE") != "" || os.Getenv("LECTERN_REQUIRE_ALL") != "" {
		found := compareFolders(t, storetest.Compare(t), files, canonical)
		if reason := otherCourse[name]; (found == "") != (reason == "") {
			t.Errorf("the canonical export, judged independently (expected: %q):\n%s", reason, found)
		}
	}
	got := []section{{"want tree", dumpTree(course, course.Published)}}
	if course.Draft != course.Published {
		got = append(got, section{"want draft", dumpTree(course, course.Draft)})
	}
	if others := otherFiles(course, files); others != "" {
		got = append(got, section{"want files without blocks", others})
	}
	var problems strings.Builder
	for _, p := range course.Problems {
		if p.File == "" || p.Line < 1 || p.Column < 1 || p.Fix == "" || p.Severity == "" {
			t.Errorf("the problem lacks its place, its severity or its fix: %+v", p)
		}
		fmt.Fprintf(&problems, "%s", p)
		if p.Block != "" {
			fmt.Fprintf(&problems, " [%s]", p.Block)
		}
		problems.WriteByte('\n')
	}
	return append(got, section{"want problems", problems.String()})
}

func otherFiles(course *Course, files map[string]string) string {
	var b strings.Builder
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if len(course.Parts[file]) == 0 && file != courseFile {
			b.WriteString(file + "\n")
		}
	}
	return b.String()
}

// dumpTree writes a tree for people: a line for each block and one for each thing that it holds.
func dumpTree(course *Course, t *modulestore.Tree) string {
	d := &treeDump{course: course, tree: t, seen: make(map[key.BlockID]bool)}
	d.block(modulestore.Child{ID: t.Root}, 0)
	for _, id := range t.Detached {
		d.block(modulestore.Child{ID: id}, 0)
	}
	return d.String()
}

type treeDump struct {
	strings.Builder
	course *Course
	tree   *modulestore.Tree
	seen   map[key.BlockID]bool
}

func (d *treeDump) line(depth int, format string, args ...any) {
	d.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(d, format, args...)
	d.WriteByte('\n')
}

func (d *treeDump) block(c modulestore.Child, depth int) {
	var words []string
	b := d.tree.Blocks[c.ID]
	again := d.seen[c.ID]
	d.seen[c.ID] = true
	switch {
	case b == nil:
		words = append(words, "MISSING")
	case again:
		words = append(words, "again")
	default:
		words = append(words, blockWords(b)...)
	}
	if c.Spelling != nil {
		words = append(words, "pointer <"+strings.TrimSpace(attrWords(c.Spelling))+">")
	}
	d.line(depth, "%s", strings.Join(append([]string{c.ID.String()}, words...), " "))
	if b == nil || again {
		return
	}
	body := d.course.Bodies[b.Body]
	if body == nil {
		body = &modulestore.Body{}
	}
	for _, a := range modulestore.JoinLong(b.Attrs, body.Attrs) {
		d.line(depth+1, "@%s %.200q", a.Name, a.Value)
	}
	for _, a := range modulestore.JoinLong(b.Policy, body.Policy) {
		d.line(depth+1, "policy %s %s", a.Name, a.Value)
	}
	if body.Markup != "" {
		d.line(depth+1, "markup %q", body.Markup)
	}
	for _, x := range body.Texts {
		d.line(depth+1, "text %s %q", x.Name, x.Value)
	}
	if body.Raw != nil {
		d.line(depth+1, "raw %q", body.Raw)
	}
	d.children(b, depth+1)
}

func blockWords(b *modulestore.Block) (words []string) {
	if b.SourceName != "" {
		words = append(words, fmt.Sprintf("named %q", b.SourceName))
	}
	if b.Unnamed {
		words = append(words, "unnamed")
	}
	if b.Inline {
		words = append(words, "inline")
	}
	if b.Broken != "" {
		words = append(words, "BROKEN "+b.Broken)
	}
	return words
}

func attrWords(list []modulestore.Attr) string {
	var b strings.Builder
	for _, a := range list {
		fmt.Fprintf(&b, "%s=%q ", a.Name, a.Value)
	}
	return b.String()
}

// children writes the children of a block and the markup among and around them.
func (d *treeDump) children(b *modulestore.Block, depth int) {
	loose := func(before int, where string) {
		for _, l := range b.Loose {
			if l.Before == before {
				d.line(depth, "loose%s %q", where, l.Source)
			}
		}
	}
	loose(modulestore.BeforePointer, " before the pointer")
	loose(modulestore.AfterPointer, " after the pointer")
	loose(modulestore.BeforeRoot, " before the root")
	for i, c := range b.Children {
		loose(i, "")
		d.block(c, depth)
	}
	loose(len(b.Children), "")
	loose(modulestore.AfterRoot, " after the root")
}
