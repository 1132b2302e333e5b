// Package search finds anything in the courses of a store: blocks for learners, drafts for authors, courses for visitors.
//
// # From a course to a hit
//
//	modulestore.Store   the only truth; an index can be deleted and made again at any time
//	   │ extract        the text of each block that may be found, by block type (package extract, pure)
//	Document            one for each block, one more for each further transcript, one for each course
//	   │ Index          three bleve indexes behind aliases: content (published blocks), studio (drafts, libraries), catalog (courses)
//	   │ query          what somebody typed, as a tree of words, phrases and fields (package query, pure)
//	Result              hits with snippets cut from the store, totals, facets
//
// # Rights
//
// Each document of the content index names its access class: the nearest block at or above it at which rules of access can differ. Who asks gives, for each course
// in reach, the classes that are open to them at that instant ([Scope]); they are a filter inside the query, so that totals, facets and pages count nothing else. What classes
// there are, and which are open, is told by the outline engine; this package only compares them. A date that moves, a cohort that changes, an enrolment: none of them
// touches the index.
package search
