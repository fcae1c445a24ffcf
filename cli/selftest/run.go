package selftest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// Config says what is killed, and how often.
type Config struct {
	Program string   // the binary
	Env     []string // added to the environment of each start
	Dir     string   // an empty folder on the disk to be tested
	Kills   int      // in all
	Rows    int      // people in one list; 0: enough for all kills. Lists follow each other until Kills is reached
	Workers []int    // calls in flight, list by list in turn
	Seed    uint64
	// Progress is told after each kill and each list. Called by one goroutine.
	Progress func(Result)
}

// Result is what all lists together came to.
type Result struct {
	Verdict
	Kills  int
	Starts int
	Lists  int
	Bound  int // people that may be in doubt at most: workers × kills
	Took   time.Duration
}

// Broken says in a sentence how the promise was broken; "" if it was kept.
func (r Result) Broken() string {
	switch {
	case r.Twice > 0:
		return fmt.Sprintf("%d people were billed twice", r.Twice)
	case r.Lost > 0:
		return fmt.Sprintf("%d rows were lost", r.Lost)
	case r.Wrong > 0:
		return fmt.Sprintf("%d rows have an answer that is not theirs", r.Wrong)
	case r.InDoubt > r.Bound:
		return fmt.Sprintf("%d rows are in doubt, more than calls were in flight at the kills (%d)", r.InDoubt, r.Bound)
	}
	return ""
}

// ErrSetup: the test could not be carried out. It says nothing about the promise.
var ErrSetup = errors.New("the test could not be carried out")

// Run kills until cfg.Kills is reached or the promise is broken, and judges each list when it is finished. ctx ends it
// early, with the result so far.
func Run(ctx context.Context, cfg Config) (Result, error) {
	began := time.Now()
	var sum Result
	for sum.Kills < cfg.Kills && sum.Broken() == "" {
		l := newSeries(cfg, sum)
		err := l.run(ctx)
		sum.add(l)
		sum.Took = time.Since(began)
		if err != nil {
			return sum, err
		}
		cfg.tell(sum)
	}
	return sum, nil
}

func (cfg Config) tell(r Result) {
	if cfg.Progress != nil {
		cfg.Progress(r)
	}
}

func (r *Result) add(l *series) {
	r.Verdict.Add(l.verdict)
	r.Kills += l.kills
	r.Starts += l.starts
	r.Lists++
	r.Bound += l.kills * l.workers
}

// series is one list, from the first kill to the verdict.
type series struct {
	cfg     Config
	before  Result
	dir     string
	list    string
	rows    int
	workers int
	rng     *rand.Rand
	trap    trap
	server  *sandbox.Server
	usual   time.Duration // from a start to the first charge, or to the end without one
	kills   int
	starts  int
	verdict Verdict
}

func newSeries(cfg Config, before Result) *series {
	l := &series{cfg: cfg, before: before, rng: rand.New(rand.NewPCG(cfg.Seed, uint64(before.Lists)))}
	l.workers = cfg.Workers[before.Lists%len(cfg.Workers)]
	if l.rows = cfg.Rows; l.rows == 0 {
		l.rows = (cfg.Kills - before.Kills) * (l.workers + perKill)
		l.rows = min(max(l.rows, 50), 5000)
	}
	l.dir = filepath.Join(cfg.Dir, fmt.Sprintf("list-%d", before.Lists+1))
	l.list = filepath.Join(l.dir, "people.csv")
	l.usual = 30 * time.Millisecond
	return l
}

const (
	perKill = 8 // charges between kills, on average
	latency = time.Millisecond
	billKey = "selftest"
)

func (l *series) run(ctx context.Context) (err error) {
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		return errors.Join(ErrSetup, err)
	}
	if err := WriteList(l.list, l.rows); err != nil {
		return errors.Join(ErrSetup, err)
	}
	cfg := sandbox.Defaults()
	cfg.Key, cfg.Latency, cfg.OnBilled = []byte(billKey), latency, l.trap.charged
	if l.server, err = sandbox.Start(cfg, "127.0.0.1:0"); err != nil {
		return errors.Join(ErrSetup, err)
	}
	defer l.server.Close()
	if err := l.killing(ctx); err != nil {
		return err
	}
	if err := l.finish(ctx); err != nil {
		return err
	}
	if l.verdict.Kept() {
		return os.RemoveAll(l.dir)
	}
	return nil
}

// killing kills until there are enough kills, or nobody is left to ask.
func (l *series) killing(ctx context.Context) error {
	for l.before.Kills+l.kills < l.cfg.Kills {
		done, err := l.start(ctx, l.plan())
		if err != nil {
			return err
		}
		if done {
			return nil
		}
		soFar := l.before
		soFar.add(l)
		l.cfg.tell(soFar)
	}
	return nil
}

// plan is how one start is to end.
type plan struct {
	charge int           // killed at this charge from now; 0: not
	after  time.Duration // killed so long after the start; 0: not
	replay bool          // no call: only recovery, and the sheet written
	power  bool          // what was not synced is lost with the process
}

func (l *series) plan() plan {
	p := plan{power: l.rng.IntN(2) == 0}
	moment := func() time.Duration { return 1 + time.Duration(l.rng.Int64N(int64(l.usual)*3/2)) }
	switch l.rng.IntN(4) {
	case 0: // while it starts and recovers, or soon after
		p.after = moment()
	case 1: // while it recovers and writes the sheet
		p.after, p.replay = moment(), true
	default:
		p.charge = 1 + l.rng.IntN(2*perKill)
	}
	return p
}

// start runs the program once. done: it came to its end by itself, with nobody left to ask.
func (l *series) start(ctx context.Context, p plan) (done bool, err error) {
	l.starts++
	command := "run"
	if p.power {
		command = PowerCommand
	}
	args := []string{command, l.list, "--endpoint", l.server.URL(), "--rate", "0", "--workers", strconv.Itoa(l.workers), "--lang", "en", "--quiet"}
	if p.replay {
		args = append(args, "--max-calls", "0")
	}
	cmd := exec.CommandContext(ctx, l.cfg.Program, args...)
	cmd.Env = append(append(environment(), "MOBILE3_APPCODE=selftest"), l.cfg.Env...)
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	victim := &victim{cmd: cmd}
	began := time.Now()
	l.trap.arm(p.charge, victim.kill, func() { l.usual = (3*l.usual + time.Since(began)) / 4 })
	if err := cmd.Start(); err != nil {
		return false, errors.Join(ErrSetup, err)
	}
	victim.started()
	if p.after > 0 {
		timer := time.AfterFunc(p.after, victim.kill)
		defer timer.Stop()
	}
	failed := cmd.Wait()
	l.trap.arm(0, nil, nil)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	code := cmd.ProcessState.ExitCode()
	switch {
	case code == 0 || code == 7 || (code == 6 && p.replay):
		return code != 6 && !p.replay, nil
	case victim.killed():
		l.kills++
		return false, nil
	}
	return false, fmt.Errorf("%w: the program ended with %w\n%s", ErrSetup, failed, out)
}

// environment is this process's, without what sets the program's flags: it is to run as its arguments say.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MOBILE3_") })
}

// finish lets the program come to its end, and asks the bill.
func (l *series) finish(ctx context.Context) error {
	for _, p := range []plan{{power: true}, {replay: true}} {
		if _, err := l.start(ctx, p); err != nil {
			return err
		}
	}
	bill, err := l.server.Bill()
	if err != nil {
		return errors.Join(ErrSetup, err)
	}
	l.verdict, err = Judge(l.list, filepath.Join(l.dir, "people.checked.csv"), bill, []byte(billKey))
	if err != nil {
		return errors.Join(ErrSetup, err)
	}
	return l.clean()
}

// clean: nothing of the program's own may be left beside list, checkpoint and sheet.
func (l *series) clean() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return errors.Join(ErrSetup, err)
	}
	for _, e := range entries {
		switch e.Name() {
		case "people.csv", "people.csv.checkpoint", "people.checked.csv":
		default:
			return fmt.Errorf("%w: %s was left behind", ErrSetup, e.Name())
		}
	}
	return nil
}

// PowerCommand is the program's run on a Volatile disk.
const PowerCommand = "selftest-run"

// victim is a process that may be killed from any goroutine, also before it was started.
type victim struct {
	cmd    *exec.Cmd
	mu     sync.Mutex
	up     bool
	wanted bool
}

func (v *victim) started() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.up = true; v.wanted {
		v.cmd.Process.Kill()
	}
}

func (v *victim) kill() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.wanted = true; v.up {
		v.cmd.Process.Kill()
	}
}

func (v *victim) killed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.wanted
}

// trap springs when the n-th charge from now stands on the bill and its answer has not left.
type trap struct {
	mu     sync.Mutex
	left   int
	spring func()
	first  func()
}

func (t *trap) arm(n int, spring, first func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left, t.spring, t.first = n, spring, first
}

func (t *trap) charged(int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first != nil {
		t.first()
		t.first = nil
	}
	if t.left > 0 {
		if t.left--; t.left == 0 {
			t.spring()
		}
	}
}

// tail keeps the end of what a program printed, for the message about its failure.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if n := len(t.b) - 4096; n > 0 {
		t.b = t.b[n:]
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.b) }
