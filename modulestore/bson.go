package modulestore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Canonical BSON. Every object but a chunk is a BSON document, so that a document database can keep it readable. One content
// has exactly one encoding, since its hash is its name:
//
//   - fields stand in the order in which the encoder is called; there are no other fields;
//   - what is empty (zero, false, no text, no elements) is absent;
//   - the only types are document, array of documents, of int64 or of binaries, string, binary (subtype 0), int64,
//     boolean true, and UTC datetime in milliseconds;
//   - a string is valid UTF-8; a text that is not is written as binary instead, so nothing an archive may hold is refused.
//
// The decoder is called in the same order as the encoder and refuses everything else. How deep a document can be is
// fixed by the code that reads it.

// format is the value of "v", the first field of every document.
const format = 1

const (
	typeString   = 0x02
	typeDocument = 0x03
	typeArray    = 0x04
	typeBinary   = 0x05
	typeBool     = 0x08
	typeTime     = 0x09
	typeInt      = 0x12
)

// encoder writes one document. It cannot fail.
type encoder struct{ buf []byte }

// newEncoder starts a document of the current format.
func newEncoder() *encoder {
	e := &encoder{buf: make([]byte, 4, 512)}
	e.int("v", format)
	return e
}

// object ends the document and names it.
func (e *encoder) object(kind Kind) Object {
	e.end(0)
	return newObject(kind, e.buf)
}

// newObject names data.
func newObject(kind Kind, data []byte) Object {
	return Object{ID: hash(kind, data), Kind: kind, Data: data}
}

func hash(kind Kind, data []byte) (id ID) {
	h := sha256.New()
	h.Write([]byte{byte(kind)})
	h.Write(data)
	h.Sum(id[:0])
	return id
}

func (e *encoder) name(typ byte, name string) {
	e.buf = append(e.buf, typ)
	e.buf = append(e.buf, name...)
	e.buf = append(e.buf, 0)
}

func (e *encoder) index(typ byte, i int) {
	e.buf = append(e.buf, typ)
	e.buf = strconv.AppendInt(e.buf, int64(i), 10)
	e.buf = append(e.buf, 0)
}

func (e *encoder) length(n int) { e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(n)) }

// begin leaves room for the length of a document; end fills it in.
func (e *encoder) begin() (at int) {
	at = len(e.buf)
	e.length(0)
	return at
}

func (e *encoder) end(at int) {
	e.buf = append(e.buf, 0)
	binary.LittleEndian.PutUint32(e.buf[at:], uint32(len(e.buf)-at))
}

func (e *encoder) text(name, s string) {
	switch {
	case s == "":
	case utf8.ValidString(s):
		e.name(typeString, name)
		e.length(len(s) + 1)
		e.buf = append(e.buf, s...)
		e.buf = append(e.buf, 0)
	default:
		e.name(typeBinary, name)
		e.binary([]byte(s))
	}
}

func (e *encoder) binary(b []byte) {
	e.length(len(b))
	e.buf = append(e.buf, 0)
	e.buf = append(e.buf, b...)
}

func (e *encoder) bytes(name string, b []byte) {
	if len(b) > 0 {
		e.name(typeBinary, name)
		e.binary(b)
	}
}

func (e *encoder) id(name string, id ID) {
	if !id.IsZero() {
		e.bytes(name, id[:])
	}
}

func (e *encoder) int64(n int64) { e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(n)) }

func (e *encoder) int(name string, n int64) {
	if n != 0 {
		e.name(typeInt, name)
		e.int64(n)
	}
}

func (e *encoder) time(name string, t time.Time) {
	if ms := t.UnixMilli(); ms != 0 {
		e.name(typeTime, name)
		e.int64(ms)
	}
}

func (e *encoder) flag(name string, set bool) {
	if set {
		e.name(typeBool, name)
		e.buf = append(e.buf, 1)
	}
}

// document writes a nested document, which may be empty.
func (e *encoder) document(name string, fields func()) {
	e.name(typeDocument, name)
	at := e.begin()
	fields()
	e.end(at)
}

// documents writes an array of n documents.
func (e *encoder) documents(name string, n int, fields func(i int)) {
	e.array(name, n, typeDocument, func(i int) {
		at := e.begin()
		fields(i)
		e.end(at)
	})
}

func (e *encoder) ints(name string, list []int) {
	e.array(name, len(list), typeInt, func(i int) { e.int64(int64(list[i])) })
}

func (e *encoder) ids(name string, list []ID) {
	e.array(name, len(list), typeBinary, func(i int) { e.binary(list[i][:]) })
}

func (e *encoder) array(name string, n int, typ byte, element func(i int)) {
	if n == 0 {
		return
	}
	e.name(typeArray, name)
	at := e.begin()
	for i := range n {
		e.index(typ, i)
		element(i)
	}
	e.end(at)
}

// decoder reads one document. The first thing that is not canonical ends it: err is set, and every later call returns
// nothing. It never reads outside of its input and never holds more than a small multiple of it.
type decoder struct {
	in  []byte
	pos int
	end int // of the fields of the document that is being read
	err error
}

// newDecoder starts to read a document, which must fill data and be of the current format.
func newDecoder(data []byte) *decoder {
	d := &decoder{in: data, end: len(data)}
	if d.begin(); d.err == nil && d.end != len(data)-1 {
		d.fail("%d bytes follow the document", len(data)-1-d.end)
	}
	if v := d.int("v"); d.err == nil && v != format {
		d.fail("format %d is not known to this version of the program", v)
	}
	return d
}

// done ends the document and returns the first error.
func (d *decoder) done() error {
	d.leave(len(d.in))
	return d.err
}

func (d *decoder) fail(message string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: at byte %d: %s", ErrCorrupt, d.pos, fmt.Sprintf(message, args...))
	}
}

// take returns the next n bytes, nil if the document ends before.
func (d *decoder) take(n int) []byte {
	if d.err != nil {
		return nil
	}
	if n < 0 || n > d.end-d.pos {
		d.fail("a value of %d bytes exceeds its document", n)
		return nil
	}
	b := d.in[d.pos : d.pos+n]
	d.pos += n
	return b
}

func (d *decoder) length() int {
	b := d.take(4)
	if b == nil {
		return -1
	}
	return int(int32(binary.LittleEndian.Uint32(b)))
}

// begin enters a document and returns where the outer one ends.
func (d *decoder) begin() (outer int) {
	outer = d.end
	start := d.pos
	n := d.length()
	if d.err != nil {
		return outer
	}
	if n < 5 || n > outer-start || d.in[start+n-1] != 0 {
		d.fail("a document of %d bytes does not fit", n)
		return outer
	}
	d.end = start + n - 1
	return outer
}

// leave ends the document that begin entered.
func (d *decoder) leave(outer int) {
	if d.err == nil && d.pos != d.end {
		d.fail("field %q is not known or not in its place", d.peek())
	}
	d.pos, d.end = d.end+1, outer
}

// peek returns the name of the next field for a message.
func (d *decoder) peek() string {
	rest := d.in[d.pos+1 : d.end]
	for i, c := range rest {
		if c == 0 {
			return string(rest[:i])
		}
	}
	return string(rest)
}

// next reports whether the next field has this type and name, and if so moves to its value.
func (d *decoder) next(typ byte, name string) bool {
	n := len(name) + 2
	if d.err != nil || d.end-d.pos < n {
		return false
	}
	field := d.in[d.pos : d.pos+n]
	if field[0] != typ || string(field[1:n-1]) != name || field[n-1] != 0 {
		return false
	}
	d.pos += n
	return true
}

func (d *decoder) text(name string) string {
	if d.next(typeString, name) {
		b := d.take(d.length())
		if d.err == nil && (len(b) < 2 || b[len(b)-1] != 0 || !utf8.Valid(b[:len(b)-1])) {
			d.fail("field %q is no text", name)
		}
		if d.err != nil {
			return ""
		}
		return string(b[:len(b)-1])
	}
	b := d.bytes(name)
	if d.err == nil && len(b) > 0 && utf8.Valid(b) {
		d.fail("field %q is text written as binary", name)
	}
	return string(b)
}

func (d *decoder) binary() []byte {
	n := d.length()
	if sub := d.take(1); sub != nil && sub[0] != 0 {
		d.fail("a binary of subtype %d", sub[0])
	}
	return d.take(n)
}

func (d *decoder) bytes(name string) []byte {
	if !d.next(typeBinary, name) {
		return nil
	}
	b := d.binary()
	if d.err == nil && len(b) == 0 {
		d.fail("field %q is empty", name)
	}
	return b
}

func (d *decoder) id(name string) ID { return d.toID(d.bytes(name)) }

func (d *decoder) toID(b []byte) (id ID) {
	if b == nil || d.err != nil {
		return id
	}
	if copy(id[:], b) != len(b) || len(b) != len(id) || id.IsZero() {
		d.fail("a hash of %d bytes", len(b))
	}
	return id
}

func (d *decoder) int64() int64 {
	b := d.take(8)
	if b == nil {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func (d *decoder) number(typ byte, name string) int64 {
	if !d.next(typ, name) {
		return 0
	}
	n := d.int64()
	if d.err == nil && n == 0 {
		d.fail("field %q is zero", name)
	}
	return n
}

func (d *decoder) int(name string) int64 { return d.number(typeInt, name) }

func (d *decoder) time(name string) time.Time { return time.UnixMilli(d.number(typeTime, name)).UTC() }

func (d *decoder) flag(name string) bool {
	if !d.next(typeBool, name) {
		return false
	}
	if b := d.take(1); b != nil && b[0] != 1 {
		d.fail("field %q is false", name)
	}
	return true
}

// document reads a nested document and reports whether there is one.
func (d *decoder) document(name string, fields func()) bool {
	if !d.next(typeDocument, name) {
		return false
	}
	outer := d.begin()
	fields()
	d.leave(outer)
	return true
}

// documents reads an array of documents.
func (d *decoder) documents(name string, fields func()) {
	d.array(name, typeDocument, func(int) {}, func() {
		outer := d.begin()
		fields()
		d.leave(outer)
	})
}

// documentList reads an array of documents into a list without room to spare: lists stay in memory, and there are many.
func documentList[T any](d *decoder, name string, read func() T) (list []T) {
	d.array(name, typeDocument, func(n int) { list = make([]T, 0, n) }, func() {
		outer := d.begin()
		list = append(list, read())
		d.leave(outer)
	})
	return list
}

func (d *decoder) ints(name string) (list []int) {
	d.array(name, typeInt, func(n int) { list = make([]int, 0, n) }, func() { list = append(list, int(d.int64())) })
	return list
}

func (d *decoder) ids(name string) (list []ID) {
	d.array(name, typeBinary, func(n int) { list = make([]ID, 0, n) }, func() { list = append(list, d.toID(d.binary())) })
	return list
}

// roomAtOnce is for how many elements there is room from the beginning: whoever makes objects that are no good could want much of it with few bytes.
const roomAtOnce = 1024

// array reads an array. Before the first element, room is told for how many there should be room.
func (d *decoder) array(name string, typ byte, room func(n int), element func()) {
	if !d.next(typeArray, name) {
		return
	}
	outer := d.begin()
	room(min(d.count(typ), roomAtOnce))
	if d.pos == d.end {
		d.fail("field %q is empty", name)
	}
	for i := 0; d.err == nil && d.pos < d.end; i++ {
		if !d.next(typ, strconv.Itoa(i)) {
			d.fail("element %d of %q is not in its place", i, name)
		}
		element()
	}
	d.leave(outer)
}

// count counts the elements of the array that has been entered. What is not canonical ends it; reading finds that, too.
func (d *decoder) count(typ byte) (n int) {
	if d.err != nil {
		return 0
	}
	for rest := d.in[d.pos:d.end]; len(rest) > 0; n++ {
		named := bytes.IndexByte(rest, 0) + 1
		size := 8
		if typ != typeInt {
			if named == 0 || len(rest)-named < 4 {
				break
			}
			if size = int(int32(binary.LittleEndian.Uint32(rest[named:]))); typ == typeBinary {
				size += 5
			}
		}
		if named == 0 || size < 5 || size > len(rest)-named {
			break
		}
		rest = rest[named+size:]
	}
	return n
}
