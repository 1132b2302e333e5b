package extract

import (
	"errors"
	"time"

	"lectern/modulestore"
)

// ErrTranscript is the cause of every error about a file that is not a transcript.
var ErrTranscript = errors.New("not a transcript")

// Track is one transcript of a video.
type Track struct {
	// Lang is the language as the course spells it, such as en or zh-Hans.
	Lang string
	// Files are the paths in the archive where it may stand, best first.
	Files []string
}

// Tracks lists the transcripts of a video, one for each language, in the order in which its sources name them.
func Tracks(b *modulestore.Block, body *modulestore.Body) []Track { return nil }

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
	// Cut says that the text was longer than MaxText.
	Cut bool
}

// ReadTranscript reads a file with subtitles: SubRip, WebVTT, or the JSON of Open edX. The content decides which it is; the name is for the error.
func ReadTranscript(name string, data []byte) (Transcript, error) { return Transcript{}, nil }

// At tells when the text at a byte offset of Body is spoken: the start of its cue.
func (t Transcript) At(offset int) time.Duration { return 0 }
