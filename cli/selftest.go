package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/cli/selftest"
)

func selftestCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "selftest",
		Usage:     "kill it again and again here, and count who was billed twice · 本机自检",
		UsageText: "mobile3batch selftest --kills 200",
		Description: `Runs itself on a list of synthetic people against a stand-in for the service on
this machine, kills itself at every stage of the work, goes on, and holds the
sheet against the stand-in's bill. Half of the kills also lose what was not yet
synced to disk, as a power cut does. Nothing is paid, nothing leaves the machine.

It works in a new folder under --dir, which it removes. Exit code 1 if somebody
was billed twice or a row was lost; then the folder stays, to be looked at.`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "kills", Value: 50, Usage: "kill `N` times"},
			&cli.IntFlag{Name: "rows", DefaultText: "enough for all kills", Usage: "`N` people in a list; lists follow each other until there are enough kills"},
			&cli.IntFlag{Name: "workers", Value: 16, Usage: "`N` calls in flight"},
			&cli.Uint64Flag{Name: "seed", DefaultText: "a new one", Usage: "kill as the run with seed `N` did, as far as time allows"},
			&cli.StringFlag{Name: "dir", Value: ".", Usage: "work in a new folder under `DIR`: on the disk you want to know about"},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usageError{errors.New("selftest takes no argument, only flags")}
			}
			cfg := selftest.Config{Kills: c.Int("kills"), Rows: c.Int("rows"), Workers: []int{c.Int("workers")}, Seed: c.Uint64("seed")}
			if cfg.Kills < 1 || cfg.Rows < 0 || cfg.Rows > 1_000_000 || cfg.Workers[0] < 1 || cfg.Workers[0] > 256 {
				return usageError{errors.New("selftest: --kills from 1 on, --rows up to 1000000, --workers 1 to 256")}
			}
			if !c.IsSet("seed") {
				cfg.Seed = rand.Uint64()
			}
			return runSelftest(c.Context, s, cfg, c.String("dir"))
		},
	}
}

// powerCommand is run on a disk that forgets what was not synced when the
// process dies. It keeps every promise, and is for selftest alone.
func powerCommand(s Streams) *cli.Command {
	s.disks.checkpoint = selftest.Volatile{}
	c := runCommand(s)
	c.Name, c.Hidden = selftest.PowerCommand, true
	return c
}

func runSelftest(parent context.Context, s Streams, cfg selftest.Config, under string) error {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if cfg.Program, err = os.Executable(); err != nil {
		return err
	}
	if cfg.Dir, err = os.MkdirTemp(under, "mobile3batch-selftest-"); err != nil {
		return refusedError{fmt.Errorf("--dir: %w", err)}
	}
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return err
	}
	said := time.Now()
	cfg.Progress = func(r selftest.Result) {
		if time.Since(said) > 5*time.Second {
			said = time.Now()
			fmt.Fprintf(s.Err, "%d of %d kills\n", r.Kills, cfg.Kills)
		}
	}
	r, err := selftest.Run(ctx, cfg)
	if ctx.Err() != nil {
		os.RemoveAll(cfg.Dir)
		return silentExit(exitInterrupted)
	}
	if err != nil {
		return fmt.Errorf("%w\nseed %d; the files are in %s", err, cfg.Seed, cfg.Dir)
	}
	if err := printSelftest(s.Out, r, cfg); err != nil {
		return err
	}
	if broken := r.Broken(); broken != "" {
		return fmt.Errorf("the promise is broken: %s. Don't pay with this build on this machine. The files are in %s", broken, cfg.Dir)
	}
	return os.RemoveAll(cfg.Dir)
}

func printSelftest(out io.Writer, r selftest.Result, cfg selftest.Config) error {
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(label string, value any) { fmt.Fprintf(tab, "%s\t%v\n", label, value) }
	row("kills 中断次数", r.Kills)
	row("rows 行数", r.Rows)
	row("billed 计费", r.Billed)
	row("billed twice 重复计费", r.Twice)
	row("lost 丢失", r.Lost)
	row("wrong answer 错配", r.Wrong)
	row("in doubt 存疑", fmt.Sprintf("%d (at most 最多 %d)", r.InDoubt, r.Bound))
	row("time 用时", r.Took.Round(time.Second/10))
	row("seed", cfg.Seed)
	return tab.Flush()
}
