// Package olx reads and writes OLX, the format in which Open edX courses travel: a folder of XML files, most of them a few lines
// long, with texts, policies and assets beside them.
//
// # The format
//
//	course.xml                    <course url_name="RUN" org="ORG" course="CODE"/>: points at the definition, or is it
//	course/RUN.xml                the definition of the course: settings as attributes, sections as children
//	chapter/NAME.xml …            one file for each block: sequential/, vertical/, problem/, video/ …
//	html/NAME.xml, html/NAME.html an html block and its text, the pair joined by filename="NAME"
//	about/ tabs/ info/            blocks without a parent
//	policies/RUN/policy.json      settings of any block, stronger than its attributes; grading_policy.json beside it
//	drafts/                       unpublished versions, laid out like the course
//	static/ and all else          files that no block stands for
//
// A library is the same with library.xml, which is always the definition. A child element is a pointer when it has a url_name and
// nothing else; its definition then is TYPE/NAME.xml, a colon in the name being a folder. Any other child element is the definition
// itself, inline; both forms mix at any depth. Only children of containers are blocks: what is inside a problem is its markup.
//
// # What becomes of it
//
// [Decode] turns a folder (a [View]) into a [Course]: two trees of blocks (published, and draft over it), their bodies, the [Problem] list,
// and for each file which parts of which blocks it defines. It is pure and never fails for the sake of one block. A file that cannot be
// understood becomes a broken block that holds the file's bytes; a pointer to nothing, or one that closes a circle, becomes a broken block in
// its place. Only what leaves nothing to import, or may be an attack, is a [FatalError]: no usable root, a breached limit, an entity declaration.
//
// [Encode] turns a version back into files. The faithful form copies every file whose blocks still are what they were (their hashes are
// in the record of files), patches the changed elements inside the others, and leaves everything else as it came. The canonical form
// writes all of them as Studio would: its paths, its order of attributes, its indentation, but never another value, and never a block in a file
// that was inline. It is its own canonical form. [DecodeBlock] and [EncodeBlock] do the same for one block, for editors.
//
// # Odd corners
//
//   - The root block is called course/course or library/library in keys, and by its run in files; names that keys cannot hold get a
//     stand-in. [modulestore.Block].SourceName is the name in files.
//   - A pointer means its file. Two pointers at one file are two places of one block. A second definition of a name gets a key derived from its
//     place, and so does a block without a name; the canonical form writes the latter down, unless the block is empty.
//   - An element with more than a url_name, no content, and a file of its name is read as a pointer, with an error: Open edX would show an empty block.
//   - An empty element with nothing but a name cannot be written inline, since it would be a pointer; it gets a file. Blocks of the newer kind
//     may stand so, for without a file the pointer is their definition.
//   - Comments, instructions, stray text, settings elements (wiki, textbook, show …) and asides of a container are [modulestore.Loose] markup: kept
//     where they stand, also around the root element of a file.
//   - XML is checked as strictly as libxml2 checks it, and more leniently read: byte order marks, declared encodings and blank lines before the
//     declaration are accepted with a warning, since Open edX drops such files. Attributes are kept as values, everything else as source.
//   - Drafts that say where they belong (parent_url, index_in_children_list) are read by index; the others by name. A draft that nothing leads to
//     is detached, not lost. Course, sections and subsections have no drafts once they are published, and a deletion is no draft either: an export of
//     both branches cannot carry such differences, nor a policy that a draft alone has for a published block. Export the draft branch to keep them.
//
// # Where to start
//
// decode.go reads the root and holds what the two trees share; decode_block.go has the rules for one block; draft.go, detached.go and policy.go the
// rest of a folder. encode.go decides file by file, layout.go which block goes where, element.go and encode_patch.go how. xml.go is the parser that both
// use; paths.go knows where files are. Every rule that a problem can name is in rules.go and rules_check.go; [Check] applies the latter. The files in
// testdata/cases show one oddity each, with what is made of it.
package olx
