package field

import "slices"

// Lookup returns the field of that name of a block type: one of the type's own, or one that every block has. Block types that are not in the
// table have the latter too. The Values of a Def belong to the table: read them, do not change them.
func Lookup(blockType, name string) (Def, bool) {
	for _, g := range table {
		if !g.applies(blockType) {
			continue
		}
		for _, d := range g.fields {
			if d.Name == name {
				d.Inherited = inherited(name)
				return d, true
			}
		}
	}
	return Def{}, false
}

// Fields returns all fields of a block type, sorted by name.
func Fields(blockType string) []Def {
	var names []string
	for _, g := range table {
		if g.applies(blockType) {
			for _, d := range g.fields {
				names = append(names, d.Name)
			}
		}
	}
	slices.Sort(names)
	var defs []Def
	for _, name := range slices.Compact(names) {
		d, _ := Lookup(blockType, name)
		defs = append(defs, d)
	}
	return defs
}

// Inheritable returns the sorted names of the fields that a block takes from its nearest ancestor when it does not set them itself.
func Inheritable() []string {
	var names []string
	for _, d := range common() {
		if d.Inherited {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	return names
}

// inherited reports whether every block inherits the field of that name, whatever its own type says about it.
func inherited(name string) bool {
	return slices.ContainsFunc(common(), func(d Def) bool { return d.Name == name && d.Inherited })
}

// common returns the fields of every block, which the table holds last.
func common() []Def { return table[len(table)-1].fields }

func (g group) applies(blockType string) bool {
	return g.types == nil || slices.Contains(g.types, blockType)
}
