package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// clerk is a program that does as the test says.
type clerk struct {
	mu      sync.Mutex
	ready   bool
	check   func(Job) (Check, error)
	run     func(context.Context, Job, func(func() Progress)) Outcome
	preview []ResultRow
	doubts  []Doubt
	resolve func([]Finding) error
	found   []Finding
	jobs    []Job // that were run

	recorded map[string]int64 // calls of each batch
	loss     string
	forgot   time.Time
}

// charge records calls of a batch as they are made.
func (c *clerk) charge(batch string, calls int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recorded[batch] += calls
}

func (c *clerk) Recorded(batch string) (Recorded, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Recorded{Calls: c.recorded[batch], Loss: c.loss, Forgot: c.forgot}, nil
}

func newClerk() *clerk {
	return &clerk{
		ready: true, recorded: map[string]int64{},
		resolve: func([]Finding) error { return nil },
		check:   func(Job) (Check, error) { return found(100, 80), nil },
		run: func(context.Context, Job, func(func() Progress)) Outcome {
			return Outcome{State: Finished, Calls: 80, Spent: 80, Status: map[string]int64{"match": 100}, Sheet: true}
		},
	}
}

func found(rows, toAsk int64) Check {
	return Check{
		Found:   []Words{{"名单.csv，编码 UTF-8", "list.csv, encoding UTF-8"}},
		Header:  []ColumnName{{"A", "姓名"}, {"B", "手机号"}, {"C", "身份证号"}, {"D", "备注"}},
		Columns: map[string]string{"name": "A", "mobile": "B", "idCard": "C"},
		Sample:  []SampleRow{{2, "张*", "138****0000", "110101********1234"}},
		Counts:  Counts{Rows: rows, ToAsk: toAsk, Duplicates: rows - toAsk},
	}
}

func (c *clerk) Ready() bool { return c.ready }

func (c *clerk) Check(_ context.Context, job Job) (Check, error) { return c.check(job) }

func (c *clerk) Run(ctx context.Context, job Job, tell func(func() Progress)) Outcome {
	c.mu.Lock()
	c.jobs = append(c.jobs, job)
	before := c.recorded[job.Batch]
	c.mu.Unlock()
	out := c.run(ctx, job, tell)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.recorded[job.Batch] == before { // else it has said so itself
		c.recorded[job.Batch] += out.Spent
	}
	return out
}

func (c *clerk) Preview(_ context.Context, _ Job, status string, from, n int) ([]ResultRow, bool, error) {
	return c.preview, false, nil
}

func (c *clerk) Doubts(context.Context, Job, int) ([]Doubt, int, error) { return c.doubts, 0, nil }

func (c *clerk) Resolve(found []Finding) error {
	c.found = append(c.found, found...)
	return c.resolve(found)
}

func (c *clerk) ran() []Job {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Job{}, c.jobs...)
}

// site is a server and a browser that has opened it.
type site struct {
	t      *testing.T
	server *Server
	data   string
	log    *safeBuffer
	client *http.Client // follows nothing
	stop   func()
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// added is an amount and so many calls more, at so many cents.
func added(cost string, calls, cents int64) string {
	var whole, part int64
	fmt.Sscanf(cost, "¥%d.%02d", &whole, &part)
	return "¥" + yuanOf(100*whole+part+calls*cents)
}

func testConfig(data string, engine Engine) Config {
	yuan := func(calls int64) string { return fmt.Sprintf("%d.%02d", calls*16/100, calls*16%100) }
	return Config{
		Listen: "127.0.0.1:0", Data: data, Engine: engine, SyncDir: func(string) error { return nil }, Service: "https://service.example/mobile3/check", Rate: 20,
		Money: Money{
			Price: "¥0.16", Add: func(cost string, calls int64) string { return added(cost, calls, 16) }, Cost: func(n int64) string { return "¥" + yuan(n) }, Plain: yuan,
			Afford: func(s string) (int64, error) {
				var whole, cents int64
				if n, err := fmt.Sscanf(s, "%d.%02d", &whole, &cents); n == 0 || whole < 0 {
					return 0, errors.Join(errors.New("no amount"), err)
				}
				return (whole*100 + cents) / 16, nil
			},
		},
	}
}

func open(t *testing.T, c Config) *site {
	t.Helper()
	s := &site{t: t, data: c.Data, log: &safeBuffer{}}
	c.Log = s.log
	server, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.server = server
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	var once sync.Once
	s.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Serve: %v", err)
			}
		})
	}
	t.Cleanup(s.stop)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.client = &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

// enter opens the page with its token.
func (s *site) enter() *site {
	s.t.Helper()
	if status, _ := s.get(strings.TrimPrefix(s.server.Address(), s.server.guard.base)); status != http.StatusSeeOther {
		s.t.Fatalf("the token gives %d", status)
	}
	return s
}

func (s *site) url(path string) string { return s.server.guard.base + path }

func (s *site) get(path string) (int, string) {
	s.t.Helper()
	resp, err := s.client.Get(s.url(path))
	if err != nil {
		s.t.Fatal(err)
	}
	return read(s.t, resp)
}

func read(t *testing.T, resp *http.Response) (int, string) {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// post sends a form of the page as it is now, unless the form says of what page it is.
func (s *site) post(path string, form url.Values) (int, string) {
	s.t.Helper()
	form.Set("csrf", s.server.guard.csrf)
	if screen := path[:strings.LastIndex(path, "/")]; strings.HasPrefix(screen, "/batches/") {
		now := s.fields(screen)
		if id := strings.TrimPrefix(screen, "/batches/"); strings.HasSuffix(path, "/start") { // looked at, it may be read anew
			s.until(id, func(b batch) bool { return b.State != Checking })
			now = s.fields(screen)
		}
		for _, name := range []string{"seen", "price"} {
			if form.Get(name) == "" && now.Has(name) {
				form.Set(name, now.Get(name))
			}
		}
	}
	resp, err := s.client.PostForm(s.url(path), form)
	if err != nil {
		s.t.Fatal(err)
	}
	return read(s.t, resp)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// fields are the hidden ones of a page's forms.
func (s *site) fields(path string) url.Values {
	s.t.Helper()
	form := url.Values{}
	_, text := s.get(path)
	for _, m := range hidden.FindAllStringSubmatch(text, -1) {
		form.Set(m[1], m[2])
	}
	return form
}

// uploadBody is a form with one file.
func uploadBody(t *testing.T, csrf, name, content string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	if err := m.WriteField("csrf", csrf); err != nil {
		t.Fatal(err)
	}
	w, err := m.CreatePart(map[string][]string{"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}})
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, content)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), body
}

const smallList = "姓名,手机号,身份证号\n"

// upload hands a list in and waits until it is checked; the answer is its id.
func (s *site) upload(name string) string {
	s.t.Helper()
	contentType, body := uploadBody(s.t, s.server.guard.csrf, name, smallList)
	resp, err := s.client.Post(s.url("/upload"), contentType, body)
	if err != nil {
		s.t.Fatal(err)
	}
	status, text := read(s.t, resp)
	id, ok := strings.CutPrefix(resp.Header.Get("Location"), "/batches/")
	if status != http.StatusSeeOther || !ok {
		s.t.Fatalf("upload: %d, to %q: %s", status, resp.Header.Get("Location"), text)
	}
	s.until(id, func(b batch) bool { return b.State != Checking })
	return id
}

func (s *site) until(id string, done func(batch) bool) batch {
	s.t.Helper()
	var b batch
	var err error
	for range 1000 {
		if b, err = s.server.store.get(id); err != nil {
			s.t.Fatal(err)
		}
		if done(b) {
			return b
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.t.Fatalf("the batch stays %s", b.State)
	return b
}

// untilRan waits for the end of the n-th run. Runs are counted first: once the n-th has begun, a batch at rest is at rest
// after it.
func (s *site) untilRan(c *clerk, id string, n int, states ...State) batch {
	s.t.Helper()
	for range 1000 {
		if ran := len(c.ran()); ran > n {
			s.t.Fatalf("ran %d times, not %d", ran, n)
		} else if ran == n {
			return s.until(id, is(states...))
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.t.Fatalf("ran %d times, not %d", len(c.ran()), n)
	return batch{}
}

func is(states ...State) func(batch) bool {
	return func(b batch) bool {
		for _, s := range states {
			if b.State == s {
				return true
			}
		}
		return false
	}
}

func agreement() url.Values {
	return url.Values{"budget": {"12.80"}, "rate": {"20"}, "who": {"经办人"}, "purpose": {"入职核验"}}
}

// files are all below a folder, relative to it.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the server has just cleared it away
		}
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// routes are all addresses of the handler, read out of its source, so that none is forgotten.
func routes(t *testing.T) (all []struct{ method, path string }) {
	t.Helper()
	src, err := os.ReadFile("handlers.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`HandleFunc\("(GET|POST) ([^"]+)"`).FindAllStringSubmatch(string(src), -1) {
		all = append(all, struct{ method, path string }{m[1], m[2]})
	}
	if len(all) < 15 {
		t.Fatalf("only %d routes found", len(all))
	}
	return all
}

// at fills in a route's placeholders.
func at(path, id string) string {
	return strings.NewReplacer("{id}", id, "{kind}", "workbook", "{$}", "").Replace(path)
}
