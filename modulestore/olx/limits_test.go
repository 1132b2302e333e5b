package olx

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// withUnit is a course whose unit vertical/v holds the given markup, and some more files.
func withUnit(inside string, more map[string]string) map[string]string {
	files := maps.Clone(scaffold)
	files["vertical/v.xml"] = "<vertical>" + inside + "</vertical>"
	maps.Copy(files, more)
	return files
}

func rulesOf(list []Problem) (rules []string) {
	for _, p := range list {
		rules = append(rules, p.Rule)
	}
	return rules
}

// TestCase041DeepNesting nests units in units, in one file and from file to file.
func TestCase041DeepNesting(t *testing.T) {
	inline := strings.Repeat("<vertical url_name='x' a='1'>", 1000) + strings.Repeat("</vertical>", 1000)
	var refused *FatalError
	if _, err := Decode(newFileView(withUnit(inline, nil))); !errors.As(err, &refused) || refused.Problem.Rule != "xml.depth" {
		t.Errorf("1,000 levels in one file give %v", err)
	}
	files := make(map[string]string)
	for n := range 1000 {
		files[fmt.Sprintf("wrapper/w%d.xml", n)] = fmt.Sprintf("<wrapper><wrapper url_name='w%d'/></wrapper>\n", n+1)
	}
	course, _ := checkRoundTrip(t, withUnit("<wrapper url_name='w0'/><html url_name='h'>after</html>", files))
	if got := rulesOf(course.Problems); !slices.Equal(got, []string{"olx.depth"}) {
		t.Errorf("1,000 files that hold each other give the problems %v", got)
	}
	if course.Published.Blocks[blockID("html/h")] == nil {
		t.Error("the block beside them is lost")
	}
}

// TestCase059LongAttributes holds a picture of a megabyte in an attribute.
func TestCase059LongAttributes(t *testing.T) {
	picture := "data:image/png;base64," + strings.Repeat("iVBORw0KGgo", 100_000)
	course, _ := checkRoundTrip(t, withUnit("<poll url_name='p' xblock-family='xblock.v1' img='"+picture+"'/>", nil))
	b := course.Published.Blocks[blockID("poll/p")]
	if got, _ := b.Attr("img", course.Bodies[b.Body]); got != picture {
		t.Errorf("the attribute has %d bytes of %d", len(got), len(picture))
	}
	if len(course.Problems) > 0 {
		t.Errorf("problems: %v", course.Problems)
	}
}

// TestManyPointersToOneBlockAreOneBlock is about files that are small and mean much: each is read once.
func TestManyPointersToOneBlockAreOneBlock(t *testing.T) {
	files := withUnit(strings.Repeat("<problem url_name='p'/>\n", 50_000), map[string]string{"problem/p.xml": "<problem>x</problem>"})
	course := decodeFiles(t, files)
	if got := len(course.Published.Blocks); got != 5 {
		t.Errorf("50,000 pointers at one problem give %d blocks", got)
	}
	if got := len(course.Problems); got != 49_999 {
		t.Errorf("they give %d problems", got)
	}
	doubling := make(map[string]string)
	for n := range 30 {
		doubling[fmt.Sprintf("wrapper/w%d.xml", n)] = fmt.Sprintf("<wrapper><wrapper url_name='w%d'/><wrapper url_name='w%d'/></wrapper>\n", n+1, n+1)
	}
	doubling["wrapper/w30.xml"] = "<wrapper/>\n"
	course, _ = checkRoundTrip(t, withUnit("<wrapper url_name='w0'/>", doubling))
	if got := len(course.Published.Blocks); got != 4+31 {
		t.Errorf("30 files that name the next one twice give %d blocks", got)
	}
}

// TestLongNamesBecomeKeys gives blocks names that neither a key nor a file system takes.
func TestLongNamesBecomeKeys(t *testing.T) {
	long := strings.Repeat("é", 2000)
	course, _ := checkRoundTrip(t, withUnit("<problem url_name='"+long+"'>x</problem>", nil))
	course.Published.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if len(b.ID.Name) > maxName {
			t.Errorf("a key has a name of %d bytes", len(b.ID.Name))
		}
		return true
	})
	if got := rulesOf(course.Problems); !slices.Equal(got, []string{"olx.name_characters"}) {
		t.Errorf("problems: %v", got)
	}
}

// TestAFileThatCannotBeReadEndsTheImport refuses a definition and a policy as too large.
func TestAFileThatCannotBeReadEndsTheImport(t *testing.T) {
	var refused *FatalError
	_, err := Decode(guardedView{newFileView(scaffold), "vertical/v.xml"})
	if !errors.As(err, &refused) || refused.Problem.Rule != "xml.size" || refused.Problem.File != "vertical/v.xml" {
		t.Errorf("a definition that cannot be read gives %v", err)
	}
	files := maps.Clone(scaffold)
	files["policies/r/policy.json"] = "{}"
	course, err := Decode(guardedView{newFileView(files), "policies/r/policy.json"})
	if err != nil || !slices.Equal(rulesOf(course.Problems), []string{"olx.too_large"}) {
		t.Errorf("a policy that cannot be read gives %v and %v", course.Problems, err)
	}
}

// TestTheRootIsTheShallowestFileOfThatName finds the course folder in the paths of an archive.
func TestTheRootIsTheShallowestFileOfThatName(t *testing.T) {
	for name, c := range map[string]struct {
		paths string
		want  string // folder
		err   string // part of the message
	}{
		"2 no folder around the course":                  {"course.xml course/r.xml", "", ""},
		"a folder around the course":                     {"x/course.xml x/course/r.xml", "x", ""},
		"a folder of a repository, and junk beside it":   {"repo/README.md repo/a/course.xml __MACOSX/repo/a/._course.xml", "repo/a", ""},
		"4 a run that is called course":                  {"course/course/course.xml course/course.xml", "course", ""},
		"4 the same without a folder":                    {"course/course.xml course.xml", "", ""},
		"a library":                                      {"library/library.xml library/problem/p.xml", "library", ""},
		"3 two courses side by side":                     {"b/course.xml a/course.xml", "", "2 courses: a/course.xml, b/course.xml"},
		"a course and a library side by side":            {"a/course.xml b/library.xml", "", "a/course.xml, b/library.xml"},
		"5 capital letters":                              {"x/Course.xml", "", "Course.xml must be in small letters"},
		"8 a backup of a v2 library":                     {"package.toml entities/x.toml", "", "v2 content library"},
		"a package of another standard":                  {"imsmanifest.xml", "", "IMS Common Cartridge"},
		"no course at all":                               {"a.txt b.txt", "", "is named course.xml or library.xml"},
		"6 only the shadow files of a Macintosh archive": {"__MACOSX/._course.xml", "", "is named course.xml or library.xml"},
	} {
		t.Run(name, func(t *testing.T) {
			folder, err := FindRoot(strings.Fields(c.paths))
			if folder != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %q and %v", folder, err)
			}
		})
	}
}
