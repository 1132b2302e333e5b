package courses

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"lectern/courses/answer"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Question is a problem of a course as its learners have it.
type Question struct {
	Course  *Course
	Block   key.BlockID
	Title   string
	Problem *answer.Problem

	at int
}

// Ask reads a problem of the course. What is no problem is refused.
func (c *Course) Ask(ctx context.Context, id key.BlockID) (*Question, error) {
	at, ok := c.Content.Find(id)
	switch {
	case !ok:
		return nil, modulestore.NotFound("learners of %s have no block %s", c.Content.Version, id)
	case id.Type != "problem":
		return nil, refuse(NotAProblem, "%s is a block of type %s: only problems take answers", id, id.Type)
	case c.Content.Broken(at) != "":
		return nil, refuse(NotUnderstood, "%s was not understood when it was imported (%s), so nobody can answer it", id, c.Content.Broken(at))
	}
	body, err := c.snapshot.Body(ctx, id)
	if err != nil {
		return nil, err
	}
	markup := ""
	if body != nil {
		markup = body.Markup
	}
	p, err := answer.ParseBlock(c.Content.Texts(at), markup)
	if err != nil {
		return nil, refuse(NotUnderstood, "%s cannot be read as a problem, so nobody can answer it: %v", id, err)
	}
	return &Question{Course: c, Block: id, Title: c.Content.Blocks[at].Title, Problem: p, at: at}, nil
}

// Standing is how a learner stands with a question at an instant.
type Standing struct {
	answer.Situation
	Limit *int           // attempts that the learner has; nil: any number
	Score *learner.Score // that counts; nil: never attempted
	May   error          // why no answer is taken now, a *RefusedError; nil: one is
	Seed  int64          // of what is drawn for the learner
}

// Standing tells how a learner stands with the question at an instant, who has asked for some hints.
func (q *Question) Standing(a *learner.Access, now time.Time, hints int) Standing {
	score, tried := a.Scores[q.Block]
	s := q.standing(a, learner.Tries{Score: score}, now)
	s.HintsTaken = hints
	if tried {
		s.Score = &score
	}
	return s
}

func (q *Question) standing(a *learner.Access, so learner.Tries, now time.Time) Standing {
	at := answer.Situation{Attempts: int(so.Attempts), Last: so.Last, Due: q.Course.ends(q.at, a.GradeFacts), Now: now}
	at.Correct = so.Earned != nil && *so.Earned >= so.Possible
	s := Standing{Situation: at, Limit: q.Problem.Settings.Limit(at), Seed: q.seed(a.Learner, so.Score)}
	s.May = q.refusal(a, at)
	return s
}

// seeds is the number of seeds that Open edX draws from.
const seeds = 1000

// seed names what is drawn for a learner: the same for all where the problem does not vary.
func (q *Question) seed(user learner.ID, score learner.Score) int64 {
	drawn := user.String() + " " + q.Course.Content.Key.Block(q.Block).String()
	switch q.Problem.Settings.Rerandomize {
	case answer.RerandomizeNever:
		return 1
	case answer.RerandomizeAlways:
		drawn += fmt.Sprint(" ", score.Epoch, " ", score.Attempts)
	case answer.RerandomizeOnReset:
		drawn += fmt.Sprint(" ", score.Epoch)
	}
	sum := sha256.Sum256([]byte(drawn))
	return int64(binary.BigEndian.Uint64(sum[:]) % seeds)
}

// Answered says what became of an answer. It holds what the learner may know and nothing more.
type Answered struct {
	Standing // after it
	// Parts are how the fields were judged: all of them where correctness is shown, else those alone that cannot be graded.
	Parts []answer.PartResult
	// Points are what this answer earned, weighted; nil where that is not known, or not shown.
	Points *grading.Points
	// Counts are what counts at the problem with this answer, weighted; nil likewise.
	Counts *grading.Points
	Graded bool // every part could be graded
	Shown  answer.Shown
}

// Submit grades the response of a learner to a question and stores it, with what it earns, unless it is refused. What cannot be graded is stored without
// points. actor is who does it, zero for the learner. The grades of the course are made by Project.
func (g *Gradebook) Submit(ctx context.Context, q *Question, user, actor learner.ID, r answer.Response) (*Answered, error) {
	if err := q.Check(r); err != nil {
		return nil, err
	}
	a, err := g.Access(ctx, q.Course, user)
	if err != nil {
		return nil, err
	}
	graded := q.Problem.Grade(r)
	target := learner.Target{Learner: user, Course: q.Course.Content.Key, Block: q.Block, Actor: actor, Content: q.Course.version()}
	submission := learner.Submission{
		AttemptPayload: learner.AttemptPayload{
			Response: payloadOf(r), Earned: graded.Earned, Possible: graded.Possible, Method: q.Problem.Settings.GradingMethod,
		},
		Done: grading.OnScore(false),
	}
	if limit := q.Problem.Settings.MaxAttempts; limit != nil {
		submission.Limit = *limit
	}
	if due := q.Course.handIn(q.at, a.GradeFacts); !due.IsZero() {
		ms := due.UnixMilli()
		submission.Due = &ms
	}
	submission.Seed = q.Standing(a, g.Learners.Now(), 0).Seed
	submission.May = func(so learner.Tries) error { return q.standing(a, so, g.Learners.Now()).May }
	if _, err = g.Learners.Answer(ctx, target, submission); err != nil {
		return nil, err
	}
	if a, err = g.Access(ctx, q.Course, user); err != nil {
		return nil, err
	}
	return q.answered(graded, q.Standing(a, g.Learners.Now(), 0)), nil
}

// Access reads what decides about the answers of one learner in a course.
func (g *Gradebook) Access(ctx context.Context, c *Course, user learner.ID) (*learner.Access, error) {
	all, err := g.access(ctx, c, []learner.ID{user}, true)
	return all[user], err
}

// Standing tells how a learner stands with a question at an instant, who has asked for some hints.
func (g *Gradebook) Standing(ctx context.Context, q *Question, user learner.ID, at time.Time, hints int) (Standing, error) {
	a, err := g.Access(ctx, q.Course, user)
	if err != nil {
		return Standing{}, err
	}
	return q.Standing(a, at, hints), nil
}

// answered holds back what the learner may not know.
func (q *Question) answered(graded answer.Result, s Standing) *Answered {
	a := &Answered{Standing: s, Graded: graded.Complete(), Shown: q.Problem.Shown(s.Situation), Parts: graded.Parts}
	if !a.Shown.Correctness.Yes {
		a.Parts = slices.DeleteFunc(slices.Clone(a.Parts), func(p answer.PartResult) bool { return p.State != answer.Ungraded })
		a.Score = nil
		return a
	}
	a.Counts = q.Counts(s)
	if graded.Earned != nil {
		a.Points = q.weighted(*graded.Earned, graded.Possible)
	}
	return a
}

// Counts are the points that count at the problem, weighted; nil where there are none yet, and where the learner may not know.
func (q *Question) Counts(s Standing) *grading.Points {
	if s.Score == nil || s.Score.Earned == nil || !q.Problem.Settings.ShowsCorrectness(s.Situation).Yes {
		return nil
	}
	return q.weighted(*s.Score.Earned, s.Score.Possible)
}

func (q *Question) weighted(earned, possible float64) *grading.Points {
	p := grading.Points{Earned: earned, Possible: possible}.Weighted(q.Problem.Settings.Weight)
	return &p
}

// Worth is what the question can give, weighted, as far as it can be graded.
func (q *Question) Worth() grading.Points { return *q.weighted(0, q.Problem.Grade(nil).Possible) }

// Field finds a field by its id, or by the number of its question where that has one field: "_2_1", "2_1" and "2" are one.
func (q *Question) Field(name string) (*answer.Part, bool) {
	var found *answer.Part
	name = strings.TrimPrefix(name, "_")
	for i := range q.Problem.Parts {
		part := &q.Problem.Parts[i]
		switch id := strings.TrimPrefix(part.ID, "_"); {
		case id == "":
		case id == name:
			return part, true
		case strings.HasPrefix(id, name+"_"):
			if found != nil {
				return nil, false
			}
			found = part
		}
	}
	return found, found != nil
}

// FieldName is the shortest name that Field knows a part by; empty for one that takes no answer.
func (q *Question) FieldName(part *answer.Part) string {
	id := strings.TrimPrefix(part.ID, "_")
	number, _, _ := strings.Cut(id, "_")
	if found, ok := q.Field(number); ok && found == part {
		return number
	}
	return id
}

// FieldNames are the names of the fields that take an answer, in document order.
func (q *Question) FieldNames() (names []string) {
	for i := range q.Problem.Parts {
		if name := q.FieldName(&q.Problem.Parts[i]); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Check refuses a response that cannot be an answer to the question.
func (q *Question) Check(r answer.Response) error {
	if len(q.FieldNames()) == 0 {
		return refuse(NotAnAnswer, "%s asks for nothing: it has no field that takes an answer", q.Block)
	}
	for id := range r {
		if !slices.ContainsFunc(q.Problem.Parts, func(p answer.Part) bool { return p.ID != "" && strings.HasSuffix(id, p.ID) }) {
			return refuse(NotAnAnswer, "%s has no field %q; its fields are %s", q.Block, id, strings.Join(q.FieldNames(), ", "))
		}
	}
	for i, part := range q.Problem.Grade(r).Parts {
		if part.State == answer.Invalid {
			return refuse(NotAnAnswer, "field %s of %s: %s", q.FieldName(&q.Problem.Parts[i]), q.Block, part.Reason)
		}
	}
	return nil
}

// payloadOf is a response as it is stored: texts, and lists where there is more than one value.
func payloadOf(r answer.Response) map[string]any {
	stored := make(map[string]any, len(r))
	for id, values := range r {
		if stored[id] = values; len(values) == 1 {
			stored[id] = values[0]
		}
	}
	return stored
}
