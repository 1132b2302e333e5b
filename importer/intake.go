package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/olx"
)

const (
	// pendingBytes is how much of an archive waits in memory for the archive's end before it is handed to the store.
	pendingBytes = 48 << 20
	// textBytes is how much text (XML, HTML, JSON) a course may have in all; it is held in memory while it is checked.
	textBytes = 128 << 20
)

// file is one file of the archive: its blob, and its bytes if the codec may want them.
type file struct {
	blob modulestore.Blob
	data []byte
	text bool
}

// intake holds what was read of an archive.
type intake struct {
	store *modulestore.Store
	keep  bool // nothing may be written: chunks are hashed and forgotten
	files map[string]*file
	root  string // folder of the root file with its slash, empty at the top

	pending     []modulestore.Object
	pendingSize int
	textSize    int
}

// read takes in the whole archive.
func (in *intake) read(ctx context.Context, source Source, o Options) (Summary, error) {
	limits := o.Limits
	limits.Progress = func(files int, read, size int64) {
		o.Progress(Progress{Stage: Unpack, Done: read, Total: size, Unit: "bytes"})
	}
	each := func(name string, size int64, r io.Reader) error { return in.file(ctx, name, &sized{r, size}) }
	if source.FS != nil {
		return ReadFS(ctx, source.FS, limits, each)
	}
	return ReadArchive(ctx, source.Path, limits, each)
}

// sized is a reader of about that many bytes.
type sized struct {
	io.Reader
	left int64
}

func (s *sized) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.left = max(0, s.left-int64(n))
	return n, err
}

func (s *sized) Len() int { return int(s.left) }

// file takes in one file.
func (in *intake) file(ctx context.Context, name string, r io.Reader) error {
	f := &file{text: mayBeText(name)}
	blob, err := modulestore.SplitBlob(r, func(o modulestore.Object) error {
		if f.text && o.Kind == modulestore.KindChunk && len(f.data) <= olx.MaxXMLBytes {
			f.data = append(f.data, o.Data...)
		}
		if len(f.data) > olx.MaxXMLBytes && strings.EqualFold(path.Ext(name), ".xml") {
			return olx.TooLarge(name)
		}
		if in.keep {
			return nil
		}
		in.pending = append(in.pending, o)
		if in.pendingSize += len(o.Data); in.pendingSize < pendingBytes {
			return nil
		}
		return in.flush(ctx)
	})
	if err != nil {
		return err
	}
	f.blob = blob
	if in.textSize += len(f.data); in.textSize > textBytes {
		return &ArchiveError{
			Rule: ruleTextBytes, Entry: name,
			Message: fmt.Sprintf("the XML, HTML and JSON files of the archive have more than %d MiB", textBytes>>20),
			Fix:     "move embedded data to files under static/",
		}
	}
	in.files[name] = f
	return nil
}

// flush hands the pending chunks to the store.
func (in *intake) flush(ctx context.Context) error {
	if len(in.pending) == 0 {
		return nil
	}
	if err := in.store.Put(ctx, in.pending); err != nil {
		return fmt.Errorf("storing the files of the archive: %w", err)
	}
	in.pending, in.pendingSize = nil, 0
	return nil
}

// mayBeText reports whether the codec may want to read a file. Files below static/ are assets whatever their name.
func mayBeText(name string) bool {
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		switch part {
		case "static":
			return false
		case "about", "info", "tabs", "custom_tags":
			return true
		}
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".xml", ".html", ".htm", ".json", ".csv":
		return true
	}
	return false
}

func (in *intake) paths() []string { return sortedKeys(in.files) }

// trim takes away the folders that all files have in common, as far as the root: they are the wrapper of the archive.
func (in *intake) trim(root string) {
	wrapper := root
	for p := range in.files {
		for wrapper != "" && !strings.HasPrefix(p, wrapper+"/") {
			wrapper = strings.TrimSuffix(path.Dir(wrapper), ".")
		}
	}
	if wrapper != "" {
		trimmed := make(map[string]*file, len(in.files))
		for p, f := range in.files {
			trimmed[strings.TrimPrefix(p, wrapper+"/")] = f
		}
		in.files = trimmed
		root = strings.TrimPrefix(strings.TrimPrefix(root, wrapper), "/")
	}
	in.root = root
	if root != "" {
		in.root += "/"
	}
}

// view shows the codec the course folder.
func (in *intake) view() olx.View {
	v := &view{in: in}
	for _, p := range in.paths() {
		if rel, ok := strings.CutPrefix(p, in.root); ok {
			v.paths = append(v.paths, rel)
		}
	}
	return v
}

type view struct {
	in    *intake
	paths []string
}

func (v *view) Paths() []string { return v.paths }

// Size is how large a file is; the checks note large assets.
func (v *view) Size(rel string) int64 {
	if f := v.in.files[v.in.root+rel]; f != nil {
		return f.blob.Size
	}
	return 0
}

func (v *view) Read(rel string) ([]byte, error) {
	f := v.in.files[v.in.root+rel]
	switch {
	case f == nil:
		return nil, fmt.Errorf("%s is not in the archive", rel)
	case !f.text:
		return nil, errors.New("the file is an asset")
	case f.blob.Size > olx.MaxXMLBytes:
		return nil, fmt.Errorf("the file has %d bytes; at most %d can be read", f.blob.Size, olx.MaxXMLBytes)
	}
	return f.data, nil
}
