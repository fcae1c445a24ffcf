package cli

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
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
//	flip FILE begin 2 harms the second begin of a checkpoint
//	tear FILE         leaves a checkpoint with an unfinished end
//	setcell BOOK SHEET CELL TEXT   types into a workbook, as a person would
//	cell BOOK SHEET CELL PATTERN   asserts what a cell shows
//	ref VAR FILE NAME VAR becomes the reference in the note of NAME's row
//	number VAR REF N  VAR becomes the number of REF's N-th call, as status has just shown it
func TestScenes(t *testing.T) {
	t.Parallel()
	scenes, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scenes) < 10 {
		t.Fatalf("found only %d scenes: %v", len(scenes), err)
	}
	samples, err := filepath.Abs("../samples")
	if err != nil {
		t.Fatal(err)
	}
	c := gatherCanaries(t, scenes)
	var played atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d canaries, looked for in %d bytes and %d files", len(c.values), c.bytes, c.files)
		if played.Load() == int64(len(scenes)) && (c.bytes < 50_000 || c.files < 50) {
			t.Error("too little was looked through")
		}
	})
	testscript.RunT(watchedT{t, c}, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAMPLES", samples)
			env.Setenv("MOBILE3_APPCODE", "")
			played.Add(1)
			given := map[string]bool{}
			env.Defer(func() { c.lookInto(t, env.WorkDir, given) })
			if err := filepath.WalkDir(env.WorkDir, func(path string, _ fs.DirEntry, err error) error {
				name, _ := filepath.Rel(env.WorkDir, path)
				given[name] = true
				return err
			}); err != nil {
				return err
			}
			env.Setenv("MONTH", time.Now().AddDate(0, 0, -20).Format(time.DateOnly))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": sandboxForScene,
			"billed":  billedInScene,

			"billed-twice": billedTwice,
			"rows":         rowsInScene,
			"exits":        exits,
			"mkbook":       makeBook,
			"setcell":      setCell,
			"cell":         cellInScene,
			"lockbook":     lockBook,
			"awaits":       awaitRequest,
			"ref":          refInScene,
			"number":       numberInScene,
			"flip":         flipInScene,
			"tear":         tearInScene,
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

// refInScene sets a variable to the reference in a row's note: ref A people.checked.csv 王芳
func refInScene(ts *testscript.TestScript, neg bool, args []string) {
	for _, row := range readCSV(ts, args[1]) {
		if found := reference.FindStringSubmatch(strings.Join(row, ",")); found != nil && slices.Contains(row, args[2]) {
			ts.Setenv(args[0], found[1])
			return
		}
	}
	ts.Fatalf("%s: no reference in the row of %s", args[1], args[2])
}

func numberInScene(ts *testscript.TestScript, neg bool, args []string) {
	found := regexp.MustCompile(`(?m)^  `+args[1]+`/(\d{6}) `).FindAllStringSubmatch(ts.ReadFile("stdout"), -1)
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	if len(found) < n {
		ts.Fatalf("status shows %d calls of %s", len(found), args[1])
	}
	ts.Setenv(args[0], found[n-1][1])
}

var reference = regexp.MustCompile("reference ([0-9a-f]{12})")

func readCSV(ts *testscript.TestScript, name string) [][]string {
	b, err := os.ReadFile(ts.MkAbs(name))
	ts.Check(err)
	rows, err := parseCSV(b)
	ts.Check(err)
	return rows
}

// flipInScene harms one record of a checkpoint: flip FILE begin 2. The package
// comment of checkpoint says how a record is found.
func flipInScene(ts *testscript.TestScript, neg bool, args []string) {
	types := map[string]byte{"header": 1, "begin": 2, "settle": 3, "void": 4, "start": 5, "end": 6, "copy": 7}
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	const head = 17
	for off := 0; off+head <= len(b); off += head + int(binary.LittleEndian.Uint32(b[off:])) {
		if b[off+8]&0x7f != types[args[1]] {
			continue
		}
		if n--; n == 0 {
			b[off+head+20] ^= 1
			ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
			return
		}
	}
	ts.Fatalf("%s has no such %s", args[0], args[1])
}

// tearInScene leaves a checkpoint as a crash does, with a part of a record
// behind its end.
func tearInScene(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY|os.O_APPEND, 0)
	ts.Check(err)
	_, err = f.Write([]byte{48, 0, 0, 0, 1, 2, 3, 4, 0x82})
	ts.Check(errors.Join(err, f.Close()))
}
