package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lectern/courses/learner"
	"lectern/modulestore/mongostore"
)

// prefix begins the variables of the environment that are meant for Lectern.
const prefix = "LECTERN_"

// settings are the flags that may also be given as a variable (LECTERN_DATA) or in the configuration file ("data = …").
var settings = []string{"author", "data", "db", "store"}

// configVariable names the configuration file.
const configVariable = prefix + "CONFIG"

// testVariables are for the tests of Lectern; the program does not look at them.
var testVariables = []string{"LECTERN_CORPUS", "LECTERN_OLXCOMPARE", "LECTERN_REQUIRE_ALL", "LECTERN_TEST_MONGODB_URI", "LECTERN_TEST_POSTGRES_URI"}

// embedded is the value of --store and --db that means: inside the data folder.
const embedded = "embedded"

// environment makes a map of NAME=value pairs. An empty variable counts as none.
func environment(pairs []string) map[string]string {
	env := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok && value != "" {
			env[name] = value
		}
	}
	return env
}

// configure gives every flag of cmd that was not typed the value of its variable or of its line in the configuration file.
func (a *app) configure(cmd *cobra.Command) error {
	if err := checkVariables(a.env); err != nil {
		return err
	}
	file, err := a.configuration()
	if err != nil {
		return err
	}
	for _, name := range settings {
		flag := cmd.Flags().Lookup(name)
		if flag == nil || flag.Changed {
			continue
		}
		value, ok := a.env[variable(name)]
		if !ok {
			value, ok = file[name]
		}
		if !ok {
			continue
		}
		if err := flag.Value.Set(value); err != nil {
			return &usageError{message: fmt.Sprintf("%s cannot be %q: %v", name, value, err)}
		}
	}
	return a.checkBackends()
}

func variable(setting string) string { return prefix + strings.ToUpper(setting) }

// checkVariables refuses variables that look like settings and are none: a typing mistake would otherwise go unnoticed.
func checkVariables(env map[string]string) error {
	known := []string{configVariable}
	for _, name := range settings {
		known = append(known, variable(name))
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if strings.HasPrefix(name, prefix) && !slices.Contains(known, name) && !slices.Contains(testVariables, name) {
			return &usageError{
				message: fmt.Sprintf("the environment holds %s, which is no setting", name),
				advice:  didYouMean(name, known, "the settings are "+strings.Join(known, ", ")),
			}
		}
	}
	return nil
}

// configuration reads the configuration file. One that was asked for must be there.
func (a *app) configuration() (map[string]string, error) {
	path, wanted := a.configFile, true
	if path == "" {
		path = a.env[configVariable]
	}
	if path == "" {
		path, wanted = a.usualConfigFile(), false
	}
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !wanted {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return parseConfig(path, string(text))
}

// usualConfigFile is where the configuration is looked for when nobody names it.
func (a *app) usualConfigFile() string {
	for _, v := range []struct{ variable, below string }{{"XDG_CONFIG_HOME", ""}, {"HOME", ".config"}, {"AppData", ""}} {
		if dir := a.env[v.variable]; dir != "" {
			return filepath.Join(dir, v.below, "lectern", "config")
		}
	}
	return ""
}

// parseConfig reads lines "name = value"; empty lines and those that begin with # are for people. A relative data
// folder is looked for beside the file, so that the file means the same wherever the program is started.
func parseConfig(path, text string) (map[string]string, error) {
	values := make(map[string]string)
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		at := fmt.Sprintf("%s:%d: ", path, number)
		switch {
		case !ok || value == "":
			return nil, &usageError{message: at + "this line gives no value", advice: "write name = value"}
		case !slices.Contains(settings, name):
			return nil, &usageError{
				message: fmt.Sprintf("%sthere is no setting %q", at, name),
				advice:  didYouMean(name, settings, "the settings are "+strings.Join(settings, ", ")),
			}
		case name == "data" && !filepath.IsAbs(value):
			value = filepath.Join(filepath.Dir(path), value)
		}
		values[name] = value
	}
	return values, nil
}

// checkBackends refuses stores and databases that this build cannot reach.
func (a *app) checkBackends() error {
	if a.storeURI != embedded && !mongostore.Is(a.storeURI) {
		return unreachable("--store", a.storeURI, "name a MongoDB server as mongodb://HOST/DATABASE, or leave it out to use the embedded one")
	}
	if a.dbURI != embedded && !learner.Is(a.dbURI) {
		return unreachable("--db", a.dbURI, "name a PostgreSQL server as postgres://HOST/DATABASE, or leave it out to use the embedded one")
	}
	return nil
}

// unreachable is the error for a URI of a kind that there is no backend for. The URI may hold a password, so no more than its scheme is shown.
func unreachable(flag, uri, advice string) error {
	scheme, _, ok := strings.Cut(uri, "://")
	if !ok {
		return &usageError{message: fmt.Sprintf("%s cannot be %q", flag, uri), advice: advice}
	}
	return &usageError{message: fmt.Sprintf("%s: this build has no backend for %s://", flag, scheme), advice: advice}
}

// didYouMean is the advice for a name that does not exist: the known one that is spelled most alike, or otherwise.
func didYouMean(name string, known []string, otherwise string) string {
	best, least := "", 3 // more than two slips are another word
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return otherwise
	}
	return fmt.Sprintf("did you mean %s?", best)
}

// distance is the least number of bytes to insert, delete or replace that turns a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return names
}
