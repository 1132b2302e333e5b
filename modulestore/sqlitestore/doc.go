// Package sqlitestore is the embedded modulestore.Backend: one folder with two SQLite files, no server, no C compiler.
//
//	store.db    objects, ref log, list of courses
//	chunks.db   the bytes of files, in pieces of at most modulestore.ChunkSize
//
// Both files hold a table of objects by id and one of tombstones, and use the same code (file); the ref log is in store.db alone (reflog.go).
// Payloads are compressed with zstd where that saves space (codec.go).
//
// # Durability
//
// Both files are in WAL mode with synchronous=FULL: a transaction is on the disk when its commit returns. Put commits
// chunks before other objects, and Append is called after Put, so whatever the ref log names is stored completely
// after a crash at any moment. What a crash leaves behind is at most objects that nothing refers to.
//
// # Removal
//
// A sweep removes objects in small transactions, each of which looks at the stamps again, and then gives the free pages back to the file
// system a few at a time (sweep.go). Whatever is removed is overwritten; to take content down also empties the write-ahead log (bury.go).
//
// # Other processes
//
// Several processes may have the same folder open. Readers never wait for a writer. One writer waits for another for
// five seconds and then fails. Within a process, files of the folder must not be opened by other means than this package:
// closing such a file drops the locks of SQLite (a property of POSIX file locks).
package sqlitestore
