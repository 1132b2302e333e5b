package extract_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

func TestTracksOfAVideo(t *testing.T) {
	for _, c := range []struct {
		name  string
		block *modulestore.Block
		body  modulestore.Body
		want  []extract.Track
	}{
		{"sub is English", block("video", "v", "sub", "abc"), modulestore.Body{}, []extract.Track{{Lang: "en", Files: []string{"static/subs_abc.srt.sjson"}}}},
		{"the attribute transcripts is a map by language", block("video", "v", "transcripts", `{"fr": "v-fr.srt", "de": "v-de.srt"}`), modulestore.Body{},
			[]extract.Track{{Lang: "de", Files: []string{"static/v-de.srt"}}, {Lang: "fr", Files: []string{"static/v-fr.srt"}}}},
		{"so is that of the policy", &modulestore.Block{ID: key.BlockID{Type: "video", Name: "v"}, Policy: attrs("transcripts", `{"fr": "p.srt"}`)}, modulestore.Body{},
			[]extract.Track{{Lang: "fr", Files: []string{"static/p.srt"}}}},
		{"an element names a file", block("video", "v"), modulestore.Body{Markup: `<transcript language="uk" src="v uk.srt"/>`}, []extract.Track{{Lang: "uk", Files: []string{"static/v uk.srt"}}}},
		{"an asset is named by the video", block("video", "v", "edx_video_id", "1-2"),
			modulestore.Body{Markup: `<video_asset><transcripts><transcript language_code="en" file_format="srt"/><transcript language_code="es" file_format="sjson"/></transcripts></video_asset>`},
			[]extract.Track{{Lang: "en", Files: []string{"static/1-2-en.srt"}}, {Lang: "es", Files: []string{"static/1-2-es.sjson"}}}},
		{"all sources in order, each file once", block("video", "v", "sub", "abc", "transcripts", `{"en": "x-en.srt", "es": "x-es.srt"}`, "edx_video_id", "x"),
			modulestore.Body{Markup: `<video_asset><transcripts><transcript language_code="es" file_format="srt"/><transcript language_code="it"/></transcripts></video_asset>
				<transcript language="es" src="other.srt"/>`},
			[]extract.Track{{Lang: "en", Files: []string{"static/subs_abc.srt.sjson", "static/x-en.srt"}}, {Lang: "es", Files: []string{"static/x-es.srt", "static/other.srt"}},
				{Lang: "it", Files: []string{"static/x-it.srt"}}}},
		{"a path to the static files", block("video", "v", "transcripts", `{"en": "/static/a.srt"}`), modulestore.Body{}, []extract.Track{{Lang: "en", Files: []string{"static/a.srt"}}}},
		{"no place outside the course", block("video", "v", "transcripts", `{"en": "../a.srt", "fr": "/etc/passwd", "de": "https://example.org/a.srt", "": "x", "it": ""}`),
			modulestore.Body{}, nil},
		{"a map that is none", block("video", "v", "transcripts", `["en"]`), modulestore.Body{}, nil},
		{"an element that is commented out", block("video", "v"), modulestore.Body{Markup: `<!-- <transcript language="uk" src="v.srt"/> -->`}, nil},
		{"a file that was not understood", block("video", "v"), modulestore.Body{Raw: []byte(`<video sub="abc"><transcript language="fr" src="f.srt">`)},
			[]extract.Track{{Lang: "en", Files: []string{"static/subs_abc.srt.sjson"}}, {Lang: "fr", Files: []string{"static/f.srt"}}}},
		{"another type has none", block("html", "v", "sub", "abc"), modulestore.Body{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, extract.Tracks(c.block, &c.body)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTranscripts(t *testing.T) {
	for _, c := range []struct{ name, file, body, starts string }{
		{"SubRip", "1\n00:00:01,199 --> 00:00:04,380\nHello\nthere\n\n2\n00:01:02,520 --> 00:01:06,240\nWorld\n", "Hello there\nWorld", "1.199s 1m2.52s"},
		{"SubRip of another system", "\ufeff1\r\n00:00:01,0 --> 00:00:02,0\r\nHello\r\n\r\n2\r\n01:00:00,5 --> 01:00:01,5\r\nWorld\r\n", "Hello\nWorld", "1s 1h0m0.5s"},
		{"SubRip without empty lines", "1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:03,000 --> 00:00:04,000\nTwo", "One\nTwo", "1s 3s"},
		{"an empty line within a cue", "1\n00:00:01,000 --> 00:00:02,000\nOne\n\nmore\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo", "One more\nTwo", "1s 3s"},
		{"a cue that is a number", "1\n00:00:01,000 --> 00:00:02,000\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo", "42\nTwo", "1s 3s"},
		{"a cue without text is left out", "1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo", "Two", "3s"},
		{"WebVTT", "WEBVTT - title\nKind: captions\n\nNOTE not\nspoken\n\nSTYLE\n::cue{}\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v Ada>Hello <c.x>there</c>\n\n" +
			"01:00:03.500 --> 01:00:04.000\n<00:00:01.000>World", "Hello there\nWorld", "1s 1h0m3.5s"},
		{"the JSON of Open edX", `{"start": [260, 1510.5], "end": [1510, 4480], "text": ["Hello\nthere", "World"]}`, "Hello there\nWorld", "260ms 1.51s"},
		{"JSON with more times than texts", `{"start": [1000, 2000], "end": [], "text": ["One"]}`, "One", "1s"},
		{"markup, sounds and speakers are not spoken", "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>>> ADA: It&#39;s</i> [MUSIC PLAYING] a[i] &lt; b\n\n2\n00:00:02,000 --> 00:00:03,000\n[music]\n\n" +
			"3\n00:00:03,000 --> 00:00:04,000\n- Yes.\n- No.", "ADA: It's a[i] < b\nYes. No.", "1s 3s"},
		{"a file in an old encoding", "1\n00:00:01,000 --> 00:00:02,000\ncaf\xe9", "café", "1s"},
		{"nothing", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := extract.ReadTranscript("a.srt", []byte(c.file))
			if err != nil {
				t.Fatal(err)
			}
			var starts []string
			for i, cue := range got.Cues {
				starts = append(starts, cue.Start.String())
				if line := strings.Split(got.Body, "\n")[i]; !strings.HasPrefix(got.Body[cue.Offset:], line) {
					t.Errorf("cue %d does not begin %q", i, line)
				}
			}
			if got.Body != c.body || strings.Join(starts, " ") != c.starts {
				t.Errorf("got  %q at %v\nwant %q at %s", got.Body, starts, c.body, c.starts)
			}
		})
	}
}

func TestWhatIsNoTranscript(t *testing.T) {
	for name, file := range map[string]string{"a text": "Hello\nthere", "a page": "<html>", "half a JSON": `{"start": [1`, "another JSON": `{"start": "x"}`} {
		if _, err := extract.ReadTranscript("a.srt", []byte(file)); !errors.Is(err, extract.ErrTranscript) || !strings.Contains(err.Error(), "a.srt") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATranscriptKnowsItsTimes(t *testing.T) {
	got, err := extract.ReadTranscript("a.srt", []byte("1\n00:00:05,000 --> 00:00:06,000\nOne\n\n2\n00:00:07,000 --> 00:00:08,000\nTwo"))
	if err != nil {
		t.Fatal(err)
	}
	for offset, want := range map[int]time.Duration{-1: 0, 0: 5 * time.Second, 3: 5 * time.Second, 4: 7 * time.Second, 6: 7 * time.Second, 1000: 7 * time.Second} {
		if at := got.At(offset); at != want {
			t.Errorf("offset %d is spoken at %v, want %v", offset, at, want)
		}
	}
}

func TestATranscriptIsLimited(t *testing.T) {
	file := strings.Repeat("1\n00:00:05,000 --> 00:00:06,000\n"+strings.Repeat("word ", 20)+"\n\n", 3000)
	got, err := extract.ReadTranscript("a.srt", []byte(file))
	if err != nil || !got.Cut || len(got.Body) > extract.MaxText || len(got.Body) < extract.MaxText-200 {
		t.Errorf("%d bytes, cut: %v, %v", len(got.Body), got.Cut, err)
	}
}
