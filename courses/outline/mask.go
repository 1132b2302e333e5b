package outline

import "slices"

// Mask is a set of blocks, by their places in the outline. A mask that a rule hands to [Marks] holds with each block all that is below it: see
// [Outline.Mask].
type Mask []uint64

// NewMask makes an empty mask for an outline of so many blocks.
func NewMask(blocks int) Mask { return make(Mask, (blocks+63)/64) }

// Mask is the set of some blocks and of all that is below them.
func (o *Outline) Mask(nodes ...int) Mask {
	m := NewMask(len(o.Nodes))
	for _, n := range nodes {
		m.AddSpan(n, o.Nodes[n].End)
	}
	return m
}

// Has reports whether a block is in the mask.
func (m Mask) Has(node int) bool { return m[node>>6]&(1<<(node&63)) != 0 }

// AddSpan adds the blocks from one place to before another.
func (m Mask) AddSpan(from, to int) {
	m.words(from, to, func(i int, bits uint64) bool {
		m[i] |= bits
		return true
	})
}

// Add adds the blocks of another mask.
func (m Mask) Add(other Mask) {
	for i, word := range other {
		m[i] |= word
	}
}

func (m Mask) removeSpan(from, to int) {
	m.words(from, to, func(i int, bits uint64) bool {
		m[i] &^= bits
		return true
	})
}

// hasSpan reports whether all blocks from one place to before another are in the mask.
func (m Mask) hasSpan(from, to int) bool {
	all := true
	m.words(from, to, func(i int, bits uint64) bool {
		all = m[i]&bits == bits
		return all
	})
	return all
}

func (m Mask) empty() bool {
	return !slices.ContainsFunc(m, func(word uint64) bool { return word != 0 })
}

// words visits the words that hold a span, each with its bits of the span, until visit returns false.
func (m Mask) words(from, to int, visit func(i int, bits uint64) bool) {
	for from < to {
		i := from >> 6
		end := min(to, (i+1)<<6)
		bits := ^uint64(0) << (from & 63)
		if end&63 != 0 {
			bits &= 1<<(end&63) - 1
		}
		if !visit(i, bits) {
			return
		}
		from = end
	}
}

// meets reports whether two masks have a block in common.
func (m Mask) meets(other Mask) bool {
	for i, word := range other {
		if m[i]&word != 0 {
			return true
		}
	}
	return false
}
