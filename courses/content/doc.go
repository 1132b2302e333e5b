// Package content reads a course for its learners: the blocks in document order, and what each of their settings comes to.
//
// A version of a course is stored as its authors wrote it: texts, in attributes and policy files, on the blocks where they were set. What holds for a
// block (when it opens, whether it counts) follows from that by the rules of OLX: its policy goes before its attribute, and what neither says comes
// from the nearest block above that does, or else from the table of fields. Those rules are here, once, for grades, outlines and dates alike.
//
// [Read] makes a [Course] from one branch of one version. It is never changed afterwards and may be shared.
package content
