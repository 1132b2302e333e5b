package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/partition"
	"lectern/modulestore/key"
)

type enrollOptions struct {
	acting
	mode, reason, csv  string
	remove, changeMode bool
	create, force      bool
}

func (a *app) enrollCommand() *cobra.Command {
	var o enrollOptions
	cmd := &cobra.Command{
		Use:     "enroll COURSE [NAME…]",
		GroupID: groupLearners,
		Short:   "Enrol learners in a course, or tell how many there are",
		Long: `Enrol learners in a course, remove them (--remove), or change their mode (--change-mode). Without a NAME or a list it tells
how many are enrolled, by mode and day by day, and changes nothing. What it does is stored in the database of learners.

Enrolment must be open (enrollment_start, enrollment_end, invitation_only), and the course not full (max_student_enrollments_allowed), or --force
says that it is meant all the same. To staff of the course, and to those whom staff enrols (--as), it is always open. Who is enrolled already stays as is. A new learner comes into one of the cohorts that are filled at random, if there are any.

--csv takes a list, from a file or from standard input (-). Its first line names the columns, in any order:
  name    who is meant; needed
  email   of users who are added (--create); for others it must be the one that is known
  mode    such as audit or verified; empty for --mode
  cohort  to put the learner into; empty to leave that as it is
  action  enroll, remove or change-mode; empty for what the flags say. remove looks at no mode and no cohort
Every line is checked first. If one is wrong, all wrong ones are listed and nothing changes.`,
		Example: `  lectern enroll course-v1:Lectern+ByExample+2026 anna ben --mode honor
  lectern enroll course-v1:Lectern+ByExample+2026 --csv learners.csv --create
  lectern enroll course-v1:Lectern+ByExample+2026 ben --remove --reason "took the wrong course"
  lectern enroll course-v1:Lectern+ByExample+2026`,
		Args: takes(1, maxArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runEnroll(cmd.Context(), cmd.InOrStdin(), args[0], args[1:], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.mode, "mode", "", "`mode` such as audit, honor or verified (default "+learner.DefaultMode+")")
	flags.StringVar(&o.reason, "reason", "", "`text` for the history")
	flags.StringVar(&o.csv, "csv", "", "`file` with a list of learners; - for standard input")
	flags.BoolVar(&o.remove, "remove", false, "end the enrolment; its mode stays on record")
	flags.BoolVar(&o.changeMode, "change-mode", false, "change the mode of who is enrolled to --mode")
	flags.BoolVar(&o.create, "create", false, "add users that there are not")
	flags.BoolVar(&o.force, "force", false, "also if enrolment is not open, or the course is full")
	o.addFlag(cmd)
	return cmd
}

// The actions of a line.
const (
	enrollAction     = "enroll"
	removeAction     = "remove"
	changeModeAction = "change-mode"
)

var enrollActions = map[string]learner.Action{enrollAction: learner.Enrols, removeAction: learner.Unenrols, changeModeAction: learner.ChangesMode}

// action is what is done with lines that do not say.
func (o *enrollOptions) action() string {
	switch {
	case o.remove:
		return removeAction
	case o.changeMode:
		return changeModeAction
	}
	return enrollAction
}

func (a *app) runEnroll(ctx context.Context, stdin io.Reader, course string, names []string, o enrollOptions) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	if err := checkMode(o.mode); err != nil {
		return err
	}
	switch {
	case o.remove && o.changeMode:
		return together("--remove", "--change-mode")
	case o.csv == "" && len(names) == 0 && o != (enrollOptions{}):
		return &usageError{message: "no learner is named", advice: "usage: lectern enroll COURSE NAME…, or --csv FILE"}
	case o.csv == "" && len(names) == 0:
		return a.countEnrolments(ctx, c)
	}
	lines, wrong, err := o.lines(stdin, names)
	if err != nil {
		return err
	}
	plan := &enrolPlan{course: c, o: o, unread: wrong, now: time.Now()}
	read, err := a.published(ctx, c)
	switch {
	case err != nil && !o.onlyRemoves(lines):
		return err
	case err != nil: // whatever has become of the course, learners can leave it
		plan.unknown = err
		return a.enrolAll(ctx, plan, lines)
	}
	plan.admission = courses.AdmissionTo(read)
	return a.enrolAll(ctx, plan, lines)
}

// lines are what shall be done, by names or by a list.
func (o *enrollOptions) lines(stdin io.Reader, names []string) (lines []rosterLine, wrong []lineProblem, err error) {
	if o.csv != "" && len(names) > 0 {
		return nil, nil, &usageError{message: "enroll takes either names or a list", advice: "put the names into the list, or leave --csv out"}
	}
	for _, name := range names {
		lines = append(lines, rosterLine{name: strings.TrimSpace(name)})
	}
	if o.csv == "" {
		return lines, nil, nil
	}
	text, err := openRoster(o.csv, stdin)
	if err == nil {
		lines, wrong, err = parseRoster(text)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the list of learners: %w", err)
	}
	return lines, wrong, nil
}

// onlyRemoves reports whether all lines end an enrolment.
func (o *enrollOptions) onlyRemoves(lines []rosterLine) bool {
	return !slices.ContainsFunc(lines, func(l rosterLine) bool { return cmp.Or(strings.ToLower(l.action), o.action()) != removeAction })
}

// checkMode refuses modes that there are not.
func checkMode(mode string) error {
	if modes := learner.Modes(); mode != "" && !slices.Contains(modes, mode) {
		return &usageError{message: fmt.Sprintf("there is no mode %q", shortened(mode)), advice: didYouMean(mode, modes, "the modes are "+strings.Join(modes, ", "))}
	}
	return nil
}

// enrolAll checks all lines against what is stored, and does them if none is wrong.
func (a *app) enrolAll(ctx context.Context, plan *enrolPlan, lines []rosterLine) error {
	use := a.useExisting
	if plan.o.create {
		use = a.withNewLearners
		// A list that is wrong must not make a database.
		if status, err := learner.Status(ctx, a.learners()); err == nil && status.Version == 0 {
			if plan.check(lines); len(plan.wrong) > 0 {
				return a.refuse(plan, len(lines)+len(plan.unread))
			}
		}
	}
	return use(ctx, func(db *learner.DB) error {
		if err := plan.read(ctx, db, lines); err != nil {
			return err
		}
		if plan.unknown != nil && !plan.enrolled() { // a slip of the pen is no course that is gone
			return plan.unknown
		}
		if plan.check(lines); len(plan.wrong) > 0 {
			return a.refuse(plan, len(lines)+len(plan.unread))
		}
		results, err := db.EnrolAll(ctx, plan.lines)
		return errors.Join(a.reportEnrolled(plan, results), err)
	})
}

func (a *app) useExisting(ctx context.Context, use func(*learner.DB) error) error {
	return a.withLearners(ctx, toWrite, use)
}

// errLines says that lines are wrong, which have been printed.
var errLines = errors.New("nothing has changed")

func (a *app) refuse(plan *enrolPlan, all int) error {
	slices.SortStableFunc(plan.wrong, func(x, y lineProblem) int { return x.Line - y.Line })
	if a.json {
		if err := a.printJSON(enrolReport{Course: plan.course.String(), Lines: []enrolledLine{}, Problems: plan.wrong}); err != nil {
			return err
		}
	} else {
		for _, p := range plan.wrong {
			a.printf("%s%s\n", at(p.Line, p.Name), p.Message)
		}
	}
	return fmt.Errorf("%s of %s cannot be done; %w", grouped(int64(len(plan.wrong))), plural(all, plan.word()), errLines)
}

// enrolPlan makes lines for the database of lines of a list.
type enrolPlan struct {
	course    key.Course
	o         enrollOptions
	now       time.Time
	unread    []lineProblem // lines that are no CSV
	admission courses.Admission
	unknown   error // why the course cannot be read

	// What is stored.
	actor   learner.ID
	users   map[string]learner.User
	members map[learner.ID]learner.Member
	cohorts []learner.Cohort
	taken   int64               // places
	staff   map[learner.ID]bool // who may enrol at any time

	// What follows.
	lines []learner.Line
	asked []rosterLine // by the lines
	wrong []lineProblem
}

// word is what its lines are called.
func (p *enrolPlan) word() string {
	if p.o.csv == "" {
		return "name"
	}
	return "line"
}

func (p *enrolPlan) read(ctx context.Context, db *learner.DB, lines []rosterLine) (err error) {
	names := make([]string, len(lines))
	for i, l := range lines {
		names[i] = l.name
	}
	if p.actor, err = p.o.user(ctx, db); err != nil {
		return err
	}
	if p.users, err = db.FindUsers(ctx, names); err != nil {
		return err
	}
	var ids []learner.ID
	for _, u := range p.users {
		ids = append(ids, u.ID)
	}
	if p.members, err = db.Members(ctx, p.course, ids); err != nil {
		return err
	}
	if p.cohorts, err = db.Cohorts(ctx, p.course); err != nil {
		return err
	}
	p.taken = 0
	counts, err := db.EnrolmentCounts(ctx, p.course)
	for _, n := range counts {
		p.taken += n.Active
	}
	if err != nil || p.admission.At(p.now, false) == nil {
		return err
	}
	return p.readStaff(ctx, db, append(ids, p.actor))
}

// readStaff finds out who of some users may enrol although enrolment is not open.
func (p *enrolPlan) readStaff(ctx context.Context, db *learner.DB, users []learner.ID) error {
	roles, err := db.RolesOf(ctx, users)
	p.staff = make(map[learner.ID]bool)
	for id, list := range roles {
		may, notRead := courses.Enrols(list, p.course)
		p.staff[id], err = may, errors.Join(err, notRead)
	}
	return err
}

// enrolled reports whether somebody of the list is in the course.
func (p *enrolPlan) enrolled() bool {
	for _, m := range p.members {
		if m.Active {
			return true
		}
	}
	return false
}

// check plans all lines, and lists those that cannot be done.
func (p *enrolPlan) check(lines []rosterLine) {
	p.lines, p.asked, p.wrong = nil, nil, slices.Clone(p.unread)
	first := make(map[string]int)
	for i, l := range lines {
		line, err := p.plan(l)
		if before, twice := first[learner.FoldName(l.name)]; twice && err == nil {
			err = errors.New("the same user is named twice; leave one out")
			if l.line > 0 {
				err = fmt.Errorf("the same user stands on line %d; leave one out", lines[before].line)
			}
		}
		if err != nil {
			p.wrong = append(p.wrong, lineProblem{l.line, l.name, err.Error()})
			continue
		}
		first[learner.FoldName(l.name)] = i
		p.lines, p.asked = append(p.lines, line), append(p.asked, l)
	}
}

func (p *enrolPlan) plan(l rosterLine) (line learner.Line, err error) {
	if l.action == "" {
		l.action = p.o.action()
	}
	action, ok := enrollActions[strings.ToLower(l.action)]
	if !ok {
		names := []string{enrollAction, removeAction, changeModeAction}
		return line, fmt.Errorf("there is no action %q; %s", shortened(l.action), didYouMean(l.action, names, "the actions are "+strings.Join(names, ", ")))
	}
	line = learner.Line{Action: action, Enrolment: learner.Enrolment{Source: "staff", Reason: p.o.reason, Target: learner.Target{Course: p.course, Actor: p.actor}}}
	if l.line > 0 {
		line.Source = "bulk"
	}
	if err := p.who(&line, l); err != nil || action == learner.Unenrols {
		return line, err
	}
	return line, errors.Join(p.modeOf(&line, l), p.admit(&line), p.cohortOf(&line, l))
}

// who finds the user of a line, or makes one.
func (p *enrolPlan) who(line *learner.Line, l rosterLine) error {
	if l.name == "" {
		return errors.New("it names nobody; fill in the name, or remove the line")
	}
	u, known := p.users[l.name]
	switch {
	case known && l.email != "" && !strings.EqualFold(l.email, u.Email):
		return fmt.Errorf("%s has another address, %q; correct the line, or leave the address out", u.Name, u.Email)
	case known:
		line.Learner = u.ID
		if line.Action == learner.Unenrols && p.members[u.ID].Active {
			p.taken--
		}
		return nil
	case !p.o.create || line.Action != learner.Enrols:
		return errors.New("there is no such user; correct the name, or add the user with lectern user add, or all that there are not with --create")
	}
	u, err := learner.NewUser(l.name, l.email)
	line.Account, line.Learner = &u, u.ID
	return err
}

// modeOf says which mode a line means.
func (p *enrolPlan) modeOf(line *learner.Line, l rosterLine) error {
	now, asked := p.members[line.Learner], l.mode
	if asked == "" {
		asked = p.o.mode
	}
	if err := checkMode(asked); err != nil {
		return fmt.Errorf("%w; %s", err, adviceOf(err))
	}
	switch {
	case line.Action == learner.ChangesMode && asked == "":
		return errors.New("it names no mode; fill in the mode, or say --mode")
	case line.Action == learner.ChangesMode && !now.Active:
		return errors.New("the learner is not enrolled; the action enroll does that")
	case line.Action == learner.Enrols && now.Active && asked != "" && asked != now.Mode:
		return fmt.Errorf("the learner is enrolled as %s already; to change that, say --change-mode, or in a list the action change-mode", now.Mode)
	case now.Active && asked == "":
		asked = now.Mode
	case asked == "":
		asked = learner.DefaultMode
	}
	line.Mode = asked
	return nil
}

// admit asks whether somebody may come in.
func (p *enrolPlan) admit(line *learner.Line) error {
	if line.Action != learner.Enrols || p.members[line.Learner].Active {
		return nil
	}
	if !p.o.force {
		if err := p.admission.At(p.now, p.staff[p.actor] || p.staff[line.Learner]); err != nil {
			return fmt.Errorf("%w; --force enrols all the same", err)
		}
		if line.Places = p.admission.Places; line.Places != nil && p.taken >= *line.Places {
			return fmt.Errorf("%w: it has places for %s, and none is left; --force enrols all the same", learner.ErrFull, grouped(*line.Places))
		}
	}
	p.taken++
	return nil
}

// cohortOf says which cohort the learner of a line comes into.
func (p *enrolPlan) cohortOf(line *learner.Line, l rosterLine) error {
	if l.cohort != "" {
		line.Cohort = l.cohort
		return knownCohort(p.course, p.cohorts, l.cohort)
	}
	if m := p.members[line.Learner]; line.Action != learner.Enrols || m.Active || m.Cohort != "" {
		return nil
	}
	var list []partition.Cohort
	for _, c := range p.cohorts {
		list = append(list, partition.Cohort{Name: c.Name, Random: c.Assignment == randomCohort})
	}
	line.Cohort, line.Default = "", true
	line.Cohort, _ = partition.DefaultCohort(p.course, list, line.Learner.String())
	return nil
}

// enrolReport is the --json form of what became of lines.
type enrolReport struct {
	Course   string         `json:"course"`
	Changed  int            `json:"changed"` // lines that changed something
	Lines    []enrolledLine `json:"lines"`
	Problems []lineProblem  `json:"problems"` // if there are any, nothing has changed
}

type enrolledLine struct {
	Line    int    `json:"line,omitempty"`
	Name    string `json:"name"`
	Action  string `json:"action"`
	Changed bool   `json:"changed"`
	Added   bool   `json:"added,omitempty"` // the user is new
	Mode    string `json:"mode,omitempty"`
	Cohort  string `json:"cohort,omitempty"` // that the learner was put into
	Error   string `json:"error,omitempty"`
	text    string
}

// errOvertaken says that lines could not be done after all, since somebody else has changed what they were checked against.
var errOvertaken = errors.New("could not be done after all, since others were at work at the same time; the others have been done")

func (a *app) reportEnrolled(plan *enrolPlan, results []learner.Enrolled) error {
	report := enrolReport{Course: plan.course.String(), Lines: []enrolledLine{}, Problems: []lineProblem{}}
	failed := 0
	for i, r := range results {
		line := plan.tell(i, r)
		if line.Changed {
			report.Changed++
		}
		if line.Error != "" {
			failed++
		}
		report.Lines = append(report.Lines, line)
	}
	if a.json {
		if err := a.printJSON(report); err != nil {
			return err
		}
	} else {
		for _, l := range report.Lines {
			a.printf("%s%s\n", at(l.Line, l.Name), l.text)
		}
		if len(report.Lines) == 0 && !a.quiet {
			a.printf("the list names nobody, nothing changed\n")
		}
	}
	if failed > 0 {
		return fmt.Errorf("%s %w", plural(failed, plan.word()), errOvertaken)
	}
	return nil
}

// tell says what became of a line.
func (p *enrolPlan) tell(i int, r learner.Enrolled) enrolledLine {
	line, asked := p.lines[i], p.asked[i]
	told := enrolledLine{Line: asked.line, Name: asked.name, Changed: r.Changed || r.Moved, Mode: line.Mode}
	if r.Err != nil {
		told.Error, told.text = r.Err.Error(), r.Err.Error()
		return told
	}
	done, same := "enrolled as "+line.Mode, "already enrolled"
	told.Action = enrollAction
	switch line.Action {
	case learner.Unenrols:
		told.Action, done, same = removeAction, "no longer enrolled", "not enrolled"
	case learner.ChangesMode:
		told.Action, done, same = changeModeAction, "now "+line.Mode+", was "+p.members[line.Learner].Mode, line.Mode+" already"
	}
	if told.Added = line.Account != nil; told.Added {
		done = "added and " + done
	}
	told.text = done
	if !r.Changed {
		told.text = same
	}
	switch {
	case r.Moved:
		told.Cohort = line.Cohort
		told.text += ", put into the cohort " + line.Cohort
	case !r.Changed:
		told.text += ", nothing changed"
	}
	return told
}

// enrolCounts is the --json form of how many are enrolled.
type enrolCounts struct {
	Course string      `json:"course"`
	Active int64       `json:"active"`
	Modes  []modeCount `json:"modes"`
	Days   []dayCount  `json:"days"`
}

type modeCount struct {
	Mode     string `json:"mode"`
	Active   int64  `json:"active"`
	Inactive int64  `json:"inactive"` // who have left
}

type dayCount struct {
	Day    string `json:"day"`
	Mode   string `json:"mode"`
	Joined int    `json:"joined"`
	Left   int    `json:"left"`
}

func (a *app) countEnrolments(ctx context.Context, c key.Course) error {
	return a.withLearners(ctx, toRead, func(db *learner.DB) error {
		n := enrolCounts{Course: c.String(), Modes: []modeCount{}, Days: []dayCount{}}
		counts, err := db.EnrolmentCounts(ctx, c)
		if err != nil {
			return err
		}
		days, err := db.EnrolmentDays(ctx, c)
		if err != nil {
			return err
		}
		if len(counts)+len(days) == 0 {
			if err := a.mustKnow(ctx, c); err != nil {
				return err
			}
		}
		for _, m := range counts {
			n.Modes = append(n.Modes, modeCount(m))
			n.Active += m.Active
		}
		for _, d := range days {
			n.Days = append(n.Days, dayCount(d))
		}
		if a.json {
			return a.printJSON(n)
		}
		return a.printCounts(n)
	})
}

func (a *app) printCounts(n enrolCounts) error {
	if !a.quiet {
		a.printf("%s enrolled in %s\n", plural(int(n.Active), "learner"), n.Course)
	}
	var rows [][]string
	for _, m := range n.Modes {
		rows = append(rows, []string{m.Mode, grouped(m.Active) + " enrolled", grouped(m.Inactive) + " left"})
	}
	for _, d := range n.Days {
		rows = append(rows, []string{d.Day, d.Mode, fmt.Sprintf("+%d", d.Joined), fmt.Sprintf("-%d", d.Left)})
	}
	return a.table(rows)
}
