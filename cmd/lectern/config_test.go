package main

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigurationFile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[string]string
		wrong      string // part of the error
	}{
		{name: "an empty file sets nothing", text: "", want: map[string]string{}},
		{name: "a line sets a value", text: "author = Ada Lovelace\n", want: map[string]string{"author": "Ada Lovelace"}},
		{name: "the last line needs no line feed", text: "store=embedded", want: map[string]string{"store": "embedded"}},
		{name: "empty lines and remarks are for people", text: "# who\n\n  author = A = B  \n", want: map[string]string{"author": "A = B"}},
		{name: "a relative data folder lies beside the file", text: "data = courses", want: map[string]string{"data": filepath.Join("etc", "courses")}},
		{name: "an unknown name is an error with a suggestion", text: "# x\nauthr = me", wrong: `etc/config:2: there is no setting "authr"; did you mean author?`},
		{name: "a name like no other gets the list", text: "colour = red", wrong: "the settings are author, data, db, store"},
		{name: "a line without a value is an error", text: "author", wrong: "etc/config:1: this line gives no value"},
		{name: "so is an empty value", text: "author =", wrong: "write name = value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseConfig("etc/config", c.text)
			if message := sentence(err); c.wrong == "" && err != nil || !strings.Contains(message, c.wrong) {
				t.Errorf("error %q, want %q", message, c.wrong)
			}
			if c.wrong == "" && !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// sentence is what a user is told about an error.
func sentence(err error) string {
	if err == nil {
		return ""
	}
	return err.Error() + "; " + adviceOf(err)
}

func TestSuggestions(t *testing.T) {
	commands := []string{"import", "export", "check", "log"}
	for name, want := range map[string]string{
		"improt": "did you mean import?", "expor": "did you mean export?", "CHECK": "did you mean check?",
		"lgo": "did you mean log?", "publish": "see the list", "": "see the list",
	} {
		if got := didYouMean(name, commands, "see the list"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "xabc", 1}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
