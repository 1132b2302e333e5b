package permission_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lectern/courses/permission"
	"lectern/modulestore/key"
)

var (
	demo    = key.Course{Org: "Org", Code: "Demo", Run: "R1"}
	sibling = key.Course{Org: "Org", Code: "Other", Run: "R1"}
	foreign = key.Course{Org: "Elsewhere", Code: "Demo", Run: "R1"}
)

// specification is the whole table as people read it: for each action the roles of the columns in a course, and whether they hold at an organisation
// or the platform. "d" is early by the days of the course alone.
const specification = `
                                                   learner beta limited_staff staff instructor data_researcher wide
read their own state, grade and completion       | yes     yes  yes           yes   yes        -               -
see content before it starts                     | -       d    yes           yes   yes        -               yes
read the state and the grade of a learner        | -       -    yes           yes   yes        -               yes
read the gradebook                               | -       -    yes           yes   yes        -               yes
override a grade, or reset or rescore a learner  | -       -    -             yes   yes        -               yes
rescore all learners, or delete the state of all | -       -    -             -     yes        -               yes
enrol or unenrol others, or form cohorts         | -       -    yes           yes   yes        -               yes
grant or revoke roles                            | -       -    -             -     yes        -               yes
export raw events                                | -       -    -             -     -          yes             yes
`

var columns = []permission.Role{
	permission.Learner, permission.BetaTester, permission.LimitedStaff, permission.Staff, permission.Instructor, permission.DataResearcher,
}

func TestTheWholeTable(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(specification), "\n")[1:]
	if len(lines) != len(permission.Actions()) {
		t.Fatalf("%d actions are specified, there are %d", len(lines), len(permission.Actions()))
	}
	for _, line := range lines {
		action, rest, _ := strings.Cut(line, "|")
		do, cells := permission.Action(strings.TrimSpace(action)), strings.Fields(rest)
		wide := cells[len(columns)] == "yes"
		for i, role := range columns {
			may, days := cells[i] != "-", cells[i] == "d"
			for _, c := range []struct {
				name string
				held permission.Scope
				in   permission.Scope
				want bool
			}{
				{"held in the course", permission.Course(demo), permission.Course(demo), may},
				{"held in another course", permission.Course(sibling), permission.Course(demo), false},
				{"held in the organisation", permission.Org("Org"), permission.Course(demo), may && wide},
				{"held in another organisation", permission.Org("Org"), permission.Course(foreign), false},
				{"held everywhere", permission.Everywhere(), permission.Course(foreign), may && wide},
				{"held in a course, for the organisation", permission.Course(demo), permission.Org("Org"), false},
				{"held in the organisation, for the organisation", permission.Org("Org"), permission.Org("Org"), may && wide},
				{"held in the organisation, for the platform", permission.Org("Org"), permission.Everywhere(), false},
				{"held everywhere, for the platform", permission.Everywhere(), permission.Everywhere(), may && wide},
			} {
				t.Run(string(do)+"/"+string(role)+" "+c.name, func(t *testing.T) {
					got := permission.NewSet(permission.Grant{Role: role, Scope: c.held}).May(do, c.in)
					if got.May != c.want || got.DaysEarly != (c.want && days) || got.Reason == "" {
						t.Errorf("%+v, want %v", got, c.want)
					}
				})
			}
		}
	}
}

// Two users with different roles have what each of them has, and nothing of the other's.
func TestTwoUsersWithDifferentRoles(t *testing.T) {
	ann := permission.NewSet(permission.Grant{Role: permission.Staff, Scope: permission.Course(demo)})
	bob := permission.NewSet(permission.Grant{Role: permission.DataResearcher, Scope: permission.Org("Org")})
	for _, c := range []struct {
		name string
		set  permission.Set
		do   permission.Action
		in   key.Course
		want bool
	}{
		{"Ann grades in her course", ann, permission.ChangeGrade, demo, true},
		{"Ann does not grade in another course", ann, permission.ChangeGrade, sibling, false},
		{"Ann exports nothing", ann, permission.ExportEvents, demo, false},
		{"Bob exports in all courses of the organisation", bob, permission.ExportEvents, sibling, true},
		{"Bob does not grade", bob, permission.ChangeGrade, demo, false},
		{"who has no role may nothing", permission.Set{}, permission.ReadOwn, demo, false},
	} {
		if got := c.set.May(c.do, permission.Course(c.in)); got.May != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestReasonsSayWhichRoleAndWhere(t *testing.T) {
	set := permission.NewSet(permission.Grant{Role: permission.BetaTester, Scope: permission.Course(demo)}, permission.Grant{Role: permission.Staff, Scope: permission.Org("Org")})
	for _, c := range []struct {
		do   permission.Action
		want string
	}{
		{permission.ReadGrades, "The role staff in the organisation Org may read the gradebook."},
		{permission.SeeEarly, "The role staff in the organisation Org may see content before it starts."}, // it permits more than that of a beta tester
		{permission.GrantRoles, "To grant or revoke roles in course-v1:Org+Demo+R1 takes one of the roles instructor."},
		{"fly", `Nobody may "fly": there is no such action.`},
	} {
		if got := set.May(c.do, permission.Course(demo)).Reason; got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A role never takes away what another gives: no restriction is made by giving a role.
func TestMoreRolesNeverPermitLess(t *testing.T) {
	scopes := []permission.Scope{permission.Course(demo), permission.Course(foreign), permission.Org("Org"), permission.Everywhere()}
	grants := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) permission.Grant {
		return permission.Grant{Role: rapid.SampledFrom(append(columns, "unknown")).Draw(t, "role"), Scope: rapid.SampledFrom(scopes).Draw(t, "scope")}
	}), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		some, more := grants.Draw(t, "some"), grants.Draw(t, "more")
		do, in := rapid.SampledFrom(permission.Actions()).Draw(t, "action"), rapid.SampledFrom(scopes).Draw(t, "in")
		one, two := permission.NewSet(some...).May(do, in), permission.NewSet(more...).May(do, in)
		both := permission.NewSet(slices.Concat(some, more)...).May(do, in)
		if both.May != (one.May || two.May) {
			t.Fatalf("%v and %v give %v", one, two, both)
		}
		if both.DaysEarly && (one.May && !one.DaysEarly || two.May && !two.DaysEarly) {
			t.Fatalf("%v and %v give %v", one, two, both)
		}
	})
}

func TestScopesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]permission.Scope{"": permission.Everywhere(), "org:Org": permission.Org("Org"), demo.String(): permission.Course(demo)} {
		if got, err := permission.ParseScope(text); err != nil || got != want || got.String() != text {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"org:", "somewhere"} {
		if _, err := permission.ParseScope(text); err == nil || !strings.Contains(err.Error(), "org:NAME") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRolesAreGrantedWhereTheyHaveAMeaning(t *testing.T) {
	for _, c := range []struct {
		role permission.Role
		in   permission.Scope
		want string // of the message
	}{
		{permission.Staff, permission.Course(demo), ""},
		{permission.Staff, permission.Everywhere(), ""},
		{permission.OrgCourseCreator, permission.Org("Org"), ""},
		{permission.OrgCourseCreator, permission.Course(demo), "the level organisation"},
		{permission.CourseCreator, permission.Org("Org"), "the level platform"},
		{permission.Learner, permission.Course(demo), "enrol"},
		{"stuff", permission.Course(demo), "there are instructor, staff, limited_staff"},
	} {
		err := permission.CheckGrant(c.role, c.in)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s in %q: %v", c.role, c.in, err)
		}
	}
}
