package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What counts as red. Each line of a case is an event: action, test, output.
func TestRed(t *testing.T) {
	for name, c := range map[string]struct {
		events string
		late   bool
		red    bool
	}{
		"passed":                {"run TestX\npass TestX", false, false},
		"failed":                {"run TestX\noutput TestX --- FAIL: TestX\nfail TestX", false, true},
		"another failed":        {"run TestX\npass TestX\nrun TestY\nfail TestY", false, false},
		"one with its name":     {"run TestXY\nfail TestXY", false, false},
		"skipped":               {"run TestX\nskip TestX", false, false},
		"never ran":             {"output - testing: warning: no tests to run", false, false},
		"did not build":         {"build-output - x.go:1: undefined: y\nbuild-fail -\nfail -", false, false},
		"failed, late":          {"run TestX\nfail TestX", true, false},
		"hung, and we gave up":  {"run TestX", true, false},
		"panicked":              {"run TestX\noutput TestX --- FAIL: TestX\noutput TestX panic: oh\nfail TestX", false, true},
		"a goroutine panicked":  {"run TestX\noutput TestX panic: oh\nfail -", false, true},
		"hung":                  {"run TestX\noutput TestX panic: test timed out after 1m0s\nfail -", false, true},
		"deadlocked":            {"run TestX\noutput TestX fatal error: all goroutines are asleep - deadlock!\nfail -", false, true},
		"its subtest hung":      {"run TestX\nrun TestX/a\noutput TestX/a panic: test timed out after 1m0s\nfail -", false, true},
		"another hung":          {"run TestX\npass TestX\nrun TestY\noutput TestY panic: test timed out after 1m0s\nfail -", false, false},
		"two hung side by side": {"run TestX\npause TestX\nrun TestY\npause TestY\ncont TestX\ncont TestY\noutput TestY panic: test timed out after 1m0s", false, false},
		"it ended the process":  {"run TestX\nfail -", false, false},
		"panicked after a pass": {"run TestX\npass TestX\noutput - panic: oh\nfail -", false, false},
		"it waits, another hung": {"run TestX\npause TestX\nrun TestY\noutput TestY panic: test timed out after 1m0s",
			false, false},
	} {
		said, err := listen(strings.NewReader(events(c.events)))
		if err != nil {
			t.Fatal(err)
		}
		if said.late = c.late; said.red("TestX") != c.red {
			t.Errorf("%s: red is %v", name, !c.red)
		}
		if said.excerpt() == "" {
			t.Errorf("%s: nothing to say of it", name)
		}
	}
}

func events(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 3)
		e := map[string]string{"Action": f[0], "Test": strings.TrimPrefix(f[1], "-")}
		if len(f) > 2 {
			e["Output"] = f[2] + "\n"
		}
		j, _ := json.Marshal(e)
		b.Write(append(j, '\n'))
	}
	return b.String()
}

func TestPattern(t *testing.T) {
	if got := pattern([]string{"TestA", "TestScenes/moved"}); got != "^TestA$|^TestScenes$/^moved$" {
		t.Error(got)
	}
}

// The fault reaches the compiler beside the source, which stays as it is.
func TestOverlayLeavesTheSourceAlone(t *testing.T) {
	dir, folder := root(t), t.TempDir()
	m := mutants[0]
	real := filepath.Join(dir, filepath.FromSlash(m.file))
	before, err := os.ReadFile(real)
	if err != nil {
		t.Fatal(err)
	}
	path, err := m.overlay(dir, folder)
	if err != nil {
		t.Fatal(err)
	}
	var note struct{ Replace map[string]string }
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &note); err != nil {
		t.Fatal(err)
	}
	fake, err := os.ReadFile(note.Replace[real])
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(real)
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(before) || string(fake) == string(before) || !strings.HasPrefix(note.Replace[real], folder) {
		t.Error("the fault is not where it belongs")
	}
}

// A table that has fallen behind is said, and never taken for a mutant that was noticed.
func TestStaleIsAnError(t *testing.T) {
	for name, m := range map[string]mutant{
		"text gone":  {file: "main.go", old: "no such text"},
		"text twice": {file: "main.go", old: "m"},
		"file gone":  {file: "no/such.go", old: "x"},
	} {
		if _, err := m.mutated(root(t)); err == nil {
			t.Errorf("%s: taken", name)
		}
		if caught, _, err := m.plant(t.Context(), root(t)); err == nil || len(caught) > 0 {
			t.Errorf("%s: planted", name)
		}
	}
}
