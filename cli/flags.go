package cli

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/mobile3"
	"mobile3batch/writer"
)

const (
	defaultRate  = 20.0
	defaultPrice = "0.16"
	maxWorkers   = 256
)

// Flag groups of the help text.
const (
	aboutInput   = "Reading"
	aboutOutput  = "Writing"
	aboutKeeping = "Checkpoint"
	aboutMoney   = "Money and pace"
	aboutService = "Service"
)

func readingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "sheet", Category: aboutInput, DefaultText: "the first visible one with the three columns", Usage: "worksheet `NAME` or number"},
		&cli.IntFlag{Name: "header-row", Category: aboutInput, DefaultText: "found within the first 20", Usage: "the header stands in row `N`; 0: the list has none"},
		&cli.StringSliceFlag{Name: "column", Category: aboutInput, Usage: "`FIELD=HEADER` for name, mobile or idCard: a header text or a column letter; repeatable"},
		&cli.StringFlag{Name: "password-file", Category: aboutInput, Usage: "an encrypted workbook's password stands in `FILE`"},
		&cli.StringFlag{Name: "input-encoding", Category: aboutInput, Value: "auto", Usage: "`NAME` of a CSV's encoding: auto, utf-8, gb18030, utf-16"},
	}
}

func keepingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "checkpoint", Category: aboutKeeping, Usage: "what was begun and settled is kept in `FILE`; inputs may share one (default: INPUT.checkpoint)"},
		&cli.StringFlag{Name: "key-file", Category: aboutKeeping, Usage: "keep the checkpoint's secret apart, in `FILE` (made if it is not there)"},
		&cli.StringFlag{Name: "max-age", Category: aboutKeeping, Usage: "pay again for answers older than `AGE`, e.g. 30d or 12h (default: answers don't expire)"},
		&cli.StringFlag{Name: "in-doubt", Category: aboutKeeping, Value: "hold", Usage: "`WHAT` to do, hold or resend, with people who were sent and never answered, or answered unusably; resend asks first"},
	}
}

func serviceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "endpoint", Category: aboutService, Value: mobile3.Endpoint, Usage: "the service's `URL`"},
		&cli.BoolFlag{Name: "sandbox", Category: aboutService, Usage: "ask a local stand-in instead: free, no credentials, results are marked as such"},
	}
}

// callFlags say how a call is made.
func callFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "body", Category: aboutService, Value: "form", Usage: "`ENCODING` of the request: form, json, query (a query puts personal data in URLs)"},
		&cli.StringFlag{Name: "trust-host", Category: aboutService, Usage: "the --endpoint's `HOST`, if it is not one of the service's own: names, mobiles and ID numbers go there"},
		&cli.StringFlag{Name: "proxy", Category: aboutService, DefaultText: "none", Usage: "`URL` of a proxy, http://HOST:PORT, that is asked for a tunnel; one with a password is given as $MOBILE3_PROXY only"},
		&cli.DurationFlag{Name: "timeout", Category: aboutService, Value: 40 * time.Second, Usage: "of one call, `D`; shorter than 35s makes doubt"},
		&cli.StringFlag{Name: "appcode-file", Category: aboutService, Usage: "read the AppCode from `FILE` (instead of $MOBILE3_APPCODE)"},
		&cli.StringFlag{Name: "app-secret-file", Category: aboutService, Usage: "read the AppSecret from `FILE` (instead of $MOBILE3_APP_SECRET)"},
	}
}

func maskFlag() cli.Flag {
	return &cli.BoolFlag{Name: "mask", Category: aboutOutput, Usage: "write names, mobiles and ID numbers masked (张**, 138****1234): to be shown, not to be corrected"}
}

func priceFlag() cli.Flag {
	return &cli.StringFlag{Name: "price", Category: aboutMoney, Value: defaultPrice, Usage: "what one call costs, in `YUAN`"}
}

func rateFlag() cli.Flag {
	return &cli.Float64Flag{Name: "rate", Category: aboutMoney, Value: defaultRate, Usage: "at most `N` calls a second; 0: as fast as the workers go"}
}

func limitFlag() cli.Flag {
	return &cli.Int64Flag{Name: "limit", Category: aboutMoney, DefaultText: "all rows", Usage: "look at the first `N` rows only: a sample, which the whole run does not pay for again"}
}

func langFlag() cli.Flag {
	return &cli.StringFlag{Name: "lang", Category: aboutOutput, Value: "auto", Usage: "`LANGUAGE` of result columns and summary: zh, en, auto (the header's)"}
}

func runFlags() []cli.Flag {
	flags := append(readingFlags(), keepingFlags()...)
	flags = append(flags, serviceFlags()...)
	flags = append(flags, callFlags()...)
	return append(flags,
		priceFlag(), rateFlag(), limitFlag(), langFlag(),
		&cli.BoolFlag{Name: "new-checkpoint", Category: aboutKeeping, Usage: "start anew although OUTPUT holds answers whose checkpoint is gone: pays for everybody again"},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: aboutOutput, Usage: "the sheet that comes back, `FILE`.csv or .xlsx (default: NAME.checked.EXT beside INPUT)"},
		&cli.StringFlag{Name: "output-encoding", Category: aboutOutput, DefaultText: "utf-8 with a byte order mark", Usage: "write a .csv as `NAME` utf-8 or gb18030"},
		&cli.StringFlag{Name: "changes", Category: aboutOutput, Usage: "also write the rows whose answer is another one than before this batch to `FILE`.csv or .xlsx; with --max-age"},
		maskFlag(),
		&cli.BoolFlag{Name: "force", Category: aboutOutput, Usage: "replace an OUTPUT that is not a sheet of ours"},
		&cli.StringFlag{Name: "summary-json", Category: aboutOutput, Usage: "also write the summary to `FILE`, mode 0600; of a link, the file it leads to is replaced"},
		&cli.StringFlag{Name: "metrics-file", Category: aboutOutput, Usage: "also write the run's numbers to `FILE`.prom for Prometheus' textfile collector, whatever the run comes to, mode 0644; of a link, the file it leads to is replaced"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Category: aboutOutput, Usage: "no progress, no summary: only OUTPUT's path, and errors"},
		&cli.StringFlag{Name: "log-format", Category: aboutOutput, Value: "text", Usage: "progress and messages as `FORMAT` text or json"},
		&cli.IntFlag{Name: "workers", Category: aboutMoney, DefaultText: "rate × 1 s, at most 256", Usage: "calls in flight, `N`"},
		&cli.Int64Flag{Name: "max-calls", Category: aboutMoney, Value: -1, DefaultText: "no cap", Usage: "make at most `N` calls in this run; 0: none, the sheet from the checkpoint only"},
		&cli.StringFlag{Name: "max-cost", Category: aboutMoney, DefaultText: "no cap", Usage: "spend at most `YUAN` in this run"},
		&cli.StringFlag{Name: "daily-max-cost", Category: aboutMoney, DefaultText: "no cap", Usage: "spend at most `YUAN` a day (+08:00), over all runs with this checkpoint"},
		&cli.StringFlag{Name: "confirm-above", Category: aboutMoney, DefaultText: "never", Usage: "ask before a run that can cost more than `YUAN`"},
		&cli.BoolFlag{Name: "yes", Usage: "answer every question with yes; without a terminal nothing is asked"},
	)
}

// options are the flags of run and plan, checked. plan leaves what it has no
// flag for at its default.
type options struct {
	input, output, checkpoint, keyFile string

	sheet     string
	headerRow int
	noHeader  bool
	columns   map[string]string
	encoding  string

	passwordFile string

	newCheckpoint bool
	maxAge        time.Duration
	resend        bool

	rate     float64
	workers  int
	maxCalls int64 // negative: no cap
	price    yuan
	limit    int64 // rows; 0: all

	dailyMax, confirmAbove yuan // negative: none

	endpoint string
	proxy    mobile3.Secret
	sandbox  bool
	body     mobile3.Body
	timeout  time.Duration

	appCodeFile, appSecretFile string

	language       string
	mask           bool
	outputEncoding string // "" is UTF-8
	force          bool
	yes            bool
	quiet          bool
	jsonLog        bool
	summaryJSON    string
	metricsFile    string
	changes        string

	besideCSV, besideTodo string // the same rows as CSV, and those that need a person alone; for a page
}

// readOptions checks everything that can be checked before a file is read.
func readOptions(c *cli.Context) (options, error) {
	o := options{
		sheet: c.String("sheet"), headerRow: c.Int("header-row"), encoding: c.String("input-encoding"),
		noHeader:     c.IsSet("header-row") && c.Int("header-row") == 0,
		passwordFile: c.String("password-file"),
		output:       c.String("output"), checkpoint: c.String("checkpoint"), keyFile: c.String("key-file"),
		newCheckpoint: c.Bool("new-checkpoint"),
		rate:          c.Float64("rate"), workers: c.Int("workers"),
		endpoint: c.String("endpoint"), sandbox: c.Bool("sandbox"),
		timeout:     c.Duration("timeout"),
		appCodeFile: c.String("appcode-file"), appSecretFile: c.String("app-secret-file"),
		language: c.String("lang"), mask: c.Bool("mask"), force: c.Bool("force"), yes: c.Bool("yes"), quiet: c.Bool("quiet"),
		summaryJSON: c.String("summary-json"), maxCalls: -1,
		metricsFile: c.String("metrics-file"), changes: c.String("changes"),
		limit: c.Int64("limit"), dailyMax: -1, confirmAbove: -1,
	}
	var problems []error
	wrong := func(flag, want string) { problems = append(problems, fmt.Errorf("--%s: %s", flag, want)) }

	var err error
	if o.input, err = oneInput(c, "INPUT"); err != nil {
		return o, err
	}
	if o.columns, err = columnFlags(c.StringSlice("column")); err != nil {
		wrong("column", err.Error())
	}
	if o.headerRow < 0 {
		wrong("header-row", "a row number from 1")
	}
	if o.price, err = parseYuan(c.String("price")); err != nil {
		wrong("price", err.Error())
	}
	if c.IsSet("limit") && o.limit < 1 {
		wrong("limit", "a number of rows from 1")
	}
	if s := c.String("max-age"); s != "" {
		if o.maxAge, err = parseAge(s); err != nil {
			wrong("max-age", err.Error())
		}
	}
	switch c.String("in-doubt") {
	case "resend":
		o.resend = true
	case "hold":
	default:
		wrong("in-doubt", "hold or resend")
	}
	switch o.language {
	case "zh", "en", "auto":
	default:
		wrong("lang", "zh, en or auto")
	}
	if o.rate < 0 || math.IsNaN(o.rate) || math.IsInf(o.rate, 0) {
		wrong("rate", "calls a second, 0 for no limit")
	}
	if o.sandbox && c.IsSet("endpoint") {
		wrong("sandbox", "is a service of its own; leave --endpoint out")
	}
	if err := mobile3.CheckEndpoint(o.endpoint); err != nil {
		wrong("endpoint", err.Error())
	}
	if c.Command.Name == "run" {
		problems = append(problems, o.readRunOptions(c)...)
	}
	if err := errors.Join(problems...); err != nil {
		return o, usageError{err}
	}
	if c.Command.Name == "plan" {
		return o, o.planPaths().distinct(o)
	}
	return o, checkPaths(o)
}

// readRunOptions reads what plan does not have.
func (o *options) readRunOptions(c *cli.Context) (problems []error) {
	wrong := func(flag, want string) { problems = append(problems, fmt.Errorf("--%s: %s", flag, want)) }
	switch b := mobile3.Body(c.String("body")); b {
	case mobile3.Form, mobile3.JSON, mobile3.Query:
		o.body = b
	default:
		wrong("body", "form, json or query")
	}
	switch strings.ToLower(c.String("output-encoding")) {
	case "", "utf-8", "utf8":
	case "gb18030", "gbk":
		o.outputEncoding = writer.GB18030
	default:
		wrong("output-encoding", "utf-8 or gb18030")
	}
	switch c.String("log-format") {
	case "json":
		o.jsonLog = true
	case "text", "":
	default:
		wrong("log-format", "text or json")
	}
	if host := endpointHost(o.endpoint); !o.sandbox && !knownHost(host) && !strings.EqualFold(c.String("trust-host"), host) {
		wrong("endpoint", fmt.Sprintf("%s is none of the service's hosts (*%s), and personal data would go there; if that is meant, add --trust-host %s", host, serviceHosts, host))
	}
	if proxy := c.String("proxy"); proxy != "" {
		o.proxy = mobile3.NewSecret(proxy)
		if err := mobile3.CheckProxy(proxy, o.endpoint); err != nil {
			wrong("proxy", err.Error())
		} else if o.sandbox {
			wrong("proxy", "the sandbox is on this machine; leave it out")
		} else if strings.Contains(proxy, "@") && os.Getenv("MOBILE3_PROXY") != proxy {
			wrong("proxy", "its password can be read by others who list processes; set MOBILE3_PROXY instead")
		}
	}
	if o.timeout <= 0 {
		wrong("timeout", "a duration such as 40s")
	}
	if c.IsSet("workers") && (o.workers < 1 || o.workers > 4096) {
		wrong("workers", "from 1 to 4096")
	}
	if o.workers == 0 {
		o.workers = defaultWorkers(o.rate)
	}
	if c.IsSet("max-calls") {
		if o.maxCalls = c.Int64("max-calls"); o.maxCalls < 0 {
			wrong("max-calls", "a number of calls, 0 for none")
		}
	}
	for _, most := range []struct {
		flag   string
		amount *yuan
	}{{"daily-max-cost", &o.dailyMax}, {"confirm-above", &o.confirmAbove}} {
		if !c.IsSet(most.flag) {
			continue
		}
		var err error
		if *most.amount, err = parseYuan(c.String(most.flag)); err != nil {
			wrong(most.flag, err.Error())
		} else if o.price <= 0 {
			wrong(most.flag, "needs a --price above 0")
		}
	}
	if s := c.String("max-cost"); c.IsSet("max-cost") {
		cost, err := parseYuan(s)
		if err != nil {
			wrong("max-cost", err.Error())
		} else if o.price <= 0 {
			wrong("max-cost", "needs a --price above 0")
		} else if n := int64(cost / o.price); o.maxCalls < 0 || n < o.maxCalls {
			o.maxCalls = n
		}
	}
	return problems
}

// serviceHosts end like this.
const serviceHosts = ".market.alicloudapi.com"

func endpointHost(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// knownHost: the service's own, or this machine. An endpoint that can't be read is
// refused elsewhere.
func knownHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || host == "localhost" || strings.HasSuffix(host, serviceHosts) || ip != nil && ip.IsLoopback()
}

// service is whose answers these are: a checkpoint belongs to one.
func (o options) service() string {
	if o.sandbox {
		return "sandbox"
	}
	return o.endpoint
}

// defaultWorkers lets a service that takes a second to answer still be asked
// at the full rate.
func defaultWorkers(rate float64) int {
	if rate == 0 {
		return 64
	}
	return min(max(1, int(math.Ceil(rate))), maxWorkers)
}

// window is how many rows may stand between reading and writing: more than
// come by while the slowest answer is waited for.
func (o *options) window() int {
	const least, most = 4096, 65536
	if o.rate == 0 {
		return 4 * least
	}
	return min(max(least, 2*int(o.rate*o.timeout.Seconds())), most)
}

func columnFlags(flags []string) (map[string]string, error) {
	columns := make(map[string]string)
	for _, f := range flags {
		field, header, ok := strings.Cut(f, "=")
		if !ok || header == "" || field != "name" && field != "mobile" && field != "idCard" {
			return nil, errors.New("name=HEADER, mobile=HEADER or idCard=HEADER")
		}
		if columns[field] != "" {
			return nil, fmt.Errorf("%s was given twice", field)
		}
		columns[field] = header
	}
	return columns, nil
}
