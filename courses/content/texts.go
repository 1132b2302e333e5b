package content

import "lectern/modulestore/field"

// Texts gives what all settings come to for the block at a place, the inherited among them, as attributes would say it; "null" is the text of null.
func (c *Course) Texts(at int) map[string]string {
	blockType := c.Blocks[at].ID.Type
	texts := make(map[string]string)
	for _, def := range field.Fields(blockType) {
		if def.Scope != field.Settings || def.Form == field.Internal {
			continue
		}
		texts[def.Name] = "null"
		if v := c.Setting(at, def.Name).Value; !v.Null() {
			texts[def.Name] = def.ToAttribute(v)
		}
	}
	return texts
}
