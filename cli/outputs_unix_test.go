//go:build unix

package cli

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// strangers are what an output must not replace, each made in dir under name. They stand in for /dev/null and
// /dev/stdout: no test puts the machine's own at risk.
func strangers() map[string]func(t *testing.T, dir, name string) {
	link := func(to string) func(*testing.T, string, string) {
		return func(t *testing.T, dir, name string) { must(t, os.Symlink(to, filepath.Join(dir, name))) }
	}
	fifo := func(t *testing.T, path string) { must(t, syscall.Mkfifo(path, 0o600)) }
	return map[string]func(t *testing.T, dir, name string){
		"folder":                  func(t *testing.T, dir, name string) { must(t, os.Mkdir(filepath.Join(dir, name), 0o700)) },
		"pipe":                    func(t *testing.T, dir, name string) { fifo(t, filepath.Join(dir, name)) },
		"socket":                  socketAt,
		"link to a device":        link(os.DevNull),
		"link to standard output": link("/dev/stdout"),
		"link to a file handle":   link("/dev/fd/1"),
		"link to a kernel's file": link("/proc/self/comm"),
		"link to itself":          func(t *testing.T, dir, name string) { link(name)(t, dir, name) },
		"link to a folder":        func(t *testing.T, dir, name string) { link(dir)(t, dir, name) },
		"link to a link to a pipe": func(t *testing.T, dir, name string) {
			fifo(t, filepath.Join(dir, "p"))
			link("p")(t, dir, "l")
			link("l")(t, dir, name)
		},
	}
}

func socketAt(t *testing.T, dir, name string) {
	t.Chdir(dir) // a socket's path is short
	l, err := net.Listen("unix", name)
	must(t, err)
	t.Cleanup(func() { l.Close() })
}

// outcome is what a command said, which must not wait for a pipe's other end.
type outcome struct {
	code     int
	out, err string
}

func outcomeOf(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	must(t, cmd.Start())
	hung := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	if !hung.Stop() {
		t.Errorf("%v hung", cmd.Args[1:])
	}
	return outcome{codeOfProcess(err), out.String(), errs.String()}
}

// snapshot is every name in a folder, what sort of thing it is, and what it holds.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var b strings.Builder
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		held := []byte{}
		switch e.Type() {
		case 0:
			held, err = os.ReadFile(path)
		case os.ModeSymlink:
			var to string
			to, err = os.Readlink(path)
			held = []byte(to)
		}
		must(t, err)
		fmt.Fprintf(&b, "%s %s %d %x\n", e.Type(), e.Name(), len(held), sha256.Sum256(held))
	}
	return b.String()
}

// writing are the commands with each flag that names a file to be written.
func writing() []struct{ flag, name, line string } {
	return []struct{ flag, name, line string }{
		{"--output", "o.csv", "run people.csv --endpoint URL -o FILE --force"},
		{"--output", "o.xlsx", "run people.csv --endpoint URL -o FILE --force"},
		{"--changes", "c.csv", "run people.csv --endpoint URL --changes FILE --force"},
		{"--summary-json", "s.json", "run people.csv --endpoint URL --summary-json FILE"},
		{"--metrics-file", "m.prom", "run people.csv --endpoint URL --metrics-file FILE"},
		{"--output", "p.csv", "plan people.csv -o FILE --force"},
		{"--details", "d.csv", "status known.checkpoint --details FILE --force"},
		{"--output", "r.checkpoint", "verify known.checkpoint --repair -o FILE"},
		{"--bill", "bill.jsonl", "sandbox --listen 127.0.0.1:0 --bill FILE"},
	}
}

func atStand(t *testing.T, dir, line, url, file string) outcome {
	t.Helper()
	args := strings.Fields(strings.NewReplacer("URL", url, "FILE", file).Replace(line))
	return outcomeOf(t, program(t, dir, args...))
}

func startStand(t *testing.T) *sandbox.Server {
	t.Helper()
	server, err := sandbox.Start(sandbox.Defaults(), "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { server.Close() })
	return server
}

// placeFor is a folder with a list, and the checkpoint of another one.
func placeFor(t *testing.T, url string) string {
	t.Helper()
	dir := t.TempDir()
	list(t, dir, 2)
	known := outcomeOf(t, program(t, dir, "run", "people.csv", "--endpoint", url, "--max-calls", "0", "--quiet", "--checkpoint", "known.checkpoint"))
	is(t, "exit code of the setup", known.code, exitBudget)
	must(t, os.Remove(filepath.Join(dir, "people.checked.csv")))
	return dir
}

// TestOutputsReplaceOrdinaryFilesOnly: a folder, a device, a pipe, a socket or a link to one is refused by its flag and
// its name, before anything is read, written or paid for, and stays as it was.
func TestOutputsReplaceOrdinaryFilesOnly(t *testing.T) {
	stand := startStand(t)
	for what, put := range strangers() {
		for _, w := range writing() {
			t.Run(what+strings.Fields(w.line)[0]+w.flag+w.name, func(t *testing.T) {
				dir := placeFor(t, stand.URL())
				put(t, dir, w.name)
				refusesToWrite(t, dir, w.line, w.flag, w.name, stand)
			})
		}
	}
	if calls, _ := stand.Calls(); calls != 0 {
		t.Errorf("%d calls were made", calls)
	}
}

func refusesToWrite(t *testing.T, dir, line, flag, file string, stand *sandbox.Server) {
	t.Helper()
	before := snapshot(t, dir)
	got := atStand(t, dir, line, stand.URL(), file)
	if got.code != exitUsage || !strings.Contains(got.err, flag+" "+file) || !strings.Contains(got.err, "ordinary file") {
		t.Errorf("exit %d: %s", got.code, got.err)
	}
	if strings.Contains(got.out+got.err, "rows:") {
		t.Errorf("the list was read first: %s", got.out+got.err)
	}
	if after := snapshot(t, dir); after != before {
		t.Errorf("before\n%safter\n%s", before, after)
	}
}

// TestOutputIsADevice: a device of the test's own, where the system lets it make one.
func TestOutputIsADevice(t *testing.T) {
	stand := startStand(t)
	for _, w := range writing() {
		dir := placeFor(t, stand.URL())
		file := filepath.Join(dir, w.name)
		if err := syscall.Mknod(file, syscall.S_IFCHR|0o600, 1<<8|3); err != nil { // what /dev/null is
			t.Logf("no device can be made here (%v): the links to one are all there is", err)
			must(t, os.Symlink(os.DevNull, file))
		}
		refusesToWrite(t, dir, w.line, w.flag, w.name, stand)
	}
}

// TestOutputIsTheShellsPipe: --metrics-file >(cmd) and /dev/stdout name what is no file on a disk.
func TestOutputIsTheShellsPipe(t *testing.T) {
	stand := startStand(t)
	for _, w := range writing() {
		if strings.HasSuffix(w.name, ".csv") || strings.HasSuffix(w.name, ".xlsx") {
			continue // the name has no such end
		}
		for _, file := range []string{"/dev/fd/1", "/proc/self/fd/1", "/dev/fd/../fd/1"} {
			dir := placeFor(t, stand.URL())
			refusesToWrite(t, dir, w.line, w.flag, file, stand)
		}
		dir := placeFor(t, stand.URL())
		line := strings.NewReplacer("URL", stand.URL(), "FILE", ">(cat >caught)").Replace(w.line)
		self, err := os.Executable()
		must(t, err)
		cmd := exec.Command("bash", "-c", self+" "+line)
		cmd.Dir, cmd.Env = dir, program(t, dir).Env
		got := outcomeOf(t, cmd)
		if got.code != exitUsage || !strings.Contains(got.err, w.flag+" /dev/fd/") || !strings.Contains(got.err, "ordinary file") {
			t.Errorf("%s >(…): exit %d: %s", w.flag, got.code, got.err)
		}
	}
	if calls, _ := stand.Calls(); calls != 0 {
		t.Errorf("%d calls were made", calls)
	}
}

// TestLinksOfOutputs: the sheet takes a link's place; the small files go where it leads, with the link left alone.
func TestLinksOfOutputs(t *testing.T) {
	stand := startStand(t)
	for _, there := range []bool{true, false} {
		for flag, name := range map[string]string{"--summary-json": "s.json", "--metrics-file": "m.prom", "--output": "o.csv", "--changes": "c.csv"} {
			dir := placeFor(t, stand.URL())
			must(t, os.Mkdir(filepath.Join(dir, "far"), 0o700))
			far := filepath.Join(dir, "far", name)
			if there {
				must(t, os.WriteFile(far, []byte("old"), 0o600))
			}
			must(t, os.Symlink(filepath.Join("far", name), filepath.Join(dir, "hop")))
			must(t, os.Symlink("hop", filepath.Join(dir, name)))
			got := outcomeOf(t, program(t, dir, "run", "people.csv", "--endpoint", stand.URL(), "--quiet", "--force", flag, name))
			is(t, flag+": exit code", got.code, exitOK)
			held, _ := os.ReadFile(far)
			info, err := os.Lstat(filepath.Join(dir, name))
			must(t, err)
			follows := flag == "--summary-json" || flag == "--metrics-file"
			is(t, flag+": the link is left", info.Mode()&os.ModeSymlink != 0, follows)
			is(t, flag+": the far file is new", len(held) > 100, follows)
			if _, err := os.Stat(far); !follows && !there && err == nil {
				t.Errorf("%s: a file was made where the link led", flag)
			}
			left, err := os.ReadDir(filepath.Join(dir, "far"))
			must(t, err)
			if len(left) > 1 {
				t.Errorf("%s: the far folder holds %v", flag, left)
			}
		}
	}
}

// TestLinksOfOthers: whoever may write to a shared folder must not choose which file is replaced.
func TestLinksOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can make a link that is somebody else's")
		return
	}
	stand := startStand(t)
	for flag, name := range map[string]string{"--summary-json": "s.json", "--metrics-file": "m.prom"} {
		dir := placeFor(t, stand.URL())
		must(t, os.WriteFile(filepath.Join(dir, "mine"), []byte("my own"), 0o600))
		must(t, os.Symlink("mine", filepath.Join(dir, name)))
		must(t, os.Lchown(filepath.Join(dir, name), 12345, 12345))
		refusesToWrite(t, dir, "run people.csv --endpoint URL "+flag+" FILE", flag, name, stand)
	}
}

// TestModesOfOutputs: whatever the umask, and whatever stood there.
func TestModesOfOutputs(t *testing.T) {
	stand := startStand(t)
	for _, umask := range []string{"000", "077"} {
		for flag, want := range map[string]os.FileMode{"--summary-json": 0o600, "--metrics-file": 0o644} {
			for _, before := range []os.FileMode{0, 0o666, 0o400} {
				dir := placeFor(t, stand.URL())
				file := filepath.Join(dir, "f")
				if before != 0 {
					must(t, os.WriteFile(file, []byte("old"), before))
				}
				self, err := os.Executable()
				must(t, err)
				cmd := exec.Command("sh", "-c", "umask "+umask+"; exec "+self+" run people.csv --quiet --endpoint "+stand.URL()+" "+flag+" f")
				cmd.Dir, cmd.Env = dir, program(t, dir).Env
				is(t, "exit code", outcomeOf(t, cmd).code, exitOK)
				info, err := os.Stat(file)
				must(t, err)
				is(t, fmt.Sprintf("%s after umask %s and %s", flag, umask, before), info.Mode(), want)
			}
		}
	}
}

// TestNumbersOfAnInterruptedRun: a monitor that looks at any time sees the old file or the new one, whole, and after a
// Ctrl-C or a kill at the n-th charge both are right.
func TestNumbersOfAnInterruptedRun(t *testing.T) {
	t.Parallel()
	const people = 300
	dir := t.TempDir()
	input := list(t, dir, people)
	var trap atCharge
	cfg := sandbox.Defaults()
	cfg.Latency, cfg.OnBilled = 5*time.Millisecond, trap.billed
	server, err := sandbox.Start(cfg, "127.0.0.1:0")
	must(t, err)
	defer server.Close()
	summary, numbers := filepath.Join(dir, "s.json"), filepath.Join(dir, "m.prom")
	run := func() *exec.Cmd {
		return program(t, dir, "run", input, "--endpoint", server.URL(), "--rate", "0", "--workers", "8", "--quiet",
			"--summary-json", summary, "--metrics-file", numbers)
	}
	check := func(code int, why string) {
		t.Helper()
		billed := int64(0) // in this run, as its sheet tells
		rows := readRows(t, filepath.Join(dir, "people.checked.csv"))
		for _, row := range rows[1:] {
			if row[column(t, rows, "source")] == "sandbox:api" {
				billed++
			}
		}
		if billed < 50 {
			t.Errorf("only %d billed", billed)
		}
		var s struct {
			Exit         int
			End          string
			Rows, Billed int64
			Status       map[string]int64
		}
		b, err := os.ReadFile(summary)
		must(t, err)
		must(t, json.Unmarshal(b, &s))
		is(t, "billed", s.Billed, billed)
		is(t, "rows", s.Rows, people)
		is(t, "exit", s.Exit, code)
		is(t, "end", s.End, why)
		b, err = os.ReadFile(numbers)
		must(t, err)
		for _, line := range []string{
			fmt.Sprintf(`mobile3batch_exit_code{input="people.csv"} %d`, code),
			fmt.Sprintf(`mobile3batch_calls_billed{input="people.csv"} %d`, billed),
			fmt.Sprintf(`mobile3batch_rows{input="people.csv",status="pending"} %d`, s.Status["pending"]),
		} {
			if !strings.Contains(string(b), line+"\n") {
				t.Errorf("%s is not in\n%s", line, b)
			}
		}
		is(t, "a last success", strings.Contains(string(b), lastSuccess+"{"), code == exitOK)
	}
	_, ended := trap.during(run(), 100, func(p *os.Process) { p.Signal(syscall.SIGTERM) })
	is(t, "exit code", codeOfProcess(ended), exitInterrupted)
	_, first := server.Calls()
	check(exitInterrupted, "interrupted")

	before := snapshotOf(t, summary, numbers)
	_, ended = trap.during(run(), first+50, func(p *os.Process) { p.Kill() })
	is(t, "killed", codeOfProcess(ended), -1)
	if snapshotOf(t, summary, numbers) != before {
		t.Error("a kill has changed the files of the run before")
	}

	last := codeOfProcess(run().Run())
	if last != exitOK && last != exitGaps { // who was asked about when it was killed is in doubt
		t.Errorf("exit code %d", last)
	}
	check(last, endFinished)
	is(t, "billed twice", server.Summary().BilledTwice, 0)
}

func snapshotOf(t *testing.T, files ...string) string {
	t.Helper()
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		all.Write(b)
	}
	return all.String()
}

// TestSummaryWithoutAReader: nobody reads what is printed any more, and a monitor still reads the file, which tells how the
// run really ended.
func TestSummaryWithoutAReader(t *testing.T) {
	pipeCaught(t)
	stand := startStand(t)
	dir := placeFor(t, stand.URL())
	must(t, os.WriteFile(filepath.Join(dir, "s.json"), []byte("{}"), 0o600))
	cmd := program(t, dir, "run", "people.csv", "--endpoint", stand.URL(), "--summary-json", "s.json")
	r, w, err := os.Pipe()
	must(t, err)
	must(t, r.Close())
	cmd.Stdout = w
	err = cmd.Run()
	must(t, w.Close())
	is(t, "exit code", codeOfProcess(err), exitInternal)
	var s struct {
		Billed, Exit int
		End          string
	}
	b, err := os.ReadFile(filepath.Join(dir, "s.json"))
	must(t, err)
	must(t, json.Unmarshal(b, &s))
	is(t, "billed", s.Billed, 2)
	is(t, "exit", s.Exit, exitInternal)
	is(t, "end", s.End, "failed")
}
