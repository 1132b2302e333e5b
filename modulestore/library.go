package modulestore

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// The settings of a library_content block that say which library it draws from.
const (
	libraryField = "source_library_id"
	versionField = "source_library_version"
	typeField    = "capa_type"
)

// Side is who decides a conflict between a library and a course.
type Side string

// The sides of a synchronisation. Without one conflicts stay as the course has them, too.
const (
	PreferLibrary Side = "library"
	PreferCourse  Side = "course"
)

// SyncOptions say how to synchronise.
type SyncOptions struct {
	Author string
	// DryRun reports what would happen and changes nothing.
	DryRun bool
	Prefer Side
}

// SyncReport says what SyncLibrary has done, or would do.
type SyncReport struct {
	Version        Version // of the course
	Changed        bool
	Library        key.Course
	LibraryVersion string // as source_library_version has it now
	CopyChanges
	// Own are the children of the block that do not come from the library.
	Own []key.BlockID
}

// SyncLibrary makes the children of a library_content block copies of what its library has now. Copies that are there are merged field by field:
// what was changed in the course since the last time stays, blocks that were added to the course stay, and what is gone from the library goes unless it was
// changed in the course. The draft alone is changed. It fails with ErrNotFound, and changes nothing, if the library is not in the store.
func (s *Store) SyncLibrary(ctx context.Context, course key.Course, block key.BlockID, o SyncOptions) (SyncReport, error) {
	var report SyncReport
	sync := func(e *Edit) error {
		report = SyncReport{}
		u, err := s.useOf(ctx, e, block)
		if err != nil {
			return err
		}
		u.fromSource = o.Prefer == PreferLibrary
		if err := u.sync(); err != nil {
			return err
		}
		report = SyncReport{Library: u.source.course, LibraryVersion: libraryVersion(u.version), CopyChanges: *u.changes, Own: u.own()}
		e.Describe(o.Author, "sync", fmt.Sprintf("%s with %s", block, u.version))
		e.About(block)
		for _, ids := range [][]key.BlockID{u.changes.Added, u.changes.Updated, u.changes.Removed} {
			e.About(ids...)
		}
		return nil
	}
	update := s.Update
	if o.DryRun {
		update = s.dryRun
	}
	v, changed, err := update(ctx, course, sync)
	if err != nil {
		return SyncReport{}, fmt.Errorf("sync %s of %s: %w", block, course, err)
	}
	report.Version, report.Changed = v, changed
	return report, nil
}

// DeclineLibrary notes that what the library of a library_content block has now is not wanted. LibraryStatus says so until the library changes again; a later
// synchronisation brings it all the same. changed is false if nothing was on offer.
func (s *Store) DeclineLibrary(ctx context.Context, course key.Course, block key.BlockID, author string) (v Version, changed bool, err error) {
	v, changed, err = s.Update(ctx, course, func(e *Edit) error {
		u, err := s.useOf(ctx, e, block)
		if err != nil {
			return err
		}
		if err := u.decline(); err != nil {
			return err
		}
		e.Describe(author, "decline", fmt.Sprintf("%s of %s", u.version, block))
		e.About(block)
		return nil
	})
	if err != nil {
		return Version{}, false, fmt.Errorf("decline the library of %s of %s: %w", block, course, err)
	}
	return v, changed, nil
}

// LibraryState says how a library_content block stands to its library.
type LibraryState string

// The states of a library_content block.
const (
	LibraryCurrent  LibraryState = "up to date"
	LibraryUpdates  LibraryState = "updates"  // the library has something else, or more, or less
	LibraryDeclined LibraryState = "declined" // it has, but that was declined
	LibraryAbsent   LibraryState = "absent"   // it is not in this store, or deleted
	LibraryUnnamed  LibraryState = "unnamed"  // the block names no library that can be in a store
)

// LibraryStatus is what one library_content block of a course has to do with its library.
type LibraryStatus struct {
	Block   key.BlockID
	Library string // as the block says
	Version string // as the block says
	// Available is the version of the library in the store, empty if it is not there.
	Available string
	State     LibraryState
	// Updates counts the blocks that are new, changed or gone in the library since the last time.
	Updates int
	// Edited are the copies that were changed in the course.
	Edited []key.BlockID
}

// LibraryStatus tells of every library_content block in the draft of a course, in the order of the course.
func (s *Store) LibraryStatus(ctx context.Context, course key.Course) ([]LibraryStatus, error) {
	head, err := s.Head(ctx, course)
	if err != nil {
		return nil, err
	}
	e := s.newEdit(ctx, course, head, true)
	var blocks []key.BlockID
	e.Tree(Draft).Walk(func(b *Block, _ key.BlockID) bool {
		if drawsFromLibrary(b.ID) {
			blocks = append(blocks, b.ID)
		}
		return true
	})
	if e.err != nil {
		return nil, e.err
	}
	var list []LibraryStatus
	for _, id := range blocks {
		status, err := s.libraryStatus(ctx, e, id)
		if err != nil {
			return nil, fmt.Errorf("%s: the library of %s: %w", head, id, err)
		}
		list = append(list, status)
	}
	return list, nil
}

func (s *Store) libraryStatus(ctx context.Context, e *Edit, id key.BlockID) (LibraryStatus, error) {
	b := e.branches[Draft].tree.Blocks[id]
	body, err := e.Body(ctx, Draft, id)
	if err != nil {
		return LibraryStatus{}, err
	}
	status := LibraryStatus{Block: id, Library: setting(b, body, libraryField), Version: setting(b, body, versionField)}
	u, err := s.useOf(ctx, e, id)
	switch {
	case errors.Is(err, ErrInvalid):
		status.State = LibraryUnnamed
		return status, nil
	case errors.Is(err, ErrNotFound):
		status.State = LibraryAbsent
		return status, nil
	case err != nil:
		return status, err
	}
	status.Available = libraryVersion(u.version)
	offers, err := u.offers()
	if err != nil {
		return status, err
	}
	if status.Edited, err = u.edited(); err != nil {
		return status, err
	}
	status.State = LibraryCurrent
	if status.Updates = len(offers); status.Updates > 0 {
		status.State = LibraryDeclined
		if slices.ContainsFunc(offers, func(o offer) bool { return !o.declined }) {
			status.State = LibraryUpdates
		}
	}
	return status, nil
}

func drawsFromLibrary(id key.BlockID) bool {
	return id.Type == "library_content" || id.Type == "legacy_library_content"
}

// libraryVersion names a version of a library as Open edX does, by 24 hexadecimal digits: here by its content.
func libraryVersion(v Version) string { return v.Roots.Draft.String()[:24] }

// setting reads a field that is a text; the policy goes before the element.
func setting(b *Block, body *Body, name string) string {
	def, _ := fields.Lookup(b.ID.Type, name)
	if source, ok := b.PolicyEntry(name, body); ok {
		v, _ := def.FromPolicy(source)
		return v.Str()
	}
	source, _ := b.Attr(name, body)
	v, _ := def.FromAttribute(source)
	return v.Str()
}

// libraryUse is a library_content block with its library.
//
// The block stands to the root of the library as a copy to its source, but for its fields: its Origin.Base is the state that consists of the children that
// the library offered, so that a child which was removed in the course can be told from one that is new in the library.
type libraryUse struct {
	*copying
	block   *Block
	body    *Body
	version Version // of the library
	offered *Block  // the root of the library with the children that are on offer
	page    statePage
}

// useOf finds a library_content block in the draft of an edit, and its library.
func (s *Store) useOf(ctx context.Context, e *Edit, id key.BlockID) (*libraryUse, error) {
	if err := e.Existing(); err != nil {
		return nil, err
	}
	target, err := e.branch(Draft)
	if err != nil {
		return nil, err
	}
	b := target.tree.Blocks[id]
	switch {
	case b == nil:
		return nil, NotFound("the draft has no such block")
	case !drawsFromLibrary(id):
		return nil, invalid(fmt.Errorf("a %s draws from no library; a library_content block does", id.Type))
	}
	body, err := e.Body(ctx, Draft, id)
	if err != nil {
		return nil, err
	}
	name := setting(b, body, libraryField)
	library, _, err := key.ParseCourseAt(name)
	if err != nil || !library.Library {
		return nil, invalid(fmt.Errorf("its %s is %q, which names no library of the kind that can be synchronised (library-v1:ORG+CODE)", libraryField, name))
	}
	version, err := s.Head(ctx, library)
	if err != nil {
		return nil, fmt.Errorf("its library is not here, so the copies stay as they are: %w", err)
	}
	snapshot, err := s.Snapshot(ctx, version, Draft)
	if err != nil {
		return nil, err
	}
	c, err := newCopying(ctx, e, Draft, library, snapshot.Tree())
	if err != nil {
		return nil, err
	}
	u := &libraryUse{copying: c, block: b, body: body, version: version}
	return u, u.findOffered(snapshot, setting(b, body, typeField))
}

// findOffered lists what the library offers: its children, or only the problems with a response of the kind that the block wants.
func (u *libraryUse) findOffered(library *Snapshot, kind string) error {
	tree := library.Tree()
	root := tree.Blocks[tree.Root]
	u.offered = &Block{ID: root.ID}
	wanted := func(key.BlockID) bool { return true }
	if kind != "" && kind != "any" {
		var problems []key.BlockID
		for _, child := range root.Children {
			if child.ID.Type == "problem" && tree.Blocks[child.ID] != nil {
				problems = append(problems, child.ID)
			}
		}
		bodies, err := library.Bodies(u.ctx, append([]key.BlockID{}, problems...))
		if err != nil {
			return err
		}
		response := regexp.MustCompile(`<` + regexp.QuoteMeta(kind) + `[\s/>]`)
		wanted = func(id key.BlockID) bool {
			return bodies[id] != nil && id.Type == "problem" && response.MatchString(bodies[id].Markup)
		}
	}
	for _, child := range root.Children {
		if tree.Blocks[child.ID] != nil && wanted(child.ID) {
			u.offered.Children = append(u.offered.Children, Child{ID: child.ID})
			u.assign(child.ID, u.block.ID)
		}
	}
	u.page = pageOfState(u.offered)
	return nil
}

// taken are the children that the library offered the last time.
func (u *libraryUse) taken() ([]Child, error) {
	then, err := u.source.base(u.ctx, u.block.Origin)
	if err != nil || then == nil {
		return nil, err
	}
	return then.Children, nil
}

// withChildren is the block with nothing but the copies of children.
func (u *libraryUse) withChildren(children []Child) *Block {
	b := *u.block
	b.Children, b.Loose = nil, nil
	for _, child := range children {
		b.Children = append(b.Children, Child{ID: u.copyOf(child.ID, b.ID)})
	}
	b.Children = spelledAs(u.block.Children, b.Children)
	return &b
}

// sync brings the block and all its copies up to date.
func (u *libraryUse) sync() error {
	if err := u.prefetch(); err != nil {
		return err
	}
	taken, err := u.taken()
	if err != nil {
		return err
	}
	base, theirs := u.withChildren(taken), u.withChildren(u.offered.Children)
	if err := u.saveRemoved(base, theirs, u.block); err != nil {
		return err
	}
	merged, conflicts := u.decide(State{base, u.body}, State{theirs, u.body}, State{u.block, u.body})
	for _, f := range conflicts {
		u.changes.Conflicts = append(u.changes.Conflicts, CopyConflict{u.block.ID, f})
	}
	b, body := withSetting(*merged.Block, u.body, versionField, libraryVersion(u.version))
	b.Origin = &Origin{Course: u.source.course, Block: u.offered.ID, Base: u.page.id}
	u.edit.objects = append(u.edit.objects, u.page.objects...)
	if err := u.edit.Put(Draft, b, body); err != nil {
		return err
	}
	u.block = &b
	listed := childSet(&b)
	for _, child := range u.offered.Children {
		copied := u.ids[child.ID]
		if !listed[copied] && u.target.tree.Blocks[copied] == nil {
			u.changes.Gone = append(u.changes.Gone, copied)
			continue
		}
		if err := u.bring(child.ID); err != nil {
			return err
		}
	}
	return nil
}

// own lists the children that do not come from the library.
func (u *libraryUse) own() (list []key.BlockID) {
	for _, child := range u.block.Children {
		b := u.target.tree.Blocks[child.ID]
		if b == nil || b.Origin == nil || b.Origin.Course != u.source.course {
			list = append(list, child.ID)
		}
	}
	return list
}

// offer is something that the library has otherwise than the course.
type offer struct {
	copied   key.BlockID // the block itself for a child that is new or gone
	source   key.BlockID
	state    ID // of the source
	declined bool
}

// offers lists what a synchronisation could bring.
func (u *libraryUse) offers() (list []offer, err error) {
	taken, err := u.taken()
	if err != nil {
		return nil, err
	}
	declined := u.block.Origin != nil && u.block.Origin.Declined == u.page.id
	base, now := u.withChildren(taken), u.withChildren(u.offered.Children)
	then, there, here := childSet(base), childSet(now), childSet(u.block)
	for _, child := range now.Children {
		if !then[child.ID] && u.target.tree.Blocks[child.ID] == nil {
			list = append(list, offer{copied: u.block.ID, source: u.offered.ID, state: u.page.id, declined: declined})
		}
	}
	for _, child := range base.Children {
		if !there[child.ID] && here[child.ID] {
			list = append(list, offer{copied: u.block.ID, source: u.offered.ID, state: u.page.id, declined: declined})
		}
	}
	for id, copied := range u.ids {
		ours := u.target.tree.Blocks[copied]
		if ours == nil {
			continue
		}
		page := u.source.page(id)
		if changed, err := u.offersChange(id, ours, page.id); err != nil {
			return nil, err
		} else if changed {
			declined := ours.Origin != nil && ours.Origin.Declined == page.id
			list = append(list, offer{copied: copied, source: id, state: page.id, declined: declined})
		}
	}
	return list, nil
}

// offersChange reports whether a block of the library is something else than its copy was made from, or if that is not known, than the copy.
func (u *libraryUse) offersChange(id key.BlockID, ours *Block, state ID) (bool, error) {
	if ours.Origin != nil && !ours.Origin.Base.IsZero() {
		return ours.Origin.Base != state, nil
	}
	theirs, err := u.localised(u.source.bases[state], ours.ID, nil)
	if err != nil {
		return false, err
	}
	here := *ours
	here.Origin = nil
	return !sameState(theirs, State{Block: &here}), nil
}

// decline notes the state of everything that is on offer as declined.
func (u *libraryUse) decline() error {
	offers, err := u.offers()
	if err != nil {
		return err
	}
	for _, o := range offers {
		b := *u.target.tree.Blocks[o.copied]
		origin := Origin{Course: u.source.course, Block: o.source}
		if b.Origin != nil && b.Origin.Course == u.source.course {
			origin = *b.Origin
		}
		origin.Declined = o.state
		b.Origin = &origin
		u.target.set(&b)
	}
	return nil
}

// edited lists the copies that were changed in the course.
func (u *libraryUse) edited() (list []key.BlockID, err error) {
	var copies []*Block
	var bases []ID
	for _, id := range subtree(u.target.tree, u.block.ID)[1:] {
		if b := u.target.tree.Blocks[id]; b.Origin != nil && b.Origin.Course == u.source.course && !b.Origin.Base.IsZero() {
			copies, bases = append(copies, b), append(bases, b.Origin.Base)
		}
	}
	if err := u.source.loadBases(u.ctx, bases); err != nil {
		return nil, err
	}
	for _, b := range copies {
		changed, err := u.blockChangedHere(b)
		if err != nil {
			return nil, err
		}
		if changed {
			list = append(list, b.ID)
		}
	}
	return list, nil
}
