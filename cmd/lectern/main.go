package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // who presses Ctrl-C again need not wait for the tidying up
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}

// run is the program: it runs the command that args name and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	a := &app{
		stdout: stdout, out: bufio.NewWriter(stdout),
		stderr: stderr,
		env:    environment(env),
	}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(a.out)
	root.SetErr(stderr)
	err := namedCommand(root, root.ExecuteContext(ctx))
	if flushed := a.out.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("writing the result: %w", flushed)
	}
	return a.exit(err)
}

// app is one run of the program: its streams, its environment, and what every command takes.
type app struct {
	stdout io.Writer     // only asked what it is
	out    *bufio.Writer // results; run flushes it and reports what could not be written
	stderr io.Writer
	env    map[string]string

	dataDir    string
	storeURI   string
	dbURI      string
	configFile string
	json       bool
	quiet      bool
	noColor    bool
}

// The groups of commands in the help text.
const (
	groupCourses  = "courses"
	groupLearners = "learners"
	groupStore    = "store"
	groupProgram  = "program"
)

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "lectern",
		Short: "Keep courses in the XML format of Open edX, with every version, and give them back without loss",
		Long: `Lectern keeps courses in the XML format of Open edX (OLX): it imports archives and folders, keeps
every version, and exports any of them again without loss. Everything is in one folder; no server is needed.
A site that outgrows one machine keeps its courses on MongoDB (--store), and what is known about learners on PostgreSQL (--db).

A COURSE is a key such as course-v1:Lectern+ByExample+2026 or library-v1:Lectern+Questions.
A version is a number, head, head~1 for the one before, the name of a tag or a side branch, or at least eight
digits of its commit.

The settings data, store, db and author may also be given as variables (LECTERN_DATA, …) or as lines
"name = value" of a configuration file. A flag wins over a variable, a variable over the file.

Exit codes: 0 done, 1 failed, 2 the command was typed wrongly, 3 done with warnings (only with --strict).`,
		Example:           "  lectern demo\n  lectern import my-course.tar.gz\n  lectern courses",
		Version:           readBuild().Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.configure(cmd) },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.dataDir, "data", "lectern-data", "`folder` that holds the courses")
	flags.StringVar(&a.storeURI, "store", embedded, "`URI` of the store for courses: mongodb://HOST/DATABASE, or the embedded one in the data folder")
	flags.StringVar(&a.dbURI, "db", embedded, "`URI` of the database of learners: postgres://HOST/DATABASE, or the embedded one in the data folder")
	flags.StringVar(&a.configFile, "config", "", "configuration `file` (default lectern/config in your folder for configuration)")
	flags.BoolVar(&a.json, "json", false, "print one JSON object")
	flags.BoolVar(&a.quiet, "quiet", false, "print no progress, no summary and no hints")
	flags.BoolVar(&a.noColor, "no-color", false, "print progress without colors")
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(
		&cobra.Group{ID: groupCourses, Title: "Courses:"},
		&cobra.Group{ID: groupLearners, Title: "Learners:"},
		&cobra.Group{ID: groupStore, Title: "The store:"},
		&cobra.Group{ID: groupProgram, Title: "The program:"},
	)
	root.AddCommand(
		a.importCommand(), a.exportCommand(), a.checkCommand(), a.coursesCommand(), a.showCommand(), a.logCommand(), a.editCommand(), a.replaceCommand(), a.shiftDatesCommand(),
		a.diffCommand(), a.restoreCommand(), a.deleteCommand(),
		a.rerunCommand(), a.copyBlockCommand(), a.syncCommand(), a.searchCommand(), a.reindexCommand(),
		a.mergeCommand(), a.branchCommand(), a.tagCommand(),
		a.draftsCommand(), a.publishCommand(), a.unpublishCommand(), a.discardCommand(),
		a.verifyCommand(), a.copyCommand(), a.pruneCommand(), a.purgeCommand(), a.demoCommand(), a.versionCommand(), a.completionCommand(),
	)
	root.AddCommand(
		a.addCommand(), a.setCommand(), a.moveCommand(), a.reorderCommand(), a.duplicateCommand(), a.removeCommand(), a.orphansCommand(),
	)
	root.AddCommand(a.userCommand(), a.enrollCommand(), a.cohortCommand(), a.extendCommand(), a.examCommand(), a.flagsCommand(), a.migrateCommand())
	root.AddCommand(a.answerCommand(), a.progressCommand(), a.gradesCommand())
	root.AddCommand(a.outlineCommand(), a.datesCommand(), a.simulateCommand())
	root.SetHelpCommand(helpCommand())
	return root
}

// helpCommand differs from Cobra's own in that help for a command that does not exist is a mistake.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		GroupID: groupProgram,
		Short:   "Explain a command",
		Long:    "Print what a command does and which flags it takes. It changes nothing.",
		Example: "  lectern help import",
		Args:    takes(0, 1),
		// Help must come even when a setting is wrong.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(cmd *cobra.Command, args []string) error {
			explained, _, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			explained.InitDefaultHelpFlag()
			return explained.Help()
		},
	}
}

// maxArgs is for commands that take any number of arguments.
const maxArgs = math.MaxInt

// takes makes the check of the number of arguments.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return &usageError{message: "an argument is missing", advice: "usage: " + cmd.UseLine()}
		case len(args) > most:
			return &usageError{message: fmt.Sprintf("%q is one argument too many", args[most]), advice: "usage: " + cmd.UseLine()}
		}
		return nil
	}
}

// namedCommand adds to Cobra's error about a mistyped command what may have been meant.
func namedCommand(root *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	var name string
	if _, scanErr := fmt.Sscanf(err.Error(), "unknown command %q", &name); scanErr != nil {
		return err // not about a command; Cobra has no type for these errors
	}
	var known []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return &usageError{message: fmt.Sprintf("there is no command %q", name), advice: didYouMean(name, known, "lectern help lists the commands")}
}

func flagError(cmd *cobra.Command, err error) error {
	name, found := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !found {
		return &usageError{message: err.Error(), advice: "see " + cmd.CommandPath() + " --help"}
	}
	return &usageError{
		message: fmt.Sprintf("there is no flag --%s", name),
		advice:  didYouMean("--"+name, flagNames(cmd), "see "+cmd.CommandPath()+" --help"),
	}
}
