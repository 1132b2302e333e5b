package grading

import (
	"bytes"
	"encoding/json"
	"errors"
)

// node is a JSON value that knows where it stands.
type node struct {
	path    string // GRADER[2].weight
	at      int    // offset of its first byte
	value   any    // string, json.Number, bool or nil; for lists and objects their opening json.Delim
	source  string // of a value that is neither list nor object
	members []member
}

// member is one member of an object, or one element of a list.
type member struct {
	name string // empty in a list
	at   int    // of the name, or of the element
	node node
}

func (n *node) is(open json.Delim) bool { return n.value == open }

// parseJSON reads a text; at is the offset of the fault when it is no JSON.
func parseJSON(text []byte) (root node, at int, err error) {
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(text, new(json.RawMessage)); {
	case errors.As(err, &syntax):
		return node{}, max(int(syntax.Offset)-1, 0), err
	case err != nil:
		return node{}, 0, err
	}
	r := reader{text: text, tokens: json.NewDecoder(bytes.NewReader(text))}
	r.tokens.UseNumber()
	root, err = r.value("")
	return root, int(r.tokens.InputOffset()), err
}

// reader walks over the tokens of a text that is known to be JSON.
type reader struct {
	text   []byte
	tokens *json.Decoder
}

// next takes a token; at is where it begins.
func (r *reader) next() (token json.Token, at int, err error) {
	from := int(r.tokens.InputOffset())
	token, err = r.tokens.Token()
	return token, from + len(r.text[from:]) - len(bytes.TrimLeft(r.text[from:], " \t\r\n,:")), err
}

func (r *reader) value(path string) (node, error) {
	token, at, err := r.next()
	if err != nil {
		return node{}, err
	}
	n := node{path: path, at: at, value: token}
	open, nested := token.(json.Delim)
	if !nested {
		n.source = string(r.text[at:r.tokens.InputOffset()])
		return n, nil
	}
	for r.tokens.More() {
		m, err := r.member(&n, open == '{')
		if err != nil {
			return node{}, err
		}
		n.members = append(n.members, m)
	}
	_, err = r.tokens.Token()
	return n, err
}

func (r *reader) member(of *node, named bool) (m member, err error) {
	path := of.path + indexText(len(of.members))
	if named {
		var token json.Token
		if token, m.at, err = r.next(); err != nil {
			return m, err
		}
		m.name, _ = token.(string)
		path = joinPath(of.path, m.name)
	}
	m.node, err = r.value(path)
	if !named {
		m.at = m.node.at
	}
	return m, err
}
