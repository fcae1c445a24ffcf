package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/writer"
)

const (
	mostPlaces = 100 // bad places that are printed
	mostSpans  = 20  // rows of numbers in one line
)

func verifyCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "is a checkpoint sound, and what can be saved of a damaged one · 检验与修复检查点",
		UsageText: "mobile3batch verify people.xlsx.checkpoint",
		Description: `Checks every byte of a checkpoint without locking or changing it, also while a
run is using it, and looks for sound records behind damage. Exit 0: sound (an
unfinished end, as a crash leaves one, is sound); exit 3: damaged.

  mobile3batch verify people.xlsx.checkpoint --repair
                                 write what is left to a new checkpoint

Calls of which nothing is left are unknown, and their people would be paid for
again: --repair says how many, and a run with the new checkpoint asks first. A
backup is better only if nobody was asked since it was made: it knows none of
them. The damaged file is never changed, no file replaced.`,
		ArgsUsage: "CHECKPOINT",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "repair", Usage: "write what is left of a damaged checkpoint to a new one"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, DefaultText: "CHECKPOINT.repaired", Usage: "the new checkpoint, `FILE`; with --repair"},
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
			if !c.Bool("repair") {
				if c.IsSet("output") {
					return usageError{errors.New("--output: only --repair writes a file")}
				}
				return verify(s, path, price)
			}
			out := c.String("output")
			if out == "" {
				out = path + ".repaired"
			}
			return repair(s, path, out, price)
		},
	}
}

func verify(s Streams, path string, price yuan) error {
	r, err := checkpoint.Verify(path, checkpoint.ViewOptions{AnyKey: true, FS: s.disks.checkpoint})
	if err != nil {
		return err
	}
	if err := printReport(s.Out, r, price); err != nil {
		return err
	}
	return r.Err()
}

func repair(s Streams, path, out string, price yuan) error {
	if err := writer.Replaceable(out); err != nil {
		return usageError{fmt.Errorf("--output %w", err)}
	}
	r, err := checkpoint.Repair(path, out, checkpoint.Options{FS: s.disks.checkpoint})
	if errors.Is(err, fs.ErrExist) {
		return refusedError{err}
	}
	if r.Path != "" && (err == nil || r.Headless) {
		err = errors.Join(printReport(s.Out, r, price), err)
	}
	if err != nil {
		return err
	}
	if r.Sound() {
		_, err := fmt.Fprintln(s.Out, "\nnothing to repair 无需修复")
		return err
	}
	fmt.Fprintf(s.Out, "\nrepaired 已修复: %s\n", out)
	if lost := r.Lost + r.Missing.Lost(); lost > 0 {
		fmt.Fprintf(s.Out, "  up to %d people may be paid for twice, at most %s; a run asks first 最多 %d 人可能被重复付费，运行前会询问\n",
			lost, price.times(int64(lost)), lost)
	}
	fmt.Fprintf(s.Out, "  go on 继续: mobile3batch run INPUT --checkpoint %s\n", out)
	_, err = fmt.Fprintf(s.Out, "  or put it in the place of %s yourself, which was not changed 或自行替换原文件（原文件未改动）\n", path)
	return err
}

var recordWords = map[string]string{
	"begin": "发起", "settle": "应答", "void": "作废", "run start": "运行开始", "run end": "运行结束", "copy": "副本", "repair": "修复",
}

func printReport(out io.Writer, r checkpoint.Report, price yuan) error {
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(label string, value any) { fmt.Fprintf(tab, "%s\t%v\n", label, value) }
	row("checkpoint 检查点", r.Path)
	if r.Headless {
		row("header 文件头", "damaged, the secret is not certain: it can't be repaired, restore a backup; people asked since are paid for again 已损坏，无法修复，请恢复备份；备份之后核验过的人会被重复付费")
	} else {
		row("format 格式", r.Format)
		row("service 服务", r.Service)
		row("created 创建", r.Created.In(china).Format(time.RFC3339))
	}
	records := 0
	for _, t := range r.Records {
		records += t.Count
	}
	row("bytes 字节", r.Bytes)
	row("commits 提交", r.Commits)
	row("sound records 完好记录", records)
	for _, t := range r.Records {
		if t.Count > 0 {
			row("  "+t.Type+" "+recordWords[t.Type], t.Count)
		}
	}
	peopleRows(row, r.Counts)
	row("calls begun 发起", r.Counts.Begins)
	row("  settled 已应答", r.Counts.Settles)
	row("  voided 已作废", r.Counts.Voids)
	row("runs 运行", len(r.Runs))
	if r.Lost > 0 {
		row("calls lost before 以往丢失的调用", r.Lost)
	}
	if r.Tail > 0 {
		row("unfinished end 未写完的结尾", fmt.Sprintf("%d bytes: normal after a crash, or while a run is writing 崩溃后或运行中属正常", r.Tail))
	}
	if r.Sound() {
		row("verdict 结论", "sound 完好")
		return tab.Flush()
	}
	row("verdict 结论", "damaged 已损坏; people and calls above: as a repair would keep them 以上人数与调用为修复后所保留")
	if err := tab.Flush(); err != nil {
		return err
	}
	printFaults(out, r.Faults)
	return printMissing(out, r.Missing, price)
}

func peopleRows(row func(string, any), n checkpoint.Counts) {
	row("people 人数", n.Results[0]+n.Results[1]+n.Results[2]+n.Results[3]+n.Erased+n.InDoubt)
	row("  match 一致", n.Results[1])
	row("  mismatch 不一致", n.Results[2])
	row("  no_record 无记录", n.Results[3])
	row("  unusable 应答异常", n.Results[0])
	if n.Erased > 0 {
		row("  answer purged 应答已清除", n.Erased)
	}
	row("  in_doubt 存疑", n.InDoubt)
}

func printFaults(out io.Writer, faults []checkpoint.Fault) {
	fmt.Fprintf(out, "\ndamage 损坏 (%d)\n", len(faults))
	for i, f := range faults {
		if i == mostPlaces {
			fmt.Fprintf(out, "  … and %d more\n", len(faults)-mostPlaces)
			break
		}
		fmt.Fprintf(out, "  at byte %d, %d bytes: %s; %d sound records behind it\n", f.Offset, f.Length, f.Reason, f.Behind)
	}
}

// printMissing says what damage took, and what it may cost.
func printMissing(out io.Writer, m checkpoint.Missing, price yuan) error {
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(n int, label, what string) {
		if n > 0 {
			fmt.Fprintf(tab, "  %s\t%s\n", label, what)
		}
	}
	fmt.Fprintln(tab, "\nmissing 缺失")
	row(int(m.Bytes), "bytes 字节", fmt.Sprint(m.Bytes))
	lost := m.Lost()
	row(lost, "calls of unknown people 对象不明的调用", fmt.Sprintf("at most 最多 %d  %s", lost, price.times(int64(lost))))
	row(len(m.Calls), "  calls number 编号", spans(m.Calls))
	row(m.Beyond, "  behind the newest one that is left 其后", fmt.Sprintf("up to %d", m.Beyond))
	row(m.Open, "begun before the damage, no answer 损坏前已发起、未见应答", fmt.Sprintf("%d  in doubt 存疑", m.Open))
	row(m.Begins, "begin lost, but not the answer 缺发起、有应答", fmt.Sprintf("%d  kept 保留", m.Begins))
	row(m.Free, "begin lost, certainly free 缺发起、未计费", fmt.Sprintf("%d  left out 略去", m.Free))
	row(m.Resent, "sent again, the newer answer lost 已重发、缺新应答", fmt.Sprintf("%d  in doubt 存疑", m.Resent))
	row(len(m.Runs), "runs 运行", spans(m.Runs))
	row(len(m.Ends), "ends of such runs, left out 其结束记录，略去", fmt.Sprint(len(m.Ends)))
	return tab.Flush()
}

func spans(list []checkpoint.Span) string {
	var parts []string
	for i, s := range list {
		if i == mostSpans {
			parts = append(parts, fmt.Sprintf("… and %d more places", len(list)-mostSpans))
			break
		}
		if s.First == s.Last {
			parts = append(parts, fmt.Sprint(s.First))
			continue
		}
		parts = append(parts, fmt.Sprintf("%d-%d", s.First, s.Last))
	}
	return strings.Join(parts, ", ")
}
