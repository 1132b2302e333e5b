package importer

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// checkName refuses names that no exporter writes and that some program, somewhere,
// would follow out of the folder it unpacks into. It is stricter than what this
// system's own paths need, and the same on every system.
func checkName(name string, l Limits) error {
	refuse := func(rule, message string) error {
		return &ArchiveError{
			Rule: rule, Entry: shortName(name), Message: message,
			Fix: "rename it in the course folder and make the archive again",
		}
	}
	switch {
	case len(name) > l.PathBytes:
		return refuse(rulePathLong, fmt.Sprintf("the name has %d bytes, the limit is %d", len(name), l.PathBytes))
	case !utf8.ValidString(name):
		return refuse(rulePathChars, "the name is not UTF-8")
	case strings.ContainsFunc(name, unicode.IsControl):
		return refuse(rulePathChars, "the name has a control character")
	case strings.ContainsFunc(name, changesDirection):
		return refuse(rulePathChars, "the name has an invisible character that changes the direction of text")
	case strings.Contains(name, `\`):
		return refuse(rulePathChars, "the name has a backslash; folders are parted by slashes")
	case hasDrive(name):
		return refuse(rulePathChars, "the name starts with a drive letter")
	case strings.HasPrefix(name, "/"):
		return refuse(rulePathEscape, "the name is absolute: it leads out of the archive")
	}
	clean := path.Clean(name)
	switch {
	case clean == ".." || strings.HasPrefix(clean, "../"):
		return refuse(rulePathEscape, "the name leads out of the archive")
	case clean == "." || clean != name:
		return refuse(rulePathUnclean, `the name has an empty part or one that is "." or ".."`)
	}
	segments := strings.Split(name, "/")
	if len(segments) > l.Depth {
		return refuse(rulePathLong, fmt.Sprintf("the name has %d levels, the limit is %d", len(segments), l.Depth))
	}
	for _, segment := range segments {
		if len(segment) > l.SegmentBytes {
			return refuse(rulePathLong, fmt.Sprintf("a part of the name has %d bytes, the limit is %d", len(segment), l.SegmentBytes))
		}
	}
	return nil
}

// changesDirection tells the bidirectional controls, with which a name can be made
// to look like another.
func changesDirection(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }

func hasDrive(name string) bool {
	return len(name) >= 2 && name[1] == ':' && (name[0]|0x20 >= 'a' && name[0]|0x20 <= 'z')
}

// noteOddName points out parts of a good name that people or other systems may
// stumble over, once for each file or folder that has them.
func (u *unpacking) noteOddName(name string) {
	start := 0
	for start < len(name) {
		end := len(name)
		if i := strings.IndexByte(name[start:], '/'); i >= 0 {
			end = start + i
		}
		segment, prefix := name[start:end], name[:end]
		if strings.ContainsFunc(segment, isInvisible) {
			u.noticeOnce(Notice{
				Rule: ruleNameInvisible, Entry: prefix, Warning: true,
				Message: "the name has an invisible character; links that are typed by hand will not find it",
				Fix:     "rename it, unless the character is meant",
			})
		}
		if !isPortable(segment) {
			u.noticeOnce(Notice{
				Rule: ruleNamePortable, Entry: prefix,
				Message: "Windows cannot store a file of this name; an export of the course cannot be unpacked there",
				Fix:     "rename it if authors use Windows",
			})
		}
		start = end + 1
	}
}

func (u *unpacking) noticeOnce(n Notice) {
	if !u.noted[n] {
		u.noted[n] = true
		u.notice(n)
	}
}

func isInvisible(r rune) bool { return unicode.Is(unicode.Cf, r) }

// isPortable tells whether Windows can store a file or folder of this name.
func isPortable(segment string) bool {
	if strings.ContainsAny(segment, `<>:"|?*`) || strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " ") {
		return false
	}
	base, _, _ := strings.Cut(strings.ToUpper(segment), ".")
	switch base = strings.TrimRight(base, " "); base {
	case "CON", "PRN", "AUX", "NUL":
		return false
	}
	device := strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")
	return !device || len(base) != 4 || base[3] < '1' || base[3] > '9'
}

// noteCollisions points out files whose names differ only in case or Unicode form.
// Both are kept; a file system that takes them for one would lose one of them.
func (u *unpacking) noteCollisions(files []string) {
	fold := cases.Fold()
	first := make(map[string]string, len(files))
	for _, name := range files {
		folded := norm.NFC.String(fold.String(norm.NFC.String(name)))
		other, taken := first[folded]
		if !taken {
			first[folded] = name
			continue
		}
		u.notice(Notice{
			Rule: ruleNameCollision, Entry: name, Warning: true,
			Message: fmt.Sprintf("the name differs from %+q only in upper and lower case or in the form of its characters; both are kept", other),
			Fix:     "rename one of them: Windows and macOS take them for one file",
		})
	}
}

// shortName cuts a name that is too long to show.
func shortName(name string) string {
	const most = 255
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}
