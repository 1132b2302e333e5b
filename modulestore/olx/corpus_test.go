package olx

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
)

// totals are what a sample course holds, counted by an independent program.
type totals struct {
	Key                string
	Files              int
	Published, Draft   Counts
	Pointers, Inline   int // blocks of the published tree by where they are defined
	Pairs, InlineHTML  int
	Problems, Markdown int // problems, and those with a markdown setting
	NullMarkdown       int
	About, Info, Tabs  int
	DraftRoots         int
	Orphans            []string // definition files that nothing points at
}

func leaves(pairs ...any) map[string]int {
	m := make(map[string]int)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1].(int)
	}
	return m
}

var corpusTotals = map[string]totals{
	"demo-course": {
		Key: "course-v1:OpenedX+DemoX+DemoCourse", Files: 800,
		Published: Counts{Chapters: 6, Sequentials: 17, Units: 58, Verticals: 58, Blocks: 401, Leaves: leaves(
			"html", 266, "problem", 29, "video", 11, "lti", 2, "openassessment", 2, "annotatable", 1, "discussion", 1, "done", 1,
			"drag-and-drop-v2", 1, "edx_sga", 1, "poll", 1, "staffgradedxblock", 1, "survey", 1)},
		Pointers: 392, Inline: 9, Pairs: 266, Problems: 29, Markdown: 23, NullMarkdown: 14, About: 10, Info: 2,
	},
	"demo-content-library": {
		Key: "library-v1:OpenedX+DemoRespiratoryQuestions", Files: 8,
		Published: Counts{Blocks: 7, Leaves: leaves("problem", 6)},
		Pointers:  6, Inline: 1, Problems: 6, Markdown: 6, NullMarkdown: 5,
	},
	"studio-advanced": {
		Key: "course-v1:HarvardX+StudioAdv1+2T2019", Files: 1344,
		Published: Counts{Chapters: 9, Sequentials: 47, Units: 167, Verticals: 286, Blocks: 909, Leaves: leaves(
			"html", 315, "poll", 121, "problem", 76, "video", 17, "survey", 3, "discussion", 2, "openassessment", 1, "word_cloud", 1)},
		Draft: Counts{Chapters: 9, Sequentials: 47, Units: 169, Verticals: 288, Blocks: 914, Leaves: leaves(
			"html", 317, "poll", 121, "problem", 77, "video", 17, "survey", 3, "discussion", 2, "openassessment", 1, "word_cloud", 1)},
		Pointers: 782, Inline: 127, Pairs: 315, Problems: 76, Markdown: 76, NullMarkdown: 39, About: 10, Info: 2, Tabs: 2, DraftRoots: 4,
	},
	"oxa-kitchen-sink": {
		Key: "course-v1:Microsoft+KS101+course", Files: 78,
		Published: Counts{Chapters: 4, Sequentials: 15, Units: 16, Verticals: 16, Blocks: 54, Leaves: leaves(
			"problem", 14, "azure_media_services", 3, "video", 1)},
		Pointers: 51, Inline: 3, Problems: 14, Markdown: 14, NullMarkdown: 4, About: 11, Info: 2,
		Orphans: []string{"video/c4b308e68a884263b283ed1bb5b1f51d.xml"},
	},
	"demo-test-course": {
		Key: "course-v1:edX+Test101+course", Files: 438,
		Published: Counts{Chapters: 8, Sequentials: 48, Units: 113, Verticals: 115, Blocks: 294, Leaves: leaves(
			"html", 64, "problem", 34, "video", 3, "annotatable", 1, "discussion", 1, "edx_sga", 1, "google-calendar", 1,
			"google-document", 1, "openassessment", 1, "poll", 1, "recommender", 1, "survey", 1, "word_cloud", 1)},
		Pointers: 287, Inline: 7, Pairs: 64, Problems: 34, Markdown: 34, NullMarkdown: 21, About: 6, Info: 2, Tabs: 2,
	},
	"demo-performance-course": {
		Key: "course-v1:DemoX+PERF101+course", Files: 34,
		Published: Counts{Chapters: 2, Sequentials: 2, Units: 6, Verticals: 6, Blocks: 17, Leaves: leaves("problem", 3, "video", 2, "html", 1)},
		Pointers:  17, Pairs: 1, Problems: 3, Markdown: 3, NullMarkdown: 1, About: 5,
	},
	"mitx-grading-library": {
		Key: "course-v1:MITx+grading-library+course", Files: 75,
		Published: Counts{Chapters: 2, Sequentials: 10, Units: 63, Verticals: 63, Blocks: 139, Leaves: leaves("problem", 53, "html", 10)},
		Pointers:  64, Inline: 75, InlineHTML: 10, Problems: 53,
	},
}

// TestSampleCoursesGiveTheirTotalsAndComeBackUnchanged reads every sample course, compares its totals with those of an independent
// program, and has both forms of its export judged.
func TestSampleCoursesGiveTheirTotalsAndComeBackUnchanged(t *testing.T) {
	for _, archive := range storetest.Corpus(t) {
		name := strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, known := corpusTotals[name]
			if !known {
				t.Fatalf("there are no totals for %s", archive)
			}
			if want.Draft.Blocks == 0 {
				want.Draft = want.Published
			}
			files := unpack(t, archive)
			course, canonical := checkRoundTrip(t, files)
			if diff := cmp.Diff(want, totalsOf(course, files)); diff != "" {
				t.Errorf("totals (-want +got):\n%s", diff)
			}
			if found := compareFolders(t, storetest.Compare(t), files, canonical); found != "" {
				t.Errorf("the canonical export is another course:\n%s", found)
			}
		})
	}
}

func totalsOf(course *Course, files map[string]string) totals {
	got := totals{
		Key: course.Key.String(), Files: len(files), DraftRoots: len(course.DraftRoots),
		Published: Count(course.Published), Draft: Count(course.Draft),
	}
	course.Published.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		body := course.Bodies[b.Body]
		switch b.ID.Type {
		case "about":
			got.About++
			return true
		case "course_info":
			got.Info++
			return true
		case "static_tab":
			got.Tabs++
			return true
		case "html":
			if _, ok := body.Text("data"); ok {
				got.Pairs++
			} else {
				got.InlineHTML++
			}
		case "problem":
			got.Problems++
			if text, ok := b.Attr("markdown", body); ok {
				got.Markdown++
				if text == "null" {
					got.NullMarkdown++
				}
			}
		}
		if b.Inline {
			got.Inline++
		} else {
			got.Pointers++
		}
		return true
	})
	for _, file := range slices.Sorted(maps.Keys(files)) {
		top, _, deep := strings.Cut(file, "/")
		if deep && strings.HasSuffix(file, ".xml") && len(course.Parts[file]) == 0 && top != "assets" && top != "static" {
			got.Orphans = append(got.Orphans, file)
		}
	}
	return got
}

// unpack reads the course folder of an archive; links are left out.
func unpack(t *testing.T, archive string) map[string]string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(h.Name, "./")] = string(data)
	}
	root, err := FindRoot(slices.Collect(maps.Keys(all)))
	if err != nil {
		t.Fatal(err)
	}
	if root == "" {
		return all
	}
	inside := make(map[string]string)
	for path, data := range all {
		if rel, ok := strings.CutPrefix(path, root+"/"); ok {
			inside[rel] = data
		}
	}
	return inside
}
