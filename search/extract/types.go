package extract

import (
	"encoding/json"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
)

// kinds are the names that edx-search has for block types, its facet content_type.
var kinds = map[string]string{
	"html": "Text", "problem": "CAPA", "video": "Video", "chapter": "Sequence", "sequential": "Sequence", "vertical": "Sequence",
	"word_cloud": "Word Cloud", "lti_consumer": "LTI Consumer", "drag-and-drop-v2": "Drag and Drop", "static_tab": "Text",
}

// given says what is taken of a type whose text stands in attributes. A type that is not here gives its name alone: any attribute may be an answer.
type given struct {
	shown, secret []string // texts
	lists         []string // JSON: a list of texts, of pairs of an id and a text, or of pairs of an id and a text with a picture
}

var givens = map[string]given{
	"poll":              {shown: []string{"question"}, lists: []string{"answers"}, secret: []string{"feedback"}},
	"survey":            {lists: []string{"questions", "answers"}, secret: []string{"feedback"}},
	"word_cloud":        {shown: []string{"instructions"}},
	"discussion":        {shown: []string{"discussion_category", "discussion_target"}},
	"lti":               {shown: []string{"description"}},
	"lti_consumer":      {shown: []string{"description"}},
	"google-document":   {shown: []string{"alt_text"}},
	"drag-and-drop-v2":  {shown: []string{"question_text"}},
	"staffgradedxblock": {shown: []string{"instructions"}},
}

// questions are the attributes that can stand in for a title.
var questions = []string{"block_name", "question", "instructions"}

// source is a block to be read.
type source struct {
	*modulestore.Block
	body *modulestore.Body
	// markup is what stands inside its element, or the whole file if that was not understood.
	markup string
}

func newSource(b *modulestore.Block, body *modulestore.Body) source {
	s := source{Block: b, body: body}
	if body == nil {
		return s
	}
	if len(body.Raw) > 0 {
		return s.fromRaw()
	}
	switch text, ok := body.Text("data"); {
	case ok:
		s.markup = text
	case b.ID.Type == "html":
		s.markup = decoded(body.Markup)
	default:
		s.markup = body.Markup
	}
	return s
}

// fromRaw takes a file that was not understood for what its first element says, if that is of the block's type: by the rules of another one its answers might be public.
func (s source) fromRaw() source {
	text := strings.ToValidUTF8(string(s.body.Raw), "")
	name, attrs := rootElement(text)
	if name != strings.ToLower(s.ID.Type) {
		return s
	}
	block := *s.Block
	for _, a := range attrs {
		if _, has := block.Attr(a.name, s.body); !has {
			block.Attrs = append(block.Attrs[:len(block.Attrs):len(block.Attrs)], modulestore.Attr{Name: a.name, Value: a.value})
		}
	}
	s.Block, s.markup = &block, text
	return s
}

// text is a setting as text, what policy.json says before what the attribute says; empty if neither does.
func (s source) text(name string) string {
	def, known := field.Lookup(s.ID.Type, name)
	if !known {
		text, _ := s.Attr(name, s.body)
		return text
	}
	pure := field.PureXBlock(s.ID.Type)
	if entry, ok := s.PolicyEntry(name, s.body); ok && (!pure || s.ID.Type == "discussion") {
		v, _ := def.FromPolicy(entry)
		return valueText(v)
	}
	text, ok := s.Attr(name, s.body)
	switch {
	case !ok:
		return ""
	case pure:
		v, _ := def.FromPure(text)
		return valueText(v)
	}
	v, _ := def.FromAttribute(text)
	return valueText(v)
}

// valueText is a text, or the JSON of a list or object.
func valueText(v field.Value) string {
	if v.Str() != "" {
		return v.Str()
	}
	if json := v.JSON(); strings.HasPrefix(json, "[") || strings.HasPrefix(json, "{") {
		return json
	}
	return ""
}

// fromAttributes takes the texts of a type that stand in its attributes; each may hold HTML.
func (s source) fromAttributes(g given) *page {
	p := newPage(htmlRules)
	for _, name := range g.shown {
		p.fragment(public, s.text(name))
	}
	for _, name := range g.lists {
		p.list(s.text(name))
	}
	for _, name := range g.secret {
		p.fragment(hidden, s.text(name))
	}
	return p
}

// fragment takes a text that may hold HTML, on lines of its own.
func (p *page) fragment(m mode, text string) {
	p.open = append(p.open, frame{mode: m, mark: -1}) // without a name: no end tag in the text closes it
	p.write(m, "\n")
	readHTML(text, p)
	p.closeTo(1)
	p.write(m, "\n")
}

// list takes the texts of a JSON list of questions or options.
func (p *page) list(text string) {
	var entries []json.RawMessage
	if json.Unmarshal([]byte(text), &entries) != nil {
		return
	}
	for _, entry := range entries {
		var pair []json.RawMessage
		if json.Unmarshal(entry, &pair) == nil && len(pair) == 2 {
			entry = pair[1]
		}
		var plain string
		var pictured struct {
			Label string `json:"label"`
			Alt   string `json:"img_alt"`
			Image string `json:"img"`
		}
		if json.Unmarshal(entry, &plain) != nil && json.Unmarshal(entry, &pictured) != nil {
			continue
		}
		p.fragment(public, plain)
		p.fragment(public, pictured.Label)
		p.fragment(public, pictured.Alt)
		p.asset(pictured.Image)
	}
}

// dragAndDrop takes the texts of drag-and-drop-v2: zones and items are to be seen, which belongs to which is not, nor is what is said to an answer.
func (s source) dragAndDrop(p *page) {
	var data struct {
		Zones []struct{ Title, Description string } `json:"zones"`
		Items []struct {
			Name        string                              `json:"displayName"`
			Description string                              `json:"imageDescription"`
			Image       string                              `json:"imageURL"`
			Feedback    struct{ Correct, Incorrect string } `json:"feedback"`
		} `json:"items"`
		Feedback    struct{ Start, Finish string } `json:"feedback"`
		Explanation string                         `json:"explanation"`
		Question    string                         `json:"question_text"`
		Target      string                         `json:"targetImgDescription"`
		Image       string                         `json:"targetImg"`
	}
	if json.Unmarshal([]byte(s.text("data")), &data) != nil {
		return // a part that was read might be of something else
	}
	p.fragment(public, data.Question)
	p.fragment(public, data.Target)
	p.asset(data.Image)
	for _, z := range data.Zones {
		p.fragment(public, z.Title)
		p.fragment(public, z.Description)
	}
	for _, item := range data.Items {
		p.fragment(public, item.Name)
		p.fragment(public, item.Description)
		p.asset(item.Image)
		p.fragment(hidden, item.Feedback.Correct)
		p.fragment(hidden, item.Feedback.Incorrect)
	}
	p.fragment(hidden, data.Feedback.Start)
	p.fragment(hidden, data.Feedback.Finish)
	p.fragment(hidden, data.Explanation)
}

// responseRules are those of open responses: the prompts are public, what answers are judged by is not.
func responseRules(parent frame, name string) (mode, string) {
	switch name {
	case "openassessment", "title", "prompts", "prompt", "description":
		return public, name
	}
	if parent.context == "description" || parent.context == "prompt" {
		m, _ := htmlRules(parent, name)
		return m, parent.context
	}
	return hidden, name
}

// openResponse gives the text of an open response. Its prompts are HTML, as text.
func openResponse(markup string) *page {
	p := newPage(responseRules)
	p.encoded = true
	if readXML(markup, p) == nil {
		return p
	}
	p = newPage(responseRules)
	p.encoded, p.wary = true, true
	readHTML(markup, p)
	return p
}

// updates takes the course updates that are shown, newest first as they stand.
func updates(p *page, items string) {
	var list []struct{ Date, Content, Status string }
	if json.Unmarshal([]byte(items), &list) != nil {
		return
	}
	for _, item := range list {
		if item.Status == "deleted" {
			continue
		}
		p.fragment(public, item.Date)
		p.fragment(public, item.Content)
	}
}
