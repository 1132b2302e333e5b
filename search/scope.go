package search

import (
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2"
	bq "github.com/blevesearch/bleve/v2/search/query"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/query"
)

// maxScope is the number of courses and classes of one search; who may find more than that is asked to name courses.
const maxScope = 3500

// rights are the filters that a scope comes to: what may be found in full, and what by its title alone. A nil query finds nothing.
type rights struct {
	all          bool // no filter at all
	stamped      bool // they rely on what the index is said to have of a course
	full, titles bq.Query
}

// everything reports whether nothing of the course is withheld in any version, so that its drafts may be found, too.
func (a *Access) everything() bool { return a.All && len(a.Classes) == 0 && !a.TitlesOnly }

// whole reports whether all of a published branch may be found.
func (a *Access) whole(root modulestore.ID) bool {
	return a.All && (len(a.Classes) == 0 || root == a.Root && !root.IsZero())
}

// within is the part of a scope in the courses that a query names.
func (s *Scope) within(q query.Query) Scope {
	courses, _ := q.Values(query.Course)
	orgs, _ := q.Values(query.Org)
	places, _ := q.Values(query.In)
	part := Scope{Everything: s.Everything}
	for _, a := range s.Courses {
		in := func(place string) bool { b, err := key.ParseBlock(place); return err == nil && b.Course == a.Course }
		if (len(courses) == 0 || len(named(courses, []key.Course{a.Course})) > 0) &&
			(len(orgs) == 0 || len(folded(orgs, []string{a.Course.Org})) > 0) && (len(places) == 0 || slices.ContainsFunc(places, in)) {
			part.Courses = append(part.Courses, a)
		}
	}
	return part
}

// filter makes filters of a scope for an index. now gives the published root that the index has of a course: where that is the one that the classes were computed for, all of them
// are one term.
func (s *Scope) filter(k Kind, now func(key.Course) (root modulestore.ID, ok bool)) (r rights, terms int) {
	if s.Everything {
		return rights{all: true}, 0
	}
	var full, titles accessTerms
	for i := range s.Courses {
		a := &s.Courses[i]
		to := &full
		if a.TitlesOnly {
			to = &titles
		}
		root, ok := now(a.Course)
		switch {
		case !ok: // the index has nothing of it
		case k == Studio && !a.everything(): // what is published says nothing of drafts
		case a.whole(root):
			to.contexts = append(to.contexts, a.Course.String())
			r.stamped = r.stamped || len(a.Classes) > 0
		default:
			for _, class := range a.Classes {
				to.classes = append(to.classes, a.Course.Block(class).String())
			}
		}
	}
	r.full, r.titles = full.query(), titles.query()
	return r, full.len() + titles.len()
}

// accessTerms are the values of two fields, one of which a document must have.
type accessTerms struct{ contexts, classes []string }

func (t *accessTerms) len() int { return len(t.contexts) + len(t.classes) }

func (t *accessTerms) query() bq.Query {
	switch {
	case len(t.contexts) > 0 && len(t.classes) > 0:
		return bleve.NewDisjunctionQuery(oneOf(fieldContext, t.contexts), oneOf(fieldAccess, t.classes))
	case len(t.contexts) > 0:
		return oneOf(fieldContext, t.contexts)
	case len(t.classes) > 0:
		return oneOf(fieldAccess, t.classes)
	}
	return nil
}

// allows reports whether a block of a class may be found, and whether by its title alone. root is the published branch that the class is one of.
func (s *Scope) allows(c key.Course, root modulestore.ID, class key.BlockID) (ok, titleOnly bool) {
	if s.Everything {
		return true, false
	}
	for i := range s.Courses {
		a := &s.Courses[i]
		if a.Course != c {
			continue
		}
		return a.whole(root) || slices.Contains(a.Classes, class), a.TitlesOnly
	}
	return false, false
}

// selected makes filters of the fields that were typed or chosen. Values of one field are alternatives, fields add up. contexts are the courses of the index.
func (s *run) selected(contexts []key.Course) (wanted map[query.Field]bq.Query, unwanted []bq.Query, err error) {
	wanted = make(map[query.Field]bq.Query)
	for _, f := range []query.Field{query.Type, query.Lang, query.Org, query.Course, query.Tag, query.In} {
		yes, no := s.Query.Values(f)
		if len(yes) > 0 {
			if wanted[f], err = s.having(f, yes, contexts); err != nil {
				return nil, nil, err
			}
		}
		if len(no) > 0 {
			not, err := s.having(f, no, contexts)
			if err != nil {
				return nil, nil, err
			}
			unwanted = append(unwanted, not)
		}
	}
	return wanted, unwanted, nil
}

// having wants one of some values of a field.
func (s *run) having(f query.Field, values []string, contexts []key.Course) (bq.Query, error) {
	switch f {
	case query.Type:
		return oneOf(fieldType, values), nil
	case query.Lang:
		return oneOf(languageField(s.Kind), values), nil
	case query.Org:
		return s.havingFolded(fieldOrg, values)
	case query.Tag:
		return s.havingFolded(fieldSubject, values)
	case query.Course:
		return oneOf(fieldContext, named(values, contexts)), nil
	}
	return bleve.NewDisjunctionQuery(oneOf(fieldAbove, values), bleve.NewDocIDQuery(values)), nil
}

// havingFolded wants one of those values that the index has and somebody may have meant.
func (s *run) havingFolded(field string, values []string) (bq.Query, error) {
	known, err := valuesOf(s.index, field)
	return oneOf(field, folded(values, known)), err
}

// folded gives the known values that somebody may have meant: large and small letters are the same.
func folded(values, known []string) (list []string) {
	for _, k := range known {
		for _, v := range values {
			if strings.EqualFold(k, v) {
				list = append(list, k)
				break
			}
		}
	}
	return list
}

// named gives the courses that are named by their keys, or by organisation, number or run.
func named(values []string, contexts []key.Course) (list []string) {
	for _, c := range contexts {
		for _, v := range values {
			if text := c.String(); strings.EqualFold(v, text) || strings.EqualFold(v, c.Org) || strings.EqualFold(v, c.Code) || strings.EqualFold(v, c.Run) {
				list = append(list, text)
				break
			}
		}
	}
	return list
}
