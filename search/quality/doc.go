// Package quality measures how well a search finds. Everything here is a pure function of its arguments.
//
//	documents          the leaves of real courses
//	   │ Make          queries made from them, the same for the same seed; and those that people wrote down (Sample, Read)
//	Query              a text, and which documents answer it how well
//	   │ Measure       asks the search that it is given
//	Score              MRR, nDCG and success for each set of queries
//
// Queries made from titles and bodies favor exact words. They tell whether a change made the search better or worse, not how good it is.
package quality
