package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// costs is what a batch's screen, the list of all and its events say that it has cost.
func (s *site) costs(id string, calls int64) {
	s.t.Helper()
	want := "¥" + yuanOf(16*calls)
	s.until(id, func(batch) bool { return s.server.queue.liveOf(id) == nil }) // its run is over for everybody
	_, text := s.get("/batches/" + id)
	_, home := s.get("/")
	_, events := s.get("/batches/" + id + "/events")
	event, _, _ := strings.Cut(events, "\n\n")
	if !strings.Contains(text, want) || !strings.Contains(home, want) || !strings.Contains(event, `"cost":"`+want+`"`) {
		s.t.Errorf("not %s everywhere: its screen %v, the list %v, %s", want, strings.Contains(text, want), strings.Contains(home, want), event)
	}
}

// spending is a run that makes all the calls it may, up to some, and stops.
func spending(most int64) func(context.Context, Job, func(func() Progress)) Outcome {
	return func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		n := min(job.MaxCalls, most)
		return Outcome{State: Stopped, Calls: n, Spent: n, Sheet: true, Status: map[string]int64{"pending": 1}}
	}
}

func (s *site) goOn(c *clerk, id string) Job {
	s.t.Helper()
	n := len(c.ran())
	s.post("/batches/"+id+"/resume", url.Values{})
	s.untilRan(c, id, n+1, Stopped)
	return c.ran()[n]
}

// TestOldRecordsKeepTheirFigure: a batch that was begun before runs named their batch has spent what was known then, once
// and for all, and what is recorded since.
func TestOldRecordsKeepTheirFigure(t *testing.T) {
	for name, c := range map[string]struct {
		fields map[string]any
		left   int64  // to ask now
		loss   string // of the checkpoint
		forgot bool   // people were, since the start
		gone   int64
	}{
		"ended":                    {map[string]any{"start.before": 10, "last.spent": 30, "last.calls": 30}, 50, "", false, 30},
		"ended, cheaper by now":    {map[string]any{"start.before": 10, "last.spent": 30, "last.calls": 30}, 80, "", true, 30},
		"killed":                   {map[string]any{"state": "running", "start.before": 30, "start.needs": 50, "last.spent": 30}, 35, "", false, 45},
		"killed in its first run":  {map[string]any{"state": "running", "start.needs": 80, "last": nil}, 60, "", false, 20},
		"killed, people forgotten": {map[string]any{"state": "running", "start.before": 30, "start.needs": 40, "last.spent": 30}, 70, "", true, 70},
		"killed, and needed more":  {map[string]any{"state": "running", "start.before": 30, "start.needs": 200, "last.spent": 30}, 200, "", true, 80},
		"killed, record lost":      {map[string]any{"state": "running", "start.before": 30, "start.needs": 40, "last.spent": 30}, 70, "runs", false, 70},
	} {
		t.Run(name, func(t *testing.T) {
			data, clerk := t.TempDir(), newClerk()
			clerk.run = spending(0)
			s := open(t, testConfig(data, clerk)).enter()
			id := s.upload("名单.csv")
			s.post("/batches/"+id+"/start", agreement()) // 80 calls
			s.until(id, is(Stopped))
			s.stop()
			c.fields["start.counted"], c.fields["start.most"] = nil, nil
			if _, none := c.fields["last"]; !none {
				c.fields["last.cost"] = nil
			}
			changed(t, filepath.Join(s.server.store.folder(id), recordFile), c.fields)
			clerk.check = func(Job) (Check, error) { return found(100, c.left), nil }
			clerk.run = spending(10)
			clerk.loss = c.loss
			if c.forgot {
				clerk.forgot = time.Now()
			}
			before := len(clerk.ran())
			s = open(t, testConfig(data, clerk)).enter()
			killed := c.fields["state"] != nil
			if !killed {
				s.costs(id, c.gone)
				s.goOn(clerk, id)
			}
			s.untilRan(clerk, id, before+1, Stopped)
			if job := clerk.ran()[before]; job.MaxCalls != 80-c.gone || job.Before != c.gone {
				t.Fatalf("it may make %d calls, %d are gone; want %d", job.MaxCalls, job.Before, c.gone)
			}
			made := min(10, 80-c.gone)
			clerk.check = func(Job) (Check, error) { return found(100, 99), nil } // follows from nothing any more
			clerk.forgot = time.Now()
			s.costs(id, c.gone+made)
			s.stop()
			s = open(t, testConfig(data, clerk)).enter()
			s.costs(id, c.gone+made)
			if made > 0 {
				clerk.charge(id, -1) // found unbilled
				made--
				if c.loss == "" {
					s.costs(id, c.gone+made)
				}
			}
			if job := s.goOn(clerk, id); c.loss == "" && job.MaxCalls != 80-c.gone-made {
				t.Errorf("then it may make %d calls, want %d", job.MaxCalls, 80-c.gone-made)
			}
		})
	}
}

// TestLostRecordsStayGone: a checkpoint that lacks calls makes nothing cheaper, is counted from then on, and is forgotten
// once the whole one is back.
func TestLostRecordsStayGone(t *testing.T) {
	clerk := newClerk()
	clerk.run = spending(30)
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement()) // 80 calls
	s.until(id, is(Stopped))
	lose := func(calls int64, loss string) {
		clerk.charge(id, -calls)
		clerk.mu.Lock()
		defer clerk.mu.Unlock()
		clerk.loss = loss
	}
	lose(20, "a backup")
	s.costs(id, 30)
	clerk.run = spending(20)
	if job := s.goOn(clerk, id); job.MaxCalls != 50 {
		t.Errorf("after a loss: %+v", job)
	}
	s.costs(id, 50)
	clerk.run = spending(0)
	if job := s.goOn(clerk, id); job.MaxCalls != 30 {
		t.Errorf("once more: %+v", job)
	}
	lose(5, "another one")
	if job := s.goOn(clerk, id); job.MaxCalls != 30 {
		t.Errorf("after another loss: %+v", job)
	}
	s.costs(id, 50)
	lose(-25, "")
	s.costs(id, 50)
	if job := s.goOn(clerk, id); job.MaxCalls != 30 {
		t.Errorf("with all of it back: %+v", job)
	}
}

// TestQuestionAboutALossCostsNothing: somebody was asked, brought the whole checkpoint back, and has lost nothing.
func TestQuestionAboutALossCostsNothing(t *testing.T) {
	clerk := newClerk()
	clerk.run = spending(30)
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement()) // 80 calls
	s.until(id, is(Stopped))
	clerk.charge(id, -30)
	clerk.loss = "all of it"
	clerk.run = func(context.Context, Job, func(func() Progress)) Outcome {
		return Outcome{State: Asking, Question: Words{"q", "q"}, Ask: "q"}
	}
	s.post("/batches/"+id+"/resume", url.Values{})
	s.until(id, is(Asking))
	s.costs(id, 30)
	s.post("/batches/"+id+"/answer", url.Values{"yes": {"no"}})
	clerk.charge(id, 30)
	clerk.loss = ""
	s.costs(id, 30)
	clerk.run = spending(0)
	if job := s.goOn(clerk, id); job.MaxCalls != 50 {
		t.Errorf("%+v", job)
	}
}

// TestKilledInALoss: what a killed run may have spent counts as spent where the checkpoint can't tell.
func TestKilledInALoss(t *testing.T) {
	data, clerk, begun := t.TempDir(), newClerk(), make(chan struct{}, 2)
	clerk.run = func(ctx context.Context, job Job, _ func(func() Progress)) Outcome {
		begun <- struct{}{}
		<-ctx.Done()
		return Outcome{State: Paused}
	}
	s := open(t, testConfig(data, clerk)).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("budget", "3.20") // 20 calls
	s.post("/batches/"+id+"/start", form)
	<-begun
	killed := tree(t, data)
	s.stop()
	clerk.loss = "a backup"
	clerk.run = spending(5)
	s = open(t, testConfig(killed, clerk)).enter()
	s.untilRan(clerk, id, 2, Stopped)
	if job := clerk.ran()[1]; job.MaxCalls != 0 || job.Before != 20 {
		t.Errorf("%+v", job)
	}
}

// TestFoundUnbilledComesBack: with what was found to be free the batch goes on within its budget.
func TestFoundUnbilledComesBack(t *testing.T) {
	s, clerk, id := inDoubt(t)
	s.costs(id, 80)
	clerk.resolve = func(found []Finding) error { clerk.charge(id, -1); return nil }
	s.post("/batches/"+id+"/doubts", url.Values{"call 4f1c09ab77e2/12": {"billed"}, "call 90aa3c517d04/13": {"unbilled"}})
	s.costs(id, 79)
	_, text := s.get("/batches/" + id)
	if !strings.Contains(text, "/resume") || strings.Contains(text, `name="budget"`) {
		t.Error("it can't go on, or only for more money")
	}
	s.post("/batches/"+id+"/resume", url.Values{})
	s.untilRan(clerk, id, 2, Finished)
	if job := clerk.ran()[1]; job.MaxCalls != 1 || job.Before != 79 {
		t.Errorf("it went on with %+v", job)
	}
	s.costs(id, 80)
}

// TestFreeCallsAtAnotherPrice: nobody knows what a call had cost that was found to be free, so the cost stays.
func TestFreeCallsAtAnotherPrice(t *testing.T) {
	s := &Server{Config: testConfig("", nil)}
	for _, c := range []struct {
		cost string
		want string
	}{{"¥1.60", "¥1.44"}, {"¥3.20", "¥3.20"}, {"", "¥1.44"}} {
		if got := s.costs(&last{Spent: 10, Cost: c.cost})(9); got != c.want {
			t.Errorf("10 calls at %q, one of them free: %s, want %s", c.cost, got, c.want)
		}
	}
}

// mute is a clerk whose checkpoint can't be read for a while.
type mute struct {
	*clerk
	err error
}

func (m *mute) Recorded(batch string) (Recorded, error) {
	if m.err != nil {
		return Recorded{}, m.err
	}
	return m.clerk.Recorded(batch)
}

// TestUnreadableRecordsCountAsSpent: a run has ended, and nobody can tell what it has spent; it may have been all of it.
func TestUnreadableRecordsCountAsSpent(t *testing.T) {
	m := &mute{clerk: newClerk()}
	m.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		m.err = errors.New("input/output error")
		return Outcome{State: Stopped, Calls: 3, Spent: 3, Sheet: true, Status: map[string]int64{"pending": 1}}
	}
	s := open(t, testConfig(t.TempDir(), m)).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("budget", "3.20") // 20 calls
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Stopped))
	s.costs(id, 20)
	s.post("/batches/"+id+"/resume", url.Values{})
	s.until(id, is(Failed)) // before it asks
	if n := len(m.ran()); n != 1 {
		t.Fatalf("%d runs", n)
	}
	m.err = nil
	s.costs(id, 3)
	m.run = spending(20)
	s.post("/batches/"+id+"/resume", url.Values{})
	s.untilRan(m.clerk, id, 2, Stopped)
	if job := m.ran()[1]; job.MaxCalls != 17 {
		t.Errorf("%+v", job)
	}
}

// TestOthersNameTheirOwn: each run is of its own batch.
func TestOthersNameTheirOwn(t *testing.T) {
	clerk := newClerk()
	clerk.run = spending(7)
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	for i := range 3 {
		id := s.upload(fmt.Sprintf("%d.csv", i))
		s.post("/batches/"+id+"/start", agreement())
		s.until(id, is(Stopped))
		if jobs := clerk.ran(); jobs[i].Batch != id || jobs[i].Before != 0 {
			t.Errorf("%+v", jobs[i])
		}
		s.costs(id, 7)
	}
}

// TestAnEarlierLossIsNotABatchsOwn: the checkpoint had lost calls before anybody agreed to this batch, so it still tells
// what a killed run of it has spent.
func TestAnEarlierLossIsNotABatchsOwn(t *testing.T) {
	clerk, begun := newClerk(), make(chan struct{}, 1)
	clerk.loss = "long ago"
	clerk.run = func(ctx context.Context, job Job, _ func(func() Progress)) Outcome {
		clerk.charge(job.Batch, 5)
		begun <- struct{}{}
		<-ctx.Done()
		return Outcome{State: Paused}
	}
	data := t.TempDir()
	s := open(t, testConfig(data, clerk)).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement()) // 80 calls
	<-begun
	killed := tree(t, data)
	s.stop()
	clerk.run = spending(0)
	s = open(t, testConfig(killed, clerk)).enter()
	s.untilRan(clerk, id, 2, Stopped)
	if job := clerk.ran()[1]; job.MaxCalls != 75 {
		t.Errorf("%+v", job)
	}
	s.costs(id, 5)
}
