package cli

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
)

func resolveCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "resolve",
		Usage:     "record whether calls in doubt were charged · 登记存疑调用是否计费",
		UsageText: "mobile3batch resolve people.xlsx.checkpoint 4f1c09ab77e2=unbilled 90aa3c517d04=billed",
		Description: `For people in doubt whom you looked up in the provider's usage log, by the time
at which they were sent. References stand in the sheet's note and in status.

  REF=unbilled   the call is not in the log: the next run asks this person
  REF=billed     the call was charged and its answer is lost: the row shows
                 unusable, and is sent again only by run --in-doubt resend

Somebody who was sent twice has two calls in doubt: name each, REF/482913=billed,
as status shows them. The number is the call's own: purge and verify --repair
keep it. References from earlier versions have another form (REF/12) and are refused:
status lists today's. What you found is kept as a record of its own;
no verdict can be entered, and nothing that stands in the checkpoint is changed.
No call is made. A finding that is wrong costs money: unbilled, for a call that
was charged, has that person paid for twice.`,
		ArgsUsage: "CHECKPOINT REF=unbilled|billed …",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "key-file", Usage: "the checkpoint's key `FILE`, if it has one"},
			&cli.BoolFlag{Name: "yes", Usage: "answer every question with yes"},
			priceFlag(),
		},
		Action: func(c *cli.Context) error {
			price, err := parseYuan(c.String("price"))
			if err != nil {
				return usageError{fmt.Errorf("--price: %w", err)}
			}
			if c.NArg() < 2 {
				return usageError{fmt.Errorf("which checkpoint, and what was found? Example: %s", c.Command.UsageText)}
			}
			findings, err := parseFindings(c.Args().Tail())
			if err != nil {
				return err
			}
			r := resolution{path: c.Args().First(), keyFile: c.String("key-file"), findings: findings, price: price,
				talk: newTalker(s, options{yes: c.Bool("yes")}), streams: s}
			return r.run(s.Out)
		},
	}
}

// finding is what a person read in the provider's usage log.
type finding struct {
	ref    string // of the person
	number int    // of the call; 0: all that are open
	billed bool
}

func (f finding) class() string {
	if f.billed {
		return checkpoint.FoundBilled
	}
	return checkpoint.FoundUnbilled
}

func parseFindings(args []string) (list []finding, err error) {
	for _, arg := range args {
		name, what, _ := strings.Cut(arg, "=")
		ref, number, numbered := strings.Cut(name, "/")
		f := finding{ref: strings.ToLower(ref), billed: what == "billed"}
		if numbered {
			n, err := strconv.Atoi(number)
			if err != nil || n <= 0 || strconv.Itoa(n) != number {
				return nil, usageError{fmt.Errorf("%s: write the call's number behind /, as status shows it", arg)}
			}
			f.number = n
		}
		if len(f.ref) != 12 || strings.Trim(f.ref, "0123456789abcdef") != "" || (what != "billed" && what != "unbilled") {
			return nil, usageError{fmt.Errorf("%s: want REF=unbilled or REF=billed, with a reference of 12 digits and letters a to f as in the sheet's note", arg)}
		}
		list = append(list, f)
	}
	return list, nil
}

// resolution is one command on its way.
type resolution struct {
	path, keyFile string
	findings      []finding
	price         yuan
	talk          *talker
	streams       Streams
}

// settled is a finding about one call.
type settled struct {
	checkpoint.Doubt
	finding
}

func (r resolution) run(out io.Writer) error {
	var log *checkpoint.Log
	err := inHand{r.path, r.keyFile, r.talk, r.streams}.open(func(o checkpoint.Options) (err error) {
		log, err = checkpoint.Open(r.path, o)
		return err
	})
	if err != nil {
		return err
	}
	calls, err := match(r.findings, log)
	if err != nil {
		return errors.Join(refusedError{err}, log.Close())
	}
	return errors.Join(r.record(out, log, calls), log.Close())
}

// match finds the calls that the findings are about. One that fits none, or
// could fit another, refuses them all: nothing is recorded by halves.
func match(findings []finding, log *checkpoint.Log) (calls []settled, err error) {
	taken := make(map[checkpoint.Attempt]bool)
	for _, f := range findings {
		var mine []checkpoint.Doubt
		people := make(map[checkpoint.Key]bool)
		for d := range log.InDoubt() {
			if d.Key.Ref() == f.ref && (f.number == 0 || d.Number == f.number) {
				mine = append(mine, d)
				people[d.Key] = true
			}
		}
		switch {
		case len(mine) == 0 && f.number != 0:
			return nil, fmt.Errorf("%s: no such call is in doubt here. References from earlier versions have another form, such as %s/12; status lists today's. Nothing was recorded", f.name(), f.ref)
		case len(mine) == 0:
			return nil, fmt.Errorf("%s: no such call is in doubt here; status lists them. Nothing was recorded", f.name())
		case len(mine) > 1 && f.number != 0:
			return nil, fmt.Errorf("%s: %d calls in doubt share this number by chance, and it names neither of them. Nothing was recorded", f.name(), len(mine))
		case len(people) > 1:
			return nil, fmt.Errorf("%s: two people share this reference; name each call, %s/NUMBER, as status shows it. Nothing was recorded", f.name(), f.ref)
		case len(mine) > 1 && f.billed:
			return nil, fmt.Errorf("%s: %d calls about this person are in doubt; say of each whether it was charged, %s/%d=… and %s/%d=…. Nothing was recorded",
				f.name(), len(mine), f.ref, mine[0].Number, f.ref, mine[1].Number)
		}
		for _, d := range mine {
			if taken[d.Attempt] {
				return nil, fmt.Errorf("%s: named twice. Nothing was recorded", f.name())
			}
			taken[d.Attempt] = true
			calls = append(calls, settled{d, f})
		}
	}
	return calls, nil
}

func (f finding) name() string {
	if f.number == 0 {
		return f.ref
	}
	return fmt.Sprintf("%s/%d", f.ref, f.number)
}

func (r resolution) record(out io.Writer, log *checkpoint.Log, calls []settled) error {
	start := checkpoint.Run{BatchStart: r.streams.now(), Program: version(), Normaliser: person.Normalisers[0].Version, Options: "resolve"}
	if err := log.StartRun(start); err != nil {
		return err
	}
	counts := map[string]int64{}
	for _, c := range calls {
		if err := log.Void(c.Key, c.Attempt, c.class()); err != nil {
			return err
		}
		counts[c.class()]++
	}
	if err := log.EndRun(checkpoint.RunEnd{Why: "resolved", Counts: counts}); err != nil {
		return err
	}
	unbilled, billed := counts[checkpoint.FoundUnbilled], counts[checkpoint.FoundBilled]
	_, err := fmt.Fprintf(out, "recorded 已登记: unbilled 未计费 %d, billed 已计费 %d %s\n", unbilled, billed, r.price.times(billed))
	if unbilled > 0 && err == nil {
		_, err = fmt.Fprintf(out, "the next run asks again, at most 下次运行会再次询问，最多 %s\n", r.price.times(unbilled))
	}
	return err
}
