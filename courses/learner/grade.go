package learner

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

// GradeFacts is what the grade of a learner in a course follows from, besides the course.
type GradeFacts struct {
	*Page
	Roles []Role // in all scopes
	// Deleted are blocks whose score was taken back.
	Deleted map[key.BlockID]bool
	// Partition and Group are what the learner's cohort is linked to; 0 for none.
	Partition, Group int64
	// Attempts are those of the present epoch that were graded. They are there only if they were asked for.
	Attempts map[key.BlockID][]Try
	// Exams are the present attempts at exams. They are there only if attempts were asked for, or exams.
	Exams map[key.BlockID]ExamAttempt
	// Marks say what is to be graded, by block; the zero block stands for everything.
	Marks       map[key.BlockID]What
	Subsections map[key.BlockID]StoredSubsection
	Bases       map[Hash][]byte // of Subsections; may hold others, too
	Grade       *StoredGrade    // nil: there is none
	Frozen      bool            // the course is
}

// Pending reports whether what is stored is behind what has happened.
func (f *GradeFacts) Pending() bool { return len(f.Marks) > 0 }

// Try is an attempt that was graded.
type Try struct {
	grading.Points
	At time.Time
}

// StoredSubsection is the grade of a subsection as it is stored.
type StoredSubsection struct {
	All, Graded        grading.Points
	FirstAttempted     time.Time
	LateGain, LateLoss float64
	Content            Hash // the version of the course
	Pool               Hash // of the list of all that the subsection had to be scored
	Basis              Hash // of the list that the grade was made of; zero for an empty one
}

// StoredGrade is the grade of a course as it is stored.
type StoredGrade struct {
	grading.Record
	Rev int64 // counts how often it was made
}

// StoredProgress is how far a learner has come, as it is stored.
type StoredProgress struct {
	Content     Hash
	Leaves      []byte // a bit for each leaf of the course
	Done, Total int    // of the leaves that the learner may open
	Units       grading.Units
}

// GradeResult is what is to be stored for a learner. What is absent stays as it is.
type GradeResult struct {
	Subsections map[key.BlockID]StoredSubsection
	Bases       map[Hash][]byte // that the subsections name
	Grade       *grading.Record
	Progress    *StoredProgress
}

// Grader makes grades for GradeDue.
type Grader struct {
	Limit    int  // how many learners are graded in one transaction
	Attempts bool // Grade needs to know attempts one by one
	// Before, if not nil, does what follows from the same events and is to be stored by itself, for learners whose grades are made then. It has been done
	// when the marks are removed; if it fails, or the program is stopped, they are still there and it is done again. It must be able to be.
	Before func(context.Context, []ID) error
	// Grade says what is to be stored. It is a pure function and may be called again for the same learner.
	Grade func(*GradeFacts) GradeResult
}

// Graded says what became of a learner's grade in a course. Before is the zero record for the first grade.
type Graded struct {
	Learner       ID
	Before, After grading.Record
}

// GradeDue makes grades for some learners of a course for whom something is due, in one transaction: grades and the marks that ask for them change together,
// so that nothing is lost wherever a program is stopped. Many may call it at the same time, also in several processes. It gives the number of learners, 0
// when nothing is due, and those whose grade of the course was made.
func (db *DB) GradeDue(ctx context.Context, course key.Course, g Grader) (learners int, graded []Graded, err error) {
	if g.Limit < 1 || g.Limit > maxPage {
		return 0, nil, fmt.Errorf("1 to %d learners can be graded at a time", maxPage)
	}
	w, err := db.waiting(ctx, course, g.Limit)
	if err != nil || len(w.users) == 0 { // nobody has to wait for a writer that has nothing to write
		return 0, nil, err
	}
	if g.Before != nil {
		if err := g.Before(ctx, w.learners); err != nil {
			return 0, nil, err
		}
	}
	err = db.within(ctx, "make grades", func(t *transaction) error {
		j := &gradeJob{transaction: t, course: w.course, results: make(map[int64]GradeResult)}
		defer func() { graded = j.graded }()
		return j.run(w, &g)
	})
	if err != nil {
		return 0, nil, err
	}
	return len(w.users), graded, nil
}

// waiting are some learners of a course for whom something is due, with the marks that say so.
type waiting struct {
	course   int64
	users    []int64 // 0 first if it is everybody
	learners []ID    // without everybody, and those who were erased
	marks    []dueRead
}

const waitingSQL = `SELECT g.course_ref, g.user_ref, g.block_ref, g.rev, u.learner_id FROM grade_due g LEFT JOIN ref_user u ON u.user_ref = g.user_ref
	WHERE g.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND g.user_ref IN (SELECT DISTINCT d.user_ref FROM grade_due d
		WHERE d.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) ORDER BY d.user_ref LIMIT $2) ORDER BY g.user_ref`

// waiting gives the first for whom something is due.
func (db *DB) waiting(ctx context.Context, course key.Course, limit int) (w waiting, err error) {
	err = db.one(ctx, "what is to be graded", waitingSQL, []any{course.String(), limit}, func(rows found) error {
		var d dueRead
		var id []byte
		if err := rows.Scan(&d.course, &d.user, &d.block, &d.rev, &id); err != nil {
			return err
		}
		w.course, w.marks = d.course, append(w.marks, d)
		if n := len(w.users); n > 0 && w.users[n-1] == d.user {
			return nil
		}
		if w.users = append(w.users, d.user); len(id) > 0 {
			w.learners = append(w.learners, ID(id))
		}
		return nil
	})
	return w, err
}

// gradeJob grades some learners of a course within a transaction.
type gradeJob struct {
	*transaction
	course  int64
	facts   *reading
	results map[int64]GradeResult
	graded  []Graded
}

func (j *gradeJob) run(w waiting, g *Grader) error {
	if err := j.lockGrades(w.users); err != nil {
		return err
	}
	if err := j.read(w.users, g.Attempts); err != nil {
		return err
	}
	if err := j.spread(w.marks); err != nil {
		return err
	}
	for user, f := range j.facts.facts {
		if f.Pending() { // or somebody else has graded the learner
			j.results[user] = g.Grade(f)
		}
	}
	if err := j.write(); err != nil {
		return err
	}
	// These marks were read before what they are about: an event that has come since has changed its mark, and is graded again.
	return j.forget(w.marks)
}

// spread puts what is to be graded for everybody, or for those in some cohorts, to each of them. They are graded next. It is one statement, so that all marks
// are written in the order of their keys.
func (j *gradeJob) spread(marks []dueRead) error {
	var blocks []int64
	for _, d := range marks {
		switch {
		case d.user != 0:
		case d.block == 0:
			return j.markAll(j.course, DueSubsections)
		default:
			blocks = append(blocks, d.block)
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	return j.markCohorts(j.course, blocks, DueSubsections)
}

// read reads all facts about the learners that marks name.
func (j *gradeJob) read(users []int64, attempts bool) error {
	j.facts = newFacts(j.DB)
	b := &batch{engine: j.engine}
	j.facts.learners(b, users)
	j.facts.marks(b, users, j.course, func(dueRead) {})
	j.facts.gradeFacts(b, users, j.course, j.now, true)
	if attempts {
		j.facts.tries(b, users, j.course)
	}
	j.statements.Add(int64(len(b.statements)))
	return b.run(j.ctx, j.conn, j.tx)
}

// write writes the results. Names come first: others may wait for them, and for nothing else that is written here.
func (j *gradeJob) write() error {
	users := slices.Sorted(maps.Keys(j.results))
	refs, err := j.refs()
	if err != nil {
		return err
	}
	b := &batch{engine: j.engine}
	j.writeBases(b)
	var subsections, grades, progress [][]any
	for _, user := range users {
		result, stored := j.results[user], j.facts.facts[user]
		for _, id := range sortedBlocks(result.Subsections) {
			s := result.Subsections[id]
			subsections = append(subsections, []any{j.course, user, refs.blocks[blockName{j.course, id}], s.All.Earned, s.All.Possible, s.Graded.Earned, s.Graded.Possible,
				milliseconds(s.FirstAttempted), s.LateGain, s.LateLoss, refs.content[s.Content], refs.pools[s.Pool], s.Basis[:]})
		}
		if p := result.Progress; p != nil {
			progress = append(progress, []any{user, j.course, refs.content[p.Content], p.Leaves, p.Done, p.Total, p.Units.Complete, p.Units.Incomplete, p.Units.Locked})
		}
		if result.Grade == nil {
			continue
		}
		was := StoredGrade{}
		if stored.Grade != nil {
			was = *stored.Grade
		}
		grades = append(grades, refs.grade(j.course, user, result.Grade, was.Rev+1))
		j.graded = append(j.graded, Graded{stored.Learner, was.Record, *result.Grade})
	}
	b.upsertAll("subsection_grade", subsectionColumns, 3, subsections)
	b.upsertAll("course_grade", gradeColumns, 2, grades)
	b.upsertAll("progress", progressColumns, 2, progress)
	return b.run(j.ctx, j.conn, j.tx)
}

var (
	subsectionColumns = []string{
		"course_ref", "user_ref", "block_ref", "earned_all", "possible_all", "earned_graded", "possible_graded", "first_attempted_ms", "late_gain", "late_loss",
		"content_ref", "pool_ref", "basis",
	}
	gradeColumns = []string{
		"course_ref", "user_ref", "percent", "letter", "passed", "passed_ms", "failed_ms", "content_ref", "policy_ref",
		"shadow_percent", "shadow_letter", "shadow_passed", "shadow_content_ref", "shadow_policy_ref", "rev",
	}
	progressColumns = []string{
		"user_ref", "course_ref", "content_ref", "leaves", "done", "total", "units_complete", "units_incomplete", "units_locked",
	}
)

// upsertAll is upsert for any number of rows.
func (b *batch) upsertAll(name string, columns []string, key int, rows [][]any) {
	for some := range slices.Chunk(rows, b.engine.chunk(len(columns))) {
		b.upsert(name, columns, key, some)
	}
}

func sortedBlocks[V any](m map[key.BlockID]V) []key.BlockID {
	return slices.SortedFunc(maps.Keys(m), func(a, b key.BlockID) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.Name, b.Name))
	})
}

// milliseconds is a time as it is stored, nil for none.
func milliseconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func optionalInstant(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return instant(*ms)
}

// gradeRefs are the numbers of what results name.
type gradeRefs struct {
	content, pools, policy map[Hash]int64
	blocks                 map[blockName]int64
}

func (j *gradeJob) refs() (refs gradeRefs, err error) {
	content, pools, policy, blocks := make(map[Hash]bool), make(map[Hash]bool), make(map[Hash]bool), make(map[blockName]bool)
	for _, r := range j.results {
		for id, s := range r.Subsections {
			content[s.Content], pools[s.Pool], blocks[blockName{j.course, id}] = true, true, true
		}
		if r.Progress != nil {
			content[r.Progress.Content] = true
		}
		if r.Grade != nil {
			for _, v := range versionsOf(r.Grade) {
				content[hashed(v.Content)], policy[hashed(v.Policy)] = true, true
			}
		}
	}
	for _, m := range []map[Hash]bool{content, pools, policy} {
		delete(m, Hash{})
	}
	if refs.content, err = named(j.transaction, j.names.content, content); err != nil {
		return refs, err
	}
	if refs.blocks, err = named(j.transaction, j.names.blocks, blocks); err != nil {
		return refs, err
	}
	if refs.pools, err = named(j.transaction, j.names.pools, pools); err != nil {
		return refs, err
	}
	refs.policy, err = named(j.transaction, j.names.policy, policy)
	return refs, err
}

func versionsOf(r *grading.Record) []grading.Versions {
	list := []grading.Versions{r.Versions}
	if r.Shadow != nil {
		list = append(list, r.Shadow.Versions)
	}
	return list
}

// hashed gives the hash that a text in hex stands for, zero for an empty one.
func hashed(text string) (h Hash) {
	_, _ = hex.Decode(h[:], []byte(text[:min(len(text), 2*len(h))]))
	return h
}

func (refs *gradeRefs) grade(course, user int64, r *grading.Record, rev int64) []any {
	shadow, percent := grading.Shadow{}, (*float64)(nil)
	if r.Shadow != nil {
		shadow, percent = *r.Shadow, &r.Shadow.Percent
	}
	return []any{
		course, user, r.Percent, r.Letter, number(r.Passed), milliseconds(r.PassedAt), milliseconds(r.FailedAt),
		refs.content[hashed(r.Versions.Content)], refs.policy[hashed(r.Versions.Policy)],
		percent, shadow.Letter, number(shadow.Passed), refs.content[hashed(shadow.Versions.Content)], refs.policy[hashed(shadow.Versions.Policy)], rev,
	}
}

// writeBases adds the statements for lists that are not there yet, in an order that is the same everywhere.
func (j *gradeJob) writeBases(b *batch) {
	bases := make(map[Hash][]byte)
	for user, r := range j.results {
		for h, body := range r.Bases {
			if _, known := j.facts.facts[user].Bases[h]; !known {
				bases[h] = body
			}
		}
	}
	order := slices.SortedFunc(maps.Keys(bases), func(a, b Hash) int { return slices.Compare(a[:], b[:]) })
	for some := range slices.Chunk(order, j.engine.chunk(2)) {
		values := make([][]any, len(some))
		for i, h := range some {
			values[i] = []any{h[:], bases[h]}
		}
		source, args, err := j.engine.set(values)
		if b.err = errors.Join(b.err, err); err == nil {
			b.add("write grade_basis", `INSERT INTO grade_basis (hash, body) `+source+` ON CONFLICT (hash) DO NOTHING`, args, nil)
		}
	}
}

// Facts gives what the grades of learners in a course follow from, all as of one moment, with one statement for each table. What they have done is left out
// unless withDone is set: it is not needed to show grades that are stored.
func (db *DB) Facts(ctx context.Context, course key.Course, users []ID, withDone, withAttempts bool) (map[ID]*GradeFacts, error) {
	if len(users) > maxPage {
		return nil, fmt.Errorf("at most %d learners can be read at a time", maxPage)
	}
	all := make(map[ID]*GradeFacts, len(users))
	for _, id := range users {
		all[id] = newLearnerFacts(id)
	}
	err := db.reading(ctx, func(q querier, run func(*batch) error) error {
		numbers, err := db.names.users.find(ctx, q, db.engine, users)
		if err != nil {
			return err
		}
		courses, err := db.names.courses.find(ctx, q, db.engine, []key.Course{course})
		if err != nil || courses[course] == 0 || len(numbers) == 0 {
			return err
		}
		r := newFacts(db)
		for id, n := range numbers {
			r.pages[n], r.facts[n] = all[id].Page, all[id]
		}
		b := &batch{engine: db.engine}
		list := slices.Sorted(maps.Values(numbers))
		var shared []dueRead
		r.marks(b, append(list, 0), courses[course], func(d dueRead) {
			if d.user == 0 {
				shared = append(shared, d)
			}
		})
		r.gradeFacts(b, list, courses[course], db.Now(), withDone)
		if withAttempts {
			r.tries(b, list, courses[course])
		}
		err = run(b)
		for _, f := range all {
			f.share(shared)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what grades follow from: %w", err)
	}
	return all, nil
}

// share notes what is to be graded for all, or for those in some cohorts.
func (f *GradeFacts) share(marks []dueRead) {
	for _, d := range marks {
		if d.block == 0 || f.Cohort != "" {
			f.Marks[d.id] |= d.what
		}
	}
}

func newFacts(db *DB) *reading {
	r := newReading(db)
	r.facts = make(map[int64]*GradeFacts)
	return r
}

func newLearnerFacts(id ID) *GradeFacts {
	return &GradeFacts{
		Page: newPage(id), Deleted: make(map[key.BlockID]bool), Attempts: make(map[key.BlockID][]Try), Exams: make(map[key.BlockID]ExamAttempt), Marks: make(map[key.BlockID]What),
		Subsections: make(map[key.BlockID]StoredSubsection),
	}
}

// learners adds the statement that finds learners by their numbers. Who was erased is not found.
func (r *reading) learners(b *batch, users []int64) {
	b.add("read ref_user", b.engine.dialect(`SELECT user_ref, learner_id FROM ref_user WHERE user_ref `+b.engine.anyOf(1)), []any{b.engine.list(users)}, func(rows found) error {
		var user int64
		var id []byte
		if err := rows.Scan(&user, &id); err != nil {
			return err
		}
		f := newLearnerFacts(ID(id))
		r.pages[user], r.facts[user] = f.Page, f
		return nil
	})
}

// marks adds the statement for what is to be graded.
func (r *reading) marks(b *batch, users []int64, course int64, each func(dueRead)) {
	b.add("read grade_due", b.engine.dialect(`SELECT t.user_ref, t.block_ref, COALESCE(b.block_type, ''), COALESCE(b.block_name, ''), t.what
		FROM grade_due t LEFT JOIN ref_block b ON b.block_ref = t.block_ref WHERE t.user_ref `+b.engine.anyOf(1)+` AND t.course_ref = $2`),
		[]any{b.engine.list(users), course}, func(rows found) error {
			d := dueRead{dueKey: dueKey{course: course}}
			if err := rows.Scan(&d.user, &d.block, &d.id.Type, &d.id.Name, &d.what); err != nil {
				return err
			}
			each(d)
			if f := r.facts[d.user]; f != nil {
				f.Marks[d.id] |= d.what
			}
			return nil
		})
}

// gradeFacts adds the statements for what grades follow from.
func (r *reading) gradeFacts(b *batch, users []int64, course int64, now time.Time, withDone bool) {
	e := b.engine
	b.add("read ref_course", e.dialect(`SELECT frozen_at FROM ref_course WHERE course_ref = $1`), []any{course}, func(rows found) error {
		var at *int64
		err := rows.Scan(&at)
		for _, f := range r.facts {
			f.Frozen = at != nil && *at <= now.UnixMilli()
		}
		return err
	})
	r.roles(b, users)
	r.membership(b, users, course)
	from, perBlock := r.query(b, users, course)
	b.add("read cohort", e.dialect(`SELECT m.user_ref, c.partition_id, c.group_id FROM cohort_member m JOIN cohort c ON c.course_ref = m.course_ref AND c.name = m.cohort
		WHERE m.user_ref `+e.anyOf(1)+` AND m.course_ref = $2`), []any{e.list(users), course}, func(rows found) error {
		var user, partition, group int64
		err := rows.Scan(&user, &partition, &group)
		if err == nil {
			r.facts[user].Partition, r.facts[user].Group = partition, group
		}
		return err
	})
	if withDone {
		r.done(b, users, course)
	}
	b.add("read grade_basis", e.dialect(`SELECT hash, body FROM grade_basis WHERE hash IN (SELECT basis FROM subsection_grade WHERE user_ref `+e.anyOf(1)+` AND course_ref = $2)`),
		[]any{e.list(users), course}, r.basis)
	perBlock("subsection_grade", `earned_all, possible_all, earned_graded, possible_graded, first_attempted_ms, late_gain, late_loss,
		(SELECT hash FROM ref_version WHERE version_ref = t.content_ref), (SELECT hash FROM ref_version WHERE version_ref = t.pool_ref), basis`, r.subsection)
	from("course_grade", `percent, letter, passed, passed_ms, failed_ms, shadow_percent, shadow_letter, shadow_passed, rev,
		(SELECT hash FROM ref_version WHERE version_ref = content_ref), (SELECT hash FROM ref_version WHERE version_ref = policy_ref),
		(SELECT hash FROM ref_version WHERE version_ref = shadow_content_ref), (SELECT hash FROM ref_version WHERE version_ref = shadow_policy_ref)`, r.grade)
}

// tries adds the statements for attempts one by one, and for the exams that they were made in.
func (r *reading) tries(b *batch, users []int64, course int64) {
	r.exams(b, users, course)
	b.add("read attempt", b.engine.dialect(`SELECT t.user_ref, b.block_type, b.block_name, t.raw_earned, t.raw_possible, t.wall_ms
		FROM attempt t JOIN score s ON s.user_ref = t.user_ref AND s.course_ref = t.course_ref AND s.block_ref = t.block_ref AND s.epoch = t.epoch
		JOIN ref_block b ON b.block_ref = t.block_ref WHERE t.user_ref `+b.engine.anyOf(1)+` AND t.course_ref = $2 AND t.ungraded = 0`),
		[]any{b.engine.list(users), course}, func(rows found) error {
			var user, wall int64
			var id key.BlockID
			var a Try
			if err := rows.Scan(&user, &id.Type, &id.Name, &a.Earned, &a.Possible, &wall); err != nil {
				return err
			}
			a.At = instant(wall)
			r.facts[user].Attempts[id] = append(r.facts[user].Attempts[id], a)
			return nil
		})
}

// basis reads a list. All learners share what is found.
func (r *reading) basis(rows found) error {
	var hash, body []byte
	if err := rows.Scan(&hash, &body); err != nil {
		return err
	}
	if r.bases == nil {
		r.bases = make(map[Hash][]byte)
		for _, f := range r.facts {
			f.Bases = r.bases
		}
	}
	r.bases[Hash(hash)] = body
	return nil
}

func (r *reading) subsection(rows found) error {
	var user int64
	var id key.BlockID
	var s StoredSubsection
	var first *int64
	var content, pool, basis []byte
	err := rows.Scan(&user, &id.Type, &id.Name, &s.All.Earned, &s.All.Possible, &s.Graded.Earned, &s.Graded.Possible, &first, &s.LateGain, &s.LateLoss, &content, &pool, &basis)
	if err != nil {
		return err
	}
	s.FirstAttempted = optionalInstant(first)
	copy(s.Content[:], content)
	copy(s.Pool[:], pool)
	copy(s.Basis[:], basis)
	r.facts[user].Subsections[id] = s
	return nil
}

func (r *reading) grade(rows found) error {
	var user, passed, shadowPassed int64
	var g StoredGrade
	var passedAt, failedAt *int64
	var percent *float64
	var shadow grading.Shadow
	var versions [4][]byte
	err := rows.Scan(&user, &g.Percent, &g.Letter, &passed, &passedAt, &failedAt, &percent, &shadow.Letter, &shadowPassed, &g.Rev,
		&versions[0], &versions[1], &versions[2], &versions[3])
	if err != nil {
		return err
	}
	g.Passed, g.PassedAt, g.FailedAt = passed == 1, optionalInstant(passedAt), optionalInstant(failedAt)
	g.Versions = grading.Versions{Content: hex.EncodeToString(versions[0]), Policy: hex.EncodeToString(versions[1])}
	if percent != nil {
		shadow.Percent, shadow.Passed = *percent, shadowPassed == 1
		shadow.Versions = grading.Versions{Content: hex.EncodeToString(versions[2]), Policy: hex.EncodeToString(versions[3])}
		g.Shadow = &shadow
	}
	r.facts[user].Grade = &g
	return nil
}

// Freeze keeps the grades of a course as they are from a time on: what would change them is kept beside them. The zero time lets grades change again. Then
// everything is made anew by the next GradeDue.
func (db *DB) Freeze(ctx context.Context, course key.Course, at time.Time) error {
	return db.within(ctx, "freeze grades", func(t *transaction) error {
		numbers, err := named(t, db.names.courses, map[key.Course]bool{course: true})
		if err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(ctx, db.engine.dialect(`UPDATE ref_course SET frozen_at = $2 WHERE course_ref = $1`), numbers[course], milliseconds(at)); err != nil {
			return err
		}
		if at.IsZero() {
			return t.markAll(numbers[course], DueSubsections)
		}
		return nil
	})
}

// KeepPolicy keeps the text of a grading policy under its hash, so that grades can be explained when the course has another.
func (db *DB) KeepPolicy(ctx context.Context, hash Hash, text []byte) error {
	return db.within(ctx, "keep a grading policy", func(t *transaction) error {
		_, err := t.tx.ExecContext(ctx, db.engine.dialect(`INSERT INTO ref_version (kind, hash, body) VALUES ('policy', $1, $2)
			ON CONFLICT (kind, hash) DO UPDATE SET body = COALESCE(ref_version.body, excluded.body)`), hash[:], text)
		return err
	})
}

// Policy gives the text of a grading policy that was kept; ok is false for one that was not.
func (db *DB) Policy(ctx context.Context, hash Hash) (text []byte, ok bool, err error) {
	err = db.one(ctx, "a grading policy", `SELECT body FROM ref_version WHERE kind = 'policy' AND hash = $1 AND body IS NOT NULL`, []any{hash[:]}, func(rows found) error {
		ok = true
		return rows.Scan(&text)
	})
	return text, ok, err
}
