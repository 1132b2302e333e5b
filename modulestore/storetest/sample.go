package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Sample makes a course of that many blocks in the usual proportions: of 5,000 blocks 50 are chapters, 250 sequentials, 1,000
// verticals and 3,699 leaves; names are 32 hex digits as Studio gives them. The same arguments always make the same course. The
// objects are the bodies of its blocks, each once.
func Sample(blocks int, seed uint64) (*modulestore.Tree, []modulestore.Object) {
	g := &generator{
		random: rand.NewPCG(seed, uint64(blocks)),
		tree:   &modulestore.Tree{Blocks: make(map[key.BlockID]*modulestore.Block, blocks)},
		stored: make(map[modulestore.ID]bool),
	}
	counts := []int{max(1, blocks/100), max(1, blocks/20), max(1, blocks/5), 0}
	counts[3] = blocks - 1 - counts[0] - counts[1] - counts[2]
	root := &modulestore.Block{
		ID:     key.BlockID{Type: "course", Name: "2026_T1"},
		Attrs:  []modulestore.Attr{{Name: "display_name", Value: "Sample course"}, {Name: "start", Value: "2026-01-01T00:00:00Z"}},
		Policy: []modulestore.Attr{{Name: "display_name", Value: `"Sample course"`}, {Name: "graceperiod", Value: `"1 day"`}},
	}
	g.tree.Root = root.ID
	level := []*modulestore.Block{root}
	g.tree.Blocks[root.ID] = root
	for depth, n := range counts {
		level = g.level(level, depth, n)
	}
	return g.tree, g.objects
}

type generator struct {
	// Only Uint64 is used, whose sequence is fixed by the algorithm.
	random  *rand.PCG
	tree    *modulestore.Tree
	objects []modulestore.Object
	stored  map[modulestore.ID]bool
}

func (g *generator) below(n int) int { return int(g.random.Uint64() % uint64(n)) }

// level spreads n new blocks evenly over the parents.
func (g *generator) level(parents []*modulestore.Block, depth, n int) []*modulestore.Block {
	list := make([]*modulestore.Block, n)
	for i := range list {
		list[i] = g.block(depth)
		g.tree.Blocks[list[i].ID] = list[i]
		parent := parents[i*len(parents)/n]
		parent.Children = append(parent.Children, modulestore.Child{ID: list[i].ID})
	}
	return list
}

func (g *generator) block(depth int) *modulestore.Block {
	name := fmt.Sprintf("%016x%016x", g.random.Uint64(), g.random.Uint64())
	display := modulestore.Attr{Name: "display_name", Value: g.title()}
	if depth < 3 {
		b := &modulestore.Block{Attrs: []modulestore.Attr{display}}
		b.ID = key.BlockID{Type: []string{"chapter", "sequential", "vertical"}[depth], Name: name}
		if depth == 1 && g.below(3) == 0 {
			b.Attrs = append(b.Attrs,
				modulestore.Attr{Name: "format", Value: "Homework"}, modulestore.Attr{Name: "graded", Value: "true"})
		}
		return b
	}
	kind := []string{"html", "html", "problem", "problem", "problem", "video", "video", "discussion"}[g.below(8)]
	b := &modulestore.Block{ID: key.BlockID{Type: kind, Name: name}, Attrs: []modulestore.Attr{display}}
	var body *modulestore.Body
	switch kind {
	case "html":
		body = &modulestore.Body{Texts: []modulestore.Attr{{Name: "data", Value: "<p>" + g.prose(100+g.below(2900)) + "</p>\n"}}}
	case "problem":
		b.Attrs = append(b.Attrs,
			modulestore.Attr{Name: "max_attempts", Value: fmt.Sprint(1 + g.below(5))}, modulestore.Attr{Name: "showanswer", Value: "finished"})
		if g.below(10) < 4 {
			b.Attrs = append(b.Attrs, modulestore.Attr{Name: "markdown", Value: g.prose(200 + g.below(600))})
		}
		var long []modulestore.Attr
		b.Attrs, long = modulestore.SplitLong(b.Attrs)
		body = &modulestore.Body{Attrs: long, Markup: "\n  <p>" + g.prose(100+g.below(1900)) + "</p>\n  <numericalresponse answer=\"3\"/>\n"}
	case "video":
		b.Attrs = append(b.Attrs,
			modulestore.Attr{Name: "youtube_id_1_0", Value: fmt.Sprintf("%011x", g.random.Uint64()>>20)}, modulestore.Attr{Name: "sub", Value: ""})
		body = &modulestore.Body{Markup: "\n  <source src=\"https://example.org/" + name + ".mp4\"/>\n"}
	}
	g.attach(b, body)
	return b
}

func (g *generator) attach(b *modulestore.Block, body *modulestore.Body) {
	if body.IsZero() {
		return
	}
	o := body.Object()
	b.Body = o.ID
	if !g.stored[o.ID] {
		g.stored[o.ID] = true
		g.objects = append(g.objects, o)
	}
}

func (g *generator) title() string {
	words := make([]string, 2+g.below(4))
	for i := range words {
		words[i] = vocabulary[g.below(len(vocabulary))]
	}
	return strings.Join(words, " ")
}

// prose makes a little fewer than n bytes of words.
func (g *generator) prose(n int) string {
	var s strings.Builder
	for {
		word := vocabulary[g.below(len(vocabulary))]
		if s.Len()+len(word)+1 >= n {
			return s.String()
		}
		s.WriteString(word)
		s.WriteByte(" \n"[g.below(12)/11])
	}
}

var vocabulary = strings.Fields(`a about above across after again air all along also always an and another answer any are around as ask at away
back be because been before began begin being below between book both but by call came can carry change children city close come could country
course cut day did different do does don't down each earth eat end enough even every example eye face family far farther feet few find first follow
food for form found four from get girl give go good got great group grow had hand hard has have he head hear help her here high him his home house how
idea if important in Indian into is it its just keep kind know land large last later learn leave left let letter life light like line list little live
long look made make man many may me mean men might mile miss more most mother mountain move much must my name near need never new next night no not now
number of off often oil old on once one only open or other our out over own page paper part people picture place plant play point put question quick
quite read really right river run said same saw say school sea second see seem sentence set she should show side small so some something sometimes song
soon sound spell start state still stop story study such take talk tell than that the their them then there these they thing think this those thought
three through time to together too took tree try turn two under until up us use very walk want was watch water way we well went were what when where
which while white who why will with without word work world would write year you young your`)
