package olx

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// FindRoot returns the folder that holds the root file (course.xml or library.xml), the way Open edX finds it: the
// shallowest one wins, so that course/course.xml, the definition of a run named "course", is never taken for it. Two candidates at
// the same depth are an error that lists them. paths need not be sorted.
func FindRoot(paths []string) (folder string, err error) {
	var best []string
	depth := -1
	for _, p := range paths {
		base := path.Base(p)
		if base != courseFile && base != libraryFile {
			continue
		}
		switch d := strings.Count(p, "/"); {
		case depth < 0 || d < depth:
			depth, best = d, []string{p}
		case d == depth:
			best = append(best, p)
		}
	}
	switch len(best) {
	case 0:
		return "", noRoot(paths)
	case 1:
		folder = path.Dir(best[0])
		if folder == "." {
			folder = ""
		}
		return folder, nil
	}
	slices.Sort(best)
	return "", fatal(ruleManyRoots, "", fmt.Sprintf("the archive holds %d courses: %s", len(best), strings.Join(best, ", ")))
}

func fatal(rule Rule, file, message string) *FatalError {
	return &FatalError{Problem{Severity: Error, Rule: rule.ID, File: file, Message: message, Fix: rule.Fix}}
}

// noRoot looks for what the author may have meant.
func noRoot(paths []string) *FatalError {
	for _, p := range paths {
		base := path.Base(p)
		switch {
		case base == "package.toml":
			return fatal(ruleNoRoot, p, "this is a backup of a v2 content library, which is not OLX and cannot be imported")
		case strings.EqualFold(base, courseFile) || strings.EqualFold(base, libraryFile):
			return fatal(ruleNoRoot, p, fmt.Sprintf("the archive has no course.xml; the name %s must be in small letters", base))
		case base == "imsmanifest.xml":
			return fatal(ruleNoRoot, p, "this is an IMS Common Cartridge or SCORM package, which is not OLX")
		}
	}
	return fatal(ruleNoRoot, "", "no file in the archive is named course.xml or library.xml")
}

// TooLarge is the error for an XML file of more than MaxXMLBytes, for who unpacks an archive and need not read on.
func TooLarge(file string) *FatalError {
	return fatal(ruleXMLSize, file, fmt.Sprintf("the file has more than %d bytes, the most that an XML file may have", MaxXMLBytes))
}
