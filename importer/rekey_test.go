package importer

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
	"lectern/modulestore/storetest"
)

var rekeyTarget = key.Course{Org: "Other", Code: "Key", Run: "2030"}

// rekeyCourse is a small course with one of everything that names its key.
var rekeyCourse = map[string]string{
	"course.xml": `<!-- ours --><course url_name="2024_T1"  org='OpenedX' course="DemoX"/>` + "\n",
	"course/2024_T1.xml": `<course url_name="2024_T1" org="OpenedX" display_name="Demo">
  <chapter url_name="c"/>
  <wiki slug="OpenedX.DemoX.2024_T1"/>
</course>
`,
	"chapter/c.xml":    `<chapter><sequential url_name="s"/></chapter>`,
	"sequential/s.xml": `<sequential required_prereq="block-v1:OpenedX+DemoX+2024_T1+type@sequential+block@s"><vertical url_name="v"/></sequential>`,
	"vertical/v.xml": `<vertical>
  <html url_name="intro"/>
  <problem url_name="p"/>
  <video url_name="film" handout="/asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@notes_week_1.pdf"/>
  <conditional url_name="if" sources="i4x://OpenedX/DemoX/problem/p; i4x://OpenedX/DemoX/html/intro" attempted="True">
    <show sources="block-v1:OpenedX+DemoX+2024_T1+type@html+block@intro"/>
  </conditional>
  <split_test url_name="test" user_partition_id="1" group_id_to_child="{&quot;1&quot;: &quot;i4x://OpenedX/DemoX/vertical/a&quot;}">
    <vertical url_name="a"/>
  </split_test>
</vertical>`,
	"vertical/a.xml":  `<vertical><html url_name="in"/></vertical>`,
	"html/intro.xml":  `<html filename="intro"/>`,
	"html/intro.html": `<p><a href="/courses/course-v1:OpenedX+DemoX+2024_T1/jump_to/block-v1:OpenedX+DemoX+2024_T1+type@problem+block@p">p</a></p>`,
	"html/in.xml":     `<html>in</html>`,
	"problem/p.xml":   `<problem><img src="/c4x/OpenedX/DemoX/asset/logo.png"/></problem>`,
	"drafts/vertical/v.xml": `<vertical parent_url="block-v1:OpenedX+DemoX+2024+type@sequential+block@s" index_in_children_list="0">
  <html url_name="new"/>
</vertical>`,
	"drafts/html/new.xml":                  `<html>/courses/OpenedX/DemoX/2024/about block-v1:OpenedX+DemoX+2023+type@html+block@new</html>`,
	"about/2024_T1/overview.html":          `<a href="/courses/OpenedX/DemoX/2024_T1/info">info</a>`,
	"about/overview.html":                  `<p>overridden</p>`,
	"info/updates.items.json":              `[{"id": 1, "content": "<a href=\"\/courses\/course-v1:OpenedX+DemoX+2024_T1\/jump_to_id\/p\">p<\/a>"}]`,
	"tabs/page.html":                       `<a href="/asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@img_Logo__1_.png">logo</a>`,
	"tags.csv":                             "Name,Type,ID\n\"Demo\",\"course\",\"course-v1:OpenedX+DemoX+2024_T1\"\n",
	"policies/2024_T1/policy.json":         `{"course/2024_T1": {"tabs": [], "wiki_slug": "DemoX"}, "vertical/v": {"x": "course/2024_T1"}}`,
	"policies/2024_T1/grading_policy.json": `{"GRADER": []}`,
	"policies/assets.json":                 `{"logo.png": {"filename": "asset-v1:OpenedX+DemoX+2016+type@asset+block@logo.png"}}`,
	"static/logo.png":                      "PNG /c4x/OpenedX/DemoX/asset/logo.png",
	"static/img/Logo (1).png":              "PNG",
	"static/notes/week_1.pdf":              "PDF",
	"static_import/old.html":               "/c4x/OpenedX/DemoX/asset/logo.png",
	"README.html":                          "<p>hello</p>",
}

// takeIn reads files as an archive that is imported under a key and hands over what would be stored.
func takeIn(t *testing.T, files map[string]string, target key.Course) (map[string]string, *olx.Course, error) {
	t.Helper()
	fsys := make(fstest.MapFS)
	for p, text := range files {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	o := Options{Check: true, Course: target, Limits: DefaultLimits(), Progress: func(Progress) {}}
	in := &intake{keep: true, files: make(map[string]*file)}
	if _, err := in.read(t.Context(), Source{FS: fsys, Name: "test"}, o); err != nil {
		t.Fatal(err)
	}
	course, err := in.check(o)
	out := make(map[string]string)
	for p, f := range in.files {
		out[p] = string(f.data)
		if !f.text {
			out[p] = files[p]
		}
	}
	return out, course, err
}

// with gives a copy of files with some of them changed; an empty text takes a file away.
func with(files, changes map[string]string) map[string]string {
	out := maps.Clone(files)
	for p, text := range changes {
		if out[p] = text; text == "" {
			delete(out, p)
		}
	}
	return out
}

func ruleCounts(problems []olx.Problem, prefix string) map[string]int {
	counts := make(map[string]int)
	for _, p := range problems {
		if strings.HasPrefix(p.Rule, prefix) {
			counts[p.Rule]++
		}
	}
	return counts
}

func TestACourseUnderAnotherKey(t *testing.T) {
	files, course, err := takeIn(t, rekeyCourse, rekeyTarget)
	if err != nil {
		t.Fatal(err)
	}
	if course.Key != rekeyTarget {
		t.Errorf("the key is %s", course.Key)
	}
	want := with(rekeyCourse, map[string]string{
		"course.xml":         `<!-- ours --><course url_name="2030"  org='Other' course="Key"/>` + "\n",
		"course/2024_T1.xml": "",
		"course/2030.xml": `<course url_name="2030" org="Other" display_name="Demo">
  <chapter url_name="c"/>
  <wiki slug="Other.Key.2030"/>
</course>
`,
		"sequential/s.xml": `<sequential required_prereq="block-v1:Other+Key+2030+type@sequential+block@s"><vertical url_name="v"/></sequential>`,
		"vertical/v.xml": `<vertical>
  <html url_name="intro"/>
  <problem url_name="p"/>
  <video url_name="film" handout="/static/notes/week_1.pdf"/>
  <conditional url_name="if" sources="block-v1:Other+Key+2030+type@problem+block@p; block-v1:Other+Key+2030+type@html+block@intro" attempted="True">
    <show sources="block-v1:Other+Key+2030+type@html+block@intro"/>
  </conditional>
  <split_test url_name="test" user_partition_id="1" group_id_to_child="{&quot;1&quot;: &quot;block-v1:Other+Key+2030+type@vertical+block@a&quot;}">
    <vertical url_name="a"/>
  </split_test>
</vertical>`,
		"html/intro.html": `<p><a href="/jump_to_id/p">p</a></p>`,
		"problem/p.xml":   `<problem><img src="/static/logo.png"/></problem>`,
		"drafts/vertical/v.xml": `<vertical parent_url="block-v1:Other+Key+2030+type@sequential+block@s" index_in_children_list="0">
  <html url_name="new"/>
</vertical>`,
		"drafts/html/new.xml":                  `<html>/course/about block-v1:OpenedX+DemoX+2023+type@html+block@new</html>`,
		"about/2024_T1/overview.html":          "",
		"about/2030/overview.html":             `<a href="/course/info">info</a>`,
		"info/updates.items.json":              `[{"id": 1, "content": "<a href=\"/jump_to_id/p\">p<\/a>"}]`,
		"tabs/page.html":                       `<a href="/static/img_Logo__1_.png">logo</a>`,
		"tags.csv":                             "Name,Type,ID\n\"Demo\",\"course\",\"course-v1:Other+Key+2030\"\n",
		"policies/2024_T1/policy.json":         "",
		"policies/2024_T1/grading_policy.json": "",
		"policies/2030/policy.json":            `{"course/2030": {"tabs": [], "wiki_slug": "Other.Key.2030"}, "vertical/v": {"x": "course/2024_T1"}}`,
		"policies/2030/grading_policy.json":    `{"GRADER": []}`,
	})
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"rekey.rewritten": 10}, ruleCounts(course.Problems, "rekey.")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	_, before, err := takeIn(t, rekeyCourse, key.Course{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(olx.Count(before.Draft), olx.Count(course.Draft)); diff != "" {
		t.Errorf("blocks of the draft branch (-before +after):\n%s", diff)
	}
	if got := course.Published.Blocks[rekeyTarget.Root()].Policy; len(got) != 2 {
		t.Errorf("the policy of the course has become %v", got)
	}
}

func TestRekeyingTwiceChangesNoMore(t *testing.T) {
	once, _, err := takeIn(t, rekeyCourse, rekeyTarget)
	if err != nil {
		t.Fatal(err)
	}
	twice, _, err := takeIn(t, once, rekeyTarget)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(once, twice); diff != "" {
		t.Errorf("files (-once +twice):\n%s", diff)
	}
}

// demoRewriter rewrites texts of the small course.
func demoRewriter(t testing.TB) *rewriter {
	t.Helper()
	in := &intake{keep: true, files: make(map[string]*file)}
	for p, text := range with(rekeyCourse, map[string]string{"static/résumé.pdf": "PDF", "static/a%20b.srt": "srt"}) {
		if err := in.file(t.Context(), p, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	course, err := olx.Decode(in.view())
	if err != nil {
		t.Fatal(err)
	}
	return newRewriter(in.view(), course, rekeyTarget)
}

func TestLinksAndReferencesInTexts(t *testing.T) {
	rw := demoRewriter(t)
	for _, row := range []struct{ name, text, want string }{
		{"an old asset URL", `<img src="/c4x/OpenedX/DemoX/asset/logo.png">`, `<img src="/static/logo.png">`},
		{"an old asset URL with a revision", `"/c4x/OpenedX/DemoX/asset/logo.png@3"`, `"/static/logo.png"`},
		{"an old asset key", `"c4x://OpenedX/DemoX/asset/logo.png"`, `"/static/logo.png"`},
		{"an asset URL", `"/asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@logo.png"`, `"/static/logo.png"`},
		{"an asset URL with a slash before the name", `"/asset-v1:OpenedX+DemoX+2024_T1+type@asset/block/logo.png"`, `"/static/logo.png"`},
		{"an asset URL with a plus and a slash", `"/asset-v1:OpenedX+DemoX+2024_T1+type@asset+block/logo.png"`, `"/static/logo.png"`},
		{"a versioned asset URL", `"/assets/courseware/v1/0123456789abcdef0123456789abcdef/asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@logo.png"`, `"/static/logo.png"`},
		{"a versioned asset URL without v1", `"/assets/courseware/0123456789abcdef0123456789abcdef/asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@logo.png"`, `"/static/logo.png"`},
		{"an asset URL with escaped separators", `"/asset-v1%3AOpenedX%2BDemoX%2b2024_T1%2Btype%40asset%2Bblock%40logo.png"`, `"/static/logo.png"`},
		{"a bare asset key", `handout="asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@logo.png"`, `handout="/static/logo.png"`},
		{"an asset URL of the run that the list of assets names", `"/asset-v1:OpenedX+DemoX+2016+type@asset+block@logo.png"`, `"/static/logo.png"`},
		{"an asset URL of the run that a draft's parent names", `"/asset-v1:OpenedX+DemoX+2024+type@asset+block@logo.png"`, `"/static/logo.png"`},
		{"a query after an asset stays", `"/c4x/OpenedX/DemoX/asset/logo.png?raw&amp;x=1#f"`, `"/static/logo.png?raw&amp;x=1#f"`},
		{"an asset in a folder gets its path", `"/c4x/OpenedX/DemoX/asset/notes_week_1.pdf"`, `"/static/notes/week_1.pdf"`},
		{"an asset whose path would need escapes gets its name, which means the same", `"/c4x/OpenedX/DemoX/asset/img_Logo__1_.png"`, `"/static/img_Logo__1_.png"`},
		{"an asset of another script", `"/c4x/OpenedX/DemoX/asset/résumé.pdf"`, `"/static/résumé.pdf"`},
		{"an asset of another script, escaped as in a URL", `"/c4x/OpenedX/DemoX/asset/r%C3%A9sum%c3%a9.pdf"`, `"/static/résumé.pdf"`},
		{"a percent sign in the name of an asset is no escape", `"/c4x/OpenedX/DemoX/asset/a%20b.srt"`, `"/static/a%20b.srt"`},
		{"an attribute without quotes", `<img src=/c4x/OpenedX/DemoX/asset/logo.png>`, `<img src=/static/logo.png>`},
		{"a style", `url(/c4x/OpenedX/DemoX/asset/logo.png)`, `url(/static/logo.png)`},
		{"several in a srcset", `"/c4x/OpenedX/DemoX/asset/logo.png 1x, /c4x/OpenedX/DemoX/asset/logo.png 2x"`, `"/static/logo.png 1x, /static/logo.png 2x"`},
		{"the end of a sentence", `See /c4x/OpenedX/DemoX/asset/logo.png.`, `See /static/logo.png.`},
		{"HTML inside an XML attribute", `data="&lt;img src=&quot;/c4x/OpenedX/DemoX/asset/logo.png&quot;/&gt;"`, `data="&lt;img src=&quot;/static/logo.png&quot;/&gt;"`},
		{"HTML inside HTML", `&lt;img src=&amp;quot;/c4x/OpenedX/DemoX/asset/logo.png&amp;quot;&gt;`, `&lt;img src=&amp;quot;/static/logo.png&amp;quot;&gt;`},
		{"HTML inside JSON", `{"a": "<img src=\"\/c4x\/OpenedX\/DemoX\/asset\/logo.png\">\n\/c4x\/OpenedX\/DemoX\/asset\/logo.png"}`, `{"a": "<img src=\"/static/logo.png\">\n/static/logo.png"}`},
		{"HTML inside JSON inside an XML attribute", `data="{&quot;a&quot;: &quot;&lt;img src=\&quot;/c4x/OpenedX/DemoX/asset/logo.png\&quot;&gt;&quot;}"`, `data="{&quot;a&quot;: &quot;&lt;img src=\&quot;/static/logo.png\&quot;&gt;&quot;}"`},
		{"JSON inside JSON", `{"a": "{\"b\": \"\\n/c4x/OpenedX/DemoX/asset/logo.png\"}"}`, `{"a": "{\"b\": \"\\n/static/logo.png\"}"}`},
		{"separators as numbers", `"&#47;asset-v1:OpenedX&#43;DemoX&#x2b;2024_T1\u002Btype&#64;asset+block@logo.png"`, `"/static/logo.png"`},

		{"a page that jumps to a block", `"/courses/course-v1:OpenedX+DemoX+2024_T1/jump_to/block-v1:OpenedX+DemoX+2024_T1+type@problem+block@p"`, `"/jump_to_id/p"`},
		{"a page that jumps to a block, old keys", `"/courses/OpenedX/DemoX/2024_T1/jump_to/i4x://OpenedX/DemoX/problem/p"`, `"/jump_to_id/p"`},
		{"a page that jumps to a block, escaped", `"/courses/course-v1%3AOpenedX%2BDemoX%2B2024_T1/jump_to/block-v1%3AOpenedX%2BDemoX%2B2024_T1%2Btype%40problem%2Bblock%40p#x"`, `"/jump_to_id/p#x"`},
		{"a page that jumps to the course", `"/courses/OpenedX/DemoX/2024_T1/jump_to/i4x://OpenedX/DemoX/course/2024_T1"`, `"/jump_to_id/course"`},
		{"a page that jumps to a name", `"/courses/course-v1:OpenedX+DemoX+2024_T1/jump_to_id/p?x"`, `"/jump_to_id/p?x"`},
		{"a page that jumps to a draft", `"/courses/course-v1:OpenedX+DemoX+2024_T1/jump_to_id/new"`, `"/jump_to_id/new"`},
		{"another page", `"/courses/course-v1:OpenedX+DemoX+2024_T1/progress"`, `"/course/progress"`},
		{"the course itself", `"/courses/course-v1:OpenedX+DemoX+2024_T1"`, `"/course/"`},
		{"the course itself with a slash", `"/courses/OpenedX/DemoX/2024_T1/"`, `"/course/"`},
		{"the course itself with a query", `"/courses/OpenedX/DemoX/2024_T1?a=b"`, `"/course/?a=b"`},
		{"a page that is told a block", `"/courses/course-v1:OpenedX+DemoX+2024_T1/courseware/c/s/?activate_block_id=block-v1%3AOpenedX%2BDemoX%2B2024_T1%2Btype%40html%2Bblock%40intro"`,
			`"/course/courseware/c/s/?activate_block_id=block-v1%3AOther%2BKey%2B2030%2Btype%40html%2Bblock%40intro"`},

		{"a usage key", `"block-v1:OpenedX+DemoX+2024_T1+type@html+block@intro"`, `"block-v1:Other+Key+2030+type@html+block@intro"`},
		{"a usage key in the old form", `"i4x://OpenedX/DemoX/html/intro"`, `"block-v1:Other+Key+2030+type@html+block@intro"`},
		{"a usage key in the old form with a revision", `"i4x://OpenedX/DemoX/html/intro@draft"`, `"block-v1:Other+Key+2030+type@html+block@intro"`},
		{"a usage key in the old form in JSON", `"i4x:\/\/OpenedX\/DemoX\/html\/intro"`, `"block-v1:Other+Key+2030+type@html+block@intro"`},
		{"a usage key with a branch", `block-v1:OpenedX+DemoX+2024_T1+branch@draft+type@html+block@intro`, `block-v1:Other+Key+2030+branch@draft+type@html+block@intro`},
		{"the usage key of the course", `block-v1:OpenedX+DemoX+2024_T1+type@course+block@2024_T1`, `block-v1:Other+Key+2030+type@course+block@course`},
		{"the usage key of a block that is not there", `block-v1:OpenedX+DemoX+2024_T1+type@html+block@gone`, `block-v1:Other+Key+2030+type@html+block@gone`},
		{"keys in a list", `sources="i4x://OpenedX/DemoX/html/intro;i4x://OpenedX/DemoX/problem/p"`, `sources="block-v1:Other+Key+2030+type@html+block@intro;block-v1:Other+Key+2030+type@problem+block@p"`},
		{"a page of the authoring tool", `"/container/block-v1:OpenedX+DemoX+2024_T1+type@html+block@intro"`, `"/container/block-v1:Other+Key+2030+type@html+block@intro"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, links, problems := rw.rewrite("html/a.html", []byte(row.text))
			if string(got) != row.want {
				t.Errorf("%s\nbecomes %s\nwant    %s", row.text, got, row.want)
			}
			if links == 0 || len(problems) > 0 {
				t.Errorf("%d links, problems %v", links, problems)
			}
		})
	}
}

func TestTextsThatStay(t *testing.T) {
	rw := demoRewriter(t)
	for _, row := range []struct{ name, text, rule, place string }{
		{"an asset that is not in the archive", "a\n é<img src=\"/c4x/OpenedX/DemoX/asset/gone.png\">", "rekey.missing_asset", "2:13"},
		{"a block that is not in the archive", `"/courses/OpenedX/DemoX/2024_T1/jump_to/i4x://OpenedX/DemoX/problem/gone"`, "rekey.missing_block", "1:2"},
		{"a name that is not in the archive", `"/courses/OpenedX/DemoX/2024_T1/jump_to_id/gone"`, "rekey.missing_block", "1:2"},
		{"an asset URL with a host", `"https://example.org/asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@logo.png"`, "rekey.absolute_url", "1:2"},
		{"an asset URL with a host and no scheme", `<img src=//example.org/c4x/OpenedX/DemoX/asset/logo.png>`, "rekey.absolute_url", "1:6"},
		{"a jump with a host", `"http://example.org/courses/OpenedX/DemoX/2024_T1/jump_to/i4x://OpenedX/DemoX/problem/p"`, "rekey.absolute_url", "1:2"},
		{"a block alone with a host", `"https://example.org/xblock/block-v1:OpenedX+DemoX+2024_T1+type@problem+block@p"`, "rekey.absolute_url", "1:2"},
		{"a query of a URL with a host", `"https://example.org/login?next=/courses/OpenedX/DemoX/2024_T1/"`, "rekey.absolute_url", "1:2"},
		{"a query", `"/login?next=/courses/OpenedX/DemoX/2024_T1/"`, "rekey.left", "1:2"},
		{"a course key alone", `"course-v1:OpenedX+DemoX+2024_T1"`, "rekey.left", "1:2"},
		{"a thumbnail", `"/c4x/OpenedX/DemoX/thumbnail/logo-png.jpg"`, "rekey.left", "1:2"},
		{"a page of another course that names a block", `"/courses/A/B/C/jump_to/i4x://OpenedX/DemoX/problem/p"`, "rekey.left", "1:2"},
		{"a jump to a block of another course", `"/courses/OpenedX/DemoX/2024_T1/jump_to/i4x://A/B/problem/p"`, "rekey.left", "1:2"},
		{"an asset of another course", `"/c4x/edX/DemoX/asset/logo.png" "/asset-v1:OpenedX+DemoX2+2024_T1+type@asset+block@logo.png"`, "", ""},
		{"an asset of another run", `"/asset-v1:OpenedX+DemoX+2024_T2+type@asset+block@logo.png"`, "", ""},
		{"a run that begins like the course's own", `"/courses/course-v1:OpenedX+DemoX+2024_T1a/progress" "/courses/OpenedX/DemoX/2024_T1a"`, "", ""},
		{"a page of another course", `"/courses/course-v1:A+B+C/progress"`, "", ""},
		{"a block of another course in a text", `i4x://A/B/problem/p block-v1:A+B+C+type@problem+block@p`, "", ""},
		{"a custom course", `ccx-v1:OpenedX+DemoX+2024_T1+ccx@1 ccx-block-v1:OpenedX+DemoX+2024_T1+ccx@1+type@html+block@a`, "", ""},
		{"a library of the same name", `library-v1:OpenedX+DemoX lib-block-v1:OpenedX+DemoX+type@problem+block@p`, "", ""},
		{"a portable link", `"/static/logo.png" "/jump_to_id/p" "/course/progress"`, "", ""},
		{"an id of a page element", `i4x-OpenedX-DemoX-problem-p_2_1`, "", ""},
		{"the words of the key", `OpenedX DemoX 2024_T1 OpenedX/DemoX/2024_T1`, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, links, problems := rw.rewrite("html/a.html", []byte(row.text))
			if string(got) != row.text || links > 0 {
				t.Errorf("%s\nbecomes %s", row.text, got)
			}
			rule, place := "", ""
			for _, p := range problems {
				_, at, _ := strings.Cut(strings.SplitN(p.String(), ": ", 2)[0], ":")
				rule, place = rule+p.Rule, place+at
			}
			if rule != row.rule || place != row.place {
				t.Errorf("problem %q at %q, want %q at %q", rule, place, row.rule, row.place)
			}
		})
	}
}

func TestReferencesToAThirdCourse(t *testing.T) {
	rw := demoRewriter(t)
	text := `<conditional sources="i4x://A/B/problem/p;i4x://OpenedX/DemoX/problem/p">
  <show sources='block-v1:A+B+C+type@problem+block@p'/>
  <split_test group_id_to_child="{&quot;1&quot;: &quot;lib-block-v1:A+B+type@html+block@x&quot;, &quot;2&quot;: &quot;block-v1:Other+Key+2030+type@html+block@x&quot;}"/>
  <html a="i4x://A/B/problem/p">i4x://A/B/problem/p</html>
</conditional>`
	out, links, problems := rw.rewrite("conditional/c.xml", []byte(text))
	if want := strings.Replace(text, "i4x://OpenedX/DemoX/problem/p", "block-v1:Other+Key+2030+type@problem+block@p", 1); string(out) != want || links != 1 {
		t.Errorf("%d links in\n%s", links, out)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	want := []string{
		"conditional/c.xml:1:23: warning rekey.foreign_reference: the reference i4x://A/B/problem/p names a block of another course",
		"conditional/c.xml:2:18: warning rekey.foreign_reference: the reference block-v1:A+B+C+type@problem+block@p names a block of another course",
		"conditional/c.xml:3:56: warning rekey.foreign_reference: the reference lib-block-v1:A+B+type@html+block@x names a block of another course",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestRootFiles(t *testing.T) {
	for _, row := range []struct{ name, root, want string }{
		{"an attribute that is missing is added", `<course url_name="2024_T1"/>`, `<course org="Other" course="Key" url_name="2030"/>`},
		{"a course all in one file", `<course org="A" course="B" url_name="2024_T1"><chapter url_name="c"/><wiki slug="B"/></course>`,
			`<course org="Other" course="Key" url_name="2030"><chapter url_name="c"/><wiki slug="Other.Key.2030"/></course>`},
		{"a wiki of another name stays shared", `<course org="A" course="B" url_name="2024_T1"><wiki slug="B.C"/></course>`, `<course org="Other" course="Key" url_name="2030"><wiki slug="B.C"/></course>`},
		{"a run that is a slug", `<course slug="2024_T1" org="A" course="B"/>`, `<course slug="2030" org="Other" course="Key"/>`},
		{"a run that is a name", `<course name="2024_T1" org="A" course="B"/>`, `<course url_name="2030" name="2024_T1" org="Other" course="Key"/>`},
		{"what is in comments and other attributes stays", "<?xml version=\"1.0\"?>\n<!-- <course org=\"A\"> -->\n<course\n\turl_name = '2024_T1' org=\"A\" course='B'></course>\n",
			"<?xml version=\"1.0\"?>\n<!-- <course org=\"A\"> -->\n<course\n\turl_name = '2030' org=\"Other\" course='Key'></course>\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files, _, err := takeIn(t, with(rekeyCourse, map[string]string{"course.xml": row.root}), rekeyTarget)
			if err != nil {
				t.Fatal(err)
			}
			if got := files["course.xml"]; got != row.want {
				t.Errorf("course.xml is\n%s\nwant\n%s", got, row.want)
			}
		})
	}
}

func TestALibraryUnderAnotherKey(t *testing.T) {
	target := key.Course{Library: true, Org: "Other", Code: "Key", Run: "library"}
	files, course, err := takeIn(t, map[string]string{
		"library/library.xml": `<library xblock-family="xblock.v1" org="OpenedX" library="Quiz" url_name="library"><problem url_name="p"/></library>`,
		"library/problem/p.xml": `<problem><img src="/asset-v1:OpenedX+Quiz+type@asset+block@a.png"/>` +
			`lib-block-v1:OpenedX+Quiz+type@problem+block@p library-v1:OpenedX+Quiz course-v1:OpenedX+Quiz+1</problem>`,
		"library/static/a.png":         "PNG",
		"library/policies/assets.json": `{}`,
	}, target)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"library.xml": `<library xblock-family="xblock.v1" org="Other" library="Key" url_name="library"><problem url_name="p"/></library>`,
		"problem/p.xml": `<problem><img src="/static/a.png"/>` +
			`lib-block-v1:Other+Key+type@problem+block@p library-v1:OpenedX+Quiz course-v1:OpenedX+Quiz+1</problem>`,
		"static/a.png": "", "policies/assets.json": `{}`,
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"rekey.rewritten": 1, "rekey.left": 1}, ruleCounts(course.Problems, "rekey.")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestFilesInTheWayOfTheNewRunStepAside(t *testing.T) {
	files, course, err := takeIn(t, with(rekeyCourse, map[string]string{
		"course/2030.xml":           `<course/>`,
		"policies/2030/policy.json": `{"course/2030": {"display_name": "Another run"}}`,
		"tabs/2030/page.html":       `another run`,
		"about/2030.unused/x.html":  `taken`,
	}), rekeyTarget)
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]string{
		"course/2030.unused.unused.xml":           `<course/>`,
		"policies/2030.unused.unused/policy.json": `{"course/2030": {"display_name": "Another run"}}`,
		"tabs/2030.unused.unused/page.html":       `another run`,
		"about/2030.unused/x.html":                `taken`,
	} {
		if got := files[p]; got != want {
			t.Errorf("%s holds %q, want %q", p, got, want)
		}
	}
	if course.Title != "Demo" {
		t.Errorf("the title has become %q", course.Title)
	}
	if got := ruleCounts(course.Problems, "rekey.collision")["rekey.collision"]; got != 3 {
		t.Errorf("%d collisions reported, want 3", got)
	}
}

func TestOnlyTheCourseFolderIsRewritten(t *testing.T) {
	outside := map[string]string{"README.md": "# Demo", "website/index.html": "/c4x/OpenedX/DemoX/asset/logo.png"}
	files := maps.Clone(outside)
	for p, text := range rekeyCourse {
		files["course/"+p] = text
	}
	got, _, err := takeIn(t, files, rekeyTarget)
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range outside {
		if got[p] != want {
			t.Errorf("%s has become %q", p, got[p])
		}
	}
	if want := `<problem><img src="/static/logo.png"/></problem>`; got["course/problem/p.xml"] != want {
		t.Errorf("the problem is %s", got["course/problem/p.xml"])
	}
}

func TestRewrittenFilesAreStored(t *testing.T) {
	in := &intake{files: make(map[string]*file)}
	for p, text := range rekeyCourse {
		if err := in.file(t.Context(), p, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := in.check(Options{Course: rekeyTarget, Progress: func(Progress) {}}); err != nil {
		t.Fatal(err)
	}
	stored := make(map[modulestore.ID]string)
	for _, o := range in.pending {
		stored[o.ID] = string(o.Data)
	}
	for p, f := range in.files {
		if got, ok := stored[f.blob.ID]; !ok || f.text && got != string(f.data) || f.blob.Size != int64(len(got)) {
			t.Errorf("%s is stored as %q of %d bytes, want %q", p, got, f.blob.Size, f.data)
		}
	}
}

func TestARunCalledAssetsLeavesTheListOfAssetsAlone(t *testing.T) {
	files, _, err := takeIn(t, rekeyCourse, key.Course{Org: "Other", Code: "Key", Run: "assets"})
	if err != nil {
		t.Fatal(err)
	}
	if files[assetsFile] != rekeyCourse[assetsFile] {
		t.Errorf("%s has become %q", assetsFile, files[assetsFile])
	}
}

func TestTextsThatCannotBeRewritten(t *testing.T) {
	utf16 := "\xff\xfe" + strings.Join(strings.Split(`<html>/c4x/OpenedX/DemoX/asset/logo.png</html>`, ""), "\x00") + "\x00"
	changes := map[string]string{
		"html/intro.html":     "/c4x/OpenedX/DemoX/asset/logo.png caf\xe9",
		"html/in.xml":         utf16,
		"about/overview.html": "caf\xe9",
	}
	files, course, err := takeIn(t, with(rekeyCourse, changes), rekeyTarget)
	if err != nil {
		t.Fatal(err)
	}
	for p, text := range changes {
		if files[p] != text {
			t.Errorf("%s has become %q", p, files[p])
		}
	}
	var reported []string
	for _, p := range course.Problems {
		if p.Rule == "rekey.unreadable" {
			reported = append(reported, p.File)
		}
	}
	if diff := cmp.Diff([]string{"html/in.xml", "html/intro.html"}, reported); diff != "" {
		t.Errorf("reported (-want +got):\n%s", diff)
	}
}

func TestKeysThatAnArchiveCannotTake(t *testing.T) {
	for _, row := range []struct {
		name   string
		root   string
		target key.Course
		rule   string
	}{
		{"a course as a library", rekeyCourse["course.xml"], key.Course{Library: true, Org: "Other", Code: "Key", Run: "library"}, "rekey.target"},
		{"a run that is a way out of its folder", rekeyCourse["course.xml"], key.Course{Org: "Other", Code: "Key", Run: ".."}, "rekey.target"},
		{"a run with a way out of its folder", rekeyCourse["course.xml"], key.Course{Org: "Other", Code: "Key", Run: "..:..:x"}, "rekey.target"},
		{"an old key that the new form cannot tell", rekeyCourse["course.xml"], key.Course{Org: "Other", Code: "50%", Run: "2030"}, "rekey.target"},
		{"a root file that is not UTF-8", "<?xml version='1.0' encoding='iso-8859-1'?><course url_name='2024_T1' org='A' course='B' x='\xe9'/>", rekeyTarget, "rekey.root"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, _, err := takeIn(t, with(rekeyCourse, map[string]string{"course.xml": row.root}), row.target)
			if !IsInputError(err) || !strings.Contains(err.Error(), row.rule) {
				t.Errorf("error %v, want one of %s", err, row.rule)
			}
		})
	}
}

// textWithKeys draws texts in which keys, parts of keys, escapes and words stand in any order.
func textWithKeys(pieces ...string) *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 20), func(list []string) string { return strings.Join(list, "") })
}

var otherPieces = []string{
	` `, `"`, `'`, `/`, `\/`, `//`, `\`, `\n`, `\u002b`, `%2B`, `%40`, `%C3%A9`, `%`, `&quot;`, `&amp;`, `&#47;`, `&`, `;`, `=`, `+`, `@`, `:`, `.`, `é`, "\n", "<", ">", `?`, `#`,
	`href=`, `https://example.org`, `/courses/`, `jump_to/`, `jump_to_id/`, `/static/logo.png`, `/asset-v1:`, `course-v1:`, `block-v1:`, `i4x://`, `/c4x/`, `+type@`, `+block@`, `/asset/`,
	`p`, `logo.png`, `OpenedX`, `A/B/`, `A+B+C`, `/c4x/A/B/asset/logo.png`, `block-v1:A+B+C+type@html+block@x`,
}

func TestTextWithoutTheKeyKeepsItsBytes(t *testing.T) {
	rw := demoRewriter(t)
	texts := textWithKeys(otherPieces...)
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		got, links, _ := rw.rewrite("html/a.html", []byte(text))
		if string(got) != text || links > 0 {
			t.Fatalf("%q becomes %q", text, got)
		}
	})
}

func TestRewritingTwiceIsRewritingOnce(t *testing.T) {
	rw := demoRewriter(t)
	texts := textWithKeys(slices.Concat(otherPieces, []string{
		`OpenedX+DemoX+2024_T1`, `OpenedX/DemoX/`, `2024_T1`, `OpenedX%2BDemoX%2b2016`, `/courses/course-v1:OpenedX+DemoX+2024_T1`, `/courses/OpenedX/DemoX/2024_T1/`,
		`block-v1:OpenedX+DemoX+2024_T1+type@problem+block@p`, `i4x://OpenedX/DemoX/problem/p`, `/asset-v1:OpenedX+DemoX+2024_T1+type@asset+block@logo.png`,
		`/c4x/OpenedX/DemoX/asset/logo.png`, `/c4x/OpenedX/DemoX/asset/gone`,
	})...)
	rapid.Check(t, func(t *rapid.T) {
		once, _, _ := rw.rewrite("conditional/a.xml", []byte(texts.Draw(t, "text")))
		twice, links, _ := rw.rewrite("conditional/a.xml", once)
		if string(twice) != string(once) || links > 0 {
			t.Fatalf("%q becomes %q", once, twice)
		}
	})
}

// FuzzRewrite looks for texts that are sound before they are rewritten and not after.
func FuzzRewrite(f *testing.F) {
	for _, p := range slices.Sorted(maps.Keys(rekeyCourse)) {
		f.Add(rekeyCourse[p])
	}
	f.Add(`{"a": "{\"b\": \"\\n\/c4x\/OpenedX\/DemoX\/asset\/logo.png\\u002b\"}"}`)
	f.Add(`<a href="&#47;c4x/OpenedX&amp;/courses/course-v1%3AOpenedX%2BDemoX%2B2024_T1?a&amp;amp;quot;">i4x://OpenedX/DemoX/problem/p@x</a>`)
	rw := demoRewriter(f)
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		out, _, _ := rw.rewrite("a.xml", []byte(text))
		if json.Valid([]byte(text)) && !json.Valid(out) {
			t.Errorf("%q was JSON, %q is not", text, out)
		}
		if wellFormed([]byte(text)) && !wellFormed(out) {
			t.Errorf("%q was XML, %q is not", text, out)
		}
	})
}

func wellFormed(text []byte) bool {
	dec := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := dec.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

func TestRealCoursesUnderAnotherKey(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			before := checkArchive(t, archive, key.Course{})
			target := rekeyTarget
			if before.Course.Library {
				target = key.Course{Library: true, Org: "Other", Code: "Key", Run: "library"}
			}
			after := checkArchive(t, archive, target)
			if after.Course != target {
				t.Errorf("the key is %s", after.Course)
			}
			if diff := cmp.Diff(before.Counts, after.Counts); diff != "" {
				t.Errorf("published branch (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(before.DraftView, after.DraftView); diff != "" {
				t.Errorf("draft view (-before +after):\n%s", diff)
			}
			for _, p := range after.Problems {
				if strings.HasPrefix(p.Rule, "rekey.") && p.Severity != olx.Info {
					t.Errorf("unexpected: %s", p)
				}
			}
		})
	}
}

func checkArchive(t *testing.T, archive string, target key.Course) *Report {
	t.Helper()
	report, err := Run(t.Context(), nil, Source{Path: archive}, Options{Check: true, Course: target, Limits: DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	return report
}
