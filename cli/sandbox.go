package cli

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/mobile3"
	"mobile3batch/mobile3/sandbox"
)

// startSandbox is the stand-in of run --sandbox: in this process, on loopback.
func startSandbox() (*sandbox.Server, mobile3.Credentials, error) {
	server, err := sandbox.Start(sandbox.Defaults(), "127.0.0.1:0")
	return server, mobile3.Credentials{AppCode: mobile3.NewSecret("sandbox")}, err
}

// sandboxBackoff: the stand-in's breaker closes at once, so a rehearsal need
// not rest for the real one's 90 seconds.
func sandboxBackoff() mobile3.Backoff {
	b := mobile3.DefaultBackoff
	b.Breaker = 2 * time.Second
	return b
}

func sandboxCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "sandbox",
		Usage:     "a local stand-in for the service, with a bill · 本机模拟服务",
		UsageText: "mobile3batch sandbox --listen 127.0.0.1:8711 --bill bill.jsonl",
		Description: `Answers POST /mobile3/check like the real gateway and keeps a bill: one line a
counted call, written before the answer leaves. Then, from another terminal:

  MOBILE3_APPCODE=any mobile3batch run people.xlsx --endpoint http://127.0.0.1:8711/mobile3/check

` + sandbox.Page(),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8711", Usage: "loopback `ADDRESS`; port 0 takes any"},
			&cli.StringFlag{Name: "bill", Usage: "keep the bill in `FILE`; one that is there is continued (default: in memory)"},
			&cli.DurationFlag{Name: "latency", Usage: "work on each call for `D` before it is billed and answered"},
			&cli.IntFlag{Name: "quota", Value: -1, DefaultText: "no end", Usage: "`N` calls are left in the package"},
			&cli.Float64Flag{Name: "limit", DefaultText: "none", Usage: "throttle above `N` calls a second"},
			&cli.StringFlag{Name: "dialect", Value: string(sandbox.DialectNew), Usage: "word refusals in the new or the legacy way"},
			&cli.IntFlag{Name: "no-record-status", Value: 200, Usage: "answer no record with HTTP 200 (counted) or 450 (not counted)"},
			&cli.StringFlag{Name: "require-body", DefaultText: "any", Usage: "understand only form, json or query"},
			&cli.StringFlag{Name: "answer", DefaultText: "the usual ones", Usage: "refuse every call as the gateway would with `CODE`, such as B403MQ (no calls left), A400AC (AppCode unknown), T429PR (throttled), D503CB (breaker open), or an older message such as \"Quota Exhausted\""},
			&cli.BoolFlag{Name: "force-nonce", Usage: "demand a fresh X-Ca-Nonce"},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usageError{fmt.Errorf("sandbox takes no argument, only flags")}
			}
			return serveSandbox(c, s)
		},
	}
}

func serveSandbox(c *cli.Context, s Streams) error {
	ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg := sandbox.Defaults()
	cfg.Bill, cfg.Latency, cfg.Quota, cfg.Limit = c.String("bill"), c.Duration("latency"), c.Int("quota"), c.Float64("limit")
	cfg.Dialect, cfg.NoRecord = sandbox.Dialect(c.String("dialect")), c.Int("no-record-status")
	cfg.RequireBody, cfg.ForceNonce = c.String("require-body"), c.Bool("force-nonce")
	if cfg.Bill != "" {
		if err := checkOutputs([]role{{"--bill", cfg.Bill, appended}, {"--bill's key", cfg.Bill + ".key", appended}}); err != nil {
			return err
		}
	}
	if name := c.String("answer"); name != "" {
		answer, known := sandbox.FindAnswer(name)
		if !known {
			return usageError{fmt.Errorf("--answer: the gateway has no answer called %s", name)}
		}
		cfg.Answer = &answer
	}
	server, err := sandbox.Start(cfg, c.String("listen"))
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(s.Out, "sandbox at %s, bill at %s\n", server.URL(), server.Base()+"/bill")
	<-ctx.Done()
	err = server.Close() // calls under way are billed and answered
	requests, billed := server.Calls()
	fmt.Fprintf(s.Out, "sandbox closed: %d requests, %d billed\n", requests, billed)
	return err
}
