// Package cli is the command line: flags become options, options are wired to
// the packages that do the work, and what came of it becomes an exit code. A
// command has a file of its own; exit.go holds the one table of exit codes.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
	"mobile3batch/writer"
)

// Streams are the three standard ones. Results go to Out, all else to Err.
type Streams struct {
	In, Out, Err *os.File

	disks disks
	seams seams
}

// seams let the tests of a whole program put something of theirs between it and
// the world; the zero value is the real thing.
type seams struct {
	ledger func(pipeline.Ledger) pipeline.Ledger
	dial   func(ctx context.Context, network, address string) (net.Conn, error)

	freeSpace func(dir string) (int64, error)
	now       func() time.Time
	hasten    func(mobile3.Backoff) mobile3.Backoff
}

// now is the time that records and caps are about.
func (s Streams) now() time.Time {
	if s.seams.now == nil {
		return time.Now()
	}
	return s.seams.now()
}

func (s seams) around(l pipeline.Ledger) pipeline.Ledger {
	if s.ledger == nil {
		return l
	}
	return s.ledger(l)
}

// disks are what checkpoint and sheet are written to; the zero value is the real thing.
type disks struct {
	checkpoint checkpoint.FileSystem
	sheet      writer.Disk
}

// whole is how files are written that appear whole or not at all.
func (s Streams) whole() writer.Options {
	return writer.Options{Lock: checkpoint.TryLock, Disk: s.disks.sheet}
}

const overview = `Reads a spreadsheet of people (name 姓名, mobile 手机号, idCard 身份证号), asks
the paid service POST /mobile3/check about each of them once, and writes the
sheet back with the answers. An interrupted batch goes on where it was: run the
same command again, and nobody is paid for twice.

逐行核验姓名、手机号、身份证号是否一致。中断后重新运行同一条命令即可继续，不会重复付费。

First steps (no account needed, nothing is paid):
  mobile3batch run --sandbox people.xlsx    try it on a local stand-in
  mobile3batch plan people.xlsx             what a real run would cost, and what is wrong with the list

Credentials are never given as a flag's value:
  MOBILE3_APPCODE, or --appcode-file FILE                     the AppCode
  MOBILE3_APP_KEY with MOBILE3_APP_SECRET or --app-secret-file FILE   signed requests`

// Main runs one command and returns the process's exit code. It is the only
// place that turns errors into text and codes.
func Main(args []string, s Streams) int {
	// net/http writes what a server sends unasked to the standard logger: that
	// can be an answer, and so personal data.
	log.SetOutput(io.Discard)
	noCoreDump()
	spaceCollections()
	clicked := len(args) == 1 && doubleClicked()
	if clicked {
		args = append(args, serveName) // who opens the program in a window has no terminal to read help on
	}
	app := newApp(s)
	if asksToComplete(args) {
		complete(app, args[2:], s.Out)
		return exitOK
	}
	err := app.Run(reorder(app, args))
	if err == nil {
		return exitOK
	}
	var silent silentExit
	if !errors.As(err, &silent) {
		fmt.Fprintf(s.Err, "mobile3batch: %s\n", said(err, args))
	}
	if clicked {
		fmt.Fprintln(s.Err, "按回车键关闭 / press Enter to close")
		bufio.NewReader(s.In).ReadString('\n') // or the window would close before it was read
	}
	return codeOf(err)
}

// said is an error's text. What is wrong with an input is said in Chinese, too,
// since what the input speaks may not be known yet; --lang asks for one of both.
func said(err error, args []string) string {
	var input *reader.Error
	english := sentence(err)
	if !errors.As(err, &input) {
		return english
	}
	chinese := strings.Replace(english, input.Error(), input.Text("zh"), 1)
	switch wanted(args) {
	case zh:
		return chinese
	case en:
		return english
	}
	return chinese + "\n" + english
}

// wanted is the language that the command line asks for, if any.
func wanted(args []string) lang {
	for i, arg := range args {
		switch name, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "="); {
		case name != "lang":
		case joined:
			return lang(value)
		case i+1 < len(args):
			return lang(args[i+1])
		}
	}
	return lang(os.Getenv("MOBILE3_LANG"))
}

func newApp(s Streams) *cli.App {
	app := &cli.App{
		Name:                      "mobile3batch",
		Usage:                     "check names, mobiles and ID cards in bulk, and pay for each person once",
		Description:               overview + "\n\n" + exitCodes,
		Version:                   version(),
		Reader:                    s.In,
		Writer:                    s.Out,
		ErrWriter:                 s.Err,
		DisableSliceFlagSeparator: true, // a column may have a comma in its name
		HideHelpCommand:           true,
		ExitErrHandler:            func(*cli.Context, error) {}, // Main decides, and nobody else calls os.Exit
		OnUsageError:              usage,
		Commands: []*cli.Command{
			runCommand(s), planCommand(s), serveCommand(s), statusCommand(s), verifyCommand(s), resolveCommand(s), purgeCommand(s), sandboxCommand(s), selftestCommand(s), completionCommand(s), powerCommand(s),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usageError{fmt.Errorf("there is no command %q: run, plan, serve, status, verify, resolve, purge, sandbox or selftest", c.Args().First())}
			}
			return cli.ShowAppHelp(c)
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = usage
		c.Description += "\n\n" + exitCodes
		if !c.Hidden { // what selftest starts is to be the same whatever the user has set
			fromEnvironment(c.Name, c.Flags)
		}
	}
	return app
}

func usage(_ *cli.Context, err error, _ bool) error { return usageError{err} }

// sentence cuts what libraries put in front and behind.
func sentence(err error) string { return strings.TrimSpace(err.Error()) }

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// oneInput returns a command's only argument.
func oneInput(c *cli.Context, what string) (string, error) {
	switch c.NArg() {
	case 0:
		return "", usageError{fmt.Errorf("which %s? Example: %s", what, c.Command.UsageText)}
	case 1:
		return c.Args().First(), nil
	}
	return "", usageError{fmt.Errorf("one %s at a time; %d were given", what, c.NArg())}
}
