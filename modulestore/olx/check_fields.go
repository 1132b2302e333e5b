package olx

import (
	"encoding/json"
	"reflect"

	"lectern/modulestore/field"
)

// fields checks the texts of a block's fields, and finds settings that stand in two places with two values.
func (c *checker) fields(it *item) {
	for _, a := range it.attributes() {
		def, ok := field.Lookup(it.ID.Type, a.Name)
		if ok && readAsField(it.ID.Type, def) {
			_, fault := fromAttribute(it.ID.Type, def, a.Value)
			c.fieldFault(fault, it.attribute(a.Name))
		}
	}
	for _, p := range it.policies() {
		def, ok := field.Lookup(it.ID.Type, p.Name)
		if !ok || def.Form == field.Internal {
			continue
		}
		value, fault := def.FromPolicy(p.Value)
		c.fieldFault(fault, it.policy(p.Name))
		if !isFieldError(fault) {
			c.override(it, def, value)
		}
	}
}

// readAsField reports whether upstream reads a field from the attribute of its name, or ignores an attribute that looks like it.
func readAsField(blockType string, def field.Def) bool {
	switch {
	case blockType == "split_test" && def.Name == "group_id_to_child":
		return false // splitTest says more about it
	case field.Reserved(def.Name):
		return def.Form != field.Internal
	}
	return def.Form == field.Attribute || def.Form == field.Policy
}

// override reports an attribute that says something else than the policy of the block.
func (c *checker) override(it *item, def field.Def, policy field.Value) {
	text, ok := it.Attr(def.Name, it.body)
	if !ok || field.Reserved(def.Name) || it.ID.Type == "video" { // videos do not take policies
		return
	}
	value, fault := fromAttribute(it.ID.Type, def, text)
	if isFieldError(fault) || sameValue(value, policy) {
		return
	}
	c.report(rulePolicyOverride, it.attribute(def.Name), "the attribute %s of %s has another value than the policy; the policy holds", def.Name, it.ID)
}

// sameValue compares two values, objects without regard to the order of their members.
func sameValue(a, b field.Value) bool {
	if a.Equal(b) {
		return true
	}
	var x, y any
	return json.Unmarshal([]byte(a.JSON()), &x) == nil && json.Unmarshal([]byte(b.JSON()), &y) == nil && reflect.DeepEqual(x, y)
}

// inherit works out what holds for a block: what it sets itself, or else what holds for its parent.
func (c *checker) inherit(it *item) {
	if it.parent != nil {
		it.start, it.due, it.graded, it.access = it.parent.start, it.parent.due, it.parent.graded, it.parent.access
	}
	if v, _, ok := it.setting("start"); ok {
		it.start, _ = v.Time() // an explicit null ends inheritance
	}
	if v, _, ok := it.setting("due"); ok {
		it.due, _ = v.Time()
	}
	if v, _, ok := it.setting("graded"); ok {
		it.graded = v.Bool()
	}
	if access, _, ok, _ := it.groupAccess(); ok {
		it.access = it.access.under(access)
	}
}

// dates checks that what should come later does.
func (c *checker) dates(it *item) {
	switch it.ID.Type {
	case "course":
		c.ordered(it, "start", "end")
		c.ordered(it, "enrollment_start", "enrollment_end")
		c.ordered(it, "enrollment_start", "end")
	case "openassessment":
		c.ordered(it, "submission_start", "submission_due")
	}
	if it.start.IsZero() || it.due.IsZero() || !it.due.Before(it.start) {
		return
	}
	if _, at, ok := it.setting("due"); ok {
		c.report(ruleDateOrder, at, "%s is due on %s, before it starts on %s", it.ID, field.FormatDate(it.due), field.FormatDate(it.start))
	} else if _, at, ok := it.setting("start"); ok {
		c.report(ruleDateOrder, at, "%s starts on %s, after it is due on %s", it.ID, field.FormatDate(it.start), field.FormatDate(it.due))
	}
}

// ordered checks two dates that a block sets itself.
func (c *checker) ordered(it *item, first, second string) {
	v, _, _ := it.setting(first)
	w, at, _ := it.setting(second)
	from, ok1 := v.Time()
	to, ok2 := w.Time()
	if ok1 && ok2 && to.Before(from) {
		c.report(ruleDateOrder, at, "%s of %s is %s, before %s, which is %s", second, it.ID, field.FormatDate(to), first, field.FormatDate(from))
	}
}
