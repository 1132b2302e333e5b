package flag

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Who is somebody who may have a feature, and where.
type Who struct {
	Learner string // id; empty if not signed in
	Device  string // the random id of the device, for who is not signed in
	Course  string // key; empty outside courses
	Org     string // of the course, or outside courses
	Cohorts []string
	Teams   []string // names in the course, as Cohorts
	Roles   []string // here: of the course and of what is above it
}

// subject is what decides the place in a rollout.
func (w Who) subject() string {
	if w.Learner != "" {
		return w.Learner
	}
	return w.Device
}

// keys gives the keys of rules of a scope that are about w.
func (w Who) keys(s Scope) (keys []string) {
	named := func(key string) []string {
		if key == "" {
			return nil
		}
		return []string{key}
	}
	switch s {
	case User:
		return named(w.Learner)
	case Course:
		return named(w.Course)
	case Org:
		return named(w.Org)
	case Role:
		return w.Roles
	case Cohort:
		return w.inCourse(w.Cohorts)
	case Team:
		return w.inCourse(w.Teams)
	}
	return []string{""}
}

func (w Who) inCourse(names []string) (keys []string) {
	for _, name := range names {
		keys = append(keys, InCourse(w.Course, name))
	}
	return keys
}

// Book is all flags with all rules.
type Book struct {
	// NotAfter is when a copy ends to be good, zero for never.
	NotAfter time.Time
	flags    map[string]Flag
	rules    map[string][]Rule // by flag, the oldest first
}

// NewBook makes a book of declared flags and of rules, the oldest first. It fails if a declaration is not complete or stands twice; rules for flags
// that are not declared are kept for the report.
func NewBook(flags []Flag, rules []Rule) (*Book, error) {
	b := &Book{flags: make(map[string]Flag), rules: make(map[string][]Rule)}
	var err error
	for _, f := range flags {
		if _, twice := b.flags[f.Name]; twice {
			err = errors.Join(err, fmt.Errorf("the flag %q is declared twice", f.Name))
		}
		err = errors.Join(err, f.Check())
		b.flags[f.Name] = f
	}
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		b.rules[r.Flag] = append(b.rules[r.Flag], r)
	}
	return b, nil
}

// Verdict says whether a flag is on for somebody, and why.
type Verdict struct {
	On   bool
	Rule *Rule // that has decided; nil for the default
	// Bucket is the place in the rollout, if that has decided.
	Bucket *int
	Reason string // a sentence
}

// On tells whether a flag is on.
func (b *Book) On(flag string, who Who, at time.Time) bool { return b.Explain(flag, who, at).On }

// Explain tells whether a flag is on and which rule has decided. A flag that is not declared is off.
func (b *Book) Explain(flag string, who Who, at time.Time) Verdict {
	declared, ok := b.flags[flag]
	if !ok {
		return Verdict{Reason: fmt.Sprintf("The flag %q is not declared: it is off.", flag)}
	}
	for _, step := range steps {
		if r := b.decisive(flag, step, who, at); r != nil {
			return r.verdict(who)
		}
	}
	v := Verdict{On: declared.Default, Reason: fmt.Sprintf("No rule is in force here: the default of %s is %s.", flag, word(declared.Default))}
	if b.stale(at) {
		v.Reason = fmt.Sprintf("The copy of the rules was good until %s: the default of %s is %s.", b.NotAfter.Format(time.RFC3339), flag, word(declared.Default))
	}
	return v
}

func (b *Book) stale(at time.Time) bool { return !b.NotAfter.IsZero() && at.After(b.NotAfter) }

// decisive gives the newest rule of a step that says something about who; nil for none.
func (b *Book) decisive(flag string, step []Scope, who Who, at time.Time) *Rule {
	about := func(r *Rule) bool { return slices.Contains(step, r.Scope) && slices.Contains(who.keys(r.Scope), r.Key) }
	for r, state := range b.states(flag, at, about) {
		if state == InForce {
			return r
		}
	}
	return nil
}

// verdict is what a rule says about who.
func (r *Rule) verdict(who Who) Verdict {
	v := Verdict{On: r.Share == On, Rule: r}
	if r.Share == On || r.Share == Off {
		v.Reason = fmt.Sprintf("%s is %s for %s.", r.Flag, word(v.On), r.about())
		return v
	}
	if who.subject() == "" { // the last to have it
		v.Reason = fmt.Sprintf("%s is on for %s %% of %s, and off for who has no id.", r.Flag, r.Share, r.about())
		return v
	}
	bucket := Bucket(r.Flag, who.subject())
	v.On, v.Bucket = bucket < int(r.Share), &bucket
	v.Reason = fmt.Sprintf("%s is on for %s %% of %s: place %d of 10000 is %s.", r.Flag, r.Share, r.about(), bucket, word(v.On))
	return v
}

// about says in words for whom a rule is.
func (r *Rule) about() string {
	switch r.Scope {
	case Kill:
		return "all, by its kill switch"
	case Everyone:
		return "everyone"
	}
	return fmt.Sprintf("the %s %s", r.Scope, r.Key)
}

func word(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
