package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/web"
	"mobile3batch/writer"
)

const serveName = "serve"

func serveCommand(s Streams) *cli.Command {
	flags := append(serviceFlags(), callFlags()...)
	return &cli.Command{
		Name:      serveName,
		Usage:     "a page for people without a terminal: upload, price, start, download · 网页界面",
		UsageText: "mobile3batch serve --sandbox",
		Description: `Opens a page in the browser of this machine: upload lists, see what is wrong with
them and what they cost, start, watch, download. No other machine can reach it.
A batch goes on where it was after the page is closed or the program restarted.

  mobile3batch serve --sandbox     try it: free, no credentials
  mobile3batch serve               real calls; the AppCode can be entered on the page

Ctrl-C and SIGTERM begin no further call, wait for those under way, and leave
every batch so that the next start goes on with it.`,
		Flags: append(flags,
			priceFlag(), rateFlag(),
			&cli.StringFlag{Name: "daily-max-cost", Category: aboutMoney, DefaultText: "no cap", Usage: "spend at most `YUAN` a day (+08:00), over all batches"},
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8080", Usage: "loopback `ADDRESS`; port 0 takes any"},
			&cli.StringFlag{Name: "data", DefaultText: "mobile3batch in the user's configuration folder", Usage: "lists, results and the checkpoint are kept in `DIR`, mode 0700"},
			&cli.StringFlag{Name: "retain", DefaultText: "until somebody deletes them", Usage: "delete batches `AGE` after they were last used, e.g. 30d; the checkpoint stays"},
			&cli.BoolFlag{Name: "no-open", Usage: "don't open the browser"},
		),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usageError{errors.New("serve takes no list: upload it on the page")}
			}
			return serve(c, s)
		},
	}
}

func serve(c *cli.Context, s Streams) error {
	outliveReaders()
	o, err := readServeOptions(c)
	if err != nil {
		return err
	}
	retain := time.Duration(0)
	if age := c.String("retain"); age != "" {
		if retain, err = parseAge(age); err != nil {
			return usageError{fmt.Errorf("--retain: %w", err)}
		}
	}
	data, err := dataFolder(c.String("data"))
	if err != nil {
		return err
	}
	if o.sandbox { // or a rehearsal's batch could go on for real
		data = filepath.Join(data, "sandbox")
	}
	unlock, err := lockData(data)
	if err != nil {
		return err
	}
	defer unlock()
	nobody, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // what the command run would print
	if err != nil {
		return err
	}
	defer nobody.Close()
	p := &engine{options: o, streams: s, data: data}
	p.streams.Out = nobody
	p.checkpoint = filepath.Join(data, "people.checkpoint")

	server, err := web.New(web.Config{
		Listen: c.String("listen"), Data: data, Engine: p, Sandbox: o.sandbox, Service: o.service(), Version: version(),
		Rate: o.rate, Retain: retain, Fixed: o.appCodeFile != "", Log: s.Err, SyncDir: writer.System.SyncDir,
		Money: web.Money{
			Price: o.price.String(),
			Cost:  func(calls int64) string { return inThousands(o.price.times(calls).String()) },
			Add: func(cost string, calls int64) string {
				before, err := parseYuan(strings.NewReplacer("¥", "", ",", "").Replace(cost))
				if err != nil { // it was written here; else it is not to look smaller
					return cost + " + " + o.price.times(calls).String()
				}
				return inThousands((before + o.price.times(calls)).String())
			},
			Plain: func(calls int64) string { return strings.TrimPrefix(o.price.times(calls).String(), "¥") },
			Afford: func(amount string) (int64, error) {
				y, err := parseYuan(amount)
				return int64(y / o.price), err
			},
		},
	})
	if errors.Is(err, web.ErrAddress) {
		return usageError{fmt.Errorf("--listen: %w: give 127.0.0.1:PORT; other machines must not reach this page", err)}
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return usageError{fmt.Errorf("--listen %s is in use, perhaps by this program in another window: close that one, or give another port", c.String("listen"))}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "打开网页 / open %s\n数据 / data %s\n", server.Address(), data)
	if !c.Bool("no-open") {
		if err := openBrowser(server.AddressOnce()); err != nil {
			fmt.Fprintf(s.Err, "请用浏览器打开上面的网址 / open the address above in a browser (%v)\n", err)
		}
	}
	return server.Serve(untilSignal(c.Context, s))
}

// untilSignal ends at the first Ctrl-C, SIGTERM or hang-up and says what happens
// now; the second one ends the process.
func untilSignal(parent context.Context, s Streams) context.Context {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, func() {
		stop()
		fmt.Fprintln(s.Err, "正在停止：不再发起调用，等待已发出的应答 / stopping: no new call; waiting for those under way (again to quit at once; the checkpoint is safe either way)")
	})
	return ctx
}

// readServeOptions checks what all batches of the page have in common.
func readServeOptions(c *cli.Context) (options, error) {
	o := options{
		encoding: "auto", language: "auto", rate: c.Float64("rate"), endpoint: c.String("endpoint"), sandbox: c.Bool("sandbox"),
		timeout: c.Duration("timeout"), appCodeFile: c.String("appcode-file"), appSecretFile: c.String("app-secret-file"),
		maxCalls: -1, dailyMax: -1, confirmAbove: -1, quiet: true,
	}
	var err error
	if o.price, err = parseYuan(c.String("price")); err != nil || o.price <= 0 {
		return o, usageError{errors.New("--price: an amount in yuan above 0, such as 0.16")}
	}
	if !(o.rate > 0) {
		return o, usageError{errors.New("--rate: calls a second, above 0")}
	}
	if o.sandbox && c.IsSet("endpoint") {
		return o, usageError{errors.New("--sandbox is a service of its own; leave --endpoint out")}
	}
	if err := errors.Join(o.readRunOptions(c)...); err != nil {
		return o, usageError{err}
	}
	return o, nil
}

func dataFolder(flag string) (string, error) {
	if flag != "" {
		return filepath.Abs(flag)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", usageError{fmt.Errorf("there is no folder for the data: name one with --data DIR (%w)", err)}
	}
	return filepath.Join(dir, "mobile3batch"), nil
}

// lockData lets one server at a time use a data folder. The lock goes with the process.
func lockData(data string) (unlock func() error, err error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(data, "server.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := checkpoint.TryLock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: the page is open already, in another window: use that one, or close it first (%w)", data, err)
	}
	return f.Close, nil
}

// openBrowser hands the address to whatever opens addresses here, and does not wait.
func openBrowser(address string) error {
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "windows":
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", address)
	case "darwin":
		cmd = exec.Command("open", address)
	default:
		cmd = exec.Command("xdg-open", address)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

// inThousands sets an amount's thousands apart.
func inThousands(amount string) string {
	whole, rest, _ := strings.Cut(amount, ".")
	for i := len(whole) - 3; i > len("¥"); i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + "." + rest
}
