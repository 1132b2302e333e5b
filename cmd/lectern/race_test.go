//go:build race

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// plainProgram puts the program without the race detector at the head of PATH, for everything that tests start: scripts start it a thousand times, and an instrumented
// one takes ten times as long to begin. What is concurrent in it is watched where tests call it in their own process.
func plainProgram() (remove func(), err error) {
	dir, err := os.MkdirTemp("", "lectern-program")
	if err != nil {
		return nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	build := exec.Command("go", "build", "-race=false", "-o", filepath.Join(dir, "lectern"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		remove()
		return nil, fmt.Errorf("building the program that tests start: %w\n%s", err, out)
	}
	return remove, os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}
