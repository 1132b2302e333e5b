package olx

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// soundCourse is a course in which nothing is found. Tests replace files of it.
var soundCourse = map[string]string{
	"course.xml":       `<course url_name="r" org="O" course="C"/>`,
	"course/r.xml":     `<course display_name="T"><chapter url_name="c"/></course>`,
	"chapter/c.xml":    `<chapter display_name="S"><sequential url_name="s"/></chapter>`,
	"sequential/s.xml": `<sequential display_name="SS"><vertical url_name="v"/></sequential>`,
	"vertical/v.xml":   unitOf(""),
	"html/h.xml":       `<html filename="h"/>`,
	"html/h.html":      `<p>Hello</p>`,
}

// unitOf is a unit with the page of the sound course and some more content, which begins in line 2.
func unitOf(content string) string {
	return "<vertical display_name=\"U\"><html url_name=\"h\"/>\n" + content + "\n</vertical>"
}

// policies is a policy.json with the settings of the course, which begin in line 2.
func policies(settings string) string { return "{\"course/r\": {\n" + settings + "\n}}" }

type files = map[string]string

// checkCase is a course that differs from the sound one, and all that is found in it.
type checkCase struct {
	name  string
	files files
	want  []string
}

func runChecks(t *testing.T, tests []checkCase) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all := maps.Clone(soundCourse)
			maps.Copy(all, test.files)
			maps.DeleteFunc(all, func(_, content string) bool { return content == "" })
			var got []string
			for _, p := range checkFiles(t, newFileView(all)).Problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("other problems are found (-want +got):\n%s", diff)
			}
		})
	}
}

func checkFiles(t *testing.T, view View) *Course {
	t.Helper()
	course, err := Decode(view)
	if err != nil {
		t.Fatal(err)
	}
	Check(course, view)
	return course
}

func TestASoundCourseHasNoProblems(t *testing.T) {
	runChecks(t, []checkCase{{name: "nothing is found"}})
}

func TestFields(t *testing.T) {
	problem := func(attributes string) files {
		return files{"vertical/v.xml": unitOf(`<problem url_name="p"/>`), "problem/p.xml": `<problem ` + attributes + `/>`}
	}
	runChecks(t, []checkCase{
		{"64 yes is false to Open edX", files{"sequential/s.xml": `<sequential display_name="S" hide_from_toc="yes"><vertical url_name="v"/></sequential>`}, []string{
			`sequential/s.xml:1:30: warning field.boolean: hide_from_toc is "yes", which is read as false`,
		}},
		{"65 an empty number is none", problem(`max_attempts=""`), nil},
		{"66 a number in words is kept", problem(`display_name="P" max_attempts="three"`), []string{
			`problem/p.xml:1:27: error field.integer: max_attempts is "three", which is not a whole number`,
		}},
		{"a number with a fraction is cut off", problem(`max_attempts="3.5"`), []string{
			`problem/p.xml:1:10: warning field.integer: max_attempts is 3.5, which is read as 3`,
		}},
		{"67 fewer than no attempts", problem(`max_attempts="-1"`), []string{
			`problem/p.xml:1:10: warning field.negative: max_attempts is -1, but it cannot be negative`,
		}},
		{"68 and 69 explicit nulls", problem(`weight="null" due="null"`), nil},
		{"a weight that is no number", problem(`weight="heavy"`), []string{
			`problem/p.xml:1:10: error field.float: weight is "heavy", which is not a number`,
		}},
		{"70 a year alone is not a date", problem(`due="2015"`), []string{
			`problem/p.xml:1:10: error field.date: due is "2015", which is not a date`,
		}},
		{"71 a month alone is not a date", problem(`due="March 2015"`), []string{
			`problem/p.xml:1:10: error field.date: due is "March 2015", which is not a date`,
		}},
		{"72 a date as JSON text", problem(`due="&quot;2015-09-01T00:00:00+00:00&quot;"`), nil},
		{"73 a date without zone is UTC", problem(`due="2015-09-01T10:00:00"`), []string{
			`problem/p.xml:1:10: info field.date_no_zone: due is "2015-09-01T10:00:00", which names no time zone and is read as UTC`,
		}},
		{"74 an empty grace period is none", problem(`graceperiod=""`), nil},
		{"75 lengths of time of another kind", problem(`graceperiod="2 weeks"`), []string{
			`problem/p.xml:1:10: error field.duration: graceperiod is "2 weeks", which is not a length of time`,
		}},
		{"75 a clock is not a length of time", problem(`graceperiod="01:00:00"`), []string{
			`problem/p.xml:1:10: error field.duration: graceperiod is "01:00:00", which is not a length of time`,
		}},
		{"76 seconds where a clock belongs", files{"vertical/v.xml": unitOf(`<video url_name="x" youtube_id_1_0="abc" start_time="90"/>`)}, []string{
			`vertical/v.xml:2:42: warning field.relative_time: start_time is 90, which is read as seconds`,
		}},
		{"a value that means nothing", problem(`showanswer="sometimes"`), []string{
			`problem/p.xml:1:10: warning field.enum: showanswer is "sometimes", which has no meaning`,
		}},
		{"a list that is not JSON", files{"chapter/c.xml": `<chapter display_name="S" highlights="one, two"><sequential url_name="s"/></chapter>`}, []string{
			`chapter/c.xml:1:27: error field.json: highlights is "one, two", which is not a list`,
		}},
		{"79 tabs are not read from an attribute", files{"course/r.xml": `<course display_name="T" tabs="[]"><chapter url_name="c"/></course>`}, []string{
			`course/r.xml:1:26: warning field.ignored: an attribute tabs has no effect: the field is not read from attributes`,
		}},
		{"80 an attribute of another type is no field", files{"html/h.xml": `<html filename="h" markdown="3" max_count="x"/>`}, nil},
		{"81 the policy has another value than the attribute", files{
			"course/r.xml":           "<course display_name=\"T\"\n  start='2015-01-01' language=\"en\"><chapter url_name=\"c\"/></course>",
			"policies/r/policy.json": policies(`"start": "2016-01-01T00:00:00Z", "language": "en"`),
		}, []string{
			`course/r.xml:2:3: info field.date_no_zone: start is "2015-01-01", which names no time zone and is read as UTC`,
			`course/r.xml:2:3: info policy.override: the attribute start of course/course has another value than the policy; the policy holds`,
		}},
		{"83 a policy value of the wrong type", files{"policies/r/policy.json": policies("  \"advanced_modules\": \"poll\",\n  \"display_name\": 3")}, []string{
			`policies/r/policy.json:2:3: error field.json: advanced_modules is "poll", which is not a list`,
			`policies/r/policy.json:3:3: error field.string: display_name is 3, which is not a text`,
		}},
		{"85 a key twice inside a setting", files{"policies/r/policy.json": policies(`"cohort_config": {"a": 1, "a": 2}`)}, []string{
			`policies/r/policy.json:2:1: warning field.duplicate_key: cohort_config holds "a" twice; the last one counts`,
		}},
		{"options of the newer kind of block are YAML", files{"vertical/v.xml": unitOf(`<poll url_name="p" private_results="yes" max_submissions="many"/>`)}, []string{
			`vertical/v.xml:2:42: error field.integer: max_submissions is "many", which is not a whole number`,
		}},
	})
}

func TestDates(t *testing.T) {
	runChecks(t, []checkCase{
		{"a course that ends before it starts", files{"policies/r/policy.json": policies("\"start\": \"2020-01-01T00:00:00Z\",\n\"end\": \"2019-01-01T00:00:00Z\"")}, []string{
			`policies/r/policy.json:3:1: warning date.order: end of course/course is 2019-01-01T00:00:00Z, before start, which is 2020-01-01T00:00:00Z`,
		}},
		{"enrolment that closes before it opens", files{"course/r.xml": `<course display_name="T" enrollment_start="2020-01-01T00:00:00Z" enrollment_end="2019-01-01T00:00:00Z"><chapter url_name="c"/></course>`}, []string{
			`course/r.xml:1:66: warning date.order: enrollment_end of course/course is 2019-01-01T00:00:00Z, before enrollment_start, which is 2020-01-01T00:00:00Z`,
		}},
		{"a subsection due before the course starts", files{
			"course/r.xml":     `<course display_name="T" start="2020-01-01T00:00:00Z"><chapter url_name="c"/></course>`,
			"sequential/s.xml": `<sequential display_name="SS" due="2019-01-01T00:00:00Z"><vertical url_name="v"/></sequential>`,
		}, []string{
			`sequential/s.xml:1:31: warning date.order: sequential/s is due on 2019-01-01T00:00:00Z, before it starts on 2020-01-01T00:00:00Z`,
		}},
		{"a unit that starts after its subsection is due", files{
			"sequential/s.xml": `<sequential display_name="SS" due="2019-01-01T00:00:00Z"><vertical url_name="v"/></sequential>`,
			"vertical/v.xml":   `<vertical display_name="U" start="2020-01-01T00:00:00Z"><html url_name="h"/></vertical>`,
		}, []string{
			`vertical/v.xml:1:28: warning date.order: vertical/v starts on 2020-01-01T00:00:00Z, after it is due on 2019-01-01T00:00:00Z`,
		}},
		{"an explicit null ends inheritance", files{
			"course/r.xml":     `<course display_name="T" start="2020-01-01T00:00:00Z"><chapter url_name="c"/></course>`,
			"sequential/s.xml": `<sequential display_name="SS" start="null" due="2019-01-01T00:00:00Z"><vertical url_name="v"/></sequential>`,
		}, nil},
		{"an assessment due before it starts", files{"vertical/v.xml": unitOf(assessment(`<assessment name="peer-assessment" start="2020-01-01T00:00:00" due="2019-01-01T00:00:00"/>`, rubric))}, []string{
			`vertical/v.xml:3:14: warning date.order: the assessment "peer-assessment" of openassessment/x is due on 2019-01-01T00:00:00Z, before it starts on 2020-01-01T00:00:00Z`,
		}},
	})
}

func TestStructure(t *testing.T) {
	runChecks(t, []checkCase{
		{"a component in a subsection", files{"sequential/s.xml": "<sequential display_name=\"SS\">\n  <html url_name=\"h\"/>\n</sequential>", "vertical/v.xml": ""}, []string{
			`html/h.xml:1:1: warning olx.nesting: html/h stands in sequential/s, but <html> belongs in a vertical`,
		}},
		{"a unit in a unit", files{"vertical/v.xml": unitOf(`<vertical url_name="w"><problem url_name="p"><p/></problem></vertical>`)}, []string{
			`vertical/v.xml:2:1: warning olx.nesting: vertical/w stands in vertical/v, but <vertical> belongs in a sequential`,
		}},
		{"a subsection in the course", files{"course/r.xml": `<course display_name="T"><sequential url_name="s"/></course>`, "chapter/c.xml": ""}, []string{
			`sequential/s.xml:1:1: warning olx.nesting: sequential/s stands in course/course, but <sequential> belongs in a chapter`,
		}},
		{"a section in a section", files{"chapter/c.xml": `<chapter display_name="S"><chapter url_name="d" display_name="D"><sequential url_name="s"/></chapter></chapter>`}, []string{
			`chapter/c.xml:1:27: warning olx.nesting: chapter/d stands in chapter/c, but <chapter> belongs in a course`,
		}},
		{"containers in units hold units and components", files{"vertical/v.xml": unitOf(`<randomize url_name="z"><vertical url_name="w"><problem url_name="q"><p/></problem></vertical><problem url_name="p"><p/></problem></randomize>`)}, nil},
		{"a unit without content", files{"vertical/v.xml": `<vertical display_name="U"/>`, "html/h.xml": "", "html/h.html": ""}, []string{
			`vertical/v.xml:1:1: warning olx.empty_container: vertical/v has no content`,
		}},
		{"titles are missing", files{
			"course/r.xml":     `<course><chapter url_name="c"/></course>`,
			"chapter/c.xml":    `<chapter display_name=""><sequential url_name="s"/></chapter>`,
			"sequential/s.xml": `<sequential display_name="null"><vertical url_name="v"/></sequential>`,
			"vertical/v.xml":   `<vertical><html url_name="h"/></vertical>`,
		}, []string{
			`chapter/c.xml:1:1: info olx.no_title: chapter/c has no display_name`,
			`course/r.xml:1:1: info olx.no_title: course/course has no display_name`,
			`sequential/s.xml:1:1: info olx.no_title: sequential/s has no display_name`,
			`vertical/v.xml:1:1: info olx.no_title: vertical/v has no display_name`,
		}},
		{"a title in the policy is a title", files{
			"sequential/s.xml":       `<sequential><vertical url_name="v"/></sequential>`,
			"policies/r/policy.json": `{"sequential/s": {"display_name": "SS"}}`,
		}, nil},
		{"27 names that differ only in case", files{
			"vertical/v.xml": unitOf("<html url_name=\"H\"/>"),
			"html/H.xml":     `<html>x</html>`,
		}, []string{
			`html/H.xml:1:1: warning olx.name_case: the names of html/H and html/h differ only in case or Unicode form`,
		}},
		{"27 names that differ only in Unicode form", files{"vertical/v.xml": unitOf("<html url_name=\"\u00e9\">a</html>\n<html url_name=\"e\u0301\">b</html>")}, []string{
			`vertical/v.xml:3:1: warning olx.name_case: the names of html/e__bf12767b and html/é differ only in case or Unicode form`,
			`vertical/v.xml:3:1: warning olx.name_characters: the url_name "é" of <html> cannot be part of a usage key; its key says e__bf12767b`,
		}},
		{"a definition that is not read has no other problems", files{"vertical/v.xml": "<vertical>\n<html></vertical>"}, []string{
			`vertical/v.xml:2:7: error xml.malformed: </vertical> stands where <html> of line 2, column 1 should be closed`,
		}},
		{"a text that is not UTF-8 is no orphan", files{"html/h.html": "\xff"}, []string{
			`html/h.html:1:1: error olx.html_encoding: byte 0 (0xff) is not UTF-8`,
		}},
		{"a definition file that nothing points at", files{"problem/lost.xml": `<problem/>`, "html/lost.html": `<p/>`, "README.xml": `<p/>`}, []string{
			`html/lost.html:1:1: info olx.orphan_file: nothing in the course points at this file`,
			`problem/lost.xml:1:1: info olx.orphan_file: nothing in the course points at this file`,
		}},
		{"the content file of a problem is not XML", files{"vertical/v.xml": unitOf(`<problem url_name="p" filename="q"/>`), "problem/q.xml": "<problem>\n<p></problem>"}, []string{
			`problem/q.xml:2:4: error olx.content_xml: the content of problem/p cannot be read: </problem> stands where <p> of line 2, column 1 should be closed`,
		}},
		{"113 the content file names another block", files{"vertical/v.xml": unitOf(`<problem url_name="p" filename="q"/>`), "problem/q.xml": `<problem url_name="other"><p/></problem>`}, []string{
			`problem/q.xml:1:1: warning olx.extra_url_name: the file says url_name="other", but it is the content of problem/p`,
		}},
		{"tags and attributes of old courses", files{
			"chapter/c.xml":       `<chapter display_name="S"><videosequence url_name="s"/></chapter>`,
			"sequential/s.xml":    "",
			"videosequence/s.xml": `<videosequence display_name="SS" slug="t"><vertical url_name="v"/></videosequence>`,
			"vertical/v.xml":      unitOf("<problem url_name=\"p\" attempts=\"3\"><p/></problem>\n<problem url_name=\"q\" attempts=\"\"><p/></problem>"),
		}, []string{
			`vertical/v.xml:2:23: info olx.obsolete: the attribute attempts of problem/p is obsolete; use max_attempts`,
			`videosequence/s.xml:1:1: info olx.obsolete: <videosequence> is obsolete; use <sequential>`,
			`videosequence/s.xml:1:34: info olx.obsolete: the attribute slug of videosequence/s is obsolete; use url_name`,
		}},
		{"a subsection that waits for one that is not there", files{"sequential/s.xml": `<sequential display_name="SS" required_prereq="i4x://O/C/sequential/gone" min_score="50"><vertical url_name="v"/></sequential>`}, []string{
			`sequential/s.xml:1:31: error olx.prerequisite: sequential/s waits for i4x://O/C/sequential/gone, which is not in the course`,
		}},
		{"a subsection that waits for itself", files{"sequential/s.xml": `<sequential display_name="SS" required_prereq="block-v1:O+C+r+type@sequential+block@s"><vertical url_name="v"/></sequential>`}, []string{
			`sequential/s.xml:1:31: error olx.prerequisite_cycle: sequential/s waits for itself, by way of sequential/s`,
		}},
		{"a subsection that waits for the section that it is in", files{"sequential/s.xml": `<sequential display_name="SS" required_prereq="block-v1:O+C+r+type@chapter+block@c"><vertical url_name="v"/></sequential>`}, []string{
			`sequential/s.xml:1:31: error olx.prerequisite_cycle: sequential/s waits for itself, by way of chapter/c`,
		}},
		{"subsections that wait for each other, and one that waits for them", files{
			"chapter/c.xml":    `<chapter display_name="S"><sequential url_name="s"/><sequential url_name="t"/><sequential url_name="u"/></chapter>`,
			"sequential/s.xml": `<sequential display_name="SS" required_prereq="block-v1:O+C+r+type@sequential+block@t"><vertical url_name="v"/></sequential>`,
			"sequential/t.xml": `<sequential display_name="ST" required_prereq="i4x://O/C/sequential/s"><vertical url_name="w"/></sequential>`,
			"sequential/u.xml": `<sequential display_name="SU" required_prereq="i4x://O/C/sequential/s"><vertical url_name="x"/></sequential>`,
			"vertical/w.xml":   `<vertical display_name="W"><problem url_name="p"><p/></problem></vertical>`,
			"vertical/x.xml":   `<vertical display_name="X"><problem url_name="q"><p/></problem></vertical>`,
		}, []string{
			`sequential/s.xml:1:31: error olx.prerequisite_cycle: sequential/s waits for itself, by way of sequential/t`,
			`sequential/t.xml:1:31: error olx.prerequisite_cycle: sequential/t waits for itself, by way of sequential/s`,
		}},
	})
}

func TestGradingPolicy(t *testing.T) {
	const file = "policies/r/grading_policy.json"
	graded := `<sequential display_name="SS" graded="true" format="Homework"><vertical url_name="v"/></sequential>`
	grader := func(more string) string { return `{"type": "Homework", "min_count": 1, "drop_count": 0, ` + more + `}` }
	runChecks(t, []checkCase{
		{"a policy that fits", files{file: `{"GRADER": [` + grader(`"weight": 1`) + `], "GRADE_CUTOFFS": {"Pass": 0.5}}`, "sequential/s.xml": graded}, nil},
		{"87 weights of 98 %", files{file: "{\n  \"GRADER\": [" + grader(`"weight": 0.98`) + `]}`, "sequential/s.xml": graded}, []string{
			`policies/r/grading_policy.json:2:13: warning grading.weights: the weights of the assignment types add up to 0.98`,
		}},
		{"86 a blank at the end of a format", files{"sequential/s.xml": strings.Replace(graded, "Homework", "Homework ", 1)}, []string{
			`sequential/s.xml:1:45: warning grading.unknown_format: the format of sequential/s is "Homework ", but the assignment type is "Homework"`,
		}},
		{"86 a format that is no assignment type", files{"sequential/s.xml": strings.Replace(graded, "Homework", "Essay", 1)}, []string{
			`sequential/s.xml:1:45: warning grading.unknown_format: the format of sequential/s is "Essay", which is no assignment type of the grading policy`,
		}},
		{"the format of what is not graded is free", files{"sequential/s.xml": strings.Replace(strings.Replace(graded, "Homework", "Essay", 1), "true", "false", 1)}, nil},
		{"graded without a format", files{"sequential/s.xml": strings.Replace(graded, ` format="Homework"`, "", 1)}, []string{
			`sequential/s.xml:1:31: warning grading.unknown_format: sequential/s is graded, but has no format, so it does not count for the grade`,
		}},
		{"8.2 an assignment type that nothing has", files{file: "{\"GRADER\": [\n  " + grader(`"weight": 1`) + `]}`}, []string{
			`policies/r/grading_policy.json:2:3: warning grading.unused_type: no graded subsection has the format "Homework", which is worth 100 % of the grade`,
		}},
		{"8.2 fewer assignments than count", files{file: "{\"GRADER\": [\n  " + strings.Replace(grader(`"weight": 1`), `"min_count": 1`, `"min_count": 5`, 1) + `]}`, "sequential/s.xml": graded}, []string{
			`policies/r/grading_policy.json:2:3: info grading.min_count: 1 of at least 5 assignments of type "Homework" are there`,
		}},
		{"8.2 all assignments are dropped", files{file: "{\"GRADER\": [\n  " + strings.Replace(grader(`"weight": 1`), `"drop_count": 0`, `"drop_count": 1`, 1) + `]}`, "sequential/s.xml": graded}, []string{
			`policies/r/grading_policy.json:2:3: warning grading.drop_count: 1 of 1 assignments of type "Homework" are dropped`,
		}},
		{"8.2 a cutoff above 1", files{file: "{\"GRADE_CUTOFFS\": {\n\"Pass\": 50}}"}, []string{
			`policies/r/grading_policy.json:2:1: warning grading.cutoffs: the cutoff of "Pass" is 50, not a number from 0 to 1`,
		}},
		{"8.2 letters that do not fall", files{file: "{\"GRADE_CUTOFFS\": {\"C\": 0.5,\n\"B\": 0.7, \"A\": 0.6}}"}, []string{
			`policies/r/grading_policy.json:2:1: warning grading.cutoffs: the cutoff of "B" is 0.7, and that of "A" is 0.6`,
		}},
		{"8.2 two names for one cutoff", files{file: `{"GRADE_CUTOFFS": {"Distinction": 0.8, "Merit": 0.6, "Pass": 0.6}}`}, []string{
			`policies/r/grading_policy.json:1:54: warning grading.cutoffs: the cutoff of "Pass" is 0.6, and that of "Merit" is 0.6`,
		}},
		{"8.2 no cutoffs at all", files{file: `{"GRADE_CUTOFFS": {}}`}, []string{
			`policies/r/grading_policy.json:1:19: warning grading.cutoffs: there are no cutoffs, so nobody can pass`,
		}},
		{"entries that cannot be read", files{file: "{\"GRADER\": [\n3,\n{\"weight\": 0.5},\n{\"type\": \"Homework\", \"weight\": \"half\", \"min_count\": 1, \"drop_count\": -1}]}", "sequential/s.xml": graded}, []string{
			`policies/r/grading_policy.json:2:1: error grading.entry: an entry of GRADER is not an object`,
			`policies/r/grading_policy.json:3:1: error grading.entry: an entry of GRADER has no type`,
			`policies/r/grading_policy.json:4:1: error grading.entry: weight of the assignment type "Homework" is not a number of 0 or more`,
			`policies/r/grading_policy.json:4:1: error grading.entry: drop_count of the assignment type "Homework" is not a number of 0 or more`,
		}},
		{"an entry of the older kind names one subsection", files{file: `{"GRADER": [{"type": "Final", "name": "The final", "weight": 1}]}`}, []string{
			`policies/r/grading_policy.json:1:13: warning grading.unused_type: no graded subsection has the format "Final", which is worth 100 % of the grade`,
		}},
		{"a weight as text is a number", files{file: `{"GRADER": [` + grader(`"weight": "1.0"`) + `]}`, "sequential/s.xml": graded}, nil},
		{"a policy that is not JSON", files{file: "{\"GRADER\": [\n  {\"type\": \"Homework\",}\n]}", "sequential/s.xml": graded}, []string{
			`policies/r/grading_policy.json:2:23: error grading.malformed: this is not JSON: invalid character '}' looking for beginning of object key string`,
		}},
		{"a policy that is no object", files{file: "[]"}, []string{
			`policies/r/grading_policy.json:1:1: error grading.malformed: the value is not an object`,
		}},
		{"parts that are not what they should be", files{file: "{\"GRADER\": {},\n\"GRADE_CUTOFFS\": 0.5}"}, []string{
			`policies/r/grading_policy.json:1:12: error grading.malformed: GRADER is not a list`,
			`policies/r/grading_policy.json:2:18: error grading.malformed: GRADE_CUTOFFS is not an object`,
		}},
	})
}

const twoGroups = `"user_partitions": [{"id": 200, "name": "Half", "scheme": "random", "version": 3, "groups": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]}]`

func TestPartitions(t *testing.T) {
	policy := policies(twoGroups)
	access := func(value string) string {
		return `<vertical display_name="U" group_access='` + value + `'><html url_name="h"/></vertical>`
	}
	runChecks(t, []checkCase{
		{"77 no restriction", files{"policies/r/policy.json": policy, "vertical/v.xml": access(`{}`)}, nil},
		{"a group that is there", files{"policies/r/policy.json": policy, "vertical/v.xml": access(`{"200": [1]}`)}, nil},
		{"78 a partition that is not there", files{"policies/r/policy.json": policy, "vertical/v.xml": access(`{"201": [1]}`)}, []string{
			`vertical/v.xml:1:28: warning partition.unknown_group: group_access of vertical/v names the partition 201, which the course does not have`,
		}},
		{"78 a group that is not there", files{"policies/r/policy.json": policy, "vertical/v.xml": access(`{"200": [1, 3]}`)}, []string{
			`vertical/v.xml:1:28: warning partition.unknown_group: group_access of vertical/v names the group 3, which the partition "Half" does not have`,
		}},
		{"partitions below 100 are the platform's own", files{"vertical/v.xml": access(`{"50": [1]}`)}, nil},
		{"access that is no object of lists", files{"policies/r/policy.json": policy, "vertical/v.xml": access(`{"200": 1}`)}, []string{
			`vertical/v.xml:1:28: warning field.shape: group_access of vertical/v must give partition 200 a list of ids of groups`,
		}},
		{"access by names instead of ids", files{"policies/r/policy.json": policy, "vertical/v.xml": access(`{"Half": [1]}`)}, []string{
			`vertical/v.xml:1:28: warning field.shape: group_access of vertical/v must map the ids of partitions to lists of ids of groups`,
		}},
		{"a unit for a group that its subsection is closed to", files{
			"policies/r/policy.json": policy,
			"sequential/s.xml":       `<sequential display_name="SS" group_access='{"200": [2]}'><vertical url_name="v"/></sequential>`,
			"vertical/v.xml":         access(`{"200": [1]}`),
		}, []string{
			`vertical/v.xml:1:28: warning partition.contradiction: vertical/v is open to none of the groups that can reach it`,
		}},
		{"a scheme and a version that Open edX does not have", files{"policies/r/policy.json": policies("\"user_partitions\": [\n{\"id\": 200, \"name\": \"P\", \"scheme\": \"coin\", \"version\": 9, \"groups\": []}]")}, []string{
			`policies/r/policy.json:3:1: warning partition.scheme: the partition "P" has the scheme "coin"`,
			`policies/r/policy.json:3:1: warning partition.scheme: the partition "P" has the version 9`,
		}},
		{"partitions that cannot be read", files{"policies/r/policy.json": policies("\"user_partitions\": [\n3,\n{\"name\": \"P\"},\n{\"id\": 1, \"name\": \"P\", \"groups\": [{\"name\": \"g\"}, {\"id\": 7, \"name\": \"a\"}, {\"id\": 7, \"name\": \"b\"}]},\n{\"id\": 1, \"name\": \"Q\"}]")}, []string{
			`policies/r/policy.json:3:1: error partition.shape: a partition is not an object with an id and groups`,
			`policies/r/policy.json:4:1: error partition.shape: a partition is not an object with an id and groups`,
			`policies/r/policy.json:5:1: error partition.shape: a group of the partition "P" has no id`,
			`policies/r/policy.json:5:1: error partition.shape: the groups "a" and "b" of the partition "P" have the same id 7`,
			`policies/r/policy.json:6:1: error partition.shape: the partitions "P" and "Q" have the same id 1`,
		}},
		{"partitions in an attribute have its place", files{"course/r.xml": `<course display_name="T" user_partitions="[{&quot;name&quot;: &quot;P&quot;}]"><chapter url_name="c"/></course>`}, []string{
			`course/r.xml:1:26: error partition.shape: a partition is not an object with an id and groups`,
		}},
	})
}

func TestTabs(t *testing.T) {
	tabs := func(entries string) string { return policies("\"tabs\": [\n" + entries + "]") }
	runChecks(t, []checkCase{
		{"a page with its entry", files{"policies/r/policy.json": tabs(`{"type": "static_tab", "name": "More", "url_slug": "more"}`), "tabs/more.html": "<p/>"}, nil},
		{"116 a page without an entry", files{"tabs/more.html": "<p/>"}, []string{
			`tabs/more.html:1:1: warning tab.no_entry: no entry of tabs has the url_slug "more"`,
		}},
		{"117 an entry without its page", files{"policies/r/policy.json": tabs(`{"type": "static_tab", "name": "More", "url_slug": "more"}`)}, []string{
			`policies/r/policy.json:3:1: warning tab.no_page: tabs lists the page "More", but there is no tabs/more.html`,
		}},
		{"118 types that are known, old ones too", files{"policies/r/policy.json": tabs(`{"type": "course_info", "name": "Home"}, {"type": "courseware"}, {"type": "lti_live"}`)}, nil},
		{"118 a type that is not known", files{"policies/r/policy.json": tabs("{\"type\": \"courseware\"},\n  {\"type\": \"horoscope\"}")}, []string{
			`policies/r/policy.json:4:3: info tab.unknown_type: Open edX itself has no tab of type "horoscope"`,
		}},
		{"entries that lack something", files{"policies/r/policy.json": tabs("{\"name\": \"x\"},\n3,\n{\"type\": \"static_tab\", \"name\": \"x\"},\n{\"type\": \"external_link\"}")}, []string{
			`policies/r/policy.json:3:1: warning tab.shape: an entry of tabs has no type`,
			`policies/r/policy.json:4:1: warning tab.shape: an entry of tabs has no type`,
			`policies/r/policy.json:5:1: warning tab.shape: a static_tab needs a name and a url_slug`,
			`policies/r/policy.json:6:1: warning tab.shape: a tab of type external_link has no link`,
		}},
	})
}

func TestLTIPassports(t *testing.T) {
	tool := files{"vertical/v.xml": unitOf("<lti url_name=\"l\" lti_id=\"tool\" launch_url=\"https://example.org\"/>")}
	with := func(passports string) files {
		return files{"vertical/v.xml": tool["vertical/v.xml"], "policies/r/policy.json": policies("\"lti_passports\": [\n" + passports + "]")}
	}
	runChecks(t, []checkCase{
		{"a passport that the course does not have", tool, []string{
			`vertical/v.xml:2:19: error lti.passport: lti/l needs the passport "tool", which lti_passports of the course does not have`,
		}},
		{"a passport that it has", with(`"tool:key:secret"`), nil},
		{"a passport without a secret is not shown", with(`"tool:key"`), []string{
			`policies/r/policy.json:3:1: error lti.passport_shape: an LTI passport is not of the form ID:KEY:SECRET`,
			`vertical/v.xml:2:19: error lti.passport: lti/l needs the passport "tool", which lti_passports of the course does not have`,
		}},
		{"LTI 1.3 needs none", files{"vertical/v.xml": unitOf(`<lti_consumer url_name="l" lti_id="tool" lti_version="lti_1p3"/>`)}, nil},
		{"a tool without an id needs none", files{"vertical/v.xml": unitOf(`<lti url_name="l" launch_url="https://example.org"/>`)}, nil},
	})
}

func TestAssets(t *testing.T) {
	runChecks(t, []checkCase{
		{"122 two files with one name", files{"static/a_b.png": "1", "static/a/b.png": "2"}, []string{
			`static/a_b.png: error asset.collision: static/a_b.png and static/a/b.png are both called a_b.png in Open edX`,
		}},
		{"noise is no asset", files{"static/a b.png": "1", "static/._a_b.png": "2", "static/a_b.png~": "3", "static/.DS_Store": "4"}, nil},
		{"123 a listed file that is not there", files{"policies/assets.json": "{\n  \"a_b.png\": {},\n  \"gone.png\": {}\n}", "static/a b.png": "1"}, []string{
			`policies/assets.json:3:3: warning asset.no_file: gone.png is not among the files of the course`,
		}},
		{"the list of files is not JSON", files{"policies/assets.json": "{\n\"a\": }"}, []string{
			`policies/assets.json:2:6: error asset.policy: this is not JSON: invalid character '}' looking for beginning of value`,
		}},
		{"the picture of the course", files{"policies/r/policy.json": policies(`"course_image": "Card.PNG"`), "static/card.png": "1"}, []string{
			`policies/r/policy.json:2:1: warning asset.missing: course_image is Card.PNG, which is not among the files of the course; there is card.png`,
		}},
		{"the picture of the course is there", files{"policies/r/policy.json": policies(`"course_image": "images_card.png"`), "static/images/card.png": "1"}, nil},
	})
}

// sizedView knows sizes that its files do not have.
type sizedView struct{ *fileView }

func (v sizedView) Size(path string) int64 {
	if path == "static/big.mp4" || path == "big.zip" {
		return 312_000_000
	}
	return 1
}

func TestALargeAssetIsNoted(t *testing.T) {
	all := maps.Clone(soundCourse)
	maps.Copy(all, files{"static/big.mp4": "", "static/small.mp4": "", "big.zip": ""})
	course := checkFiles(t, sizedView{newFileView(all)})
	if len(course.Problems) != 1 || course.Problems[0].String() != "static/big.mp4: info asset.large: the file has 312 MB" {
		t.Errorf("found %v", course.Problems)
	}
}

func TestLinks(t *testing.T) {
	page := func(html string) files {
		return files{
			"html/h.html": html, "static/a.png": "1", "static/img/My File (1).png": "2", "static/é & b.png": "3", "static/50%.png": "4",
			"static/what?.png": "5",
		}
	}
	runChecks(t, []checkCase{
		{"126 a file that is not there", page("<p>é</p>\n<p>é<img src=\"/static/gone.png\"></p>"), []string{
			`html/h.html:2:15: warning asset.missing: /static/gone.png is not in the course`,
		}},
		{"126 a file in other letters", page(`<img src="/static/A.PNG">`), []string{
			`html/h.html:1:11: warning asset.missing: /static/A.PNG is not in the course; there is a.png`,
		}},
		{"126 paths and keys lead to a file", page(`<img src="/static/img/My File (1).png"><img src="/static/img_My_File__1_.png">`), nil},
		{"126 ?raw and a fragment", page(`<a href="/static/a.png?raw"><a href='/static/a.png#x'>`), nil},
		{"126 escaped and encoded names", page(`<img src="/static/img/My%20File%20(1).png"><img src="/static/&eacute; &amp; b.png"><img src="/static/%C3%A9%20%26%20b.png">`), nil},
		{"126 names with signs that links use", page(`<img src="/static/50%.png"><img src="/static/what?.png">`), nil},
		{"126 styles, scripts and several pictures", page("<style>a { background: url(/static/gone.png) } b { background: url('/static/a.png') }</style>\n<script>load('/static/gone.js'); load(\"/static/img\" + n)</script><img srcset=\"/static/a.png 1x, /static/gone.png 2x\">"), []string{
			`html/h.html:1:28: warning asset.missing: /static/gone.png is not in the course`,
			`html/h.html:2:15: warning asset.missing: /static/gone.js is not in the course`,
		}},
		{"text, comments and code examples are not followed", page(`<p>"/static/gone.png"</p><!-- <img src="/static/gone.png"> --><pre>&lt;img src="/static/gone.png"&gt;</pre>`), nil},
		{"names that are put together on the page", page(`<img src="/static/$name.png"><img src="/static/${name}.png"><img src="/static/%%USER_ID%%.png"><script>x = "/static/img%d.png"</script>`), nil},
		{"files of other sites", page(`<img src="https://example.org/static/gone.png"><img src="//example.org/static/gone.png">`), nil},
		{"tags that are not closed", page(`<p <img src="/static/gone.png"> <a href="/static/gone.pdf`), []string{
			`html/h.html:1:14: warning asset.missing: /static/gone.png is not in the course`,
		}},
		{"files of Open edX itself", page(`<img src="/static/images/placeholder-faculty.png"><script src="/static/js/capa/edit.js"></script>`), []string{
			`html/h.html:1:11: info asset.platform: /static/images/placeholder-faculty.png is a file of Open edX itself, not of the course`,
			`html/h.html:1:64: info asset.platform: /static/js/capa/edit.js is a file of Open edX itself, not of the course`,
		}},
		{"links in inline markup, in an attribute and in JSON", files{
			"vertical/v.xml":          unitOf("<html url_name=\"i\"><p>\n<img src=\"/static/gone.png\"/></p></html>\n<video url_name=\"x\" youtube_id_1_0=\"a\" handout=\"/static/gone.pdf\" html5_sources='[\"/static/gone.mp4\"]'/>"),
			"policies/r/policy.json":  policies("\"pdf_textbooks\": [{\"tab_title\": \"B\", \"chapters\": [{\"title\": \"1\",\n \"url\": \"/static/gone.pdf\"}]}]"),
			"info/updates.items.json": "[{\"id\": 1,\n\"content\": \"<p>\\u00e9</p><a href=\\\"/static/gone.pdf\\\">\"}]",
		}, []string{
			`info/updates.items.json:2:36: warning asset.missing: /static/gone.pdf is not in the course`,
			`policies/r/policy.json:3:10: warning asset.missing: /static/gone.pdf is not in the course`,
			`vertical/v.xml:3:11: warning asset.missing: /static/gone.png is not in the course`,
			`vertical/v.xml:4:40: warning asset.missing: /static/gone.pdf is not in the course`,
			`vertical/v.xml:4:67: warning asset.missing: /static/gone.mp4 is not in the course`,
		}},
		{"the place of a link that is written with escapes is that of the last one before", files{"info/updates.items.json": "[\"<a href='/jump_to_id/gone'>\",\n\"<a href='/jump_to_id/gone'><a href='\\/jump_to_id\\/lost'><a href='/jump_to_id/gone'>\"]"}, []string{
			`info/updates.items.json:1:12: warning link.jump_to_id: there is no block named gone in the course`,
			`info/updates.items.json:2:11: warning link.jump_to_id: there is no block named gone in the course`,
			`info/updates.items.json:2:11: warning link.jump_to_id: there is no block named lost in the course`,
		}},
		{"assets that come from elsewhere are not checked", files{"html/h.html": `<img src="/static/gone.png">`, "course/r.xml": `<course display_name="T" static_asset_path="old"><chapter url_name="c"/></course>`}, nil},
		{"127 a block that is not there", page("<a href=\"/jump_to_id/v\">, \n<a href=\"/jump_to_id/gone#top\">"), []string{
			`html/h.html:2:10: warning link.jump_to_id: there is no block named gone in the course`,
		}},
		{"keys of this course, in all their forms", page(`<img src="/asset-v1:O+C+r+type@asset+block@a.png"><img src="/c4x/O/C/asset/a.png"><a href="/courses/course-v1:O+C+r/jump_to_id/v"><a href="/courses/O/C/r/jump_to_id/v"><a href="/courses/course-v1:O+C+r/jump_to/block-v1:O+C+r+type@vertical+block@v">`), nil},
		{"keys of this course that lead nowhere", page("<img src=\"/asset-v1:O%2BC%2Br+type%40asset+block%40gone.png\">\n<img src=\"/c4x/O/C/asset/gone.png\">\n<a href=\"/courses/course-v1:O+C+r/jump_to_id/gone\">\n<a href=\"/courses/O/C/r/jump_to_id/gone\">\n<a href=\"/courses/course-v1:O+C+r/jump_to/block-v1:O+C+r+type@vertical+block@gone\">"), []string{
			`html/h.html:1:11: warning asset.missing: gone.png is not among the files of the course`,
			`html/h.html:2:11: warning asset.missing: gone.png is not among the files of the course`,
			`html/h.html:3:10: warning link.jump_to_id: there is no block named gone in the course`,
			`html/h.html:4:10: warning link.jump_to_id: there is no block named gone in the course`,
			`html/h.html:5:10: warning link.jump_to_id: there is no block named gone in the course`,
		}},
		{"129 absolute links to this course", page("<img src=\"https://example.org/asset-v1:O+C+r+type@asset+block@a.png\">\n<a href=\"https://example.org/courses/course-v1:O+C+r/about\">\n<a href=\"https://studio.example.org/container/block-v1:O+C+r+type@vertical+block@v\">"), []string{
			`html/h.html:1:11: info link.absolute: the link leads to this course on example.org`,
			`html/h.html:2:10: info link.absolute: the link leads to this course on example.org`,
			`html/h.html:3:10: info link.absolute: the link leads to this course on studio.example.org`,
		}},
		{"links into another course", page("<img src=\"/asset-v1:O+C+other+type@asset+block@a.png\">\n<a href=\"https://example.org/courses/course-v1:O+C+other/about\">"), []string{
			`html/h.html:1:11: info link.other_course: the link leads into course-v1:O+C+other`,
		}},
		{"what only looks like a key", page(`<a href="/courses/x"><a href="/asset-v1:x"><a href="block-v1:x"><a href="/courses/a/b"><a href="/courses/course-v1:x">`), nil},
	})
}

func TestSplitTests(t *testing.T) {
	split := func(attributes string) files {
		return files{
			"policies/r/policy.json": policies(twoGroups),
			"vertical/v.xml":         unitOf("<split_test url_name=\"x\" " + attributes + ">\n<vertical url_name=\"w\"><problem url_name=\"p\"><p/></problem></vertical></split_test>"),
		}
	}
	const w = `i4x://O/C/vertical/w`
	runChecks(t, []checkCase{
		{"each group gets a child", split(`user_partition_id="200" group_id_to_child='{"1": "` + w + `", "2": "` + w + `"}'`), nil},
		{"94 without a map the children stay", split(`user_partition_id="200"`), []string{
			`vertical/v.xml:2:1: error split_test.map: split_test/x has no group_id_to_child`,
		}},
		{"94 a map that is not JSON", split(`user_partition_id="200" group_id_to_child="1=w"`), []string{
			`vertical/v.xml:2:50: error split_test.map: group_id_to_child of split_test/x is not a JSON object of texts`,
		}},
		{"94 a map of something else than keys", split(`user_partition_id="200" group_id_to_child='{"1": "w", "2": "` + w + `"}'`), []string{
			`vertical/v.xml:2:50: error split_test.map: the group 1 of split_test/x gets "w", which is not the key of a block`,
		}},
		{"95 a child that is not there", split(`user_partition_id="200" group_id_to_child='{"1": "` + w + `", "2": "i4x://O/C/vertical/gone"}'`), []string{
			`vertical/v.xml:2:50: warning split_test.missing_child: the group 2 of split_test/x gets vertical/gone, which is not among its children`,
		}},
		{"96 a group without a child", split(`user_partition_id="200" group_id_to_child='{"1": "` + w + `"}'`), []string{
			`vertical/v.xml:2:50: warning split_test.groups: the group "two" of the partition "Half" gets no child of split_test/x`,
		}},
		{"96 two groups without a child", split(`user_partition_id="200" group_id_to_child='{"01": "` + w + `", "3": "` + w + `"}'`), []string{
			`vertical/v.xml:2:50: warning split_test.groups: the group "one" (and 1 more) of the partition "Half" gets no child of split_test/x`,
		}},
		{"a group that the partition no longer has", split(`user_partition_id="200" group_id_to_child='{"0": "` + w + `", "1": "` + w + `", "2": "` + w + `"}'`), nil},
		{"a partition that is not there", split(`user_partition_id="300" group_id_to_child='{"1": "` + w + `"}'`), []string{
			`vertical/v.xml:2:26: error split_test.partition: split_test/x names the partition 300, which the course does not have`,
		}},
		{"no partition", split(`group_id_to_child='{"1": "` + w + `"}'`), []string{
			`vertical/v.xml:2:1: error split_test.partition: split_test/x names no partition`,
		}},
	})
}

func TestConditionals(t *testing.T) {
	conditional := func(attributes, more string) files {
		return files{"vertical/v.xml": unitOf("<problem url_name=\"p\"><p/></problem>\n<conditional url_name=\"x\" " + attributes + ">\n<!-- shown -->\n" + more + "<problem url_name=\"q\"><p/></problem></conditional>")}
	}
	const p = `i4x://O/C/problem/p`
	runChecks(t, []checkCase{
		{"sources in this course", conditional(`sources="`+p+` ; block-v1:O+C+r+type@problem+block@p" correct="True"`, ""), nil},
		{"97 a source in another course", conditional(`sources="i4x://O/Other/problem/p" correct="True"`, ""), []string{
			`vertical/v.xml:3:27: warning conditional.source: conditional/x depends on problem/p of another course (i4x://O/Other/problem/p); the block of that name in this course is taken`,
		}},
		{"97 a source that is not there", conditional(`sources="i4x://O/C/problem/gone" correct="True"`, ""), []string{
			`vertical/v.xml:3:27: warning conditional.source: conditional/x depends on problem/gone, which is not in the course`,
		}},
		{"a source that is no key", conditional(`sources="p" correct="True"`, ""), []string{
			`vertical/v.xml:3:27: warning conditional.source: conditional/x depends on "p", which is not the key of a block`,
		}},
		{"no source", conditional(`correct="True"`, ""), []string{
			`vertical/v.xml:3:1: warning conditional.source: conditional/x depends on no block`,
		}},
		{"98 it shows a block that is not there", conditional(`sources="`+p+`"`, "<show sources=\"i4x://O/C/problem/p; i4x://O/C/html/gone\"/>\n"), []string{
			`vertical/v.xml:5:1: warning conditional.show: conditional/x shows html/gone, which is not in the course`,
		}},
	})
}

func TestVideos(t *testing.T) {
	video := func(attributes, inner string) files {
		return files{"vertical/v.xml": unitOf("<video url_name=\"x\" " + attributes + ">" + inner + "</video>"), "static/en.srt": "1", "static/subs_abc.srt.sjson": "2", "static/id-en.srt": "3"}
	}
	runChecks(t, []checkCase{
		{"106 no source plays a demonstration", video(`display_name="V"`, ""), []string{
			`vertical/v.xml:2:1: warning video.no_source: video/x has no source, no YouTube id and no edx_video_id`,
		}},
		{"106 an empty id plays nothing", video(`youtube_id_1_0="" html5_sources="[]"`, `<source src=""/>`), []string{
			`vertical/v.xml:2:21: warning video.no_source: video/x has no source, no YouTube id and no edx_video_id`,
		}},
		{"a source in an element", video(``, `<source src="https://example.org/a.mp4"/>`), nil},
		{"sources in an attribute", video(`html5_sources='["https://example.org/a.mp4"]'`, ""), nil},
		{"YouTube ids in one attribute", video(`youtube="1.00:abc"`, ""), nil},
		{"YouTube ids that are all empty", video(`youtube="0.75:,1.00:"`, ""), []string{
			`vertical/v.xml:2:1: warning video.no_source: video/x has no source, no YouTube id and no edx_video_id`,
		}},
		{"107 transcripts that are there", video(`edx_video_id="id" sub="abc" transcripts='{"en": "en.srt"}'`, `<video_asset><transcripts><transcript language_code="en" file_format="srt"/></transcripts></video_asset>`), nil},
		{"107 transcripts that are not there", video(`edx_video_id="id" sub="def" transcripts='{"de": "de.srt", "en": "EN.srt"}'`, "\n<transcript language=\"fr\" src=\"fr.srt\"/>\n<video_asset><transcripts><transcript language_code=\"it\" file_format=\"srt\"/></transcripts></video_asset>"), []string{
			`vertical/v.xml:2:39: warning transcript.missing: the transcript subs_def.srt.sjson (en) of video/x is not in the course`,
			`vertical/v.xml:2:49: warning transcript.missing: the transcript de.srt (de) of video/x is not in the course`,
			`vertical/v.xml:2:49: warning transcript.missing: the transcript EN.srt (en) of video/x is not in the course; there is en.srt`,
			`vertical/v.xml:3:1: warning transcript.missing: the transcript fr.srt (fr) of video/x is not in the course`,
			`vertical/v.xml:4:27: warning transcript.missing: the transcript id-it.srt (it) of video/x is not in the course`,
		}},
		{"108 transcripts that disagree", video(`edx_video_id="id" transcripts='{"en": "en.srt"}'`, "\n<transcript language=\"en\" src=\"other.srt\"/>"), []string{
			`vertical/v.xml:3:1: info transcript.conflict: video/x has the transcripts en.srt and other.srt for en; the first holds`,
		}},
	})
}

const rubric = `<rubric><criterion><name>c</name><option points="1"><name>o</name></option></criterion></rubric>`

func assessment(steps, rubric string) string {
	return "<openassessment url_name=\"x\">\n<assessments>" + steps + "</assessments>\n" + rubric + "</openassessment>"
}

func TestComponents(t *testing.T) {
	runChecks(t, []checkCase{
		{"104 an assessment that is sound", files{"vertical/v.xml": unitOf(assessment(`<assessment name="peer-assessment" must_grade="5" must_be_graded_by="3"/>`, rubric))}, nil},
		{"104 an assessment without a rubric", files{"vertical/v.xml": unitOf(assessment(``, ``))}, []string{
			`vertical/v.xml:2:1: warning openassessment.rubric: openassessment/x has no rubric`,
		}},
		{"104 an empty rubric", files{"vertical/v.xml": unitOf(assessment(``, `<rubric/>`))}, []string{
			`vertical/v.xml:4:1: warning openassessment.rubric: the rubric of openassessment/x has no criterion`,
		}},
		{"104 criteria that lack something", files{"vertical/v.xml": unitOf(assessment(``, "<rubric>\n<criterion><name>c</name></criterion>\n<criterion feedback=\"required\"><name>c</name></criterion>\n<criterion><option points=\"two\"><name>o</name></option>\n<option points=\"1\"><name>o</name></option></criterion></rubric>"))}, []string{
			`vertical/v.xml:5:1: warning openassessment.rubric: a criterion of openassessment/x has neither options nor required feedback`,
			`vertical/v.xml:6:1: warning openassessment.rubric: another rubric criterion of openassessment/x is named "c"`,
			`vertical/v.xml:7:1: warning openassessment.rubric: a rubric criterion of openassessment/x has no name`,
			`vertical/v.xml:7:12: warning openassessment.rubric: an option of openassessment/x has the points "two", not a whole number of 0 or more`,
			`vertical/v.xml:8:1: warning openassessment.rubric: another rubric option of openassessment/x is named "o"`,
		}},
		{"104 grading that cannot come out even", files{"vertical/v.xml": unitOf(assessment(`<assessment name="peer-assessment" must_grade="3" must_be_graded_by="5"/>`, rubric))}, []string{
			`vertical/v.xml:3:14: warning openassessment.rubric: learners must grade 3 others but be graded by 5 in openassessment/x, which cannot come out even`,
		}},
		{"104 prefixes declared further out are not looked into", files{"vertical/v.xml": "<vertical xmlns:o=\"u\" display_name=\"U\"><html url_name=\"h\"/>\n<openassessment url_name=\"x\"><o:help/></openassessment></vertical>"}, nil},
		{"105 peer instruction without a correct option", files{"vertical/v.xml": unitOf("<ubcpi url_name=\"x\">\n<options><option>a</option></options></ubcpi>\n<ubcpi url_name=\"y\"><options><option correct=\"True\">a</option></options></ubcpi>")}, []string{
			`vertical/v.xml:3:1: warning ubcpi.correct_option: no option of ubcpi/x is correct`,
		}},
		{"109 two discussions with one id", files{"vertical/v.xml": unitOf("<discussion url_name=\"a\" discussion_id=\"t\"/>\n<discussion url_name=\"b\" discussion_id=\"t\"/><discussion url_name=\"c\"/><discussion url_name=\"d\"/>")}, []string{
			`vertical/v.xml:3:26: warning discussion.duplicate_id: discussion/a and discussion/b have the same discussion_id t`,
		}},
		{"110 a poll without answers", files{"vertical/v.xml": unitOf("<poll_question url_name=\"a\"><answer>Yes</answer></poll_question>\n<poll_question url_name=\"b\"><answer id=\"y\">Yes</answer></poll_question>")}, []string{
			`vertical/v.xml:2:1: warning poll_question.no_answers: poll_question/a has no answer with an id`,
		}},
		{"111 a custom tag without its template", files{
			"vertical/v.xml":   unitOf("<customtag url_name=\"a\" impl=\"book\"/>\n<customtag url_name=\"b\" impl=\"gone\"/>\n<customtag url_name=\"c\"><impl>old</impl></customtag>"),
			"custom_tags/book": "<p/>",
		}, []string{
			`vertical/v.xml:3:25: warning customtag.template: customtag/b uses the template "gone", but there is no custom_tags/gone`,
			`vertical/v.xml:4:25: warning customtag.template: customtag/c uses the template "old", but there is no custom_tags/old`,
		}},
		{"112 Markdown that cannot have made the XML", files{"vertical/v.xml": unitOf("<problem url_name=\"a\" markdown=\"&gt;&gt;Q&lt;&lt;\"><customresponse/></problem>\n<problem url_name=\"b\" markdown=\"&gt;&gt;Q&lt;&lt;\"><p><stringresponse/></p></problem>\n<problem url_name=\"c\" markdown=\"null\"><customresponse/></problem>")}, []string{
			`vertical/v.xml:2:23: info problem.markdown: the XML of problem/a has <customresponse>, which its simple-editor text cannot have made`,
		}},
	})
}

func TestDraftsAreCheckedWhereTheyStand(t *testing.T) {
	runChecks(t, []checkCase{
		{"a draft has its own file and sees drafts", files{
			"drafts/vertical/v.xml": "<vertical display_name=\"U\" parent_url=\"i4x://O/C/sequential/s\" index_in_children_list=\"0\">\n<html url_name=\"h\"/></vertical>",
			"drafts/html/h.xml":     `<html filename="h" editor="dark"/>`,
			"drafts/html/h.html":    "<a href=\"/jump_to_id/n\">\n<a href=\"/jump_to_id/gone\">",
			"drafts/vertical/n.xml": `<vertical display_name="N" parent_url="i4x://O/C/sequential/s" index_in_children_list="1"><html url_name="m">x</html></vertical>`,
			"sequential/s.xml":      `<sequential display_name="SS" hide_from_toc="yes"><vertical url_name="v"/></sequential>`,
		}, []string{
			`drafts/html/h.html:2:10: warning link.jump_to_id: there is no block named gone in the course`,
			`drafts/html/h.xml:1:20: warning field.enum: editor is "dark", which has no meaning`,
			`sequential/s.xml:1:31: warning field.boolean: hide_from_toc is "yes", which is read as false`,
		}},
		{"what holds for a published parent holds for a draft", files{
			"policies/r/policy.json": policies(twoGroups),
			"sequential/s.xml":       `<sequential display_name="SS" group_access='{"200": [1]}'><vertical url_name="v"/></sequential>`,
			"drafts/vertical/n.xml":  `<vertical display_name="N" group_access='{"200": [2]}' parent_url="i4x://O/C/sequential/s" index_in_children_list="1"><html url_name="m">x</html></vertical>`,
		}, []string{
			`drafts/vertical/n.xml:1:28: warning partition.contradiction: vertical/n is open to none of the groups that can reach it`,
		}},
		{"a link from a published page to a draft", files{
			"drafts/vertical/n.xml": `<vertical display_name="N" parent_url="i4x://O/C/sequential/s" index_in_children_list="1"><html url_name="m">x</html></vertical>`,
			"html/h.html":           `<a href="/jump_to_id/n">`,
		}, []string{
			`html/h.html:1:10: warning link.jump_to_id: the block n is only a draft`,
		}},
	})
}

func TestPlacesAreRightInEveryEncoding(t *testing.T) {
	runChecks(t, []checkCase{
		{"after a byte order mark", files{"sequential/s.xml": "\ufeff<sequential display_name=\"SS\"\n hide_from_toc=\"yes\"><vertical url_name=\"v\"/></sequential>"}, []string{
			`sequential/s.xml:1:1: warning xml.bom: the file starts with a byte order mark`,
			`sequential/s.xml:2:2: warning field.boolean: hide_from_toc is "yes", which is read as false`,
		}},
		{"in Latin-1", files{"sequential/s.xml": "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<sequential display_name=\"\xe9\xe9\" hide_from_toc=\"yes\"><vertical url_name=\"v\"/></sequential>"}, []string{
			`sequential/s.xml:1:1: warning xml.transcoded: the file is written in iso-8859-1 and was read as such`,
			`sequential/s.xml:2:31: warning field.boolean: hide_from_toc is "yes", which is read as false`,
		}},
		{"after attributes with signs of XML in them", files{"sequential/s.xml": "<sequential display_name = 'a=\"b\" hide_from_toc=\"' a=\"'\"\n\thide_from_toc\n=\"yes\"><vertical url_name=\"v\"/></sequential>"}, []string{
			`sequential/s.xml:2:2: warning field.boolean: hide_from_toc is "yes", which is read as false`,
		}},
		{"in a policy after a byte order mark", files{"policies/r/policy.json": "\ufeff{\"course/r\": {\"show_calculator\": \"yes\"}}"}, []string{
			`policies/r/policy.json:1:15: warning field.boolean: show_calculator is "yes", which is read as false`,
		}},
		{"the last of two entries counts", files{"policies/r/policy.json": policies("\"show_calculator\": true,\n\"show_calculator\": \"yes\"")}, []string{
			`policies/r/policy.json:3:1: warning field.boolean: show_calculator is "yes", which is read as false`,
			`policies/r/policy.json:3:1: warning policy.duplicate_key: the setting "show_calculator" of course/r stands twice`,
		}},
	})
}

func TestALibraryIsNoCourse(t *testing.T) {
	view := newFileView(files{
		"library.xml":   `<library org="O" library="L" display_name="T"><problem url_name="p"/><lti url_name="l" lti_id="tool" group_access='{"200": [1]}'/></library>`,
		"problem/p.xml": `<problem><img src="/static/gone.png"/></problem>`,
	})
	var got []string
	for _, p := range checkFiles(t, view).Problems {
		got = append(got, p.String())
	}
	want := []string{"problem/p.xml:1:20: warning asset.missing: /static/gone.png is not in the course"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("other problems are found (-want +got):\n%s", diff)
	}
}

func TestAListOfProblemsHasAnEnd(t *testing.T) {
	all := maps.Clone(soundCourse)
	all["html/h.html"] = strings.Repeat(`<img src="/static/gone.png">`, MaxProblems+234)
	course := checkFiles(t, newFileView(all))
	if n := len(course.Problems); n != MaxProblems+1 {
		t.Fatalf("%d problems are listed", n)
	}
	if got := course.Problems[0].String(); got != "warning asset.missing: 234 more problems of this kind are not listed" {
		t.Errorf("the last one says %q", got)
	}
}

func TestCheckingChangesNothingElse(t *testing.T) {
	view := newFileView(soundCourse)
	course, err := Decode(view)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(view)
	if err != nil {
		t.Fatal(err)
	}
	Check(course, view)
	if diff := cmp.Diff(again, course); diff != "" {
		t.Errorf("the course is another (-before +after):\n%s", diff)
	}
}

// FuzzCheck holds for any content of the files that are read here: nothing panics, and each problem names a place in a file that is there.
func FuzzCheck(f *testing.F) {
	f.Add(`<p><img src="/static/a.png">`, `{"course/r": {`+twoGroups+`, "tabs": [3]}}`, `{"GRADER": [{"type": 3}], "GRADE_CUTOFFS": {"A": 2}}`, `<video transcripts="{}"/>`, `{"a": 1}`)
	f.Add(`<script>"/static/\`, `{"course/r": {"lti_passports": "x", "start": 3, "course_image": "\u0000"}}`, "\ufeff[]", `<split_test group_id_to_child="{&quot;1&quot;: 2}"/>`, `[`)
	f.Add(`/jump_to_id/`, ``, `{"GRADER": [{"type": "x", "weight": 1e300, "min_count": 1e300, "drop_count": 0}]}`, `<conditional><show/>text<show sources="a;b"/></conditional>`, ``)
	f.Add(`<style`, `{"course/r": {"x": "/static/%zz"}}`, `{"GRADE_CUTOFFS": {"A": null}}`, `<openassessment><rubric><criterion/></rubric></openassessment>`, `{"/static/": {}}`)
	f.Fuzz(func(t *testing.T, html, policy, grading, content, assets string) {
		all := maps.Clone(soundCourse)
		maps.Copy(all, files{
			"html/h.html": html, "policies/r/policy.json": policy, "policies/r/grading_policy.json": grading, "vertical/v.xml": unitOf(content),
			"policies/assets.json": assets, "info/updates.items.json": policy,
		})
		view := newFileView(all)
		course, err := Decode(view)
		if err != nil {
			return
		}
		Check(course, view)
		for _, p := range course.Problems {
			text, ok := all[p.File]
			if lines := strings.Count(text, "\n") + 1; !ok || p.Line < 0 || p.Line > lines {
				t.Errorf("there is no such place, of %d lines: %s", lines, p)
			}
			if p.Message == "" || p.Fix == "" {
				t.Errorf("it says nothing: %#v", p)
			}
		}
	})
}

// FuzzFindLinks holds for any text: links stand where they are said to stand, one after the other.
func FuzzFindLinks(f *testing.F) {
	for _, seed := range []string{`<a href="/static/a.png">`, `/static/a`, `<style>url(/static/a)`, `<script>'\"/static/\"'`, `<!-- "/static/x"`, `<a b='/static/"/static/'>`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for at, link := range findLinks(text) {
			if at < end || !strings.HasPrefix(text[at:], link) || link == "" {
				t.Fatalf("%q is not the next link at %d of %q", link, at, text)
			}
			end = at + len(link)
		}
	})
}

// fileView is a course folder in memory.
type fileView struct {
	files map[string]string
	paths []string
}

func newFileView(files map[string]string) *fileView {
	return &fileView{files: files, paths: slices.Sorted(maps.Keys(files))}
}

func (v *fileView) Paths() []string { return v.paths }

func (v *fileView) Read(path string) ([]byte, error) {
	data, ok := v.files[path]
	if !ok {
		return nil, fmt.Errorf("%s is not there", path)
	}
	return []byte(data), nil
}
