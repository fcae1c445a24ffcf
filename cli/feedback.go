package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mobile3batch/checkpoint"
	"mobile3batch/pipeline"
)

// A sheet of ours that was corrected and is given back as INPUT belongs to the
// checkpoint that it came from. With another one everybody in it would be paid
// for again, and those in doubt sent again.

// takeUpCheckpoint goes on with the checkpoint that stands beside such a sheet,
// NAME.EXT.checkpoint beside NAME.checked.EXT, unless another one was named or
// is in use.
func (b *batch) takeUpCheckpoint() {
	if _, ours := ownColumns(b.table.Header()); !ours || b.checkpoint != "" || b.newCheckpoint || !unused(b.paths.checkpoint) {
		return
	}
	if own := checkpointOf(b.input, b.mark()); own != "" {
		b.paths.checkpoint = own
		b.talk.say(fmt.Sprintf(b.lang.of(text{"这是本程序的结果表，沿用它的检查点 %s", "this is a sheet of this program: going on with its checkpoint %s"}), own))
	}
}

// checkpointOf finds the checkpoint from which the sheet at path came, "" if
// none is there, or more than one could be it.
func checkpointOf(path, mark string) (found string) {
	ext := filepath.Ext(path)
	name, ok := strings.CutSuffix(strings.TrimSuffix(path, ext), mark+".checked")
	if !ok {
		return ""
	}
	candidates, err := filepath.Glob(globLiteral(name) + ".*" + mark + ".checkpoint")
	if err != nil {
		return ""
	}
	for _, c := range candidates {
		input := strings.TrimPrefix(strings.TrimSuffix(c, mark+".checkpoint"), name)
		if strings.Count(input, ".") != 1 || strings.ContainsRune(input, os.PathSeparator) || unused(c) {
			continue // not NAME.EXT.checkpoint, or of no use
		}
		if v, err := checkpoint.View(c, checkpoint.ViewOptions{AnyKey: true}); err != nil || found != "" {
			return ""
		} else if err := v.Close(); err != nil {
			return ""
		}
		found = c
	}
	return found
}

// globLiteral keeps a path's own special characters from meaning something.
func globLiteral(path string) string {
	if os.PathSeparator == '\\' {
		return path // there an escape is not possible, and * and ? are in no name
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// feedback counts the rows of INPUT that hold an answer already, and those among
// them of whom the checkpoint knows nothing.
type feedback struct {
	at              columns
	ours            bool
	answered, novel int
}

func (s *batch) newFeedback() *feedback {
	f := &feedback{}
	f.at, f.ours = ownColumns(s.table.Header())
	return f
}

func (f *feedback) look(p pipeline.Planned) {
	if !f.ours || !asked(p.Row, f.at) || p.Plan == pipeline.PlanInvalid {
		return
	}
	f.answered++
	if (p.Plan == pipeline.PlanAsk || p.Plan == pipeline.PlanDuplicate) && p.Entry.State == checkpoint.New {
		f.novel++
	}
}

// refusal: most of the answers in INPUT are not of this checkpoint. Some may be
// new: somebody corrected a row that had been answered. A rehearsal costs nothing,
// but its sheet is as suspicious to a real run as any other.
func (f *feedback) refusal(b *batch) error {
	if 2*f.novel <= f.answered || b.newCheckpoint || b.sandbox {
		return nil
	}
	if b.page {
		b.fedBack = int64(f.novel)
		if b.talk.put == nil {
			return nil // it is said beside the price, and asked before anybody is paid for
		}
		return b.talk.ask(b.lang, fedBackQuestion(b.fedBack))
	}
	return refusedError{fmt.Errorf("%s holds answers about %d people of whom the checkpoint %s knows nothing: they would be paid for again. Name the checkpoint from which this sheet came with --checkpoint; if it came from a rehearsal, if all of them were corrected, or if they are to be paid for again, use --new-checkpoint",
		b.input, f.novel, b.paths.checkpoint)}
}

func fedBackQuestion(people int64) text {
	return text{
		"这是一张核验过的结果表，其中 %d 人已有结果，但已付费记录里没有他们。如果信息是您更正过的，可以继续；如果这张表来自另一台电脑或另一个数据文件夹，就会为他们重复付费。要为他们付费吗？",
		"This is a sheet of results. It holds answers about %d people whom the record of what was paid does not know. If you corrected their data, go on. If the sheet came from another computer or data folder, they are paid for again. Pay for them?",
	}.with(people)
}
