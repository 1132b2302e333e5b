// Package schedule says when something in a course opens for a learner, when it is due, and why it is that instant.
//
// Everything here is a pure function of its arguments: no store, no clock. The instant that is asked about is an argument, and so is all that is known of the learner.
//
// # From settings to instants
//
//	Course             the blocks of one version, with the dates that authors set
//	   │ Compile, once for a version
//	Plan               flat arrays: for each block its own dates, or whose dates it takes
//	   │ Resolve(Learner)
//	[]Dates            for each block when it opens, is due and closes, and the block and rule that each instant comes from
//
// Open is from the start on (at >= start); closed is after the due date (at > due): the due instant is the last open one.
//
// # What holds
//
// A block is due when, in this order: the learner's own extension says, the one of a group of theirs, its own date, the date of the nearest block above that has one. An
// extension of a block moves all below it that take their date from it. Among several extensions of one block the last one written holds, also when it is shorter.
// Extensions move due dates alone; grace comes on top.
//
// A course that is instructor-paced has instants; a self-paced one has none but its own start and end, and due dates that are counted in weeks from
// where each learner began ([Anchor]). They are spread over the sections, never lie after the end of the course, and are not given to those who enrol too late to meet them.
//
// A block opens at the latest of its start and those of all blocks above it. Beta testers see each of them earlier by the same time, once.
//
// # Around it
//
// [Simulate] compares two plans and tells which dates move for whom. [Plan.CheckOverride] judges an extension before it is stored. [Plan.Missed] decides on the offer to
// shift missed deadlines. [Plan.Entries] lists dates for people, [Calendar] writes them as an iCalendar feed. [Local] places a wall clock time in its zone.
package schedule
