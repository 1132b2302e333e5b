package search

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/google/go-cmp/cmp"

	"lectern/importer/sample"
	"lectern/modulestore"
)

// filmed is a course with videos and pages of every kind.
var filmed = with(small, map[string]string{
	"course.xml": `<course org="Org" course="C.1x" url_name="run" display_name="Chemistry" language="en-US">
		<chapter url_name="one" display_name="Atoms"><sequential url_name="a" display_name="Shells"><vertical url_name="u" display_name="Electrons">
			<video url_name="film" display_name="The film" transcripts="{&quot;en&quot;: &quot;film-en.srt&quot;, &quot;fr&quot;: &quot;film-fr.srt&quot;, &quot;de&quot;: &quot;nowhere.srt&quot;}"/>
			<video url_name="bad" display_name="The other film" transcripts="{&quot;en&quot;: &quot;bad.srt&quot;}"/>
			<html url_name="empty"><p></p></html>
			<problem url_name="p" display_name="Quiz"><p>Which shell?</p><multiplechoiceresponse><choicegroup>
				<choice correct="true">Outer</choice></choicegroup></multiplechoiceresponse><solution>zzsecret</solution></problem>
		</vertical></sequential></chapter>
	</course>`,
	"policies/run/policy.json": `{"course/run": {"start": "2030-01-02T00:00:00Z", "invitation_only": true, "tabs": [
		{"type": "static_tab", "name": "Reading list", "url_slug": "syllabus"},
		{"type": "static_tab", "name": "Staff", "url_slug": "staff", "course_staff_only": true},
		{"type": "static_tab", "name": "Old", "url_slug": "old", "is_hidden": true}]}}`,
	"static/film-en.srt": "1\n00:00:01,000 --> 00:00:02,000\nHello electrons\n\n2\n00:01:05,000 --> 00:01:07,000\nGoodbye protons\n",
	"static/film-fr.srt": "1\n00:00:01,000 --> 00:00:02,000\nBonjour les particules\n",
	"static/bad.srt":     "this is no transcript at all",
	"tabs/staff.html":    "<p>zzstaff</p>",
	"tabs/old.html":      "<p>zzhidden</p>",
	"info/updates.html":  "<p>Exam next week</p>",
})

func TestWhatIsFound(t *testing.T) {
	e := newEditing(t, filmed)
	film := e.usage("video/film")
	for _, c := range []struct {
		name, field, word string
		in                Kind
		want              []string
	}{
		{"a word of a transcript in the language of the course", fieldAllX, "protons", Content, []string{film}},
		{"a word of another transcript", fieldAllX, "particules", Content, []string{film + "#fr"}},
		{"a title", fieldTitleX, "quiz", Content, []string{e.usage("problem/p")}},
		{"a section finds all that is in it", fieldAllX, "atoms", Content, []string{
			e.usage("chapter/one"), e.usage("html/empty"), e.usage("problem/p"), e.usage("sequential/a"), e.usage("vertical/u"), e.usage("video/bad"), film,
		}}, // once, whatever transcripts there are
		{"a page by its name in the tabs", fieldTitleX, "reading", Content, []string{e.usage("static_tab/syllabus")}},
		{"an update", fieldAllX, "exam", Content, []string{e.usage("course_info/updates")}},
		{"a page for staff, by learners", fieldAllX, "zzstaff", Content, nil},
		{"a page for staff, by authors", fieldAllX, "zzstaff", Studio, []string{e.usage("static_tab/staff")}},
		{"a hidden page, by learners", fieldAllX, "zzhidden", Content, nil},
		{"a solution, by learners", fieldAllX, "zzsecret", Content, nil},
		{"a solution, by authors", fieldHidden, "zzsecret", Studio, []string{e.usage("problem/p")}},
		{"a name of a block", fieldBlockX, "film", Studio, []string{film, film + "#de", film + "#fr"}},
		{"an about page", fieldAllX, "molecules", Catalog, []string{e.course.String()}},
		{"a short description", fieldShort, "matter", Catalog, []string{e.course.String()}},
		{"a number as it is", fieldNumberX, "c.1x", Catalog, []string{e.course.String()}},
		{"a number without points", fieldNumberX, "c1x", Catalog, []string{e.course.String()}},
	} {
		if got := slices.Sorted(maps.Keys(found(t, e.index, c.in, c.field, c.word))); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q finds %q, want %q", c.name, c.word, got, c.want)
		}
	}
	for id, lang := range map[string]string{film: "en", film + "#fr": "fr"} {
		if got := contents(t, e.index, Content)[id][fieldLang]; got != lang+"\n" {
			t.Errorf("%s is in %q, want %q", id, got, lang)
		}
	}
}

func TestTheCatalogHasTheSettingsOfACourse(t *testing.T) {
	e := newEditing(t, filmed)
	for field, want := range map[string]string{
		fieldLanguage: "en\n", fieldPacing: "instructor\n", fieldVisible: "both\n", fieldInvitation: "t\n", fieldTranscripts: "en\nfr\n", fieldOrg: "Org\n",
	} {
		if got := values(t, e.index, Catalog, field)[e.course.String()]; got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	from, to := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 3, 0, 0, 0, 0, time.UTC)
	q := bleve.NewDateRangeQuery(from, to)
	q.SetField(fieldStart)
	err := e.index.Use(Catalog, func(index bleve.Index) error {
		result, err := index.SearchInContext(t.Context(), bleve.NewSearchRequest(q))
		if err == nil && result.Total != 1 {
			t.Errorf("%d courses begin on 2 January 2030", result.Total)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheReportTellsWhatIsLeftOut(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(filmed), "")
	x := opened(t, store, t.TempDir())
	got := make(map[string]bool)
	for _, o := range updateAll(t, x).Left {
		got[strings.TrimSpace(string(o.Cause)+" "+o.Block.String()+" "+o.File)] = true
	}
	want := map[string]bool{
		"transcript missing video/film static/nowhere.srt": true,
		"transcript unreadable video/bad static/bad.srt":   true,
		"no text html/empty":                               true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestATranscriptThatIsReplacedIsWritten(t *testing.T) {
	e := newEditing(t, filmed)
	imported(t, e.store, files(with(filmed, map[string]string{"static/film-fr.srt": "1\n00:00:01,000 --> 00:00:02,000\nAu revoir\n"})), "")
	if got := e.update().Counts[Content]; got.Written != 1 {
		t.Errorf("%+v", got)
	}
	if got := found(t, e.index, Content, fieldAllX, "revoir"); !got[e.usage("video/film")+"#fr"] {
		t.Errorf("found %v", got)
	}
}

func TestAHitIsReadAsItWasIndexed(t *testing.T) {
	e := newEditing(t, filmed)
	e.retitle("video/film", "Another title")
	e.publish("vertical/u") // not in the index yet
	reader, err := e.index.Reader(t.Context(), Content, e.course)
	if err != nil {
		t.Fatal(err)
	}
	film := e.usage("video/film")
	sources, err := reader.Read(t.Context(), []string{film, film + "#fr", film + "#xx", e.usage("static_tab/staff"), e.usage("html/none"), "nonsense"})
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) != 2 {
		t.Fatalf("%d sources were read: %v", len(sources), sources)
	}
	got := sources[film]
	if got.Title != "The film" || got.Lang != "en" || got.Track != "en" || !strings.HasSuffix(got.Body, "Goodbye protons") {
		t.Errorf("%+v", got)
	}
	at := strings.Index(got.Body, "protons") - got.Start
	if seconds := got.Transcript.At(at); seconds != 65*time.Second {
		t.Errorf("protons come at %s", seconds)
	}
	var names []string
	for _, crumb := range got.Above {
		names = append(names, crumb.Title)
	}
	if diff := cmp.Diff([]string{"Atoms", "Shells", "Electrons"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := e.index.Reader(t.Context(), Content, course(t, "course-v1:No+Such+course")); !errors.Is(err, modulestore.ErrNotFound) {
		t.Errorf("a course that is not there gives %v", err)
	}
}

func TestDraftsAreForAuthorsWithTheirState(t *testing.T) {
	e := newEditing(t, small)
	e.retitle("html/h", "Greetings")
	e.create("vertical", "n", "sequential/b")
	e.update()
	studio := contents(t, e.index, Studio)
	for id, want := range map[string]string{
		"html/h": stateModified, "vertical/u": stateModified, "problem/p": statePublished, "vertical/n": stateNever, "vertical/v": statePublished,
	} {
		if got := studio[e.usage(id)][fieldState]; got != want+"\n" {
			t.Errorf("%s is %q, want %s", id, got, want)
		}
	}
	if got := found(t, e.index, Content, fieldTitleX, "greetings"); len(got) > 0 {
		t.Errorf("learners find %v", got)
	}
}

func TestALibraryIsForAuthorsAlone(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(map[string]string{
		"library.xml":    `<library org="Org" library="Lib" display_name="Questions"><problem url_name="q"/></library>`,
		"problem/q.xml":  `<problem display_name="Question"><p>Which library?</p></problem>`,
		"policies/x.txt": "",
	}), "")
	x := filled(t, store)
	if got := found(t, x, Studio, fieldAllX, "library"); !got[c.Block(block(t, "problem/q")).String()] {
		t.Errorf("authors find %v", got)
	}
	for _, k := range []Kind{Content, Catalog} {
		for id := range contents(t, x, k) {
			if !strings.HasPrefix(id, "stamp:") {
				t.Errorf("the %s index has %s", k, id)
			}
		}
	}
}

func TestTheExampleCourseIsFound(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, sample.Course(), "")
	x := filled(t, store)
	stamp, ok := x.Stamp(Content, c)
	if documents := len(contents(t, x, Content)) - 1; !ok || stamp.Documents != documents || documents < 100 {
		t.Errorf("the stamp %+v tells of %d documents", stamp, documents)
	}
}
