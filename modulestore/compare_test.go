package modulestore

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore/key"
)

// sketch is a tree drawn as lines, one for each block, indented below its parent: TYPE/NAME and then words. NAME=VALUE is an attribute, an entry
// of the policy with "policy:" before it, or one of markup, text, grading, raw, broken, source and spelling
// (NAME:VALUE,… of its pointer); "inline" and "unnamed" are flags; ~ is a blank. A line
// "& TYPE/NAME" only lists a block, and a line "#TEXT" is a comment. Further blocks without indentation are detached.
type sketch struct {
	tree   *Tree
	bodies map[ID]*Body
}

func drawn(t rapid.TB, text string) sketch {
	t.Helper()
	s := sketch{tree: &Tree{Blocks: make(map[key.BlockID]*Block)}, bodies: make(map[ID]*Body)}
	var path []*Block
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		depth := len(line) - len(strings.TrimLeft(line, "\t"))
		if strings.HasPrefix(words[0], "#") {
			parent := path[depth-1]
			parent.Loose = append(parent.Loose, Loose{Before: len(parent.Children), Source: words[0]})
			continue
		}
		only := words[0] == "&"
		if only {
			words = words[1:]
		}
		blockType, name, _ := strings.Cut(words[0], "/")
		b := &Block{ID: key.BlockID{Type: blockType, Name: name}}
		spelling := s.describe(b, words[1:])
		path = append(path[:depth], b)
		switch {
		case depth > 0:
			parent := path[depth-1]
			parent.Children = append(parent.Children, Child{ID: b.ID, Spelling: spelling})
		case s.tree.Root.IsZero():
			s.tree.Root, s.tree.Pointer = b.ID, spelling
		default:
			s.tree.Detached = append(s.tree.Detached, b.ID)
		}
		if !only {
			s.tree.Blocks[b.ID] = b
		}
	}
	return s
}

// describe gives a block what the words say, and returns the spelling of its pointer.
func (s *sketch) describe(b *Block, words []string) (spelling []Attr) {
	body := &Body{}
	for _, word := range words {
		name, value, _ := strings.Cut(strings.ReplaceAll(word, "~", " "), "=")
		policy, inPolicy := strings.CutPrefix(name, "policy:")
		switch {
		case inPolicy:
			b.Policy = append(b.Policy, Attr{Name: policy, Value: value})
		case name == "inline":
			b.Inline = true
		case name == "unnamed":
			b.Unnamed = true
		case name == "broken":
			b.Broken = value
		case name == "source":
			b.SourceName = value
		case name == "spelling":
			for part := range strings.SplitSeq(value, ",") {
				name, value, _ := strings.Cut(part, ":")
				spelling = append(spelling, Attr{Name: name, Value: value})
			}
		case name == "markup":
			body.Markup = value
		case name == "text":
			body.Texts = []Attr{{Name: "data", Value: value}}
		case name == "grading":
			body.Texts = []Attr{{Name: "grading_policy", Value: value}}
		case name == "raw":
			body.Raw = []byte(value)
		default:
			b.Attrs = append(b.Attrs, Attr{Name: name, Value: value})
		}
	}
	b.Attrs, body.Attrs = SplitLong(b.Attrs)
	b.Policy, body.Policy = SplitLong(b.Policy)
	if !body.IsZero() {
		b.Body = body.Object().ID
		s.bodies[b.Body] = body
	}
	return spelling
}

// compared compares two sketches and gives each change as a line.
func compared(t rapid.TB, a, b sketch, o DiffOptions) []string {
	t.Helper()
	changes, err := Compare(a.tree, b.tree, func(id ID) (*Body, error) {
		for _, s := range []sketch{a, b} {
			if body := s.bodies[id]; body != nil {
				return body, nil
			}
		}
		return nil, fmt.Errorf("body %s: %w", id.Short(), ErrNotFound)
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, c := range changes {
		lines = append(lines, lineOf(c))
	}
	return lines
}

func lineOf(c Change) string {
	line := fmt.Sprintf("%s %s", c.Kind, c.Block)
	if c.Missing {
		line += " (missing)"
	}
	if c.Below > 0 {
		line += fmt.Sprintf(" +%d", c.Below)
	}
	switch {
	case c.Kind == ChangeMoved:
		line += ": " + placesText(c.From) + " > " + placesText(c.To)
	case c.From != nil || c.To != nil:
		line += ": " + placesText(append(c.From, c.To...))
	}
	for _, f := range c.Fields {
		line += fmt.Sprintf(" %s %s %s>%s", f.In, f.Name, textOf(f.From), textOf(f.To))
	}
	for _, x := range c.Texts {
		line += fmt.Sprintf(" %s %d>%d", x.Name, x.FromSize, x.ToSize)
	}
	return line
}

func placesText(list []Place) string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = fmt.Sprintf("%s %d", p.Parent, p.Position)
	}
	return strings.Join(texts, ", ")
}

func textOf(s *string) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprintf("%.40q", *s)
}

var comparisons = []struct {
	name, a, b string
	want       []string
}{
	{"equal trees do not differ", "course/c\n\thtml/a x=1\nabout/o", "course/c\n\thtml/a x=1\nabout/o", nil},
	{"a block that comes with all below it is one change",
		"course/c", "course/c\n\tchapter/a\n\t\thtml/b\n\t\thtml/d",
		[]string{"added chapter/a +2: course/c 1"}},
	{"a block that goes with all below it is one change",
		"course/c\n\thtml/x\n\tchapter/a\n\t\thtml/b\n\t\thtml/d", "course/c\n\thtml/x",
		[]string{"removed chapter/a +2: course/c 2"}},
	{"a whole tree is one change", "", "course/c\n\tchapter/a\n\t\thtml/b\nabout/o", []string{"added course/c +2", "added about/o"}},
	{"what goes into a new block has moved",
		"course/c\n\thtml/a\n\thtml/b", "course/c\n\thtml/a\n\tchapter/n\n\t\thtml/b\n\t\thtml/d",
		[]string{"added chapter/n +1: course/c 2", "moved html/b: course/c 2 > chapter/n 1"}},
	{"what comes out of a removed block has moved",
		"course/c\n\tchapter/n\n\t\thtml/b\n\t\t\thtml/gone\n\t\thtml/d", "course/c\n\thtml/b",
		[]string{"moved html/b: chapter/n 1 > course/c 1", "removed chapter/n +1: course/c 1", "removed html/gone: html/b 1"}},
	{"the fewest blocks are said to have moved",
		"course/c\n\thtml/a\n\thtml/b\n\thtml/d\n\thtml/e", "course/c\n\thtml/e\n\thtml/a\n\thtml/b\n\thtml/d",
		[]string{"moved html/e: course/c 4 > course/c 1"}},
	{"a block that comes or goes does not move its siblings",
		"course/c\n\thtml/a\n\thtml/b\n\thtml/d", "course/c\n\thtml/n\n\thtml/b\n\thtml/d",
		[]string{"added html/n: course/c 1", "removed html/a: course/c 1"}},
	{"a block with a new parent has moved, its parents have not changed",
		"course/c\n\tchapter/a\n\t\thtml/x\n\t\thtml/y\n\tchapter/b", "course/c\n\tchapter/a\n\t\thtml/y\n\tchapter/b\n\t\thtml/x",
		[]string{"moved html/x: chapter/a 1 > chapter/b 1"}},
	{"a block whose old parent goes and whose new one comes has moved",
		"course/c\n\tchapter/a\n\t\thtml/x", "course/c\n\tchapter/n\n\t\thtml/x\n\t\t& html/nowhere",
		[]string{"added chapter/n: course/c 1", "moved html/x: chapter/a 1 > chapter/n 1", "removed chapter/a: course/c 1"}},
	{"a block with two parents has not moved when these have",
		"course/c\n\tchapter/a\n\t\thtml/x\n\tchapter/b\n\t\t& html/x", "course/c\n\tchapter/b\n\t\t& html/x\n\tchapter/a\n\t\thtml/x",
		[]string{"moved chapter/b: course/c 2 > course/c 1"}},
	{"a block that gets a parent has moved",
		"course/c\n\tchapter/a\nhtml/x", "course/c\n\tchapter/a\n\t\thtml/x", []string{"moved html/x:  > chapter/a 1"}},
	{"a block that loses its parent has moved",
		"course/c\n\tchapter/a\n\t\thtml/x", "course/c\n\tchapter/a\nhtml/x", []string{"moved html/x: chapter/a 1 > "}},
	{"a second place is a move",
		"course/c\n\tchapter/a\n\t\thtml/x\n\tchapter/b", "course/c\n\tchapter/a\n\t\thtml/x\n\tchapter/b\n\t\t& html/x",
		[]string{"moved html/x: chapter/a 1 > chapter/a 1, chapter/b 1"}},
	{"a second place in a block that goes is none",
		"course/c\n\tchapter/a\n\t\thtml/x\n\tchapter/b\n\t\t& html/x", "course/c\n\tchapter/a\n\t\thtml/x",
		[]string{"removed chapter/b: course/c 2"}},
	{"a new block in a new and in an old parent has a change of its own",
		"course/c\n\tchapter/a", "course/c\n\tchapter/n\n\t\thtml/x\n\tchapter/a\n\t\t& html/x",
		[]string{"added chapter/n: course/c 1", "added html/x: chapter/n 1, chapter/a 1"}},
	{"a block that is listed and does not exist is said to be missing",
		"course/c\n\t& html/a\n\t& html/b", "course/c\n\t& html/b\n\t& html/a\n\t& html/n",
		[]string{"moved html/b (missing): course/c 2 > course/c 1", "added html/n (missing): course/c 3"}},
	{"a block that was missing comes",
		"course/c\n\t& html/a", "course/c\n\thtml/a", []string{"added html/a: course/c 1, course/c 1"}},
	{"a block that goes may still be listed",
		"course/c\n\thtml/a", "course/c\n\t& html/a", []string{"removed html/a: course/c 1, course/c 1"}},
	{"the display name is a name wherever it stands",
		`course/c display_name=A policy:display_name="A"`, `course/c display_name=B policy:display_name="B"`,
		[]string{`renamed course/c attribute display_name "A">"B" policy display_name "\"A\"">"\"B\""`}},
	{"dates are fields of dates and durations",
		"course/c start=1 policy:graceperiod=2 policy:days=3\n\tsequential/s due=1 relative_weeks_due=3",
		"course/c start=2 policy:graceperiod=3 policy:days=3\n\tsequential/s relative_weeks_due=4 due=1 policy:due=5",
		[]string{
			`dates course/c attribute start "1">"2" policy graceperiod "2">"3"`,
			`dates sequential/s attribute relative_weeks_due "3">"4" policy due ->"5"`,
			`reformatted sequential/s source order of attributes "due relative_weeks_due">"relative_weeks_due due"`,
		}},
	{"all other attributes and policy entries are settings",
		"course/c max_attempts=1 due=1 gone=x", "course/c max_attempts=2 due=1 policy:new=1",
		[]string{`settings course/c attribute max_attempts "1">"2" attribute gone "x">- policy new ->"1"`}},
	{"long values are compared by what they say",
		"course/c due=1 html=" + strings.Repeat("a", 600) + " markup=x", "course/c due=1 html=" + strings.Repeat("a", 599) + "b markup=x",
		[]string{`settings course/c attribute html "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`}},
	{"a short value beside a long one that stays",
		"course/c due=1 html=" + strings.Repeat("a", 600), "course/c due=2 html=" + strings.Repeat("a", 600),
		[]string{`dates course/c attribute due "1">"2"`}},
	{"markup and texts are content",
		"course/c markup=abc\n\thtml/h text=abc\n\thtml/n", "course/c markup=abcd\n\thtml/h text=\n\thtml/n text=n",
		[]string{"content course/c markup 3>4", "content html/h data 3>0", "content html/n data 0>1"}},
	{"a text without content is not the same as none",
		"course/c\n\thtml/a text=\n\thtml/b", "course/c\n\thtml/a\n\thtml/b text=",
		[]string{"content html/a data 0>0", "content html/b data 0>0"}},
	{"attributes that hold a source are content",
		"course/c\n\tproblem/p markdown=a markup=a\n\tdrag/d data=1", "course/c\n\tproblem/p markdown=bb markup=bb\n\tdrag/d data=22",
		[]string{"content problem/p markdown 1>2 markup 1>2", "content drag/d data 1>2"}},
	{"comments are content",
		"course/c\n\thtml/a\n\t#one\n\thtml/b", "course/c\n\thtml/a\n\t#three\n\thtml/b",
		[]string{"content course/c other markup 21>23"}},
	{"a comment that stands before another child is a change of content",
		"course/c\n\t#one\n\thtml/a\n\thtml/b", "course/c\n\thtml/a\n\t#one\n\thtml/b",
		[]string{"content course/c other markup 21>21"}},
	{"a comment stays where it is when blocks around it come, go and move",
		"course/c\n\thtml/x\n\thtml/y\n\t#one\n\thtml/z\n\thtml/a", "course/c\n\thtml/n\n\thtml/a\n\thtml/x\n\thtml/y\n\t#one",
		[]string{"added html/n: course/c 1", "moved html/a: course/c 4 > course/c 2", "removed html/z: course/c 3"}},
	{"a comment does not move when a block comes after it",
		"course/c\n\thtml/x\n\t#one\n\thtml/y", "course/c\n\thtml/x\n\t#one\n\thtml/n\n\thtml/y",
		[]string{"added html/n: course/c 2"}},
	{"a block that breaks has one change",
		"course/c\n\thtml/a display_name=x markup=abc\n\t\thtml/b", "course/c\n\thtml/a broken=xml.syntax raw=abcd",
		[]string{`broken html/a source broken ->"xml.syntax" source 0>4 markup 3>0`, "removed html/b: html/a 1"}},
	{"the bytes of a broken block are content",
		"course/c broken=r raw=a", "course/c broken=r raw=bb", []string{"content course/c source 1>2"}},
	{"the same written in another way is reformatted",
		"course/c x=1 y=2\n\thtml/a inline\n\thtml/b unnamed\n\thtml/d source=D\n\thtml/e spelling=slug:e",
		"course/c y=2 x=1\n\thtml/a\n\thtml/b\n\thtml/d\n\thtml/e",
		[]string{
			`reformatted course/c source order of attributes "x y">"y x"`,
			`reformatted html/a source inline "true">"false"`,
			`reformatted html/b source url_name ->"b"`,
			`reformatted html/d source url_name "D">"d"`,
			`reformatted html/e pointer pointer "slug=\"e\"">-`,
		}},
	{"JSON with other blanks is reformatted",
		`course/c policy:tabs=[1,~2] policy:due="a" grading={"a":1}` + "\n\thtml/a text=[1,2] x=[1,2]",
		`course/c policy:tabs=[1,2] policy:due=~"a" grading={"a":~1}` + "\n\thtml/a text=[1,~2] x=[1,~2]",
		[]string{
			`reformatted course/c policy tabs "[1, 2]">"[1,2]" policy due "\"a\"">" \"a\"" grading_policy 7>8`,
			`settings html/a attribute x "[1,2]">"[1, 2]"`,
			"content html/a data 5>6",
		}},
	{"roots of two courses are the same block",
		"course/2025 start=1\n\tchapter/a", "course/2026 start=2\n\tchapter/a",
		[]string{`dates course/2026 attribute start "1">"2"`, `settings course/2026 source url_name "2025">"2026"`}},
	{"what the root file says of the root are settings",
		"course/2025 spelling=url_name:2025,org:A,course:B", "course/2026 spelling=url_name:2026,org:B,course:B",
		[]string{`settings course/2026 pointer url_name "2025">"2026" pointer org "A">"B"`}},
	{"the order of attributes in the root file is a matter of format",
		"course/c spelling=org:A,course:B", "course/c spelling=course:B,org:A",
		[]string{`reformatted course/c source order of pointer "org course">"course org"`}},
	{"everything at once, in the order of the new tree, what is gone at the end",
		"course/c\n\tchapter/a\n\t\thtml/1 due=1 x=1 display_name=A markup=a\n\t\thtml/2\n\tchapter/b\n\t\thtml/3",
		"course/c\n\tchapter/b\n\t\thtml/n\n\tchapter/a\n\t\thtml/1 due=2 x=2 display_name=B markup=b",
		[]string{
			"moved chapter/b: course/c 2 > course/c 1",
			"added html/n: chapter/b 1",
			`renamed html/1 attribute display_name "A">"B"`,
			`dates html/1 attribute due "1">"2"`,
			`settings html/1 attribute x "1">"2"`,
			"content html/1 markup 1>1",
			"removed html/2: chapter/a 2",
			"removed html/3: chapter/b 1",
		}},
}

func TestCompareSaysWhatHasHappened(t *testing.T) {
	for _, c := range comparisons {
		t.Run(c.name, func(t *testing.T) {
			got := compared(t, drawn(t, c.a), drawn(t, c.b), DiffOptions{Text: true})
			if diff := cmp.Diff(append([]string{}, c.want...), got); diff != "" {
				t.Errorf("the changes are others (-want +got):\n%s", diff)
			}
		})
	}
}

// mustCompare compares trees whose bodies are not known: they count as empty.
func mustCompare(t rapid.TB, a, b *Tree) []Change {
	t.Helper()
	changes, err := Compare(a, b, func(ID) (*Body, error) { return nil, nil }, DiffOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// reloaded is an equal tree that shares no block with t, as if it had been loaded from elsewhere.
func reloaded(t rapid.TB, tree *Tree) *Tree {
	s := shelf{}
	return s.load(t, s.mustPage(t, tree, nil).root).tree
}

func TestEqualTreesDoNotDiffer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tree := someTree(rt, 60)
		if changes := mustCompare(rt, tree, reloaded(rt, tree)); len(changes) > 0 {
			rt.Fatalf("a tree differs from itself: %v", changes)
		}
	})
}

func TestWhatIsAddedInOneDirectionIsRemovedInTheOther(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := someTree(rt, 40), someTree(rt, 40)
		there, back := mustCompare(rt, a, b), mustCompare(rt, b, a)
		if diff := cmp.Diff(tally(there, false), tally(back, true)); diff != "" {
			rt.Fatalf("the way back is another one (-there +back):\n%s", diff)
		}
	})
}

// tally writes down what each change says of a block, as seen from the other side if back is set. Which of two blocks has
// moved past the other may depend on the direction, and with it where comments stand: of moves it only says that there are some,
// and of comments nothing.
func tally(changes []Change, back bool) map[string]int {
	list := make(map[string]int)
	opposite := map[ChangeKind]ChangeKind{ChangeAdded: ChangeRemoved, ChangeRemoved: ChangeAdded}
	for _, c := range changes {
		if back {
			c.From, c.To = c.To, c.From
			for i, f := range c.Fields {
				c.Fields[i].From, c.Fields[i].To = f.To, f.From
			}
			for i, x := range c.Texts {
				c.Texts[i].FromSize, c.Texts[i].ToSize = x.ToSize, x.FromSize
			}
			if kind, ok := opposite[c.Kind]; ok {
				c.Kind = kind
			}
		}
		c.Texts = slices.DeleteFunc(c.Texts, func(x TextChange) bool { return x.Name == "other markup" })
		slices.SortFunc(c.Fields, func(x, y FieldChange) int { return strings.Compare(x.In+x.Name, y.In+y.Name) })
		switch {
		case c.Kind == ChangeMoved:
			list["moved"] = 1
		case c.Kind != ChangeContent || len(c.Texts) > 0:
			list[lineOf(c)]++
		}
	}
	return list
}

func TestOnlyEqualTreesDoNotDiffer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := someTree(rt, 8)
		b := a
		for step := range rapid.IntRange(0, 2).Draw(rt, "edits") {
			b = normalTree(someEdit(rt, b, step))
		}
		for _, tree := range []*Tree{a, b} {
			plain(tree)
		}
		changes, err := Compare(a, b, func(id ID) (*Body, error) { return &Body{Markup: id.String()}, nil }, DiffOptions{})
		if err != nil {
			rt.Fatal(err)
		}
		s := shelf{}
		if equal := s.mustPage(rt, a, nil).root == s.mustPage(rt, b, nil).root; equal != (len(changes) == 0) {
			rt.Fatalf("the trees are equal: %v, but they have %d changes: %v", equal, len(changes), changes)
		}
	})
}

// plain makes all values short: what is Long has no value without its body.
func plain(t *Tree) {
	for _, b := range t.Blocks {
		for _, list := range [][]Attr{b.Attrs, b.Policy, t.Pointer} {
			for i := range list {
				list[i].Long = false
			}
		}
		for _, c := range b.Children {
			for i := range c.Spelling {
				c.Spelling[i].Long = false
			}
		}
	}
}

// someCourse draws a course of chapters with problems, and lists these.
func someCourse(t *rapid.T) (course sketch, problems []key.BlockID) {
	text := "course/c\n"
	for i := range rapid.IntRange(2, 5).Draw(t, "chapters") {
		text += fmt.Sprintf("\tchapter/%d\n", i)
		for j := range rapid.IntRange(1, 8).Draw(t, "problems") {
			text += fmt.Sprintf("\t\tproblem/%d.%d display_name=a due=1 weight=1 markup=a\n", i, j)
			problems = append(problems, key.BlockID{Type: "problem", Name: fmt.Sprintf("%d.%d", i, j)})
		}
	}
	return drawn(t, text), problems
}

// within are edits of a block by the change that a comparison must find.
var within = map[ChangeKind]func(*Block, *Body){
	ChangeRenamed:     func(b *Block, _ *Body) { b.Attrs[0].Value = "x" },
	ChangeDates:       func(b *Block, _ *Body) { b.Attrs[1].Value = "x" },
	ChangeSettings:    func(b *Block, _ *Body) { b.Attrs[2].Value = "x" },
	ChangeContent:     func(_ *Block, body *Body) { body.Markup = "x" },
	ChangeReformatted: func(b *Block, _ *Body) { slices.Reverse(b.Attrs) },
	ChangeBroken:      func(b *Block, _ *Body) { b.Broken = "x" },
}

// oneEdit makes one change of a problem, and says which.
func (s *sketch) oneEdit(t *rapid.T, id key.BlockID) string {
	chapters := s.tree.Blocks[s.tree.Root].Children
	from := slices.IndexFunc(chapters, func(c Child) bool { return lists(s.tree.Blocks[c.ID], id) })
	kinds := append(slices.Sorted(maps.Keys(within)), ChangeAdded, ChangeMoved, ChangeRemoved)
	kind, changed := rapid.SampledFrom(kinds).Draw(t, "edit"), id
	switch kind {
	case ChangeAdded:
		changed.Name = "beside-" + id.Name
		s.tree.Blocks[changed] = &Block{ID: changed}
		s.insert(t, chapters[from].ID, changed)
	case ChangeMoved:
		to := (from + rapid.IntRange(1, len(chapters)-1).Draw(t, "to")) % len(chapters)
		s.tree.Blocks[chapters[from].ID] = withoutChild(s.tree.Blocks[chapters[from].ID], id)
		s.insert(t, chapters[to].ID, id)
	case ChangeRemoved:
		s.tree.Blocks[chapters[from].ID] = withoutChild(s.tree.Blocks[chapters[from].ID], id)
		delete(s.tree.Blocks, id)
	default:
		b, body := *s.tree.Blocks[id], *s.bodies[s.tree.Blocks[id].Body]
		b.Attrs = slices.Clone(b.Attrs)
		within[kind](&b, &body)
		b.Body = body.Object().ID
		s.tree.Blocks[id], s.bodies[b.Body] = &b, &body
	}
	return fmt.Sprintf("%s %s", kind, changed)
}

// insert makes a block a child of another one, anywhere in its list.
func (s *sketch) insert(t *rapid.T, parent, child key.BlockID) {
	b := *s.tree.Blocks[parent]
	at := rapid.IntRange(0, len(b.Children)).Draw(t, "at")
	b.Children = slices.Insert(slices.Clone(b.Children), at, Child{ID: child})
	s.tree.Blocks[parent] = &b
}

func TestCompareListsExactlyTheEditsThatWereMade(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		before, problems := someCourse(rt)
		after := sketch{tree: &Tree{Root: before.tree.Root, Blocks: maps.Clone(before.tree.Blocks)}, bodies: maps.Clone(before.bodies)}
		want := []string{}
		for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(problems), 0, len(problems), rapid.ID).Draw(rt, "edited") {
			want = append(want, after.oneEdit(rt, id))
		}
		got := []string{}
		for _, line := range compared(rt, before, after, DiffOptions{}) {
			words := strings.Fields(strings.SplitN(line, ":", 2)[0])
			got = append(got, strings.Join(words[:2], " "))
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("the changes are not the edits (-edits +changes):\n%s", diff)
		}
	})
}

func TestLongestIncreasingIsLongest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		numbers := rapid.SliceOfNDistinct(rapid.IntRange(0, 30), 0, 20, rapid.ID).Draw(rt, "numbers")
		kept, last := 0, -1
		for i, keeps := range longestIncreasing(numbers) {
			if !keeps {
				continue
			}
			if numbers[i] < last {
				rt.Fatalf("%d stands after %d", numbers[i], last)
			}
			kept, last = kept+1, numbers[i]
		}
		longest := 0
		ending := make([]int, len(numbers)) // length of the longest one that ends here
		for i := range numbers {
			for j := range i {
				if numbers[j] < numbers[i] {
					ending[i] = max(ending[i], ending[j])
				}
			}
			ending[i]++
			longest = max(longest, ending[i])
		}
		if kept != longest {
			rt.Fatalf("%d numbers are kept, %d could be", kept, longest)
		}
	})
}

func TestUnifiedDiffIsShort(t *testing.T) {
	many := strings.Repeat("a\nb\n", 100)
	for _, c := range []struct{ name, old, now, want string }{
		{"a changed line stands twice", "a\nb\n", "a\nc\n", "--- x\n+++ x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"},
		{"equal texts have none", "a", "a", ""},
		{"what is not UTF-8 is no text", "a", "\xff", ""},
		{"a text may be new", "", "a\n", "--- x\n+++ x\n@@ -0,0 +1,1 @@\n+a\n"},
		{"long lines are cut between characters", "", strings.Repeat("ü", 150) + "\n", "--- x\n+++ x\n@@ -0,0 +1,1 @@\n+" + strings.Repeat("ü", 99) + "…\n"},
		{"a long diff is cut", "", many, "--- x\n+++ x\n@@ -0,0 +1,200 @@\n" + strings.Repeat("+a\n+b\n", 28) + "+a\n… and 143 more lines\n"},
	} {
		if got := unifiedDiff("x", c.old, c.now); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCompareFailsWhenABodyCannotBeRead(t *testing.T) {
	a, b := drawn(t, "course/c markup=a"), drawn(t, "course/c markup=b")
	if _, err := Compare(a.tree, b.tree, func(ID) (*Body, error) { return nil, ErrCorrupt }, DiffOptions{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("the error is %v", err)
	}
}
