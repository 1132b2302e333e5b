package olx

import (
	"path"
	"strings"
)

// Places of files in a course folder; both directions use these and nothing else.
const (
	courseFile  = "course.xml"
	libraryFile = "library.xml"
	draftFolder = "drafts/"
)

// definitionPath is where the definition of a pointer stands: TYPE/NAME.xml, a colon in the name starting a folder.
func definitionPath(tag, name string) string {
	return tag + "/" + strings.ReplaceAll(name, ":", "/") + ".xml"
}

// textPath is where the text of an html pair stands: the folder of the block's own name below html/, then the filename attribute.
func textPath(name, filename string) string {
	dir := path.Dir(strings.ReplaceAll(name, ":", "/"))
	file := filename
	for strings.HasSuffix(file, ".html") {
		file = strings.TrimSuffix(file, ".html")
	}
	if dir == "." {
		return "html/" + file + ".html"
	}
	return "html/" + dir + "/" + file + ".html"
}

// textPaths lists where an html text is looked for: its own place, then each shorter path that leaving out leading folders gives.
func textPaths(name, filename string) []string {
	first := textPath(name, filename)
	list := []string{first}
	for rest := first; ; {
		_, shorter, ok := strings.Cut(rest, "/")
		if !ok {
			return list
		}
		rest = shorter
		list = append(list, rest)
	}
}

// contentFiles lists where the text of a block with a filename attribute is looked for, its own place first.
func contentFiles(blockType, name, filename string) []string {
	if htmlFamily(blockType) {
		return textPaths(name, filename)
	}
	return contentPaths(blockType, filename)
}

// contentPaths lists where the content of another block with a filename attribute is looked for.
func contentPaths(tag, filename string) []string {
	list := []string{tag + "/" + filename + ".xml"}
	if tag == "problem" {
		list = append(list, "problems/"+filename+".xml", filename+".xml")
	}
	return list
}

// policyPaths lists where the policy of a run is looked for.
func policyPaths(run string) []string {
	return []string{"policies/" + run + "/policy.json", "policies/" + run + ".json"}
}

// escapes reports whether a name used in a path would leave its folder.
func escapes(name string) bool {
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == ':' || r == '\\' }) {
		if part == ".." {
			return true
		}
	}
	return strings.HasPrefix(name, "/")
}

// htmlFamily reports whether the filename attribute of that type names a text under html/.
func htmlFamily(tag string) bool {
	switch tag {
	case "html", "about", "static_tab", "course_info":
		return true
	}
	return false
}

// detachedFolders are the folders of blocks without a parent, with their block type.
var detachedFolders = []struct{ folder, blockType string }{
	{"about", "about"},
	{"custom_tags", "custom_tag_template"},
	{"info", "course_info"},
	{"tabs", "static_tab"},
}
