//go:build unix

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// inShell runs a line in a shell in which mobile3batch is the program.
func inShell(t *testing.T, shell, line string) string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		if os.Getenv("MOBILE3_SHELLS") == "require" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "mobile3batch")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), beProgram+"=1", "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestCompletion loads each script in its shell, and asks it.
func TestCompletion(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shells here")
	}
	for name, c := range map[string]struct{ shell, line, want string }{
		"a command":          {"bash", `source <(mobile3batch completion bash); COMP_WORDS=(mobile3batch sel); COMP_CWORD=1; _mobile3batch; echo "${COMPREPLY[@]}"`, "selftest"},
		"a flag":             {"bash", `source <(mobile3batch completion bash); COMP_WORDS=(mobile3batch run x.csv --max-c); COMP_CWORD=3; _mobile3batch; echo "${COMPREPLY[@]}"`, "--max-calls --max-cost"},
		"a value":            {"bash", `source <(mobile3batch completion bash); COMP_WORDS=(mobile3batch run --in-doubt ""); COMP_CWORD=3; _mobile3batch; echo "${COMPREPLY[@]}"`, "hold resend"},
		"a file":             {"bash", `source <(mobile3batch completion bash); COMP_WORDS=(mobile3batch run ""); COMP_CWORD=2; _mobile3batch; echo "${#COMPREPLY[@]}"`, "0"},
		"a shell":            {"bash", `source <(mobile3batch completion bash); complete -p mobile3batch`, "complete -o default -o nosort -F _mobile3batch mobile3batch"},
		"zsh":                {"zsh", `autoload -U compinit && compinit -u && source <(mobile3batch completion zsh) && print $_comps[mobile3batch]`, "_mobile3batch"},
		"fish, a command":    {"fish", `mobile3batch completion fish | source; complete -C "mobile3batch sel" | string match -r '^\S+'`, "selftest"},
		"fish, a flag":       {"fish", `mobile3batch completion fish | source; complete -C "mobile3batch run x.csv --max-ca" | string match -r '^\S+'`, "--max-calls"},
		"fish, another flag": {"fish", `mobile3batch completion fish | source; complete -C "mobile3batch run --lang z" | string match -r '^\S+'`, "zh"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := strings.TrimSpace(inShell(t, c.shell, c.line)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestCompletingRunsNothing: whatever stands on the line, TAB makes no call and no file.
func TestCompletingRunsNothing(t *testing.T) {
	dir := t.TempDir()
	input := list(t, dir, 3)
	for _, words := range [][]string{{"run", "--sandbox", input}, {"run", "--sandbox", input, ""}, {"run", "--sandbox", "--", input}, {}, {"nonsense", ""}, {"run", "--rate", ""}} {
		out, err := program(t, dir, append([]string{"__complete"}, words...)...).CombinedOutput()
		if err != nil {
			t.Errorf("%q: %v\n%s", words, err, out)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files: %v", len(files), err)
	}
}
