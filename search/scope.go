package search

import (
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/query"
)

// maxScope is the number of courses and classes of one search; who may find more than that is asked to name courses.
const maxScope = 10_000

// rights are what a scope comes to: what may be found in full, and what by its title alone.
type rights struct {
	all          bool // no limit at all
	stamped      bool // they rely on what the index is said to have of a course
	full, titles []grant
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
	if len(courses)+len(orgs)+len(places) == 0 {
		return *s
	}
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

// grants makes rights of a scope for an index, and tells how many values they have; of more than maxScope, not how many. now gives the published root that the index has of a
// course: where that is the one that the classes were computed for, all of them are one value.
func (s *Scope) grants(k Kind, now func(key.Course) (root modulestore.ID, ok bool)) (r rights, size int) {
	if s.Everything {
		return rights{all: true}, 0
	}
	for i := range s.Courses {
		if size > maxScope {
			break // which is all that matters
		}
		a := &s.Courses[i]
		to := &r.full
		if a.TitlesOnly {
			to = &r.titles
		}
		root, ok := now(a.Course)
		switch {
		case !ok: // the index has nothing of it
		case k == Studio && !a.everything(): // what is published says nothing of drafts
		case a.whole(root):
			*to = append(*to, grant{a.Course, nil})
			r.stamped = r.stamped || len(a.Classes) > 0
			size++
		case len(a.Classes) > 0:
			*to = append(*to, grant{a.Course, a.Classes})
			size += len(a.Classes)
		}
	}
	return r, size
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

// choices are the fields that were typed or chosen. Values of one field are alternatives, fields add up. contexts are the courses of the index.
func (s *run) choices(contexts []key.Course) (wanted map[query.Field]choice, unwanted choice, err error) {
	wanted = make(map[query.Field]choice)
	for _, f := range []query.Field{query.Type, query.Lang, query.Org, query.Course, query.Tag, query.In} {
		yes, no := s.Query.Values(f)
		if len(yes) > 0 {
			if wanted[f], err = s.choice(f, yes, contexts); err != nil {
				return nil, nil, err
			}
		}
		if len(no) > 0 {
			not, err := s.choice(f, no, contexts)
			if err != nil {
				return nil, nil, err
			}
			unwanted = append(unwanted, not...)
		}
	}
	return wanted, unwanted, nil
}

func (s *run) choice(f query.Field, values []string, contexts []key.Course) (choice, error) {
	switch f {
	case query.Type:
		return oneOf(fieldType, values...), nil
	case query.Lang:
		return oneOf(languageField(s.Kind), values...), nil
	case query.Org:
		return s.folded(fieldOrg, values)
	case query.Tag:
		return s.folded(fieldSubject, values)
	case query.Course:
		return oneOf(fieldContext, named(values, contexts)...), nil
	}
	return append(oneOf(fieldAbove, values...), oneOf(fieldID, values...)...), nil
}

// folded wants one of those values that the index has and somebody may have meant.
func (s *run) folded(field string, values []string) (choice, error) {
	known, err := valuesOf(s.index, field)
	return oneOf(field, folded(values, known)...), err
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
