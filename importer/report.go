package importer

import (
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// Report says what an import found and did. Its JSON form is part of the command line's contract.
type Report struct {
	Course  key.Course `json:"course"`
	Title   string     `json:"title"`
	Version uint64     `json:"version"` // 0 after a check
	Changed bool       `json:"changed"`
	// Counts are those of the published branch, DraftView those of the draft branch.
	Counts    olx.Counts    `json:"counts"`
	DraftView olx.Counts    `json:"draft_view"`
	Problems  []olx.Problem `json:"problems"`
	Format    string        `json:"format"`
	Files     int           `json:"files"`
	Bytes     int64         `json:"bytes"`
	Seconds   float64       `json:"seconds"`
}

// Count returns how many problems of that severity the report lists.
func (r *Report) Count(s olx.Severity) int {
	n := 0
	for _, p := range r.Problems {
		if p.Severity == s {
			n++
		}
	}
	return n
}

// report puts together what unpacking and checking found.
func (in *intake) report(summary Summary, course *olx.Course) *Report {
	r := &Report{
		Course: course.Key, Title: course.Title,
		Counts: olx.Count(course.Published), DraftView: olx.Count(course.Draft),
		Problems: append(noticeProblems(summary.Notices), course.Problems...),
		Format:   summary.Format, Files: summary.Files, Bytes: summary.Bytes,
	}
	if r.Problems == nil {
		r.Problems = []olx.Problem{}
	}
	for p := range in.files {
		if strings.HasPrefix(p, in.root+"static/") {
			r.Counts.Assets++
		}
	}
	r.Counts.Drafts = len(course.DraftRoots)
	r.DraftView.Assets, r.DraftView.Drafts = r.Counts.Assets, r.Counts.Drafts
	return r
}

// noticeProblems turns what the archive reader had to tell into problems.
func noticeProblems(notices []Notice) []olx.Problem {
	var list []olx.Problem
	for _, n := range notices {
		severity := olx.Info
		if n.Warning {
			severity = olx.Warning
		}
		list = append(list, olx.Problem{Severity: severity, Rule: n.Rule, File: n.Entry, Message: n.Message, Fix: n.Fix})
	}
	return list
}

// countRemoved counts the blocks of the present version that the new one does not have.
func (r *Report) countRemoved(e *modulestore.Edit, course *olx.Course) {
	r.Counts.Removed, r.DraftView.Removed = 0, 0
	if _, ok := e.Base(); !ok {
		return
	}
	r.Counts.Removed = missing(e.Tree(modulestore.Published), course.Published)
	r.DraftView.Removed = missing(e.Tree(modulestore.Draft), course.Draft)
}

func missing(old, now *modulestore.Tree) int {
	n := 0
	for id := range old.Blocks {
		if now.Blocks[id] == nil {
			n++
		}
	}
	return n
}
