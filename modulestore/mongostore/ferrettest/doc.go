// Package ferrettest runs the suite of every backend, and whole commands, on package mongostore. It is a module of its own, so that the test server,
// FerretDB, and what that needs never come near the program.
//
// LECTERN_TEST_MONGODB_URI names a server to use instead, such as a replica set of MongoDB:
//
//	LECTERN_TEST_MONGODB_URI=mongodb://localhost:27017/?replicaSet=rs0 go test -count=1 ./...
//
// Each test has a database of its own there, lectern_test_… , and drops it at the end. With FerretDB use -short: it has no index that helps a
// read, so the large cases would take an hour.
package ferrettest
