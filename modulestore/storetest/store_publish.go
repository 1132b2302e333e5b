package storetest

import (
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// The actions of published.
const (
	publishAll   = "publish"
	publishAlone = "publish alone"
	unpublish    = "unpublish"
	discard      = "discard"
)

// plainCourse is a course that the cases below change in the draft. It has a section with two subsections, and units with problems.
const plainCourse drawing = `
course/c Course
	chapter/w Week
		sequential/s First
			vertical/u Unit | u
				problem/1 One | 1
				problem/2 Two | 2
			vertical/v Other
				problem/3 Three | 3
		sequential/t Second
			vertical/x More
about/o | about
`

// publishTable are courses whose branches are public and drafts, and what they are after an action on a block. What is empty stays as it was; with
// err there is an error that says these words.
var publishTable = []struct {
	name, action, block   string
	public, drafts        drawing
	wantPublic, wantDraft drawing
	err                   []string
	notFound              bool // what error it is; else ErrInvalid
}{
	// Publish.
	{
		name: "publishing a new unit brings it to its place with all below it", action: publishAll, block: "vertical/v",
		public:     "course/c\n\tsequential/s\n\t\tvertical/u\n\t\tvertical/w",
		drafts:     "course/c\n\tsequential/s\n\t\tvertical/u\n\t\tvertical/v\n\t\t\tproblem/1 One | 1\n\t\tvertical/w",
		wantPublic: "course/c\n\tsequential/s\n\t\tvertical/u\n\t\tvertical/v\n\t\t\tproblem/1 One | 1\n\t\tvertical/w",
	},
	{
		name: "publishing a unit leaves the drafts beside it alone", action: publishAll, block: "vertical/v",
		public:     "course/c\n\tsequential/s Old\n\t\tvertical/u Old\n\t\tvertical/v Old",
		drafts:     "course/c\n\tsequential/s New\n\t\tvertical/new\n\t\tvertical/v New\n\t\tvertical/u New",
		wantPublic: "course/c\n\tsequential/s Old\n\t\tvertical/v New\n\t\tvertical/u Old",
	},
	{
		name: "publishing a problem leaves its unit alone", action: publishAll, block: "problem/1",
		public:     "course/c\n\tvertical/v Old\n\t\tproblem/1 | old\n\t\tproblem/2 | old",
		drafts:     "course/c\n\tvertical/v New\n\t\tproblem/1 | new\n\t\tproblem/2 | new",
		wantPublic: "course/c\n\tvertical/v Old\n\t\tproblem/1 | new\n\t\tproblem/2 | old",
	},
	{
		name: "what was deleted in the draft of a unit disappears with it", action: publishAll, block: "vertical/v",
		public:     "course/c\n\tvertical/v\n\t\tsplit_test/s\n\t\t\tproblem/1\n\t\tproblem/2",
		drafts:     "course/c\n\tvertical/v\n\t\tproblem/2",
		wantPublic: "course/c\n\tvertical/v\n\t\tproblem/2",
	},
	{
		name: "what was deleted beside it stays published", action: publishAll, block: "vertical/v",
		public:     "course/c\n\tsequential/s\n\t\tvertical/u\n\t\tvertical/deleted\n\t\tvertical/v Old",
		drafts:     "course/c\n\tsequential/s\n\t\tvertical/u\n\t\tvertical/v New",
		wantPublic: "course/c\n\tsequential/s\n\t\tvertical/u\n\t\tvertical/deleted\n\t\tvertical/v New",
	},
	{
		name: "a problem that moved leaves its old unit when its new unit is published", action: publishAll, block: "vertical/v",
		public:     "course/c\n\tvertical/u Old\n\t\tproblem/1 | old\n\t\tproblem/2\n\tvertical/v",
		drafts:     "course/c\n\tvertical/u New\n\t\tproblem/2\n\tvertical/v\n\t\tproblem/1 | new",
		wantPublic: "course/c\n\tvertical/u Old\n\t\tproblem/2\n\tvertical/v\n\t\tproblem/1 | new",
	},
	{
		name: "a problem that moved goes with its old unit when that is published first", action: publishAll, block: "vertical/u",
		public:     "course/c\n\tvertical/u\n\t\tproblem/1\n\t\tproblem/2\n\tvertical/v",
		drafts:     "course/c\n\tvertical/u\n\t\tproblem/2\n\tvertical/v\n\t\tproblem/1",
		wantPublic: "course/c\n\tvertical/u\n\t\tproblem/2\n\tvertical/v",
	},
	{
		name: "a problem that moved can be published itself", action: publishAll, block: "problem/1",
		public:     "course/c\n\tvertical/u\n\t\tproblem/1 | old\n\tvertical/v\n\t\tproblem/2",
		drafts:     "course/c\n\tvertical/u\n\tvertical/v\n\t\tproblem/2 | new\n\t\tproblem/1 | new",
		wantPublic: "course/c\n\tvertical/u\n\tvertical/v\n\t\tproblem/2\n\t\tproblem/1 | new",
	},
	{
		name: "a problem that moved from a unit which was deleted comes to its new unit", action: publishAll, block: "vertical/v",
		public:     "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v",
		drafts:     "course/c\n\tvertical/v\n\t\tproblem/1",
		wantPublic: "course/c\n\tvertical/u\n\tvertical/v\n\t\tproblem/1",
	},
	{
		name: "a unit and a block in it that changed places can be published", action: publishAll, block: "split_test/s",
		public:     "course/c\n\tvertical/v\n\t\tsplit_test/s\n\t\t\tproblem/1",
		drafts:     "course/c\n\tsplit_test/s\n\t\tvertical/v\n\t\t\tproblem/1",
		wantPublic: "course/c\n\tsplit_test/s\n\t\tvertical/v\n\t\t\tproblem/1",
	},
	{
		name: "a block with two parents stays where another published parent lists it", action: publishAll, block: "vertical/u",
		public:     "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v\n\t\tproblem/1",
		drafts:     "course/c\n\tvertical/u\n\tvertical/v\n\t\tproblem/1",
		wantPublic: "course/c\n\tvertical/u\n\tvertical/v\n\t\tproblem/1",
	},
	{
		name: "a block that one of its parents has given up stays there until that is published", action: publishAll, block: "vertical/v",
		public:     "course/c\n\tvertical/u Old\n\t\tproblem/1\n\tvertical/v Old\n\t\tproblem/1",
		drafts:     "course/c\n\tvertical/u New\n\tvertical/v New\n\t\tproblem/1",
		wantPublic: "course/c\n\tvertical/u Old\n\t\tproblem/1\n\tvertical/v New\n\t\tproblem/1",
	},
	{
		name: "a block that got a second parent comes to both when it is published", action: publishAll, block: "problem/1",
		public:     "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v",
		drafts:     "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v\n\t\tproblem/1",
		wantPublic: "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v\n\t\tproblem/1",
	},
	{
		name: "a block comes to those of its parents that are published", action: publishAll, block: "problem/1",
		public:     "course/c\n\tvertical/u",
		drafts:     "course/c\n\tvertical/new\n\t\tproblem/1\n\tvertical/u\n\t\tproblem/1",
		wantPublic: "course/c\n\tvertical/u\n\t\tproblem/1",
	},
	{
		name: "a section brings its subsections and units", action: publishAll, block: "chapter/w",
		public: "course/c Old", drafts: "course/c New\n\tchapter/w\n\t\tsequential/s\n\t\t\tvertical/v\n\t\t\t\tproblem/1",
		wantPublic: "course/c Old\n\tchapter/w\n\t\tsequential/s\n\t\t\tvertical/v\n\t\t\t\tproblem/1",
	},
	{
		name: "a block cannot be published before those above it", action: publishAll, block: "problem/1",
		public: "course/c", drafts: "course/c\n\tchapter/w\n\t\tvertical/v\n\t\t\tproblem/1",
		err: []string{"problem/1 cannot be published before chapter/w", "publish that"},
	},
	{
		name: "the topmost block that is not published is named", action: publishAll, block: "problem/1",
		public: "course/c\n\tvertical/v",
		drafts: "course/c\n\tchapter/w\n\t\tvertical/v\n\t\t\tproblem/1",
		err:    []string{"problem/1", "chapter/w"},
	},
	{
		name: "nothing can be published before the course", action: publishAll, block: "about/o",
		drafts: plainCourse, err: []string{"about/o", "before course/c"},
	},
	{
		name: "a draft without a place in the course cannot be published", action: publishAll, block: "vertical/stray",
		public: "course/c", drafts: "course/c\nvertical/stray", err: []string{"vertical/stray", "no place", "give it a parent"},
	},
	{
		name: "a page without a parent is published without one", action: publishAll, block: "about/o",
		public: "course/c Old\nabout/a", drafts: "course/c New\nabout/a | new\nabout/o | new", wantPublic: "course/c Old\nabout/a\nabout/o | new",
	},
	{
		name: "a block that the draft does not have is not found", action: publishAll, block: "problem/none",
		public: plainCourse, drafts: "course/c", err: []string{"problem/none", "draft"}, notFound: true,
	},
	{
		name: "the course is published whole", action: publishAll, block: "course/c",
		public:     "course/c Old\n\tchapter/gone\n\t\tproblem/1\nabout/gone",
		drafts:     plainCourse,
		wantPublic: plainCourse,
	},
	{
		name: "a course of which nothing is published is published whole", action: publishAll, block: "",
		drafts: plainCourse, wantPublic: plainCourse,
	},
	{
		name: "drafts without a place in the course stay drafts when it is published", action: publishAll, block: "",
		public:     "course/c Old\nvertical/odd",
		drafts:     "course/c New\nabout/o\nproblem/stray\nvertical/odd New",
		wantPublic: "course/c New\nabout/o\nvertical/odd New",
	},
	{
		name: "publishing what is published changes nothing", action: publishAll, block: "vertical/u",
		public: plainCourse, drafts: plainCourse,
	},
	{
		name: "a library publishes a problem", action: publishAll, block: "problem/2",
		public:     "library/l\n\tproblem/1\n\tproblem/3",
		drafts:     "library/l\n\tproblem/1 New\n\tproblem/2\n\tproblem/3",
		wantPublic: "library/l\n\tproblem/1\n\tproblem/2\n\tproblem/3",
	},
	// Publish alone.
	{
		name: "a subsection alone takes its own settings and the order of its units", action: publishAlone, block: "sequential/s",
		public:     "course/c\n\tsequential/s Old\n\t\tvertical/u Old\n\t\tvertical/v Old",
		drafts:     "course/c\n\tsequential/s New\n\t\tvertical/v New\n\t\tvertical/new\n\t\tvertical/u New",
		wantPublic: "course/c\n\tsequential/s New\n\t\tvertical/v Old\n\t\tvertical/u Old",
	},
	{
		name: "a new subsection alone is empty", action: publishAlone, block: "sequential/s",
		public:     "course/c\n\tchapter/w",
		drafts:     "course/c\n\tchapter/w\n\t\tsequential/s\n\t\t\tvertical/v",
		wantPublic: "course/c\n\tchapter/w\n\t\tsequential/s",
	},
	{
		name: "a subsection alone drops units that were deleted", action: publishAlone, block: "sequential/s",
		public:     "course/c\n\tsequential/s\n\t\tvertical/gone\n\t\t\tproblem/1\n\t\tvertical/v Old",
		drafts:     "course/c\n\tsequential/s\n\t\tvertical/v New",
		wantPublic: "course/c\n\tsequential/s\n\t\tvertical/v Old",
	},
	{
		name: "a subsection alone takes over units that moved into it, as they are published", action: publishAlone, block: "sequential/t",
		public:     "course/c\n\tsequential/s\n\t\tvertical/v Old\n\t\t\tproblem/1\n\tsequential/t",
		drafts:     "course/c\n\tsequential/s\n\tsequential/t\n\t\tvertical/v New",
		wantPublic: "course/c\n\tsequential/s\n\tsequential/t\n\t\tvertical/v Old\n\t\t\tproblem/1",
	},
	{
		name: "a course alone takes its settings and the order of its sections", action: publishAlone, block: "course/c",
		public:     "course/c Old\n\tchapter/a Old\n\tchapter/b Old\nabout/o | old",
		drafts:     "course/c New\n\tchapter/b New\n\tchapter/a New\n\tchapter/new\nabout/o | new",
		wantPublic: "course/c New\n\tchapter/b Old\n\tchapter/a Old\nabout/o | old",
	},
	{
		name: "a course of which nothing is published can be published alone", action: publishAlone, block: "course/c",
		drafts: plainCourse, wantPublic: "course/c Course",
	},
	// Unpublish.
	{
		name: "unpublishing a unit leaves its draft", action: unpublish, block: "vertical/u",
		public:     plainCourse,
		drafts:     plainCourse,
		wantPublic: "course/c Course\n\tchapter/w Week\n\t\tsequential/s First\n\t\t\tvertical/v Other\n\t\t\t\tproblem/3 Three | 3\n\t\tsequential/t Second\n\t\t\tvertical/x More\nabout/o | about",
	},
	{
		name: "unpublishing a problem takes it out of all its units", action: unpublish, block: "problem/1",
		public:     "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v\n\t\tproblem/1\n\t\tproblem/2",
		drafts:     "course/c",
		wantPublic: "course/c\n\tvertical/u\n\tvertical/v\n\t\tproblem/2",
	},
	{
		name: "what another block lists stays when a unit is unpublished", action: unpublish, block: "vertical/u",
		public:     "course/c\n\tvertical/u\n\t\tproblem/1\n\t\tproblem/2\n\tvertical/v\n\t\tproblem/1",
		drafts:     "course/c",
		wantPublic: "course/c\n\tvertical/v\n\t\tproblem/1",
	},
	{
		name: "a section cannot be unpublished", action: unpublish, block: "chapter/w",
		public: plainCourse, drafts: plainCourse, err: []string{"chapter/w", "always published", "visible_to_staff_only", "start date"},
	},
	{
		name: "a course cannot be unpublished", action: unpublish, block: "course/c",
		public: plainCourse, drafts: plainCourse, err: []string{"course/c", "always published"},
	},
	{
		name: "a page cannot be unpublished", action: unpublish, block: "about/o",
		public: plainCourse, drafts: plainCourse, err: []string{"about/o", "always published", "delete it"},
	},
	{
		name: "what is not published cannot be unpublished", action: unpublish, block: "vertical/u",
		public: "course/c", drafts: plainCourse, err: []string{"vertical/u", "published branch"}, notFound: true,
	},
	// Discard.
	{
		name: "discarding brings back what is published of a unit and below", action: discard, block: "vertical/v",
		public:    "course/c Old\n\tvertical/v Old\n\t\tproblem/1 | old\n\t\tproblem/2 | old",
		drafts:    "course/c New\n\tvertical/v New\n\t\tproblem/2 | new\n\t\tproblem/new\n\t\tproblem/1 | new",
		wantDraft: "course/c New\n\tvertical/v Old\n\t\tproblem/1 | old\n\t\tproblem/2 | old",
	},
	{
		name: "discarding a unit brings back what was deleted in it", action: discard, block: "vertical/v",
		public:    "course/c\n\tvertical/v\n\t\tproblem/1\n\t\tproblem/2",
		drafts:    "course/c\n\tvertical/v\n\t\tproblem/2",
		wantDraft: "course/c\n\tvertical/v\n\t\tproblem/1\n\t\tproblem/2",
	},
	{
		name: "a problem that moved, and was edited, comes back when its old unit is discarded", action: discard, block: "vertical/u",
		public:    "course/c\n\tvertical/u\n\t\tproblem/1 | old\n\t\tproblem/2\n\tvertical/v",
		drafts:    "course/c\n\tvertical/u\n\t\tproblem/2 New\n\tvertical/v New\n\t\tproblem/1 | new",
		wantDraft: "course/c\n\tvertical/u\n\t\tproblem/1 | old\n\t\tproblem/2\n\tvertical/v New",
	},
	{
		name: "a problem that moved, and was deleted, comes back when its old unit is discarded", action: discard, block: "vertical/u",
		public:    "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v",
		drafts:    "course/c\n\tvertical/u\n\tvertical/v New",
		wantDraft: "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v New",
	},
	{
		name: "a problem that moved goes back when its new unit is discarded, with its changes", action: discard, block: "vertical/v",
		public:    "course/c\n\tvertical/u\n\t\tproblem/1 | old\n\t\tproblem/2\n\tvertical/v",
		drafts:    "course/c\n\tvertical/u New\n\t\tproblem/2\n\tvertical/v New\n\t\tproblem/1 | new",
		wantDraft: "course/c\n\tvertical/u New\n\t\tproblem/1 | new\n\t\tproblem/2\n\tvertical/v",
	},
	{
		name: "a unit that moved stays where its draft is", action: discard, block: "vertical/v",
		public:    "course/c\n\tsequential/s\n\t\tvertical/v Old\n\tsequential/t",
		drafts:    "course/c\n\tsequential/s\n\tsequential/t\n\t\tvertical/v New",
		wantDraft: "course/c\n\tsequential/s\n\tsequential/t\n\t\tvertical/v Old",
	},
	{
		name: "a unit that is gone from the draft comes back to its place", action: discard, block: "vertical/v",
		public:    "course/c\n\tsequential/s\n\t\tvertical/u\n\t\tvertical/v\n\t\t\tproblem/1",
		drafts:    "course/c\n\tsequential/s New\n\t\tvertical/u New\n\t\tvertical/w",
		wantDraft: "course/c\n\tsequential/s New\n\t\tvertical/u New\n\t\tvertical/v\n\t\t\tproblem/1\n\t\tvertical/w",
	},
	{
		name: "a unit cannot come back to a subsection that is gone", action: discard, block: "vertical/v",
		public: "course/c\n\tsequential/s\n\t\tvertical/v", drafts: "course/c", err: []string{"vertical/v", "sequential/s", "gone"},
	},
	{
		name: "a unit that was never published has nothing to go back to", action: discard, block: "vertical/u",
		public: "course/c", drafts: plainCourse, err: []string{"vertical/u has never been published; delete it instead"},
	},
	{
		name: "a course that was never published has nothing to go back to", action: discard, block: "",
		drafts: plainCourse, err: []string{"never been published"},
	},
	{
		name: "what neither branch has is not found", action: discard, block: "problem/none",
		public: plainCourse, drafts: plainCourse, err: []string{"problem/none"}, notFound: true,
	},
	{
		name: "discarding where there are no changes changes nothing", action: discard, block: "vertical/u",
		public: plainCourse, drafts: plainCourse,
	},
	{
		name: "discarding all drafts of a course makes both branches one", action: discard, block: "",
		public: plainCourse, drafts: "course/c New\n\tchapter/new\n\t\tproblem/1 | new\nproblem/stray", wantDraft: plainCourse,
	},
}

// act does what a case of publishTable says.
func (s store) act(action, block string) (modulestore.Version, bool, error) {
	var id key.BlockID
	if block != "" {
		id = parsedID(block)
	}
	switch action {
	case unpublish:
		return s.Unpublish(s.ctx(), courseA, id, "Ada")
	case discard:
		return s.Discard(s.ctx(), courseA, id, "Ada")
	}
	return s.Publish(s.ctx(), courseA, id, modulestore.PublishOptions{Alone: action == publishAlone}, "Ada")
}

func publishCases() (cases []storeCase) {
	for _, c := range publishTable {
		cases = append(cases, storeCase{name: c.name, test: func(s store) {
			base := s.draw(courseA, c.public, c.drafts)
			if c.wantPublic == "" {
				c.wantPublic = c.public
			}
			if c.wantDraft == "" {
				c.wantDraft = c.drafts
			}
			v, changed, err := s.act(c.action, c.block)
			if len(c.err) > 0 {
				sentinel := modulestore.ErrInvalid
				if c.notFound {
					sentinel = modulestore.ErrNotFound
				}
				s.wantError(err, sentinel, c.err...)
				v = base
			} else if err != nil {
				s.t.Fatal(err)
			}
			if want := c.wantPublic != c.public || c.wantDraft != c.drafts; changed != want {
				s.t.Errorf("changed is %v, want %v", changed, want)
			}
			if head, err := s.Head(s.ctx(), courseA); err != nil || head.Roots != v.Roots {
				s.t.Errorf("the head is %v, %v; want %v", head, err, v)
			}
			if c.wantPublic == "" {
				if !v.Roots.Published.IsZero() {
					s.t.Error("there is a published branch")
				}
			} else {
				s.wantDrawing(v, published, c.wantPublic)
			}
			s.wantDrawing(v, draft, c.wantDraft)
		}})
	}
	return cases
}
