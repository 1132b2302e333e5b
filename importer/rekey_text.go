package importer

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// rewriter rewrites the texts of a course from its own key to another:
//
//	/asset-v1:OWN+type@asset+block@NAME, /c4x/…            /static/PATH     if the archive has the file
//	/courses/OWN/jump_to/KEY, /courses/OWN/jump_to_id/ID   /jump_to_id/ID   if the archive has the block
//	/courses/OWN/REST                                      /course/REST
//	block-v1:OWN+type@TYPE+block@NAME, i4x://…             the same block of the target
//
// Everything else keeps its bytes: URLs with a host, since nobody knows whether it is the host that the course comes from, and whatever
// belongs to other courses.
type rewriter struct {
	source, target key.Course
	runs           []string             // every run that the archive calls its own
	assets         map[string]string    // name of an asset -> how a link names it
	blocks         map[key.BlockID]bool // of both branches
	names          map[string]bool      // of blocks

	// Patterns of the archive's own keys in a word.
	mention *regexp.Regexp // any of them, in any place
	course  *regexp.Regexp // the key of the course and nothing else
	usage   *regexp.Regexp // a usage key
	asset   *regexp.Regexp // a link to an asset
	page    *regexp.Regexp // a link to a page of the course
}

func newRewriter(view olx.View, course *olx.Course, target key.Course) *rewriter {
	rw := &rewriter{
		source: course.Key, target: target, runs: ownRuns(view, course.Key),
		assets: make(map[string]string), blocks: make(map[key.BlockID]bool), names: make(map[string]bool),
	}
	for _, folder := range []string{"static_import/", "static/"} {
		for _, p := range view.Paths() {
			if rel, ok := strings.CutPrefix(p, folder); ok {
				rw.addAsset(rel)
			}
		}
	}
	for id := range course.Published.Blocks {
		rw.blocks[id], rw.names[id.Name] = true, true
	}
	for id := range course.Draft.Blocks {
		rw.blocks[id], rw.names[id.Name] = true, true
	}
	rw.compile()
	return rw
}

// addAsset notes how a link names an asset: by its path, or where that would need escapes, by its name, which means the same.
func (rw *rewriter) addAsset(rel string) {
	name := key.AssetName(rel)
	link := name
	if strings.ReplaceAll(rel, "/", "_") == name {
		link = rel
	}
	words([]byte(name), func(w word) { rw.assets[w.text] = link })
}

// keyParts are the parts of keys as package key reads them. A full stop or colon at the end of a name belongs to the sentence around the key.
var keyParts = []string{
	"<part>", `[\p{L}\p{N}_.~:-]+`,
	"<block>", `[\p{L}\p{N}_.~:-]*[\p{L}\p{N}_~-]`,
	"<name>", `[\p{L}\p{N}_.~:%-]*[\p{L}\p{N}_~%-]`, // of an asset, or in an old key
	"<revision>", `(?:@[\p{L}\p{N}_.~:%-]+)?`,
	"<start>", `^(?:[\w-]+=)?`, // of a link, perhaps in an attribute without quotes
}

// pattern compiles a pattern in which parts of keys have names in angle brackets; more gives further names and what they stand for.
func pattern(text string, more ...string) *regexp.Regexp {
	return regexp.MustCompile(strings.NewReplacer(slices.Concat(keyParts, more)...).Replace(text))
}

// compile makes the patterns of the archive's own keys.
func (rw *rewriter) compile() {
	org, code, run := regexp.QuoteMeta(rw.source.Org), regexp.QuoteMeta(rw.source.Code), alternatives(rw.runs)
	own := []string{
		"<kinds>", `course|block|asset`, "<block-v1>", `block-v1`,
		"<own>", org + `\+` + code + `\+` + run, "<spans>", `(` + org + `)\+(` + code + `)\+(` + run + `)`,
	}
	if rw.source.Library {
		own = []string{
			"<kinds>", `library|lib-block|asset`, "<block-v1>", `lib-block-v1`,
			"<own>", org + `\+` + code, "<spans>", `(` + org + `)\+(` + code + `)()`,
		}
	}
	old := []string{"<old>", org + `/` + code, "<oldrun>", org + `/` + code + `/` + run}
	compile := func(text string) *regexp.Regexp { return pattern(text, slices.Concat(own, old)...) }

	rw.mention = compile(`\b(?:<kinds>)-v1:<own>(?:\+(?:type|branch|version)@|[^\p{L}\p{N}_.~:+-]|$)|\b[ic]4x(?:://|/)<old>/|/courses/<oldrun>(?:[/?#]|$)`)
	rw.course = compile(`^(?:course|library)-v1:<own>$`)
	rw.usage = compile(`(?:^|[^\p{L}\p{N}_.~:%-])(<block-v1>:<spans>(?:\+branch@<part>)?(?:\+version@<part>)?\+type@(<part>)\+block@(<block>)|i4x://<old>/(<part>)/(<name>)<revision>)`)
	rw.asset = compile(`<start>((?:/assets/courseware/(?:v1/)?[0-9a-f]{32}/|/)?asset-v1:<own>\+type@asset[+/]block[@/](<name>)|(?:/c4x/|/?c4x://)<old>/asset/(<name>)<revision>)`)
	rw.page = compile(`<start>(/courses/(?:course-v1:<own>|<oldrun>))(?:[/?#]|$)`)
}

// alternatives is a pattern of one of several texts.
func alternatives(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = regexp.QuoteMeta(text)
	}
	return `(?:` + strings.Join(quoted, `|`) + `)`
}

// maxRuns is how many runs an archive may call its own. Real ones have one or two.
const maxRuns = 8

// ownRuns lists the runs under which the archive names its course: that of the root file, and those of its list of assets and of its
// drafts' parents. Exports of some years say "course" in the root file while every key inside says the real run: it is the same course.
func ownRuns(view olx.View, source key.Course) []string {
	runs := []string{source.Run}
	if source.Library {
		return runs
	}
	own := pattern(`\b(?:asset|block)-v1:<org>\+<code>\+(<part>)\+type@`, "<org>", regexp.QuoteMeta(source.Org), "<code>", regexp.QuoteMeta(source.Code))
	for _, p := range view.Paths() {
		for _, m := range own.FindAllSubmatch(keysOfOwn(view, p), -1) {
			if run := string(m[1]); !slices.Contains(runs, run) && len(runs) < maxRuns {
				runs = append(runs, run)
			}
		}
	}
	return runs
}

// keysOfOwn gives the text of a file in which the archive names nothing but its own course.
func keysOfOwn(view olx.View, file string) []byte {
	draft := strings.HasPrefix(file, "drafts/") && strings.HasSuffix(file, ".xml")
	if file != assetsFile && !draft {
		return nil
	}
	text, err := view.Read(file)
	if err != nil {
		return nil // the codec reports it
	}
	if draft {
		return bytes.Join(draftParent.FindAll(text, -1), []byte("\n"))
	}
	return text
}

var (
	draftParent = regexp.MustCompile(`\bparent_url\s*=\s*(?:"[^"]*"|'[^']*')`)
	// reference is an attribute whose value is made of usage keys.
	reference = regexp.MustCompile(`\b(?:group_id_to_child|sources|sources_list|show_tag_list|parent_url|parent_sequential_url|required_prereq)\s*=\s*("[^"]*"|'[^']*')`)
	anyUsage  = pattern(`\b(?:lib-)?block-v1:[^+]+\+[^+]+\+[\p{L}\p{N}_.~:@+-]+|\bi4x://[\p{L}\p{N}_.%-]+/[\p{L}\p{N}_.%-]+/<part>/<name><revision>`)
	otherPage = pattern(`<start>/courses/`)
	blockName = pattern(`^<block>`)
)

// rewrite gives the text of a file with its links and references rewritten, how many these were, and what was left.
func (rw *rewriter) rewrite(file string, src []byte) ([]byte, int, []olx.Problem) {
	t := &rewriting{rewriter: rw, file: file, src: src}
	if !keyLike(src) {
		return src, 0, nil
	}
	words(src, t.word)
	if strings.HasSuffix(file, ".xml") {
		t.foreign()
	}
	return applyEdits(src, t.edits), t.links, t.problems
}

// keyLike reports quickly whether a text may hold any key or link that matters.
func keyLike(src []byte) bool {
	for _, s := range []string{"-v1", "i4x", "c4x", "courses"} {
		if bytes.Contains(src, []byte(s)) {
			return true
		}
	}
	return false
}

// rewriting is the rewriting of one file.
type rewriting struct {
	*rewriter
	file     string
	src      []byte
	at       cursor
	edits    []edit
	links    int
	problems []olx.Problem
}

// word rewrites what one word holds.
func (t *rewriting) word(w word) {
	at := t.mention.FindStringIndex(w.text)
	switch {
	case at == nil:
		return
	case strings.Contains(w.text[:at[0]], "//"):
		t.problem(ruleRekeyAbsolute, w.at[0], "the URL %.200q names %s", w.text, t.source)
		return
	case t.file == "tags.csv" && t.course.MatchString(w.text):
		t.replace(w, 0, len(w.text), t.target.String())
		return
	}
	tail, left := t.link(w)
	if left {
		return
	}
	if rest := t.usages(w, tail); t.mention.MatchString(rest) {
		t.problem(ruleRekeyLeft, w.at[0], "%.200q names %s", w.text, t.source)
	}
}

// link rewrites the link that a word begins with, if any, and returns where what follows it begins. left says that the word must stay as
// it is.
func (t *rewriting) link(w word) (tail int, left bool) {
	if m := t.asset.FindStringSubmatchIndex(w.text); m != nil {
		name := w.text[max(m[4], m[6]):max(m[5], m[7])]
		link, ok := t.assets[name]
		if !ok {
			t.problem(ruleRekeyMissingAsset, w.at[m[2]], "the archive has no asset %s", name)
			return 0, true
		}
		t.replace(w, m[2], m[3], "/static/"+link)
		return m[3], false
	}
	if m := t.page.FindStringSubmatchIndex(w.text); m != nil {
		return t.pageLink(w, m[2], m[3])
	}
	if otherPage.MatchString(w.text) {
		t.problem(ruleRekeyLeft, w.at[0], "the link %.200q to another course names %s", w.text, t.source)
		return 0, true
	}
	return 0, false
}

// pageLink rewrites a link to a page of the course; w.text[start:end] is /courses/KEY.
func (t *rewriting) pageLink(w word, start, end int) (tail int, left bool) {
	rest := w.text[end:]
	if to, ok := strings.CutPrefix(rest, "/jump_to/"); ok {
		found := t.findUsages(to)
		if len(found) == 0 || found[0].start > 0 {
			t.problem(ruleRekeyLeft, w.at[start], "%.200q leads to no block of the course", w.text)
			return 0, true
		}
		u := found[0]
		return t.blockLink(w, start, len(w.text)-len(to)+u.end, u.id.Name, t.blocks[u.id])
	}
	if to, ok := strings.CutPrefix(rest, "/jump_to_id/"); ok {
		name := blockName.FindString(to)
		return t.blockLink(w, start, len(w.text)-len(to)+len(name), name, t.names[name])
	}
	page := "/course"
	if !strings.HasPrefix(rest, "/") {
		page = "/course/"
	}
	t.replace(w, start, end, page)
	return end, false
}

func (t *rewriting) blockLink(w word, start, end int, name string, exists bool) (tail int, left bool) {
	if !exists {
		t.problem(ruleRekeyMissingBlock, w.at[start], "%.200q leads to a block that is not in the archive", w.text)
		return 0, true
	}
	t.replace(w, start, end, "/jump_to_id/"+name)
	return end, false
}

// usages rewrites the course's own usage keys from an offset of the word on, and returns the text around them.
func (t *rewriting) usages(w word, from int) (rest string) {
	var around strings.Builder
	text, at := w.text[from:], 0
	for _, u := range t.findUsages(text) {
		t.replaceParts(w, from, u.edits)
		around.WriteString(text[at:u.start] + " ")
		at = u.end
	}
	return around.String() + text[at:]
}

// usageKey is one of the course's own usage keys in a text, and what makes it a key of the target.
type usageKey struct {
	start, end int
	id         key.BlockID
	edits      []edit
}

func (rw *rewriter) findUsages(text string) []usageKey {
	var list []usageKey
	for _, m := range rw.usage.FindAllStringSubmatchIndex(text, -1) {
		u := usageKey{start: m[2], end: m[3]}
		if m[14] >= 0 { // the old form
			u.id = rw.blockID(text[m[14]:m[15]], text[m[16]:m[17]])
			u.edits = []edit{{u.start, u.end, rw.target.Block(u.id).String()}}
		} else {
			// Part by part, so that %2B and %40 between the parts stay what they are.
			u.id = rw.blockID(text[m[10]:m[11]], text[m[12]:m[13]])
			u.edits = []edit{{m[4], m[5], rw.target.Org}, {m[6], m[7], rw.target.Code}, {m[12], m[13], u.id.Name}}
			if !rw.target.Library {
				u.edits = append(u.edits, edit{m[8], m[9], rw.target.Run})
			}
		}
		list = append(list, u)
	}
	return list
}

// blockID is the id of a block of the course. The root has one name in keys, whatever old keys call it.
func (rw *rewriter) blockID(blockType, name string) key.BlockID {
	if root := rw.target.Root(); blockType == root.Type {
		return root
	}
	return key.BlockID{Type: blockType, Name: name}
}

// replace puts text in the place of w.text[start:end]: one link or reference.
func (t *rewriting) replace(w word, start, end int, text string) {
	t.replaceParts(w, 0, []edit{{start, end, text}})
}

// replaceParts puts texts in the place of several parts of one link; offsets are those of w.text[from:].
func (t *rewriting) replaceParts(w word, from int, parts []edit) {
	changed := false
	for _, e := range parts {
		if w.text[from+e.start:from+e.end] != e.text {
			t.edits = append(t.edits, edit{w.at[from+e.start], w.at[from+e.end], e.text})
			changed = true
		}
	}
	if changed {
		t.links++
	}
}

// foreign reports references to blocks of courses that are neither the source nor the target.
func (t *rewriting) foreign() {
	for _, m := range reference.FindAllSubmatchIndex(t.src, -1) {
		words(t.src[m[2]:m[3]], func(w word) {
			for _, at := range anyUsage.FindAllStringIndex(w.text, -1) {
				text := w.text[at[0]:at[1]]
				usage, _, err := key.ParseBlockAt(text)
				if err == nil && usage.Course != t.target && !t.usage.MatchString(text) {
					t.problem(ruleRekeyForeign, m[2]+w.at[at[0]], "the reference %s names a block of another course", text)
				}
			}
		})
	}
}

func (t *rewriting) problem(rule olx.Rule, offset int, format string, args ...any) {
	p := rekeyProblem(rule, t.file, fmt.Sprintf(format, args...))
	p.Line, p.Column = t.at.move(t.src, offset)
	t.problems = append(t.problems, p)
}

// cursor is a place in a text. It moves on from where it was, so that many problems of a long line cost no more than reading it.
type cursor struct{ offset, line, column int }

func (c *cursor) move(src []byte, offset int) (line, column int) {
	if offset < c.offset || c.line == 0 {
		*c = cursor{line: 1, column: 1}
	}
	gap := src[c.offset:offset]
	if n := bytes.Count(gap, []byte("\n")); n > 0 {
		gap = gap[bytes.LastIndexByte(gap, '\n')+1:]
		c.line, c.column = c.line+n, 1
	}
	c.offset, c.column = offset, c.column+utf8.RuneCount(gap)
	return c.line, c.column
}
