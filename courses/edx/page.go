package edx

import (
	"net/url"
	"time"

	"lectern/modulestore/key"
)

// Site is where pages are, and what the site has switched on. Addresses have no slash at the end.
type Site struct {
	LMS      string // https://host: pages of blocks
	Learning string // https://host/learning: pages of courses
	Exams    bool   // special exams
}

// Page is what an answer says besides what a learner gets.
type Page struct {
	Site Site
	// Username and UserID are those of the learner, empty and 0 for nobody who is signed in.
	Username string
	UserID   int64
	// Published and Version are those of the content.
	Published time.Time
	Version   string
	// Completed is how far the learner is in blocks, from 0 to 1.
	Completed map[key.BlockID]float64
	// Bookmarked are blocks that the learner has marked.
	Bookmarked map[key.BlockID]bool
	// Resume is where the learner was last; zero: nowhere yet.
	Resume key.BlockID
	// Zone is the learner's own, in which days begin; nil: UTC.
	Zone *time.Location
	// Reasons adds to sections and subsections why they are not open, and to the whole until when it is good. Open edX has neither, and its clients pass over
	// them.
	Reasons bool
}

// jump is the address that leads to a block, by the text of its key.
func (s Site) jump(course key.Course, block string) string {
	return s.LMS + path("/courses/"+course.String()+"/jump_to/"+block)
}

func (s Site) tab(course key.Course, name string) string {
	return s.Learning + path("/course/"+course.String()+"/"+name)
}

// path escapes what an address needs escaped, which keys hardly ever have.
func path(text string) string {
	for i := range len(text) {
		if !plain(text[i]) {
			return (&url.URL{Path: text}).EscapedPath()
		}
	}
	return text
}

func plain(c byte) bool {
	switch c {
	case '/', ':', '@', '+', '-', '.', '_', '~':
		return true
	default:
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
}

// optional is null for the zero value.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
