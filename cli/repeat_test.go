package cli

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
)

// An echo stands before a service and hands its answers on, some of them a second
// time, as a proxy did that kept what it had sent.
type echo struct {
	to     string
	again  func(n int64) bool // is the n-th answer, from 1, sent twice?
	late   time.Duration
	change func(*http.Response)
	sent   atomic.Int64
}

// start returns the address to call.
func (e *echo) start(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { e.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return "http://" + l.Addr().String()
}

func (e *echo) serve(c net.Conn) {
	defer c.Close()
	to, err := net.Dial("tcp", e.to)
	if err != nil {
		return
	}
	defer to.Close()
	in, back := bufio.NewReader(c), bufio.NewReader(to)
	var repeat sync.WaitGroup
	defer repeat.Wait()
	for {
		req, err := http.ReadRequest(in)
		if err != nil || req.Write(to) != nil {
			return
		}
		resp, err := http.ReadResponse(back, req)
		if err != nil {
			return
		}
		if e.change != nil {
			e.change(resp)
		}
		whole, err := httputil.DumpResponse(resp, true)
		if err != nil {
			return
		}
		repeat.Wait() // what is late comes before what follows
		if _, err := c.Write(whole); err != nil {
			return
		}
		if e.again(e.sent.Add(1)) {
			repeat.Go(func() {
				time.Sleep(e.late)
				c.Write(whole)
			})
		}
	}
}

// An echoRun is what came of a list of people who were asked about behind an echo.
type echoRun struct {
	code   int
	said   string
	status map[string]int // rows
	wrong  int            // rows that show another result than the one they were charged for
	twice  int            // people who were charged twice
	billed int
}

func (e *echo) run(t *testing.T, people int, args ...string) (r echoRun) {
	t.Helper()
	server, err := sandbox.Start(sandbox.Defaults(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	e.to = strings.TrimPrefix(server.URL(), "http://")
	e.to, _, _ = strings.Cut(e.to, "/")
	dir := t.TempDir()
	if err := selftest.WriteList(filepath.Join(dir, "people.csv"), people); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, dir, append([]string{"run", "people.csv", "--endpoint", e.start(t) + "/mobile3/check", "--rate", "0", "--lang", "en"}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		r.code = exitCode(err)
	}
	r.said = out.String()
	lines, err := server.Bill()
	if err != nil {
		t.Fatal(err)
	}
	r.billed = len(lines)
	found := map[string]int{}
	for _, l := range lines {
		if _, again := found[l.Person]; again {
			r.twice++
		}
		found[l.Person] = l.Result
	}
	r.status = map[string]int{}
	rows := readRows(t, filepath.Join(dir, "people.checked.csv"))
	status, result := column(t, rows, "status"), column(t, rows, "result")
	for i, row := range rows[1:] {
		r.status[row[status]]++
		n, _ := strconv.Atoi(row[result])
		if n != 0 && n != found[server.Digest(selftest.Somebody(i))] {
			r.wrong++
		}
	}
	return r
}

// TestRepeatedAnswersReachNobody: an answer that comes a second time, however late, is
// not the verdict about the person who is asked about by then.
func TestRepeatedAnswersReachNobody(t *testing.T) {
	t.Parallel()
	const people = 400
	for _, late := range []time.Duration{0, time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond} {
		for _, workers := range []string{"1", "8"} {
			e := &echo{again: func(n int64) bool { return n%40 == 0 }, late: late}
			r := e.run(t, people, "--workers", workers)
			t.Logf("%v late, %s workers: %v, %d billed", late, workers, r.status, r.billed)
			is(t, "wrong answers", r.wrong, 0)
			is(t, "charged twice", r.twice, 0)
			is(t, "rows with a verdict of their own, or in doubt", r.status["match"]+r.status["mismatch"]+r.status["no_record"]+r.status["in_doubt"], people)
			if n := r.status["in_doubt"]; n > people/40 || n == 0 && late > 0 {
				t.Errorf("%v late, %s workers: %d in doubt", late, workers, n)
			}
			want := exitOK
			if r.status["in_doubt"] > 0 {
				want = exitGaps
			}
			is(t, "exit code", r.code, want)
		}
	}
}

// TestOneAnswerForAll: something gives every call the same answer. The batch stops at
// once and says why, and the first person keeps theirs.
func TestOneAnswerForAll(t *testing.T) {
	t.Parallel()
	e := &echo{again: func(int64) bool { return false }, change: func(r *http.Response) {
		r.Header.Set("X-Ca-Request-Id", "A77CDCA5-CC79-46E2-863A-7B2871B7F520")
	}}
	r := e.run(t, 200, "--workers", "1")
	is(t, "exit code", r.code, exitService)
	is(t, "charged twice", r.twice, 0)
	is(t, "billed", r.billed, 4)
	is(t, "in doubt", r.status["in_doubt"], 3)
	is(t, "pending", r.status["pending"], 196)
	is(t, "wrong answers", r.wrong, 0)
	if !strings.Contains(r.said, "gives several calls one answer") || !strings.Contains(r.said, "repeated-answer") {
		t.Errorf("it does not say why it stopped:\n%s", r.said)
	}
}

// TestOneSerialNumberForAll: nobody promises that serial numbers differ.
func TestOneSerialNumberForAll(t *testing.T) {
	t.Parallel()
	e := &echo{again: func(int64) bool { return false }, change: func(r *http.Response) {
		body, _ := io.ReadAll(r.Body)
		body = regexp.MustCompile(`"seqNo":"[^"]*"`).ReplaceAll(body, []byte(`"seqNo":"1"`))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}}
	r := e.run(t, 1000, "--workers", "8")
	is(t, "exit code", r.code, exitOK)
	is(t, "billed", r.billed, 1000)
	is(t, "charged twice", r.twice, 0)
	is(t, "in doubt", r.status["in_doubt"], 0)
	is(t, "wrong answers", r.wrong, 0)
}
