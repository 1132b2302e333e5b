package modulestore

import (
	"time"

	"lectern/modulestore/key"
)

// state names the roots of one version.
type state struct{ Roots }

func (s *state) object() Object {
	e := newEncoder()
	e.id("draft", s.Draft)
	e.id("published", s.Published)
	e.id("files", s.Files)
	e.id("refs", s.Refs)
	return e.object(KindState)
}

func decodeState(data []byte) (*state, error) {
	d := newDecoder(data)
	s := &state{Roots{Draft: d.id("draft"), Published: d.id("published"), Files: d.id("files"), Refs: d.id("refs")}}
	return s, d.done()
}

// state is the name of the state with these roots.
func (r Roots) state() ID { return (&state{r}).object().ID }

// commit says where a version comes from: the versions before it, who made it, when, and how.
type commit struct {
	Parents   []ID
	State     ID
	Author    string
	Time      time.Time
	Operation string
	Message   string
	Blocks    []key.BlockID // as in Entry
	// Nonce is drawn anew for each attempt to commit. Without it two people who make the same edit in the same
	// millisecond would have the same commit, and each would take the other's for the own.
	Nonce []byte
}

func (c *commit) object() Object {
	e := newEncoder()
	e.ids("parents", c.Parents)
	e.id("state", c.State)
	e.text("author", c.Author)
	e.time("time", c.Time)
	e.text("op", c.Operation)
	e.text("message", c.Message)
	e.documents("blocks", len(c.Blocks), func(i int) { e.key(c.Blocks[i]) })
	e.bytes("nonce", c.Nonce)
	return e.object(KindCommit)
}

func decodeCommit(data []byte) (*commit, error) {
	d := newDecoder(data)
	c := &commit{
		Parents:   d.ids("parents"),
		State:     d.id("state"),
		Author:    d.text("author"),
		Time:      d.time("time"),
		Operation: d.text("op"),
		Message:   d.text("message"),
	}
	c.Blocks = documentList(d, "blocks", d.key)
	c.Nonce = append([]byte(nil), d.bytes("nonce")...)
	return c, d.done()
}
