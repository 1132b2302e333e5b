package olx

import (
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
		pages := make(map[key.BlockID]map[string]string) // block -> text name -> file
		for _, folder := range []string{kind.folder + "/", kind.folder + "/" + run + "/"} {
			for name, files := range b.detachedFiles(folder) {
				id := key.BlockID{Type: kind.blockType, Name: name}
				if pages[id] == nil {
					pages[id] = make(map[string]string)
				}
				maps.Copy(pages[id], files)
			}
		}
		for _, id := range slices.SortedFunc(maps.Keys(pages), compareIDs) {
			b.detachedBlock(id, pages[id])
		}
	}
}

// detachedFiles sorts the files of one folder by block name and text name.
func (b *branch) detachedFiles(folder string) map[string]map[string]string {
	found := make(map[string]map[string]string)
	for _, file := range b.view.Paths() {
		rest, ok := strings.CutPrefix(file, folder)
		if !ok || strings.Contains(rest, "/") || strings.HasSuffix(rest, "~") || strings.HasPrefix(rest, ".") {
			continue
		}
		name, text := detachedName(rest)
		if !validName(name) {
			b.fileProblem(ruleDetachedName, file, "%q cannot be the name of a block", rest)
			continue
		}
		if found[name] == nil {
			found[name] = make(map[string]string)
		}
		if other := found[name][text]; other != "" { // sorted paths: .html comes before .md and .txt
			b.fileProblem(ruleDetachedDuplicate, file, "%s gives the same page", other)
			continue
		}
		found[name][text] = file
	}
	return found
}

// detachedName says which text of which block a file is: NAME.EXT holds its data, NAME.FIELD.json a further field. The name is empty
// when it is neither.
func detachedName(file string) (name, text string) {
	if !strings.Contains(file, ".json") {
		if dot := strings.LastIndexByte(file, '.'); dot > 0 {
			file = file[:dot]
		}
		return file, "data"
	}
	parts := strings.Split(file, ".")
	if len(parts) != 3 || parts[2] != "json" || parts[1] == "data" || parts[1] == "metadata" {
		return "", ""
	}
	return parts[0], parts[1]
}

func (b *branch) detachedBlock(id key.BlockID, files map[string]string) {
	block := &modulestore.Block{ID: id}
	body := &modulestore.Body{}
	for _, name := range slices.Sorted(maps.Keys(files)) { // "data" sorts before "items"
		file := files[name]
		if first, taken := b.own[id]; taken {
			b.fileProblem(ruleDetachedDuplicate, file, "%s is defined in %s already", id, first)
			continue
		}
		text, ok := b.readText(id, file)
		if !ok {
			block.Broken = ruleHTMLEncoding.ID
			continue
		}
		if at, err := jsonFault([]byte(text)); name != "data" && err != nil {
			b.textProblem(id, ruleDetachedJSON, file, newLines([]byte(text)), at, err.Error())
			block.Broken = ruleDetachedJSON.ID
		}
		b.addText(file, name, text, block, body)
	}
	if b.blocks[id] == nil {
		block.Body = b.addBody(body)
		b.blocks[id] = block
		b.detachedList = append(b.detachedList, id)
	}
}
