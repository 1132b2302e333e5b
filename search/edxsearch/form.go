package edxsearch

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"lectern/modulestore/key"
	"lectern/search"
	"lectern/search/query"
)

// Limits of a page, in hits.
const (
	usualSize = 20
	maxSize   = 100
	maxWindow = search.MaxOffset + search.MaxSize
)

// FormError says what is wrong with the fields of a form.
type FormError struct{ Message string }

func (e *FormError) Error() string { return e.Message }

// facetFields are the fields of the catalog of which a form may choose values, several of each.
var facetFields = map[string]query.Field{"org": query.Org, "language": query.Lang, "subject": query.Tag}

// ParseCourseware reads the form of a search in a course or, with the zero key, in all courses. What it does not say, such as the scope, is left to the caller. A page of
// more hits than one search gives comes as several requests.
func ParseCourseware(form url.Values, course key.Course) ([]search.Request, error) {
	if form.Get("search_string") == "" {
		return nil, &FormError{"No search term provided for search"}
	}
	r := search.Request{Kind: search.Content}
	r.Query, _ = query.Parse(form.Get("search_string"))
	if !course.IsZero() {
		filter, _ := query.NewFilter(query.Course, course.String())
		r.Query = r.Query.With(filter)
	}
	return pages(form, r)
}

// ParseDiscovery reads the form of a search in the catalog. Without a text it lists all courses.
func ParseDiscovery(form url.Values) ([]search.Request, error) {
	r := search.Request{Kind: search.Catalog, Facets: []search.FacetName{search.FacetOrg, search.FacetLang, search.FacetSubject}}
	r.Query, _ = query.Parse(form.Get("search_string"))
	for name, field := range facetFields {
		for _, value := range form[name] {
			filter, _ := query.NewFilter(field, value)
			r.Query = r.Query.With(filter)
		}
	}
	return pages(form, r)
}

// pages cuts a page of a form into those of requests. The counts are those of the first.
func pages(form url.Values, r search.Request) (list []search.Request, err error) {
	size, err := number(form, "page_size", usualSize)
	if err != nil {
		return nil, err
	}
	index, err := number(form, "page_index", 0)
	if err != nil {
		return nil, err
	}
	switch {
	case size < 1 || size > maxSize:
		return nil, &FormError{fmt.Sprintf("page_size is 1 to %d, not %d", maxSize, size)}
	case index > maxWindow/size || (index+1)*size > maxWindow:
		return nil, &FormError{fmt.Sprintf("page_index %d is beyond the first %d hits; make the search narrower", index, maxWindow)}
	}
	for from, end := index*size, (index+1)*size; from < end; from += search.MaxSize {
		r.Offset, r.Size = from, min(search.MaxSize, end-from)
		list = append(list, r)
		r.Facets = nil
	}
	return list, nil
}

func number(form url.Values, name string, otherwise int) (int, error) {
	text := form.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, &FormError{fmt.Sprintf("%s is %q, not a number", name, text)}
	}
	return n, nil
}

// Failure is the answer to a search that was not carried out.
type Failure struct {
	Error string `json:"error"`
}

// NewFailure gives the answer to an error, and its status: 400 for what the caller can mend. What else went wrong is for logs, not for callers.
func NewFailure(err error) (status int, f *Failure) {
	form, wrong := errors.AsType[*FormError](err)
	switch {
	case wrong:
		return http.StatusBadRequest, &Failure{form.Message}
	case errors.Is(err, search.ErrRequest), errors.Is(err, search.ErrTooBroad):
		return http.StatusBadRequest, &Failure{err.Error()}
	}
	return http.StatusInternalServerError, &Failure{"the search could not be carried out"}
}
