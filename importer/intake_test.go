package importer

import (
	"errors"
	"strings"
	"testing"
)

func TestTheTextOfAnArchiveHasALimit(t *testing.T) {
	in := &intake{keep: true, files: make(map[string]*file), textSize: textBytes - 2}
	for name, content := range map[string]string{"static/large.html": "an asset is no text", "course.xml": "<>"} {
		if err := in.file(t.Context(), name, strings.NewReader(content)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var refused *ArchiveError
	err := in.file(t.Context(), "html/one.html", strings.NewReader("x"))
	if !errors.As(err, &refused) || refused.Rule != "archive.text_bytes" || refused.Entry != "html/one.html" {
		t.Errorf("got %v", err)
	}
}
