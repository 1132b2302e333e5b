// Package courses joins what is stored about courses with what is known about learners: it makes grades, progress, outlines and dates of the two.
//
// # From events to a grade
//
//	learner.DB         scores, and marks of what is to be graded, written together with each event
//	   │
//	Compile            a version of a course for its learners: subsections, what can be scored in them and what it is worth, policy, partitions
//	   │
//	Course.Grade       a pure function of the two: what is to be stored for one learner
//	   │
//	Gradebook.Project  has that stored, for all for whom something is due
//
// A grade is a projection: it can be thrown away and made again. What is stored is the grade of each subsection that a learner has tried, and that of the
// course. [Gradebook.Project] makes grades anew where events have left marks; grades and marks change in one transaction, so that nothing is lost wherever a
// program is stopped, and several programs may do it at the same time. [Gradebook.Report] reads what is stored for one learner, and computes what is due on
// the spot.
//
// # From content and facts to an outline
//
// [Gradebook.View] gives what a learner gets of a course at an instant, [Gradebook.Dates] the learner's dates, [Gradebook.Simulate] what would become of the
// dates of all if those of the course were others, [Gradebook.Calendar] the dates with what became of them over time, from versions and events. They read
// what is known of the learner at once ([learner.DB.Access]), hand it to packages outline and schedule, and write nothing. Grades and answers take due dates
// from the same plan. What a learner has opened by what they did is an event, which Project writes: from then on it stays open.
//
// # What somebody may find
//
// [Gradebook.Classes] gives the class of each block of a course, for who indexes its text; [Gradebook.Findable] and [Gradebook.FindableEverywhere] give the
// classes that are open to somebody at an instant. What is closed, or not listed, or not drawn for a learner, is not found by them. Of public courses
// everybody finds something, of those with a public outline the titles.
//
// # Exams
//
// A timed exam is a subsection that each learner begins once ([Gradebook.StartExam]); its time is fixed then, with what the learner gets more. Questions in
// it are answered from then on until it ends: by itself, or when it is handed in. That it is over is not written: every read works it out. What has to be
// proctored is shown, not held.
//
// # What a change changes
//
// An event about a block makes the subsections anew that hold it, with the content that is published now; what blocks were worth when the learner tried them
// stands. Other subsections stay as they are stored. A new policy changes the course grades alone; a new version of the course changes nothing until somebody
// answers, or asks for it ([Gradebook.Recalculate]). In a frozen course no grade changes; what it would be is kept beside it ([Gradebook.Freeze],
// [Gradebook.Accept]).
//
// # Features
//
// [Features] declares what can be turned on and off for some, [FeatureBook] reads the rules about it. What a feature is about asks for it where it does its
// work, as [Gradebook.Shift] and [Gradebook.Dates] do.
//
// # Three states
//
// Who has never tried has no row, and is graded from the content with zeros; Attempted tells.
package courses
