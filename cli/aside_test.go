//go:build unix

package cli

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mobile3batch/mobile3/sandbox"
)

// TestDamagedBatchIsKept: whatever somebody does about a damaged record, the list and what was paid for stay, and the
// list is paid for once.
func TestDamagedBatchIsKept(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(record string) error{
		"damaged":    func(r string) error { return os.WriteFile(r, []byte(`{"id": "`), 0o600) },
		"moved away": func(r string) error { return os.Rename(r, r+".away") },
		"deleted":    os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			bank := startBank(t, sandbox.Defaults())
			data, path := t.TempDir(), list(t, t.TempDir(), 20)
			s := openPage(t, data, bank.URL())
			batch := s.upload(path)
			s.until(batch, "checked")
			s.post(batch+"/start", agreedTo("3.20"))
			s.until(batch, "finished")
			s.kill()
			folder := filepath.Join(data, batch[1:])
			sheet, err := os.ReadFile(filepath.Join(folder, "result.xlsx"))
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(filepath.Join(folder, "batch.json")); err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(data, "batches", "damaged", filepath.Base(folder))
			for range 2 {
				s = s.again()
				if page := s.get("/"); !strings.Contains(page, to) {
					t.Fatalf("the page does not say where the files are: %s", page)
				}
				if kept, err := os.ReadFile(filepath.Join(to, "result.xlsx")); err != nil || string(kept) != string(sheet) {
					t.Fatalf("what was paid for: %v", err)
				}
				s.kill()
			}
			s = s.again()
			again := s.upload(path)
			s.until(again, "checked")
			s.post(again+"/start", agreedTo("3.20"))
			s.until(again, "finished")
			if sum := bank.Summary(); sum.Billed != 20 || sum.BilledTwice != 0 {
				t.Errorf("%+v", sum)
			}
		})
	}
}

// TestDamagedMarks: the file that tells whether the checkpoint is the newest one is damaged. A person is asked once,
// nothing is spent before, nothing is deleted, and afterwards a missing checkpoint is noticed again.
func TestDamagedMarks(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(file string) error{
		"zeros":    func(f string) error { return os.WriteFile(f, make([]byte, 40), 0o600) },
		"empty":    func(f string) error { return os.WriteFile(f, nil, 0o600) },
		"null":     func(f string) error { return os.WriteFile(f, []byte("null"), 0o600) },
		"cut off":  func(f string) error { return os.WriteFile(f, []byte(`["2026-11-2`), 0o600) },
		"a folder": func(f string) error { os.Remove(f); return os.MkdirAll(filepath.Join(f, "x"), 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			bank := startBank(t, sandbox.Defaults())
			data := t.TempDir()
			s := openPage(t, data, bank.URL())
			batch := s.upload(list(t, t.TempDir(), 20))
			s.until(batch, "checked")
			s.post(batch+"/start", agreedTo("1.60"))
			s.until(batch, "stopped")
			s.kill()
			marks := filepath.Join(data, "newest-run.json")
			if err := damage(marks); err != nil {
				t.Fatal(err)
			}
			s = s.again()
			s.post(batch+"/resume", url.Values{"budget": {"0.16"}})
			s.until(batch, "asking")
			if page := s.get(batch); !strings.Contains(page, "无法确认") || strings.Contains(page, data) {
				t.Errorf("it asks something else: %s", page)
			}
			if sum := bank.Summary(); sum.Billed != 10 {
				t.Fatalf("%+v before anybody has answered", sum)
			}
			s.post(batch+"/answer", url.Values{"yes": {"yes"}})
			s.until(batch, "stopped")
			s.post(batch+"/resume", url.Values{"budget": {"0.16"}}) // asked once
			s.until(batch, "stopped")
			if sum := bank.Summary(); sum.Billed != 12 || sum.BilledTwice != 0 {
				t.Errorf("%+v", sum)
			}
			if _, err := os.Stat(marks + ".damaged-1"); err != nil {
				t.Errorf("it was not kept: %v", err)
			}
			if err := os.Remove(filepath.Join(data, "people.checkpoint")); err != nil {
				t.Fatal(err)
			}
			s.post(batch+"/resume", url.Values{"budget": {"0.16"}})
			s.until(batch, "asking")
		})
	}
}

// TestDamagedMarksOfALostRecord: both are gone. That is no question of whether it is the newest.
func TestDamagedMarksOfALostRecord(t *testing.T) {
	t.Parallel()
	bank := startBank(t, sandbox.Defaults())
	data := t.TempDir()
	s := openPage(t, data, bank.URL())
	batch := s.upload(list(t, t.TempDir(), 20))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("1.60"))
	s.until(batch, "stopped")
	if err := os.WriteFile(filepath.Join(data, "newest-run.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(data, "people.checkpoint")); err != nil {
		t.Fatal(err)
	}
	s.post(batch+"/resume", url.Values{"budget": {"1.60"}})
	s.until(batch, "asking")
	if page := s.get(batch); !strings.Contains(page, "不见了") || bank.Summary().Billed != 10 {
		t.Errorf("%+v: %s", bank.Summary(), page)
	}
}
