package modulestore

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"

	"lectern/modulestore/key"
)

// CopyID is the key that a copy of a block gets below a parent. It depends on nothing else, so a second copy to the same place finds the first. It is
// derived as Open edX derives it: from the SHA-1 of the key of the course as Python prints its bytes, of the name of the block and of that of
// the parent.
func CopyID(source key.Block, parent key.BlockID) key.BlockID {
	return copyID(source.Course.String(), source.ID, parent)
}

func copyID(course string, id, parent key.BlockID) key.BlockID {
	sum := sha1.Sum([]byte(pythonBytes(course) + ":" + id.Name + ":" + parent.Name))
	return key.BlockID{Type: id.Type, Name: hex.EncodeToString(sum[:10])}
}

// copyIDs are the keys that a copy may have that was not made here: Open edX also knows a course by its branch.
func copyIDs(source key.Block, parent key.BlockID) []key.BlockID {
	branch := "draft-branch"
	if source.Course.Library {
		branch = "library"
	}
	return []key.BlockID{
		CopyID(source, parent),
		copyID(source.Course.At(key.At{Branch: branch}), source.ID, parent),
	}
}

// pythonBytes writes the UTF-8 of a key as Python prints bytes. No key holds a quotation mark, a backslash or a control character.
func pythonBytes(text string) string {
	var b strings.Builder
	b.WriteString("b'")
	for _, c := range []byte(text) {
		if c < 0x80 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String() + "'"
}
