// SPDX-License-Identifier: Apache-2.0

package polled

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// blockingPipe is one as a program finds it as its standard input.
func blockingPipe(t *testing.T) (in, out *os.File) {
	t.Helper()
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		t.Fatal(err)
	}
	in, out = os.NewFile(uintptr(ends[0]), "in"), os.NewFile(uintptr(ends[1]), "out")
	t.Cleanup(func() { in.Close(); out.Close() })
	return in, out
}

func TestReadsAPipe(t *testing.T) {
	in, out := blockingPipe(t)
	reader, err := Reader(in)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	in.Close()
	go func() {
		time.Sleep(50 * time.Millisecond)
		_, _ = io.WriteString(out, "hello")
		out.Close()
	}()
	if text, err := io.ReadAll(reader); err != nil || string(text) != "hello" {
		t.Fatalf("read %q, %v", text, err)
	}
}

func TestNoThreadWaits(t *testing.T) {
	in, _ := blockingPipe(t)
	reader, err := Reader(in)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	// Only what is polled has deadlines.
	if err := in.SetReadDeadline(time.Now()); !errors.Is(err, os.ErrNoDeadline) {
		t.Fatalf("the pipe itself: %v", err)
	}
	if err := reader.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the reader: %v", err)
	}
}

func TestLeavesFilesAsTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, os.DevNull} {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if reader, err := Reader(file); err != nil || reader != file {
			t.Fatalf("%s: %v, %v", name, reader, err)
		}
	}
}

func TestSaysWhatIsClosed(t *testing.T) {
	in, _ := blockingPipe(t)
	in.Close()
	if _, err := Reader(in); err == nil {
		t.Fatal("a closed file was taken")
	}
}
