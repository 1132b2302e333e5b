package modulestore

import (
	"fmt"
	"reflect"
)

// mergeFiles merges two records of files that descend from base, path by path. A conflict stands in the merged record as in theirs.
func mergeFiles(base, theirs, ours *Files) (merged *Files, conflicts []Conflict) {
	m := blockMerge{known: true}
	merged = &Files{Root: theirs.Root}
	if m.pick(InFiles, "root folder", &base.Root, &theirs.Root, &ours.Root) {
		merged.Root = ours.Root
	}
	eachFile(theirs.Entries, ours.Entries, func(they, we File) {
		path := they.Path
		if path == "" {
			path = we.Path
		}
		var was File
		if f, ok := base.Find(path); ok {
			was = *f
		}
		take := they
		switch {
		case reflect.DeepEqual(they, we) || reflect.DeepEqual(was, we):
		case reflect.DeepEqual(was, they):
			take = we
		default:
			m.conflict(InFiles, path, fileText(was), fileText(they), fileText(we))
		}
		if take.Path != "" {
			merged.Entries = append(merged.Entries, take)
		}
	})
	for _, c := range m.conflicts {
		conflicts = append(conflicts, Conflict{Kind: ConflictFile, FieldConflict: c})
	}
	return merged, conflicts
}

// fileText tells the contents of files apart; nil for no file.
func fileText(f File) *string {
	if f.Path == "" {
		return nil
	}
	text := fmt.Sprintf("%d bytes, %s", f.Blob.Size, f.Blob.ID.Short())
	return &text
}
