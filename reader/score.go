package reader

import (
	"sync"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// The characters that name people and columns most, in both writings. They weigh more than others when an encoding is judged.
const (
	simplified = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文" +
		"伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂玉萍红华建国志海云飞鹏宇浩婷雪梅琳晨佳欣怡子涵梓轩俊雨辰思嘉颖慧玲峰斌波辉鑫燕春凤莉丹宁晶莹瑞琪博凯旭东健康永安福德生荣庆祥新民家成义光天仁清庭" +
		"姓名手机号码身份证件联系电话客户用户真实编序备注性别年龄出生日期地址部门公司单位省市区县状态核验结果男女员工本人住户银行卡"
	traditional = "王李張劉陳楊趙黃周吳徐孫胡朱高林何郭馬羅梁宋鄭謝韓唐馮于董蕭程曹袁鄧許傅沈曾彭呂蘇盧蔣蔡賈丁魏薛葉閻余潘杜戴夏鐘汪田任姜范方石姚譚廖鄒熊金陸郝孔白崔康毛邱秦江史顧侯邵孟龍萬段雷錢湯尹黎易常武喬賀賴龔文" +
		"偉芳娜秀英敏靜麗強磊軍洋勇艷傑娟濤明超蘭霞平剛桂玉萍紅華建國志海雲飛鵬宇浩婷雪梅琳晨佳欣怡子涵梓軒俊雨辰思嘉穎慧玲峰斌波輝鑫燕春鳳莉丹寧晶瑩瑞琪博凱旭東健康永安福德生榮慶祥新民家成義光天仁清庭淑美惠" +
		"姓名手機號碼身份證件聯繫電話客戶用戶真實編序備註性別年齡出生日期地址部門公司單位省市區縣狀態核驗結果男女員工本人住戶銀行卡"
)

var commonCodes = sync.OnceValue(func() (c struct{ gb, big5 map[uint16]bool }) {
	gb, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(simplified))
	big5, _ := traditionalchinese.Big5.NewEncoder().Bytes([]byte(traditional))
	c.gb, c.big5 = codes(gb), codes(big5)
	return c
})

func codes(b []byte) map[uint16]bool {
	m := map[uint16]bool{}
	for i := 0; i+1 < len(b); i += 2 {
		m[uint16(b[i])<<8|uint16(b[i+1])] = true
	}
	return m
}

// weight says how well one character fits a list of people, in points.
type weight int

const (
	common   weight = 6  // of the characters above
	usual    weight = 2  // the zone of characters in daily use
	seldom   weight = 0  // rarer ones
	unlikely weight = -2 // zones that names hardly ever use
	nonsense weight = -8 // no character at all
)

// tally is the sum over a sample.
type tally struct {
	points, characters, nonsense int
}

func (t *tally) add(w weight) {
	t.points += int(w)
	t.characters++
	if w == nonsense {
		t.nonsense++
	}
}

// mean is the weight of one character, in hundredths.
func (t tally) mean() int {
	if t.characters == 0 {
		return 0
	}
	return 100 * t.points / t.characters
}

// judge decides between UTF-8, GB18030 and what is refused, for content without NUL and without a mark.
func (s *survey) judge() (encoding, bool, error) {
	if s.invalid == 0 && (s.narrow == 0 || s.wide > 0) {
		return utf8With(s, 0), false, nil
	}
	gb := scoreGB(s.sample)
	if s.invalid == 0 {
		if gb.mean() >= 100*int(usual) { // short text in GBK can be valid UTF-8, but then of Latin, Greek or Arabic letters
			return gb18030(0), true, nil
		}
		return utf8With(s, 0), false, nil
	}
	if s.wide > s.invalid { // UTF-8 with damage: another encoding does not hit its pattern this often
		return utf8With(s, 0), true, nil
	}
	big5 := scoreBig5(s.sample)
	switch {
	case big5.mean() > gb.mean()+50 && big5.nonsense == 0:
		return encoding{}, false, &Error{Problem: "the text looks like Big5", Do: doEncoding}
	case gb.nonsense*10 > gb.characters, gb.mean() < 0, s.wide*4 > s.invalid && gb.mean() < 100*int(usual):
		return encoding{}, false, &Error{Problem: "the encoding can't be told: it is not UTF-8, and as GB18030 it makes no sense", Do: doEncoding}
	}
	return gb18030(0), true, nil
}

func scoreGB(b []byte) (t tally) {
	table := commonCodes().gb
	for len(b) > 0 {
		n := gbLength(b)
		if n == 0 {
			n = len(b)
			t.add(nonsense)
		}
		switch {
		case n == 1 && b[0] < 0x80:
		case n == 1:
			t.add(nonsense)
		case n == 2:
			t.add(weighGB(b[0], b[1], table))
		case n == 4:
			t.add(usual) // nothing but GB18030 has digits there
		}
		b = b[n:]
	}
	return t
}

func weighGB(lead, trail byte, table map[uint16]bool) weight {
	switch {
	case table[uint16(lead)<<8|uint16(trail)]:
		return common
	case lead == 0xA1, lead == 0xA3: // punctuation and full-width letters
		if trail >= 0xA1 {
			return usual
		}
		return nonsense
	case lead >= 0xB0 && lead <= 0xD7 && trail >= 0xA1:
		if lead == 0xD7 && trail >= 0xFA {
			return nonsense
		}
		return usual
	case lead >= 0xD8 && lead <= 0xF7 && trail >= 0xA1:
		return seldom
	case lead >= 0xA2 && lead <= 0xA9 && trail >= 0xA1:
		return unlikely
	case lead >= 0xAA && lead <= 0xAF && trail >= 0xA1, lead >= 0xF8 && trail >= 0xA1, lead >= 0xA1 && lead <= 0xA7 && trail < 0xA1:
		return nonsense // for private use
	}
	return unlikely // the characters that GBK added
}

func scoreBig5(b []byte) (t tally) {
	table := commonCodes().big5
	for len(b) > 0 {
		if b[0] < 0x80 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[0] == 0x80 || b[0] == 0xFF {
			t.add(nonsense)
			b = b[1:]
			continue
		}
		lead, trail := b[0], b[1]
		valid := 0x40 <= trail && trail <= 0x7E || 0xA1 <= trail && trail <= 0xFE
		switch {
		case !valid:
			t.add(nonsense)
			b = b[1:]
			continue
		case table[uint16(lead)<<8|uint16(trail)]:
			t.add(common)
		case lead >= 0xA4 && lead <= 0xC6, lead == 0xA1:
			t.add(usual)
		case lead >= 0xC9 && lead <= 0xF9:
			t.add(seldom)
		case lead == 0xA2, lead == 0xA3:
			t.add(unlikely)
		default:
			t.add(nonsense)
		}
		b = b[2:]
	}
	return t
}
