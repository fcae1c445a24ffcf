package cli

import (
	"fmt"
	"os"
	"path/filepath"
)

// What a run writes, generously: so many bytes for a call in the checkpoint, and
// for a row's nine cells in the sheet. While a workbook is written, its rows also
// stand in the scratch folder beside it.
const (
	bytesPerCall   = 320
	bytesPerAnswer = 240
	bytesAtLeast   = 64 << 10
)

// fullError: what a run is going to write finds no room. Nothing was spent.
type fullError struct {
	path       string
	need, free int64
}

func (e *fullError) Error() string {
	return fmt.Sprintf("%s: the disk has room for %s, and this run needs about %s for checkpoint and sheet: make room, then run the same command again; nothing was spent",
		e.path, bytesText(e.free), bytesText(e.need))
}

// bytesText gives the number to the byte, and for people.
func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d bytes (%.1f MiB)", n, float64(n)/(1<<20))
}

// room refuses a run whose checkpoint or sheet would not fit on the disk, before
// anything is paid for. It is an estimate: what fills the disk later ends the
// run, too, and costs no answer.
func (b *batch) room() error {
	free := b.streams.seams.freeSpace
	if free == nil {
		free = freeSpace
	}
	checkpointDir, sheetDir := filepath.Dir(b.paths.checkpoint), filepath.Dir(b.paths.output)
	needs := map[string]int64{checkpointDir: bytesAtLeast + b.likely()*bytesPerCall}
	sheet := b.survey.Rows * bytesPerAnswer
	if info, err := os.Stat(b.paths.input); err == nil {
		sheet += 2 * info.Size()
	}
	if sameFile(checkpointDir, sheetDir) {
		sheetDir = checkpointDir
	}
	needs[sheetDir] += sheet
	for dir, need := range needs {
		left, err := free(dir)
		if err != nil {
			continue // what can't be told is noticed when it is written
		}
		if left < need {
			path := b.paths.checkpoint
			if dir != checkpointDir {
				path = b.paths.output
			}
			return &fullError{path, need, left}
		}
	}
	return nil
}
