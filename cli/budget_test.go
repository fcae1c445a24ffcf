//go:build unix

package cli

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// forgetAll purges everybody who is not in doubt, as on the day after.
func forgetAll(t *testing.T, data string) {
	t.Helper()
	day := time.Now().AddDate(0, 0, 1).In(china).Format(time.DateOnly)
	cmd := program(t, data, "purge", filepath.Join(data, "people.checkpoint"), "--before", day, "--forget-keys", "--yes")
	cmd.Env = append(cmd.Env, daysLater+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func slowly(budget string) url.Values {
	form := agreedTo(budget)
	form.Set("rate", "50")
	return form
}

// TestBudgetOutlivesAPurge: the page was killed, people were forgotten, and the batch goes on. What it has spent is
// recorded, and does not follow from who is left to ask.
func TestBudgetOutlivesAPurge(t *testing.T) {
	t.Parallel()
	for _, kill := range []int{1, 15, 20} {
		var trap atCharge
		cfg := sandbox.Defaults()
		cfg.OnBilled = trap.billed
		bank := startBank(t, cfg)
		data := t.TempDir()
		s := openPage(t, data, bank.URL())
		batch := s.upload(list(t, t.TempDir(), 60))
		s.until(batch, "checked")
		victim := s.cmd.Process
		trap.arm(kill, func() { victim.Kill() })
		s.post(batch+"/start", slowly("3.20")) // 20 calls
		s.cmd.Wait()
		forgetAll(t, data)
		s = s.again()
		s.until(batch, "stopped")
		sum, v := bank.Summary(), s.event(batch)
		if sum.Billed > 20 || sum.Billed+int(v.Status["in_doubt"]) < 20 { // what was under way at the kill may not have been charged
			t.Errorf("killed at charge %d: %d billed of a budget of 20", kill, sum.Billed)
		}
		if v.Cost != "¥3.20" {
			t.Errorf("killed at charge %d: the page says %s", kill, v.Cost)
		}
		s.kill()
		if _, err := os.Stat(filepath.Join(data, "batches", "damaged")); err == nil {
			t.Error("a kill leaves a damaged record")
		}
	}
}

// TestFindingsElsewhereAreShown: what somebody records at a terminal is on the page at once.
func TestFindingsElsewhereAreShown(t *testing.T) {
	bank := startBank(t, sandbox.Defaults())
	var rows, lost []string
	for i := range 6 {
		row, mobile := who(i)
		rows = append(rows, row)
		if i < 2 {
			lost = append(lost, mobile)
		}
	}
	endpoint := dropping(t, bank, func(body string) bool {
		return slices.ContainsFunc(lost, func(mobile string) bool { return strings.Contains(body, mobile) })
	})
	data := t.TempDir()
	s := openPage(t, data, endpoint)
	batch := s.upload(writeRows(t, "people.csv", rows...))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("0.96"))
	s.until(batch, "finished")
	calls := regexp.MustCompile(`name="call ([^"]+)"`).FindAllStringSubmatch(s.get(batch+"/doubts"), -1)
	if v := s.event(batch); len(calls) != 2 || v.Cost != "¥0.96" {
		t.Fatalf("%d calls in doubt, %+v", len(calls), v)
	}
	for i, found := range []string{"unbilled", "billed"} {
		out, err := program(t, data, "resolve", filepath.Join(data, "people.checkpoint"), calls[i][1]+"="+found, "--yes").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if v := s.event(batch); v.Cost != "¥0.80" {
			t.Errorf("after %s: %+v", found, v)
		}
	}
}

// counting is a checkpoint that has recorded so many calls of a batch.
type counting struct {
	past
	calls int
}

func (c *counting) CallsOf(string) int { return c.calls }

// TestOwnCallsOutliveTheirRun: what a run has spent is shown until its record is kept, also while another one runs.
func TestOwnCallsOutliveTheirRun(t *testing.T) {
	var all records
	one, other := all.of("one"), all.of("other")
	is(t, "before it begins", one.spent(), 0)
	first := &counting{calls: 10}
	one.begin(first)
	first.calls = 17
	is(t, "while it runs", one.spent(), 7)
	one.end()
	second := &counting{calls: 100}
	other.begin(second)
	second.calls = 103
	is(t, "afterwards", one.spent(), 7)
	is(t, "of the other", other.spent(), 3)
}
