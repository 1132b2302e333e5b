package exporter_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/exporter"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
)

// realDrafts are the units of the sample courses whose drafts say something else than what is published. One more draft of that course only says
// where it belongs.
var realDrafts = map[string]map[string]modulestore.DraftState{
	"studio-advanced.tar.gz": {
		"vertical/80536d329c9f41e6b56fa22225b341b9": modulestore.StateChanged,
		"vertical/4c4a11aabdc542b680bb939188905a90": modulestore.StateDraft,
		"vertical/aa8e3287ec3a4f81bf0f0659a4ba35d6": modulestore.StateDraft,
	},
}

func head(t *testing.T, store *modulestore.Store, report *importer.Report) modulestore.Version {
	t.Helper()
	v, err := store.Head(t.Context(), report.Course)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// unpublished lists the blocks of the head whose draft differs from what is published.
func unpublished(t *testing.T, store *modulestore.Store, report *importer.Report) map[string]modulestore.DraftState {
	t.Helper()
	list, err := store.DraftStatus(t.Context(), head(t, store, report))
	if err != nil {
		t.Fatal(err)
	}
	var differ map[string]modulestore.DraftState
	for _, b := range list {
		if b.State != modulestore.StatePublished {
			if differ == nil {
				differ = make(map[string]modulestore.DraftState)
			}
			differ[b.Block.String()] = b.State
		}
	}
	return differ
}

func TestRealCoursesHaveTheirRealDraftsAndNoOthers(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			store := newStore(t)
			report := importPath(t, store, archive)
			if diff := cmp.Diff(realDrafts[filepath.Base(archive)], unpublished(t, store, report)); diff != "" {
				t.Errorf("blocks whose drafts differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatIsPublishedOrDiscardedSurvivesARoundTrip publishes, unpublishes and discards units of real courses. After each step the archive that is
// exported has what is published bit for bit, and the same drafts; those that were no drafts before also say where they belong.
func TestWhatIsPublishedOrDiscardedSurvivesARoundTrip(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			store := newStore(t)
			report := importPath(t, store, archive)
			for _, step := range draftSteps(t, store, report) {
				if err := step.do(); err != nil {
					t.Fatalf("%s: %v", step.name, err)
				}
				again := newStore(t)
				importPath(t, again, writeTemp(t, "again.tar.gz", export(t, store, report, exporter.Options{})))
				v, read := head(t, store, report), head(t, again, report)
				if read.Roots.Published != v.Roots.Published {
					t.Errorf("after %s something else is published", step.name)
				}
				now, same := draftOf(t, store, v), draftOf(t, again, read)
				if modulestore.HasChanges(now, same, now.Root) || len(now.Blocks) != len(same.Blocks) {
					t.Errorf("after %s the drafts are others", step.name)
				}
				if diff := cmp.Diff(unpublished(t, store, report), unpublished(t, again, report)); diff != "" {
					t.Errorf("after %s other blocks differ from their drafts (-before +after the round trip):\n%s", step.name, diff)
				}
			}
			if differ := unpublished(t, store, report); len(differ) > 0 {
				t.Errorf("in the end there are still drafts: %v", differ)
			}
		})
	}
}

func draftOf(t *testing.T, store *modulestore.Store, v modulestore.Version) *modulestore.Tree {
	t.Helper()
	s, err := store.Snapshot(t.Context(), v, modulestore.Draft)
	if err != nil {
		t.Fatal(err)
	}
	return s.Tree()
}

type draftStep struct {
	name string
	do   func() error
}

// draftSteps are things to do with the units of a course, one after the other.
func draftSteps(t *testing.T, store *modulestore.Store, report *importer.Report) (steps []draftStep) {
	list, err := store.DraftStatus(t.Context(), head(t, store, report))
	if err != nil {
		t.Fatal(err)
	}
	add := func(name string, id key.BlockID, do func(id key.BlockID) error) {
		steps = append(steps, draftStep{name + " " + id.String(), func() error { return do(id) }})
	}
	publish := func(id key.BlockID) error {
		_, _, err := store.Publish(t.Context(), report.Course, id, modulestore.PublishOptions{}, "")
		return err
	}
	unpublish := func(id key.BlockID) error {
		_, _, err := store.Unpublish(t.Context(), report.Course, id, "")
		return err
	}
	discard := func(id key.BlockID) error {
		_, _, err := store.Discard(t.Context(), report.Course, id, "")
		return err
	}
	unpublished := false
	for _, b := range list {
		switch {
		case b.State == modulestore.StateDraft:
			add("publish", b.Block, publish)
		case b.State == modulestore.StateChanged:
			add("discard", b.Block, discard)
		case b.Block.Type == "vertical" && !unpublished:
			unpublished = true
			add("unpublish", b.Block, unpublish)
		}
	}
	add("publish the course", key.BlockID{}, publish)
	return steps
}
