package olx

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// View is a course folder as the codec sees it: paths below the folder that holds the root file, and their bytes.
type View interface {
	// Paths lists all files, sorted bytewise.
	Paths() []string
	// Read returns the bytes of a file that Paths lists. It fails only for a file that is too large to be OLX.
	Read(path string) ([]byte, error)
}

// Course is a course or library as values: what Decode reads and Encode writes.
type Course struct {
	// Key is the key that the root file gives.
	Key   key.Course
	Title string
	// Published is the tree of the archive, Draft the same with its drafts in place; the same tree if there are none.
	Published, Draft *modulestore.Tree
	// Bodies are the bodies of all blocks of both trees, each once.
	Bodies map[modulestore.ID]*modulestore.Body
	// Parts says for each file that defines blocks which parts of which.
	Parts map[string][]modulestore.Part
	// DraftRoots are the blocks that stand at the top of a draft, in the order of the archive.
	DraftRoots []key.BlockID
	Problems   []Problem
}

// Decode reads a course folder. It never fails for the sake of one block: what it does not understand becomes a broken
// block and a problem. The error is a *FatalError: no usable root, a breached limit, or an entity declaration.
func Decode(view View) (*Course, error) {
	d := newDecoder(view)
	if err := d.course(); err != nil {
		return nil, err
	}
	for file, parts := range d.fileParts {
		for _, p := range parts {
			d.out.Parts[file] = append(d.out.Parts[file], *p)
		}
	}
	SortProblems(d.out.Problems)
	return d.out, nil
}

func newDecoder(view View) *decoder {
	d := &decoder{
		view:      view,
		has:       make(map[string]bool),
		docs:      make(map[string]parsed),
		fileParts: make(map[string][]*modulestore.Part),
		out: &Course{
			Bodies: make(map[modulestore.ID]*modulestore.Body),
			Parts:  make(map[string][]modulestore.Part),
		},
	}
	for _, p := range view.Paths() {
		d.has[p] = true
	}
	return d
}

// decoder holds what is common to the published tree and the drafts.
type decoder struct {
	view      View
	has       map[string]bool
	docs      map[string]parsed
	policy    policy
	fileParts map[string][]*modulestore.Part // becomes Course.Parts
	out       *Course
	stopped   *FatalError
}

type parsed struct {
	doc   *document
	fault *fault
	raw   []byte
}

func (d *decoder) problem(p Problem) { d.out.Problems = append(d.out.Problems, p) }

// report reports a problem of a block.
func (d *decoder) report(id key.BlockID, p Problem) {
	if !id.IsZero() {
		p.Block = id.String()
	}
	d.problem(p)
}

// fileProblem reports a problem of a file as a whole.
func (d *decoder) fileProblem(rule Rule, file, format string, args ...any) {
	d.problem(Problem{Severity: rule.Severity, Rule: rule.ID, File: file, Line: 1, Column: 1, Message: fmt.Sprintf(format, args...), Fix: rule.Fix})
}

// parse reads and parses a file once. A fatal fault stops the whole decoding.
func (d *decoder) parse(file string) parsed {
	if p, ok := d.docs[file]; ok {
		return p
	}
	p := d.parseFile(file)
	if p.fault != nil && p.fault.fatal && d.stopped == nil {
		d.stopped = &FatalError{p.fault.Problem}
	}
	d.docs[file] = p
	return p
}

// reportNotes reports once what was odd about a file that could be read all the same; id is the block that it defines, if any.
func (d *decoder) reportNotes(id key.BlockID, doc *document) {
	for _, note := range doc.problems {
		d.report(id, note)
	}
	doc.problems = nil
}

func (d *decoder) parseFile(file string) parsed {
	raw, err := d.view.Read(file)
	if err != nil {
		doc := &document{path: file}
		return parsed{fault: doc.fatalf(ruleXMLSize, 0, "the file cannot be read: %v", err)}
	}
	doc, f := parseXML(file, raw)
	return parsed{doc: doc, fault: f, raw: raw}
}

// course reads the whole folder: root, published tree, detached blocks, drafts.
func (d *decoder) course() error {
	rootFile := courseFile
	if !d.has[courseFile] && d.has[libraryFile] {
		rootFile = libraryFile
	}
	p := d.parse(rootFile)
	if p.fault != nil {
		if d.stopped != nil {
			return d.stopped
		}
		return &FatalError{p.fault.Problem}
	}
	d.reportNotes(key.BlockID{}, p.doc)
	root := p.doc.root
	if want := strings.TrimSuffix(rootFile, ".xml"); root.name != want {
		at := p.doc.problem(ruleRootUnreadable, root.start, fmt.Sprintf("the root element of %s is <%s>, not <%s>", rootFile, root.name, want))
		return &FatalError{at}
	}
	run, err := d.rootKey(p.doc)
	if err != nil {
		return err
	}
	d.readPolicies(run)
	published := newBranch(d, "")
	if err := published.root(p.doc, run); err != nil {
		return err
	}
	published.detached(run)
	d.out.Published = published.tree()
	if err := d.drafts(published); err != nil {
		return err
	}
	d.unusedPolicies()
	d.out.Title = d.title()
	return nil
}

// rootKey takes the key from the root element, with upstream's replacements for what is missing.
func (d *decoder) rootKey(doc *document) (run string, err error) {
	root := doc.root
	org, code, given := keyOf(root.name, root.attr)
	if !given {
		d.problem(doc.problem(ruleNoOrg, root.start, fmt.Sprintf("<%s> leaves out org or %s; %s and %s are used", root.name, root.name, org, code)))
	}
	run, how := blockName(root)
	if root.name == "library" {
		d.out.Key, err = key.NewLibrary(org, code)
		run = d.out.Key.Run
	} else {
		if how == unnamed {
			return "", &FatalError{doc.problem(ruleNoRun, root.start, "<course> has no url_name, so the course has no run")}
		}
		d.out.Key, err = key.NewCourse(org, code, run)
	}
	if err != nil {
		return "", &FatalError{doc.problem(ruleBadKey, root.start, err.Error())}
	}
	return run, nil
}

// keyOf finds org and code among the attributes of a root element; given is false if it leaves one of them out.
func keyOf(tag string, attr func(name string) (value string, ok bool)) (org, code string, given bool) {
	org, hasOrg := attr("org")
	code, hasCode := attr(tag)
	if !hasOrg {
		org = "edx"
	}
	if !hasCode {
		code = tag
	}
	return org, code, hasOrg && hasCode
}

// title is the course's display_name, from its policy if that has one.
func (d *decoder) title() string {
	root := d.out.Published.Blocks[d.out.Published.Root]
	body := d.out.Bodies[root.Body]
	def, ok := field.Lookup(root.ID.Type, "display_name")
	if !ok {
		return ""
	}
	if text, ok := root.PolicyEntry("display_name", body); ok {
		if v, fault := def.FromPolicy(text); fault == nil {
			return v.Str()
		}
	}
	text, ok := root.Attr("display_name", body)
	if !ok {
		return ""
	}
	if field.PureXBlock(root.ID.Type) {
		return text
	}
	v, _ := def.FromAttribute(text)
	return v.Str()
}

// namedBy says which attribute gave a block its name.
type namedBy int

const (
	unnamed namedBy = iota
	byURLName
	bySlug
	byTitle // name or display_name, cleaned
)

// blockName finds a block's name as Open edX does.
func blockName(e *element) (string, namedBy) { return nameOf(e.attr) }

// nameOf finds a block's name among its attributes.
func nameOf(attr func(name string) (value string, ok bool)) (string, namedBy) {
	if v, _ := attr("url_name"); v != "" {
		return v, byURLName
	}
	if v, _ := attr("slug"); v != "" {
		return v, bySlug
	}
	for _, a := range []string{"name", "display_name"} {
		if v, _ := attr(a); v != "" {
			return key.CleanName(v), byTitle
		}
	}
	return "", unnamed
}

// isPointer reports whether the element only points at a definition: a name and nothing else. For a course, org and
// course belong to the pointer.
func (d *document) isPointer(e *element) bool {
	if !d.empty(e) {
		return false
	}
	if e.name == "course" {
		return len(e.attrs) == 3 && e.has("url_name") && e.has("org") && e.has("course")
	}
	return len(e.attrs) == 1 && (e.has("url_name") || e.has("slug"))
}

// branch builds one tree: the published one (prefix "") or the drafts over it (prefix "drafts/").
type branch struct {
	*decoder
	prefix string
	blocks map[key.BlockID]*modulestore.Block
	// own are the blocks that this branch's files define, placed those of its blocks that some parent lists already.
	own, placed map[key.BlockID]origin
	borrowed    map[key.BlockID]bool   // blocks of the published tree that a draft points at
	files       map[string]key.BlockID // definition files that have been read
	open        map[key.BlockID]bool   // being defined: a pointer at one of them closes a circle
	current     key.BlockID            // the innermost of them
	// existing is the course that the block of a fragment belongs to.
	existing *modulestore.Tree

	rootID       key.BlockID
	pointer      []modulestore.Attr
	around       []modulestore.Loose // markup around the pointer in the root file
	detachedList []key.BlockID
}

func newBranch(d *decoder, prefix string) *branch {
	return &branch{
		decoder: d, prefix: prefix,
		blocks:   make(map[key.BlockID]*modulestore.Block),
		own:      make(map[key.BlockID]origin),
		placed:   make(map[key.BlockID]origin),
		borrowed: make(map[key.BlockID]bool),
		files:    make(map[string]key.BlockID),
		open:     make(map[key.BlockID]bool),
	}
}

// owns reports whether a file of this branch defines the block.
func (b *branch) owns(id key.BlockID) bool {
	_, ok := b.own[id]
	return ok
}

// problem reports a problem of the block that is being read.
func (b *branch) problem(p Problem) { b.report(b.current, p) }

func (b *branch) tree() *modulestore.Tree {
	slices.SortFunc(b.detachedList, compareIDs)
	t := &modulestore.Tree{Root: b.rootID, Pointer: b.pointer, Blocks: b.blocks, Detached: b.detachedList}
	reached := make(map[key.BlockID]*modulestore.Block, len(b.blocks))
	t.Walk(func(block *modulestore.Block, _ key.BlockID) bool {
		reached[block.ID] = block
		return true
	})
	t.Blocks = reached
	return t
}

func compareIDs(a, b key.BlockID) int {
	if c := strings.Compare(a.Type, b.Type); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

// root reads the root element: a pointer at course/RUN.xml, or the whole definition.
func (b *branch) root(doc *document, run string) error {
	e := doc.root
	b.rootID = b.out.Key.Root()
	file := definitionPath("course", run)
	if e.name == "library" || !doc.isPointer(e) && (!doc.empty(e) || !b.has[file]) {
		b.define(doc, e, definition{id: b.rootID, name: run, inline: true})
		return b.stop()
	}
	if !doc.isPointer(e) {
		b.report(b.rootID, doc.problem(rulePointerAttrs, e.start, fmt.Sprintf("the attributes in course.xml are not exactly url_name, org and course, so Open edX would not read %s", file)))
	}
	b.pointer = attrs(e)
	if !b.has[file] {
		return &FatalError{doc.problem(ruleMissingFile, e.start, fmt.Sprintf("course.xml points at %s, which is not in the archive", file))}
	}
	p := b.parse(file)
	if p.fault != nil {
		return &FatalError{p.fault.Problem}
	}
	if p.doc.root.name != "course" {
		return &FatalError{p.doc.problem(ruleTagMismatch, p.doc.root.start, fmt.Sprintf("%s holds <%s>, not <course>", file, p.doc.root.name))}
	}
	b.reportNotes(b.rootID, p.doc)
	b.around = append(outside(doc, doc.before, modulestore.BeforePointer), outside(doc, doc.after, modulestore.AfterPointer)...)
	b.files[file] = b.rootID
	b.define(p.doc, p.doc.root, definition{id: b.rootID, name: run})
	return b.stop()
}

func (d *decoder) stop() error {
	if d.stopped != nil {
		return d.stopped
	}
	return nil
}

// readText reads a file that belongs to a block as text, without a byte order mark. ok is false when it is not UTF-8: the
// file then stays in the record of files as it is, and the block does without.
func (d *decoder) readText(id key.BlockID, file string) (text string, ok bool) {
	data, err := d.view.Read(file)
	if err != nil {
		d.fileProblem(ruleTooLarge, file, "the file cannot be read: %v", err)
		return "", false
	}
	data = bytes.TrimPrefix(data, bomUTF8)
	if at := invalidUTF8(data); at < len(data) {
		d.textProblem(id, ruleHTMLEncoding, file, newLines(data), at, fmt.Sprintf("byte %d (0x%02x) is not UTF-8", at, data[at]))
		return "", false
	}
	return string(data), true
}

// textProblem reports a problem at a place in a file that is not XML; id is the block that it belongs to, if any.
func (d *decoder) textProblem(id key.BlockID, rule Rule, file string, l *lines, at int, message string) {
	line, column := l.at(at)
	d.report(id, Problem{Severity: rule.Severity, Rule: rule.ID, File: file, Line: line, Column: column, Message: message, Fix: rule.Fix})
}

// addBody stores a body and returns its name.
func (d *decoder) addBody(body *modulestore.Body) modulestore.ID {
	if body.IsZero() {
		return modulestore.ID{}
	}
	id := body.Object().ID
	d.out.Bodies[id] = body
	return id
}

// addText gives a block the text of a file.
func (d *decoder) addText(file, name, text string, block *modulestore.Block, body *modulestore.Body) {
	body.Texts = append(body.Texts, modulestore.Attr{Name: name, Value: text})
	part := d.addPart(file, block.ID, modulestore.Facet(name))
	part.Hash, _ = modulestore.FacetHash(part.Facet, block, body)
}

// addPart records that file holds a facet of a block. The caller sets the hash when it is known.
func (d *decoder) addPart(file string, block key.BlockID, facet modulestore.Facet) *modulestore.Part {
	part := &modulestore.Part{Block: block, Facet: facet}
	d.fileParts[file] = append(d.fileParts[file], part)
	return part
}

func attrs(e *element) []modulestore.Attr {
	if len(e.attrs) == 0 {
		return nil
	}
	list := make([]modulestore.Attr, len(e.attrs))
	for i, a := range e.attrs {
		list[i] = modulestore.Attr{Name: a.name, Value: a.value}
	}
	return list
}
