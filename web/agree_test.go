package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// mayFill gives a server a disk that takes no record while it is full.
func mayFill(c *Config) *atomic.Bool {
	var full atomic.Bool
	c.SyncDir = func(string) error {
		if full.Load() {
			return errors.New("no space left on device")
		}
		return nil
	}
	return &full
}

// TestStopHoldsOnAFullDisk: the disk takes no record, and nothing more is spent all the same.
func TestStopHoldsOnAFullDisk(t *testing.T) {
	begun, ended := make(chan struct{}, 10), make(chan struct{}, 10)
	clerk := newClerk()
	inner := holding(begun)
	clerk.run = func(ctx context.Context, j Job, tell func(func() Progress)) Outcome {
		defer func() { ended <- struct{}{} }()
		return inner(ctx, j, tell)
	}
	c := testConfig(t.TempDir(), clerk)
	c.diskRest = 50 * time.Millisecond
	full := mayFill(&c)
	s := open(t, c).enter()
	id := s.upload("a.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-begun
	full.Store(true)
	defer full.Store(false)
	if status, text := s.post("/batches/"+id+"/stop", url.Values{}); status != http.StatusInternalServerError || !strings.Contains(text, "没有保存") {
		t.Errorf("%d %s", status, text)
	}
	select {
	case <-ended:
	case <-time.After(2 * time.Second):
		t.Error("the run goes on paying 2 s after somebody pressed Stop")
	}
}

// TestWhatWasRefusedNeverStarts: what the page said was not kept is not carried out by the next server.
func TestWhatWasRefusedNeverStarts(t *testing.T) {
	clerk := newClerk()
	c := testConfig(t.TempDir(), clerk)
	bad := mayFill(&c)
	s := open(t, c).enter()
	id := s.upload("a.csv")
	bad.Store(true)
	status, text := s.post("/batches/"+id+"/start", agreement())
	if status != http.StatusInternalServerError || !strings.Contains(text, "没有保存") {
		t.Fatalf("%d %s", status, text)
	}
	bad.Store(false)
	if _, text = s.get("/batches/" + id); !strings.Contains(text, "待开始") {
		t.Error("it does not say that it is to be started")
	}
	s.stop()
	open(t, c).enter()
	time.Sleep(500 * time.Millisecond)
	if n := len(clerk.ran()); n != 0 {
		t.Errorf("%d paid runs of a batch whose start was refused to the user", n)
	}
}

// TestOldWindowAtAnotherPrice: a window from before a restart agrees to nothing at the new price.
func TestOldWindowAtAnotherPrice(t *testing.T) {
	data, clerk, begun := t.TempDir(), newClerk(), make(chan struct{}, 10)
	clerk.run = holding(begun)
	c := testConfig(data, clerk)
	s := open(t, c).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement()) // 12.80: 80 calls at 0.16
	<-begun
	s.post("/batches/"+id+"/pause", url.Values{})
	s.until(id, is(Paused))
	old := s.fields("/batches/" + id) // the old tab
	s.stop()
	c.Money.Price = "¥0.32"
	c.Money.Cost = func(n int64) string { return "¥" + yuanOf(n*32) }
	s = open(t, c).enter()
	b := s.until(id, is(Paused))
	_, text := s.get("/batches/" + id)
	if !strings.Contains(text, "¥0.16") || !strings.Contains(text, "¥0.32") {
		t.Error("a new window does not say what the price was and is")
	}
	s.post("/batches/"+id+"/resume", url.Values{"seen": {old.Get("seen")}, "price": {old.Get("price")}})
	select {
	case <-begun:
		jobs := clerk.ran()
		t.Errorf("resumed from an old tab: %d + 32 calls at 0.32 = up to ¥%s; agreed were ¥12.80 (start: %+v)", jobs[1].MaxCalls, yuanOf((jobs[1].MaxCalls+32)*32), b.Start)
	case <-time.After(time.Second):
	}
}

func yuanOf(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// TestKilledWhileItStopped: what was paid for is written into a sheet without spending on.
func TestKilledWhileItStopped(t *testing.T) {
	data, clerk := t.TempDir(), newClerk()
	c := testConfig(data, clerk)
	var left atomic.Int64
	left.Store(80)
	clerk.check = func(Job) (Check, error) { return found(100, left.Load()), nil }
	begun := make(chan struct{}, 1)
	gate := make(chan struct{})
	clerk.run = func(ctx context.Context, job Job, _ func(func() Progress)) Outcome {
		if job.MaxCalls == 0 {
			return Outcome{State: Stopped, Sheet: true, Status: map[string]int64{"match": 80, "pending": 20}}
		}
		left.Store(20)
		begun <- struct{}{}
		<-ctx.Done()
		<-gate
		return Outcome{State: Paused, Calls: 60, Spent: 60, Sheet: true}
	}
	s := open(t, c).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-begun
	s.post("/batches/"+id+"/stop", url.Values{})
	record := filepath.Join(s.server.store.folder(id), recordFile)
	killed, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	close(gate)
	s.stop()
	os.WriteFile(record, killed, 0o600) // the kill
	s = open(t, c).enter()
	s.until(id, is(Stopped))
	_, text := s.get("/batches/" + id)
	if strings.Contains(text, "¥0.00 </span>") || strings.Contains(text, `id="cost">¥0.00`) {
		t.Error("60 calls were charged, the page says ¥0.00")
	}
	if !strings.Contains(text, "view=result") {
		t.Error("60 paid answers, and no sheet, and no button that makes one without spending on")
	}
}

// TestCostsStayAsTheyWere: what a batch cost does not change with the price of today.
func TestCostsStayAsTheyWere(t *testing.T) {
	data, clerk := t.TempDir(), newClerk()
	c := testConfig(data, clerk)
	s := open(t, c).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Finished))
	s.stop()
	c.Money.Price = "¥0.32"
	c.Money.Cost = func(n int64) string { return "¥" + yuanOf(n*32) }
	s = open(t, c).enter()
	if _, text := s.get("/batches/" + id); !strings.Contains(text, "¥12.80") || strings.Contains(text, "¥25.60") {
		t.Errorf("80 calls at ¥0.16 are shown as ¥25.60: %v", strings.Contains(text, "¥25.60"))
	}
}

// TestFinishedWithoutASheet: there is a screen for it.
func TestFinishedWithoutASheet(t *testing.T) {
	clerk := newClerk()
	clerk.check = func(Job) (Check, error) { return found(0, 0), nil }
	clerk.run = func(context.Context, Job, func(func() Progress)) Outcome { return Outcome{State: Finished} }
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("a.csv")
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Finished))
	if status, _ := s.get("/batches/" + id); status != 200 {
		t.Errorf("%d", status)
	}
}

// TestCountsStandWhileItIsReadAgain: a batch that goes on is read again first, and its page forgets nothing meanwhile.
func TestCountsStandWhileItIsReadAgain(t *testing.T) {
	clerk, begun := newClerk(), make(chan struct{}, 10)
	clerk.run = holding(begun)
	hold := make(chan struct{})
	var n atomic.Int32
	clerk.check = func(Job) (Check, error) {
		if n.Add(1) > 2 {
			<-hold
		}
		return found(100, 80), nil
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("a.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-begun
	s.post("/batches/"+id+"/pause", url.Values{})
	s.until(id, is(Paused))
	_, before := s.get("/batches/" + id)
	s.post("/batches/"+id+"/resume", url.Values{})
	for n.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	_, during := s.get("/batches/" + id)
	close(hold)
	if !strings.Contains(before, `id="cost">¥5.12`) || !strings.Contains(during, `id="cost">¥5.12`) {
		t.Errorf("paused: %v; while looked at: cost 0: %v", strings.Contains(before, `id="cost">¥5.12`), strings.Contains(during, `id="cost">¥0.00`))
	}
	if strings.Contains(during, "另一份名单正在核验") {
		t.Error("and it says that another list is being checked; there is none")
	}
}

// TestReadingEndsWithItsList: a list that takes long to read can be deleted, and holds up no other.
func TestReadingEndsWithItsList(t *testing.T) {
	clerk := newClerk()
	hold := make(chan struct{})
	defer close(hold)
	clerk.check = func(j Job) (Check, error) {
		if strings.Contains(j.Input, "huge") {
			<-hold
		}
		return found(100, 80), nil
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	contentType, body := uploadBody(t, s.server.guard.csrf, "huge.csv", smallList)
	resp, err := s.client.Post(s.url("/upload"), contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	id := strings.TrimPrefix(resp.Header.Get("Location"), "/batches/")
	if status, _ := s.post("/batches/"+id+"/delete", url.Values{}); status != http.StatusSeeOther {
		_, text := s.get("/batches/" + id)
		t.Errorf("delete: %d (it says: stop it first); the screen has a stop button: %v", status, strings.Contains(text, "/stop"))
	}
}

// TestSlowFormEnds: a body that never comes holds no connection, whoever sends it.
func TestSlowFormEnds(t *testing.T) {
	c := testConfig(t.TempDir(), newClerk())
	c.slowForm = 300 * time.Millisecond
	s := open(t, c).enter()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.server.guard.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /lang HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nx", strings.TrimPrefix(s.server.guard.base, "http://"))
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	b := make([]byte, 1)
	_, err = conn.Read(b)
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		t.Error("the connection is still held, without an answer")
	}
}

// TestYesIsForOneRun: a later run that puts the same question gets no old answer.
func TestYesIsForOneRun(t *testing.T) {
	clerk := newClerk()
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		for _, a := range job.Agreed {
			if a == "q" {
				return Outcome{State: Stopped, Calls: 10, Spent: 10, Sheet: true, Status: map[string]int64{"pending": 1}}
			}
		}
		return Outcome{State: Asking, Question: Words{"q", "q"}, Ask: "q"}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("a.csv")
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Asking))
	s.post("/batches/"+id+"/answer", url.Values{"yes": {"yes"}})
	s.until(id, is(Stopped))
	s.post("/batches/"+id+"/resume", url.Values{})
	b := s.untilRan(clerk, id, 3, Asking, Stopped, Failed, Finished, Paused)
	if b.State != Asking {
		t.Errorf("the same question, put anew by a later run, was answered by the old yes: %s", b.State)
	}
}

// TestBudgetCanBeAddedTo: where the page says so there is a field for it, whatever was known at the start.
func TestBudgetCanBeAddedTo(t *testing.T) {
	clerk := newClerk()
	var left atomic.Int64
	left.Store(80)
	clerk.check = func(Job) (Check, error) { return found(200, left.Load()), nil }
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		left.Add(-job.MaxCalls)
		return Outcome{State: Stopped, Message: Words{"预算已用完，可以增加预算后继续", "add"}, Calls: job.MaxCalls, Spent: job.MaxCalls, Sheet: true, Status: map[string]int64{"pending": left.Load()}}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("a.csv")
	left.Store(120) // doubts were resolved as free before it ran
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Stopped))
	_, text := s.get("/batches/" + id)
	if strings.Contains(text, "增加预算") && !strings.Contains(text, `name="budget"`) {
		t.Error("it says: add to the budget; there is no field")
	}
	if !strings.Contains(text, `value="6.40"`) {
		t.Error("it does not offer the price of the 40 who are left")
	}
}

// TestHalfDeleted: what could not be deleted is still listed, can be deleted again, and lets the next server start.
func TestHalfDeleted(t *testing.T) {
	c := testConfig(t.TempDir(), newClerk())
	s := open(t, c).enter()
	id := s.upload("a.csv")
	var held atomic.Bool
	held.Store(true)
	s.server.store.removeAll = func(path string) error {
		if held.Load() && filepath.Base(path) == "list" {
			return &os.PathError{Op: "unlinkat", Path: path + "/张三.csv", Err: errors.New("a file is open")}
		}
		return os.RemoveAll(path)
	}
	if status, _ := s.post("/batches/"+id+"/delete", url.Values{}); status != http.StatusInternalServerError {
		t.Errorf("delete: %d", status)
	}
	if log := s.log.String(); strings.Contains(log, "张三") || !strings.Contains(log, "a file is open") {
		t.Errorf("the log says %s", log)
	}
	if _, text := s.get("/"); !strings.Contains(text, id) || len(files(t, s.server.store.folder(id))) == 0 {
		t.Error("it is on the disk and not in the list, or gone")
	}
	s.stop()
	s = open(t, c).enter()
	if status, _ := s.post("/batches/"+id+"/delete", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("deleted again: %d", status)
	}
	if left := files(t, filepath.Join(s.data, "batches")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestTickNeedsItsBudget: of people who are sent again none may be left out, since nobody could say who.
func TestTickNeedsItsBudget(t *testing.T) {
	clerk := newClerk()
	clerk.check = func(Job) (Check, error) {
		c := found(100, 80)
		c.Unclear, c.State = 5, "as it was"
		return c, nil
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("a.csv")
	form := agreement() // 80 calls
	form.Set("resend", "yes")
	if status, text := s.post("/batches/"+id+"/start", form); status != http.StatusUnprocessableEntity || !strings.Contains(text, "13.60") {
		t.Errorf("%d %s", status, text)
	}
	form.Set("budget", "13.60")
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Finished))
	if jobs := clerk.ran(); len(jobs) != 1 || jobs[0].Resend != 5 || jobs[0].State != "as it was" {
		t.Errorf("%+v", jobs)
	}
}

// TestPriceIsOfNow: a list that was read before another one ran is read again when it is looked at, and while a run is
// at work nobody is offered to be sent again.
func TestPriceIsOfNow(t *testing.T) {
	clerk, begun := newClerk(), make(chan struct{}, 10)
	clerk.run = holding(begun)
	var checks atomic.Int32
	clerk.check = func(Job) (Check, error) {
		checks.Add(1)
		c := found(100, 80)
		c.Unclear = 5
		return c, nil
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	first := s.upload("a.csv")
	s.post("/batches/"+first+"/start", agreement())
	<-begun
	second := s.upload("b.csv")
	if _, text := s.get("/batches/" + second); strings.Contains(text, `name="resend"`) {
		t.Error("calls under way are offered as calls in doubt")
	}
	old := s.fields("/batches/" + second)
	s.post("/batches/"+first+"/pause", url.Values{})
	s.until(first, is(Paused))
	before := checks.Load()
	form := agreement()
	form.Set("csrf", s.server.guard.csrf)
	form.Set("seen", old.Get("seen"))
	resp, err := s.client.PostForm(s.url("/batches/"+second+"/start"), form) // from the window as it was
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := read(t, resp); status != http.StatusUnprocessableEntity || len(clerk.ran()) != 1 {
		t.Errorf("started at an old price: %d", status)
	}
	s.until(second, is(Checked))
	if _, text := s.get("/batches/" + second); checks.Load() != before+1 || !strings.Contains(text, `name="resend"`) {
		t.Errorf("read %d times more", checks.Load()-before)
	}
	s.get("/batches/" + second)
	if checks.Load() != before+1 {
		t.Error("read again for nothing")
	}
}

// TestFixedAppCode: where one was named at the start, none can be entered that would not be used.
func TestFixedAppCode(t *testing.T) {
	c := testConfig(t.TempDir(), newClerk())
	c.Fixed = true
	s := open(t, c).enter()
	if _, text := s.get("/settings"); strings.Contains(text, `name="appcode"`) {
		t.Error("there is a field for it")
	}
	if _, text := s.post("/settings", url.Values{"appcode": {"abcdef"}}); strings.Contains(text, "saved") {
		t.Error("it says that it was saved")
	}
	if _, err := os.Stat(AppCodeFile(s.data)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was kept: %v", err)
	}
}

// TestFullDiskIsShown: what was spent is on the page, also while the disk does not take the record of it.
func TestFullDiskIsShown(t *testing.T) {
	clerk, begun := newClerk(), make(chan struct{}, 1)
	end := make(chan struct{})
	clerk.run = func(_ context.Context, _ Job, tell func(func() Progress)) Outcome {
		tell(func() Progress { return Progress{Rows: 40, Calls: 32, Done: 32, Spent: 32, ToAsk: 80} })
		begun <- struct{}{}
		<-end
		return Outcome{State: Stopped, Calls: 32, Spent: 32, Sheet: true, Status: map[string]int64{"match": 40, "pending": 60}}
	}
	c := testConfig(t.TempDir(), clerk)
	c.diskRest = 20 * time.Millisecond
	full := mayFill(&c)
	s := open(t, c).enter()
	id := s.upload("a.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-begun
	full.Store(true)
	close(end)
	for range 400 {
		if strings.Contains(s.log.String(), "no space left") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, text := s.get("/batches/" + id); !strings.Contains(text, `id="cost">¥5.12`) || !strings.Contains(text, `id="full" role="alert">`) {
		t.Errorf("not on the page: %s", text)
	}
	full.Store(false)
	s.until(id, is(Stopped))
	if _, text := s.get("/batches/" + id); !strings.Contains(text, `id="cost">¥5.12`) || strings.Contains(text, `id="full" role="alert">`) {
		t.Errorf("afterwards: %s", text)
	}
}

// TestStopHoldsWhileItIsRead: the same for a batch whose list is just read again.
func TestStopHoldsWhileItIsRead(t *testing.T) {
	clerk := newClerk()
	reading, read := make(chan struct{}, 10), make(chan struct{})
	var checks atomic.Int32
	clerk.check = func(Job) (Check, error) {
		if checks.Add(1) > 1 {
			reading <- struct{}{}
			<-read
		}
		return found(100, 80), nil
	}
	c := testConfig(t.TempDir(), clerk)
	c.diskRest = 20 * time.Millisecond
	full := mayFill(&c)
	s := open(t, c).enter()
	id := s.upload("a.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-reading
	full.Store(true)
	if status, _ := s.post("/batches/"+id+"/stop", url.Values{}); status != http.StatusInternalServerError {
		t.Errorf("stop: %d", status)
	}
	close(read)
	time.Sleep(50 * time.Millisecond)
	full.Store(false)
	s.until(id, is(Stopped))
	if n := len(clerk.ran()); n != 0 {
		t.Errorf("%d runs after it was stopped", n)
	}
}

// TestHalfKeptBeginning: the disk took that a batch runs, and not that it took it. It is no
// batch at work that nobody works at.
func TestHalfKeptBeginning(t *testing.T) {
	clerk := newClerk()
	c := testConfig(t.TempDir(), clerk)
	c.diskRest = 20 * time.Millisecond
	s := open(t, c).enter()
	id := s.upload("a.csv")
	record := filepath.Join(s.server.store.folder(id), recordFile)
	var calls atomic.Int32
	s.server.store.syncDir = func(string) error {
		switch calls.Add(1) {
		case 2: // that it runs: neither is that safe, nor can the older record come back
			os.Remove(record)
			if err := os.MkdirAll(filepath.Join(record, "in the way"), 0o700); err != nil {
				t.Error(err)
			}
			return errors.New("input/output error")
		default:
			os.RemoveAll(filepath.Join(record, "in the way"))
		}
		return nil
	}
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Running))
	if err := os.RemoveAll(record); err != nil {
		t.Fatal(err)
	}
	s.until(id, is(Finished))
	if jobs := clerk.ran(); len(jobs) != 1 || jobs[0].MaxCalls != 80 {
		t.Errorf("%+v", jobs)
	}
}

// TestRefusedBeforeItBegan has spent nothing, and what was agreed for it stands.
func TestRefusedBeforeItBegan(t *testing.T) {
	clerk := newClerk()
	var left atomic.Int64
	left.Store(30)
	clerk.check = func(Job) (Check, error) {
		c := found(100, left.Load())
		c.Unclear = 50
		return c, nil
	}
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		if left.Load() == 30 && len(clerk.ran()) == 1 {
			return Outcome{State: Failed, Unbegun: true}
		}
		return Outcome{State: Finished, Calls: 80, Spent: 80, Sheet: true, Status: map[string]int64{"match": 100}}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("a.csv")
	form := agreement() // 80 calls
	form.Set("resend", "yes")
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Failed))
	s.post("/batches/"+id+"/resume", url.Values{})
	s.until(id, is(Finished))
	if job := clerk.ran()[1]; job.Resend != 50 || job.MaxCalls != 80 {
		t.Errorf("%+v", job)
	}
	if _, text := s.get("/batches/" + id); !strings.Contains(text, "¥12.80") {
		t.Error("its cost is another one")
	}
}

// TestStoppedWhateverItAsks: a batch that only writes down what is known, since it was
// stopped, spends nothing after a yes either; resumed, it goes on.
func TestStoppedWhateverItAsks(t *testing.T) {
	for _, answer := range []string{"yes", "no"} {
		t.Run(answer, func(t *testing.T) { stoppedAndAsked(t, answer) })
	}
}

func stoppedAndAsked(t *testing.T, answer string) {
	data, clerk, begun := t.TempDir(), newClerk(), make(chan struct{}, 10)
	inner := holding(begun)
	clerk.run = func(ctx context.Context, job Job, tell func(func() Progress)) Outcome {
		if job.MaxCalls == 0 && len(job.Agreed) == 0 {
			return Outcome{State: Asking, Question: Words{"问题", "question"}, Ask: "question"}
		}
		return inner(ctx, job, tell)
	}
	s := open(t, testConfig(data, clerk)).enter()
	id := s.upload("a.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-begun
	s.stop()
	if _, err := s.server.store.change(id, func(b *batch) error { b.State, b.Then = Pausing, Stopped; return nil }); err != nil {
		t.Fatal(err)
	}
	s = open(t, testConfig(data, clerk)).enter()
	s.until(id, is(Asking))
	s.post("/batches/"+id+"/answer", url.Values{"yes": {answer}})
	s.until(id, is(Stopped, Paused))
	s.post("/batches/"+id+"/resume", url.Values{})
	<-begun
	jobs := clerk.ran()
	for i, job := range jobs {
		if last := i == len(jobs)-1; i > 0 && (job.MaxCalls > 0) != last {
			t.Errorf("%+v", jobs)
		}
	}
	if want := map[string]int{"yes": 4, "no": 3}[answer]; len(jobs) != want {
		t.Errorf("%d runs, want %d", len(jobs), want)
	}
}

// TestCostsAddUp: calls are counted at the price they were made at.
func TestCostsAddUp(t *testing.T) {
	data, clerk := t.TempDir(), newClerk()
	clerk.run = func(_ context.Context, _ Job, _ func(func() Progress)) Outcome {
		return Outcome{State: Failed, Calls: 40, Spent: 40, Sheet: true, Status: map[string]int64{"match": 40, "pending": 40}}
	}
	c := testConfig(data, clerk)
	s := open(t, c).enter()
	id := s.upload("a.csv")
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Failed))
	s.stop()
	c.Money.Price = "¥0.08"
	c.Money.Cost = func(n int64) string { return "¥" + yuanOf(n*8) }
	c.Money.Add = func(cost string, calls int64) string { return added(cost, calls, 8) }
	clerk.check = func(Job) (Check, error) { return found(100, 40), nil }
	s = open(t, c).enter()
	s.post("/batches/"+id+"/resume", url.Values{})
	s.untilRan(clerk, id, 2, Failed)
	if _, text := s.get("/batches/" + id); !strings.Contains(text, `id="cost">¥9.60`) { // 40 at 0.16 and 40 at 0.08
		t.Error("the cost is another one")
	}
}
