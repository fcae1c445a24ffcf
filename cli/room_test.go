//go:build unix

package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mobile3batch/checkpoint"
	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
	"mobile3batch/writer"
)

// smallDisk has room for so many bytes of checkpoint and sheet; the rest of a
// write that does not fit is lost, as on a real one.
type smallDisk struct {
	checkpoint.Disk
	mu   sync.Mutex
	left int64
}

func (d *smallDisk) take(n int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n > d.left {
		return syscall.ENOSPC
	}
	d.left -= n
	return nil
}

func (d *smallDisk) Open(path string, mode checkpoint.OpenMode) (checkpoint.File, error) {
	f, err := d.Disk.Open(path, mode)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	return &smallFile{File: f, disk: d, has: size}, err
}

// smallFile owns the room up to has: what is written or set aside within it is free.
type smallFile struct {
	checkpoint.File
	disk *smallDisk
	mu   sync.Mutex
	has  int64
}

func (f *smallFile) Reserve(off, n int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	more := off + n - f.has
	if more <= 0 {
		return nil
	}
	if err := f.disk.take(more); err != nil {
		return err
	}
	f.has += more
	return nil
}

func (f *smallFile) WriteAt(b []byte, off int64) (int, error) {
	if err := f.Reserve(off, int64(len(b))); err != nil {
		n, _ := f.File.WriteAt(b[:len(b)/2], off)
		return n, err
	}
	return f.File.WriteAt(b, off)
}

func (d *smallDisk) sheet() writer.Disk {
	s := writer.System
	s.Write = func(f *os.File, p []byte) (int, error) {
		if err := d.take(int64(len(p))); err != nil {
			n, _ := f.Write(p[:len(p)/2])
			return n, err
		}
		return f.Write(p)
	}
	return s
}

// TestDiskOfEverySize runs on disks from nothing to enough. Whatever was paid is
// kept: with room made, the same command pays for the rest, and nobody is in doubt.
func TestDiskOfEverySize(t *testing.T) {
	const sizes, step, rows = 220, 110, 30
	dir := memoryDir(t)
	input := list(t, dir, rows)
	full, partly := 0, 0
	for n := range sizes {
		work := filepath.Join(dir, "work")
		if err := os.Mkdir(work, 0o700); err != nil {
			t.Fatal(err)
		}
		cfg := sandbox.Defaults()
		cfg.Key = []byte("k")
		server, err := sandbox.Start(cfg, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		out, sheet := filepath.Join(work, "out"), filepath.Join(work, "people.csv")
		args := []string{"mobile3batch", "run", input, "-o", sheet, "--checkpoint", filepath.Join(work, "c"),
			"--endpoint", server.URL(), "--rate", "0", "--workers", "4", "--lang", "en"}
		disk := &smallDisk{left: int64(n * step)}
		code, text := inProcess(t, args, out, disks{disk, disk.sheet()}, seams{})
		requests, billed := server.Calls()
		if code != exitOK {
			full++
			if billed > 0 {
				partly++
			}
			if code != exitInternal || !strings.Contains(text, "room") && !strings.Contains(text, "space") || !strings.Contains(text, work) {
				t.Fatalf("disk of %d bytes: exit %d, and it does not say what is full:\n%s", n*step, code, text)
			}
		}
		if code, text = inProcess(t, args, out, disks{}, seams{}); code != exitOK {
			t.Fatalf("disk of %d bytes, then enough: exit %d\n%s", n*step, code, text)
		}
		bill, err := server.Bill()
		if err != nil {
			t.Fatal(err)
		}
		server.Close()
		v, err := selftest.Judge(input, sheet, bill, cfg.Key)
		if err != nil || !v.Kept() || v.InDoubt > 0 || v.Billed != rows {
			t.Fatalf("disk of %d bytes: %+v, %v (%d requests before room was made)", n*step, v, err, requests)
		}
		os.RemoveAll(work)
	}
	t.Logf("%d disks: %d were full, %d of them after calls were paid; nobody twice, nobody in doubt", sizes, full, partly)
	if full < 50 || partly < 10 || full == sizes {
		t.Errorf("%d full, %d after calls: nothing was tested", full, partly)
	}
}

// memoryDir is a folder whose syncs cost nothing, where there is such a thing.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "mobile3batch-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// inProcess runs the program in this process and returns its code and all it printed.
func inProcess(t *testing.T, args []string, path string, d disks, m seams) (int, string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Setenv("MOBILE3_APPCODE", "any")
	if m.freeSpace == nil {
		m.freeSpace = func(string) (int64, error) { return 1 << 40, nil }
	}
	code := Main(args, Streams{In: nil, Out: f, Err: f, disks: d, seams: m})
	f.Seek(0, io.SeekStart)
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return code, string(b)
}

// TestRoomIsLookedForBeforePaying: a disk that is known to be too small is
// refused by path and bytes, and not a call is made.
func TestRoomIsLookedForBeforePaying(t *testing.T) {
	dir := t.TempDir()
	input := list(t, dir, 1000)
	server, err := sandbox.Start(sandbox.Defaults(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	other := filepath.Join(dir, "elsewhere")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		checkpoint, named string
		free              map[string]int64
	}{
		"one disk":             {filepath.Join(dir, "c"), filepath.Join(dir, "c"), map[string]int64{dir: 500_000}},
		"the sheet's own disk": {filepath.Join(other, "c"), filepath.Join(dir, "people.checked.csv"), map[string]int64{dir: 200_000, other: 1 << 40}},
		"the checkpoint's own": {filepath.Join(other, "c"), filepath.Join(other, "c"), map[string]int64{dir: 1 << 40, other: 300_000}},
	} {
		free := func(d string) (int64, error) { return c.free[d], nil }
		code, text := inProcess(t, []string{"mobile3batch", "run", input, "--checkpoint", c.checkpoint, "--endpoint", server.URL(), "--rate", "0"},
			filepath.Join(dir, "out"), disks{}, seams{freeSpace: free})
		if code != exitInternal || !strings.Contains(text, c.named) || !strings.Contains(text, "00000 bytes, and this run needs about") {
			t.Errorf("%s: exit %d\n%s", name, code, text)
		}
	}
	if requests, _ := server.Calls(); requests > 0 {
		t.Errorf("%d calls were made", requests)
	}
}
