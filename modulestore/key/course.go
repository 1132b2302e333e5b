package key

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// libraryRun is the run of every v1 library.
const libraryRun = "library"

const (
	courseShape    = "course-v1:ORG+CODE+RUN"
	libraryShape   = "library-v1:ORG+CODE"
	oldCourseShape = "ORG/CODE/RUN"
	courseShapes   = courseShape + " or " + libraryShape
)

// Course names a course or a v1 library. The zero value names nothing. A Course taken from an i4x or c4x key has no run: it is known to be
// a course of that org and code, and which one the reader must know.
type Course struct {
	Library   bool
	Org, Code string
	Run       string // "library" for a library
}

// At says which state of a course or block is meant: a branch, a version, both or neither.
type At struct {
	Branch  string // "draft", "published", …
	Version string // 24 hexadecimal digits: upstream's id of a version
}

// NewCourse gives the key of a course, or an error that names the part which cannot stand in a key.
func NewCourse(org, code, run string) (Course, error) {
	p := parser{
		kind:  KindCourse,
		input: Course{Org: org, Code: code, Run: run}.print(At{}),
		shape: courseShape,
		parts: []string{org, code, run},
	}
	return p.newCourse(p.course())
}

// NewLibrary gives the key of a v1 library, or an error that names the part which cannot stand in a key.
func NewLibrary(org, code string) (Course, error) {
	p := parser{
		kind:  KindCourse,
		input: Course{Library: true, Org: org, Code: code}.print(At{}),
		shape: libraryShape,
		parts: []string{org, code},
	}
	return p.newCourse(p.library())
}

// newCourse ends the making of a key from its parts.
func (p *parser) newCourse(c Course) (Course, error) {
	if p.fits(p.input); p.err != nil {
		return Course{}, p.err
	}
	return c, nil
}

// ParseCourse reads the key of a course or a v1 library, in the new form or the old one (ORG/CODE/RUN). A branch or version is refused, so
// that nobody who names one version of a course is given another.
func ParseCourse(s string) (Course, error) {
	c, at, err := ParseCourseAt(s)
	if err != nil {
		return Course{}, err
	}
	if at != (At{}) {
		return Course{}, unwantedAt(KindCourse, s, at)
	}
	return c, nil
}

// unwantedAt is the error for a branch or version where the key alone is wanted.
func unwantedAt(kind, input string, at At) error {
	return &Error{
		Kind:   kind,
		Input:  input,
		Part:   at.suffix(),
		Reason: "names a branch or version, and only the " + kind + " itself is wanted; leave it out",
	}
}

// ParseCourseAt reads the key of a course or a v1 library, and the branch and version if the key carries them.
func ParseCourseAt(s string) (Course, At, error) {
	p := parser{kind: KindCourse, input: s}
	var c Course
	var at At
	switch {
	case !p.fits(s):
	case p.begins("course-v1:", "+", courseShape):
		c, at = p.course(), p.at()
	case p.begins("library-v1:", "+", libraryShape):
		c, at = p.library(), p.at()
	case strings.Contains(s, "/") && !strings.Contains(s, ":") && p.begins("", "/", oldCourseShape):
		c = Course{Org: p.next("org", oldPartChars), Code: p.next("course code", oldPartChars), Run: p.next("run", oldPartChars)}
		p.fits(c.String())
	default:
		p.refuse(courseShapes)
	}
	if p.end(); p.err != nil {
		return Course{}, At{}, p.err
	}
	return c, at, nil
}

// String gives the key in the new form, or in the old one if only that can tell it. It is empty for the zero value.
func (c Course) String() string { return c.At(At{}) }

// At gives the key with the branch and version of at, if any. The old form has no room for them.
func (c Course) At(at At) string {
	switch {
	case c.IsZero():
		return ""
	case c.isOld():
		return c.Org + "/" + c.Code + "/" + c.Run
	}
	return c.print(at)
}

// print gives the key in the new form, whatever is in it.
func (c Course) print(at At) string {
	if c.Library {
		return "library-v1:" + c.plus() + at.suffix()
	}
	return "course-v1:" + c.plus() + at.suffix()
}

// plus gives the beginning that all new keys of things in the course have in common, after the namespace.
func (c Course) plus() string {
	if c.Library {
		return c.Org + "+" + c.Code
	}
	return c.Org + "+" + c.Code + "+" + c.Run
}

// isOld reports whether only the old form can tell the course: it has no run, or a percent sign somewhere.
func (c Course) isOld() bool {
	return !c.Library && (c.Run == "" || strings.Contains(c.Org+c.Code+c.Run, "%"))
}

// suffix gives the parts that follow the course in a new key.
func (at At) suffix() string {
	s := ""
	if at.Branch != "" {
		s += "+branch@" + at.Branch
	}
	if at.Version != "" {
		s += "+version@" + at.Version
	}
	return s
}

// IsZero reports whether c names nothing.
func (c Course) IsZero() bool { return c == Course{} }

// Fold gives the printed key in Unicode NFC and without the difference of upper and lower case. Two courses whose keys fold
// to the same text cannot exist beside each other. Fold is for comparing alone: it is no key.
func (c Course) Fold() string {
	// Folding can take a composed character apart (ǰ), so the result is composed again.
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(c.String())))
}

// Root gives the id of the root block of the course or library.
func (c Course) Root() BlockID {
	if c.Library {
		return BlockID{Type: "library", Name: "library"}
	}
	return BlockID{Type: "course", Name: "course"}
}

// Block gives the usage key of a block of the course or library.
func (c Course) Block(id BlockID) Block { return Block{Course: c, ID: id} }

// MarshalText gives the text of String.
func (c Course) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what ParseCourse reads, and the zero value from the empty text.
func (c *Course) UnmarshalText(text []byte) error { return unmarshalText(c, text, ParseCourse) }

// unmarshalText sets k to the key that text is read into, or to the zero value if text is empty.
func unmarshalText[K any](k *K, text []byte, parse func(string) (K, error)) error {
	var read K
	if len(text) > 0 {
		var err error
		if read, err = parse(string(text)); err != nil {
			return err
		}
	}
	*k = read
	return nil
}
