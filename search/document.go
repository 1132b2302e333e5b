package search

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// document is what is handed to bleve: fields by name, and the analyser that all and title are made with.
type document struct {
	id       string
	analyzer string
	fields   map[string]any
	analysed *analysed // nil if no other document has the same text
}

// size is about the number of bytes of its text.
func (d *document) size() (n int) {
	for _, v := range d.fields {
		if s, ok := v.(string); ok {
			n += len(s)
		}
	}
	return n
}

// documents reads the texts of some parts and makes their documents.
func (p *projection) documents(ctx context.Context, store *modulestore.Store, parts []part, dates map[key.BlockID]time.Time, j *joint) ([]document, error) {
	if p.kind == Catalog {
		return p.courseDocuments(ctx, parts, dates)
	}
	readings, err := j.read(ctx, parts, func(parts []part, into []*reading) error { return p.read(ctx, store, parts, into, &j.leftovers) })
	if err != nil {
		return nil, err
	}
	list := make([]document, len(parts))
	for i, r := range readings {
		list[i] = p.blockDocument(&parts[i], r, dates[parts[i].block.ID])
	}
	return list, nil
}

// read reads the texts of some parts.
func (p *projection) read(ctx context.Context, store *modulestore.Store, parts []part, into []*reading, left *leftovers) error {
	ids := make([]key.BlockID, len(parts))
	for i := range parts {
		ids[i] = parts[i].block.ID
	}
	bodies, err := p.snap.Bodies(ctx, ids)
	if err != nil {
		return err
	}
	transcripts, err := p.transcripts(ctx, store, parts, left)
	if err != nil {
		return err
	}
	for i, r := range into {
		b := parts[i].block
		r.text = p.text(&parts[i], bodies[b.ID], transcripts[i])
		left.text(p.course, b, r.text)
		if !field.Container(b.ID.Type) {
			r.offline = truth(extract.Offline(b, bodies[b.ID]))
		}
	}
	return nil
}

// text is what a document says.
func (p *projection) text(d *part, body *modulestore.Body, transcript *extract.Transcript) extract.Text {
	text := p.shown.block(d.block, body)
	if d.block.ID.Type == "static_tab" {
		if name := p.tabs[d.block.ID.Name].Name; name != "" {
			text.Title = name
		}
	}
	if d.alone {
		text.Body, text.Hidden = "", ""
	}
	if transcript != nil {
		text.Body = joined(text.Body, transcript.Body)
		text.Cut = text.Cut || transcript.Cut
	}
	text.Lang = p.language(d, text, transcript)
	return text
}

// joined puts texts that are not empty into lines.
func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n")
}

// language tells the language of a document: that of its transcript, or what the block says, or the course, or else what the text looks like.
func (p *projection) language(d *part, text extract.Text, transcript *extract.Transcript) string {
	for _, tag := range []string{trackLanguage(d, transcript), text.Lang, p.lang} {
		if tag = Language(tag); tag != "" {
			return tag
		}
	}
	return Language(extract.Language(text.Body))
}

func trackLanguage(d *part, transcript *extract.Transcript) string {
	if transcript == nil && !d.alone {
		return ""
	}
	return d.track.lang
}

func (p *projection) blockDocument(d *part, r *reading, changed time.Time) document {
	text := r.text
	fields := map[string]any{
		fieldContext: p.course.String(),
		fieldOrg:     p.course.Org,
		fieldType:    d.block.ID.Type,
		fieldKind:    text.Kind,
		fieldLang:    text.Lang,
		fieldOffline: r.offline,
		fieldMade:    d.made,
	}
	if d.alone { // the block's own document is found by its title and by what is above it, and one is enough
		fields[fieldAll] = text.Body
	} else {
		fields[fieldTitle] = text.Title
		fields[fieldAll] = joined(append([]string{text.Body, text.Title}, d.place.names...)...)
	}
	if len(p.subjects) > 0 {
		fields[fieldSubject] = p.subjects
	}
	if len(text.Responses) > 0 {
		fields[fieldResponses] = text.Responses
	}
	if len(d.place.above) > 0 {
		fields[fieldAbove] = d.place.above
	}
	if !changed.IsZero() {
		fields[fieldModified] = changed
	}
	switch p.kind {
	case Content:
		fields[fieldAccess] = d.access
		if !changed.IsZero() {
			fields[fieldPublished] = changed
		}
	case Studio:
		fields[fieldState] = d.state
		fields[fieldKids] = float64(len(d.block.Children))
		fields[fieldBlock] = d.block.ID.Name
		fields[fieldHidden] = text.Hidden
	}
	maps.DeleteFunc(fields, func(_ string, v any) bool { return v == "" }) // else it would be a value among others, which facets count
	return document{id: d.id, analyzer: Analyzer(text.Lang), fields: fields, analysed: r.analysed}
}

// transcripts reads the files of the tracks of parts, at most maxTranscript of each. Those that are missing or cannot be read are told of, and left out.
func (p *projection) transcripts(ctx context.Context, store *modulestore.Store, parts []part, left *leftovers) ([]*extract.Transcript, error) {
	found := make([]*extract.Transcript, len(parts))
	var blobs []modulestore.Blob
	var users []int
	for i := range parts {
		switch t := parts[i].track; {
		case t == nil:
		case t.file == nil:
			left.file(p.course, parts[i].block.ID, TranscriptMissing, t.path, "the course has no such file")
		case t.file.Blob.Size > maxTranscript:
			left.file(p.course, parts[i].block.ID, TranscriptUnreadable, t.path, fmt.Sprintf("it is larger than %d MB", maxTranscript>>20))
		default:
			blobs, users = append(blobs, t.file.Blob), append(users, i)
		}
	}
	for i, blob := range blobs {
		d := &parts[users[i]]
		data, err := store.ReadBlob(ctx, blob)
		switch {
		case gone(err):
			left.file(p.course, d.block.ID, TranscriptUnreadable, d.track.path, err.Error())
			continue
		case err != nil:
			return nil, err
		}
		transcript, err := extract.ReadTranscript(d.track.path, data)
		if err != nil {
			left.file(p.course, d.block.ID, TranscriptUnreadable, d.track.path, err.Error())
			continue
		}
		found[users[i]] = &transcript
	}
	return found, nil
}

// maxTranscript is the size of the largest file that is taken for a transcript.
const maxTranscript = 8 << 20
