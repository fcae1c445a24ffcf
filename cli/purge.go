package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
)

func purgeCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "purge",
		Usage:     "erase old answers from a checkpoint · 清除过期应答",
		UsageText: "mobile3batch purge ledger.checkpoint --before 2026-01-01",
		Description: `Erases what the service answered before a day (+08:00). Whom it was about stays
known by a keyed digest, so nobody is paid for again by themselves: their rows
show unusable and say so, until a run with --max-age pays for a new answer. When
they were asked, and whether it was charged, stays too.

  mobile3batch purge ledger.checkpoint --before 2026-01-01 --forget-keys
                                 forget people of whom nothing newer is known:
                                 a list that names them again pays again

Says first what it takes and what that may cost. Nobody in doubt is forgotten:
resolve them first. Sheets, backups and what the disk keeps of deleted files are
beyond its reach. To erase everything, delete the checkpoint.`,
		ArgsUsage: "CHECKPOINT",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "before", Usage: "answers given before this `DAY`, as 2026-01-31; at the latest today"},
			&cli.BoolFlag{Name: "forget-keys", Usage: "also forget people of whom nothing newer is known: they may be paid for again"},
			&cli.StringFlag{Name: "key-file", Usage: "the checkpoint's key `FILE`, if it has one"},
			&cli.BoolFlag{Name: "yes", Usage: "answer every question with yes"},
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
			before, err := parseDay(c.String("before"), s.now())
			if err != nil {
				return usageError{fmt.Errorf("--before: %w", err)}
			}
			talk := newTalker(s, options{yes: c.Bool("yes")})
			p := purge{inHand{path, c.String("key-file"), talk, s}, before, c.Bool("forget-keys"), price}
			return p.run(s.Out)
		},
	}
}

// parseDay reads a day, and returns when it begins in China. Today's calls stay
// whatever happens: caps count them.
func parseDay(s string, now time.Time) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, s, china)
	if err != nil {
		return day, errors.New("a day such as 2026-01-31")
	}
	if day.After(now) {
		return day, fmt.Errorf("a day up to today, %s", now.In(china).Format(time.DateOnly))
	}
	return day, nil
}

type purge struct {
	inHand
	before time.Time
	forget bool
	price  yuan
}

func (p purge) run(out io.Writer) error {
	what := checkpoint.PurgeOptions{Before: p.before, Forget: p.forget, Run: checkpoint.Run{
		Program: version(), Normaliser: person.Normalisers[0].Version, Options: p.recorded(),
	}}
	var purged checkpoint.Purged
	agreed := false
	err := p.open(func(o checkpoint.Options) (err error) {
		purged, err = checkpoint.Purge(p.path, what, o, func(n checkpoint.Purged) error {
			agreed = true
			return p.talk.ask(zh, text{p.question(n), ""})
		})
		return err
	})
	if err != nil {
		return err
	}
	if !agreed {
		_, err := fmt.Fprintf(out, "nothing to purge before %s 没有可清除的内容\n", p.before.Format(time.DateOnly))
		return err
	}
	_, err = fmt.Fprintf(out, "purged 已清除: answers 应答 %d, people forgotten 遗忘 %d\n", purged.Answers, purged.Forgotten)
	if purged.Kept > 0 && err == nil {
		_, err = fmt.Fprintf(out, "kept, since in doubt 存疑保留: %d; see status, then resolve\n", purged.Kept)
	}
	return err
}

func (p purge) recorded() string {
	s := "purge before=" + p.before.Format(time.DateOnly)
	if p.forget {
		s += " forget-keys"
	}
	return s
}

// question is asked in both languages: which one is wanted is not known here.
func (p purge) question(n checkpoint.Purged) string {
	day := p.before.Format(time.DateOnly)
	zh := fmt.Sprintf("将从 %s 清除 %s 之前的 %d 条应答，涉及 %d 人的最新应答；他们不会自动重新核验。", p.path, day, n.Answers, n.People)
	en := fmt.Sprintf("%d answers given before %s are erased from %s, the newest ones of %d people among them, who are not asked again by themselves.", n.Answers, day, p.path, n.People)
	if n.Forgotten > 0 {
		cost := p.price.times(int64(n.Forgotten))
		zh += fmt.Sprintf("另将遗忘 %d 人：名单再次出现他们时会重新付费，最多 %s。", n.Forgotten, cost)
		en += fmt.Sprintf(" %d people are forgotten: a list that names them again pays for them again, at most %s.", n.Forgotten, cost)
	}
	return zh + "此操作不可撤销，要继续吗？\n" + en + " This can't be undone. Go on?"
}
