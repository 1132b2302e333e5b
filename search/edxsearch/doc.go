// Package edxsearch gives what a search has found in the shape of edx-search, the search service of Open edX, so that front ends that were written for it work: the search of a
// course, of all courses of a learner, and the catalog (course_discovery). It is pure: form values and results go in, requests and values that encode themselves come out.
//
// Three things differ from the original, on purpose. total counts only what the learner may find, so access_denied_count is always 0. The texts under content are those of the
// snippet and never those of the whole block, since a block holds what is not for every learner; of problems there is no text but the excerpt. And what the caller got wrong is
// answered with status 400, not 500.
package edxsearch
