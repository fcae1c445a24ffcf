package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheControlFitsTheCheckpoint: the words to be replaced stand in the source as it is, and the result builds.
func TestTheControlFitsTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	if _, err := buildControl(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	changed, err := os.ReadFile(filepath.Join(dir, syncFile))
	if err != nil {
		t.Fatal(err)
	}
	is(t, "the sync is still called", strings.Contains(string(changed), "control("), false)
}

func TestReplaceOnce(t *testing.T) {
	for _, source := range []string{"", "a b", "x y x"} {
		if got, err := replaceOnce(source, "x", "z"); err == nil {
			t.Errorf("%q became %q", source, got)
		}
	}
	got, err := replaceOnce("a x b", "x", "z")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "replaced", got, "a z b")
}
