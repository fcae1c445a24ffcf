package cli

import (
	"errors"

	"mobile3batch/writer"
)

// strangeResult: whoever has only the page can't name another file.
var strangeResult = text{
	"这份名单的结果表已损坏，或被别的程序改过，程序认不出它。继续会用新的结果替换它；还有用的话，请先下载保存。要替换它吗？",
	"The result sheet of this list is damaged, or another program has changed it, so it is not recognised. Continuing replaces it with a new one: download it first if you need it. Replace it?",
}

// agreeToReplace does for the page what guardOutput does for a command line: it asks before a result is replaced that is not
// ours, or whose answers stand nowhere else.
func (b *batch) agreeToReplace(out earlier, gone bool) error {
	switch {
	case out.there && !out.ours:
		return b.talk.ask(zh, strangeResult)
	case out.answers && gone && !b.newCheckpoint:
		if err := b.talk.ask(zh, b.forgottenQuestion()); err != nil {
			return err
		}
		b.newCheckpoint = true // what was agreed to is asked no second time
	}
	return nil
}

// forgottenQuestion: people were forgotten, which is what a purge is for, and the result is the last that knows of them.
func (b *batch) forgottenQuestion() text {
	if b.maxCalls == 0 {
		return text{
			"已付费记录里没有任何人了（可能已被清除），而这份名单以前的结果里有应答。继续不会花钱，但以前的结果会被替换，其中的应答不再保留；需要的话，请先下载保存。要替换以前的结果吗？",
			"The record of what was paid knows nobody any more (people may have been purged), and the earlier results of this list hold answers. Going on costs nothing, but replaces these results, and their answers are not kept: download them first if you need them. Replace them?",
		}
	}
	return text{
		"已付费记录里没有任何人了（可能已被清除），而这份名单以前的结果里有应答。继续会为这些人重复付费，最多 %s，并替换以前的结果；需要的话，请先下载保存。要重复付费吗？",
		"The record of what was paid knows nobody any more (people may have been purged), and the earlier results of this list hold answers. Going on pays for these people again, at most %s, and replaces these results: download them first if you need them. Pay again?",
	}.with(b.price.times(b.maxCalls))
}

// resultBlocked is for whoever has only the page, and chose none of these names.
var resultBlocked = text{
	"数据文件夹中，放结果的位置被别的东西占用了：那里不是普通文件，或与程序要用的文件是同一个。没有发起核验，也没有替换任何文件。请联系管理员检查数据文件夹，然后继续。",
	"The place for results in the data folder is taken: what is there is not an ordinary file, or is a file that the program needs. No call was made and no file was replaced. Have the data folder checked, then resume.",
}

// refusesOutput: see checkOutputs, whose errors name flags and paths.
func refusesOutput(err error) bool {
	var strange *writer.NotOrdinaryError
	var clash clashError
	var spent spentError
	var kept *writer.HeldOpenError
	if errors.As(err, &spent) || errors.As(err, &kept) { // it came in the way during the run
		return false
	}
	return errors.As(err, &strange) || errors.As(err, &clash) || errors.Is(err, errOverCheckpoint)
}
