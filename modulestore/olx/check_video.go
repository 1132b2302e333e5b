package olx

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// video checks that it has something to play, and its transcripts.
func (c *checker) video(it *item) {
	inner := it.content()
	if !it.playable(inner) {
		at := it.element()
		if _, ok := it.Attr("youtube_id_1_0", it.body); ok {
			at = it.attribute("youtube_id_1_0")
		}
		c.report(ruleVideoNoSource, at, "%s has no source, no YouTube id and no edx_video_id", it.ID)
	}
	c.transcripts(it, inner)
}

func (it *item) playable(inner *element) bool {
	for _, e := range inner.children("source") {
		if e.value("src") != "" {
			return true
		}
	}
	for speed := range strings.SplitSeq(it.attr("youtube"), ",") {
		if _, id, ok := strings.Cut(speed, ":"); ok && strings.Trim(id, ` "`) != "" {
			return true
		}
	}
	for _, name := range []string{"youtube_id_1_0", "youtube_id_0_75", "youtube_id_1_25", "youtube_id_1_5", "edx_video_id", "source"} {
		if strings.TrimSpace(it.attr(name)) != "" {
			return true
		}
	}
	v, _, _ := it.setting("html5_sources")
	return v.JSON() != "" && v.JSON() != "[]"
}

// attr is an attribute as it is spelled, empty where there is none.
func (it *item) attr(name string) string {
	text, _ := it.Attr(name, it.body)
	return text
}

// transcripts checks that the files are there: those named by language, in an attribute or in elements; the English one of old courses; and
// those that Studio names after the video's id.
func (c *checker) transcripts(it *item, inner *element) {
	named := make(map[string]string)
	if v, at, ok := it.setting("transcripts"); ok && v.JSON() != "" {
		var files map[string]any
		if json.Unmarshal([]byte(v.JSON()), &files) == nil {
			for _, language := range slices.Sorted(maps.Keys(files)) {
				named[language] = stringOf(files[language])
				c.transcript(it, at, language, named[language])
			}
		}
	}
	for _, e := range inner.children("transcript") {
		language, file := e.value("language"), e.value("src")
		other, twice := named[language]
		switch {
		case twice && other != file:
			c.report(ruleTranscriptDuplicate, it.child(e), "%s has the transcripts %s and %s for %s; the first holds", it.ID, other, file, language)
		case !twice:
			c.transcript(it, it.child(e), language, file)
		}
	}
	if sub, at := it.textSetting("sub"); sub != "" {
		c.transcript(it, at, "en", "subs_"+sub+".srt.sjson")
	}
	video := it.attr("edx_video_id")
	for _, asset := range inner.children("video_asset") {
		for _, list := range asset.children("transcripts") {
			for _, e := range list.children("transcript") {
				language := e.value("language_code")
				c.transcript(it, it.child(e), language, video+"-"+language+"."+e.value("file_format"))
			}
		}
	}
}

func (c *checker) transcript(it *item, at spot, language, file string) {
	if file == "" || strings.Contains(file, "/") || c.assets.has(file) { // links are checked with all others
		return
	}
	c.report(ruleTranscriptMissing, at, "the transcript %s (%s) of %s is not in the course%s", file, language, it.ID, c.assets.hint(file))
}
