package answer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lectern/courses/answer"
)

func TestChoicesAreDrawnAsTheAuthorAsks(t *testing.T) {
	names := func(t *testing.T, attrs string, seed int64) (list []string) {
		t.Helper()
		p, err := answer.ParseBlock(nil, `<multiplechoiceresponse><choicegroup `+attrs+`>
			<choice correct="true">right</choice><choice correct="true">right too</choice><choice correct="false">a</choice>
			<choice correct="false">b</choice><choice correct="false">c</choice><choice correct="false" fixed="true">none</choice>
			</choicegroup></multiplechoiceresponse>`)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Parts[0].Draw(seed) {
			list = append(list, c.Text)
		}
		return list
	}
	written := []string{"right", "right too", "a", "b", "c", "none"}
	if got := names(t, "", 7); !slices.Equal(got, written) {
		t.Errorf("without shuffle they stand as written: %v", got)
	}
	orders := make(map[string]bool)
	for seed := range int64(40) {
		got := names(t, `shuffle="true"`, seed)
		if !slices.Equal(got, names(t, `shuffle="true"`, seed)) {
			t.Errorf("seed %d gives two orders", seed)
		}
		if got[5] != "none" {
			t.Errorf("what is fixed has moved: %v", got)
		}
		orders[fmt.Sprint(got)] = true
		drawn := names(t, `answer-pool="3"`, seed)
		right := 0
		for _, c := range drawn {
			if strings.HasPrefix(c, "right") {
				right++
			}
		}
		if len(drawn) != 3 || right != 1 || !slices.IsSortedFunc(drawn, func(a, b string) int { return slices.Index(written, a) - slices.Index(written, b) }) {
			t.Errorf("of a pool of 3 come %v", drawn)
		}
	}
	if len(orders) < 20 {
		t.Errorf("40 seeds give %d orders", len(orders))
	}
}
