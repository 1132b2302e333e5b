// Package mongostore is the modulestore.Backend on MongoDB, for sites that outgrow one machine. A database holds five collections,
// none of which needs an index beside that of _id:
//
//	objects     {_id: hash, k: kind, g: day, n: bytes, d: {…}}   every object but chunks, its canonical BSON as it is (objects.go)
//	chunks      {_id: hash, k: "b", g: day, n: bytes, d: bytes}  pieces of files
//	tombstones  {_id: hash, k: kind, n: bytes, author, …}        why an object was taken down (bury.go)
//	reflog      {_id: "KEY#SEQ", course, seq, …}                 one document per version, SEQ in 16 hex digits (reflog.go)
//	contexts    {_id: folded key, course, seq, …}                one document per course, which reserves its key
//
// An object is stored as a sub-document, not as opaque bytes, so that mongosh shows and queries it; package modulestore explains its
// fields. MongoDB keeps a document as it was sent, byte for byte, so the hash can be computed again from what is read.
//
// # What makes it safe
//
// Only inserts decide anything. Objects are inserted first and wait for a majority of the members; then one document is inserted into reflog,
// and its unique _id lets exactly one writer have the number. No transaction is used, and no update decides who wins. The update
// that brings the hint in contexts up to date may fail or come late, because Contexts checks the hints against the log.
//
// Objects go by day (g): a writer that finds an object stored sets its day to today, and the command that removes objects names the days that it
// may take. Either comes first in the one document; a writer that comes second finds the object missing and inserts it again.
//
// Write concern (majority, journaled), read concern (majority) and read preference (primary) are set in code, whatever the address
// says: a failover must not forget a version that was acknowledged.
//
// # Which servers
//
// MongoDB 4.4 or later, as a replica set or sharded cluster; a server alone works too, but has no second copy. Collections may be sharded on
// _id and on nothing else, since _id is unique across shards only then; Open checks that. The package keeps to what compatible engines
// implement as well: insert, find by _id, ranges of _id, and updates, replacements and removals of single documents under a condition.
package mongostore
