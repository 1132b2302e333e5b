package modulestore

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// compareFiles lists the files that are not the same in two records, without those of which a change of a block tells.
func compareFiles(old, now *Files, branches []*comparison) (list []FileChange) {
	differing := func(p Part) bool {
		return slices.ContainsFunc(branches, func(c *comparison) bool { return c.differs(p.Block) })
	}
	eachFile(old.Entries, now.Entries, func(from, to File) {
		blocks := slices.Concat(from.Parts, to.Parts)
		if from.Blob == to.Blob || slices.ContainsFunc(blocks, differing) {
			return
		}
		change := FileChange{Kind: ChangeReplaced, Path: to.Path, Asset: isAsset(now, to.Path), From: from.Blob, To: to.Blob}
		switch {
		case from.Path == "":
			change.Kind = ChangeAdded
		case to.Path == "":
			change.Kind, change.Path, change.Asset = ChangeRemoved, from.Path, isAsset(old, from.Path)
		case len(blocks) > 0:
			change.Kind = ChangeReformatted
		}
		list = append(list, change)
	})
	return list
}

// eachFile goes through two sorted lists side by side; for a path that one of them has not it gives an empty File.
func eachFile(old, now []File, each func(from, to File)) {
	for len(old) > 0 || len(now) > 0 {
		var from, to File
		switch {
		case len(now) == 0 || len(old) > 0 && old[0].Path < now[0].Path:
			from, old = old[0], old[1:]
		case len(old) == 0 || now[0].Path < old[0].Path:
			to, now = now[0], now[1:]
		default:
			from, to, old, now = old[0], now[0], old[1:], now[1:]
		}
		each(from, to)
	}
}

// isAsset reports whether a file is one of those that courses show and link to.
func isAsset(f *Files, name string) bool {
	return strings.HasPrefix(name, path.Join(f.Root, "static")+"/")
}

// differs reports whether the trees have another record of a block: its own fields, content or list of children.
func (c *comparison) differs(id key.BlockID) bool {
	old, now := c.a.tree.Blocks[id], c.b.tree.Blocks[id]
	return old != now && !reflect.DeepEqual(old, now)
}
