package edx

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"lectern/courses/grading"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// The reasons why somebody gets no dates. Open edX answers both with 401.
var (
	ErrNotSignedIn = errors.New("nobody is signed in: sign in to see your dates")
	ErrNotEnrolled = errors.New("the learner is not enrolled in this course: enrol first")
)

// Deadlines is what dates need to know besides the course.
type Deadlines struct {
	Enrolled    time.Time        // when the learner came
	Others      []schedule.Entry // dates that the course does not have: of certificates, of upgrades
	FullAccess  bool
	UpgradeLink *string
	ResetsOff   bool // nobody may shift missed deadlines in this course
	Warn        bool // but learners are told of them
}

// Dates is the answer of course_home/dates.
type Dates struct {
	DatesBannerInfo     Banner      `json:"dates_banner_info"`
	CourseDateBlocks    []DateBlock `json:"course_date_blocks"`
	HasEnded            bool        `json:"has_ended"`
	LearnerIsFullAccess bool        `json:"learner_is_full_access"`
	UserTimezone        *string     `json:"user_timezone"`
}

// DatesWidget are the next dates on the home page.
type DatesWidget struct {
	CourseDateBlocks []DateBlock `json:"course_date_blocks"`
	DatesTabLink     string      `json:"dates_tab_link"`
	UserTimezone     *string     `json:"user_timezone"`
}

// Banner tells of deadlines that were missed.
type Banner struct {
	MissedDeadlines          bool    `json:"missed_deadlines"`
	MissedGatedContent       bool    `json:"missed_gated_content"`
	ContentTypeGatingEnabled bool    `json:"content_type_gating_enabled"`
	VerifiedUpgradeLink      *string `json:"verified_upgrade_link"`
}

// DateBlock is one date.
type DateBlock struct {
	AssignmentType        *string `json:"assignment_type"`
	Complete              *bool   `json:"complete"`
	Date                  Time    `json:"date"`
	DateType              string  `json:"date_type"`
	Description           string  `json:"description"`
	LearnerHasAccess      bool    `json:"learner_has_access"`
	Link                  string  `json:"link"`
	LinkText              string  `json:"link_text"`
	Title                 string  `json:"title"`
	ExtraInfo             *string `json:"extra_info"`
	FirstComponentBlockID string  `json:"first_component_block_id"` // empty, not null, where there is none
}

// NewDates gives all dates of a course for the learner of a view.
func NewDates(v *outline.View, p *Page, d Deadlines) (*Dates, error) {
	switch {
	case v.Facts.Learner == "":
		return nil, ErrNotSignedIn
	case !v.Facts.Enrolled && !v.Lifted():
		return nil, ErrNotEnrolled
	}
	l := newLearner(v, p)
	return &Dates{
		DatesBannerInfo: l.banner(d), CourseDateBlocks: l.dates(d), HasEnded: hasEnded(v), LearnerIsFullAccess: d.FullAccess, UserTimezone: l.zone(),
	}, nil
}

func (l *learner) zone() *string {
	if l.Zone == nil {
		return nil
	}
	return optional(l.Zone.String())
}

func (l *learner) banner(d Deadlines) Banner {
	b := Banner{ContentTypeGatingEnabled: l.limited(), VerifiedUpgradeLink: d.UpgradeLink}
	dates := make([]schedule.Dates, len(l.v.Course.Nodes))
	for i := range dates {
		dates[i] = l.v.Dates(i)
	}
	missed := l.v.Course.Plan.Missed(dates, schedule.At(l.v.At), schedule.Standing{
		Active: l.v.Facts.Enrolled, ResetsOff: d.ResetsOff, Warn: d.Warn,
		// What the learner does not have cannot be missed.
		Complete: func(node int) bool { return !l.v.Verdict(node).Exists || l.done(node) },
		Gated:    l.gated,
	})
	b.MissedDeadlines, b.MissedGatedContent = missed.Deadlines, missed.Gated
	return b
}

// dates gives assignments and the dates of the course, the earliest first; at one instant assignments come before others.
func (l *learner) dates(d Deadlines) []DateBlock {
	list := []DateBlock{}
	for _, s := range l.v.Course.Sequences {
		if b, ok := l.assignment(s); ok {
			list = append(list, b)
		}
	}
	list = append(list, l.ofCourse(d)...)
	for _, e := range d.Others {
		list = append(list, dateBlock(e))
	}
	list = slices.DeleteFunc(list, func(b DateBlock) bool { return b.Date.IsZero() })
	slices.SortStableFunc(list, func(a, b DateBlock) int { return a.Date.Compare(b.Date.Time) })
	return list
}

// assignment is the date of a subsection; ok is false if it has none for the learner.
func (l *learner) assignment(node int) (b DateBlock, ok bool) {
	course, verdict := l.v.Course, l.v.Verdict(node)
	of, due := &course.Dates.Blocks[node], l.v.Dates(node).Due
	if !of.Graded || due == 0 || !verdict.Exists {
		return b, false
	}
	b = DateBlock{
		AssignmentType: optional(of.Format), Complete: new(l.done(node)), Date: on(due), DateType: "assignment-due-date",
		LearnerHasAccess: !l.gated(node), Title: course.Nodes[node].Title, FirstComponentBlockID: l.firstLeaf(node),
	}
	if verdict.Accessible {
		b.Link = l.url(node)
	}
	return b, true
}

// done reports whether no graded work is left in a block. What else can be completed there does not matter for an assignment.
func (l *learner) done(node int) bool {
	return l.v.Done(node, func(id key.BlockID) bool { return l.Completed[id] >= 1 })
}

// firstLeaf is the key of the first component in a block; empty where there is none.
func (l *learner) firstLeaf(node int) string {
	n := l.v.Course.Nodes
	for i := node + 1; i < n[node].End; i++ {
		if grading.ModeOf(n[i].ID.Type) != grading.Aggregator && l.v.Verdict(i).Exists {
			return l.key(i)
		}
	}
	return ""
}

// ofCourse gives the start and the end of the course, as learners are shown them, and when access ends for this one.
func (l *learner) ofCourse(d Deadlines) []DateBlock {
	c := l.v.Course
	start, enrolment := schedule.ShownStart(c.Dates.SelfPaced, d.Enrolled, c.Plan.Start().Time())
	first := dateBlock(schedule.Entry{Kind: schedule.CourseStart, At: start})
	if enrolment {
		first.Title = "Enrollment date"
	}
	list := []DateBlock{first}
	if schedule.ShownEnd(c.Dates.SelfPaced, c.Policy.Relative, c.Dates.End, l.v.At) {
		list = append(list, dateBlock(schedule.Entry{Kind: schedule.CourseEnd, At: c.Dates.End}))
	}
	if ends := l.v.Facts.AccessEnds; !ends.IsZero() {
		list = append(list, dateBlock(schedule.Entry{Kind: schedule.AccessExpires, At: ends}))
	}
	return list
}

// dateBlock is a date that is none of an assignment.
func dateBlock(e schedule.Entry) DateBlock {
	kind, title, text := string(e.Kind), "", ""
	switch e.Kind {
	case schedule.CourseStart:
		kind, title = "course-start-date", "Course starts"
	case schedule.CourseEnd:
		kind, title, text = "course-end-date", "Course ends", "What is done after this date does not count."
	case schedule.AccessExpires:
		kind, title, text = "course-expired-date", "Access ends", "After this date the course cannot be opened any more."
	case schedule.UpgradeExpires:
		kind, title, text = "verified-upgrade-deadline", "Last day to upgrade", "Upgrade until then to earn a certificate."
	case schedule.CertificateDate:
		kind, title, text = "certificate-available-date", "Certificates are given", "From this date on certificates can be fetched."
	}
	return DateBlock{Date: Time{e.At}, DateType: kind, Title: cmp.Or(e.Title, title), Description: text, LearnerHasAccess: true}
}

// widget gives the dates that are still to come, with the next assignment alone, and the end of the course.
func (l *learner) widget(d Deadlines) DatesWidget {
	zone := l.Zone
	if zone == nil {
		zone = time.UTC
	}
	w := DatesWidget{CourseDateBlocks: []DateBlock{}, DatesTabLink: l.Site.tab(l.v.Course.Course, "dates"), UserTimezone: l.zone()}
	assignments := 0
	for _, b := range l.dates(d) {
		if b.DateType != "course-end-date" && !schedule.Current(b.Date.Time, l.v.At, zone) {
			continue
		}
		if b.DateType == "assignment-due-date" {
			if assignments++; assignments > 1 {
				continue
			}
		}
		w.CourseDateBlocks = append(w.CourseDateBlocks, b)
	}
	return w
}
