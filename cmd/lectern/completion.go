package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "fish", "powershell", "zsh"}
	return &cobra.Command{
		Use:     "completion SHELL",
		GroupID: groupProgram,
		Short:   "Print a script that teaches your shell to complete commands",
		Long: `Print a script for bash, fish, powershell or zsh that completes the commands and flags of Lectern.
It changes nothing.`,
		Example:   "  source <(lectern completion bash)\n  lectern completion fish > ~/.config/fish/completions/lectern.fish",
		ValidArgs: shells,
		Args:      takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			scripts := map[string]func(io.Writer) error{
				"bash":       func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
				"fish":       func(w io.Writer) error { return root.GenFishCompletion(w, true) },
				"powershell": root.GenPowerShellCompletionWithDesc,
				"zsh":        root.GenZshCompletion,
			}
			script, ok := scripts[args[0]]
			if !ok {
				return &usageError{message: fmt.Sprintf("there is no completion for %q", args[0]), advice: "choose bash, fish, powershell or zsh"}
			}
			return script(a.out)
		},
	}
}
