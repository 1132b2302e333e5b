package modulestore

import (
	"regexp"
	"slices"
	"strings"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// localised is a block of the source as its copy with that key has it. Its body is nil where it is that of the source. What had to be left
// out or could not be mapped goes into the changes, if there are any.
func (c *copying) localised(b *Block, copied key.BlockID, changes *CopyChanges) (State, error) {
	s := State{Block: b}
	if changes == nil {
		changes = &CopyChanges{}
	}
	if c.needsBody(b) {
		if err := c.source.load(c.ctx, &s); err != nil {
			return State{}, err
		}
	}
	l := localising{copying: c, copied: copied, changes: changes}
	return l.state(s), nil
}

// needsBody reports whether attributes stand in the body that a copy may have otherwise.
func (c *copying) needsBody(b *Block) bool {
	return slices.ContainsFunc(slices.Concat(b.Attrs, b.Policy), func(a Attr) bool {
		return a.Long && (leftOut(b.ID.Type, a.Name) || refersToBlocks(b.ID.Type, a.Name))
	})
}

// localising makes one block of the source what its copy has to be.
type localising struct {
	*copying
	copied  key.BlockID
	changes *CopyChanges
}

func (l *localising) state(s State) State {
	b, body := *s.Block, Body{}
	if s.Body != nil {
		body = *s.Body
	}
	b.ID, b.SourceName, b.Unnamed, b.Origin = l.copied, "", false, nil
	b.Children, b.Loose = nil, nil
	l.children(&b, s.Block)
	if l.markdown(s.Block) {
		l.changes.Markdown++
	}
	if s.Body == nil { // what is long stays as it is
		b.Attrs, b.Policy = l.attrs(s.Block.Attrs), l.attrs(s.Block.Policy)
		return State{Block: &b}
	}
	b.Attrs, body.Attrs = SplitLong(l.attrs(JoinLong(s.Block.Attrs, s.Body.Attrs)))
	b.Policy, body.Policy = SplitLong(l.attrs(JoinLong(s.Block.Policy, s.Body.Policy)))
	return stateOf(b, &body)
}

// children gives the copy the copies of the children.
func (l *localising) children(b, source *Block) {
	for _, child := range source.Children {
		b.Children = append(b.Children, Child{ID: l.copyOf(child.ID, l.copied)})
	}
	for _, loose := range source.Loose {
		if strings.HasPrefix(loose.Source, "<show") {
			loose.Source = l.references(loose.Source)
		}
		b.Loose = append(b.Loose, loose)
	}
}

func (l *localising) markdown(b *Block) bool {
	return slices.ContainsFunc(slices.Concat(b.Attrs, b.Policy), func(a Attr) bool { return a.Name == "markdown" && leftOut(b.ID.Type, a.Name) })
}

// attrs gives the attributes of the copy: without what does not go with it, and with its own name where the source had its own.
func (l *localising) attrs(list []Attr) (own []Attr) {
	for _, a := range list {
		switch {
		case leftOut(l.copied.Type, a.Name):
			continue
		case a.Long:
		case a.Name == "url_name", a.Name == "filename" && !fields.PureXBlock(l.copied.Type):
			a.Value = l.copied.Name
		case refersToBlocks(l.copied.Type, a.Name):
			a.Value = l.references(a.Value)
		}
		own = append(own, a)
	}
	return own
}

// leftOut reports whether an attribute does not go with a copy: the other name of a block, where a draft belongs, and the source of the simple
// editor, which Open edX leaves out because it may be older than the problem.
func leftOut(blockType, name string) bool {
	switch name {
	case "markdown":
		return blockType == "problem"
	case "slug":
		return !fields.PureXBlock(blockType)
	}
	return draftPlace(name)
}

// refersToBlocks reports whether an attribute holds keys of blocks.
func refersToBlocks(blockType, name string) bool {
	if name == "required_prereq" || name == "sources" && blockType == "conditional" {
		return true
	}
	def, ok := fields.Lookup(blockType, name)
	return ok && (def.Kind == fields.Reference || def.Kind == fields.References || def.Kind == fields.ReferenceMap)
}

var usageKeys = regexp.MustCompile(`\b(?:lib-)?block-v1:[\p{L}\p{N}_.~:@+-]+|\bi4x://[\p{L}\p{N}_.%-]+/[\p{L}\p{N}_.%-]+/[\p{L}\p{N}_.~:-]+/[\p{L}\p{N}_.~:%-]+`)

// references makes the keys of blocks that were copied those of their copies. Like Open edX, which reads every reference as one within the
// course, it does not look at the course that a key names: in a rerun that is another one.
func (l *localising) references(text string) string {
	return usageKeys.ReplaceAllStringFunc(text, func(name string) string {
		usage, _, err := key.ParseBlockAt(name)
		copied, ok := l.ids[usage.ID]
		if err != nil || !ok {
			if !slices.Contains(l.changes.References, name) {
				l.changes.References = append(l.changes.References, name)
			}
			return name
		}
		return l.edit.course.Block(copied).String()
	})
}
