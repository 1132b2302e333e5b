package search

import (
	"context"
	"slices"
	"strings"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// coursePart is the one document of a course in the catalog. It is made from the course itself, its about pages and the languages of its transcripts.
func (p *projection) coursePart(ctx context.Context) ([]part, error) {
	langs, err := p.transcriptLanguages(ctx)
	if err != nil {
		return nil, err
	}
	d := part{id: p.course.String(), block: p.root, place: &place{}, tags: langs}
	p.sum = p.sum[:0]
	p.say(d.id)
	p.say(langs...)
	p.sayBlock(p.root)
	for _, b := range p.abouts() {
		p.say(b.ID.Name)
		p.sayBlock(b)
	}
	d.made = hashed(p.sum)
	return []part{d}, nil
}

// abouts are the about pages, in the order of their names.
func (p *projection) abouts() (list []*modulestore.Block) {
	for _, id := range p.snap.Tree().Detached {
		if id.Type == "about" {
			b, _ := p.snap.Block(id)
			list = append(list, b)
		}
	}
	return list
}

func (p *projection) transcriptLanguages(ctx context.Context) (langs []string, err error) {
	tracks, err := p.tracks(ctx)
	for _, list := range tracks {
		for i := range list {
			if tag := Language(list[i].lang); tag != "" && list[i].file != nil {
				langs = append(langs, tag)
			}
		}
	}
	slices.Sort(langs)
	return slices.Compact(langs), err
}

// courseDocuments makes the document of a course.
func (p *projection) courseDocuments(ctx context.Context, parts []part, dates map[key.BlockID]time.Time) ([]document, error) {
	short, rest, err := p.aboutTexts(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]document, len(parts))
	for i := range parts {
		list[i] = p.courseDocument(&parts[i], short, rest, dates[p.root.ID])
	}
	return list, nil
}

// aboutTexts gives the short description of a course, and all other pages about it. With them it reads and learns what the course says itself.
func (p *projection) aboutTexts(ctx context.Context) (short string, rest []string, err error) {
	pages := p.abouts()
	ids := make([]key.BlockID, len(pages))
	for i, b := range pages {
		ids[i] = b.ID
	}
	bodies, err := p.snap.Bodies(ctx, append([]key.BlockID{p.root.ID}, ids...))
	if err != nil {
		return "", nil, err
	}
	p.learn(bodies[p.root.ID])
	for _, id := range ids {
		data, _ := bodies[id].Text("data")
		switch text := extract.About(id.Name, []byte(data)); id.Name {
		case "short_description":
			short = text
		default:
			rest = append(rest, text)
		}
	}
	return short, rest, nil
}

func (p *projection) courseDocument(d *part, short string, rest []string, changed time.Time) document {
	title := p.value("display_name").Str()
	all := joined(append([]string{short}, append(rest, title, p.course.Code, p.course.Org)...)...)
	lang := p.catalogLanguage(short, rest)
	fields := map[string]any{
		fieldContext:    p.course.String(),
		fieldOrg:        p.course.Org,
		fieldTitle:      title,
		fieldShort:      short,
		fieldAll:        all,
		fieldNumber:     numbers(p.course.Code),
		fieldLanguage:   lang,
		fieldPacing:     p.pacing(),
		fieldVisible:    p.visibility(),
		fieldInvitation: truth(p.value("invitation_only").Bool()),
		fieldPopular:    float64(0),
		fieldMade:       d.made,
	}
	if lang == "" {
		delete(fields, fieldLanguage) // else it would be a value among others, which facets count
	}
	if len(p.subjects) > 0 {
		fields[fieldSubject] = p.subjects
	}
	if len(d.tags) > 0 {
		fields[fieldTranscripts] = d.tags
	}
	for name, set := range map[string]string{fieldStart: "start", fieldEnd: "end", fieldEnrolStart: "enrollment_start", fieldEnrolEnd: "enrollment_end"} {
		if at, ok := p.value(set).Time(); ok {
			fields[name] = at
		}
	}
	if !changed.IsZero() {
		fields[fieldModified] = changed
	}
	return document{id: d.id, analyzer: Analyzer(lang), fields: fields}
}

// about is what a hit in the catalog says of the course beside its name.
func (p *projection) about(short, lang string) *About {
	at := func(name string) time.Time {
		t, _ := p.value(name).Time()
		return t
	}
	return &About{
		Short: short, Start: at("start"), End: at("end"), EnrolStart: at("enrollment_start"), EnrolEnd: at("enrollment_end"),
		Language: lang, Pacing: p.pacing(), Subjects: p.subjects,
	}
}

// catalogLanguage is what the course says its language is, or what its descriptions look like.
func (p *projection) catalogLanguage(short string, rest []string) string {
	if p.lang != "" {
		return p.lang
	}
	return Language(extract.Language(joined(append([]string{short}, rest...)...)))
}

// value is a setting of the course.
func (p *projection) value(name string) field.Value { return setting(p.root, p.rooted, name) }

// inCatalog is the value of the field vis of courses that are listed in the catalog.
const inCatalog = "both"

func (p *projection) visibility() string {
	if s := p.value("catalog_visibility").Str(); s != "" {
		return s
	}
	return inCatalog
}

// The values of the field pacing.
const (
	pacedBySelf       = "self"
	pacedByInstructor = "instructor"
)

func (p *projection) pacing() string {
	if p.value("self_paced").Bool() {
		return pacedBySelf
	}
	return pacedByInstructor
}

func truth(b bool) string {
	if b {
		return "t"
	}
	return "f"
}

// numbers are the ways in which a course code is typed: as it is, and without punctuation.
func numbers(code string) []string {
	lower := strings.ToLower(code)
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune("._-~: ", r) {
			return -1
		}
		return r
	}, lower)
	return slices.Compact([]string{lower, bare})
}
