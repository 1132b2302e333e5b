package extract_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// attrs makes attributes of names and values.
func attrs(pairs ...string) (list []modulestore.Attr) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, modulestore.Attr{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

func block(blockType, name string, list ...string) *modulestore.Block {
	return &modulestore.Block{ID: key.BlockID{Type: blockType, Name: name}, Attrs: attrs(list...)}
}

func TestTextOfPages(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a block element is a line, an inline element is nothing", `<p>One <b>bo</b>ld</p><p>Two<br>Three</p>`, "One bold\nTwo\nThree"},
		{"options do not run together", `<ul><li>Option A</li><li>Option B</li></ul><select><option>C<option>D</select>`, "Option A\nOption B\nC\nD"},
		{"cells of a table are lines", `<table><tr><th>Name<th>Year<tr><td>Ada<td>1815</table>`, "Name\nYear\nAda\n1815"},
		{"broken markup is read as far as it goes", `<p>One <b>two</p> three</i> <a href="x>four</a>`, "One two\nthree"},
		{"programs, styles and embedded pages are no text",
			`A<script>b</script><style>c</style><noscript>d</noscript><template>e</template><svg><text>f</text></svg><iframe>g</iframe>`, "A"},
		{"what is not shown is no text", `A<span hidden>b</span><span aria-hidden="true">c</span><div style="display: none">d<div>e</div></div>F`, "A\nF"},
		{"what is shown on demand is text", `<details><summary>More</summary>Text</details><p aria-hidden="false">Shown</p>`, "More\nText\nShown"},
		{"a paragraph ends where the next begins, hidden or not", `<p hidden>a<p>B`, "B"},
		{"a whole document has its body taken", `<!DOCTYPE html><html lang="fr"><head><title>t</title><meta name="x" content="y"><body><p>Corps`, "Corps"},
		{"a head ends where its content does", `<head><title>t</title><p>Corps`, "Corps"},
		{"comments are no text", `A<!-- b --><!-- c > d -->E`, "AE"},
		{"texts for pictures, fields and tables are text",
			`<img src="/static/a.png" alt="A map" title="of Rome"><input placeholder="Your name"><table summary="Years"><caption>All</caption></table><a aria-label="Next">»</a>`,
			"A map\nof Rome\nYour name\nYears\nAll\nNext\n»"},
		{"addresses, names and data are none", `<a href="http://example.org/secret" id="i" class="c" title="t" data-x="d">Link</a>`, "Link"},
		{"entities are decoded once", `<p>5 &lt; 6 &amp;amp; caf&eacute; &#8364;</p>`, "5 < 6 &amp; café €"},
		{"characters have one form", "<p>ﬁrst\u00a0half Ｃａｆｅ\u0301 ½</p>", "first half Café 1⁄2"},
		{"invisible characters are dropped", "soft\u00adware zero\u200bwidth \ufeffmark \u202eright", "software zerowidth mark right"},
		{"blanks in a line are one, and lines are kept", "<pre>a \t b\n\n\n  c</pre>", "a b\nc"},
		{"a formula is read as its letters and names", `<p>Let \(\alpha_1 + \sin x\) be</p>`, "Let α alpha 1 + sin x be"},
		{"a fraction is divided", `\[\frac{a+b}{2}\]`, "a+b/2"},
		{"commands of layout say nothing", `$$\left( \mathrm{H}_2\text{O} \right) \quad \begin{matrix}a&b\end{matrix}$$`, "( H2O ) a b"},
		{"symbols are themselves", `[mathjaxinline]x \leq \infty[/mathjaxinline] and [mathjax]\pi r^2[/mathjax]`, "x ≤ ∞ infinity and π pi r^2"},
		{"a formula may stand without delimiters", `A \begin{align} a &= b \\ c &= d \end{align} B`, "A a = b c = d B"},
		{"code is no formula", `<code>re.match("\(a\)", "$$")</code> <pre>a[mathjax]b[/mathjax]</pre>`, "re.match(\"\\(a\\)\", \"$$\")\na[mathjax]b[/mathjax]"},
		{"half a formula is text", `It costs $$ 5 \( or so`, `It costs $$ 5 \( or so`},
		{"MathML is its letters", `<math alttext="\alpha x"><mrow><mi>α</mi><mo>+</mo><mn>2</mn><mtext>mm</mtext></mrow><annotation>\alpha</annotation></math>`, "α alpha x\nα 2 mm"},
		{"a word without end is cut", strings.Repeat("x", 100) + " y", strings.Repeat("x", 64) + " y"},
		{"a line to write on is no word", strings.Repeat("_", 100), strings.Repeat("_", 100)},
		{"Chinese has no blanks, and is not cut", strings.Repeat("中文", 50), strings.Repeat("中文", 50)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := extract.Block(block("html", "h"), &modulestore.Body{Texts: attrs("data", c.source)})
			if got.Body != c.want {
				t.Errorf("got  %q\nwant %q", got.Body, c.want)
			}
		})
	}
}

// A text may stand inside its element, in a file of XML. Open edX hands a browser what is in front of the first element as it reads, and all the rest as it is spelled.
func TestTextInsideItsElement(t *testing.T) {
	for _, c := range []struct {
		name, source, want string
		offline            bool
	}{
		{"markup is markup", `<p>One</p><p>5 &lt; 6</p>`, "One\n5 < 6", true},
		{"markup spelled with entities is markup", `&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two &amp;amp; three&lt;/p&gt;`, "One\nTwo & three", true},
		{"markup in CDATA is markup", `<![CDATA[<p>One &lt;b&gt; two</p>]]>`, "One <b> two", true},
		{"a comment is none", `&lt;p&gt;One<!-- no --> two&lt;/p&gt;`, "One two", true},
		{"behind an element, entities are text", `&lt;i&gt;One&lt;/i&gt; <b>two</b> &lt;i&gt;`, "One two <i>", true},
		{"what is not shown is no text, however it is spelled", `One&lt;script&gt;no&lt;/script&gt;&lt;p hidden=""&gt;no&lt;/p&gt;`, "One", true},
		{"what is loaded from outside is, however it is spelled", `&lt;img src="https://example.org/a.png" alt="Map"&gt;`, "Map", false},
		{"what is not well-formed stays as it is", `&lt;p&gt;One & two`, "<p>One & two", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, body := block("html", "h"), &modulestore.Body{Markup: c.source}
			if got := extract.Block(b, body); got.Body != c.want {
				t.Errorf("got  %q\nwant %q", got.Body, c.want)
			}
			if got := extract.Offline(b, body); got != c.offline {
				t.Errorf("offline: %t", got)
			}
		})
	}
}

func TestTextOfProblems(t *testing.T) {
	for _, c := range []struct{ name, source, body, hidden string }{
		{"a prompt, a label and choices are public",
			`<p>Prompt</p><multiplechoiceresponse><label>Which?</label><description>One only</description><choicegroup type="MultipleChoice"><choice correct="true">A
			<choicehint>no</choicehint></choice><choice correct="false"><b>B</b></choice></choicegroup></multiplechoiceresponse>`, "Prompt\nWhich?\nOne only\nA\nB", "no"},
		{"the list of a dropdown is divided", `<optionresponse><optioninput label="Pick" options="('It\'s','two, or more')" correct="It's"/></optionresponse>`,
			"Pick\nIt's\ntwo, or more", "It's"},
		{"a list without quotation marks is divided at commas", `<optionresponse><optioninput options="(a, b)" correct="a"/></optionresponse>`, "a\nb", "a"},
		{"options that are elements are lines", `<optionresponse><optioninput><option correct="True">A<optionhint>h</optionhint></option><option>B</option></optioninput></optionresponse>`,
			"A\nB", "h"},
		{"texts around a field are public", `<numericalresponse answer="3.14"><p>Pi is <textline label="a number" trailing_text="about"/></p></numericalresponse>`,
			"Pi is\na number\nabout", "3.14"},
		{"choices with fields in them", `<choicetextresponse><radiotextgroup><choice correct="true">x is <numtolerance_input answer="5"/> m</choice></radiotextgroup></choicetextresponse>`,
			"x is m", "5"},
		{"what is dragged is public", `<customresponse><drag_and_drop_input img="/static/x.png"><draggable id="1" label="methyl"/><target id="t"/></drag_and_drop_input></customresponse>`,
			"methyl", ""},
		{"an annotation asks and offers", `<annotationresponse><annotationinput><title>T</title><text>x</text><comment>c</comment><comment_prompt>Say</comment_prompt><tag_prompt>Tag</tag_prompt>
			<options><option choice="correct">A</option></options></annotationinput></annotationresponse>`, "T\nx\nc\nSay\nTag\nA", ""},
		{"placeholders are no words, prices are", `<p>Add $a and ${b_2}: it costs $5, not $$c$$.</p>`, "Add and : it costs $5, not c.", ""},
		{"tables and pictures", `<table><tr><td>1</td><td><img src="/static/p.png" alt="A plot"/></td></tr></table>`, "1\nA plot", ""},
		{"entities of HTML are known", `<p>caf&eacute;&nbsp;&alpha;</p>`, "café α", ""},
		{"a problem that is no XML is read all the same", `<p>A & B<br>C<choiceresponse><checkboxgroup><choice correct=true>D</checkboxgroup></choiceresponse>`, "A & B\nC\nD", ""},
		{"old marks of text are no text", `<startouttext/>Prompt<endouttext/><clarification>Note</clarification>`, "PromptNote", ""},
		{"scripts stay programs for authors", `<script type="loncapa/python">m = re.match(r"\(\w\)", s)</script>`, "", `m = re.match(r"\(\w\)", s)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := extract.Block(block("problem", "p"), &modulestore.Body{Markup: c.source})
			if got.Body != c.body || got.Hidden != c.hidden {
				t.Errorf("body   %q\nwant   %q\nhidden %q\nwant   %q", got.Body, c.body, got.Hidden, c.hidden)
			}
		})
	}
}

func TestTitles(t *testing.T) {
	problem := `<p>First line</p><stringresponse answer="x"><label>What is <b>it</b>?</label><textline/></stringresponse>`
	for _, c := range []struct {
		name  string
		block *modulestore.Block
		body  modulestore.Body
		want  string
	}{
		{"the display name", block("html", "h", "display_name", "Welcome"), modulestore.Body{Markup: "<h2>Heading</h2>"}, "Welcome"},
		{"the display name in one form", block("vertical", "v", "display_name", " A\u00adb\u00a0 c\n"), modulestore.Body{}, "Ab c"},
		{"the name of the policy goes first", &modulestore.Block{ID: key.BlockID{Type: "html", Name: "h"}, Attrs: attrs("display_name", "Attribute"),
			Policy: attrs("display_name", `"Policy"`)}, modulestore.Body{}, "Policy"},
		{"a name that is too long for the outline", &modulestore.Block{ID: key.BlockID{Type: "html", Name: "h"}, Attrs: []modulestore.Attr{{Name: "display_name", Long: true}}},
			modulestore.Body{Attrs: attrs("display_name", "Long")}, "Long"},
		{"the first heading of a text that nobody has named", block("html", "h", "display_name", "Text"), modulestore.Body{Markup: "<p>x</p><h3>A <i>head</i>ing</h3><h2>B</h2>"}, "A heading"},
		{"the default name of a text without headings", block("html", "h", "display_name", "Raw HTML"), modulestore.Body{Markup: "<p>x</p>"}, "Raw HTML"},
		{"a custom tab has its heading", block("static_tab", "t"), modulestore.Body{Texts: attrs("data", "<h1>Syllabus")}, "Syllabus"},
		{"the first label of a problem", block("problem", "p"), modulestore.Body{Markup: problem}, "What is it?"},
		{"the first prompt of a problem without labels", block("problem", "p"), modulestore.Body{Markup: "<div><p>First line</p><p>Second</p></div>"}, "First line"},
		{"no more than a few words of it", block("problem", "p"), modulestore.Body{Markup: "<p>" + strings.Repeat("word ", 60) + "</p>"},
			strings.TrimSpace(strings.Repeat("word ", 24)) + "..."},
		{"a null is no name", block("chapter", "c", "display_name", "null"), modulestore.Body{}, ""},
		{"the question of a poll", block("poll", "p", "question", "How <b>many</b>?"), modulestore.Body{}, "How many?"},
		{"what a word cloud asks for", block("word_cloud", "w", "instructions", "One word"), modulestore.Body{}, "One word"},
		{"the name that a survey has", block("survey", "s", "block_name", "Survey", "display_name", ""), modulestore.Body{}, "Survey"},
		{"the name in a file that was not understood", block("video", "v"), modulestore.Body{Raw: []byte("<?xml version='1.0'?><!-- x --><video display_name='Intro' youtube=1>")}, "Intro"},
		{"none of a file that holds another block", block("video", "v"), modulestore.Body{Raw: []byte("<problem display_name='Intro'>")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := extract.Block(c.block, &c.body).Title; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTextOfOtherTypes(t *testing.T) {
	for _, c := range []struct {
		name         string
		block        *modulestore.Block
		body         modulestore.Body
		want, hidden string
	}{
		{"a poll asks and offers", block("poll", "p", "question", "Q **bold** <i>x</i>?", "feedback", "Thanks", "answers",
			`[["R",{"label":"Red","img":"/static/r.png","img_alt":"A rose"}],["B",{"label":"Blue"}]]`), modulestore.Body{}, "Q **bold** x?\nRed\nA rose\nBlue", "Thanks"},
		{"a survey asks and offers", block("survey", "s", "questions", `[["q",{"label":"Good?"}]]`, "answers", `[["Y","Yes"],["N","No"]]`), modulestore.Body{}, "Good?\nYes\nNo", ""},
		{"an old poll", block("poll_question", "p"), modulestore.Body{Markup: `<p>Which?</p><answer id="a">One</answer><answer id="b">Two</answer>`}, "Which?\nOne\nTwo", ""},
		{"a word cloud says what to do", block("word_cloud", "w", "instructions", "<p>Type a word</p>"), modulestore.Body{}, "Type a word", ""},
		{"an annotated text has notes", block("annotatable", "a"), modulestore.Body{Markup: `<instructions><p>Read</p></instructions><p>To <annotation title="T" body="B">thee</annotation></p>`},
			"Read\nTo\nT\nB\nthee", ""},
		{"a discussion is about something", block("discussion", "d", "discussion_category", "Week 1", "discussion_target", "Tools"), modulestore.Body{}, "Week 1\nTools", ""},
		{"a discussion about nothing", block("discussion", "d"), modulestore.Body{}, "", ""},
		{"a tool is described", block("lti", "l", "description", "A <b>board</b>", "custom_parameters", `["x=y"]`), modulestore.Body{}, "A board", ""},
		{"zones and items can be seen", block("drag-and-drop-v2", "d", "question_text", "Drag", "data", `{"targetImgDescription":"A brain","zones":[{"title":"Left","description":"half","uid":"z"}],
			"items":[{"displayName":"Lobe","imageDescription":"in blue","zones":["z"],"feedback":{"correct":"Yes","incorrect":"No"}}],"feedback":{"start":"Go","finish":"Done"}}`),
			modulestore.Body{}, "Drag\nA brain\nLeft\nhalf\nLobe\nin blue", "Yes\nNo\nGo\nDone"},
		{"an open response has prompts", block("openassessment", "o"), modulestore.Body{Markup: `<title>Essay</title><prompts><prompt><description>&lt;p&gt;Write &lt;b&gt;it&lt;/b&gt;&lt;/p&gt;</description></prompt></prompts>
			<rubric><criterion><label>Clear</label></criterion></rubric>`}, "Essay\nWrite it", "Clear"},
		{"a video has nothing but its name", block("video", "v", "display_name", "V", "sub", "x"), modulestore.Body{Markup: `<source src="a.mp4"/><transcript language="en" src="x.srt"/>`}, "", ""},
		{"a container has nothing but its name", block("library_content", "l", "display_name", "Bank"), modulestore.Body{}, "", ""},
		{"a type that nobody knows has nothing but its name", block("quiz_of_theirs", "q", "display_name", "Q", "question", "x"), modulestore.Body{Markup: "<p>x</p>"}, "", ""},
		{"a text inside its definition", block("html", "h"), modulestore.Body{Markup: `<![CDATA[<p>In</p>]]><p>side</p>`}, "In\nside", ""},
		{"a page about the course", block("about", "overview"), modulestore.Body{Texts: attrs("data", "<p>About</p>")}, "About", ""},
		{"a setting about the course", block("about", "effort"), modulestore.Body{Texts: attrs("data", "5 hours")}, "", ""},
		{"handouts", block("course_info", "handouts"), modulestore.Body{Texts: attrs("data", "<ol><li>Sheet</li></ol>")}, "Sheet", ""},
		{"updates are those that are shown", block("course_info", "updates"), modulestore.Body{Texts: attrs("data", "<ol/>", "items",
			`[{"id":2,"date":"May 1","content":"<p>New</p>","status":"visible"},{"id":1,"date":"April 1","content":"Old","status":"deleted"}]`)}, "May 1\nNew", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := extract.Block(c.block, &c.body)
			if got.Body != c.want || got.Hidden != c.hidden {
				t.Errorf("body   %q\nwant   %q\nhidden %q\nwant   %q", got.Body, c.want, got.Hidden, c.hidden)
			}
		})
	}
}

func TestWhatElseIsTaken(t *testing.T) {
	got := extract.Block(block("problem", "p", "display_name", "P"), &modulestore.Body{Markup: `<stringresponse answer="a"><textline/></stringresponse><p xml:lang="fr">Q</p>
		<div><choiceresponse/><stringresponse answer="b"/></div><img src="/static/b.png?x=1"/><a href="/static/a b.pdf#page=2">A</a>
		<a href="/asset-v1:O+C+R+type@asset+block@c.pdf">C</a><a href="http://example.org/static/d.pdf">D</a><solution><img src="/static/secret.png"/></solution>`})
	want := extract.Text{Title: "P", Kind: "CAPA", Body: "Q\nA CD", Hidden: "a\nb", Responses: []string{"choiceresponse", "stringresponse"}, Assets: []string{"a b.pdf", "b.png", "c.pdf"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for blockType, kind := range map[string]string{"html": "Text", "problem": "CAPA", "video": "Video", "chapter": "Sequence", "sequential": "Sequence", "vertical": "Sequence", "other": ""} {
		if got := extract.Block(block(blockType, "b"), nil).Kind; got != kind {
			t.Errorf("%s is of kind %q, want %q", blockType, got, kind)
		}
	}
	for source, lang := range map[string]string{`<html lang="fr"><body>x`: "fr", `<div xml:lang="de">x</div>`: "de", `<p>x <i lang="la">y</i></p>`: "", `<html><body lang="es">`: "es"} {
		if got := extract.HTML([]byte(source)).Lang; got != lang {
			t.Errorf("%s is in %q, want %q", source, got, lang)
		}
	}
}

func TestTextIsLimited(t *testing.T) {
	long := strings.Repeat("wörter ", extract.MaxText/8)
	got := extract.Block(block("html", "h"), &modulestore.Body{Markup: long + long})
	if !got.Cut || len(got.Body) > extract.MaxText || len(got.Body) < extract.MaxText-10 || !strings.HasPrefix(got.Body, "wörter wörter") {
		t.Errorf("%d bytes, cut: %v", len(got.Body), got.Cut)
	}
	if got := extract.HTML([]byte(long)); got.Cut {
		t.Errorf("%d bytes are cut", len(got.Body))
	}
	if got := extract.HTML([]byte("a " + strings.Repeat("x", extract.MaxWord+1))); !got.Cut {
		t.Error("a word that was cut is not remembered")
	}
	huge := extract.Block(block("problem", "p"), &modulestore.Body{Markup: "<solution>" + strings.Repeat("x ", 2<<20) + "</solution><p>Q</p>"})
	if !huge.Cut || huge.Body != "Q" || len(huge.Hidden) > extract.MaxText {
		t.Errorf("a large solution: cut %v, body %q, %d bytes for authors", huge.Cut, huge.Body, len(huge.Hidden))
	}
}

func TestAboutTakesTextsAlone(t *testing.T) {
	for name, want := range map[string]string{"overview": "A course", "short_description": "A course", "video": "", "effort": "", "entrance_exam_id": "", "something": ""} {
		if got := extract.About(name, []byte("<p>A course</p>")); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
