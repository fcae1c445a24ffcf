package sandbox

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestQuotaIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const quota, calls = 7, 60
		s := newSandbox(t, Config{Quota: quota, Latency: time.Second}) // all are under way at once
		var answered, refused atomic.Int32
		var wg sync.WaitGroup
		for range calls {
			wg.Go(func() {
				switch w := serve(s, formRequest("15400000001")); {
				case w.Code == 200:
					answered.Add(1)
				case w.Header().Get("X-Ca-Error-Code") == "B403MQ":
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		if answered.Load() != quota || refused.Load() != calls-quota {
			t.Errorf("%d answered, %d refused", answered.Load(), refused.Load())
		}
		wantBilled(t, s, quota)
		if s.Summary().Quota != 0 {
			t.Errorf("%d left", s.Summary().Quota)
		}
	})
}

func TestOnlyCountedCallsUseTheQuota(t *testing.T) {
	s := newSandbox(t, Config{Quota: 2})
	for _, f := range Fates {
		if !f.Billed && f.Name != "dropped-before" {
			serve(s, formRequest(f.Mobile))
		}
	}
	wantCode(t, serve(s, request("POST", checkPath, "application/x-www-form-urlencoded", "")), 400, "I400MP")
	if s.Summary().Quota != 2 {
		t.Fatalf("%d left", s.Summary().Quota)
	}
	wantCode(t, serve(s, formRequest("19400000009")), 200, "")
	wantCode(t, serve(s, formRequest("15400000009")), 200, "")
	wantCode(t, serve(s, formRequest("15400000001")), 403, "B403MQ")
	if w := serve(s, request("POST", "/sandbox/quota?left=1", "", "")); w.Code != 200 {
		t.Fatal(w.Code)
	}
	wantCode(t, serve(s, formRequest("15400000001")), 200, "")
	wantCode(t, serve(s, formRequest("15400000001")), 403, "B403MQ")
	s.SetQuota(-1)
	wantCode(t, serve(s, formRequest("15400000001")), 200, "")
	wantBilled(t, s, 4)
}

// TestLimitIsChanged while the sandbox serves.
func TestLimitIsChanged(t *testing.T) {
	now := time.Unix(0, 0)
	s := newSandbox(t, Config{Quota: -1, Now: func() time.Time { return now }})
	through := func() (n int) {
		now = now.Add(time.Second)
		for range 50 {
			if serve(s, formRequest("15400000001")).Code == 200 {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		limit float64
		want  int
	}{{0, 50}, {10, 1}, {200, 20}, {0, 50}} { // a tenth of a second's calls at once
		if err := s.SetLimit(step.limit); err != nil {
			t.Fatal(err)
		}
		if n := through(); n != step.want {
			t.Errorf("at %g a second: %d of 50 let through, want %d", step.limit, n, step.want)
		}
	}
	if s.SetLimit(-1) == nil {
		t.Error("-1 was taken")
	}
}

func TestQuotaRefilledWhileHeld(t *testing.T) {
	var q quota
	q.set(3)
	for range 3 {
		if !q.hold() {
			t.Fatal("not held")
		}
	}
	q.set(1)
	if q.hold() {
		t.Error("a fourth was held")
	}
	q.count()
	q.count() // bought before the quota was set down: never below zero, never without end
	q.release()
	if q.hold() || q.remaining() != 0 {
		t.Errorf("%d left", q.remaining())
	}
}

func TestLimit(t *testing.T) {
	for dialect, want := range map[Dialect]string{
		DialectNew:    "429 T429PRThrottled by PLUGIN Flow Control",
		DialectLegacy: "403 Throttled by API Flow Control",
	} {
		now := signingTime
		cfg := Defaults()
		cfg.Limit, cfg.Dialect = 50, dialect
		cfg.Now = func() time.Time { return now }
		s := newSandbox(t, cfg)
		try := func() bool {
			w := serve(s, formRequest("15400000001"))
			if w.Code == 200 {
				return true
			}
			h := w.Header()
			got := fmt.Sprintf("%d %s%s", w.Code, h.Get("X-Ca-Error-Code"), h.Get("X-Ca-Error-Message"))
			if got != want {
				t.Fatalf("refused with %q, want %q", got, want)
			}
			return false
		}
		through := 0
		for range 20 { // all at once
			if try() {
				through++
			}
		}
		if through != 5 {
			t.Errorf("a burst of %d, want 5", through)
		}
		through = 0
		for range 10 * 200 { // 200 a second for ten seconds
			now = now.Add(5 * time.Millisecond)
			if try() {
				through++
			}
		}
		if through != 500 {
			t.Errorf("%d calls in ten seconds, want 500", through)
		}
		now = now.Add(time.Minute) // idle: no more than a burst is saved up
		through = 0
		for range 20 {
			if try() {
				through++
			}
		}
		if through != 5 {
			t.Errorf("a burst of %d after a pause, want 5", through)
		}
		now = now.Add(-time.Hour) // a clock set back shuts nobody out
		if try() {
			t.Error("let through before a token is due")
		}
		now = now.Add(20 * time.Millisecond)
		if !try() {
			t.Error("refused although a token is due")
		}
		wantBilled(t, s, 511)
	}
}

func TestLowLimitLetsOneThroughAtATime(t *testing.T) {
	b := newBucket(0.5, signingTime)
	got := ""
	for second := range 6 {
		if b.take(signingTime.Add(time.Duration(second) * time.Second)) {
			got += "y"
		} else {
			got += "n"
		}
	}
	if got != "ynynyn" {
		t.Error(got)
	}
}
