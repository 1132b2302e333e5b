package partition

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"lectern/modulestore/key"
)

// Bank is an item bank (itembank, library_content): each learner gets some of its children.
type Bank struct {
	Key      key.Block
	Count    int // children for each learner; below 0 means all
	Children []key.BlockID
}

// Selection is what a learner gets of a bank, in the order in which it is shown.
type Selection struct {
	Children []key.BlockID
	Added    []key.BlockID // those that were not stored
	Gone     []key.BlockID // stored ones that the bank does not have any more
	Over     []key.BlockID // stored ones beyond Count
}

// Changed reports whether the selection is another one than was stored. Who shows it stores it then.
func (s *Selection) Changed() bool { return len(s.Added)+len(s.Gone)+len(s.Over) > 0 }

// Select gives the children for a learner. Stored ones that still exist stay, in their order; what is missing is drawn among the others by
// the order of SHA-256("bank1" 0 course key 0 usage key of the bank 0 usage key of the child 0 learner). It stores nothing. Without a learner nothing is drawn.
func (b *Bank) Select(learner string, stored []key.BlockID) Selection {
	exists := make(map[key.BlockID]bool, len(b.Children))
	for _, id := range b.Children {
		exists[id] = true
	}
	count := len(exists)
	if b.Count >= 0 {
		count = min(count, b.Count)
	}
	var s Selection
	taken := make(map[key.BlockID]bool, count)
	for _, id := range stored {
		switch {
		case taken[id]:
		case !exists[id]:
			s.Gone = append(s.Gone, id)
		case len(s.Children) == count:
			s.Over = append(s.Over, id)
		default:
			taken[id] = true
			s.Children = append(s.Children, id)
		}
	}
	if missing := count - len(s.Children); missing > 0 && learner != "" {
		s.Added = b.draw(learner, taken)[:missing]
		s.Children = append(s.Children, s.Added...)
	}
	return s
}

// draw puts the children that are not taken, each once, into the order of the learner.
func (b *Bank) draw(learner string, taken map[key.BlockID]bool) []key.BlockID {
	type drawn struct {
		id  key.BlockID
		sum [sha256.Size]byte
	}
	var rest []drawn
	seen := make(map[key.BlockID]bool, len(b.Children))
	course, bank := b.Key.Course.String(), b.Key.String()
	for _, id := range b.Children {
		if !taken[id] && !seen[id] {
			seen[id] = true
			rest = append(rest, drawn{id, digest("bank1", course, bank, b.Key.Course.Block(id).String(), learner)})
		}
	}
	slices.SortFunc(rest, func(x, y drawn) int { return bytes.Compare(x.sum[:], y.sum[:]) })
	list := make([]key.BlockID, 0, len(rest))
	for _, d := range rest {
		list = append(list, d.id)
	}
	return list
}
