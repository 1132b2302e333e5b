package modulestore

import (
	"context"
	"fmt"
)

var kindNames = map[Kind]string{
	KindBody:     "body",
	KindPage:     "page",
	KindFiles:    "files page",
	KindState:    "state",
	KindCommit:   "commit",
	KindManifest: "manifest",
	KindChunk:    "chunk",
	KindRefs:     "refs",
}

// String names the kind for people.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("object of kind %q", byte(k))
}

// get reads objects in one call of the backend. All of them must be there, and be what their names say.
func (s *Store) get(ctx context.Context, kind Kind, ids []ID) (map[ID][]byte, error) {
	ids = unique(ids)
	found, err := s.find(ctx, kind, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, ok := found[id]; !ok {
			return nil, s.missing(ctx, kind, id)
		}
	}
	return found, nil
}

// load reads objects in one call of the backend and hands what they hold to found.
func (s *Store) load(ctx context.Context, kind Kind, ids []ID, found func(ID, decoded)) error {
	objects, err := s.get(ctx, kind, ids)
	if err != nil {
		return err
	}
	for id, data := range objects {
		c, err := decodeObject(kind, data)
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind, id.Short(), err)
		}
		found(id, c)
	}
	return nil
}

// find reads those of the objects that are there, in one call of the backend. They must be what their names say.
func (s *Store) find(ctx context.Context, kind Kind, ids []ID) (map[ID][]byte, error) {
	objects, err := s.backend.Get(ctx, kind, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[ID][]byte, len(objects))
	for _, o := range objects {
		if hash(kind, o.Data) != o.ID {
			return nil, fmt.Errorf("%s %s: %w: its content does not match its name", kind, o.ID.Short(), ErrCorrupt)
		}
		found[o.ID] = o.Data
	}
	return found, nil
}

// missing is the error for an object that should be there: it was taken down, or else it is lost.
func (s *Store) missing(ctx context.Context, kind Kind, id ID) error {
	buried, err := s.backend.Tombstones(ctx)
	if err != nil {
		return fmt.Errorf("%s %s is missing; ask whether it was taken down: %w", kind, id.Short(), err)
	}
	for _, t := range buried {
		if t.ID == id {
			return &PurgedError{t}
		}
	}
	return fmt.Errorf("%s %s: %w: it is missing", kind, id.Short(), ErrCorrupt)
}

func unique(ids []ID) []ID {
	seen := make(map[ID]bool, len(ids))
	list := make([]ID, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	return list
}
