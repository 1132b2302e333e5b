package key_test

import (
	"errors"
	"strings"
	"testing"

	"lectern/modulestore/key"
)

// How a row of the tables is read.
var (
	course   = func(s string) (any, error) { return anyOf(key.ParseCourse(s)) }
	block    = func(s string) (any, error) { return anyOf(key.ParseBlock(s)) }
	asset    = func(s string) (any, error) { return anyOf(key.ParseAsset(s)) }
	blockID  = func(s string) (any, error) { return anyOf(key.ParseBlockID(s)) }
	courseAt = func(s string) (any, error) {
		c, at, err := key.ParseCourseAt(s)
		return versioned{c, at}, err
	}
	blockAt = func(s string) (any, error) {
		b, at, err := key.ParseBlockAt(s)
		return versioned{b, at}, err
	}
)

type reader = func(string) (any, error)

// versioned is a key with the branch and version it was read with.
type versioned struct {
	key any
	at  key.At
}

func anyOf[K any](k K, err error) (any, error) { return k, err }

const version = "519665f6223ebd6980884f2b"

var (
	demo  = key.Course{Org: "OpenedX", Code: "DemoX", Run: "2024_T1"}
	lib   = key.Course{Library: true, Org: "OpenedX", Code: "Quiz", Run: "library"}
	noRun = key.Course{Org: "OpenedX", Code: "DemoX"}
	intro = key.BlockID{Type: "problem", Name: "intro"}
	draft = key.At{Branch: "draft"}
)

func TestAccepted(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		read   reader
		input  string
		want   any
		prints string // if not the input
	}{
		{"a course", course, "course-v1:OpenedX+DemoX+2024_T1", demo, ""},
		{"a course in the old form is the same course", course, "OpenedX/DemoX/2024_T1", demo, "course-v1:OpenedX+DemoX+2024_T1"},
		{"a library has the run library", course, "library-v1:OpenedX+Quiz", lib, ""},
		{"a course whose run is called library is no library", course, "course-v1:OpenedX+Quiz+library", key.Course{Org: "OpenedX", Code: "Quiz", Run: "library"}, ""},
		{"dots, hyphens, tildes, colons and underscores may stand in every part", course, "course-v1:mit.eecs+~6.002x:b+T2_2014-a", key.Course{Org: "mit.eecs", Code: "~6.002x:b", Run: "T2_2014-a"}, ""},
		{"letters and digits of all scripts may stand in every part", course, "course-v1:École+日本語+٢٠٢٤", key.Course{Org: "École", Code: "日本語", Run: "٢٠٢٤"}, ""},
		{"letters of all scripts may stand in the old form", course, "ΩmegaX/Ωμέγα/Übung", key.Course{Org: "ΩmegaX", Code: "Ωμέγα", Run: "Übung"}, "course-v1:ΩmegaX+Ωμέγα+Übung"},
		{"a percent sign may stand in the old form, which is then the only one", course, "a%20b/c/d", key.Course{Org: "a%20b", Code: "c", Run: "d"}, ""},
		{"upper and lower case are kept", course, "course-v1:openedx+DEMOX+2024_t1", key.Course{Org: "openedx", Code: "DEMOX", Run: "2024_t1"}, ""},
		{"one character is enough for a part", course, "course-v1:_+-+.", key.Course{Org: "_", Code: "-", Run: "."}, ""},
		{"a key of 1,024 bytes is read", course, "course-v1:a+b+" + strings.Repeat("x", 1010), key.Course{Org: "a", Code: "b", Run: strings.Repeat("x", 1010)}, ""},

		{"a course without branch and version", courseAt, "course-v1:OpenedX+DemoX+2024_T1", versioned{demo, key.At{}}, ""},
		{"a course with a branch", courseAt, "course-v1:OpenedX+DemoX+2024_T1+branch@draft", versioned{demo, draft}, ""},
		{"a course with a version", courseAt, "course-v1:OpenedX+DemoX+2024_T1+version@" + version, versioned{demo, key.At{Version: version}}, ""},
		{"a course with a branch and a version", courseAt, "course-v1:OpenedX+DemoX+2024_T1+branch@published-branch+version@" + version, versioned{demo, key.At{Branch: "published-branch", Version: version}}, ""},
		{"a library with a branch and a version", courseAt, "library-v1:OpenedX+Quiz+branch@library+version@" + version, versioned{lib, key.At{Branch: "library", Version: version}}, ""},
		{"a library with a version", courseAt, "library-v1:OpenedX+Quiz+version@" + version, versioned{lib, key.At{Version: version}}, ""},
		{"a course in the old form has no branch", courseAt, "OpenedX/DemoX/2024_T1", versioned{demo, key.At{}}, "course-v1:OpenedX+DemoX+2024_T1"},

		{"a block of a course", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@intro", demo.Block(intro), ""},
		{"a block of a library", block, "lib-block-v1:OpenedX+Quiz+type@problem+block@intro", lib.Block(intro), ""},
		{"a block in the old form has a course without run and stays in the old form", block, "i4x://OpenedX/DemoX/problem/intro", noRun.Block(intro), ""},
		{"a revision in the old form is left out", block, "i4x://OpenedX/DemoX/problem/intro@draft", noRun.Block(intro), "i4x://OpenedX/DemoX/problem/intro"},
		{"a percent sign may stand in org, course code and name of the old form", block, "i4x://a%b/c%d/problem/12%33-44", key.Course{Org: "a%b", Code: "c%d"}.Block(key.BlockID{Type: "problem", Name: "12%33-44"}), ""},
		{"a colon and a tilde may stand in a name of the old form", block, "i4x://OpenedX/DemoX/html/week:1~a", noRun.Block(key.BlockID{Type: "html", Name: "week:1~a"}), ""},
		{"the name of a block may hold dots, colons, tildes and hyphens", block, "block-v1:OpenedX+DemoX+2024_T1+type@html+block@week:1.a~b-c", demo.Block(key.BlockID{Type: "html", Name: "week:1.a~b-c"}), ""},
		{"the name of a block may be of any script", block, "block-v1:OpenedX+DemoX+2024_T1+type@html+block@été", demo.Block(key.BlockID{Type: "html", Name: "été"}), ""},
		{"the type of a block is not looked up", block, "block-v1:OpenedX+DemoX+2024_T1+type@drag-and-drop-v2+block@x", demo.Block(key.BlockID{Type: "drag-and-drop-v2", Name: "x"}), ""},
		{"the root block of a course", block, "block-v1:OpenedX+DemoX+2024_T1+type@course+block@course", demo.Block(demo.Root()), ""},
		{"the root block of a library", block, "lib-block-v1:OpenedX+Quiz+type@library+block@library", lib.Block(lib.Root()), ""},

		{"a block with a branch", blockAt, "block-v1:OpenedX+DemoX+2024_T1+branch@draft+type@problem+block@intro", versioned{demo.Block(intro), draft}, ""},
		{"a block with a version", blockAt, "block-v1:OpenedX+DemoX+2024_T1+version@" + version + "+type@problem+block@intro", versioned{demo.Block(intro), key.At{Version: version}}, ""},
		{"a block with a branch and a version", blockAt, "block-v1:OpenedX+DemoX+2024_T1+branch@draft+version@" + version + "+type@problem+block@intro", versioned{demo.Block(intro), key.At{Branch: "draft", Version: version}}, ""},
		{"a block of a library with a version", blockAt, "lib-block-v1:OpenedX+Quiz+version@" + version + "+type@problem+block@intro", versioned{lib.Block(intro), key.At{Version: version}}, ""},
		{"the revision of a block in the old form is a branch", blockAt, "i4x://OpenedX/DemoX/problem/intro@draft", versioned{noRun.Block(intro), draft}, ""},
		{"a revision may hold a percent sign", blockAt, "i4x://OpenedX/DemoX/problem/intro@a%b", versioned{noRun.Block(intro), key.At{Branch: "a%b"}}, ""},

		{"an asset", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@a_b.png", key.Asset{Course: demo, Type: "asset", Path: "a_b.png"}, ""},
		{"a thumbnail", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@thumbnail+block@a-png.jpg", key.Asset{Course: demo, Type: "thumbnail", Path: "a-png.jpg"}, ""},
		{"the name of an asset may hold a percent sign, which is not decoded", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@subs_a%20b.srt.sjson", key.Asset{Course: demo, Type: "asset", Path: "subs_a%20b.srt.sjson"}, ""},
		{"the name of an asset may hold tildes and colons", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@a~b:c", key.Asset{Course: demo, Type: "asset", Path: "a~b:c"}, ""},
		{"the name of an asset may be of any script", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@résumé.pdf", key.Asset{Course: demo, Type: "asset", Path: "résumé.pdf"}, ""},
		{"an asset of a library has no run", asset, "asset-v1:OpenedX+Quiz+type@asset+block@a.png", key.Asset{Course: lib, Type: "asset", Path: "a.png"}, ""},
		{"an asset as an old address", asset, "/c4x/OpenedX/DemoX/asset/a.png", key.Asset{Course: noRun, Type: "asset", Path: "a.png"}, ""},
		{"an asset in the old form is the same asset", asset, "c4x://OpenedX/DemoX/asset/a.png", key.Asset{Course: noRun, Type: "asset", Path: "a.png"}, "/c4x/OpenedX/DemoX/asset/a.png"},
		{"the revision of an asset in the old form is left out", asset, "/c4x/OpenedX/DemoX/asset/a.png@v", key.Asset{Course: noRun, Type: "asset", Path: "a.png"}, "/c4x/OpenedX/DemoX/asset/a.png"},

		{"the id of a block", blockID, "problem/intro", intro, ""},
		{"the id of a block with an at sign", blockID, "problem@intro", intro, "problem/intro"},
		{"the name in the id of a block may hold dots, colons, tildes and hyphens", blockID, "html/week:1.a~b-c", key.BlockID{Type: "html", Name: "week:1.a~b-c"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := row.read(row.input)
			if err != nil {
				t.Fatalf("%q: %v", row.input, err)
			}
			if got != row.want {
				t.Errorf("%q is read as %#v, want %#v", row.input, got, row.want)
			}
			prints := row.prints
			if prints == "" {
				prints = row.input
			}
			if printed := printKey(row.want); printed != prints {
				t.Errorf("%#v prints as %q, want %q", row.want, printed, prints)
			}
		})
	}
}

// printKey prints any key of the tables.
func printKey(k any) string {
	switch k := k.(type) {
	case versioned:
		return k.key.(interface{ At(key.At) string }).At(k.at)
	case interface{ String() string }:
		return k.String()
	}
	return "not a key"
}

func TestRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1025)
	for _, row := range []struct {
		name   string
		read   reader
		input  string
		part   string // what the error quotes as the part at fault
		reason string // some words of its reason
	}{
		{"nothing is no course", course, "", "", "no namespace"},
		{"a word is no course", course, "DemoX", "", "write course-v1:ORG+CODE+RUN or library-v1:ORG+CODE"},
		{"a course needs its namespace", course, "OpenedX+DemoX+2024_T1", "", "no namespace"},
		{"a namespace is in lower case", course, "Course-V1:OpenedX+DemoX+2024_T1", "Course-V1:", "begins no course key"},
		{"nothing may stand before a course", course, " course-v1:OpenedX+DemoX+2024_T1", " course-v1:", "begins no course key"},
		{"an unknown namespace", course, "course-v2:OpenedX+DemoX+2024_T1", "course-v2:", "begins no course key"},
		{"an address is no course", course, "https://example.org/courses/a", "https:", "begins no course key"},
		{"a namespace alone is no course", course, "course-v1:", "", "the org is empty"},
		{"a trailing newline", course, "course-v1:OpenedX+DemoX+2024_T1\n", "2024_T1\n", "U+000A"},
		{"a trailing space", course, "course-v1:OpenedX+DemoX+2024_T1 ", "2024_T1 ", "U+0020 ' '"},
		{"a space in the org", course, "course-v1:Open edX+DemoX+2024_T1", "Open edX", "cannot be the org"},
		{"an empty org", course, "course-v1:+DemoX+2024_T1", "", "the org is empty"},
		{"an empty course code", course, "course-v1:OpenedX++2024_T1", "", "the course code is empty"},
		{"an empty run", course, "course-v1:OpenedX+DemoX+", "", "the run is empty"},
		{"a missing run", course, "course-v1:OpenedX+DemoX", "", "the run is missing"},
		{"a plus in the run", course, "course-v1:OpenedX+DemoX+2024+T1", "T1", "has no place there"},
		{"a slash in the run", course, "course-v1:OpenedX+DemoX+2024/T1", "2024/T1", "cannot be the run"},
		{"a percent sign in the new form", course, "course-v1:Open%edX+DemoX+2024_T1", "Open%edX", "only letters, digits, _ - ~ . : are allowed"},
		{"a plus as %2B is not decoded", course, "course-v1:OpenedX%2BDemoX%2B2024_T1", "OpenedX%2BDemoX%2B2024_T1", "U+0025 '%'"},
		{"an ampersand", course, "course-v1:OpenedX+R&D+2024_T1", "R&D", "U+0026 '&'"},
		{"a combining mark is no word character", course, "course-v1:Cafe\u0301+DemoX+2024_T1", "Cafe\u0301", "U+0301"},
		{"an emoji is no word character", course, "course-v1:OpenedX+DemoX+🎓", "🎓", "U+1F393"},
		{"bytes that are not UTF-8", course, "course-v1:OpenedX+DemoX+\xff", "\xff", "U+FFFD"},
		{"a zero byte", course, "course-v1:OpenedX+DemoX+a\x00", "a\x00", "U+0000"},
		{"a key of more than 1,024 bytes", course, "course-v1:a+b+" + strings.Repeat("x", 1011), "", "1025 bytes long"},
		{"an old key whose new form is too long", course, "a/b/" + strings.Repeat("x", 1020), "", "1034 bytes long"},
		{"a usage key is no course", course, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@intro", "block-v1:", "begins no course key"},
		{"a block after a course", course, "course-v1:OpenedX+DemoX+2024_T1+type@problem+block@intro", "type@problem", "has no place there"},
		{"a version alone names no course", course, "course-v1:version@" + version, "version@" + version, "cannot be the org"},
		{"a custom course", course, "ccx-v1:OpenedX+DemoX+2024_T1+ccx@1", "ccx-v1:", "custom course (CCX)"},
		{"a v2 library", course, "lib:OpenedX:Quiz", "lib:", "v2 library"},
		{"a library has no run", course, "library-v1:OpenedX+Quiz+library", "library", "has no place there"},
		{"a library needs its code", course, "library-v1:OpenedX", "", "the library code is missing"},
		{"a percent sign in a library", course, "library-v1:OpenedX+per%ent", "per%ent", "cannot be the library code"},
		{"two parts in the old form", course, "OpenedX/DemoX", "", "the run is missing; write ORG/CODE/RUN"},
		{"an empty run in the old form", course, "OpenedX/DemoX/", "", "the run is empty"},
		{"four parts in the old form", course, "OpenedX/DemoX/2024_T1/more", "more", "has no place there"},
		{"a slash before the old form", course, "/OpenedX/DemoX/2024_T1", "", "the org is empty"},
		{"a tilde in the old form", course, "OpenedX/~DemoX/2024_T1", "~DemoX", "only letters, digits, _ - . % are allowed"},
		{"a plus in the old form", course, "OpenedX/Demo+X/2024_T1", "Demo+X", "U+002B '+'"},
		{"a trailing newline in the old form", course, "OpenedX/DemoX/2024_T1\n", "2024_T1\n", "U+000A"},
		{"a branch where the course is wanted", course, "course-v1:OpenedX+DemoX+2024_T1+branch@draft", "+branch@draft", "leave it out"},
		{"a version where the library is wanted", course, "library-v1:OpenedX+Quiz+version@" + version, "+version@" + version, "leave it out"},

		{"a version that is too short", courseAt, "course-v1:OpenedX+DemoX+2024_T1+version@519665f6", "519665f6", "24 hexadecimal digits"},
		{"a version that is too long", courseAt, "course-v1:OpenedX+DemoX+2024_T1+version@" + version + "0", version + "0", "24 hexadecimal digits"},
		{"a version in upper case", courseAt, "course-v1:OpenedX+DemoX+2024_T1+version@519665F6223EBD6980884F2B", "519665F6223EBD6980884F2B", "in lower case"},
		{"a version that is no number", courseAt, "course-v1:OpenedX+DemoX+2024_T1+version@519665f6223ebd6980884f2g", "519665f6223ebd6980884f2g", "24 hexadecimal digits"},
		{"an empty version", courseAt, "course-v1:OpenedX+DemoX+2024_T1+version@", "", "the version is empty"},
		{"an empty branch", courseAt, "course-v1:OpenedX+DemoX+2024_T1+branch@", "", "the branch is empty"},
		{"a branch with a space", courseAt, "course-v1:OpenedX+DemoX+2024_T1+branch@my draft", "my draft", "cannot be the branch"},
		{"two branches", courseAt, "course-v1:OpenedX+DemoX+2024_T1+branch@a+branch@b", "branch@b", "has no place there"},
		{"two versions", courseAt, "course-v1:OpenedX+DemoX+2024_T1+version@" + version + "+version@" + version, "version@" + version, "has no place there"},
		{"a branch after the version", courseAt, "course-v1:OpenedX+DemoX+2024_T1+version@" + version + "+branch@draft", "branch@draft", "has no place there"},
		{"a trailing plus", courseAt, "course-v1:OpenedX+DemoX+2024_T1+branch@draft+", "", "has no place there"},
		{"a branch without run", courseAt, "course-v1:OpenedX+DemoX+branch@draft", "branch@draft", "cannot be the run"},
		{"a branch in the old form", courseAt, "OpenedX/DemoX/2024_T1@draft", "2024_T1@draft", "cannot be the run"},

		{"nothing is no block", block, "", "", "no namespace"},
		{"a course is no block", block, "course-v1:OpenedX+DemoX+2024_T1", "course-v1:", "begins no usage key"},
		{"a block needs a type and a name", block, "block-v1:OpenedX+DemoX+2024_T1", "", "the part type@… is missing"},
		{"a block needs a type", block, "block-v1:OpenedX+DemoX+2024_T1+block@intro", "block@intro", "stands where type@… belongs"},
		{"a block needs a name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem", "", "the part block@… is missing"},
		{"an empty type", block, "block-v1:OpenedX+DemoX+2024_T1+type@+block@intro", "", "the type is empty"},
		{"an empty name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@", "", "the block is empty"},
		{"a name before the type", block, "block-v1:OpenedX+DemoX+2024_T1+block@intro+type@problem", "block@intro", "stands where type@… belongs"},
		{"two names", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@a+block@b", "block@b", "has no place there"},
		{"a branch after the name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@a+branch@draft", "branch@draft", "has no place there"},
		{"a plus in a name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@a+b", "b", "has no place there"},
		{"a percent sign in a name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@a%20b", "a%20b", "U+0025 '%'"},
		{"an at sign as %40 is not decoded", block, "block-v1:OpenedX+DemoX+2024_T1+type%40problem+block%40intro", "type%40problem", "stands where type@… belongs"},
		{"an at sign in a name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@a@b", "a@b", "cannot be the block"},
		{"a slash in a name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@a/b", "a/b", "cannot be the block"},
		{"a space in a name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@a b", "a b", "cannot be the block"},
		{"a trailing newline after a name", block, "block-v1:OpenedX+DemoX+2024_T1+type@problem+block@intro\n", "intro\n", "U+000A"},
		{"a space in a type", block, "block-v1:OpenedX+DemoX+2024_T1+type@my type+block@a", "my type", "cannot be the type"},
		{"a block of a course without run", block, "block-v1:OpenedX+DemoX+type@problem+block@intro", "type@problem", "cannot be the run"},
		{"a block of a library with run", block, "lib-block-v1:OpenedX+Quiz+library+type@problem+block@intro", "library", "stands where type@… belongs"},
		{"a branch where the block is wanted", block, "block-v1:OpenedX+DemoX+2024_T1+branch@draft+type@problem+block@intro", "+branch@draft", "leave it out"},
		{"a usage key of more than 1,024 bytes", block, "block-v1:a+b+c+type@problem+block@" + long, "", "1059 bytes long"},
		{"a block of a v2 library", block, "lb:OpenedX:Quiz:problem:intro", "lb:", "v2 library"},
		{"a container of a v2 library", block, "lct:OpenedX:Quiz:unit:intro", "lct:", "v2 library"},
		{"a block of a custom course", block, "ccx-block-v1:OpenedX+DemoX+2024_T1+ccx@1+type@problem+block@intro", "ccx-block-v1:", "custom course (CCX)"},
		{"an aside", block, "aside-usage-v1:block-v1::a", "aside-usage-v1:", "begins no usage key"},
		{"the old form with one slash", block, "i4x:/OpenedX/DemoX/problem/intro", "i4x:", "begins no usage key"},
		{"a misspelt old form", block, "0i4x://OpenedX/DemoX/problem/intro", "0i4x:", "begins no usage key"},
		{"the old form in upper case", block, "I4X://OpenedX/DemoX/problem/intro", "I4X:", "begins no usage key"},
		{"the old form without name", block, "i4x://OpenedX/DemoX/problem", "", "the name is missing"},
		{"the old form with an empty name", block, "i4x://OpenedX/DemoX/problem/", "", "the name is empty"},
		{"the old form with a slash in the name", block, "i4x://OpenedX/DemoX/problem/a/b", "b", "has no place there"},
		{"the old form with a space in the name", block, "i4x://OpenedX/DemoX/problem/a b", "a b", "cannot be the name"},
		{"the old form with an empty revision", block, "i4x://OpenedX/DemoX/problem/intro@", "", "the revision is empty"},
		{"the old form with two revisions", block, "i4x://OpenedX/DemoX/problem/intro@a@b", "a@b", "cannot be the revision"},
		{"the old form with a colon in the org", block, "i4x://Open:edX/DemoX/problem/intro", "Open:edX", "cannot be the org"},
		{"the old form with a percent sign in the type", block, "i4x://OpenedX/DemoX/prob%lem/intro", "prob%lem", "cannot be the type"},

		{"nothing is no asset", asset, "", "", "no namespace"},
		{"a path is no asset", asset, "/static/a.png", "", "write asset-v1:ORG+CODE+RUN+type@asset+block@NAME or /c4x/ORG/CODE/asset/NAME"},
		{"a block is no asset", asset, "block-v1:OpenedX+DemoX+2024_T1+type@asset+block@a.png", "block-v1:", "begins no asset key"},
		{"an asset needs a type", asset, "asset-v1:OpenedX+DemoX+2024_T1+block@a.png", "block@a.png", "stands where type@… belongs"},
		{"an asset needs a name", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset", "", "the part block@… is missing"},
		{"an asset with a branch", asset, "asset-v1:OpenedX+DemoX+2024_T1+branch@draft+type@asset+block@a.png", "branch@draft", "stands where type@… belongs"},
		{"a slash in the name of an asset", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@a/b.png", "a/b.png", "cannot be the block"},
		{"a space in the name of an asset", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@a b.png", "a b.png", "cannot be the block"},
		{"a trailing newline after an asset", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@a.png\n", "a.png\n", "U+000A"},
		{"an asset with an address after it", asset, "asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@a.png?raw", "a.png?raw", "U+003F '?'"},
		{"the old form without a leading slash", asset, "c4x/OpenedX/DemoX/asset/a.png", "", "no namespace"},
		{"the old form with a folder", asset, "/c4x/OpenedX/DemoX/asset/a/b.png", "b.png", "has no place there"},
		{"the old form with something after the revision", asset, "/c4x/OpenedX/DemoX/asset/a.png@0/c4x", "c4x", "has no place there"},

		{"nothing is no id", blockID, "", "", "no / between type and name"},
		{"a word is no id", blockID, "problem", "", "write TYPE/NAME or TYPE@NAME"},
		{"an id without type", blockID, "/intro", "", "the type is empty"},
		{"an id without name", blockID, "problem/", "", "the name is empty"},
		{"an id with a folder", blockID, "problem/a/b", "a/b", "cannot be the name"},
		{"an id with a space", blockID, "problem/a b", "a b", "cannot be the name"},
		{"an id with a percent sign", blockID, "problem/a%20b", "a%20b", "cannot be the name"},
		{"an id with a trailing newline", blockID, "problem/intro\n", "intro\n", "cannot be the name"},
		{"an id of more than 1,024 bytes", blockID, "problem/" + long, "", "1033 bytes long"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := row.read(row.input)
			var fault *key.Error
			if !errors.As(err, &fault) {
				t.Fatalf("%q is read as %#v with the error %v, want a *key.Error", row.input, got, err)
			}
			if got != zeroOf(got) {
				t.Errorf("beside the error there is a key: %#v", got)
			}
			if fault.Part != row.part || fault.Input != row.input {
				t.Errorf("the error blames %q of %q, want %q of %q", fault.Part, fault.Input, row.part, row.input)
			}
			if !strings.Contains(fault.Reason, row.reason) {
				t.Errorf("the reason is %q, want something with %q", fault.Reason, row.reason)
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 600 {
				t.Errorf("the error is no short line: %v", err)
			}
		})
	}
}

// zeroOf gives the zero value of what a reader of the tables gives beside an error.
func zeroOf(got any) any {
	switch got := got.(type) {
	case key.Course:
		return key.Course{}
	case key.Block:
		return key.Block{}
	case key.Asset:
		return key.Asset{}
	case key.BlockID:
		return key.BlockID{}
	case versioned:
		return versioned{zeroOf(got.key), key.At{}}
	}
	return nil
}
