package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/search/query"
)

// A course that was shown before is shown as it is now, and to whom it is open now, though the index is behind.
func TestACourseThatChangesBetweenTwoSearchesIsShownAsItIsNow(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	first := Scope{Courses: []Access{{Course: c, Classes: []key.BlockID{chapter("one")}}}}
	search := func(s Scope) *Result { return searched(t, x, Request{Kind: Content, Scope: s}, "clouds") }
	if r := search(first); len(r.Hits) != 1 || r.Hits[0].Title != "Welcome" {
		t.Fatalf("before: %+v", r)
	}
	retitle(t, store, c, "html/h", "Farewell")
	publish(t, store, c, "html/h")
	if r := search(first); len(r.Hits) != 1 || r.Hits[0].Title != "Farewell" {
		t.Errorf("after another title was published: %+v", r.Hits)
	}
	edit(t, store, c, func(e *modulestore.Edit) error {
		e.About(block(t, "html/h"))
		return e.Move(t.Context(), block(t, "html/h"), block(t, "vertical/u"), block(t, "vertical/v"), -1)
	})
	publish(t, store, c, "course/"+c.Root().Name)
	if r := search(first); len(r.Hits) != 0 || r.Withheld != 1 {
		t.Errorf("after it was moved to a section that is closed: %d hits, %d withheld", len(r.Hits), r.Withheld)
	}
	r := search(Scope{Everything: true})
	if len(r.Hits) != 1 || !slices.ContainsFunc(r.Hits[0].Above, func(c Crumb) bool { return c.Title == "Bonds" }) {
		t.Errorf("whoever may find everything is shown %+v", r.Hits)
	}
}

// A purge makes no version: what was shown before is read again nevertheless.
func TestWhatIsPurgedIsNotShownThoughTheIndexIsBehind(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	search := func() *Result {
		return searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, "clouds")
	}
	if r := search(); len(r.Hits) != 1 || !strings.Contains(r.Hits[0].SnippetHTML, "Orbitals") {
		t.Fatalf("before: %+v", r.Hits)
	}
	head, err := store.Head(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.PurgeBlock(t.Context(), head, block(t, "html/h"), modulestore.PurgeOptions{Author: "test", Reason: "a name"}); err != nil {
		t.Fatal(err)
	}
	for _, h := range search().Hits {
		if strings.Contains(h.SnippetHTML, "Orbitals") || strings.Contains(h.SnippetHTML, "clouds") {
			t.Errorf("after: %q", h.SnippetHTML)
		}
	}
}

// lossy is a store that has lost an object.
type lossy struct {
	modulestore.Backend
	mu   sync.Mutex
	lost modulestore.ID
}

func (l *lossy) lose(id modulestore.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = id
}

func (l *lossy) Get(ctx context.Context, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.Object, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Backend.Get(ctx, kind, slices.DeleteFunc(slices.Clone(ids), func(id modulestore.ID) bool { return id == l.lost }))
}

func TestOneTextThatIsLostIsNoReasonToShowNothingElseOfTheCourse(t *testing.T) {
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	backend := &lossy{Backend: db}
	store := modulestore.New(backend)
	t.Cleanup(func() { _ = store.Close() })
	c := imported(t, store, files(with(small, map[string]string{"tabs/syllabus.html": "<p>Clouds and chloride.</p>"})), "")
	other := imported(t, store, files(small), "course-v1:Org+D+run")
	x := filled(t, store)
	head, err := store.Head(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := store.Snapshot(t.Context(), head, modulestore.Published)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := snap.Block(block(t, "static_tab/syllabus"))
	backend.lose(page.Body)
	r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, "clouds")
	shown := make(map[string]bool)
	for i := range r.Hits {
		shown[r.Hits[i].ID] = true
	}
	if r.Total != 3 || r.Withheld != 1 || len(r.Hits) != 2 || !shown[c.Block(block(t, "html/h")).String()] || !shown[other.Block(block(t, "html/h")).String()] {
		t.Errorf("%d found, %d withheld, %v shown; want 3, 1 and the texts of both courses", r.Total, r.Withheld, shown)
	}
}

// Hits are in the order in which they were found, whichever course is read first.
func TestHitsOfManyCoursesAreShownInTheirOrder(t *testing.T) {
	store := newStore(t)
	for i := range 9 {
		imported(t, store, files(small), fmt.Sprintf("course-v1:Org+C%d+run", i))
	}
	x := filled(t, store)
	var want []string
	for range 10 {
		r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}, Size: 20}, "clouds sodium OR chloride")
		var got []string
		for i := range r.Hits {
			if i > 0 && r.Hits[i].Score > r.Hits[i-1].Score {
				t.Errorf("hit %d is better than the one before", i)
			}
			got = append(got, r.Hits[i].ID)
		}
		if want == nil {
			want = got
		}
		if len(got) < 9 || !slices.Equal(got, want) {
			t.Fatalf("shown in the order\n%v\nand in the order\n%v", want, got)
		}
	}
}

func TestSearchesShowCoursesWhileTheyArePublished(t *testing.T) {
	store := newStore(t)
	var courses []key.Course
	for i := range 3 {
		courses = append(courses, imported(t, store, files(small), fmt.Sprintf("course-v1:Org+C%d+run", i)))
	}
	x := filled(t, store)
	ctx, done := context.WithCancel(t.Context())
	var searching sync.WaitGroup
	for range 3 {
		searching.Go(func() {
			last := make(map[string]string)
			r := Request{Kind: Content, Scope: Scope{Everything: true}, Size: 10}
			r.Query, _ = query.Parse("clouds")
			for ctx.Err() == nil {
				found, err := x.Search(t.Context(), r)
				if err != nil || len(found.Hits) != len(courses) {
					t.Errorf("%+v, %v", found, err)
					return
				}
				for _, h := range found.Hits {
					if h.Title < last[h.ID] {
						t.Errorf("%s was called %q and is shown as %q", h.ID, last[h.ID], h.Title)
					}
					last[h.ID] = h.Title
				}
			}
		})
	}
	for i := range 4 {
		for _, c := range courses {
			retitle(t, store, c, "html/h", fmt.Sprint("Welcome ", i))
			publish(t, store, c, "html/h")
		}
		if _, err := x.Update(t.Context(), courses[0]); err != nil {
			t.Error(err)
		}
	}
	done()
	searching.Wait()
}

// Who looks into an index whose store cannot be read is told so, and not that there is nothing.
func TestAStoreThatCannotBeReadIsAnError(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(small), "")
	x := filled(t, store)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	r := Request{Kind: Content, Scope: Scope{Everything: true}, Size: 10}
	if found, err := x.Search(t.Context(), r); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("%+v, %v", found, err)
	}
}
