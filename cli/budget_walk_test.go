//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// unsteady forwards to the service, which charges, and loses some requests before they arrive and some answers after.
type unsteady struct {
	t       *testing.T
	to      string
	mu      sync.Mutex
	rng     *rand.Rand
	arrived map[string]bool // by mobile: its newest request
	flying  atomic.Int32
}

func (u *unsteady) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.flying.Add(1)
	defer u.flying.Add(-1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		u.t.Error(err)
	}
	u.mu.Lock()
	fate := u.rng.IntN(12)
	u.arrived[form.Get("mobile")] = fate != 0
	u.mu.Unlock()
	if fate == 0 {
		panic(http.ErrAbortHandler)
	}
	req, err := http.NewRequest(r.Method, u.to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		u.t.Error(err)
		return
	}
	req.Header = r.Header.Clone()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		u.t.Error(err)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || fate == 1 {
		panic(http.ErrAbortHandler)
	}
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.StatusCode)
	w.Write(answer)
}

// paidList is a batch of the walk, and what its own runs have cost by the service's bill.
type paidList struct {
	batch  string
	people []int
	agreed int
	billed int
	gone   bool
}

// budgetWalk does what people and machines do to the page, in any order.
type budgetWalk struct {
	t      *testing.T
	rng    *rand.Rand
	data   string
	bank   *sandbox.Server
	net    *unsteady
	trap   atCharge
	killed atomic.Bool
	s      *served
	lists  []*paidList
	did    map[string]int
}

const (
	walkers = 40   // people of whom all lists are made
	aCall   = 1600 // in units of yuan
)

func newBudgetWalk(t *testing.T, seed uint64) *budgetWalk {
	w := &budgetWalk{t: t, rng: rand.New(rand.NewPCG(seed, 7)), data: t.TempDir(), did: map[string]int{}}
	cfg := sandbox.Defaults()
	cfg.OnBilled = w.trap.billed
	w.bank = startBank(t, cfg)
	w.net = &unsteady{t: t, to: strings.TrimSuffix(w.bank.URL(), "/mobile3/check"), rng: rand.New(rand.NewPCG(seed, 8)), arrived: map[string]bool{}}
	through := httptest.NewServer(w.net)
	t.Cleanup(through.Close)
	w.s = openPage(t, w.data, through.URL+"/mobile3/check")
	return w
}

func (w *budgetWalk) upload(people []int) *paidList {
	w.t.Helper()
	var rows []string
	for _, i := range people {
		row, _ := who(i)
		rows = append(rows, row)
	}
	l := &paidList{people: people, batch: w.s.upload(writeRows(w.t, "list.csv", rows...))}
	w.s.until(l.batch, "checked")
	w.lists = append(w.lists, l)
	return l
}

func (w *budgetWalk) some() (people []int) {
	return w.rng.Perm(walkers)[:10+w.rng.IntN(walkers-10)]
}

// ended waits until a batch rests, and brings the page back when it is killed meanwhile. What the bill says in between
// is the batch's.
func (w *budgetWalk) ended(l *paidList, before int) {
	w.t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			w.t.Fatalf("it never rests: %+v", w.s.event(l.batch))
		}
		if w.killed.Load() {
			w.s.cmd.Wait()
			w.afterKill()
			w.killed.Store(false)
		}
		_, bill := w.bank.Calls()
		v, err := w.s.look(l.batch)
		if err != nil {
			continue
		}
		if n := w.callsIn(v); n < l.billed+bill-before || n > l.agreed {
			w.t.Fatalf("%s: the page says %d calls, the bill %d, agreed were %d", v.State, n, l.billed+bill-before, l.agreed)
		}
		switch v.State {
		case "asking":
			w.s.post(l.batch+"/answer", url.Values{"yes": {"yes"}})
		case "paused", "failed", "stopped", "finished":
			w.trap.arm(0, nil)
			if w.killed.Load() {
				continue
			}
			_, after := w.bank.Calls()
			l.billed += after - before
			return
		}
	}
}

func (w *budgetWalk) afterKill() {
	w.did["kill"]++
	for w.net.flying.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	if w.rng.IntN(2) == 0 {
		forgetAll(w.t, w.data)
		w.did["purge"]++
	}
	w.s = w.s.again()
}

// spend starts a batch or goes on with it, and kills the page at some charge, or not.
func (w *budgetWalk) spend(l *paidList) {
	w.t.Helper()
	_, before := w.bank.Calls()
	calls := w.rng.IntN(12)
	form := slowly(yuan(calls * aCall).String()[len("¥"):])
	if action := "/start"; l.agreed == 0 {
		calls = max(calls, 1)
		form.Set("budget", yuan(calls * aCall).String()[len("¥"):])
		w.s.post(l.batch+action, form)
	} else {
		w.s.post(l.batch+"/resume", url.Values{"budget": form["budget"]})
	}
	l.agreed += calls
	if w.rng.IntN(2) == 0 {
		victim := w.s.cmd.Process
		w.trap.arm(before+1+w.rng.IntN(8), func() { victim.Kill(); w.killed.Store(true) })
	}
	w.ended(l, before)
}

var doubtRow = regexp.MustCompile(`(?s)<tr><th scope="row" class="num">(\d+)</th>.*?<select name="(call [^"]+)"`)

// resolve says of each call in doubt what the service's bill says.
func (w *budgetWalk) resolve(l *paidList) {
	w.t.Helper()
	form := url.Values{}
	for _, m := range doubtRow.FindAllStringSubmatch(w.s.get(l.batch+"/doubts"), -1) {
		line, err := strconv.Atoi(m[1])
		if err != nil {
			w.t.Fatal(err)
		}
		_, mobile := who(l.people[line-2])
		found := "unbilled"
		if w.net.arrived[mobile] {
			found = "billed"
		}
		form.Set(m[2], found)
		w.did[found]++
	}
	if len(form) > 0 {
		w.s.post(l.batch+"/doubts", form)
	}
}

// shown is how many calls the page says a batch has cost.
func (w *budgetWalk) shown(l *paidList) int { w.t.Helper(); return w.callsIn(w.s.event(l.batch)) }

func (w *budgetWalk) callsIn(v shownNumbers) int {
	w.t.Helper()
	cost, err := parseYuan(strings.TrimPrefix(v.Cost, "¥"))
	if err != nil {
		w.t.Fatalf("%+v: %v", v, err)
	}
	return int(cost / aCall)
}

func (w *budgetWalk) check(step string) {
	w.t.Helper()
	for _, l := range w.lists {
		if l.billed > l.agreed {
			w.t.Fatalf("%s: %d billed of an agreed %d", step, l.billed, l.agreed)
		}
		if l.gone || l.agreed == 0 {
			continue
		}
		if n := w.shown(l); n < l.billed || n > l.agreed {
			w.t.Fatalf("%s: the page says %d calls, the bill %d, agreed were %d", step, n, l.billed, l.agreed)
		}
	}
}

func (w *budgetWalk) step() {
	var open []*paidList
	for _, l := range w.lists {
		if !l.gone {
			open = append(open, l)
		}
	}
	what := "upload"
	if len(open) > 0 {
		what = []string{"spend", "spend", "spend", "resolve", "restart", "replace", "upload"}[w.rng.IntN(7)]
	}
	w.did[what]++
	if what == "upload" {
		w.spend(w.upload(w.some()))
		return
	}
	l := open[w.rng.IntN(len(open))]
	switch what {
	case "spend":
		if strings.Contains(w.s.get(l.batch), "/resume") {
			w.spend(l)
		}
	case "resolve":
		w.resolve(l)
	case "restart":
		w.s.kill()
		w.s = w.s.again()
	case "replace": // by another list of the same people
		w.s.post(l.batch+"/delete", url.Values{})
		l.gone = true
		w.spend(w.upload(l.people))
	}
}

// TestBudgetsHold: whatever happens, and in whatever order, no batch costs more than was agreed to, and no page says that
// it has cost less than it did. Once nobody is in doubt any more, and nobody was forgotten, they say the same.
func TestBudgetsHold(t *testing.T) {
	t.Parallel()
	did := map[string]int{}
	for seed := range uint64(3) {
		if brief() && seed != 0 {
			continue
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newBudgetWalk(t, seed)
			for i := range 14 {
				w.step()
				w.check(fmt.Sprintf("step %d, %v", i, w.did))
			}
			for _, l := range w.lists {
				if !l.gone {
					w.resolve(l)
				}
			}
			for _, l := range w.lists {
				if l.gone || l.agreed == 0 {
					continue
				}
				t.Logf("agreed %d, shown %d, billed %d", l.agreed, w.shown(l), l.billed)
				if n := w.shown(l); n != l.billed && w.did["purge"] == 0 {
					t.Errorf("nobody is in doubt, the page says %d calls, the bill %d", n, l.billed)
				}
			}
			t.Log(w.did)
			for what, n := range w.did {
				did[what] += n
			}
		})
	}
	for _, what := range []string{"kill", "purge", "billed", "unbilled", "replace", "restart"} {
		if did[what] == 0 && !t.Failed() && !brief() {
			t.Errorf("none of these walks had a %s: %v", what, did)
		}
	}
}
