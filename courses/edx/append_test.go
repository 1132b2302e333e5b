package edx

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore/key"
)

// What writes itself writes what encoding/json would.
func TestWhatWritesItselfWritesWhatItsTagsSay(t *testing.T) {
	course := key.Course{Org: "O", Code: "C", Run: "R"}
	rapid.Check(t, func(t *rapid.T) {
		text := func(label string) string {
			return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "plain", `a "quote" \ and <tag> & more`, "é\u2028\x7f\x01"})).Draw(t, label)
		}
		instant := func(label string) Time {
			if rapid.Bool().Draw(t, label) {
				return Time{}
			}
			return Time{time.UnixMicro(rapid.Int64Range(-1e15, 1e16).Draw(t, label))}
		}
		reasons := func() (list []Reason) {
			for range rapid.IntRange(0, 2).Draw(t, "reasons") {
				list = append(list, Reason{"code", ReasonParams{At: course.Block(course.Root()), Text: text("reason")}})
			}
			return list
		}
		section := Section{text("id"), text("title"), rapid.SliceOf(rapid.String()).Draw(t, "ids"), instant("start"), instant("effective"), reasons()}
		if section.SequenceIDs == nil {
			section.SequenceIDs = []string{}
		}
		sequence := &Sequence{
			ID: text("id"), Title: text("title"), Accessible: rapid.Bool().Draw(t, "accessible"), InaccessibleAfterDue: rapid.Bool().Draw(t, "after due"),
			Start: instant("start"), EffectiveStart: instant("effective"), Due: instant("due"), Reasons: reasons(),
			Exam: rapid.SampledFrom([]*ExamInfo{nil, {}, {"started", "Exam", "icon", new(bool)}}).Draw(t, "exam"),
		}
		same(t, section)
		same(t, sequence)
		outline := &CourseOutline{
			Title: text("title"), CourseStart: instant("start"), Username: text("name"),
			Outline: Lists{Sections: []Section{section}, Sequences: Object{{text("key"), sequence}}},
		}
		same(t, outline)
		block := &HomeBlock{
			Children: section.SequenceIDs, DisplayName: text("title"), Due: instant("due"), EffortTime: rapid.SampledFrom([]any{nil, 900, "x"}).Draw(t, "effort"),
			Description: optional(text("description")), ID: text("id"), Type: text("type"), ResumeBlock: rapid.Bool().Draw(t, "resume"),
			HasScheduledContent: rapid.SampledFrom([]*bool{nil, new(true)}).Draw(t, "scheduled"),
			CompletionStat:      rapid.SampledFrom([]*Stat{nil, {3, 4}}).Draw(t, "stat"), SpecialExamInfo: optional(text("exam")),
		}
		same(t, block)
		same(t, &BlockMap{Object{{block.ID, block}}})
		same(t, &BlockMap{outline.Outline.Sequences})
		same(t, &Blocks{text("root"), outline.Outline.Sequences})
	})
}

func same(t *rapid.T, value appender) {
	t.Helper()
	got, err := value.appendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := appendAny(nil, value)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Fatalf("what the tags say (-) is not what is written (+):\n%s", diff)
	}
}

func TestPathsAreEscapedAsEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "/" + rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9/:@+._~-]*`)).Draw(t, "path")
		if got, want := path(text), (&url.URL{Path: text}).EscapedPath(); got != want {
			t.Fatalf("%q is written as %q, not %q", text, got, want)
		}
	})
}
