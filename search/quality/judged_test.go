package quality_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/importer/sample"
	"lectern/search/quality"
)

func TestRead(t *testing.T) {
	got, err := quality.Read(strings.NewReader("# a remark\n\nwords\tloops \"and lists\"\thtml/a html/b=2 html/c=1\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []quality.Query{{Set: "words", Text: `loops "and lists"`, Grades: map[string]int{"html/a": 3, "html/b": 2, "html/c": 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"blanks for tabs":              {"words loops html/a", "line 1"},
		"no set":                       {"# x\n\tloops\thtml/a", "line 2"},
		"no query":                     {"words\t \thtml/a", "needs a set"},
		"no answer":                    {"words\tloops\t", "nothing answers"},
		"nothing that was looked for":  {"words\tloops\thtml/a=2", "nothing answers"},
		"a grade there is not":         {"words\tloops\thtml/a=4", "1 or 2, not 4"},
		"the target's grade":           {"words\tloops\thtml/a=3", "1 or 2, not 3"},
		"a grade that is no number":    {"words\tloops\thtml/a=", "1 or 2"},
		"an answer twice":              {"words\tloops\thtml/a html/a=1", "twice"},
		"a line that is without bound": {strings.Repeat("a", 1<<17), "too long"},
	} {
		if _, err := quality.Read(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v, want one that says %q", name, err, test.says)
		}
	}
}

// element finds the blocks that a file of a course has or points to.
var element = regexp.MustCompile(`<([a-z_0-9-]+)[^>]*? url_name="([^"]+)"`)

func TestSampleNamesBlocksOfTheBundledCourse(t *testing.T) {
	blocks := map[string]bool{}
	course := sample.Course()
	err := fs.WalkDir(course, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".xml") {
			return err
		}
		text, err := fs.ReadFile(course, path)
		for _, m := range element.FindAllSubmatch(text, -1) {
			blocks[string(m[1])+"/"+string(m[2])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	queries, err := quality.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if len(queries) < 60 {
		t.Errorf("only %d queries", len(queries))
	}
	seen := map[string]bool{}
	for _, q := range queries {
		if seen[q.Text] {
			t.Errorf("%s is there twice", q.Text)
		}
		seen[q.Text] = true
		for id := range q.Grades {
			if !blocks[id] {
				t.Errorf("%s: there is no %s", q.Text, id)
			}
		}
	}
}
