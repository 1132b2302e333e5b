// Package search finds anything in the courses of a store: blocks for learners, drafts for authors, courses for visitors.
//
// # From a course to a hit
//
//	modulestore.Store   the only truth; an index can be deleted and made again at any time
//	   │ extract        the text of each block that may be found, by block type (package extract, pure)
//	Document            one for each block, one more for each further transcript, one for each course
//	   │ Index          three bleve indexes: content (published blocks), studio (drafts, libraries), catalog (courses)
//	   │ query          what somebody typed, as a tree of words, phrases and fields (package query, pure)
//	Result              hits with snippets cut from the store, totals, facets
//
// # Rights
//
// Each document of the content index names its access class: the nearest block at or above it at which rules of access can differ. Who asks gives, for each course
// in reach, the classes that are open to them at that instant ([Scope]); they become a set of documents (selection.go), and everything that is asked is asked of that set, so that totals,
// facets and pages count nothing else. What classes
// there are, and which are open, is told by the outline engine; this package only compares them. A date that moves, a cohort that changes, an enrolment: none of them
// touches the index. Drafts are for those alone from whom nothing of a course is withheld. Between a version and its update, each hit is compared with the store before it is shown, and
// what is not to be found any more is left out ([Result].Withheld).
//
// # What comes first
//
// Everything that is found is put into a first order, by its words and its title (plan.go, strict and relaxed). The best of it is scored by all that is known (plan.ranked, rank.go), for
// which the words are read in those few documents alone (narrow.go, readahead.go). Pages beyond the best keep the first order. The hits of a page are then read from the store (show.go, reader.go),
// course by course.
//
// # How an index follows the store
//
// What documents a course has, and what each is made from, is a function of one version of it (projection.go): for each document a hash of the block, of the names of what
// is above, of its access point and of its transcripts. An update computes that for the head, lists what the index has, and reads and writes only what differs. So it does
// not matter what happened in between: edits, a restore, a version that was pruned, an update that a crash has broken off. The last batch of a course has its [Stamp], which
// names the roots that the index was made from; where it names those of the head, there is nothing to do. Indexes that are brought up to date at the same time read a text
// that they have in common once (joint.go).
//
// # How an index is replaced
//
// An index that is missing, damaged or of another schema is made beside the old one, in a folder with the next number (shelf.go), by the same updates, until it has what the
// store has. Then it takes the place of the old one at once: searches that are running keep the old one until they end, and no search waits. The schema is the mapping,
// with the numbers of the extraction and of the classes. Before bleve opens an index its files are checked, since bleve notices damage late and may end the process then.
//
// One process has the indexes open. Another one gets [ErrBusy] within a second, since bleve keeps even readers out while it writes.
package search
