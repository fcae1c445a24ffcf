package person

import (
	"strings"
	"unicode/utf8"
)

// Looks says which of the three columns a cell's text looks like it belongs to,
// to tell a header from data and to guess at columns. For mobile and idCard it
// is sure; for a name it is a hint: a common surname and two to four characters
// that are no usual header.
func Looks(text string) (Column, bool) {
	s := v1Narrow(text)
	if c, ok := looksNumber(s); ok {
		return c, true
	}
	if looksCommonName(s) {
		return Name, true
	}
	return Name, false
}

// looksNumber knows a mobile by its 11 digits, with or without separators and
// +86, and an ID number by its province and birth date, whatever its check digit.
func looksNumber(s string) (Column, bool) {
	if len(s) < 11 || len(s) > 32 {
		return Name, false
	}
	if v1PlainMobile(s) {
		return Mobile, true
	}
	if looksIDCard(s) {
		return IDCard, true
	}
	var p v1
	bare, _ := p.countryCode(p.mobileSeparators(s))
	if v1PlainMobile(bare) {
		return Mobile, true
	}
	return Name, false
}

func looksIDCard(s string) bool {
	body := strings.TrimRight(s, "Xx")
	if !v1Digits(body) || len(s)-len(body) > 1 {
		return false
	}
	switch {
	case len(s) == 18 && s[0] == '9':
		return v1CheckCharacter(s) == strings.ToUpper(s[17:])[0]
	case len(s) == 18, len(s) == 17 && len(body) == 17:
		return v1Province(s[:2]) && v1Birth(s[6:14])
	case len(s) == 15 && len(body) == 15:
		return v1Province(s[:2]) && v1Birth("19"+s[6:12])
	}
	return false
}

// v1LooksName: a cell of a number's column that holds a Chinese name.
func v1LooksName(s string) bool {
	han := 0
	for _, r := range s {
		if r != v1Dot && !v1Han(r) {
			return false
		}
		han++
	}
	return han >= 2
}

func looksCommonName(s string) bool {
	n := utf8.RuneCountInString(s)
	if n < 2 || n > 4 || !v1LooksName(s) || headerWords[s] || v1Placeholder(s) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(s)
	if strings.ContainsRune("号码址额费率价型", last) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune(surnames, first)
}

// surnames are the most common ones' first characters.
const surnames = "" +
	"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎" +
	"余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文" +
	"庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜" +
	"詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉" +
	"饶刁瞿戚丘古米池滕晋苑邬臧畅宫来苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜" +
	"鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙伏岑习胥保和蔺"

// headerWords begin with a surname and head a column.
var headerWords = set("" +
	"时间 时长 单位 单据 方式 方法 方向 程度 高度 温度 项目 成绩 成本 成交 计划 计数 " +
	"明细 常用 管理 房间 房产 应收 应付 任务 任职 路线 路径 向导 包装 包数 全部 全名 " +
	"全称 来源 来电 来访 文件 文化 车牌 车辆 易记 安排 商品 商户 商家 官网 官方 原因 " +
	"原名 连接 简称 简介 简历 关系 关联 关键字 关键词 费用 盖章 白条 乐器 保险 保单 台账 " +
	"银行 银行卡 都市 米数 施工 施工方 查询 查验 谈话 解释 强度 章节 游戏 卫生 阳台 阳历 " +
	"雷同 武器 万元 石油 江苏 江西 安徽 宁夏 党员 党派 党龄 边界 古籍 华南 华北 华东 " +
	"简体 花名 官职 冷链 原籍 和解 安全 明年 丁方 任期 程序 应聘 车间 车位 高校 高级 " +
	"向上 常住地 常住 时段 宗地 席位 单元 黄页 田亩 保管 ")

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
