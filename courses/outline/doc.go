// Package outline says what a learner gets of a course at an instant: what exists for them, what is listed, what opens, and every reason why not.
//
// Everything here is a pure function of its arguments: no store, no clock, no chance. The instant is an argument; the same course, facts and instant
// give the same view on a server and on a device without a network.
//
// # From content to a view
//
//	content.Course      the blocks of one branch of one version, and what authors set
//	   │ Build          never fails: what is odd is listed as Issues
//	Outline             sections, sequences, units and what is in them; their rules as authors wrote them.
//	   │                Keep it by course key and root: equal roots, equal outlines
//	   │ Compile        once for a version, with the Policy of the site and a list of Transformers: Standard and those of plug-ins
//	Course              rules made ready: sets of blocks, dates in order
//	   │ Evaluate       once for a learner and an instant (EvaluateAll for a class), from Facts
//	View                a Verdict for each block, Reasons, dates, exams, and NextChange, until which it is good
//
// Blocks are named by their places in Outline.Nodes, which are in document order, and by which the parallel lists Outline.Dates.Blocks and
// Course.Plan go, too. Node.Place leads back to the content, Outline.Find from an id to a place. What stands where it cannot stand, a unit in a
// section for instance, has no place and no learner gets it; Issues count it.
//
// # Facts
//
// [Facts] are what is known of one learner. Who loads them needs: the enrolment; groups, by partition.Set.Groups of Outline.Partitions; extensions
// and the anchor of the schedule ([schedule.Learner]); for the blocks in Course.Awaited, and no others, how far the learner is; since when gates are
// open; attempts at exams; the end of access (schedule.AccessExpiry); whether the course may be used where they are (Outline.Embargoes). To ask what
// somebody saw at an earlier instant, load the facts as they were then; the instant alone moves only what time itself moves.
//
// Gates: when [View.Opening] names a block, the caller stores the instant, once, and gives it back as Facts.Opened. From then on the gate stays open,
// whatever becomes of the score. The same goes for the section of the entrance exam.
//
// # Rules
//
// A rule only takes: it removes (the learner is not told), hides (not listed, opens by key), or closes (listed, does not open). What one rule takes
// no other gives back, so the order of rules does not matter. What holds for a block holds for everything below. At the end, sections and sequences
// of which the learner gets nothing are removed, too.
//
// Open is from the start on (at >= start), and until the due date (closed at > due). Instants count in microseconds; what is shorter is cut off.
//
// A plug-in is a [Transformer]: Collect looks at the outline and its content once, and prepares a [Rule]; Mark adds prepared sets for each learner;
// Explain gives the reasons for one block. The processors of this package are written the same way. What a rule marks it must explain, and when it
// would mark something else it says by Marks.Until. A rule that is [Fields], too, tells what was collected about blocks: Course.Field finds it by name.
//
// [ItemBanks] draws for each learner what is in item banks. It is for those who show what is within units, and no part of [Standard].
//
// # Classes
//
// [Course.Classes] divides the blocks of a course into those that open together, whoever the learner and whatever the instant. An index of all blocks names
// with each its class; who searches asks which classes are open to a learner now. So neither time nor learners change the index, nor do dates and rules that
// come to sections and subsections and go there. Two settings of a subsection do make classes in it: that it is hidden after its due date, since learners can
// have dates of their own for everything in it, and that it is an exam. A rule of a plug-in says by [Local] where it decides; otherwise each block is a
// class.
//
// [ForSearch] are the processors by which that is decided. They keep back what is in exams and what was drawn for others.
//
// # Staff
//
// From staff nothing is withheld; the reasons that would hold for a learner are all there, to show them. Options.Lift does the same for anybody who
// may look at what a certain learner gets. To see a course exactly as a learner does, evaluate the facts of that learner, or made up ones, at any
// instant. [View.Verdict] is for the one who looks, [View.Learner] for the learner; [View.Told] gives the reasons that the one who looks may know,
// [View.Reasons] all.
package outline
