package learner_test

import (
	"encoding/json"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses/flag"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
)

func TestRulesForFlags(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann, staff := open(t, uri), t.Context(), learner.NewID(), learner.NewID()
		noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		db.Now = func() time.Time { noon = noon.Add(time.Second); return noon }
		course := flag.Rule{Flag: "f", Scope: flag.Course, Key: demo.String(), Share: 2000, Note: "try", From: noon, Expires: noon.AddDate(0, 1, 0), OfflineSafe: true}
		user := flag.Rule{Flag: "f", Scope: flag.User, Key: ann.String(), Share: flag.On}
		set := func(r flag.Rule) func() (bool, error) {
			return func() (bool, error) { return db.SetFlag(ctx, staff, r) }
		}
		run(t, []step{
			{"taking back what nobody has said", set(flag.Rule{Flag: "f", Scope: flag.Everyone, Share: flag.Unset}), ""},
			{"a rule for a course", set(course), "changed"},
			{"the same again", set(course), ""},
			{"a rule for a user", set(user), "changed"},
			{"a rule for a cohort", set(flag.Rule{Flag: "f", Scope: flag.Cohort, Key: flag.InCourse(demo.String(), "A b"), Share: flag.Off}), "changed"},
			{"a kill switch", set(flag.Rule{Flag: "f", Scope: flag.Kill}), "changed"},
			{"it is taken back", set(flag.Rule{Flag: "f", Scope: flag.Kill, Share: flag.Unset}), "changed"},
			{"a course that is none", set(flag.Rule{Flag: "f", Scope: flag.Course, Key: "somewhere"}), "somewhere"},
			{"a user who is none", set(flag.Rule{Flag: "f", Scope: flag.User, Key: "ann"}), "no id"},
			{"a rule that means nothing", set(flag.Rule{Flag: "f", Scope: flag.Everyone, Key: "k"}), "do not go together"},
		})
		rules, err := db.FlagRules(ctx)
		must(t, err)
		if len(rules) != 5 {
			t.Fatalf("%d rules: %+v", len(rules), rules)
		}
		course.Actor, course.Created = staff.String(), rules[0].Created
		user.Actor, user.Created = staff.String(), rules[1].Created
		if diff := gocmp.Diff([]flag.Rule{course, user}, rules[:2]); diff != "" || course.Created.IsZero() {
			t.Errorf("(-set +stored):\n%s", diff)
		}
		must(t, db.Erase(ctx, ann))
		must(t, db.Erase(ctx, staff))
		rules, err = db.FlagRules(ctx)
		must(t, err)
		if len(rules) != 4 || rules[0].Actor != "" {
			t.Errorf("who was erased has no rule and has made none: %+v", rules)
		}
	})
}

// Nobody turns a flag on for others than those of the stream: an organisation not for all, a learner not for another.
func TestRulesForFlagsStayInTheirStream(t *testing.T) {
	ann := learner.NewID()
	for _, c := range []struct {
		name   string
		stream learner.Stream
		f      learner.FlagPayload
		ok     bool
	}{
		{"an organisation for itself", learner.Stream{Org: "Org"}, learner.FlagPayload{Scope: flag.Org, Key: "Org"}, true},
		{"for its course", learner.Stream{Org: "Org"}, learner.FlagPayload{Scope: flag.Course, Key: demo.String()}, true},
		{"for another", learner.Stream{Org: "Org"}, learner.FlagPayload{Scope: flag.Org, Key: "Other"}, false},
		{"for the course of another", learner.Stream{Org: "Other"}, learner.FlagPayload{Scope: flag.Course, Key: demo.String()}, false},
		{"for everyone", learner.Stream{Org: "Org"}, learner.FlagPayload{Scope: flag.Everyone}, false},
		{"the platform for everyone", learner.Stream{}, learner.FlagPayload{Scope: flag.Everyone}, true},
		{"a learner for itself", learner.Stream{Learner: ann}, learner.FlagPayload{Scope: flag.User}, true},
		{"a learner by a key", learner.Stream{Learner: ann}, learner.FlagPayload{Scope: flag.User, Key: ann.String()}, false},
		{"a learner for everyone", learner.Stream{Learner: ann}, learner.FlagPayload{Scope: flag.Everyone}, false},
		{"a user in the stream of nobody", learner.Stream{}, learner.FlagPayload{Scope: flag.User, Key: ann.String()}, false},
	} {
		c.f.Flag, c.stream.Kind = "f", learner.StateStream
		payload, err := json.Marshal(c.f)
		must(t, err)
		n := learner.NewEvent{Stream: c.stream, Kind: learner.KindFlag, Payload: payload}
		if err := n.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
