package cli

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"mobile3batch/mobile3/sandbox"
)

// canaries are values that must stand in sheets and nowhere else: those of the
// scenes' and samples' people, and the scenes' secrets.
type canaries struct {
	values map[string]bool

	mu           sync.Mutex
	bytes, files int // that were looked through
}

var (
	ofPerson = regexp.MustCompile(`\b(1\d{10}|\d{17}[\dXx]|\d{15})\b`)
	ofSecret = regexp.MustCompile(`(?m)^env MOBILE3_(?:APPCODE|APP_SECRET)=(\S+-\S+)$`)
)

func gatherCanaries(t *testing.T, scenes []string) *canaries {
	t.Helper()
	c := &canaries{values: map[string]bool{}}
	for _, path := range scenes {
		scene, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range ofSecret.FindAllSubmatch(scene.Comment, -1) {
			c.values[string(m[1])] = true
		}
		for _, f := range scene.Files {
			c.add(f.Data)
			if f.Name == "code" {
				c.values[strings.TrimSpace(string(f.Data))] = true
			}
		}
	}
	lists, err := filepath.Glob("../samples/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lists {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c.add(b)
	}
	if len(c.values) < 200 {
		t.Fatalf("only %d canaries", len(c.values))
	}
	return c
}

// add takes the numbers of a list, and the names beside them.
func (c *canaries) add(list []byte) {
	for _, line := range strings.Split(string(list), "\n") {
		numbers := ofPerson.FindAllString(line, -1)
		for _, n := range numbers {
			if !slices.ContainsFunc(sandbox.Fates, func(f sandbox.Fate) bool { return f.Mobile == n }) { // sandbox --help lists them
				c.values[n] = true
			}
		}
		for _, field := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(",;|\t\r\"", r) }) {
			described := slices.ContainsFunc(sandbox.Fates, func(f sandbox.Fate) bool { return strings.Contains(f.ZH, field) })
			if len(numbers) > 0 && isName(field) && !described {
				c.values[field] = true
			}
		}
	}
}

// isName: two to four Chinese characters that are no word of ours.
func isName(s string) bool {
	n := 0
	for _, r := range s {
		if n++; !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	for _, words := range statusWords { // an answer's resultDesc says the same
		if words.zh == s {
			return false
		}
	}
	return n >= 2 && n <= 4
}

// look finds canaries in what was printed or left in a file.
func (c *canaries) look(t testing.TB, where string, b []byte) {
	t.Helper()
	c.mu.Lock()
	c.bytes += len(b)
	c.mu.Unlock()
	for value := range c.values {
		if bytes.Contains(b, []byte(value)) {
			t.Errorf("%q leaked into %s", value, where)
		}
	}
}

// lookInto looks through everything in a folder but for sheets of people: checkpoints,
// numbers, temporary files, and what files are called.
func (c *canaries) lookInto(t testing.TB, dir string, given map[string]bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		c.look(t, "the name of a file", []byte(name))
		if given[name] || !d.Type().IsRegular() || filepath.Ext(name) == ".xlsx" {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if filepath.Ext(name) == ".csv" && !strings.Contains(name, "calls") { // --details names nobody
			return nil
		}
		c.mu.Lock()
		c.files++
		c.mu.Unlock()
		c.look(t, name, b)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// watchedT is a scene whose whole output is looked through, what the program printed
// when it panicked included.
type watchedT struct {
	*testing.T
	canaries *canaries
}

func (w watchedT) Run(name string, do func(testscript.T)) {
	w.T.Run(name, func(t *testing.T) { do(watchedT{t, w.canaries}) })
}

func (watchedT) Verbose() bool { return true } // else the log of what went well is cut

func (w watchedT) Log(args ...any) {
	text := fmt.Sprint(args...)
	var said strings.Builder
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "> ") && !strings.HasPrefix(line, "# ") { // the scene's own words
			said.WriteString(line + "\n")
		}
	}
	w.canaries.look(w.T, "what was printed", []byte(said.String()))
	if testing.Verbose() || strings.Contains(text, "\nFAIL: ") {
		w.T.Log(text)
	}
}
