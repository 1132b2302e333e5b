package modulestore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// PurgeOptions say why content is taken down.
type PurgeOptions struct {
	Author, Reason string // the reason is shown wherever the content is missed
	DryRun         bool
}

// PurgeReport says what was taken down, or would be.
type PurgeReport struct {
	Objects []Tombstone
	// Uses are the versions that had the content, sorted by course.
	Uses []Use
	// Shared counts the pieces of a file that stay because other files have them, too.
	Shared int
}

// Use is where content is used.
type Use struct {
	Course   key.Course
	Versions []uint64
}

// PurgeFile takes down the bytes of a file that a version has, wherever else they are used: they are gone at once, they do not come back with an
// import, and exports of all versions leave the file out. Files that define blocks are refused: their content goes with the blocks.
func (s *Store) PurgeFile(ctx context.Context, v Version, path string, o PurgeOptions) (*PurgeReport, error) {
	files, err := s.Files(ctx, v)
	if err != nil {
		return nil, err
	}
	f, ok := files.Find(path)
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: file %q: %w", v, path, ErrNotFound)
	case len(f.Parts) > 0:
		return nil, fmt.Errorf("%s: file %q: %w: it defines %s; take that down", v, path, ErrInvalid, f.Parts[0].Block)
	}
	report, err := s.purge(ctx, []reference{f.Blob.reference()}, o)
	if err != nil {
		return nil, fmt.Errorf("%s: file %q: %w", v, path, err)
	}
	return report, nil
}

// PurgeBlock takes down the content that a block has in a version, in both branches, wherever else it is used: its body, and the files of the archive
// that it was read from. Its settings that stand in the outline stay. In its place Snapshot.Bodies gives a comment that says so.
func (s *Store) PurgeBlock(ctx context.Context, v Version, id key.BlockID, o PurgeOptions) (*PurgeReport, error) {
	targets, err := s.contentOf(ctx, v, id)
	if err != nil {
		return nil, err
	}
	report, err := s.purge(ctx, targets, o)
	if err != nil {
		return nil, fmt.Errorf("%s: block %s: %w", v, id, err)
	}
	return report, nil
}

// contentOf lists the bodies of a block and the files that have the same content.
func (s *Store) contentOf(ctx context.Context, v Version, id key.BlockID) (list []reference, err error) {
	found := false
	for _, root := range []ID{v.Roots.Draft, v.Roots.Published} {
		if root.IsZero() {
			continue
		}
		t, err := s.tree(ctx, root)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v, s.explainLoss(ctx, v, err))
		}
		if b := t.tree.Blocks[id]; b != nil {
			found = true
			list = append(list, reference{kind: KindBody, id: b.Body})
		}
	}
	list = slices.DeleteFunc(list, func(r reference) bool { return r.id.IsZero() })
	switch {
	case !found:
		return nil, fmt.Errorf("%s: block %s: %w", v, id, ErrNotFound)
	case len(list) == 0:
		return nil, fmt.Errorf("%s: block %s: %w: it has no content but its settings, and an edit removes those from later versions", v, id, ErrInvalid)
	}
	files, err := s.Files(ctx, v)
	if err != nil {
		return nil, err
	}
	for i := range files.Entries {
		f := &files.Entries[i]
		if slices.ContainsFunc(f.Parts, func(p Part) bool { return p.Block == id && p.Facet != PolicyFacet }) {
			list = append(list, f.Blob.reference())
		}
	}
	return list, nil
}

// purge buries objects and reports where they are used. Pieces of files come first, so that it can be run again after it was interrupted.
func (s *Store) purge(ctx context.Context, targets []reference, o PurgeOptions) (*PurgeReport, error) {
	switch {
	case strings.TrimSpace(o.Reason) == "":
		return nil, invalid(fmt.Errorf("content is taken down for a reason, which is shown where it is missed"))
	case !utf8.ValidString(o.Reason) || strings.ContainsFunc(o.Reason, unicode.IsControl):
		return nil, invalid(fmt.Errorf("the reason must be one line of text"))
	}
	uses, err := s.findUses(ctx)
	if err != nil {
		return nil, err
	}
	report := &PurgeReport{}
	targets = uses.withPieces(targets, report)
	report.Uses = uses.of(targets)
	var already error
	at := s.Now().UTC().Truncate(time.Millisecond)
	for _, r := range targets {
		if t, ok := uses.buried[r.id]; ok {
			already = &PurgedError{t}
			continue
		}
		size, err := s.sizeOf(ctx, r)
		if err != nil {
			return nil, err
		}
		report.Objects = append(report.Objects, Tombstone{ID: r.id, Kind: r.kind, Size: size, Author: o.Author, Reason: o.Reason, Time: at})
	}
	if len(report.Objects) == 0 {
		return nil, already
	}
	if o.DryRun {
		return report, nil
	}
	for _, t := range report.Objects {
		if err := s.backend.Bury(ctx, t); err != nil {
			return nil, fmt.Errorf("take down %s %s: %w", t.Kind, t.ID.Short(), err)
		}
	}
	return report, nil
}

func (s *Store) sizeOf(ctx context.Context, r reference) (int64, error) {
	if r.kind == KindChunk {
		return r.size, nil
	}
	found, err := s.get(ctx, r.kind, []ID{r.id})
	return int64(len(found[r.id])), err
}

// uses knows what refers to what.
type uses struct {
	logs    []*courseLog
	buried  map[ID]Tombstone
	parents map[ID][]ID
	pieces  map[ID][]reference // of manifests
}

// findUses reads all that versions refer to.
func (s *Store) findUses(ctx context.Context) (*uses, error) {
	courses, err := s.AllCourses(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.newMarker(ctx, nil)
	if err != nil {
		return nil, err
	}
	u := &uses{buried: m.buried, parents: make(map[ID][]ID), pieces: make(map[ID][]reference)}
	m.visit = func(id ID, c decoded) {
		for _, r := range c.references() {
			u.parents[r.id] = append(u.parents[r.id], id)
		}
		if manifest, ok := c.(*manifest); ok {
			u.pieces[id] = manifest.references()
		}
	}
	for _, c := range courses {
		head, refs, err := s.lastRefs(ctx, c.Course)
		if err != nil {
			return nil, err
		}
		log, err := s.courseLog(ctx, head, refs)
		if err == nil {
			err = m.mark(log)
		}
		if err != nil {
			return nil, fmt.Errorf("look for its uses: %w", err)
		}
		u.logs = append(u.logs, log)
	}
	return u, nil
}

// withPieces puts the pieces of files before the targets, each once, but those that other files have, too.
func (u *uses) withPieces(targets []reference, report *PurgeReport) (all []reference) {
	chosen := make(map[ID]bool)
	for _, r := range targets {
		chosen[r.id] = true
	}
	listed := make(map[ID]bool)
	add := func(r reference) {
		if !listed[r.id] {
			listed[r.id] = true
			all = append(all, r)
		}
	}
	for _, r := range targets {
		for _, piece := range u.pieces[r.id] {
			if slices.ContainsFunc(u.parents[piece.id], func(id ID) bool { return !chosen[id] }) {
				report.Shared++
				continue
			}
			add(piece)
		}
	}
	for _, r := range targets {
		add(r)
	}
	return all
}

// of lists the versions that need any of the objects.
func (u *uses) of(objects []reference) (list []Use) {
	above := make(map[ID]bool)
	var climb func(id ID)
	climb = func(id ID) {
		if above[id] {
			return
		}
		above[id] = true
		for _, parent := range u.parents[id] {
			climb(parent)
		}
	}
	for _, r := range objects {
		climb(r.id)
	}
	for _, l := range u.logs {
		use := Use{Course: l.course}
		for _, v := range l.versions {
			refs := v.references(false)
			if !l.refs.IsPruned(v.Seq) && slices.ContainsFunc(refs, func(r reference) bool { return above[r.id] }) {
				use.Versions = append(use.Versions, v.Seq)
			}
		}
		if len(use.Versions) > 0 {
			list = append(list, use)
		}
	}
	return list
}

// PurgedFiles tells which files of a record were taken down, with the tombstone of each. The others can be read.
func (s *Store) PurgedFiles(ctx context.Context, f *Files) (map[string]Tombstone, error) {
	gone := make(map[string]Tombstone)
	buried, err := s.buried(ctx)
	if err != nil || len(buried) == 0 {
		return gone, err
	}
	var whole []Blob
	for i := range f.Entries {
		e := &f.Entries[i]
		if t, ok := buried[e.Blob.ID]; ok {
			gone[e.Path] = t
		} else {
			whole = append(whole, e.Blob)
		}
	}
	manifests, err := s.manifests(ctx, whole)
	if err != nil {
		return nil, err
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		m := manifests[e.Blob.ID]
		if m == nil {
			continue
		}
		for _, id := range m.Chunks {
			if t, ok := buried[id]; ok {
				gone[e.Path] = t
			}
		}
	}
	return gone, nil
}

// instead is what stands in the place of a body that was taken down: a comment, where a learner would look for the content.
func (t Tombstone) instead(b *Block) *Body {
	reason := t.Reason
	for strings.Contains(reason, "--") { // which would end the comment
		reason = strings.ReplaceAll(reason, "--", "- -")
	}
	comment := fmt.Sprintf("<!-- content removed on %s: %s -->", t.Time.UTC().Format(time.DateOnly), strings.TrimSuffix(reason, "-"))
	body := &Body{}
	_, paired := b.Attr("filename", nil)
	switch {
	case b.Broken != "" && !b.Inline && len(b.Attrs) == 0:
		body.Raw = []byte(comment)
	case paired || field.Detached(b.ID.Type):
		body.Texts = []Attr{{Name: "data", Value: comment}}
	case !field.Container(b.ID.Type):
		body.Markup = comment
	}
	for _, name := range longNames(b.Attrs) {
		body.Attrs = append(body.Attrs, Attr{Name: name})
	}
	for _, name := range longNames(b.Policy) {
		body.Policy = append(body.Policy, Attr{Name: name, Value: "null"})
	}
	return body
}

// carry takes down in s what was taken down in from, and returns how much was not yet.
func (s *Store) carry(ctx context.Context, from map[ID]Tombstone) (n int, err error) {
	here, err := s.buried(ctx)
	if err != nil {
		return 0, err
	}
	for _, t := range byTime(from) {
		if _, ok := here[t.ID]; ok {
			continue
		}
		if err := s.backend.Bury(ctx, t); err != nil {
			return n, fmt.Errorf("take down %s %s: %w", t.Kind, t.ID.Short(), err)
		}
		n++
	}
	return n, nil
}

// byTime lists tombstones, oldest first.
func byTime(buried map[ID]Tombstone) []Tombstone {
	return slices.SortedFunc(maps.Values(buried), func(a, b Tombstone) int {
		return cmp.Or(a.Time.Compare(b.Time), bytes.Compare(a.ID[:], b.ID[:]))
	})
}
