package learner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"lectern/modulestore/key"
)

// Access is what is known about a learner as far as it decides what they get of a course, and when. What only grades need is not there.
type Access struct {
	*GradeFacts
	Opened map[key.BlockID]time.Time
	// Allowances are extra time for exams; the zero block stands for all of the course. They are there only if exams were asked for.
	Allowances map[key.BlockID]AllowancePayload
	// Passed are the courses that the learner has passed. They are there only if they were asked for.
	Passed map[key.Course]bool
}

// AccessQuery says what is read besides. It takes time for each learner.
type AccessQuery struct {
	Done   bool // scores, grades that were set, completion, and what is open because of them
	Exams  bool // attempts at exams, and extra time for them
	Passed bool // other courses
	// Undrawn says that no group was drawn for anybody in the course, so that there are none to be read.
	Undrawn bool
}

// Access gives what decides about the access of learners, all as of one moment. The number of statements does not depend on how many they are.
func (db *DB) Access(ctx context.Context, course key.Course, users []ID, ask AccessQuery) (map[ID]*Access, error) {
	if len(users) > maxPage {
		return nil, fmt.Errorf("at most %d learners can be read at a time", maxPage)
	}
	all := make(map[ID]*Access, len(users))
	for _, id := range users {
		all[id] = newAccess(id)
	}
	err := db.reading(ctx, func(q querier, run func(*batch) error) error {
		numbers, err := db.names.users.find(ctx, q, db.engine, users)
		if err != nil {
			return err
		}
		courses, err := db.names.courses.find(ctx, q, db.engine, []key.Course{course})
		if err != nil || len(numbers) == 0 {
			return err
		}
		r := accessReading{reading: newFacts(db), access: make(map[int64]*Access)}
		for id, n := range numbers {
			r.access[n], r.pages[n], r.facts[n] = all[id], all[id].Page, all[id].GradeFacts
		}
		return run(r.batch(slices.Sorted(maps.Values(numbers)), courses[course], ask))
	})
	if err != nil {
		return nil, fmt.Errorf("read what learners have access to: %w", err)
	}
	return all, nil
}

func newAccess(id ID) *Access {
	return &Access{GradeFacts: newLearnerFacts(id), Opened: make(map[key.BlockID]time.Time), Allowances: make(map[key.BlockID]AllowancePayload), Passed: make(map[key.Course]bool)}
}

// accessReading collects what is known by the numbers of the learners.
type accessReading struct {
	*reading
	access map[int64]*Access
}

// batch makes the statements. course is 0 for one that nobody was ever in.
func (r *accessReading) batch(users []int64, course int64, ask AccessQuery) *batch {
	b := &batch{engine: r.engine}
	theirs, list := r.engine.of(users)
	if course == 0 {
		r.roles(b, users)
	}
	if ask.Passed {
		b.add("read course_grade", r.engine.dialect(`SELECT t.user_ref, c.course_key FROM course_grade t JOIN ref_course c ON c.course_ref = t.course_ref
			WHERE t.user_ref `+theirs+` AND t.passed = 1`), []any{list}, r.passed)
	}
	if course == 0 {
		return b
	}
	from, perBlock := r.query(b, users, course)
	more := besides{role: r.granted}
	if ask.Done {
		more.opened = r.gate
	}
	r.dueDates(b, users, course, more)
	b.add("read enrolment", r.engine.dialect(`SELECT t.user_ref, n.active, n.mode, n.source, n.first_ms, n.since_ms, COALESCE(m.cohort, ''),
		COALESCE(c.partition_id, 0), COALESCE(c.group_id, 0), n.anchor_ms FROM ref_user t
		LEFT JOIN enrolment n ON n.user_ref = t.user_ref AND n.course_ref = $2
		LEFT JOIN cohort_member m ON m.user_ref = t.user_ref AND m.course_ref = $2
		LEFT JOIN cohort c ON c.course_ref = $2 AND c.name = m.cohort WHERE t.user_ref `+theirs), []any{list, course}, r.membership)
	if !ask.Undrawn {
		from("partition_assignment", "partition_id, group_id", r.group)
	}
	if ask.Exams {
		r.exams(b, users, course)
		r.allowances(b, users, course)
	}
	if ask.Done {
		perBlock("grade_override", "earned_all, possible_all, earned_graded, possible_graded, reason", r.override)
		r.done(b, users, course)
	}
	return b
}

// roles adds the statement for the roles of learners.
func (r *reading) roles(b *batch, users []int64) {
	theirs, list := b.engine.of(users)
	b.add("read role_grant", b.engine.dialect(`SELECT t.user_ref, t.role, t.scope FROM role_grant t WHERE t.user_ref `+theirs+` AND t.granted = 1`), []any{list}, r.role)
}

func (r *reading) role(rows found) error {
	var user int64
	var role Role
	err := rows.Scan(&user, &role.Role, &role.Scope)
	if err == nil {
		r.granted(user, role)
	}
	return err
}

func (r *reading) granted(user int64, role Role) {
	r.facts[user].Roles = append(r.facts[user].Roles, role)
}

func (r *accessReading) passed(rows found) error {
	var user int64
	var name string
	if err := rows.Scan(&user, &name); err != nil {
		return err
	}
	course, err := key.ParseCourse(name)
	if err == nil {
		r.access[user].Passed[course] = true
	}
	return err
}

// membership reads what there is at most once for a learner in a course.
func (r *accessReading) membership(rows found) error {
	var user int64
	var active, first, since, anchor *int64
	var mode, source *string
	var partition, group int64
	var cohort string
	if err := rows.Scan(&user, &active, &mode, &source, &first, &since, &cohort, &partition, &group, &anchor); err != nil {
		return err
	}
	f := r.facts[user]
	r.inCohort(user, cohort)
	f.Partition, f.Group, f.Anchor = partition, group, optionalInstant(anchor)
	if active != nil {
		f.Enrolment = &Membership{Active: *active == 1, Mode: *mode, Source: *source, First: instant(*first), Since: instant(*since)}
	}
	return nil
}

func (r *accessReading) gate(user int64, block key.BlockID, at time.Time) {
	r.access[user].Opened[block] = at
}
