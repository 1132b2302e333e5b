// Package modulestore keeps every version of every course.
//
// # The model
//
// A course is a [Tree] of blocks: chapters, sequentials, verticals and the problems, videos and texts in them. A [Block] is one node: its
// attributes, its policy and the keys of its children. What is large, the source of a problem for instance, stands in the block's
// [Body], so that an outline can be read without it. Besides the tree there are blocks without a parent (Detached), and [Files], the
// record of the archive that the course came from.
//
// A version of a course has two trees, the branches [Draft] and [Published], and one record of files. Versions are numbered from 1
// and are never changed; the last one is the head. [Store] is the way in: Head, Log and Version find versions, Snapshot reads one branch,
// Files and EachBlob read files, Update makes the next version. Publish brings blocks from the draft to the published tree, Unpublish takes them
// out of it, Discard goes back to it, and DraftStatus lists what differs; OrderPublish is for a time in the future. Who published what, and when,
// PublishLog and LastPublished find in the log. Rerun makes a course of another one; CopyBlock and SyncLibrary bring blocks of other
// courses, which remember where they come from. Diff compares two versions, Restore brings an old one back as the next,
// and Delete takes a course out of the lists by a version without content. Prune gives up the content of old versions by a policy ([Retention]),
// and PurgeFile and PurgeBlock take content down in all versions; the log stays whole.
//
// Within Update an [Edit] puts and removes records as they are, in one branch. What authors do is made of that: Create, Change, Move, Reorder,
// Duplicate and Delete change the draft, and publish what has no drafts, the outline, in the same version. Begin with author.go.
//
// Beside the log, which is the main line, a course may have side branches and tags ([Refs]). UpdateFrom puts an edit of an older version on the
// head, and Merge brings in a side branch or another course: both merge block by block and field by field, or say what does not go
// together ([Conflict]) and leave the head as it is.
//
// # How it is stored
//
// Everything is kept in immutable objects that are named by their content: the [ID] of an object is the SHA-256 of a byte for its [Kind]
// and its canonical bytes. So equal content is stored once, however many versions, branches and courses have it; whoever has the
// name can check the content; and to write an object twice does no harm. A [Backend] stores objects, and one log per course whose
// entries ([Entry]) name the objects of a version. It knows no more than that.
//
// A tree is cut into pages, objects of some kilobytes. A subtree of 3 KB is a page of its own, and the page above links to it; a long list of
// children is cut into segments. The root of a tree is the name of its first page. Since names depend on content, two trees
// with the same root are the same, and what differs between two versions is found by following only the links that differ.
// How a tree is cut depends on what it holds, never on how it came to be: the same tree has the same root on every machine.
//
// # How an edit becomes one insert
//
// Update reads the head and hands an [Edit] to its caller, who changes trees in memory. Then the changed pages are encoded, those on
// the path from the changed block to the root; all others stay what they are. They are stored together with new bodies, a state (the three
// roots) and a commit (who, when, why): nobody can see them yet. The last step inserts the entry with the next number into the
// log, and this one insert makes the version visible. If somebody else has taken the number, nothing is lost: the edit is made again on
// top of the other version. If the reply to the insert is lost, the log tells whether it was stored.
//
// # The format
//
// All objects but chunks are BSON documents in the canonical form that bson.go describes. Fields stand in this order, and those that
// are empty are absent. Every document begins with v, the number of the format, 1.
//
//	page 'p'      b blocks · x links · r the run of a segment · z refs of detached blocks · q Tree.Pointer
//	  block       t type · i name · s SourceName · u Unnamed · l Inline · a Attrs · p Policy · o Loose
//	              c refs of children · k their spellings · x Broken · d name of the Body · f Origin
//	  run         c refs of children · k their spellings
//	  spelling    j position in c · a attributes
//	  link        t type · i name · p page · n blocks in it and below
//	  loose       w Before · s Source
//	  attribute   n Name · v Value · l Long
//	body 'c'      m Markup · x Texts · a Attrs · p Policy · r Raw
//	files 'f'     g Files.Root · e entries · x links
//	  entry       n Path · h Blob.ID · s Blob.Size · m Blob.Manifest · p Parts
//	  part        t type · i name · f Facet, absent for "element" · h Hash
//	  link        p page · n entries in it and below
//	  origin      k key of the course · t type · i name · b Base · n Declined
//	refs 'r'      t tags · b branches · o orders · p spans of versions whose content was pruned
//	state 's'     draft · published · files · refs
//	commit 'm'    parents · state · author · time · op · message · blocks · nonce
//	manifest 'a'  size · sha256 · chunks
//	chunk 'b'     raw bytes
//
// A ref of 0 or more is a block of the page, -1 its first link, -2 the second. Blocks and links stand in the order of the tree, each is
// referred to once, and the first block of a page is the root of what it holds. A link with key and page is a subtree, one with a page alone a
// segment, one with a key alone a child that is stored elsewhere: where the tree lists it first, or nowhere.
package modulestore
