package checkpoint

import (
	"path/filepath"
	"testing"
)

// Whatever bytes stand in the file: Open refuses them and changes nothing, or
// what it recovered says the same when it is opened again.
func FuzzRecovery(f *testing.F) {
	seeds, err := filepath.Glob("testdata/fuzz/FuzzRecovery/*")
	if err != nil || len(seeds) < 3 {
		f.Fatalf("only %d committed seeds: %v", len(seeds), err)
	}
	whole := twenty(f).bytes()
	f.Add(whole)
	f.Add(whole[:len(whole)-9])
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = reopened(t, b)
	})
}
