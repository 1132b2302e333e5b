package storetest

import (
	"context"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// refuseAuthoring checks operations that make no sense. Each is tried alone, and must leave no version.
func refuseAuthoring(s store) {
	s.draw(courseA, authoredPublic, authoredDraft)
	id := idOfBlock
	unit, quiz, course := id("vertical", "u1"), id("problem", "p1"), id("course", "c")
	order := func(ids ...key.BlockID) func(context.Context, *modulestore.Edit) error {
		return func(ctx context.Context, e *modulestore.Edit) error { return e.Reorder(ctx, unit, ids) }
	}
	for _, c := range []struct {
		name     string
		do       func(ctx context.Context, e *modulestore.Edit) error
		sentinel error
		words    string
	}{
		{"a child of a leaf", create(modulestore.NewBlock{Type: "html", Parent: quiz}), modulestore.ErrInvalid, "problem/p1 cannot have children"},
		{"a child of nobody known", create(modulestore.NewBlock{Type: "html", Parent: id("vertical", "u9")}), modulestore.ErrNotFound, "vertical/u9"},
		{"a name that is taken", create(modulestore.NewBlock{Type: "html", Name: "h1", Parent: unit}), modulestore.ErrInvalid, "html/h1 already"},
		{"a name that keys cannot hold", create(modulestore.NewBlock{Type: "html", Name: "a b", Parent: unit}), modulestore.ErrInvalid, "html/a b"},
		{"a type that keys cannot hold", create(modulestore.NewBlock{Type: "ht ml", Parent: unit}), modulestore.ErrInvalid, "ht ml"},
		{"a name that leads out of its folder", create(modulestore.NewBlock{Type: "html", Name: "..:a", Parent: unit}), modulestore.ErrInvalid, "no file"},
		{"a second course", create(modulestore.NewBlock{Type: "course", Parent: course}), modulestore.ErrInvalid, "the root"},
		{"a page inside a unit", create(modulestore.NewBlock{Type: "about", Parent: unit}), modulestore.ErrInvalid, "type about have no place"},
		{"a page with settings", create(modulestore.NewBlock{Type: "about", Title: "About"}), modulestore.ErrInvalid, "no fields"},
		{"a place behind too many", create(modulestore.NewBlock{Type: "html", Parent: unit, Position: 3}), modulestore.ErrInvalid, "which has 2"},
		{"a change of nobody known", change(id("html", "h9"), title("T")), modulestore.ErrNotFound, "html/h9"},
		{"a change of the name", change(quiz, modulestore.Field{Name: "url_name", In: modulestore.InAttribute}), modulestore.ErrInvalid, "url_name"},
		{"a policy that is no JSON", change(quiz, modulestore.Field{Name: "due", In: modulestore.InPolicy, Value: "now"}), modulestore.ErrInvalid, "not JSON"},
		{"an attribute with a blank in it", change(quiz, modulestore.Field{Name: "a b", In: modulestore.InAttribute}), modulestore.ErrInvalid, "a b"},
		{"a control character", change(quiz, title("a\x01b")), modulestore.ErrInvalid, "XML"},
		{"markup of a container", change(unit, modulestore.Field{In: modulestore.InMarkup, Value: "<p/>"}), modulestore.ErrInvalid, "cannot have markup"},
		{"a text that no type has", change(quiz, modulestore.Field{Name: "x", In: modulestore.InText}), modulestore.ErrInvalid, `no text "x"`},
		{"a field in no place", change(quiz, modulestore.Field{Name: "x"}), modulestore.ErrInvalid, "attribute, policy, markup or text"},
		{"a move of the root", move(course, nowhere, unit, 0), modulestore.ErrInvalid, "the root"},
		{"a move into itself", move(unit, nowhere, unit, 0), modulestore.ErrInvalid, "into itself"},
		{"a move below itself", move(id("chapter", "w1"), nowhere, unit, 0), modulestore.ErrInvalid, "stands in it"},
		{"a move into a leaf", move(unit, nowhere, quiz, 0), modulestore.ErrInvalid, "problem/p1"},
		{"a move of a page into the outline", move(id("about", "overview"), nowhere, unit, 0), modulestore.ErrInvalid, "no place in the outline"},
		{"a move from where it is not", move(quiz, id("vertical", "u2"), unit, 0), modulestore.ErrInvalid, "not a child of vertical/u2"},
		{"a move behind too many", move(quiz, nowhere, unit, 2), modulestore.ErrInvalid, "which has 1"},
		{"an order that lacks one", order(quiz), modulestore.ErrInvalid, "lacks html/h1"},
		{"an order with a stranger", order(quiz, id("html", "h1"), id("html", "n1")), modulestore.ErrInvalid, "too many: html/n1"},
		{"an order with one twice", order(quiz, quiz), modulestore.ErrInvalid, "lacks html/h1, and has too many: problem/p1"},
		{"the end of the root", remove(course, nowhere), modulestore.ErrInvalid, "delete COURSE"},
		{"the end of nobody known", remove(id("html", "h9"), nowhere), modulestore.ErrNotFound, "html/h9"},
		{"the end of a child elsewhere", remove(quiz, id("vertical", "u2")), modulestore.ErrInvalid, "not a child"},
		{"a copy of the root", func(ctx context.Context, e *modulestore.Edit) error {
			_, err := e.Duplicate(ctx, course, nowhere, -1)
			return err
		}, modulestore.ErrInvalid, "the root"},
		{"a copy in a leaf", func(ctx context.Context, e *modulestore.Edit) error {
			_, err := e.Duplicate(ctx, unit, quiz, -1)
			return err
		}, modulestore.ErrInvalid, "problem/p1"},
	} {
		_, changed, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error { return c.do(s.ctx(), e) })
		if changed || err == nil {
			s.t.Errorf("%s: changed = %v, error %v", c.name, changed, err)
			continue
		}
		s.wantError(err, c.sentinel, c.words)
	}
	_, _, err := s.Update(s.ctx(), courseB, func(e *modulestore.Edit) error {
		return create(modulestore.NewBlock{Type: "html"})(s.ctx(), e)
	})
	s.wantError(err, modulestore.ErrNotFound, courseB.String())
}

// attrsOf lists the attributes and policy entries of a block of the draft.
func (s store) attrsOf(v modulestore.Version, id key.BlockID) (list []string) {
	s.t.Helper()
	snap := s.cold().snapshot(v, draft)
	b, ok := snap.Block(id)
	if !ok {
		s.t.Fatalf("there is no %s", id)
	}
	body, err := snap.Body(s.ctx(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	if body == nil {
		body = &modulestore.Body{}
	}
	for _, a := range modulestore.JoinLong(b.Attrs, body.Attrs) {
		list = append(list, a.Name+"="+a.Value)
	}
	for _, a := range modulestore.JoinLong(b.Policy, body.Policy) {
		list = append(list, "policy "+a.Name+"="+a.Value)
	}
	return list
}

func childrenOf(s store, v modulestore.Version, b modulestore.Branch, id key.BlockID) (list []string) {
	s.t.Helper()
	block, ok := s.cold().snapshot(v, b).Block(id)
	if !ok {
		s.t.Fatalf("there is no %s", id)
	}
	for _, c := range block.Children {
		list = append(list, c.ID.String())
	}
	return list
}

var authoringCornerCases = []storeCase{
	{name: "a name left empty is 32 hex digits, another one each time", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		seen := make(map[key.BlockID]bool)
		s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			for range 3 {
				id, err := e.Create(ctx, modulestore.NewBlock{Type: "html", Parent: idOfBlock("vertical", "u2")})
				if err != nil {
					return err
				}
				if seen[id] || len(id.Name) != 32 || strings.Trim(id.Name, "0123456789abcdef") != "" {
					s.t.Errorf("the name is %s", id.Name)
				}
				seen[id] = true
			}
			return nil
		})
	}},
	{name: "a long value stands in the body, set by any operation", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		long := strings.Repeat("x", modulestore.LongText)
		id := idOfBlock("problem", "x")
		v := s.author(courseA, create(modulestore.NewBlock{
			Type: id.Type, Name: id.Name, Parent: idOfBlock("vertical", "u2"), Attrs: []modulestore.Attr{{Name: "markdown", Value: long}},
			Policy: []modulestore.Attr{{Name: "data", Value: `"` + long + `"`}}, Body: &modulestore.Body{Markup: "<p/>"},
		}))
		s.same("the fields", []string{"markdown=" + long, `policy data="` + long + `"`}, s.attrsOf(v, id))
		v = s.author(courseA, change(id, title(long), modulestore.Field{Name: "markdown", In: modulestore.InAttribute, Value: "short"}))
		s.same("the fields", []string{"markdown=short", "display_name=" + long, `policy data="` + long + `"`}, s.attrsOf(v, id))
	}},
	{name: "a field is changed where it stands, in its order", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		id := idOfBlock("problem", "p1")
		b := block(id, "Quiz")
		b.Attrs = append(b.Attrs, modulestore.Attr{Name: "max_attempts", Value: "1"}, modulestore.Attr{Name: "due", Value: "2026"})
		b.Policy = []modulestore.Attr{{Name: "due", Value: `"2027"`}, {Name: "weight", Value: "2"}}
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, b, nil) })
		for name, want := range map[string][]string{
			"due": {"attribute", "policy"}, "weight": {"policy"}, "max_attempts": {"attribute"}, "showanswer": {"attribute"},
			"what nobody knows": {"attribute"}, "data": nil, "children": nil,
		} {
			s.same("the places of "+name, want, modulestore.FieldPlaces(&b, name))
		}
		course := block(idOfBlock("course", "c"), "Course")
		s.same("the places of tabs", []string{"policy"}, modulestore.FieldPlaces(&course, "tabs"))
		v := s.author(courseA, change(id,
			modulestore.Field{Name: "max_attempts", In: modulestore.InAttribute, Value: "3"},
			modulestore.Field{Name: "due", In: modulestore.InPolicy, Value: `"2028"`},
			modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Remove: true},
			modulestore.Field{Name: "showanswer", In: modulestore.InAttribute, Value: "never"}))
		s.same("the fields", []string{"max_attempts=3", "due=2026", "showanswer=never", `policy due="2028"`, "policy weight=2"}, s.attrsOf(v, id))
		s.wantUnchanged(courseA, func(e *modulestore.Edit) error { return e.Change(s.ctx(), id) })
	}},
	{name: "a text that comes to be gets a file of the block's own", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		id := idOfBlock("html", "h1")
		v := s.author(courseA, change(id, modulestore.Field{Name: "data", In: modulestore.InText, Value: "<p>Text</p>"}))
		s.same("the fields", []string{"display_name=Text", "filename=h1"}, s.attrsOf(v, id))
		v = s.author(courseA, change(id, modulestore.Field{Name: "data", In: modulestore.InText, Remove: true}))
		s.same("the fields", []string{"display_name=Text"}, s.attrsOf(v, id))
	}},
	{name: "what was not understood is not changed in part", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		id := idOfBlock("vertical", "u2")
		s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, modulestore.Block{ID: id, Broken: "xml.malformed"}, &modulestore.Body{Raw: []byte("<vertical")})
		})
		for _, do := range []func(context.Context, *modulestore.Edit) error{
			change(id, title("Unit")), create(modulestore.NewBlock{Type: "html", Parent: id}),
		} {
			_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error { return do(s.ctx(), e) })
			s.wantError(err, modulestore.ErrInvalid, "vertical/u2", "xml.malformed")
		}
		s.author(courseA, remove(id, nowhere))
	}},
	{name: "a block with several parents is deleted from one or from all", test: func(s store) {
		unit, other, shared := idOfBlock("vertical", "u1"), idOfBlock("vertical", "u2"), idOfBlock("html", "h1")
		s.draw(courseA, authoredPublic, authoredDraft)
		s.update(courseA, func(e *modulestore.Edit) {
			for _, b := range []modulestore.Branch{draft, published} {
				s.put(e, b, block(other, "Unit 2", shared, shared), nil)
			}
		})
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			parents, err := e.Parents(draft, shared)
			s.same("the parents, the primary one first", []key.BlockID{unit, other}, parents)
			return err
		})
		s.same("the parents", []key.BlockID{unit, other}, s.snapshot(v, draft).Parents(shared))
		v = s.author(courseA, remove(shared, unit))
		s.same("the children of the one", []string{"problem/p1"}, childrenOf(s, v, draft, unit))
		s.same("the children of the other", []string{"html/h1", "html/h1"}, childrenOf(s, v, draft, other))
		v = s.author(courseA, remove(unit, nowhere))
		if _, ok := s.snapshot(v, draft).Block(shared); !ok {
			s.t.Error("a child that another parent lists has gone with its first parent")
		}
		v = s.author(courseA, remove(shared, nowhere))
		s.same("the children of the other", []string(nil), childrenOf(s, v, draft, other))
		s.same("what learners have", []string{"html/h1", "html/h1"}, childrenOf(s, v, published, other))
	}},
	{name: "a unit that two subsections share leaves one of them for learners, too", test: func(s store) {
		one, two, unit := idOfBlock("sequential", "s1"), idOfBlock("sequential", "s2"), idOfBlock("vertical", "u2")
		s.draw(courseA, authoredPublic, authoredPublic)
		s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			s.put(e, draft, block(two, "Homework", unit), nil)
			return e.PublishOutline(ctx, two)
		})
		v := s.author(courseA, remove(unit, one))
		for _, b := range []modulestore.Branch{draft, published} {
			s.same("the children of the one", []string{"vertical/u1"}, childrenOf(s, v, b, one))
			s.same("the children of the other", []string{"vertical/u2"}, childrenOf(s, v, b, two))
		}
		v = s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			return e.Move(ctx, unit, two, one, 0)
		})
		s.same("the children of the one", []string{"vertical/u2", "vertical/u1"}, childrenOf(s, v, published, one))
		s.same("the children of the other", []string(nil), childrenOf(s, v, published, two))
	}},
	{name: "the units of a subsection get another order, in which learners see those that are published", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		lesson := idOfBlock("sequential", "s1")
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			return e.Reorder(ctx, lesson, []key.BlockID{idOfBlock("vertical", "u2"), idOfBlock("vertical", "new"), idOfBlock("vertical", "u1")})
		})
		s.same("what authors see", []string{"vertical/u2", "vertical/new", "vertical/u1"}, childrenOf(s, v, draft, lesson))
		s.same("what learners see", []string{"vertical/u2", "vertical/u1"}, childrenOf(s, v, published, lesson))
	}},
	{name: "a child that is listed twice is ordered twice, each place with its spelling", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		unit, quiz, text := idOfBlock("vertical", "u1"), idOfBlock("problem", "p1"), idOfBlock("html", "h1")
		b := block(unit, "Unit 1", quiz, text, quiz)
		b.Children[2].Spelling = []modulestore.Attr{{Name: "slug", Value: "p1"}}
		b.Loose = []modulestore.Loose{{Before: 1, Source: "<!-- the second -->"}}
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, b, nil) })
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			return e.Reorder(ctx, unit, []key.BlockID{text, quiz, quiz})
		})
		got, _ := s.snapshot(v, draft).Block(unit)
		s.same("the children", []modulestore.Child{b.Children[1], b.Children[0], b.Children[2]}, got.Children)
		s.same("the loose markup", b.Loose, got.Loose)
		_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error { return e.Reorder(s.ctx(), unit, []key.BlockID{text, quiz}) })
		s.wantError(err, modulestore.ErrInvalid, "lacks problem/p1")
	}},
	{name: "a name that was freed can be taken again, and nothing of the old block comes back", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		unit, lesson := idOfBlock("vertical", "u1"), idOfBlock("sequential", "s1")
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			if err := e.Delete(ctx, unit, modulestore.DeleteOptions{}); err != nil {
				return err
			}
			if _, err := e.Create(ctx, modulestore.NewBlock{Type: unit.Type, Name: unit.Name, Parent: lesson, Position: 0}); err != nil {
				return err
			}
			_, err := e.Create(ctx, modulestore.NewBlock{Type: "html", Name: "h1", Parent: unit})
			return err
		})
		s.same("what authors see", []string{"vertical/u1", "vertical/u2", "vertical/new"}, childrenOf(s, v, draft, lesson))
		s.same("what is in the unit", []string{"html/h1"}, childrenOf(s, v, draft, unit))
		s.same("what learners see", []string{"vertical/u2"}, childrenOf(s, v, published, lesson))
	}},
	{name: "what went with a unit does not come back to learners by a move in the same edit", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		quiz, homework := idOfBlock("problem", "p1"), idOfBlock("sequential", "s2")
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(idOfBlock("vertical", "u2"), "Unit 2", quiz), nil) })
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			if err := e.Delete(ctx, idOfBlock("vertical", "u1"), modulestore.DeleteOptions{}); err != nil {
				return err
			}
			return e.Move(ctx, quiz, nowhere, homework, 0)
		})
		s.same("what authors see", []string{"problem/p1"}, childrenOf(s, v, draft, homework))
		s.same("what learners see", []string(nil), childrenOf(s, v, published, homework))
	}},
	{name: "a component that is gone from the draft keeps its name until it is gone for learners", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			if err := e.Delete(s.ctx(), idOfBlock("html", "h1"), modulestore.DeleteOptions{}); err != nil {
				return err
			}
			return create(modulestore.NewBlock{Type: "html", Name: "h1", Parent: idOfBlock("vertical", "u2")})(s.ctx(), e)
		})
		s.wantError(err, modulestore.ErrInvalid, "published block html/h1 still")
	}},
	{name: "orphans are listed and deleted, pages are not", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		before := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error { return nil })
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			for _, blockType := range []string{"chapter", "vertical", "problem", "html", "static_tab", "course_info"} {
				id, err := e.Create(ctx, modulestore.NewBlock{Type: blockType, Name: "x"})
				if err != nil {
					return err
				}
				if blockType == "vertical" {
					if _, err := e.Create(ctx, modulestore.NewBlock{Type: "html", Parent: id}); err != nil {
						return err
					}
				}
			}
			return nil
		})
		want := []key.BlockID{idOfBlock("chapter", "x"), idOfBlock("html", "x"), idOfBlock("problem", "x"), idOfBlock("vertical", "x")}
		s.same("the orphans", want, modulestore.Orphans(s.snapshot(v, draft).Tree()))
		v = s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			gone, err := e.DeleteOrphans(ctx)
			s.same("what was deleted", want, gone)
			for _, id := range []key.BlockID{idOfBlock("static_tab", "x"), idOfBlock("course_info", "x")} {
				if err := e.Delete(ctx, id, modulestore.DeleteOptions{}); err != nil {
					return err
				}
			}
			return err
		})
		s.same("the course without them", before.Roots, v.Roots)
	}},
	{name: "children that do not exist stay where they are", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		unit, lost := idOfBlock("vertical", "u2"), idOfBlock("html", "lost")
		b := block(unit, "Unit 2", lost)
		b.Children = append(b.Children, modulestore.Child{ID: idOfBlock("video", "gone")})
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, b, nil) })
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			if err := e.Move(ctx, idOfBlock("problem", "p1"), nowhere, unit, 1); err != nil {
				return err
			}
			if err := e.Change(ctx, unit, title("Other")); err != nil {
				return err
			}
			return e.Move(ctx, unit, nowhere, idOfBlock("sequential", "s2"), 0)
		})
		s.same("the children", []string{"html/lost", "problem/p1", "video/gone"}, childrenOf(s, v, draft, unit))
		s.same("those that do not exist", []modulestore.DanglingChild{
			{Parent: unit, Position: 1, Child: lost}, {Parent: unit, Position: 3, Child: idOfBlock("video", "gone")},
		}, modulestore.Dangling(s.snapshot(v, draft).Tree()))
		_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			return create(modulestore.NewBlock{Type: "html", Name: "lost", Parent: unit})(s.ctx(), e)
		})
		s.wantError(err, modulestore.ErrInvalid, "vertical/u2", "does not exist")
		_, _, err = s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error { return change(lost)(s.ctx(), e) })
		s.wantError(err, modulestore.ErrNotFound, "vertical/u2 lists it")
		v = s.author(courseA, remove(lost, nowhere))
		s.same("the children", []string{"problem/p1", "video/gone"}, childrenOf(s, v, draft, unit))
	}},
	{name: "loose markup of both parents stays where it stood, and the pointer keeps its spelling", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		unit, other := idOfBlock("vertical", "u1"), idOfBlock("vertical", "u2")
		from, to := block(unit, "", idOfBlock("problem", "p1"), idOfBlock("html", "h1")), block(other, "")
		spelling := []modulestore.Attr{{Name: "slug", Value: "p1"}}
		from.Children[0].Spelling = spelling
		from.Loose = []modulestore.Loose{{Before: modulestore.BeforeRoot, Source: "<!--0-->"}, {Before: 0, Source: "<!--1-->"}, {Before: 1, Source: "<!--2-->"}}
		to.Loose = []modulestore.Loose{{Before: 0, Source: "<!--3-->"}}
		s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, from, nil)
			s.put(e, draft, to, nil)
		})
		v := s.author(courseA, move(idOfBlock("problem", "p1"), nowhere, other, -1))
		left, _ := s.snapshot(v, draft).Block(unit)
		s.same("what stays in the old parent", []modulestore.Loose{from.Loose[0], from.Loose[1], {Before: 0, Source: "<!--2-->"}}, left.Loose)
		got, _ := s.snapshot(v, draft).Block(other)
		s.same("what stays in the new parent", []modulestore.Loose{{Before: 1, Source: "<!--3-->"}}, got.Loose)
		s.same("the pointer", []modulestore.Child{{ID: idOfBlock("problem", "p1"), Spelling: spelling}}, got.Children)
	}},
	{name: "a draft that moves does not say any more where it belonged", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		unit := idOfBlock("vertical", "new")
		b := block(unit, "Not yet", idOfBlock("html", "n1"))
		b.Attrs = append(b.Attrs, modulestore.Attr{Name: "parent_url", Value: "block-v1:a"}, modulestore.Attr{Name: "index_in_children_list", Value: "2"})
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, b, nil) })
		v := s.author(courseA, move(unit, nowhere, idOfBlock("sequential", "s1"), 0))
		s.same("its fields", []string{"display_name=Not yet", "parent_url=block-v1:a", "index_in_children_list=2"}, s.attrsOf(v, unit))
		v = s.author(courseA, move(unit, nowhere, idOfBlock("sequential", "s2"), 0))
		s.same("its fields", []string{"display_name=Not yet"}, s.attrsOf(v, unit))
	}},
	{name: "what is changed after the course was published, in the same edit, is a draft", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		unit := idOfBlock("vertical", "u1")
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			for _, step := range []func(context.Context, *modulestore.Edit) error{
				change(unit, title("One")),
				func(ctx context.Context, e *modulestore.Edit) error {
					return e.Publish(ctx, idOfBlock("course", "c"), modulestore.PublishOptions{})
				},
				change(unit, title("Two")),
				change(unit, title("Three")),
			} {
				if err := step(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		s.same("the draft", []string{"display_name=Three"}, s.attrsOf(v, unit))
		b, _ := s.snapshot(v, published).Block(unit)
		s.same("what learners see", []modulestore.Attr{{Name: "display_name", Value: "One"}}, b.Attrs)
	}},
	{name: "a library has no drafts", test: func(s store) {
		library := key.Course{Org: "Org", Code: "Lib", Library: true}
		const lib drawing = "library/library Questions\n\tproblem/a | <p>1</p>\n"
		s.draw(library, lib, lib)
		v := s.author(library, func(ctx context.Context, e *modulestore.Edit) error {
			id, err := e.Create(ctx, modulestore.NewBlock{Type: "problem", Name: "b", Parent: idOfBlock("library", "library"), Position: -1})
			if err != nil {
				return err
			}
			if err := e.Change(ctx, id, title("B")); err != nil {
				return err
			}
			return e.Delete(ctx, idOfBlock("problem", "a"), modulestore.DeleteOptions{})
		})
		s.wantDrawing(v, published, "library/library Questions\n\tproblem/b B\n")
		if v.Roots.Draft != v.Roots.Published {
			s.t.Error("the draft of a library is not what is published")
		}
	}},
	{name: "a version says which blocks an operation was about", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		id := idOfBlock("html", "h1")
		v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) error {
			e.Describe("ann", "change", "")
			e.About(id)
			return e.Change(ctx, id, title("Other"))
		})
		s.same("the blocks", []key.BlockID{id}, v.Blocks)
	}},
}

// duplicate makes a copy and returns the version and the names of copies.
func (s store) duplicate(id, parent key.BlockID, position int) (modulestore.Version, map[key.BlockID]key.BlockID) {
	s.t.Helper()
	var copies map[key.BlockID]key.BlockID
	v := s.author(courseA, func(ctx context.Context, e *modulestore.Edit) (err error) {
		copies, err = e.Duplicate(ctx, id, parent, position)
		return err
	})
	return v, copies
}

// renamed writes the names of copies for those of their originals behind a star.
func renamed(lines []string, copies map[key.BlockID]key.BlockID) (list []string) {
	for _, line := range lines {
		for old, now := range copies {
			line = strings.ReplaceAll(line, "*"+old.String(), now.String())
		}
		list = append(list, line)
	}
	return list
}

var duplicateCases = []storeCase{
	{name: "a copied unit is a draft right behind its original", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		v, copies := s.duplicate(idOfBlock("vertical", "u1"), nowhere, -1)
		if len(copies) != 3 {
			s.t.Errorf("%d blocks were copied, want 3", len(copies))
		}
		s.wantDrawing(v, draft, s.redrawn(authoredDraft, renamed([]string{
			"vertical/u2 Unit 2 => *vertical/u1 Copy of “Unit 1”; \t*problem/p1 New | <p>2</p>; \t*html/h1 Text; vertical/u2 Unit 2",
		}, copies)))
		s.wantDrawing(v, published, authoredPublic)
	}},
	{name: "of a copied section the outline is published", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		v, copies := s.duplicate(idOfBlock("chapter", "w1"), idOfBlock("course", "c"), 0)
		s.wantDrawing(v, published, s.redrawn(authoredPublic, renamed([]string{
			"chapter/w1 Week 1 => *chapter/w1 Copy of “Week 1”; \t*sequential/s1 Lesson; \t*sequential/s2 Homework; chapter/w1 Week 1",
		}, copies)))
		if len(copies) != 9 {
			s.t.Errorf("%d blocks were copied, want 9", len(copies))
		}
	}},
	{name: "a copy goes into another parent, even into its own original", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		v, copies := s.duplicate(idOfBlock("vertical", "new"), idOfBlock("vertical", "new"), -1)
		s.wantDrawing(v, draft, s.redrawn(authoredDraft, renamed([]string{
			"html/n1 Note => html/n1 Note; *vertical/new Copy of “Not yet”; \t*html/n1 Note",
		}, copies)))
	}},
	{name: "a copied page has no place in the outline either", test: func(s store) {
		s.draw(courseA, authoredPublic, authoredDraft)
		v, copies := s.duplicate(idOfBlock("about", "overview"), nowhere, -1)
		for _, b := range []modulestore.Branch{draft, published} {
			body, err := s.snapshot(v, b).Body(s.ctx(), copies[idOfBlock("about", "overview")])
			if err != nil || body == nil || body.Markup != "<p>About</p>" {
				s.t.Errorf("the copy in the %s branch holds %v, %v", b, body, err)
			}
		}
	}},
	{name: "a block that stands twice is copied once, and references follow", test: duplicateReferences},
	{name: "names in archives are not copied", test: duplicateNames},
}

func duplicateReferences(s store) {
	s.draw(courseA, authoredPublic, authoredDraft)
	unit, split, group := idOfBlock("vertical", "u2"), idOfBlock("split_test", "split"), idOfBlock("vertical", "group")
	shared, condition := idOfBlock("html", "shared"), idOfBlock("conditional", "if")
	keyOf := func(id key.BlockID) string { return courseA.Block(id).String() }
	outside := keyOf(idOfBlock("html", "h1"))
	s.update(courseA, func(e *modulestore.Edit) {
		s.put(e, draft, block(unit, "Unit", split, condition, idOfBlock("html", "lost")), nil)
		b := block(split, "Split", group, group)
		b.Attrs = append(b.Attrs, modulestore.Attr{Name: "group_id_to_child", Value: `{"0": "` + keyOf(group) + `", "1": "` + outside + `"}`})
		s.put(e, draft, b, nil)
		s.put(e, draft, block(group, "Group", shared), nil)
		s.put(e, draft, block(shared, keyOf(group)), nil)
		b = block(condition, "If", shared)
		b.Attrs = append(b.Attrs, modulestore.Attr{Name: "sources", Value: keyOf(shared) + ";i4x://" + courseA.Org + "/" + courseA.Code + "/html/shared;" + outside})
		b.Loose = []modulestore.Loose{{Before: 0, Source: `<show sources="` + keyOf(shared) + `"/>`}}
		s.put(e, draft, b, nil)
	})
	v, copies := s.duplicate(unit, nowhere, -1)
	s.same("the number of copies", 5, len(copies))
	s.same("the children of the split", []string{copies[group].String(), copies[group].String()}, childrenOf(s, v, draft, copies[split]))
	s.same("the children of the unit", []string{copies[split].String(), copies[condition].String(), "html/lost"}, childrenOf(s, v, draft, copies[unit]))
	s.same("the groups", []string{"display_name=Split", `group_id_to_child={"0": "` + keyOf(copies[group]) + `", "1": "` + outside + `"}`}, s.attrsOf(v, copies[split]))
	s.same("the sources", []string{"display_name=If", "sources=" + keyOf(copies[shared]) + ";i4x://" + courseA.Org + "/" + courseA.Code + "/html/" + copies[shared].Name + ";" + outside},
		s.attrsOf(v, copies[condition]))
	b, _ := s.snapshot(v, draft).Block(copies[condition])
	s.same("what is shown", []modulestore.Loose{{Before: 0, Source: `<show sources="` + keyOf(copies[shared]) + `"/>`}}, b.Loose)
	s.same("a title is no reference", []string{"display_name=" + keyOf(group)}, s.attrsOf(v, copies[shared]))
	old, _ := s.snapshot(v, draft).Block(condition)
	s.same("the original", []modulestore.Loose{{Before: 0, Source: `<show sources="` + keyOf(shared) + `"/>`}}, old.Loose)
}

func duplicateNames(s store) {
	s.draw(courseA, authoredPublic, authoredDraft)
	unit, inline, pair, old := idOfBlock("vertical", "u2"), idOfBlock("problem", "inline"), idOfBlock("html", "pair"), idOfBlock("html", "old")
	s.update(courseA, func(e *modulestore.Edit) {
		b := block(unit, "Unit", inline, pair, old)
		b.SourceName = "u 2"
		b.Children[1].Spelling = []modulestore.Attr{{Name: "slug", Value: "pair"}, {Name: "note", Value: "1"}}
		b.Children[2].Spelling = []modulestore.Attr{{Name: "slug", Value: "old"}}
		s.put(e, draft, block(old, "Old"), nil)
		b.Policy = []modulestore.Attr{{Name: "display_name", Value: `"Unit & all"`}}
		s.put(e, draft, b, nil)
		b = block(inline, "Inline")
		b.Inline, b.Unnamed = true, true
		s.put(e, draft, b, &modulestore.Body{Markup: "<p/>"})
		b = block(pair, "Pair")
		b.Attrs = append(b.Attrs, modulestore.Attr{Name: "slug", Value: "pair"}, modulestore.Attr{Name: "filename", Value: "text-of-pair"})
		s.put(e, draft, b, &modulestore.Body{Texts: []modulestore.Attr{{Name: "data", Value: "<p/>"}}})
	})
	v, copies := s.duplicate(unit, nowhere, -1)
	snap := s.snapshot(v, draft)
	b, _ := snap.Block(copies[unit])
	s.same("the name of the copy in archives", "", b.SourceName)
	s.same("its titles", []string{"display_name=Copy of “Unit”", `policy display_name="Copy of “Unit & all”"`}, s.attrsOf(v, copies[unit]))
	s.same("the pointer", []modulestore.Attr{{Name: "note", Value: "1"}, {Name: "url_name", Value: copies[pair].Name}}, b.Children[1].Spelling)
	s.same("the pointer that had nothing but an old name", []modulestore.Attr(nil), b.Children[2].Spelling)
	b, _ = snap.Block(copies[inline])
	if b.Unnamed || !b.Inline {
		s.t.Errorf("the copy of an inline block has inline = %v and unnamed = %v", b.Inline, b.Unnamed)
	}
	s.same("the inline block", []string{"url_name=" + copies[inline].Name, "display_name=Inline"}, s.attrsOf(v, copies[inline]))
	s.same("the html pair", []string{"display_name=Pair", "filename=" + copies[pair].Name}, s.attrsOf(v, copies[pair]))
}
