package main

import (
	"net/url"
	"os"
	"path"
	"path/filepath"

	"lectern/importer"
	"lectern/modulestore/olx"
)

// The part of SARIF 2.1.0 (OASIS standard) that a check needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID            string        `json:"id"`
		Name          string        `json:"name,omitempty"`
		Short         sarifText     `json:"shortDescription"`
		Help          sarifText     `json:"help"`
		Configuration sarifSettings `json:"defaultConfiguration"`
	}
	sarifSettings struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPlace `json:"physicalLocation"`
	}
	sarifPlace struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// sarifOf gives a report in the form that tools for code review read. folder is put in front of the names of files.
func sarifOf(r *importer.Report, folder string) sarifLog {
	driver := sarifDriver{Name: "lectern", Version: readBuild().Version}
	for _, rule := range olx.Rules() {
		driver.Rules = append(driver.Rules, sarifRule{
			ID: rule.ID, Name: rule.Cleaner,
			Short: sarifText{rule.Meaning}, Help: sarifText{rule.Fix},
			Configuration: sarifSettings{sarifLevel(rule.Severity)},
		})
	}
	results := make([]sarifResult, 0, len(r.Problems))
	for _, p := range r.Problems {
		results = append(results, sarifProblem(p, folder))
	}
	return sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{{Tool: sarifTool{driver}, ColumnKind: "unicodeCodePoints", Results: results}},
	}
}

func sarifProblem(p olx.Problem, folder string) sarifResult {
	result := sarifResult{RuleID: p.Rule, Level: sarifLevel(p.Severity), Message: sarifText{p.Message}}
	if p.Fix != "" {
		result.Message.Text += "; " + p.Fix
	}
	if p.File == "" {
		return result
	}
	place := sarifPlace{Artifact: sarifArtifact{(&url.URL{Path: path.Join(folder, p.File)}).String()}}
	if p.Line > 0 {
		place.Region = &sarifRegion{StartLine: p.Line, StartColumn: p.Column}
	}
	result.Locations = []sarifLocation{{place}}
	return result
}

// sarifLevel is SARIF's word for a severity.
func sarifLevel(s olx.Severity) string {
	if s == olx.Info {
		return "note"
	}
	return string(s)
}

// sarifFolder is the course folder that was checked as it was typed, so that tools find its files from where the check was
// started; nothing for archives, whose files are on no disk.
func sarifFolder(subject string) string {
	for _, root := range []string{"course.xml", "library.xml"} {
		if _, err := os.Stat(filepath.Join(subject, root)); err == nil {
			return filepath.ToSlash(subject)
		}
	}
	return ""
}
