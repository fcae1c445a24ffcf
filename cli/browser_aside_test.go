//go:build unix && !race && proof

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"mobile3batch/mobile3/sandbox"
)

// TestBrowserKeptAside looks at the list screen when the records of lists are damaged.
func TestBrowserKeptAside(t *testing.T) {
	chromium(t)
	for _, lang := range []string{"zh", "en"} {
		t.Run(lang, func(t *testing.T) { lookAtAside(t, lang) })
	}
}

func lookAtAside(t *testing.T, lang string) {
	bank := startBank(t, sandbox.Defaults())
	data := t.TempDir()
	s := openPage(t, data, bank.URL())
	for n := range 2 {
		var ids []string
		for range n + 1 {
			batch := s.upload(list(t, t.TempDir(), 12))
			s.until(batch, "checked")
			ids = append(ids, batch)
		}
		s.post(ids[0]+"/start", agreedTo("1.92"))
		s.until(ids[0], "finished")
		s.kill()
		record := filepath.Join(data, ids[0][1:], "batch.json")
		if err := os.WriteFile(record, make([]byte, 700), 0o600); err != nil {
			t.Fatal(err)
		}
		s = s.again()
		b := openTab(t, lang)
		b.do(chromedp.Navigate(s.address))
		b.wait("#damaged")
		text := evaluate[string](b, `document.querySelector("#damaged").innerText`)
		if want := filepath.Join(data, "batches", "damaged", filepath.Base(ids[0])); !strings.Contains(text, want) || strings.Contains(text, "people.csv") {
			t.Errorf("it says %s", text)
		}
		b.shot([]string{"16-kept-aside", "17-kept-aside-two"}[n])
		b.nothingElse()
	}
}
