package olx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// courseSettings are settings of the root that the checks of other blocks need.
type courseSettings struct {
	root       *item
	partitions map[int64]partition
	passports  map[string]bool
	// elsewhere says that /static/ links do not lead to this course's own assets.
	elsewhere bool
}

// partition is a way to put learners into groups, with the names of its groups by id.
type partition struct {
	name   string
	groups map[int64]string
	order  []int64 // the ids of the groups
}

// courseSettings reads and checks them, once: a draft tree has the settings of the published one.
func (c *checker) courseSettings(root *item) {
	if c.settings.root != nil {
		return
	}
	c.settings = courseSettings{root: root, partitions: make(map[int64]partition), passports: make(map[string]bool)}
	path, _ := root.textSetting("static_asset_path")
	c.settings.elsewhere = path != ""
	c.partitions(root)
	c.passports(root)
	c.tabs(root)
	for _, name := range []string{"course_image", "banner_image", "video_thumbnail_image"} {
		if file, at := root.textSetting(name); file != "" && !strings.Contains(file, "/") && !c.assets.has(file) {
			c.report(ruleAssetMissing, at, "%s is %s, which is not among the files of the course%s", name, file, c.assets.hint(file))
		}
	}
}

// entries are the members of a setting that is a list, each with its place.
func (it *item) entries(name string) []entry {
	v, at, _ := it.setting(name)
	text := v.JSON()
	if at.facet == modulestore.PolicyFacet {
		text, _ = it.PolicyEntry(name, it.body) // offsets count in the text of the file
	}
	var list []entry
	for _, e := range jsonArray([]byte(text)) {
		list = append(list, entry{json: text[e.start:e.end], at: at.at(e.start)})
	}
	return list
}

// entry is a member of a list, as the JSON of its source.
type entry struct {
	json string
	at   spot
}

// userPartition is an entry of user_partitions.
type userPartition struct {
	ID      *int64
	Name    string
	Scheme  *string
	Version *int
	Groups  []struct {
		ID   *int64
		Name string
	}
}

// partitionSchemes are those that Open edX has, or had.
var partitionSchemes = []string{"random", "cohort", "enrollment_track", "content_type_gate", "team", "verification"}

func (c *checker) partitions(root *item) {
	for _, e := range root.entries("user_partitions") {
		var p userPartition
		if err := json.Unmarshal([]byte(e.json), &p); err != nil || p.ID == nil {
			c.report(rulePartitionShape, e.at, "a partition is not an object with an id and groups")
			continue
		}
		if first, twice := c.settings.partitions[*p.ID]; twice {
			c.report(rulePartitionShape, e.at, "the partitions %q and %q have the same id %d", first.name, p.Name, *p.ID)
			continue
		}
		if p.Scheme != nil && !slices.Contains(partitionSchemes, *p.Scheme) {
			c.report(rulePartitionScheme, e.at, "the partition %q has the scheme %q", p.Name, *p.Scheme)
		}
		if p.Version != nil && (*p.Version < 1 || *p.Version > 3) {
			c.report(rulePartitionScheme, e.at, "the partition %q has the version %d", p.Name, *p.Version)
		}
		known := partition{name: p.Name, groups: make(map[int64]string)}
		for _, g := range p.Groups {
			if g.ID == nil {
				c.report(rulePartitionShape, e.at, "a group of the partition %q has no id", p.Name)
				continue
			}
			if first, twice := known.groups[*g.ID]; twice {
				c.report(rulePartitionShape, e.at, "the groups %q and %q of the partition %q have the same id %d", first, g.Name, p.Name, *g.ID)
			}
			known.groups[*g.ID] = g.Name
		}
		known.order = slices.Sorted(maps.Keys(known.groups))
		c.settings.partitions[*p.ID] = known
	}
}

// firstStaticPartition is the lowest id of a partition that a course defines itself. Lower ones (enrolment tracks, content gates) are made by
// the platform and stand in no course.
const firstStaticPartition = 100

// reach says which groups can reach a block, by partition: those that it is open to itself, as far as they can reach what it stands in.
type reach struct {
	groups map[int64]map[int64]bool
	above  *reach
}

// of gives the groups of a partition that can reach the block; ok is false when all can.
func (r *reach) of(partition int64) (groups map[int64]bool, ok bool) {
	for ; r != nil; r = r.above {
		if groups, ok := r.groups[partition]; ok {
			return groups, true
		}
	}
	return nil, false
}

// under narrows the reach of a block to the groups that it is open to itself.
func (r *reach) under(access map[int64][]int64) *reach {
	below := &reach{above: r, groups: make(map[int64]map[int64]bool)}
	for id, groups := range access {
		if len(groups) == 0 { // no restriction
			continue
		}
		above, restricted := r.of(id)
		below.groups[id] = make(map[int64]bool)
		for _, g := range groups {
			if !restricted || above[g] {
				below.groups[id][g] = true
			}
		}
	}
	return below
}

// groupAccess is what a block itself says of the groups that it is open to, by partition. ok is false when it says nothing, err tells what
// cannot be read.
func (it *item) groupAccess() (access map[int64][]int64, at spot, ok bool, err error) {
	v, at, ok := it.setting("group_access")
	if !ok || v.Null() {
		return nil, at, false, nil
	}
	var read map[int64]json.RawMessage
	if err := json.Unmarshal([]byte(v.JSON()), &read); err != nil {
		return nil, at, true, errors.New("map the ids of partitions to lists of ids of groups")
	}
	access = make(map[int64][]int64, len(read))
	for _, id := range slices.Sorted(maps.Keys(read)) {
		var groups []int64
		if string(read[id]) == "false" { // nobody
			continue
		}
		if json.Unmarshal(read[id], &groups) != nil {
			err = fmt.Errorf("give partition %d a list of ids of groups", id)
			continue
		}
		access[id] = groups
	}
	return access, at, true, err
}

// groupAccess checks which groups a block is open to.
func (c *checker) groupAccess(it *item) {
	access, at, ok, err := it.groupAccess()
	if !ok || c.course.Key.Library {
		return
	}
	if err != nil {
		c.report(ruleFieldShape, at, "group_access of %s must %s", it.ID, err)
	}
	for _, id := range slices.Sorted(maps.Keys(access)) {
		c.knownGroups(it, at, id, access[id])
		if groups, restricted := it.access.groups[id]; restricted && len(groups) == 0 {
			c.report(rulePartitionNobody, at, "%s is open to none of the groups that can reach it", it.ID)
		}
	}
}

func (c *checker) knownGroups(it *item, at spot, id int64, groups []int64) {
	p, ok := c.settings.partitions[id]
	if !ok {
		if id >= firstStaticPartition {
			c.report(rulePartitionUnknown, at, "group_access of %s names the partition %d, which the course does not have", it.ID, id)
		}
		return
	}
	for _, g := range groups {
		if _, ok := p.groups[g]; !ok {
			c.report(rulePartitionUnknown, at, "group_access of %s names the group %d, which the partition %q does not have", it.ID, g, p.name)
		}
	}
}

// passports reads the ids of lti_passports.
func (c *checker) passports(root *item) {
	for _, e := range root.entries("lti_passports") {
		var text string
		err := json.Unmarshal([]byte(e.json), &text)
		parts := strings.SplitN(text, ":", 3)
		if err != nil || len(parts) < 3 {
			c.report(ruleLTIShape, e.at, "an LTI passport is not of the form ID:KEY:SECRET") // never the text itself: it is secret
			continue
		}
		c.settings.passports[strings.TrimSpace(parts[0])] = true
	}
}

// tabTypes are the types of tabs that Open edX has, or had.
var tabTypes = []string{
	"courseware", "course_info", "textbooks", "pdf_textbooks", "html_textbooks", "discussion", "external_discussion", "external_link", "wiki",
	"progress", "dates", "syllabus", "static_tab", "edxnotes", "notes", "instructor", "teams", "lti_live", "open_ended", "peer_grading",
	"staff_grading", "ccx_coach", "bookmarks",
}

// tabs checks that each custom page has an entry in the list of tabs, and each entry its page.
func (c *checker) tabs(root *item) {
	if c.course.Key.Library {
		return
	}
	listed := make(map[string]bool)
	for _, e := range root.entries("tabs") {
		var tab map[string]any
		err := json.Unmarshal([]byte(e.json), &tab)
		kind := stringOf(tab["type"])
		switch {
		case err != nil || kind == "":
			c.report(ruleTabShape, e.at, "an entry of tabs has no type")
		case kind == "static_tab":
			slug := stringOf(tab["url_slug"])
			listed[slug] = true
			c.staticTab(root, e.at, stringOf(tab["name"]), slug)
		case (kind == "external_discussion" || kind == "external_link") && stringOf(tab["link"]) == "":
			c.report(ruleTabShape, e.at, "a tab of type %s has no link", kind)
		case !slices.Contains(tabTypes, kind):
			c.report(ruleTabUnknown, e.at, "Open edX itself has no tab of type %q", kind)
		}
	}
	for _, id := range root.tree.Detached {
		if b := root.tree.Blocks[id]; id.Type == "static_tab" && b != nil && !listed[id.Name] {
			page := &item{Block: b, tree: root.tree}
			c.report(ruleTabNoEntry, page.text("data", 0), "no entry of tabs has the url_slug %q", id.Name)
		}
	}
}

// staticTab checks the entry of a custom page.
func (c *checker) staticTab(root *item, at spot, name, slug string) {
	switch {
	case slug == "" || name == "":
		c.report(ruleTabShape, at, "a static_tab needs a name and a url_slug")
	case root.tree.Blocks[key.BlockID{Type: "static_tab", Name: slug}] == nil:
		c.report(ruleTabNoPage, at, "tabs lists the page %q, but there is no tabs/%s.html", name, slug)
	}
}

// stringOf returns a decoded JSON value if it is a text.
func stringOf(v any) string {
	s, _ := v.(string)
	return s
}

// extent is a part of a source.
type extent struct{ start, end int }

// jsonArray finds the members of a JSON array in its source; none when it is not one.
func jsonArray(src []byte) []extent {
	dec := json.NewDecoder(bytes.NewReader(src))
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return nil
	}
	var list []extent
	for dec.More() {
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			break
		}
		end := int(dec.InputOffset())
		list = append(list, extent{end - len(value), end})
	}
	return list
}
