package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDeploymentFilesAreUpToDate: every flag of ours in docs/deploy is one that there is.
func TestDeploymentFilesAreUpToDate(t *testing.T) {
	known := map[string]bool{}
	for _, c := range newApp(Streams{}).Commands {
		for _, f := range c.Flags {
			known[f.Names()[0]] = true
		}
	}
	foreign := map[string]bool{"now": true, "rm": true, "from": true, "help": true} // systemctl's, docker's
	files, err := filepath.Glob("../docs/deploy/*")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	found := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?:^|[\\s`])--([a-z][a-z-]+)").FindAllStringSubmatch(string(b), -1) {
			if !known[m[1]] && !foreign[m[1]] {
				t.Errorf("%s: there is no --%s", filepath.Base(path), m[1])
			}
			found++
		}
		for _, m := range regexp.MustCompile(`MOBILE3_([A-Z_]+)`).FindAllStringSubmatch(string(b), -1) {
			if name := strings.ToLower(strings.ReplaceAll(m[1], "_", "-")); !known[name] && name != "appcode" {
				t.Errorf("%s: there is no MOBILE3_%s", filepath.Base(path), m[1])
			}
			found++
		}
	}
	if found < 20 {
		t.Errorf("only %d flags were found", found)
	}
}
