package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestFromUploadToResult(t *testing.T) {
	clerk := newClerk()
	clerk.preview = []ResultRow{{Line: 2, Name: "张*", Status: "match", Note: "备注"}}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	if status, text := s.get("/batches/" + id); status != http.StatusOK || !strings.Contains(text, "12.80") || !strings.Contains(text, "138****0000") {
		t.Fatalf("check screen: %d", status)
	}
	if len(clerk.ran()) != 0 {
		t.Fatal("something ran before anybody agreed")
	}
	if status, _ := s.post("/batches/"+id+"/start", agreement()); status != http.StatusSeeOther {
		t.Fatalf("start: %d", status)
	}
	s.until(id, is(Finished))
	if jobs := clerk.ran(); len(jobs) != 1 || jobs[0].MaxCalls != 80 || jobs[0].Rate != 20 || jobs[0].Resend != 0 {
		t.Fatalf("ran %+v", jobs)
	}
	status, text := s.get("/batches/" + id)
	for _, want := range []string{"经办人", "入职核验", "张*", "¥12.80"} {
		if !strings.Contains(text, want) {
			t.Errorf("result screen (%d) lacks %s", status, want)
		}
	}
	// A second click, or another window's, starts nothing.
	s.post("/batches/"+id+"/start", agreement())
	time.Sleep(20 * time.Millisecond)
	if jobs := clerk.ran(); len(jobs) != 1 {
		t.Errorf("ran %d times", len(jobs))
	}
}

// TestTwoClicksAtOnce: whoever presses twice, or in two windows, has agreed once.
func TestTwoClicksAtOnce(t *testing.T) {
	clerk := newClerk()
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	for i := range 20 {
		id := s.upload(fmt.Sprintf("%d.csv", i))
		seen := s.fields("/batches/" + id).Get("seen")
		var clicks sync.WaitGroup
		for range 8 {
			clicks.Go(func() {
				form := agreement()
				form.Set("csrf", s.server.guard.csrf)
				form.Set("seen", seen)
				if resp, err := s.client.PostForm(s.url("/batches/"+id+"/start"), form); err == nil {
					resp.Body.Close()
				}
			})
		}
		clicks.Wait()
		s.until(id, is(Finished))
		if n := len(clerk.ran()); n != i+1 {
			t.Fatalf("%d runs after %d batches", n, i+1)
		}
	}
}

// TestAmountsAreAsWritten: a comma is one of thousands, or the amount is not taken.
func TestAmountsAreAsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"12.80": "12.80", " ¥12.80 ": "12.80", "￥12.80": "12.80", "12.80元": "12.80", "1,280.00": "1280.00", "1，280": "1280", "1,234,567.8": "1234567.8",
		"12,80": "", "12，80": "", "1,28": "", "1,2800": "", "1,280,5": "", ",5": "", "1.280,00": "", "12 80": "", "1¥2": "", "12.8,0": "",
	} {
		got, err := amount(text)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q is taken for %q, %v", text, got, err)
		}
	}
}

func TestStartNeedsSense(t *testing.T) {
	clerk := newClerk()
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	for field, values := range map[string][]string{
		"budget": {"", "viel", "-1", "12,80", "12 80"}, "rate": {"", "0", "-5", "NaN", "Inf", "1e9"}, "who": {"", "  "}, "purpose": {""},
	} {
		for _, v := range values {
			form := agreement()
			form.Set(field, v)
			if status, _ := s.post("/batches/"+id+"/start", form); status != http.StatusUnprocessableEntity {
				t.Errorf("%s=%q: %d", field, v, status)
			}
		}
	}
	clerk.ready = false
	if status, _ := s.post("/batches/"+id+"/start", agreement()); status != http.StatusSeeOther {
		t.Errorf("without credentials: %d", status)
	}
	if b, err := s.server.store.get(id); err != nil || b.State != Checked || len(clerk.ran()) != 0 {
		t.Errorf("%v, %v", b.State, err)
	}
}

// TestBudgetHoldsAcrossRuns: what was agreed is for the batch, not for each of its runs.
func TestBudgetHoldsAcrossRuns(t *testing.T) {
	clerk := newClerk()
	left := int64(80)
	clerk.check = func(Job) (Check, error) { return found(100, left), nil }
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		n := min(job.MaxCalls, 30)
		left -= n
		return Outcome{State: Failed, Calls: n, Spent: n, Sheet: true, Status: map[string]int64{"pending": left}}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("budget", "8.00") // 50 calls
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Failed))
	for want := range []int64{0, 1, 2} {
		s.post("/batches/"+id+"/resume", url.Values{})
		s.untilRan(clerk, id, want+2, Failed)
	}
	total := int64(0)
	for i, job := range clerk.ran() {
		total += min(job.MaxCalls, 30)
		if want := []int64{50, 20, 0, 0}[i]; job.MaxCalls != want {
			t.Errorf("run %d may make %d calls, want %d", i+1, job.MaxCalls, want)
		}
	}
	if total != 50 {
		t.Errorf("%d calls for a budget of 50", total)
	}
	if _, text := s.get("/batches/" + id); !strings.Contains(text, "¥8.00") {
		t.Error("the screen does not say what was agreed")
	}
}

// TestBudgetHoldsAcrossCrashes: a run that was killed could not say its count. What it left
// to ask tells it, also when that was more than on the screen where the budget was agreed:
// doubts that were found to be free had been added by then.
func TestBudgetHoldsAcrossCrashes(t *testing.T) {
	data, clerk := t.TempDir(), newClerk()
	c := testConfig(data, clerk)
	var left, charged atomic.Int64
	left.Store(80)
	clerk.check = func(Job) (Check, error) { return found(200, left.Load()), nil }
	crash := make(chan struct{})
	clerk.run = func(ctx context.Context, job Job, _ func(func() Progress)) Outcome {
		charged.Add(job.MaxCalls)
		clerk.charge(job.Batch, job.MaxCalls)
		left.Add(-job.MaxCalls)
		close(crash)
		<-ctx.Done()
		return Outcome{State: Paused} // which the disk never sees
	}
	s := open(t, c).enter()
	id := s.upload("名单.csv")
	left.Store(120)
	s.post("/batches/"+id+"/start", agreement()) // 80 calls
	<-crash
	record := filepath.Join(s.server.store.folder(id), recordFile)
	killed, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	s.stop()
	if err := os.WriteFile(record, killed, 0o600); err != nil {
		t.Fatal(err)
	}
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		charged.Add(job.MaxCalls)
		return Outcome{State: Stopped, Calls: job.MaxCalls, Spent: job.MaxCalls}
	}
	again := open(t, c)
	again.until(id, is(Stopped))
	if n := charged.Load(); n != 80 {
		t.Errorf("%d calls for a budget of 80", n)
	}
}

// TestOthersCallsAreNotOnesOwn: people whom another batch has paid for meanwhile are paid
// for, but neither by this batch nor out of its budget.
func TestOthersCallsAreNotOnesOwn(t *testing.T) {
	clerk := newClerk()
	var left atomic.Int64
	left.Store(80)
	clerk.check = func(Job) (Check, error) { return found(100, left.Load()), nil }
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		return Outcome{State: Stopped, Calls: 5, Spent: 5, Sheet: true, Status: map[string]int64{"pending": 1}}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	left.Store(60) // the other list had the same 20 people
	form := agreement()
	form.Set("budget", "3.20") // 20 calls
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Stopped))
	left.Store(30)
	s.post("/batches/"+id+"/resume", url.Values{})
	s.untilRan(clerk, id, 2, Stopped)
	if jobs := clerk.ran(); jobs[0].MaxCalls != 20 || jobs[1].MaxCalls != 15 {
		t.Errorf("may make %d calls, then %d; want 20 and 15", jobs[0].MaxCalls, jobs[1].MaxCalls)
	}
	if b, err := s.server.store.get(id); err != nil || b.Last.Calls != 10 || b.Last.Spent != 10 {
		t.Errorf("the batch has made %+v, %v", b.Last, err)
	}
}

// TestResendSurvivesAQuestion: a run that asked before it sent anything has not used up
// what was agreed for it.
func TestResendSurvivesAQuestion(t *testing.T) {
	clerk := newClerk()
	clerk.check = func(Job) (Check, error) {
		c := found(100, 80)
		c.Unclear, c.Counts.InDoubt = 5, 5
		return c, nil
	}
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		if len(job.Agreed) == 0 {
			return Outcome{State: Asking, Question: Words{"问题", "question"}, Ask: "question"}
		}
		return Outcome{State: Failed}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("resend", "yes")
	form.Set("budget", "13.60")
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Asking))
	s.post("/batches/"+id+"/answer", url.Values{"yes": {"yes"}})
	s.until(id, is(Failed))
	if jobs := clerk.ran(); jobs[1].Resend != 5 || jobs[1].MaxCalls != 85 {
		t.Errorf("after the answer: %+v", jobs[1])
	}
	s.post("/batches/"+id+"/resume", url.Values{})
	s.untilRan(clerk, id, 3, Asking) // the yes was for one run
	if job := clerk.ran()[2]; job.Resend != 0 {
		t.Errorf("sent again once more: %+v", job)
	}
}

// TestMoreIsAddedOnce: whoever presses "add to the budget" twice has added once, even if
// the first one's run has ended in between.
func TestMoreIsAddedOnce(t *testing.T) {
	clerk := newClerk()
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		return Outcome{State: Stopped, Calls: job.MaxCalls, Spent: job.MaxCalls, Sheet: true, Status: map[string]int64{"pending": 1}}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("budget", "1.60") // 10 calls
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Stopped))
	seen := s.fields("/batches/" + id).Get("seen")
	for range 3 {
		s.post("/batches/"+id+"/resume", url.Values{"budget": {"1.60"}, "seen": {seen}})
		s.until(id, is(Stopped))
	}
	if b, err := s.server.store.get(id); err != nil || b.Start.Calls != 20 {
		t.Errorf("%d calls agreed, %v", b.Start.Calls, err)
	}
}

// TestResendOnlyOnce: who is in doubt by the batch itself is not sent again by the
// answer that was given before it.
func TestResendOnlyOnce(t *testing.T) {
	clerk := newClerk()
	clerk.check = func(Job) (Check, error) {
		c := found(100, 80)
		c.Unclear, c.Counts.InDoubt = 5, 5
		return c, nil
	}
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		clerk.charge(job.Batch, job.Resend) // and it breaks off
		return Outcome{State: Failed}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("resend", "yes")
	form.Set("budget", "13.60")
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Failed))
	s.post("/batches/"+id+"/resume", url.Values{})
	s.untilRan(clerk, id, 2, Failed)
	if jobs := clerk.ran(); jobs[0].Resend != 5 || jobs[0].MaxCalls != 85 || jobs[1].Resend != 0 || jobs[1].MaxCalls > 80 {
		t.Errorf("%+v", jobs)
	}
}

// holding is a run that goes on until it is paused.
func holding(begun chan<- struct{}) func(context.Context, Job, func(func() Progress)) Outcome {
	return func(ctx context.Context, job Job, tell func(func() Progress)) Outcome {
		if job.MaxCalls == 0 {
			return Outcome{State: Stopped, Status: map[string]int64{"match": 40, "pending": 60}, Sheet: true}
		}
		tell(func() Progress {
			return Progress{Rows: 40, Calls: 32, Done: 32, Spent: 32, ToAsk: 80, Status: map[string]int64{"match": 40}}
		})
		begun <- struct{}{}
		<-ctx.Done()
		return Outcome{State: Paused, Calls: 32, Spent: 32, Status: map[string]int64{"match": 40, "pending": 60}, Sheet: true}
	}
}

func TestPauseResumeStop(t *testing.T) {
	clerk, begun := newClerk(), make(chan struct{})
	clerk.run = holding(begun)
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-begun
	if status, _ := s.post("/batches/"+id+"/delete", url.Values{}); status != http.StatusConflict {
		t.Errorf("deleted while it runs: %d", status)
	}
	s.post("/batches/"+id+"/pause", url.Values{})
	s.until(id, is(Paused))
	s.post("/batches/"+id+"/resume", url.Values{})
	<-begun
	s.post("/batches/"+id+"/stop", url.Values{})
	s.until(id, is(Stopped))
	if status, _ := s.post("/batches/"+id+"/delete", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("delete: %d", status)
	}
	if _, err := os.Stat(s.server.store.folder(id)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if status, _ := s.get("/batches/" + id); status != http.StatusNotFound {
		t.Errorf("a deleted batch: %d", status)
	}
}

// TestOneAtATime: batches run in the order in which they were started.
func TestOneAtATime(t *testing.T) {
	clerk, begun := newClerk(), make(chan struct{})
	clerk.run = holding(begun)
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	first, second := s.upload("一.csv"), s.upload("二.csv")
	s.post("/batches/"+first+"/start", agreement())
	<-begun
	s.post("/batches/"+second+"/start", agreement())
	s.upload("三.csv") // who only wants to know the price waits for nobody
	if b, err := s.server.store.get(second); err != nil || b.State != Waiting {
		t.Fatalf("the second is %s, %v", b.State, err)
	}
	s.post("/batches/"+first+"/stop", url.Values{})
	s.until(first, is(Stopped))
	<-begun
	s.post("/batches/"+second+"/stop", url.Values{})
	s.until(second, is(Stopped))
}

// TestRestart: what was at work goes on, what rested rests, and nothing is half.
func TestRestart(t *testing.T) {
	data, clerk, begun := t.TempDir(), newClerk(), make(chan struct{}, 10)
	clerk.run = holding(begun)
	s := open(t, testConfig(data, clerk)).enter()
	resting, running := s.upload("一.csv"), s.upload("二.csv")
	s.post("/batches/"+resting+"/start", agreement())
	<-begun
	s.post("/batches/"+resting+"/pause", url.Values{})
	s.until(resting, is(Paused))
	s.post("/batches/"+running+"/start", agreement())
	<-begun
	s.stop() // as SIGTERM does
	if b, err := s.server.store.get(running); err != nil || b.State != Waiting {
		t.Fatalf("the running one is left %s, %v", b.State, err)
	}
	// What kill -9 leaves: an upload without a record, and a batch that was being stopped.
	half := filepath.Join(data, "batches", "20260101-0123456789abcdef")
	if err := os.MkdirAll(filepath.Join(half, "list"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.server.store.change(resting, func(b *batch) error { b.State, b.Then = Pausing, Stopped; return nil })

	again := open(t, testConfig(data, clerk)).enter()
	<-begun
	if b, err := again.server.store.get(running); err != nil || b.State != Running {
		t.Errorf("the running one is %s, %v", b.State, err)
	}
	again.until(resting, is(Stopped))
	if jobs := clerk.ran(); len(jobs) != 4 || jobs[2].MaxCalls != 0 {
		t.Errorf("the one that was being stopped spends on: %+v", jobs)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half an upload is still there: %v", err)
	}
	// The cookie of before still opens the page.
	if s.server.guard.session != again.server.guard.session || s.server.guard.token == again.server.guard.token {
		t.Error("a restart ends the session, or keeps the token")
	}
}

func TestRetention(t *testing.T) {
	data, now := t.TempDir(), time.Now()
	c := testConfig(data, newClerk())
	s := open(t, c).enter()
	old := s.upload("旧.csv")
	s.stop()
	c.Retain = 30 * 24 * time.Hour
	c.now = func() time.Time { return now.Add(29 * 24 * time.Hour) }
	s = open(t, c).enter()
	fresh := s.upload("新.csv")
	if _, err := s.server.store.get(old); err != nil {
		t.Errorf("gone after 29 days: %v", err)
	}
	s.stop()
	c.now = func() time.Time { return now.Add(31 * 24 * time.Hour) }
	s = open(t, c)
	for range 400 {
		if _, err := s.server.store.get(old); err != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := s.server.store.get(old); !errors.Is(err, errNoBatch) {
		t.Errorf("still there after 31 days: %v", err)
	}
	if _, err := s.server.store.get(fresh); err != nil {
		t.Errorf("a fresh one is gone: %v", err)
	}
}

// TestNothingInAListIsMarkup: a file's name, its headers, what is wrong with it, what
// somebody wrote into a form and what came back are text on every screen.
func TestNothingInAListIsMarkup(t *testing.T) {
	const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`
	words := Words{evil, evil}
	clerk := newClerk()
	clerk.check = func(Job) (Check, error) {
		c := found(100, 80)
		c.Found, c.Notes = []Words{words}, []Words{words}
		c.Header = []ColumnName{{"A", evil}, {"B", evil}, {"C", evil}}
		c.Sample = []SampleRow{{2, evil, evil, evil}}
		c.Faults = []FaultWords{{3, evil, words, false}}
		c.Unclear = 1
		return c, nil
	}
	clerk.run = func(context.Context, Job, func(func() Progress)) Outcome {
		return Outcome{State: Asking, Message: words, Question: words, Ask: evil, Sheet: true, Status: map[string]int64{"in_doubt": 1, "match": 1}}
	}
	clerk.preview = []ResultRow{{2, evil, evil, evil, "match", evil, evil, evil, evil, evil, evil}}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload(`<script>alert(1)<\/script>.csv`)
	var screens []string
	look := func(path string) {
		t.Helper()
		for _, lang := range []string{"zh", "en"} {
			s.post("/lang", url.Values{"lang": {lang}, "back": {"/"}})
			_, text := s.get(path)
			screens = append(screens, text)
			lower := strings.ToLower(text)
			for _, bad := range []string{"<script>alert", "<img src=x", "onerror=alert(2)>", "javascript:"} {
				if strings.Contains(lower, bad) {
					t.Errorf("%s (%s) holds %s", path, lang, bad)
				}
			}
		}
	}
	look("/batches/" + id)
	look("/")
	look("/batches/" + id + "/delete")
	form := agreement()
	form.Set("who", evil)
	form.Set("purpose", evil)
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Asking))
	look("/batches/" + id)
	look("/batches/" + id + "?view=result")
	look("/batches/" + id + "/result?status=" + url.QueryEscape(evil) + "&from=0")
	look("/no/such/" + url.PathEscape(evil))
	clerk.check = func(Job) (Check, error) { return Check{}, &Refusal{Words: words, Header: []ColumnName{{"A", evil}}} }
	look("/batches/" + s.upload("坏.csv"))
	if all := strings.Join(screens, ""); strings.Count(all, html.EscapeString("<script>alert(1)")) < 10 {
		t.Error("the screens hardly show it at all")
	}
}

func TestQuestionNeedsAnAnswer(t *testing.T) {
	clerk := newClerk()
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		if len(job.Agreed) == 0 {
			return Outcome{State: Asking, Question: Words{"要重复付费吗？", "Pay again?"}, Ask: "the question"}
		}
		return Outcome{State: Finished, Status: map[string]int64{"match": 100}}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Asking))
	if _, text := s.get("/batches/" + id); !strings.Contains(text, "要重复付费吗？") {
		t.Error("the question is not on the screen")
	}
	s.post("/batches/"+id+"/resume", url.Values{}) // is no answer
	s.post("/batches/"+id+"/answer", url.Values{"yes": {"no"}})
	s.until(id, is(Paused))
	if n := len(clerk.ran()); n != 1 {
		t.Fatalf("ran %d times without a yes", n)
	}
	s.post("/batches/"+id+"/resume", url.Values{})
	s.untilRan(clerk, id, 2, Asking)
	s.post("/batches/"+id+"/answer", url.Values{"yes": {"yes"}})
	s.until(id, is(Finished))
	if jobs := clerk.ran(); len(jobs) != 3 || len(jobs[2].Agreed) != 1 || jobs[2].Agreed[0] != "the question" {
		t.Errorf("%+v", jobs)
	}
}

// TestYesIsToOneQuestion: who presses twice, or in a window that was left open, has not
// agreed to the question that came after.
func TestYesIsToOneQuestion(t *testing.T) {
	clerk := newClerk()
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		n := fmt.Sprint("question ", len(job.Agreed)+1)
		return Outcome{State: Asking, Question: Words{n, n}, Ask: n}
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Asking))
	yes := s.fields("/batches/" + id)
	yes.Set("yes", "yes")
	s.post("/batches/"+id+"/answer", yes)
	s.until(id, func(b batch) bool { return b.State == Asking && b.Last.Ask == "question 2" })
	for _, word := range []string{"yes", "no"} {
		yes.Set("yes", word)
		s.post("/batches/"+id+"/answer", yes)
		time.Sleep(20 * time.Millisecond)
		if b, err := s.server.store.get(id); err != nil || b.State != Asking || len(b.Start.Agreed) != 1 {
			t.Fatalf("after an old %s it is %s, agreed to %q, %v", word, b.State, b.Start.Agreed, err)
		}
	}
}

// TestStartIsOfWhatWasSeen: a window that shows an older reading of the list, with other
// columns and another price, starts nothing.
func TestStartIsOfWhatWasSeen(t *testing.T) {
	clerk := newClerk()
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	old := s.fields("/batches/" + id)
	for field, values := range agreement() {
		old[field] = values
	}
	clerk.check = func(Job) (Check, error) { return found(100, 100), nil }
	s.post("/batches/"+id+"/columns", url.Values{"name": {"A"}, "mobile": {"B"}, "idCard": {"D"}})
	s.until(id, is(Checked))
	s.post("/batches/"+id+"/start", old)
	time.Sleep(20 * time.Millisecond)
	if b, err := s.server.store.get(id); err != nil || b.State != Checked || len(clerk.ran()) != 0 {
		t.Errorf("it is %s, %v", b.State, err)
	}
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Finished))
}

// TestEventsEndWithTheirBatch, and hold what the page shows.
func TestEventsEndWithTheirBatch(t *testing.T) {
	clerk, begun := newClerk(), make(chan struct{})
	clerk.run = holding(begun)
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-begun
	text := make(chan string, 1)
	go func() {
		resp, err := s.client.Get(s.url("/batches/" + id + "/events"))
		if err != nil {
			text <- err.Error()
			return
		}
		_, all := read(t, resp)
		text <- all
	}()
	time.Sleep(700 * time.Millisecond)
	s.post("/batches/"+id+"/pause", url.Values{})
	all := <-text
	if !strings.Contains(all, `"state":"running"`) || !strings.Contains(all, `"rows":40`) || !strings.Contains(all, `"cost":"¥5.12"`) {
		t.Errorf("events: %s", all)
	}
	events := strings.Split(strings.TrimSpace(all), "\n\n")
	if last := events[len(events)-1]; !strings.Contains(last, `"state":"paused"`) {
		t.Errorf("the last event is %s", last)
	}
}

// TestLiveDoesNotGrow with the time that a run takes.
func TestLiveDoesNotGrow(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := newLive(func() time.Time { return now })
	calls := int64(0)
	l.watch(func() Progress { return Progress{Calls: calls, ToAsk: 1 << 40} })
	for range 200_000 { // seconds: more than two days
		now, calls = now.Add(time.Second), calls+50
		l.take()
	}
	v := l.snapshot(func(int64) string { return "" }, true)
	if len(v.Chart) > mostPoints+1 || len(v.Chart) < mostPoints/2 || cap(l.recent) > 100 || v.Rate != 50 {
		t.Errorf("%d points, rate %g, cap %d", len(v.Chart), v.Rate, cap(l.recent))
	}
	for i := 1; i < len(v.Chart); i++ {
		if v.Chart[i].At <= v.Chart[i-1].At {
			t.Fatalf("point %d does not come after the one before", i)
		}
	}
}

func TestSettingsKeepTheAppCode(t *testing.T) {
	clerk := newClerk()
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	const code = "0123456789abcdef0123456789abcdef"
	for _, bad := range []string{"two words", "包含中文", strings.Repeat("x", 300)} {
		if status, _ := s.post("/settings", url.Values{"appcode": {bad}}); status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", bad, status)
		}
	}
	if status, _ := s.post("/settings", url.Values{"appcode": {" " + code + "\n"}}); status != http.StatusSeeOther {
		t.Fatalf("%d", status)
	}
	if b, err := os.ReadFile(AppCodeFile(s.data)); err != nil || strings.TrimSpace(string(b)) != code {
		t.Errorf("kept %v", err)
	}
	if _, text := s.get("/settings"); strings.Contains(text, code) {
		t.Error("the page shows the AppCode")
	}
	s.post("/settings", url.Values{"appcode": {""}}) // changes nothing
	if !s.server.appCodeStored() {
		t.Error("an empty field removed it")
	}
	s.post("/settings", url.Values{"forget": {"yes"}})
	if s.server.appCodeStored() {
		t.Error("it is still there")
	}
	if strings.Contains(s.log.String(), code) {
		t.Error("the log holds it")
	}
}

func TestLanguage(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	ask := func(accept string) string {
		req, err := http.NewRequest(http.MethodGet, s.url("/"), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Language", accept)
		resp, err := s.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, text := read(t, resp)
		for _, lang := range []string{"zh", "en"} {
			if strings.Contains(text, `<html lang="`+lang) {
				return lang
			}
		}
		return ""
	}
	for accept, want := range map[string]string{"": "zh", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "en-GB,en;q=0.9": "en", "fr-FR,en;q=0.5": "en", "de": "zh"} {
		if got := ask(accept); got != want {
			t.Errorf("%q gives %q, want %q", accept, got, want)
		}
	}
	for back, want := range map[string]string{"/settings": "/settings", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "": "/",
		"/\t/evil.example": "/", "///evil.example": "/", "/\x00/evil.example": "/", "/batches/x/result?status=match&from=50": "/batches/x/result?status=match&from=50"} {
		form := url.Values{"csrf": {s.server.guard.csrf}, "lang": {"en"}, "back": {back}}
		resp, err := s.client.PostForm(s.url("/lang"), form)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Location"); got != want {
			t.Errorf("back to %q leads to %q", back, got)
		}
	}
	if got := ask("zh"); got != "en" {
		t.Errorf("after the switch: %q", got)
	}
}

func TestTakes(t *testing.T) {
	for _, c := range []struct {
		calls int64
		rate  float64
		want  string
	}{{0, 20, ""}, {100, 20, "不到 2 分钟"}, {12_000, 20, "约 10 分钟"}, {1_000_000, 20, "约 14 小时"}} {
		if got := takes(c.calls, c.rate, "zh"); got != c.want {
			t.Errorf("%d at %g: %q", c.calls, c.rate, got)
		}
	}
	if got := thousands(int64(-1234567)); got != "-1,234,567" {
		t.Error(got)
	}
	if got := fmt.Sprint(percent(1, 0), percent(5, 3), percent(1, 3)); got != "0 100 33" {
		t.Error(got)
	}
}

// hide takes a batch's folder away, as a full disk or a drive that has gone does: its
// record can't be written.
func (s *site) hide(id string) (back func()) {
	s.t.Helper()
	folder := s.server.store.folder(id)
	if err := os.Rename(folder, folder+".away"); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		if err := os.Rename(folder+".away", folder); err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestEndIsKeptLater: a run whose end could not be written is at rest once the disk
// takes it, and can be gone on with.
func TestEndIsKeptLater(t *testing.T) {
	clerk := newClerk()
	c := testConfig(t.TempDir(), clerk)
	c.diskRest = 20 * time.Millisecond
	ended, end := make(chan struct{}), make(chan struct{})
	clerk.run = func(context.Context, Job, func(func() Progress)) Outcome {
		ended <- struct{}{}
		<-end
		return Outcome{State: Stopped, Calls: 10, Spent: 10, Sheet: true, Status: map[string]int64{"pending": 70}}
	}
	s := open(t, c).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-ended
	back := s.hide(id)
	close(end)
	for range 400 {
		if strings.Contains(s.log.String(), id) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	back()
	s.until(id, is(Stopped))
	if b, err := s.server.store.get(id); err != nil || b.Last == nil || b.Last.Spent != 10 {
		t.Errorf("%+v, %v", b.Last, err)
	}
}

// TestOneThatCantBeKeptHoldsUpNobody: a batch whose folder has gone waits alone.
func TestOneThatCantBeKeptHoldsUpNobody(t *testing.T) {
	clerk, begun := newClerk(), make(chan struct{})
	c := testConfig(t.TempDir(), clerk)
	c.diskRest = 300 * time.Millisecond
	clerk.run = holding(begun)
	s := open(t, c).enter()
	first, gone, third := s.upload("一.csv"), s.upload("二.csv"), s.upload("三.csv")
	s.post("/batches/"+first+"/start", agreement())
	<-begun
	s.post("/batches/"+gone+"/start", agreement())
	s.post("/batches/"+third+"/start", agreement())
	back := s.hide(gone)
	s.post("/batches/"+first+"/stop", url.Values{})
	select {
	case <-begun:
	case <-time.After(3 * time.Second):
		t.Fatal("the third waits for the second, which has gone")
	}
	if n := strings.Count(s.log.String(), gone); n > 3 {
		t.Errorf("it was tried %d times at once", n)
	}
	back()
	s.post("/batches/"+third+"/stop", url.Values{})
	select {
	case <-begun: // the second is there again
	case <-time.After(3 * time.Second):
		t.Fatal("the second does not run, although it is back")
	}
}

// TestResumeRightAfterPause: who pauses a batch that is about to begin, and thinks better
// of it at once, finds it going on.
func TestResumeRightAfterPause(t *testing.T) {
	clerk := newClerk()
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	reading, read := make(chan struct{}), make(chan struct{})
	clerk.check = func(Job) (Check, error) {
		reading <- struct{}{}
		<-read
		return Check{}, context.Canceled // as the program, when its context has ended
	}
	s.post("/batches/"+id+"/start", agreement())
	<-reading
	clerk.check = func(Job) (Check, error) { return found(100, 80), nil }
	s.post("/batches/"+id+"/pause", url.Values{})
	s.post("/batches/"+id+"/resume", url.Values{})
	close(read)
	s.until(id, is(Finished))
}

// TestRecordsOutliveThePower: what a run may spend follows from its batch's record, so
// nothing is begun before the folder is on disk that holds it.
func TestRecordsOutliveThePower(t *testing.T) {
	clerk := newClerk()
	c := testConfig(t.TempDir(), clerk)
	c.diskRest = 20 * time.Millisecond
	s := open(t, c).enter()
	id := s.upload("名单.csv")
	var healed atomic.Bool
	var synced atomic.Int32
	s.server.store.syncDir = func(dir string) error {
		if !healed.Load() && synced.Add(1) > 1 { // what comes after somebody has agreed
			return errors.New("lost with the power")
		}
		return nil
	}
	s.post("/batches/"+id+"/start", agreement())
	for range 400 {
		if strings.Contains(s.log.String(), "lost with the power") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if n := len(clerk.ran()); n != 0 || synced.Load() < 2 {
		t.Errorf("%d runs, %d records looked after", n, synced.Load())
	}
	healed.Store(true)
	s.until(id, is(Finished))
}

// TestAnotherPriceIsAgreedAnew: an amount was agreed to. Where a call costs something else
// by now, as many calls are another amount, and nothing goes on by itself.
func TestAnotherPriceIsAgreedAnew(t *testing.T) {
	data, clerk, begun := t.TempDir(), newClerk(), make(chan struct{}, 10)
	clerk.run = holding(begun)
	c := testConfig(data, clerk)
	s := open(t, c).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	<-begun
	s.stop()
	c.Money.Price = "¥0.20"
	s = open(t, c).enter()
	s.until(id, is(Paused))
	if n := len(clerk.ran()); n != 1 {
		t.Fatalf("%d runs", n)
	}
	if _, text := s.get("/batches/" + id); !strings.Contains(text, "¥0.16") || !strings.Contains(text, "¥0.20") {
		t.Error("the screen does not say why")
	}
	s.post("/batches/"+id+"/resume", url.Values{})
	<-begun // somebody has seen it
}

// TestWhatWasTypedIsKept: who has something wrong in a form finds the rest as it was. An
// amount that went back to the whole price would be agreed to unseen.
func TestWhatWasTypedIsKept(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("budget", "1.60")
	form.Set("rate", "5000")
	form.Set("purpose", strings.Repeat("长", 150))
	status, text := s.post("/batches/"+id+"/start", form)
	if status != http.StatusUnprocessableEntity {
		t.Fatal(status)
	}
	for _, want := range []string{`value="1.60"`, `value="5000"`, `value="经办人"`, `value="` + strings.Repeat("长", 150) + `"`, `name="back" value="/batches/` + id + `"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the form has no %s", want)
		}
	}
}

// TestAMistakeEndsOneBatch: a list that the program trips over must neither end another
// one's paid run nor the server, which would trip again at its next start.
func TestAMistakeEndsOneBatch(t *testing.T) {
	clerk := newClerk()
	trip := func() { panic("张三 13800000000") }
	clerk.check = func(job Job) (Check, error) {
		if strings.Contains(job.Input, "坏") {
			trip()
		}
		return found(100, 80), nil
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	if b := s.until(s.upload("坏.csv"), is(Refused)); strings.Contains(fmt.Sprint(b.Refusal), "张三") || strings.Contains(s.log.String(), "张三") {
		t.Errorf("it tells what it tripped over: %v, %s", b.Refusal, s.log.String())
	}
	clerk.run = func(context.Context, Job, func(func() Progress)) Outcome { trip(); return Outcome{} }
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	if b := s.until(id, is(Failed)); b.Last.Message.ZH == "" || b.Start.Most != 80 {
		t.Errorf("%+v, %+v", b.Last, b.Start)
	}
	if !strings.Contains(s.log.String(), "batch_test.go:") {
		t.Errorf("the log does not say where: %s", s.log.String())
	}
}
