package olx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// policy is policy.json by block, and the grading policy beside it.
type policy struct {
	file    string // empty when there is none that can be used
	lines   *lines
	entries map[string]jsonMember  // "TYPE/URL_NAME" -> its object
	members []jsonMember           // the same in source order
	owners  map[string]key.BlockID // the block that an entry belongs to
	grading string                 // file of the grading policy
}

// jsonMember is one member of a JSON object, as extents of the source.
type jsonMember struct {
	name       string
	at         int // of the name
	start, end int // of the value
}

// errShape says that JSON is sound but not the object that was expected.
var errShape = errors.New("the value is not an object")

// jsonObject reads the members of the object that src[start:end] holds. The error carries the offset in src that is at fault.
func jsonObject(src []byte, start, end int) (members []jsonMember, at int, err error) {
	if at, err := jsonFault(src[start:end]); err != nil {
		return nil, start + at, err
	}
	dec := json.NewDecoder(bytes.NewReader(src[start:end]))
	offset := func() int { return start + int(dec.InputOffset()) }
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, end - len(bytes.TrimLeft(src[start:end], xmlBlanks)), errShape
	}
	for dec.More() {
		from := offset()
		name, err := dec.Token()
		text, ok := name.(string)
		if err != nil || !ok {
			return nil, offset(), errShape
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, offset(), jsonSentence(err)
		}
		m := jsonMember{name: text, at: from + max(bytes.IndexByte(src[from:end], '"'), 0), end: offset()}
		m.start = m.end - len(value)
		members = append(members, m)
	}
	return members, 0, nil
}

// jsonFault finds the place where data stops being JSON.
func jsonFault(data []byte) (at int, err error) {
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(data, new(json.RawMessage)); {
	case err == nil:
		return 0, nil
	case errors.As(err, &syntax):
		return max(int(syntax.Offset)-1, 0), jsonSentence(err)
	default:
		return 0, jsonSentence(err)
	}
}

func jsonSentence(err error) error { return fmt.Errorf("this is not JSON: %w", err) }

// readPolicies finds the policy files of the run.
func (d *decoder) readPolicies(run string) {
	d.policy.owners = make(map[string]key.BlockID)
	for _, file := range policyPaths(run) {
		if d.has[file] && d.readPolicy(file) {
			break
		}
	}
	for _, file := range []string{"policies/" + run + "/grading_policy.json", "grading_policy.json"} {
		if d.has[file] {
			d.policy.grading = file
			break
		}
	}
	d.otherPolicyFolders(run)
}

// readPolicy reads one policy file; false when it cannot be used.
func (d *decoder) readPolicy(file string) bool {
	src, err := d.view.Read(file)
	if err != nil {
		d.fileProblem(ruleTooLarge, file, "the file cannot be read: %v", err)
		return false
	}
	if len(bytes.TrimSpace(src)) == 0 {
		return false
	}
	src = bytes.TrimPrefix(src, bomUTF8)
	lines := newLines(src)
	members, at, err := jsonObject(src, 0, len(src))
	if err != nil {
		d.textProblem(key.BlockID{}, jsonRule(err), file, lines, at, err.Error())
		return false
	}
	d.policy.file, d.policy.lines, d.policy.members = file, lines, members
	d.policy.entries = make(map[string]jsonMember, len(members))
	for _, m := range members {
		if _, twice := d.policy.entries[m.name]; twice {
			d.textProblem(key.BlockID{}, rulePolicyDuplicate, file, lines, m.at, fmt.Sprintf("the key %q stands twice", m.name))
		}
		d.policy.entries[m.name] = m
	}
	return true
}

func jsonRule(err error) Rule {
	if errors.Is(err, errShape) {
		return rulePolicyShape
	}
	return rulePolicyMalformed
}

// otherPolicyFolders reports policies of other runs, which have no effect.
func (d *decoder) otherPolicyFolders(run string) {
	if d.out.Key.Library {
		return
	}
	for _, file := range d.view.Paths() {
		rest, ok := strings.CutPrefix(file, "policies/")
		folder, name, inFolder := strings.Cut(rest, "/")
		if ok && inFolder && (name == "policy.json" || name == "grading_policy.json") && folder != run {
			d.fileProblem(rulePolicyFolder, file, "the course's run is %s, so what is in policies/%s does not apply", run, folder)
		}
	}
}

// applyPolicy gives a block its entries of policy.json, and the root its grading policy.
func (b *branch) applyPolicy(def definition, block *modulestore.Block, body *modulestore.Body) {
	if def.id == b.rootID && b.policy.grading != "" && !b.out.Key.Library {
		if text, ok := b.readText(block.ID, b.policy.grading); ok {
			b.addText(b.policy.grading, "grading_policy", text, block, body)
		}
	}
	if !field.PureXBlock(def.id.Type) || def.id.Type == "discussion" {
		b.applyEntries(def.id.Type+"/"+def.name, block, body)
	}
}

// applyEntries gives a block its settings in policy.json. Of two blocks with one name the first has them.
func (b *branch) applyEntries(name string, block *modulestore.Block, body *modulestore.Body) {
	entry, ok := b.policy.entries[name]
	owner, taken := b.policy.owners[name]
	if !ok || taken && owner != block.ID {
		return
	}
	b.policy.owners[name] = block.ID
	src := b.policy.lines.src
	members, at, err := jsonObject(src, entry.start, entry.end)
	if err != nil {
		if !taken {
			b.textProblem(block.ID, rulePolicyShape, b.policy.file, b.policy.lines, at, fmt.Sprintf("the policy of %s is not an object", name))
		}
		return
	}
	var all []modulestore.Attr
	place := make(map[string]int, len(members))
	for _, m := range members {
		i, twice := place[m.name]
		if !twice {
			i = len(all)
			place[m.name] = i
			all = append(all, modulestore.Attr{Name: m.name})
		} else if !taken {
			b.textProblem(block.ID, rulePolicyDuplicate, b.policy.file, b.policy.lines, m.at, fmt.Sprintf("the setting %q of %s stands twice", m.name, name))
		}
		all[i].Value = string(src[m.start:m.end])
	}
	block.Policy, body.Policy = modulestore.SplitLong(all)
	if !taken && len(all) > 0 {
		part := b.addPart(b.policy.file, block.ID, modulestore.PolicyFacet)
		part.Hash, _ = modulestore.FacetHash(part.Facet, block, body)
	}
}

// unusedPolicies reports policies of blocks that are not there.
func (d *decoder) unusedPolicies() {
	for _, m := range d.policy.members {
		if _, used := d.policy.owners[m.name]; !used {
			d.textProblem(key.BlockID{}, rulePolicyBlock, d.policy.file, d.policy.lines, m.at, fmt.Sprintf("no block of the course takes the policy of %q", m.name))
		}
	}
}
