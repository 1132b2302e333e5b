package olx

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzDecode reads courses that are written one file after the other, as in testdata/cases. Whatever they hold, they are refused
// as a whole with a place and a reason, or come back as they came, with every block.
func FuzzDecode(f *testing.F) {
	list, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(list) == 0 {
		f.Fatalf("no cases: %v", err)
	}
	for _, file := range list {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		input, _ := parseCase(string(text))
		f.Add(formatCase(input))
	}
	f.Fuzz(func(t *testing.T, text string) {
		input, _ := parseCase(text)
		files, err := caseFiles(input)
		if err != nil {
			t.Skip(err)
		}
		_, err = Decode(newFileView(files))
		var refused *FatalError
		switch {
		case err == nil:
			checkRoundTrip(t, files)
		case !errors.As(err, &refused) || refused.Problem.Rule == "" || refused.Problem.File == "" || refused.Problem.Fix == "":
			t.Errorf("refused without a reason: %v", err)
		}
	})
}
