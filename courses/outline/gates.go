package outline

import (
	"slices"
	"strconv"
	"strings"

	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// readGates reads the prerequisites of sequences and the entrance exam. What cannot hold is left out: a slip must not lock everybody out for good.
func (b *builder) readGates() {
	for _, i := range b.Sequences {
		if gate := b.tree.blocks[b.place(i)].gate; gate.of != "" {
			b.readGate(i, gate)
		}
	}
	b.breakCycles()
	b.readExam()
}

func (b *builder) readGate(node int, text gateText) {
	n := &b.Nodes[node]
	if !b.tree.settings.gating {
		b.note(n.Place, Issue{Code: GatingOff, Severity: field.Warning, Value: text.of})
		return
	}
	of, ok := b.target(text.of)
	if !ok {
		b.note(n.Place, Issue{Code: PrerequisiteMissing, Severity: field.Error, Value: text.of})
		return
	}
	g := Gate{Of: of, MinScore: b.percent(n.Place, "min_score", text.minScore), MinCompletion: b.percent(n.Place, "min_completion", text.minCompletion)}
	if text.minScore == nil && text.minCompletion == nil {
		g.MinScore, g.MinCompletion = 100, 100
	}
	other := b.Nodes[of].ID
	switch {
	case g.MinScore == 0 && g.MinCompletion == 0:
		b.note(n.Place, Issue{Code: PrerequisiteTrivial, Severity: field.Warning, Other: other})
	case g.MinScore > 0 && !b.Dates.Blocks[of].Graded:
		b.note(n.Place, Issue{Code: PrerequisiteNoScore, Severity: field.Warning, Other: other})
	}
	n.Gates = append(n.Gates, g)
}

// percent reads what is asked for. What is not written is not asked for.
func (b *builder) percent(place int, name string, text *string) int {
	if text == nil {
		return 0
	}
	percent, sound := percentOf(*text)
	if !sound {
		b.note(place, Issue{Code: PrerequisiteValue, Severity: field.Error, Name: name, Value: *text, Detail: strconv.Itoa(percent)})
	}
	return percent
}

// target finds the section or sequence that a setting names. The course in its key does not matter: after a copy it may still be the one that was copied.
func (b *builder) target(text string) (node int, ok bool) {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".gating")
	var id key.BlockID
	if usage, err := key.ParseBlock(text); err == nil {
		id = usage.ID
	} else if id, err = key.ParseBlockID(text); err != nil {
		return absent, false
	}
	node, ok = b.Find(id)
	if !ok || b.Nodes[node].Level != SectionLevel && b.Nodes[node].Level != SequenceLevel {
		return absent, false
	}
	return node, true
}

// breakCycles leaves out all gates by which a block waits for itself.
func (b *builder) breakCycles() {
	circular := make(map[int]bool)
	for _, i := range b.Sequences {
		for _, g := range b.Nodes[i].Gates {
			if b.waitsFor(g.Of, i) {
				circular[i] = true
				b.note(b.place(i), Issue{Code: PrerequisiteCycle, Severity: field.Error, Other: b.Nodes[g.Of].ID})
			}
		}
	}
	for i := range circular {
		b.Nodes[i].Gates = nil
	}
}

// waitsFor reports whether doing all of one block needs another one to be open, directly or by way of others.
func (b *builder) waitsFor(node, other int) bool {
	seen := make(map[int]bool)
	var visit func(n int) bool
	visit = func(n int) bool {
		if b.Nodes[n].Level == SectionLevel {
			for s := n + 1; s < b.Nodes[n].End; s = b.Nodes[s].End {
				if visit(s) {
					return true
				}
			}
			return false
		}
		if n == other || seen[n] {
			return n == other
		}
		seen[n] = true
		return slices.ContainsFunc(b.Nodes[n].Gates, func(g Gate) bool { return visit(g.Of) })
	}
	return visit(node)
}

func (b *builder) readExam() {
	s := &b.tree.settings
	if !s.exam {
		return
	}
	section, ok := b.target(s.examID)
	if !ok || b.Nodes[section].Level != SectionLevel {
		b.note(0, Issue{Code: ExamMissing, Severity: field.Error, Value: s.examID})
		return
	}
	b.EntranceExam = &EntranceExam{Section: section, MinScore: s.examMinScore}
	if s.examMinScore <= 1 { // Studio writes a fraction, and the default is a percentage
		b.EntranceExam.MinScore *= 100
	}
}
