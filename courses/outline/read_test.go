package outline_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/content/contenttest"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore/key"
)

func courseOf(t testing.TB, inCourse, settings string) *outline.Outline {
	t.Helper()
	return outline.Build(contenttest.Course(t, importer.Source{FS: contenttest.Files(map[string]string{
		"course.xml":                `<course org="Org" course="C" url_name="run"/>`,
		"course/run.xml":            `<course display_name="Course" ` + settings + `>` + inCourse + `</course>`,
		"policies/run/policy.json":  `{}`,
		"policies/run/grading.json": `{}`,
	})}))
}

func TestBuildReadsTheSettingsOfOLX(t *testing.T) {
	o := courseOf(t, `
		<chapter url_name="week_one" start="2026-02-01T00:00:00Z" due="2026-03-01T00:00:00Z" hide_from_toc="true">
			<sequential url_name="a" display_name="A" graded="true" format="Quiz" hide_after_due="true" graceperiod="30 minutes">
				<vertical url_name="u" group_access="{&quot;177&quot;: [2, 1]}"><problem url_name="p" weight="2"><p/></problem><html url_name="h" visible_to_staff_only="true"/></vertical>
			</sequential>
			<sequential url_name="b" due="null" relative_weeks_due="3" is_time_limited="true" is_practice_exam="true" default_time_limit_minutes="90"
				required_prereq="block-v1:Org+C+run+type@sequential+block@a" min_score="50" min_completion="">
				<vertical url_name="v"><html url_name="i" group_access="nonsense"/></vertical>
			</sequential>
		</chapter>
		<chapter url_name="two" start="no date"/>`,
		`start="2026-01-01T00:00:00Z" end="2026-06-01T00:00:00Z" course_visibility="public_outline" days_early_for_beta="1.5" enable_subsection_gating="true"
		entrance_exam_enabled="true" entrance_exam_id="block-v1:Org+C+run+type@chapter+block@two" entrance_exam_minimum_score_pct="0.5"
		pre_requisite_courses="[&quot;course-v1:Org+Other+R&quot;]"
		user_partitions="[{&quot;id&quot;: 177, &quot;name&quot;: &quot;G&quot;, &quot;scheme&quot;: &quot;cohort&quot;, &quot;version&quot;: 3, &quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;x&quot;}, {&quot;id&quot;: 2, &quot;name&quot;: &quot;y&quot;}]}]"`)

	var got []string
	for i := range o.Nodes {
		n, d := &o.Nodes[i], &o.Dates.Blocks[i]
		got = append(got, fmt.Sprintf("%s %s %q start %s due %s %v", n.Level, n.ID, n.Title, when(d.Start), when(d.Due), n.Access))
	}
	if diff := cmp.Diff([]string{
		`course course/course "Course" start 01-01 due - []`,
		`section chapter/week_one "week one" start 02-01 due 03-01 []`,
		`subsection sequential/a "A" start - due - [{177 [1 2]}]`,
		`unit vertical/u "u" start - due - [{177 [1 2]}]`,
		`block problem/p "p" start - due - []`,
		`block html/h "Text" start - due - []`,
		`subsection sequential/b "b" start - due none []`,
		`unit vertical/v "v" start - due - []`,
		`block html/i "Text" start - due - [{0 []}]`,
		`section chapter/two "two" start - due - []`,
	}, got); diff != "" {
		t.Errorf("the nodes differ (-want +got):\n%s", diff)
	}
	a, b := o.Dates.Blocks[2], o.Dates.Blocks[6]
	if !a.HideAfterDue || !a.Graded || a.Format != "Quiz" || a.Grace != 30*time.Minute || b.Weeks != 3 || !o.Dates.Blocks[4].Work || o.Dates.Blocks[5].Work {
		t.Errorf("the dates are read as %+v and %+v", a, b)
	}
	if want := (outline.Exam{Timed: true, Practice: true, Limit: 90 * time.Minute}); o.Nodes[6].Exam != want {
		t.Errorf("the exam is %+v", o.Nodes[6].Exam)
	}
	if diff := cmp.Diff([]outline.Gate{{Of: 2, MinScore: 50, MinCompletion: 100}}, o.Nodes[6].Gates); diff != "" {
		t.Errorf("the gates differ: %s", diff)
	}
	if !o.Nodes[1].HideFromTOC || !o.Nodes[5].StaffOnly || o.Visibility != outline.PublicOutline || o.Dates.Beta != 36*time.Hour {
		t.Errorf("the settings are %+v", o)
	}
	if o.EntranceExam == nil || o.EntranceExam.Section != 9 || o.EntranceExam.MinScore != 50 || len(o.Courses) != 1 || o.Courses[0] != (key.Course{Org: "Org", Code: "Other", Run: "R"}) {
		t.Errorf("the entrance exam is %+v, the prerequisites are %v", o.EntranceExam, o.Courses)
	}
	var odd []string
	for _, i := range o.Issues {
		odd = append(odd, string(i.Code)+" "+i.Block.String())
	}
	if diff := cmp.Diff([]string{
		"groups_bubbled sequential/a", "prerequisite_value sequential/b", "group_access_unreadable html/i", "setting_unreadable chapter/two",
	}, odd); diff != "" {
		t.Errorf("the issues differ (-want +got):\n%s\n%v", diff, o.Issues)
	}
}

func when(d schedule.Own) string {
	switch {
	case !d.Set:
		return "-"
	case d.At.IsZero():
		return "none"
	default:
		return d.At.Format("01-02")
	}
}

func TestTheSampleCourseHasAnOutline(t *testing.T) {
	course := contenttest.Course(t, importer.Source{FS: sample.Course()})
	o := outline.Build(course)
	if o.Root != course.Root || o.Course != course.Key || len(o.Nodes) != len(course.Blocks) || len(o.Sections) == 0 || len(o.Sequences) == 0 {
		t.Errorf("%d nodes of %d blocks, %d sections, %d subsections", len(o.Nodes), len(course.Blocks), len(o.Sections), len(o.Sequences))
	}
	for i := range o.Nodes {
		if course.Blocks[o.Nodes[i].Place].ID != o.Nodes[i].ID {
			t.Errorf("node %d is not at its place", i)
		}
	}
	for _, i := range o.Issues {
		t.Errorf("it has an issue: %s", i)
	}
}

// noVideos is a plug-in: who has not enrolled for good sees no videos.
type noVideos struct {
	videos outline.Mask
}

func (r noVideos) applies(c *outline.Case) bool { return c.Facts.Learner == "guest" }

func (r noVideos) Mark(c *outline.Case, m *outline.Marks) {
	if r.applies(c) {
		m.Close(r.videos)
	}
}

func (r noVideos) Explain(c *outline.Case, node int) []outline.Reason {
	if !r.applies(c) || !r.videos.Has(node) {
		return nil
	}
	return []outline.Reason{{Code: "no_videos", Effect: outline.Closes, At: c.Course.Nodes[node].ID, Text: "videos are not for guests"}}
}

func TestAPlugInCollectsOnceAndDecidesForEachLearner(t *testing.T) {
	o := courseOf(t, `<chapter url_name="c"><sequential url_name="s"><vertical url_name="u"><video url_name="v" edx_video_id="secret"/><video url_name="w"/></vertical></sequential></chapter>`,
		`start="2026-01-01T00:00:00Z"`)
	collected := 0
	plugIn := outline.Transformer{Name: "no_videos", Collect: func(o *outline.Outline) outline.Rule {
		collected++
		var videos []int
		for i := range o.Nodes {
			if o.Source.Setting(o.Nodes[i].Place, "edx_video_id").Value.Str() != "" {
				videos = append(videos, i)
			}
		}
		return noVideos{o.Mask(videos...)}
	}}
	c := outline.Compile(o, outline.Policy{}, append(outline.Standard(), plugIn))
	now := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	v, _ := o.Find(key.BlockID{Type: "video", Name: "v"})
	w, _ := o.Find(key.BlockID{Type: "video", Name: "w"})
	for learner, open := range map[string]bool{"guest": false, "member": true} {
		view := c.Evaluate(&outline.Facts{Learner: learner, Enrolled: true}, now, outline.Options{})
		if view.Verdict(v).Accessible != open || !view.Verdict(w).Accessible {
			t.Errorf("for a %s the videos are %+v and %+v", learner, view.Verdict(v), view.Verdict(w))
		}
		if list := view.Told(v); len(list) > 0 == open || !open && list[0].String() != "videos are not for guests" {
			t.Errorf("a %s is told %v", learner, list)
		}
	}
	if collected != 1 {
		t.Errorf("it was collected %d times", collected)
	}
}
