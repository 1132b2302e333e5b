package content_test

import (
	"strings"
	"testing"
	"time"

	"lectern/courses/content"
	"lectern/courses/content/contenttest"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// small is a course in which settings come from everywhere.
var small = map[string]string{
	"course.xml": `<course org="Org" course="C" url_name="run"/>`,
	"course/run.xml": `<course display_name="In the element" start="2026-01-01T00:00:00Z" max_attempts="3">
		<chapter url_name="one" display_name="One" due="2026-02-01T00:00:00Z">
			<sequential url_name="a" graded="true">
				<vertical url_name="u"><problem url_name="p" due="null" weight="2"><p/></problem><problem url_name="q" max_attempts="null"><p/></problem></vertical>
			</sequential>
			<sequential url_name="b"><vertical url_name="v"/></sequential>
		</chapter>
		<chapter url_name="two" start="no date at all"/>
	</course>`,
	"policies/run/policy.json": `{"course/run": {"display_name": "In the policy", "graceperiod": "2 days"}, "sequential/b": {"due": "2026-03-01T00:00:00Z"}}`,
}

func TestSettingsFollowTheRulesOfOLX(t *testing.T) {
	course := contenttest.Course(t, importer.Source{FS: contenttest.Files(small)})
	for _, c := range []struct {
		name, block, setting string
		want, from           string // the value as JSON and the block that sets it, "" for nobody
		fault                bool
	}{
		{"the policy goes before the attribute", "course/course", "display_name", `"In the policy"`, "course/course", false},
		{"a block inherits what is set above it", "problem/q", "due", `"2026-02-01T00:00:00Z"`, "chapter/one", false},
		{"the nearest block above counts", "vertical/v", "due", `"2026-03-01T00:00:00Z"`, "sequential/b", false},
		{"a null of its own stops inheritance", "problem/q", "max_attempts", `null`, "problem/q", false},
		{"what nobody sets is the default", "vertical/v", "graded", `false`, "", false},
		{"what is not inherited is not looked for above", "vertical/v", "weight", `null`, "", false},
		{"its own setting counts", "problem/p", "weight", `2.0`, "problem/p", false},
		{"what every block inherits reaches the leaves", "problem/p", "graceperiod", `"2 days"`, "course/course", false},
		{"a text that cannot be read is set, with a fault", "chapter/two", "start", `null`, "chapter/two", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := block(t, c.block)
			at, ok := course.Find(id)
			if !ok {
				t.Fatalf("%s is not there", id)
			}
			def, _ := field.Lookup(id.Type, c.setting)
			got, from := course.Setting(at, c.setting), ""
			if got.From != content.NotSet {
				from = course.Blocks[got.From].ID.String()
			}
			if v := def.ToPolicy(got.Value); v != c.want || from != c.from || (got.Fault != nil) != c.fault {
				t.Errorf("got %s from %q (fault %v), want %s from %q", v, from, got.Fault, c.want, c.from)
			}
		})
	}
}

func TestAnEditIsReadWithItsChanges(t *testing.T) {
	long := strings.Repeat("long ", modulestore.LongText)
	store, version := contenttest.Store(t, importer.Source{FS: contenttest.Files(small)})
	_, _, err := store.Update(t.Context(), version.Course, func(e *modulestore.Edit) error {
		for _, change := range []struct{ block, name, value string }{{"chapter/two", "display_name", long}, {"chapter/one", "start", "2026-04-01T00:00:00Z"}} {
			field := modulestore.Field{Name: change.name, In: modulestore.InAttribute, Value: change.value}
			if err := e.Change(t.Context(), block(t, change.block), field); err != nil {
				return err
			}
		}
		course, err := content.ReadEdit(t.Context(), version.Course, e)
		if err != nil {
			return err
		}
		one, _ := course.Find(block(t, "chapter/one"))
		two, _ := course.Find(block(t, "chapter/two"))
		start, _ := course.Setting(one, "start").Value.Time()
		if !start.Equal(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)) || course.Blocks[two].Title != long || len(course.Blocks) != 9 {
			t.Errorf("%d blocks, one starts %s, the title of two is %.20q", len(course.Blocks), start, course.Blocks[two].Title)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTextsAreWhatAttributesWouldSay(t *testing.T) {
	course := contenttest.Course(t, importer.Source{FS: contenttest.Files(small)})
	at, _ := course.Find(block(t, "problem/p"))
	texts := course.Texts(at)
	for name, want := range map[string]string{"weight": "2.0", "max_attempts": "3", "due": "null", "showanswer": "finished", "graceperiod": "2 days"} {
		if texts[name] != want {
			t.Errorf("%s is %q, want %q", name, texts[name], want)
		}
	}
	if _, ok := texts["data"]; ok {
		t.Error("content is no setting")
	}
}

func TestBlocksStandInDocumentOrder(t *testing.T) {
	course := contenttest.Course(t, importer.Source{FS: sample.Course()})
	for i := range course.Blocks {
		b := &course.Blocks[i]
		if at, ok := course.Find(b.ID); !ok || at != i {
			t.Errorf("%s is found at %d, not %d", b.ID, at, i)
		}
		if i > 0 && (b.Parent >= i || i >= course.Blocks[b.Parent].End || b.End > course.Blocks[b.Parent].End) {
			t.Errorf("%s [%d, %d) does not stand within %s", b.ID, i, b.End, course.Blocks[b.Parent].ID)
		}
	}
	if n := len(course.Blocks); course.Blocks[0].End != n || n < 100 {
		t.Errorf("%d blocks, of which %d below the course", n, course.Blocks[0].End)
	}
	if title := course.Blocks[0].Title; title == "" {
		t.Error("the course has no title")
	}
}

func block(t *testing.T, text string) key.BlockID {
	t.Helper()
	id, err := key.ParseBlockID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
