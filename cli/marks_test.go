//go:build unix

package cli

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// lossy is a page with a record of what was paid that is lost, or comes back as it once was.
type lossy struct {
	*served
	t      *testing.T
	bank   interface{ Summary() sandbox.Summary }
	record string
	losing atomic.Bool // the answers about the person of before
	before string      // a list that was run before the copy was made
	copied []byte
	people string // of thirty others
}

// newLossy runs one list, and copies the record then.
func newLossy(t *testing.T, latency time.Duration) *lossy {
	t.Helper()
	cfg := sandbox.Defaults()
	cfg.Latency = latency
	bank := startBank(t, cfg)
	data := t.TempDir()
	l := &lossy{t: t, bank: bank, record: filepath.Join(data, "people.checkpoint"), people: list(t, t.TempDir(), 30)}
	row, mobile := who(500)
	l.losing.Store(true)
	l.served = openPage(t, data, dropping(t, bank, func(body string) bool { return l.losing.Load() && strings.Contains(body, mobile) }))
	l.before = l.run(writeRows(t, "before.csv", row), "8.00", "finished")
	l.losing.Store(false)
	var err error
	if l.copied, err = os.ReadFile(l.record); err != nil {
		t.Fatal(err)
	}
	return l
}

// run uploads a list and starts it.
func (l *lossy) run(path, budget string, until ...string) string {
	l.t.Helper()
	batch := l.upload(path)
	l.until(batch, "checked")
	l.post(batch+"/start", agreedTo(budget))
	l.until(batch, until...)
	return batch
}

func (l *lossy) putBack() {
	l.t.Helper()
	if err := os.WriteFile(l.record, l.copied, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// asks: whoever is lost with the record is not paid for before somebody has agreed.
func (l *lossy) asks(batch string) {
	l.t.Helper()
	l.until(batch, "asking", "finished", "stopped", "failed")
	if sum := l.bank.Summary(); l.event(batch).State != "asking" || sum.BilledTwice != 0 {
		l.t.Errorf("it is %s, %+v", l.event(batch).State, sum)
	}
}

// TestLostRecordIsAskedAbout, however the number of its runs has caught up by then.
func TestLostRecordIsAskedAbout(t *testing.T) {
	t.Parallel()
	t.Run("a run without calls", func(t *testing.T) {
		l := newLossy(t, 0)
		one := l.run(l.people, "1.60", "stopped")
		verdicts := l.get(one + "/download/csv")
		l.putBack()
		l.post(one+"/resume", url.Values{"budget": {"0"}})
		l.asks(one)
		if l.get(one+"/download/csv") != verdicts {
			t.Error("the sheet with the answers that the record lacks was replaced")
		}
	})
	t.Run("findings", func(t *testing.T) {
		l := newLossy(t, 0)
		l.run(l.people, "8.00", "finished")
		l.putBack()
		calls := regexp.MustCompile(`name="(call [^"]+)"`).FindStringSubmatch(l.get(l.before + "/doubts"))
		if calls == nil {
			t.Fatal("no call is in doubt")
		}
		resp, err := l.client.PostForm(l.base+l.before+"/doubts", url.Values{"csrf": {l.csrf()}, calls[1]: {"billed"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 409 || !strings.Contains(l.get(l.before+"/doubts"), calls[1]) {
			t.Errorf("%d: recorded in a record that lacks runs", resp.StatusCode)
		}
		l.asks(l.run(l.people, "8.00", "asking", "finished"))
	})
	t.Run("a yes for another list", func(t *testing.T) {
		l := newLossy(t, 0)
		l.run(l.people, "8.00", "finished")
		if err := os.Remove(l.record); err != nil {
			t.Fatal(err)
		}
		row, _ := who(600)
		other := l.run(writeRows(t, "new.csv", row), "8.00", "asking", "finished")
		l.asks(other)
		l.post(other+"/answer", url.Values{"yes": {"yes"}})
		l.until(other, "finished")
		l.asks(l.run(l.people, "8.00", "asking", "finished"))
	})
	t.Run("a kill", func(t *testing.T) {
		l := newLossy(t, 50*time.Millisecond)
		one := l.upload(l.people)
		l.until(one, "checked")
		form := agreedTo("8.00")
		form.Set("rate", "20")
		l.post(one+"/start", form)
		for l.bank.Summary().Billed < 10 {
			time.Sleep(time.Millisecond)
		}
		l.kill()
		l.putBack()
		l.served = l.again()
		l.asks(one)
	})
	t.Run("a deletion", func(t *testing.T) {
		l := newLossy(t, 0)
		l.post(l.run(l.people, "8.00", "finished")+"/delete", url.Values{})
		l.post(l.before+"/delete", url.Values{})
		if err := os.Remove(l.record); err != nil {
			t.Fatal(err)
		}
		l.asks(l.run(l.people, "8.00", "asking", "finished"))
	})
}
