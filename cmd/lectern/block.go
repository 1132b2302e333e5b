package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// shownBlock is the --json form of one block.
type shownBlock struct {
	Course   string `json:"course"`
	Version  uint64 `json:"version"`
	Branch   string `json:"branch"`
	UsageKey string `json:"usage_key"`
	ID       string `json:"id"`
	Title    string `json:"title"`
	Hash     string `json:"hash"` // of what the block itself says; lectern edit takes it with --if-match
	// SourceName is the name in the archive where a key cannot hold it.
	SourceName string    `json:"source_name,omitempty"`
	Broken     string    `json:"broken,omitempty"` // the rule that says why the block was not understood
	Files      []string  `json:"files"`            // of the archive, that define the block
	Path       []string  `json:"path"`             // from the root down to the block
	Parents    []string  `json:"parents"`
	Children   []string  `json:"children"`
	Settings   []setting `json:"settings"`
	Content    []piece   `json:"content"`
	version    string    // as people name it
}

// setting is one value and where it comes from: an attribute (its text) or the policy (its JSON).
type setting struct {
	Name       string `json:"name"`
	Value      string `json:"value"`
	From       string `json:"from"`
	Overridden bool   `json:"overridden,omitempty"` // the policy has another value, which holds
}

// piece is a part of what a block holds besides its settings: its markup, a whole file, or a definition that was not understood.
type piece struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	Source string `json:"source,omitempty"` // with --source
}

func (a *app) showBlock(ctx context.Context, store *modulestore.Store, s *modulestore.Snapshot, id key.BlockID, source bool) error {
	b, err := blockIn(ctx, store, s, id)
	if err != nil {
		return err
	}
	if !a.json {
		return a.printBlock(b, source)
	}
	if !source {
		b.dropSources()
	}
	return a.printJSON(b)
}

// showOLX prints a block's element, and nothing else, so that it can be edited and handed back.
func (a *app) showOLX(ctx context.Context, store *modulestore.Store, s *modulestore.Snapshot, id key.BlockID) error {
	if _, ok := s.Block(id); !ok {
		return absent(ctx, store, s, id)
	}
	bodies, err := s.Bodies(ctx, nil)
	if err != nil {
		return err
	}
	byName := make(map[modulestore.ID]*modulestore.Body, len(bodies))
	for block, body := range bodies {
		byName[s.Tree().Blocks[block].Body] = body
	}
	text, err := olx.EncodeBlock(s.Tree(), id, func(name modulestore.ID) (*modulestore.Body, error) { return byName[name], nil })
	if err != nil {
		return err
	}
	_, err = a.out.Write(text)
	return err
}

// absent is the error for a block that a branch does not have. An author who has just made it is told where it is.
func absent(ctx context.Context, store *modulestore.Store, s *modulestore.Snapshot, id key.BlockID) error {
	if s.Branch() == modulestore.Published {
		if draft, err := store.Snapshot(ctx, s.Version(), modulestore.Draft); err == nil {
			if _, ok := draft.Block(id); ok {
				return modulestore.NotFound("%s has %s in its draft alone; look there with --branch draft", s.Version(), id)
			}
		}
	}
	return modulestore.NotFound("the %s branch of %s has no block %s", s.Branch(), s.Version(), id)
}

func blockIn(ctx context.Context, store *modulestore.Store, s *modulestore.Snapshot, id key.BlockID) (*shownBlock, error) {
	v := s.Version()
	block, ok := s.Block(id)
	if !ok {
		return nil, absent(ctx, store, s, id)
	}
	body, err := s.Body(ctx, id)
	if err != nil {
		return nil, err
	}
	files, err := store.Files(ctx, v)
	if err != nil {
		return nil, err
	}
	shown := &shownBlock{
		Course: v.Course.String(), Version: v.Seq, Branch: string(s.Branch()),
		UsageKey: v.Course.Block(id).String(), ID: id.String(), Title: titleOf(block, body), Hash: modulestore.BlockHash(block, body).String(),
		version:    strings.TrimPrefix(v.Name(), "version "),
		SourceName: block.SourceName, Broken: block.Broken,
		Settings: settingsOf(block, body), Content: contentOf(body),
		Path: names(s.Path(id)), Parents: names(s.Parents(id)), Files: filesOf(files, id),
	}
	children := make([]key.BlockID, len(block.Children))
	for i, c := range block.Children {
		children[i] = c.ID
	}
	shown.Children = names(children)
	return shown, nil
}

func names(ids []key.BlockID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}

func settingsOf(b *modulestore.Block, body *modulestore.Body) []setting {
	if body == nil {
		body = &modulestore.Body{}
	}
	list := []setting{}
	for _, at := range modulestore.JoinLong(b.Attrs, body.Attrs) {
		_, inPolicy := b.PolicyEntry(at.Name, body)
		list = append(list, setting{Name: at.Name, Value: at.Value, From: "attribute", Overridden: inPolicy && policyHolds(b)})
	}
	for _, at := range modulestore.JoinLong(b.Policy, body.Policy) {
		list = append(list, setting{Name: at.Name, Value: at.Value, From: "policy"})
	}
	return list
}

// policyHolds reports whether policy.json applies to blocks of b's type.
func policyHolds(b *modulestore.Block) bool {
	return !field.PureXBlock(b.ID.Type) || b.ID.Type == "discussion"
}

func contentOf(body *modulestore.Body) []piece {
	list := []piece{}
	if body == nil {
		return list
	}
	add := func(name, source string) {
		if source != "" {
			list = append(list, piece{Name: name, Bytes: len(source), Source: source})
		}
	}
	add("markup", body.Markup)
	for _, text := range body.Texts {
		add(text.Name, text.Value)
	}
	add("not understood", string(body.Raw))
	return list
}

// filesOf lists the files of the archive that define the block, each once.
func filesOf(files *modulestore.Files, id key.BlockID) []string {
	list := []string{}
	for _, f := range files.Entries {
		if slices.ContainsFunc(f.Parts, func(p modulestore.Part) bool { return p.Block == id }) {
			list = append(list, f.Path)
		}
	}
	return list
}

func (b *shownBlock) dropSources() {
	for i := range b.Content {
		b.Content[i].Source = ""
	}
}

func (a *app) printBlock(b *shownBlock, source bool) error {
	a.printf("%s  %s\n", b.UsageKey, b.Title)
	rows := [][]string{{"version", fmt.Sprintf("%s, branch %s", b.version, b.Branch)}}
	for _, row := range [][]string{
		{"broken", b.Broken},
		{"name in archive", b.SourceName},
		{"files", strings.Join(b.Files, ", ")},
		{"path", strings.Join(b.Path, " > ")},
		{"parents", strings.Join(b.Parents, ", ")},
		{"children", strings.Join(b.Children, ", ")},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	for _, s := range b.Settings {
		value := s.Value
		if !source {
			value = shortened(value)
		}
		if s.Overridden {
			value += "  (overridden)"
		}
		rows = append(rows, []string{s.From, s.Name + " = " + value})
	}
	for _, c := range b.Content {
		rows = append(rows, []string{"content", c.Name + ", " + byteText(int64(c.Bytes))})
	}
	if err := a.table(rows); err != nil {
		return err
	}
	if source {
		a.printSources(b.Content)
	}
	return nil
}

// printSources prints what a block holds, as it is but for characters that a terminal might obey.
func (a *app) printSources(list []piece) {
	for _, c := range list {
		fmt.Fprintf(a.out, "\n-- %s --\n%s", safe(c.Name), safeLines(c.Source))
		if !strings.HasSuffix(c.Source, "\n") {
			a.printf("\n")
		}
	}
}

// shortened cuts a long value; --source and --json give all of it.
func shortened(value string) string {
	const most = 80
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return value
}
