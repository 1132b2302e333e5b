// Package grading says what a learner has earned and how far a learner has come: grades from scores, and progress from completion.
//
// Everything here is a pure function of its arguments: no store, no clock, no setting outside. The same scores, the same content and the
// same policy give the same grade on every device, to the last bit, now and in ten years.
//
// # From an answer to a letter
//
//	ScoredBlock     what a block is worth, and what a learner scored in it
//	   │ GradeSubsection: weights, which score counts, points added up
//	SubsectionGrade points of a subsection, its override, and the hash of the list of blocks it is made of: this is what is stored
//	   │ Policy.Grade: percent to four decimals, lowest dropped, missing filled in, averages weighted, total rounded
//	Grade           percent, letter, passed; per assignment type every entry
//	   │ Record.Next: first pass, later failure, freezing
//	Record          what is kept of the learner's course grade
//
// A policy comes from grading_policy.json by [ParsePolicy], which lists all that is odd in it, each with its place. The two steps are apart because a
// change of policy needs only the second: [Recalculate] previews it for any number of learners from their stored subsection grades.
//
// # Three states, never two
//
// A learner who never tried, one who tried and earned nothing, and one who does not have the block at all are three things: [NeverAttempted],
// [Attempted] with 0 points, and [Excluded]. The first two count as 0 points, the third not at all, and no result mixes them up. A fourth, [Missing],
// is an assignment that the policy counts on and nobody has written yet.
//
// # Why is it 0.75?
//
// [Grade.Explain] gives a grade as a tree of lines: each line has a number and says how it follows from the lines below, which entries were
// dropped and why, which weight was used, how the total was rounded.
//
// # Numbers
//
// Grades are those of Open edX. It counts in double precision, so this package does, in the same order of steps; products are
// rounded before they are added, since some processors otherwise fuse the two and get another last bit. The percent of a subsection has four decimals,
// halves to even. The total is rounded by the [Rounding] of the policy. docs/compatibility.md lists where we differ, on purpose.
//
// # Progress
//
// Completion is a number from 0 to 1 for each block that can be completed. An [Outline], made once for a version of a course as one learner or group sees
// it, rolls it up: [Outline.Progress] tells for every section, subsection and unit how many leaves and how many units are done.
// [Outline.Resume] says where a learner goes on.
package grading
