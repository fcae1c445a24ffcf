package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
)

// fileLimit makes the program one whose files may not grow beyond so many bytes.
const fileLimit = "MOBILE3BATCH_TEST_FILE_LIMIT"

func init() {
	if n, err := strconv.ParseUint(os.Getenv(fileLimit), 10, 64); err == nil {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
}

// TestLimitOnFileSizes: no call is begun whose answer the checkpoint may not grow by, so nobody is in doubt.
func TestLimitOnFileSizes(t *testing.T) {
	const people, limit = 400, 40 << 10
	dir := t.TempDir()
	input := list(t, dir, people)
	cfg := sandbox.Defaults()
	cfg.Key, cfg.Latency = []byte("k"), time.Millisecond
	server, err := sandbox.Start(cfg, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	sheet := filepath.Join(dir, "out.csv")
	run := func(limit string) (string, error) {
		cmd := program(t, dir, "run", input, "-o", sheet, "--endpoint", server.URL(), "--rate", "0", "--workers", "16")
		cmd.Env = append(cmd.Env, fileLimit+"="+limit)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run(strconv.Itoa(limit))
	is(t, "exit code", codeOfProcess(err), exitInternal)
	if !strings.Contains(out, "the limit on file sizes is reached") || !strings.Contains(out, "ulimit -f") {
		t.Errorf("it does not say what to do:\n%s", out)
	}
	if _, billed := server.Calls(); billed == 0 || billed == people {
		t.Errorf("%d billed before the limit: nothing was tested", billed)
	}
	if out, err = run(""); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	bill, err := server.Bill()
	if err != nil {
		t.Fatal(err)
	}
	v, err := selftest.Judge(input, sheet, bill, cfg.Key)
	if err != nil || !v.Kept() || v.InDoubt > 0 || v.Billed != people {
		t.Errorf("%+v, %v", v, err)
	}
}
