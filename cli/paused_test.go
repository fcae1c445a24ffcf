//go:build linux

package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A patientService keeps a bill and, while it is told to, each answer until it is let
// go: it is charged for, and not sent.
type patientService struct {
	mu    sync.Mutex
	bill  map[string]int
	asked int
	held  int
	since time.Time     // when the first was held
	full  chan struct{} // closed when so many are held
	want  int
	letGo chan struct{}   // closed: answers are held no more
	known map[string]bool // paths: the first call to each is answered at once, which opens a process's pool
}

func (s *patientService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mobile := r.FormValue("mobile")
	s.mu.Lock()
	s.asked++
	id := s.asked
	s.bill[mobile]++
	held := s.known[r.URL.Path]
	s.known[r.URL.Path] = true
	if held {
		if s.held == 0 {
			s.since = time.Now()
		}
		if s.held++; s.held == s.want {
			close(s.full)
		}
	}
	s.mu.Unlock()
	if held {
		<-s.letGo
	}
	w.Header().Set("X-Ca-Request-Id", fmt.Sprintf("ID-%d", id))
	io.WriteString(w, `{"code":"0","isFee":1,"seqNo":"s","data":{"result":1}}`)
}

// pauseProcess stops a process and returns once the system says so.
func pauseProcess(t *testing.T, p *os.Process) {
	t.Helper()
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
		if err != nil || time.Now().After(end) {
			t.Fatalf("it does not stop: %v", err)
		}
		if _, state, _ := bytes.Cut(stat, []byte(") ")); bytes.HasPrefix(state, []byte("T")) {
			return
		}
	}
}

// pauses lets so many processes ask with so many workers each, stops them all while
// every worker waits for its answer, lets the answers come, and lets the processes go
// on after the pause. tooBusy: it took so long until all of them asked that nothing
// can be told.
type pauses struct {
	processes, workers int
	timeout, pause     time.Duration
	idle               time.Duration // after which the service closes a connection; the gateway does after 25 s
}

func (p pauses) test(t *testing.T) (tooBusy time.Duration) {
	service := &patientService{bill: map[string]int{}, known: map[string]bool{}, want: p.processes * p.workers, full: make(chan struct{}), letGo: make(chan struct{})}
	server := httptest.NewUnstartedServer(service)
	server.Config.IdleTimeout = p.idle
	server.Start()
	defer server.Close()
	letGo := sync.OnceFunc(func() { close(service.letGo) })
	defer letGo()
	people := 3 * p.workers
	var running []*exec.Cmd
	var dirs []string
	for i := range p.processes {
		dir := t.TempDir()
		list(t, dir, people)
		cmd := program(t, dir, "run", "people.csv", "--endpoint", fmt.Sprintf("%s/%d", server.URL, i), "--rate", "0",
			"--workers", fmt.Sprint(p.workers), "--timeout", p.timeout.String(), "--lang", "en")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Process.Kill()
		running, dirs = append(running, cmd), append(dirs, dir)
	}
	select {
	case <-service.full:
	case <-time.After(time.Minute):
		service.mu.Lock()
		defer service.mu.Unlock()
		t.Fatalf("%d of %d asked", service.held, service.want)
	}
	for _, cmd := range running {
		pauseProcess(t, cmd.Process)
	}
	if waited := time.Since(service.since); waited > p.timeout/2 {
		for _, cmd := range running {
			cmd.Process.Kill()
			cmd.Wait()
		}
		return waited // the machine is too busy for this limit: they may have given up before they were stopped
	}
	letGo()
	time.Sleep(p.pause)
	for _, cmd := range running {
		if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	doubts, rows, why := 0, 0, map[string]int{}
	for i, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, cmd.Stdout)
		}
		sheet := readRows(t, filepath.Join(dirs[i], "people.checked.csv"))
		status, note := column(t, sheet, "status"), column(t, sheet, "checkNote")
		for _, row := range sheet[1:] {
			rows++
			if row[status] == "in_doubt" {
				doubts++
				why[row[note][strings.LastIndex(row[note], " ")+1:]]++
			}
			if !strings.Contains("match in_doubt", row[status]) {
				t.Errorf("a row is %s", row[status])
			}
		}
	}
	t.Logf("%d processes, %d workers each, paused for %v: %d rows, %d calls, %d in doubt %v", p.processes, p.workers, p.pause, rows, service.asked, doubts, why)
	is(t, "rows", rows, p.processes*people)
	is(t, "answers lost", doubts, 0)
	is(t, "people", len(service.bill), people)
	for _, n := range service.bill { // the processes have a checkpoint each
		if n != p.processes {
			t.Errorf("somebody was charged %d times by %d processes", n, p.processes)
		}
	}
	return 0
}

// TestPausedProcess: docker pause, a suspended laptop. What was answered meanwhile
// lies in the sockets, and is an answer still; a connection that was closed meanwhile
// is no way to ask.
func TestPausedProcess(t *testing.T) {
	t.Parallel()
	p := pauses{processes: 2, workers: 32, timeout: time.Second, pause: 3 * time.Second, idle: 2 * time.Second}
	for p.test(t) > 0 {
		if p.timeout *= 2; p.timeout > 10*time.Second {
			t.Fatal("the machine is too busy")
		}
		p.pause = 2*p.timeout + time.Second
	}
}
