package modulestore

import (
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// maxKey is the most bytes that the type or the name of a block may have.
const maxKey = 1024

// checkTree refuses blocks that could not be read back as they are.
func checkTree(t *Tree) error {
	for id, b := range t.Blocks {
		if b == nil || b.ID != id {
			return fmt.Errorf("block %s is filed under another name", id)
		}
		if err := checkBlock(b); err != nil {
			return err
		}
	}
	return nil
}

func checkBlock(b *Block) error {
	if err := checkKey(b.ID); err != nil {
		return err
	}
	for i := range b.Children {
		if err := checkKey(b.Children[i].ID); err != nil {
			return fmt.Errorf("block %s, child %d: %w", b.ID, i, err)
		}
	}
	for _, l := range b.Loose {
		if l.Before < AfterPointer || l.Before > len(b.Children) {
			return fmt.Errorf("block %s: loose markup stands before child %d of %d", b.ID, l.Before, len(b.Children))
		}
	}
	for _, list := range [][]Attr{b.Attrs, b.Policy} {
		for _, a := range list {
			if a.Long && a.Value != "" || len(a.Value) >= LongText {
				return fmt.Errorf("block %s: the value of %q is long and belongs into the body (see SplitLong)", b.ID, a.Name)
			}
		}
	}
	return nil
}

func checkKey(id key.BlockID) error {
	if id.Type == "" || id.Name == "" || len(id.Type) > maxKey || len(id.Name) > maxKey {
		return fmt.Errorf("%.100q is no key: type and name must have 1 to %d bytes", id, maxKey)
	}
	if strings.Contains(id.Type+id.Name, "\x00") {
		return fmt.Errorf("%.100q is no key: it has a zero byte", id)
	}
	return nil
}

// checkBody refuses a body whose long values are not those that the block leaves out.
func checkBody(b *Block, body *Body) error {
	if !slices.Equal(longNames(b.Attrs), names(bodyAttrs(body))) {
		return fmt.Errorf("block %s: the body must hold exactly the attributes that are long in the block", b.ID)
	}
	if !slices.Equal(longNames(b.Policy), names(bodyPolicy(body))) {
		return fmt.Errorf("block %s: the body must hold exactly the policy entries that are long in the block", b.ID)
	}
	return nil
}

func longNames(list []Attr) (long []string) {
	for _, a := range list {
		if a.Long {
			long = append(long, a.Name)
		}
	}
	return long
}

func names(list []Attr) (all []string) {
	for _, a := range list {
		all = append(all, a.Name)
	}
	return all
}
