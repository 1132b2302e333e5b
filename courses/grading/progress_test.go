package grading_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

// id reads TYPE/NAME.
func id(s string) key.BlockID {
	blockType, name, _ := strings.Cut(s, "/")
	return key.BlockID{Type: blockType, Name: name}
}

// outline reads an outline: one block a line with its children, "block: child child", (locked) or (unreleased) before the colon. Blocks without a line of
// their own are leaves.
func outline(text string) *grading.Outline {
	var blocks []grading.Block
	var leaves []string
	for line := range strings.Lines(text) {
		name, children, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "" {
			continue
		}
		name, mark, _ := strings.Cut(name, "(")
		b := grading.Block{Key: id(name), Mode: grading.ModeOf(id(name).Type)}
		switch mark {
		case "locked)":
			b.Access = grading.Locked
		case "unreleased)":
			b.Access = grading.Unreleased
		}
		for _, child := range strings.Fields(children) {
			b.Children = append(b.Children, id(child))
			leaves = append(leaves, child)
		}
		blocks = append(blocks, b)
	}
	for _, leaf := range leaves {
		blocks = append(blocks, grading.Block{Key: id(leaf), Mode: grading.ModeOf(id(leaf).Type)})
	}
	return grading.NewOutline(blocks)
}

func TestProgress(t *testing.T) {
	const worked = `
		course/c: vertical/1 vertical/2 vertical/3 vertical/4
		vertical/1: html/1 problem/1
		vertical/2: video/1 html/2
		vertical/3: discussion/1
		vertical/4(locked): problem/2`
	done := map[string]float64{"html/1": 1, "problem/1": 1, "video/1": 0.5, "html/2": 1}
	for _, c := range []struct {
		name, outline, of string
		done              map[string]float64
		want              string // leaves, units, complete
	}{
		{"the worked example: .875 by leaves, two of three unlocked units", worked, "course/c", done, "3.5 of 4 = 0.875, units 2+1+1 locked = 0.667"},
		{"a unit with all leaves done", worked, "vertical/1", done, "2 of 2 = 1, units 1+0+0 locked = 1, complete"},
		{"a unit with a leaf half done", worked, "vertical/2", done, "1.5 of 2 = 0.75, units 0+1+0 locked = 0"},
		{"a unit with nothing to complete is complete", worked, "vertical/3", done, "0 of 0 = 1, units 1+0+0 locked = 1, complete"},
		{"a locked unit has nothing that can be completed", worked, "vertical/4", done, "0 of 0 = 1, units 0+0+1 locked = 1, complete"},
		{"a leaf", worked, "video/1", done, "0.5 of 1 = 0.5, units 0+0+0 locked = 1"},
		{"a discussion", worked, "discussion/1", done, "0 of 0 = 1, units 0+0+0 locked = 1, complete"},
		{"a block that is not there", worked, "html/9", done, "0 of 0 = 1, units 0+0+0 locked = 1, complete"},
		{"nothing done", worked, "course/c", nil, "0 of 4 = 0, units 1+2+1 locked = 0.333"},
		{"a locked leaf locks its unit, and the other leaves count", "course/c: vertical/1\nvertical/1: html/1 problem/1\nproblem/1(locked):", "course/c",
			map[string]float64{"html/1": 1, "problem/1": 1}, "1 of 1 = 1, units 0+0+1 locked = 1, complete"},
		{"what is locked above locks all below",
			"course/c: chapter/1\nchapter/1(locked): vertical/1 vertical/2\nvertical/1: html/1\nvertical/2: html/2", "course/c",
			nil, "0 of 0 = 1, units 0+0+2 locked = 1, complete"},
		{"what is not released does not count",
			"course/c: chapter/1 chapter/2\nchapter/1: vertical/1\nvertical/1: html/1\nchapter/2(unreleased): vertical/2\nvertical/2: html/2", "course/c",
			map[string]float64{"html/1": 1}, "1 of 1 = 1, units 1+0+0 locked = 1, complete"},
		{"a block below two parents counts once in each of them and once above",
			"course/c: vertical/1 vertical/2\nvertical/1: html/1 html/2\nvertical/2: html/1", "course/c",
			map[string]float64{"html/1": 1}, "1 of 2 = 0.5, units 1+1+0 locked = 0.5"},
		{"the second parent has it too", "course/c: vertical/1 vertical/2\nvertical/1: html/1 html/2\nvertical/2: html/1", "vertical/2",
			map[string]float64{"html/1": 1}, "1 of 1 = 1, units 1+0+0 locked = 1, complete"},
		{"a block that one parent locks and another opens counts", "course/c: vertical/1 vertical/2\nvertical/1(locked): html/1\nvertical/2: html/1", "course/c",
			map[string]float64{"html/1": 1}, "1 of 1 = 1, units 1+0+1 locked = 1, complete"},
		{"a unit inside a unit is a part of it", "course/c: vertical/1\nvertical/1: vertical/2 html/1\nvertical/2: html/2", "course/c",
			map[string]float64{"html/2": 1}, "1 of 2 = 0.5, units 0+1+0 locked = 0"},
		{"leaves below nested containers", "course/c: vertical/1\nvertical/1: split_test/1\nsplit_test/1: html/1 problem/1", "vertical/1",
			map[string]float64{"problem/1": 1}, "1 of 2 = 0.5, units 0+1+0 locked = 0"},
		{"a circle is not followed",
			"course/c: vertical/1\nvertical/1: html/1 vertical/1 course/c", "course/c", map[string]float64{"html/1": 1}, "1 of 1 = 1, units 1+0+0 locked = 1, complete"},
		{"values out of range are brought into it",
			"course/c: html/1 html/2 html/3", "course/c", map[string]float64{"html/1": 7, "html/2": -3}, "1 of 3 = 0.333, units 0+0+0 locked = 1"},
		{"almost done is not done",
			"course/c: vertical/1\nvertical/1: html/1", "course/c", map[string]float64{"html/1": 0.999}, "0.999 of 1 = 0.999, units 0+1+0 locked = 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			values := map[key.BlockID]float64{}
			for name, value := range c.done {
				values[id(name)] = value
			}
			p := outline(c.outline).Progress(values).Of(id(c.of))
			got := fmt.Sprintf("%.4g of %d = %.3g, units %d+%d+%d locked = %.3g",
				p.Earned, p.Leaves, p.Share(), p.Units.Complete, p.Units.Incomplete, p.Units.Locked, p.Units.Share())
			if p.Complete() {
				got += ", complete"
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	if p := grading.NewOutline(nil).Progress(nil).Course(); p != (grading.Progress{}) {
		t.Errorf("a course without blocks has %v", p)
	}
}

func TestWhenABlockIsComplete(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"a score, right or wrong", grading.OnScore(false), 1},
		{"a score that was deleted", grading.OnScore(true), 0},
		{"a text seen for five seconds", grading.OnView(5 * time.Second), 1},
		{"a text seen for less", grading.OnView(4999 * time.Millisecond), 0},
		{"a video watched to 95 %", grading.OnWatch(0.95), 1},
		{"a video watched to less", grading.OnWatch(0.9499), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %v, want %v", c.got, c.want)
			}
		})
	}
}

func TestModesOfBlockTypes(t *testing.T) {
	for blockType, want := range map[string]grading.Mode{
		"problem": grading.Completable, "html": grading.Completable, "video": grading.Completable, "of_our_own": grading.Completable,
		"vertical": grading.Aggregator, "chapter": grading.Aggregator, "library_content": grading.Aggregator, "discussion": grading.ExcludedMode,
	} {
		if got := grading.ModeOf(blockType); got != want {
			t.Errorf("%s has mode %d, want %d", blockType, got, want)
		}
	}
}

func TestMergingCompletion(t *testing.T) {
	type c = grading.Completion
	for _, x := range []struct {
		name       string
		a, b, want c
	}{
		{"in one epoch the higher holds", c{1, .3}, c{1, .6}, c{1, .6}},
		{"a later epoch begins anew", c{2, 0}, c{1, 1}, c{2, 0}},
		{"unlike Open edX, completion does not fall in an epoch; two resets apart mean the same fresh start", c{2, 0}, c{2, .5}, c{2, .5}},
		{"a value out of range is brought into it", c{1, 9}, c{1, -1}, c{1, 1}},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := x.a.Merge(x.b); got != x.want {
				t.Errorf("got %v, want %v", got, x.want)
			}
		})
	}
}

func TestWhereALearnerGoesOn(t *testing.T) {
	const then = `
		course/c: chapter/1 chapter/2
		chapter/1: vertical/1 vertical/2
		vertical/1: html/1 html/2 html/3
		vertical/2: html/4 html/5
		chapter/2: vertical/3
		vertical/3: html/6`
	at := func(device, block string, clock int64) grading.Position {
		return grading.Position{Device: device, Block: id(block), Inner: "4:20", Clock: clock}
	}
	suspect := at("phone", "html/6", 99)
	suspect.Suspect = true
	for _, c := range []struct {
		name, now string // empty: as then
		positions []grading.Position
		want      string
	}{
		{"who was nowhere begins at the first leaf", "", nil, "html/1"},
		{"where the learner was", "", []grading.Position{at("tablet", "html/2", 1)}, "html/2 4:20 tablet"},
		{"a unit is a place too", "", []grading.Position{at("tablet", "vertical/2", 1)}, "vertical/2 4:20 tablet"},
		{"the newest position", "", []grading.Position{at("tablet", "html/2", 2), at("phone", "html/4", 3), at("laptop", "html/1", 1)}, "html/4 4:20 phone"},
		{"of two at the same time, always the same", "", []grading.Position{at("b", "html/2", 2), at("a", "html/4", 2)}, "html/2 4:20 b"},
		{"in any order", "", []grading.Position{at("a", "html/4", 2), at("b", "html/2", 2)}, "html/2 4:20 b"},
		{"a clock that cannot be trusted does not count", "", []grading.Position{suspect, at("tablet", "html/2", 1)}, "html/2 4:20 tablet"},
		{"if there is no other, the start", "", []grading.Position{suspect}, "html/1"},
		{"a hidden block: its next sibling", then + "\nhtml/2(unreleased):", []grading.Position{at("tablet", "html/2", 1)}, "html/3 tablet"},
		{"a locked block: its next sibling", then + "\nhtml/2(locked):", []grading.Position{at("tablet", "html/2", 1)}, "html/3 tablet"},
		{"the last of its unit: the first leaf of the unit", then + "\nhtml/3(unreleased):", []grading.Position{at("tablet", "html/3", 1)}, "html/1 tablet"},
		{"all the unit hidden: the first leaf of its section",
			strings.Replace(then, "vertical/2:", "vertical/2(unreleased):", 1), []grading.Position{at("tablet", "html/5", 1)}, "html/1 tablet"},
		{"all the section hidden: the start",
			strings.Replace(then, "chapter/2:", "chapter/2(unreleased):", 1), []grading.Position{at("tablet", "html/6", 1)}, "html/1"},
		{"a block that is gone: what came next", strings.Replace(then, " html/2 ", " ", 1), []grading.Position{at("tablet", "html/2", 1)}, "html/3 tablet"},
		{"a unit that is gone: the first leaf of its section", strings.Replace(strings.Replace(then, " vertical/2", "", 1), "vertical/2: html/4 html/5", "", 1),
			[]grading.Position{at("tablet", "html/5", 1)}, "html/1 tablet"},
		{"a block that nobody knows: the start", "", []grading.Position{at("tablet", "html/99", 1)}, "html/1"},
		{"a course without a leaf begins at the course", "course/c: chapter/1\nchapter/1:", nil, "course/c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := c.now
			if now == "" {
				now = then
			}
			p := outline(now).Resume(outline(then), c.positions)
			if got := strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", p.Block, p.Inner, p.Device)), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
