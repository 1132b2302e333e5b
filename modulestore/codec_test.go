package modulestore

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore/key"
)

var update = flag.Bool("update", false, "write the golden files anew; a change of one is a new format")

// again decodes an object and encodes what it got.
func again(kind Kind, data []byte) (Object, error) {
	switch kind {
	case KindBody:
		b, err := DecodeBody(data)
		if err != nil {
			return Object{}, err
		}
		return b.Object(), nil
	case KindPage:
		p, err := decodePage(data)
		if err != nil {
			return Object{}, err
		}
		return p.object(), nil
	case KindFiles:
		p, err := decodeFilesPage(data)
		if err != nil {
			return Object{}, err
		}
		return p.object(), nil
	case KindState:
		s, err := decodeState(data)
		if err != nil {
			return Object{}, err
		}
		return s.object(), nil
	case KindCommit:
		c, err := decodeCommit(data)
		if err != nil {
			return Object{}, err
		}
		return c.object(), nil
	case KindManifest:
		m, err := decodeManifest(data)
		if err != nil {
			return Object{}, err
		}
		return m.object(), nil
	}
	return newObject(kind, data), nil
}

// vectors are objects of every kind with every field. Their names must never change.
func vectors() []struct {
	name   string
	object Object
} {
	id := func(n byte) ID { return hash(KindBody, []byte{n}) }
	week, quiz := key.BlockID{Type: "chapter", Name: "week1"}, key.BlockID{Type: "problem", Name: "quiz"}
	attrs := []Attr{{Name: "display_name", Value: "Grüße <1>"}, {Name: "empty"}, {Name: "markdown", Long: true}, {Name: "latin-1", Value: "gr\xfc\xdfe"}}
	quizRecord := record{Block: Block{
		ID: quiz, SourceName: "quiz 1", Unnamed: true, Inline: true, Attrs: attrs, Policy: []Attr{{Name: "weight", Value: "1.0"}},
		Broken: "olx.syntax", Body: id(1),
	}}
	return []struct {
		name   string
		object Object
	}{
		{"a body with nothing", (&Body{}).Object()},
		{"a body with everything", (&Body{
			Markup: "\r\n<p>1 &lt; 2</p>\n", Texts: []Attr{{Name: "data", Value: "<p/>"}, {Name: "empty"}},
			Attrs: attrs[:1], Policy: []Attr{{Name: "tabs", Value: `[{"type": "wiki"}]`}}, Raw: []byte{0, 255},
		}).Object()},
		{"the first page of a tree", (&page{
			Blocks: []record{
				{Block: Block{ID: key.BlockID{Type: "course", Name: "2026"}}, run: run{Refs: []int{-1, 1}}},
				{
					Block: Block{ID: week, Loose: []Loose{{Before: BeforeRoot, Source: "<!-- a -->"}, {Source: "text"}, {Before: 2, Source: "<?pi?>"}}},
					run: run{Refs: []int{2, -2, -3}, Spellings: []spelling{
						{Attrs: []Attr{{Name: "slug", Value: "quiz"}}}, {At: 1, Attrs: []Attr{{Name: "url_name", Value: "a b"}}}}},
				},
				quizRecord,
				{Block: Block{ID: key.BlockID{Type: "about", Name: "overview"}}},
			},
			Links: []link{
				{ID: key.BlockID{Type: "chapter", Name: "week0"}, Page: id(2), Blocks: 17},
				{ID: key.BlockID{Type: "html", Name: "elsewhere"}},
				{ID: key.BlockID{Type: "html", Name: "nowhere"}},
			},
			Detached: []int{3},
			Pointer:  []Attr{{Name: "url_name", Value: "2026"}, {Name: "org", Value: "Org"}},
		}).object()},
		{"a segment", (&page{
			Blocks: []record{quizRecord},
			Run:    &run{Refs: []int{0, -1}, Spellings: []spelling{{At: 1, Attrs: attrs[1:2]}}},
			Links:  []link{{ID: week}},
		}).object()},
		{"a segment of segments", (&page{
			Run:   &run{Refs: []int{-1, -2}},
			Links: []link{{Page: id(3), Blocks: 20}, {Page: id(4), Blocks: 9}},
		}).object()},
		{"a page of files", (&filesPage{Root: "course", Entries: []File{
			{Path: "a.xml", Blob: Blob{ID: id(5), Size: 12}, Parts: []Part{
				{Block: week, Facet: Element, Hash: id(6)}, {Block: quiz, Facet: PolicyFacet, Hash: id(7)}}},
			{Path: "b\xff.mp4", Blob: Blob{ID: id(8), Size: 5 << 20, Manifest: true}},
			{Path: "empty", Blob: Blob{ID: newObject(KindChunk, nil).ID}},
		}}).object()},
		{"a page of pages of files", (&filesPage{Links: []filesLink{{Page: id(9), Entries: 30}, {Page: id(10), Entries: 8}}}).object()},
		{"a state", (&state{Roots{Draft: id(11), Published: id(12), Files: id(13)}}).object()},
		{"the state of a deleted course", (&state{}).object()},
		{"a commit", (&commit{
			Parents: []ID{id(14)}, State: id(15), Author: "ann", Time: time.UnixMilli(1767225600123), Operation: "edit",
			Message: "Fix the quiz", Nonce: []byte{1, 2, 3, 4, 5, 6, 7, 8},
		}).object()},
		{"a manifest", (&manifest{Size: ChunkSize + 1, SHA256: id(16), Chunks: []ID{id(17), id(18)}}).object()},
		{"a chunk", newObject(KindChunk, []byte("bytes"))},
	}
}

func TestTheFormatNeverChanges(t *testing.T) {
	var got strings.Builder
	for _, v := range vectors() {
		fmt.Fprintf(&got, "%s\nid %s\n", v.name, v.object.ID)
		if v.object.Kind == KindChunk {
			fmt.Fprintf(&got, "%q\n", v.object.Data)
		} else {
			text, rest := readable(v.object.Data, "")
			if len(rest) > 0 {
				t.Errorf("%s: %d bytes after the document", v.name, len(rest))
			}
			fmt.Fprintf(&got, "%s\n%s\n", text, hex.EncodeToString(v.object.Data))
		}
		got.WriteByte('\n')
	}
	golden := filepath.Join("testdata", "objects.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("objects are encoded differently (-golden +now):\n%s", diff)
	}
}

// readable writes a BSON document as text. It is written from the BSON specification alone, without the decoder.
func readable(b []byte, indent string) (text string, rest []byte) {
	n := binary.LittleEndian.Uint32(b)
	doc, rest := b[4:n-1], b[n:]
	var s strings.Builder
	s.WriteString("{")
	for len(doc) > 0 {
		typ := doc[0]
		name, value, _ := bytes.Cut(doc[1:], []byte{0})
		fmt.Fprintf(&s, "\n%s  %s: ", indent, name)
		switch typ {
		case 0x02:
			n := binary.LittleEndian.Uint32(value)
			fmt.Fprintf(&s, "%q", value[4:4+n-1])
			doc = value[4+n:]
		case 0x03, 0x04:
			var inner string
			inner, doc = readable(value, indent+"  ")
			s.WriteString(inner)
		case 0x05:
			n := binary.LittleEndian.Uint32(value)
			fmt.Fprintf(&s, "binary %d %x", value[4], value[5:5+n])
			doc = value[5+n:]
		case 0x08:
			fmt.Fprintf(&s, "%v", value[0] == 1)
			doc = value[1:]
		case 0x09:
			fmt.Fprintf(&s, "%s", time.UnixMilli(int64(binary.LittleEndian.Uint64(value))).UTC().Format(time.RFC3339Nano))
			doc = value[8:]
		case 0x12:
			s.WriteString(strconv.FormatInt(int64(binary.LittleEndian.Uint64(value)), 10))
			doc = value[8:]
		default:
			return fmt.Sprintf("type %#x of %s is not canonical", typ, name), nil
		}
	}
	s.WriteString("}")
	return s.String(), rest
}

func TestObjectsDecodeToWhatTheyWere(t *testing.T) {
	for _, v := range vectors() {
		o, err := again(v.object.Kind, v.object.Data)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		if !bytes.Equal(o.Data, v.object.Data) {
			t.Errorf("%s: decoded and encoded again it is %x, not %x", v.name, o.Data, v.object.Data)
		}
	}
}

func TestBodiesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := someBody.Draw(t, "body")
		got, err := DecodeBody(b.Object().Data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, got); diff != "" {
			t.Fatalf("the body read back is another one (-written +read):\n%s", diff)
		}
	})
}

func TestFilesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := someFiles.Draw(t, "files")
		root, objects, err := pageFiles(f)
		if err != nil {
			t.Fatal(err)
		}
		if root.IsZero() {
			return
		}
		pages := make(map[ID]*filesPage)
		for _, o := range objects {
			if pages[o.ID], err = decodeFilesPage(o.Data); err != nil {
				t.Fatal(err)
			}
		}
		got, err := joinFiles(root, pages)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, got); diff != "" {
			t.Fatalf("the record read back is another one (-written +read):\n%s", diff)
		}
	})
}

func TestLongRecordsOfFilesAreCut(t *testing.T) {
	f := &Files{}
	for i := range 10000 {
		f.Entries = append(f.Entries, File{Path: fmt.Sprintf("static/%05d.png", i), Blob: Blob{ID: hash(KindChunk, []byte{byte(i)}), Size: int64(i)}})
	}
	_, before, err := pageFiles(f)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[ID]bool)
	for _, o := range before {
		known[o.ID] = true
	}
	f.Entries[5000].Blob.Size = 1
	_, after, err := pageFiles(f)
	if err != nil {
		t.Fatal(err)
	}
	fresh := 0
	for _, o := range after {
		if !known[o.ID] {
			fresh++
		}
	}
	if len(after) < 200 || fresh != 3 {
		t.Errorf("a change of one of 10,000 files makes %d of %d pages anew, want 3 of some hundred", fresh, len(after))
	}
}

func TestRecordsOfFilesThatAreRefused(t *testing.T) {
	blob := Blob{ID: ID{1}}
	for name, entries := range map[string][]File{
		"a file without a path":         {{Blob: blob}},
		"files out of order":            {{Path: "b", Blob: blob}, {Path: "a", Blob: blob}},
		"a path twice":                  {{Path: "a", Blob: blob}, {Path: "a", Blob: blob}},
		"a file without content":        {{Path: "a"}},
		"a part without a facet":        {{Path: "a", Blob: blob, Parts: []Part{{}}}},
		"a file of less than no bytes":  {{Path: "a", Blob: Blob{ID: ID{1}, Size: -1}}},
		"a page above the largest size": {{Path: strings.Repeat("a", maxObject), Blob: blob}},
	} {
		if _, _, err := pageFiles(&Files{Entries: entries}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got error %v, want one that is ErrInvalid", name, err)
		}
	}
}

// document writes BSON by hand: fields are type, name and value.
func document(fields ...string) []byte {
	body := strings.Join(fields, "")
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(body)+5))
	return append(append(b, body...), 0)
}

func bsonField(typ byte, name, value string) string { return string(typ) + name + "\x00" + value }

func text(name, value string) string {
	return bsonField(typeString, name, string(binary.LittleEndian.AppendUint32(nil, uint32(len(value)+1)))+value+"\x00")
}

func integer(name string, n int64) string {
	return bsonField(typeInt, name, string(binary.LittleEndian.AppendUint64(nil, uint64(n))))
}

func bin(name, value string) string {
	return bsonField(typeBinary, name, string(binary.LittleEndian.AppendUint32(nil, uint32(len(value))))+"\x00"+value)
}

// array is a list of documents.
func array(name string, documents ...string) string {
	for i := range documents {
		documents[i] = bsonField(typeDocument, strconv.Itoa(i), documents[i])
	}
	return bsonField(typeArray, name, string(document(documents...)))
}

func TestDecodersRefuseWhatIsNotCanonical(t *testing.T) {
	v := integer("v", 1)
	attr := string(document(text("n", "a")))
	list := func(elements ...string) string { return bsonField(typeArray, "x", string(document(elements...))) }
	block := func(fields ...string) string {
		return string(document(append([]string{text("t", "a"), text("i", "b")}, fields...)...))
	}
	pageOf := func(fields ...string) []byte { return document(append([]string{v}, fields...)...) }
	blocks := func(list ...string) string { return array("b", list...) }
	refs := func(refs ...int64) string {
		var list []string
		for i, r := range refs {
			list = append(list, integer(strconv.Itoa(i), r))
		}
		return bsonField(typeArray, "c", string(document(list...)))
	}
	for _, c := range []struct {
		name string
		kind Kind
		data []byte
		want string
	}{
		{"nothing", KindBody, nil, "exceeds its document"},
		{"a document that ends early", KindBody, document(v)[:8], "does not fit"},
		{"a document that says it is longer", KindBody, []byte{9, 0, 0, 0, 0}, "does not fit"},
		{"a document that says it is negative", KindBody, []byte{255, 255, 255, 255, 0}, "does not fit"},
		{"a document without its last zero", KindBody, append(document(v)[:15], 1), "does not fit"},
		{"bytes after the document", KindBody, append(document(v), 0), "1 bytes follow the document"},
		{"no format", KindBody, document(), "format 0 is not known"},
		{"a later format", KindBody, document(integer("v", 2)), "format 2 is not known"},
		{"an unknown field", KindBody, document(v, text("q", "a")), `field "q" is not known`},
		{"fields out of order", KindBody, document(v, bin("r", "a"), text("m", "a")), `field "m" is not known or not in its place`},
		{"a field twice", KindBody, document(v, text("m", "a"), text("m", "a")), `field "m" is not known or not in its place`},
		{"a field of another type", KindBody, document(v, integer("m", 1)), `field "m" is not known or not in its place`},
		{"a field whose name does not end", KindBody, document(v, "\x02m"), "not known or not in its place"},
		{"a text without a length", KindBody, document(v, bsonField(typeString, "m", "")), "exceeds its document"},
		{"a text longer than its document", KindBody, document(v, bsonField(typeString, "m", "\x40\x00\x00\x00a\x00")), "exceeds its document"},
		{"a text of negative length", KindBody, document(v, bsonField(typeString, "m", "\xff\xff\xff\xffa\x00")), "exceeds its document"},
		{"a text without its last zero", KindBody, document(v, bsonField(typeString, "m", "\x02\x00\x00\x00ab")), `field "m" is no text`},
		{"an empty text", KindBody, document(v, text("m", "")), `field "m" is no text`},
		{"a text that is not UTF-8", KindBody, document(v, text("m", "\xff")), `field "m" is no text`},
		{"a text written as binary", KindBody, document(v, bin("m", "a")), `field "m" is text written as binary`},
		{"an empty binary", KindBody, document(v, bin("r", "")), `field "r" is empty`},
		{"a binary of another subtype", KindBody, document(v, bsonField(typeBinary, "r", "\x01\x00\x00\x00\x02a")), "subtype 2"},
		{"an empty list", KindBody, document(v, list()), `field "x" is empty`},
		{"a list that begins at 1", KindBody, document(v, list(bsonField(typeDocument, "1", attr))), `element 0 of "x" is not in its place`},
		{"a list with a gap", KindBody, document(v, list(bsonField(typeDocument, "0", attr), bsonField(typeDocument, "2", attr))), `element 1 of "x"`},
		{"a list of other things", KindBody, document(v, list(text("0", "a"))), `element 0 of "x" is not in its place`},
		{"an unknown field in a list", KindBody, document(v, list(bsonField(typeDocument, "0", string(document(text("q", "a")))))), `field "q" is not known`},
		{"a flag that is false", KindBody, document(v, list(bsonField(typeDocument, "0", string(document(bsonField(typeBool, "l", "\x00")))))), `field "l" is false`},
		{"a number that is zero", KindManifest, document(v, integer("size", 0)), `field "size" is zero`},
		{"a hash of 31 bytes", KindState, document(v, bin("draft", strings.Repeat("a", 31))), "a hash of 31 bytes"},
		{"a hash of 33 bytes", KindState, document(v, bin("draft", strings.Repeat("a", 33))), "a hash of 33 bytes"},
		{"a hash of zeros", KindState, document(v, bin("draft", strings.Repeat("\x00", 32))), "a hash of 32 bytes"},
		{"a manifest of one chunk", KindManifest, (&manifest{Size: 5, Chunks: []ID{{1}}}).object().Data, "1 chunks cannot hold 5 bytes"},
		{"a manifest with too few chunks", KindManifest, (&manifest{Size: 3 * ChunkSize, Chunks: []ID{{1}, {2}}}).object().Data, "2 chunks cannot hold"},
		{"a page without blocks", KindPage, pageOf(), "reference 0 is not the next block"},
		{"a block that nobody lists", KindPage, pageOf(blocks(block(), block())), "1 blocks and 0 links are not in the tree"},
		{"a block that lists itself", KindPage, pageOf(blocks(block(refs(0)))), "reference 0 is not the next block"},
		{"a block that is listed twice", KindPage, pageOf(blocks(block(refs(1, 1)), block())), "reference 1 is not the next block"},
		{"blocks out of order", KindPage, pageOf(blocks(block(refs(2, 1)), block(), block())), "reference 2 is not the next block"},
		{"a reference to a link that is not there", KindPage, pageOf(blocks(block(refs(-1)))), "reference -1 is not the next block"},
		{"a segment without children", KindPage, pageOf(bsonField(typeDocument, "r", string(document()))), "a segment must be a run of children"},
		{"a link to nothing", KindPage, (&page{Blocks: []record{{run: run{Refs: []int{-1}}}}, Links: []link{{}}}).object().Data, "link 0 leads nowhere"},
		{"a link to less than no blocks", KindPage,
			(&page{Blocks: []record{{run: run{Refs: []int{-1}}}}, Links: []link{{Page: ID{1}, Blocks: -1}}}).object().Data, "link 0 leads nowhere"},
		{"a spelling of a child that is not there", KindPage,
			(&page{Blocks: []record{{run: run{Spellings: []spelling{{Attrs: []Attr{{}}}}}}}}).object().Data, "spelling of child 0 is out of place"},
		{"a spelling of a segment", KindPage, (&page{
			Blocks: []record{{run: run{Refs: []int{-1}, Spellings: []spelling{{Attrs: []Attr{{}}}}}}}, Links: []link{{Page: ID{1}, Blocks: 1}},
		}).object().Data, "spelling of child 0 is out of place"},
		{"files and links in one page", KindFiles, (&filesPage{Entries: []File{{}}, Links: []filesLink{{Page: ID{1}, Entries: 1}}}).object().Data, "both entries and links"},
		{"a link to no files", KindFiles, (&filesPage{Links: []filesLink{{Page: ID{1}}}}).object().Data, "a link leads nowhere"},
		{"the usual facet written out", KindFiles,
			document(v, array("e", string(document(array("p", string(document(text("f", "element")))))))), `the facet "element" is written out`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := again(c.kind, c.data)
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one that is ErrCorrupt and says %q", err, c.want)
			}
		})
	}
}

func FuzzDecodeBody(f *testing.F)     { fuzz(f, KindBody) }
func FuzzDecodePage(f *testing.F)     { fuzz(f, KindPage) }
func FuzzDecodeFiles(f *testing.F)    { fuzz(f, KindFiles) }
func FuzzDecodeState(f *testing.F)    { fuzz(f, KindState) }
func FuzzDecodeCommit(f *testing.F)   { fuzz(f, KindCommit) }
func FuzzDecodeManifest(f *testing.F) { fuzz(f, KindManifest) }

// fuzz checks that a decoder takes exactly what the encoder makes.
func fuzz(f *testing.F, kind Kind) {
	for _, v := range vectors() {
		if v.object.Kind == kind {
			f.Add(v.object.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := again(kind, data)
		if err == nil && !bytes.Equal(o.Data, data) {
			t.Errorf("%x was taken but is written as %x", data, o.Data)
		}
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("error %v is not ErrCorrupt", err)
		}
	})
}
