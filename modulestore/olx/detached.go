package olx

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// detached reads the blocks without a parent: about pages, custom tabs, updates and handouts, custom tag templates. Files in
// the sub-folder of the run override those beside it.
func (b *branch) detached(run string) {
	if b.out.Key.Library {
		return
	}
	for _, kind := range detachedFolders {
		texts := make(map[string]map[string]string) // block name -> text name -> file
		var order []string
		for _, folder := range []string{kind.folder + "/", kind.folder + "/" + run + "/"} {
			for _, file := range b.view.Paths() {
				rest, ok := strings.CutPrefix(file, folder)
				if !ok || strings.Contains(rest, "/") {
					continue
				}
				name, text, ok := b.detachedFile(file, rest)
				if !ok {
					continue
				}
				if texts[name] == nil {
					texts[name] = make(map[string]string)
					order = append(order, name)
				}
				texts[name][text] = file
			}
		}
		for _, name := range order {
			b.detachedBlock(key.BlockID{Type: kind.blockType, Name: name}, texts[name])
		}
	}
}

// detachedFile says which text of which block a file is.
func (b *branch) detachedFile(file, base string) (name, text string, ok bool) {
	if strings.HasSuffix(base, "~") || strings.HasPrefix(base, ".") {
		return "", "", false
	}
	if strings.Contains(base, ".json") {
		parts := strings.Split(base, ".")
		if len(parts) != 3 || parts[2] != "json" || parts[1] == "data" || parts[1] == "metadata" || !key.ValidName(parts[0]) {
			return "", "", false
		}
		return parts[0], parts[1], true
	}
	name = base
	if dot := strings.LastIndexByte(base, '.'); dot > 0 {
		name = base[:dot]
	}
	if !key.ValidName(name) {
		b.fileProblem(ruleDetachedName, file, "%q cannot be the name of a block", name)
		return "", "", false
	}
	return name, "data", true
}

func (b *branch) detachedBlock(id key.BlockID, files map[string]string) {
	block := &modulestore.Block{ID: id}
	body := &modulestore.Body{}
	for _, name := range slices.Sorted(maps.Keys(files)) { // "data" sorts before "items"
		text, ok := b.readText(files[name])
		if !ok {
			block.Broken = ruleHTMLEncoding.ID
			continue
		}
		if name != "data" && !json.Valid([]byte(text)) {
			b.fileProblem(ruleDetachedJSON, files[name], "the file is not JSON")
			block.Broken = ruleDetachedJSON.ID
		}
		b.addText(files[name], name, text, block, body)
	}
	block.Body = b.addBody(body)
	b.blocks[id] = block
	b.own[id] = true
	b.detachedList = append(b.detachedList, id)
}
