package key_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"lectern/modulestore/key"
)

func TestNewCourseTakesWhatTheNewFormCanTell(t *testing.T) {
	t.Parallel()
	if c, err := key.NewCourse("OpenedX", "DemoX", "2024_T1"); err != nil || c != demo {
		t.Errorf("NewCourse gives %#v, %v", c, err)
	}
	if l, err := key.NewLibrary("OpenedX", "Quiz"); err != nil || l != lib {
		t.Errorf("NewLibrary gives %#v, %v", l, err)
	}
	for _, row := range []struct {
		name           string
		org, code, run string
		want           string
	}{
		{"an empty org", "", "DemoX", "r", `course key "course-v1:+DemoX+r": the org is empty; write course-v1:ORG+CODE+RUN`},
		{"a plus", "a", "b+c", "r", `course key "course-v1:a+b+c+r": "b+c" cannot be the course code: it holds U+002B '+', and only letters, digits, _ - ~ . : are allowed`},
		{"a branch for a run", "a", "b", "branch@draft", `course key "course-v1:a+b+branch@draft": "branch@draft" cannot be the run: it holds U+0040 '@', and only letters, digits, _ - ~ . : are allowed`},
		{"a percent sign, which only the old form knows", "a", "b", "50%", `course key "course-v1:a+b+50%": "50%" cannot be the run: it holds U+0025 '%', and only letters, digits, _ - ~ . : are allowed`},
		{"more than a key has room for", "a", "b", strings.Repeat("x", 1011), `course key "course-v1:a+b+` + strings.Repeat("x", 86) + `"…: it is 1025 bytes long, and a key has at most 1024`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, err := key.NewCourse(row.org, row.code, row.run)
			if err == nil || err.Error() != row.want {
				t.Errorf("the error is %v\nwant %s", err, row.want)
			}
			if !c.IsZero() {
				t.Errorf("beside the error there is a key: %#v", c)
			}
		})
	}
	if _, err := key.NewLibrary("a", ""); err == nil {
		t.Error("a library without code is taken")
	}
}

func TestErrorTellsAV2LibraryFromAMistake(t *testing.T) {
	t.Parallel()
	_, err := key.ParseBlock("lb:OpenedX:Quiz:problem:intro")
	var fault *key.Error
	if !errors.As(err, &fault) || fault.Kind != key.KindV2Library {
		t.Errorf("the error is %#v, want one of kind %q", err, key.KindV2Library)
	}
	const want = `v2 library key "lb:OpenedX:Quiz:problem:intro": "lb:" begins a key of a v2 library; of libraries, only v1 ones can be read (library-v1:ORG+CODE)`
	if err.Error() != want {
		t.Errorf("the sentence is %s\nwant %s", err, want)
	}
}

func TestTheZeroValueNamesNothingAndPrintsNothing(t *testing.T) {
	t.Parallel()
	if (key.Course{}).String() != "" || (key.Block{}).String() != "" || (key.Asset{}).String() != "" {
		t.Error("a zero value prints something")
	}
	if !(key.Course{}).IsZero() || !(key.Block{}).IsZero() || !(key.Asset{}).IsZero() {
		t.Error("a zero value is not zero")
	}
	if demo.IsZero() || demo.Block(intro).IsZero() || (key.Asset{Path: "a.png"}).IsZero() {
		t.Error("a key is zero")
	}
}

func TestACourseWithoutRunPrintsWithoutRun(t *testing.T) {
	t.Parallel()
	if got := noRun.String(); got != "OpenedX/DemoX/" {
		t.Errorf("it prints as %q", got)
	}
	if _, err := key.ParseCourse(noRun.String()); err == nil {
		t.Error("it is read as the key of a course")
	}
}

func TestKeysOfACourseThatOnlyTheOldFormCanTellAreOld(t *testing.T) {
	t.Parallel()
	c, err := key.ParseCourse("50%/b/c")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ got, want string }{
		{c.At(draft), "50%/b/c"},
		{c.Block(intro).At(draft), "i4x://50%/b/problem/intro@draft"},
		{key.Asset{Course: c, Type: "asset", Path: "a.png"}.String(), "/c4x/50%/b/asset/a.png"},
	} {
		if row.got != row.want {
			t.Errorf("it prints as %q, want %q", row.got, row.want)
		}
	}
}

func TestKeysTravelAsText(t *testing.T) {
	t.Parallel()
	type document struct {
		Course  key.Course         `json:"course"`
		Block   key.Block          `json:"block"`
		Asset   key.Asset          `json:"asset"`
		Nothing key.Block          `json:"nothing"`
		Left    key.Course         `json:"left,omitzero"`
		Counts  map[key.Course]int `json:"counts"`
	}
	want := document{
		Course: lib,
		Block:  demo.Block(intro),
		Asset:  key.Asset{Course: demo, Type: "asset", Path: "a.png"},
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	const printed = `{"course":"library-v1:OpenedX+Quiz",` +
		`"block":"block-v1:OpenedX+DemoX+2024_T1+type@problem+block@intro",` +
		`"asset":"asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@a.png",` +
		`"nothing":"","counts":null}`
	if string(text) != printed {
		t.Errorf("the JSON is %s\nwant %s", text, printed)
	}
	got := document{Nothing: demo.Block(intro)}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Course != want.Course || got.Block != want.Block || got.Asset != want.Asset || got.Nothing != want.Nothing {
		t.Errorf("the JSON is read as %#v", got)
	}
	if err := json.Unmarshal([]byte(`{"counts":{"OpenedX/DemoX/2024_T1":3}}`), &got); err != nil || got.Counts[demo] != 3 {
		t.Errorf("a key of a JSON object is read as %v, %v", got.Counts, err)
	}
}

func TestAFaultyTextLeavesTheKeyAsItWas(t *testing.T) {
	t.Parallel()
	c, b, a := demo, demo.Block(intro), key.Asset{Course: demo, Type: "asset", Path: "a.png"}
	var fault *key.Error
	for name, err := range map[string]error{
		"course": c.UnmarshalText([]byte("DemoX")),
		"block":  b.UnmarshalText([]byte("DemoX")),
		"asset":  a.UnmarshalText([]byte("DemoX")),
	} {
		if !errors.As(err, &fault) {
			t.Errorf("the error of the %s is %v", name, err)
		}
	}
	if c != demo || b != demo.Block(intro) || a.Path != "a.png" {
		t.Error("a key has changed")
	}
}

func TestCourseKeysThatFoldAlike(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		a, b  string
		alike bool
	}{
		{"upper and lower case are alike", "course-v1:OpenedX+DemoX+2024_T1", "course-v1:openedx+demox+2024_t1", true},
		{"the old and the new form are alike", "OpenedX/DemoX/2024_T1", "course-v1:openedx+demox+2024_t1", true},
		{"Greek final and plain sigma are alike", "course-v1:a+b+ΟΔΟΣ", "course-v1:a+b+οδος", true},
		{"sharp s and double s are alike", "course-v1:a+b+Straße", "course-v1:a+b+STRASSE", true},
		{"a character and its canonical equivalent are alike", "course-v1:a+b+Å", "course-v1:a+b+\u212b", true},
		{"composed and decomposed Hangul are alike", "course-v1:a+b+한국", "course-v1:a+b+\u1112\u1161\u11ab\u1100\u116e\u11a8", true},
		{"another accent is another course", "course-v1:a+b+éte", "course-v1:a+b+ete", false},
		{"Turkish dotless i is another letter", "course-v1:a+b+ı", "course-v1:a+b+i", false},
		{"compatible characters are not the same", "course-v1:a+b+２", "course-v1:a+b+2", false},
		{"a course and a library are not the same", "course-v1:a+b+library", "library-v1:a+b", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, errA := key.ParseCourse(row.a)
			b, errB := key.ParseCourse(row.b)
			if err := errors.Join(errA, errB); err != nil {
				t.Fatal(err)
			}
			if alike := a.Fold() == b.Fold(); alike != row.alike {
				t.Errorf("%q folds to %q and %q to %q", row.a, a.Fold(), row.b, b.Fold())
			}
		})
	}
	if got := demo.Fold(); got != "course-v1:openedx+demox+2024_t1" {
		t.Errorf("it folds to %q", got)
	}
}

func TestFoldDoesNotDependOnHowAccentsAreWritten(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, a, b string }{
		{"composed and decomposed", "\u00c9cole", "e\u0301cole"},
		{"marks in another order, one of which folds to a letter", "\u1fb4", "\u03b1\u0345\u0301"},
		{"a letter that folding takes apart", "\u01f0", "J\u030c"},
	} {
		a, b := key.Course{Org: row.a, Code: "b", Run: "c"}.Fold(), key.Course{Org: row.b, Code: "b", Run: "c"}.Fold()
		if a != b || !norm.NFC.IsNormalString(a) {
			t.Errorf("%s: %+q and %+q fold to %+q and %+q", row.name, row.a, row.b, a, b)
		}
	}
}

func TestRootBlock(t *testing.T) {
	t.Parallel()
	if got := demo.Root().String(); got != "course/course" {
		t.Errorf("the root of a course is %s", got)
	}
	if got := lib.Root().String(); got != "library/library" {
		t.Errorf("the root of a library is %s", got)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		input string
		valid bool
		clean string
		asset string
	}{
		{"an id of the authoring tool stays", "2152d4a4aadc4cb0af5256394a3d1fc7", true, "2152d4a4aadc4cb0af5256394a3d1fc7", "2152d4a4aadc4cb0af5256394a3d1fc7"},
		{"a title", "Week 1: Intro — été!!", false, "Week_1_Intro_été_", "Week_1__Intro___été__"},
		{"a path", "img/My File (1).png", false, "img_My_File_1_.png", "img_My_File__1_.png"},
		{"underscores of one's own become one too, but not in an asset", "a__b___c", true, "a_b_c", "a__b___c"},
		{"a colon may stand in a name but is cleaned away", "a:b", true, "a_b", "a_b"},
		{"a tilde may stand in a name but is cleaned away", "a~b", true, "a_b", "a_b"},
		{"a percent sign may not stand in a name but is not cleaned away", "50%", false, "50%", "50%"},
		{"dots and hyphens stay", "a.b-c", true, "a.b-c", "a.b-c"},
		{"letters of all scripts stay", "日本語_Ωμέγα", true, "日本語_Ωμέγα", "日本語_Ωμέγα"},
		{"numbers of all kinds stay", "½²Ⅷ٣", true, "½²Ⅷ٣", "½²Ⅷ٣"},
		{"a combining mark does not stay", "e\u0301.png", false, "e_.png", "e_.png"},
		{"punctuation alone becomes underscores", "???", false, "_", "___"},
		{"a backslash", `a\b`, false, "a_b", "a_b"},
		{"bytes that are not UTF-8 count one by one", "a\xff\xfeb", false, "a_b", "a__b"},
		{"nothing", "", false, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := key.ValidName(row.input); got != row.valid {
				t.Errorf("ValidName(%q) is %v", row.input, got)
			}
			if got := key.CleanName(row.input); got != row.clean {
				t.Errorf("CleanName(%q) is %q, want %q", row.input, got, row.clean)
			}
			if got := key.AssetName(row.input); got != row.asset {
				t.Errorf("AssetName(%q) is %q, want %q", row.input, got, row.asset)
			}
		})
	}
}
