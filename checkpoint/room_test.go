package checkpoint

import (
	"errors"
	"testing"
)

// On a disk of any size: whoever could be begun can be answered, and the run can
// be ended. What does not fit is refused before it is begun.
func TestRoomForEveryAnswerThatWasBegun(t *testing.T) {
	refused, begun := 0, 0
	for size := int64(0); size < 80<<10; size += 512 {
		m := newMemory()
		l, err := Open(testPath, options(m))
		must(t, err)
		must(t, l.StartRun(Run{}))
		m.limit(l.end + size)
		var open []Attempt
		for n := range 40 { // all in flight at once
			a, err := l.Begin(key(n), [16]byte{})
			var full *FullError
			if errors.As(err, &full) {
				refused++
				if full.Path != testPath || full.Bytes <= 0 || full.Bytes > 64<<10 || !errors.Is(err, ErrFull) {
					t.Fatalf("%d bytes: %v", size, err)
				}
				break
			}
			if err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
			open = append(open, a)
		}
		begun += len(open)
		for n, a := range open {
			must(t, l.Settle(key(n), a, verdict))
		}
		if err := l.EndRun(RunEnd{Why: "stopped", Counts: map[string]int64{"rows": 40}}); len(open) > 0 && err != nil {
			t.Fatalf("%d bytes: %d were begun, and then: %v", size, len(open), err)
		}
		l.Close()
	}
	if refused < 50 || begun < 500 {
		t.Fatalf("%d refused, %d begun: nothing was tested", refused, begun)
	}
	t.Logf("160 disks: %d calls begun and answered, %d refused", begun, refused)
}
