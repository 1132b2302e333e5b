package olx

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	uni "golang.org/x/text/encoding/unicode"
)

var (
	bomUTF8    = []byte("\xef\xbb\xbf")
	bomUTF16LE = []byte("\xff\xfe")
	bomUTF16BE = []byte("\xfe\xff")
	// <? in UTF-16 without a mark
	declUTF16LE = []byte("<\x00?\x00")
	declUTF16BE = []byte("\x00<\x00?")
)

// decodeText finds the encoding (byte order mark, then declaration, then UTF-8) and leaves UTF-8 in d.src.
func (d *document) decodeText(data []byte) *fault {
	d.src = data
	switch {
	case bytes.HasPrefix(data, bomUTF8):
		d.mark, d.src = data[:len(bomUTF8)], data[len(bomUTF8):]
		d.problems = append(d.problems, d.problem(ruleXMLBOM, 0, "the file starts with a byte order mark"))
	case bytes.HasPrefix(data, bomUTF16LE), bytes.HasPrefix(data, bomUTF16BE):
		return d.transcode(uni.UTF16(uni.LittleEndian, uni.UseBOM), "UTF-16")
	case bytes.HasPrefix(data, declUTF16LE):
		return d.transcode(uni.UTF16(uni.LittleEndian, uni.IgnoreBOM), "UTF-16")
	case bytes.HasPrefix(data, declUTF16BE):
		return d.transcode(uni.UTF16(uni.BigEndian, uni.IgnoreBOM), "UTF-16")
	default:
		name := declaredEncoding(data)
		if name == "" || strings.EqualFold(name, "utf-8") || strings.EqualFold(name, "us-ascii") {
			break
		}
		enc, err := htmlindex.Get(name)
		if err != nil || enc == encoding.Replacement {
			return d.faultf(ruleXMLEncoding, 0, "the declared encoding %q is not one we can read", name)
		}
		return d.transcode(enc, name)
	}
	if at := invalidUTF8(d.src); at < len(d.src) {
		return d.faultf(ruleXMLEncoding, at, "byte %d (0x%02x) is not UTF-8, and the file declares no other encoding", at+len(d.mark), d.src[at])
	}
	return nil
}

// transcode turns d.src into UTF-8. A NUL tells that the encoding is not the one it seemed to be.
func (d *document) transcode(enc encoding.Encoding, name string) *fault {
	text, err := enc.NewDecoder().Bytes(d.src)
	if err != nil {
		return d.faultf(ruleXMLEncoding, 0, "the file says it is %s, but its bytes are not: %v", name, err)
	}
	d.src, d.plain = text, false
	if len(text) > MaxXMLBytes {
		return d.fatalf(ruleXMLSize, 0, "the file has %d bytes as UTF-8; an XML file may have at most %d", len(text), MaxXMLBytes)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(text, xmlBlanks), []byte("<")) {
		return d.faultf(ruleXMLEncoding, 0, "the file says it is %s, but read as such it does not begin like XML", name)
	}
	if at := bytes.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError || r == 0 }); at >= 0 {
		return d.faultf(ruleXMLEncoding, at, "the file says it is %s, but its bytes here are not", name)
	}
	d.problems = append(d.problems, d.problem(ruleXMLTranscoded, 0, fmt.Sprintf("the file is written in %s and was read as such", name)))
	return nil
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, len(b) if there is none.
func invalidUTF8(b []byte) int {
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return at
}

// checkCharacters refuses what XML has no place for, wherever it stands.
func (d *document) checkCharacters() *fault {
	at := bytes.IndexFunc(d.src, func(r rune) bool { return !xmlCharacter(r) })
	if at < 0 {
		return nil
	}
	r, _ := utf8.DecodeRune(d.src[at:])
	return d.faultf(ruleXMLMalformed, at, "the character %U may not stand in XML", r)
}

func xmlCharacter(r rune) bool {
	return r >= 0x20 && r <= 0xd7ff || r == '\t' || r == '\n' || r == '\r' || r >= 0xe000 && r <= 0xfffd || r >= 0x10000
}

// Constructs that encoding/xml does not look into.
var (
	declarationForm = regexp.MustCompile(`^<\?xml\s+version\s*=\s*("1\.0"|'1\.0')` +
		`(?:\s+encoding\s*=\s*("[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:\s+standalone\s*=\s*("(?:yes|no)"|'(?:yes|no)'))?\s*\?>`)
	doctypeForm = regexp.MustCompile(`^<!DOCTYPE\s+[\pL_][\pL\pN_.-]*(?::[\pL_][\pL\pN_.-]*)?` +
		`(?:\s+(?:SYSTEM|PUBLIC\s+(?:"[^"]*"|'[^']*'))\s+(?:"[^"]*"|'[^']*'))?\s*>$`)
	instructionForm = regexp.MustCompile(`^<\?[\pL_][\pL\pN\pM_.-]*(?:\s|\?>)`)
)

// declaredEncoding returns the name in the XML declaration of an ASCII-compatible file, or "".
func declaredEncoding(src []byte) string {
	if m := declarationForm.FindSubmatch(bytes.TrimLeft(src, xmlBlanks)); m != nil {
		return strings.Trim(string(m[2]), `"'`)
	}
	return ""
}
