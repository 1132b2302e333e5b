package courses

import (
	"context"
	"fmt"
	"time"

	"lectern/courses/flag"
	"lectern/courses/learner"
	"lectern/courses/permission"
)

// FeatureDatesReset is the flag for shifting the deadlines of a self-paced course.
const FeatureDatesReset = "dates.reset"

// Features are the flags of the program. A feature that is to be turned on and off is declared here; rules are made for no others.
func Features() []flag.Flag {
	return []flag.Flag{{
		Name: FeatureDatesReset, Kind: flag.Option, Default: true,
		Description: "learners of self-paced courses can begin anew, which shifts their deadlines",
		UseCase:     "off where all are to keep to the weeks of a course, on for a learner who was ill",
		Created:     time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC),
	}}
}

// FeatureBook gives the flags of the program with all rules for them that are stored.
func FeatureBook(ctx context.Context, db *learner.DB) (*flag.Book, error) {
	rules, err := db.FlagRules(ctx)
	if err != nil {
		return nil, err
	}
	return flag.NewBook(Features(), rules)
}

// Asker is a user with some roles, in a scope and a cohort of it, as flags know them. The zero ID is somebody who is not signed in.
func Asker(user learner.ID, roles []learner.Role, in permission.Scope, cohort string) (flag.Who, error) {
	who := flag.Who{Org: in.Org}
	if in.Level() == permission.CourseLevel {
		who.Course, who.Org = in.Course.String(), in.Course.Org
	}
	if user.IsZero() {
		return who, nil
	}
	if who.Learner = user.String(); cohort != "" {
		who.Cohorts = []string{cohort}
	}
	for _, r := range roles {
		scope, err := permission.ParseScope(r.Scope)
		if err != nil {
			return flag.Who{}, fmt.Errorf("the role %s: %w", r.Role, err)
		}
		if scope.Covers(in) {
			who.Roles = append(who.Roles, r.Role)
		}
	}
	return who, nil
}

// has tells whether the learner of a view has a feature in its course.
func (g *Gradebook) has(ctx context.Context, feature string, v *View) (bool, error) {
	book, err := FeatureBook(ctx, g.Learners)
	if err != nil {
		return false, err
	}
	who, err := Asker(v.Learner.Learner, v.Learner.Roles, permission.Course(v.Course.Content.Key), v.Learner.Cohort)
	if err != nil {
		return false, err
	}
	return book.On(feature, who, v.Outline.At), nil
}
