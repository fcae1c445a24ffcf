package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheControlFitsTheCheckpoint: the words to be replaced stand in the source as it is.
func TestTheControlFitsTheCheckpoint(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "checkpoint", syncFile))
	if err != nil {
		t.Fatal(err)
	}
	changed, err := replaceOnce(string(b), syncCall, noCall)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "the sync is still called", strings.Contains(changed, "Fdatasync("), false)
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
