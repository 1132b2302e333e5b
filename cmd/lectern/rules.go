package main

import (
	"context"
	"fmt"
	"slices"

	"lectern/courses/content"
	"lectern/courses/outline"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// deadEnds are the faults of rules about who gets what that lead to something which is not there, or back to where they come from.
var deadEnds = []outline.IssueCode{outline.GroupUnknown, outline.PrerequisiteMissing, outline.PrerequisiteCycle, outline.ExamMissing}

// deadEndsOf are those in the draft of a course, after the changes of an edit made so far.
func deadEndsOf(ctx context.Context, c key.Course, e *modulestore.Edit) (list []outline.Issue, err error) {
	course, err := content.ReadEdit(ctx, c, e)
	if err != nil {
		return nil, err
	}
	for _, i := range outline.Build(course).Issues {
		if slices.Contains(deadEnds, i.Code) {
			list = append(list, i)
		}
	}
	return list, nil
}

// withoutDeadEnds makes a change to a block, and refuses it if there are dead ends after it that were not there before.
func withoutDeadEnds(ctx context.Context, c key.Course, e *modulestore.Edit, block key.BlockID, change func() error) error {
	before, err := deadEndsOf(ctx, c, e)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := deadEndsOf(ctx, c, e)
	if err != nil {
		return err
	}
	for _, i := range after {
		same := func(was outline.Issue) bool {
			was.Title = i.Title // which the change may be about
			return was == i
		}
		if !slices.ContainsFunc(before, same) {
			return fmt.Errorf("%s was not changed: with it, %s", block, i.Message())
		}
	}
	return nil
}
