package outline

import "slices"

// ChoiceUnknown is the reason why nothing is found of what stands in a block that chooses by what is not known here.
const ChoiceUnknown Code = "choice_unknown"

// ForSearch are the processors for those who search in a course. They look into units without opening them, so that besides [Standard] and [ItemBanks] two
// more rules hold: what is in an exam is closed but for a learner whose clock runs, and what a learner gets of blocks that choose by what nobody has told is
// not theirs.
func ForSearch() []Transformer {
	return append(Standard(), ItemBanks(), Transformer{"unknown_choices", unknownChoices}, Transformer{"exam_content", contentOfExams})
}

// Draws reports whether the course was compiled with item banks to draw from, so that [Facts.Drawn] matters.
func (c *Course) Draws() bool {
	return slices.ContainsFunc(c.rules, func(r Rule) bool { _, draws := r.(bankRules); return draws })
}

// unknownChoices takes away what is in blocks that show one of their children by chance, or under conditions on what the learner has done in others.
func unknownChoices(o *Outline) Rule {
	return bySetting(o, ChoiceUnknown, Removes, func(n *Node) bool {
		if n.Parent == absent {
			return false
		}
		kind := o.Nodes[n.Parent].ID.Type
		return kind == "randomize" || kind == "conditional"
	})
}

// examContent closes what is in exams, not the exams themselves.
type examContent struct {
	examNotes
	units []int
}

func contentOfExams(o *Outline) Rule {
	notes, ok := specialExams(o).(examNotes)
	if !ok {
		return nil
	}
	r := examContent{examNotes: notes}
	for _, exam := range r.exams {
		for u := exam + 1; u < o.Nodes[exam].End; u = o.Nodes[u].End {
			r.units = append(r.units, u)
		}
	}
	return r
}

func (r examContent) Mark(c *Case, m *Marks) {
	r.examNotes.Mark(c, m) // tells until when the states are what they are
	for _, node := range r.exams {
		if c.exam(node).State != ExamRunning {
			m.closed.AddSpan(node+1, c.Course.Nodes[node].End)
		}
	}
}

func (r examContent) Explain(c *Case, node int) []Reason {
	for _, exam := range r.exams {
		if n := &c.Course.Nodes[exam]; exam < node && node < n.End {
			if state := c.exam(exam).State; state != ExamRunning {
				return []Reason{{Code: ExamWindow, Effect: Closes, At: n.ID, Exam: state}}
			}
		}
	}
	return nil
}

// Points are the units of exams.
func (r examContent) Points() []int { return r.units }
