package modulestore

import (
	"errors"
	"fmt"
)

// read hands those objects to use that are what their names say, and counts each when it is read first. What is missing or
// damaged, or refused by use, is a fault, once.
func (v *verifier) read(kind Kind, ids []ID, use func(id ID, data []byte) error) error {
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

func (v *verifier) batch(kind Kind, ids []ID, use func(id ID, data []byte) error) error {
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
func (v *verifier) narrow(kind Kind, ids []ID, err error, use func(id ID, data []byte) error) error {
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

func (v *verifier) object(kind Kind, o Object, use func(id ID, data []byte) error) {
	if !v.known(o.ID) {
		v.count(kind, len(o.Data))
	}
	if hash(kind, o.Data) != o.ID {
		v.sizes[o.ID] = faulty
		v.fault(kind, o.ID, "its content does not match its name")
		return
	}
	v.sizes[o.ID] = int64(len(o.Data))
	if err := use(o.ID, o.Data); err != nil {
		v.sizes[o.ID] = faulty
		v.fault(kind, o.ID, "%v", err)
	}
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

// decodes returns a function that refuses objects which are not of the kind.
func decodes(kind Kind) func(ID, []byte) error {
	return func(_ ID, data []byte) (err error) {
		switch kind {
		case KindBody:
			_, err = DecodeBody(data)
		case KindPage:
			_, err = decodePage(data)
		case KindFiles:
			_, err = decodeFilesPage(data)
		case KindState:
			_, err = decodeState(data)
		case KindCommit:
			_, err = decodeCommit(data)
		case KindManifest:
			_, err = decodeManifest(data)
		case KindRefs:
			_, err = decodeRefs(data)
		case KindChunk:
			if len(data) > ChunkSize {
				err = fmt.Errorf("it has %d bytes; the limit is %d", len(data), ChunkSize)
			}
		default:
			err = fmt.Errorf("%w: no such kind", ErrCorrupt)
		}
		return err
	}
}
