package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lectern/courses/learner"
	"lectern/courses/permission"
	"lectern/modulestore/key"
)

func (a *app) userCommand() *cobra.Command {
	return groupOf(&cobra.Command{
		Use:     "user",
		GroupID: groupLearners,
		Short:   "Add, list, show and erase users, and give them roles",
		Long: `Add, list, show and erase users, and give them roles. A user's NAME differs from all others in more than case.
What is known about users is stored in the database of learners: state.db in the data folder, or the server that --db names.
list and show read it, and neither changes it.`,
		Example: `  lectern user add anna --email anna@example.org
  lectern user list`,
	}, a.userAddCommand(), a.userListCommand(), a.userShowCommand(), a.userEraseCommand(), a.userRoleCommand(true), a.userRoleCommand(false))
}

// shownUser is the --json form of a user.
type shownUser struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	Email string `json:"email,omitempty"`
}

func shownUserOf(u learner.User) shownUser { return shownUser{u.Name, u.ID.String(), u.Email} }

func (a *app) userAddCommand() *cobra.Command {
	var email string
	cmd := &cobra.Command{
		Use:     "add NAME",
		Short:   "Add a user",
		Long:    "Add a user. The first one makes the database of learners. If the name is taken, it changes nothing.",
		Example: "  lectern user add anna\n  lectern user add ben --email ben@example.org",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := learner.NewUser(args[0], email); err != nil {
				return &usageError{message: err.Error()}
			}
			return a.withNewLearners(cmd.Context(), func(db *learner.DB) error {
				u, err := db.AddUser(cmd.Context(), args[0], email)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(shownUserOf(u))
				}
				a.printf("user %s is added\n", u.Name)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "`address` of the user")
	return cmd
}

func (a *app) userListCommand() *cobra.Command {
	var course string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the users, or those who are enrolled in a course",
		Long:    "List the users by name, or with --course those who are enrolled in a course, with their mode and cohort. It changes nothing.",
		Example: "  lectern user list --json\n  lectern user list --course course-v1:Lectern+ByExample+2026",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if course != "" {
				return a.listEnrolled(cmd.Context(), course)
			}
			return a.withLearners(cmd.Context(), toRead, func(db *learner.DB) error { return a.listUsers(cmd.Context(), db) })
		},
	}
	cmd.Flags().StringVar(&course, "course", "", "only who is enrolled in this `course`")
	return cmd
}

// listPage is the number of lines of a list that are read at a time.
const listPage = 200

func (a *app) listUsers(ctx context.Context, db *learner.DB) error {
	list := []shownUser{}
	var rows [][]string
	for after := (learner.User{}); ; {
		page, err := db.Users(ctx, after, listPage)
		if err != nil {
			return err
		}
		for _, u := range page {
			list = append(list, shownUserOf(u))
			rows = append(rows, []string{u.Name, u.Email})
			after = u
		}
		if len(page) < listPage {
			break
		}
	}
	if a.json {
		return a.printJSON(map[string]any{"users": list})
	}
	if len(list) == 0 && !a.quiet {
		a.printf("there are no users yet\n")
	}
	return a.table(rows)
}

// shownMember is the --json form of a learner's place in a course.
type shownMember struct {
	Course string `json:"course"`
	*shownUser
	Active bool   `json:"active"`
	Mode   string `json:"mode"`
	Since  string `json:"since"`
	Cohort string `json:"cohort,omitempty"`
	// History is how the learner was enrolled, the earliest first.
	History []enrolmentChange `json:"history,omitempty"`
}

type enrolmentChange struct {
	Time   string `json:"time"`
	Active bool   `json:"active"`
	Mode   string `json:"mode"`
	Source string `json:"source,omitempty"`
	Reason string `json:"reason,omitempty"`
}

func shownMemberOf(m learner.CourseMember) shownMember {
	u := shownUserOf(m.User)
	return shownMember{Course: m.Course.String(), shownUser: &u, Active: m.Active, Mode: m.Mode, Since: timeText(m.Since), Cohort: m.Cohort}
}

func (a *app) listEnrolled(ctx context.Context, course string) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	return a.withLearners(ctx, toRead, func(db *learner.DB) error {
		return a.listMembers(ctx, c, func(after learner.Cursor) ([]learner.CourseMember, learner.Cursor, error) {
			return db.Enrolled(ctx, c, after, listPage)
		})
	})
}

// byName is the order of users in lists.
func byName(x, y learner.User) int {
	return strings.Compare(learner.FoldName(x.Name), learner.FoldName(y.Name))
}

// listMembers prints learners of a course, which are read page by page.
func (a *app) listMembers(ctx context.Context, c key.Course, read func(learner.Cursor) ([]learner.CourseMember, learner.Cursor, error)) error {
	var all []learner.CourseMember
	for after, first := (learner.Cursor{}), true; first || after != (learner.Cursor{}); first = false {
		page, next, err := read(after)
		if err != nil {
			return err
		}
		all, after = append(all, page...), next
	}
	slices.SortStableFunc(all, func(x, y learner.CourseMember) int { return byName(x.User, y.User) })
	list := make([]shownMember, len(all))
	rows := make([][]string, len(all))
	for i, m := range all {
		list[i], rows[i] = shownMemberOf(m), []string{m.User.Name, m.Mode, timeText(m.Since), m.Cohort}
	}
	if len(list) == 0 {
		if err := a.mustKnow(ctx, c); err != nil { // a slip of the pen is no course without learners
			return err
		}
	}
	if a.json {
		return a.printJSON(map[string]any{"course": c.String(), "learners": list})
	}
	if len(list) == 0 && !a.quiet {
		a.printf("nobody is enrolled in %s\n", c.String())
	}
	return a.table(rows)
}

// profile is the --json form of what is known about a user, besides the state of courses.
type profile struct {
	shownUser
	Roles      []shownRole   `json:"roles"`
	Enrolments []shownMember `json:"enrolments"`
}

type shownRole struct {
	Role  string `json:"role"`
	Scope string `json:"scope"` // a course, org:NAME, or empty for everything
}

func (a *app) userShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show NAME",
		Short:   "Show a user: roles, enrolments and their history",
		Long:    "Show a user: the roles, and how the user is and was enrolled in each course. It changes nothing.",
		Example: "  lectern user show anna",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withLearners(cmd.Context(), toRead, func(db *learner.DB) error {
				p, err := profileOf(cmd.Context(), db, args[0])
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(p)
				}
				a.printProfile(p)
				return nil
			})
		},
	}
}

func profileOf(ctx context.Context, db *learner.DB, name string) (*profile, error) {
	u, err := db.FindUser(ctx, name)
	if err != nil {
		return nil, err
	}
	p := &profile{shownUser: shownUserOf(u), Roles: []shownRole{}, Enrolments: []shownMember{}}
	roles, err := db.Roles(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		p.Roles = append(p.Roles, shownRole{r.Role, r.Scope})
	}
	list, err := db.Enrolments(ctx, u)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		shown := shownMemberOf(m)
		shown.shownUser = nil // it is that of the profile
		history, err := db.EnrolmentHistory(ctx, u.ID, m.Course)
		if err != nil {
			return nil, err
		}
		for _, h := range history {
			shown.History = append(shown.History, enrolmentChange{timeText(h.At), h.Active, h.Mode, h.Source, h.Reason})
		}
		p.Enrolments = append(p.Enrolments, shown)
	}
	return p, nil
}

func (a *app) printProfile(p *profile) {
	a.printf("%s %s\n", p.Name, p.Email)
	a.printf("id: %s\n", p.ID)
	for _, r := range p.Roles {
		a.printf("role: %s in %s\n", r.Role, roleScope(r.Scope))
	}
	for _, m := range p.Enrolments {
		cohort := ""
		if m.Cohort != "" {
			cohort = ", cohort " + m.Cohort
		}
		a.printf("course: %s, %s%s\n", m.Course, enrolmentText(m.Active, m.Mode), cohort)
		for _, h := range m.History {
			reason := ""
			if h.Reason != "" {
				reason = ": " + h.Reason
			}
			a.printf("  %s %s (%s)%s\n", h.Time, enrolmentText(h.Active, h.Mode), h.Source, reason)
		}
	}
}

func enrolmentText(active bool, mode string) string {
	if !active {
		return "not enrolled any more (" + mode + ")"
	}
	return "enrolled as " + mode
}

func roleScope(scope string) string {
	if scope == "" {
		return "everything"
	}
	return scope
}

func (a *app) userEraseCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "erase NAME --yes",
		Short: "Erase everything about a user, for ever",
		Long: `Erase everything that is known about a user: the account, roles, enrolments, answers, grades and their whole history. No other
device can bring it back, and it cannot be undone, so it asks for --yes. Enrolments over time still count the learner, and what the user
did to others stays, without a name. Backups keep what they have. Without --yes it changes nothing.`,
		Example: "  lectern user erase anna --yes",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return &usageError{message: "erase removes all that is known about a user, for ever", advice: "add --yes if that is meant; lectern user show NAME tells who it is"}
			}
			return a.withLearners(cmd.Context(), toWrite, func(db *learner.DB) error {
				u, err := db.FindUser(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if err := db.Erase(cmd.Context(), u.ID); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(shownUserOf(u))
				}
				a.printf("user %s is erased\n", u.Name)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "this is meant")
	return cmd
}

// scopeFlags say where a role holds.
type scopeFlags struct{ course, org string }

func (o *scopeFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.course, "course", "", "in this `course`")
	cmd.Flags().StringVar(&o.org, "org", "", "in all courses of this `organisation`")
}

func (o *scopeFlags) scope() (permission.Scope, error) {
	switch {
	case o.course != "" && o.org != "":
		return permission.Scope{}, together("--course", "--org")
	case o.course != "":
		c, err := key.ParseCourse(o.course)
		return permission.Course(c), err
	case o.org != "":
		if !key.ValidName(o.org) {
			return permission.Scope{}, &usageError{message: fmt.Sprintf("%q is no organisation", o.org), advice: "write the first part of its course keys"}
		}
		return permission.Org(o.org), nil
	}
	return permission.Everywhere(), nil
}

func (a *app) userRoleCommand(grant bool) *cobra.Command {
	var where scopeFlags
	var by acting
	cmd := &cobra.Command{
		Use:   "revoke NAME ROLE",
		Short: "Take a role from a user",
		Long: `Take a role from a user, where it was granted: in a course (--course), in an organisation (--org), or everywhere. That it was
held stays on record. If the user does not have the role there, it changes nothing.`,
		Example: "  lectern user revoke anna staff --course course-v1:Lectern+ByExample+2026",
		Args:    takes(2, 2),
	}
	if grant {
		cmd.Use, cmd.Short = "grant NAME ROLE", "Give a role to a user"
		cmd.Long = `Give a role to a user in a course (--course), in all courses of an organisation (--org), or everywhere. If the user has it there already,
it changes nothing.

` + roleHelp()
		cmd.Example = `  lectern user grant anna staff --course course-v1:Lectern+ByExample+2026
  lectern user grant anna data_researcher --org Lectern`
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.runRole(cmd.Context(), args[0], args[1], where, by, grant)
	}
	where.add(cmd)
	by.addFlag(cmd)
	return cmd
}

// roleHelp lists the roles.
func roleHelp() string {
	var b strings.Builder
	b.WriteString("The roles:")
	for _, r := range permission.Roles() {
		fmt.Fprintf(&b, "\n  %-25s%s", r.Role, r.Does)
	}
	return b.String()
}

// checkRole refuses roles that there are not, and scopes in which one means nothing.
func checkRole(role string, in permission.Scope) error {
	if err := knownRole(role); err != nil {
		return err
	}
	if err := permission.CheckGrant(permission.Role(role), in); err != nil {
		return &usageError{message: err.Error()}
	}
	return nil
}

// knownRole refuses roles that there are not.
func knownRole(role string) error {
	var names []string
	for _, r := range permission.Roles() {
		names = append(names, string(r.Role))
	}
	if slices.Contains(names, role) {
		return nil
	}
	return &usageError{message: fmt.Sprintf("there is no role %q", role), advice: didYouMean(role, names, "the roles are "+strings.Join(names, ", "))}
}

// changedRole is the --json form of a role that was granted or taken away.
type changedRole struct {
	Name    string `json:"name"`
	Role    string `json:"role"`
	Scope   string `json:"scope"`
	Changed bool   `json:"changed"`
}

func (a *app) runRole(ctx context.Context, name, role string, where scopeFlags, by acting, grant bool) error {
	in, err := where.scope()
	if err == nil {
		err = checkRole(role, in)
	}
	if err != nil {
		return err
	}
	if grant && in.Level() == permission.CourseLevel {
		if err := a.mustKnow(ctx, in.Course); err != nil {
			return err
		}
	}
	return a.withLearners(ctx, toWrite, func(db *learner.DB) error {
		u, err := db.FindUser(ctx, name)
		if err != nil {
			return err
		}
		actor, err := by.user(ctx, db)
		if err != nil {
			return err
		}
		change, done, same := db.Revoke, "%s is no longer %s in %s\n", "%s is not %s in %s; nothing has changed\n"
		if grant {
			change, done, same = db.Grant, "%s is now %s in %s\n", "%s is %s in %s already; nothing has changed\n"
		}
		changed, err := change(ctx, actor, u.ID, role, in.String())
		switch {
		case err != nil:
			return err
		case a.json:
			return a.printJSON(changedRole{u.Name, role, in.String(), changed})
		case !changed:
			done = same
		}
		a.printf(done, u.Name, role, roleScope(in.String()))
		return nil
	})
}
