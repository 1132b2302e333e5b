package olx

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
)

func TestRootFilesThatCannotBeFound(t *testing.T) {
	for _, test := range []struct {
		name  string
		paths []string
		rule  string
		says  string
	}{
		{"an archive without a course", []string{"README.md"}, "olx.no_root", "no file in the archive"},
		{"5 capital letters", []string{"x/Course.xml"}, "olx.no_root", "x/Course.xml"},
		{"8 a backup of a newer library", []string{"package.toml"}, "olx.no_root", "v2 content library"},
		{"another kind of package", []string{"imsmanifest.xml"}, "olx.no_root", "Common Cartridge"},
		{"3 two courses side by side", []string{"a/course.xml", "b/course.xml"}, "olx.many_roots", "a/course.xml, b/course.xml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var refused *FatalError
			_, err := FindRoot(test.paths)
			if !errors.As(err, &refused) || refused.Problem.Rule != test.rule || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %s and %q", err, test.rule, test.says)
			}
		})
	}
}

// guardedView refuses a file as too large.
type guardedView struct {
	*fileView
	refused string
}

func (v guardedView) Read(path string) ([]byte, error) {
	if path == v.refused {
		return nil, errors.New("it has more bytes than can be read")
	}
	return v.fileView.Read(path)
}

func TestATextThatIsTooLargeIsReported(t *testing.T) {
	course, err := Decode(guardedView{newFileView(soundCourse), "html/h.html"})
	if err != nil {
		t.Fatal(err)
	}
	if len(course.Problems) != 1 || course.Problems[0].Rule != "olx.too_large" || course.Problems[0].File != "html/h.html" {
		t.Errorf("found %v", course.Problems)
	}
}

func TestBlocksThatAreNestedTooDeepAreReported(t *testing.T) {
	all := maps.Clone(soundCourse)
	for i := range MaxDepth {
		all[fmt.Sprintf("wrapper/w%d.xml", i)] = fmt.Sprintf(`<wrapper><wrapper url_name="w%d"/></wrapper>`, i+1)
	}
	all["vertical/v.xml"] = unitOf(`<wrapper url_name="w0"/>`)
	course, err := Decode(newFileView(all))
	if err != nil {
		t.Fatal(err)
	}
	if len(course.Problems) != 1 || course.Problems[0].Rule != "olx.depth" {
		t.Errorf("found %v", course.Problems)
	}
}
