//go:build unix

package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"mobile3batch/checkpoint"
)

// TestSharedNumberNamesNeither: two calls in doubt, of one person or of two who share a reference, that have the same
// number. A finding that names it records nothing; one about the person says enough if it is the same for both.
func TestSharedNumberNamesNeither(t *testing.T) {
	one, other := checkpoint.Key{1, 2, 3, 4, 5, 6, 7}, checkpoint.Key{1, 2, 3, 4, 5, 6, 8}
	for name, keys := range map[string][2]checkpoint.Key{"one person": {one, one}, "two people": {one, other}} {
		path := filepath.Join(t.TempDir(), "house")
		log, err := checkpoint.Open(path, checkpoint.Options{Service: "sandbox", Create: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if _, err := log.Begin(k, [16]byte{9}); err != nil {
				t.Fatal(err)
			}
		}
		number := 0
		for d := range log.InDoubt() {
			number = d.Number
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		resolve := func(findings ...string) (int, string) {
			return inProcess(t, append([]string{"mobile3batch", "resolve", path}, findings...), filepath.Join(t.TempDir(), "said"), disks{}, seams{})
		}
		for _, what := range []string{"billed", "unbilled"} {
			code, said := resolve(fmt.Sprintf("%s/%d=%s", one.Ref(), number, what))
			if code != exitRefused || !strings.Contains(said, "share this number") || !strings.Contains(said, "Nothing was recorded") {
				t.Errorf("%s: exit %d\n%s", name, code, said)
			}
		}
		r, err := checkpoint.View(path, checkpoint.ViewOptions{AnyKey: true})
		if err != nil {
			t.Fatal(err)
		}
		if n := r.Counts(); n.Voids != 0 || len(r.Runs()) != 0 {
			t.Errorf("%s: something was recorded: %+v", name, n)
		}
		r.Close()
	}
}
