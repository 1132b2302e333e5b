package edx

import (
	"slices"
	"strconv"
)

// What is written here is what encoding/json writes by the tags of the types, without looking at the types each time: a test compares the two.

func (a *CourseOutline) appendJSON(b []byte) (_ []byte, err error) {
	head := *a
	head.Outline = Lists{}
	b = slices.Grow(b, 1024+512*(len(a.Outline.Sections)+len(a.Outline.Sequences)))
	if b, err = appendAny(b, &head); err != nil {
		return b, err
	}
	b = b[:len(b)-len(`null,"sequences":{}}}`)] // the lists are the last member, and as large as the course
	if b, err = appendList(b, a.Outline.Sections); err != nil {
		return b, err
	}
	b = append(b, `,"sequences":`...)
	if b, err = a.Outline.Sequences.appendJSON(b); err != nil {
		return b, err
	}
	return append(b, "}}"...), nil
}

func (s Section) appendJSON(b []byte) ([]byte, error) {
	b = appendString(append(b, `{"id":`...), s.ID)
	b = appendString(append(b, `,"title":`...), s.Title)
	b = appendStrings(append(b, `,"sequence_ids":`...), s.SequenceIDs)
	b = s.Start.appendTo(append(b, `,"start":`...))
	b = s.EffectiveStart.appendTo(append(b, `,"effective_start":`...))
	return appendReasons(b, s.Reasons)
}

func (s *Sequence) appendJSON(b []byte) (_ []byte, err error) {
	b = appendString(append(b, `{"id":`...), s.ID)
	b = appendString(append(b, `,"title":`...), s.Title)
	b = strconv.AppendBool(append(b, `,"accessible":`...), s.Accessible)
	b = strconv.AppendBool(append(b, `,"inaccessible_after_due":`...), s.InaccessibleAfterDue)
	b = s.Start.appendTo(append(b, `,"start":`...))
	b = s.EffectiveStart.appendTo(append(b, `,"effective_start":`...))
	b = s.Due.appendTo(append(b, `,"due":`...))
	switch {
	case s.Exam == nil:
	case *s.Exam == ExamInfo{}:
		b = append(b, `,"exam":{}`...)
	default:
		if b, err = appendAny(append(b, `,"exam":`...), s.Exam); err != nil {
			return b, err
		}
	}
	return appendReasons(b, s.Reasons)
}

// appendReasons writes the last member of an object, if there is anything to write, and its end.
func appendReasons(b []byte, list []Reason) (_ []byte, err error) {
	if len(list) > 0 {
		if b, err = appendAny(append(b, `,"reasons":`...), list); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func (h *HomeBlock) appendJSON(b []byte) (_ []byte, err error) {
	b = appendStrings(append(b, `{"children":`...), h.Children)
	b = strconv.AppendBool(append(b, `,"complete":`...), h.Complete)
	b = appendOptional(append(b, `,"description":`...), h.Description)
	b = appendString(append(b, `,"display_name":`...), h.DisplayName)
	b = h.Due.appendTo(append(b, `,"due":`...))
	if b, err = appendValue(append(b, `,"effort_activities":`...), h.EffortActivities); err != nil {
		return b, err
	}
	if b, err = appendValue(append(b, `,"effort_time":`...), h.EffortTime); err != nil {
		return b, err
	}
	b = appendOptional(append(b, `,"icon":`...), h.Icon)
	b = appendString(append(b, `,"id":`...), h.ID)
	b = appendOptional(append(b, `,"lms_web_url":`...), h.LMSWebURL)
	b = strconv.AppendBool(append(b, `,"resume_block":`...), h.ResumeBlock)
	b = appendString(append(b, `,"type":`...), h.Type)
	if b, err = appendValue(append(b, `,"has_scheduled_content":`...), h.HasScheduledContent); err != nil {
		return b, err
	}
	b = strconv.AppendBool(append(b, `,"hide_from_toc":`...), h.HideFromTOC)
	if s := h.CompletionStat; s != nil {
		b = strconv.AppendInt(append(b, `,"completion_stat":{"completion":`...), int64(s.Completion), 10)
		b = append(strconv.AppendInt(append(b, `,"completable_children":`...), int64(s.Completable), 10), '}')
	}
	if h.SpecialExamInfo != nil {
		b = appendString(append(b, `,"special_exam_info":`...), *h.SpecialExamInfo)
	}
	return append(b, '}'), nil
}

// appendOptional writes null for nil.
func appendOptional(b []byte, s *string) []byte {
	if s == nil {
		return append(b, "null"...)
	}
	return appendString(b, *s)
}

func (m *BlockMap) appendJSON(b []byte) ([]byte, error) {
	if m == nil {
		return append(b, "null"...), nil
	}
	b, err := m.Blocks.appendJSON(append(b, `{"blocks":`...))
	return append(b, '}'), err
}

func (b *Blocks) appendJSON(to []byte) ([]byte, error) {
	to = appendString(append(to, `{"root":`...), b.Root)
	to, err := b.Blocks.appendJSON(append(to, `,"blocks":`...))
	return append(to, '}'), err
}
