package outline

import (
	"math"
	"slices"

	"lectern/courses/partition"
	"lectern/modulestore/key"
)

// ItemBanks is the processor that leaves learners of an item bank what is drawn for them. It is not among [Standard]: banks stand within units, so whoever
// shows no more than an outline need not draw. Nothing is stored; who shows a block that was drawn stores that, and gives it as Facts.Drawn from then on.
func ItemBanks() Transformer { return Transformer{"item_banks", itemBanks} }

// bankRules are the item banks of a course.
type bankRules []bankRule

type bankRule struct {
	node     int
	bank     partition.Bank
	children []int
}

func itemBanks(o *Outline) Rule {
	if o.Source == nil {
		return nil
	}
	var list bankRules
	for i := range o.Nodes {
		switch o.Nodes[i].ID.Type {
		case "library_content", "legacy_library_content", "itembank":
			list = append(list, o.bank(i))
		}
	}
	if list == nil {
		return nil
	}
	return list
}

func (o *Outline) bank(node int) bankRule {
	n := &o.Nodes[node]
	r := bankRule{node: node, bank: partition.Bank{Key: o.Course.Block(n.ID)}}
	count, _ := o.Source.Setting(n.Place, "max_count").Value.Int()
	r.bank.Count = int(min(max(count, -1), math.MaxInt32))
	for _, place := range o.Source.Blocks[n.Place].Children { // those, too, that have their first place elsewhere: grades draw among all
		r.bank.Children = append(r.bank.Children, o.Source.Blocks[place].ID)
	}
	for c := node + 1; c < n.End; c = o.Nodes[c].End {
		r.children = append(r.children, c)
	}
	return r
}

// selected gives what a learner gets of a bank.
func (r *bankRule) selected(f *Facts) []key.BlockID {
	s := r.bank.Select(f.Learner, f.Drawn[r.bank.Key.ID])
	return s.Children
}

// Drawn gives Facts.Drawn of a learner of whom it is known what they have tried: of each item bank, what is among that, in the order of the bank.
func (c *Course) Drawn(tried func(key.BlockID) bool) map[key.BlockID][]key.BlockID {
	var drawn map[key.BlockID][]key.BlockID
	for _, rule := range c.rules {
		banks, _ := rule.(bankRules)
		for i := range banks {
			for _, id := range banks[i].bank.Children {
				if tried(id) {
					if drawn == nil {
						drawn = make(map[key.BlockID][]key.BlockID)
					}
					drawn[banks[i].bank.Key.ID] = append(drawn[banks[i].bank.Key.ID], id)
				}
			}
		}
	}
	return drawn
}

func (list bankRules) Mark(c *Case, m *Marks) {
	for i := range list {
		chosen := list[i].selected(c.Facts)
		for _, child := range list[i].children {
			if n := &c.Course.Nodes[child]; !slices.Contains(chosen, n.ID) {
				m.removed.AddSpan(child, n.End)
			}
		}
	}
}

func (list bankRules) Explain(c *Case, node int) (reasons []Reason) {
	for i := range list {
		bank := &c.Course.Nodes[list[i].node]
		if node <= list[i].node || node >= bank.End {
			continue
		}
		chosen := list[i].selected(c.Facts)
		for _, child := range list[i].children {
			if n := &c.Course.Nodes[child]; child <= node && node < n.End && !slices.Contains(chosen, n.ID) {
				reasons = append(reasons, Reason{Code: NotDrawn, Effect: Removes, At: n.ID})
			}
		}
	}
	return reasons
}
