package modulestore

import "errors"

// read hands those objects to use that are what their names say, and counts each when it is read first. What is missing or damaged is a
// fault, once.
func (v *verifier) read(kind Kind, ids []ID, use func(ID, decoded)) error {
	batch := batchObjects
	if kind == KindChunk {
		batch = batchBytes / ChunkSize
	}
	for len(ids) > 0 {
		n := min(batch, len(ids))
		if err := v.batch(kind, ids[:n], use); err != nil {
			return err
		}
		if v.progress != nil {
			v.progress(v.done)
		}
		ids = ids[n:]
	}
	return nil
}

func (v *verifier) batch(kind Kind, ids []ID, use func(ID, decoded)) error {
	var sound []ID
	for _, id := range ids {
		if v.sizes[id] != faulty {
			sound = append(sound, id)
		}
	}
	if len(sound) == 0 {
		return nil
	}
	objects, err := v.store.backend.Get(v.ctx, kind, sound)
	if errors.Is(err, ErrCorrupt) {
		return v.narrow(kind, sound, err, use)
	}
	if err != nil {
		return err
	}
	for _, o := range objects {
		v.object(kind, o, use)
	}
	for _, id := range sound {
		if !v.known(id) {
			v.sizes[id] = faulty
			v.fault(kind, id, "it is missing")
		}
	}
	return nil
}

// narrow looks for the objects that the backend cannot read.
func (v *verifier) narrow(kind Kind, ids []ID, err error, use func(ID, decoded)) error {
	if len(ids) == 1 {
		v.sizes[ids[0]] = faulty
		v.count(kind, 0)
		v.fault(kind, ids[0], "%v", err)
		return nil
	}
	half := len(ids) / 2
	if err := v.batch(kind, ids[:half], use); err != nil {
		return err
	}
	return v.batch(kind, ids[half:], use)
}

func (v *verifier) object(kind Kind, o Object, use func(ID, decoded)) {
	if !v.known(o.ID) {
		v.count(kind, len(o.Data))
	}
	if hash(kind, o.Data) != o.ID {
		v.sizes[o.ID] = faulty
		v.fault(kind, o.ID, "its content does not match its name")
		return
	}
	c, err := decodeObject(kind, o.Data)
	if err != nil {
		v.sizes[o.ID] = faulty
		v.fault(kind, o.ID, "%v", err)
		return
	}
	v.sizes[o.ID] = int64(len(o.Data))
	use(o.ID, c)
}

// known reports whether the object was read before, or is missing.
func (v *verifier) known(id ID) bool {
	_, ok := v.sizes[id]
	return ok
}

func (v *verifier) count(kind Kind, bytes int) {
	c := v.report.Kinds[kind]
	v.report.Kinds[kind] = KindCount{Objects: c.Objects + 1, Bytes: c.Bytes + int64(bytes)}
	v.done++
}

// pageCache keeps pages in memory from when they are read until the trees that they belong to have been checked, and those of the last
// such trees: they have most pages of the next ones.
type pageCache[P any] struct {
	fresh map[ID]*P
	last  [2]map[ID]*P // by branch
}

func (c *pageCache[P]) add(id ID, p *P) {
	if c.fresh == nil {
		c.fresh = make(map[ID]*P)
	}
	c.fresh[id] = p
}

// take moves those of ids to pages that are in memory, and returns the others.
func (c *pageCache[P]) take(pages map[ID]*P, ids []ID) (unknown []ID) {
	for _, id := range ids {
		for _, known := range []map[ID]*P{c.fresh, c.last[0], c.last[1]} {
			if p := known[id]; p != nil {
				pages[id] = p
			}
		}
		if pages[id] == nil {
			unknown = append(unknown, id)
		}
	}
	return unknown
}

// keep remembers the pages of the tree in that slot; there are none for others than the branches.
func (c *pageCache[P]) keep(slot int, pages map[ID]*P) {
	if slot < len(c.last) {
		c.last[slot] = pages
	}
}

func (c *pageCache[P]) forget() { c.fresh = nil }
