//go:build unix

package cli

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mobile3batch/mobile3/sandbox"
	"mobile3batch/web"
	"mobile3batch/writer"
)

// askedOnThePage waits until a batch asks, and looks for words in the question. It speaks of no flag, path or command.
func (s *served) askedOnThePage(batch, data, words string) {
	s.t.Helper()
	s.until(batch, "asking", "failed", "stopped", "finished")
	page := s.get(batch)
	for _, word := range []string{"--", data, "checkpoint", web.Workbook} {
		if strings.Contains(page[strings.Index(page, "<main"):], word) {
			s.t.Errorf("the page speaks of %q", word)
		}
	}
	if v := s.event(batch); v.State != "asking" || !strings.Contains(page, words) {
		s.t.Fatalf("it is %s, and %q is not on the page: %s", v.State, words, page)
	}
}

// TestEverybodyForgotten: a purge has forgotten everybody of a batch that goes on. Nobody is paid for again, and no result
// replaced, before somebody has agreed to that; then the budget holds for all that was ever spent.
func TestEverybodyForgotten(t *testing.T) {
	bank := startBank(t, sandbox.Defaults())
	data := t.TempDir()
	s := openPage(t, data, bank.URL())
	batch := s.upload(list(t, t.TempDir(), 30))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("1.60")) // 10 calls
	s.until(batch, "stopped")
	s.kill()
	forgetAll(t, data)
	s = s.again()
	result := filepath.Join(data, "batches", filepath.Base(batch), web.Workbook)
	before, err := os.ReadFile(result)
	must(t, err)
	kept := func() {
		t.Helper()
		now, err := os.ReadFile(result)
		must(t, err)
		if sum := bank.Summary(); sum.Billed != 10 || string(now) != string(before) {
			t.Errorf("%d billed, results kept: %v", sum.Billed, string(now) == string(before))
		}
	}
	s.post(batch+"/resume", url.Values{})
	s.askedOnThePage(batch, data, "继续不会花钱")
	kept()
	s.post(batch+"/answer", url.Values{"yes": {"no"}})
	s.until(batch, "paused")
	kept()
	s.post(batch+"/resume", url.Values{"budget": {"0.80"}}) // 5 calls more
	s.askedOnThePage(batch, data, "重复付费，最多 ¥0.80")
	kept()
	s.post(batch+"/answer", url.Values{"yes": {"yes"}})
	s.until(batch, "stopped", "asking", "failed")
	if v, sum := s.event(batch), bank.Summary(); v.State != "stopped" || sum.Billed != 15 || v.Cost != "¥2.40" {
		t.Errorf("%+v after %+v", v, sum)
	}
}

// TestStrangeResultIsAskedAbout: what stands in a result's place and is not ours is replaced only if somebody says so.
func TestStrangeResultIsAskedAbout(t *testing.T) {
	bank := startBank(t, sandbox.Defaults())
	data := t.TempDir()
	s := openPage(t, data, bank.URL())
	batch := s.upload(list(t, t.TempDir(), 30))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("1.60"))
	s.until(batch, "stopped")
	result := filepath.Join(data, "batches", filepath.Base(batch), web.Workbook)
	must(t, os.WriteFile(result, []byte("somebody's notes"), 0o600))
	s.post(batch+"/resume", url.Values{"budget": {"1.60"}})
	s.askedOnThePage(batch, data, "程序认不出它")
	if text, err := os.ReadFile(result); err != nil || string(text) != "somebody's notes" || bank.Summary().Billed != 10 {
		t.Errorf("%q, %v, %+v", text, err, bank.Summary())
	}
	s.post(batch+"/answer", url.Values{"yes": {"yes"}})
	s.until(batch, "stopped", "asking", "failed")
	if v, sum := s.event(batch), bank.Summary(); v.State != "stopped" || sum.Billed != 20 || sum.BilledTwice != 0 {
		t.Errorf("%+v after %+v", v, sum)
	}
}

// TestNoOrdinaryResultIsSaid: something else stands where a result goes. Nobody is called, and the page says so in its own
// words; what it is stands in the program's window.
func TestNoOrdinaryResultIsSaid(t *testing.T) {
	bank := startBank(t, sandbox.Defaults())
	data := t.TempDir()
	s := openPage(t, data, bank.URL())
	batch := s.upload(list(t, t.TempDir(), 30))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("1.60"))
	s.until(batch, "stopped")
	folder := filepath.Join(data, "batches", filepath.Base(batch))
	for _, name := range []string{web.Workbook, web.CSV, web.Todo} {
		result := filepath.Join(folder, name)
		must(t, os.Rename(result, result+".kept"))
		for what, put := range map[string]func() error{
			"a folder": func() error { return os.Mkdir(result, 0o700) },
			"a checkpoint": func() error {
				record, err := os.ReadFile(filepath.Join(data, "people.checkpoint"))
				return errors.Join(err, os.WriteFile(result, record, 0o600))
			},
			"a link to a list":   func() error { return os.Symlink(filepath.Join(folder, "list", "people.csv"), result) },
			"a link to a device": func() error { return os.Symlink(os.DevNull, result) },
		} {
			must(t, put())
			s.post(batch+"/resume", url.Values{"budget": {"0.16"}})
			s.until(batch, "failed", "asking", "stopped", "finished")
			page := s.get(batch)
			page = page[strings.Index(page, "<main"):strings.Index(page, "</main>")]
			if v := s.event(batch); v.State != "failed" || !strings.Contains(page, "不是普通文件") || strings.Contains(page, "--output") || strings.Contains(page, data) {
				t.Errorf("%s is %s: %s, %s", name, what, v.State, page)
			}
			must(t, os.Remove(result))
		}
		must(t, os.Rename(result+".kept", result))
	}
	if sum := bank.Summary(); sum.Billed != 10 {
		t.Errorf("%+v", sum)
	}
}

// TestBlockedIsNotSaidAfterCalls: during the run something came in the way; people were called, and nothing else is said.
func TestBlockedIsNotSaidAfterCalls(t *testing.T) {
	strange := &writer.NotOrdinaryError{Path: "result.xlsx", Problem: "is a folder"}
	for err, want := range map[error]bool{
		usageError{strange}: true,
		spentError{strange}: false,
		error(&writer.HeldOpenError{Path: "result.xlsx", Kept: "result.new.xlsx", Err: strange}): false,
	} {
		if got := (&engine{}).words(err) == bothOf(resultBlocked); got != want {
			t.Errorf("%T: %v", err, got)
		}
	}
}
