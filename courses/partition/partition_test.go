package partition_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/partition"
	"lectern/modulestore/key"
)

var course = key.Course{Org: "Demo", Code: "AB", Run: "2026"}

// random is a partition of that scheme with groups of weight 1.
func random(id int64, groups ...int64) partition.Partition {
	p := partition.Partition{ID: id, Name: fmt.Sprintf("P%d", id), Scheme: partition.RandomScheme}
	for _, g := range groups {
		p.Groups = append(p.Groups, partition.Group{ID: g, Weight: 1})
	}
	return p
}

func TestParsingPartitions(t *testing.T) {
	for _, c := range []struct {
		name     string
		text     string
		want     []partition.Partition
		problems []string
	}{
		{"nothing", ``, nil, nil},
		{"no partitions", `[]`, nil, nil},
		{"a partition of version 3, as Studio writes it",
			`[{"active": true, "description": "D", "groups": [{"id": 7, "name": "A", "version": 1}], "id": 691143246, "name": "Content Groups",
				"parameters": {}, "scheme": "cohort", "version": 3}]`,
			[]partition.Partition{{ID: 691143246, Name: "Content Groups", Description: "D", Scheme: partition.CohortScheme, Groups: []partition.Group{{7, "A", 1}}}},
			nil},
		{"version 1 had no scheme and was random", `[{"id": 100, "name": "P", "version": 1, "groups": []}]`,
			[]partition.Partition{{ID: 100, Name: "P", Scheme: partition.RandomScheme}}, nil},
		{"a scheme in version 1 is not looked at", `[{"id": 100, "name": "P", "version": 1, "scheme": "cohort"}]`,
			[]partition.Partition{{ID: 100, Name: "P", Scheme: partition.RandomScheme}},
			[]string{`user_partitions[0]: the partition "P" is of version 1, so it is random, not "cohort"`}},
		{"without a scheme it is random in any version", `[{"id": 100, "name": "P", "version": 3}]`,
			[]partition.Partition{{ID: 100, Name: "P", Scheme: partition.RandomScheme}}, nil},
		{"inactive, optional, teams, weights",
			`[{"id": 100, "name": "P", "active": false, "scheme": "team", "parameters": {"optional": true, "team_set_id": "ts"}, "groups": [{"id": 1, "name": "A", "weight": 70}]}]`,
			[]partition.Partition{{ID: 100, Name: "P", Scheme: partition.TeamScheme, Inactive: true, Optional: true, TeamSet: "ts",
				Groups: []partition.Group{{1, "A", 70}}}}, nil},
		{"an unknown scheme is kept", `[{"id": 100, "name": "P", "scheme": "stars"}]`, []partition.Partition{{ID: 100, Name: "P", Scheme: "stars"}},
			[]string{`user_partitions[0]: the partition "P" has the scheme "stars", by which nobody gets a group`}},
		{"the first of an id stands", `[{"id": 100, "name": "P"}, {"id": 100, "name": "Q"}]`,
			[]partition.Partition{{ID: 100, Name: "P", Scheme: partition.RandomScheme}},
			[]string{`user_partitions[1]: the partition "Q" has the id 100 of the partition "P" and is left out`}},
		{"ids out of range, and ids of the platform", `[{"id": 0, "name": "Z"}, {"id": 2147483648, "name": "L"}, {"name": "N"}, {"id": 50, "name": "T", "scheme": "enrollment_track"}]`,
			[]partition.Partition{{ID: 50, Name: "T", Scheme: partition.TrackScheme}}, []string{
				`user_partitions[0]: the partition "Z" has the id 0, which is not from 1 to 2147483647, and is left out`,
				`user_partitions[1]: the partition "L" has the id 2147483648, which is not from 1 to 2147483647, and is left out`,
				`user_partitions[2]: the partition "N" has no id and is left out`,
				`user_partitions[3]: the partition "T" has the id 50, which belongs to the platform; it stands in the place of the platform's`}},
		{"one bad group does not take the others away", `[{"id": 100, "name": "P", "groups": [{"id": 0, "name": "A"}, 7, {"name": "B"}, {"id": 0, "name": "C"}, {"id": 2, "weight": -1}]}]`,
			[]partition.Partition{{ID: 100, Name: "P", Scheme: partition.RandomScheme, Groups: []partition.Group{{0, "A", 1}, {2, "", 0}}}}, []string{
				`user_partitions[0].groups[1]: this group of the partition "P" cannot be read and is left out: json: cannot unmarshal number into Go value of type partition.storedGroup`,
				`user_partitions[0].groups[2]: the group "B" of the partition "P" has no id from 0 up and is left out`,
				`user_partitions[0].groups[3]: the group "C" of the partition "P" has the id 0 of the group "A" and is left out`,
				`user_partitions[0].groups[4]: the group "" has the weight -1, which is read as 0`}},
		{"a version nobody knows", `[{"id": 100, "name": "P", "version": 4, "scheme": "random"}]`,
			[]partition.Partition{{ID: 100, Name: "P", Scheme: partition.RandomScheme}},
			[]string{`user_partitions[0]: the partition "P" has the version 4 and is read as one of version 3`}},
		{"not a list", `{}`, nil, []string{`user_partitions: this is not a list of partitions, so the course has none: json: cannot unmarshal object into Go value of type []json.RawMessage`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := partition.Parse([]byte(c.text))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the partitions differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.problems, texts(problems)); diff != "" {
				t.Errorf("the problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func texts[T fmt.Stringer](list []T) []string {
	var s []string
	for _, one := range list {
		s = append(s, one.String())
	}
	return s
}

func TestParsingGroupAccess(t *testing.T) {
	closed := partition.Closed()
	for _, c := range []struct {
		name, text string
		want       partition.Access
		problems   int
	}{
		{"nothing", ``, nil, 0},
		{"null", `null`, nil, 0},
		{"no rules", `{}`, nil, 0},
		{"an empty list and null are no rules", `{"50": [], "51": null}`, nil, 0},
		{"groups are sorted, each once", `{"77": [3, 1, 3], "50": [2]}`, partition.Access{{50, []int64{2}}, {77, []int64{1, 3}}}, 0},
		{"false is nobody", `{"77": false}`, partition.Access{{Partition: 77}}, 0},
		{"a list that cannot be read is nobody", `{"77": ["2"]}`, partition.Access{{Partition: 77}}, 1},
		{"a partition twice is nobody", `{"77": [2], "077": [1]}`, partition.Access{{Partition: 77}}, 1},
		{"a name that is no id closes the block", `{"cohort": [2]}`, closed, 1},
		{"what is no object closes the block", `[50]`, closed, 1},
		{"what is no JSON closes the block", `{"50": [2`, closed, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := partition.ParseAccess([]byte(c.text))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the rules differ (-want +got):\n%s", diff)
			}
			if len(problems) != c.problems {
				t.Errorf("%d problems, want %d: %v", len(problems), c.problems, problems)
			}
		})
	}
}

func TestRulesNarrowDownTheTree(t *testing.T) {
	for _, c := range []struct {
		name              string
		above, own, joint partition.Access
	}{
		{"no rules at all", nil, nil, nil},
		{"those of the section", partition.Access{{50, []int64{2}}}, nil, partition.Access{{50, []int64{2}}}},
		{"those of the block", nil, partition.Access{{50, []int64{2}}}, partition.Access{{50, []int64{2}}}},
		{"of different partitions both hold", partition.Access{{77, []int64{1}}, {99, []int64{4}}}, partition.Access{{50, []int64{2}}, {88, []int64{3}}},
			partition.Access{{50, []int64{2}}, {77, []int64{1}}, {88, []int64{3}}, {99, []int64{4}}}},
		{"of one partition what both open", partition.Access{{50, []int64{1, 2}}}, partition.Access{{50, []int64{2, 3}}}, partition.Access{{50, []int64{2}}}},
		{"a contradiction is nobody", partition.Access{{50, []int64{1}}}, partition.Access{{50, []int64{2}}}, partition.Access{{50, []int64{}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.joint, c.own.Under(c.above)); diff != "" {
				t.Errorf("the rules differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoSeesABlock(t *testing.T) {
	inactive, optional := random(300, 1, 2), random(400, 1, 2)
	inactive.Inactive, optional.Optional = true, true
	set := partition.NewSet(random(100, 1, 2, 3), random(200, 1, 2), inactive, optional)
	in := func(pairs ...int64) partition.Memberships {
		m := partition.Memberships{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = partition.Membership{In: true, Group: pairs[i+1], Source: partition.ByStore}
		}
		return m
	}
	for _, c := range []struct {
		name   string
		access partition.Access
		groups partition.Memberships
		denied []string
	}{
		{"without rules everybody", nil, nil, nil},
		{"a learner of the group", partition.Access{{100, []int64{1}}}, in(100, 1), nil},
		{"one of several groups is enough", partition.Access{{100, []int64{1, 2}}}, in(100, 2), nil},
		{"a learner of another group does not", partition.Access{{100, []int64{1, 2}}}, in(100, 3),
			[]string{`only for the groups 1, 2 of "P100", the learner's is 3`}},
		{"a learner without a group does not", partition.Access{{100, []int64{1}}}, nil, []string{`only for the groups 1 of "P100", the learner's is none`}},
		{"every partition must pass", partition.Access{{100, []int64{1}}, {200, []int64{2}}}, in(100, 1, 200, 2), nil},
		{"one that does not pass is enough to close", partition.Access{{100, []int64{1}}, {200, []int64{2}}}, in(100, 1, 200, 1),
			[]string{`only for the groups 2 of "P200", the learner's is 1`}},
		{"all that close are told", partition.Access{{100, []int64{1}}, {200, []int64{2}}}, nil,
			[]string{`only for the groups 1 of "P100", the learner's is none`, `only for the groups 2 of "P200", the learner's is none`}},
		{"an inactive partition is passed over, unknown groups of it too", partition.Access{{300, []int64{9}}}, nil, nil},
		{"so is a rule on one that opens to nobody, which closes in Open edX where a block is opened, and not in lists of blocks",
			partition.Access{{300, nil}}, nil, nil},
		{"an inactive partition does not open what another closes", partition.Access{{100, []int64{1}}, {300, nil}}, in(100, 2),
			[]string{`only for the groups 1 of "P100", the learner's is 2`}},
		{"an optional one does not close to those without a group", partition.Access{{400, []int64{1}}}, nil, nil},
		{"but it does to those of another group", partition.Access{{400, []int64{1}}}, in(400, 2), []string{`only for the groups 1 of "P400", the learner's is 2`}},
		{"an unknown partition closes", partition.Access{{999, []int64{1}}}, in(999, 1), []string{`closed, since the course has no partition 999`}},
		{"an unknown group closes, also to those of a known one", partition.Access{{100, []int64{1, 9}}}, in(100, 1),
			[]string{`closed, since the partition "P100" has no group 9`}},
		{"nobody is nobody", partition.Access{{100, nil}}, in(100, 1), []string{`open to no group of the partition 100`}},
		{"what cannot be read closes", partition.Access{{0, nil}}, nil, []string{`closed, since its group_access cannot be read`}},
		{"the tracks and gates of the platform are there", partition.Access{{50, []int64{1, 2}}, {51, []int64{2}}}, in(50, 2, 51, 2), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.denied, texts(set.Check(c.access, c.groups))); diff != "" {
				t.Errorf("denials differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhichGroupALearnerIsIn(t *testing.T) {
	inactive := random(300, 0, 1)
	inactive.Inactive = true
	frozen := random(400, 0, 1)
	frozen.Groups[0].Weight, frozen.Groups[1].Weight = 0, 0
	content := random(200, 1, 2)
	content.Scheme = partition.CohortScheme
	teams := random(500, 11, 12)
	teams.Scheme = partition.TeamScheme
	odd := random(600, 1)
	odd.Scheme = "stars"
	set := partition.NewSet(random(1234567, 0, 1), content, inactive, frozen, teams, odd)
	of := func(group int64, source partition.Source) partition.Membership {
		return partition.Membership{In: true, Group: group, Source: source}
	}
	none := partition.Membership{}
	for _, c := range []struct {
		name      string
		partition int64
		learner   partition.Learner
		want      partition.Membership
	}{
		{"a random group is drawn", 1234567, partition.Learner{ID: "1"}, of(1, partition.ByHash)},
		{"a stored group stands", 1234567, partition.Learner{ID: "1", Stored: map[int64]int64{1234567: 0}}, of(0, partition.ByStore)},
		{"a stored group that was deleted is drawn again among the rest", 1234567, partition.Learner{ID: "1", Stored: map[int64]int64{1234567: 2}},
			partition.Membership{In: true, Group: 0, Source: partition.ByRedraw, Lost: 2}},
		{"nobody who is not signed in gets a random group", 1234567, partition.Learner{}, none},
		{"nobody is drawn in an inactive partition", 300, partition.Learner{ID: "1"}, none},
		{"nobody is drawn into groups of weight 0", 400, partition.Learner{ID: "1"}, none},
		{"but who is in one stays", 400, partition.Learner{ID: "1", Stored: map[int64]int64{400: 1}}, of(1, partition.ByStore)},
		{"the content group of the cohort", 200, partition.Learner{ID: "1", Cohort: partition.Link{Partition: 200, Group: 2}}, of(2, partition.ByCohort)},
		{"a cohort without a content group", 200, partition.Learner{ID: "1"}, none},
		{"a cohort with a content group that was deleted", 200, partition.Learner{ID: "1", Cohort: partition.Link{Partition: 200, Group: 3}}, none},
		{"a stored group of a content partition does not count", 200, partition.Learner{ID: "1", Stored: map[int64]int64{200: 2}}, none},
		{"audit", 50, partition.Learner{ID: "1", Mode: "audit"}, of(1, partition.ByMode)},
		{"verified", 50, partition.Learner{ID: "1", Mode: "verified"}, of(2, partition.ByMode)},
		{"credit is verified", 50, partition.Learner{ID: "1", Mode: "credit"}, of(2, partition.ByMode)},
		{"honor", 50, partition.Learner{ID: "1", Mode: "honor"}, of(6, partition.ByMode)},
		{"without an active enrolment there is no track", 50, partition.Learner{ID: "1"}, none},
		{"a mode that nobody knows has none", 50, partition.Learner{ID: "1", Mode: "golden"}, none},
		{"without gates everybody has full access", 51, partition.Learner{ID: "1"}, of(2, partition.ByMembership)},
		{"with gates what they say", 51, partition.Learner{ID: "1", Members: map[int64]int64{51: 1}}, of(1, partition.ByMembership)},
		{"a team", 500, partition.Learner{ID: "1", Members: map[int64]int64{500: 12}}, of(12, partition.ByMembership)},
		{"no team", 500, partition.Learner{ID: "1"}, none},
		{"by an unknown scheme nobody gets a group", 600, partition.Learner{ID: "1", Stored: map[int64]int64{600: 1}}, none},
		{"staff look at it as a group", 50, partition.Learner{ID: "1", Mode: "audit", As: map[int64]int64{50: 2}}, of(2, partition.ByPreview)},
		{"staff look at it as a group that there is not", 50, partition.Learner{ID: "1", Mode: "audit", As: map[int64]int64{50: 99}}, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := set.Groups(course, &c.learner)[c.partition]; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAPartitionOfTheCourseTakesThePlaceOfThePlatforms(t *testing.T) {
	set := partition.NewSet(random(50, 1), random(100, 1), random(100, 2))
	if p, _ := set.Partition(50); p.Scheme != partition.RandomScheme {
		t.Errorf("partition 50 has the scheme %q", p.Scheme)
	}
	if p, _ := set.Partition(100); p.Groups[0].ID != 1 {
		t.Errorf("the second partition of an id stands")
	}
	if n := len(set.All()); n != 3 {
		t.Errorf("%d partitions, want 3", n)
	}
}
