package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// build makes the program, with one text in one of its files replaced.
func build(t *testing.T, file, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	path, err := filepath.Abs(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(source), old) != 1 {
		t.Fatalf("%s does not hold exactly once:\n%s", file, old)
	}
	changed := filepath.Join(dir, "changed.go")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{changed: []byte(strings.Replace(string(source), old, new, 1)), filepath.Join(dir, "overlay.json"): overlay} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "mobile3batch")
	if out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "mobile3batch").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// TestSelftestSeesABrokenPromise: the same command that finds nothing on this
// program finds double charges on one whose intents are not synced, and on one
// that does not wait for its intents.
func TestSelftestSeesABrokenPromise(t *testing.T) {
	t.Parallel()
	const sync = `	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFailed, l.path, withHint(err))
	}
	return nil
`
	const wait = `	if err := wait(c, err); err != nil {
		return 0, err
	}
	return attempt, nil
`
	for name, c := range map[string]struct{ old, new string }{
		"nothing is synced":        {sync, "	return nil\n"},
		"nobody waits for intents": {wait, "	_ = c\n	return attempt, err\n"},
	} {
		if brief() && name != "nobody waits for intents" {
			continue // each builds the program anew
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			out, err := exec.Command(build(t, "checkpoint/log.go", c.old, c.new), "selftest", "--kills", "80", "--dir", dir).CombinedOutput()
			text := string(out)
			if codeOfProcess(err) != exitInternal || !strings.Contains(text, "the promise is broken") || regexp.MustCompile(`billed twice \S+ +0\n`).MatchString(text) {
				t.Errorf("%v\n%s", err, text)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "mobile3batch-selftest-*")); len(left) != 1 {
				t.Error("the files were not kept to be looked at")
			}
		})
	}
}
