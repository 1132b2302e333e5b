package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// ErrTranscript is the cause of every error about a file that is not a transcript.
var ErrTranscript = errors.New("not a transcript")

// Cue is a place in a transcript where the clock is known.
type Cue struct {
	Offset int // in Transcript.Body, in bytes
	Start  time.Duration
}

// Transcript is the text of a transcript, a line for each cue.
type Transcript struct {
	Body string
	// Cues are sorted by Offset.
	Cues []Cue
	// Cut says that the text was longer than MaxText, or a word longer than MaxWord.
	Cut bool
}

// ReadTranscript reads a file with subtitles: SubRip, WebVTT, or the JSON of Open edX. The content decides which it is; the name is for the error.
func ReadTranscript(name string, data []byte) (Transcript, error) {
	text := transcriptText(data)
	var t transcriptWriter
	switch {
	case strings.HasPrefix(text, "{"):
		if err := t.sjson(text); err != nil {
			return Transcript{}, fmt.Errorf("%s: %w: %w", name, ErrTranscript, err)
		}
	case strings.Contains(text, "-->"), strings.HasPrefix(text, "WEBVTT"):
		t.cues(text, strings.HasPrefix(text, "WEBVTT"))
	case text != "":
		return Transcript{}, fmt.Errorf("%s: %w: it has no times", name, ErrTranscript)
	}
	return t.transcript(), nil
}

// At tells when the text at a byte offset of Body is spoken: the start of its cue.
func (t Transcript) At(offset int) time.Duration {
	i := sort.Search(len(t.Cues), func(i int) bool { return t.Cues[i].Offset > offset })
	if i == 0 {
		return 0
	}
	return t.Cues[i-1].Start
}

// transcriptText decodes a file. What is not UTF-8 comes from an old program for Windows.
func transcriptText(data []byte) string {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		if text, err := charmap.Windows1252.NewDecoder().Bytes(data); err == nil {
			data = text
		}
	}
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)))
}

type transcriptWriter struct {
	out  strings.Builder
	list []Cue
	cut  bool
}

func (t *transcriptWriter) transcript() Transcript {
	return Transcript{Body: t.out.String(), Cues: t.list, Cut: t.cut}
}

// cue adds the text of one cue; one that says nothing is left out.
func (t *transcriptWriter) cue(start time.Duration, text string) {
	text, cut := clean(spoken(text))
	text = strings.ReplaceAll(text, "\n", " ")
	if text == "" {
		return
	}
	t.cut = t.cut || cut
	if t.out.Len()+1+len(text) > MaxText {
		t.cut = true
		return
	}
	if t.out.Len() > 0 {
		t.out.WriteByte('\n')
	}
	t.list = append(t.list, Cue{Offset: t.out.Len(), Start: max(start, 0)})
	t.out.WriteString(text)
}

var (
	cueMarkup = regexp.MustCompile(`</?[a-zA-Z0-9][^<>]*>|</?[a-zA-Z]>|\{\\[^{}]*\}`)
	bracketed = regexp.MustCompile(`\[[^\[\]\n]{0,60}\]`)
	speaker   = regexp.MustCompile(`(?m)^\s*(?:>>+|-\s)|>>+`)
)

// spoken is what is said in a cue: no markup, no marks of speakers, no sounds.
func spoken(text string) string {
	text = html.UnescapeString(cueMarkup.ReplaceAllString(text, ""))
	text = speaker.ReplaceAllString(text, " ")
	whole := strings.TrimSpace(text)
	return bracketed.ReplaceAllStringFunc(text, func(sound string) string {
		if sound == whole || strings.IndexFunc(sound, unicode.IsLower) < 0 && strings.IndexFunc(sound, unicode.IsUpper) >= 0 {
			return " "
		}
		return sound
	})
}

// sjson reads the JSON of Open edX: lists of starts and texts.
func (t *transcriptWriter) sjson(text string) error {
	var file struct {
		Start []float64 `json:"start"`
		Text  []string  `json:"text"`
	}
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		return err
	}
	for i := range min(len(file.Start), len(file.Text)) {
		t.cue(time.Duration(min(file.Start[i], maxMillis))*time.Millisecond, file.Text[i])
	}
	return nil
}

// maxMillis keeps times far from overflow.
const maxMillis = 1e12

// timing is the line before the text of a cue; hours may be missing.
var timing = regexp.MustCompile(`^\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?\s*-->`)

// cues reads SubRip and WebVTT: paragraphs with a line of times and the text below it.
func (t *transcriptWriter) cues(text string, vtt bool) {
	var start time.Duration
	var said []string
	began := false
	flush := func() {
		if began {
			t.cue(start, strings.Join(said, "\n"))
		}
		said = nil
	}
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		lines := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		if vtt && notSpoken(lines[0]) {
			continue
		}
		for i, line := range lines {
			if at, ok := cueStart(line); ok {
				flush()
				start, began = at, true
				continue
			}
			if number := i+1 < len(lines) && startsCue(lines[i+1]); number && (i == 0 || numeric(line)) {
				continue // the number or name of the next cue
			}
			said = append(said, line)
		}
	}
	flush()
}

// notSpoken reports whether a paragraph of WebVTT that begins with a line is no cue.
func notSpoken(line string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	return word == "WEBVTT" || word == "NOTE" || word == "STYLE" || word == "REGION"
}

func startsCue(line string) bool {
	_, ok := cueStart(line)
	return ok
}

func numeric(line string) bool {
	_, err := strconv.Atoi(strings.TrimSpace(line))
	return err == nil
}

// cueStart reads a line of times.
func cueStart(line string) (time.Duration, bool) {
	m := timing.FindStringSubmatch(line)
	if m == nil {
		return 0, false
	}
	number := func(i int) time.Duration {
		n, _ := strconv.Atoi(m[i]) // digits, or nothing
		return time.Duration(n)
	}
	millis, _ := strconv.Atoi((m[4] + "000")[:3])
	return number(1)*time.Hour + number(2)*time.Minute + number(3)*time.Second + time.Duration(millis)*time.Millisecond, true
}
