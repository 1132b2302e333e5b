package schedule

import (
	"cmp"
	"slices"
	"time"

	"lectern/modulestore/key"
)

// Kind is what happens at a date.
type Kind string

// The kinds of dates.
const (
	Release         Kind = "release"
	Due             Kind = "due"
	Close           Kind = "close" // the due date and grace
	CourseStart     Kind = "course_start"
	CourseEnd       Kind = "course_end"
	AccessExpires   Kind = "access_expires"
	UpgradeExpires  Kind = "upgrade_deadline"
	CertificateDate Kind = "certificate_available"
)

// Entry is a date in a list for people.
type Entry struct {
	Kind   Kind
	Block  key.BlockID
	Title  string
	Format string // assignment type
	Graded bool
	At     time.Time
}

// Listing says what goes into a list of dates.
type Listing struct {
	Listed func(place int) bool // the learner may know of the block; nil: of all
	Grace  bool                 // learners are told of grace
	Others []Entry              // dates of the course, such as its start and end
}

// Entries lists the dates of sections and subsections: when they open, where that is a date of their own, and when they are due. dates are those of this plan. The earliest comes first; at one
// instant due dates come before others.
func (p *Plan) Entries(dates []Dates, l Listing) []Entry {
	var list []Entry
	for i := range p.nodes {
		if depth := p.nodes[i].depth; depth < sections || depth > subsections || l.Listed != nil && !l.Listed(i) {
			continue
		}
		d, b := &dates[i], &p.blocks[i]
		add := func(kind Kind, at Instant) {
			list = append(list, Entry{kind, b.ID, b.Title, b.Format, b.Graded, at.Time()})
		}
		if d.StartFrom == int32(i) {
			add(Release, d.EffectiveStart)
		}
		if d.Due != 0 && p.nodes[i].depth == subsections {
			add(Due, d.Due)
			if l.Grace && d.Close != d.Due {
				add(Close, d.Close)
			}
		}
	}
	list = append(list, l.Others...)
	slices.SortStableFunc(list, func(a, b Entry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(rank(a.Kind), rank(b.Kind)))
	})
	return list
}

func rank(k Kind) int {
	if k == Due {
		return 0
	}
	return 1
}
