//go:build unix

package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// nightfall is a service and a clock: midnight comes when the n-th call has arrived, before it is counted.
type nightfall struct {
	mu      sync.Mutex
	now     time.Time
	arrived int
	at      int         // the call with which midnight comes; 0: never
	byDay   map[int]int // billed, by the day of the month on which the call was counted
	lose    int         // every so many calls are billed and never answered; 0: none
	box     *sandbox.Sandbox
}

func newNightfall(t *testing.T, at, lose int) *nightfall {
	t.Helper()
	s := &nightfall{now: time.Date(2026, 11, 29, 23, 59, 50, 0, china), at: at, lose: lose, byDay: map[int]int{}}
	cfg := sandbox.Defaults()
	cfg.OnBilled = func(int) { s.mu.Lock(); s.byDay[s.now.Day()]++; s.mu.Unlock() }
	var err error
	if s.box, err = sandbox.New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *nightfall) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *nightfall) midnight() {
	if s.now.Day() == 29 {
		s.now = time.Date(2026, 11, 30, 0, 0, 1, 0, china)
	}
}

func (s *nightfall) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.mu.Lock()
	s.arrived++
	n := s.arrived
	if n == s.at {
		s.midnight()
	}
	s.mu.Unlock()
	answer := httptest.NewRecorder()
	s.box.ServeHTTP(answer, q)
	if s.lose > 0 && n%s.lose == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

// TestNoDayIsDearerThanItsCap: a batch during which midnight comes, at any call, and then more runs on the new day. The
// bill of neither day holds more calls than the day's cap, whether answers get lost or not, and whatever a purge takes.
func TestNoDayIsDearerThanItsCap(t *testing.T) {
	const most, first = 12, 5
	over, full := 0, 0
	for at := 1; at <= most+1; at++ {
		for _, lose := range []int{0, 3} {
			for _, purge := range []bool{false, true} {
				name := fmt.Sprintf("midnight with call %d, every %d. lost, purge %v", at, lose, purge)
				dir := t.TempDir()
				input := list(t, dir, 60)
				s := newNightfall(t, at, lose)
				server := httptest.NewServer(s)
				program := func(args ...string) int {
					code, said := inProcess(t, append([]string{"mobile3batch"}, args...), filepath.Join(dir, "said"), disks{}, seams{now: s.clock})
					if code != exitBudget && code != exitOK && code != exitGaps {
						t.Fatalf("%s: %s: exit %d\n%s", name, args[0], code, said)
					}
					return code
				}
				runs := 0
				run := func(more ...string) {
					runs++ // a sheet of its own: one with answers that the checkpoint has forgotten would be refused
					program(append([]string{"run", input, "-o", filepath.Join(dir, fmt.Sprint(runs, ".csv")), "--endpoint", server.URL + "/mobile3/check", "--rate", "0", "--workers", "4", "--price", "0.10",
						"--daily-max-cost", yuan(1000 * most).String(), "--quiet", "--yes"}, more...)...)
				}
				run("--max-calls", fmt.Sprint(first))
				run()
				if purge {
					s.mu.Lock()
					s.midnight()
					s.mu.Unlock()
					program("purge", input+".checkpoint", "--before", "2026-11-30", "--forget-keys", "--yes")
				}
				s.mu.Lock()
				s.midnight()
				s.mu.Unlock()
				run()
				run()
				server.Close()
				if s.byDay[29] > most || s.byDay[30] > most {
					over++
					t.Errorf("%s: %d and %d billed, the cap of a day is %d", name, s.byDay[29], s.byDay[30], most)
				}
				if s.byDay[30] == most {
					full++
				}
				s.box.Close()
			}
		}
	}
	if full == 0 {
		t.Error("the new day's cap was never reached")
	}
	t.Logf("%d of %d over the cap, %d reached it", over, (most+1)*4, full)
}
