package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
)

// scene is a state of affairs from which the program is started and made to fail.
type scene struct {
	name  string
	args  []string            // added to run
	once  bool                // some people are throttled the first time they are asked
	setup func(*theatre)      // makes what is there beforehand
	stage map[string][]byte   // the files that setup left
	paid  []sandbox.Line      // and its bill
	hits  map[string][]string // point → actions that happened

	canaries *canaries // the list's people, and the AppCode
}

func scenes() []*scene {
	// left makes doubts: killed with intents on disk, and the sheet written after that.
	left := func(th *theatre) {
		th.fault(intentSynced, actExit, 3)
		th.run(exitGaps)
	}
	all := func(th *theatre) { th.run(exitOK) }
	return []*scene{
		{name: "fresh"},
		{name: "throttled", once: true},
		{name: "resume", setup: func(th *theatre) { th.fault(outcomeQueued, actExit, 4) }},
		{name: "leftover", setup: func(th *theatre) {
			th.fault(outcomeQueued, actExit, 4)
			th.fault(copyHalfWritten, actExit, 1)
		}},
		{name: "resend", args: []string{"--in-doubt", "resend"}, setup: left},
		{name: "resend-throttled", args: []string{"--in-doubt", "resend"}, once: true, setup: left},
		{name: "renewal", args: []string{"--max-age", "1ms"}, setup: all},
		{name: "renewal-throttled", args: []string{"--max-age", "1ms"}, once: true, setup: all},
	}
}

// theatre is where one scene is played, case after case, against one address.
type theatre struct {
	t       *testing.T
	dir     string
	url     string
	service atomic.Pointer[sandbox.Sandbox]
}

const people, faultWorkers = 10, 3

func newTheatre(t *testing.T) *theatre {
	th := &theatre{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { th.service.Load().ServeHTTP(w, r) }))
	th.url = server.URL + "/mobile3/check"
	t.Cleanup(func() { server.Close(); th.service.Load().Close() })
	return th
}

// open puts a stand-in with an empty bill behind the address.
func (th *theatre) open() {
	cfg := sandbox.Defaults()
	cfg.Key = []byte("faults")
	s, err := sandbox.New(cfg)
	if err != nil {
		th.t.Fatal(err)
	}
	if old := th.service.Swap(s); old != nil {
		old.Close()
	}
}

func (th *theatre) bill() []sandbox.Line {
	lines, err := th.service.Load().Bill()
	if err != nil {
		th.t.Fatal(err)
	}
	return lines
}

func (th *theatre) command(args []string) *exec.Cmd {
	all := append([]string{"run", filepath.Join(th.dir, "people.csv"), "--endpoint", th.url, "--rate", "0",
		"--workers", fmt.Sprint(faultWorkers), "--yes", "--quiet"}, args...)
	return program(th.t, th.dir, all...)
}

func (th *theatre) run(want int, args ...string) {
	th.t.Helper()
	out, err := th.command(args).CombinedOutput()
	if code := codeOfProcess(err); code != want {
		th.t.Fatalf("exit %d, want %d\n%s", code, want, out)
	}
}

func codeOfProcess(err error) int {
	if err == nil {
		return 0
	}
	return exitCode(err)
}

// fault runs the program with a fault and tells whether it happened, and how it ended.
func (th *theatre) fault(p point, action string, nth int, args ...string) (happened bool, code int, out []byte) {
	mark := filepath.Join(th.dir, "fired")
	defer os.Remove(mark)
	cmd := th.command(args)
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s %s %d %s", faultAt, p, action, nth, mark))
	out, err := cmd.CombinedOutput()
	_, missing := os.Stat(mark)
	return missing == nil, codeOfProcess(err), out
}

// prepare plays the setup once; every case starts from a copy of what it left.
func (th *theatre) prepare(s *scene) {
	th.dir = th.t.TempDir()
	path := filepath.Join(th.dir, "people.csv")
	if err := selftest.WriteList(path, people); err != nil {
		th.t.Fatal(err)
	}
	if s.once {
		throttle(th.t, path)
	}
	th.open()
	if s.setup != nil {
		s.setup(th)
	}
	list, err := os.ReadFile(path)
	if err != nil {
		th.t.Fatal(err)
	}
	s.canaries = &canaries{values: map[string]bool{"canary-appcode-5e1f": true}}
	s.canaries.add(list)
	if len(s.canaries.values) < 2*people {
		th.t.Fatalf("only %d canaries", len(s.canaries.values))
	}
	s.paid, s.stage, s.hits = th.bill(), map[string][]byte{}, map[string][]string{}
	entries, err := os.ReadDir(th.dir)
	if err != nil {
		th.t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(th.dir, e.Name()))
		if err != nil {
			th.t.Fatal(err)
		}
		s.stage[e.Name()] = b
	}
}

// throttle turns the first three people of a list into such that are throttled
// the first time: with another name each, they are different people.
func throttle(t *testing.T, path string) {
	rows := readRows(t, path)
	for i := range 3 {
		rows[1+i][1], rows[1+i][2] = "张"+string(rune('一'+i)), "19400000004"
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
}

// play is one case: the fault, then the same command until the end, then the bill.
func (th *theatre) play(s *scene, p point, action string, nth int) (happened bool) {
	name := fmt.Sprintf("%s: %s at hit %d of %s", s.name, action, nth, p)
	th.dir = filepath.Join(th.t.TempDir(), strings.NewReplacer(" ", "-", ":", "").Replace(name))
	if err := os.Mkdir(th.dir, 0o700); err != nil {
		th.t.Fatal(err)
	}
	for file, b := range s.stage {
		if err := os.WriteFile(filepath.Join(th.dir, file), b, 0o600); err != nil {
			th.t.Fatal(err)
		}
	}
	th.open()
	happened, code, out := th.fault(p, action, nth, s.args...)
	// All of the request has left before that write fails: its answer may come all the same.
	answered := p == requestWritten && action == actOnce
	if happened && code == exitOK && !answered {
		th.t.Errorf("%s: nobody noticed\n%s", name, out)
	}
	s.canaries.look(th.t, name+": what was printed", out)
	for _, file := range []string{"people.csv.checkpoint", "people.csv.checkpoint.copy"} {
		b, err := os.ReadFile(filepath.Join(th.dir, file))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			th.t.Error(err)
		}
		s.canaries.look(th.t, name+": "+file, b)
	}
	if strings.Contains(string(out), "张") { // who is throttled once has a name of that kind
		th.t.Errorf("%s: a name was printed\n%s", name, out)
	}
	out, err := th.command(s.args).CombinedOutput()
	if code := codeOfProcess(err); code != exitOK && code != exitGaps {
		th.t.Errorf("%s: it can't go on, exit %d\n%s", name, code, out)
		return happened
	}
	doubts := faultWorkers
	switch {
	case (p == requestHalfWritten || p == requestWritten || p == answerHalfRead) && action == actForever:
		doubts = people // each call loses its answer
	case p == answerHalfRead && action == actPanic:
		doubts++ // its connection is closed before the program is gone: the answer is lost, and its worker may go on
	case s.setup != nil:
		doubts *= 2
	}
	th.judge(name, s, doubts)
	return happened
}

func (th *theatre) judge(name string, s *scene, doubts int) {
	list, sheet := filepath.Join(th.dir, "people.csv"), filepath.Join(th.dir, "people.checked.csv")
	now := th.bill()
	v, err := selftest.Judge(list, sheet, slices.Concat(s.paid, now), []byte("faults"))
	if err != nil {
		th.t.Errorf("%s: %v", name, err)
		return
	}
	again, err := selftest.Judge(list, sheet, now, []byte("faults"))
	if err != nil {
		th.t.Errorf("%s: %v", name, err)
		return
	}
	if s.args == nil && v.Twice > 0 || again.Twice > 0 {
		th.t.Errorf("%s: %d people billed twice", name, max(v.Twice, again.Twice))
	}
	if v.Lost > 0 || v.Wrong > 0 || v.InDoubt > doubts {
		th.t.Errorf("%s: %+v", name, v)
	}
	entries, err := os.ReadDir(th.dir)
	if err != nil || len(entries) != 3 {
		th.t.Errorf("%s: %d files, want list, checkpoint and sheet: %v, %v", name, len(entries), entries, err)
	}
}

// TestEveryFaultPoint makes the program exit, panic and fail at every named
// place, at its first and a later hit, lets it go on, and asks the bill. The
// sample has one of the four ways for each place and scene.
func TestEveryFaultPoint(t *testing.T) {
	t.Parallel()
	var cases, happened atomic.Int64
	hits, acts, least := []int{1, 3}, actions, int64(250)
	switch {
	case sampled():
		hits, least = []int{1}, 50
	case testing.Short():
		hits, acts, least = []int{1}, []string{actPanic, actForever}, 75
	}
	all := scenes()
	t.Run("scenes", func(t *testing.T) {
		for i, s := range all {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				th := newTheatre(t)
				th.prepare(s)
				for j, p := range slices.Sorted(maps.Keys(points)) {
					if !slices.Contains(points[p].scenes, s.name) {
						continue
					}
					acts := acts
					if sampled() {
						acts = actions[(i+j)%len(actions):][:1]
					}
					for _, action := range acts {
						for _, nth := range hits {
							cases.Add(1)
							if th.play(s, p, action, nth) {
								happened.Add(1)
								s.hits[string(p)] = append(s.hits[string(p)], action)
							} else if nth == 1 {
								t.Errorf("%s was not reached", p)
							}
						}
					}
				}
				if len(s.hits) == 0 {
					t.Error("nothing was tested")
				}
			})
		}
	})
	t.Logf("%d points, %d cases, %d of them reached", len(points), cases.Load(), happened.Load())
	seen := map[string]bool{}
	for _, s := range all {
		for _, happened := range s.hits {
			for _, action := range happened {
				seen[action] = true
			}
		}
	}
	if happened.Load() < least || len(seen) != len(acts) {
		t.Errorf("only %d faults happened, in %d ways", happened.Load(), len(seen))
	}
}

// TestFaultPointsAreComplete: each constant is described, each stands somewhere
// in the wrappers, and every letter of the fault model has one.
func TestFaultPointsAreComplete(t *testing.T) {
	source, err := os.ReadFile("faults_test.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	for line := range strings.Lines(string(source)) {
		name, value, found := strings.Cut(line, " point = ")
		if !found {
			continue
		}
		name, value = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"`)
		name = strings.TrimSpace(strings.TrimSuffix(name, "point"))
		declared++
		if points[point(value)].model == "" || len(points[point(value)].scenes) == 0 {
			t.Errorf("%s is not described, or has no scene", value)
		}
		if strings.Count(string(source), name) < 3 {
			t.Errorf("%s is declared and described, but stands nowhere", name)
		}
	}
	if declared != len(points) || declared < 30 {
		t.Errorf("%d points are declared, %d described", declared, len(points))
	}
	for _, want := range []string{"F1 ", "F2 ", "F3 ", "F4 ", "F5 ", "F6 ", "F7 ", "F8 ", "F9 ", "F10 ", "F11 ", "resend: ", "renewal: "} {
		found := false
		for _, about := range points {
			found = found || strings.HasPrefix(about.model, want)
		}
		if !found {
			t.Errorf("no point for %s", want)
		}
	}
}
