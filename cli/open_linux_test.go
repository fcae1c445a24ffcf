package cli

import (
	"bufio"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOthersCantOpenThePage: whoever lists processes sees with what address the browser
// was started. It opens the page for the browser, and then for nobody.
func TestOthersCantOpenThePage(t *testing.T) {
	dir := t.TempDir()
	seen := filepath.Join(dir, "seen")
	opener := "#!/bin/sh\nprintf '%s' \"$1\" > " + seen + ".new && mv " + seen + ".new " + seen + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(opener), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, dir, "serve", "--sandbox", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	cmd.Env = append(cmd.Env, "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	printed := strings.TrimSpace(line[strings.Index(line, "http"):])
	var opened []byte
	for range 400 {
		if opened, err = os.ReadFile(seen); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	open := func(address string) int {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Jar: jar}).Get(address)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	is(t, "the browser", open(string(opened)), http.StatusOK)
	is(t, "who saw how it was started", open(string(opened)), http.StatusForbidden)
	is(t, "the address that was printed", open(printed), http.StatusOK)
	is(t, "the same in another browser", open(printed), http.StatusOK)
}
