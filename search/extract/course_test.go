package extract_test

import (
	"flag"
	"fmt"
	"html"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
	"lectern/modulestore/storetest"
	"lectern/search/extract"
)

var update = flag.Bool("update", false, "write the golden files")

// archive holds the files of a course below its root.
type archive map[string][]byte

func (a archive) Paths() []string                  { return slices.Sorted(maps.Keys(a)) }
func (a archive) Read(path string) ([]byte, error) { return a[path], nil }

func readArchive(t testing.TB, path string) (archive, *olx.Course) {
	t.Helper()
	all, files := make(archive), make(archive)
	_, err := importer.ReadArchive(t.Context(), path, importer.DefaultLimits(), func(name string, _ int64, r io.Reader) (err error) {
		all[name], err = io.ReadAll(r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	root, err := olx.FindRoot(all.Paths())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range all {
		if inside, ok := strings.CutPrefix(name, root+"/"); ok || root == "" {
			files[inside] = data
		}
	}
	course, err := olx.Decode(files)
	if err != nil {
		t.Fatal(err)
	}
	return files, course
}

func eachBlock(c *olx.Course, visit func(b *modulestore.Block, body *modulestore.Body)) {
	c.Draft.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		visit(b, c.Bodies[b.Body])
		return true
	})
}

// transcript reads the first file of a track that is there.
func transcript(t testing.TB, files archive, track extract.Track) (extract.Transcript, bool) {
	t.Helper()
	for _, name := range track.Files {
		data, ok := files[name]
		if !ok {
			continue
		}
		got, err := extract.ReadTranscript(name, data)
		if err != nil {
			t.Error(err)
		}
		return got, true
	}
	return extract.Transcript{}, false
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestTheTextsOfACourse(t *testing.T) {
	files, course := readArchive(t, filepath.Join("testdata", "course"))
	var out strings.Builder
	eachBlock(course, func(b *modulestore.Block, body *modulestore.Body) {
		got := extract.Block(b, body)
		fmt.Fprintf(&out, "%s\n", b.ID)
		line := func(name, text string) {
			if text != "" {
				fmt.Fprintf(&out, "  %s: %s\n", name, strings.ReplaceAll(text, "\n", "\n    | "))
			}
		}
		line("broken", b.Broken)
		line("kind", got.Kind)
		line("title", got.Title)
		line("lang", got.Lang)
		line("body", got.Body)
		line("hidden", got.Hidden)
		line("responses", strings.Join(got.Responses, " "))
		line("assets", strings.Join(got.Assets, " "))
		for _, track := range extract.Tracks(b, body) {
			spoken, found := transcript(t, files, track)
			line("track", fmt.Sprintf("%s %v %v", track.Lang, track.Files, found))
			for _, cue := range spoken.Cues {
				text, _, _ := strings.Cut(spoken.Body[cue.Offset:], "\n")
				line("  "+cue.Start.String(), text)
			}
		}
	})
	golden(t, filepath.Join("testdata", "course.golden"), out.String())
}

// tally counts what a course gives.
type tally struct {
	blocks, texts, cut          int
	body, hidden                int
	tracks, transcripts, cues   int
	problems, solved, responses int
}

func (c tally) String() string {
	return fmt.Sprintf("%d blocks, %d with text: %d bytes, %d of them cut; %d bytes for authors\n%d problems, %d of them with hidden text, %d responses\n"+
		"%d tracks of videos, %d of them there: %d cues\n", c.blocks, c.texts, c.body, c.cut, c.hidden, c.problems, c.solved, c.responses, c.tracks, c.transcripts, c.cues)
}

func TestRealCoursesGiveTheirTexts(t *testing.T) {
	for _, path := range storetest.Corpus(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".tar.gz")
		t.Run(name, func(t *testing.T) {
			files, course := readArchive(t, path)
			var c tally
			eachBlock(course, func(b *modulestore.Block, body *modulestore.Body) {
				got := extract.Block(b, body)
				checkSound(t, got)
				c.add(b, got)
				if b.ID.Type == "problem" && body != nil {
					checkNothingLeaks(t, b, body, got)
				}
				for _, track := range extract.Tracks(b, body) {
					c.tracks++
					if spoken, found := transcript(t, files, track); found {
						c.transcripts++
						c.cues += len(spoken.Cues)
					}
				}
			})
			golden(t, filepath.Join("testdata", "corpus", name+".golden"), c.String())
		})
	}
}

func (c *tally) add(b *modulestore.Block, got extract.Text) {
	c.blocks++
	c.body += len(got.Body)
	c.hidden += len(got.Hidden)
	c.responses += len(got.Responses)
	if got.Body != "" {
		c.texts++
	}
	if got.Cut {
		c.cut++
	}
	if b.ID.Type == "problem" {
		c.problems++
		if got.Hidden != "" {
			c.solved++
		}
	}
}

// What follows finds hidden text by patterns alone, so that it shares no mistake with the package.
var (
	hiddenRegion = regexp.MustCompile(`(?is)<(solution|script|answer|additional_answer|demandhint|hintgroup|style|targetedfeedbackset|[a-z]*hint)\b[^>]*?(?:/>|>(.*?)</(?:solution|script|answer|additional_answer|demandhint|hintgroup|style|targetedfeedbackset|[a-z]*hint)\s*>)`)
	answerValue  = regexp.MustCompile(`(?is)\s(?:answer|correct_answer|expect|cfn|samples)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	anyTag       = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)
)

// checkNothingLeaks looks for each line of hidden text in what learners find, unless the problem says the same in public.
func checkNothingLeaks(t *testing.T, b *modulestore.Block, body *modulestore.Body, got extract.Text) {
	t.Helper()
	public := flat(anyTag.ReplaceAllString(hiddenRegion.ReplaceAllString(body.Markup, " "), " "))
	var secrets []string
	for _, m := range hiddenRegion.FindAllStringSubmatch(body.Markup, -1) {
		for line := range strings.SplitSeq(anyTag.ReplaceAllString(m[2], "\n"), "\n") {
			secrets = append(secrets, line)
		}
	}
	for _, m := range answerValue.FindAllStringSubmatch(body.Markup, -1) {
		secrets = append(secrets, m[1]+m[2])
	}
	found := flat(got.Title + "\n" + got.Body)
	for _, secret := range secrets {
		if secret = flat(secret); len(secret) >= 6 && strings.Contains(found, secret) && !strings.Contains(public, secret) {
			t.Errorf("%s: learners find %q", b.ID, secret)
		}
	}
}

func flat(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(html.UnescapeString(text)), " "))
}

func BenchmarkBlock(b *testing.B) {
	for _, path := range storetest.Corpus(b) {
		_, course := readArchive(b, path)
		var size int64
		eachBlock(course, func(_ *modulestore.Block, body *modulestore.Body) {
			if body != nil {
				size += int64(len(body.Markup))
				for _, text := range body.Texts {
					size += int64(len(text.Value))
				}
			}
		})
		b.Run(strings.TrimSuffix(filepath.Base(path), ".tar.gz"), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				eachBlock(course, func(block *modulestore.Block, body *modulestore.Body) { extract.Block(block, body) })
			}
		})
	}
}
