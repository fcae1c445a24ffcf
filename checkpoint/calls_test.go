package checkpoint

import (
	"fmt"
	"testing"
)

// TestCalls: whatever may have been charged is listed once, with when it was begun, and nothing else.
func TestCalls(t *testing.T) {
	m := newMemory()
	o := options(m)
	o.Now = clock()
	l := mustOpen(t, o)
	must(t, l.StartRun(Run{Program: "test"}))
	a := begin(t, l, key(1))
	free := begin(t, l, key(2))
	b := begin(t, l, key(3))
	must(t, l.Settle(key(1), a, answer(1)))
	must(t, l.Void(key(2), free, "throttled"))
	c := begin(t, l, key(3))
	must(t, l.Settle(key(3), c, answer(4)))
	must(t, l.Void(key(3), b, Resent))
	d := begin(t, l, key(4))
	must(t, l.Void(key(4), d, FoundBilled))
	e := begin(t, l, key(5))
	must(t, l.Void(key(5), e, FoundUnbilled))
	begin(t, l, key(6))
	must(t, l.EndRun(RunEnd{Why: "x"}))
	must(t, l.Close())
	v, err := View(testPath, ViewOptions{FS: m, AnyKey: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var got []string
	for call, err := range v.Calls() {
		if err != nil {
			t.Fatal(err)
		}
		if call.Begun.IsZero() || call.At.Before(call.Begun) || (call.Outcome == Unclear) != call.At.Equal(call.Begun) {
			t.Errorf("%+v", call)
		}
		got = append(got, fmt.Sprint(call.Key[3], " ", call.Attempt, " ", call.Outcome, " ", call.Answer.SeqNo))
	}
	want := []string{"1 1 0 S1", "3 4 0 S4", "3 3 2 ", "4 5 3 ", "6 7 1 "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	stopped := 0
	for range v.Calls() {
		stopped++
		break
	}
	if stopped != 1 {
		t.Error("it can't be left")
	}
}
