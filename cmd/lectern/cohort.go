package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lectern/courses/content"
	"lectern/courses/learner"
	"lectern/courses/partition"
	"lectern/modulestore/key"
)

// How a cohort is filled.
const (
	manualCohort = "manual"
	randomCohort = "random"
)

func (a *app) cohortCommand() *cobra.Command {
	return groupOf(&cobra.Command{
		Use:     "cohort",
		GroupID: groupLearners,
		Short:   "List and make cohorts of a course, and put learners into them",
		Long: `List and make cohorts of a course, and put learners into them. A learner is in one cohort of a course at most. A cohort may stand for a group
of a partition (user_partitions), so that its learners see what is for that group. What it does is stored in the database of learners;
list and members read it, and neither changes it.`,
		Example: `  lectern cohort add course-v1:Lectern+ByExample+2026 Evening --random
  lectern cohort list course-v1:Lectern+ByExample+2026`,
	}, a.cohortListCommand(), a.cohortAddCommand(), a.cohortAssignCommand(), a.cohortMembersCommand())
}

// shownCohort is the --json form of a cohort.
type shownCohort struct {
	Cohort     string `json:"cohort"`
	Assignment string `json:"assignment"` // manual or random
	Partition  int64  `json:"partition,omitempty"`
	Group      int64  `json:"group,omitempty"`
	Learners   int64  `json:"learners"`
}

func (a *app) cohortListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list COURSE",
		Short:   "List the cohorts of a course",
		Long:    "List the cohorts of a course with the group that each stands for and the number of its learners. It changes nothing.",
		Example: "  lectern cohort list course-v1:Lectern+ByExample+2026 --json",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := key.ParseCourse(args[0])
			if err != nil {
				return err
			}
			return a.withLearners(cmd.Context(), toRead, func(db *learner.DB) error { return a.listCohorts(cmd.Context(), db, c) })
		},
	}
}

func (a *app) listCohorts(ctx context.Context, db *learner.DB, c key.Course) error {
	cohorts, err := db.Cohorts(ctx, c)
	if err != nil {
		return err
	}
	if len(cohorts) == 0 {
		if err := a.mustKnow(ctx, c); err != nil {
			return err
		}
	}
	list := []shownCohort{}
	var rows [][]string
	for _, n := range cohorts {
		list = append(list, shownCohort{n.Name, n.Assignment, n.Partition, n.Group, n.Members})
		group := ""
		if n.Partition > 0 {
			group = fmt.Sprintf("group %d of partition %d", n.Group, n.Partition)
		}
		rows = append(rows, []string{n.Name, n.Assignment, plural(int(n.Members), "learner"), group})
	}
	if a.json {
		return a.printJSON(map[string]any{"course": c.String(), "cohorts": list})
	}
	if len(list) == 0 && !a.quiet {
		a.printf("%s has no cohorts\n", c.String())
	}
	return a.table(rows)
}

type cohortOptions struct {
	acting
	random           bool
	partition, group int64
}

func (a *app) cohortAddCommand() *cobra.Command {
	var o cohortOptions
	cmd := &cobra.Command{
		Use:   "add COURSE NAME",
		Short: "Make a cohort of a course",
		Long: `Make a cohort of a course. Into the random ones (--random) new learners come by themselves, each as likely as the others; into the
manual ones come those who are assigned. --partition and --group say which group of the course its learners are. If the course has
a cohort of that name, it changes nothing.`,
		Example: `  lectern cohort add course-v1:Lectern+ByExample+2026 Authors --partition 812306414 --group 1290471153
  lectern cohort add course-v1:Lectern+ByExample+2026 Morning --random`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runCohortAdd(cmd, args[0], args[1], o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.random, "random", false, "new learners come into it by themselves")
	flags.Int64Var(&o.partition, "partition", 0, "`id` of a partition of the course")
	flags.Int64Var(&o.group, "group", 0, "`id` of a group of that partition")
	o.addFlag(cmd)
	return cmd
}

func (a *app) runCohortAdd(cmd *cobra.Command, course, name string, o cohortOptions) error {
	ctx := cmd.Context()
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	if name = strings.TrimSpace(name); name == "" || name != safe(name) {
		return &usageError{message: fmt.Sprintf("%q is no name for a cohort", name), advice: "use letters, digits and spaces"}
	}
	grouped := cmd.Flags().Changed("partition")
	if grouped != cmd.Flags().Changed("group") {
		return &usageError{message: "a group is named by two numbers", advice: "say both --partition and --group"}
	}
	read, err := a.published(ctx, c)
	if err != nil {
		return err
	}
	if grouped {
		if err := knownGroup(read, o.partition, o.group); err != nil {
			return err
		}
	}
	made := learner.CohortPayload{Name: name, Assignment: manualCohort, Partition: o.partition, Group: o.group}
	if o.random {
		made.Assignment = randomCohort
	}
	return a.withNewLearners(ctx, func(db *learner.DB) error {
		actor, err := o.user(ctx, db)
		if err != nil {
			return err
		}
		if err := db.CreateCohort(ctx, actor, c, made); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(shownCohort{name, made.Assignment, made.Partition, made.Group, 0})
		}
		a.printf("%s has a cohort %s\n", c.String(), name)
		return nil
	})
}

// knownGroup refuses groups that a course does not have.
func knownGroup(c *content.Course, id, group int64) error {
	list, _ := partition.Parse([]byte(c.Setting(0, "user_partitions").Value.JSON()))
	var all []string
	for _, p := range list {
		if p.Scheme != "cohort" {
			continue
		}
		var groups []string
		for _, g := range p.Groups {
			if p.ID == id && g.ID == group {
				return nil
			}
			groups = append(groups, fmt.Sprintf("%d (%s)", g.ID, g.Name))
		}
		all = append(all, fmt.Sprintf("partition %d (%s) has the groups %s", p.ID, p.Name, strings.Join(groups, ", ")))
	}
	if len(all) == 0 {
		return fmt.Errorf("%s has no partition for cohorts; add one to its setting user_partitions, or leave --partition and --group out", c.Key)
	}
	return fmt.Errorf("%s has no group %d in a partition %d for cohorts; %s", c.Key, group, id, strings.Join(all, "; "))
}

// knownCohort refuses cohorts that a course does not have.
func knownCohort(c key.Course, cohorts []learner.Cohort, name string) error {
	var names []string
	for _, n := range cohorts {
		if n.Name == name {
			return nil
		}
		names = append(names, n.Name)
	}
	if len(names) == 0 {
		return fmt.Errorf("%s has no cohort %q, and no other; lectern cohort add makes one", c, shortened(name))
	}
	return fmt.Errorf("%s has no cohort %q; %s", c, shortened(name), didYouMean(name, names, "its cohorts are "+strings.Join(names, ", ")))
}

func (a *app) cohortAssignCommand() *cobra.Command {
	var by acting
	cmd := &cobra.Command{
		Use:   "assign COURSE COHORT USER…",
		Short: "Put learners into a cohort",
		Long: `Put learners of a course into a cohort, and out of the one they are in. They must be enrolled. If one of them cannot be put there, it
says so and changes nothing.`,
		Example: "  lectern cohort assign course-v1:Lectern+ByExample+2026 Evening anna ben",
		Args:    takes(3, maxArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := key.ParseCourse(args[0])
			if err != nil {
				return err
			}
			return a.withLearners(cmd.Context(), toWrite, func(db *learner.DB) error {
				return a.assign(cmd.Context(), db, c, args[1], args[2:], by)
			})
		},
	}
	by.addFlag(cmd)
	return cmd
}

// assigned is the --json form of who was put into a cohort.
type assigned struct {
	Course   string         `json:"course"`
	Cohort   string         `json:"cohort"`
	Learners []assignedUser `json:"learners"`
}

type assignedUser struct {
	Name    string `json:"name"`
	Changed bool   `json:"changed"`
	Before  string `json:"before,omitempty"` // the cohort
}

func (a *app) assign(ctx context.Context, db *learner.DB, c key.Course, cohort string, names []string, by acting) error {
	cohorts, err := db.Cohorts(ctx, c)
	if err != nil {
		return err
	}
	if len(cohorts) == 0 {
		if err := a.mustKnow(ctx, c); err != nil {
			return err
		}
	}
	if err := knownCohort(c, cohorts, cohort); err != nil {
		return err
	}
	actor, err := by.user(ctx, db)
	if err != nil {
		return err
	}
	report := assigned{Course: c.String(), Cohort: cohort}
	var lines []learner.Line
	for _, name := range names {
		u, m, err := enrolledUser(ctx, db, c, name)
		if err != nil {
			return err
		}
		target := learner.Target{Learner: u.ID, Course: c, Actor: actor}
		lines = append(lines, learner.Line{Enrolment: learner.Enrolment{Target: target}, Action: learner.Keeps, Cohort: cohort})
		report.Learners = append(report.Learners, assignedUser{Name: u.Name, Before: m.Cohort})
	}
	results, err := db.EnrolAll(ctx, lines)
	for i, r := range results {
		report.Learners[i].Changed = r.Moved
		err = errors.Join(err, r.Err)
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(report)
	}
	for _, l := range report.Learners {
		switch {
		case !l.Changed:
			a.printf("%s: in %s already, nothing changed\n", l.Name, cohort)
		case l.Before != "":
			a.printf("%s: now in %s, was in %s\n", l.Name, cohort, l.Before)
		default:
			a.printf("%s: now in %s\n", l.Name, cohort)
		}
	}
	return nil
}

// enrolledUser finds a user who is enrolled in a course.
func enrolledUser(ctx context.Context, db *learner.DB, c key.Course, name string) (learner.User, learner.Member, error) {
	u, err := db.FindUser(ctx, name)
	if err != nil {
		return u, learner.Member{}, err
	}
	members, err := db.Members(ctx, c, []learner.ID{u.ID})
	if err == nil && !members[u.ID].Active {
		err = fmt.Errorf("%s is not enrolled in %s; lectern enroll does that", u.Name, c)
	}
	return u, members[u.ID], err
}

func (a *app) cohortMembersCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "members COURSE COHORT",
		Short:   "List the learners in a cohort",
		Long:    "List the learners in a cohort of a course who are enrolled. It changes nothing.",
		Example: "  lectern cohort members course-v1:Lectern+ByExample+2026 Evening",
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			c, err := key.ParseCourse(args[0])
			if err != nil {
				return err
			}
			return a.withLearners(ctx, toRead, func(db *learner.DB) error {
				cohorts, err := db.Cohorts(ctx, c)
				if err != nil {
					return err
				}
				if err := knownCohort(c, cohorts, args[1]); err != nil {
					return err
				}
				return a.listMembers(ctx, c, func(after learner.Cursor) ([]learner.CourseMember, learner.Cursor, error) {
					return db.InCohort(ctx, c, args[1], after, listPage)
				})
			})
		},
	}
}
