package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/query"
)

func chapter(name string) key.BlockID { return key.BlockID{Type: "chapter", Name: name} }

func rootOf(t testing.TB, store *modulestore.Store, c key.Course) modulestore.ID {
	t.Helper()
	head, err := store.Head(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return head.Roots.Published
}

func TestDraftsAreForThoseFromWhomNothingIsWithheld(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	all := []key.BlockID{{Type: "course", Name: "run"}, chapter("one"), chapter("two")}
	for name, a := range map[string]struct {
		Access
		total int
	}{
		"staff":                             {Access{All: true}, 1},
		"a learner who may open everything": {Access{All: true, Classes: all, Root: rootOf(t, store, c)}, 0},
		"a learner who may open a part":     {Access{Classes: all}, 0},
		"a visitor who may read titles":     {Access{All: true, TitlesOnly: true}, 0},
	} {
		a.Course = c
		if r := searched(t, x, Request{Kind: Studio, Scope: Scope{Courses: []Access{a.Access}}}, "clouds"); r.Total != a.total {
			t.Errorf("%s finds %d drafts", name, r.Total)
		}
	}
}

func TestACourseThatLeftTheCatalogIsNotShownThereThoughTheIndexIsBehind(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	edit(t, store, c, func(e *modulestore.Edit) error {
		e.About(c.Root())
		return e.Change(t.Context(), c.Root(), modulestore.Field{Name: "catalog_visibility", In: modulestore.InAttribute, Value: "none"})
	})
	publish(t, store, c, "course/"+c.Root().Name)
	for _, behind := range []int{1, 0} {
		r := searched(t, x, Request{Kind: Catalog, Scope: Scope{Everything: true}}, "molecules")
		if len(r.Hits) != 0 || r.Withheld != behind || r.Total != behind {
			t.Errorf("%d hits, %d in total, %d withheld; want %d", len(r.Hits), r.Total, r.Withheld, behind)
		}
		updateAll(t, x)
	}
}

// Whether a course that is not listed has the word as it was typed is not to be told by what is offered instead.
func TestACorrectionInTheCatalogTellsNothingOfCoursesThatAreNotListed(t *testing.T) {
	store := newStore(t)
	about := func(number, visibility, text string) map[string]string {
		source := saying(number, fmt.Sprintf(`language="en" catalog_visibility=%q`, visibility), "x")
		source["about/short_description.html"] = text
		return source
	}
	imported(t, store, files(about("listed", "both", "The quantum of light")), "")
	x := filled(t, store)
	for range 2 {
		if r := searched(t, x, Request{Kind: Catalog, Scope: Scope{Everything: true}}, "quantam"); r.Corrected == nil || r.Corrected.String() != "quantum" {
			t.Errorf("corrected to %v", r.Corrected)
		}
		imported(t, store, files(about("hidden", "none", "The quantam of light")), "")
		updateAll(t, x)
	}
}

func TestACourseThatWasDeletedMeanwhileIsNotShown(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(small), "")
	other := imported(t, store, files(small), "course-v1:Org+D+run")
	x := filled(t, store)
	if _, err := store.Delete(t.Context(), other, "test"); err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		if r := searched(t, x, Request{Kind: k, Scope: Scope{Everything: true}}, map[Kind]string{Content: "clouds", Studio: "clouds", Catalog: "molecules"}[k]); len(r.Hits) != 1 || r.Withheld != 1 {
			t.Errorf("%s: %d hits, %d withheld", k, len(r.Hits), r.Withheld)
		}
	}
}

func TestAScopeThatIsTooWideIsNarrowedByTheCoursesThatAreNamed(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	other := imported(t, store, files(small), "course-v1:Else+D+run")
	x := filled(t, store)
	wide := Access{Course: other}
	for i := range maxScope {
		wide.Classes = append(wide.Classes, chapter(fmt.Sprint("c", i)))
	}
	scope := Scope{Courses: []Access{{Course: c, Classes: []key.BlockID{chapter("one")}}, wide}}
	for text, ok := range map[string]bool{
		"clouds": false, "clouds org:else": true, "clouds course:course-v1:Org+C+run": true, "clouds org:Org": true,
		"clouds in:block-v1:Org+C+run+type@chapter+block@one": true, "sodium org:Org": true,
	} {
		q, _ := query.Parse(text)
		r, err := x.Search(t.Context(), Request{Kind: Content, Scope: scope, Query: q, Facets: []FacetName{FacetCourse}})
		switch {
		case ok && err != nil, !ok && !errors.Is(err, ErrTooBroad):
			t.Errorf("%s: %v", text, err)
		case ok && r.Total > 1:
			t.Errorf("%s finds %d", text, r.Total)
		}
	}
	wide.Classes = wide.Classes[1:]
	scope.Courses[1] = wide
	if r := searched(t, x, Request{Kind: Content, Scope: scope, Facets: FacetNames(Content)}, "orbitals clouds type:html"); r.Total != 1 {
		t.Errorf("with as many parts as may be, %d are found", r.Total)
	}
}

func TestRightsHoldWhileTheIndexIsWritten(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	scope := Scope{Courses: []Access{{Course: c, All: true, Root: rootOf(t, store, c), Classes: []key.BlockID{c.Root(), chapter("one")}}}}
	done := make(chan error, 1)
	// Say that in the version of the scope there is no second section: then there it must never be found but for that version.
	go func() {
		for i := range 8 {
			if _, _, err := store.Update(t.Context(), c, func(e *modulestore.Edit) error {
				e.Describe("test", "edit", "")
				e.About(chapter("two"))
				return e.Change(t.Context(), chapter("two"), modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: fmt.Sprint("Secret ", i)})
			}); err != nil {
				done <- err
				return
			}
			if _, _, err := store.Publish(t.Context(), c, chapter("two"), modulestore.PublishOptions{}, "test"); err != nil {
				done <- err
				return
			}
			if _, err := x.Update(t.Context(), c); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		if r := searched(t, x, Request{Kind: Content, Scope: scope}, "secret"); r.Total != 0 {
			t.Fatalf("%d found in what is closed", r.Total)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}

func TestAHiddenCourseLeavesNoTrace(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	hidden := imported(t, store, files(small), "course-v1:Hidden+H+run")
	x := filled(t, store)
	scope := Scope{Courses: []Access{{Course: c, All: true}}}
	for _, pattern := range []string{"course:%s", "atoms course:%s", "%s", "atoms -course:%s", "org:%s", `"%s"`} {
		seen := make([]*Result, 2)
		for i, named := range [][2]string{{hidden.String(), "Hidden"}, {"course-v1:Absent+A+run", "Absent"}} {
			text := fmt.Sprintf(pattern, named[0])
			if pattern == "org:%s" {
				text = "org:" + named[1]
			}
			seen[i] = searched(t, x, Request{Kind: Content, Scope: scope, Facets: FacetNames(Content)}, text)
		}
		a, b := seen[0], seen[1]
		if a.Total != b.Total || a.Relaxed != b.Relaxed || (a.Corrected == nil) != (b.Corrected == nil) || !slices.Equal(names(a), names(b)) || !slices.Equal(a.Notes, b.Notes) {
			t.Errorf("%s: %+v and %+v", pattern, a, b)
		}
		if fmt.Sprint(a.Facets) != fmt.Sprint(b.Facets) {
			t.Errorf("%s: facets %v and %v", pattern, a.Facets, b.Facets)
		}
	}
}

func TestWhoseTimeIsUpIsNotToldThatTheSearchWasTooBroad(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(small), "")
	x := filled(t, store)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	q, _ := query.Parse("clouds")
	if _, err := x.Search(ctx, Request{Kind: Content, Scope: Scope{Everything: true}, Query: q, Size: 1}); errors.Is(err, ErrTooBroad) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
