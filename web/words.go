package web

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

// fieldWords are the three columns that the service needs, in its own order.
var fieldWords = []struct {
	field string
	words Words
}{
	{"name", Words{"姓名", "Name"}},
	{"mobile", Words{"手机号", "Mobile"}},
	{"idCard", Words{"身份证号", "ID card"}},
}
