package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/quick"
)

func TestTextFromArchivesCannotCommandATerminal(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"letters of any script stay", "Čas, 时间, زمان, 👩‍🏫", "Čas, 时间, زمان, 👩‍🏫"},
		{"a sequence that clears the screen becomes visible", "a\x1b[2Jb", `a\x1b[2Jb`},
		{"the eight-bit form of it too", "a\u009b2Jb", `a\u009b2Jb`},
		{"a carriage return cannot hide what was printed", "evil\rgood", `evil\rgood`},
		{"a line feed cannot forge another line", "one\ntwo", `one\ntwo`},
		{"nor can a line separator", "one\u2028two", `one\u2028two`},
		{"a mark that reverses the direction of writing becomes visible", "a\u202egnp.exe", `a\u202egnp.exe`},
		{"bytes that are no text become visible", "a\xff\xfeb", `a\xff\xfeb`},
		{"the replacement character itself stays", "a\ufffdb", "a\ufffdb"},
		{"so does a backslash", `a\x1bb`, `a\x1bb`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := safe(c.text); got != c.want {
				t.Errorf("safe(%q) = %q, want %q", c.text, got, c.want)
			}
		})
	}
	if got := safeLines("a\n\tb\x1b\r"); got != "a\n\tb\\x1b\\r" {
		t.Errorf("safeLines gives %q", got)
	}
}

func TestSafeJSONIsTheSameValue(t *testing.T) {
	same := func(text string) bool {
		text = strings.ToValidUTF8(text, "") + "\u009b\u202e\x7f\x1b"
		encoded, _ := json.Marshal(text)
		escaped := safeJSON(string(encoded))
		var back string
		return json.Unmarshal([]byte(escaped), &back) == nil && back == text && safe(escaped) == escaped
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func TestNumbersAreReadable(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{grouped(0), "0"}, {grouped(999), "999"}, {grouped(1000), "1,000"}, {grouped(-1234567), "-1,234,567"},
		{plural(1, "file"), "1 file"}, {plural(0, "file"), "0 files"}, {plural(1234, "file"), "1,234 files"},
		{byteText(1), "1 byte"}, {byteText(999), "999 bytes"}, {byteText(1000), "1.0 kB"}, {byteText(999_940), "999.9 kB"},
		{byteText(999_960), "1.0 MB"}, {byteText(2_500_000_000), "2.5 GB"}, {byteText(3e15), "3000.0 TB"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestSizesAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		text  string
		bytes int64
		shown string
	}{
		{"1", 1, "1"}, {"1000", 1000, "1000"}, {"1024", 1 << 10, "1KiB"}, {"512M", 512 << 20, "512MiB"},
		{"2 GiB", 2 << 30, "2GiB"}, {"3g", 3 << 30, "3GiB"}, {"8589934591G", 8589934591 << 30, "8589934591GiB"},
	} {
		var s byteSize
		if err := s.Set(c.text); err != nil || int64(s) != c.bytes || s.String() != c.shown {
			t.Errorf("%q is read as %d, shown as %s: %v", c.text, s, s.String(), err)
		}
	}
	for _, text := range []string{"", "0", "-1", "M", "1.5G", "1X", "8589934592G", "99999999999999999999"} {
		var s byteSize
		if err := s.Set(text); err == nil {
			t.Errorf("%q is read as %d", text, s)
		}
	}
}

func TestProgressRewritesOneLineForEachStage(t *testing.T) {
	var terminal bytes.Buffer
	p := &progress{w: &terminal}
	p.show("unpack", 1, 2_000_000, "bytes")
	p.show("unpack", 2, 2_000_000, "bytes") // too soon to be shown
	p.show("unpack", 2_000_000, 2_000_000, "bytes")
	p.show("check", 0, 9, "files")
	p.show("check", 9, 9, "files")
	p.show("verify", 1234, 0, "objects")
	p.end()
	want := "\r  unpack   0% of 2.0 MB" + "\r  unpack   100% of 2.0 MB\n" +
		"\r  check    0 of 9 files" + "\r  check    9 of 9 files\n" +
		"\r  verify   1,234 objects\n"
	if got := terminal.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestProgressCoversALongerLine(t *testing.T) {
	var terminal bytes.Buffer
	p := &progress{w: &terminal}
	p.draw("check", "1,000 of 1,000 files", false)
	p.draw("check", "done", true)
	if lines := strings.Split(terminal.String(), "\r"); len(lines[2]) < len(lines[1]) {
		t.Errorf("%q leaves a part of %q", lines[2], lines[1])
	}
}

func TestProgressIsForTerminalsOnly(t *testing.T) {
	p := (&app{stderr: &bytes.Buffer{}}).progress()
	p.show("unpack", 1, 2, "bytes")
	p.end()
	if p != nil {
		t.Error("a buffer is taken for a terminal")
	}
}
