package main

import (
	"context"
	"errors"
	"fmt"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
	"lectern/search"
)

// The exit codes.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitWarnings = 3
)

// Errors that say how a command ended; what there was to say has been printed.
var (
	errFindings = errors.New("the check found errors")
	errStrict   = errors.New("there are warnings, and --strict was given")
	errClash    = errors.New("the changes do not go together")
)

// Errors of the command line itself. A *usageError and a *key.Error are mistakes of who typed the command.
var (
	errNoStore  = errors.New("no store")
	errNoSource = errors.New("no such archive or folder")
	errTaken    = errors.New("exists already")
	// errCopyStopped says that a copy was cancelled between two versions or courses.
	errCopyStopped = errors.New("stopped; the versions copied so far are complete, run it again for the rest")
)

// usageError says that a command was typed wrongly; nothing was done.
type usageError struct{ message, advice string }

func (e *usageError) Error() string { return e.message }

// outcomes says what each kind of error means for the user: the exit code, and a sentence. The first entry that fits counts; errors that
// fit none are failures which say everything themselves.
var outcomes = []struct {
	fits   func(error) bool
	code   int
	say    string // replaces the error's own text
	advice string // follows it
	silent bool   // everything has been said
}{
	{fits: is(errFindings), code: exitFailed, silent: true},
	{fits: is(errClash), code: exitFailed, silent: true},
	{fits: is(errStrict), code: exitWarnings, silent: true},
	{fits: as[*usageError](), code: exitUsage},
	{fits: as[*key.Error](), code: exitUsage},
	{fits: is(context.Canceled), code: exitFailed, say: "stopped; nothing has changed"},
	{fits: is(errNoStore), code: exitFailed, advice: "import a course first, or name the folder with --data"},
	{fits: is(learner.ErrNoTables), code: exitFailed, advice: "add somebody with lectern user add, or a list with lectern enroll --csv FILE --create, or name the place with --data or --db"},
	{fits: is(learner.ErrNoUser), code: exitFailed, advice: "lectern user list names the users, lectern user add adds one"},
	{fits: is(learner.ErrUnreachable), code: exitFailed, advice: "check the address, and that the server runs and lets you in"},
	{fits: is(search.ErrRequest), code: exitUsage, advice: "without --after the list begins with the first page"},
	{fits: is(search.ErrTooBroad), code: exitFailed},
	{fits: is(errTaken), code: exitFailed, advice: "choose another name, or replace it with --force"},
	{fits: is(modulestore.ErrPruned), code: exitFailed},
	{fits: is(modulestore.ErrPurged), code: exitFailed},
	{fits: is(modulestore.ErrNotFound), code: exitFailed, advice: "lectern courses, log and show list what there is"},
	{fits: as[*modulestore.TakenError](), code: exitFailed, advice: "choose another key"},
	{fits: is(modulestore.ErrDuplicate), code: exitFailed, advice: "import it under another key with --course"},
	{fits: is(modulestore.ErrConflict), code: exitFailed, advice: "nothing has changed; try again"},
	{fits: is(modulestore.ErrCorrupt), code: exitFailed, advice: "lectern verify lists all the damage; put the data folder back from a backup"},
	{fits: is(modulestore.ErrInvalid), code: exitFailed},
	{fits: importer.IsInputError, code: exitFailed},
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func as[E error]() func(error) bool {
	return func(err error) bool { _, ok := errors.AsType[E](err); return ok }
}

// exit reports err, if there is something to report, and returns the exit code.
func (a *app) exit(err error) int {
	if err == nil {
		return exitDone
	}
	message, advice, code := err.Error(), adviceOf(err), exitFailed
	for _, o := range outcomes {
		if !o.fits(err) {
			continue
		}
		if o.silent {
			return o.code
		}
		if o.say != "" {
			message = o.say
		}
		if advice == "" {
			advice = o.advice
		}
		code = o.code
		break
	}
	if advice != "" {
		message += "; " + advice
	}
	fmt.Fprintf(a.stderr, "lectern: %s\n", safe(message))
	return code
}

// limitAdvice names the flag that raises a limit of archives.
var limitAdvice = map[string]string{
	"archive.entries":    "the flag is --max-files",
	"archive.file_size":  "the flag is --max-file-bytes",
	"archive.total_size": "the flag is --max-bytes",
	"archive.ratio":      "the flag is --max-ratio",
	"archive.time":       "the flag is --max-time",
}

// refusedAdvice says what to do about an answer that was not taken, or an exam that was not started.
var refusedAdvice = map[courses.Refusal]string{
	courses.NotAProblem:   "lectern answer COURSE --user NAME lists the problems",
	courses.NotUnderstood: "lectern check COURSE says what is wrong with it",
	courses.NotAnAnswer:   "lectern answer COURSE PROBLEM --user NAME shows the question",
	courses.NotEnrolled:   "lectern enroll COURSE NAME enrols somebody",
	courses.AttemptsUsed:  "nothing was written",
	courses.PastDue:       "lectern extend gives the learner more time",
	courses.TooSoon:       "nothing was written",

	courses.ExamNotStarted: "lectern exam start COURSE SUBSECTION --user NAME starts it",
	courses.ExamOver:       "lectern exam reset COURSE SUBSECTION --user NAME lets the learner start it again",
	courses.ExamPast:       "lectern extend gives the learner more time, and lectern exam reset lets them start it again",
	courses.ExamWatched:    "lectern set COURSE SUBSECTION is_proctored_enabled=false makes it one that is only timed",
	courses.NotAnExam:      "lectern set COURSE SUBSECTION is_time_limited=true default_time_limit_minutes=90 makes it one of 90 minutes",
}

// adviceOf is what an error itself advises beside its text.
func adviceOf(err error) string {
	if usage, ok := errors.AsType[*usageError](err); ok {
		return usage.advice
	}
	if fatal, ok := errors.AsType[*olx.FatalError](err); ok {
		return fatal.Problem.Fix
	}
	if archive, ok := errors.AsType[*importer.ArchiveError](err); ok {
		return limitAdvice[archive.Rule]
	}
	if gone, ok := errors.AsType[*modulestore.DeletedError](err); ok {
		return fmt.Sprintf("lectern restore %s %d", gone.Version.Course, gone.Version.Seq-1)
	}
	if refused, ok := errors.AsType[*courses.RefusedError](err); ok {
		return refusedAdvice[refused.Reason]
	}
	if schema, ok := errors.AsType[*learner.SchemaError](err); ok {
		return schema.Advice()
	}
	if _, ok := errors.AsType[*modulestore.StaleError](err); ok {
		return "nothing has changed; look at the block with lectern show and edit that"
	}
	return ""
}
