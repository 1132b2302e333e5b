package storetest

import (
	"context"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// authored is the course that authoring cases start from: a published one with a new unit and a changed problem in the draft.
const (
	authoredPublic drawing = `
course/c Course
	chapter/w1 Week 1
		sequential/s1 Lesson
			vertical/u1 Unit 1
				problem/p1 Old | <p>1</p>
				html/h1 Text
			vertical/u2 Unit 2
		sequential/s2 Homework
	chapter/w2 Week 2
about/overview | <p>About</p>
`
	authoredDraft drawing = `
course/c Course
	chapter/w1 Week 1
		sequential/s1 Lesson
			vertical/u1 Unit 1
				problem/p1 New | <p>2</p>
				html/h1 Text
			vertical/u2 Unit 2
			vertical/new Not yet
				html/n1 Note
		sequential/s2 Homework
	chapter/w2 Week 2
about/overview | <p>About</p>
`
)

// authoringCase is one operation of an author, and what the branches are afterwards.
type authoringCase struct {
	name string
	do   func(ctx context.Context, e *modulestore.Edit) error
	// What there is instead, line by line: "old => new", where a line may be several, joined by "; ", or none.
	draft, public []string
}

// redrawn replaces lines of a drawing. The tabs of the old line go before each new one, which may have more of its own.
func (s store) redrawn(d drawing, changes []string) drawing {
	s.t.Helper()
	lines := strings.Split(string(d), "\n")
	for _, change := range changes {
		old, now, _ := strings.Cut(change, " => ")
		found := false
		for i, line := range lines {
			if strings.TrimSpace(line) != old {
				continue
			}
			found = true
			indent := line[:len(line)-len(strings.TrimLeft(line, "\t"))]
			var next []string
			for part := range strings.SplitSeq(now, "; ") {
				if part != "" {
					next = append(next, indent+part)
				}
			}
			lines[i] = strings.Join(next, "\n")
			break
		}
		if !found {
			s.t.Fatalf("the drawing has no line %q", old)
		}
		lines = strings.Split(strings.Join(lines, "\n"), "\n")
	}
	return drawing(strings.Join(lines, "\n"))
}

// author makes one version by operations that must not fail.
func (s store) author(c key.Course, do func(ctx context.Context, e *modulestore.Edit) error) modulestore.Version {
	s.t.Helper()
	v, _, err := s.Update(s.ctx(), c, func(e *modulestore.Edit) error { return do(s.ctx(), e) })
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (c authoringCase) test(s store) {
	s.draw(courseA, authoredPublic, authoredDraft)
	v := s.author(courseA, c.do)
	s.wantDrawing(v, draft, s.redrawn(authoredDraft, c.draft))
	s.wantDrawing(v, published, s.redrawn(authoredPublic, c.public))
}

// authoringCases are the operations of authors.
func authoringCases() (cases []storeCase) {
	for _, list := range [][]authoringCase{createCases, changeCases, moveCases, deleteCases} {
		for _, c := range list {
			cases = append(cases, storeCase{name: c.name, test: c.test})
		}
	}
	cases = append(cases, storeCase{name: "what cannot be done is refused", test: refuseAuthoring})
	cases = append(cases, duplicateCases...)
	return append(cases, authoringCornerCases...)
}

func create(n modulestore.NewBlock) func(ctx context.Context, e *modulestore.Edit) error {
	return func(ctx context.Context, e *modulestore.Edit) error {
		_, err := e.Create(ctx, n)
		return err
	}
}

var createCases = []authoringCase{
	{
		name: "a new unit is a draft, and its subsection is not changed for learners",
		do: create(modulestore.NewBlock{
			Type: "vertical", Name: "x", Parent: idOfBlock("sequential", "s2"), Position: -1, Title: "Fresh",
		}),
		draft: []string{"sequential/s2 Homework => sequential/s2 Homework; \tvertical/x Fresh"},
	},
	{
		name: "a new component is a draft at its place in the unit",
		do: create(modulestore.NewBlock{
			Type: "problem", Name: "x", Parent: idOfBlock("vertical", "u1"), Position: 1, Body: &modulestore.Body{Markup: "<p>3</p>"},
		}),
		draft: []string{"html/h1 Text => problem/x | <p>3</p>; html/h1 Text"},
	},
	{
		name:   "a new section is published at once",
		do:     create(modulestore.NewBlock{Type: "chapter", Name: "x", Parent: idOfBlock("course", "c"), Title: "First"}),
		draft:  []string{"chapter/w1 Week 1 => chapter/x First; chapter/w1 Week 1"},
		public: []string{"chapter/w1 Week 1 => chapter/x First; chapter/w1 Week 1"},
	},
	{
		name:   "a new subsection is published at once, without the drafts beside it",
		do:     create(modulestore.NewBlock{Type: "sequential", Name: "x", Parent: idOfBlock("chapter", "w2"), Position: -1}),
		draft:  []string{"chapter/w2 Week 2 => chapter/w2 Week 2; \tsequential/x"},
		public: []string{"chapter/w2 Week 2 => chapter/w2 Week 2; \tsequential/x"},
	},
	{
		name:   "a page has no parent and is published at once",
		do:     create(modulestore.NewBlock{Type: "static_tab", Name: "x", Body: &modulestore.Body{Markup: "text"}}),
		draft:  []string{"about/overview | <p>About</p> => about/overview | <p>About</p>; static_tab/x | text"},
		public: []string{"about/overview | <p>About</p> => about/overview | <p>About</p>; static_tab/x | text"},
	},
	{
		name:  "a block without a parent is an orphan of the draft",
		do:    create(modulestore.NewBlock{Type: "chapter", Name: "x"}),
		draft: []string{"about/overview | <p>About</p> => about/overview | <p>About</p>; chapter/x"},
	},
	{
		name: "a whole unit can be made in one edit",
		do: func(ctx context.Context, e *modulestore.Edit) error {
			unit, err := e.Create(ctx, modulestore.NewBlock{Type: "vertical", Name: "x", Parent: idOfBlock("sequential", "s2")})
			if err != nil {
				return err
			}
			for _, name := range []string{"a", "b"} {
				if _, err := e.Create(ctx, modulestore.NewBlock{Type: "html", Name: name, Parent: unit, Position: -1}); err != nil {
					return err
				}
			}
			return nil
		},
		draft: []string{"sequential/s2 Homework => sequential/s2 Homework; \tvertical/x; \t\thtml/a; \t\thtml/b"},
	},
}

func title(text string) modulestore.Field {
	return modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: text}
}

func change(id key.BlockID, fields ...modulestore.Field) func(ctx context.Context, e *modulestore.Edit) error {
	return func(ctx context.Context, e *modulestore.Edit) error { return e.Change(ctx, id, fields...) }
}

var changeCases = []authoringCase{
	{
		name:  "a changed component is a draft",
		do:    change(idOfBlock("html", "h1"), title("Other")),
		draft: []string{"html/h1 Text => html/h1 Other"},
	},
	{
		name:  "a changed unit is a draft",
		do:    change(idOfBlock("vertical", "u1"), title("Other")),
		draft: []string{"vertical/u1 Unit 1 => vertical/u1 Other"},
	},
	{
		name:   "a changed subsection is published at once, without the drafts in it",
		do:     change(idOfBlock("sequential", "s1"), title("Other")),
		draft:  []string{"sequential/s1 Lesson => sequential/s1 Other"},
		public: []string{"sequential/s1 Lesson => sequential/s1 Other"},
	},
	{
		name:   "the changed course is published at once",
		do:     change(idOfBlock("course", "c"), title("Other")),
		draft:  []string{"course/c Course => course/c Other"},
		public: []string{"course/c Course => course/c Other"},
	},
	{
		name:  "markup is a field as well",
		do:    change(idOfBlock("problem", "p1"), modulestore.Field{In: modulestore.InMarkup, Value: "<p>3</p>"}),
		draft: []string{"problem/p1 New | <p>2</p> => problem/p1 New | <p>3</p>"},
	},
	{
		name: "fields are removed",
		do: change(idOfBlock("problem", "p1"),
			modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Remove: true}, modulestore.Field{In: modulestore.InMarkup, Remove: true}),
		draft: []string{"problem/p1 New | <p>2</p> => problem/p1"},
	},
}

func move(id, from, to key.BlockID, position int) func(ctx context.Context, e *modulestore.Edit) error {
	return func(ctx context.Context, e *modulestore.Edit) error { return e.Move(ctx, id, from, to, position) }
}

var nowhere key.BlockID

var moveCases = []authoringCase{
	{
		name:  "a component moves in the draft and stays where it is for learners",
		do:    move(idOfBlock("problem", "p1"), nowhere, idOfBlock("vertical", "u2"), -1),
		draft: []string{"problem/p1 New | <p>2</p> => ", "vertical/u2 Unit 2 => vertical/u2 Unit 2; \tproblem/p1 New | <p>2</p>"},
	},
	{
		name:  "a component moves within its unit, by its place among the others",
		do:    move(idOfBlock("problem", "p1"), idOfBlock("vertical", "u1"), idOfBlock("vertical", "u1"), 1),
		draft: []string{"problem/p1 New | <p>2</p> => ", "html/h1 Text => html/h1 Text; problem/p1 New | <p>2</p>"},
	},
	{
		name:   "a published unit moves in the outline at once, with what is published of it",
		do:     move(idOfBlock("vertical", "u2"), idOfBlock("sequential", "s1"), idOfBlock("sequential", "s2"), 0),
		draft:  []string{"vertical/u2 Unit 2 => ", "sequential/s2 Homework => sequential/s2 Homework; \tvertical/u2 Unit 2"},
		public: []string{"vertical/u2 Unit 2 => ", "sequential/s2 Homework => sequential/s2 Homework; \tvertical/u2 Unit 2"},
	},
	{
		name:  "a unit that is a draft moves in the draft alone",
		do:    move(idOfBlock("vertical", "new"), nowhere, idOfBlock("sequential", "s2"), 0),
		draft: []string{"vertical/new Not yet => ", "html/n1 Note => ", "sequential/s2 Homework => sequential/s2 Homework; \tvertical/new Not yet; \t\thtml/n1 Note"},
	},
	{
		name:   "a subsection moves for learners, too, and its drafts go with it",
		do:     move(idOfBlock("sequential", "s2"), nowhere, idOfBlock("chapter", "w2"), -1),
		draft:  []string{"sequential/s2 Homework => ", "chapter/w2 Week 2 => chapter/w2 Week 2; \tsequential/s2 Homework"},
		public: []string{"sequential/s2 Homework => ", "chapter/w2 Week 2 => chapter/w2 Week 2; \tsequential/s2 Homework"},
	},
	{
		name: "moving there and back changes nothing",
		do: func(ctx context.Context, e *modulestore.Edit) error {
			if err := e.Move(ctx, idOfBlock("problem", "p1"), nowhere, idOfBlock("vertical", "new"), 0); err != nil {
				return err
			}
			return e.Move(ctx, idOfBlock("problem", "p1"), nowhere, idOfBlock("vertical", "u1"), 0)
		},
	},
	{
		name: "an orphan comes back into the outline",
		do: func(ctx context.Context, e *modulestore.Edit) error {
			id, err := e.Create(ctx, modulestore.NewBlock{Type: "chapter", Name: "x"})
			if err != nil {
				return err
			}
			return e.Move(ctx, id, nowhere, idOfBlock("course", "c"), -1)
		},
		draft:  []string{"chapter/w2 Week 2 => chapter/w2 Week 2; chapter/x"},
		public: []string{"chapter/w2 Week 2 => chapter/w2 Week 2; chapter/x"},
	},
	{
		name: "the components of a unit get another order in the draft",
		do: func(ctx context.Context, e *modulestore.Edit) error {
			return e.Reorder(ctx, idOfBlock("vertical", "u1"), []key.BlockID{idOfBlock("html", "h1"), idOfBlock("problem", "p1")})
		},
		draft: []string{"html/h1 Text => ", "problem/p1 New | <p>2</p> => html/h1 Text; problem/p1 New | <p>2</p>"},
	},
	{
		name: "the subsections of a section get another order for learners, too",
		do: func(ctx context.Context, e *modulestore.Edit) error {
			return e.Reorder(ctx, idOfBlock("chapter", "w1"), []key.BlockID{idOfBlock("sequential", "s2"), idOfBlock("sequential", "s1")})
		},
		draft:  []string{"sequential/s2 Homework => ", "sequential/s1 Lesson => sequential/s2 Homework; sequential/s1 Lesson"},
		public: []string{"sequential/s2 Homework => ", "sequential/s1 Lesson => sequential/s2 Homework; sequential/s1 Lesson"},
	},
}

func remove(id, from key.BlockID) func(ctx context.Context, e *modulestore.Edit) error {
	return func(ctx context.Context, e *modulestore.Edit) error {
		return e.Delete(ctx, id, modulestore.DeleteOptions{From: from})
	}
}

var deleteCases = []authoringCase{
	{
		name:  "a deleted component stays for learners until its unit is published",
		do:    remove(idOfBlock("html", "h1"), nowhere),
		draft: []string{"html/h1 Text => "},
	},
	{
		name:   "a deleted unit is gone for learners, too",
		do:     remove(idOfBlock("vertical", "u2"), nowhere),
		draft:  []string{"vertical/u2 Unit 2 => "},
		public: []string{"vertical/u2 Unit 2 => "},
	},
	{
		name:  "a deleted unit that was never published leaves nothing",
		do:    remove(idOfBlock("vertical", "new"), nowhere),
		draft: []string{"vertical/new Not yet => ", "html/n1 Note => "},
	},
	{
		name:   "a deleted section is gone for learners, too",
		do:     remove(idOfBlock("chapter", "w2"), nowhere),
		draft:  []string{"chapter/w2 Week 2 => "},
		public: []string{"chapter/w2 Week 2 => "},
	},
	{
		name:   "a deleted page is gone for learners, too",
		do:     remove(idOfBlock("about", "overview"), nowhere),
		draft:  []string{"about/overview | <p>About</p> => "},
		public: []string{"about/overview | <p>About</p> => "},
	},
	{
		name: "what was made and deleted in one edit leaves nothing",
		do: func(ctx context.Context, e *modulestore.Edit) error {
			copies, err := e.Duplicate(ctx, idOfBlock("chapter", "w1"), nowhere, -1)
			if err != nil {
				return err
			}
			return e.Delete(ctx, copies[idOfBlock("chapter", "w1")], modulestore.DeleteOptions{})
		},
	},
}
