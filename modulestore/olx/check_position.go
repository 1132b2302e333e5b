package olx

import (
	"bytes"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// spot is a place that a problem is about, in terms of blocks. Only a problem needs its file, line and column, so they are
// looked up when there is one, by a finder.
type spot struct {
	item  *item
	facet modulestore.Facet
	// name is an attribute of the element, or an entry of the block's policy; empty for the element or the text itself.
	name string
	// inside says that offset counts from the start of the block's markup, of the entry's value or of the text.
	inside bool
	offset int
	// loose is the place among the block's loose markup, from 1.
	loose int
}

// element is the start of the block's own element.
func (it *item) element() spot { return spot{item: it, facet: modulestore.Element} }

// attribute is the place of an attribute of the element.
func (it *item) attribute(name string) spot {
	return spot{item: it, facet: modulestore.Element, name: name}
}

// markup is a place between the start and the end tag of the element.
func (it *item) markup(offset int) spot {
	return spot{item: it, facet: modulestore.Element, inside: true, offset: offset}
}

// text is a place in one of the whole-file texts of the block.
func (it *item) text(name string, offset int) spot {
	return spot{item: it, facet: modulestore.Facet(name), inside: true, offset: offset}
}

// policy is the place of an entry of the block's policy.
func (it *item) policy(name string) spot {
	return spot{item: it, facet: modulestore.PolicyFacet, name: name}
}

// looseMarkup is the place of the n-th piece of loose markup inside the element, from 1.
func (it *item) looseMarkup(n int) spot {
	return spot{item: it, facet: modulestore.Element, loose: n}
}

// at is a place further on in a text, in markup or in the value of a policy entry. Places in the value of an attribute are all the same, since
// it may be spelled with references.
func (s spot) at(offset int) spot {
	if s.facet == modulestore.Element && !s.inside {
		return s
	}
	s.inside, s.offset = true, s.offset+offset
	return s
}

// finder finds the places of spots. Files are read again and parsed when a problem first needs them, and kept.
type finder struct {
	view  View
	files map[place][]string
	parts map[string][]modulestore.Part
	known map[string]*sourceFile
}

func newFinder(course *Course, view View) *finder {
	f := &finder{view: view, files: make(map[place][]string), parts: course.Parts, known: make(map[string]*sourceFile)}
	for file, parts := range course.Parts {
		for _, p := range parts {
			at := place{p.Block, p.Facet}
			f.files[at] = append(f.files[at], file)
		}
	}
	return f
}

// find returns file, line and column of a spot; line 0 where the file is known but the place in it is not.
func (f *finder) find(s spot) (file string, line, column int) {
	file = f.file(s)
	if file == "" {
		return "", 0, 0
	}
	src := f.source(file)
	switch s.facet {
	case modulestore.Element:
		line, column = src.inElement(s)
	case modulestore.PolicyFacet:
		line, column = src.inPolicy(s)
	default:
		line, column = src.raw.at(s.offset)
	}
	return file, line, column
}

// file chooses the file that holds the facet: that of the draft for a draft.
func (f *finder) file(s spot) string {
	best := ""
	fits := func(file string) bool { return strings.HasPrefix(file, draftFolder) == s.item.draft }
	for _, file := range f.files[place{s.item.ID, s.facet}] {
		if best == "" || fits(file) && !fits(best) || fits(file) == fits(best) && file < best {
			best = file
		}
	}
	return best
}

// sourceFile is a file with what is needed to find places in it.
type sourceFile struct {
	raw *lines
	// xml and elements are those of a file that is sound XML.
	xml      *lines
	elements map[key.BlockID]*element
	// policies are the entries of a policy file, settings those of one entry, once they are needed; the last of two counts.
	policies map[string]jsonMember
	settings map[string]map[string]jsonMember
}

func (f *finder) source(file string) *sourceFile {
	if s, ok := f.known[file]; ok {
		return s
	}
	data, err := f.view.Read(file)
	if err != nil {
		data = nil
	}
	if strings.HasSuffix(file, ".json") {
		data = bytes.TrimPrefix(data, bomUTF8)
	}
	s := &sourceFile{raw: newLines(data)}
	f.known[file] = s
	switch {
	case strings.HasSuffix(file, ".xml"):
		s.parseElements(file, data, f.parts[file])
	case strings.HasSuffix(file, ".json"):
		s.policies = membersByName(data, 0, len(data))
		s.settings = make(map[string]map[string]jsonMember)
	}
	return s
}

func (s *sourceFile) parseElements(file string, data []byte, parts []modulestore.Part) {
	doc, fault := parseXML(file, data)
	if fault != nil {
		return
	}
	m := &sourceMap{doc: doc, elements: make(map[key.BlockID]*element), hashes: make(map[key.BlockID]modulestore.ID)}
	var defined []modulestore.Part
	for _, p := range parts {
		if p.Facet == modulestore.Element {
			defined = append(defined, p)
		}
	}
	m.match(doc.root, &defined)
	s.xml, s.elements = newLines(doc.src), m.elements
}

func membersByName(src []byte, start, end int) map[string]jsonMember {
	members, _, err := jsonObject(src, start, end)
	if err != nil {
		return nil
	}
	byName := make(map[string]jsonMember, len(members))
	for _, m := range members {
		byName[m.name] = m
	}
	return byName
}

func (s *sourceFile) inElement(at spot) (line, column int) {
	e := s.elements[at.item.ID]
	switch {
	case e == nil:
		return 0, 0
	case at.inside:
		return s.xml.at(e.open + at.offset)
	case at.loose > 0:
		return s.xml.at(looseOffset(s.xml.src, e, at.loose))
	case at.name == "":
		return s.xml.at(e.start)
	}
	return s.xml.at(attributeOffset(s.xml.src, e, at.name))
}

func (s *sourceFile) inPolicy(at spot) (line, column int) {
	name := at.item.ID.Type + "/" + sourceName(at.item.Block)
	entry, ok := s.policies[name]
	if !ok {
		return 0, 0
	}
	settings, ok := s.settings[name]
	if !ok {
		settings = membersByName(s.raw.src, entry.start, entry.end)
		s.settings[name] = settings
	}
	m, ok := settings[at.name]
	switch {
	case !ok:
		return s.raw.at(entry.at)
	case at.inside:
		return s.raw.at(m.start + at.offset)
	}
	return s.raw.at(m.at)
}

// looseOffset finds the n-th piece of loose markup inside a container; the container itself when it has fewer.
func looseOffset(src []byte, e *element, n int) int {
	for _, node := range e.nodes {
		switch {
		case node.kind == textNode && blank(src[node.start:node.end]):
		case node.kind == elementNode && !looseElement(e.name, node.el):
		case n == 1:
			return node.start
		default:
			n--
		}
	}
	return e.start
}

// attributeOffset finds an attribute in the start tag of an element that was parsed; the element itself when it has no such attribute.
func attributeOffset(src []byte, e *element, name string) int {
	for at := e.start + 1 + len(e.name); at < e.open; {
		for at < e.open && tagSpace(src[at]) {
			at++
		}
		rest := src[at:e.open]
		equals := bytes.IndexByte(rest, '=')
		if equals < 0 {
			break
		}
		if string(bytes.TrimRight(rest[:equals], " \t\r\n")) == name {
			return at
		}
		quote := bytes.IndexAny(rest[equals:], `"'`)
		if quote < 0 {
			break
		}
		value := rest[equals+quote+1:]
		at = e.open - len(value) + bytes.IndexByte(value, rest[equals+quote]) + 1
	}
	return e.start
}
