package answer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// MaxSource is the largest source of a problem that is read, in bytes.
const MaxSource = 1 << 20

const (
	maxDepth = 200     // elements inside each other
	maxNodes = 100_000 // elements and pieces of text
)

// ErrNotProblem is the cause of every error about a source that cannot be read as a problem.
var ErrNotProblem = errors.New("not a problem")

// node is an element of a problem, or a piece of text between elements (then its name is empty).
type node struct {
	name     string
	attrs    []xml.Attr
	text     string
	children []*node
}

// builder makes a tree of the tokens of a source. Comments and processing instructions are left out, as in Open edX, so the texts around them are one.
type builder struct {
	root *node
	open []*node
	size int
}

// parseTree reads a source into its tree. Entities of HTML are known, as authors use them.
func parseTree(source []byte) (*node, error) {
	if len(source) > MaxSource {
		return nil, fmt.Errorf("%w: it has %d bytes, and %d are the most", ErrNotProblem, len(source), MaxSource)
	}
	d := xml.NewDecoder(bytes.NewReader(source))
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // what the store holds is UTF-8, whatever it declares
	var b builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = b.add(token)
		}
		if err != nil {
			line, _ := d.InputPos()
			return nil, fmt.Errorf("%w: line %d: %w", ErrNotProblem, line, err)
		}
	}
	if b.root == nil || b.root.name != "problem" {
		return nil, fmt.Errorf("%w: there is no element <problem> around it", ErrNotProblem)
	}
	return b.root, nil
}

func (b *builder) add(token xml.Token) error {
	switch token := token.(type) {
	case xml.StartElement:
		return b.start(token)
	case xml.EndElement:
		b.open = b.open[:len(b.open)-1]
	case xml.CharData:
		return b.addText(string(token))
	}
	return nil
}

func (b *builder) start(e xml.StartElement) error {
	n := &node{name: name(e.Name), attrs: e.Copy().Attr}
	b.size++
	switch {
	case len(b.open) >= maxDepth:
		return fmt.Errorf("elements stand more than %d deep inside each other", maxDepth)
	case b.size > maxNodes:
		return fmt.Errorf("there are more than %d elements", maxNodes)
	case len(b.open) > 0:
		parent := b.open[len(b.open)-1]
		parent.children = append(parent.children, n)
	case b.root != nil:
		return errors.New("a second element follows the problem")
	default:
		b.root = n
	}
	b.open = append(b.open, n)
	return nil
}

func (b *builder) addText(text string) error {
	if len(b.open) == 0 {
		if strings.TrimSpace(text) != "" {
			return errors.New("text stands outside the problem")
		}
		return nil
	}
	parent := b.open[len(b.open)-1]
	if last := len(parent.children) - 1; last >= 0 && parent.children[last].name == "" {
		parent.children[last].text += text
		return nil
	}
	if b.size++; b.size > maxNodes {
		return fmt.Errorf("there are more than %d elements", maxNodes)
	}
	parent.children = append(parent.children, &node{text: text})
	return nil
}

// name gives a name as the rest of the package looks for it. A name with a prefix is none of ours.
func name(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// attr gives the value of an attribute, with ok false when the element has none of that name.
func (n *node) attr(attribute string) (value string, ok bool) {
	for _, a := range n.attrs {
		if name(a.Name) == attribute {
			return a.Value, true
		}
	}
	return "", false
}

func (n *node) get(attribute string) string {
	value, _ := n.attr(attribute)
	return value
}

// elements are the children that are elements, of the given names if any is given.
func (n *node) elements(names ...string) []*node {
	var list []*node
	for _, c := range n.children {
		if c.name != "" && (len(names) == 0 || slices.Contains(names, c.name)) {
			list = append(list, c)
		}
	}
	return list
}

// first gives the first child of that name, or nil.
func (n *node) first(name string) *node {
	if list := n.elements(name); len(list) > 0 {
		return list[0]
	}
	return nil
}

// descendants are all elements below n that the test takes, in document order. It does not look below those that skip takes.
func (n *node) descendants(take, skip func(*node) bool) []*node {
	var list []*node
	for _, c := range n.children {
		if c.name == "" || skip(c) {
			continue
		}
		if take(c) {
			list = append(list, c)
		}
		list = append(list, c.descendants(take, skip)...)
	}
	return list
}

func named(names ...string) func(*node) bool {
	return func(n *node) bool { return slices.Contains(names, n.name) }
}

func nothing(*node) bool { return false }

// leadingText is the text before the first element in n: all that Open edX takes for the name of an option.
func (n *node) leadingText() string {
	if len(n.children) == 0 || n.children[0].name != "" {
		return ""
	}
	return n.children[0].text
}
