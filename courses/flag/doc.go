// Package flag decides whether a feature is on for somebody, and says why.
//
// A [Flag] is declared in code with its default. A [Rule] says something else for some: for a user, a cohort, a course, a part of everybody. A [Book] holds
// all flags and all rules; it is loaded once and asked in memory, so a page of a hundred courses costs one read.
//
// # Which rule decides
//
// The steps stand in the order of [Scopes], the first that has an answer decides:
//
//	kill → user → cohort, team → course → org → role → everyone → default
//
// Rules are only ever added. Of those about one flag, scope and key the newest that has begun is in force, until it expires: then it says nothing, and what
// it had replaced does not come back. Where rules of several keys of one step are in force, as for two roles of a user, the newest decides.
//
// # A part of everybody
//
// A rule can turn a flag on for a percentage. Who that is follows from the flag and the learner's id alone ([Bucket]): it is the same on all devices,
// nothing is stored, and raising the percentage takes the feature from nobody. Who is not signed in counts by the id of the device.
//
// # Without a network
//
// A device has a copy of the book that is good until [Book.NotAfter]. After that only rules that say so hold on; all else is as the default says.
//
// # The end of a flag
//
// A flag has a date by which it should be gone from the code. When that has passed nothing changes for users: the [Report] shows it, and a test of the
// program that declares it fails 30 days later ([Flag.Rotten]).
package flag
