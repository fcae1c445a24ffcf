//go:build unix

package cli

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mobile3batch/mobile3/sandbox"
)

// TestLostEndIsNotPaidForAgain: the last 2.5 MB of a checkpoint become zeros, its length stays. Nobody whose answer stood
// there looks new: every command refuses the file and says how long its end is, and a repaired one asks first.
func TestLostEndIsNotPaidForAgain(t *testing.T) {
	const lost = 5 << 19
	people := 20_000
	if brief() {
		people = 14_000
	}
	dir := t.TempDir()
	input := list(t, dir, people)
	box, err := sandbox.New(sandbox.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	server := httptest.NewServer(box)
	defer server.Close()
	program := func(args ...string) (int, string) {
		t.Helper()
		return inProcess(t, append([]string{"mobile3batch"}, args...), filepath.Join(dir, "said"), disks{}, seams{})
	}
	run := func(more ...string) (int, string) {
		return program(append([]string{"run", input, "--endpoint", server.URL + "/mobile3/check", "--rate", "0", "--workers", "64", "--quiet"}, more...)...)
	}
	if code, said := run(); code != exitOK {
		t.Fatalf("exit %d\n%s", code, said)
	}
	path := input + ".checkpoint"
	info, err := os.Stat(path)
	if err != nil || info.Size() < lost+1<<16 {
		t.Fatalf("%d bytes: %v", info.Size(), err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, lost), info.Size()-lost); err != nil {
		t.Fatal(err)
	}
	f.Close()

	billed := func() int { _, n := box.Calls(); return n }
	for _, args := range [][]string{{"run"}, {"run", "--yes"}, {"run", "--yes", "-o", filepath.Join(dir, "other.csv")}, {"status"}, {"verify"}, {"purge"}, {"resolve"}} {
		var code int
		var said string
		switch args[0] {
		case "run":
			code, said = run(args[1:]...)
		case "purge":
			code, said = program("purge", path, "--before", "2020-01-01", "--yes")
		case "resolve":
			code, said = program("resolve", path, "000000000000=billed")
		default:
			code, said = program(args[0], path)
		}
		if code != exitRefused || !strings.Contains(said, "damaged at byte") || !strings.Contains(said, "at most 1114129") || strings.Contains(said, "normal after a crash") {
			t.Errorf("%v: exit %d\n%s", args, code, said)
		}
		if billed() != people {
			t.Fatalf("%v: %d billed, %d before", args, billed(), people)
		}
	}
	if code, said := program("verify", path, "--repair"); code != exitOK || !strings.Contains(said, "may be paid for twice") {
		t.Fatalf("repair: exit %d\n%s", code, said)
	}
	code, said := run("--checkpoint", path+".repaired", "-o", filepath.Join(dir, "again.csv"))
	if code != exitUsage || !strings.Contains(said, "lost in damage") || billed() != people {
		t.Errorf("with the repaired one: exit %d, %s billed\n%s", code, fmt.Sprint(billed()), said)
	}
}
