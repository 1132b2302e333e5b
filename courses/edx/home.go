package edx

import (
	"fmt"

	"lectern/courses/outline"
	"lectern/courses/schedule"
)

// Home is the answer of course_home/outline.
type Home struct {
	Services
	CourseBlocks         *BlockMap   `json:"course_blocks"`
	DatesBannerInfo      Banner      `json:"dates_banner_info"`
	DatesWidget          DatesWidget `json:"dates_widget"`
	EnableProctoredExams bool        `json:"enable_proctored_exams"`
	HasEnded             bool        `json:"has_ended"`
	ResumeCourse         ResumePlace `json:"resume_course"`
}

// Services is the part of a [Home] that comes from other places than the course: it is passed on.
type Services struct {
	AccessExpiration    *AccessExpiration `json:"access_expiration"`
	CertData            *Certificate      `json:"cert_data"`
	CourseGoals         Goals             `json:"course_goals"`
	CourseTools         []Tool            `json:"course_tools"`
	EnrollAlert         EnrollAlert       `json:"enroll_alert"`
	EnrollmentMode      *string           `json:"enrollment_mode"`
	HandoutsHTML        *string           `json:"handouts_html"`
	Offer               *Offer            `json:"offer"`
	UserHasPassingGrade bool              `json:"user_has_passing_grade"`
	VerifiedMode        *VerifiedMode     `json:"verified_mode"`
	WelcomeMessageHTML  *string           `json:"welcome_message_html"`
}

// AccessExpiration tells when access to a course ends.
type AccessExpiration struct {
	ExpirationDate            Time    `json:"expiration_date"`
	MasqueradingExpiredCourse bool    `json:"masquerading_expired_course"`
	UpgradeDeadline           Time    `json:"upgrade_deadline"`
	UpgradeURL                *string `json:"upgrade_url"`
}

// Certificate sums up a certificate.
type Certificate struct {
	CertStatus     string  `json:"cert_status"`
	CertWebViewURL *string `json:"cert_web_view_url"`
	DownloadURL    *string `json:"download_url"`
}

// Goals are what a learner means to do each week.
type Goals struct {
	SelectedGoal              *Goal `json:"selected_goal"`
	WeeklyLearningGoalEnabled bool  `json:"weekly_learning_goal_enabled"`
}

// Goal is on how many days of a week.
type Goal struct {
	DaysPerWeek           int  `json:"days_per_week"`
	SubscribedToReminders bool `json:"subscribed_to_reminders"`
}

// Tool is a link beside the outline.
type Tool struct {
	AnalyticsID string `json:"analytics_id"`
	Title       string `json:"title"`
	URL         string `json:"url"`
}

// EnrollAlert tells those who are not enrolled whether they can.
type EnrollAlert struct {
	CanEnroll bool    `json:"can_enroll"`
	ExtraText *string `json:"extra_text"`
}

// Offer is a price that holds for a time.
type Offer struct {
	Code            string `json:"code"`
	ExpirationDate  Time   `json:"expiration_date"`
	OriginalPrice   string `json:"original_price"`
	DiscountedPrice string `json:"discounted_price"`
	Percentage      int    `json:"percentage"`
	UpgradeURL      string `json:"upgrade_url"`
}

// VerifiedMode is what a verified track costs.
type VerifiedMode struct {
	AccessExpirationDate Time    `json:"access_expiration_date"`
	Currency             string  `json:"currency"`
	CurrencySymbol       string  `json:"currency_symbol"`
	Price                float64 `json:"price"`
	SKU                  string  `json:"sku"`
	UpgradeURL           string  `json:"upgrade_url"`
}

// BlockMap are blocks by their keys, from the course down.
type BlockMap struct {
	Blocks Object `json:"blocks"` // of *HomeBlock
}

// HomeBlock is a block of a [BlockMap].
type HomeBlock struct {
	Children            []string `json:"children"`
	Complete            bool     `json:"complete"`
	Description         *string  `json:"description"`
	DisplayName         string   `json:"display_name"`
	Due                 Time     `json:"due"`
	EffortActivities    any      `json:"effort_activities"`
	EffortTime          any      `json:"effort_time"`
	Icon                *string  `json:"icon"`
	ID                  string   `json:"id"`
	LMSWebURL           *string  `json:"lms_web_url"`
	ResumeBlock         bool     `json:"resume_block"`
	Type                string   `json:"type"`
	HasScheduledContent *bool    `json:"has_scheduled_content"`
	HideFromTOC         bool     `json:"hide_from_toc"`

	// These are for the navigation alone.
	CompletionStat  *Stat   `json:"completion_stat,omitempty"`
	SpecialExamInfo *string `json:"special_exam_info,omitempty"`
}

// ResumePlace is where the learner goes on.
type ResumePlace struct {
	HasVisitedCourse bool    `json:"has_visited_course"`
	URL              *string `json:"url"`
}

// NewHome gives the home page of a course: its outline down to subsections, and the next dates.
func NewHome(v *outline.View, p *Page, s Services, d Deadlines) *Home {
	l := newLearner(v, p)
	if ends := v.Facts.AccessEnds; !ends.IsZero() && s.AccessExpiration == nil {
		s.AccessExpiration = &AccessExpiration{ExpirationDate: Time{ends}}
	}
	if s.CourseTools == nil {
		s.CourseTools = []Tool{}
	}
	return &Home{
		Services: s, CourseBlocks: l.blockMap(outline.SequenceLevel), DatesBannerInfo: l.banner(d), DatesWidget: l.widget(d),
		EnableProctoredExams: p.Site.Exams && hasExams(v.Course), HasEnded: hasEnded(v), ResumeCourse: l.resumePlace(),
	}
}

// NewNavigation gives the sidebar of a course: its outline down to units, with how much of it is completed. It is nil for those who get no outline.
func NewNavigation(v *outline.View, p *Page) *BlockMap {
	return newLearner(v, p).blockMap(outline.UnitLevel)
}

func hasExams(c *outline.Course) bool {
	for _, s := range c.Sequences {
		if e := c.Nodes[s].Exam; e.Proctored || e.Practice {
			return true
		}
	}
	return false
}

func hasEnded(v *outline.View) bool {
	end := v.Course.Dates.End
	return !end.IsZero() && v.At.After(end)
}

func (l *learner) resumePlace() ResumePlace {
	id, visited := l.Resume, !l.Resume.IsZero()
	if !visited {
		id = l.v.Course.Nodes[0].ID
	}
	url := l.Site.jump(l.v.Course.Course, l.v.Course.Course.Block(id).String())
	return ResumePlace{visited, &url}
}

// open reports whether the one who looks may follow links into the course.
func (l *learner) open() bool {
	return l.v.Facts.Enrolled || l.v.Lifted() || l.v.Options.UnenrolledAccess && l.v.Course.Visibility == outline.Public
}

// blockMap gives what is listed down to a level; nil for those who may not see that there is anything.
func (l *learner) blockMap(deepest outline.Level) *BlockMap {
	if !l.open() && (!l.v.Options.UnenrolledAccess || l.v.Course.Visibility == outline.Private) {
		return nil
	}
	m := &BlockMap{}
	var add func(node int)
	add = func(node int) {
		children := l.listed(node, deepest)
		b := l.homeBlock(node, children)
		if deepest == outline.UnitLevel {
			l.navigate(b, node)
		}
		m.Blocks = append(m.Blocks, Member{b.ID, b})
		for _, c := range children {
			add(c)
		}
	}
	add(0)
	return m
}

// listed gives the children that are in the table of contents and not too deep.
func (l *learner) listed(node int, deepest outline.Level) (list []int) {
	nodes := l.v.Course.Nodes
	if nodes[node].Level >= deepest {
		return nil
	}
	for c := node + 1; c < nodes[node].End; c = nodes[c].End {
		if l.v.Verdict(c).Listed {
			list = append(list, c)
		}
	}
	return list
}

func (l *learner) homeBlock(node int, children []int) *HomeBlock {
	v := l.v
	n, dates := &v.Course.Nodes[node], v.Dates(node)
	b := &HomeBlock{
		Children: make([]string, len(children)), Complete: l.complete(node), DisplayName: n.Title, Due: on(dates.Due), ID: l.key(node),
		ResumeBlock: l.resume[node], Type: n.ID.Type, HideFromTOC: n.HideFromTOC,
	}
	for i, c := range children {
		b.Children[i] = l.key(c)
	}
	b.EffortActivities, _ = v.Course.Field(node, "effort_activities")
	b.EffortTime, _ = v.Course.Field(node, "effort_time")
	if l.open() {
		url := l.url(node)
		b.LMSWebURL = &url
	}
	switch n.Level {
	case outline.CourseLevel:
		b.HasScheduledContent = l.scheduled()
	case outline.SequenceLevel:
		l.describe(b, node)
	case outline.UnitLevel:
		b.Icon = optional(l.kind(node))
	}
	return b
}

// describe says what a subsection is for.
func (l *learner) describe(b *HomeBlock, node int) {
	b.Description = optional(l.v.Course.Dates.Blocks[node].Format)
	switch n := l.work(node); {
	case n == 1:
		b.DisplayName += " (1 Question)"
		b.Icon = optional("fa-pencil-square-o")
	case n > 1:
		b.DisplayName = fmt.Sprintf("%s (%d Questions)", b.DisplayName, n)
		b.Icon = optional("fa-pencil-square-o")
	}
	if exam := examInfo(l.v, node); l.Site.Exams && exam.Status != "" {
		b.Description, b.Icon = &exam.ShortDescription, &exam.SuggestedIcon
	}
}

// navigate adds what the sidebar shows besides.
func (l *learner) navigate(b *HomeBlock, node int) {
	b.CompletionStat = new(l.navigationStat(node))
	if l.v.Course.Nodes[node].Level != outline.SequenceLevel {
		return
	}
	if exam := examInfo(l.v, node); l.Site.Exams && exam.Status != "" {
		b.SpecialExamInfo = &exam.ShortDescription
	}
	if !l.v.Verdict(node).Accessible {
		b.Type = "lock"
	}
}

// navigationStat counts as the sidebar does: a unit its leaves, the course and a subsection those children that are complete, and a section what its
// subsections count.
func (l *learner) navigationStat(node int) Stat {
	nodes := l.v.Course.Nodes
	if nodes[node].Level == outline.UnitLevel {
		return l.stat[node]
	}
	var s Stat
	for c := node + 1; c < nodes[node].End; c = nodes[c].End {
		switch {
		case !l.v.Verdict(c).Listed:
		case nodes[node].Level == outline.SectionLevel:
			below := l.navigationStat(c)
			s.Completion, s.Completable = s.Completion+below.Completion, s.Completable+below.Completable
		default:
			s.Completable++
			if l.complete(c) {
				s.Completion++
			}
		}
	}
	return s
}

// scheduled is true if something is still to open, else null.
func (l *learner) scheduled() *bool {
	at := schedule.At(l.v.At)
	for i := range l.v.Course.Nodes {
		if d := l.v.Dates(i); l.v.Verdict(i).Exists && d.EffectiveStart > at {
			return optional(true)
		}
	}
	return nil
}
