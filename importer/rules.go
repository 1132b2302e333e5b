package importer

import (
	"slices"
	"strings"

	"lectern/modulestore/olx"
)

// archiveRules are the rules of reading archives. An error ends the import; nothing has been written then.
var archiveRules = []olx.Rule{
	{ID: ruleRead, Severity: olx.Error, Meaning: "The archive cannot be read from the disk.", Fix: "check that the file exists, may be read and is on a working disk"},
	{ID: ruleFormat, Severity: olx.Error, Meaning: "This is no archive that can be read: a .tar.gz, .tar or .zip file, or a folder. What counts is the content, not the name.", Fix: "make a .tar.gz of the course folder, or import the folder itself"},
	{ID: ruleTruncated, Severity: olx.Error, Meaning: "The archive ends early.", Fix: fixDamaged},
	{ID: ruleCorrupt, Severity: olx.Error, Meaning: "The archive is damaged: what it holds is not what its checksums or headers say.", Fix: fixDamaged},
	{ID: ruleEncrypted, Severity: olx.Error, Meaning: "A file in the archive needs a password.", Fix: "make the archive again without a password"},
	{ID: ruleTrailingData, Severity: olx.Error, Meaning: "A second archive follows the first in the same file, and would be lost.", Fix: "import the two apart, or unpack both into one folder and make one archive of it"},

	{ID: rulePathEscape, Severity: olx.Error, Meaning: "A name is absolute or leads out of the archive.", Fix: fixRepack},
	{ID: rulePathUnclean, Severity: olx.Error, Meaning: "A name has an empty part, or one that is \".\" or \"..\".", Fix: fixRepack},
	{ID: rulePathChars, Severity: olx.Error, Meaning: "A name is not UTF-8, or has a character that no name may have: a control character, a backslash, a drive letter, one that changes the direction of text.", Fix: "rename the file and make the archive again"},
	{ID: rulePathLong, Severity: olx.Error, Meaning: "A name is longer or deeper than the limits allow.", Fix: "shorten the name and make the archive again"},
	{ID: ruleType, Severity: olx.Error, Meaning: "The archive holds a device, a pipe or a socket, or a header that renames every file.", Fix: "remove it and make the archive again"},
	{ID: ruleSparse, Severity: olx.Error, Meaning: "A file is stored with holes, so that a small archive can claim any size.", Fix: "make the archive again without the --sparse option"},
	{ID: ruleDuplicate, Severity: olx.Error, Meaning: "The archive holds two things under one name. Two files of the same content are read once, with a warning.", Fix: "keep the right one, remove the other and make the archive again"},

	{ID: ruleEntries, Severity: olx.Error, Meaning: "The archive holds more files and folders than the limit allows.", Fix: "leave out what does not belong to the course, or raise the limit on entries"},
	{ID: ruleFileSize, Severity: olx.Error, Meaning: "A file is larger than the limit allows.", Fix: "make the file smaller or keep it outside the course (video on a video host), or raise the limit for one file"},
	{ID: ruleTotalSize, Severity: olx.Error, Meaning: "The archive unpacks to more than the limit allows.", Fix: "leave out large files that the course does not need, or raise the limit on the unpacked size"},
	{ID: ruleTextBytes, Severity: olx.Error, Meaning: "The XML, HTML and JSON files of the archive have more bytes than can be checked at once.", Fix: "move embedded data to files under static/"},
	{ID: ruleRatio, Severity: olx.Error, Meaning: "The archive unpacks to so many times its size that it was made to fill disks.", Fix: "look at what the archive holds, or raise the limit on the ratio"},
	{ID: ruleTime, Severity: olx.Error, Meaning: "Reading the archive took longer than the limit allows.", Fix: "try again when the machine has less to do, or raise the limit on time"},

	{ID: ruleLink, Severity: olx.Warning, Meaning: "A symbolic or hard link was left out.", Fix: "put a copy of the file in its place"},
	{ID: ruleTrailingGarbage, Severity: olx.Warning, Meaning: "Bytes after the end of the archive were left out.", Fix: "nothing needs to be done if the course is complete"},
	{ID: ruleEndMissing, Severity: olx.Warning, Meaning: "A tar archive has no end marker. Its checksum is right, so nothing is missing.", Fix: "if you wrote the program that makes it, let it close the archive"},
	{ID: ruleNameCollision, Severity: olx.Warning, Meaning: "Two names differ only in upper and lower case or in the form of their characters. Both files are kept.", Fix: "rename one of them: Windows and macOS take them for one file"},
	{ID: ruleNameInvisible, Severity: olx.Warning, Meaning: "A name has an invisible character.", Fix: "rename it, unless the character is meant"},
	{ID: ruleNameEncoding, Severity: olx.Warning, Meaning: "A name in a zip archive is not UTF-8. It was read as code page 437, as old zip programs write it.", Fix: "if it looks wrong, make the archive again with a program that writes UTF-8 names"},
	{ID: ruleNamePortable, Severity: olx.Info, Meaning: "Windows cannot store a file of this name.", Fix: "rename it if authors use Windows"},
	{ID: ruleEmptyFolder, Severity: olx.Info, Meaning: "A folder without files was left out: a course keeps only files.", Fix: "nothing needs to be done"},
	{ID: ruleGit, Severity: olx.Info, Meaning: "The data of Git itself (.git) was left out.", Fix: "nothing needs to be done"},
}

// ruleTextBytes is the limit on what the codec reads.
const ruleTextBytes = "archive.text_bytes"

// Rules lists everything that an import can find, sorted by id: in the archive, in the course (olx.Rules), and in putting it under another key.
func Rules() []olx.Rule {
	list := slices.Concat(archiveRules, rekeyRules(), olx.Rules())
	slices.SortFunc(list, func(a, b olx.Rule) int { return strings.Compare(a.ID, b.ID) })
	return list
}
