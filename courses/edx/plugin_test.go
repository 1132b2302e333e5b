package edx_test

import (
	"strings"
	"testing"

	"lectern/courses/content"
	"lectern/courses/content/contenttest"
	"lectern/courses/edx"
	"lectern/courses/outline"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// shortReads is a plug-in. It counts the words of texts once for a version, tells how many there are, and keeps long texts from learners in the group of
// those in a hurry.
func shortReads(bodies map[key.BlockID]*modulestore.Body, runs *int) outline.Transformer {
	return outline.Transformer{Name: "short_reads", Collect: func(o *outline.Outline) outline.Rule {
		*runs++
		r := &wordCounts{words: map[int]int{}, long: outline.NewMask(len(o.Nodes))}
		for i := range o.Nodes {
			body := bodies[o.Nodes[i].ID]
			if body == nil || o.Nodes[i].ID.Type != "html" {
				continue
			}
			text, _ := body.Text("data")
			r.words[i] = len(strings.Fields(body.Markup + text))
			if r.words[i] > 2 {
				r.long.Add(o.Mask(i))
			}
		}
		return r
	}}
}

type wordCounts struct {
	words map[int]int // by place
	long  outline.Mask
}

func (r *wordCounts) hurried(c *outline.Case) bool {
	g := c.Facts.Groups[100]
	return g.In && g.Group == 2
}

func (r *wordCounts) Mark(c *outline.Case, m *outline.Marks) {
	if r.hurried(c) {
		m.Remove(r.long)
	}
}

func (r *wordCounts) Explain(c *outline.Case, node int) []outline.Reason {
	if !r.hurried(c) || !r.long.Has(node) {
		return nil
	}
	return []outline.Reason{{Code: "too_long", Effect: outline.Removes, At: c.Course.Nodes[node].ID, Text: "it is long, and the learner has no time"}}
}

func (r *wordCounts) Field(node int, name string) (value any, ok bool) {
	n, ok := r.words[node]
	return n, ok && name == "word_count"
}

func TestAPlugInAddsAFieldOnceAndFiltersByLearner(t *testing.T) {
	store, version := contenttest.Store(t, importer.Source{FS: contenttest.Files(everyCase)})
	snapshot, err := store.Snapshot(t.Context(), version, modulestore.Published)
	if err != nil {
		t.Fatal(err)
	}
	source, err := content.Read(t.Context(), snapshot)
	if err != nil {
		t.Fatal(err)
	}
	bodies, err := snapshot.Bodies(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	course := compile(source, shortReads(bodies, &runs))

	for _, c := range []struct {
		name  string
		group int64
		want  map[string]any // word_count by block; nil for what has none
	}{
		{"one who has time gets all texts, each with its length", 1, map[string]any{"html/text": 3, "html/ones-text": 1, "html/a-text": 1, "video/film": nil}},
		{"one in a hurry gets no long ones", 2, map[string]any{"html/a-text": 1, "video/film": nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := anna()
			f.Groups[100] = groupOf(c.group)
			v := course.Evaluate(f, z("02-01 12:00"), outline.Options{})
			b, err := edx.NewBlocks(v, page(), id("course/course"), query(t, "depth=all&requested_fields=word_count&block_types_filter=html,video"))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]any{}
			for _, o := range b.List() {
				kind, _ := o.Get("type")
				name, _ := o.Get("block_id")
				got[kind.(string)+"/"+name.(string)], _ = o.Get("word_count")
			}
			if len(got) != len(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			for name, want := range c.want {
				if value, there := got[name]; !there || value != want {
					t.Errorf("%s has %v (there: %v), want %v", name, value, there, want)
				}
			}
		})
	}
	if runs != 1 {
		t.Errorf("the texts were counted %d times, not once for the version", runs)
	}
}
