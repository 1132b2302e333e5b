package search

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/blevesearch/bleve/v2/numeric"
	"github.com/google/go-cmp/cmp"

	"lectern/importer/sample"
	"lectern/search/extract"
)

func TestIndexesThatAreMadeTogetherAreWhatEachIsAlone(t *testing.T) {
	store := newStore(t)
	imported(t, store, sample.Course(), "")
	c := imported(t, store, files(large(300)), "")
	retitle(t, store, c, "html/h7", "A draft that learners do not have")
	retitle(t, store, c, "html/h8", "A draft that learners have now")
	publish(t, store, c, "html/h8")
	together, alone := opened(t, store, filepath.Join(t.TempDir(), "together")), opened(t, store, filepath.Join(t.TempDir(), "alone"))
	report := updateAll(t, together)
	left := make(map[Omission]bool)
	for _, k := range Kinds() {
		one, err := alone.rebuild(t.Context(), []Kind{k}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range one.Left {
			left[o] = true
		}
		if diff := cmp.Diff(contents(t, alone, k), contents(t, together, k)); diff != "" {
			t.Errorf("%s: %s", k, diff)
		}
		for _, name := range []string{fieldTitle, fieldTitleX, fieldTitleEdge, fieldAll, fieldAllX, fieldOffline, fieldHidden, fieldModified} {
			if diff := cmp.Diff(values(t, alone, k, name), values(t, together, k, name)); diff != "" {
				t.Errorf("%s: %s: %s", k, name, diff)
			}
		}
	}
	all := make(map[Omission]bool)
	for _, o := range report.Left {
		if all[o] {
			t.Errorf("%+v is told of twice", o)
		}
		all[o] = true
	}
	if diff := cmp.Diff(left, all); diff != "" {
		t.Error("what is left out: " + diff)
	}
}

// unread gives parts that nobody has read.
func unread(n int) []part {
	parts := make([]part, n)
	for i := range parts {
		parts[i] = part{id: fmt.Sprint(i), origin: origin{id: fmt.Sprint(i), made: "so"}}
	}
	return parts
}

func TestTwoIndexesReadEachTextOnce(t *testing.T) {
	j := newJoint(Kinds())
	var mu sync.Mutex
	read := make(map[string]int)
	var both sync.WaitGroup
	results := make([][]*reading, 2)
	for i := range results {
		both.Go(func() {
			var err error
			results[i], err = j.read(t.Context(), unread(1000), func(parts []part, into []*reading) error {
				mu.Lock()
				defer mu.Unlock()
				for n := range parts {
					read[parts[n].id]++
					into[n].text.Body = parts[n].id
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	for i, r := range results[0] {
		if id := fmt.Sprint(i); read[id] != 1 || r != results[1][i] || r.text.Body != id {
			t.Fatalf("text %d was read %d times and says %q", i, read[id], r.text.Body)
		}
	}
	if len(j.readings) != 0 || j.size != 0 {
		t.Errorf("%d readings of %d bytes are kept though both have had them", len(j.readings), j.size)
	}
}

func TestATextOfAnotherOriginIsReadAgain(t *testing.T) {
	j := newJoint(Kinds())
	count := 0
	read := func(parts []part, _ []*reading) error { count += len(parts); return nil }
	parts := unread(3)
	for range 2 {
		if _, err := j.read(t.Context(), parts, read); err != nil {
			t.Fatal(err)
		}
		parts[1].origin.made = "otherwise"
	}
	if count != 4 {
		t.Errorf("%d texts were read", count)
	}
}

func TestAnIndexAloneKeepsNothing(t *testing.T) {
	j := newJoint([]Kind{Studio, Catalog})
	for range 2 {
		read := 0
		if _, err := j.read(t.Context(), unread(100), func(parts []part, _ []*reading) error { read += len(parts); return nil }); err != nil || read != 100 {
			t.Errorf("%d of 100 are read, %v", read, err)
		}
	}
	if len(j.readings) != 0 {
		t.Errorf("%d readings are kept", len(j.readings))
	}
}

func TestAReadingThatFailsFailsForBothIndexes(t *testing.T) {
	broken := errors.New("the disk is gone")
	j := newJoint(Kinds())
	for i := range 2 {
		_, err := j.read(t.Context(), unread(10), func([]part, []*reading) error { return broken })
		if !errors.Is(err, broken) {
			t.Errorf("index %d: %v", i, err)
		}
	}
}

func TestWhatTheOtherIndexNeverAsksForIsForgotten(t *testing.T) {
	j := newJoint(Kinds())
	text := extract.Text{Body: strings.Repeat("x", 4<<10)}
	_, err := j.read(t.Context(), unread(2000), func(_ []part, into []*reading) error {
		for _, r := range into {
			r.text = text
		}
		if j.size > jointBytes {
			t.Errorf("%d bytes are kept", j.size)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(j.readings)*len(text.Body) > jointBytes {
		t.Errorf("%d readings are kept", len(j.readings))
	}
}

func TestDatesAndNumbersHaveOneTerm(t *testing.T) {
	store := newStore(t)
	imported(t, store, sample.Course(), "")
	x := filled(t, store)
	for _, name := range []string{fieldModified, fieldPublished, fieldKids} {
		k := Content
		if name == fieldKids {
			k = Studio
		}
		found := values(t, x, k, name)
		if len(found) == 0 {
			t.Errorf("no document of the index %s has the field %s", k, name)
		}
		for id, terms := range found {
			if len(terms) != len(numeric.MustNewPrefixCodedInt64(0, 0))+len("\n") {
				t.Errorf("%s of %s has the terms %q", name, id, terms)
			}
		}
	}
}
