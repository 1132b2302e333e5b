package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: groupProgram,
		Short:   "Say which version of Lectern this is",
		Long: `Print the version of Lectern, the version of Go that built it, and the commit it was built from.
It changes nothing.`,
		Example: "  lectern version --json",
		Args:    takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			b := readBuild()
			if a.json {
				return a.printJSON(b)
			}
			a.printf("lectern %s\n%s %s/%s\n", b.Version, b.Go, runtime.GOOS, runtime.GOARCH)
			if b.Commit != "" {
				a.printf("commit %s%s\n", b.Commit, map[bool]string{true: ", with changes"}[b.Modified])
			}
			return nil
		},
	}
}

// build says what the program was built from.
type build struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"` // the work tree had changes that were not committed
}

func readBuild() build {
	b := build{Version: "(unknown)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
