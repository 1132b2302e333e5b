package importer

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore/olx"
	"lectern/modulestore/storetest"
)

// corpusTotals are the totals that the sample courses must give, counted by an independent program.
var corpusTotals = map[string]struct {
	course           string
	published, draft olx.Counts
	links            int
}{
	"demo-course.tar.gz": {
		course: "course-v1:OpenedX+DemoX+DemoCourse",
		published: olx.Counts{Chapters: 6, Sequentials: 17, Units: 58, Verticals: 58, Blocks: 401, Assets: 124, Leaves: map[string]int{
			"html": 266, "problem": 29, "video": 11, "lti": 2, "openassessment": 2, "annotatable": 1, "discussion": 1, "done": 1,
			"drag-and-drop-v2": 1, "edx_sga": 1, "poll": 1, "staffgradedxblock": 1, "survey": 1,
		}},
	},
	"demo-content-library.tar.gz": {
		course:    "library-v1:OpenedX+DemoRespiratoryQuestions",
		published: olx.Counts{Blocks: 7, Leaves: map[string]int{"problem": 6}},
	},
	"studio-advanced.tar.gz": {
		course: "course-v1:HarvardX+StudioAdv1+2T2019",
		published: olx.Counts{Chapters: 9, Sequentials: 47, Units: 167, Verticals: 286, Blocks: 909, Assets: 199, Drafts: 4, Leaves: map[string]int{
			"html": 315, "poll": 121, "problem": 76, "video": 17, "survey": 3, "discussion": 2, "openassessment": 1, "word_cloud": 1,
		}},
		draft: olx.Counts{Chapters: 9, Sequentials: 47, Units: 169, Verticals: 288, Blocks: 914, Assets: 199, Drafts: 4, Leaves: map[string]int{
			"html": 317, "poll": 121, "problem": 77, "video": 17, "survey": 3, "discussion": 2, "openassessment": 1, "word_cloud": 1,
		}},
	},
	"oxa-kitchen-sink.tar.gz": {
		course: "course-v1:Microsoft+KS101+course",
		published: olx.Counts{
			Chapters: 4, Sequentials: 15, Units: 16, Verticals: 16, Blocks: 54, Assets: 4,
			Leaves: map[string]int{"problem": 14, "azure_media_services": 3, "video": 1},
		},
	},
	"demo-test-course.tar.gz": {
		course: "course-v1:edX+Test101+course",
		published: olx.Counts{Chapters: 8, Sequentials: 48, Units: 113, Verticals: 115, Blocks: 294, Assets: 67, Leaves: map[string]int{
			"html": 64, "problem": 34, "video": 3, "annotatable": 1, "discussion": 1, "edx_sga": 1, "google-calendar": 1,
			"google-document": 1, "openassessment": 1, "poll": 1, "recommender": 1, "survey": 1, "word_cloud": 1,
		}},
	},
	"demo-performance-course.tar.gz": {
		course: "course-v1:DemoX+PERF101+course",
		published: olx.Counts{
			Chapters: 2, Sequentials: 2, Units: 6, Verticals: 6, Blocks: 17, Assets: 2,
			Leaves: map[string]int{"problem": 3, "video": 2, "html": 1},
		},
	},
	"mitx-grading-library.tar.gz": {
		course: "course-v1:MITx+grading-library+course",
		published: olx.Counts{
			Chapters: 2, Sequentials: 10, Units: 63, Verticals: 63, Blocks: 139, Assets: 2,
			Leaves: map[string]int{"problem": 53, "html": 10},
		},
		links: 2,
	},
}

func TestRealCoursesGiveTheirTotals(t *testing.T) {
	for _, archive := range storetest.Corpus(t) {
		name := filepath.Base(archive)
		t.Run(name, func(t *testing.T) {
			want, ok := corpusTotals[name]
			if !ok {
				t.Fatalf("no totals are known for %s", name)
			}
			report, err := Run(t.Context(), nil, Source{Path: archive}, Options{Check: true, Limits: DefaultLimits()})
			if err != nil {
				t.Fatal(err)
			}
			if want.draft.Blocks == 0 {
				want.draft = want.published
			}
			if got := report.Course.String(); got != want.course {
				t.Errorf("course %s, want %s", got, want.course)
			}
			if diff := cmp.Diff(want.published, report.Counts); diff != "" {
				t.Errorf("published branch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want.draft, report.DraftView); diff != "" {
				t.Errorf("draft view (-want +got):\n%s", diff)
			}
			links := 0
			for _, p := range report.Problems {
				if p.Rule == "archive.link" {
					links++
				}
			}
			if links != want.links {
				t.Errorf("%d links reported, want %d", links, want.links)
			}
		})
	}
}
