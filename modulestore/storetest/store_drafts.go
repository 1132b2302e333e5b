package storetest

import (
	"strings"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// publishing publishes a block in an edit.
func (s store) publishing(e *modulestore.Edit, block string, alone bool) {
	s.t.Helper()
	if err := e.Publish(s.ctx(), parsedID(block), modulestore.PublishOptions{Alone: alone}); err != nil {
		s.t.Fatalf("publish %s: %v", block, err)
	}
}

// draftCases are about edits that publish.
var draftCases = []storeCase{
	{name: "what is put and published in one edit is stored once", test: func(s store) {
		s.draw(courseA, "course/c\n\tvertical/v", "course/c\n\tvertical/v")
		v := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(parsedID("problem/1"), "One"), &modulestore.Body{Markup: "<p>text</p>"})
			s.put(e, draft, modulestore.Block{ID: parsedID("vertical/v"), Children: []modulestore.Child{{ID: parsedID("problem/1")}}}, nil)
			s.publishing(e, "vertical/v", false)
		})
		if v.Roots.Draft != v.Roots.Published {
			s.t.Error("the branches differ")
		}
		body, err := s.cold().snapshot(v, published).Body(s.ctx(), parsedID("problem/1"))
		if err != nil || body == nil || body.Markup != "<p>text</p>" {
			s.t.Errorf("the body is %v, %v", body, err)
		}
	}},
	{name: "a unit that moved between subsections stays published, whichever of them is published first", test: func(s store) {
		for _, order := range []string{"sequential/s sequential/t", "sequential/t sequential/s"} {
			s.draw(courseA, "course/c\n\tsequential/s\n\t\tvertical/v Old\n\tsequential/t", "course/c\n\tsequential/s\n\tsequential/t\n\t\tvertical/v New")
			v := s.update(courseA, func(e *modulestore.Edit) {
				for _, block := range strings.Fields(order) {
					s.publishing(e, block, true)
				}
			})
			s.wantDrawing(v, published, "course/c\n\tsequential/s\n\tsequential/t\n\t\tvertical/v Old")
		}
	}},
	{name: "what is unpublished does not come back with another block of the edit", test: func(s store) {
		s.draw(courseA, "course/c\n\tvertical/u\n\t\tproblem/1\n\tvertical/v", "course/c\n\tvertical/u\n\tvertical/v\n\t\tproblem/1")
		v := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, published, modulestore.Block{ID: parsedID("html/new")}, nil)
			s.put(e, published, modulestore.Block{ID: parsedID("vertical/u"), Children: []modulestore.Child{{ID: parsedID("html/new")}, {ID: parsedID("problem/1")}}}, nil)
			if err := e.Unpublish(s.ctx(), parsedID("vertical/u")); err != nil {
				s.t.Error(err)
			}
			s.publishing(e, "vertical/v", true)
			s.publishing(e, "course/c", true)
		})
		s.wantDrawing(v, published, "course/c\n\tvertical/v")
	}},
	{name: "a tree that was read before does not change with it", test: func(s store) {
		s.draw(courseA, "course/c", plainCourse)
		s.update(courseA, func(e *modulestore.Edit) {
			before := e.Tree(published)
			s.publishing(e, "chapter/w", false)
			if len(before.Blocks) != 1 || len(before.Blocks[before.Root].Children) > 0 {
				s.t.Errorf("it has %d blocks", len(before.Blocks))
			}
		})
	}},
	{name: "comments, spellings, origins and the pointer are published with their block", test: func(s store) {
		tree, bodies := plainCourse.parse()
		if err := s.Put(s.ctx(), bodies); err != nil {
			s.t.Fatal(err)
		}
		tree.Pointer = []modulestore.Attr{{Name: "url_name", Value: "c"}, {Name: "org", Value: "O"}}
		unit := tree.Blocks[parsedID("vertical/u")]
		unit.Loose = []modulestore.Loose{{Before: 1, Source: "<!-- now -->"}, {Before: 2, Source: "<!-- end -->"}}
		unit.Children[1].Spelling = []modulestore.Attr{{Name: "slug", Value: "2"}}
		unit.Origin = &modulestore.Origin{Course: courseB, Block: parsedID("vertical/x")}
		public, _ := drawing("course/c Old").parse()
		s.update(courseA, func(e *modulestore.Edit) { e.Replace(public, tree, nil, "") })
		for _, id := range []string{"chapter/w", "course/c"} {
			action := publishAll
			if id == "course/c" {
				action = publishAlone
			}
			v, _, err := s.act(action, id)
			if err != nil {
				s.t.Fatal(err)
			}
			got := s.cold().snapshot(v, published).Tree()
			s.same("the unit after "+id, unit, got.Blocks[unit.ID])
			if id == "course/c" {
				s.same("the pointer", tree.Pointer, got.Pointer)
			}
		}
	}},
	{name: "a draft says no more where it belongs once it is published, or given up; one without changes still does", test: func(s store) {
		place := func(t *modulestore.Tree, id string, title string) {
			t.Blocks[parsedID(id)].Attrs = []modulestore.Attr{
				{Name: "display_name", Value: title}, {Name: "parent_url", Value: "block-v1:O+C+r+type@course+block@c"}, {Name: "index_in_children_list", Value: "0"},
			}
		}
		said := func(v modulestore.Version, b modulestore.Branch, id string) bool {
			block, _ := s.snapshot(v, b).Block(parsedID(id))
			_, ok := block.Attr("parent_url", nil)
			return ok
		}
		public, _ := drawing("course/c\n\tvertical/same Same\n\tvertical/deep Deep\n\t\thtml/h Old").parse()
		drafts, _ := drawing("course/c\n\tvertical/same Same\n\tvertical/deep Deep\n\t\thtml/h New\n\tvertical/new New").parse()
		place(drafts, "vertical/same", "Same")
		place(drafts, "vertical/deep", "Deep")
		place(drafts, "vertical/new", "New")
		for _, action := range []string{publishAll, discard} {
			s.update(courseA, func(e *modulestore.Edit) { e.Replace(public, drafts, nil, "") })
			v, _, err := s.act(action, "html/h") // the only change of the unit
			if err != nil {
				s.t.Fatal(err)
			}
			if said(v, draft, "vertical/deep") || !said(v, draft, "vertical/same") || !said(v, draft, "vertical/new") {
				s.t.Errorf("after %s of html/h: %v %v %v", action, said(v, draft, "vertical/deep"), said(v, draft, "vertical/same"), said(v, draft, "vertical/new"))
			}
			if v, _, err = s.act(publishAll, "vertical/new"); err != nil {
				s.t.Fatal(err)
			}
			if said(v, draft, "vertical/new") || said(v, published, "vertical/new") {
				s.t.Error("the new unit still says where it belongs as a draft")
			}
			if v, _, err = s.act(publishAll, ""); err != nil || said(v, published, "vertical/same") || !said(v, draft, "vertical/same") {
				s.t.Errorf("the unit without changes: published %v, draft %v, error %v", said(v, published, "vertical/same"), said(v, draft, "vertical/same"), err)
			}
		}
	}},
	{name: "comments of a published parent stay with their neighbours", test: func(s store) {
		comments := func(b *modulestore.Block) (list []string) {
			for _, l := range b.Loose {
				next := "the end"
				if l.Before < len(b.Children) {
					next = b.Children[l.Before].ID.Name
				}
				list = append(list, l.Source+" "+next)
			}
			return list
		}
		public, _ := drawing("course/c\n\tvertical/a\n\tvertical/b\n\tvertical/c").parse()
		public.Blocks[public.Root].Loose = []modulestore.Loose{{Before: 0, Source: "before a"}, {Before: 1, Source: "before b"}, {Before: 3, Source: "last"}}
		drafts, _ := drawing("course/c\n\tvertical/new\n\tvertical/c\n\tvertical/b\n\tvertical/a").parse()
		s.update(courseA, func(e *modulestore.Edit) { e.Replace(public, drafts, nil, "") })
		v, _, err := s.act(publishAll, "vertical/new")
		if err != nil {
			s.t.Fatal(err)
		}
		root, _ := s.snapshot(v, published).Block(public.Root)
		s.same("the comments", []string{"before b b", "before a a", "last the end"}, comments(root))
	}},
	{name: "a child that is not there stays listed", test: func(s store) {
		public, _ := drawing("course/c\n\tvertical/v\n\t\tproblem/1").parse()
		drafts, _ := drawing("course/c\n\tvertical/v\n\t\tproblem/1\n\t\tproblem/2").parse()
		delete(drafts.Blocks, parsedID("problem/1"))
		delete(drafts.Blocks, parsedID("problem/2"))
		for _, alone := range []string{publishAll, publishAlone} {
			base := s.update(courseA, func(e *modulestore.Edit) { e.Replace(public, drafts, nil, "") })
			if !modulestore.HasChanges(s.snapshot(base, draft).Tree(), s.snapshot(base, published).Tree(), parsedID("vertical/v")) {
				s.t.Error("the unit has no changes")
			}
			v, _, err := s.act(alone, "vertical/v")
			if err != nil {
				s.t.Fatal(err)
			}
			if v.Roots.Published != v.Roots.Draft {
				s.t.Errorf("%s: the branches differ", alone)
			}
		}
	}},
	{name: "the history names the block, or none for the whole course", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, "course/c", plainCourse)
		var got [][]any
		for _, c := range []struct{ action, block string }{
			{publishAlone, "chapter/w"}, {publishAll, "chapter/w"}, {unpublish, "vertical/u"}, {discard, "vertical/v"}, {publishAll, ""}, {publishAll, "course/c"},
		} {
			v, changed, err := s.act(c.action, c.block)
			if err != nil {
				s.t.Fatal(err)
			}
			if changed {
				got = append(got, []any{v.Author, v.Operation, v.Message, v.Blocks})
			}
		}
		s.same("the history", [][]any{
			{"Ada", "publish-alone", "chapter/w", []key.BlockID{parsedID("chapter/w")}},
			{"Ada", "publish", "chapter/w", []key.BlockID{parsedID("chapter/w")}},
			{"Ada", "unpublish", "vertical/u", []key.BlockID{parsedID("vertical/u")}},
			{"Ada", "publish", "course/c", []key.BlockID(nil)},
		}, got)
	}},
	{name: "a course that does not exist, or not any more, is not found", test: func(s store) {
		for _, action := range []string{publishAll, unpublish, discard} {
			_, _, err := s.act(action, "vertical/u")
			s.wantError(err, modulestore.ErrNotFound, courseA.String())
		}
		s.draw(courseA, plainCourse, plainCourse)
		if _, err := s.Delete(s.ctx(), courseA, ""); err != nil {
			s.t.Fatal(err)
		}
		for _, action := range []string{publishAll, unpublish, discard} {
			_, _, err := s.act(action, "vertical/u")
			s.wantError(err, modulestore.ErrNotFound, "deleted by version 2")
		}
	}},
	{name: "publishing loads no bodies and stores none", test: func(s store) {
		s.draw(courseA, "course/c", plainCourse)
		s = s.cold()
		s.probe.onGet = func(kind modulestore.Kind, objects []modulestore.Object) ([]modulestore.Object, error) {
			if kind == modulestore.KindBody {
				s.t.Errorf("%d bodies were loaded", len(objects))
			}
			return objects, nil
		}
		s.probe.reset()
		if _, _, err := s.act(publishAll, "chapter/w"); err != nil {
			s.t.Fatal(err)
		}
		for _, o := range s.probe.objects {
			if o.Kind == modulestore.KindBody {
				s.t.Error("a body was stored again")
			}
		}
	}},
}

// statusTable are courses and the states of their blocks, one a line.
var statusTable = []struct {
	name           string
	public, drafts drawing
	want           string
}{
	{"equal branches have units that are published", plainCourse, plainCourse,
		"vertical/u published\nvertical/v published\nvertical/x published\nabout/o published"},
	{"a unit has the changes of everything in it",
		"course/c\n\tvertical/v\n\t\tsplit_test/s\n\t\t\tproblem/1 | old\n\tvertical/w\n\t\tproblem/2",
		"course/c\n\tvertical/v\n\t\tsplit_test/s\n\t\t\tproblem/1 | new\n\tvertical/w\n\t\tproblem/2\n\t\tproblem/new",
		"vertical/v changed\nvertical/w changed"},
	{"a new unit is listed, and its subsection is not", "course/c\n\tsequential/s", "course/c\n\tsequential/s\n\t\tvertical/v\n\t\t\tproblem/1",
		"vertical/v never published"},
	{"a new section is listed with its units", "course/c", "course/c\n\tchapter/w\n\t\tvertical/v",
		"chapter/w never published\nvertical/v never published"},
	{"a unit that is gone is listed, and what was in it is not", "course/c\n\tsequential/s\n\t\tvertical/v\n\t\t\tproblem/1", "course/c\n\tsequential/s",
		"vertical/v removed"},
	{"a section that is gone is listed alone", "course/c\n\tchapter/w\n\t\tvertical/v", "course/c", "chapter/w removed"},
	{"a unit whose problem is gone has changed", "course/c\n\tvertical/v\n\t\tproblem/1", "course/c\n\tvertical/v", "vertical/v changed"},
	{"a unit that moved changes both subsections", "course/c\n\tsequential/s\n\t\tvertical/v\n\tsequential/t", "course/c\n\tsequential/s\n\tsequential/t\n\t\tvertical/v",
		"sequential/s changed\nsequential/t changed\nvertical/v published"},
	{"a new order changes the subsection", "course/c\n\tvertical/v\n\tvertical/w", "course/c\n\tvertical/w\n\tvertical/v",
		"course/c changed\nvertical/w published\nvertical/v published"},
	{"a setting of a section changes it alone", "course/c\n\tchapter/w Old\n\t\tvertical/v", "course/c\n\tchapter/w New\n\t\tvertical/v",
		"chapter/w changed\nvertical/v published"},
	{"blocks without a parent are listed", "course/c\nabout/a\nabout/b", "course/c\nabout/b New\nproblem/stray",
		"about/b changed\nproblem/stray never published\nabout/a removed"},
	{"a course that was never published is listed with all", "", "course/c\n\tvertical/v", "course/c never published\nvertical/v never published"},
	{"a course without drafts has all removed", "course/c\n\tvertical/v", "", "course/c removed"},
}

var statusCases = func() (cases []storeCase) {
	for _, c := range statusTable {
		cases = append(cases, storeCase{name: c.name, test: func(s store) {
			v := s.draw(courseA, c.public, c.drafts)
			list, err := s.cold().DraftStatus(s.ctx(), v)
			if err != nil {
				s.t.Fatal(err)
			}
			var lines []string
			for _, b := range list {
				lines = append(lines, b.Block.String()+" "+string(b.State))
			}
			s.same("the states", c.want, strings.Join(lines, "\n"))
		}})
	}
	return cases
}()

// publishLogCases are about who published what and when.
var publishLogCases = []storeCase{
	{name: "the publish log lists what changed the published branch, newest first", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, plainCourse, plainCourse)
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(parsedID("vertical/x"), "Draft"), nil) })
		third, _, err := s.act(publishAll, "vertical/x")
		if err != nil {
			s.t.Fatal(err)
		}
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(parsedID("vertical/x"), "Again"), nil) })
		if _, _, err := s.act(unpublish, "vertical/u"); err != nil {
			s.t.Fatal(err)
		}
		for _, c := range []struct {
			from uint64
			n    int
			want []uint64
		}{{0, 10, []uint64{5, 3, 1}}, {4, 10, []uint64{3, 1}}, {0, 2, []uint64{5, 3}}, {0, 0, nil}, {1, 1, []uint64{1}}} {
			list, err := s.PublishLog(s.ctx(), courseA, c.from, c.n)
			if err != nil {
				s.t.Fatal(err)
			}
			var got []uint64
			for _, p := range list {
				got = append(got, p.Version)
				if p.Version == 3 {
					s.same("a publication", modulestore.Publication{
						Version: 3, Author: "Ada", Time: third.Time, Operation: "publish", Message: "vertical/x", Blocks: []key.BlockID{parsedID("vertical/x")},
					}, p)
				}
			}
			s.same("the versions", c.want, got)
		}
		_, err = s.PublishLog(s.ctx(), courseB, 0, 1)
		s.wantError(err, modulestore.ErrNotFound, courseB.String())
	}},
	{name: "a block was last published by the newest version that brought it", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, plainCourse, plainCourse) // 1 brings all
		rename := func(id, title string) {        // in the draft
			s.update(courseA, func(e *modulestore.Edit) {
				e.About(parsedID(id))
				b := *e.Tree(draft).Blocks[parsedID(id)]
				b.Attrs = []modulestore.Attr{{Name: "display_name", Value: title}}
				s.put(e, draft, b, nil)
			})
		}
		rename("vertical/u", "New") // 2
		rename("problem/1", "New")  // 3
		must := func(_ modulestore.Version, changed bool, err error) {
			s.t.Helper()
			if err != nil || !changed {
				s.t.Fatalf("changed %v, error %v", changed, err)
			}
		}
		must(s.act(publishAlone, "vertical/u"))       // 4 brings the unit alone
		rename("problem/3", "New")                    // 5
		must(s.act(publishAll, "vertical/v"))         // 6 brings the problem with the unit
		s.update(courseA, func(e *modulestore.Edit) { // 7 is an edit of both branches
			e.About(parsedID("chapter/w"))
			for _, b := range []modulestore.Branch{draft, published} {
				chapter := *e.Tree(b).Blocks[parsedID("chapter/w")]
				chapter.Attrs = nil
				s.put(e, b, chapter, nil)
			}
		})
		s.update(courseA, func(e *modulestore.Edit) { // 8 adds a unit
			e.About(parsedID("sequential/t"), parsedID("vertical/y"))
			t := *e.Tree(published).Blocks[parsedID("sequential/t")]
			t.Children = append(t.Children[:1:1], modulestore.Child{ID: parsedID("vertical/y")})
			s.put(e, published, t, nil)
			s.put(e, published, block(parsedID("vertical/y"), "New"), nil)
		})
		v, err := s.Head(s.ctx(), courseA)
		if err != nil {
			s.t.Fatal(err)
		}
		want := map[string]uint64{
			"course/c": 1, "chapter/w": 7, "sequential/s": 1, "vertical/u": 4, "problem/1": 1, "problem/2": 1, "vertical/v": 6, "problem/3": 6,
			"sequential/t": 8, "vertical/x": 1, "vertical/y": 8, "about/o": 1,
		}
		s.wantLastPublished(v, nil, want)
		s.wantLastPublished(v, []key.BlockID{parsedID("vertical/v"), parsedID("problem/none"), parsedID("vertical/y")}, map[string]uint64{"vertical/v": 6, "vertical/y": 8})
		old, err := s.Version(s.ctx(), courseA, "5")
		if err != nil {
			s.t.Fatal(err)
		}
		s.wantLastPublished(old, []key.BlockID{parsedID("vertical/u"), parsedID("vertical/v")}, map[string]uint64{"vertical/u": 4, "vertical/v": 1})
		must(s.Restore(s.ctx(), courseA, old, parsedID("chapter/w"), "Ada")) // 9 brings the section
		v, _ = s.Head(s.ctx(), courseA)
		s.wantLastPublished(v, []key.BlockID{parsedID("problem/1"), parsedID("course/c"), parsedID("about/o")}, map[string]uint64{"problem/1": 9, "course/c": 1, "about/o": 1})
	}},
	{name: "a block that no version names was published with the one above it", test: func(s store) {
		v := s.update(courseA, func(e *modulestore.Edit) {
			e.About(rootID)
			s.put(e, published, block(rootID, "The course", chapterID), nil)
			s.put(e, published, block(chapterID, "Week"), nil)
		})
		s.wantLastPublished(v, nil, map[string]uint64{rootID.String(): 1, chapterID.String(): 1})
	}},
	{name: "where nothing is published nobody has published anything", test: func(s store) {
		s.wantLastPublished(s.draw(courseA, "", plainCourse), nil, map[string]uint64{})
	}},
	{name: "the log is read once, and only as far as needed", test: func(s store) {
		s.draw(courseA, plainCourse, plainCourse)
		v, _, err := s.act(unpublish, "vertical/u")
		if err != nil {
			s.t.Fatal(err)
		}
		s.snapshot(v, published)
		s.probe.reset()
		s.wantLastPublished(v, []key.BlockID{parsedID("vertical/v")}, map[string]uint64{"vertical/v": 1})
		s.wantCosts("LastPublished", ceiling{calls: 1})
	}},
}

func (s store) wantLastPublished(v modulestore.Version, ids []key.BlockID, want map[string]uint64) {
	s.t.Helper()
	last, err := s.LastPublished(s.ctx(), v, ids)
	if err != nil {
		s.t.Fatal(err)
	}
	got := make(map[string]uint64)
	for id, p := range last {
		got[id.String()] = p.Version
	}
	s.same("who published what in "+v.String(), want, got)
}

// orderCases are about publishing at a time in the future.
var orderCases = []storeCase{
	{name: "an order publishes the draft of its version when it is due", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, "course/c\n\tvertical/v Old", "course/c\n\tvertical/v Ordered\n\t\tproblem/1 | ordered")
		order := s.order("vertical/v", time.Hour, false)
		s.same("the order", []any{uint64(2), uint64(1), parsedID("vertical/v"), "Ada"}, []any{order.Number, order.Version, order.Block, order.Author})
		s.draw(courseA, "course/c\n\tvertical/v Old", "course/c\n\tvertical/v Later\n\t\tproblem/2 | later")
		if results, err := s.PublishDue(s.ctx(), order.At.Add(-time.Millisecond), ""); err != nil || len(results) > 0 {
			s.t.Errorf("before its time: %v, %v", results, err)
		}
		results, err := s.cold().PublishDue(s.ctx(), order.At, "")
		if err != nil {
			s.t.Fatal(err)
		}
		s.same("the results", []modulestore.OrderResult{{Course: courseA, Order: order, Version: 4}}, results)
		v, _ := s.Head(s.ctx(), courseA)
		s.wantDrawing(v, published, "course/c\n\tvertical/v Ordered\n\t\tproblem/1 | ordered")
		s.wantDrawing(v, draft, "course/c\n\tvertical/v Later\n\t\tproblem/2 | later")
		s.same("what the log says", []any{"Ada", "publish", "order 2, as of version 1", []key.BlockID{parsedID("vertical/v")}}, []any{v.Author, v.Operation, v.Message, v.Blocks})
		s.wantOrders()
		if results, err := s.PublishDue(s.ctx(), order.At, ""); err != nil || len(results) > 0 {
			s.t.Errorf("once more: %v, %v", results, err)
		}
	}},
	{name: "orders are carried out by time, the whole course and single records too", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, "course/c Old\n\tsequential/s Old", "course/c New\n\tsequential/s New\n\t\tvertical/v")
		later := s.order("", 2*time.Hour, false)
		first := s.order("sequential/s", time.Hour, true)
		s.wantOrders(first.Number, later.Number)
		due, err := s.DueOrders(s.ctx(), courseA, first.At)
		if err != nil || len(due) != 1 || due[0] != first {
			s.t.Errorf("due is %v, %v", due, err)
		}
		results, err := s.PublishDue(s.ctx(), later.At, "Grace")
		if err != nil || len(results) != 2 || results[0].Version != 4 || results[1].Version != 5 {
			s.t.Fatalf("the results are %v, %v", results, err)
		}
		fourth, _ := s.Version(s.ctx(), courseA, "4")
		s.wantDrawing(fourth, published, "course/c Old\n\tsequential/s New")
		s.same("what the log says", []string{"Grace", "publish-alone"}, []string{fourth.Author, fourth.Operation})
		v, _ := s.Head(s.ctx(), courseA)
		if v.Roots.Published != v.Roots.Draft || len(v.Blocks) > 0 {
			s.t.Errorf("the course is not published whole: %+v", v)
		}
	}},
	{name: "an order can be taken back", test: func(s store) {
		s.Now = clock()
		base := s.draw(courseA, "course/c", plainCourse)
		order := s.order("chapter/w", time.Hour, false)
		s.wantError(s.CancelOrder(s.ctx(), courseA, 9, ""), modulestore.ErrNotFound, "order 9")
		if err := s.CancelOrder(s.ctx(), courseA, order.Number, "Grace"); err != nil {
			s.t.Fatal(err)
		}
		s.wantOrders()
		v, _ := s.Head(s.ctx(), courseA)
		s.same("what the log says", []string{"Grace", "cancel"}, []string{v.Author, v.Operation})
		if v.Roots != base.Roots {
			s.t.Error("the course is not what it was")
		}
	}},
	{name: "an order that cannot be carried out stays, and does not stop the others", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, "course/c\n\tvertical/v", "course/c\n\tchapter/w\n\t\tvertical/u\n\tvertical/v New")
		stuck := s.order("vertical/u", time.Minute, false)
		fine := s.order("vertical/v", time.Hour, false)
		results, err := s.PublishDue(s.ctx(), fine.At, "")
		if err != nil || len(results) != 2 {
			s.t.Fatalf("the results are %v, %v", results, err)
		}
		s.wantError(results[0].Err, modulestore.ErrInvalid, "vertical/u", "before chapter/w")
		if results[0].Version != 0 || results[1].Err != nil {
			s.t.Errorf("the results are %v", results)
		}
		s.wantOrders(stuck.Number)
	}},
	{name: "an order whose draft is lost stays", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, "course/c\n\tvertical/v", "course/c\n\tvertical/v\n\t\tproblem/1 | text")
		order := s.order("vertical/v", time.Minute, false)
		body := (&modulestore.Body{Markup: "text"}).Object().ID
		results, err := modulestore.New(lossy{s.probe, body}).PublishDue(s.ctx(), order.At, "")
		if err != nil || len(results) != 1 {
			s.t.Fatalf("the results are %v, %v", results, err)
		}
		s.wantError(results[0].Err, modulestore.ErrCorrupt, "version 1", body.Short())
		s.wantOrders(order.Number)
	}},
	{name: "two processes carry an order out once", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, "course/c\n\tvertical/v", "course/c\n\tvertical/v New")
		order := s.order("vertical/v", time.Minute, false)
		other := s.cold()
		other.probe = &probe{Backend: s.probe.Backend}
		raced := false
		s.probe.onAppend = func(_ modulestore.Entry, store func() error) error {
			if !raced { // the other process is faster
				raced = true
				if results, err := modulestore.New(s.probe.Backend).PublishDue(s.ctx(), order.At, ""); err != nil || len(results) != 1 {
					s.t.Errorf("the other process: %v, %v", results, err)
				}
			}
			return store()
		}
		results, err := s.PublishDue(s.ctx(), order.At, "")
		if err != nil || len(results) > 0 || !raced {
			s.t.Errorf("the results are %v, %v", results, err)
		}
		if v, _ := s.Head(s.ctx(), courseA); v.Seq != 3 {
			s.t.Errorf("the head is %s", v)
		}
	}},
	{name: "only what is in the draft can be ordered, and only for the future", test: func(s store) {
		s.Now = clock()
		s.draw(courseA, plainCourse, "course/c")
		_, err := s.OrderPublish(s.ctx(), courseA, parsedID("vertical/u"), modulestore.PublishOptions{}, s.Now().Add(time.Hour), "")
		s.wantError(err, modulestore.ErrNotFound, "vertical/u", "draft")
		_, err = s.OrderPublish(s.ctx(), courseA, key.BlockID{}, modulestore.PublishOptions{}, s.Now(), "")
		s.wantError(err, modulestore.ErrInvalid, "not in the future")
		_, err = s.OrderPublish(s.ctx(), courseB, key.BlockID{}, modulestore.PublishOptions{}, s.Now().Add(time.Hour), "")
		s.wantError(err, modulestore.ErrNotFound, courseB.String())
		s.wantOrders()
	}},
}

// order gives an order of Ada's.
func (s store) order(block string, in time.Duration, alone bool) modulestore.Order {
	s.t.Helper()
	var id key.BlockID
	if block != "" {
		id = parsedID(block)
	}
	order, err := s.OrderPublish(s.ctx(), courseA, id, modulestore.PublishOptions{Alone: alone}, s.Now().Add(in), "Ada")
	if err != nil {
		s.t.Fatal(err)
	}
	return order
}

func (s store) wantOrders(numbers ...uint64) {
	s.t.Helper()
	orders, err := s.cold().Orders(s.ctx(), courseA)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []uint64
	for _, o := range orders {
		got = append(got, o.Number)
	}
	s.same("the orders", numbers, got)
}
