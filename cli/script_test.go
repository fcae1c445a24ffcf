package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mobile3batch/mobile3/sandbox"
)

// TestScenes plays what a user does at the command line. A scene may start a
// sandbox and ask for its bill:
//
//	sandbox [latency=50ms] [quota=10] [limit=5] [body=json]   sets $URL
//	billed N          the bill has N lines, and nobody stands there twice
//	rows FILE N       a CSV has N data rows
func TestScenes(t *testing.T) {
	scenes, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scenes) < 10 {
		t.Fatalf("found only %d scenes: %v", len(scenes), err)
	}
	samples, err := filepath.Abs("../samples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAMPLES", samples)
			env.Setenv("MOBILE3_APPCODE", "")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": sandboxForScene,
			"billed":  billedInScene,

			"billed-twice": billedTwice,
			"rows":         rowsInScene,
			"exits":        exits,
			"mkbook":       makeBook,
			"awaits":       awaitRequest,
		},
	})
}

func sandboxForScene(ts *testscript.TestScript, neg bool, args []string) {
	cfg := sandbox.Defaults()
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		var err error
		switch name {
		case "latency":
			cfg.Latency, err = time.ParseDuration(value)
		case "quota":
			cfg.Quota, err = strconv.Atoi(value)
		case "limit":
			cfg.Limit, err = strconv.ParseFloat(value, 64)
		case "body":
			cfg.RequireBody = value
		default:
			err = fmt.Errorf("sandbox: unknown setting %s", name)
		}
		ts.Check(err)
	}
	server, err := sandbox.Start(cfg, "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { server.Close() })
	ts.Setenv("URL", server.URL())
	ts.Setenv("BASE", server.Base())
}

func billedInScene(ts *testscript.TestScript, neg bool, args []string) {
	var bill struct{ Billed, BilledTwice int }
	get(ts, ts.Getenv("BASE")+"/bill?summary=1", &bill)
	if strconv.Itoa(bill.Billed) != args[0] || bill.BilledTwice != 0 {
		ts.Fatalf("the bill has %d lines, %s were expected; %d people stand there twice", bill.Billed, args[0], bill.BilledTwice)
	}
}

// billedTwice asserts how many people stand in the bill more than once: those
// whom somebody had sent again.
func billedTwice(ts *testscript.TestScript, neg bool, args []string) {
	var bill struct{ BilledTwice int }
	get(ts, ts.Getenv("BASE")+"/bill?summary=1", &bill)
	if strconv.Itoa(bill.BilledTwice) != args[0] {
		ts.Fatalf("%d people stand twice in the bill, %s were expected", bill.BilledTwice, args[0])
	}
}

func get(ts *testscript.TestScript, url string, into any) {
	resp, err := http.Get(url)
	ts.Check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(json.Unmarshal(b, into))
}

func rowsInScene(ts *testscript.TestScript, neg bool, args []string) {
	rows := readCSV(ts, args[0])
	if strconv.Itoa(len(rows)-1) != args[1] {
		ts.Fatalf("%s has %d rows, not %s", args[0], len(rows)-1, args[1])
	}
}

// exits runs a command and asserts its exit code: exits 3 mobile3batch run …
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		if got = exitCode(err); got < 0 {
			ts.Fatalf("%v", err)
		}
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
}

// awaitRequest waits until the sandbox has seen a request.
func awaitRequest(ts *testscript.TestScript, neg bool, args []string) {
	for range 500 {
		var bill struct{ Requests int }
		get(ts, ts.Getenv("BASE")+"/bill?summary=1", &bill)
		if bill.Requests > 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("no request came")
}

func readCSV(ts *testscript.TestScript, name string) [][]string {
	b, err := os.ReadFile(ts.MkAbs(name))
	ts.Check(err)
	rows, err := parseCSV(b)
	ts.Check(err)
	return rows
}
