package modulestore

import (
	"testing"

	"lectern/modulestore/key"
)

// The names were computed with Python:
//
//	hashlib.sha1("{}:{}:{}".format(str(course.encode()), name, parent).encode()).hexdigest()[:20]
func TestCopiesAreNamedAsOpenEdXNamesThem(t *testing.T) {
	for _, c := range []struct{ name, course, block, parent, want string }{
		{"a block of a course", "course-v1:edX+DemoX+Demo_Course", "interactive_demonstrations", "thingy", "599792a5622d85aa41e6"},
		{"a block of a library", "library-v1:OpenedX+DemoRespiratoryQuestions",
			"dd88975768314dcd91363359d38371a8", "34a4d5e71d974c029cbde1956bd7c820", "796ff9595cad8c404ba0"},
		{"names beyond ASCII: Python escapes the bytes of the course alone", "course-v1:École+日本語+r", "été", "unit", "7214c31afaf58bfd6385"},
		{"a course whose key has the old form", "OpenedX/a%20b/r", "x", "y", "eb12b8a28177a62841cf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			course, err := key.ParseCourse(c.course)
			if err != nil {
				t.Fatal(err)
			}
			source := course.Block(key.BlockID{Type: "problem", Name: c.block})
			got := CopyID(source, key.BlockID{Type: "vertical", Name: c.parent})
			if want := (key.BlockID{Type: "problem", Name: c.want}); got != want {
				t.Errorf("the copy is called %s, want %s", got, want)
			}
		})
	}
}

func TestCopiesThatOpenEdXMadeAreKnown(t *testing.T) {
	library := key.Course{Library: true, Org: "OpenedX", Code: "DemoRespiratoryQuestions", Run: "library"}
	source := library.Block(key.BlockID{Type: "problem", Name: "dd88975768314dcd91363359d38371a8"})
	ids := copyIDs(source, key.BlockID{Type: "library_content", Name: "34a4d5e71d974c029cbde1956bd7c820"})
	if want := "2ea7a0b44e9e962a1617"; len(ids) != 2 || ids[1].Name != want {
		t.Errorf("the names that a copy may have are %v, want one with the branch of the library: %s", ids, want)
	}
}
