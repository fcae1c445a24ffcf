//go:build unix && !race && proof

package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
)

// The page in a real browser, as a clerk would use it. Where there is no Chromium
// the tests say so; MOBILE3_CHROMIUM=require makes that a failure. MOBILE3_SHOTS=DIR
// keeps a picture of each screen, in both languages, light and dark.

// chromium finds the browser.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("MOBILE3_CHROMIUM") == "require" {
		t.Fatal("there is no Chromium")
	}
	fmt.Println("cli: no Chromium here: the page was not looked at in a real browser")
	t.SkipNow()
	return ""
}

// tab is a browser with one tab, and what it complained about.
type tab struct {
	t         *testing.T
	ctx       context.Context
	downloads string
	lang      string

	mu       sync.Mutex
	outage   bool // the server is down on purpose
	complain []string
}

func openTab(t *testing.T, lang string) *tab {
	t.Helper()
	accept := map[string]string{"zh": "zh-CN", "en": "en-GB"}[lang]
	ctx, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.DisableGPU,
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.WindowSize(1180, 900),
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("lang", accept), chromedp.Flag("accept-lang", accept),
		chromedp.Flag("disable-dev-shm-usage", true), // it is small in a container
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, downloads: t.TempDir(), lang: lang}
	console, requests := chromedp.Console(ctx), chromedp.Events(ctx, network.RequestWillBeSent)
	go func() {
		for m, err := range console {
			if err != nil {
				return // the test has ended
			}
			if m.Type == chromedp.ConsoleError || m.IsException() {
				b.complained(m.String())
			}
		}
	}()
	go func() {
		for r, err := range requests {
			if err != nil {
				return
			}
			if u := r.Request.URL; !strings.HasPrefix(u, "http://127.0.0.1:") && !strings.HasPrefix(u, "data:") {
				b.complained("a request leaves this machine: " + u)
			}
		}
	}()
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	_, err := chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: b.downloads,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) complained(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.outage && strings.Contains(what, "ERR_") { // nobody answers, as is meant
		return
	}
	b.complain = append(b.complain, what)
}

func (b *tab) down(outage bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outage = outage
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatalf("%v, %s", err, b.screen())
	}
}

// screen is what is to be seen, for a failure.
func (b *tab) screen() string {
	where, _ := chromedp.Run(b.ctx, chromedp.Location())
	text, _ := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("body")))
	return "at " + where + ":\n" + text
}

// wait is for something that must be on the screen before long.
func (b *tab) wait(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("no %s (%v), %s", selector, err, b.screen())
	}
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

func (b *tab) choose(path string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#upload input[type=file]"), []string{path}))
}

// set gives a field a value as somebody's choice does.
func (b *tab) set(selector, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(selector), value), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`document.querySelector(%q).dispatchEvent(new Event("change", {bubbles: true}))`, selector)))
}

func evaluate[T any](b *tab, js string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		b.t.Fatalf("%s: %v, %s", js, err, b.screen())
	}
	return v
}

func (b *tab) location() string {
	b.t.Helper()
	return evaluate[string](b, "location.href")
}

// shot keeps a picture of the screen, light and dark.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("MOBILE3_SHOTS")
	if dir == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		b.theme(theme)
		png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%s.png", name, b.lang, theme)), png, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	b.theme("")
}

func (b *tab) theme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.Sleep(300 * time.Millisecond))
}

// nothingElse: the page loaded nothing from elsewhere, broke no rule of its own policy and
// threw nothing.
func (b *tab) nothingElse() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, what := range b.complain {
		b.t.Error("the browser complains: ", what)
	}
}

// TestBrowserWalk goes all the way: upload, say which column is which, start, watch, the
// server is killed and started again, finish, download. The bill judges.
func TestBrowserWalk(t *testing.T) {
	chromium(t)
	for _, lang := range []string{"zh", "en"} {
		t.Run(lang, func(t *testing.T) { walk(t, lang) })
	}
}

func walk(t *testing.T, lang string) {
	const people = 1200
	dir, data := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "客户名单.csv")
	var list strings.Builder
	list.WriteString("甲,乙,丙,丁\n") // nobody could guess these
	for i := range people {
		name, mobile, idCard := selftest.Somebody(i)
		fmt.Fprintf(&list, "%s,第一组,%s,%s\n", mobile, idCard, name)
	}
	list.WriteString("13800,第二组,110101,李四\n") // wrong in two ways
	if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var trap atCharge
	cfg := sandbox.Defaults()
	cfg.Latency, cfg.OnBilled = 10*time.Millisecond, trap.billed
	bank := startBank(t, cfg)
	s := openPage(t, data, bank.URL())

	b := openTab(t, lang)
	b.do(chromedp.Navigate(s.address))
	b.wait("#upload")
	if where := b.location(); strings.Contains(where, "token") {
		t.Errorf("the token stays in the address bar: %s", where)
	}
	b.shot("1-home-empty")
	b.choose(path)
	b.wait("#columns")
	b.shot("2-refused")
	b.set("#columns select[name=name]", "D")
	b.set("#columns select[name=mobile]", "A")
	b.set("#columns select[name=idCard]", "C")
	b.set("#columns [name=header]", "1")
	b.click("#columns button")
	b.wait("#start")
	b.shot("3-check")
	if _, billed := bank.Calls(); billed != 0 {
		t.Fatalf("%d calls before anybody agreed", billed)
	}
	batch := strings.TrimPrefix(b.location(), s.base)
	b.set("#start [name=rate]", "200")
	b.write("#start [name=who]", "经办人甲")
	b.write("#start [name=purpose]", "开户核验")

	killed := make(chan struct{})
	victim := s.cmd.Process
	trap.arm(people/2, func() {
		b.down(true)
		victim.Kill()
		close(killed)
	})
	b.click("#go")
	b.wait("#bar")
	const calls = `document.querySelector("#calls").textContent`
	before := evaluate[string](b, calls)
	b.do(chromedp.Sleep(1200 * time.Millisecond))
	after, title := evaluate[string](b, calls), evaluate[string](b, "document.title")
	if before == after || !strings.Contains(title, "%") {
		t.Errorf("nothing moves: %s calls, then %s; the title is %q", before, after, title)
	}
	<-killed
	s.cmd.Wait()
	s = s.again()
	b.do(chromedp.Sleep(2500 * time.Millisecond)) // the open page finds the new server by itself
	b.down(false)
	b.shot("4-watch")
	b.wait("a[href$='/download/workbook']") // and shows the result by itself
	b.shot("5-result")

	sum := bank.Summary()
	if sum.BilledTwice != 0 {
		t.Errorf("%d people were charged twice", sum.BilledTwice)
	}
	if never := people - sum.People; never > defaultWorkers(200) {
		t.Errorf("%d were never charged", never)
	}
	t.Logf("%s: %d people, one kill at charge %d: %d charged, %d twice", lang, people, people/2, sum.People, sum.BilledTwice)

	b.click("a[href$='/download/workbook']")
	workbook := b.downloaded(".xlsx")
	is(t, "rows of the workbook", bookRows(t, workbook), people+1)
	b.click("a[href$='/download/csv']")
	is(t, "rows of the CSV", len(readRows(t, b.downloaded(".csv")))-1, people+1)
	if name := filepath.Base(workbook); !strings.HasPrefix(name, "客户名单.checked") {
		t.Errorf("the workbook is called %s", name)
	}

	// Every screen that is left, and what is on them of people.
	b.do(chromedp.Navigate(s.base + "/"))
	b.wait("#batches")
	b.shot("6-home")
	b.do(chromedp.Navigate(s.base + "/settings"))
	b.wait("[name=appcode]")
	b.shot("7-settings")
	b.do(chromedp.Navigate(s.base + batch + "/delete"))
	b.wait("form[action$='/delete']")
	b.shot("8-delete")
	b.click("form[action$='/delete'] button")
	b.wait("#upload")
	if folders, err := os.ReadDir(filepath.Join(data, "batches")); err != nil || len(folders) != 0 {
		t.Errorf("after the deletion: %v, %v", folders, err)
	}
	b.nothingElse()
}

// downloaded waits until a file has arrived.
func (b *tab) downloaded(ext string) string {
	b.t.Helper()
	for range 600 {
		entries, err := os.ReadDir(b.downloads)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ext) {
				return filepath.Join(b.downloads, e.Name())
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("no %s was downloaded", ext)
	return ""
}

// TestBrowserLargeList: the page of a list of 200,000 rows is as large as that of a small
// one, before, while and after it runs.
func TestBrowserLargeList(t *testing.T) {
	chromium(t)
	dir, data := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "large.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "姓名,手机号,身份证号")
	for i := range 200_000 {
		name, mobile, idCard := selftest.Somebody(i % 2000)
		fmt.Fprintf(f, "%s,%s,%s\n", name, mobile, idCard)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s := openPage(t, data, "")
	b := openTab(t, "zh")
	b.do(chromedp.Navigate(s.address))
	b.wait("#upload")
	b.choose(path)
	b.wait("#start")
	nodes := func() int { return evaluate[int](b, `document.querySelectorAll("*").length`) }
	sizes := []int{nodes()}
	b.set("#start [name=rate]", "1000")
	b.write("#start [name=who]", "甲")
	b.write("#start [name=purpose]", "核验")
	b.click("#go")
	b.wait("#bar, a[href$='/download/workbook']")
	sizes = append(sizes, nodes())
	b.wait("a[href$='/download/workbook']")
	sizes = append(sizes, nodes())
	for _, n := range sizes {
		if n > 2000 || n < 50 {
			t.Errorf("the screens have %v nodes", sizes)
		}
	}
	b.nothingElse()
}

// TestBrowserKeyboard: a clerk without a mouse gets from the list to the start.
func TestBrowserKeyboard(t *testing.T) {
	chromium(t)
	s := openPage(t, t.TempDir(), "")
	b := openTab(t, "zh")
	b.do(chromedp.Navigate(s.address))
	b.wait("#upload")
	var focused []string
	for range 12 {
		b.do(chromedp.KeyEvent("\t"))
		focused = append(focused, evaluate[string](b, `(() => { const e = document.activeElement, s = getComputedStyle(e), l = e.labels && e.labels[0] && getComputedStyle(e.labels[0]);
			const seen = (s) => s && (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none");
			return (e.type || e.tagName).toLowerCase() + (seen(s) || seen(l) || e.matches("body") ? "" : " unseen"); })()`))
	}
	all := strings.Join(focused, ", ")
	if !strings.Contains(all, "file") || strings.Contains(all, "unseen") {
		t.Errorf("Tab leads to %s", all)
	}
}

// TestBrowserWithoutScript: everything but live numbers works.
func TestBrowserWithoutScript(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	path := list(t, dir, 50)
	s := openPage(t, t.TempDir(), "")
	b := openTab(t, "zh")
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(s.address))
	b.wait("#upload")
	b.choose(path)
	b.press("#upload button")
	b.reloadUntil("#start")
	b.write("#start [name=who]", "甲")
	b.write("#start [name=purpose]", "核验")
	b.press("#go")
	b.reloadUntil("a[href$='/download/workbook']")
	b.nothingElse()
}

// press submits by the keyboard: a click needs the page's own scripts to be found.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.do(chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent("\r"), chromedp.Sleep(300*time.Millisecond))
}

func (b *tab) reloadUntil(selector string) {
	b.t.Helper()
	for range 60 {
		nodes, err := chromedp.Run(b.ctx, chromedp.Nodes(chromedp.CSSAll(selector), chromedp.AtLeast(0)))
		if err == nil && len(nodes) > 0 {
			return
		}
		b.do(chromedp.Sleep(500*time.Millisecond), chromedp.Reload())
	}
	b.wait(selector)
}
