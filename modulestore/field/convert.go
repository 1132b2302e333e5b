package field

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// convert is the one place that knows what a decoded text means for each kind. A fault of severity Error means that the kind does not accept it.
// null has been dealt with before.
func (d Def) convert(n node) (Value, *Fault) {
	switch d.Kind {
	case Boolean:
		return d.toBoolean(n)
	case Integer:
		return d.toInteger(n)
	case Float:
		return d.toFloat(n)
	case Date:
		return d.toDate(n)
	case Duration:
		return d.toDuration(n)
	case RelativeTime:
		return d.toRelativeTime(n)
	case List:
		return d.toCollection(n, arrayNode, anyNode, `["a", "b"]`)
	case Object:
		return d.toCollection(n, objectNode, anyNode, `{"key": "value"}`)
	case References:
		return d.toCollection(splitReferences(n), arrayNode, stringNode, "keys of blocks, separated by semicolons")
	case ReferenceMap:
		return d.toCollection(n, objectNode, stringNode, `{"key": "key of a block"}`)
	case Randomization:
		return d.toText(randomization(n))
	default:
		return d.toText(n)
	}
}

func (d Def) toText(n node) (Value, *Fault) {
	if n.kind != stringNode {
		return Value{}, d.fault("field.string", Error, "put it in quotation marks", "%s is %s, which is not a text", d.Name, n.source())
	}
	return StringValue(n.text), nil
}

// randomization turns the Boolean spellings of old courses into the names that replaced them.
func randomization(n node) node {
	switch {
	case n.kind == boolNode && n.truth, n.kind == stringNode && (n.text == "" || n.text == "true"):
		return textNode("always")
	case n.kind == boolNode, n.kind == stringNode && n.text == "false":
		return textNode("per_student")
	default:
		return n
	}
}

// toBoolean never fails: upstream has a truth for everything. It warns where the text says something else.
func (d Def) toBoolean(n node) (Value, *Fault) {
	truth, plain := n.truth, n.kind == boolNode
	switch n.kind {
	case stringNode:
		truth = strings.EqualFold(n.text, "true")
		plain = truth || strings.EqualFold(n.text, "false")
	case wholeNode:
		truth = strings.Trim(n.text, "-0") != ""
		plain = n.text == "0" || n.text == "1"
	case numberNode:
		truth = n.number != 0
	case arrayNode, objectNode:
		truth = len(n.members) > 0
	}
	if plain {
		return BoolValue(truth), nil
	}
	return BoolValue(truth), d.fault("field.boolean", Warning, "write true or false", "%s is %s, which is read as %t", d.Name, n.source(), truth)
}

func (d Def) toInteger(n node) (Value, *Fault) {
	if n.kind == stringNode && n.text == "" {
		return Value{}, nil
	}
	whole, ok := n.toWhole()
	switch {
	case !ok:
		return Value{}, d.fault("field.integer", Error, "write a number without fraction", "%s is %s, which is not a whole number", d.Name, n.source())
	case n.kind == boolNode || n.kind == numberNode && n.number != math.Trunc(n.number):
		return IntValue(whole), d.fault("field.integer", Warning, "write a number without fraction", "%s is %s, which is read as %d", d.Name, n.source(), whole)
	default:
		return IntValue(whole), nil
	}
}

// toWhole cuts fractions off; ok is false where there is no whole number, or one that needs more than 64 bits.
func (n node) toWhole() (whole int64, ok bool) {
	switch n.kind {
	case boolNode:
		if n.truth {
			return 1, true
		}
		return 0, true
	case wholeNode, stringNode:
		whole, err := strconv.ParseInt(strings.TrimSpace(n.text), 10, 64)
		return whole, err == nil
	case numberNode:
		return int64(n.number), n.number >= -(1<<63) && n.number < 1<<63
	default:
		return 0, false
	}
}

func (d Def) toFloat(n node) (Value, *Fault) {
	if n.kind == stringNode && n.text == "" {
		return Value{}, nil
	}
	number, ok := n.toNumber()
	switch {
	case !ok:
		return Value{}, d.fault("field.float", Error, "write a number such as 1.5", "%s is %s, which is not a number", d.Name, n.source())
	case n.kind == boolNode || math.IsNaN(number) || math.IsInf(number, 0):
		return FloatValue(number), d.fault("field.float", Warning, "write a number such as 1.5", "%s is %s, which is read as %s", d.Name, n.source(), formatFloat(number))
	default:
		return FloatValue(number), nil
	}
}

func (n node) toNumber() (number float64, ok bool) {
	switch n.kind {
	case boolNode:
		if n.truth {
			return 1, true
		}
		return 0, true
	case numberNode:
		return n.number, true
	case wholeNode, stringNode:
		s := strings.TrimSpace(n.text)
		number, err := strconv.ParseFloat(s, 64)
		return number, (err == nil || math.IsInf(number, 0)) && !strings.ContainsAny(s, "xXpP_")
	default:
		return 0, false
	}
}

func (d Def) toDate(n node) (Value, *Fault) {
	if n.kind == stringNode && n.text == "" {
		return Value{}, nil
	}
	t, zoned, ok := time.Time{}, false, false
	if n.kind == stringNode {
		t, zoned, ok = ParseDate(n.text)
	}
	switch {
	case !ok:
		return Value{}, d.fault("field.date", Error, "write it as YYYY-MM-DDTHH:MM:SSZ", "%s is %s, which is not a date", d.Name, n.source())
	case !zoned:
		return TimeValue(t), d.fault("field.date_no_zone", Info, "write "+FormatDate(t), "%s is %s, which names no time zone and is read as UTC", d.Name, n.source())
	default:
		return TimeValue(t), nil
	}
}

func (d Def) toDuration(n node) (Value, *Fault) {
	if n.kind == stringNode {
		if span, ok := ParseDuration(n.text); ok {
			return DurationValue(span), nil
		}
	}
	return Value{}, d.fault("field.duration", Error, `write it as "1 day 5 hours" or "18000 seconds"`, "%s is %s, which is not a length of time", d.Name, n.source())
}

func (d Def) toRelativeTime(n node) (Value, *Fault) {
	var span time.Duration
	var ok bool
	switch n.kind {
	case stringNode:
		span, ok = parseClock(n.text)
	case wholeNode, numberNode:
		number, _ := n.toNumber()
		span, ok = seconds(number)
	}
	switch {
	case !ok:
		return Value{}, d.fault("field.relative_time", Error, "write it as HH:MM:SS", "%s is %s, which is not a time between 00:00:00 and 24:00:00", d.Name, n.source())
	case n.kind == wholeNode && n.text != "0":
		return DurationValue(span), d.fault("field.relative_time", Warning, "write it as HH:MM:SS", "%s is %s, which is read as seconds", d.Name, n.source())
	default:
		return DurationValue(span), nil
	}
}

// anyNode lets the members of a collection be anything.
const anyNode nodeKind = -1

// toCollection accepts an array or object whose members are of one kind.
func (d Def) toCollection(n node, kind, members nodeKind, example string) (Value, *Fault) {
	ok := n.kind == kind
	for _, m := range n.members {
		ok = ok && (members == anyNode || m.kind == members)
	}
	if !ok {
		return Value{}, d.fault("field.json", Error, "write it as "+example, "%s is %s, which is not a %s", d.Name, n.source(), d.Kind)
	}
	return n.collection(), nil
}

// splitReferences turns "key; key" into an array.
func splitReferences(n node) node {
	if n.kind != stringNode {
		return n
	}
	list := node{kind: arrayNode}
	for key := range strings.SplitSeq(n.text, ";") {
		if key = strings.TrimSpace(key); key != "" {
			list.members = append(list.members, textNode(key))
		}
	}
	return list
}

// source is the text of a node as a message shows it.
func (n node) source() string {
	if n.kind == stringNode {
		return shown(n.text)
	}
	return shorten(string(n.append(nil)))
}

// shown is a text as a message shows it: in quotation marks, on one line.
func shown(text string) string { return strconv.Quote(shorten(text)) }

// shorten keeps messages on a line.
func shorten(text string) string {
	const most = 60
	runes := []rune(text)
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func (d Def) fault(rule string, severity Severity, fix, format string, args ...any) *Fault {
	return &Fault{Rule: rule, Severity: severity, Message: fmt.Sprintf(format, args...), Fix: fix}
}
