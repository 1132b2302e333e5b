package olx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// policies writes the policy file: copied while it says what the blocks say, else with the changed blocks' entries replaced.
func (e *encoder) policies(l layout) error {
	root := l.tree.Blocks[l.tree.Root]
	var holders []*modulestore.Block
	l.tree.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if len(b.Policy) > 0 {
			holders = append(holders, b)
		}
		return true
	})
	file := "policies/" + sourceName(root) + "/policy.json"
	for at, files := range e.places {
		if at.facet == modulestore.PolicyFacet {
			file = files[0]
		}
	}
	f, recorded := e.entry(file)
	if !recorded && len(holders) == 0 {
		return nil
	}
	if !recorded {
		return e.writePolicy(file, nil, nil, holders)
	}
	same, err := e.samePolicies(f, l.tree, holders)
	if err != nil {
		return err
	}
	if same {
		return e.other(file, f)
	}
	data, err := e.v.Read(f.Blob)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	return e.writePolicy(file, data, f.Parts, holders)
}

func (e *encoder) samePolicies(f *modulestore.File, t *modulestore.Tree, holders []*modulestore.Block) (bool, error) {
	known := make(map[key.BlockID]bool)
	for _, p := range f.Parts {
		if p.Facet != modulestore.PolicyFacet {
			continue
		}
		b := t.Blocks[p.Block]
		if b == nil {
			continue // its entry stays, as entries of absent blocks do
		}
		if same, err := e.samePart(p, b); !same || err != nil {
			return false, err
		}
		known[p.Block] = true
	}
	for _, b := range holders {
		if !known[b.ID] {
			return false, nil
		}
	}
	return true, nil
}

// writePolicy writes the entries of all blocks that have some, and keeps the entries of the old file that belong to no block.
func (e *encoder) writePolicy(file string, old []byte, parts []modulestore.Part, holders []*modulestore.Block) error {
	entries := make(map[string]json.RawMessage)
	old = bytes.TrimPrefix(old, bomUTF8)
	if members, _, err := jsonObject(old, 0, len(old)); err == nil {
		for _, m := range members {
			entries[m.name] = old[m.start:m.end]
		}
	}
	for _, p := range parts {
		delete(entries, p.Block.String())
	}
	for _, b := range holders {
		body, err := e.body(b)
		if err != nil {
			return err
		}
		var long []modulestore.Attr
		if body != nil {
			long = body.Policy
		}
		settings := make(map[string]json.RawMessage, len(b.Policy))
		for _, a := range modulestore.JoinLong(b.Policy, long) {
			settings[a.Name] = json.RawMessage(a.Value)
		}
		object, err := json.Marshal(settings)
		if err != nil {
			return fmt.Errorf("policy of %s: %w", b.ID, err)
		}
		entries[b.ID.Type+"/"+sourceName(b)] = object
	}
	data, err := json.Marshal(entries)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	e.write(file, studioJSON(data))
	return nil
}

// studioJSON lays JSON out as Studio does: keys sorted, four blanks a level, ASCII only, numbers as they are spelled. What cannot be
// laid out without loss (broken, a key twice, half a surrogate pair) is returned as it is.
func studioJSON(data []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(data))
	p := &jsonPrinter{src: data, dec: dec}
	dec.UseNumber()
	if !p.value(0) || dec.More() {
		return data
	}
	return p.out.Bytes()
}

// jsonPrinter reads values from the token stream and prints them. It gives up by returning false.
type jsonPrinter struct {
	src []byte
	dec *json.Decoder
	out bytes.Buffer
}

func (p *jsonPrinter) value(depth int) bool {
	token, err := p.dec.Token()
	if err != nil {
		return false
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return p.object(depth)
		}
		return p.list(depth)
	case string:
		return p.text(t)
	case json.Number:
		p.out.WriteString(t.String())
	case bool:
		fmt.Fprintf(&p.out, "%t", t)
	case nil:
		p.out.WriteString("null")
	}
	return true
}

func (p *jsonPrinter) object(depth int) bool {
	values := make(map[string][]byte)
	outer := p.out
	for p.dec.More() {
		token, err := p.dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return false
		}
		if _, twice := values[name]; twice {
			return false
		}
		p.out = bytes.Buffer{}
		if !p.value(depth + 1) {
			return false
		}
		values[name] = p.out.Bytes()
	}
	p.out = outer
	if _, err := p.dec.Token(); err != nil {
		return false
	}
	if len(values) == 0 {
		p.out.WriteString("{}")
		return true
	}
	separator := byte('{')
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p.out.WriteByte(separator)
		p.line(depth + 1)
		if !p.text(name) {
			return false
		}
		p.out.WriteString(": ")
		p.out.Write(values[name])
		separator = ','
	}
	p.line(depth)
	p.out.WriteByte('}')
	return true
}

func (p *jsonPrinter) list(depth int) bool {
	separator := byte('[')
	for p.dec.More() {
		p.out.WriteByte(separator)
		p.line(depth + 1)
		if !p.value(depth + 1) {
			return false
		}
		separator = ','
	}
	if _, err := p.dec.Token(); err != nil {
		return false
	}
	if separator == '[' {
		p.out.WriteString("[]")
		return true
	}
	p.line(depth)
	p.out.WriteByte(']')
	return true
}

func (p *jsonPrinter) line(depth int) {
	p.out.WriteByte('\n')
	p.out.WriteString(strings.Repeat("    ", depth))
}

// text writes a string as Python's json does. Half a surrogate pair arrives as the replacement character, which cannot be told
// from a real one, so both make the printer give up.
func (p *jsonPrinter) text(s string) bool {
	p.out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			return false
		case r == '"' || r == '\\':
			p.out.WriteByte('\\')
			p.out.WriteRune(r)
		case r == '\n':
			p.out.WriteString(`\n`)
		case r == '\r':
			p.out.WriteString(`\r`)
		case r == '\t':
			p.out.WriteString(`\t`)
		case r == '\b':
			p.out.WriteString(`\b`)
		case r == '\f':
			p.out.WriteString(`\f`)
		case r < 0x20 || r > 0x7f && r < 0x10000:
			fmt.Fprintf(&p.out, `\u%04x`, r)
		case r >= 0x10000:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&p.out, `\u%04x\u%04x`, hi, lo)
		default:
			p.out.WriteRune(r)
		}
	}
	p.out.WriteByte('"')
	return true
}
