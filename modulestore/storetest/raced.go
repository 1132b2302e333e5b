//go:build race

package storetest

// raced says that the race detector watches, which makes tests several times slower.
const raced = true
