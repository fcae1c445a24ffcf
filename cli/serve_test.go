//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
	"mobile3batch/web"
)

// served is the page as a process, and a browser that has opened it.
type served struct {
	t       *testing.T
	cmd     *exec.Cmd
	args    []string // but for the address to listen on
	address string   // with the token
	base    string
	client  *http.Client
	errs    bytes.Buffer
}

// startBank is the service, which keeps the bill.
func startBank(t *testing.T, cfg sandbox.Config) *sandbox.Server {
	t.Helper()
	bank, err := sandbox.Start(cfg, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bank.Close() })
	return bank
}

// openPage starts the page and opens it. Without an endpoint it is a rehearsal.
func openPage(t *testing.T, data, endpoint string, more ...string) *served {
	t.Helper()
	args := append([]string{"--data", data}, more...)
	if endpoint != "" {
		args = append(args, "--endpoint", endpoint)
	} else {
		args = append(args, "--sandbox")
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := servePage(t, "127.0.0.1:0", args, jar)
	if _, err := s.client.Get(s.address); err != nil {
		t.Fatal(err)
	}
	return s
}

// again starts the page anew, where a browser has it open: the cookie of before still holds.
func (s *served) again() *served {
	s.t.Helper()
	return servePage(s.t, strings.TrimPrefix(s.base, "http://"), s.args, s.client.Jar)
}

func servePage(t *testing.T, listen string, args []string, jar http.CookieJar) *served {
	t.Helper()
	s := &served{t: t, args: args}
	args = append([]string{"serve", "--no-open", "--listen", listen}, args...)
	s.cmd = program(t, t.TempDir(), args...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = &s.errs
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.cmd.Wait()
		t.Fatalf("it says %q, %v: %s", line, err, s.errs.String())
	}
	t.Logf("serves after %s", time.Since(began))
	s.address = line[strings.Index(line, "http"):]
	s.address = strings.TrimSpace(s.address)
	u, err := url.Parse(s.address)
	if err != nil {
		t.Fatal(err)
	}
	s.base = "http://" + u.Host
	s.client = &http.Client{Jar: jar, Timeout: time.Minute}
	return s
}

func (s *served) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func (s *served) get(path string) string {
	s.t.Helper()
	resp, err := s.client.Get(s.base + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %d, %v\n%s", path, resp.StatusCode, err, b)
	}
	return string(b)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([0-9a-f]+)"`)

func (s *served) csrf() string {
	s.t.Helper()
	m := csrfField.FindStringSubmatch(s.get("/"))
	if m == nil {
		s.t.Fatal("no form has a token")
	}
	return m[1]
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="(seen|price)" value="([^"]*)">`)

// post sends a form of the page as it is now.
func (s *served) post(path string, form url.Values) {
	s.t.Helper()
	form.Set("csrf", s.csrf())
	if screen, action, _ := strings.Cut(path[1:], "/"); screen == "batches" && strings.Contains(action, "/") {
		screen = path[:strings.LastIndex(path, "/")]
		s.get(screen)
		for strings.HasSuffix(path, "/start") && s.event(screen).State == "checking" { // looked at, it may be read anew
			time.Sleep(5 * time.Millisecond)
		}
		for _, field := range hiddenField.FindAllStringSubmatch(s.get(screen), -1) {
			form.Set(field[1], field[2])
		}
	}
	resp, err := s.client.PostForm(s.base+path, form)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(resp.Body)
		s.t.Fatalf("POST %s: %d\n%s", path, resp.StatusCode, b)
	}
}

// upload streams a file and returns where its batch is.
func (s *served) upload(path string) string {
	s.t.Helper()
	csrf := s.csrf()
	body, to := io.Pipe()
	m := multipart.NewWriter(to)
	go func() {
		err := m.WriteField("csrf", csrf)
		if err == nil {
			var part io.Writer
			if part, err = m.CreateFormFile("file", filepath.Base(path)); err == nil {
				var f *os.File
				if f, err = os.Open(path); err == nil {
					_, err = io.Copy(part, f)
					f.Close()
				}
			}
		}
		if err == nil {
			err = m.Close()
		}
		to.CloseWithError(err)
	}()
	req, err := http.NewRequest(http.MethodPost, s.base+"/upload", body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Location, Error string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Error != "" || answer.Location == "" {
		s.t.Fatalf("upload: %d, %+v, %v", resp.StatusCode, answer, err)
	}
	return answer.Location
}

// shownNumbers are a batch's at one moment.
type shownNumbers struct {
	State  string
	Rows   int64
	Calls  int64
	Cost   string
	Status map[string]int64
}

// await waits for a moment that is as it should be. Two questions would get answers of two moments.
func (s *served) await(batch string, done func(shownNumbers) bool) (v shownNumbers) {
	s.t.Helper()
	for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(5 * time.Millisecond) {
		if v = s.event(batch); done(v) {
			return v
		}
	}
	s.t.Fatalf("it stays %+v: %s", v, s.errs.String())
	return v
}

// renewed: a batch has finished, and of the people who were in doubt nobody is any more.
func renewed(v shownNumbers) bool {
	return v.State == "finished" && len(v.Status) > 0 && v.Status["in_doubt"] == 0
}

// event is the newest of a batch's numbers.
func (s *served) event(batch string) shownNumbers {
	s.t.Helper()
	v, err := s.look(batch)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// look is the same of a page that may be killed meanwhile.
func (s *served) look(batch string) (v shownNumbers, err error) {
	resp, err := s.client.Get(s.base + batch + "/events")
	if err != nil {
		return v, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return v, json.Unmarshal([]byte(text), &v)
		}
	}
	return v, fmt.Errorf("no event: %v", lines.Err())
}

func (s *served) until(batch string, states ...string) {
	s.t.Helper()
	last, since := "", time.Now()
	for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(20 * time.Millisecond) {
		now := s.event(batch).State
		if slices.Contains(states, now) {
			return
		}
		if now != last {
			last, since = now, time.Now()
		}
		moving := slices.Contains([]string{"checking", "waiting", "running", "pausing"}, now)
		if !moving && time.Since(since) > 3*time.Second {
			break // it rests, and not where it should
		}
	}
	s.t.Fatalf("it stays %s, not %v: %s\n%s", last, states, s.errs.String(), s.get(batch))
}

func agreedTo(budget string) url.Values {
	return url.Values{"budget": {budget}, "rate": {"1000"}, "who": {"经办人甲"}, "purpose": {"测试"}}
}

// TestPageSurvivesKills: the server is killed at charges in the middle of a batch
// and started again, and the bill says who was charged how often.
func TestPageSurvivesKills(t *testing.T) {
	t.Parallel()
	const people, kills = 3000, 3
	dir, data := t.TempDir(), t.TempDir()
	path := list(t, dir, people)
	var trap atCharge
	cfg := sandbox.Defaults()
	cfg.OnBilled = trap.billed
	bank := startBank(t, cfg)
	s := openPage(t, data, bank.URL())
	batch := s.upload(path)
	s.until(batch, "checked")
	if page := s.get(batch); !strings.Contains(page, "3,000") || !strings.Contains(page, "480.00") {
		t.Errorf("the check screen says neither 3,000 nor what they cost:\n%s", page)
	}
	if _, billed := bank.Calls(); billed != 0 {
		t.Fatalf("%d calls before anybody agreed", billed)
	}
	var killed atomic.Int32
	for i := range kills {
		victim := s.cmd.Process
		trap.arm((i+1)*people/(kills+1), func() { victim.Kill(); killed.Add(1) })
		if i == 0 {
			s.post(batch+"/start", agreedTo("480.00"))
		}
		s.cmd.Wait()
		s = s.again() // the open page's cookie still holds
	}
	s.until(batch, "finished", "stopped")
	is(t, "kills", killed.Load(), kills)
	sum := bank.Summary()
	doubts := people - int(sum.People)
	status := s.event(batch).Status
	if sum.BilledTwice != 0 {
		t.Errorf("%d people were charged twice", sum.BilledTwice)
	}
	// Who was in flight at a kill is in doubt, charged or not; all others were charged once.
	if n := int(status["in_doubt"]); n > kills*defaultWorkers(1000) || n < doubts {
		t.Errorf("%d in doubt, %d were never charged", n, doubts)
	}
	t.Logf("%d people, %d kills: %d charged, %d twice, %d in doubt", people, kills, sum.People, sum.BilledTwice, status["in_doubt"])

	// What is downloaded has every row.
	csvFile := filepath.Join(dir, "result.csv")
	for kind, file := range map[string]string{"workbook": "result.xlsx", "csv": csvFile, "todo": "todo.xlsx"} {
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		if err := os.WriteFile(file, []byte(s.get(batch+"/download/"+kind)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	is(t, "rows of the CSV", len(readRows(t, csvFile))-1, people)
	is(t, "rows of the workbook", bookRows(t, filepath.Join(dir, "result.xlsx")), people)
	is(t, "rows to do", bookRows(t, filepath.Join(dir, "todo.xlsx")), int(status["in_doubt"]))

	// The same list once more costs nothing.
	again := s.upload(path)
	s.until(again, "checked")
	s.post(again+"/start", agreedTo("480.00"))
	s.until(again, "finished")
	if after := bank.Summary(); after.Billed != sum.Billed {
		t.Errorf("the second upload cost %d calls", after.Billed-sum.Billed)
	}
	if v := s.event(again).Status; v["match"]+v["mismatch"]+v["no_record"]+v["in_doubt"] != people {
		t.Errorf("the second upload came to %v", v)
	}

	// Who is in doubt is offered to be sent again, and is sent again once somebody says so.
	third := s.upload(path)
	s.until(third, "checked")
	if page := s.get(third); !strings.Contains(page, `name="resend"`) {
		t.Errorf("nobody is offered to be sent again:\n%s", page)
	}
	form := agreedTo("480.00")
	form.Set("resend", "yes")
	s.post(third+"/start", form)
	s.until(third, "finished")
	if after := bank.Summary(); after.Billed != sum.Billed+int(status["in_doubt"]) || s.event(third).Status["in_doubt"] != 0 {
		t.Errorf("%d calls for %d people in doubt, %d still are", after.Billed-sum.Billed, status["in_doubt"], s.event(third).Status["in_doubt"])
	}
}

func bookRows(t *testing.T, path string) int {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return len(rows) - 1
}

// TestPageStopsGently: SIGTERM leaves nobody in doubt, and the next start goes on.
func TestPageStopsGently(t *testing.T) {
	t.Parallel()
	const people = 2000
	dir, data := t.TempDir(), t.TempDir()
	path := list(t, dir, people)
	var trap atCharge
	cfg := sandbox.Defaults()
	cfg.Latency, cfg.OnBilled = 20*time.Millisecond, trap.billed
	bank := startBank(t, cfg)
	s := openPage(t, data, bank.URL())
	batch := s.upload(path)
	s.until(batch, "checked")
	victim := s.cmd.Process
	trap.arm(people/2, func() { victim.Signal(syscall.SIGTERM) })
	s.post(batch+"/start", agreedTo("320.00"))
	if err := s.cmd.Wait(); err != nil {
		t.Fatalf("it ends with %v: %s", err, s.errs.String())
	}
	s = s.again()
	s.until(batch, "finished")
	sum, status := bank.Summary(), s.event(batch).Status
	if sum.People != people || sum.BilledTwice != 0 || status["in_doubt"] != 0 {
		t.Errorf("%d of %d charged, %d twice, %d in doubt", sum.People, people, sum.BilledTwice, status["in_doubt"])
	}
}

// TestPageBudgetIsKept: going on does not begin a budget anew; adding to it does what it says.
func TestPageBudgetIsKept(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), t.TempDir()
	path := list(t, dir, 500)
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, data, bank.URL())
	batch := s.upload(path)
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("16.00")) // 100 calls
	s.until(batch, "stopped")
	for range 3 {
		s.post(batch+"/resume", url.Values{})
		s.until(batch, "stopped")
	}
	if sum := bank.Summary(); sum.Billed != 100 {
		t.Errorf("%d calls for a budget of 100", sum.Billed)
	}
	// The rest, once somebody pays for it; and those who were paid for are not again.
	s.post(batch+"/resume", url.Values{"budget": {"64.00"}})
	s.until(batch, "finished")
	if sum := bank.Summary(); sum.Billed != 500 || sum.BilledTwice != 0 {
		t.Errorf("%d calls in all, %d twice", sum.Billed, sum.BilledTwice)
	}
}

// TestPageSaysWhoseCapItIs: a batch that the day's cap has stopped needs no larger budget.
func TestPageSaysWhoseCapItIs(t *testing.T) {
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, t.TempDir(), bank.URL(), "--daily-max-cost", "1.60")
	batch := s.upload(list(t, t.TempDir(), 50))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("8.00"))
	s.until(batch, "stopped")
	if sum := bank.Summary(); sum.Billed != 10 {
		t.Errorf("%d calls on a day of 10", sum.Billed)
	}
	if page := s.get(batch); !strings.Contains(page, "当日") || strings.Contains(page, "增加预算") || strings.Contains(page, "--daily") {
		t.Errorf("the page says of the end: %s", regexp.MustCompile(`(?s)class="notice"><p><strong>.*?</div>`).FindString(page))
	}
}

// TestPageSaysWhoIsSent: what is odd about a row that is paid for does not make the screen
// say that it is not sent, nor a mended cell of one that is not sent that it is.
func TestPageSaysWhoIsSent(t *testing.T) {
	s := openPage(t, t.TempDir(), "")
	name, mobile, idCard := selftest.Somebody(1)
	path := filepath.Join(t.TempDir(), "people.csv")
	odd := fmt.Sprintf("姓名,手机号,身份证号\n䶮䶮,%s,%s\n%s,+86 %s,%s\n", mobile, idCard, name, mobile, idCard[:17])
	if err := os.WriteFile(path, []byte(odd), 0o600); err != nil {
		t.Fatal(err)
	}
	batch := s.upload(path)
	s.until(batch, "checked")
	sent := map[string][]string{}
	for _, m := range regexp.MustCompile(`<tr><th scope="row" class="num">([23])</th>.*?<span class="sign (ok|no)">`).FindAllStringSubmatch(s.get(batch), -1) {
		sent[m[1]] = append(sent[m[1]], m[2])
	}
	if rare, broken := sent["2"], sent["3"]; len(rare) == 0 || slices.Contains(rare, "no") || len(broken) == 0 || slices.Contains(broken, "ok") {
		t.Errorf("by row: %v", sent)
	}
}

// TestPageColumns: a list whose columns nobody can guess is mapped by hand, with a
// header and without.
func TestPageColumns(t *testing.T) {
	t.Parallel()
	for header, row := range map[string]string{"甲,乙,丙,丁\n": "1", "": "0"} {
		t.Run("header row "+row, func(t *testing.T) { mapByHand(t, header, row) })
	}
}

func mapByHand(t *testing.T, header, row string) {
	dir, data := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "odd.csv")
	var b strings.Builder
	b.WriteString(header)
	for i := range 50 {
		name, mobile, idCard := selftest.Somebody(i)
		fmt.Fprintf(&b, "%s,%s,%s,%s\n", mobile, "第一组", idCard, name)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openPage(t, data, "")
	batch := s.upload(path)
	s.until(batch, "refused")
	refused := s.get(batch)
	if strings.Contains(refused, "--") || strings.Contains(refused, "请用 下面") {
		t.Errorf("the page speaks of flags: %s", regexp.MustCompile(`.{60}--.{60}`).FindString(refused))
	}
	s.post(batch+"/columns", url.Values{"name": {"D"}, "mobile": {"A"}, "idCard": {"C"}, "header": {row}})
	s.until(batch, "checked")
	page := refused + s.get(batch)
	name, mobile, idCard := selftest.Somebody(0)
	for _, secret := range []string{">" + name + "<", mobile, idCard} {
		if strings.Contains(page, secret) {
			t.Errorf("the screen shows a person's data")
		}
	}
	s.post(batch+"/start", agreedTo("8.00"))
	s.until(batch, "finished")
	if v := s.event(batch); v.Status["match"]+v.Status["mismatch"]+v.Status["no_record"] != 50 {
		t.Errorf("%+v", v)
	}
	page = s.get(batch)
	if strings.Contains(page, mobile) || strings.Contains(page, idCard) || !strings.Contains(page, mobile[:3]) {
		t.Error("the result screen shows too much, or nothing")
	}
}

// TestPageCorrections: what was wrong is corrected in the sheet that came back and given
// back, and only that is paid for.
func TestPageCorrections(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), t.TempDir()
	path := list(t, dir, 50)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	name, mobile, idCard := selftest.Somebody(50)
	_, err = fmt.Fprintf(f, "50,%s,%s,%s\n", name, mobile[:9], idCard)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, data, bank.URL())
	batch := s.upload(path)
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("8.00"))
	s.until(batch, "finished")
	todo := filepath.Join(dir, "people.todo.xlsx")
	if err := os.WriteFile(todo, []byte(s.get(batch+"/download/todo")), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenFile(todo)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows to correct, %v", len(rows)-1, err)
	}
	cell := fmt.Sprintf("%c2", 'A'+column(t, rows, "mobile"))
	if err := errors.Join(book.SetCellStr(book.GetSheetName(0), cell, mobile), book.Save(), book.Close()); err != nil {
		t.Fatal(err)
	}
	again := s.upload(todo)
	s.until(again, "checked")
	s.post(again+"/start", agreedTo("8.00"))
	s.until(again, "finished")
	if sum := bank.Summary(); sum.Billed != 51 || sum.People != 51 {
		t.Errorf("%d calls about %d people", sum.Billed, sum.People)
	}
}

// TestPageAsks: an older checkpoint was put back in its place, so people whose answers
// stand in the result would be paid for again. That is asked, and nothing is spent before.
func TestPageAsks(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), t.TempDir()
	path := list(t, dir, 300)
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, data, bank.URL())
	batch := s.upload(path)
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("16.00")) // 100 calls
	s.until(batch, "stopped")
	file := filepath.Join(data, "people.checkpoint")
	older, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.post(batch+"/resume", url.Values{"budget": {"16.00"}})
	s.until(batch, "stopped")
	putBack := func() { // in place: nothing else tells
		if err := os.WriteFile(file, older, 0); err != nil {
			t.Fatal(err)
		}
	}
	putBack()
	s.post(batch+"/resume", url.Values{"budget": {"16.00"}})
	s.until(batch, "asking")
	if page := s.get(batch); !strings.Contains(page, "缺少最近的运行") || strings.Contains(page, data) {
		t.Errorf("the question is not on the page: %s", page)
	}
	s.post(batch+"/answer", url.Values{"yes": {"no"}})
	s.until(batch, "paused")
	if sum := bank.Summary(); sum.Billed != 200 {
		t.Fatalf("%d calls without an answer", sum.Billed)
	}
	s.post(batch+"/resume", url.Values{})
	s.until(batch, "asking")
	s.post(batch+"/answer", url.Values{"yes": {"yes"}})
	s.until(batch, "stopped", "finished")
	sum := bank.Summary()
	if sum.Billed <= 200 || sum.Billed > 300 {
		t.Errorf("%d calls for a budget of 300", sum.Billed)
	}
	putBack() // a second time: the yes was to the first
	s.post(batch+"/resume", url.Values{"budget": {"16.00"}})
	s.until(batch, "stopped", "finished", "asking")
	if v := s.event(batch); v.State != "asking" || bank.Summary().Billed != sum.Billed {
		t.Errorf("it is %s after %+v", v.State, bank.Summary())
	}
}

// TestPageOffersTheUnusable: who was answered unusably may be sent again, too, once
// somebody says so; an ordinary list offers nothing.
func TestPageOffersTheUnusable(t *testing.T) {
	_, _, idCard := selftest.Somebody(0)
	path := filepath.Join(t.TempDir(), "odd.csv")
	if err := os.WriteFile(path, []byte("name,mobile,idCard\n张三,19400000009,"+idCard+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openPage(t, t.TempDir(), "")
	for _, offered := range []bool{false, true} {
		batch := s.upload(path)
		s.until(batch, "checked")
		if page := s.get(batch); strings.Contains(page, `name="resend"`) != offered {
			t.Errorf("to be sent again: %v\n%s", !offered, page)
		}
		s.post(batch+"/start", agreedTo("0.16"))
		s.until(batch, "finished", "failed")
		is(t, "unusable", s.event(batch).Status["unusable"], 1)
	}
}

// TestRehearsalsStandApart: a list that was rehearsed can't go on for real.
func TestRehearsalsStandApart(t *testing.T) {
	data := t.TempDir()
	s := openPage(t, data, "")
	batch := s.upload(list(t, t.TempDir(), 10))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("1.60"))
	s.until(batch, "finished")
	s.kill()
	bank := startBank(t, sandbox.Defaults())
	s = openPage(t, data, bank.URL())
	if page := s.get("/"); strings.Contains(page, batch) {
		t.Error("the rehearsal is listed where calls are paid for")
	}
	if resp, err := s.client.Get(s.base + batch); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("%v, %v", resp.StatusCode, err)
	}
}

// TestPageIsOneAtATime: a second server on the same folder is refused, and says why.
func TestPageIsOneAtATime(t *testing.T) {
	data := t.TempDir()
	openPage(t, data, "")
	out, err := program(t, t.TempDir(), "serve", "--sandbox", "--no-open", "--listen", "127.0.0.1:0", "--data", data).CombinedOutput()
	if exitCode(err) != exitLocked || !strings.Contains(string(out), "another window") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestServeRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", "0.0.0.0:0"}, "not an address of this machine alone"},
		{[]string{"--listen", "192.0.2.1:80"}, "not an address of this machine alone"},
		{[]string{"people.csv"}, "takes no list"},
		{[]string{"--rate", "0"}, "--rate"},
		{[]string{"--price", "0"}, "--price"},
		{[]string{"--retain", "soon"}, "--retain"},
		{[]string{"--endpoint", "https://elsewhere.example/mobile3/check"}, "--trust-host"},
	} {
		cmd := program(t, t.TempDir(), append([]string{"serve", "--no-open", "--data", t.TempDir()}, c.args...)...)
		out, err := cmd.CombinedOutput()
		if exitCode(err) != exitUsage || !strings.Contains(string(out), c.want) {
			t.Errorf("%v: %v\n%s", c.args, err, out)
		}
	}
}

// TestPageHidesWhoStandsAsHeader: a person in the place of the header, taken for one by
// the page's doubt or by a clerk's mistake, is nobody whom a screen may name.
func TestPageHidesWhoStandsAsHeader(t *testing.T) {
	const person = "佴晓岚,1647533408,520102195409090\n" // a rare surname, and digits are missing
	var people strings.Builder
	for i := range 30 {
		name, mobile, idCard := selftest.Somebody(i)
		fmt.Fprintf(&people, "%s,%s,%s\n", name, mobile, idCard)
	}
	s := openPage(t, t.TempDir(), "")
	dir := t.TempDir()
	for name, list := range map[string]struct{ top, header string }{
		"without a header":      {"", "1"},
		"below a header":        {"姓名,手机号,身份证号\n", "2"},
		"with only the columns": {"", ""},
	} {
		path := filepath.Join(dir, "list.csv")
		if err := os.WriteFile(path, []byte(list.top+person+people.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		batch := s.upload(path)
		s.until(batch, "refused", "checked")
		page := s.get(batch)
		s.post(batch+"/columns", url.Values{"name": {"A"}, "mobile": {"B"}, "idCard": {"C"}, "header": {list.header}})
		s.until(batch, "refused", "checked")
		page += s.get(batch)
		for _, secret := range strings.Split(strings.TrimSpace(person), ",") {
			if strings.Contains(page, secret) {
				t.Errorf("%s: the screen shows %s", name, secret)
			}
		}
		if list.top != "" && !strings.Contains(page, "A · 姓名") {
			t.Errorf("%s: the header's own words are not on the screen", name)
		}
	}
}

// TestPageSpeaksOfNoFlags: whatever the reader tells somebody to do can be done without a
// terminal.
func TestPageSpeaksOfNoFlags(t *testing.T) {
	src, err := os.ReadFile("../reader/chinese.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range regexp.MustCompile(`(?m)^\s*\{?("[^"\n]*"|doEncoding)[:,]\s*("[^"\n]*")`).FindAllStringSubmatch(string(src), -1) {
		en, zh := strings.Trim(m[1], `"`), strings.Trim(m[2], `"`)
		if !strings.Contains(en+zh, "--") && en != "doEncoding" || strings.HasPrefix(zh, "--input-encoding") {
			continue // the page gives no encoding
		}
		if en == "doEncoding" {
			en = "save it as UTF-8, or name its encoding with --input-encoding"
		}
		n++
		got := forPage(web.Words{ZH: fmt.Sprint("前文。", strings.ReplaceAll(zh, "%s", "name=A")), EN: "before: " + strings.ReplaceAll(en, "%s", "name=A")})
		if strings.Contains(got.ZH+got.EN, "--") || len(got.ZH) < 20 || len(got.EN) < 15 {
			t.Errorf("%s\n%s", got.ZH, got.EN)
		}
	}
	if n < 10 {
		t.Fatalf("only %d hints found", n)
	}
}
