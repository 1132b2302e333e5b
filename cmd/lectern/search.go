package main

import (
	"context"
	"errors"
	"fmt"
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
	"lectern/search/api"
	"lectern/search/query"
)

type searchFlags struct {
	lookFlags
	index     string
	course    string
	in        key.Course // as course names it
	country   string
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
learner may open, with --anonymous what anybody may who is not signed in; --at asks for another instant, --country for somebody in that country, where some courses may
not be used. --index studio finds in drafts and libraries, --index catalog finds courses.

All words are wanted, in any form (cell finds cells); "cell wall" in quotation marks wants them side by side, -plant leaves out what has that word.
type:problem, course:KEY, org:NAME, lang:fr, tag:SUBJECT and in:USAGE-KEY narrow a search, also to the values that --facet counts; -type:problem leaves out. If nothing
has all words, most of them are enough, each perhaps with a typo, and that is said. Without any words the list is of what was changed last.

The index is in the data folder. Before it is asked, it takes in what has changed in the store; it is made anew when it is damaged or gone. A search changes nothing else.`,
		Example: `  lectern search photosynthesis
  lectern search '"light reaction" type:video' --user anna
  lectern search 'cell -plant tag:Biology' --facet type,course
  lectern search genetics --index catalog --facet lang`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runSearch(cmd.Context(), strings.Join(args, " "), f)
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if strings.HasPrefix(err.Error(), "unknown shorthand flag") { // a word to leave out, most likely
			return &usageError{message: err.Error(), advice: "put quotation marks around the whole text, as in lectern search 'cell -plant'"}
		}
		return flagError(cmd, err)
	})
	flags := cmd.Flags()
	f.lookFlags.add(flags)
	flags.Lookup("user").Usage = "`name` of the learner who asks (default an operator, who finds everything)"
	addCountry(flags, &f.country)
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
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		if f.course != "" {
			if _, err := store.Head(ctx, f.in); err != nil {
				return err
			}
		}
		if request.Scope, err = a.scope(ctx, store, request, f); err != nil {
			return err
		}
		return a.withIndex(ctx, store, func(x *search.Index) error {
			found, err := a.find(ctx, x, request)
			if err != nil {
				return err
			}
			found.Notes = slices.Concat(notes, found.Notes)
			if found.Total == 0 {
				found.Notes = append(found.Notes, whyNothing(ctx, store, request)...)
			}
			if a.json {
				return a.printJSON(api.NewFound(found, nil))
			}
			return a.printFound(found)
		})
	})
}

// find searches in an index that has what the store has. One that turns out to be damaged is made again.
func (a *app) find(ctx context.Context, x *search.Index, r search.Request) (*search.Result, error) {
	if err := a.freshen(ctx, x); err != nil {
		return nil, err
	}
	found, err := x.Search(ctx, r)
	if !errors.Is(err, search.ErrDamaged) {
		return found, err
	}
	if err := a.freshen(ctx, x); err != nil {
		return nil, err
	}
	return x.Search(ctx, r)
}

// whyNothing tells what other than the words may be the reason that nothing was found.
func whyNothing(ctx context.Context, store *modulestore.Store, r search.Request) []query.Note {
	list, err := store.Courses(ctx)
	switch {
	case err != nil: // it has been searched, so this tells nothing new
		return nil
	case len(list) == 0:
		return []query.Note{"There is no course yet to find anything in; lectern import ARCHIVE adds one."}
	case r.Kind != search.Studio && !slices.ContainsFunc(list, func(c modulestore.Context) bool { return !c.Course.Library }):
		return []query.Note{"There are libraries alone; --index studio finds what is in them."}
	case !r.Scope.Everything && len(r.Scope.Courses) == 0:
		return []query.Note{"At that time there is no course in which they may open anything."}
	}
	return nil
}

// request reads the flags.
func (f *searchFlags) request(text string) (r search.Request, notes []query.Note, err error) {
	if err := f.check(); err != nil {
		return r, nil, err
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
		r.Facets = append(r.Facets, search.FacetName(name))
	}
	r.Query, notes = query.Parse(text)
	if f.course != "" {
		if f.in, err = key.ParseCourse(f.course); err != nil {
			return r, nil, err
		}
		if f.in.Library && r.Kind != search.Studio {
			return r, nil, &usageError{message: fmt.Sprintf("%s is a library", f.in), advice: "--index studio finds what is in libraries"}
		}
		filter, _ := query.NewFilter(query.Course, f.in.String())
		r.Query = r.Query.With(filter)
	}
	if r.Query.IsZero() && len(notes) == 0 {
		notes = append(notes, "Nothing was asked for, so what was changed last comes first.")
	}
	return r, notes, nil
}

// check refuses what cannot be asked for.
func (f *searchFlags) check() error {
	kind := search.Kind(f.index)
	switch {
	case f.user != "" && f.anonymous:
		return together("--user", "--anonymous")
	case f.country != "" && f.user == "" && !f.anonymous:
		return &usageError{message: "--country is for what learners find, and an operator finds everything", advice: "add --user NAME or --anonymous"}
	case !slices.Contains(search.Kinds(), kind):
		return &usageError{message: fmt.Sprintf("there is no index %q", f.index), advice: "say content, studio or catalog"}
	case f.limit < 1 || f.limit > search.MaxSize:
		return &usageError{message: fmt.Sprintf("--limit is 1 to %d, not %d", search.MaxSize, f.limit), advice: "with --after a page follows another"}
	case f.sort != string(search.Relevance) && f.sort != string(search.Newest):
		return &usageError{message: fmt.Sprintf("hits cannot be in the order %q", f.sort), advice: "say relevance or newest"}
	}
	if err := checkCountry(f.country); err != nil {
		return err
	}
	for _, name := range f.facets {
		if !slices.Contains(search.FacetNames(kind), search.FacetName(name)) {
			return &usageError{message: fmt.Sprintf("the %s index has no facet %q", kind, name), advice: "choose from " + facetNames(kind)}
		}
	}
	return nil
}

// scope is what the one who asks may find. An operator, who has the data folder, finds everything that is published; drafts are for them alone.
func (a *app) scope(ctx context.Context, store *modulestore.Store, r search.Request, f searchFlags) (scope search.Scope, err error) {
	switch {
	case f.user == "" && !f.anonymous:
		return search.Scope{Everything: true}, nil
	case r.Kind == search.Studio:
		return scope, &usageError{message: "drafts are not for learners", advice: "leave --user and --anonymous out"}
	case f.anonymous && r.Kind == search.Catalog: // which is for everybody
		return search.Scope{Everything: true}, nil
	case f.anonymous:
		return a.findable(ctx, courses.NewGradebook(store, nil), learner.ID{}, r.At, f.country)
	}
	err = a.withLearners(ctx, toRead, func(db *learner.DB) error {
		user, err := db.FindUser(ctx, f.user)
		switch {
		case err != nil:
		case r.Kind == search.Catalog:
			scope.Everything = true
		default:
			scope, err = a.findable(ctx, courses.NewGradebook(store, db), user.ID, r.At, f.country)
		}
		return err
	})
	return scope, err
}

// findable is what somebody may find in those courses that can be read. It warns of the others.
func (a *app) findable(ctx context.Context, g *courses.Gradebook, user learner.ID, at time.Time, country string) (search.Scope, error) {
	scope, err := findable(ctx, g, user, at, country)
	unreadable, some := errors.AsType[courses.UnreadableError](err)
	if !some {
		return scope, err
	}
	for _, failed := range unreadable {
		a.warn("%s could not be read, so this search leaves it out; lectern verify lists all the damage: %s", failed.Course, failed.Err)
	}
	return scope, nil
}

// findable is what somebody may find in courses, as far as those can be read that courses.UnreadableError does not name.
func findable(ctx context.Context, g *courses.Gradebook, user learner.ID, at time.Time, country string) (search.Scope, error) {
	list, err := g.FindableEverywhere(ctx, user, at, courses.ViewOptions{Options: outline.Options{UnenrolledAccess: true}, Country: country})
	scope := search.Scope{Courses: make([]search.Access, len(list))}
	for i := range list {
		scope.Courses[i] = search.Access(list[i])
	}
	return scope, err
}
