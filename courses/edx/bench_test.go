package edx_test

import (
	"fmt"
	"strings"
	"testing"

	"lectern/courses/edx"
	"lectern/courses/outline"
)

// large is a course of 20 sections with 50 subsections each, and four blocks in each subsection.
func large(b *testing.B) *outline.Course {
	b.Helper()
	var text strings.Builder
	text.WriteString(`<course display_name="Large" start="2026-01-01T00:00:00Z">`)
	for i := range 20 {
		fmt.Fprintf(&text, `<chapter url_name="c%d" display_name="Week %d" start="2026-01-%02dT00:00:00Z">`, i, i, i+1)
		for j := range 50 {
			n := fmt.Sprintf("%d-%d", i, j)
			fmt.Fprintf(&text, `<sequential url_name="s%s" display_name="Lesson %s" graded="true" format="Homework" due="2026-02-%02dT23:59:00Z">`, n, n, 1+j%28)
			fmt.Fprintf(&text, `<vertical url_name="u%s"><html url_name="h%s">x</html></vertical>`, n, n)
			fmt.Fprintf(&text, `<vertical url_name="v%s"><problem url_name="p%s"><p/></problem></vertical></sequential>`, n, n)
		}
		text.WriteString(`</chapter>`)
	}
	text.WriteString(`</course>`)
	return compile(read(b, map[string]string{"course.xml": `<course org="Org" course="Large" url_name="2026"/>`, "course/2026.xml": text.String()}))
}

func BenchmarkLargeCourse(b *testing.B) {
	course := large(b)
	v, p := course.Evaluate(anna(), z("02-01 12:00"), outline.Options{}), page()
	all := &edx.BlocksQuery{Depth: edx.AllDepths, Fields: strings.Split(fields, ",")}
	for _, c := range []struct {
		name string
		make func() (any, error)
	}{
		{"outline", func() (any, error) { return edx.NewCourseOutline(v, p), nil }},
		{"home", func() (any, error) { return edx.NewHome(v, p, services(), deadlines()), nil }},
		{"navigation", func() (any, error) { return edx.NewNavigation(v, p), nil }},
		{"dates", func() (any, error) { return edx.NewDates(v, p, deadlines()) }},
		{"blocks", func() (any, error) { return edx.NewBlocks(v, p, id("course/course"), all) }},
	} {
		b.Run(fmt.Sprintf("%s of %d blocks", c.name, len(course.Nodes)), func(b *testing.B) {
			b.ReportAllocs()
			bytes := 0
			for b.Loop() {
				value, err := c.make()
				if err != nil {
					b.Fatal(err)
				}
				text, err := edx.Encode(value)
				if err != nil {
					b.Fatal(err)
				}
				bytes = len(text)
			}
			b.SetBytes(int64(bytes))
		})
	}
}
