package edx_test

import (
	"testing"
	"time"

	"lectern/courses/content"
	"lectern/courses/content/contenttest"
	"lectern/courses/edx"
	"lectern/courses/outline"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore/key"
)

// everyCase is a course with everything that clients are told about.
var everyCase = map[string]string{
	"course.xml": `<course org="Org" course="Every" url_name="2026"/>`,
	"course/2026.xml": `<course display_name="Every case &amp; &lt;more&gt;" start="2026-01-01T00:00:00Z" end="2026-06-30T00:00:00Z"
			course_visibility="public_outline" enable_subsection_gating="true" days_early_for_beta="2"
			user_partitions='[{"id": 100, "name": "Content", "scheme": "cohort", "version": 3, "active": true, "parameters": {},
					"groups": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]},
				{"id": 200, "name": "A or B", "scheme": "random", "version": 3, "active": true, "parameters": {},
					"groups": [{"id": 11, "name": "A"}, {"id": 12, "name": "B"}]}]'>
		<chapter url_name="w1" display_name="Week 1">
			<sequential url_name="lesson" display_name="Lesson" format="Homework" graded="true" due="2026-02-08T23:59:00Z">
				<vertical url_name="read" display_name="Read">
					<html url_name="text" display_name="Text">One two three</html><video url_name="film" display_name="Film"/></vertical>
				<vertical url_name="do" display_name="Do">
					<problem url_name="p1" display_name="One" weight="2"><p/></problem><problem url_name="p2" display_name="Two"><p/></problem>
					<problem url_name="p0" display_name="For nothing" weight="0"><p/></problem></vertical>
			</sequential>
			<sequential url_name="next" display_name="Only after the lesson"
					required_prereq="block-v1:Org+Every+2026+type@sequential+block@lesson" min_score="50" min_completion="0">
				<vertical url_name="gated" display_name="Gated"><html url_name="gated-text" display_name="Gated text">Well done</html></vertical>
			</sequential>
			<sequential url_name="gone" display_name="Hidden after it is due" due="2026-01-20T00:00:00Z" hide_after_due="true" graded="true" format="Quiz">
				<vertical url_name="quiz" display_name="Quiz"><problem url_name="q" display_name="Q"><p/></problem></vertical>
			</sequential>
		</chapter>
		<chapter url_name="w2" display_name="Week 2" start="2026-03-01T00:00:00Z">
			<sequential url_name="exam" display_name="Exam" format="Exam" graded="true" due="2026-03-15T12:30:00.5Z"
					is_time_limited="true" default_time_limit_minutes="60">
				<vertical url_name="paper" display_name="Paper"><problem url_name="e1" display_name="E"><p/></problem></vertical>
			</sequential>
			<sequential url_name="unlisted" display_name="By link alone" hide_from_toc="true">
				<vertical url_name="link" display_name="Link"><html url_name="link-text" display_name="L">x</html></vertical></sequential>
		</chapter>
		<chapter url_name="w3" display_name="For some">
			<sequential url_name="ones" display_name="For the first group">
				<vertical url_name="ones-unit" display_name="Ones" group_access='{"100": [1]}'>
					<html url_name="ones-text" display_name="Ones">x</html></vertical></sequential>
			<sequential url_name="mixed" display_name="Drawn">
				<vertical url_name="ab" display_name="A or B">
					<split_test url_name="ab-test" display_name="Test" user_partition_id="200"
						group_id_to_child='{"11": "block-v1:Org+Every+2026+type@vertical+block@a", "12": "block-v1:Org+Every+2026+type@vertical+block@b"}'>
					<vertical url_name="a" display_name="A"><html url_name="a-text" display_name="A text">a</html></vertical>
					<vertical url_name="b" display_name="B"><html url_name="b-text" display_name="B text">b</html></vertical></split_test></vertical>
				<vertical url_name="bank-unit" display_name="Bank"><itembank url_name="bank" display_name="One of three" max_count="1">
					<problem url_name="b1" display_name="B1"><p/></problem><problem url_name="b2" display_name="B2"><p/></problem>
					<problem url_name="b3" display_name="B3"><p/></problem></itembank></vertical>
			</sequential>
			<sequential url_name="team" display_name="For the team alone" visible_to_staff_only="true">
				<vertical url_name="secret" display_name="Secret"/></sequential>
		</chapter>
		<chapter url_name="w4" display_name="Nothing yet"/>
	</course>`,
}

// atOwnPace is a course in which everybody has dates of their own.
var atOwnPace = map[string]string{
	"course.xml": `<course org="Org" course="Pace" url_name="2026"/>`,
	"course/2026.xml": `<course display_name="At your own pace" start="2026-01-01T00:00:00Z" end="2026-12-31T00:00:00Z" self_paced="true">
		<chapter url_name="one" display_name="One"><sequential url_name="s1" display_name="First" graded="true" format="Homework">
			<vertical url_name="u1" display_name="U"><problem url_name="x1" display_name="X"><p/></problem></vertical></sequential></chapter>
		<chapter url_name="two" display_name="Two" start="2026-12-01T00:00:00Z"><sequential url_name="s2" display_name="Second" graded="true" format="Homework">
			<vertical url_name="u2" display_name="U"><problem url_name="x2" display_name="X"><p/></problem></vertical></sequential></chapter>
	</course>`,
}

func read(t testing.TB, files map[string]string) *content.Course {
	t.Helper()
	return contenttest.Course(t, importer.Source{FS: contenttest.Files(files)})
}

func readSample(t testing.TB) *content.Course {
	t.Helper()
	return contenttest.Course(t, importer.Source{FS: sample.Course()})
}

func compile(c *content.Course, more ...outline.Transformer) *outline.Course {
	return outline.Compile(outline.Build(c), outline.Policy{Relative: true, Weeks: 8}, append(edx.Transformers(), more...))
}

func id(text string) key.BlockID {
	id, err := key.ParseBlockID(text)
	if err != nil {
		panic(err)
	}
	return id
}

// z reads an instant of 2026 in UTC, such as "05-01 23:59".
func z(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-"+text)
	if err != nil {
		panic(err)
	}
	return t
}

const annaID = "0000000000000000000000000000002a"

// anna is enrolled since the beginning, in the first content group and in A.
func anna() *outline.Facts {
	return &outline.Facts{
		Learner: annaID, Enrolled: true, Schedule: schedule.Learner{ID: annaID, Anchor: z("01-05 10:00"), Created: z("01-05 10:00")},
		Groups: partition.Memberships{
			100: {In: true, Group: 1, Source: partition.ByCohort}, 200: {In: true, Group: 11, Source: partition.ByStore},
		},
	}
}

func with(f *outline.Facts, change func(*outline.Facts)) *outline.Facts {
	change(f)
	return f
}

// page is that of anna, who has read and seen what there is to read.
func page() *edx.Page {
	return &edx.Page{
		Site:     edx.Site{LMS: "https://lms.example.org", Learning: "https://learn.example.org", Exams: true},
		Username: "anna", UserID: 42,
		Published: z("01-02 03:04").Add(5*time.Second + 678901*time.Microsecond), Version: "65a1f0c2e13823f0c0ffee00",
		Completed: map[key.BlockID]float64{id("html/text"): 1, id("video/film"): 1, id("problem/x1"): 1}, Resume: id("video/film"),
	}
}

func deadlines() edx.Deadlines { return edx.Deadlines{Enrolled: z("01-05 10:00"), FullAccess: true} }

func services() edx.Services {
	mode := "verified"
	tool := edx.Tool{AnalyticsID: "edx.bookmarks", Title: "Bookmarks", URL: "https://lms.example.org/bookmarks"}
	return edx.Services{EnrollmentMode: &mode, CourseTools: []edx.Tool{tool}}
}

func groupOf(id int64) partition.Membership {
	return partition.Membership{In: true, Group: id, Source: partition.ByCohort}
}
