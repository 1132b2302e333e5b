package key_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"lectern/modulestore/key"
)

// Generators of everything that may stand in a key. Rapid names a generator when it is first used, without a lock, so the tests that share
// these do not run in parallel.
var (
	parts     = rapid.StringMatching(`[\pL\pN_~.:-]{1,20}`)
	oldParts  = rapid.StringMatching(`[\pL\pN_.%-]{1,20}`)
	nameParts = rapid.StringMatching(`[\pL\pN_~.:%-]{1,20}`)
	versions  = rapid.StringMatching(`([0-9a-f]{24})?`)

	newCourses = rapid.Custom(func(t *rapid.T) key.Course {
		if rapid.Bool().Draw(t, "library") {
			return key.Course{Library: true, Org: parts.Draw(t, "org"), Code: parts.Draw(t, "code"), Run: "library"}
		}
		return key.Course{Org: parts.Draw(t, "org"), Code: parts.Draw(t, "code"), Run: parts.Draw(t, "run")}
	})
	// oldCourses are known from an i4x or c4x key.
	oldCourses = rapid.Custom(func(t *rapid.T) key.Course {
		return key.Course{Org: oldParts.Draw(t, "org"), Code: oldParts.Draw(t, "code")}
	})
	ats = rapid.Custom(func(t *rapid.T) key.At {
		return key.At{Branch: rapid.OneOf(parts, rapid.Just("")).Draw(t, "branch"), Version: versions.Draw(t, "version")}
	})
)

func TestEveryCourseIsReadAsItWasPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCourses.Draw(t, "course")
		at := ats.Draw(t, "at")
		if read, err := key.ParseCourse(c.String()); err != nil || read != c {
			t.Errorf("%q is read as %#v, %v", c.String(), read, err)
		}
		if read, readAt, err := key.ParseCourseAt(c.At(at)); err != nil || read != c || readAt != at {
			t.Errorf("%q is read as %#v, %#v, %v", c.At(at), read, readAt, err)
		}
	})
}

func TestEveryOldCourseKeyNamesOneCourse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := strings.Join(rapid.SliceOfN(oldParts, 3, 3).Draw(t, "parts"), "/")
		c, err := key.ParseCourse(old)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := key.ParseCourse(c.String()); err != nil || read != c {
			t.Errorf("%q prints as %q, which is read as %#v, %v", old, c, read, err)
		}
	})
}

func TestEveryBlockIsReadAsItWasPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newCourses.Draw(t, "course").Block(key.BlockID{Type: parts.Draw(t, "type"), Name: parts.Draw(t, "name")})
		at := ats.Draw(t, "at")
		if read, err := key.ParseBlock(b.String()); err != nil || read != b {
			t.Errorf("%q is read as %#v, %v", b, read, err)
		}
		if read, readAt, err := key.ParseBlockAt(b.At(at)); err != nil || read != b || readAt != at {
			t.Errorf("%q is read as %#v, %#v, %v", b.At(at), read, readAt, err)
		}
		if read, err := key.ParseBlockID(b.ID.String()); err != nil || read != b.ID {
			t.Errorf("%q is read as %#v, %v", b.ID, read, err)
		}
	})
}

func TestEveryOldBlockIsReadAsItWasPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := oldCourses.Draw(t, "course").Block(key.BlockID{Type: parts.Draw(t, "type"), Name: nameParts.Draw(t, "name")})
		at := key.At{Branch: rapid.OneOf(nameParts, rapid.Just("")).Draw(t, "revision")}
		if read, readAt, err := key.ParseBlockAt(b.At(at)); err != nil || read != b || readAt != at {
			t.Errorf("%q is read as %#v, %#v, %v", b.At(at), read, readAt, err)
		}
	})
}

func TestEveryAssetIsReadAsItWasPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := key.Asset{
			Course: rapid.OneOf(newCourses, oldCourses).Draw(t, "course"),
			Type:   parts.Draw(t, "type"),
			Path:   nameParts.Draw(t, "path"),
		}
		if read, err := key.ParseAsset(a.String()); err != nil || read != a {
			t.Errorf("%q is read as %#v, %v", a, read, err)
		}
	})
}

func TestEveryNameIsCleanedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		clean, name := key.CleanName(s), key.AssetName(s)
		if key.CleanName(clean) != clean || strings.Contains(clean, "__") {
			t.Errorf("%q is cleaned to %q, which is not clean", s, clean)
		}
		if key.AssetName(name) != name || utf8.RuneCountInString(name) != utf8.RuneCountInString(s) {
			t.Errorf("%q is named %q, which is not one for one", s, name)
		}
		if s != "" && key.ValidName(clean) == strings.Contains(clean, "%") {
			t.Errorf("%q is cleaned to %q, and ValidName of that is %v", s, clean, key.ValidName(clean))
		}
		asset := key.Asset{Course: demo, Type: "asset", Path: name}
		if read, err := key.ParseAsset(asset.String()); s != "" && (err != nil || read != asset) {
			t.Errorf("%q is read as %#v, %v", asset, read, err)
		}
	})
}

func TestEveryValidNameNamesABlockAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := key.BlockID{Type: "html", Name: rapid.OneOf(parts, nameParts, rapid.String()).Draw(t, "name")}
		read, err := key.ParseBlock(demo.Block(id).String())
		if valid := err == nil && read.ID == id; valid != key.ValidName(id.Name) {
			t.Errorf("ValidName(%q) is %v, but its usage key is read as %#v, %v", id.Name, !valid, read, err)
		}
	})
}

func FuzzParseCourse(f *testing.F) {
	seed(f, demo.At(draft), lib.At(key.At{Version: version}), "OpenedX/DemoX/2024_T1", "50%/b/c", "ccx-v1:a+b+c+ccx@1", "lib:a:b")
	f.Fuzz(func(t *testing.T, s string) {
		c, at, err := key.ParseCourseAt(s)
		if refused(t, err) {
			return
		}
		if read, readAt, err := key.ParseCourseAt(c.At(at)); err != nil || read != c || readAt != at {
			t.Errorf("%q prints as %q, which is read as %#v, %#v, %v", s, c.At(at), read, readAt, err)
		}
		if read, err := key.ParseCourse(c.String()); err != nil || read != c {
			t.Errorf("%q prints as %q, which is read as %#v, %v", s, c, read, err)
		}
		if c.Fold() == "" {
			t.Errorf("%q folds to nothing", s)
		}
	})
}

func FuzzParseBlock(f *testing.F) {
	seed(f, demo.Block(intro).At(draft), lib.Block(intro).At(key.At{Version: version}), "i4x://a%b/c/problem/d%e@draft", "lb:a:b:c:d", "lct:a:b:c:d")
	f.Fuzz(func(t *testing.T, s string) {
		b, at, err := key.ParseBlockAt(s)
		if refused(t, err) {
			return
		}
		if read, readAt, err := key.ParseBlockAt(b.At(at)); err != nil || read != b || readAt != at {
			t.Errorf("%q prints as %q, which is read as %#v, %#v, %v", s, b.At(at), read, readAt, err)
		}
		if read, err := key.ParseBlock(b.String()); err != nil || read != b {
			t.Errorf("%q prints as %q, which is read as %#v, %v", s, b, read, err)
		}
	})
}

func FuzzParseAsset(f *testing.F) {
	seed(f, "asset-v1:a+b+c+type@asset+block@d%20e.png", "asset-v1:a+b+type@asset+block@d", "/c4x/a/b/asset/c@d", "c4x://a/b/asset/c")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := key.ParseAsset(s)
		if refused(t, err) {
			return
		}
		if read, err := key.ParseAsset(a.String()); err != nil || read != a {
			t.Errorf("%q prints as %q, which is read as %#v, %v", s, a, read, err)
		}
	})
}

// seed gives a fuzz target its first inputs, whole and damaged.
func seed(f *testing.F, keys ...string) {
	f.Helper()
	for _, k := range keys {
		f.Add(k)
		f.Add(k + "\n")
		f.Add(k[:len(k)-1] + "\xff")
		f.Add(strings.Replace(k, "+", "++", 1))
	}
	f.Add("")
}

// refused reports whether there is an error, which must be a *key.Error with one line.
func refused(t *testing.T, err error) bool {
	t.Helper()
	var fault *key.Error
	if err != nil && (!errors.As(err, &fault) || strings.ContainsAny(err.Error(), "\n\x00")) {
		t.Errorf("the error is %#v", err)
	}
	return err != nil
}
