package search

import (
	"slices"
	"strings"
	"sync"

	"lectern/modulestore"
	"lectern/search/extract"
)

const (
	// longBody is the number of bytes of a body from which on it takes longer to read its text than to fetch it.
	longBody = 8 << 10
	// keptText is how much of the texts of long bodies is kept, in bytes.
	keptText = 8 << 20
)

// longTexts keeps the texts of long bodies that were shown last, since who searches asks for the same pages again: with one more word, a facet, the page after. A text is named
// by all that it is made from, so it is never out of date, and it is looked for by who has fetched that body from the store: what was taken down is not shown again. A nil one keeps nothing.
type longTexts struct {
	mu    sync.Mutex
	texts map[string]extract.Text
	size  int
}

// block gives the text of a block. Nobody may change it.
func (l *longTexts) block(b *modulestore.Block, body *modulestore.Body) extract.Text {
	if l == nil || !long(body) {
		return extract.Block(b, body)
	}
	var p projection
	p.say(b.ID.Type, b.ID.Name)
	p.sayBlock(b)
	name := hashed(p.sum)
	if text, ok := l.get(name); ok {
		return text
	}
	text := extract.Block(b, body)
	l.put(name, text)
	return text
}

func long(body *modulestore.Body) bool {
	if body == nil {
		return false
	}
	n := len(body.Markup)
	for i := range body.Texts {
		n += len(body.Texts[i].Value)
	}
	return n > longBody
}

func (l *longTexts) get(name string) (extract.Text, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, ok := l.texts[name]
	return text, ok
}

// put keeps a text. All others are forgotten when they are too much: to know which was used last would be more to keep in order than to read some of them anew.
func (l *longTexts) put(name string, text extract.Text) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.texts[name]; known { // somebody else read it meanwhile
		return
	}
	text.Body, text.Hidden, text.Title = strings.Clone(text.Body), strings.Clone(text.Hidden), strings.Clone(text.Title) // which may have been given more room than they take
	size := sizeOf(text)
	if l.size += size; l.texts == nil || l.size > keptText {
		l.texts, l.size = make(map[string]extract.Text), size
	}
	l.texts[name] = text
}

// sizeOf is about how many bytes a text takes, its name with it.
func sizeOf(text extract.Text) int {
	n := 512 + len(text.Title) + len(text.Body) + len(text.Hidden)
	for _, name := range slices.Concat(text.Assets, text.Responses) {
		n += 32 + len(name)
	}
	return n
}
