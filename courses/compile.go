package courses

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"

	"lectern/courses/answer"
	"lectern/courses/content"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Course is the published branch of one version of a course, made ready for its learners. It is never changed and may be shared.
type Course struct {
	Content *content.Course
	// Subsections are in course order.
	Subsections []Subsection
	// Policy says how subsections make the grade. PolicyText is what it was read from, nil for the default; PolicyProblems are what is odd in it.
	Policy         *grading.Policy
	PolicyText     []byte
	PolicyProblems []grading.Problem
	SelfPaced      bool
	// Outline says what learners get of the course, and when.
	Outline *outline.Course

	snapshot *modulestore.Snapshot
	belongs  *outline.Course       // by the rules that say what belongs to a learner, for grades and progress
	within   map[key.BlockID][]int // subsections that a block is in, or that are in it
	outline  *grading.Outline      // of all blocks: its leaves are those of StoredProgress
	trees    trees
	gates    []gate
	policy   learner.Hash
}

// Subsection is a subsection and what can be scored in it, for whomever.
type Subsection struct {
	At     int // place in the course
	Key    key.BlockID
	Title  string
	Format string // its assignment type
	Graded bool
	Show   grading.ShowCorrectness
	// Scored are in document order, each once.
	Scored []Scored
	// Pool names the list of Scored with what each is worth.
	Pool learner.Hash
}

// Scored is a block that can give points.
type Scored struct {
	At    int
	Key   key.BlockID
	Title string
	Worth grading.Worth
}

// Compile reads a published version of a course for its learners.
func Compile(ctx context.Context, s *modulestore.Snapshot) (*Course, error) {
	read, err := content.Read(ctx, s)
	if err != nil {
		return nil, err
	}
	c := &Course{Content: read, snapshot: s, within: make(map[key.BlockID][]int), SelfPaced: read.Setting(0, "self_paced").Value.Bool()}
	bodies, err := s.Bodies(ctx, c.withSource())
	if err != nil {
		return nil, fmt.Errorf("read what can be scored in %s: %w", read.Key, err)
	}
	c.readPolicy(bodies[read.Blocks[0].ID])
	c.policy = policyHash(c.Policy)
	worth := make(map[int]grading.Worth)
	for i := range read.Blocks {
		if w, ok := c.worth(i, bodies[read.Blocks[i].ID]); ok {
			worth[i] = w
		}
	}
	for i := range read.Blocks {
		if slices.Contains(subsectionTypes, read.Blocks[i].ID.Type) {
			c.addSubsection(i, worth)
		}
	}
	c.outline = c.whole()
	c.Outline = outline.Compile(outline.Build(read), datePolicy, outline.Standard())
	c.belongs = outline.Compile(c.Outline.Outline, datePolicy, outline.Belonging())
	c.readGates()
	return c, nil
}

// subsectionTypes are the types of subsections, older names among them.
var subsectionTypes = []string{"sequential", "problemset", "videosequence"}

// withSource lists the blocks whose source is read: the course, for its policy, and the problems.
func (c *Course) withSource() []key.BlockID {
	list := []key.BlockID{c.Content.Blocks[0].ID}
	for i := range c.Content.Blocks {
		if id := c.Content.Blocks[i].ID; id.Type == "problem" {
			list = append(list, id)
		}
	}
	return list
}

func (c *Course) readPolicy(body *modulestore.Body) {
	c.Policy = grading.DefaultPolicy()
	if body == nil {
		return
	}
	if text, ok := body.Text("grading_policy"); ok {
		c.PolicyText = []byte(text)
		c.Policy, c.PolicyProblems = grading.ParsePolicy(c.PolicyText)
	}
}

// CheckPolicy reads a grading policy and lists all that is odd in it, each with its place. A policy with a problem of severity field.Error should not be used.
func CheckPolicy(text []byte) (*grading.Policy, []grading.Problem) { return grading.ParsePolicy(text) }

// worth tells what the block at a place can give; ok is false for one that cannot be scored.
func (c *Course) worth(at int, body *modulestore.Body) (w grading.Worth, ok bool) {
	if !c.Content.Scored(at) {
		return w, false
	}
	b := &c.Content.Blocks[at]
	if graded, set := c.Content.Own(at, "graded"); set && graded.Fault == nil {
		w.Ungraded = !graded.Value.Null() && !graded.Value.Bool()
	}
	weight, weighs := c.number(at, "weight")
	if weighs {
		w.Weight = &weight
	}
	switch b.ID.Type {
	case "problem":
		if body != nil {
			w.Possible = possibleOf(body.Markup)
		}
		return w, true
	case "openassessment": // its points follow from the rubric, and are known with the first score
		return w, true
	case "drag-and-drop-v2":
		one := 1.0
		w.Possible = &one
		return w, true
	case "edx_sga":
		if points, ok := c.number(at, "points"); ok {
			w.Possible = &points
		}
		return w, true
	}
	if weighs { // its points are its weight
		w.Possible = &weight
	}
	return w, true
}

// number gives a setting that is a number.
func (c *Course) number(at int, name string) (float64, bool) {
	v := c.Content.Setting(at, name).Value
	f, ok := v.Float()
	if whole, isWhole := v.Int(); isWhole {
		f, ok = float64(whole), true
	}
	return f, ok && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// possibleOf gives the points that all parts of a problem have, before its weight; nil if nobody knows.
func possibleOf(markup string) *float64 {
	p, err := answer.ParseBlock(nil, markup)
	if err != nil {
		return nil
	}
	sum := 0.0
	for i := range p.Parts {
		sum += p.Parts[i].Possible
	}
	return &sum
}

func (c *Course) addSubsection(at int, worth map[int]grading.Worth) {
	b := &c.Content.Blocks[at]
	s := Subsection{
		At: at, Key: b.ID, Title: b.Title, Format: c.Content.Setting(at, "format").Value.Str(), Graded: c.Content.Setting(at, "graded").Value.Bool(),
		Show: grading.ShowCorrectness(c.Content.Setting(at, "show_correctness").Value.Str()),
	}
	n := len(c.Subsections)
	c.below(at, func(i int) {
		id := c.Content.Blocks[i].ID
		c.within[id] = append(c.within[id], n)
		if w, ok := worth[i]; ok {
			s.Scored = append(s.Scored, Scored{i, id, c.Content.Blocks[i].Title, w})
		}
	})
	for _, above := range c.above(at) {
		id := c.Content.Blocks[above].ID
		c.within[id] = append(c.within[id], n)
	}
	s.Pool = poolOf(s.Scored)
	c.Subsections = append(c.Subsections, s)
}

// below visits a block and all below it, each once, in document order.
func (c *Course) below(at int, visit func(int)) {
	seen := make(map[int]bool)
	var walk func(int)
	walk = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		visit(i)
		for _, child := range c.Content.Blocks[i].Children {
			walk(child)
		}
	}
	walk(at)
}

// above lists the places of all blocks that a block is in.
func (c *Course) above(at int) (list []int) {
	seen := make(map[int]bool)
	var climb func(int)
	climb = func(i int) {
		for _, parent := range c.Content.Blocks[i].Parents {
			if !seen[parent] {
				seen[parent] = true
				list = append(list, parent)
				climb(parent)
			}
		}
	}
	climb(at)
	return list
}

// basisEntry is a line of a list of blocks, as it is stored: type, name, weight, raw points, and whether the block says that it is not graded.
type basisEntry struct {
	Type     string   `json:"t"`
	Name     string   `json:"n"`
	Weight   *float64 `json:"w,omitempty"`
	Possible *float64 `json:"p,omitempty"`
	Ungraded bool     `json:"u,omitempty"`
}

func encodeBasis(list []basisEntry) []byte {
	text, _ := json.Marshal(list) // numbers in it are finite
	return text
}

func poolOf(scored []Scored) learner.Hash {
	list := make([]basisEntry, len(scored))
	for i, b := range scored {
		list[i] = basisEntry{b.Key.Type, b.Key.Name, b.Worth.Weight, b.Worth.Possible, b.Worth.Ungraded}
	}
	return sha256.Sum256(encodeBasis(list))
}

// version is the hash that names the version in grades.
func (c *Course) version() learner.Hash { return learner.Hash(c.Content.Root) }

// policyHash names the policy in grades.
func policyHash(p *grading.Policy) (h learner.Hash) {
	_, _ = hex.Decode(h[:], []byte(p.Hash()))
	return h
}

// cacheSize is the number of versions of courses that are kept ready.
const cacheSize = 16

// cache keeps the versions of courses that were used last.
type cache struct {
	mu   sync.Mutex
	list []*Course // the last one used comes last
}

// get gives the version of that root, made by read if it is not there.
func (c *cache) get(course key.Course, root modulestore.ID, read func() (*Course, error)) (*Course, error) {
	if found := c.find(course, root); found != nil {
		return found, nil
	}
	made, err := read()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.list) == cacheSize {
		c.list = slices.Delete(c.list, 0, 1)
	}
	c.list = append(c.list, made)
	return made, nil
}

func (c *cache) find(course key.Course, root modulestore.ID) *Course {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.list, func(have *Course) bool { return have.Content.Key == course && have.Content.Root == root })
	if i < 0 {
		return nil
	}
	found := c.list[i]
	c.list = append(slices.Delete(c.list, i, i+1), found)
	return found
}
