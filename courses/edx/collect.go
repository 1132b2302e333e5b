package edx

import (
	"lectern/courses/content"
	"lectern/courses/outline"
)

// Transformers are those that the blocks API needs: [outline.Standard], item banks, and one that collects the fields that can be asked for.
func Transformers() []outline.Transformer {
	return append(outline.Standard(), outline.ItemBanks(), outline.Transformer{Name: "blocks_api", Collect: collect})
}

// collected is what the settings of each block come to. It takes nothing from anybody.
type collected []settings

type settings struct {
	hasScore        bool
	weight          *float64
	showCorrectness string // empty: of no such type
	hideFromTOC     bool   // on the block or above it
}

func collect(o *outline.Outline) outline.Rule {
	if o.Source == nil {
		return nil
	}
	list := make(collected, len(o.Nodes))
	for i := range o.Nodes {
		n := &o.Nodes[i]
		s := &list[i]
		s.hideFromTOC = n.HideFromTOC || n.Parent >= 0 && list[n.Parent].hideFromTOC
		s.hasScore = scored(o.Source, n)
		if w, ok := o.Source.Setting(n.Place, "weight").Value.Float(); ok {
			s.weight = &w
		}
		s.showCorrectness = o.Source.Setting(n.Place, "show_correctness").Value.Str()
	}
	return list
}

// scored reports whether blocks of the kind give points, whatever their weight.
func scored(c *content.Course, n *outline.Node) bool {
	switch n.ID.Type {
	case "problem", "openassessment", "drag-and-drop-v2", "edx_sga", "staffgradedxblock":
		return true
	default:
		return n.Level > outline.SequenceLevel && c.Setting(n.Place, "has_score").Value.Bool()
	}
}

// Mark takes nothing.
func (collected) Mark(*outline.Case, *outline.Marks) {}

// Explain has nothing to explain.
func (collected) Explain(*outline.Case, int) []outline.Reason { return nil }

// Field gives what was collected.
func (list collected) Field(node int, name string) (value any, ok bool) {
	s := &list[node]
	switch name {
	case "has_score":
		return s.hasScore, true
	case "weight":
		return s.weight, s.weight != nil
	case "show_correctness":
		return s.showCorrectness, s.showCorrectness != ""
	case "hide_from_toc":
		return s.hideFromTOC, true
	default:
		return nil, false
	}
}
