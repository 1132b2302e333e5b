package modulestore

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBranchesAreMerged(t *testing.T) {
	for _, c := range []struct {
		name             string
		draft, published [2]string
		want             []string
	}{
		{"the same change in both branches is one",
			[2]string{"course/c\n\thtml/a", "course/c\n\thtml/b"},
			[2]string{"course/c\n\thtml/a", "course/c\n\thtml/b"},
			[]string{"both added html/b", "both removed html/a"}},
		{"positions may differ",
			[2]string{"course/c\n\thtml/1\n\thtml/2\n\thtml/3\n\thtml/a", "course/c\n\thtml/a\n\thtml/1\n\thtml/2\n\thtml/3"},
			[2]string{"course/c\n\thtml/1\n\thtml/2\n\thtml/a", "course/c\n\thtml/a\n\thtml/1\n\thtml/2"},
			[]string{"both moved html/a"}},
		{"the old parents may not",
			[2]string{"course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a", "course/c\n\tchapter/1\n\tchapter/2\nhtml/a"},
			[2]string{"course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2", "course/c\n\tchapter/1\n\tchapter/2\nhtml/a"},
			[]string{"draft moved html/a", "published moved html/a"}},
		{"the new parents may not",
			[2]string{"course/c\n\tchapter/1\n\tchapter/2\nhtml/a", "course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a"},
			[2]string{"course/c\n\tchapter/1\n\tchapter/2\nhtml/a", "course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2"},
			[]string{"draft moved html/a", "published moved html/a"}},
		{"what has come with it may not",
			[2]string{"course/c", "course/c\n\tchapter/1\n\t\thtml/a\n\t\thtml/b"},
			[2]string{"course/c", "course/c\n\tchapter/1\n\t\thtml/a"},
			[]string{"draft added chapter/1", "published added chapter/1"}},
		{"settings may not",
			[2]string{"course/c x=1", "course/c x=2"}, [2]string{"course/c x=1", "course/c x=3"},
			[]string{"draft settings course/c", "published settings course/c"}},
		{"content may not",
			[2]string{"course/c markup=1", "course/c markup=2"}, [2]string{"course/c markup=1", "course/c markup=3"},
			[]string{"draft content course/c", "published content course/c"}},
		{"both branches stand in one order, what is gone at the end",
			[2]string{
				"course/c\n\thtml/1\n\thtml/2 x=1\n\thtml/gone1\n\thtml/3\n\thtml/gone2",
				"course/c\n\thtml/1\n\thtml/2 x=2 display_name=N\n\thtml/gone1\n\thtml/3\n\thtml/4",
			},
			[2]string{
				"course/c\n\thtml/1\n\thtml/2\n\thtml/gone1\n\thtml/3\n\thtml/gone2\n\thtml/5",
				"course/c x=1\n\thtml/1 x=1\n\thtml/2 display_name=P\n\thtml/3 x=1\n\thtml/gone2 x=1\n\thtml/5 x=1",
			},
			[]string{
				"published settings course/c", "published settings html/1",
				"draft renamed html/2", "published renamed html/2", "draft settings html/2", "published settings html/3",
				"draft added html/4", "published settings html/gone2", "published settings html/5",
				"published removed html/gone1", "draft removed html/gone2",
			}},
	} {
		var branches []*comparison
		for _, b := range []struct {
			branch Branch
			trees  [2]string
		}{{Draft, c.draft}, {Published, c.published}} {
			a, b2 := drawn(t, b.trees[0]), drawn(t, b.trees[1])
			one := newComparison(a.tree, b2.tree, DiffOptions{})
			one.branch = b.branch
			err := one.run(func(id ID) (*Body, error) {
				if body := a.bodies[id]; body != nil {
					return body, nil
				}
				return b2.bodies[id], nil
			})
			if err != nil {
				t.Fatal(err)
			}
			branches = append(branches, one)
		}
		got := []string{}
		for _, change := range mergeBranches(branches) {
			got = append(got, fmt.Sprintf("%s %s %s", change.Branch, change.Kind, change.Block))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
