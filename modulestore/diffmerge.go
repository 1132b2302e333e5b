package modulestore

import (
	"cmp"
	"reflect"
	"slices"

	"lectern/modulestore/key"
)

// mergeBranches joins the changes of both branches to one list. A change that is the same in both stands there once, as the draft
// branch has it.
func mergeBranches(branches []*comparison) []Change {
	if len(branches) == 0 {
		return nil
	}
	first := branches[0].changes
	if len(branches) == 1 {
		return first
	}
	type name struct {
		kind  ChangeKind
		block key.BlockID
	}
	known := make(map[name]int, len(first))
	list := slices.Clone(first)
	for i := range list {
		known[name{list[i].Kind, list[i].Block}] = i
	}
	for _, change := range branches[1].changes {
		if i, ok := known[name{change.Kind, change.Block}]; ok && sameChange(&list[i], &change) {
			list[i].Branch = BothBranches
		} else {
			list = append(list, change)
		}
	}
	sortChanges(list, branches)
	return list
}

// sameChange reports whether the same has happened in two branches. Titles, the blocks above and positions may differ: what
// changed there has changes of its own.
func sameChange(x, y *Change) bool {
	sameParent := func(p, q Place) bool { return p.Parent == q.Parent }
	return x.Missing == y.Missing && x.Below == y.Below &&
		slices.EqualFunc(x.From, y.From, sameParent) && slices.EqualFunc(x.To, y.To, sameParent) &&
		reflect.DeepEqual(x.Fields, y.Fields) && slices.Equal(x.Texts, y.Texts)
}

// sortChanges puts changes into the order of Diff.Changes.
func sortChanges(list []Change, branches []*comparison) {
	now, old := make(map[key.BlockID]int), make(map[key.BlockID]int)
	for _, c := range branches {
		number(now, c.b.order)
		number(old, c.a.order)
	}
	slices.SortStableFunc(list, func(x, y Change) int {
		removedX, removedY := x.Kind == ChangeRemoved, y.Kind == ChangeRemoved
		switch {
		case removedX && removedY:
			return cmp.Compare(old[x.Block], old[y.Block])
		case removedX:
			return 1
		case removedY:
			return -1
		}
		return cmp.Or(cmp.Compare(now[x.Block], now[y.Block]), cmp.Compare(slices.Index(fieldKinds, x.Kind), slices.Index(fieldKinds, y.Kind)))
	})
}

// number gives ids that have no number yet the next ones.
func number(numbers map[key.BlockID]int, ids []key.BlockID) {
	for _, id := range ids {
		if _, ok := numbers[id]; !ok {
			numbers[id] = len(numbers)
		}
	}
}
