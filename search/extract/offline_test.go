package extract_test

import (
	"testing"

	"lectern/modulestore"
	"lectern/search/extract"
)

func TestWhatWorksWithoutANetwork(t *testing.T) {
	for _, c := range []struct {
		name, blockType, markup string
		attrs                   []string
		want                    bool
	}{
		{"a text", "html", `<p>Text <img src="/static/a.png"> <a href="https://example.org">more</a></p>`, nil, true},
		{"a text with a picture of another server", "html", `<img src="https://example.org/a.png">`, nil, false},
		{"a text with a page of another server in it", "html", `<IFRAME src="//example.org/x"></IFRAME>`, nil, false},
		{"a text with a program of another server", "html", `<script src="http://example.org/x.js"></script>`, nil, false},
		{"a problem", "problem", `<multiplechoiceresponse/>`, nil, true},
		{"a video with a file of the course", "video", ``, []string{"html5_sources", `["https://example.org/a.mp4", "/static/a.mp4"]`}, true},
		{"a video with files of other servers", "video", `<source src="https://example.org/a.mp4"/>`, []string{"youtube_id_1_0", "x"}, false},
		{"a video that names its file by an element", "video", `<source src="/static/a.mp4"/>`, nil, true},
		{"a video without a source", "video", ``, nil, false},
		{"a tool of another server", "lti_consumer", ``, nil, false},
		{"what other learners write", "discussion", ``, nil, false},
		{"a type that nobody knows", "unheard-of", ``, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := &modulestore.Body{Markup: c.markup}
			if c.blockType == "html" {
				body = &modulestore.Body{Texts: attrs("data", c.markup)}
			}
			if got := extract.Offline(block(c.blockType, "b", c.attrs...), body); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
