package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search"
	"lectern/search/query"
)

// searchName is the folder of the search index in the data folder.
const searchName = "search"

type searchFlags struct {
	lookFlags
	index     string
	course    string
	anonymous bool
	facets    []string
	limit     int
	sort      string
	after     string
	typing    bool
}

func (a *app) searchCommand() *cobra.Command {
	var f searchFlags
	cmd := &cobra.Command{
		Use:     "search TEXT…",
		GroupID: groupCourses,
		Short:   "Find what courses say",
		Long: `Find texts, problems, videos by what is said in them, sections and units by their names, in all courses that are published. With --user it is what that
learner may open, with --anonymous what anybody may who is not signed in; --at asks for another instant. --index studio finds in drafts and libraries,
--index catalog finds courses.

All words are wanted, in any form (cell finds cells); "cell wall" in quotation marks wants them side by side, -plant leaves out what has that word.
type:problem, course:KEY, org:NAME, lang:fr and in:USAGE-KEY narrow a search. If nothing has all words, most of them are enough, each perhaps with a typo, and that is said.

The index is in the data folder. Before it is asked, it takes in what has changed in the store; it is made anew when it is damaged or gone. A search changes nothing else.`,
		Example: `  lectern search photosynthesis
  lectern search '"light reaction" type:video' --user anna
  lectern search genetics --index catalog --facet lang`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runSearch(cmd.Context(), strings.Join(args, " "), f)
		},
	}
	flags := cmd.Flags()
	f.lookFlags.add(flags)
	flags.Lookup("user").Usage = "`name` of the learner who asks (default an operator, who finds everything)"
	flags.BoolVar(&f.anonymous, "anonymous", false, "find what somebody finds who is not signed in")
	flags.StringVar(&f.index, "index", string(search.Content), "`name` of what is searched: content, studio or catalog")
	flags.StringVar(&f.course, "course", "", "find in the course with this `key` alone")
	flags.StringSliceVar(&f.facets, "facet", nil, "count the hits by this `name`: "+facetNames(search.Content))
	flags.IntVar(&f.limit, "limit", 10, "list so many `hits`, at most 50")
	flags.StringVar(&f.sort, "sort", string(search.Relevance), "`order` of the hits: relevance or newest")
	flags.StringVar(&f.after, "after", "", "list the page that follows: `next` of the page before")
	flags.BoolVar(&f.typing, "typing", false, "the last word may be unfinished; find it in titles")
	return cmd
}

func facetNames(k search.Kind) string {
	var names []string
	for _, n := range search.FacetNames(k) {
		names = append(names, string(n))
	}
	return strings.Join(names, ", ")
}

func (a *app) runSearch(ctx context.Context, text string, f searchFlags) error {
	request, notes, err := f.request(text)
	if err != nil {
		return err
	}
	return a.withSearch(ctx, func(x *search.Index, store *modulestore.Store) error {
		if err := a.freshen(ctx, x); err != nil {
			return err
		}
		if request.Scope, err = a.scope(ctx, store, request, f); err != nil {
			return err
		}
		found, err := x.Search(ctx, request)
		if err != nil {
			return err
		}
		found.Notes = slices.Concat(notes, found.Notes)
		if a.json {
			return a.printJSON(shownResult(found))
		}
		return a.printFound(found, request)
	})
}

// request reads the flags.
func (f *searchFlags) request(text string) (r search.Request, notes []query.Note, err error) {
	if f.user != "" && f.anonymous {
		return r, nil, together("--user", "--anonymous")
	}
	if !slices.Contains(search.Kinds(), search.Kind(f.index)) {
		return r, nil, &usageError{message: fmt.Sprintf("there is no index %q", f.index), advice: "say content, studio or catalog"}
	}
	if f.limit < 1 || f.limit > search.MaxSize {
		return r, nil, &usageError{message: fmt.Sprintf("--limit is 1 to %d, not %d", search.MaxSize, f.limit), advice: "with --after a page follows another"}
	}
	r = search.Request{Kind: search.Kind(f.index), Order: search.Order(f.sort), Size: f.limit, After: f.after, Typing: f.typing, At: time.Now().UTC()}
	if f.at != "" {
		if _, err := parseZone(f.zone); err != nil {
			return r, nil, err
		}
		if r.At, err = parseTimeIn("--at", f.at, f.zone); err != nil {
			return r, nil, err
		}
	}
	for _, name := range f.facets {
		if !slices.Contains(search.FacetNames(r.Kind), search.FacetName(name)) {
			return r, nil, &usageError{message: fmt.Sprintf("the %s index has no facet %q", r.Kind, name), advice: "choose from " + facetNames(r.Kind)}
		}
		r.Facets = append(r.Facets, search.FacetName(name))
	}
	r.Query, notes = query.Parse(text)
	if f.course != "" {
		c, err := key.ParseCourse(f.course)
		if err != nil {
			return r, nil, err
		}
		filter, _ := query.NewFilter(query.Course, c.String())
		r.Query = r.Query.With(filter)
	}
	return r, notes, nil
}

// scope is what the one who asks may find: drafts and the catalog are not for learners to be told apart.
func (a *app) scope(ctx context.Context, store *modulestore.Store, r search.Request, f searchFlags) (search.Scope, error) {
	switch {
	case f.user == "" && !f.anonymous:
		return search.Scope{Everything: true}, nil
	case r.Kind == search.Studio:
		return search.Scope{}, &usageError{message: "drafts are not for learners", advice: "leave --user and --anonymous out"}
	case r.Kind == search.Catalog:
		return search.Scope{Everything: true}, nil
	case f.anonymous:
		return findable(ctx, courses.NewGradebook(store, nil), learner.ID{}, r.At)
	}
	var scope search.Scope
	err := a.withLearners(ctx, toRead, func(db *learner.DB) error {
		user, err := db.FindUser(ctx, f.user)
		if err == nil {
			scope, err = findable(ctx, courses.NewGradebook(store, db), user.ID, r.At)
		}
		return err
	})
	return scope, err
}

func findable(ctx context.Context, g *courses.Gradebook, user learner.ID, at time.Time) (search.Scope, error) {
	list, err := g.FindableEverywhere(ctx, user, at, courses.ViewOptions{Options: outline.Options{UnenrolledAccess: true}})
	scope := search.Scope{Courses: make([]search.Access, len(list))}
	for i := range list {
		scope.Courses[i] = search.Access(list[i])
	}
	return scope, err
}

// withSearch opens the store and the search index, hands them to use and closes them again.
func (a *app) withSearch(ctx context.Context, use func(*search.Index, *modulestore.Store) error) error {
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		return a.withIndex(ctx, store, func(x *search.Index) error { return use(x, store) })
	})
}

// withIndex opens the search index of a store.
func (a *app) withIndex(ctx context.Context, store *modulestore.Store, use func(*search.Index) error) error {
	x, err := search.Open(ctx, search.Options{
		Folder: filepath.Join(a.dataDir, searchName), Store: store, Classes: courses.NewGradebook(store, nil).Classes, ClassesVersion: courses.ClassesVersion,
	})
	if err != nil {
		return err
	}
	return errors.Join(use(x), x.Close())
}

// freshen takes into the index what has changed in the store.
func (a *app) freshen(ctx context.Context, x *search.Index) error {
	report, err := x.UpdateAll(ctx)
	if err != nil {
		return err
	}
	for _, failed := range report.Failed {
		fmt.Fprintf(a.stderr, "lectern: %s could not be read, so it is found as it was before, or not at all: %s\n", failed.Course, safe(failed.Err.Error()))
	}
	return nil
}
