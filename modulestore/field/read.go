package field

import (
	"slices"
	"strings"
)

// FromAttribute reads the text of an XML attribute of the block types that use upstream's older XML layer, which is most of them. The text is
// tried as JSON first; null is an explicit null. JSON that the field's kind does not accept, and every text that is not JSON, is taken as it
// stands: 123 is a number for an Integer and the text "123" for a String.
func (d Def) FromAttribute(text string) (Value, *Fault) {
	v, fault := d.fromAttribute(text)
	if Reserved(d.Name) {
		return v, d.fault("field.ignored", Warning, "remove the attribute; set the field where it belongs",
			"an attribute %s has no effect: the field is not read from attributes", d.Name)
	}
	return v, fault
}

func (d Def) fromAttribute(text string) (Value, *Fault) {
	if n, duplicate, ok := parseJSON(text); ok {
		if v, fault := d.read(n, duplicate); !isError(fault) {
			return v, fault
		}
	}
	v, fault := d.read(textNode(text), "")
	return d.orStandIn(v, fault, text), fault
}

// FromPure reads the text of an XML attribute, or of an option element, of a pure XBlock: strings as they stand, everything else as YAML 1.1,
// of which the scalars and JSON are understood.
func (d Def) FromPure(text string) (Value, *Fault) {
	n, duplicate := textNode(text), ""
	if !d.textual() {
		n, duplicate = parseYAML(text)
	}
	v, fault := d.read(n, duplicate)
	return d.orStandIn(v, fault, text), fault
}

// FromPolicy reads the native JSON of policy.json.
func (d Def) FromPolicy(json string) (Value, *Fault) {
	n, duplicate, ok := parseJSON(json)
	if !ok {
		fault := d.fault("field.json", Error, "correct the JSON", "%s is %s, which is not JSON", d.Name, shown(json))
		return d.orStandIn(Value{}, fault, json), fault
	}
	v, fault := d.read(n, duplicate)
	return d.orStandIn(v, fault, json), fault
}

// read converts a decoded text and then looks at what the value says.
func (d Def) read(n node, duplicate string) (Value, *Fault) {
	if n.kind == nullNode {
		return Value{}, nil
	}
	v, fault := d.convert(n)
	if fault != nil {
		return v, fault
	}
	if number, ok := v.Float(); ok && d.NonNegative && number < 0 {
		return v, d.fault("field.negative", Warning, "write 0 or more, or null", "%s is %s, but it cannot be negative", d.Name, n.source())
	}
	if len(d.Values) > 0 && v.shape == isText && !slices.Contains(d.Values, v.text) {
		return v, d.fault("field.enum", Warning, "write one of "+strings.Join(d.Values, ", "), "%s is %s, which has no meaning", d.Name, shown(v.text))
	}
	if v.shape == isJSON && duplicate != "" {
		return v, d.fault("field.duplicate_key", Warning, "keep one of them", "%s holds %s twice; the last one counts", d.Name, shown(duplicate))
	}
	return v, nil
}

// orStandIn returns v, or what stands in for a value that could not be read: null for dates and durations, the text for textual fields, the
// default for the others.
func (d Def) orStandIn(v Value, fault *Fault, text string) Value {
	switch {
	case !isError(fault):
		return v
	case d.Kind == Date || d.Kind == Duration:
		return Value{}
	case d.textual():
		v, _ = d.convert(textNode(text))
		return v
	default:
		return d.fallback()
	}
}

// fallback returns the default of the field, or null when the Def has a default that its own kind does not accept.
func (d Def) fallback() Value {
	n, _, ok := parseJSON(d.Default)
	if !ok {
		return Value{}
	}
	v, fault := d.read(n, "")
	if isError(fault) {
		return Value{}
	}
	return v
}

// textual reports whether every text is a value of the field.
func (d Def) textual() bool {
	return d.Kind == String || d.Kind == Reference || d.Kind == Randomization
}

func isError(f *Fault) bool { return f != nil && f.Severity == Error }
