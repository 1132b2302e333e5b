package grading

// State tells apart what a zero can mean.
type State string

const (
	NeverAttempted State = "never_attempted" // the learner has it and never tried
	Attempted      State = "attempted"       // tried, whatever came of it
	Excluded       State = "excluded"        // not in this learner's course: it counts nowhere
	Missing        State = "missing"         // counted on by the policy, not written yet: it counts as 0
)
