package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"lectern/importer/sample"
)

// BenchmarkImportMemory imports a course with 1 GiB of media in a process of its own and reports how much memory it takes at most, beside that
// of a process that only opens the same store. It needs 4 GB of disk for temporary files.
func BenchmarkImportMemory(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("left out: only Linux tells how much memory a process takes")
	}
	dir := b.TempDir()
	archive, data := filepath.Join(dir, "large.tar.gz"), filepath.Join(dir, "data")
	if err := writeLarge(archive); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := os.RemoveAll(data); err != nil {
			b.Fatal(err)
		}
		importing := peakMemory(b, "import", archive, "--data", data)
		idle := 0.0
		for range 10 { // it lives so shortly that a single look at it may come too early
			idle = max(idle, peakMemory(b, "courses", "--data", data))
		}
		b.ReportMetric(importing, "import-MiB")
		b.ReportMetric(idle, "idle-MiB")
		b.ReportMetric(importing-idle, "above-idle-MiB")
	}
}

// peakMemory runs the program and returns the most memory it had at once. It asks Linux while the program runs: the answer that
// comes after its end includes what this process had when it started it.
func peakMemory(b *testing.B, args ...string) (mib float64) {
	b.Helper()
	var output bytes.Buffer
	cmd := exec.CommandContext(b.Context(), "lectern", args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	for {
		if now, ok := residentPeak(cmd.Process.Pid); ok {
			mib = now
		}
		select {
		case err := <-ended:
			if err != nil {
				b.Fatalf("lectern %v: %v\n%s", args, err, output.String())
			}
			return mib
		case <-time.After(time.Millisecond):
		}
	}
}

// residentPeak is the largest part of memory that a process has taken since it began; false once it has ended.
func residentPeak(pid int) (mib float64, ok bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0, false
	}
	kib, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	return float64(kib) / 1024, err == nil
}

// writeLarge makes an archive of the bundled course and 1 GiB of media that do not compress: small files, files of some
// megabytes, and one of 400 MiB.
func writeLarge(path string) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	zw, err := gzip.NewWriterLevel(out, gzip.NoCompression)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(zw)
	if err := addCourse(tw, sample.Course()); err != nil {
		return err
	}
	media := rand.NewChaCha8([32]byte{1})
	add := func(name string, size int64) error {
		if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "course/static/" + name, Size: size, Mode: 0o644}); err != nil {
			return err
		}
		_, err := io.CopyN(tw, media, size)
		return err
	}
	for i := range 1000 {
		if err := add(fmt.Sprintf("picture-%d.jpg", i), 124<<10); err != nil {
			return err
		}
	}
	for i := range 100 {
		if err := add(fmt.Sprintf("sound-%d.mp3", i), 5<<20); err != nil {
			return err
		}
	}
	if err := add("film.mp4", 400<<20); err != nil {
		return err
	}
	if err := tw.Close(); err != nil {
		return err
	}
	return zw.Close()
}

// addCourse packs a course folder.
func addCourse(tw *tar.Writer, course fs.FS) error {
	return fs.WalkDir(course, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(course, name)
		if err != nil {
			return err
		}
		if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "course/" + name, Size: int64(len(data)), Mode: 0o644}); err != nil {
			return err
		}
		_, err = tw.Write(data)
		return err
	})
}
