package web

import "strings"

// states are the words for where a batch stands.
var states = map[State]Words{
	Checking: {"正在检查", "checking"},
	Refused:  {"不能使用", "refused"},
	Checked:  {"待开始", "ready to start"},
	Waiting:  {"排队中", "waiting"},
	Running:  {"核验中", "running"},
	Pausing:  {"正在暂停", "pausing"},
	Paused:   {"已暂停", "paused"},
	Asking:   {"等待答复", "needs an answer"},
	Failed:   {"已中断", "broken off"},
	Finished: {"已完成", "finished"},
	Stopped:  {"已停止", "stopped"},
}

// statuses are a row's, in the order in which they are shown.
var statuses = []struct {
	name  string
	words Words
}{
	{"match", Words{"一致", "match"}},
	{"mismatch", Words{"不一致", "mismatch"}},
	{"no_record", Words{"无记录", "no record"}},
	{"invalid", Words{"信息有误", "invalid"}},
	{"rejected", Words{"接口拒绝", "rejected"}},
	{"unusable", Words{"应答异常", "unusable"}},
	{"in_doubt", Words{"存疑", "in doubt"}},
	{"pending", Words{"未核验", "not yet checked"}},
}

func statusWord(lang, name string) string {
	for _, s := range statuses {
		if s.name == name {
			return s.words.in(lang)
		}
	}
	return name
}

// sources are where an answer comes from, and carriers who runs the number, as the service and the sheet name them.
var (
	sources = map[string]Words{
		"api": {"本次核验", "this check"}, "checkpoint": {"以前核验过", "checked before"}, "duplicate": {"与另一行同一人", "another row's"},
	}
	carriers = map[string]Words{
		"cmcc": {"中国移动", "China Mobile"}, "cucc": {"中国联通", "China Unicom"}, "ctcc": {"中国电信", "China Telecom"}, "gdcc": {"中国广电", "China Broadnet"},
	}
)

// wordIn says a word of a table, and one that is not in it as it is.
func wordIn(table map[string]Words, lang, word string) string {
	if w, ok := table[strings.ToLower(strings.TrimPrefix(word, "sandbox:"))]; ok {
		return w.in(lang)
	}
	return word
}

// fieldWords are the three columns that the service needs, in its own order.
var fieldWords = []struct {
	field string
	words Words
}{
	{"name", Words{"姓名", "Name"}},
	{"mobile", Words{"手机号", "Mobile"}},
	{"idCard", Words{"身份证号", "ID card"}},
}
