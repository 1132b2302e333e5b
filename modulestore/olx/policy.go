package olx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
)

// policy is policy.json by block, and the grading policy beside it.
type policy struct {
	file    string // empty when there is none that can be used
	src     []byte
	entries map[string]jsonMember // "TYPE/URL_NAME" -> its object
	used    map[string]bool
	grading string // file of the grading policy
}

// jsonMember is one member of a JSON object, as extents of the source.
type jsonMember struct {
	name       string
	at         int // of the name
	start, end int // of the value
}

// errShape says that JSON is sound but not the object that was expected.
var errShape = errors.New("the value is not an object")

// jsonObject reads the members of the object that src[start:end] holds. The error carries the offset in src at which reading stopped.
func jsonObject(src []byte, start, end int) (members []jsonMember, at int, err error) {
	dec := json.NewDecoder(bytes.NewReader(src[start:end]))
	offset := func() int { return start + int(dec.InputOffset()) }
	open, err := dec.Token()
	if err != nil {
		return nil, offset(), jsonSentence(err)
	}
	if open != json.Delim('{') {
		return nil, start, errShape
	}
	for dec.More() {
		from := offset()
		name, err := dec.Token()
		if err != nil {
			return nil, offset(), jsonSentence(err)
		}
		m := jsonMember{name: name.(string), at: from + max(bytes.IndexByte(src[from:end], '"'), 0)}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, offset(), jsonSentence(err)
		}
		m.end = offset()
		m.start = m.end - len(value)
		members = append(members, m)
	}
	if _, err := dec.Token(); err != nil {
		return nil, offset(), jsonSentence(err)
	}
	if rest := bytes.TrimLeft(src[offset():end], " \t\r\n"); len(rest) > 0 {
		return nil, end - len(rest), errors.New("there is more text after the JSON object")
	}
	return members, 0, nil
}

func jsonSentence(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends in the middle of a JSON value")
	}
	return fmt.Errorf("this is not JSON: %w", err)
}

// readPolicies finds the policy files of the run.
func (d *decoder) readPolicies(run string) {
	d.policy.used = make(map[string]bool)
	for _, file := range []string{"policies/" + run + "/policy.json", "policies/" + run + ".json"} {
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
	members, at, err := jsonObject(src, 0, len(src))
	if err != nil {
		rule := rulePolicyMalformed
		if errors.Is(err, errShape) {
			rule = rulePolicyShape
		}
		d.jsonProblem(rule, file, src, at, err.Error())
		return false
	}
	d.policy.file, d.policy.src = file, src
	d.policy.entries = make(map[string]jsonMember, len(members))
	for _, m := range members {
		if _, twice := d.policy.entries[m.name]; twice {
			d.jsonProblem(rulePolicyDuplicate, file, src, m.at, fmt.Sprintf("the key %q stands twice", m.name))
		}
		d.policy.entries[m.name] = m
	}
	return true
}

func (d *decoder) jsonProblem(rule Rule, file string, src []byte, at int, message string) {
	line, column := position(src, at)
	d.problem(Problem{Severity: rule.Severity, Rule: rule.ID, File: file, Line: line, Column: column, Message: message, Fix: rule.Fix})
}

// otherPolicyFolders reports policies of other runs, which have no effect.
func (d *decoder) otherPolicyFolders(run string) {
	if d.policy.file != "" || d.out.Key.Library {
		return
	}
	for _, file := range d.view.Paths() {
		rest, ok := strings.CutPrefix(file, "policies/")
		folder, name, inFolder := strings.Cut(rest, "/")
		if ok && inFolder && name == "policy.json" && folder != run {
			d.fileProblem(rulePolicyFolder, file, "the course's run is %s, so the policy of %s does not apply", run, folder)
		}
	}
}

// applyPolicy gives a block its entries of policy.json, and the root its grading policy.
func (b *branch) applyPolicy(def definition, block *modulestore.Block, body *modulestore.Body) {
	if def.id == b.rootID && b.policy.grading != "" && !b.out.Key.Library {
		if text, ok := b.readText(b.policy.grading); ok {
			b.addText(b.policy.grading, "grading_policy", text, block, body)
		}
	}
	name := def.id.Type + "/" + def.name
	m, ok := b.policy.entries[name]
	if !ok || field.PureXBlock(def.id.Type) && def.id.Type != "discussion" {
		return
	}
	first := !b.policy.used[name]
	b.policy.used[name] = true
	members, at, err := jsonObject(b.policy.src, m.start, m.end)
	if err != nil {
		if first {
			b.jsonProblem(rulePolicyShape, b.policy.file, b.policy.src, at, fmt.Sprintf("the policy of %s is not an object", name))
		}
		return
	}
	all := make([]modulestore.Attr, 0, len(members))
	place := make(map[string]int, len(members))
	for _, s := range members {
		value := modulestore.Attr{Name: s.name, Value: string(b.policy.src[s.start:s.end])}
		if i, twice := place[s.name]; twice {
			if first {
				b.jsonProblem(rulePolicyDuplicate, b.policy.file, b.policy.src, s.at, fmt.Sprintf("the setting %q of %s stands twice", s.name, name))
			}
			all[i] = value
			continue
		}
		place[s.name] = len(all)
		all = append(all, value)
	}
	block.Policy, body.Policy = modulestore.SplitLong(all)
	if first {
		hash, _ := modulestore.FacetHash(modulestore.PolicyFacet, block, body)
		b.addPart(b.policy.file, def.id, modulestore.PolicyFacet, hash)
	}
}

// unusedPolicies reports policies of blocks that are not there.
func (d *decoder) unusedPolicies() {
	for _, name := range slices.Sorted(maps.Keys(d.policy.entries)) {
		if !d.policy.used[name] {
			m := d.policy.entries[name]
			d.jsonProblem(rulePolicyBlock, d.policy.file, d.policy.src, m.at, fmt.Sprintf("no block of the course takes the policy of %q", name))
		}
	}
}
