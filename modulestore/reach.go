package modulestore

import "fmt"

// reference names an object that a version or another object needs.
type reference struct {
	kind Kind
	id   ID
	size int64 // of a chunk; what refers to it knows that
	// alone says that the object is needed without what it refers to.
	alone bool
}

// decoded is a decoded object. What each kind refers to is said by its method in this file and nowhere else: whoever copies, verifies, prunes
// or purges follows these references with a walker.
type decoded interface {
	references() []reference
}

// references lists what the version of a log entry needs. Of a version that was pruned only the history is left: commit, state, and what
// the course kept beside its content, without the content that this names.
func (e Entry) references(pruned bool) []reference {
	list := []reference{{kind: KindCommit, id: e.Commit}, {kind: KindRefs, id: e.Roots.Refs, alone: pruned}}
	if pruned {
		return list
	}
	return append(list, e.Roots.references()...)
}

// references lists the roots of content. Refs is left to who knows whether it is to be followed.
func (r Roots) references() []reference {
	return []reference{{kind: KindPage, id: r.Draft}, {kind: KindPage, id: r.Published}, {kind: KindFiles, id: r.Files}}
}

func (c *commit) references() []reference {
	list := []reference{{kind: KindState, id: c.State}}
	for _, id := range c.Parents {
		list = append(list, reference{kind: KindCommit, id: id})
	}
	return list
}

// A state only names roots: whether their content is still needed is said by the log and by what a course keeps beside its content.
func (s *state) references() []reference { return nil }

// Tags and orders name versions by number. That those are kept is up to Retention.
func (r *Refs) references() (list []reference) {
	for i := range r.Branches {
		b := &r.Branches[i]
		list = append(list, reference{kind: KindCommit, id: b.Commit}, reference{kind: KindCommit, id: b.Base})
		list = append(list, b.Roots.references()...)
		list = append(list, b.BaseRoots.references()...)
	}
	return list
}

func (p *page) references() (list []reference) {
	for i := range p.Links {
		list = append(list, reference{kind: KindPage, id: p.Links[i].Page})
	}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		list = append(list, reference{kind: KindBody, id: b.Body})
		if b.Origin != nil { // Declined is a name to compare with: nobody reads what it names
			list = append(list, reference{kind: KindPage, id: b.Origin.Base})
		}
	}
	return list
}

func (b *Body) references() []reference { return nil }

func (p *filesPage) references() (list []reference) {
	for _, l := range p.Links {
		list = append(list, reference{kind: KindFiles, id: l.Page})
	}
	for i := range p.Entries {
		list = append(list, p.Entries[i].Blob.reference())
	}
	return list
}

func (b Blob) reference() reference {
	if b.Manifest {
		return reference{kind: KindManifest, id: b.ID}
	}
	return reference{kind: KindChunk, id: b.ID, size: b.Size}
}

func (m *manifest) references() []reference {
	list := make([]reference, len(m.Chunks))
	for i, id := range m.Chunks {
		list[i] = reference{kind: KindChunk, id: id, size: m.chunkSize(i)}
	}
	return list
}

// chunk is the content of an object that holds bytes of a file.
type chunk []byte

func (c chunk) references() []reference { return nil }

// decodeObject reads an object of any kind.
func decodeObject(kind Kind, data []byte) (decoded, error) {
	switch kind {
	case KindBody:
		return DecodeBody(data)
	case KindPage:
		return decodePage(data)
	case KindFiles:
		return decodeFilesPage(data)
	case KindState:
		return decodeState(data)
	case KindCommit:
		return decodeCommit(data)
	case KindManifest:
		return decodeManifest(data)
	case KindRefs:
		return decodeRefs(data)
	case KindChunk:
		if len(data) > ChunkSize {
			return nil, fmt.Errorf("it has %d bytes; the limit is %d", len(data), ChunkSize)
		}
		return chunk(data), nil
	}
	return nil, fmt.Errorf("%w: no such kind", ErrCorrupt)
}

// refers reports whether objects of a kind can refer to others.
func (k Kind) refers() bool { return k != KindBody && k != KindChunk && k != KindState }

// walkOrder has those kinds first that lead to others, so that each kind is loaded in few large batches.
var walkOrder = []Kind{KindCommit, KindState, KindRefs, KindPage, KindFiles, KindManifest, KindBody, KindChunk}

// walker visits every object that can be reached from given ones, each once.
type walker struct {
	// load hands objects to found as far as it can read them. Those that lead to no others it may leave out.
	load func(kind Kind, ids []ID, found func(ID, decoded)) error
	// buried are the objects that were purged. They count as visited, but are not loaded.
	buried map[ID]Tombstone
	// seen are the objects that were visited; true for those whose references were followed, too.
	seen map[ID]bool
	// fresh are the objects that are still to be visited.
	fresh map[Kind][]ID
}

func newWalker(load func(kind Kind, ids []ID, found func(ID, decoded)) error) *walker {
	return &walker{load: load, seen: make(map[ID]bool), fresh: make(map[Kind][]ID)}
}

// walk visits what can be reached from refs and was not visited before.
func (w *walker) walk(refs []reference) error {
	w.add(refs)
	for {
		kind, ids := w.take()
		if len(ids) == 0 {
			return nil
		}
		err := w.load(kind, ids, func(id ID, c decoded) {
			if w.seen[id] {
				w.add(c.references())
			}
		})
		if err != nil {
			return err
		}
	}
}

// add notes which of refs are to be visited.
func (w *walker) add(refs []reference) {
	for _, r := range refs {
		followed, ok := w.seen[r.id]
		if r.id.IsZero() || ok && (followed || r.alone) {
			continue
		}
		w.seen[r.id] = !r.alone
		if _, gone := w.buried[r.id]; !gone {
			w.fresh[r.kind] = append(w.fresh[r.kind], r.id)
		}
	}
}

// take gives the next objects to visit, all of one kind.
func (w *walker) take() (Kind, []ID) {
	for _, kind := range walkOrder {
		if ids := w.fresh[kind]; len(ids) > 0 {
			delete(w.fresh, kind)
			return kind, unique(ids)
		}
	}
	return 0, nil
}
