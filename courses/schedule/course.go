package schedule

import (
	"errors"
	"fmt"
	"time"

	"lectern/modulestore/key"
)

// Course is all of one version of a course that dates depend on.
type Course struct {
	Key       key.Course
	End       time.Time
	SelfPaced bool
	Beta      time.Duration // by how much everything opens earlier for beta testers

	// These are for self-paced courses.
	Relative    bool // learners get due dates, counted from where they began
	CustomWeeks bool // Block.Weeks counts
	Weeks       int  // to complete the course; 0: unknown

	LaterOnly bool // extensions that would shorten have no effect

	Blocks []Block // in document order; the first is the course, whose start is that of the course
}

// Block is one block of a course. Start and Due are what is set on the block itself; all else is what holds for it after inheritance.
type Block struct {
	ID       key.BlockID
	Parent   int // place of the block above; -1 for the course
	Title    string
	Format   string // assignment type
	Start    Own
	Due      Own
	DueSince int64 // number of the version since which there has been a due date without a break; 0: always
	Grace    time.Duration
	Weeks    int // relative_weeks_due

	Graded       bool
	Work         bool // a leaf that is graded and gives points; what is above it follows
	StaffOnly    bool
	HideAfterDue bool
}

// Own is a date as a block sets it: not at all, to none (which stops inheritance), or to an instant.
type Own struct {
	Set bool
	At  time.Time
}

// On is a date that is set.
func On(t time.Time) Own { return Own{true, t} }

// Days gives the time of days_early_for_beta, in whole microseconds. What is no sensible number of days is no time.
func Days(days float64) time.Duration {
	if !(days > 0 && days <= 36_500) {
		return 0
	}
	return time.Duration(days * float64(24*time.Hour)).Truncate(time.Microsecond)
}

// openResponse is the type of blocks whose steps have dates of their own.
const openResponse = "openassessment"

// Problem is something in the dates of a course that its author cannot have meant.
type Problem struct {
	Code    string // due_before_start, never_open or due_after_course_end
	Error   bool   // learners never get to it; else it is a warning
	Block   key.BlockID
	Message string // one sentence
}

// String gives block and message.
func (p Problem) String() string { return fmt.Sprintf("%s: %s", p.Block, p.Message) }

var errBlocks = errors.New("the blocks of a course must begin with the course, and each other must come after the one it stands in")

func (c *Course) validate() error {
	for i := range c.Blocks {
		if parent := c.Blocks[i].Parent; i == 0 && parent != -1 || i > 0 && (parent < 0 || parent >= i) {
			return fmt.Errorf("block %s at place %d: %w", c.Blocks[i].ID, i, errBlocks)
		}
	}
	if len(c.Blocks) == 0 {
		return errBlocks
	}
	return nil
}

// StartingAt gives the course with another start.
func (c Course) StartingAt(t time.Time) Course {
	blocks := make([]Block, len(c.Blocks))
	copy(blocks, c.Blocks)
	if len(blocks) > 0 {
		blocks[0].Start = On(t)
	}
	c.Blocks = blocks
	return c
}
