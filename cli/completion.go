package cli

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

//go:embed completion
var completionScripts embed.FS

var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a script that completes commands and flags in a shell · 输出命令补全脚本",
		UsageText: "source <(mobile3batch completion bash)",
		Description: `  bash        source <(mobile3batch completion bash)
  zsh         source <(mobile3batch completion zsh)
  fish        mobile3batch completion fish | source
  powershell  mobile3batch completion powershell | Out-String | Invoke-Expression`,
		ArgsUsage: strings.Join(shells, "|"),
		Action: func(c *cli.Context) error {
			shell, err := oneInput(c, "shell")
			if err != nil {
				return err
			}
			if !slices.Contains(shells, shell) {
				return usageError{fmt.Errorf("%s is none of %s", shell, strings.Join(shells, ", "))}
			}
			script, err := completionScripts.ReadFile("completion/" + shell)
			if err != nil {
				return err
			}
			_, err = s.Out.Write(script)
			return err
		},
	}
}

// choices are the values of flags that take one of a few words.
var choices = map[string][]string{
	"lang": {"zh", "en", "auto"}, "in-doubt": {"hold", "resend"}, "body": {"form", "json", "query"},
	"log-format": {"text", "json"}, "output-encoding": {"utf-8", "gb18030"}, "input-encoding": {"auto", "utf-8", "gb18030", "utf-16"},
	"column": {"name=", "mobile=", "idCard="},
}

// asksToComplete: __complete and the words up to the cursor, the last one perhaps
// begun. It comes before everything else: pressing TAB must never run a command,
// whatever the line says.
func asksToComplete(args []string) bool { return len(args) > 1 && args[1] == "__complete" }

// complete prints what may stand at the cursor, a line each, with a tab and what it
// means. Nothing: a file, which shells know best.
func complete(app *cli.App, words []string, out io.Writer) {
	offer := func(word, means string) { fmt.Fprintf(out, "%s\t%s\n", word, means) }
	if len(words) < 2 {
		for _, c := range app.Commands {
			if !c.Hidden {
				offer(c.Name, c.Usage)
			}
		}
		return
	}
	cmd := app.Command(words[0])
	current, before := words[len(words)-1], words[len(words)-2]
	switch {
	case cmd == nil:
	case strings.HasPrefix(before, "-") && takesValue(cmd, before):
		for _, word := range choices[strings.TrimLeft(before, "-")] {
			offer(word, "")
		}
	case strings.HasPrefix(current, "-"):
		for _, f := range cmd.VisibleFlags() {
			usage := ""
			if doc, ok := f.(cli.DocGenerationFlag); ok {
				usage = strings.ReplaceAll(doc.GetUsage(), "`", "")
			}
			offer("--"+f.Names()[0], usage)
		}
	case cmd.Name == "completion":
		for _, shell := range shells {
			offer(shell, "")
		}
	}
}
