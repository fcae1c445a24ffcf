//go:build unix && !race && proof

package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"mobile3batch/mobile3/sandbox"
)

// TestBrowserStates goes to the screens that no ordinary day shows: calls in doubt, a pause, a question, a failure.
func TestBrowserStates(t *testing.T) {
	chromium(t)
	for _, lang := range []string{"zh", "en"} {
		t.Run(lang, func(t *testing.T) { states(t, lang) })
	}
}

// visit opens an address. A page that loads itself anew just then, since its batch has moved on, gets in the way.
func (b *tab) visit(address string) {
	b.t.Helper()
	for range 20 {
		err := chromedp.Do(b.ctx, chromedp.Navigate(address))
		b.do(chromedp.Sleep(300 * time.Millisecond))
		if err == nil && b.location() == address {
			return
		}
	}
	b.t.Fatalf("%s does not open, %s", address, b.screen())
}

func states(t *testing.T, lang string) {
	bank := startBank(t, sandbox.Defaults())
	var losing atomic.Bool
	losing.Store(true)
	var lost []string
	var rows []string
	for i := range 40 {
		row, mobile := who(i)
		rows = append(rows, row)
		if i < 3 {
			lost = append(lost, mobile)
		}
	}
	through := dropping(t, bank, func(body string) bool {
		for _, mobile := range lost {
			if losing.Load() && strings.Contains(body, mobile) {
				return true
			}
		}
		return false
	})
	nowhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nowhere.Close)
	data := t.TempDir()
	s := openPage(t, data, through)
	b := openTab(t, lang)
	b.do(chromedp.Navigate(s.address))
	b.wait("#upload")

	// In doubt: found in the usage log, or not.
	first := s.upload(writeRows(t, "people.csv", rows[:12]...))
	s.until(first, "checked")
	s.post(first+"/start", agreedTo("1.92"))
	s.until(first, "finished")
	losing.Store(false)
	b.visit(s.base + first)
	b.wait("a[href$='/doubts']")
	b.shot("9-in-doubt")
	b.click("a[href$='/doubts']")
	b.wait("select[name^='call ']")
	const fields = `[...document.querySelectorAll("select[name^='call ']")]`
	if n := evaluate[int](b, fields+".length"); n != 3 {
		t.Fatalf("%d calls in doubt on the screen, %s", n, b.screen())
	}
	b.shot("10-doubts")
	evaluate[bool](b, fields+`.every((select, i) => { select.value = i ? "unbilled" : "billed"; return true })`)
	b.click("main form button")
	b.wait("form.resume button") // what was found to be free is in the budget again
	b.shot("11-recorded")
	b.click("form.resume button")
	// Two of the three lost ones were charged all the same: the bill knows what the finding did not.
	now := s.await(first, renewed)
	if sum := bank.Summary(); sum.Billed != 14 || now.Status["unusable"] != 1 {
		t.Errorf("%+v, %v", sum, now.Status)
	}

	// 12,80 is no 1280, neither before nor after the button.
	second := s.upload(writeRows(t, "more.csv", rows[12:]...))
	s.until(second, "checked")
	b.visit(s.base + second)
	b.wait("#budget")
	const type1280 = `(() => { const f = document.querySelector("#budget"); f.value = "12,80"; f.dispatchEvent(new Event("input", {bubbles: true})); return f.validationMessage })()`
	if said := evaluate[string](b, type1280); said == "" {
		t.Error("12,80 is taken")
	}
	if text := evaluate[string](b, `document.querySelector("#go").textContent`); strings.Contains(text, "1,280") {
		t.Errorf("the button says %s", text)
	}

	// Paused.
	form := agreedTo("4.48")
	form.Set("rate", "2")
	s.post(second+"/start", form)
	s.until(second, "running")
	b.visit(s.base + second)
	b.wait("form[action$='/pause'] button")
	b.do(chromedp.Sleep(2500 * time.Millisecond))
	b.click("form[action$='/pause'] button")
	s.until(second, "paused")
	b.wait("form.resume button")
	b.shot("12-paused")

	// A question: the record of what was paid is gone.
	file := filepath.Join(data, "people.checkpoint")
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	b.click("form.resume button")
	s.until(second, "asking")
	b.wait(".ask")
	b.shot("13-asking")
	b.click(".ask button[value=no]")
	s.until(second, "paused")
	b.wait("form.resume button")
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}

	// Nothing is there, and the way back.
	b.visit(s.base + "/batches/20260101-0123456789abcdef")
	b.wait("main a[href='/']")
	b.shot("15-error")
	b.mu.Lock()
	b.complain = nil // the browser says that it got a 404
	b.mu.Unlock()
	b.visit(s.base + second)
	b.wait("form.resume button")
	b.nothingElse()

	// It broke off: there is no such service.
	other := openPage(t, t.TempDir(), nowhere.URL+"/mobile3/check")
	third := other.upload(writeRows(t, "people.csv", rows[:12]...))
	other.until(third, "checked")
	other.post(third+"/start", agreedTo("1.92"))
	other.until(third, "failed")
	b.do(chromedp.Navigate(other.address), chromedp.Navigate(other.base+third))
	b.wait(".notice.bad")
	b.shot("14-failed")
	if text := evaluate[string](b, `document.querySelector("main").innerText`); strings.Contains(text, "--") {
		t.Errorf("it speaks of flags: %s", text)
	}
}
