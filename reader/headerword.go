package reader

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// headerWords end the headers of most lists, in their folded form. They tell a header from a person, where no column has
// the name of a field, and what may be quoted.
var headerWords = strings.Fields(`
	姓名 名字 名称 客户 顾客 用户 会员 人员 员工 学生 患者 业主 手机 电话 联系 方式 联络 号码 编号 序号 工号 学号 单号 卡号 账号 证件 证号 证
	身份证 城市 省份 地区 区域 地址 住址 性别 年龄 生日 日期 时间 金额 余额 备注 说明 状态 类型 类别 等级 部门 单位 公司 机构 门店 职务 岗位
	邮箱 电邮 渠道 产品 结果 来源 数量 批次 经办人 联系人 负责人 业务员
	name mobile phone telephone card number address customer client contact certificate city province gender birthday date amount
	remark remarks note notes status type email department company channel product result source`)

// shortWords are headers only as a whole.
var shortWords = []string{"no", "no.", "id", "tel", "cell", "age", "sex", "cert"}

// isHeaderWord: the text names a column, and is nobody's data.
func isHeaderWord(text string) bool {
	folded := foldHeader(text)
	if n := utf8.RuneCountInString(folded); n == 0 || n > 16 || strings.ContainsFunc(folded, unicode.IsDigit) {
		return false
	}
	for _, names := range headerNames {
		if slices.Contains(names.exact, folded) || slices.Contains(names.aliases, folded) {
			return true
		}
	}
	return slices.Contains(shortWords, folded) ||
		slices.ContainsFunc(headerWords, func(word string) bool { return strings.HasSuffix(folded, word) })
}

// surely: the row is a header and no person of whom something is missing. Two columns must be named by it, and a word
// that stands below them, too, names nothing: it is what the column holds.
func (r headerRow) surely(below []headerRow) bool {
	words := 0
	for i, t := range r.texts {
		if maskedNumber(t) {
			return false
		}
		again := func(b headerRow) bool { return i < len(b.texts) && b.texts[i] == t }
		if isHeaderWord(t) && !slices.ContainsFunc(below, again) {
			words++
		}
	}
	return words >= 2
}

// maskedNumber: a mobile or ID number of which some digits are hidden.
func maskedNumber(text string) bool {
	digits := 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits >= 4 && strings.Contains(text, "*")
}

// placeholders stand where somebody's data are missing.
var placeholders = []string{"无", "暂无", "没有", "不详", "未知", "空", "待补", "待定", "待填", "待确认", "-", "--", "—", "——", "/", "\\", "n/a", "na", "null", "none"}

// doubtful: the row, named by nobody and with columns that were given by their letters, may as well be a person of whom
// something is missing.
func (r headerRow) doubtful(o Options) bool {
	return slices.ContainsFunc(r.texts, func(t string) bool {
		_, like := o.looks(t)
		return like || maskedNumber(t) || slices.Contains(placeholders, strings.ToLower(strings.TrimSpace(t)))
	})
}

// unsure asks which of the two it is.
func (r headerRow) unsure(below []headerRow, o Options) error {
	return &Error{Row: r.line, Problem: "this row may be the header or a person's, it can't be told",
		Do: "give --header-row with its number if it is the header, --header-row 0 if the list has none, and the columns, such as " + suggestion(below, o)}
}
