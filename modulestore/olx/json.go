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

// policies writes the policy file of some trees: copied while it says what the blocks say, else with the entries of the changed blocks
// replaced. A block that is in several of them is taken from the first.
func (e *encoder) policies(trees ...*modulestore.Tree) error {
	blocks := make(map[key.BlockID]*modulestore.Block)
	var holders []*modulestore.Block
	names := make(map[string]bool)
	for _, t := range trees {
		t.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
			if blocks[b.ID] == nil {
				blocks[b.ID] = b
				if name := policyName(b); len(b.Policy) > 0 && !names[name] {
					names[name] = true
					holders = append(holders, b)
				}
			}
			return true
		})
	}
	root := trees[0].Blocks[trees[0].Root]
	file, f, err := e.policyFile(sourceName(root))
	switch {
	case err != nil:
		return err
	case f == nil && len(holders) == 0:
		return nil
	case f == nil:
		return e.writePolicy(file, nil, holders)
	}
	same, err := e.samePolicies(f, blocks, holders)
	if err != nil {
		return err
	}
	if same && e.v.formerRun == "" {
		return e.other(file, f)
	}
	data, err := e.v.Read(f.Blob)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	old := make(map[string]json.RawMessage)
	data = bytes.TrimPrefix(data, bomUTF8)
	members, _, err := jsonObject(data, 0, len(data))
	if err == nil {
		for _, m := range members {
			old[m.name] = data[m.start:m.end]
		}
	}
	former := root.ID.Type + "/" + e.v.formerRun
	if _, taken := old[policyName(root)]; same && !taken && !e.o.Canonical {
		e.write(file, renameMember(data, members, former, policyName(root)))
		return nil
	}
	for _, b := range blocks {
		delete(old, policyName(b))
	}
	if e.v.formerRun != "" {
		delete(old, former)
	}
	return e.writePolicy(file, old, holders)
}

// renameMember gives a member of an object another name. Neither name needs escapes.
func renameMember(data []byte, members []jsonMember, from, to string) []byte {
	for _, m := range members {
		if literal := []byte(`"` + from + `"`); m.name == from && bytes.HasPrefix(data[m.at:], literal) {
			return slices.Concat(data[:m.at], []byte(`"`+to+`"`), data[m.at+len(literal):])
		}
	}
	return data
}

// policyName is the name of a block's entry in the policy file.
func policyName(b *modulestore.Block) string { return b.ID.Type + "/" + sourceName(b) }

// policyFile finds the policy file: the one that blocks were read from, else the one of the run. A broken one is left alone, and the
// place that is read next taken.
func (e *encoder) policyFile(run string) (file string, f *modulestore.File, err error) {
	for at, files := range e.places {
		if at.facet == modulestore.PolicyFacet {
			f, _ := e.entry(files[0].path)
			return files[0].path, f, nil
		}
	}
	for _, file = range policyPaths(run) {
		f, ok := e.entry(file)
		if !ok {
			return file, nil, nil
		}
		data, err := e.v.Read(f.Blob)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		data = bytes.TrimPrefix(data, bomUTF8)
		if _, _, err := jsonObject(data, 0, len(data)); err == nil {
			return file, f, nil
		}
	}
	return file, nil, nil
}

// samePolicies reports whether the file says what the blocks say. What it says of absent blocks stays.
func (e *encoder) samePolicies(f *modulestore.File, blocks map[key.BlockID]*modulestore.Block, holders []*modulestore.Block) (bool, error) {
	known := make(map[key.BlockID]bool)
	for _, p := range f.Parts {
		b := blocks[p.Block]
		if p.Facet != modulestore.PolicyFacet || b == nil {
			continue
		}
		body, err := e.body(b)
		if err != nil {
			return false, err
		}
		if hash, ok := modulestore.FacetHash(p.Facet, b, body); !ok || hash != p.Hash {
			return false, nil
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

// writePolicy writes the entries of all blocks that have some, beside other entries.
func (e *encoder) writePolicy(file string, entries map[string]json.RawMessage, holders []*modulestore.Block) error {
	if entries == nil {
		entries = make(map[string]json.RawMessage)
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
		entries[policyName(b)] = object
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
	dec.UseNumber()
	p := &jsonPrinter{dec: dec}
	if !json.Valid(data) || !p.value(0) {
		return data
	}
	return p.out.Bytes()
}

// jsonPrinter reads values from the token stream and prints them. It gives up by returning false.
type jsonPrinter struct {
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
		case r < 0x20 || r > 0x7e && r < 0x10000:
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
