package authoring

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

// calendar is a course with dates in all places and forms.
var calendar = files{
	"course/r.xml": `<course start="2026-03-02T09:00:00Z" end="&quot;2026-12-01T00:00:00+00:00&quot;" enrollment_start="null" announcement="soon"` +
		` advertised_start="Spring 2026">` +
		`<chapter url_name="c"/></course>`,
	"chapter/c.xml": `<chapter start="2026-03-09"><sequential url_name="s" due="2026-03-16T23:59" graded="true"><vertical url_name="v"/></sequential></chapter>`,
	"vertical/v.xml": `<vertical start="2030-01-01T00:00:00Z"><html url_name="h" start="x">due="2026-01-01"</html>
  <openassessment url_name="ora" submission_start="2001-01-01T00:00:00+00:00" submission_due="2026-04-01T10:00:00+00:00">
    <assessments>
      <!-- <assessment name="old" start="2026-01-01"/> -->
      <assessment name="peer-assessment" start='2026-04-01T10:00:00' due = "2029-01-01T00:00:00"/>
      <assessment name="self-assessment" start="later" other-start="2026-01-01"/>
    </assessments>
  </openassessment></vertical>`,
	"policies/r/policy.json": `{"course/r": {"start": "2026-03-02T09:00:00Z", "discussion_blackouts": [["2026-06-01", "2026-06-15T12:00"], ["", "whenever"]],
  "certificate_available_date": null}, "sequential/s": {"due": 5}}`,
	"info/updates.items.json": `[{"id": 1, "date": "March 3, 2026", "content": "2026-03-03"}]`,
}

func TestWhatAShiftChanges(t *testing.T) {
	store := newStore(t)
	course := small(t, store, calendar)
	before := exported(t, store, course)
	report := previewed(t, store, course, func(preview bool) (*ShiftReport, error) {
		return ShiftDates(t.Context(), store, course, ShiftOptions{By: Shift{Days: 7}, Preview: preview})
	})
	want := files{
		"course/r.xml": `<course start="2026-03-09T09:00:00Z" end="&quot;2026-12-08T00:00:00+00:00&quot;" enrollment_start="null" announcement="soon"` +
			` advertised_start="Spring 2026">` +
			`<chapter url_name="c"/></course>`,
		"chapter/c.xml": `<chapter start="2026-03-16"><sequential url_name="s" due="2026-03-23T23:59" graded="true"><vertical url_name="v"/></sequential></chapter>`,
		"vertical/v.xml": `<vertical start="2030-01-01T00:00:00Z"><html url_name="h" start="x">due="2026-01-01"</html>
  <openassessment url_name="ora" submission_start="2001-01-01T00:00:00+00:00" submission_due="2026-04-08T10:00:00+00:00">
    <assessments>
      <!-- <assessment name="old" start="2026-01-01"/> -->
      <assessment name="peer-assessment" start='2026-04-08T10:00:00' due = "2029-01-01T00:00:00"/>
      <assessment name="self-assessment" start="later" other-start="2026-01-01"/>
    </assessments>
  </openassessment></vertical>`,
		"policies/r/policy.json": `{
    "course/r": {
        "certificate_available_date": null,
        "discussion_blackouts": [
            [
                "2026-06-08",
                "2026-06-22T12:00"
            ],
            [
                "",
                "whenever"
            ]
        ],
        "start": "2026-03-09T09:00:00Z"
    },
    "sequential/s": {
        "due": 5
    }
}`,
	}
	if diff := cmp.Diff(want, changed(before, exported(t, store, course))); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
	var left []string
	for _, b := range report.Left {
		for _, d := range b.Items {
			left = append(left, b.Block+" "+d.Field+" "+d.Value+": "+d.Reason)
		}
	}
	wantLeft := []string{
		"course/course announcement soon: it cannot be read as a date",
		"course/course advertised_start Spring 2026: it is a text for people, not a date",
		"course/course discussion_blackouts whenever: it cannot be read as a date",
		"sequential/s due 5: it cannot be read as a date",
		"vertical/v start 2030-01-01T00:00:00Z: it is what stands where nobody has set a date",
		"html/h start x: it cannot be read as a date",
		"openassessment/ora submission_start 2001-01-01T00:00:00+00:00: it is what stands where nobody has set a date",
		"openassessment/ora peer-assessment due 2029-01-01T00:00:00: it is what stands where nobody has set a date",
		"openassessment/ora self-assessment start later: it cannot be read as a date",
	}
	if diff := cmp.Diff(wantLeft, left); diff != "" {
		t.Errorf("left alone (-want +got)\n%s", diff)
	}
	if report.Dates != 9 || report.DatesLeft != len(wantLeft) || report.By != "7d" || report.Zone != "UTC" {
		t.Errorf("%d dates, %d left, by %s in %s", report.Dates, report.DatesLeft, report.By, report.Zone)
	}
	if v := head(t, store, course); v.Seq != 2 || v.Operation != "shift-dates" || v.Message != "by 7d: 9 dates" {
		t.Errorf("version %d: %s, %s", v.Seq, v.Operation, v.Message)
	}
}

// shifted lists the dates of a report, "FIELD TO".
func shifted(r *ShiftReport) (list []string) {
	for _, b := range r.Blocks {
		for _, d := range b.Items {
			list = append(list, d.Field+" "+d.To)
		}
	}
	return list
}

func TestHowFarAndWhatIsShifted(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	chapter := key.BlockID{Type: "chapter", Name: "c"}
	tests := []struct {
		name string
		o    ShiftOptions
		want string
	}{
		{"only the dates of a name", ShiftOptions{By: Shift{Days: -1}, Only: []string{"due"}}, "due 2026-03-15T23:59"},
		{"only below a block", ShiftOptions{By: Shift{Days: 1}, Below: chapter, Only: []string{"start", "due"}},
			"start 2026-03-10, due 2026-03-17T23:59, peer-assessment start 2026-04-02T10:00:00"},
		{"hours that a day alone cannot say", ShiftOptions{By: Shift{Rest: 12 * time.Hour}, Below: chapter, Only: []string{"start"}},
			"start 2026-03-09T12:00:00Z, peer-assessment start 2026-04-01T22:00:00"},
		{"to a day on which the course is to start", ShiftOptions{StartOn: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), Only: []string{"start", "end"}},
			"start 2027-03-01T09:00:00Z, end 2027-11-30T00:00:00+00:00, start 2027-03-01T09:00:00Z, start 2027-03-08, peer-assessment start 2027-03-31T10:00:00"},
		{"in a place with summer time", ShiftOptions{By: Shift{Days: 28}, Zone: paris, Only: []string{"start"}},
			"start 2026-03-30T08:00:00Z, start 2026-03-30T08:00:00Z, start 2026-04-05T23:00:00Z, peer-assessment start 2026-04-29T10:00:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := newStore(t)
			course := small(t, store, calendar)
			tt.o.Preview = true
			report, err := ShiftDates(t.Context(), store, course, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(shifted(report), ", "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestAShiftCanLeaveWhatIsPublished(t *testing.T) {
	store := newStore(t)
	course := small(t, store, calendar)
	was := head(t, store, course).Roots
	if _, err := ShiftDates(t.Context(), store, course, ShiftOptions{By: Shift{Days: 1}, DraftOnly: true}); err != nil {
		t.Fatal(err)
	}
	if now := head(t, store, course).Roots; now.Published != was.Published || now.Draft == was.Draft {
		t.Error("the published branch changed, or the draft did not")
	}
}

func TestShiftsThatAreRefused(t *testing.T) {
	store := newStore(t)
	course := small(t, store, calendar)
	never := small(t, store, files{"course.xml": `<course url_name="n" org="O" course="C"><chapter url_name="c" due="9999-01-01"/></course>`})
	tests := []struct {
		name   string
		course key.Course
		o      ShiftOptions
		says   string
	}{
		{"by nothing", course, ShiftOptions{}, "would stay as they are"},
		{"by less than a second", course, ShiftOptions{By: Shift{Rest: time.Millisecond}}, "whole seconds"},
		{"of a date that no block has", course, ShiftOptions{By: Shift{Days: 1}, Only: []string{"due", "dew"}}, `called "dew"`},
		{"to the day on which the course starts", course, ShiftOptions{StartOn: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}, "starts on that day already"},
		{"to a start, of a course that has none", never, ShiftOptions{StartOn: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}, "has no start date"},
		{"beyond the years that can be written", never, ShiftOptions{By: Shift{Days: 365}},
			"chapter/c: due is 9999-01-01; 365d from there is outside the years 1 to 9999"},
		{"before the first year", course, ShiftOptions{By: Shift{Days: -mostDays}}, "outside the years 1 to 9999"},
		{"below a block that is not there", course, ShiftOptions{By: Shift{Days: 1}, Below: key.BlockID{Type: "html", Name: "none"}}, "has no block html/none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if report, err := ShiftDates(t.Context(), store, tt.course, tt.o); report != nil || err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error with %q", err, tt.says)
			}
			if v := head(t, store, tt.course); v.Seq != 1 {
				t.Errorf("there is a version %d", v.Seq)
			}
		})
	}
	none := key.Course{Org: "O", Code: "C", Run: "none"}
	if _, err := ShiftDates(t.Context(), store, none, ShiftOptions{By: Shift{Days: 1}}); !errors.Is(err, modulestore.ErrNotFound) {
		t.Errorf("a course that does not exist: %v", err)
	}
	undated := small(t, store, files{"course.xml": `<course url_name="u" org="O" course="C" lang="x"/>`})
	if report, err := ShiftDates(t.Context(), store, undated, ShiftOptions{By: Shift{Days: 1}}); err != nil || report.Changed || report.Version != 1 {
		t.Errorf("a course without dates: %+v, %v", report, err)
	}
}

// TestTheBundledCourseIsShifted is the report that an author sees, in full.
func TestTheBundledCourseIsShifted(t *testing.T) {
	store := newStore(t)
	course := bring(t, store, importer.Source{FS: sample.Course(), Name: "sample"})
	report := previewed(t, store, course, func(preview bool) (*ShiftReport, error) {
		return ShiftDates(t.Context(), store, course, ShiftOptions{StartOn: time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC), Preview: preview})
	})
	golden(t, "testdata/shift-dates.golden", indentedJSON(t, report))
	if errs := checks(t, store, course); errs != "" {
		t.Errorf("errors afterwards:\n%s", errs)
	}
}

// TestAShiftAndBackRestoresEveryByte is the promise that a preview cannot make: a shift can be taken back.
func TestAShiftAndBackRestoresEveryByte(t *testing.T) {
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	defer store.Close()
	names := []string{"start", "due", "end", "enrollment_end", "submission_due", "other"}
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		course := key.Course{Org: "O", Code: "C", Run: fmt.Sprint(n)}
		dates := func(quote bool) (list []modulestore.Attr) {
			for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID).Draw(t, "names") {
				text := someDate.Draw(t, "date")
				if quote {
					text = `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
				}
				list = append(list, modulestore.Attr{Name: name, Value: text})
			}
			return list
		}
		tree := &modulestore.Tree{Root: key.BlockID{Type: "course", Name: "r"}, Blocks: map[key.BlockID]*modulestore.Block{}}
		root := &modulestore.Block{ID: tree.Root, Attrs: dates(false), Policy: dates(true)}
		tree.Blocks[tree.Root] = root
		var objects []modulestore.Object
		for i := range rapid.IntRange(0, 4).Draw(t, "blocks") {
			blockType := rapid.SampledFrom([]string{"chapter", "openassessment"}).Draw(t, "type")
			b := &modulestore.Block{ID: key.BlockID{Type: blockType, Name: fmt.Sprint(i)}, Attrs: dates(false), Policy: dates(true)}
			body := &modulestore.Body{Markup: `<assessment start='` + someDate.Draw(t, "step") + `'/>`}
			b.Body = body.Object().ID
			objects = append(objects, body.Object())
			tree.Blocks[b.ID] = b
			root.Children = append(root.Children, modulestore.Child{ID: b.ID})
		}
		if err := store.Put(t.Context(), objects); err != nil {
			t.Fatal(err)
		}
		first, _, err := store.Update(t.Context(), course, func(e *modulestore.Edit) error { e.Replace(tree, tree, nil, ""); return nil })
		if err != nil {
			t.Fatal(err)
		}
		by := Shift{Days: rapid.IntRange(-4000, 4000).Filter(func(n int) bool { return n != 0 }).Draw(t, "days")}
		there, err := ShiftDates(t.Context(), store, course, ShiftOptions{By: by})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ShiftDates(t.Context(), store, course, ShiftOptions{By: by.Back()}); err != nil {
			t.Fatal(err)
		}
		last, err := store.Head(t.Context(), course)
		if err != nil {
			t.Fatal(err)
		}
		if last.Roots != first.Roots {
			t.Errorf("%d dates by %s and back gave other roots", there.Dates, by)
		}
	})
}

// TestRealCoursesAreShiftedAndBack shifts every sample course by a week, and back.
func TestRealCoursesAreShiftedAndBack(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			store := newStore(t)
			course := bring(t, store, importer.Source{Path: archive})
			before, errorsBefore := head(t, store, course), checks(t, store, course)
			week := Shift{Days: 7}
			there := previewed(t, store, course, func(preview bool) (*ShiftReport, error) {
				return ShiftDates(t.Context(), store, course, ShiftOptions{By: week, Preview: preview})
			})
			t.Logf("%d dates, %d left alone, %d blocks broken", there.Dates, there.DatesLeft, len(there.Broken))
			if diff := cmp.Diff(errorsBefore, checks(t, store, course)); diff != "" {
				t.Errorf("errors (-before +shifted)\n%s", diff)
			}
			back, err := ShiftDates(t.Context(), store, course, ShiftOptions{By: week.Back()})
			if err != nil {
				t.Fatal(err)
			}
			if back.Dates != there.Dates || head(t, store, course).Roots != before.Roots {
				t.Errorf("%d dates shifted, %d back, and the roots differ: %v", there.Dates, back.Dates, head(t, store, course).Roots != before.Roots)
			}
		})
	}
}
