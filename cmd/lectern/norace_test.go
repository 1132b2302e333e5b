//go:build !race

package main

import "testing"

// plainProgram does nothing: the test binary itself, under the name of the program, is what tests start.
func plainProgram() (remove func(), err error) { return func() {}, nil }

// plainly leaves nothing out: the race detector is off.
func plainly(*testing.T) {}
