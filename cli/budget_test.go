//go:build unix

package cli

import (
	"net/url"
	"os"
	"path/filepath"
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
		if sum.Billed > 20 || sum.Billed < 20-1 { // what was under way at the kill may not have been charged
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
