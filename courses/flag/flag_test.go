package flag_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/flag"
)

const (
	name   = "grades.new_view"
	demo   = "course-v1:Org+Demo+R1"
	other  = "course-v1:Org+Other+R1"
	ann    = "learner-0001" // place 8530
	second = "learner-0002" // place 890
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func declared(on bool) flag.Flag {
	return flag.Flag{
		Name: name, Kind: flag.Temporary, Default: on, Description: "the new view of grades", UseCase: "to try it", Created: noon.AddDate(0, -1, 0), Removal: noon.AddDate(0, 1, 0),
	}
}

func book(t testing.TB, on bool, rules ...flag.Rule) *flag.Book {
	t.Helper()
	for i := range rules {
		rules[i].Flag = name
		if err := rules[i].Check(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := flag.NewBook([]flag.Flag{declared(on)}, rules)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var here = flag.Who{Learner: ann, Course: demo, Org: "Org", Cohorts: []string{"A b"}, Teams: []string{"Red"}, Roles: []string{"staff", "beta_testers"}}

// ladder has a rule for each step, each of which says the opposite of the next: the first that is there decides.
func ladder(from int) (rules []flag.Rule) {
	steps := []flag.Rule{
		{Scope: flag.Kill}, {Scope: flag.User, Key: ann}, {Scope: flag.Cohort, Key: flag.InCourse(demo, "A b")}, {Scope: flag.Course, Key: demo},
		{Scope: flag.Org, Key: "Org"}, {Scope: flag.Role, Key: "staff"}, {Scope: flag.Everyone},
	}
	for i, r := range steps {
		if r.Share = flag.Off; i%2 == 1 {
			r.Share = flag.On
		}
		if i >= from {
			rules = append(rules, r)
		}
	}
	slices.Reverse(rules) // the weakest is not the oldest: the step decides, not the age
	return rules
}

func TestTheFirstStepThatHasAnAnswerDecides(t *testing.T) {
	for i, scope := range []flag.Scope{flag.Kill, flag.User, flag.Cohort, flag.Course, flag.Org, flag.Role, flag.Everyone} {
		t.Run(string(scope), func(t *testing.T) {
			v := book(t, i%2 == 0, ladder(i)...).Explain(name, here, noon)
			if v.On != (i%2 == 1) || v.Rule == nil || v.Rule.Scope != scope {
				t.Errorf("%+v", v)
			}
		})
	}
	for _, on := range []bool{true, false} {
		if v := book(t, on).Explain(name, here, noon); v.On != on || v.Rule != nil {
			t.Errorf("without a rule the default %v decides: %+v", on, v)
		}
	}
}

func TestWhichRuleIsInForce(t *testing.T) {
	hour := time.Hour
	for _, c := range []struct {
		name  string
		rules []flag.Rule
		who   flag.Who
		want  bool
	}{
		{"of two for one key the newest holds", []flag.Rule{
			{Scope: flag.Course, Key: demo, Share: flag.On}, {Scope: flag.Course, Key: demo, Share: flag.Off}}, here, false},
		{"a rule for another course says nothing here", []flag.Rule{{Scope: flag.Course, Key: other, Share: flag.On}}, here, false},
		{"a cohort of that name in another course says nothing here", []flag.Rule{{Scope: flag.Cohort, Key: flag.InCourse(other, "A b"), Share: flag.On}}, here, false},
		{"a team is of the step of cohorts", []flag.Rule{
			{Scope: flag.Team, Key: flag.InCourse(demo, "Red"), Share: flag.On}, {Scope: flag.Course, Key: demo, Share: flag.Off}}, here, true},
		{"of two keys in one step the newest holds", []flag.Rule{
			{Scope: flag.Role, Key: "staff", Share: flag.Off}, {Scope: flag.Role, Key: "beta_testers", Share: flag.On}}, here, true},
		{"a rule that is unset says nothing, and does not bring back the one before", []flag.Rule{
			{Scope: flag.User, Key: ann, Share: flag.On}, {Scope: flag.User, Key: ann, Share: flag.Unset}}, here, false},
		{"a rule that has expired says nothing: the flag falls through", []flag.Rule{
			{Scope: flag.Org, Key: "Org", Share: flag.On}, {Scope: flag.User, Key: ann, Share: flag.Off, Expires: noon}}, here, true},
		{"a rule that expires later holds", []flag.Rule{{Scope: flag.User, Key: ann, Share: flag.On, Expires: noon.Add(1)}}, here, true},
		{"what a rule has replaced does not come back when it expires", []flag.Rule{
			{Scope: flag.User, Key: ann, Share: flag.On}, {Scope: flag.User, Key: ann, Share: flag.Off, Expires: noon}}, here, false},
		{"a rule that begins later does not end the one before it yet", []flag.Rule{
			{Scope: flag.User, Key: ann, Share: flag.On}, {Scope: flag.User, Key: ann, Share: flag.Off, From: noon.Add(hour)}}, here, true},
		{"a rule holds from its first instant", []flag.Rule{{Scope: flag.User, Key: ann, Share: flag.On, From: noon}}, here, true},
		{"a kill switch that is unset lets the others speak", []flag.Rule{
			{Scope: flag.Kill}, {Scope: flag.User, Key: ann, Share: flag.On}, {Scope: flag.Kill, Share: flag.Unset}}, here, true},
		{"who is not signed in is in no rule for users", []flag.Rule{{Scope: flag.User, Key: ann, Share: flag.On}}, flag.Who{Device: ann}, false},
		{"a course may have a percentage of its own, and it decides", []flag.Rule{
			{Scope: flag.Everyone, Share: flag.On}, {Scope: flag.Course, Key: demo, Share: 8530}}, here, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if v := book(t, false, c.rules...).Explain(name, c.who, noon); v.On != c.want {
				t.Errorf("%+v", v)
			}
		})
	}
}

// An answer for one course is never one for another.
func TestOneBookAnswersForManyCourses(t *testing.T) {
	b := book(t, false, flag.Rule{Scope: flag.Course, Key: demo, Share: flag.On})
	if !b.On(name, flag.Who{Course: demo}, noon) || b.On(name, flag.Who{Course: other}, noon) || b.On(name, flag.Who{}, noon) {
		t.Error("the rule of one course holds in it alone")
	}
}

func TestBucketsOfKnownLearners(t *testing.T) {
	for learner, want := range map[string]int{ann: 8530, second: 890, "learner-0003": 873, "learner-0004": 4680} {
		if got := flag.Bucket(name, learner); got != want {
			t.Errorf("%s is at place %d, want %d", learner, got, want)
		}
	}
}

func TestPercentagesAreExactAtTheirEdge(t *testing.T) {
	for _, c := range []struct {
		share flag.Share
		who   flag.Who
		want  bool
	}{
		{890, flag.Who{Learner: second}, false}, {891, flag.Who{Learner: second}, true},
		{flag.Off, flag.Who{Learner: second}, false}, {flag.On, flag.Who{Learner: ann}, true},
		{891, flag.Who{Device: second}, true}, {890, flag.Who{Device: second}, false},
		{891, flag.Who{Learner: ann, Device: second}, false}, // who is signed in counts by the learner
		{9999, flag.Who{}, false}, {flag.On, flag.Who{}, true},
	} {
		b := book(t, false, flag.Rule{Scope: flag.Everyone, Share: c.share})
		if got := b.On(name, c.who, noon); got != c.want {
			t.Errorf("%s %% for %+v: %v", c.share, c.who, got)
		}
	}
}

// Invariant: raising a percentage takes the flag from nobody, and two devices agree without having spoken.
func TestRaisingAPercentageTakesTheFlagFromNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.IntRange(0, 10_000).Draw(t, "low")
		high := rapid.IntRange(low, 10_000).Draw(t, "high")
		who := flag.Who{Learner: rapid.String().Draw(t, "learner"), Device: "d"}
		rollout := func(shares ...int) bool {
			var rules []flag.Rule
			for _, s := range shares {
				rules = append(rules, flag.Rule{Flag: name, Scope: flag.Everyone, Share: flag.Share(s)})
			}
			b, err := flag.NewBook([]flag.Flag{declared(false)}, rules)
			if err != nil {
				t.Fatal(err)
			}
			return b.On(name, who, noon)
		}
		before, after, elsewhere := rollout(low), rollout(low, high), rollout(high)
		if before && !after {
			t.Fatalf("at place %d: on with %d, off with %d", flag.Bucket(name, who.Learner), low, high)
		}
		if after != elsewhere {
			t.Fatal("a device that has the last rule alone says something else")
		}
	})
}

func TestAPercentageIsOfThatSize(t *testing.T) {
	b := book(t, false, flag.Rule{Scope: flag.Everyone, Share: 2000})
	on := 0
	for i := range 10_000 {
		if b.On(name, flag.Who{Learner: fmt.Sprint(i)}, noon) {
			on++
		}
	}
	if on < 1900 || on > 2100 {
		t.Errorf("20 %% of 10000 are %d", on)
	}
}

func TestACopyThatIsNotGoodAnyMore(t *testing.T) {
	rules := []flag.Rule{
		{Scope: flag.Everyone, Share: flag.Off, OfflineSafe: true}, {Scope: flag.Org, Key: "Org", Share: flag.Off}, {Scope: flag.User, Key: ann, Share: flag.On, OfflineSafe: true},
		{Scope: flag.Kill},
	}
	b := book(t, true, rules...)
	b.NotAfter = noon
	for _, c := range []struct {
		name string
		at   time.Time
		who  flag.Who
		want bool
	}{
		{"while it is good all rules hold", noon, here, false},
		{"after that those that are safe without a network", noon.Add(time.Second), here, true},
		{"also one for everyone", noon.Add(time.Second), flag.Who{Org: "Org"}, false},
	} {
		if v := b.Explain(name, c.who, c.at); v.On != c.want {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	late := book(t, true, flag.Rule{Scope: flag.Org, Key: "Org", Share: flag.Off})
	late.NotAfter = noon
	if v := late.Explain(name, here, noon.Add(time.Second)); !v.On || !strings.Contains(v.Reason, "was good until") {
		t.Errorf("all else is as the default says: %+v", v)
	}
}

func TestReasonsNameTheRule(t *testing.T) {
	for _, c := range []struct {
		rule flag.Rule
		want string
	}{
		{flag.Rule{Scope: flag.Kill}, "grades.new_view is off for all, by its kill switch."},
		{flag.Rule{Scope: flag.Course, Key: demo, Share: flag.On}, "grades.new_view is on for the course " + demo + "."},
		{flag.Rule{Scope: flag.Everyone, Share: 1250}, "grades.new_view is on for 12.5 % of everyone: place 8530 of 10000 is off."},
	} {
		if v := book(t, false, c.rule).Explain(name, here, noon); v.Reason != c.want {
			t.Errorf("%q, want %q", v.Reason, c.want)
		}
	}
	if v := book(t, true).Explain("other", here, noon); v.On || !strings.Contains(v.Reason, "not declared") {
		t.Errorf("%+v", v)
	}
}

func TestReport(t *testing.T) {
	rules := []flag.Rule{
		{Scope: flag.Course, Key: demo, Share: flag.On}, {Scope: flag.Course, Key: other, Share: flag.Off}, {Scope: flag.User, Key: ann, Share: flag.On, Expires: noon},
		{Scope: flag.Org, Key: "Org", Share: flag.On, Expires: noon}, {Scope: flag.Org, Key: "Org", Share: flag.Unset},
		{Scope: flag.Everyone, Share: 2000, Created: noon.Add(-time.Hour)},
	}
	b := book(t, false, rules...)
	got := b.Report(noon)
	want := []flag.Line{{
		Flag: declared(false), Declared: true, Status: flag.Both, Rules: map[flag.Scope]int{flag.Course: 2, flag.Everyone: 1}, Percent: 2000,
		Changed: noon.Add(-time.Hour), Removal: noon.AddDate(0, 1, 0), Expired: 1,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheHistoryTellsWhatHasBecomeOfEachRule(t *testing.T) {
	hour := time.Hour
	on, off := flag.On, flag.Off
	b := book(t, false,
		flag.Rule{Scope: flag.Org, Key: "Org", Share: on},
		flag.Rule{Scope: flag.Course, Key: demo, Share: on}, flag.Rule{Scope: flag.Course, Key: demo, Share: off, From: noon.Add(hour)},
		flag.Rule{Scope: flag.User, Key: ann, Share: on, From: noon.Add(hour)}, flag.Rule{Scope: flag.User, Key: ann, Share: off},
		flag.Rule{Scope: flag.Role, Key: "staff", Share: on, Expires: noon}, flag.Rule{Scope: flag.Kill}, flag.Rule{Scope: flag.Kill, Share: flag.Unset},
		flag.Rule{Scope: flag.Everyone, Share: on, OfflineSafe: true},
	)
	states := func(at time.Time) (list []string) {
		for _, p := range b.History(name, at) {
			list = append(list, fmt.Sprintf("%s %s: %s", p.Scope, p.Share, p.State))
		}
		return list
	}
	want := []string{
		"everyone on: in force", "kill unset: takes back", "kill off: replaced", "role on: ended", "user off: in force", "user on: replaced",
		"course off: to come", "course on: in force", "org on: in force",
	}
	if diff := cmp.Diff(want, states(noon)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want[6], want[7] = "course off: in force", "course on: replaced"
	if diff := cmp.Diff(want, states(noon.Add(hour))); diff != "" {
		t.Errorf("an hour later (-want +got):\n%s", diff)
	}
	b.NotAfter = noon
	want[4], want[6], want[8] = "user off: outdated", "course off: outdated", "org on: outdated"
	if diff := cmp.Diff(want, states(noon.Add(hour))); diff != "" {
		t.Errorf("in a copy that is not good any more (-want +got):\n%s", diff)
	}
}

func TestStatusInTheReport(t *testing.T) {
	for _, c := range []struct {
		name  string
		on    bool
		rules []flag.Rule
		want  flag.Status
	}{
		{"a default of on", true, nil, flag.AllOn},
		{"a default of off", false, nil, flag.AllOff},
		{"a course that differs", false, []flag.Rule{{Scope: flag.Course, Key: demo, Share: flag.On}}, flag.Both},
		{"a course that says the same", false, []flag.Rule{{Scope: flag.Course, Key: demo}}, flag.AllOff},
		{"on for everyone", false, []flag.Rule{{Scope: flag.Everyone, Share: flag.On}}, flag.AllOn},
		{"a percentage", true, []flag.Rule{{Scope: flag.Everyone, Share: 1}}, flag.Both},
		{"a kill switch", true, []flag.Rule{{Scope: flag.User, Key: ann, Share: flag.On}, {Scope: flag.Kill}}, flag.AllOff},
		{"a rule that has expired", false, []flag.Rule{{Scope: flag.User, Key: ann, Share: flag.On, Expires: noon}}, flag.AllOff},
	} {
		if got := book(t, c.on, c.rules...).Report(noon)[0].Status; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	b, err := flag.NewBook(nil, []flag.Rule{{Flag: "gone", Scope: flag.Everyone, Share: flag.On}})
	if err != nil {
		t.Fatal(err)
	}
	if l := b.Report(noon)[0]; l.Declared || l.Status != flag.AllOff || l.Overdue != 0 {
		t.Errorf("rules for what is not declared are shown: %+v", l)
	}
}

// A flag that should have gone changes nothing for users. It is red in the report at once, and fails the build 30 days later.
func TestAFlagThatShouldHaveGone(t *testing.T) {
	b, gone := book(t, true), declared(true).Removal
	for _, c := range []struct {
		at      time.Time
		overdue int
		rotten  bool
	}{
		{gone, 0, false}, {gone.AddDate(0, 0, 1), 1, false}, {gone.AddDate(0, 0, 30), 30, false}, {gone.AddDate(0, 0, 31), 31, true},
	} {
		if got := b.Report(c.at)[0].Overdue; got != c.overdue || declared(true).Rotten(c.at) != c.rotten {
			t.Errorf("%s: %d days, want %d", c.at, got, c.overdue)
		}
		if !b.On(name, here, c.at) {
			t.Errorf("%s: it is off", c.at)
		}
	}
}

func TestDeclarations(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*flag.Flag)
		want   string
	}{
		{"a complete one", func(*flag.Flag) {}, ""},
		{"a temporary flag without a date of removal", func(f *flag.Flag) { f.Removal = time.Time{} }, "removed"},
		{"one that is tried without it", func(f *flag.Flag) { f.Kind, f.Removal = flag.Beta, time.Time{} }, "removed"},
		{"another may go without it", func(f *flag.Flag) { f.Kind, f.Removal = flag.Option, time.Time{} }, ""},
		{"no name", func(f *flag.Flag) { f.Name = "" }, "a name"},
		{"no description", func(f *flag.Flag) { f.Description = "" }, "description"},
		{"no date", func(f *flag.Flag) { f.Created = time.Time{} }, "created"},
		{"an unknown kind", func(f *flag.Flag) { f.Kind = "eternal" }, "a kind"},
	} {
		f := declared(false)
		c.change(&f)
		_, err := flag.NewBook([]flag.Flag{f}, nil)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := flag.NewBook([]flag.Flag{declared(true), declared(false)}, nil); err == nil {
		t.Error("a flag is declared once")
	}
	option := flag.Flag{Name: "o", Kind: flag.OptIn, Created: noon}
	if want := noon.AddDate(2, 0, 0); option.Target() != want {
		t.Errorf("what some want lives two years: %s", option.Target())
	}
}

func TestRulesThatMeanNothingAreRefused(t *testing.T) {
	for _, r := range []flag.Rule{
		{Scope: flag.Everyone}, {Flag: name, Scope: "planet", Key: "k"}, {Flag: name, Scope: flag.User}, {Flag: name, Scope: flag.Everyone, Key: "k"},
		{Flag: name, Scope: flag.Kill, Share: flag.On}, {Flag: name, Scope: flag.Everyone, Share: 10_001}, {Flag: name, Scope: flag.Everyone, Share: -2},
		{Flag: name, Scope: flag.Everyone, From: noon, Expires: noon},
	} {
		if r.Check() == nil {
			t.Errorf("%+v", r)
		}
	}
}

func TestSharesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]flag.Share{"on": flag.On, "off": flag.Off, "unset": flag.Unset, "20": 2000, "12.5": 1250, "0.01": 1, "99.99": 9999} {
		if got, err := flag.ParseShare(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s is %d, %v", text, got, err)
		}
	}
	if got, err := flag.ParseShare("100%"); err != nil || got != flag.On {
		t.Errorf("%d, %v", got, err)
	}
	for share := flag.Unset; share <= flag.On; share++ {
		if got, err := flag.ParseShare(share.String()); err != nil || got != share {
			t.Fatalf("%s is %d, %v, was %d", share, got, err, share)
		}
	}
	for _, text := range []string{"", "yes", "-1", "101", "1.234", "NaN"} {
		if _, err := flag.ParseShare(text); err == nil {
			t.Errorf("%q is understood", text)
		}
	}
}
