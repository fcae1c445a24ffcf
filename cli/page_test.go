//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
	"mobile3batch/reader"
	"mobile3batch/web"
)

func writeRows(t *testing.T, name string, rows ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("name,mobile,idCard\n"+strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func who(i int) (row, mobile string) {
	n, m, id := selftest.Somebody(i)
	return n + "," + m + "," + id, m
}

// dropping forwards to the bank (which charges) and drops answers about mobiles that drop names.
func dropping(t *testing.T, bank *sandbox.Server, drop func(body string) bool) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		req, _ := http.NewRequest(r.Method, strings.TrimSuffix(bank.URL(), "/mobile3/check")+r.URL.RequestURI(), bytes.NewReader(body))
		req.Header = r.Header.Clone()
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		if drop(string(body)) {
			panic(http.ErrAbortHandler)
		}
		for k, v := range resp.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(resp.StatusCode)
		w.Write(b)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/mobile3/check"
}

// TestTickIsForThoseItWasAbout: a tick to send people again is about those who were in doubt then, and not about as many others.
func TestTickIsForThoseItWasAbout(t *testing.T) {
	t.Parallel()
	cfg := sandbox.Defaults()
	cfg.Latency = 300 * time.Millisecond
	bank := startBank(t, cfg)
	var phase atomic.Int32
	d, n := []string{}, []string{}
	var rowsD, rowsN []string
	for i := range 3 {
		r, m := who(i)
		d, rowsD = append(d, m), append(rowsD, r)
		r, m = who(100 + i)
		n, rowsN = append(n, m), append(rowsN, r)
	}
	has := func(body string, ms []string) bool {
		for _, m := range ms {
			if strings.Contains(body, m) {
				return true
			}
		}
		return false
	}
	endpoint := dropping(t, bank, func(body string) bool {
		switch phase.Load() {
		case 0:
			return has(body, d)
		case 1:
			return has(body, n)
		}
		return false
	})
	s := openPage(t, t.TempDir(), endpoint)
	zero := s.upload(writeRows(t, "zero.csv", rowsD...))
	s.until(zero, "checked")
	s.post(zero+"/start", agreedTo("8.00"))
	s.until(zero, "finished", "failed")

	all := append(append([]string{}, rowsD...), rowsN...)
	a := s.upload(writeRows(t, "a.csv", all...))
	b := s.upload(writeRows(t, "b.csv", all...))
	s.until(a, "checked")
	s.until(b, "checked")
	tick := agreedTo("8.00")
	tick.Set("resend", "yes")
	phase.Store(1)
	s.post(a+"/start", tick)
	s.post(b+"/start", tick) // from a screen that is older than a's run
	s.until(a, "finished", "failed", "asking")
	before := bank.Summary().BilledTwice
	phase.Store(2)
	s.until(b, "finished", "failed", "asking")
	v := s.event(b)
	if v.State != "asking" || bank.Summary().BilledTwice != before {
		t.Errorf("the tick on b was about the people of zero.csv; b paid a second time for %d others without a question", bank.Summary().BilledTwice-before)
	}
	// A yes, too, is to what was asked: after another run it is asked anew.
	row, _ := who(200)
	c := s.upload(writeRows(t, "c.csv", row))
	s.until(c, "checked")
	s.post(c+"/start", agreedTo("8.00"))
	s.until(c, "finished")
	s.post(b+"/answer", url.Values{"yes": {"yes"}})
	s.until(b, "asking", "finished")
	if sum := bank.Summary(); s.event(b).State != "asking" || sum.BilledTwice != before {
		t.Errorf("an old yes is taken for a new state: %+v", sum)
	}
	s.post(b+"/answer", url.Values{"yes": {"yes"}})
	s.until(b, "finished")
	if sum := bank.Summary(); sum.BilledTwice != before+3 {
		t.Errorf("after a yes: %+v", sum)
	}
}

// TestRecordGone: without the record of what was paid nobody is paid for again before somebody has agreed to that.
func TestRecordGone(t *testing.T) {
	bank := startBank(t, sandbox.Defaults())
	data := t.TempDir()
	s := openPage(t, data, bank.URL())
	path := list(t, t.TempDir(), 30)
	one := s.upload(path)
	s.until(one, "checked")
	s.post(one+"/start", agreedTo("8.00"))
	s.until(one, "finished")
	if err := os.Remove(filepath.Join(data, "people.checkpoint")); err != nil {
		t.Fatal(err)
	}
	two := s.upload(path)
	s.until(two, "checked")
	if page := s.get(two); !strings.Contains(page, "缺少最近的运行") {
		t.Error("it is not said beside the price")
	}
	s.post(two+"/start", agreedTo("8.00"))
	s.until(two, "asking", "finished")
	if sum := bank.Summary(); sum.BilledTwice > 0 {
		t.Errorf("%+v", sum)
	}
}

// TestResendNamesItsNumber: the tick says how many people its price is for.
func TestResendNamesItsNumber(t *testing.T) {
	_, _, idCard := selftest.Somebody(0)
	path := writeRows(t, "odd.csv", "张三,19400000009,"+idCard)
	s := openPage(t, t.TempDir(), "")
	for range 2 {
		batch := s.upload(path)
		s.until(batch, "checked")
		if m := regexp.MustCompile(`<label for="resend">.*?</label>`).FindString(s.get(batch)); m != "" {
			if !strings.Contains(m, " 1 ") || !strings.Contains(m, "0.16") {
				t.Error(m)
			}
			return
		}
		s.post(batch+"/start", agreedTo("0.16"))
		s.until(batch, "finished", "failed")
	}
	t.Error("nobody is offered to be sent again")
}

// TestCorrectedResultComesBack: rows corrected in a sheet that came back are checked, and not refused for the answers beside them.
func TestCorrectedResultComesBack(t *testing.T) {
	_, _, idCard := selftest.Somebody(0)
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, t.TempDir(), bank.URL())
	batch := s.upload(writeRows(t, "odd.csv", "张三,19400000002,"+idCard))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("0.16"))
	s.until(batch, "finished")
	sheet := s.get(batch + "/download/csv")
	fixed := strings.ReplaceAll(sheet, "19400000002", "19400000001")
	path := filepath.Join(t.TempDir(), "fixed.csv")
	os.WriteFile(path, []byte(fixed), 0o600)
	again := s.upload(path)
	s.until(again, "checked")
	s.post(again+"/start", agreedTo("0.16"))
	s.until(again, "asking") // whether it was corrected, or comes from elsewhere
	s.post(again+"/answer", url.Values{"yes": {"yes"}})
	s.until(again, "finished")
	if sum := bank.Summary(); sum.Billed != 2 || sum.People != 2 {
		t.Errorf("%+v", sum)
	}
}

// TestListOfNobody: a header alone is refused.
func TestListOfNobody(t *testing.T) {
	s := openPage(t, t.TempDir(), "")
	path := filepath.Join(t.TempDir(), "e.csv")
	os.WriteFile(path, []byte("name,mobile,idCard\n"), 0o600)
	batch := s.upload(path)
	s.until(batch, "refused")
}

// TestUnderWayIsNoDoubt: calls that another list has under way are not offered to be sent again.
func TestUnderWayIsNoDoubt(t *testing.T) {
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, t.TempDir(), bank.URL())
	var rows []string
	for i := range 5 {
		_, _, id := selftest.Somebody(i)
		rows = append(rows, "张三,19400000010,"+id)
	}
	a := s.upload(writeRows(t, "a.csv", rows...))
	s.until(a, "checked")
	s.post(a+"/start", agreedTo("8.00"))
	for bank.Summary().Requests == 0 {
		time.Sleep(time.Millisecond)
	}
	b := s.upload(writeRows(t, "b.csv", rows...))
	s.until(b, "checked")
	if s.event(a).State != "running" {
		t.Fatal("too late")
	}
	if m := regexp.MustCompile(`<label for="resend">.*?</label>`).FindString(s.get(b)); m != "" {
		t.Errorf("nobody is in doubt, %+v: %s", bank.Summary(), m)
	}
}

// TestTimeLeftKnowsTheDaysCap: the time left is that of the calls that the day still allows.
func TestTimeLeftKnowsTheDaysCap(t *testing.T) {
	t.Parallel()
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, t.TempDir(), bank.URL(), "--daily-max-cost", "1.60")
	a := s.upload(list(t, t.TempDir(), 50))
	s.until(a, "checked")
	form := agreedTo("8.00")
	form.Set("rate", "2")
	s.post(a+"/start", form)
	s.until(a, "running")
	for range 60 {
		time.Sleep(100 * time.Millisecond)
		resp, err := s.client.Get(s.base + a + "/events")
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4000)
		n, _ := resp.Body.Read(b)
		resp.Body.Close()
		if m := regexp.MustCompile(`"toAsk":(\d+).*"left":(\d+)`).FindStringSubmatch(string(b[:n])); m != nil {
			if left, _ := strconv.Atoi(m[2]); left > 6 {
				t.Errorf("this run can make 10 calls, in 5 s; shown: %s s", m[2])
			}
			return
		}
	}
	t.Error("no time left was shown")
}

// TestQuestionsSpeakOfNoFlags: whoever has a page and no terminal is told of no flags.
func TestQuestionsSpeakOfNoFlags(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, data, bank.URL())
	batch := s.upload(list(t, dir, 30))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("1.60"))
	s.until(batch, "stopped")
	os.Remove(filepath.Join(data, "people.checkpoint"))
	s.post(batch+"/resume", url.Values{"budget": {"1.60"}})
	s.until(batch, "asking", "failed")
	page := s.get(batch)
	if m := regexp.MustCompile(`[^<>]*--[a-z]+[^<>]*`).FindString(page); m != "" {
		t.Errorf("%s: %s", s.event(batch).State, m)
	}
}

// TestDoubtsAreResolvedOnThePage: who was charged is not asked again, who was not is, and
// the bill has everybody as often as it should.
func TestDoubtsAreResolvedOnThePage(t *testing.T) {
	bank := startBank(t, sandbox.Defaults())
	var rows []string
	lost := map[string]bool{}
	for i := range 6 {
		row, mobile := who(i)
		rows = append(rows, row)
		lost[mobile] = i < 2
	}
	var mended atomic.Bool
	endpoint := dropping(t, bank, func(body string) bool {
		for mobile, is := range lost {
			if is && !mended.Load() && strings.Contains(body, mobile) {
				return true
			}
		}
		return false
	})
	s := openPage(t, t.TempDir(), endpoint)
	batch := s.upload(writeRows(t, "people.csv", rows...))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("0.96"))
	s.until(batch, "finished")
	mended.Store(true)
	calls := regexp.MustCompile(`name="call ([^"]+)"`).FindAllStringSubmatch(s.get(batch+"/doubts"), -1)
	if len(calls) != 2 || s.event(batch).Status["in_doubt"] != 2 {
		t.Fatalf("%d calls listed, %v", len(calls), s.event(batch).Status)
	}
	s.post(batch+"/doubts", url.Values{"call " + calls[0][1]: {"billed"}, "call " + calls[1][1]: {"unbilled"}})
	if again := s.get(batch + "/doubts"); strings.Contains(again, calls[0][1]) || strings.Contains(again, calls[1][1]) {
		t.Error("what was recorded is still listed")
	}
	before := bank.Summary()
	if before.Billed != 6 {
		t.Fatalf("%+v: recording made a call", before)
	}
	s.post(batch+"/resume", url.Values{"budget": {"0.16"}})
	now := s.await(batch, renewed)
	if sum, v := bank.Summary(), now.Status; sum.Billed != 7 || sum.BilledTwice != 1 || v["match"] != 5 || v["unusable"] != 1 {
		t.Errorf("%+v, %v: one was to be asked again, as somebody had found it not charged", sum, v)
	}
}

func TestInThousands(t *testing.T) {
	for amount, want := range map[string]string{"¥0.16": "¥0.16", "¥999.00": "¥999.00", "¥1000.00": "¥1,000.00", "¥16000.5": "¥16,000.5", "¥1234567.00": "¥1,234,567.00"} {
		is(t, amount, inThousands(amount), want)
	}
}

// TestLogsNameNoList: what somebody called a list may be a person's name.
func TestLogsNameNoList(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	job := web.Job{Input: "/data/batches/1/list/张三.csv", Folder: "/data/batches/1"}
	e := &engine{streams: Streams{Err: f}}
	e.log(&reader.Error{File: "张三.csv", Problem: "there are no rows"}, job)
	e.log(fmt.Errorf("open %s: %w", job.Input, os.ErrNotExist), job)
	b, err := os.ReadFile(f.Name())
	if err != nil || strings.Contains(string(b), "张三") || strings.Count(string(b), "\n") != 2 {
		t.Errorf("%q, %v", b, err)
	}
}
