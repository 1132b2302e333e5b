package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// authors is the number of people who edit the course at the same time.
const authors = 8

// writersCourse has few blocks, so that authors meet often.
var writersCourse = course("Org", "Writers", "run")

// writtenUnit is where authors add blocks.
var writtenUnit = idOfBlock("vertical", "unit")

// PrepareWriters makes the course that authors edit: one unit with 24 problems.
func PrepareWriters(ctx context.Context, s *modulestore.Store) error {
	_, _, err := s.Update(ctx, writersCourse, func(e *modulestore.Edit) error {
		e.Describe("", "edit", "the course")
		if err := e.Put(draft, block(rootID, "The course", writtenUnit), nil); err != nil {
			return err
		}
		unit := block(writtenUnit, "The unit")
		for i := range 24 {
			problem := block(idOfBlock("problem", fmt.Sprint("given-", i)), "as given")
			unit.Children = append(unit.Children, modulestore.Child{ID: problem.ID})
			if err := e.Put(draft, problem, &modulestore.Body{Markup: "as given"}); err != nil {
				return err
			}
		}
		return e.Put(draft, unit, nil)
	})
	return err
}

// Event is something that an author did or was told, one line of JSON of the record of an author.
type Event struct {
	Edit string // names the edit; the message of its version
	// What is "try" before an edit is handed to the store, and then "done", "conflict", or "done before" if another author had removed the same.
	What    string
	Base    uint64 // the version that the author saw
	Version uint64 `json:",omitempty"` // that the edit made
	Write   Write
	// Conflicts are the blocks of the conflict that was reported.
	Conflicts []string `json:",omitempty"`
}

// Write is one change. Field is "name", "markup", "added" or "removed".
type Write struct {
	Block key.BlockID
	Field string
	Value string
}

// Author edits the course until ctx ends, each time from a version that may be old by then, and writes one line for each Event to record. It
// returns an error if the store fails otherwise than by a conflict. name must be of one process alone. Between two edits the author thinks for up
// to twice that long.
func Author(ctx context.Context, s *modulestore.Store, name string, record io.Writer, think time.Duration) error {
	// An edit that has begun is finished, so that its author knows what came of it.
	a := &writer{ctx: context.WithoutCancel(ctx), store: s, name: name, record: json.NewEncoder(record), think: think}
	for ctx.Err() == nil {
		if err := a.session(ctx.Done()); err != nil {
			return err
		}
	}
	return nil
}

type writer struct {
	ctx    context.Context
	store  *modulestore.Store
	name   string
	record *json.Encoder
	think  time.Duration
	edits  int
}

// session is what an author does with the course as it stands: some edits without looking again, until it is time to stop.
func (a *writer) session(stop <-chan struct{}) error {
	seen, err := a.store.Head(a.ctx, writersCourse)
	if err != nil {
		return err
	}
	snapshot, err := a.store.Snapshot(a.ctx, seen, draft)
	if err != nil {
		return err
	}
	for range 1 + rand.IntN(3) {
		select {
		case <-stop:
			return nil
		case <-time.After(rand.N(2*a.think + 1)):
		}
		if err := a.edit(seen, a.choose(snapshot.Tree())); err != nil {
			return err
		}
	}
	return nil
}

func (a *writer) choose(seen *modulestore.Tree) Write {
	a.edits++
	value := fmt.Sprintf("%s-%d", a.name, a.edits)
	children := seen.Blocks[writtenUnit].Children
	some := children[rand.IntN(len(children))].ID
	switch n := rand.IntN(10); {
	case n < 4:
		return Write{some, "name", value}
	case n < 7:
		return Write{some, "markup", value}
	case n < 9 || len(children) < 12:
		return Write{idOfBlock("problem", value), "added", value}
	}
	return Write{some, "removed", ""}
}

func (a *writer) edit(seen modulestore.Version, w Write) error {
	event := Event{Edit: fmt.Sprintf("%s-%d", a.name, a.edits), What: "try", Base: seen.Seq, Write: w}
	a.edits++
	if err := a.record.Encode(event); err != nil {
		return err
	}
	made, err := a.store.UpdateFrom(a.ctx, seen, func(e *modulestore.Edit) error {
		e.Describe(a.name, "edit", event.Edit)
		e.About(w.Block)
		return w.apply(a.ctx, e)
	})
	var conflict *modulestore.ConflictError
	switch {
	case errors.As(err, &conflict):
		event.What = "conflict"
		for _, c := range conflict.Conflicts {
			event.Conflicts = append(event.Conflicts, c.Block.String())
		}
	case err != nil:
		return err
	case !made.Changed && w.Field == "removed":
		event.What = "done before" // by another author
	default:
		event.What, event.Version = "done", made.Version.Seq
	}
	return a.record.Encode(event)
}

func (w Write) apply(ctx context.Context, e *modulestore.Edit) error {
	unit := *e.Tree(draft).Blocks[writtenUnit]
	switch w.Field {
	case "name":
		return rename(ctx, e, w.Block, w.Value)
	case "markup":
		return e.Put(draft, *e.Tree(draft).Blocks[w.Block], &modulestore.Body{Markup: w.Value})
	case "removed":
		return e.Remove(draft, writtenUnit, w.Block)
	}
	at := rand.IntN(len(unit.Children) + 1)
	unit.Children = slices.Insert(slices.Clone(unit.Children), at, modulestore.Child{ID: w.Block})
	return errors.Join(e.Put(draft, unit, nil), e.Put(draft, block(w.Block, w.Value), &modulestore.Body{Markup: w.Value}))
}

// RunWriters lets eight authors, each with a Store and a connection of its own, edit one course for that time, and checks with CheckWriters
// what has come of it. open opens the same storage each time.
func RunWriters(t *testing.T, open func() modulestore.Backend, duration, think time.Duration) {
	first := modulestore.New(open())
	if err := PrepareWriters(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), duration)
	defer stop()
	var working sync.WaitGroup
	records := make([]*io.PipeReader, authors)
	for i := range authors {
		r, w := io.Pipe()
		records[i] = r
		working.Go(func() {
			s := modulestore.New(open())
			err := Author(ctx, s, fmt.Sprint("author", i), w, think)
			_ = w.CloseWithError(errors.Join(err, s.Close()))
		})
	}
	events, err := collect(records)
	working.Wait()
	if err != nil {
		t.Fatal(err)
	}
	CheckWriters(t, first, events)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
}

// RunKilledWriters is RunWriters with each author in a process that is killed at random moments and started again. process makes the command
// of a process that calls Author under that name on the storage of s, with its standard output as the record.
func RunKilledWriters(t *testing.T, s *modulestore.Store, process func(name string) *exec.Cmd, duration, think time.Duration) {
	if err := PrepareWriters(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	lives := &lives{t: t, process: process, end: time.Now().Add(duration), length: 2*time.Second + 4*think}
	var working sync.WaitGroup
	for i := range authors {
		working.Go(func() {
			for n := 0; time.Now().Before(lives.end); n++ {
				lives.live(fmt.Sprintf("author%d-%d", i, n))
			}
		})
	}
	working.Wait()
	t.Logf("%d processes were killed", lives.killed)
	CheckWriters(t, s, lives.events)
}

// lives are the processes of authors, one after the other for each.
type lives struct {
	t       *testing.T
	process func(name string) *exec.Cmd
	end     time.Time
	length  time.Duration // of a life, at most and about

	mu     sync.Mutex
	events []Event
	killed int
}

// live runs a process until it is killed, at the end at the latest, and keeps what it has written down by then.
func (l *lives) live(name string) {
	cmd := l.process(name)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	record, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		l.t.Error(err)
		return
	}
	kill := time.AfterFunc(min(200*time.Millisecond+rand.N(l.length), time.Until(l.end)), func() { _ = cmd.Process.Kill() })
	events, readErr := ReadEvents(record)
	err = cmd.Wait()
	byItself := kill.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, events...)
	l.killed++
	if byItself || readErr != nil {
		l.t.Errorf("%s ended by itself: %v, %v: %s", name, err, readErr, complaint.String())
	}
}

// collect reads all records side by side.
func collect(records []*io.PipeReader) (events []Event, err error) {
	var mu sync.Mutex
	var reading sync.WaitGroup
	for _, r := range records {
		reading.Go(func() {
			some, readErr := ReadEvents(r)
			_ = r.Close()
			mu.Lock()
			defer mu.Unlock()
			events, err = append(events, some...), errors.Join(err, readErr)
		})
	}
	reading.Wait()
	return events, err
}

// ReadEvents reads the record of an author. A line that was cut off by the author's end does not count.
func ReadEvents(r io.Reader) (events []Event, err error) {
	lines := json.NewDecoder(r)
	for {
		var e Event
		err := lines.Decode(&e)
		switch {
		case err == nil:
			events = append(events, e)
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return events, nil
		default:
			return events, err
		}
	}
}

// CheckWriters checks what authors were told against the history and the head: every edit that was acknowledged is a version and is in the
// final tree unless a later author, who had seen it, changed the same again; every edit that met another one was reported as a
// conflict; the history has no gap; and the store is sound.
func CheckWriters(t *testing.T, s *modulestore.Store, events []Event) {
	t.Helper()
	c := &writersCheck{t: t, tried: make(map[string]Event), acknowledged: make(map[string]uint64), versions: make(map[string]uint64), last: make(map[Write]uint64)}
	for _, e := range events {
		c.note(e)
	}
	log, err := s.Log(t.Context(), writersCourse, 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(log)
	model := make(map[key.BlockID]map[string]string)
	for i, v := range log {
		if v.Seq != uint64(i+1) {
			t.Fatalf("version %d is number %d of the log", v.Seq, i+1)
		}
		if i > 0 {
			c.version(v, model)
		}
	}
	for name, version := range c.acknowledged {
		if c.versions[name] != version {
			t.Errorf("%s was told version %d, and the log has it as version %d", name, version, c.versions[name])
		}
	}
	c.head(s, log[len(log)-1], model)
	report, err := s.Verify(t.Context(), nil)
	if err != nil || len(report.Faults) > 0 {
		t.Errorf("Verify finds %v, %v", report, err)
	}
	t.Logf("%d edits tried, %d acknowledged, %d conflicts reported, %d versions", len(c.tried), len(c.acknowledged), c.conflicts, len(log))
	if len(c.acknowledged) == 0 || c.conflicts == 0 && len(c.acknowledged) > 200 { // with few edits chance decides whether authors meet
		t.Error("without acknowledged edits and without conflicts this proves nothing")
	}
}

type writersCheck struct {
	t            *testing.T
	tried        map[string]Event
	acknowledged map[string]uint64
	versions     map[string]uint64 // by edit
	conflicts    int
	last         map[Write]uint64 // the version that wrote a field last; Value is empty
}

func (c *writersCheck) note(e Event) {
	switch e.What {
	case "try":
		c.tried[e.Edit] = e
	case "done":
		c.acknowledged[e.Edit] = e.Version
	case "conflict":
		c.conflicts++
		if !slices.Contains(e.Conflicts, e.Write.Block.String()) && !slices.Contains(e.Conflicts, writtenUnit.String()) {
			c.t.Errorf("%s changed %s and was told of a conflict in %v", e.Edit, e.Write.Block, e.Conflicts)
		}
	}
}

// version checks one version and applies it to the model of the course: the fields that were written.
func (c *writersCheck) version(v modulestore.Version, model map[key.BlockID]map[string]string) {
	e, ok := c.tried[v.Message]
	if !ok {
		c.t.Errorf("%s is by nobody: %q", v, v.Message)
		return
	}
	if c.versions[e.Edit] != 0 {
		c.t.Errorf("%s is stored twice, as version %d and %d", e.Edit, c.versions[e.Edit], v.Seq)
	}
	c.versions[e.Edit] = v.Seq
	w := e.Write
	if model[w.Block] == nil {
		model[w.Block] = make(map[string]string)
	}
	fields := []string{w.Field}
	if w.Field == "removed" {
		fields = []string{"name", "markup", "removed"}
	}
	for _, f := range append(fields, "removed") {
		if last := c.last[Write{Block: w.Block, Field: f}]; last > e.Base {
			c.t.Errorf("%s saw version %d and changed %s of %s, which version %d had changed: nobody was told", v, e.Base, w.Field, w.Block, last)
		}
	}
	for _, f := range fields {
		c.last[Write{Block: w.Block, Field: f}] = v.Seq
	}
	model[w.Block][w.Field] = w.Value
	if w.Field == "added" {
		model[w.Block]["name"], model[w.Block]["markup"] = w.Value, w.Value
	}
}

// head compares the final tree with the model.
func (c *writersCheck) head(s *modulestore.Store, v modulestore.Version, model map[key.BlockID]map[string]string) {
	snapshot, err := s.Snapshot(c.t.Context(), v, draft)
	if err != nil {
		c.t.Fatal(err)
	}
	for id, fields := range model {
		b, there := snapshot.Block(id)
		if _, removed := fields["removed"]; removed == there {
			c.t.Errorf("%s: removed %v, there %v", id, removed, there)
		}
		if !there {
			continue
		}
		body, err := snapshot.Body(c.t.Context(), id)
		if err != nil {
			c.t.Fatal(err)
		}
		if name, _ := b.Attr("display_name", body); fields["name"] != "" && name != fields["name"] {
			c.t.Errorf("the name of %s is %q, and %q was acknowledged last", id, name, fields["name"])
		}
		if fields["markup"] != "" && body.Markup != fields["markup"] {
			c.t.Errorf("the markup of %s is %q, and %q was acknowledged last", id, body.Markup, fields["markup"])
		}
	}
}
