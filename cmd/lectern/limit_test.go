package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/net/html"
	"golang.org/x/sync/errgroup"
)

// The limit program does what an import and an export cannot do without, on this machine and at this moment. Figures are stated
// as multiples of its time, because seconds tell more of the machine than of the program. It shares no code with the product and
// leaves out all that makes one: it checks no names and no limits, and what it writes cannot be asked for anything.

// limitFile is a file of an archive.
type limitFile struct {
	name string
	data []byte
}

// limitImport unpacks an archive, hashes every file, parses every OLX file, and writes all bytes into one new file in an
// empty folder, durably.
func limitImport(archive, dir string) error { return limitStore(archive, dir, func(limitFile) {}) }

// limitStore is limitImport that hands on the files that hold what people read.
func limitStore(archive, dir string, page func(limitFile)) error {
	out, err := os.Create(filepath.Join(dir, "limit"))
	if err != nil {
		return err
	}
	err = limitUnpack(archive, func(f limitFile) error {
		sha256.Sum256(f.data)
		if strings.HasSuffix(f.name, ".xml") {
			limitParse(f.data)
		}
		switch folder := filepath.Base(filepath.Dir(f.name)); {
		case folder == "problem", folder == "html", strings.HasSuffix(f.name, ".srt"), strings.HasSuffix(f.name, ".sjson"):
			page(f)
		}
		_, err := out.Write(f.data)
		return err
	})
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close(), limitSync(dir))
}

// limitSearchable is limitImport that indexes the visible text of every page, problem and transcript, too: in one batch, in another goroutine, while files are written.
func limitSearchable(archive, dir string) error {
	text := bleve.NewTextFieldMapping()
	text.Analyzer, text.Store, text.IncludeInAll, text.IncludeTermVectors, text.DocValues = en.AnalyzerName, false, false, false, false
	m := bleve.NewIndexMapping()
	m.DefaultMapping = bleve.NewDocumentStaticMapping()
	m.DefaultMapping.AddFieldMappingsAt("text", text)
	index, err := bleve.New(filepath.Join(dir, "index"), m)
	if err != nil {
		return err
	}
	pages := make(chan limitFile, 16)
	var both errgroup.Group
	both.Go(func() error {
		batch := index.NewBatch()
		for f := range pages {
			if err := batch.Index(f.name, map[string]string{"text": limitText(f.data)}); err != nil {
				return err
			}
		}
		return index.Batch(batch)
	})
	both.Go(func() error {
		defer close(pages)
		return limitStore(archive, dir, func(f limitFile) { pages <- f })
	})
	return errors.Join(both.Wait(), index.Close())
}

// limitText is what is between the tags, but for programs and styles.
func limitText(data []byte) string {
	var text strings.Builder
	hidden := false
	z := html.NewTokenizer(bytes.NewReader(data))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return text.String()
		case html.StartTagToken:
			name, _ := z.TagName()
			hidden = string(name) == "script" || string(name) == "style"
		case html.EndTagToken:
			hidden = false
		case html.TextToken:
			if !hidden {
				text.Write(z.Text())
				text.WriteByte('\n')
			}
		}
	}
}

// limitReimport unpacks an archive and hashes every file: less does not tell that nothing has changed.
func limitReimport(archive string) error {
	return limitUnpack(archive, func(f limitFile) error {
		sha256.Sum256(f.data)
		return nil
	})
}

// limitExport packs files, which are in memory already, and throws the archive away.
func limitExport(files []limitFile) error {
	zw := gzip.NewWriter(io.Discard)
	tw := tar.NewWriter(zw)
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.data)), Mode: 0o644, ModTime: time.Unix(0, 0)}
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		if _, err := tw.Write(f.data); err != nil {
			return err
		}
	}
	return errors.Join(tw.Close(), zw.Close())
}

// limitUnpack inflates in one goroutine while each works in another.
func limitUnpack(archive string, each func(limitFile) error) error {
	in, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer in.Close()
	files := make(chan limitFile, 16)
	both, ctx := errgroup.WithContext(context.Background())
	both.Go(func() error {
		defer close(files)
		return limitInflate(in, func(f limitFile) error {
			select {
			case files <- f:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	both.Go(func() error {
		for f := range files {
			if err := each(f); err != nil {
				return err
			}
		}
		return nil
	})
	return both.Wait()
}

func limitInflate(in io.Reader, each func(limitFile) error) error {
	zr, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	tr := tar.NewReader(zr)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, zr) // the checksum stands at the end
			return err
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		f := limitFile{name: h.Name, data: make([]byte, h.Size)}
		if _, err := io.ReadFull(tr, f.data); err != nil {
			return err
		}
		if err := each(f); err != nil {
			return err
		}
	}
}

// limitParse reads to the end or to the first fault: an assets folder may hold what is XML by name only.
func limitParse(data []byte) {
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := d.Token(); err != nil {
			return
		}
	}
}

// limitSync makes the names in a folder durable.
func limitSync(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
