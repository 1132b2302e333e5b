package olx

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCountsAreOfDistinctBlocks counts each block once, however many places it has, and units apart from other verticals.
func TestCountsAreOfDistinctBlocks(t *testing.T) {
	course := decodeFiles(t, withUnit(`
		<problem url_name="p"/> <problem url_name="p"/> <html url_name="h">x</html> <problem url_name="missing"/>
		<split_test url_name="t"><vertical url_name="w"><frob url_name="f">x</frob></vertical></split_test>`, map[string]string{
		"problem/p.xml":         "<problem/>",
		"sequential/s.xml":      "<sequential><vertical url_name='v'/><vertical url_name='v'/><html url_name='direct'>x</html></sequential>",
		"about/overview.html":   "not counted",
		"drafts/vertical/d.xml": `<vertical parent_url="block-v1:O+C+r+type@sequential+block@s" index_in_children_list="0"/>`,
	}))
	want := Counts{Chapters: 1, Sequentials: 1, Units: 1, Verticals: 2, Blocks: 11, Leaves: map[string]int{"problem": 2, "html": 2, "frob": 1}}
	if diff := cmp.Diff(want, Count(course.Published)); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	want.Units, want.Verticals, want.Blocks = 2, 3, 12
	if diff := cmp.Diff(want, Count(course.Draft)); diff != "" {
		t.Errorf("draft (-want +got):\n%s", diff)
	}
}
