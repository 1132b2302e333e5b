package importer

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// rekey rewrites the files of the intake so that they describe the course under another key, and reads them again.
//
// It works on files, before anything becomes a block: what it does not change keeps its bytes, and the codec needs to know nothing of it.
// A file that is rewritten may leave its old chunks with the store; nothing refers to them, so they wait for pruning.
func (in *intake) rekey(view olx.View, course *olx.Course, target key.Course) (*olx.Course, error) {
	if err := checkTarget(course.Key, target); err != nil {
		return nil, err
	}
	rw := newRewriter(view, course, target)
	// Paths come first, so that problems name files as the version keeps them.
	problems := in.moveRun(course.Key.Run, target.Run)
	for _, p := range in.paths() {
		rel, ok := strings.CutPrefix(p, in.root)
		if !ok || !in.files[p].text || !rewritable(rel) {
			continue
		}
		found, err := in.rewrite(rw, rel)
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
	}
	if err := in.patch(rw); err != nil {
		return nil, err
	}
	out, err := olx.Decode(in.view())
	if err != nil {
		return nil, err
	}
	if out.Key != target {
		return nil, rekeyFault(ruleRekeyTarget, "", fmt.Sprintf("the files still say %s after they were rewritten for %s", out.Key, target))
	}
	out.Problems = append(out.Problems, problems...)
	return out, nil
}

// checkTarget refuses keys that the files of an archive cannot say.
func checkTarget(source, target key.Course) error {
	if source.Library != target.Library {
		return rekeyFault(ruleRekeyTarget, "", fmt.Sprintf("the archive holds %s; it cannot become %s, because a course is no library", source, target))
	}
	if target.Library {
		return nil
	}
	// A run is part of paths, and a key in the old form may have parts that the new form refuses.
	_, err := key.NewCourse(target.Org, target.Code, target.Run)
	if err != nil || !fs.ValidPath("policies/"+target.Run) || !fs.ValidPath(definitionFile(target.Run)) {
		return rekeyFault(ruleRekeyTarget, "", fmt.Sprintf("%s cannot stand in course.xml and in the names of files", target))
	}
	return nil
}

func rekeyFault(rule olx.Rule, file, message string) *olx.FatalError {
	return &olx.FatalError{Problem: olx.Problem{Severity: olx.Error, Rule: rule.ID, File: file, Message: message, Fix: rule.Fix}}
}

func rekeyProblem(rule olx.Rule, file, message string) olx.Problem {
	return olx.Problem{Severity: rule.Severity, Rule: rule.ID, File: file, Message: message, Fix: rule.Fix}
}

const assetsFile = "policies/assets.json"

// rewritable reports whether a text may be changed. Assets keep their bytes (those below static/ are no texts in the first place), and the
// lists of assets name keys that no import reads but every export must give back.
func rewritable(rel string) bool {
	return rel != assetsFile && rel != "assets/assets.xml" && !strings.HasPrefix(rel, "static_import/")
}

// rewrite rewrites the links and references of one file.
func (in *intake) rewrite(rw *rewriter, rel string) ([]olx.Problem, error) {
	f := in.files[in.root+rel]
	if !utf8.Valid(f.data) || f.blob.Size > olx.MaxXMLBytes {
		// Without its zero bytes, ASCII in UTF-16 is ASCII.
		if !rw.mention.Match(bytes.ReplaceAll(f.data, []byte{0}, nil)) {
			return nil, nil
		}
		message := fmt.Sprintf("the file names %s, but it is no UTF-8 text of at most %d bytes", rw.source, olx.MaxXMLBytes)
		return []olx.Problem{rekeyProblem(ruleRekeyUnreadable, rel, message)}, nil
	}
	out, links, problems := rw.rewrite(rel, f.data)
	if links > 0 {
		message := fmt.Sprintf("links and references to %s that were rewritten for %s: %d", rw.source, rw.target, links)
		problems = append(problems, rekeyProblem(ruleRekeyRewritten, rel, message))
	}
	return problems, in.replace(rel, out)
}

// replace gives a file other bytes.
func (in *intake) replace(rel string, data []byte) error {
	old := in.files[in.root+rel]
	if bytes.Equal(old.data, data) {
		return nil
	}
	blob, err := modulestore.SplitBlob(bytes.NewReader(data), func(o modulestore.Object) error {
		if !in.keep {
			in.pending = append(in.pending, o)
		}
		return nil
	})
	if err != nil {
		return err
	}
	in.files[in.root+rel] = &file{blob: blob, data: data, text: true}
	return nil
}

// moveRun moves the files whose paths hold the run. A file that stands in the way belonged to another run or to nothing; it keeps its
// bytes and steps aside, so that it does not become part of the course by the change of name.
func (in *intake) moveRun(from, to string) []olx.Problem {
	var inside []string
	for p := range in.files {
		if rel, ok := strings.CutPrefix(p, in.root); ok {
			inside = append(inside, rel)
		}
	}
	moves, aside := olx.MoveRun(inside, from, to)
	var problems []olx.Problem
	for old, now := range aside {
		in.move(old, now)
		message := fmt.Sprintf("%s stood where files of the run %s belong, but was no part of the course; it is kept as %s", old, to, now)
		problems = append(problems, rekeyProblem(ruleRekeyCollision, now, message))
	}
	for old, now := range moves {
		in.move(old, now)
	}
	return problems
}

func (in *intake) move(old, now string) {
	in.files[in.root+now] = in.files[in.root+old]
	delete(in.files, in.root+old)
}

// definitionFile is where a course of that run is defined.
func definitionFile(run string) string {
	return "course/" + strings.ReplaceAll(run, ":", "/") + ".xml"
}
