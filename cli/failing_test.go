//go:build unix

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/xuri/excelize/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3/sandbox"
)

const diskWorkers = 8 // calls in flight

// rig runs whole batches in this process: one list of people, one address of the service, and for each run a bill of
// its own. It is used by one goroutine.
type rig struct {
	folder string // holds a folder for each disk
	input  []byte
	people [][]string // without the header
	digest []string   // by row, as the bill names people
	sheet  string     // name of the sheet that comes back
	server *httptest.Server
	dark   atomic.Bool // the machine is off: what it sends does not leave it
	box    atomic.Pointer[sandbox.Sandbox]
	stderr *os.File
	stdout *os.File
	signal chan os.Signal // somebody wants the test to end: a run would take it for its own Ctrl-C
}

var billKey = []byte("key")

func newRig(t *testing.T, people int, sheet string) *rig {
	t.Helper()
	t.Setenv(envAppCode, "any")
	r := &rig{folder: memoryDir(t), sheet: sheet} // thousands of files
	input := []string{"no,name,mobile,idCard"}
	r.people = readRows(t, list(t, r.folder, people))[1:]
	for _, p := range r.people {
		r.digest = append(r.digest, sandbox.Digest(billKey, p[1], p[2], p[3]))
		input = append(input, strings.Join(p, ","))
	}
	r.input = []byte(strings.Join(input, "\n"))
	var err error
	for name, f := range map[string]**os.File{"stdout": &r.stdout, "stderr": &r.stderr} {
		if *f, err = os.Create(filepath.Join(r.folder, name)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { (*f).Close() })
	}
	r.signal = make(chan os.Signal, 1)
	signal.Notify(r.signal, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(r.signal) })
	r.server = httptest.NewUnstartedServer(http.HandlerFunc(r.serve))
	r.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.server.Start()
	t.Cleanup(r.server.Close)
	return r
}

// rigs are as many as there are processors, for each.
func rigs(t *testing.T, people int, sheet string) []*rig {
	// There are thousands of runs, each with buffers of its own.
	gc := debug.SetGCPercent(400)
	t.Cleanup(func() { debug.SetGCPercent(gc) })
	var all []*rig
	for range runtime.GOMAXPROCS(0) {
		all = append(all, newRig(t, people, sheet))
	}
	return all
}

// each hands 1, 2, 3 … to the rigs, each of them in a goroutine of its own, until do says that there is no such case.
// It returns how many there were.
func each(rigs []*rig, do func(r *rig, n int) bool) int {
	var next, last atomic.Int64
	var wg sync.WaitGroup
	for _, r := range rigs {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if l := last.Load(); l != 0 && n >= l {
					return
				}
				if !do(r, int(n)) {
					for l := last.Load(); (l == 0 || n < l) && !last.CompareAndSwap(l, n); l = last.Load() {
					}
					return
				}
			}
		})
	}
	wg.Wait()
	return int(last.Load()) - 1
}

// serve is the service. Whoever calls while the power is off has sent nothing.
func (r *rig) serve(w http.ResponseWriter, q *http.Request) {
	if r.dark.Load() {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			conn.Close()
		}
		return
	}
	r.box.Load().ServeHTTP(w, q)
}

// ran is one run that has ended.
type ran struct {
	code int
	said string
	bill []sandbox.Line
}

func (r *rig) billed() int { _, n := r.box.Load().Calls(); return n }

// starting is held while a command line is parsed: the parser has variables of its whole package.
var starting sync.Mutex

// run is the command, always the same one. What it is charged for is on a bill of its own.
func (r *rig) run(d *shadowDisk) (ran, error) {
	cfg := sandbox.Defaults()
	cfg.Key = billKey
	box, err := sandbox.New(cfg)
	if err != nil {
		return ran{}, err
	}
	defer box.Close()
	r.box.Store(box)
	r.dark.Store(false)
	for _, f := range []*os.File{r.stdout, r.stderr} {
		if err := f.Truncate(0); err != nil {
			return ran{}, err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return ran{}, err
		}
	}
	starting.Lock()
	started := sync.OnceFunc(starting.Unlock)
	defer started()
	d.onStep = started
	code := Main([]string{"mobile3batch", "run", filepath.Join(d.dir, "people.csv"), "-o", filepath.Join(d.dir, r.sheet),
		"--endpoint", r.server.URL + "/mobile3/check", "--rate", "0", "--workers", fmt.Sprint(diskWorkers), "--quiet"},
		Streams{Out: r.stdout, Err: r.stderr, disks: d.streams()})
	select {
	case s := <-r.signal:
		return ran{}, fmt.Errorf("the test was sent the signal %v", s)
	default:
	}
	said, err := os.ReadFile(r.stderr.Name())
	if err != nil {
		return ran{}, err
	}
	bill, err := box.Bill()
	return ran{code, string(said), bill}, err
}

// place makes a folder with the list in it.
func (r *rig) place() (string, error) {
	dir, err := os.MkdirTemp(r.folder, "")
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "people.csv"), r.input, 0o600)
}

// newDisk is an empty disk but for the list.
func (r *rig) newDisk() (*shadowDisk, error) {
	dir, err := r.place()
	return newShadowDisk(dir), err
}

func (r *rig) discard(d *shadowDisk) {
	d.close()
	os.RemoveAll(d.dir)
}

// findings are what a finished batch came to, by the bill.
type findings struct {
	billed  int
	twice   int            // people who were charged for more than once
	doubts  int            // rows
	recalls int            // rows answered by the checkpoint
	seqNos  map[int]string // by row, of the answered ones
	wrong   []string       // all else that must not be
}

// judge holds the finished sheet against the list and against all that was ever billed for it.
func (r *rig) judge(path string, bill []sandbox.Line) findings {
	f := findings{billed: len(bill), seqNos: map[int]string{}}
	bad := func(format string, args ...any) { f.wrong = append(f.wrong, fmt.Sprintf(format, args...)) }
	lines := map[string][]sandbox.Line{}
	for _, l := range bill {
		if lines[l.Person] = append(lines[l.Person], l); len(lines[l.Person]) == 2 {
			f.twice++
		}
	}
	for person := range lines {
		if !slices.Contains(r.digest, person) {
			bad("somebody who is not on the list was billed")
		}
	}
	rows, err := sheetRows(path)
	if err != nil {
		bad("the sheet: %v", err)
		return f
	}
	if len(rows)-1 != len(r.people) {
		bad("%d rows of %d", len(rows)-1, len(r.people))
		return f
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for i, row := range rows[1:] {
		cell := func(name string) string {
			if j, ok := at[name]; ok && j < len(row) {
				return row[j]
			}
			return ""
		}
		if !slices.Equal(row[:min(len(row), len(r.people[i]))], r.people[i]) {
			bad("row %d is not the list's", i)
		}
		if strings.HasSuffix(cell("source"), "checkpoint") {
			f.recalls++
		}
		switch cell("status") {
		case "in_doubt":
			f.doubts++
		case "match", "mismatch", "no_record":
			f.seqNos[i] = cell("seqNo")
			if !slices.ContainsFunc(lines[r.digest[i]], func(l sandbox.Line) bool {
				return l.SeqNo == cell("seqNo") && fmt.Sprint(l.Result) == cell("result")
			}) {
				bad("row %d has an answer that was never given: %q %v", i, row, lines[r.digest[i]])
			}
		default:
			bad("row %d says %q, billed %d times", i, cell("status"), len(lines[r.digest[i]]))
		}
	}
	return f
}

func sheetRows(path string) ([][]string, error) {
	if filepath.Ext(path) == ".xlsx" {
		f, err := excelize.OpenFile(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return f.GetRows("Results")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseCSV(b)
}

// counts are those of a checkpoint of these bytes, as far as it is whole. ended: its last run has its end.
func (r *rig) counts(b []byte) (begun, settled int, ended bool, err error) {
	if len(bytes.Trim(b, "\x00")) == 0 {
		return 0, 0, false, nil
	}
	path := filepath.Join(r.folder, "look")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return 0, 0, false, err
	}
	v, err := checkpoint.View(path, checkpoint.ViewOptions{AnyKey: true})
	if err != nil {
		return 0, 0, false, err
	}
	defer v.Close()
	runs := v.Runs()
	return v.Counts().Begins, v.Counts().Settles, len(runs) > 0 && runs[len(runs)-1].End != nil, nil
}

// leftover names what a finished batch should not have left in the folder.
func (r *rig) leftover(d *shadowDisk, allowed ...string) (names []string, err error) {
	entries, err := os.ReadDir(d.dir)
	for _, e := range entries {
		if !slices.Contains(append(allowed, "people.csv", "people.csv.checkpoint", r.sheet), e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

var (
	sick     = []fault{{err: syscall.EIO}, {err: syscall.ENOSPC, short: true}}
	moreSick = []fault{{err: syscall.EIO, short: true}, {err: syscall.ENOSPC}, {err: syscall.EDQUOT}, {err: syscall.EDQUOT, short: true},
		{err: syscall.EROFS}}
)

// TestEveryOperationFails lets the n-th operation on the disk fail, for every n that a whole run has: it alone, or it
// and all after it. Then the disk is well again, and the same command must end what was begun without a second charge.
// A run that goes on where one has failed is put to the same. The sample lets each operation fail in one of four ways.
func TestEveryOperationFails(t *testing.T) {
	kinds := sick
	if long() {
		kinds = append(kinds, moreSick...)
	}
	if testing.Short() && !sampled() {
		kinds = sick[:1]
	}
	ways := 2 * len(kinds)
	if sampled() {
		ways = 1
	}
	crash := fault{only: "checkpoint sync", at: 6, err: syscall.EIO} // at most four commits of eight calls come before it
	for _, c := range []struct {
		name, sheet string
		people      int
		before      fault  // of a run that went before; at 0: none did
		only        string // among the operations
		least       int    // operations
	}{
		{"CSV", "people.checked.csv", 50, fault{}, "", 45},
		{"CSV, going on", "people.checked.csv", 50, crash, "", 45},
		{"CSV, the sheet", "people.checked.csv", 50, fault{}, "sheet", 7}, // how many come before them is not always the same
		{"XLSX", "people.checked.xlsx", 12, fault{}, "", 30},
		{"XLSX, the sheet", "people.checked.xlsx", 12, fault{}, "sheet", 7},
	} {
		if brief() && c.name != "CSV" && c.name != "XLSX, the sheet" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			var tally tally
			n := each(rigs(t, c.people, c.sheet), func(r *rig, n int) bool {
				reached := false
				for i := range ways {
					way := n + i // each operation in all ways, or each in another one
					f := kinds[way/2%len(kinds)]
					f.only, f.at, f.forever = c.only, n, way%2 == 1
					hit, err := r.failing(t, c.before, f, &tally)
					if err != nil {
						t.Errorf("operation %d: %v", n, err)
					}
					reached = reached || hit
				}
				return reached && !t.Failed()
			})
			if t.Failed() {
				return
			}
			t.Logf("%d operations, %d cases: billed %d, twice 0, in doubt %d; %s; no harm was done by %s",
				n, tally.cases, tally.billed, tally.doubts, counted(tally.steps), counted(tally.harmless))
			if n < c.least || tally.cases < c.least*ways || tally.doubts == 0 && c.only == "" {
				t.Error("the test has lost its point")
			}
		})
	}
}

// tally adds up what a test has seen.
type tally struct {
	mu                    sync.Mutex
	cases, billed, doubts int
	steps, harmless       map[string]int
}

func (a *tally) add(f findings, step string, harmless bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.steps == nil {
		a.steps, a.harmless = map[string]int{}, map[string]int{}
	}
	a.cases++
	a.billed += f.billed
	a.doubts += f.doubts
	a.steps[step]++
	if harmless {
		a.harmless[step]++
	}
}

func counted(m map[string]int) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		words = append(words, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(words, ", ")
}

// harmless are the operations whose failure need not end a run, and why.
var harmless = map[string]string{
	"copy identify":        "the checkpoint is there, and whether a copy is in its way is told by opening it",
	"old checkpoint close": "its copy has taken its place",
	"checkpoint close":     "all of it was synced before",
	"checkpoint reserve":   "less room is asked for then, and without that no call is begun",
}

// failing is one case: perhaps a run that fails, a run with f, a look at what it did, a run on a healthy disk, and one
// more that must change nothing. hit is false if the run had no f.at operations.
func (r *rig) failing(t *testing.T, before, f fault, sum *tally) (hit bool, err error) {
	d, err := r.newDisk()
	if err != nil {
		return false, err
	}
	defer r.discard(d)
	var bill []sandbox.Line
	doubtful := 0 // runs that may leave doubts
	if before.at > 0 {
		d.plan(before, nil)
		first, err := r.run(d)
		if err != nil {
			return false, err
		}
		if d.failed == nil || len(first.bill) == 0 || len(first.bill) == len(r.people) {
			return false, fmt.Errorf("the run before it was charged for %d people", len(first.bill))
		}
		bill, doubtful = first.bill, 1
	}

	var at sickness
	d.plan(f, func() { at = r.look(d) })
	sickRun, err := r.run(d)
	if err := errors.Join(err, at.err); err != nil {
		return false, err
	}
	sheet := filepath.Join(d.dir, r.sheet)
	bill = append(bill, sickRun.bill...)
	failed := d.failed
	bad := func(format string, args ...any) {
		t.Errorf("operation %d (%v) fails with %v, for ever %v, short %v: %s\nit ended with %d and said: %s",
			f.at, failed, f.err, f.forever, f.short, fmt.Sprintf(format, args...), sickRun.code, sickRun.said)
	}
	if failed == nil {
		if v := r.judge(sheet, bill); sickRun.code != exitFor(v) || v.twice > 0 || len(v.wrong) > 0 || v.doubts > diskWorkers*doubtful {
			bad("the run without a fault: %+v", v)
		}
		return false, nil
	}
	step := *failed
	if step.role != roleSheet {
		doubtful++
	}
	r.checkSick(bad, d, f, sickRun, bill, at)

	d.plan(fault{}, nil)
	wellRun, err := r.run(d)
	if err != nil {
		return true, err
	}
	bill = append(bill, wellRun.bill...)
	v := r.judge(sheet, bill)
	if v.twice > 0 || len(v.wrong) > 0 || wellRun.code != exitFor(v) || v.doubts > diskWorkers*doubtful {
		bad("then: exit %d, %d people billed twice, %d in doubt, %v\n%s", wellRun.code, v.twice, v.doubts, v.wrong, wellRun.said)
	}
	var kept []string
	if step.String() == "sheet rename" { // what could not be put in its place is kept beside it
		kept = append(kept, strings.Replace(r.sheet, ".checked.", ".checked.new.", 1))
	}
	if left, err := r.leftover(d, kept...); err != nil || len(left) > 0 {
		bad("left over: %v %v", left, err)
	}
	if filepath.Ext(sheet) == ".csv" && before.at == 0 { // elsewhere it costs time and would tell the same
		again, err := r.run(d)
		if err != nil {
			return true, err
		}
		if v := r.judge(sheet, bill); len(again.bill) > 0 || again.code != wellRun.code || len(v.wrong) > 0 {
			bad("once more: %d calls, exit %d, %v", len(again.bill), again.code, v.wrong)
		}
	}
	if len(d.sins) > 0 && !at.unmarked {
		bad("%v", d.sins)
	}
	sum.add(v, step.String(), sickRun.code == exitFor(v) && len(wellRun.bill) == 0)
	return true, nil
}

// exitFor is how a run must end that has asked everybody.
func exitFor(v findings) int {
	if v.doubts > 0 {
		return exitGaps
	}
	return exitOK
}

// sickness is what was on the disk when something failed.
type sickness struct {
	there          bool // the checkpoint had its name
	begun, settled int
	err            error
	// unmarked: what failed for ever is the sync of a run's end, and nothing could be written behind it. The next run
	// can't see that. Nobody's fate is in that commit.
	unmarked bool
}

func (r *rig) look(d *shadowDisk) (s sickness) {
	c := d.names["people.csv.checkpoint"]
	if s.there = c != nil; !s.there {
		return s
	}
	if s.begun, s.settled, _, s.err = r.counts(c.synced); s.err != nil {
		return s
	}
	if d.failed.String() == "checkpoint sync" && d.fault.forever {
		var cached []byte
		if cached, s.err = c.bytes(); s.err == nil {
			_, _, s.unmarked, s.err = r.counts(cached)
		}
	}
	return s
}

// TestWhetherACopyIsThereMustBeKnown: a checkpoint that is gone, with a copy that is there, is no reason to start anew.
// Neither is one of which that can't be told.
func TestWhetherACopyIsThereMustBeKnown(t *testing.T) {
	r := newRig(t, 3, "people.checked.csv")
	d, err := r.newDisk()
	if err != nil {
		t.Fatal(err)
	}
	defer r.discard(d)
	first, err := r.run(d)
	if err != nil || first.code != exitOK {
		t.Fatal(err, first)
	}
	path := filepath.Join(d.dir, "people.csv.checkpoint")
	if err := errors.Join(os.Rename(path, path+".copy"), os.Remove(filepath.Join(d.dir, r.sheet))); err != nil {
		t.Fatal(err)
	}
	d.plan(fault{only: "copy identify", at: 1, err: syscall.EIO}, nil)
	again, err := r.run(d)
	if err != nil || d.failed == nil {
		t.Fatal(err, d.failed)
	}
	is(t, "exit code", again.code, exitInternal)
	is(t, "people billed twice", len(again.bill), 0)
}

// TestAFailedCloseIsSaid: also at the end of a run that has gaps and nothing more to say.
func TestAFailedCloseIsSaid(t *testing.T) {
	r := newRig(t, 12, "people.checked.csv")
	d, err := r.newDisk()
	if err != nil {
		t.Fatal(err)
	}
	defer r.discard(d)
	d.plan(fault{only: "checkpoint sync", at: 5, err: syscall.EIO}, nil) // leaves a doubt
	if _, err := r.run(d); err != nil || d.failed == nil {
		t.Fatal(err, d.failed)
	}
	d.plan(fault{only: "checkpoint close", at: 1, err: syscall.EIO}, nil)
	end, err := r.run(d)
	if err != nil || d.failed == nil {
		t.Fatal(err, d.failed)
	}
	is(t, "exit code", end.code, exitInternal)
	is(t, "said", strings.Contains(end.said, "people.csv.checkpoint"), true)
}

// checkSick looks at the run whose disk failed.
func (r *rig) checkSick(bad func(string, ...any), d *shadowDisk, f fault, sick ran, bill []sandbox.Line, at sickness) {
	step := d.failed.String()
	if sick.code == exitOK || sick.code == exitGaps {
		if harmless[step] == "" || !at.there {
			bad("nobody noticed")
		}
		if v := r.judge(filepath.Join(d.dir, r.sheet), bill); len(v.wrong) > 0 || sick.code != exitFor(v) {
			bad("it says all is well: %+v", v)
		}
		return
	}
	if sick.code != exitInternal {
		bad("the exit code")
	}
	path := "people.csv.checkpoint"
	if d.failed.role == roleSheet {
		path = r.sheet
	}
	if !strings.Contains(sick.said, filepath.Join(d.dir, path)) {
		bad("%s is not named", path)
	}
	full := f.err == syscall.ENOSPC || f.err == syscall.EDQUOT
	if !strings.Contains(sick.said, f.err.Error()) && !(full && strings.Contains(sick.said, "the disk is full")) {
		bad("%v is not named", f.err)
	}
	if (step == "checkpoint write" || step == "checkpoint sync") && len(bill) > at.begun {
		bad("%d were billed, but only %d had an intent on disk when it failed", len(bill), at.begun)
	}
	if at.unmarked && at.settled < at.begun-diskWorkers {
		bad("a run's end was written before %d answers were on disk", at.begun-at.settled)
	}
	if d.failed.role == roleSheet && len(sick.bill) > 0 && len(bill) < len(r.people)-diskWorkers {
		bad("the sheet failed, and %d of %d were asked", len(bill), len(r.people))
	}
}
