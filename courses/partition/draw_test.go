package partition_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/partition"
	"lectern/modulestore/key"
)

// drawn gives the group that a learner without stored groups is drawn into.
func drawn(p partition.Partition, learner string) int64 {
	return partition.NewSet(p).Groups(course, &partition.Learner{ID: learner})[p.ID].Group
}

func TestDrawingByTheHash(t *testing.T) {
	two, weighted := random(1234567, 0, 1), random(1234567, 1, 2, 3)
	weighted.Groups[0].Weight, weighted.Groups[1].Weight, weighted.Groups[2].Weight = 70, 20, 10
	for _, c := range []struct {
		learner       string
		hash          string
		two, weighted int64
	}{
		{"1", "852c4269d5450d6d", 1, 1},
		{"2", "de6579c5e2207838", 1, 2},
		{"3", "16a35819ce9e5554", 0, 1},
		{"4", "1e56a8a93f9aa607", 0, 1},
		{"5", "e00e5e9e1d3cc65c", 1, 2},
		{"6", "88bfc92b910abe79", 1, 1},
		{"7", "0af034c77f4e5365", 0, 1},
		{"8", "c34846f3f1bb4acc", 1, 2},
		{"42", "4869de169715f9d5", 0, 1},
		{"1000", "2a07d5f224200e17", 0, 1},
		{"anonymous-9f3c", "4adbe92260784a77", 0, 1},
		{"ünï", "49e726a01857e14a", 0, 1},
	} {
		if got := fmt.Sprintf("%016x", partition.Hash(course, 1234567, c.learner)); got != c.hash {
			t.Errorf("learner %s: hash %s, want %s", c.learner, got, c.hash)
		}
		if got := drawn(two, c.learner); got != c.two {
			t.Errorf("learner %s of two: group %d, want %d", c.learner, got, c.two)
		}
		if got := drawn(weighted, c.learner); got != c.weighted {
			t.Errorf("learner %s of three with weights: group %d, want %d", c.learner, got, c.weighted)
		}
	}
}

func TestDrawingManyLearnersGivesTheSameNumbersEverywhere(t *testing.T) {
	weighted := random(1234567, 1, 2, 3)
	weighted.Groups[0].Weight, weighted.Groups[1].Weight, weighted.Groups[2].Weight = 70, 20, 10
	two, three := partition.NewSet(random(1234567, 0, 1), random(1234568, 0, 1)), partition.NewSet(weighted)
	joint, shares := make(map[[2]int64]int), make(map[int64]int)
	for i := range 200_000 {
		l := &partition.Learner{ID: strconv.Itoa(i)}
		m := two.Groups(course, l)
		joint[[2]int64{m[1234567].Group, m[1234568].Group}]++
		shares[three.Groups(course, l)[1234567].Group]++
	}
	if diff := cmp.Diff(map[int64]int{1: 140_118, 2: 39_844, 3: 20_038}, shares); diff != "" {
		t.Errorf("shares by weight (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[[2]int64]int{{0, 0}: 50_361, {0, 1}: 50_009, {1, 0}: 49_702, {1, 1}: 49_928}, joint); diff != "" {
		t.Errorf("two partitions together (-want +got):\n%s", diff)
	}
}

// chiSquare measures how far counts are from what independence of rows and columns would give.
func chiSquare(counts [][]float64) float64 {
	var total, square float64
	rows, columns := make([]float64, len(counts)), make([]float64, len(counts[0]))
	for i, row := range counts {
		for j, n := range row {
			rows[i], columns[j], total = rows[i]+n, columns[j]+n, total+n
		}
	}
	for i, row := range counts {
		for j, n := range row {
			expected := rows[i] * columns[j] / total
			square += (n - expected) * (n - expected) / expected
		}
	}
	return square
}

func TestRandomPartitionsAreIndependent(t *testing.T) {
	set := partition.NewSet(random(100, 0, 1), random(101, 0, 1, 2))
	cells := [][]float64{make([]float64, 3), make([]float64, 3)}
	for i := range 100_000 {
		var id [16]byte
		id[3], id[9], id[15] = byte(i>>16), byte(i>>8), byte(i)
		m := set.Groups(course, &partition.Learner{ID: hex.EncodeToString(id[:])})
		cells[m[100].Group][m[101].Group]++
	}
	const limit = 13.8 // two degrees of freedom, one chance in a thousand
	if got := chiSquare(cells); got > limit {
		t.Errorf("chi-square is %.1f, above %.1f: %v", got, limit, cells)
	}
}

func TestLearnersOfADeletedGroupSpreadOverTheRest(t *testing.T) {
	before, after := random(100, 0, 1, 2), random(100, 0, 1)
	set, moved := partition.NewSet(after), map[int64]int{}
	for i := range 9_000 {
		id := strconv.Itoa(i)
		stored := drawn(before, id)
		own := set.Groups(course, &partition.Learner{ID: id, Stored: map[int64]int64{100: stored}})[100]
		switch {
		case stored != 2 && (own.Group != stored || own.Source != partition.ByStore):
			t.Fatalf("learner %s was in group %d, which is still there, and is in %+v", id, stored, own)
		case stored == 2 && (own.Source != partition.ByRedraw || own.Lost != 2):
			t.Fatalf("learner %s was in the deleted group, and is in %+v", id, own)
		case stored == 2:
			moved[own.Group]++
		}
	}
	if math.Abs(float64(moved[0]-moved[1])) > 250 { // about 4 standard deviations of 3,000
		t.Errorf("the learners of the deleted group went to %v", moved)
	}
}

func TestReadingNeverAssigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int64Range(0, 5), 1, 4, rapid.ID).Draw(t, "groups")
		set := partition.NewSet(random(100, ids...))
		l := partition.Learner{ID: rapid.StringN(1, 9, 20).Draw(t, "learner"), Stored: map[int64]int64{}}
		if rapid.Bool().Draw(t, "is stored") {
			l.Stored[100] = rapid.Int64Range(0, 7).Draw(t, "stored")
		}
		stored := maps.Clone(l.Stored)
		first := set.Groups(course, &l)
		if diff := cmp.Diff(first, set.Groups(course, &l)); diff != "" {
			t.Errorf("reading twice gives two answers:\n%s", diff)
		}
		if !maps.Equal(stored, l.Stored) {
			t.Errorf("reading has stored %v, before %v", l.Stored, stored)
		}
		own := first[100]
		if !own.In || !slices.Contains(ids, own.Group) {
			t.Errorf("the learner is in %+v of %v", own, ids)
		}
		if was, ok := stored[100]; ok && slices.Contains(ids, was) && own.Group != was {
			t.Errorf("the stored group %d does not stand: %+v", was, own)
		}
		other := partition.NewSet(random(100, append(ids, 99)...)).Groups(course, &partition.Learner{ID: l.ID, Stored: map[int64]int64{100: own.Group}})
		if other[100].Group != own.Group {
			t.Errorf("another group moved a stored learner from %d to %d", own.Group, other[100].Group)
		}
	})
}

func TestTheDefaultCohort(t *testing.T) {
	cohorts := []partition.Cohort{{"C", true}, {"Manual", false}, {"A", true}, {"B", true}}
	for learner, want := range map[string]string{"1": "A", "2": "C", "5": "B"} {
		for range 2 {
			if got, ok := partition.DefaultCohort(course, cohorts, learner); !ok || got != want {
				t.Errorf("learner %s is put into %q, want %q", learner, got, want)
			}
			slices.Reverse(cohorts) // the order of the rows does not matter
		}
	}
	if name, ok := partition.DefaultCohort(course, []partition.Cohort{{"Manual", false}}, "1"); ok {
		t.Errorf("a learner is put into %q, where nobody comes by chance", name)
	}
}

func problem(name string) key.BlockID { return key.BlockID{Type: "problem", Name: name} }

func problems(names string) []key.BlockID {
	var list []key.BlockID
	for _, r := range names {
		list = append(list, problem(string(r)))
	}
	return list
}

func TestDrawingFromAnItemBank(t *testing.T) {
	bank := func(count int, children string) partition.Bank {
		return partition.Bank{Key: course.Block(key.BlockID{Type: "itembank", Name: "bank"}), Count: count, Children: problems(children)}
	}
	for _, c := range []struct {
		name                      string
		bank                      partition.Bank
		learner, stored           string
		want, added, gone, beyond string
	}{
		{"all, in the order of the learner", bank(-1, "abcdef"), "1", "", "cabfed", "cabfed", "", ""},
		{"all, in the order of another learner", bank(-1, "abcdef"), "2", "", "dcbeaf", "dcbeaf", "", ""},
		{"some", bank(2, "abcdef"), "1", "", "ca", "ca", "", ""},
		{"the order of the children does not matter", bank(2, "fedcba"), "1", "", "ca", "ca", "", ""},
		{"a child that is listed twice counts once", bank(3, "aabb"), "1", "", "ab", "ab", "", ""},
		{"more than there are", bank(9, "ab"), "1", "", "ab", "ab", "", ""},
		{"none", bank(0, "abcdef"), "1", "", "", "", "", ""},
		{"what is stored wins", bank(2, "abcdef"), "1", "de", "de", "", "", ""},
		{"what is gone is drawn anew, the rest stays", bank(2, "abcdef"), "1", "xe", "ec", "c", "x", ""},
		{"when more are asked for, those that were there stay", bank(3, "abcdef"), "1", "de", "dec", "c", "", ""},
		{"when fewer are asked for, the first stay", bank(1, "abcdef"), "1", "de", "d", "", "", "e"},
		{"what is stored twice counts once", bank(2, "abcdef"), "1", "dd", "dc", "c", "", ""},
		{"who is not signed in gets nothing", bank(2, "abcdef"), "", "", "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := partition.Selection{Children: problems(c.want), Added: problems(c.added), Gone: problems(c.gone), Over: problems(c.beyond)}
			got := c.bank.Select(c.learner, problems(c.stored))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the selections differ (-want +got):\n%s", diff)
			}
			if changed := c.added+c.gone+c.beyond != ""; got.Changed() != changed {
				t.Errorf("changed is %t", got.Changed())
			}
		})
	}
}

func TestAnExperiment(t *testing.T) {
	e, found := partition.ParseExperiment(100, []byte(`{"0": "block-v1:Demo+AB+2026+type@vertical+block@a", "1": "i4x://Demo/AB/vertical/b", "2": "",
		"x": "block-v1:Demo+AB+2026+type@vertical+block@a", "3": "block-v1:Demo+AB+2026+type@vertical+block@a"}`))
	if diff := cmp.Diff([]string{
		"group_id_to_child[2]: the group 2 gets no child, since this is not the key of a block",
		`group_id_to_child[x]: "x" is not the id of a group`,
	}, texts(found)); diff != "" {
		t.Errorf("the problems differ (-want +got):\n%s", diff)
	}
	a, b := key.BlockID{Type: "vertical", Name: "a"}, key.BlockID{Type: "vertical", Name: "b"}
	for group, want := range map[int64]key.BlockID{0: a, 1: b, 2: {}, 3: a} {
		m := partition.Memberships{100: {In: true, Group: group}}
		if got, ok := e.Child(m); got != want || ok == want.IsZero() {
			t.Errorf("group %d sees %v, want %v", group, got, want)
		}
	}
	if got, ok := e.Child(nil); ok {
		t.Errorf("a learner without a group sees %v", got)
	}
	for child, want := range map[key.BlockID]partition.Access{a: {{100, []int64{0, 3}}}, b: {{100, []int64{1}}}, problem("other"): {{100, nil}}} {
		if diff := cmp.Diff(want, e.Access(child)); diff != "" {
			t.Errorf("%v is open to (-want +got):\n%s", child, diff)
		}
	}
	if _, found := partition.ParseExperiment(100, []byte(`[]`)); len(found) != 1 {
		t.Errorf("a list is no object: %v", found)
	}
}
