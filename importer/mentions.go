package importer

import (
	"context"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Mentions counts the links and references in the draft of a version that name a course by its key, as a rerun still names the course that it
// was made from. Where drafts belong does not count: no reader looks at the course there.
func Mentions(ctx context.Context, store *modulestore.Store, v modulestore.Version, named key.Course) (int, error) {
	snapshot, err := store.Snapshot(ctx, v, modulestore.Draft)
	if err != nil {
		return 0, err
	}
	bodies, err := snapshot.Bodies(ctx, nil)
	if err != nil {
		return 0, err
	}
	rw := &rewriter{source: named, runs: []string{named.Run}}
	rw.compile()
	n := 0
	for id, b := range snapshot.Tree().Blocks {
		for _, text := range textsOf(b, bodies[id]) {
			if src := []byte(text); keyLike(src) {
				words(src, func(w word) {
					if rw.mention.MatchString(w.text) {
						n++
					}
				})
			}
		}
	}
	return n, nil
}

// textsOf are the texts of a block that may hold links.
func textsOf(b *modulestore.Block, body *modulestore.Body) (texts []string) {
	lists := [][]modulestore.Attr{b.Attrs, b.Policy}
	if body != nil {
		lists = append(lists, body.Attrs, body.Policy, body.Texts)
		texts = append(texts, body.Markup, string(body.Raw))
	}
	for _, list := range lists {
		for _, a := range list {
			if !strings.HasPrefix(a.Name, "parent_") {
				texts = append(texts, a.Value)
			}
		}
	}
	for _, l := range b.Loose {
		texts = append(texts, l.Source)
	}
	return texts
}
