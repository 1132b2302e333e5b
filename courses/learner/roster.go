package learner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lectern/modulestore/key"
)

// Action is what a line of a list does with an enrolment.
type Action int

const (
	Enrols      Action = iota // as Enrol does
	Unenrols                  // as Unenrol does
	ChangesMode               // as ChangeMode does
	Keeps                     // nothing
)

// Line is what EnrolAll does to one learner.
type Line struct {
	Enrolment
	Action  Action
	Account *User  // that is made first; nil for who has one
	Cohort  string // that the learner is put into; empty for none
	Default bool   // Cohort is for who has none
}

// Enrolled says what became of a line of EnrolAll.
type Enrolled struct {
	Changed bool // the enrolment
	Moved   bool // into the cohort
	Err     error
}

// enrolBatch is the number of lines that are done in one transaction.
const enrolBatch = 500

// EnrolAll enrols many learners, or does what else their lines say. A line that cannot be done does not stop others; it says why and changes nothing. If
// EnrolAll fails altogether, the lines whose results it gives have been done.
func (db *DB) EnrolAll(ctx context.Context, list []Line) (results []Enrolled, err error) {
	for some := range slices.Chunk(list, enrolBatch) {
		part, err := db.enrolSome(ctx, some)
		if err != nil {
			return results, err
		}
		results = append(results, part...)
	}
	return results, nil
}

// drafts are the events of a line, and who decides about each.
func (l Line) drafts() (drafts []NewEvent, decide []decision, err error) {
	add := func(n NewEvent, draftErr error, d decision) {
		if err == nil && draftErr == nil {
			draftErr = n.Check()
		}
		drafts, decide, err = append(drafts, n), append(decide, d), errors.Join(err, draftErr)
	}
	if l.Account != nil {
		n, err := l.Account.draft()
		add(n, err, takesName)
	}
	if l.Action != Keeps {
		n, err := l.draft(l.Action != Unenrols)
		add(n, err, [...]decision{Enrols: l.enrols, Unenrols: l.unenrols, ChangesMode: l.changesMode}[l.Action])
	}
	if l.Cohort != "" {
		n, err := l.Target.draft(KindMember, MemberPayload{l.Cohort})
		add(n, err, l.joins)
	}
	return drafts, decide, err
}

func (l Line) joins(t *transaction, e *entry) (bool, error) {
	row := t.members.get(e.courseKey())
	if l.Default && row != nil && row.cohort != "" {
		return false, nil
	}
	return joins(t, e)
}

func (db *DB) enrolSome(ctx context.Context, list []Line) ([]Enrolled, error) {
	results := make([]Enrolled, len(list))
	decide := make([][]decision, len(list))
	var all []NewEvent
	limited := make(map[key.Course]bool)
	for i, l := range list {
		drafts, by, err := l.drafts()
		if results[i].Err = err; err == nil {
			all, decide[i] = append(all, drafts...), by
			limited[l.Course] = limited[l.Course] || l.Places != nil
		}
	}
	if len(all) == 0 {
		return results, nil
	}
	want := func(p *projection, e *entry) {
		wantNamedCohort(p, e)
		if limited[e.Course] {
			p.wantPlaces(e.course)
		}
	}
	_, err := db.add(ctx, all, want, func(t *transaction, entries []*entry) error {
		for i := range list {
			if results[i] = (Enrolled{Err: results[i].Err}); decide[i] == nil {
				continue
			}
			mine := entries[:len(decide[i])]
			entries = entries[len(decide[i]):]
			if err := t.enrolOne(mine, decide[i], &results[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return results, err
}

// enrolOne does a line. Whatever may refuse it is asked before anything happens.
func (t *transaction) enrolOne(entries []*entry, decide []decision, result *Enrolled) error {
	result.Err = nil
	happens := make([]bool, len(entries))
	for i, e := range entries {
		if t.erased[e.Stream.Learner] {
			result.Err = ErrErased
			return nil
		}
		if happens[i], result.Err = decide[i](t, e); result.Err != nil {
			return nil
		}
	}
	for i, e := range entries {
		if !happens[i] {
			continue
		}
		if err := t.happen(e); err != nil {
			return err
		}
		result.Changed = result.Changed || e.Kind == KindEnrolment
		result.Moved = result.Moved || e.Kind == KindMember
	}
	return nil
}

// Member is what is known about a learner as one of a course.
type Member struct {
	Membership        // zero for who was never enrolled
	Cohort     string // empty for none
}

// Members gives how learners are or were enrolled in a course. Who was never there and has no cohort has no entry.
func (db *DB) Members(ctx context.Context, course key.Course, users []ID) (map[ID]Member, error) {
	all := make(map[ID]Member, len(users))
	err := db.someAtOnce(users, func(source string, args []any) error {
		args = append(args, course.String())
		return db.one(ctx, "enrolments", fmt.Sprintf(`WITH v (id, place) AS (%s), c (ref) AS (SELECT course_ref FROM ref_course WHERE course_key = $%d)
			SELECT v.place, COALESCE(n.active, 0), COALESCE(n.mode, ''), COALESCE(n.source, ''), COALESCE(n.first_ms, 0), COALESCE(n.since_ms, 0), COALESCE(m.cohort, '')
			FROM v JOIN ref_user u ON u.learner_id = v.id CROSS JOIN c
			LEFT JOIN enrolment n ON n.user_ref = u.user_ref AND n.course_ref = c.ref LEFT JOIN cohort_member m ON m.user_ref = u.user_ref AND m.course_ref = c.ref
			WHERE n.mode IS NOT NULL OR m.cohort <> ''`, source, len(args)), args, func(rows found) error {
			var place int64
			m, err := scanMember(rows, &place)
			all[users[place]] = m
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// RolesOf gives the roles of users. Who has none has no entry.
func (db *DB) RolesOf(ctx context.Context, users []ID) (map[ID][]Role, error) {
	all := make(map[ID][]Role)
	err := db.someAtOnce(users, func(source string, args []any) error {
		return db.one(ctx, "roles", `WITH v (id, place) AS (`+source+`) SELECT v.place, r.role, r.scope
			FROM v JOIN ref_user u ON u.learner_id = v.id JOIN role_grant r ON r.user_ref = u.user_ref WHERE r.granted = 1`, args, func(rows found) error {
			var place int64
			var r Role
			err := rows.Scan(&place, &r.Role, &r.Scope)
			all[users[place]] = append(all[users[place]], r)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// scanMember reads an enrolment with a cohort; the columns before it go to the first pointers.
func scanMember(rows found, before ...any) (m Member, err error) {
	var active, first, since int64
	err = rows.Scan(append(before, &active, &m.Mode, &m.Source, &first, &since, &m.Cohort)...)
	m.Active, m.First, m.Since = active == 1, instant(first), instant(since)
	return m, err
}

// CourseMember is a learner of a course, or a course of a learner.
type CourseMember struct {
	User   User
	Course key.Course
	Member
}

// Cursor is a place in a list of learners; the zero Cursor is before the first.
type Cursor struct{ user int64 }

// Enrolled lists the learners who are enrolled in a course, some at a time: after is the zero Cursor at first, then the next that was given, which is zero at
// the end. They come as the index has them: each page costs the same, however many there are before it.
func (db *DB) Enrolled(ctx context.Context, course key.Course, after Cursor, limit int) ([]CourseMember, Cursor, error) {
	return db.listMembers(ctx, course, ``, after, limit)
}

// InCohort lists the learners in a cohort of a course who are enrolled there, as Enrolled does.
func (db *DB) InCohort(ctx context.Context, course key.Course, cohort string, after Cursor, limit int) ([]CourseMember, Cursor, error) {
	return db.listMembers(ctx, course, inCohort, after, limit, cohort)
}

const inCohort = `AND COALESCE(m.cohort, '') = $4`

// membersSQL is the statement for a page of a list of learners; which is a condition for them, or nothing. It joins as listSQL does.
func membersSQL(which string) string {
	return `SELECT n.user_ref, u.learner_id, COALESCE(a.name, ''), COALESCE(a.email, ''), n.active, n.mode, n.source, n.first_ms, n.since_ms, COALESCE(m.cohort, '')
		FROM enrolment n LEFT JOIN ref_user u ON u.user_ref = n.user_ref LEFT JOIN account a ON a.user_ref = n.user_ref
		LEFT JOIN cohort_member m ON m.user_ref = n.user_ref AND m.course_ref = n.course_ref
		WHERE n.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND n.active = 1 AND n.user_ref > $2 ` + which + `
		ORDER BY n.user_ref LIMIT $3`
}

func (db *DB) listMembers(ctx context.Context, course key.Course, which string, after Cursor, limit int, args ...any) (list []CourseMember, next Cursor, err error) {
	if limit < 1 || limit > maxPage {
		return nil, next, fmt.Errorf("a page has 1 to %d learners", maxPage)
	}
	err = db.one(ctx, "enrolments", membersSQL(which),
		append([]any{course.String(), after.user, int64(limit)}, args...), func(rows found) error {
			row := CourseMember{Course: course}
			var id []byte
			m, err := scanMember(rows, &next.user, &id, &row.User.Name, &row.User.Email)
			if err != nil {
				return err
			}
			row.Member = m
			if row.User.ID, err = enrolledID(id, next.user); err != nil {
				return err
			}
			list = append(list, row)
			return nil
		})
	if len(list) < limit {
		next = Cursor{}
	}
	return list, next, err
}

// Enrolments lists the courses that a learner is or was enrolled in.
func (db *DB) Enrolments(ctx context.Context, user User) (list []CourseMember, err error) {
	err = db.one(ctx, "enrolments", `SELECT c.course_key, n.active, n.mode, n.source, n.first_ms, n.since_ms, COALESCE(m.cohort, '')
		FROM enrolment n JOIN ref_course c ON c.course_ref = n.course_ref LEFT JOIN cohort_member m ON m.user_ref = n.user_ref AND m.course_ref = n.course_ref
		WHERE n.user_ref = (SELECT user_ref FROM ref_user WHERE learner_id = $1) ORDER BY c.course_key`, []any{user.ID[:]}, func(rows found) error {
		var course string
		m, err := scanMember(rows, &course)
		if err != nil {
			return err
		}
		c, err := key.ParseCourse(course)
		list = append(list, CourseMember{user, c, m})
		return err
	})
	return list, err
}

// Cohort is a cohort of a course.
type Cohort struct {
	CohortPayload
	Members int64 // who are enrolled
}

// Cohorts lists the cohorts of a course by name.
func (db *DB) Cohorts(ctx context.Context, course key.Course) (list []Cohort, err error) {
	err = db.one(ctx, "cohorts", `SELECT c.name, c.assignment, c.partition_id, c.group_id, (SELECT COUNT(*) FROM cohort_member m
			JOIN enrolment n ON n.user_ref = m.user_ref AND n.course_ref = m.course_ref AND n.active = 1 WHERE m.course_ref = c.course_ref AND m.cohort = c.name)
		FROM cohort c WHERE c.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) ORDER BY c.name`, []any{course.String()}, func(rows found) error {
		var c Cohort
		err := rows.Scan(&c.Name, &c.Assignment, &c.Partition, &c.Group, &c.Members)
		list = append(list, c)
		return err
	})
	return list, err
}

// CourseExtension is a personal due date that somebody has.
type CourseExtension struct {
	User   User
	Block  key.BlockID
	Due    time.Time
	Reason string
}

// Extensions lists the personal due dates of all who are or were enrolled in a course, learner by learner.
func (db *DB) Extensions(ctx context.Context, course key.Course) (list []CourseExtension, err error) {
	err = db.one(ctx, "extensions", `SELECT u.learner_id, COALESCE(a.name, ''), COALESCE(a.email, ''), b.block_type, b.block_name, d.due_ms, d.reason
		FROM enrolment n JOIN due_override d ON d.user_ref = n.user_ref AND d.course_ref = n.course_ref
		JOIN ref_user u ON u.user_ref = n.user_ref JOIN ref_block b ON b.block_ref = d.block_ref LEFT JOIN account a ON a.user_ref = n.user_ref
		WHERE n.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND d.due_ms IS NOT NULL
		ORDER BY n.user_ref, b.block_type, b.block_name`, []any{course.String()}, func(rows found) error {
		var x CourseExtension
		var id []byte
		var due int64
		if err := rows.Scan(&id, &x.User.Name, &x.User.Email, &x.Block.Type, &x.Block.Name, &due, &x.Reason); err != nil {
			return err
		}
		x.User.ID, x.Due = ID(id), instant(due)
		list = append(list, x)
		return nil
	})
	return list, err
}
