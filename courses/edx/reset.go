package edx

import (
	"html"
	"slices"

	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// Reset is the answer of course_experience/v1/reset_course_deadlines. Open edX does not tell what moved, and its clients pass over that.
type Reset struct {
	Body     string      `json:"body"` // HTML
	Header   string      `json:"header"`
	Link     string      `json:"link"`
	LinkText string      `json:"link_text"`
	Message  string      `json:"message"`
	Moved    []MovedDate `json:"moved"`
}

// MovedDate is a due date that has moved.
type MovedDate struct {
	ID     string `json:"id"`
	Before Time   `json:"before"`
	After  Time   `json:"after"`
}

// NewReset tells what became of the due dates of a learner whose deadlines were shifted, by views of one version from before and after. That nothing moved is
// no error.
func NewReset(before, after *outline.View, p *Page) *Reset {
	const text = "View all dates"
	r := &Reset{Link: p.Site.tab(after.Course.Course, "dates"), LinkText: text, Moved: []MovedDate{}}
	for _, s := range after.Course.Sequences {
		was, is := before.Dates(s).Due, after.Dates(s).Due
		if was != is && after.Verdict(s).Exists {
			r.Moved = append(r.Moved, MovedDate{after.Course.Usage(s), on(was), on(is)})
		}
	}
	r.Body = `<a href="` + html.EscapeString(r.Link) + `">` + text + `</a>`
	r.Header, r.Message = "Your due dates now count from today.", "Due dates shifted."
	if len(r.Moved) == 0 {
		r.Header, r.Message = "Your due dates are what they were.", "No due date was shifted."
	}
	return r
}

// ResetAll is the answer of course_experience/v1/reset_all_course_deadlines.
type ResetAll struct {
	Done   []key.Course `json:"success_course_keys"`
	Failed []key.Course `json:"failed_course_keys"`
}

// NewResetAll tells in which courses deadlines were shifted, and in which that failed.
func NewResetAll(done, failed []key.Course) *ResetAll {
	return &ResetAll{Done: append([]key.Course{}, done...), Failed: append([]key.Course{}, failed...)}
}

// DeadlinesInfo is the answer of course_experience/v1/course_deadlines_info.
type DeadlinesInfo struct {
	DatesBannerInfo Banner `json:"dates_banner_info"`
}

// NewDeadlinesInfo tells the learner of a view whether deadlines were missed.
func NewDeadlinesInfo(v *outline.View, p *Page, d Deadlines) *DeadlinesInfo {
	return &DeadlinesInfo{newLearner(v, p).banner(d)}
}

// UserDatesQuery says which dates are wanted; an empty list wants all.
type UserDatesQuery struct {
	Types  []string // of blocks
	Blocks []key.BlockID
	Fields []string // start, due and, of the course, end
}

// NewUserDates is the answer of edx_when/v1/user-dates: the dates that blocks have themselves, for the learner of a view, by the keys of the blocks. There is
// one place for each block: of several dates the due date is given, and the end of the course.
func NewUserDates(v *outline.View, q UserDatesQuery) Object {
	dates := Object{}
	for i := range v.Course.Nodes {
		id := v.Course.Nodes[i].ID
		if !v.Verdict(i).Exists || !wants(q.Types, id.Type) || !wants(q.Blocks, id) {
			continue
		}
		d, at := v.Dates(i), schedule.Instant(0)
		if wants(q.Fields, "start") && int(d.StartFrom) == i {
			at = d.EffectiveStart
		}
		if wants(q.Fields, "due") && int(d.DueFrom) == i && d.Due != 0 {
			at = d.Due
		}
		if wants(q.Fields, "end") && i == 0 && v.Course.Plan.End() != 0 {
			at = v.Course.Plan.End()
		}
		if at != 0 {
			dates = append(dates, Member{v.Course.Usage(i), on(at)})
		}
	}
	return dates
}

func wants[T comparable](list []T, value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}
