package answer_test

import (
	"encoding/xml"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/answer"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

var update = flag.Bool("update", false, "write the golden files")

// TestEveryProblemOfRealCoursesIsClassified counts, for every sample course, what its problems ask and why parts are not graded, and gives every problem its
// own answers: what is graded at all must take them.
func TestEveryProblemOfRealCoursesIsClassified(t *testing.T) {
	for _, archive := range storetest.Corpus(t) {
		course := strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
		t.Run(course, func(t *testing.T) {
			c := make(census)
			eachProblem(t, archive, func(id key.BlockID, p *answer.Problem) {
				c.count(p)
				checkOwnAnswers(t, id.String(), p)
				checkNothingLeaks(t, id.String(), p)
			})
			golden(t, filepath.Join("testdata", "corpus", course+".golden"), c.String())
		})
	}
}

// eachProblem imports an archive and reads every problem of the course, as it is drafted.
func eachProblem(t *testing.T, archive string, visit func(key.BlockID, *answer.Problem)) {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	defer store.Close()
	report, err := importer.Run(t.Context(), store, importer.Source{Path: archive}, importer.Options{Author: "test", Limits: importer.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	version, err := store.Head(t.Context(), report.Course)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := store.Snapshot(t.Context(), version, modulestore.Draft)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[key.BlockID]bool)
	snapshot.Tree().Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if b.ID.Type != "problem" || b.Broken != "" || seen[b.ID] {
			return true
		}
		seen[b.ID] = true
		body, err := snapshot.Body(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		settings := make(map[string]string)
		for _, a := range b.Attrs {
			settings[a.Name], _ = b.Attr(a.Name, body)
		}
		markup := ""
		if body != nil {
			markup = body.Markup
		}
		p, err := answer.ParseBlock(settings, markup)
		if err != nil {
			t.Errorf("%s: %v", b.ID, err)
			return true
		}
		visit(b.ID, p)
		return true
	})
}

// census counts lines of a report.
type census map[string]int

func (c census) count(p *answer.Problem) {
	c["problems"]++
	ungraded := 0
	for _, part := range p.Parts {
		c["parts"]++
		if part.Ungraded == "" {
			c["graded: "+string(part.Kind)]++
			continue
		}
		ungraded++
		c[fmt.Sprintf("ungraded: %s, %s", part.Tag, part.Ungraded)]++
	}
	switch {
	case len(p.Parts) == 0:
		c["problems: nothing is asked"]++
	case ungraded == 0:
		c["problems: graded"]++
	case ungraded == len(p.Parts):
		c["problems: ungraded"]++
	default:
		c["problems: graded in part"]++
	}
	for _, fault := range p.Faults {
		c["setting: "+fault]++
	}
}

func (c census) String() string {
	var b strings.Builder
	for _, line := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "%5d  %s\n", c[line], line)
	}
	return b.String()
}

// checkOwnAnswers gives a problem the answers it names itself, and none.
func checkOwnAnswers(t *testing.T, where string, p *answer.Problem) {
	t.Helper()
	key := p.Key()
	result, empty := p.Grade(key), p.Grade(nil)
	for i, part := range p.Parts {
		if _, known := key[part.ID]; !known && part.Ungraded == "" && part.Kind != answer.Text {
			t.Errorf("%s: part %s is graded and has no answer", where, part.ID)
		} else if known && (result.Parts[i].State != answer.Correct || result.Parts[i].Points.Earned != part.Possible) {
			t.Errorf("%s: part %s does not take its own answer %q: %+v", where, part.ID, key[part.ID], result.Parts[i])
		}
		if e := empty.Parts[i]; part.Ungraded == "" && (e.State != answer.Unanswered || e.Points.Earned != 0) {
			t.Errorf("%s: part %s without an answer: %+v", where, part.ID, e)
		}
	}
	if got, want := result.Complete(), result.Earned != nil; got != want {
		t.Errorf("%s: complete is %v, and points are known is %v", where, got, want)
	}
}

// checkNothingLeaks looks through what a learner sees for elements and attributes that tell what is right, or run.
func checkNothingLeaks(t *testing.T, where string, p *answer.Problem) {
	t.Helper()
	page := p.ForLearner()
	if _, err := answer.Parse([]byte(page)); err != nil {
		t.Errorf("%s: what a learner sees is not well-formed: %v\n%s", where, err, page)
	}
	d := xml.NewDecoder(strings.NewReader(page))
	for token, err := d.Token(); err == nil; token, err = d.Token() {
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if slices.Contains(strings.Fields("script solution answer additional_answer demandhint choicehint correcthint hintgroup"), element.Name.Local) {
			t.Errorf("%s: a learner sees <%s>", where, element.Name.Local)
		}
		for _, a := range element.Attr {
			if slices.Contains(strings.Fields("correct answer correct_answer expect cfn options rectangle regions onclick"), a.Name.Local) {
				t.Errorf("%s: a learner sees %s=%q", where, a.Name.Local, a.Value)
			}
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
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
		t.Errorf("%s is another (-golden +now); if the change is meant, run with -update:\n%s", file, diff)
	}
}
