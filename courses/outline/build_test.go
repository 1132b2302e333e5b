package outline

import (
	"fmt"
	"strings"
	"testing"

	"lectern/courses/partition"
	"lectern/modulestore/field"
)

// small is a section with a sequence with a unit.
func small(n string, parts ...any) spec {
	return b("chapter/c"+n, b("sequential/s"+n, append([]any{b("vertical/u"+n, b("html/h"+n))}, parts...)...))
}

func TestOddTrees(t *testing.T) {
	long := strings.Repeat("ä", maxTitle+1)
	var many []spec
	for i := range MaxSequences + 1 {
		many = append(many, b(fmt.Sprint("sequential/s", i)))
	}
	for _, c := range []struct {
		name                string
		course              []any
		sections, sequences string
		issues              []string
		message             string // of the first issue, a part of it
	}{
		{"a sound course has no issues", []any{small("1"), small("2")}, "c1 c2", "s1 s2", nil, ""},
		{"a sequence directly in the course is dropped with everything in it", []any{b("sequential/s", b("vertical/u", b("html/h"))), small("1")}, "c1", "s1",
			[]string{"not_section sequential/s"}, "none of its 3 blocks"},
		{"a unit directly in a section is dropped", []any{b("chapter/c", b("vertical/u")), small("1")}, "c c1", "s1", []string{"not_sequence vertical/u"},
			`"u" (vertical/u) stands directly in the section chapter/c, where only subsections can be; learners get none of its 1 block`},
		{"a problem directly in a section is dropped", []any{b("chapter/c", b("problem/p"))}, "c", "", []string{"not_sequence problem/p"}, ""},
		{"a section in a section is dropped with its sequences", []any{b("chapter/c", b("chapter/d", b("sequential/s")))}, "c", "",
			[]string{"not_sequence chapter/d"}, "2 blocks"},
		{"a sequence in a sequence is a unit, with a notice", []any{b("chapter/c", b("sequential/s", b("sequential/inner", b("vertical/u"))))}, "c", "s",
			[]string{"nested_sequence sequential/inner"}, ""},
		{"a problem directly in a sequence is allowed", []any{b("chapter/c", b("sequential/s", b("problem/p")))}, "c", "s", nil, ""},
		{"of a sequence in two sections the first place counts", []any{small("1"), b("chapter/c2", b("sequential/s1"), b("sequential/s2"))}, "c1 c2", "s1 s2",
			[]string{"duplicate_sequence sequential/s1"}, "already stands in chapter/c1; this second place in chapter/c2"},
		{"a sequence twice in one section counts once, and the message says where", []any{b("chapter/c", b("sequential/s"), b("sequential/s"))}, "c", "s",
			[]string{"duplicate_sequence sequential/s"}, "already stands in chapter/c; this second place in chapter/c"},
		{"a section listed twice counts once, at its first place", []any{small("1"), small("2"), b("chapter/c1")}, "c1 c2", "s1 s2",
			[]string{"duplicate_section chapter/c1"}, ""},
		{"a unit in two sequences counts once", []any{small("1"), b("chapter/c2", b("sequential/s2", b("vertical/u1")))}, "c1 c2", "s1 s2",
			[]string{"duplicate_block vertical/u1"}, ""},
		{"a sequence that stands first where it cannot stand counts at its next place", []any{b("sequential/s"), b("chapter/c", b("sequential/s"))}, "c", "s",
			[]string{"not_section sequential/s"}, "none of its 0 blocks"},
		{"a section without sequences is kept", []any{b("chapter/c")}, "c", "", nil, ""},
		{"a course without sections is valid", nil, "", "", nil, ""},
		{"old names of sequences are not sequences", []any{b("chapter/c", b("problemset/p"), b("videosequence/v"))}, "c", "",
			[]string{"not_sequence problemset/p", "not_sequence videosequence/v"}, ""},
		{"a type that nobody knows is named as such in the course", []any{b("mystery/m")}, "", "", []string{"unknown_block_type mystery/m"}, ""},
		{"a type that nobody knows is named as such in a section", []any{b("chapter/c", b("mystery/m"))}, "c", "", []string{"unknown_block_type mystery/m"}, ""},
		{"an unknown type in a unit is nobody's business", []any{b("chapter/c", b("sequential/s", b("vertical/u", b("mystery/m"))))}, "c", "s", nil, ""},
		{"an item bank or a split test in a unit is out of sight", []any{b("chapter/c", b("sequential/s", b("vertical/u", b("itembank/i"),
			b("split_test/x"))))}, "c", "s", nil, ""},
		{"too long a title is kept, and reported", []any{b("chapter/c", title(long))}, "c", "", []string{"title_too_long chapter/c"}, "1001"},
		{"more sequences than Open edX takes are all there", []any{b("chapter/c", many)}, "c", strings.TrimSpace(strings.Join(names(many), " ")),
			[]string{"too_many_sequences course/course"}, "1001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := built(c.course...)
			if got := ids(o, o.Sections); got != c.sections {
				t.Errorf("sections %q, want %q", got, c.sections)
			}
			if got := ids(o, o.Sequences); got != c.sequences {
				t.Errorf("sequences %q, want %q", got, c.sequences)
			}
			sameIssues(t, o, c.issues...)
			if c.message != "" && !strings.Contains(o.Issues[0].String(), c.message) {
				t.Errorf("the message is %q, which does not say %q", o.Issues[0], c.message)
			}
		})
	}
}

func names(list []spec) (names []string) {
	for _, s := range list {
		names = append(names, s.id.Name)
	}
	return names
}

func TestBuildTakesNoBlocksAtAll(t *testing.T) {
	o := build(theCourse, tree{})
	if len(o.Nodes) != 1 || o.Nodes[0].ID != theCourse.Root() {
		t.Errorf("the nodes are %+v", o.Nodes)
	}
	v := Compile(o, Policy{}, Standard()).Evaluate(anna(), z("02-01 00:00"), Options{})
	if got := codes(v.Reasons(0)); got != "course_start_unset" {
		t.Errorf("the reasons are %s", got)
	}
}

func TestGroupsThatAllUnitsHaveRise(t *testing.T) {
	for _, c := range []struct {
		name  string
		units []string // group_access
		rises string
	}{
		{"without units nothing rises", nil, ""},
		{"the rule of a single unit rises", []string{`{"100":[2]}`}, "100: 2"},
		{"equal rules rise", []string{`{"100":[2]}`, `{"100":[2]}`}, "100: 2"},
		{"different rules do not", []string{`{"100":[2]}`, `{"100":[1,2]}`}, ""},
		{"of several partitions those rise that all units have", []string{`{"100":[2],"200":[1]}`, `{"100":[2]}`}, "100: 2"},
		{"the order of groups does not matter", []string{`{"100":[1,2]}`, `{"100":[2,1]}`}, "100: 1, 2"},
		{"groups are sets, unlike in Open edX", []string{`{"100":[2,2]}`, `{"100":[2]}`}, "100: 2"},
		{"a unit without rules keeps them down", []string{`{"100":[2]}`, `{}`}, ""},
		{"empty lists are no rules", []string{`{"100":[]}`, `{"100":[]}`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var units []spec
			for i, text := range c.units {
				units = append(units, b(fmt.Sprint("vertical/u", i), access(text)))
			}
			o := built(b("chapter/c", b("sequential/s", units)))
			got := ""
			for _, r := range o.Nodes[at(t, o, "sequential/s")].Access {
				got += fmt.Sprintf("%d: %s", r.Partition, groupList(r.Groups))
			}
			if got != c.rises {
				t.Errorf("it rose %q, want %q", got, c.rises)
			}
			var want []string
			if c.rises != "" {
				want = []string{"groups_bubbled sequential/s"}
			}
			sameIssues(t, o, want...)
		})
	}
	t.Run("a sequence keeps its own rule, with a notice of the conflict", func(t *testing.T) {
		o := built(b("chapter/c", b("sequential/s", access(`{"100":[1]}`), b("vertical/u", access(`{"100":[2]}`)))))
		if got := o.Nodes[at(t, o, "sequential/s")].Access[0].Groups; len(got) != 1 || got[0] != 1 {
			t.Errorf("its groups are %v", got)
		}
		sameIssues(t, o, "groups_conflict sequential/s")
	})
	t.Run("nothing rises to sections", func(t *testing.T) {
		o := built(b("chapter/c", b("sequential/s", access(`{"100":[1]}`))))
		if got := o.Nodes[at(t, o, "chapter/c")].Access; got != nil {
			t.Errorf("its rules are %v", got)
		}
	})
}

func TestWhatIsOddInSettingsIsListedWithItsPlace(t *testing.T) {
	long := b("sequential/target", graded, b("problem/p"))
	for _, c := range []struct {
		name     string
		settings func(*courseSettings)
		course   []any
		issue    string
		severity field.Severity
		message  string
	}{
		{"a section restricted to no group", nil, []any{b("chapter/c", access(`{"100":[]}`))}, "empty_groups chapter/c", field.Warning,
			"no group of the partition 100"},
		{"a group that is gone", nil, []any{b("chapter/c", b("sequential/s", b("vertical/u", b("html/h", access(`{"100":[9]}`)))))}, "group_unknown html/h",
			field.Error, `"h" (html/h) is closed to all learners, since the partition "P" has no group 9`},
		{"a partition that is gone", nil, []any{b("chapter/c", access(`{"999":[1]}`))}, "group_unknown chapter/c", field.Error, "no partition 999"},
		{"partitions that are no list", func(s *courseSettings) { s.userPartitions = "{}" }, nil, "groups_unreadable course/course", field.Error,
			"user_partitions: this is not a list of partitions"},
		{"a visibility that there is not", func(s *courseSettings) { s.visibility = "secret" }, nil, "bad_visibility course/course", field.Error,
			"counts as private"},
		{"negative days for beta testers", func(s *courseSettings) { s.betaDays = new(-1.0) }, nil, "negative_beta_days course/course", field.Error, "is -1"},
		{"a prerequisite that is gone", nil, []any{b("chapter/c", b("sequential/s", after("sequential/gone", "50", "0")))},
			"prerequisite_missing sequential/s", field.Error, "sequential/gone"},
		{"a unit as prerequisite", nil, []any{b("chapter/c", b("sequential/s", after("vertical/u", "50", "0")), b("sequential/t", b("vertical/u")))},
			"prerequisite_missing sequential/s", field.Error, "vertical/u"},
		{"a sequence that waits for itself", nil, []any{b("chapter/c", b("sequential/s", after("sequential/s", "-", "100")))},
			"prerequisite_cycle sequential/s", field.Error, "itself"},
		{"a sequence that waits for the section it is in", nil, []any{b("chapter/c", b("sequential/s", after("chapter/c", "-", "100")))},
			"prerequisite_cycle sequential/s", field.Error, ""},
		{"a gate that asks for nothing", nil, []any{b("chapter/c", long, b("sequential/s", after("sequential/target", "0", "0")))},
			"prerequisite_trivial sequential/s", field.Warning, ""},
		{"junk for a score", nil, []any{b("chapter/c", long, b("sequential/s", after("sequential/target", "half", "0")))},
			"prerequisite_value sequential/s", field.Error, `"half" and counts as 100`},
		{"a score of something ungraded", nil, []any{b("chapter/c", b("sequential/t"), b("sequential/s", after("sequential/t", "50", "0")))},
			"prerequisite_ungraded sequential/s", field.Warning, "sequential/t"},
		{"prerequisites that are switched off", func(s *courseSettings) { s.gating = false }, []any{b("chapter/c", long, b("sequential/s",
			after("sequential/target", "50", "0")))},
			"gating_off sequential/s", field.Warning, "enable_subsection_gating"},
		{"an entrance exam that is gone", func(s *courseSettings) { s.exam, s.examID = true, "chapter/gone" }, nil, "entrance_exam_missing course/course",
			field.Error, "chapter/gone"},
		{"work that is due before it opens", nil, []any{b("chapter/c", b("sequential/s", opens("06-01 00:00"), dueOn("05-20 00:00")))},
			"due_before_start sequential/s", field.Warning, "05-20"},
		{"the same where it is hidden after that", nil, []any{b("chapter/c", b("sequential/s", hideAfter, opens("06-01 00:00"), dueOn("05-20 00:00")))},
			"never_open sequential/s", field.Error, "05-20"},
		{"work that is due after the course", func(s *courseSettings) { s.end = z("05-01 00:00") }, []any{b("chapter/c", dueOn("05-20 00:00"))},
			"due_after_course_end chapter/c", field.Warning, "05-20"},
		{"no key of a course", func(s *courseSettings) { s.prerequisites = `["nonsense"]` }, nil, "course_prerequisite_unreadable course/course",
			field.Error, "nonsense"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := build(theCourse, courseOf(c.settings, c.course...))
			sameIssues(t, o, c.issue)
			if len(o.Issues) == 1 && (o.Issues[0].Severity != c.severity || !strings.Contains(o.Issues[0].Message(), c.message)) {
				t.Errorf("%s, %q; want %s, %q", o.Issues[0].Severity, o.Issues[0].Message(), c.severity, c.message)
			}
		})
	}
}

func TestACycleOfPrerequisitesOpensAndOthersStay(t *testing.T) {
	o := built(b("chapter/c",
		b("sequential/a", after("sequential/b", "-", "100")), b("sequential/b", after("sequential/c", "-", "100")), b("sequential/c", after("sequential/a",
			"-", "100")),
		b("sequential/d", after("sequential/a", "-", "100"))))
	sameIssues(t, o, "prerequisite_cycle sequential/a", "prerequisite_cycle sequential/b", "prerequisite_cycle sequential/c")
	for name, gates := range map[string]int{"a": 0, "b": 0, "c": 0, "d": 1} {
		if got := len(o.Nodes[at(t, o, "sequential/"+name)].Gates); got != gates {
			t.Errorf("%s has %d gates, want %d", name, got, gates)
		}
	}
}

func TestChildrenOfAnExperimentAreForTheirGroups(t *testing.T) {
	e, _ := partition.ParseExperiment(100, []byte(`{"1": "block-v1:Org+C+R+type@vertical+block@one", "2": "block-v1:Org+C+R+type@vertical+block@two"}`))
	var split setting = func(b *block) { b.groups.experiment = &e }
	c := compiled(b("chapter/c", b("sequential/s", b("vertical/u", b("split_test/x", split, b("vertical/one"), b("vertical/two"), b("vertical/none"))))))
	f := anna()
	f.Groups = in(100, 2)
	v := c.Evaluate(f, z("02-01 00:00"), Options{})
	for name, want := range map[string]string{"vertical/one": "gone", "vertical/two": "open", "vertical/none": "gone", "split_test/x": "open"} {
		if got := shown(v.Verdict(at(t, c.Outline, name))); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
