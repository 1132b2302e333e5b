package importer

//go:generate go test . -run TestRulesDocument -update

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore/olx"
)

var update = flag.Bool("update", false, "write docs/rules.md and the golden files")

var ruleID = regexp.MustCompile(`^[a-z][a-z_]*\.[a-z][a-z_]*$`)

func TestEveryRuleHasAnIDOfItsOwnAMeaningAndAFix(t *testing.T) {
	seen := make(map[string]bool)
	rules := Rules()
	for i, r := range rules {
		switch {
		case seen[r.ID]:
			t.Errorf("there are two rules %s", r.ID)
		case !ruleID.MatchString(r.ID):
			t.Errorf("the id %q is not of the form subject.finding, in small letters and underscores", r.ID)
		case r.Severity != olx.Error && r.Severity != olx.Warning && r.Severity != olx.Info:
			t.Errorf("%s has the severity %q", r.ID, r.Severity)
		case !strings.HasSuffix(r.Meaning, ".") || r.Fix == "" || strings.HasSuffix(r.Fix, "."):
			t.Errorf("%s: its meaning should be a sentence, and its fix the end of one: %q, %q", r.ID, r.Meaning, r.Fix)
		case i > 0 && rules[i-1].ID > r.ID:
			t.Errorf("%s stands before %s", rules[i-1].ID, r.ID)
		}
		seen[r.ID] = true
	}
}

// raised finds the ids of rules where the packages give them as texts; those of package olx are listed as they are declared.
var raised = regexp.MustCompile(`(?:rule\w+ += |Rule: |ID: |fault\()"([a-z_-]+\.[a-z_-]+)"`)

func TestEveryRuleThatIsRaisedIsListed(t *testing.T) {
	listed := make(map[string]bool)
	for _, r := range Rules() {
		listed[r.ID] = true
	}
	found := raised.FindAllStringSubmatch(sources(t, isProduct, ".", "../modulestore/field"), -1)
	if len(found) < 30 {
		t.Fatalf("only %d rules were found in the source", len(found))
	}
	for _, id := range found {
		if !listed[id[1]] {
			t.Errorf("%s is not among the rules", id[1])
		}
	}
}

func TestEveryRuleIsRaisedByATest(t *testing.T) {
	tests := sources(t, isTest, ".", "../modulestore/olx", "../modulestore/field")
	for _, r := range Rules() {
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(r.ID) + `\b`).MatchString(tests) {
			t.Errorf("no test raises %s", r.ID)
		}
	}
}

// TestRulesDocument keeps docs/rules.md the list of the rules as they are.
func TestRulesDocument(t *testing.T) {
	const file = "../docs/rules.md"
	got := rulesDocument(Rules())
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not the list of the rules (-file +rules); run go generate ./importer:\n%s", file, diff)
	}
}

const rulesPreface = `# Rules

<!-- Made from the rules in the source by "go generate ./importer". Do not edit. -->

An import and "lectern check" list what they find as problems: a severity, the id of a rule, file, line and column, a sentence, and what to do
about it. This page lists the rules. An id never changes its meaning and is never used again for another, so it can be relied on in scripts.

- An **error** means that a part of the course was not understood and is kept as it came, or will not do what its author meant. The errors
  of archives, and those that say so, end the import: nothing has been written then.
- A **warning** is about something that works here but may surprise, there or on another site.
- An **info** only tells what was found or done.

Nothing that is found keeps a block out of the course. What cannot be read stays where it is, and is exported as it came.
The severity in the table is the worst that a rule gives. The last column is the name of the same finding in olxcleaner, for those who know it.
`

// ruleSubjects are the parts of the page, by what the ids of their rules begin with.
var ruleSubjects = []struct {
	title    string
	prefixes []string
}{
	{"Archives", []string{"archive"}},
	{"XML files", []string{"xml"}},
	{"The tree of blocks", []string{"olx"}},
	{"Policies and course-wide settings", []string{"policy", "grading", "partition", "tab", "lti"}},
	{"Fields and dates", []string{"field", "date"}},
	{"Assets and links", []string{"asset", "link"}},
	{"Block types", []string{"conditional", "customtag", "discussion", "openassessment", "poll_question", "problem", "split_test", "transcript", "ubcpi", "video"}},
	{"Pages, updates and drafts", []string{"detached", "draft"}},
	{"Imports under another key", []string{"rekey"}},
}

func rulesDocument(rules []olx.Rule) string {
	var b strings.Builder
	b.WriteString(rulesPreface)
	for _, s := range ruleSubjects {
		fmt.Fprintf(&b, "\n## %s\n\n| rule | severity | what was found | what to do | olxcleaner |\n| --- | --- | --- | --- | --- |\n", s.title)
		for _, r := range rules {
			if subject, _, _ := strings.Cut(r.ID, "."); slices.Contains(s.prefixes, subject) {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.ID, r.Severity, cell(r.Meaning), cell(r.Fix), r.Cleaner)
			}
		}
	}
	return b.String()
}

// cell escapes what would end a cell or pass for markup.
func cell(text string) string {
	return strings.NewReplacer("&", "&amp;", "|", `\|`, "<", `\<`, "*", `\*`, "_", `\_`).Replace(text)
}

func TestEveryRuleHasAPlaceInTheDocument(t *testing.T) {
	document := rulesDocument(Rules())
	for _, r := range Rules() {
		if strings.Count(document, "| `"+r.ID+"` |") != 1 {
			t.Errorf("%s stands %d times in the document", r.ID, strings.Count(document, "| `"+r.ID+"` |"))
		}
	}
}

func isTest(file string) bool {
	return !isProduct(file) && file != "rules_test.go" // this file
}

func isProduct(file string) bool {
	return strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go")
}

// sources gives the text of some of the Go files and test cases of some folders.
func sources(t *testing.T, want func(file string) bool, folders ...string) string {
	t.Helper()
	var b strings.Builder
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no source in %s: %v", folder, err)
		}
		cases, err := filepath.Glob(filepath.Join(folder, "testdata/cases/*"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, cases...)
		for _, file := range files {
			if !want(file) {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(data)
		}
	}
	return b.String()
}
