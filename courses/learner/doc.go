// Package learner keeps what is known about learners: who is enrolled, what they answered, how far they are.
//
// # The log is the truth
//
// Everything that happens to a learner is an [Event]. Events are only ever added. Each belongs to a stream (one learner in one organisation), to the
// device it was first written on (a database is a device), and has the next number of that stream and device; stream, device and number name it
// everywhere, so that an event that arrives twice counts once. Its payload is kept and hashed as the bytes that were first written.
//
// All other tables are projections: they say what follows from the events, in a form that can be read fast. They can be thrown away and made
// again ([DB.Rebuild]), and they do not depend on the order in which events arrive: what was made on several devices without a network
// merges to the same rows everywhere. Order is that of the hybrid logical clock ([HLC]), ties are broken by the id of the device.
//
// An event that has no effect is kept and marked: its payload is not understood ([Bad]), its kind is not known to this program ([Unknown]), its device was
// revoked before ([Suspended]), its clock does not go forward ([Unordered]). [DB.Problems] lists them, and each rebuild decides anew: a newer program may
// know more. Two kinds of events change what others mean: a device is revoked or reinstated, and a clock is corrected. All that the device has written about
// is then made anew, in the same transaction, so that it does not matter when anybody hears of it.
//
// # Grades
//
// Grades follow from events and from the content of a course, which this package does not know. It writes down, with each event, what is to be graded for it
// ([What]), and has that done by whoever knows the course: [DB.GradeDue] stores grades and removes the marks in one transaction.
//
// # Exams
//
// An exam is a block that a learner begins once, and that ends: when it is handed in, or by itself when its time is over. That it is over is never written,
// it follows from the start. A reset lets the learner begin it again: another epoch of it begins, and what was before stays. On several devices without a
// network a learner may begin it more than once: then the first start holds, with the time that it gave, and the first time that it was handed in. What was
// answered stays, and counts by the rules for late work; [DB.Problems] tells staff.
//
// # Reading and writing
//
// [Open] opens SQLite in a file or PostgreSQL, and brings the tables up to date ([Migrate]). [DB.Append] writes events and what follows from them in one
// transaction; many callers share one, so that a durable write costs each of them little. The operations ([DB.Enrol], [DB.Submit], [DB.PutState], …) look at
// what is stored in that same transaction and then add an event, or none. [DB.Merge] takes events of other devices. Reads are made for pages: one query for
// each table, however many rows ([DB.Pages], [DB.Facts]).
//
// Long keys stand once, in the ref_ tables; everything else has their numbers, which mean something in this database only.
package learner
