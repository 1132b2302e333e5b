package grading

import (
	"cmp"
	"fmt"
)

// Row is a line of the list that learners see under "progress", and a column of the grade report.
type Row struct {
	Label     string // "HW 03", "HW Avg", "Midterm"
	Category  string // rows of one category are shown alike
	Percent   float64
	State     State
	Dropped   bool
	Average   bool             // this is the average of the type
	Prominent bool             // to be shown more boldly
	Entry     *SubsectionGrade // nil for an average, and for what is missing
}

// Rows lists the entries of the type and their average. A type with one entry has one row, without number or average.
func (t *TypeGrade) Rows() []Row {
	category := cmp.Or(t.Type.Category, t.Type.Name)
	short := cmp.Or(t.Type.ShortLabel, t.Type.Name)
	if len(t.Entries) == 1 {
		e := &t.Entries[0]
		return []Row{{
			Label: short, Category: category, Percent: t.Average, State: e.State, Dropped: e.Dropped, Prominent: true, Entry: e.Subsection,
		}}
	}
	var rows []Row
	if !t.Type.ShowOnlyAverage {
		for i, e := range t.Entries {
			rows = append(rows, Row{
				Label: t.Label(i), Category: category, Percent: e.Percent, State: e.State, Dropped: e.Dropped, Entry: e.Subsection,
			})
		}
	}
	if !t.Type.HideAverage {
		rows = append(rows, Row{Label: short + " Avg", Category: category, Percent: t.Average, Average: true, Prominent: true})
	}
	return rows
}

// Label is the short name of entry i: "HW 03", or "HW" when there is one entry alone.
func (t *TypeGrade) Label(i int) string {
	short := cmp.Or(t.Type.ShortLabel, t.Type.Name)
	if len(t.Entries) == 1 {
		return short
	}
	first := 1
	if t.Type.StartingIndex != nil {
		first = *t.Type.StartingIndex
	}
	return fmt.Sprintf("%s %02d", short, first+i)
}
