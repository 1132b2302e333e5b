package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/flag"
	"lectern/courses/learner"
)

func (a *app) flagsCommand() *cobra.Command {
	return groupOf(&cobra.Command{
		Use:     "flags",
		GroupID: groupLearners,
		Short:   "Turn features on and off, for all or some, and tell for whom they are on and why",
		Long: `Turn features on and off, and tell for whom they are on and why. A feature has a flag with a name and a default in the program; a rule says
something else for some. Of the rules about somebody the first of this list decides:

  kill switch   off for all
  user          one learner
  cohort        the learners in a cohort of a course
  course        all in a course
  organisation  all in its courses
  role          who has a role in the course, its organisation or everywhere
  everyone      all, or a percentage of them

and without one the default. About one user, course and so on the newest rule that has begun counts, until it ends; what it had replaced does not come
back. Each rule is stored in the database of learners, for ever; list, show and explain read them.`,
		Example: `  lectern flags list
  lectern flags set dates.reset off --course course-v1:Lectern+ByExample+2026 --reason 'the course keeps to its weeks'`,
	}, a.flagsListCommand(), a.flagsShowCommand(), a.flagsSetCommand(), a.flagsUnsetCommand(), a.flagsExplainCommand())
}

// atFlags say for which instant something is asked.
type atFlags struct{ at, zone string }

func (o *atFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.at, "at", "", "`time` that it is asked for (default now)")
	addZone(cmd, &o.zone)
}

func addZone(cmd *cobra.Command, zone *string) {
	cmd.Flags().StringVar(zone, "zone", "UTC", "`place` whose clocks count, such as Europe/Paris")
}

func (o *atFlags) instant() (time.Time, error) {
	if _, err := parseZone(o.zone); err != nil {
		return time.Time{}, err
	}
	if o.at == "" {
		return time.Now().UTC(), nil
	}
	return parseTimeIn("--at", o.at, o.zone)
}

// withBook reads all flags and rules, as they are stored now, to be asked as of an instant.
func (a *app) withBook(ctx context.Context, o atFlags, use func(db *learner.DB, book *flag.Book, at time.Time) error) error {
	at, err := o.instant()
	if err != nil {
		return err
	}
	return a.withLearners(ctx, toRead, func(db *learner.DB) error {
		book, err := courses.FeatureBook(ctx, db)
		if err != nil {
			return err
		}
		return use(db, book, at)
	})
}

// lineOf finds a flag that the program declares, or that there are rules for.
func lineOf(book *flag.Book, name string, at time.Time) (flag.Line, error) {
	lines := book.Report(at)
	var names []string
	for _, l := range lines {
		if l.Flag.Name == name {
			return l, nil
		}
		names = append(names, l.Flag.Name)
	}
	return flag.Line{}, noFlag(name, names)
}

func noFlag(name string, names []string) error {
	advice := didYouMean(name, names, "the flags are "+strings.Join(names, ", "))
	return &usageError{message: fmt.Sprintf("there is no feature with the flag %q", shortened(name)), advice: advice}
}

// shownFlag is the --json form of a flag in the report.
type shownFlag struct {
	Flag     string             `json:"flag"`
	Declared bool               `json:"declared"` // false: there are rules for it, and no feature in this program
	Status   flag.Status        `json:"status"`   // on, off, or both: on for some
	Default  string             `json:"default,omitempty"`
	Percent  string             `json:"percent,omitempty"` // of everyone, where a rule says so: on, off or a number
	Rules    map[flag.Scope]int `json:"rules"`             // in force
	Ended    int                `json:"ended"`             // rules that nothing came after
	Changed  string             `json:"changed,omitempty"` // when the newest rule was made
	Removal  string             `json:"removal,omitempty"` // the day by which it should be gone from the program
	Overdue  int                `json:"overdue"`           // days since then
	Rotten   bool               `json:"rotten"`            // for so long that the program is not built any more
}

func shownFlagOf(l flag.Line, at time.Time) shownFlag {
	s := shownFlag{Flag: l.Flag.Name, Declared: l.Declared, Status: l.Status, Rules: l.Rules, Ended: l.Expired, Overdue: l.Overdue}
	if l.Declared {
		s.Default, s.Removal, s.Rotten = onOff(l.Flag.Default), l.Removal.Format(time.DateOnly), l.Flag.Rotten(at)
	}
	if l.Percent != flag.Unset {
		s.Percent = l.Percent.String()
	}
	if !l.Changed.IsZero() {
		s.Changed = timeText(l.Changed)
	}
	return s
}

func onOff(on bool) string {
	if on {
		return flag.On.String()
	}
	return flag.Off.String()
}

// status says for whom the flag is on.
func (s *shownFlag) status() string {
	if s.Status == flag.Both {
		return "on for some"
	}
	return string(s.Status)
}

// rules counts the rules in force.
func (s *shownFlag) rules() string {
	var list []string
	for _, scope := range flag.Scopes() {
		switch n := s.Rules[scope]; {
		case n == 0:
		case scope == flag.Kill:
			list = append(list, "kill switch")
		case scope == flag.Everyone:
			list = append(list, shareText(s.Percent)+" everyone")
		default:
			list = append(list, plural(n, string(scope)+" rule"))
		}
	}
	if s.Ended > 0 {
		list = append(list, plural(s.Ended, "rule")+" ended")
	}
	if list == nil {
		return "no rules"
	}
	return strings.Join(list, ", ")
}

// shareText says what a rule says, before those whom it is about.
func shareText(share string) string {
	switch share {
	case "on", "off":
		return share + " for"
	case "unset":
		return "nothing for"
	}
	return "on for " + share + " % of"
}

// age says for how long the flag may stay in the program.
func (s *shownFlag) age() string {
	switch {
	case !s.Declared:
		return "no feature of this program"
	case s.Rotten:
		return plural(s.Overdue, "day") + " overdue: the program is not built any more"
	case s.Overdue > 0:
		return plural(s.Overdue, "day") + " overdue"
	}
	return "to go by " + s.Removal
}

func (a *app) flagsListCommand() *cobra.Command {
	var o atFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the flags with what is in force and what is overdue",
		Long: `List the flags of the program: whether each is on, off or on for some, the rules in force, and when it should be gone from the program or for how
long that is overdue. Flags that there are rules for and no feature any more are off, and listed too. It changes nothing.`,
		Example: "  lectern flags list\n  lectern flags list --at 2030-01-01T00:00:00Z --json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withBook(cmd.Context(), o, func(_ *learner.DB, book *flag.Book, at time.Time) error {
				list := []shownFlag{}
				var rows [][]string
				for _, l := range book.Report(at) {
					s := shownFlagOf(l, at)
					list = append(list, s)
					rows = append(rows, []string{s.Flag, s.status(), s.rules(), s.age()})
				}
				if a.json {
					return a.printJSON(map[string]any{"at": timeText(at), "flags": list})
				}
				return a.table(rows)
			})
		},
	}
	o.add(cmd)
	return cmd
}

// shownRule is the --json form of a rule.
type shownRule struct {
	Scope  flag.Scope `json:"scope"`
	Key    string     `json:"key,omitempty"` // of a user the name
	Value  flag.Share `json:"value"`         // on, off, unset or a percentage
	State  flag.State `json:"state,omitempty"`
	From   string     `json:"from,omitempty"`
	Until  string     `json:"until,omitempty"`
	Reason string     `json:"reason,omitempty"`
	By     string     `json:"by,omitempty"`
	Made   string     `json:"made,omitempty"`
}

// shownRuleOf needs the names of users by their ids.
func shownRuleOf(r *flag.Rule, names map[string]string) shownRule {
	s := shownRule{
		Scope: r.Scope, Key: r.Key, Value: r.Share, From: instantText(r.From), Until: instantText(r.Expires), Reason: r.Note, Made: instantText(r.Created),
	}
	name := func(id string) string {
		if name, ok := names[id]; ok {
			return name
		}
		return id
	}
	if s.By = name(r.Actor); r.Scope == flag.User {
		s.Key = name(r.Key)
	}
	return s
}

// instantText is an instant, or nothing for none.
func instantText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return timeText(t)
}

// says is what the rule says, for whom.
func (s *shownRule) says() string { return shareText(s.Value.String()) + " " + s.whom() }

func (s *shownRule) whom() string {
	switch s.Scope {
	case flag.Kill:
		return "all, by the kill switch"
	case flag.Everyone:
		return "everyone"
	case flag.Org:
		return "the organisation " + s.Key
	}
	return "the " + string(s.Scope) + " " + s.Key
}

// when says from when to when the rule is in force, after a comma; nothing where it has no bounds.
func (s *shownRule) when() (text string) {
	if s.From != "" {
		text += ", from " + s.From
	}
	if s.Until != "" {
		text += ", until " + s.Until
	}
	return text
}

// why says who made the rule and why, as far as it is known.
func (s *shownRule) why() string {
	text := s.Reason
	if s.By != "" && text != "" {
		text = ": " + text
	}
	if s.By != "" {
		text = "by " + s.By + text
	}
	return text
}

// usersIn gives the names of the users that rules are about, or made by.
func usersIn(ctx context.Context, db *learner.DB, rules ...flag.Rule) (map[string]string, error) {
	var ids []learner.ID
	for _, r := range rules {
		for _, text := range []string{r.Actor, r.Key} {
			if id, err := learner.ParseID(text); err == nil { // other keys are no ids
				ids = append(ids, id)
			}
		}
	}
	users, err := db.UsersOf(ctx, ids)
	names := make(map[string]string, len(users))
	for id, u := range users {
		names[id.String()] = u.Name
	}
	return names, err
}

// flagHistory is the --json form of a flag with all that was ever said about it.
type flagHistory struct {
	shownFlag
	Kind        flag.Kind   `json:"kind,omitempty"`
	Description string      `json:"description,omitempty"`
	UseCase     string      `json:"use_case,omitempty"`
	Warning     string      `json:"warning,omitempty"`
	Ticket      string      `json:"ticket,omitempty"`
	Created     string      `json:"created,omitempty"`
	History     []shownRule `json:"history"` // the newest first
}

func (a *app) flagsShowCommand() *cobra.Command {
	var o atFlags
	cmd := &cobra.Command{
		Use:   "show FLAG",
		Short: "Show a flag with all its rules",
		Long: `Show a flag: what it turns on, and all rules that were ever made for it, the newest first, with what has become of each and who made
it and why. It changes nothing.`,
		Example: "  lectern flags show dates.reset",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withBook(cmd.Context(), o, func(db *learner.DB, book *flag.Book, at time.Time) error {
				l, err := lineOf(book, args[0], at)
				if err != nil {
					return err
				}
				h, err := historyOf(cmd.Context(), db, book, l, at)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(h)
				}
				return a.printHistory(h)
			})
		},
	}
	o.add(cmd)
	return cmd
}

func historyOf(ctx context.Context, db *learner.DB, book *flag.Book, l flag.Line, at time.Time) (*flagHistory, error) {
	h := &flagHistory{
		shownFlag: shownFlagOf(l, at), Kind: l.Flag.Kind, Description: l.Flag.Description, UseCase: l.Flag.UseCase, Warning: l.Flag.Warning, Ticket: l.Flag.Ticket,
		History: []shownRule{},
	}
	if l.Declared {
		h.Created = l.Flag.Created.Format(time.DateOnly)
	}
	past := book.History(l.Flag.Name, at)
	var rules []flag.Rule
	for _, p := range past {
		rules = append(rules, p.Rule)
	}
	names, err := usersIn(ctx, db, rules...)
	if err != nil {
		return nil, err
	}
	for i := range past {
		s := shownRuleOf(&past[i].Rule, names)
		s.State = past[i].State
		h.History = append(h.History, s)
	}
	return h, nil
}

func (a *app) printHistory(h *flagHistory) error {
	a.printf("%s is %s\n", h.Flag, h.status())
	for _, line := range []struct{ what, text string }{
		{"what", h.Description}, {"why", h.UseCase}, {"take care", h.Warning}, {"see", h.Ticket}, {"default", h.Default}, {"kind", string(h.Kind)},
		{"rules", h.rules()}, {"age", h.age()},
	} {
		if line.text != "" {
			a.printf("%s: %s\n", line.what, line.text)
		}
	}
	var rows [][]string
	for _, r := range h.History {
		rows = append(rows, []string{r.Made, r.says() + r.when(), string(r.State), r.why()})
	}
	return a.table(rows)
}
