package extract

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"lectern/modulestore"
)

// Track is one transcript of a video.
type Track struct {
	// Lang is the language as the course spells it, such as en or zh-Hans.
	Lang string
	// Files are the paths in the archive where it may stand, best first.
	Files []string
}

// Tracks lists the transcripts of a video, one for each language. Four places name them, each in its own way; the first to name a language comes first, and so do its files.
func Tracks(b *modulestore.Block, body *modulestore.Body) []Track {
	if b.ID.Type != "video" {
		return nil
	}
	s := newSource(b, body)
	var t tracks
	if sub := s.text("sub"); sub != "" {
		t.add("en", "subs_"+sub+".srt.sjson")
	}
	var named map[string]string
	if json.Unmarshal([]byte(s.text("transcripts")), &named) == nil {
		for _, lang := range slices.Sorted(maps.Keys(named)) {
			t.add(lang, named[lang])
		}
	}
	elements := transcriptElements(s.markup)
	for _, e := range elements {
		t.add(e["language"], e["src"])
	}
	if id := s.text("edx_video_id"); id != "" {
		for _, e := range elements {
			if e["language_code"] != "" {
				t.add(e["language_code"], id+"-"+e["language_code"]+"."+firstText(e["file_format"], "srt"))
			}
		}
	}
	return t
}

type tracks []Track

// add names a file for a language, unless that is a place outside the course.
func (t *tracks) add(lang, file string) {
	file = strings.TrimPrefix(strings.TrimSpace(file), "/static/")
	if lang == "" || file == "" || strings.Contains(file, "://") || !fileName(file) {
		return
	}
	file = path.Join("static", file)
	i := slices.IndexFunc(*t, func(known Track) bool { return known.Lang == lang })
	if i < 0 {
		i = len(*t)
		*t = append(*t, Track{Lang: lang})
	}
	if known := &(*t)[i]; !slices.Contains(known.Files, file) {
		known.Files = append(known.Files, file)
	}
}

// fileName reports whether a name stays below the folder that it is looked for in.
func fileName(name string) bool {
	return !strings.HasPrefix(name, "/") && !slices.Contains(strings.Split(name, "/"), "..")
}

// transcriptElements gives the attributes of the elements <transcript>, in <video_asset> or not.
func transcriptElements(markup string) []map[string]string {
	var list []map[string]string
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return list
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := tag(z)
			if name != "transcript" {
				continue
			}
			e := make(map[string]string, len(attrs))
			for _, a := range attrs {
				e[a.name] = a.value
			}
			list = append(list, e)
		}
	}
}
