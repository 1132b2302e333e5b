package query_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/search/query"
)

func TestEveryCursorIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := query.Cursor{
			Generation: rapid.Uint64().Draw(t, "generation"),
			Search:     rapid.Uint64().Draw(t, "search"),
			Keys:       rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.Just("\x20\x01\xff")), 1, 4).Draw(t, "keys"),
		}
		s := want.String()
		got, err := query.ParseCursor(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		at := rapid.IntRange(0, len(s)-1).Draw(t, "at")
		letter := rapid.SampledFrom([]string{"A", "B", "_", "", "é", "\n"}).Draw(t, "letter")
		if damaged := s[:at] + letter + s[at+1:]; damaged != s {
			if c, err := query.ParseCursor(damaged); err == nil {
				t.Errorf("%q, damaged to %q, is read as %v", s, damaged, c)
			}
		}
	})
}

func TestParseCursorRefuses(t *testing.T) {
	sealed := func(b ...byte) string {
		return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
	}
	good := query.Cursor{Generation: 7, Search: 9, Keys: []string{"a"}}.String()
	tests := []struct{ name, cursor string }{
		{"nothing", ""},
		{"an offset", "20"},
		{"words", "give me the next page"},
		{"something long", strings.Repeat("A", 1<<20)},
		{"another version", sealed(2, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0)},
		{"no version", sealed()},
		{"no search", sealed(1, 7, 0, 0)},
		{"more keys than there are", sealed(1, 7, 0, 0, 0, 0, 0, 0, 0, 9, 2, 1, 'a')},
		{"keys without end", sealed(1, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff, 0x0f)},
		{"a key without end", sealed(1, 7, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)},
		{"something behind the keys", sealed(1, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0)},
		{"a number written longer than it is", sealed(1, 0x87, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0)},
		{"padding", good + "="},
		{"a line break", good + "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := query.ParseCursor(test.cursor)
			if !errors.Is(err, query.ErrCursor) {
				t.Fatalf("read as %v, error %v", c, err)
			}
			if len(err.Error()) > 300 || !strings.Contains(err.Error(), "first page") {
				t.Errorf("error %q", err)
			}
		})
	}
	if _, err := query.ParseCursor(sealed(1, 7, 0, 0, 0, 0, 0, 0, 0, 9, 1, 1, 'a')); err != nil {
		t.Errorf("what the others are made from is refused, too: %v", err)
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(query.Cursor{Generation: 7, Search: 9, Keys: []string{"a", ""}}.String())
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := query.ParseCursor(s); err == nil && c.String() != s {
			t.Errorf("%q is read as %v", s, c)
		}
	})
}

func TestFingerprint(t *testing.T) {
	q := func(s string) query.Query { q, _ := query.Parse(s); return q }
	one := q("Loops type:quiz").Fingerprint("newest")
	if other := q(" loops  type:problem").Fingerprint("newest"); other != one {
		t.Error("two spellings of one search have two fingerprints")
	}
	for name, other := range map[string]uint64{
		"another word":      q("lists type:quiz").Fingerprint("newest"),
		"another order":     q("loops type:quiz").Fingerprint("title"),
		"no order":          q("loops type:quiz").Fingerprint(),
		"the order in text": q("loops type:quiz newest").Fingerprint(),
		"parts cut apart":   q("loops type:quiz").Fingerprint("new", "est"),
	} {
		if other == one {
			t.Errorf("%s: the same fingerprint", name)
		}
	}
}
