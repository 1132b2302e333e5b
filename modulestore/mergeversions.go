package modulestore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// MergeOptions say how Merge goes about it.
type MergeOptions struct {
	Author  string
	Message string // for the history; empty for the name of what is merged
	DryRun  bool   // tell what would come of it, and write nothing
}

// MergeReport says what a merge of a version into the head of a course has come to.
type MergeReport struct {
	Course key.Course
	// From is the version that was merged, Base the last one that it and the head have in common; it may be one of another course.
	From, Base Version
	// Version is the head afterwards.
	Version Version
	// Changed says that a version was made that has everything that From has; with DryRun, that one would be made.
	Changed bool
	// Taken is what From has changed since Base, and Both what the head had changed alike. Files are the files that From has changed
	// and the head has not.
	Taken, Both []Change
	Files       []FileChange
	// Conflicts are what does not go together. With any the head has the content that it had; Branch is then the side branch that keeps
	// From, to be changed until it can be merged; with DryRun there is none.
	Conflicts []Conflict
	Branch    string
}

// Merge brings what a version has changed since it and the head of the course into had a version in common into that head. The version may be one
// of a side branch or of another course that has a version in common. The new version comes from both. When the changes do not go together,
// the content of the head stays and the version is kept on a side branch, conflict/N in the version N that records it.
func (s *Store) Merge(ctx context.Context, into key.Course, from Version, o MergeOptions) (*MergeReport, error) {
	var report *MergeReport
	prepare := func(e *Edit) (err error) {
		report, err = e.mergeVersion(from, o)
		return err
	}
	if o.DryRun {
		head, err := s.Head(ctx, into)
		if err != nil {
			return nil, err
		}
		next, err := s.newEdit(ctx, into, head, true).run(prepare)
		if err != nil {
			return nil, err
		}
		report.Version, report.Changed = head, next.roots != head.Roots
		return report, nil
	}
	v, changed, err := s.Update(ctx, into, prepare)
	if err != nil {
		return nil, err
	}
	report.Version, report.Changed = v, changed && len(report.Conflicts) == 0
	return report, nil
}

// mergeVersion merges a version into e, or if that cannot be, a side branch with it.
func (e *Edit) mergeVersion(from Version, o MergeOptions) (*MergeReport, error) {
	head, existed := e.Base()
	switch {
	case !existed:
		return nil, e.store.explain(e.ctx, e.course, ErrNotFound)
	case head.Deleted():
		return nil, fmt.Errorf("%s: %w", e.course, &DeletedError{head})
	case from.Deleted():
		return nil, invalid(fmt.Errorf("%s has nothing to merge: it deletes the course", from))
	}
	base, err := e.store.commonVersion(e.ctx, head, from)
	if err != nil {
		return nil, fmt.Errorf("merge %s into %s: %w", from, head, err)
	}
	report := &MergeReport{Course: e.course, From: from, Base: base}
	if base.Commit == from.Commit {
		return report, nil
	}
	if err := report.tell(e.ctx, e.store, head); err != nil {
		return nil, err
	}
	ours := mergeSide{roots: from.Roots.content(), trees: make(map[ID]*Tree)}
	if from.Course != e.course {
		if err := e.alignRoots(ours.trees, base.Roots, from.Roots); err != nil {
			return nil, err
		}
	}
	report.Conflicts, err = e.merge(base.Roots, ours)
	if err != nil {
		return nil, err
	}
	if len(report.Conflicts) > 0 {
		e.discard()
		return report, e.keepBranch(report, o)
	}
	e.ComesFrom(from)
	e.Describe(o.Author, "merge", cmp.Or(o.Message, from.nameFrom(e.course)))
	return report, e.moveBase(from)
}

// nameFrom names a version as seen from a course.
func (v Version) nameFrom(c key.Course) string {
	if v.Course == c {
		return v.Name()
	}
	return v.String()
}

// tell lists what a merge into head takes, and what head has already.
func (r *MergeReport) tell(ctx context.Context, s *Store, head Version) error {
	brought, err := s.Diff(ctx, r.Base, r.From, DiffOptions{})
	if err != nil {
		return err
	}
	there, err := s.Diff(ctx, r.Base, head, DiffOptions{})
	if err != nil {
		return err
	}
	type name struct {
		kind   ChangeKind
		branch Branch
		block  key.BlockID
	}
	known := make(map[name]*Change, len(there.Changes))
	for i := range there.Changes {
		c := &there.Changes[i]
		known[name{c.Kind, c.Branch, c.Block}] = c
	}
	for _, c := range brought.Changes {
		if same := known[name{c.Kind, c.Branch, c.Block}]; same != nil && sameChange(same, &c) {
			r.Both = append(r.Both, c)
		} else {
			r.Taken = append(r.Taken, c)
		}
	}
	r.Files = slices.DeleteFunc(brought.Files, func(f FileChange) bool {
		return slices.ContainsFunc(there.Files, func(g FileChange) bool { return f.Path == g.Path && f.To == g.To })
	})
	return nil
}

// alignRoots adds the trees of another course to trees, with their roots under the key that the root has in e.
func (e *Edit) alignRoots(trees map[ID]*Tree, others ...Roots) error {
	for _, branch := range []Branch{Draft, Published} {
		be, err := e.branch(branch)
		if err != nil {
			return err
		}
		for _, roots := range others {
			root, err := roots.branch(branch)
			if err != nil {
				return err
			}
			t, err := e.store.sideTree(e.ctx, root, nil)
			if err != nil {
				return err
			}
			trees[root] = withRoot(t, be.tree.Root)
		}
	}
	return nil
}

// discard takes back all changes of content.
func (e *Edit) discard() {
	e.branches, e.bodies, e.files = make(map[Branch]*branchEdit), make(map[ID]*Body), nil
}

// keepBranch keeps the version that could not be merged on a side branch, if none has it yet.
func (e *Edit) keepBranch(r *MergeReport, o MergeOptions) error {
	if o.DryRun {
		return nil
	}
	refs, err := e.copyRefs()
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(refs.Branches, func(b SideBranch) bool { return b.Commit == r.From.Commit }); i >= 0 {
		r.Branch = refs.Branches[i].Name
		return nil
	}
	r.Branch = fmt.Sprintf("%s%d", conflictBranches, e.base.Seq+1)
	what := r.From.nameFrom(e.course)
	refs.addBranch(SideBranch{
		Name: r.Branch, Commit: r.From.Commit, Roots: r.From.Roots.content(), Base: r.Base.Commit, BaseRoots: r.Base.Roots.content(),
		Version: e.base.Seq + 1, Author: o.Author, Time: e.store.now(), Operation: "merge", Message: cmp.Or(o.Message, what),
	})
	e.SetRefs(refs)
	e.Describe(o.Author, "branch", fmt.Sprintf("%s: %s could not be merged", r.Branch, what))
	return nil
}

// moveBase notes that a side branch has been merged, so that what it has in common with the main line begins at that version.
func (e *Edit) moveBase(from Version) error {
	if from.Branch == "" || from.Course != e.course {
		return nil
	}
	refs, err := e.copyRefs()
	if err != nil {
		return err
	}
	if i := refs.branchIndex(from.Branch); i >= 0 {
		refs.Branches[i].Base, refs.Branches[i].BaseRoots = from.Commit, from.Roots.content()
		e.SetRefs(refs)
	}
	return nil
}

// commonVersion finds the last version that two versions both come from.
func (s *Store) commonVersion(ctx context.Context, a, b Version) (Version, error) {
	w := ancestorWalk{ctx: ctx, store: s, known: make(map[ID]*ancestor)}
	common, err := w.run(a.Commit, b.Commit)
	if err != nil {
		return Version{}, err
	}
	if common == nil {
		return Version{}, invalid(fmt.Errorf("they have no version in common"))
	}
	return s.committed(ctx, common, slices.Compact([]key.Course{a.Course, b.Course}))
}

// committed finds the version of a commit among those of the courses, the side branches included.
func (s *Store) committed(ctx context.Context, a *ancestor, courses []key.Course) (Version, error) {
	for _, c := range courses {
		head, err := s.last(ctx, c)
		if err != nil {
			return Version{}, err
		}
		for from := head.Seq; from > 0; {
			list, err := s.Log(ctx, c, from, batchObjects)
			if err != nil {
				return Version{}, err
			}
			if i := slices.IndexFunc(list, func(v Version) bool { return v.Commit == a.id }); i >= 0 {
				return list[i], nil
			}
			from = list[len(list)-1].Seq - 1
		}
	}
	found, err := s.get(ctx, KindState, []ID{a.commit.State})
	if err != nil {
		return Version{}, err
	}
	state, err := decodeState(found[a.commit.State])
	if err != nil {
		return Version{}, fmt.Errorf("%s %s: %w", KindState, a.commit.State.Short(), err)
	}
	c := a.commit
	return Version{Course: courses[0], Entry: Entry{
		Commit: a.id, Roots: state.Roots, Author: c.Author, Time: c.Time, Operation: c.Operation, Message: c.Message, Blocks: c.Blocks,
	}}, nil
}

// ancestor is a commit that a walk has met, and from which of its two starts, one bit for each.
type ancestor struct {
	id     ID
	commit *commit
	starts int
}

// ancestorWalk goes through the commits before two others, later ones first, until it meets one that both come from.
type ancestorWalk struct {
	ctx   context.Context
	store *Store
	known map[ID]*ancestor
	open  []*ancestor // to be visited
}

func (w *ancestorWalk) run(a, b ID) (*ancestor, error) {
	if err := w.reach(1, a); err != nil {
		return nil, err
	}
	if err := w.reach(2, b); err != nil {
		return nil, err
	}
	for len(w.open) > 0 {
		next := slices.MaxFunc(w.open, func(x, y *ancestor) int {
			return cmp.Or(x.commit.Time.Compare(y.commit.Time), strings.Compare(x.id.String(), y.id.String()))
		})
		if next.starts == 1|2 {
			return next, nil
		}
		w.open = slices.DeleteFunc(w.open, func(x *ancestor) bool { return x == next })
		if err := w.reach(next.starts, next.commit.Parents...); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// reach opens the commits that were not known to come before these starts.
func (w *ancestorWalk) reach(starts int, ids ...ID) error {
	var unknown []ID
	for _, id := range ids {
		if w.known[id] == nil {
			unknown = append(unknown, id)
		}
	}
	if err := w.load(unknown); err != nil {
		return err
	}
	for _, id := range ids {
		if a := w.known[id]; a.starts|starts != a.starts {
			a.starts |= starts
			if !slices.Contains(w.open, a) {
				w.open = append(w.open, a)
			}
		}
	}
	return nil
}

func (w *ancestorWalk) load(ids []ID) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := w.store.get(w.ctx, KindCommit, ids)
	if err != nil {
		return err
	}
	for id, data := range found {
		c, err := decodeCommit(data)
		if err != nil {
			return fmt.Errorf("%s %s: %w", KindCommit, id.Short(), err)
		}
		w.known[id] = &ancestor{id: id, commit: c}
	}
	return nil
}
