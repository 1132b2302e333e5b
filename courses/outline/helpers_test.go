package outline

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

var theCourse = key.Course{Org: "Org", Code: "C", Run: "R"}

// z reads an instant of 2026 in UTC, such as "05-01 23:59"; nothing is none.
func z(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse("2006-01-02 15:04", "2026-"+text)
	if err != nil {
		panic(err)
	}
	return t
}

// id reads TYPE/NAME.
func id(text string) key.BlockID {
	id, err := key.ParseBlockID(text)
	if err != nil {
		panic(err)
	}
	return id
}

// spec is a block to be, with what is in it. A second spec with the same id is a second pointer to the block.
type spec struct {
	block
	in []spec
}

// setting sets something of a block.
type setting func(*block)

// b makes a block of settings and blocks.
func b(name string, parts ...any) spec {
	s := spec{block: block{id: id(name), title: titleOf(id(name), "")}}
	for _, p := range parts {
		switch p := p.(type) {
		case spec:
			s.in = append(s.in, p)
		case []spec:
			s.in = append(s.in, p...)
		case setting:
			p(&s.block)
		}
	}
	return s
}

func title(text string) setting { return func(b *block) { b.title = text } }
func opens(text string) setting { return func(b *block) { b.dates.Start = schedule.On(z(text)) } }
func dueOn(text string) setting { return func(b *block) { b.dates.Due = schedule.On(z(text)) } }
func timed(min int) setting {
	return func(b *block) { b.own.Exam = Exam{Timed: true, Limit: time.Duration(min) * time.Minute} }
}
func access(text string) setting { return func(b *block) { setAccess(b, text) } }

var (
	staffOnly setting = func(b *block) { b.own.StaffOnly = true }
	offTOC    setting = func(b *block) { b.own.HideFromTOC = true }
	hideAfter setting = func(b *block) { b.dates.HideAfterDue = true }
	graded    setting = func(b *block) { b.dates.Graded = true }
)

func setAccess(b *block, text string) {
	b.own.Access, _ = partition.ParseAccess([]byte(text))
	b.groups.empty = emptyLists([]byte(text))
}

// after is a prerequisite; "-" stands for what is not written.
func after(of, score, completion string) setting {
	return func(b *block) {
		b.gate.of = of
		if score != "-" {
			b.gate.minScore = &score
		}
		if completion != "-" {
			b.gate.minCompletion = &completion
		}
	}
}

// courseOf makes the tree of a course that began on 1 January, with settings changed by change.
func courseOf(change func(*courseSettings), parts ...any) tree {
	t := tree{settings: courseSettings{visibility: "private", gating: true, userPartitions: somePartitions}}
	if change != nil {
		change(&t.settings)
	}
	root := b("course/course", append([]any{opens("01-01 00:00")}, parts...)...)
	places := map[key.BlockID]int{}
	var add func(s spec) int
	add = func(s spec) int {
		if at, ok := places[s.id]; ok {
			return at
		}
		at := len(t.blocks)
		places[s.id] = at
		s.own.ID, s.own.Place, s.own.Title = s.id, at, s.title
		t.blocks = append(t.blocks, s.block)
		for _, c := range s.in {
			child := add(c)
			t.blocks[at].children = append(t.blocks[at].children, child)
		}
		return at
	}
	add(root)
	return t
}

// somePartitions: content groups 1 and 2 in 100, the same in 200, teams 1 and 2 in 300, groups 1 and 2 in the inactive 400, and 500 which is optional.
var somePartitions = func() string {
	var list []map[string]any
	for _, p := range []struct {
		id       int
		scheme   string
		active   bool
		optional bool
	}{{100, "cohort", true, false}, {200, "cohort", true, false}, {300, "team", true, false}, {400, "cohort", false, false}, {500, "random", true, true}} {
		list = append(list, map[string]any{
			"id": p.id, "name": "P", "scheme": p.scheme, "version": 3, "active": p.active, "parameters": map[string]any{"optional": p.optional},
			"groups": []map[string]any{{"id": 1, "name": "one"}, {"id": 2, "name": "two"}},
		})
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err)
	}
	return string(text)
}()

func built(parts ...any) *Outline { return build(theCourse, courseOf(nil, parts...)) }

func compiled(parts ...any) *Course { return Compile(built(parts...), Policy{}, Standard()) }

// at finds a node by its id.
func at(t testing.TB, o *Outline, name string) int {
	t.Helper()
	node, ok := o.Find(id(name))
	if !ok {
		t.Fatalf("%s is not in the outline", name)
	}
	return node
}

// anna is enrolled.
func anna() *Facts { return &Facts{Learner: "00aa", Enrolled: true} }

func in(groups ...int64) partition.Memberships {
	m := partition.Memberships{}
	for i := 0; i < len(groups); i += 2 {
		m[groups[i]] = partition.Membership{In: true, Group: groups[i+1], Source: partition.ByCohort}
	}
	return m
}

// codes gives the codes of reasons without notes, in a line.
func codes(list []Reason) string {
	var names []string
	for _, r := range list {
		if r.Effect != Notes {
			names = append(names, string(r.Code))
		}
	}
	return strings.Join(names, " ")
}

// shown writes a verdict: gone, unlisted or listed, and open or closed.
func shown(v Verdict) string {
	switch {
	case !v.Exists:
		return "gone"
	case v.Listed && v.Accessible:
		return "open"
	case v.Listed:
		return "closed"
	case v.Accessible:
		return "unlisted"
	default:
		return "unlisted closed"
	}
}

// ids gives names of nodes, in a line.
func ids(o *Outline, nodes []int) string {
	var names []string
	for _, n := range nodes {
		names = append(names, o.Nodes[n].ID.Name)
	}
	return strings.Join(names, " ")
}

func issues(o *Outline) []string {
	var list []string
	for _, i := range o.Issues {
		list = append(list, string(i.Code)+" "+i.Block.String())
	}
	return list
}

func sameIssues(t *testing.T, o *Outline, want ...string) {
	t.Helper()
	if got := issues(o); !slices.Equal(got, want) {
		t.Errorf("the issues are %q, want %q", got, want)
	}
	for _, i := range o.Issues {
		if m := i.Message(); m == "" || strings.Contains(m, "is odd (") || strings.Contains(m, `""`) && i.Value+i.Title != "" && i.Code != PrerequisiteValue {
			t.Errorf("%s says nothing sensible: %q", i.Code, m)
		}
	}
}
