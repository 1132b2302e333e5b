package extract_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// sealed are hidden places that stay hidden whatever stands around them.
var sealed = []string{
	`<solution>` + canary + `</solution>`,
	`<demandhint><hint>` + canary + `</hint></demandhint>`,
	`<script type="loncapa/python">` + canary + `</script>`,
	`<stringresponse answer="` + canary + `"><textline/></stringresponse>`,
	`<choicehint label="` + canary + `">` + canary + `</choicehint>`,
	`<p>&lt;solution>` + canary + `&lt;/solution></p>`,
}

func FuzzProblem(f *testing.F) {
	for _, s := range []string{
		"", "<p>", "</p>", "<p", "<p ", "</", "<!", "<!-", "<!--", "<!-->", "-->", "<![CDATA[", "]]>", "<?x ", "?>", `<img alt="`, `"/>`, `<img alt='`, `<p a=`, "<p>&lt;", "&lt;!--",
		"<math>", "<math><mi>", "<svg>", "<style>", "<style/>", "<script>", "<script/>", "<textarea>", "<title/>", "<plaintext>", "<xmp>", "<iframe/>", "<noscript>",
		"<solution>", "</solution>", "<solution/>", "<SOLUTION", `\(`, `\)`, "$$", "$x ${y}", "<multiplechoiceresponse><choicegroup><choice>", "<div><solution><p></div>",
		"\x00", "\xff\xfe", "<p\x00>", "<a<b>", "<&#60;p>", "<p/ >", "<textline label='", "<problem label=\"", "&#0;", "&#x3c;", "<!DOCTYPE x [", "]>",
	} {
		for place := range sealed {
			f.Add(s, "</p>", uint8(place))
			f.Add("<p>Q", s, uint8(place))
		}
	}
	f.Fuzz(func(t *testing.T, before, after string, place uint8) {
		if strings.Contains(strings.ToLower(before+after), "canary") {
			t.Skip()
		}
		source := before + sealed[int(place)%len(sealed)] + after
		for how, body := range asStored(source) {
			got := extract.Block(problemBlock(), body)
			checkCanary(t, how, got)
			checkSound(t, got)
		}
	})
}

// FuzzPage reads anything as any type: nothing panics, all that comes out is text within the limits.
func FuzzPage(f *testing.F) {
	types := []string{"html", "video", "poll", "survey", "drag-and-drop-v2", "openassessment", "annotatable", "about", "course_info", "discussion", "unheard_of"}
	for i, s := range []string{
		"<h1>A", "<p>a<p>b", `<table summary="x"><tr><td>1<td>2`, "<head><p>x", `[["a","b"],["c",{"label":"d"}]]`, `{"items":[{"displayName":"x"}]}`,
		"<prompts><prompt><description>&lt;p>x</description></prompt></prompts>", `<annotation title="a" body="b">c</annotation>`, strings.Repeat("<b>", 400) + "x",
		strings.Repeat("a", 300), `\[ \frac{\alpha}{2} \]`, `[{"date":"d","content":"<p>c"}]`, "\ufdfa\u00ad\u200b",
	} {
		f.Add(s, uint8(i))
	}
	f.Fuzz(func(t *testing.T, source string, kind uint8) {
		b := &modulestore.Block{ID: key.BlockID{Type: types[int(kind)%len(types)], Name: "overview"}}
		for _, name := range []string{"question", "answers", "data", "feedback", "discussion_target", "transcripts", "sub", "display_name"} {
			b.Attrs = append(b.Attrs, modulestore.Attr{Name: name, Value: source})
		}
		for _, body := range []*modulestore.Body{nil, {Markup: source}, {Texts: []modulestore.Attr{{Name: "data", Value: source}, {Name: "items", Value: source}}}, {Raw: []byte(source)}} {
			checkSound(t, extract.Block(b, body))
			for _, track := range extract.Tracks(b, body) {
				for _, file := range track.Files {
					if !strings.HasPrefix(file, "static/") || strings.Contains(file, "../") {
						t.Errorf("the transcript %q is outside the folder", file)
					}
				}
			}
		}
	})
}

func checkSound(t *testing.T, got extract.Text) {
	t.Helper()
	for place, text := range map[string]string{"title": got.Title, "body": got.Body, "hidden": got.Hidden} {
		switch {
		case !utf8.ValidString(text):
			t.Errorf("the %s %q is not UTF-8", place, text)
		case len(text) > extract.MaxText:
			t.Errorf("the %s has %d bytes", place, len(text))
		case strings.TrimSpace(text) != text, strings.Contains(text, "  "), strings.Contains(text, "\n\n"):
			t.Errorf("the %s %q has blanks to spare", place, text)
		}
	}
}

// FuzzTranscript reads anything as a transcript: a line for each cue, each cue at the beginning of a line.
func FuzzTranscript(f *testing.F) {
	for _, s := range []string{
		"1\n00:00:01,000 --> 00:00:02,000\nHello\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>Hi", `{"start":[1,2],"end":[2,3],"text":["a","b"]}`, "-->", "{", "\xff --> \n",
		"00:00:01,000 --> 00:00:02,000\n" + strings.Repeat("x ", 200_000),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := extract.ReadTranscript("x", data)
		if err != nil {
			return
		}
		if !utf8.ValidString(got.Body) || len(got.Body) > extract.MaxText {
			t.Fatalf("%d bytes, UTF-8: %v", len(got.Body), utf8.ValidString(got.Body))
		}
		last := -1
		for _, cue := range got.Cues {
			if cue.Offset <= last || cue.Offset >= len(got.Body) || cue.Offset > 0 && got.Body[cue.Offset-1] != '\n' || cue.Start < 0 {
				t.Fatalf("the cue %v does not begin a line of %q", cue, got.Body)
			}
			last = cue.Offset
		}
	})
}
