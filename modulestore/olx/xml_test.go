package olx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// inUTF16 spells ASCII text in UTF-16, low byte first or last.
func inUTF16(text string, littleEndian bool) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if littleEndian {
			b.Write([]byte{c, 0})
		} else {
			b.Write([]byte{0, c})
		}
	}
	return b.String()
}

// TestXMLIsRefusedWhereAnAuthorWouldLook gives each fault of a file with its place and rule.
func TestXMLIsRefusedWhereAnAuthorWouldLook(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"an HTML entity in text":                         {"<p>\n  text &nbsp; more</p>", "2:8 xml.html_entity"},
		"an HTML entity in an attribute":                 {"<p\n  title=\"author&rsquo;s\"/>", "2:16 xml.html_entity"},
		"an entity that nobody knows":                    {"<p>\n&chips;</p>", "2:1 xml.malformed"},
		"a bare ampersand in text":                       {"<p>\n fish & chips</p>", "2:7 xml.malformed"},
		"a bare ampersand in a link":                     {"<a\n href=\"?a=1&b=2\"/>", "2:12 xml.malformed"},
		"a bare < before a blank":                        {"<p>1 < 2</p>", "1:6 xml.malformed"},
		"a bare < before a digit":                        {"<p>1 <2</p>", "1:6 xml.malformed"},
		"a < in an attribute":                            {"<a b=\"1<2\"/>", "1:8 xml.malformed"},
		"<br> that is not closed":                        {"<p>\nx<br>\n</p>", "3:1 xml.malformed"},
		"<p> that is not closed":                         {"<d>\n <p>one\n</d>", "3:1 xml.malformed"},
		"a root that is not closed":                      {"\n<p>one", "2:1 xml.malformed"},
		"an end tag of another element":                  {"<a>\n</b>", "2:1 xml.malformed"},
		"an end tag too many":                            {"<a/>\n</a>", "2:1 xml.malformed"},
		"an end tag with more than a name":               {"<a>\n</a b>", "2:1 xml.malformed"},
		"two root elements":                              {"<a/>\n <b/>", "2:2 xml.malformed"},
		"text after the root element":                    {"<a/>\n\n  text", "3:3 xml.malformed"},
		"text before the root element":                   {"text<a/>", "1:1 xml.malformed"},
		"a CDATA section after the root element":         {"<a/><![CDATA[ ]]>", "1:5 xml.malformed"},
		"an empty file":                                  {"", "1:1 xml.malformed"},
		"a file of blanks":                               {" \n ", "1:1 xml.malformed"},
		"a file of one comment":                          {"<!-- nothing -->", "1:1 xml.malformed"},
		"a tag that the file ends in":                    {"<a>\n <b c=\"d", "2:2 xml.malformed"},
		"a comment that the file ends in":                {"<a>\n <!-- c", "2:2 xml.malformed"},
		"a CDATA section that the file ends in":          {"<a>\n <![CDATA[ c", "2:2 xml.malformed"},
		"]]> in text":                                    {"<a>\n a]]></a>", "2:3 xml.malformed"},
		"-- in a comment":                                {"<a>\n<!-- a -- b --></a>", "2:8 xml.malformed"},
		"an instruction without a name":                  {"<a>\n<? x?></a>", "2:1 xml.malformed"},
		"an instruction with an odd name":                {"<a>\n<?p/i x?></a>", "2:1 xml.malformed"},
		"an attribute without quotes":                    {"<a\n b=1/>", "2:4 xml.malformed"},
		"an attribute without a value":                   {"<a\n checked>x</a>", "2:2 xml.malformed"},
		"an attribute twice":                             {"<a b='1'\n c='2' b='3'/>", "2:8 xml.malformed"},
		"no blank between attributes":                    {"<a b='1'c='2'/>", "1:9 xml.malformed"},
		"a tag that begins with a digit":                 {"<a>\n<1b/></a>", "2:1 xml.malformed"},
		"a tag with two colons":                          {"<a>\n<b:c:d/></a>", "2:1 xml.malformed"},
		"a namespace prefix that nothing declares":       {"<a>\n <x:b/></a>", "2:2 xml.malformed"},
		"a namespace prefix that a sibling declares":     {"<a><b xmlns:x='u'/>\n<x:c/></a>", "2:1 xml.malformed"},
		"an attribute prefix that nothing declares":      {"<a\n x:b='1'/>", "2:2 xml.malformed"},
		"a namespace prefix without a name":              {"<a xmlns:x='u'>\n<x:/></a>", "2:1 xml.malformed"},
		"a namespace prefix that is declared as nothing": {"<a\n xmlns:x=''/>", "2:2 xml.malformed"},
		"a control character in text":                    {"<a>\n \x01</a>", "2:2 xml.malformed"},
		"a control character in a comment":               {"<a>\n<!-- \x01 --></a>", "2:6 xml.malformed"},
		"a character that Unicode has set aside":         {"<a>\n\uffff</a>", "2:1 xml.malformed"},
		"a reference to a control character":             {"<a>\n &#1;</a>", "2:2 xml.malformed"},
		"a reference to half a character":                {"<a>\n &#xD800;</a>", "2:2 xml.malformed"},
		"the same in an attribute":                       {"<a\n b='&#xDFFF;'/>", "2:5 xml.malformed"},
		"a reference beyond Unicode":                     {"<a>\n &#x110000;</a>", "2:2 xml.malformed"},
		"XML 1.1":                                        {"<?xml version=\"1.1\"?><a/>", "1:1 xml.malformed"},
		"an XML declaration without a version":           {"<?xml encoding=\"utf-8\"?><a/>", "1:1 xml.malformed"},
		"an XML declaration after the root":              {"<a/>\n<?xml version=\"1.0\"?>", "2:1 xml.malformed"},
		"a fault below blank lines before a declaration": {"\n\n<?xml version=\"1.0\"?>\n<a>&nbsp;</a>", "4:4 xml.html_entity"},
		"a fault behind a byte order mark":               {"\xef\xbb\xbf<a>&nbsp;</a>", "1:4 xml.html_entity"},
		"a fault behind letters of several bytes":        {"<a>äöü €&nbsp;</a>", "1:9 xml.html_entity"},
		"a document type in small letters":               {"<!doctype html><a/>", "1:1 xml.malformed"},
		"a document type after the root":                 {"<a/>\n<!DOCTYPE a>", "2:1 xml.malformed"},
		"two document types":                             {"<!DOCTYPE a>\n<!DOCTYPE a><a/>", "2:1 xml.malformed"},
		"a document type that says something else":       {"<!DOCTYPE a b><a/>", "1:1 xml.malformed"},
		"a comment with a blank too many":                {"<a>\n<! -- c --></a>", "2:1 xml.malformed"},
		"a conditional comment of Internet Explorer":     {"<a>\n<![if IE]>x<![endif]></a>", "2:1 xml.malformed"},
		"Latin-1 that is not declared":                   {"<a>\ncaf\xe9</a>", "2:4 xml.encoding"},
		"an encoding that nobody knows":                  {"<?xml version=\"1.0\" encoding=\"klingon\"?><a/>", "1:1 xml.encoding"},
		"UTF-7":                                          {"<?xml version=\"1.0\" encoding=\"utf-7\"?><a/>", "1:1 xml.encoding"},
		"EBCDIC":                                         {"\x4c\x6f\xa7\x94\x93", "1:3 xml.encoding"},
		"UTF-32":                                         {"\xff\xfe\x00\x00<\x00\x00\x00a\x00\x00\x00/\x00\x00\x00>\x00\x00\x00", "1:1 xml.encoding"},
		"UTF-16 declared, one byte a letter used":        {"<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>  ", "1:1 xml.encoding"},
		"Shift JIS declared, something else used":        {"<?xml version=\"1.0\" encoding=\"shift_jis\"?>\n<a>\x93\xff</a>", "2:4 xml.encoding"},
		"an XML file of UTF-16 with half a character":    {"\xff\xfe" + inUTF16("<a>\n", true) + "\x00\xd8" + inUTF16("</a>", true), "2:1 xml.encoding"},
	} {
		t.Run(name, func(t *testing.T) {
			doc, f := parseXML("x.xml", []byte(c.file))
			if f == nil {
				t.Fatalf("%q was accepted, with root <%s>", c.file, doc.root.name)
			}
			if got := fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Rule); got != c.want {
				t.Errorf("got %s (%s), want %s", got, f.Message, c.want)
			}
			if f.fatal {
				t.Errorf("this fault ends the import; it should only make a broken block")
			}
		})
	}
}

// TestXMLThatEndsTheImport gives what no block can be made of.
func TestXMLThatEndsTheImport(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	attributes := func(n int) string {
		var b strings.Builder
		b.WriteString("<a")
		for i := range n {
			fmt.Fprintf(&b, " a%d='1'", i)
		}
		return b.String() + "/>"
	}
	laughs := "<!DOCTYPE a [<!ENTITY a0 \"ha\">"
	for i := 1; i < 10; i++ {
		laughs += fmt.Sprintf("<!ENTITY a%d \"%s\">", i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
	}
	for name, c := range map[string]struct{ file, want string }{
		"a billion laughs":                             {laughs + "]><a>&a9;</a>", "1:1 xml.entity"},
		"an entity that names a file":                  {"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "1:1 xml.entity"},
		"an entity that names a server":                {"<!DOCTYPE a [<!ENTITY x SYSTEM \"http://127.0.0.1:1/\">]><a>&x;</a>", "1:1 xml.entity"},
		"a parameter entity":                           {"\n<!DOCTYPE a [<!ENTITY % pe SYSTEM \"http://127.0.0.1:1/\"> %pe;]><a/>", "2:1 xml.entity"},
		"an empty internal document type":              {"<!DOCTYPE a []><a/>", "1:1 xml.entity"},
		"an entity outside a document type":            {"<!ENTITY x \"y\"><a/>", "1:1 xml.entity"},
		"257 levels":                                   {nested(257), "1:769 xml.depth"},
		"10,000 levels":                                {nested(10_000), "1:769 xml.depth"},
		"a million levels":                             {nested(1_000_000), "1:769 xml.depth"},
		"1,001 attributes":                             {attributes(1_001), "1:8894 xml.attributes"},
		"100,000 attributes":                           {attributes(100_000), "1:8894 xml.attributes"},
		"8 MiB and a byte":                             {"<a>" + strings.Repeat("x", MaxXMLBytes-6) + "</a>", "1:1 xml.size"},
		"8 MiB that become more as UTF-8":              {"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>" + strings.Repeat("\xe9", 5<<20) + "</a>", "1:1 xml.size"},
		"an attribute of 64 MiB":                       {"<a b='" + strings.Repeat("x", 64<<20) + "'/>", "1:1 xml.size"},
		"a comment of 64 MiB that is never closed":     {"<!--" + strings.Repeat("x", 64<<20), "1:1 xml.size"},
		"a limit that is breached before another flaw": {nested(300) + "&nbsp;", "1:769 xml.depth"},
	} {
		t.Run(name, func(t *testing.T) {
			_, f := parseXML("x.xml", []byte(c.file))
			if f == nil || !f.fatal {
				t.Fatalf("this does not end the import: %v", f)
			}
			if got := fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Rule); got != c.want {
				t.Errorf("got %s (%s), want %s", got, f.Message, c.want)
			}
		})
	}
	for name, file := range map[string]string{
		"256 levels":       nested(256),
		"1,000 attributes": attributes(1_000),
	} {
		if _, f := parseXML("x.xml", []byte(file)); f != nil {
			t.Errorf("%s are refused: %s", name, f.Message)
		}
	}
	if _, f := parseXML("x.xml", []byte("< "+strings.Repeat("x", MaxXMLBytes-2))); f == nil || f.Rule != "xml.malformed" {
		t.Errorf("8 MiB are too much: %v", f)
	}
}

// TestXMLIsAcceptedWithItsOddities gives what is read, and what is said about it.
func TestXMLIsAcceptedWithItsOddities(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want string // rules of the problems
	}{
		"plain XML":                              {"<a b='1'>x</a>", ""},
		"an XML declaration":                     {"<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<a/>", ""},
		"blank lines before the XML declaration": {"\r\n \t<?xml version=\"1.0\"?><a/>", "xml.leading_blank"},
		"blank lines before the root":            {"\n\n<a/>\n", ""},
		"a byte order mark":                      {"\xef\xbb\xbf<a/>", "xml.bom"},
		"a byte order mark that gainsays the declared encoding": {"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>é</a>", "xml.bom"},
		"Latin-1 that is declared":                              {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>", "xml.transcoded"},
		"Windows-1252 that is declared":                         {"<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>\x93\x94</a>", "xml.transcoded"},
		"UTF-16 with a mark, low byte first":                    {"\xff\xfe" + inUTF16("<a/>", true), "xml.transcoded"},
		"UTF-16 with a mark, high byte first":                   {"\xfe\xff" + inUTF16("<a/>", false), "xml.transcoded"},
		"UTF-16 with a declaration, low byte first":             {inUTF16("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", true), "xml.transcoded"},
		"UTF-16 with a declaration, high byte first":            {inUTF16("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", false), "xml.transcoded"},
		"ASCII that is declared":                                {"<?xml version=\"1.0\" encoding=\"us-ascii\"?><a/>", ""},
		"a document type without declarations":                  {"<!DOCTYPE course SYSTEM \"x.dtd\"><a/>", "xml.doctype"},
		"the document type of XHTML":                            {"<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\n<a/>", "xml.doctype"},
		"an include, which is not followed":                     {"<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='file:///etc/passwd'/></a>", ""},
		"a style sheet and a base, which do nothing":            {"<?xml-stylesheet href='http://127.0.0.1:1/'?><a xml:base='http://127.0.0.1:1/'/>", ""},
		"a prefix that the element itself declares":             {"<x:a xmlns:x='u' x:b='1'/>", ""},
		"a prefix that is declared twice and used":              {"<a xmlns:x='u'><b xmlns:x='v'/><x:c/></a>", ""},
		"references, comments, CDATA and instructions":          {"<a b='&#65;&lt;&#x42;'>&amp;<!-- & < -- ></a>", "-"},
		"all kinds of nodes":                                    {"<!-- b --><?p b?><a b='&#65;&lt;'>&amp;<!-- & < --><![CDATA[ & < &#xD800; ]]><?p ?></a><!-- a -->", ""},
		"characters beyond the basic plane":                     {"<a>\U0001f600</a>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			doc, f := parseXML("x.xml", []byte(c.file))
			if c.want == "-" {
				if f == nil {
					t.Fatal("a broken comment was accepted")
				}
				return
			}
			if f != nil {
				t.Fatalf("refused at %d:%d: %s", f.Line, f.Column, f.Message)
			}
			var rules []string
			for _, p := range doc.problems {
				rules = append(rules, p.Rule)
				if p.Line != 1 || p.Column != 1 {
					t.Errorf("%s is reported at %d:%d", p.Rule, p.Line, p.Column)
				}
			}
			if got := strings.Join(rules, " "); got != c.want {
				t.Errorf("problems %q, want %q", got, c.want)
			}
		})
	}
}

// TestAttributeValuesAreReadAsXMLSays gives the values that attributes have for an XML reader.
func TestAttributeValuesAreReadAsXMLSays(t *testing.T) {
	for source, want := range map[string]string{
		`plain`:                     "plain",
		"a\tb\nc\rd\r\ne":           "a b c d e",
		`a&#9;b&#10;c&#13;d`:        "a\tb\nc\rd",
		`&lt;&gt;&amp;&apos;&quot;`: `<>&'"`,
		`&#65;&#x42;&#x1F600;`:      "AB\U0001f600",
		`{&quot;k&quot;: 1}`:        `{"k": 1}`,
		`&amp;nbsp;`:                "&nbsp;",
		`]]> -- >`:                  "]]> -- >",
		"é\u00a0":                   "é\u00a0",
	} {
		doc, f := parseXML("x.xml", []byte("<a b='"+source+"'/>"))
		if f != nil {
			t.Errorf("%q: %s", source, f.Message)
			continue
		}
		if got, _ := doc.root.attr("b"); got != want {
			t.Errorf("%q is read as %q, want %q", source, got, want)
		}
	}
}

// TestEveryNodeKnowsItsSource puts the parts of a document together again.
func TestEveryNodeKnowsItsSource(t *testing.T) {
	const source = "\n<!-- b --><a x='1' y = \"2\" >text<b/><![CDATA[c]]><c >d</c ><!-- e --><?f g?>&amp;\r\n</a>\n<!-- h -->\n"
	doc, f := parseXML("x.xml", []byte(source))
	if f != nil {
		t.Fatal(f.Message)
	}
	var parts []string
	for _, n := range slices.Concat(doc.before, doc.root.nodes, doc.after) {
		parts = append(parts, doc.text(n.start, n.end))
	}
	want := []string{"<!-- b -->", "text", "<b/>", "<![CDATA[c]]>", "<c >d</c >", "<!-- e -->", "<?f g?>", "&amp;\r\n", "<!-- h -->"}
	if !slices.Equal(parts, want) {
		t.Errorf("nodes are %q, want %q", parts, want)
	}
	root := doc.root
	if tag := doc.text(root.start, root.open); tag != "<a x='1' y = \"2\" >" {
		t.Errorf("the start tag is %q", tag)
	}
	if tag := doc.text(root.close, root.end); tag != "</a>" {
		t.Errorf("the end tag is %q", tag)
	}
	for _, a := range root.attrs {
		if !strings.HasPrefix(source[a.start:], a.name) {
			t.Errorf("the attribute %s does not start at %d", a.name, a.start)
		}
	}
}

// FuzzXML checks that whatever is accepted is well-formed for encoding/xml too, and is read as the same elements, and that positions of
// faults are in the file.
func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE a SYSTEM \"b\">\n<a b='1' c=\"2&amp;\"><!-- x --><b/>t &#65;<![CDATA[ x ]]><?pi y?></a>\n",
		"<x:a xmlns:x='u' x:b='1'><x:c xml:lang='d'/>\r\n<d>&#x41;</d></x:a>",
		"\xef\xbb\xbf<a>&nbsp;</a>", "\xff\xfe<\x00a\x00/\x00>\x00", " \n<?xml version=\"1.0\"?><a/>",
		"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a b=\"\xe9\">\xe9</a>",
		"<a><b></a>", "<a b='1' b='2'/>", "<a/><b/>", "<a>&#xD800;</a>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a:/>", "<a",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, fault := parseXML("x.xml", data)
		if fault != nil {
			if fault.Line < 1 || fault.Column < 1 || fault.Line > bytes.Count(data, []byte("\n"))+1 {
				t.Fatalf("the fault is at %d:%d of %q", fault.Line, fault.Column, data)
			}
			return
		}
		var ours []string
		listElements(doc.root, &ours)
		theirs, err := elementsOf(doc.src)
		if err != nil {
			t.Fatalf("encoding/xml refuses %q: %v", doc.src, err)
		}
		if !slices.Equal(ours, theirs) {
			t.Fatalf("%q has the elements %q, but encoding/xml reads %q", doc.src, ours, theirs)
		}
	})
}

// blanks makes one kind of white space of all, since encoding/xml does not do with attributes what XML says about it.
var blanks = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\t", " ")

// listElements lists the local names and attribute values of an element and all below it.
func listElements(e *element, list *[]string) {
	*list = append(*list, e.name[strings.LastIndexByte(e.name, ':')+1:])
	for _, a := range e.attrs {
		*list = append(*list, blanks.Replace(a.value))
	}
	for _, n := range e.nodes {
		if n.kind == elementNode {
			listElements(n.el, list)
		}
	}
}

func elementsOf(src []byte) (list []string, err error) {
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimLeft(src, xmlBlanks)))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok {
			list = append(list, start.Name.Local)
			for _, a := range start.Attr {
				list = append(list, blanks.Replace(a.Value))
			}
		}
	}
}
