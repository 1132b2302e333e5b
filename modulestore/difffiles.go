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
	eachFile(old.Entries, now.Entries, func(from, to File) {
		if from.Blob == to.Blob {
			return
		}
		parts := len(from.Parts)+len(to.Parts) > 0
		pointer := !parts && (isRootFile(old, from.Path) || isRootFile(now, to.Path))
		told := slices.ContainsFunc(branches, func(c *comparison) bool {
			return pointer && c.rootDiffers() || c.anyDiffers(from.Parts) || c.anyDiffers(to.Parts)
		})
		if told {
			return
		}
		change := FileChange{Kind: ChangeReplaced, Path: to.Path, Asset: isAsset(now, to.Path), From: from.Blob, To: to.Blob}
		switch {
		case from.Path == "":
			change.Kind = ChangeAdded
		case to.Path == "":
			change.Kind, change.Path, change.Asset = ChangeRemoved, from.Path, isAsset(old, from.Path)
		case parts || pointer:
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

// isRootFile reports whether a file is the one that a course begins with. It may only point at the root, and is then no part of a block.
func isRootFile(f *Files, name string) bool {
	return name == path.Join(f.Root, "course.xml") || name == path.Join(f.Root, "library.xml")
}

// rootDiffers reports whether the trees have another root or point at it in another way.
func (c *comparison) rootDiffers() bool {
	a, b := c.a.tree, c.b.tree
	return a.Root != b.Root || c.rootName != "" || !slices.Equal(a.Pointer, b.Pointer) || c.differs(b.Root)
}

func (c *comparison) anyDiffers(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { return c.differs(p.Block) })
}

// differs reports whether the trees have another record of a block: its own fields, content or list of children.
func (c *comparison) differs(id key.BlockID) bool {
	old, now := c.a.tree.Blocks[id], c.b.tree.Blocks[id]
	return old != now && !reflect.DeepEqual(old, now)
}
