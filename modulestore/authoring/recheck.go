package authoring

import (
	"errors"
	"fmt"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// newErrors are the errors that a block has after a change and had not before, and settings that have lost their meaning. root is the root
// of the course.
func newErrors(course key.Course, root, before, after *opened) ([]olx.Problem, error) {
	now, err := errorsOf(course, root, after)
	if err != nil || len(now) == 0 {
		return nil, err
	}
	then, err := errorsOf(course, root, before)
	if err != nil {
		return nil, err
	}
	count := make(map[string]int)
	for _, p := range then {
		count[p.Rule]--
	}
	for _, p := range now {
		count[p.Rule]++
	}
	var added []olx.Problem
	for _, p := range now {
		if count[p.Rule] > 0 {
			added = append(added, p)
		}
	}
	return added, nil
}

// errorsOf reads a block as it would be exported, and checks it on its own: what it refers to is not there, before the change as after it.
func errorsOf(course key.Course, root, o *opened) ([]olx.Problem, error) {
	block, body := o.close()
	top, topBody := root.close()
	if block.ID == top.ID {
		top, topBody = block, body
	}
	bodies := make(map[modulestore.ID]*modulestore.Body)
	name := func(b *modulestore.Block, body *modulestore.Body) {
		b.Body = body.Object().ID
		bodies[b.Body] = body
	}
	name(&block, body)
	name(&top, topBody)
	alone := &modulestore.Tree{Root: top.ID, Blocks: map[key.BlockID]*modulestore.Block{top.ID: &top, block.ID: &block}}
	if block.ID != top.ID {
		alone.Detached = []key.BlockID{block.ID} // checks go where a walk goes
	}
	data, err := olx.EncodeBlock(alone, block.ID, func(id modulestore.ID) (*modulestore.Body, error) { return bodies[id], nil })
	if err != nil {
		return nil, err
	}
	fragment, err := olx.DecodeBlock(alone, block.ID, body, fmt.Sprintf("%s.xml", block.ID), data)
	if fatal, ok := errors.AsType[*olx.FatalError](err); ok {
		return []olx.Problem{fatal.Problem}, nil
	}
	if err != nil {
		return nil, err
	}
	fragment.Check(course, alone, topBody, nil)
	var list []olx.Problem
	for _, p := range fragment.Problems {
		if p.Severity == olx.Error || p.Severity == olx.Warning && strings.HasPrefix(p.Rule, "field.") {
			list = append(list, p)
		}
	}
	return list, nil
}
