package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"lectern/modulestore"
)

var blobCases = []storeCase{
	{name: "files come back in order, many in one call", test: func(s store) {
		n := size(2500)
		var objects []modulestore.Object
		var blobs []modulestore.Blob
		for i := range n {
			// Every file is there twice, and some have no bytes.
			data := []byte(fmt.Sprint(i % (n / 2)))[:min(i%5, len(fmt.Sprint(i%(n/2))))]
			objects = append(objects, chunk(data))
			blobs = append(blobs, modulestore.Blob{ID: objects[i].ID, Size: int64(len(data))})
		}
		if err := s.Put(s.ctx(), objects); err != nil {
			s.t.Fatal(err)
		}
		s.probe.reset()
		next := 0
		err := s.EachBlob(s.ctx(), blobs, func(i int, r io.Reader) error {
			if i != next {
				s.t.Errorf("file %d comes after %d", i, next-1)
			}
			next++
			return iotest.TestReader(r, objects[i].Data)
		})
		if err != nil || next != n || s.probe.calls > n/1000+1 {
			s.t.Errorf("%d of %d files came in %d calls, error %v", next, n, s.probe.calls, err)
		}
	}},
	{name: "reading large files takes little memory", test: func(s store) {
		const mb = 1 << 20
		large := 17 // more than two calls
		if testing.Short() {
			large = 9
		}
		var blobs []modulestore.Blob
		var data [][]byte
		for _, n := range []int{0, mb, large*mb + 3, mb - 1, mb + 1, mb, mb, mb, mb, mb, mb, mb, mb, mb, mb, 5} {
			data = append(data, noise2(n))
			blobs = append(blobs, s.putBlob(string(data[len(data)-1])))
		}
		s.probe.reset()
		err := s.EachBlob(s.ctx(), blobs, func(i int, r io.Reader) error {
			got, err := io.ReadAll(r)
			if !bytes.Equal(got, data[i]) {
				s.t.Errorf("file %d of %d bytes comes back as %d bytes", i, len(data[i]), len(got))
			}
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
		if s.probe.largest > 8*mb {
			s.t.Errorf("one call got %d bytes, want at most 8 MB", s.probe.largest)
		}
		if got, err := s.ReadBlob(s.ctx(), blobs[4]); err != nil || !bytes.Equal(got, data[4]) {
			s.t.Errorf("ReadBlob gives %d bytes, %v", len(got), err)
		}
	}},
	{name: "of a large file hardly more is fetched than is read", test: func(s store) {
		blob := s.putBlob(strings.Repeat("a", 20<<20))
		s.probe.reset()
		err := s.EachBlob(s.ctx(), []modulestore.Blob{blob}, func(_ int, r io.Reader) error {
			_, err := io.ReadFull(r, make([]byte, 100))
			return err
		})
		if err != nil || s.probe.calls > 3 {
			s.t.Errorf("the first bytes took %d calls, error %v; want the manifest, one batch and at most the next one ahead", s.probe.calls, err)
		}
	}},
	{name: "reading stops at the first failure", test: func(s store) {
		broken := errors.New("broken")
		blobs := []modulestore.Blob{s.putBlob("a"), s.putBlob("b")}
		n := 0
		err := s.EachBlob(s.ctx(), blobs, func(int, io.Reader) error {
			n++
			return broken
		})
		if !errors.Is(err, broken) || n != 1 {
			s.t.Errorf("after %d files the error is %v", n, err)
		}
		if err := s.EachBlob(s.ctx(), nil, nil); err != nil {
			s.t.Errorf("no files: %v", err)
		}
	}},
	{name: "damaged files are reported", test: func(s store) {
		small, large := s.putBlob("bytes"), s.putBlob(string(noise2(3<<20)))
		wrongSmall, wrongLarge := small, large
		wrongSmall.Size, wrongLarge.Size = 6, 3<<20+1
		for _, b := range []modulestore.Blob{wrongSmall, wrongLarge, {}, {Manifest: true}, {ID: large.ID, Size: 5}} {
			_, err := s.ReadBlob(s.ctx(), b)
			s.wantError(err, modulestore.ErrCorrupt)
		}
		for what, alter := range alterations {
			for _, kind := range []modulestore.Kind{modulestore.KindChunk, modulestore.KindManifest} {
				s.probe.onGet = only(kind, alter)
				_, err := s.ReadBlob(s.ctx(), large)
				s.wantError(err, modulestore.ErrCorrupt, kind.String(), what)
			}
		}
	}},
	{name: "reading can be cancelled in the middle of a file", test: func(s store) {
		blob := s.putBlob(strings.Repeat("a", 20<<20))
		ctx, cancel := context.WithCancel(s.ctx())
		err := s.EachBlob(ctx, []modulestore.Blob{blob}, func(_ int, r io.Reader) error {
			if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
				return err
			}
			cancel()
			_, err := io.Copy(io.Discard, r)
			return err
		})
		s.wantError(err, context.Canceled)
	}},
}

// noise2 is noise whose chunks differ.
func noise2(n int) []byte {
	data := noise(n)
	for i := 0; i < n; i += 1 << 16 {
		copy(data[i:], fmt.Sprint(n, i))
	}
	return data
}

// alterations are what can happen to stored objects, by what is said of it.
var alterations = map[string]func(o modulestore.Object) []modulestore.Object{
	"missing": func(modulestore.Object) []modulestore.Object { return nil },
	"its content does not match its name": func(o modulestore.Object) []modulestore.Object {
		o.Data = append(bytes.Clone(o.Data), 0)
		return []modulestore.Object{o}
	},
}

// only alters objects of one kind.
func only(kind modulestore.Kind, alter func(o modulestore.Object) []modulestore.Object) func(modulestore.Kind, []modulestore.Object) ([]modulestore.Object, error) {
	return func(k modulestore.Kind, objects []modulestore.Object) (altered []modulestore.Object, err error) {
		if k != kind {
			return objects, nil
		}
		for _, o := range objects {
			altered = append(altered, alter(o)...)
		}
		return altered, nil
	}
}
