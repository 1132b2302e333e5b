// Package sample holds the course that comes with Lectern, "Lectern by example": a short course for authors and
// operators about Lectern itself, with an example of most things that a course can contain.
//
// It is plain OLX in the folder course, in the very layout and formatting that Open edX Studio exports, so that its
// faithful and its canonical export are equal. `lectern demo` imports it, tests use it where any real course will do, and
// it needs neither network nor sample archives.
package sample

import (
	"embed"
	"io/fs"
)

// The prefix all: takes every file, as an import of the folder would.
//
//go:embed all:course
var files embed.FS

// Course returns the files of the bundled course, with its course.xml at the top.
func Course() fs.FS {
	course, _ := fs.Sub(files, "course") // fails only for an invalid path
	return course
}
