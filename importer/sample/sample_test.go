package sample_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"lectern/importer/sample"
)

func TestCourse(t *testing.T) {
	if err := fstest.TestFS(sample.Course(), "course.xml", "course/2026.xml", "policies/2026/policy.json"); err != nil {
		t.Error(err)
	}
	got, err := fs.ReadFile(sample.Course(), "course.xml")
	if err != nil {
		t.Fatal(err)
	}
	// Documents, examples and the text of the course itself name this key.
	if want := `<course url_name="2026" org="Lectern" course="ByExample"/>`; string(got) != want {
		t.Errorf("course.xml is %s, want %s", got, want)
	}
}
