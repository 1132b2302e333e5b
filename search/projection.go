package search

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// projection is one branch of one course as one index has it: which documents there are and what each is made from, before any text is read. It is a
// function of the version alone, so that comparing it with what is in the index tells what there is to write.
type projection struct {
	kind   Kind
	course key.Course
	snap   *modulestore.Snapshot
	store  *modulestore.Store
	files  *modulestore.Files // nil until something asks for them
	access func(key.BlockID) key.BlockID
	// public is the published tree, for the studio index; nil if nothing is published, and in other indexes.
	public *modulestore.Tree

	lang     string   // of the course; empty where it does not say
	subjects []string // of the course
	root     *modulestore.Block
	rooted   *modulestore.Body
	tabs     map[string]tab
	places   map[key.BlockID]*place
	sum      []byte     // what is being hashed
	shown    *longTexts // nil while an index is written, which reads each text once
}

// place is where blocks stand: below which others.
type place struct {
	above []string // usage keys, from the section down
	names []string // titles, where there are any
}

// part is one document before its text is read.
type part struct {
	id     string
	block  *modulestore.Block
	place  *place
	track  *track // the transcript that it has; nil for none
	alone  bool   // it has the transcript and nothing else of the block
	access string
	state  string
	tags   []string // languages of the transcripts of a course
	made   string
	origin origin // what its text is made from
}

// track is a transcript that a video names.
type track struct {
	lang string
	file *modulestore.File // nil if none of the files that it may be is there
	path string            // of file, or the best that was looked for
}

// project reads what all documents of a course in an index depend on: nil if there are none, because the branch is not there or the index is not for it.
func (x *Index) project(ctx context.Context, k Kind, v modulestore.Version) (*projection, error) {
	p, err := x.open(ctx, k, v)
	if p == nil || err != nil {
		return nil, err
	}
	rooted, err := p.snap.Body(ctx, p.root.ID)
	if err != nil {
		return nil, err
	}
	p.learn(rooted)
	if k == Studio && !v.Roots.Published.IsZero() {
		published, err := x.store.Snapshot(ctx, v, modulestore.Published)
		if err != nil {
			return nil, err
		}
		p.public = published.Tree()
	}
	return p, x.classify(ctx, p)
}

// classify finds the access points of the blocks, where the index has them.
func (x *Index) classify(ctx context.Context, p *projection) (err error) {
	if p.kind != Content || x.classes == nil {
		return nil
	}
	if p.access, err = x.classes(ctx, p.snap); err != nil {
		return fmt.Errorf("%s: the classes of access: %w", p.snap.Version(), err)
	}
	return nil
}

// open reads where the documents stand, and no body yet: what the course says itself, learn takes in. As project, it may give nil.
func (x *Index) open(ctx context.Context, k Kind, v modulestore.Version) (*projection, error) {
	branch := modulestore.Published
	if k == Studio && !v.Roots.Draft.IsZero() {
		branch = modulestore.Draft
	}
	if v.Roots.Published.IsZero() && branch == modulestore.Published || v.Course.Library && k != Studio {
		return nil, nil
	}
	snap, err := x.store.Snapshot(ctx, v, branch)
	if err != nil {
		return nil, err
	}
	p := &projection{kind: k, course: v.Course, snap: snap, store: x.store, places: make(map[key.BlockID]*place)}
	p.root = snap.Tree().Blocks[snap.Tree().Root]
	return p, nil
}

// learn takes in what the course says itself, given its body.
func (p *projection) learn(rooted *modulestore.Body) {
	p.rooted = rooted
	p.lang = Language(setting(p.root, rooted, "language").Str())
	p.tabs, p.subjects = pages(p.root, rooted), subjects(p.root, rooted)
}

// parts lists the documents of a course, in document order.
func (p *projection) parts(ctx context.Context) ([]part, error) {
	if p.kind == Catalog {
		return p.coursePart(ctx)
	}
	tracks, err := p.tracks(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]part, 0, len(p.snap.Tree().Blocks))
	p.snap.Tree().Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		if !p.has(b) {
			return true
		}
		here, access, state := p.below(parent), p.accessOf(b.ID), p.stateOf(b.ID)
		for _, d := range p.split(b, tracks[b.ID]) {
			d.place, d.access, d.state = here, access, state
			d.made, d.origin = p.hash(&d)
			list = append(list, d)
		}
		return true
	})
	return list, nil
}

// split gives the documents of one block: its own first, and one for each transcript that is not part of that.
func (p *projection) split(b *modulestore.Block, tracks []track) []part {
	list := []part{{id: p.course.Block(b.ID).String(), block: b}}
	first := p.mainTrack(tracks)
	for i := range tracks {
		if t := &tracks[i]; i == first {
			list[0].track = t
		} else {
			list = append(list, part{id: list[0].id + "#" + strings.ToLower(t.lang), block: b, track: t, alone: true})
		}
	}
	return list
}

// partOf finds one document of a block by its id.
func (p *projection) partOf(ctx context.Context, b *modulestore.Block, body *modulestore.Body, id string) (found part, ok bool, err error) {
	var tracks []track
	if b.ID.Type == "video" {
		if tracks, err = p.tracksOf(ctx, b, body); err != nil {
			return found, false, err
		}
	}
	list := p.split(b, tracks)
	i := slices.IndexFunc(list, func(d part) bool { return d.id == id })
	if i < 0 {
		return found, false, nil
	}
	return list[i], true, nil
}

// has reports whether there is a document of a block.
func (p *projection) has(b *modulestore.Block) bool {
	switch {
	case b.ID == p.root.ID:
		return p.kind == Studio && p.course.Library
	case b.ID.Type == "static_tab":
		t := p.tabs[b.ID.Name]
		return p.kind == Studio || !t.Hidden && !t.StaffOnly && !setting(b, nil, "course_staff_only").Bool()
	case b.ID.Type == "course_info":
		return true
	}
	return !field.Detached(b.ID.Type)
}

// mainTrack tells which of the transcripts of a video its own document has: the one in the language of the course or, if that does not say, the first.
func (p *projection) mainTrack(list []track) int {
	for i := range list {
		if p.lang == "" || Language(list[i].lang) == p.lang {
			return i
		}
	}
	return -1
}

// tracks finds the transcripts of all videos. Their definitions name them, so their bodies are read.
func (p *projection) tracks(ctx context.Context) (map[key.BlockID][]track, error) {
	var videos []key.BlockID
	for id := range p.snap.Tree().Blocks {
		if id.Type == "video" {
			videos = append(videos, id)
		}
	}
	if len(videos) == 0 {
		return nil, nil
	}
	bodies, err := p.snap.Bodies(ctx, videos)
	if err != nil {
		return nil, err
	}
	found := make(map[key.BlockID][]track, len(videos))
	for _, id := range videos {
		b, _ := p.snap.Block(id)
		if found[id], err = p.tracksOf(ctx, b, bodies[id]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (p *projection) tracksOf(ctx context.Context, b *modulestore.Block, body *modulestore.Body) (list []track, err error) {
	named := make(map[string]bool)
	for _, t := range extract.Tracks(b, body) {
		if tag := strings.ToLower(t.Lang); len(t.Files) > 0 && !named[tag] {
			named[tag] = true
			found, err := p.find(ctx, t)
			if err != nil {
				return nil, err
			}
			list = append(list, found)
		}
	}
	return list, nil
}

// find finds the file of a transcript. The list of all files of a course is long, and nothing else of a search needs it.
func (p *projection) find(ctx context.Context, t extract.Track) (found track, err error) {
	if p.files == nil {
		if p.files, err = p.store.Files(ctx, p.snap.Version()); err != nil {
			return found, err
		}
	}
	for _, name := range t.Files {
		if f, ok := p.files.Find(path.Join(p.files.Root, name)); ok {
			return track{lang: t.Lang, file: f, path: f.Path}, nil
		}
	}
	return track{lang: t.Lang, path: path.Join(p.files.Root, t.Files[0])}, nil
}

// below gives the place of what stands below a block. The course itself is no part of it, for it is the same for all.
func (p *projection) below(id key.BlockID) *place {
	if known := p.places[id]; known != nil {
		return known
	}
	b, ok := p.snap.Block(id)
	if !ok || id == p.root.ID {
		return &place{}
	}
	path := p.snap.Path(id)
	upper := key.BlockID{}
	if len(path) > 1 {
		upper = path[len(path)-2]
	}
	outer := p.below(upper)
	here := &place{above: extended(outer.above, p.course.Block(id).String()), names: outer.names}
	if name := p.name(b); name != "" {
		here.names = extended(outer.names, name)
	}
	p.places[id] = here
	return here
}

// name is what a block is called for what stands below it. A title so long that it stands in the body is left to the block's own document.
func (p *projection) name(b *modulestore.Block) string {
	return strings.TrimSpace(setting(b, nil, "display_name").Str())
}

// extended is a list with one more at its end. Lists are shared, so it is a copy.
func extended(list []string, last string) []string {
	return append(list[:len(list):len(list)], last)
}

// accessOf gives the usage key of the access point of a block.
func (p *projection) accessOf(id key.BlockID) string {
	if p.kind != Content {
		return ""
	}
	return p.course.Block(p.pointOf(id)).String()
}

// pointOf gives the access point of a block.
func (p *projection) pointOf(id key.BlockID) key.BlockID {
	if p.access != nil {
		if point := p.access(id); !point.IsZero() {
			return point
		}
	}
	return p.root.ID
}

// The values of the field state.
const (
	stateNever     = "never"     // published
	stateModified  = "modified"  // since it was published
	statePublished = "published" // as it is
)

func (p *projection) stateOf(id key.BlockID) string {
	switch {
	case p.kind != Studio:
		return ""
	case p.course.Library || p.public == p.snap.Tree():
		return statePublished
	case p.public == nil || p.public.Blocks[id] == nil:
		return stateNever
	case modulestore.HasChanges(p.snap.Tree(), p.public, id):
		return stateModified
	}
	return statePublished
}

// hash names all that a document is made from beside the schema of the index, and what of that its text is made from.
func (p *projection) hash(d *part) (made string, from origin) {
	p.sum = p.sum[:0]
	p.say(d.id, p.lang, d.access, d.state)
	common := len(p.sum) // what another index says of the same block differs in the access and the state alone
	p.say(d.place.above...)
	p.say(d.place.names...)
	p.say(p.subjects...)
	p.sayBlock(d.block)
	if t := d.track; t != nil {
		p.say(t.lang, t.path)
		if t.file != nil {
			p.say(t.file.Blob.ID.String())
		}
	}
	if d.block.ID.Type == "static_tab" {
		p.say(p.tabs[d.block.ID.Name].Name)
	}
	made = hashed(p.sum)
	p.say(p.lang)
	return made, origin{id: d.id, made: hashed(p.sum[common:])}
}

// sayBlock adds what a block says itself.
func (p *projection) sayBlock(b *modulestore.Block) {
	p.say(b.Broken, b.Body.String(), fmt.Sprint(len(b.Children)))
	for _, list := range [][]modulestore.Attr{b.Attrs, b.Policy} {
		for i := range list {
			p.say(list[i].Name, list[i].Value)
		}
		p.say()
	}
}

// say adds texts to what is hashed, each with its length, and the number of them.
func (p *projection) say(texts ...string) {
	for _, s := range texts {
		p.sum = binary.AppendUvarint(p.sum, uint64(len(s)))
		p.sum = append(p.sum, s...)
	}
	p.sum = binary.AppendUvarint(p.sum, uint64(len(texts)))
}

func hashed(text []byte) string {
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
