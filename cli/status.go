package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/writer"
)

const (
	mostRuns   = 20
	mostDoubts = 100
)

func statusCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "what a checkpoint holds: counts, money, in doubt, runs · 查看检查点",
		UsageText: "mobile3batch status people.xlsx.checkpoint",
		Description: `Reads a checkpoint without locking or changing it, also while a run is using it.
People in doubt are named by the reference that stands in the sheet's note.`,
		ArgsUsage: "CHECKPOINT",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "key-file", Usage: "check that `FILE` is the checkpoint's key file; counts need none"},
			&cli.BoolFlag{Name: "json", Usage: "for programs: the same as one JSON object"},
			&cli.StringFlag{Name: "details", Usage: "list every call that may have been charged, with time, seqNo and request id, in `FILE`.csv or .xlsx: for a dispute"},
			&cli.BoolFlag{Name: "force", Usage: "replace a --details FILE that is there already"},
			priceFlag(),
		},
		Action: func(c *cli.Context) error {
			path, err := oneInput(c, "CHECKPOINT")
			if err != nil {
				return err
			}
			price, err := parseYuan(c.String("price"))
			if err != nil {
				return usageError{fmt.Errorf("--price: %w", err)}
			}
			return inspection{
				path: path, keyFile: c.String("key-file"), details: c.String("details"),
				json: c.Bool("json"), force: c.Bool("force"), price: price, now: s.now(), whole: s.whole(),
			}.run(s.Out)
		},
	}
}

// inspection is one status command.
type inspection struct {
	path, keyFile, details string
	json, force            bool
	price                  yuan
	now                    time.Time
	whole                  writer.Options
}

func (i inspection) run(out io.Writer) error {
	if err := checkOutputs([]role{{"CHECKPOINT", i.path, read}, {"--key-file", i.keyFile, read}, {"--details", i.details, sheet}}); err != nil {
		return err
	}
	var secret []byte
	if i.keyFile != "" {
		var err error
		if secret, err = checkpoint.ReadKeyFile(i.keyFile); err != nil {
			return refusedError{err}
		}
	}
	log, err := checkpoint.View(i.path, checkpoint.ViewOptions{Secret: secret, AnyKey: true})
	if err != nil {
		return err
	}
	defer log.Close()
	if i.details != "" {
		if err := i.writeDetails(log); err != nil {
			return err
		}
	}
	if i.json {
		return i.printJSON(out, log)
	}
	return printStatus(out, i.path, log, i.price)
}

func printStatus(out io.Writer, path string, log *checkpoint.Reader, price yuan) error {
	n := log.Counts()
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(label string, value any) { fmt.Fprintf(tab, "%s\t%v\n", label, value) }
	row("checkpoint 检查点", path)
	row("service 服务", log.Service())
	row("created 创建", log.Created().In(china).Format(time.RFC3339))
	peopleRows(row, n)
	row("calls begun 发起", n.Begins)
	row("  surely free 未计费", n.Voids-n.Resent-n.Found)
	row("  billed by the 2xx rule 按 2xx 计费", fmt.Sprintf("%d  %s", n.Billed, price.times(int64(n.Billed))))
	row("  isFee=1", n.Fee)
	if n.Found > 0 {
		row("  found billed, answer lost 核对为已计费", fmt.Sprintf("%d  %s", n.Found, price.times(int64(n.Found))))
	}
	doubts := unclear(n)
	row("  unknown 未知", fmt.Sprintf("%d  at most 最多 %s", doubts, price.times(doubts)))
	if gone := forgottenIn(log.Runs()); gone.people > 0 {
		row("forgotten by purges 已遗忘", fmt.Sprintf("%d people, no longer counted above: %d calls, %d billed %s, isFee=1 %d", gone.people, gone.calls, gone.billed, price.times(gone.billed), gone.fee))
	}
	if lost := int64(log.Lost()); lost > 0 {
		row("calls lost in damage 损坏中丢失", fmt.Sprintf("%d  as many people may be paid for twice, at most 可能被重复付费，最多 %s", lost, price.times(lost)))
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	printRuns(out, log.Runs(), price)
	return printDoubts(out, log, price)
}

// forgotten is what purges have taken, of people whose keys are gone.
type forgotten struct{ people, calls, billed, fee int64 }

func forgottenIn(runs []checkpoint.Run) (sum forgotten) {
	for _, r := range runs {
		if r.End == nil {
			continue
		}
		c := r.End.Counts
		sum.people += c[checkpoint.PurgedPeople]
		sum.calls += c[checkpoint.PurgedCalls]
		sum.billed += c[checkpoint.PurgedBilled]
		sum.fee += c[checkpoint.PurgedFee]
	}
	return sum
}

// unclear is how many calls may have been charged, nobody knows.
func unclear(n checkpoint.Counts) int64 { return int64(n.Begins - n.Settles - n.Voids + n.Resent) }

func printRuns(out io.Writer, runs []checkpoint.Run, price yuan) {
	if len(runs) == 0 {
		return
	}
	fmt.Fprintf(out, "\nruns 运行 (%d)\n", len(runs))
	if len(runs) > mostRuns {
		runs = runs[len(runs)-mostRuns:]
	}
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "  #\tstarted\tended\trows\tcalls\tbilled\tisFee\tin doubt\tsaved\tcost\tend")
	for _, r := range runs {
		start := r.At.In(china).Format(time.DateTime)
		if r.End == nil {
			fmt.Fprintf(tab, "  %d\t%s\t-\t-\t-\t-\t-\t-\t-\t-\tno end recorded (running, or crashed)\n", r.Number, start)
			continue
		}
		c := r.End.Counts
		fmt.Fprintf(tab, "  %d\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", r.Number, start, r.End.At.In(china).Format(time.DateTime),
			c["rows"], c["calls"], c["billed"], c["isFee"], c["doubts"], c["known"]+c["duplicates"], price.times(c["billed"]), r.End.Why)
	}
	tab.Flush()
}

// printDoubts lists calls that were begun and never answered, by the reference that stands in the sheet.
func printDoubts(out io.Writer, log *checkpoint.Reader, price yuan) error {
	calls := make(map[checkpoint.Key]int)
	total := 0
	for d := range log.InDoubt() {
		calls[d.Key]++
		total++
	}
	if total == 0 {
		return nil
	}
	fmt.Fprintf(out, "\nin doubt 存疑: %d calls about %d people, sent and never answered; at most 最多 %s\n", total, len(calls), price.times(int64(total)))
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "  reference 参考号\tsent 发送时间\tmay have cost 可能费用\tto go on 处理")
	printed := 0
	for d := range log.InDoubt() {
		if printed++; printed > mostDoubts {
			continue
		}
		todo := "resend or resolve"
		if e, err := log.Lookup(d.Key); err != nil {
			return err
		} else if calls[d.Key] > 1 || e.Wasted > 0 {
			todo = "resolve" // sent again before
		}
		fmt.Fprintf(tab, "  %s/%d\t%s\t%s\t%s\n", d.Key.Ref(), d.Number, d.Since.In(china).Format(time.RFC3339), price, todo)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	if printed > mostDoubts {
		fmt.Fprintf(out, "  … and %d more\n", printed-mostDoubts)
	}
	_, err := fmt.Fprintln(out, `Look them up in the provider's usage log by the time they were sent. Then
  mobile3batch resolve CHECKPOINT REF=unbilled|billed   records what you found 登记核对结果
  mobile3batch run INPUT --in-doubt resend              sends them once more, says the price first 重发一次`)
	return err
}
