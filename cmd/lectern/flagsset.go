package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/flag"
	"lectern/courses/learner"
	"lectern/courses/permission"
)

// ruleOptions say for whom a rule is, and why it is made.
type ruleOptions struct {
	acting
	where              scopeFlags
	name, cohort, role string
	kill               bool
	reason             string
}

func (o *ruleOptions) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.name, "user", "", "for the user with this `name`")
	flags.StringVar(&o.cohort, "cohort", "", "for the cohort with this `name`, of --course")
	flags.StringVar(&o.where.course, "course", "", "for this `course`")
	flags.StringVar(&o.where.org, "org", "", "for all courses of this `organisation`")
	flags.StringVar(&o.role, "role", "", "for who has this `role`")
	flags.BoolVar(&o.kill, "kill", false, "the kill switch: for all, whatever other rules say")
	flags.StringVar(&o.reason, "reason", "", "`text` for the history")
	o.addFlag(cmd)
}

// notEmpty refuses options without a value, which a script leaves behind whose variable is not set: the rule would be for everyone.
func notEmpty(cmd *cobra.Command) error {
	for _, name := range []string{"user", "cohort", "course", "org", "role"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return &usageError{message: "--" + name + " is empty", advice: "say who is meant, or leave it out for everyone"}
		}
	}
	return nil
}

// rule is the rule that is meant. The key of one for a user is the name, until that is found.
func (o *ruleOptions) rule(name string, share flag.Share) (r flag.Rule, in permission.Scope, err error) {
	r = flag.Rule{Flag: name, Scope: flag.Everyone, Share: share, Note: o.reason}
	if in, err = o.where.scope(); err != nil {
		return r, in, err
	}
	if o.cohort != "" && o.where.course == "" {
		return r, in, &usageError{message: "a cohort is one of a course", advice: "name the course with --course"}
	}
	given := ""
	for _, f := range []struct {
		flag  string
		is    bool
		scope flag.Scope
		key   string
	}{
		{"--kill", o.kill, flag.Kill, ""}, {"--user", o.name != "", flag.User, o.name}, {"--role", o.role != "", flag.Role, o.role},
		{"--cohort", o.cohort != "", flag.Cohort, flag.InCourse(in.Course.String(), o.cohort)},
		{"--course", o.where.course != "" && o.cohort == "", flag.Course, in.Course.String()}, {"--org", o.where.org != "", flag.Org, in.Org},
	} {
		if !f.is {
			continue
		}
		if given != "" {
			return r, in, together(given, f.flag)
		}
		given, r.Scope, r.Key = f.flag, f.scope, f.key
	}
	if r.Scope == flag.Role {
		err = knownRole(r.Key)
	}
	return r, in, err
}

// changedFlag is the --json form of what was said about a flag.
type changedFlag struct {
	Flag string `json:"flag"`
	shownRule
	Changed bool `json:"changed"`
}

// makeRule finds who is meant, stores the rule and prints it.
func (a *app) makeRule(ctx context.Context, db *learner.DB, r flag.Rule, by acting, say func(*changedFlag) string) error {
	actor, err := by.user(ctx, db)
	if err != nil {
		return err
	}
	done := &changedFlag{Flag: r.Flag}
	names := make(map[string]string)
	if r.Scope == flag.User {
		u, err := db.FindUser(ctx, r.Key)
		if err != nil {
			return err
		}
		r.Key = u.ID.String()
		names[r.Key] = u.Name
	}
	done.shownRule = shownRuleOf(&r, names)
	done.By = by.as
	if done.Changed, err = db.SetFlag(ctx, actor, r); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(done)
	}
	a.printf("%s: %s\n", done.Flag, say(done))
	return nil
}

type flagSetOptions struct {
	ruleOptions
	from, until, zone string
}

func (a *app) flagsSetCommand() *cobra.Command {
	var o flagSetOptions
	cmd := &cobra.Command{
		Use:   "set FLAG on|off|PERCENT",
		Short: "Turn a feature on or off, for all or some",
		Long: `Turn a feature on or off, or on for a percentage: for everyone, or for a user, a cohort, a course, an organisation or a role. It makes a rule,
which is stored in the database of learners. It replaces the one about the same user, course and so on, for good: also when it ends (--until) or
is taken back (lectern flags unset), the one before does not come back.

Who is among a percentage follows from the flag and the learner: it is the same everywhere, and a higher percentage takes the feature from nobody. With
--kill it is off for all, whatever other rules say, until that is taken back. If the newest rule says the same already, nothing changes.`,
		Example: `  lectern flags set dates.reset off --course course-v1:Lectern+ByExample+2026 --until 2035-07-01T00:00 --zone Europe/Paris
  lectern flags set dates.reset on --user anna --reason ill --as ben
  lectern flags set dates.reset 20
  lectern flags set dates.reset off --kill`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notEmpty(cmd); err != nil {
				return err
			}
			return a.runFlagsSet(cmd.Context(), args[0], args[1], &o)
		},
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.from, "from", "", "`time` at which it begins (default now)")
	cmd.Flags().StringVar(&o.until, "until", "", "`time` at which it ends (default never)")
	addZone(cmd, &o.zone)
	return cmd
}

func (a *app) runFlagsSet(ctx context.Context, name, value string, o *flagSetOptions) error {
	if err := declaredFlag(name); err != nil {
		return err
	}
	share, err := flag.ParseShare(value)
	switch {
	case err != nil:
		return &usageError{message: err.Error(), advice: "write on, off or 20"}
	case share == flag.Unset:
		return &usageError{message: "set says something", advice: "lectern flags unset takes back what was said"}
	}
	r, in, err := o.rule(name, share)
	if err != nil {
		return err
	}
	if r.From, r.Expires, err = o.bounds(time.Now()); err != nil {
		return err
	}
	if err := r.Check(); err != nil {
		return &usageError{message: err.Error()}
	}
	return a.withLearners(ctx, toWrite, func(db *learner.DB) error {
		if err := a.knownPlace(ctx, db, in, o.cohort); err != nil {
			return err
		}
		return a.makeRule(ctx, db, r, o.acting, func(c *changedFlag) string {
			if !c.Changed {
				return c.says() + c.when() + " already, nothing changed"
			}
			return c.says() + c.when()
		})
	})
}

// declaredFlag refuses flags that the program does not have.
func declaredFlag(name string) error {
	var names []string
	for _, f := range courses.Features() {
		names = append(names, f.Name)
	}
	if slices.Contains(names, name) {
		return nil
	}
	return noFlag(name, names)
}

// bounds are when the rule begins and ends, zero for at once and never.
func (o *flagSetOptions) bounds(now time.Time) (from, until time.Time, err error) {
	if _, err = parseZone(o.zone); err != nil {
		return from, until, err
	}
	if o.from != "" {
		if from, err = parseTimeIn("--from", o.from, o.zone); err != nil {
			return from, until, err
		}
	}
	if o.until != "" {
		if until, err = parseTimeIn("--until", o.until, o.zone); err == nil && !until.After(now) {
			err = &usageError{message: "--until has passed already: the rule would say nothing", advice: "lectern flags unset takes back what was said"}
		}
	}
	return from, until, err
}

// knownPlace refuses courses that the store does not have, and cohorts that a course does not have: the slip of a pen would be a rule about nobody.
func (a *app) knownPlace(ctx context.Context, db *learner.DB, in permission.Scope, cohort string) error {
	if in.Level() != permission.CourseLevel {
		return nil
	}
	if err := a.mustKnow(ctx, in.Course); err != nil || cohort == "" {
		return err
	}
	cohorts, err := db.Cohorts(ctx, in.Course)
	if err != nil {
		return err
	}
	return knownCohort(in.Course, cohorts, cohort)
}

func (a *app) flagsUnsetCommand() *cobra.Command {
	var o ruleOptions
	cmd := &cobra.Command{
		Use:   "unset FLAG",
		Short: "Take back what was said about a feature",
		Long: `Take back what was said about a feature for everyone, or for a user, a cohort, a course, an organisation or a role, or by the kill switch.
What had been replaced does not come back: other rules or the default decide from then on. This is stored in the database of learners, and
the history keeps all rules. If nothing was said, nothing changes.`,
		Example: `  lectern flags unset dates.reset --course course-v1:Lectern+ByExample+2026
  lectern flags unset dates.reset --kill --reason repaired`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notEmpty(cmd); err != nil {
				return err
			}
			r, _, err := o.rule(args[0], flag.Unset)
			if err != nil {
				return err
			}
			return a.runFlagsUnset(cmd.Context(), r, o.acting)
		},
	}
	o.add(cmd)
	return cmd
}

func (a *app) runFlagsUnset(ctx context.Context, r flag.Rule, by acting) error {
	return a.withLearners(ctx, toWrite, func(db *learner.DB) error {
		book, err := courses.FeatureBook(ctx, db)
		if err != nil {
			return err
		}
		if _, err := lineOf(book, r.Flag, time.Now()); err != nil {
			return err
		}
		return a.makeRule(ctx, db, r, by, func(c *changedFlag) string {
			if !c.Changed {
				return "nothing is said for " + c.whom() + ", nothing changed"
			}
			return "nothing is said for " + c.whom() + " any more"
		})
	})
}

// explainedFlag is the --json form of whether somebody has a feature, and why.
type explainedFlag struct {
	Flag   string     `json:"flag"`
	User   string     `json:"user,omitempty"` // none: somebody who is not signed in
	Course string     `json:"course,omitempty"`
	Org    string     `json:"org,omitempty"`
	At     string     `json:"at"`
	On     bool       `json:"on"`
	Reason string     `json:"reason"`
	Rule   *shownRule `json:"rule,omitempty"`  // that decides; none: the default
	Place  *int       `json:"place,omitempty"` // of the learner among 10,000, where that decides
}

func (a *app) flagsExplainCommand() *cobra.Command {
	var o atFlags
	var name string
	var where scopeFlags
	cmd := &cobra.Command{
		Use:   "explain FLAG",
		Short: "Tell whether somebody has a feature, and which rule decides",
		Long: `Tell whether a user has a feature in a course, in an organisation or elsewhere, and which rule decides. Without --user it is somebody who is not
signed in. --at asks for another instant: rules begin and end, everything else is as it is stored now. It changes nothing.`,
		Example: `  lectern flags explain dates.reset --user anna --course course-v1:Lectern+ByExample+2026
  lectern flags explain dates.reset --user anna --at 2027-09-01T08:00 --zone Europe/Paris --json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := where.scope()
			if err != nil {
				return err
			}
			return a.withBook(cmd.Context(), o, func(db *learner.DB, book *flag.Book, at time.Time) error {
				return a.explainFlag(cmd.Context(), db, book, explainedFlag{Flag: args[0], User: name, Org: in.Org, At: timeText(at)}, in, at)
			})
		},
	}
	cmd.Flags().StringVar(&name, "user", "", "`name` of a user (default somebody who is not signed in)")
	where.add(cmd)
	o.add(cmd)
	return cmd
}

func (a *app) explainFlag(ctx context.Context, db *learner.DB, book *flag.Book, x explainedFlag, in permission.Scope, at time.Time) error {
	if _, err := lineOf(book, x.Flag, at); err != nil {
		return err
	}
	if err := a.knownPlace(ctx, db, in, ""); err != nil {
		return err
	}
	var u learner.User
	if x.User != "" {
		var err error
		if u, err = db.FindUser(ctx, x.User); err != nil {
			return err
		}
		x.User = u.Name
	}
	if in.Level() == permission.CourseLevel {
		x.Course = in.Course.String()
	}
	who, err := askerOf(ctx, db, u, in)
	if err != nil {
		return err
	}
	v := book.Explain(x.Flag, who, at)
	x.On, x.Reason, x.Place = v.On, v.Reason, v.Bucket
	if v.Rule != nil {
		names, err := usersIn(ctx, db, *v.Rule)
		if err != nil {
			return err
		}
		rule := shownRuleOf(v.Rule, names)
		if x.Rule = &rule; rule.Scope == flag.User { // people know users by name
			x.Reason = strings.ReplaceAll(x.Reason, v.Rule.Key, rule.Key)
		}
	}
	if a.json {
		return a.printJSON(x)
	}
	a.printExplained(&x)
	return nil
}

// askerOf reads what flags ask of a user: the roles, and the cohort in a course.
func askerOf(ctx context.Context, db *learner.DB, u learner.User, in permission.Scope) (flag.Who, error) {
	if u.ID.IsZero() {
		return courses.Asker(u.ID, nil, in, "")
	}
	roles, err := db.Roles(ctx, u.ID)
	if err != nil {
		return flag.Who{}, err
	}
	cohort := ""
	if in.Level() == permission.CourseLevel {
		members, err := db.Members(ctx, in.Course, []learner.ID{u.ID})
		if err != nil {
			return flag.Who{}, err
		}
		cohort = members[u.ID].Cohort
	}
	return courses.Asker(u.ID, roles, in, cohort)
}

func (a *app) printExplained(x *explainedFlag) {
	who := x.User
	if who == "" {
		who = "somebody who is not signed in"
	}
	a.printf("%s is %s for %s\n", x.Flag, onOff(x.On), who)
	a.printf("  %s\n", x.Reason)
	if x.Rule == nil {
		return
	}
	why := x.Rule.why()
	if why != "" {
		why = ", " + why
	}
	a.printf("  So says a rule of %s%s%s.\n", x.Rule.Made, x.Rule.when(), why)
}
