//go:build !race

package main

// plainProgram does nothing: the test binary itself, under the name of the program, is what tests start.
func plainProgram() (remove func(), err error) { return func() {}, nil }
