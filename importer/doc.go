// Package importer brings a course or library from an archive or folder into the store, as one new version or not at all.
//
// Run works in three stages and reports its progress in each:
//
//	unpack  the archive is read once, as a stream; names are data and never become paths on a disk; every file is cut
//	        into chunks and hashed; the end of the stream and its checksums are verified
//	check   the codec (package olx) reads the course and lists what it found; nothing is written so far
//	store   chunks, block contents and pages are stored, then one insert into the ref log makes the version visible
//
// A failed or cancelled import leaves the course as it was. Importing the same archive again changes nothing. Small archives wait in memory
// until they are known to be sound; what a large one stored before it failed is invisible and waits for pruning, a command that is still to come.
package importer
