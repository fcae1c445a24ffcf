package reader

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	textencoding "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// Characters of names: common ones, most of which score.go knows too, and rare ones, which it does not.
const (
	surnames    = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边净阴闫晁亓仉"
	given       = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂玉萍红华建国志海云飞鹏宇浩婷雪梅琳晨佳欣怡子涵梓轩俊雨辰思嘉颖慧玲峰斌波辉鑫燕春凤莉丹宁晶莹瑞琪博凯旭东健康永安福德生荣庆祥新民家成义光天仁清庭沐泽睿哲翰皓煜航毅骏炎彬硕锐冠霖逸昊然懿若诗妍舒曼岚薇璐倩茜茹菲蓉蕾芸苑馨澜淼潇溪湘滢漫泓淳沛润渊澄灏烁烨焕炜炫煊熙"
	rareLetters = "喆昇堃淏犇骉焱燚垚羴麤彧翀翊旻昺炅琰璟珺珩瑀祎禛頔鑾浛澍濛懋懿媛嫣婳娉婵嬛婧妤孑孓龑龘䶮㛃㜣㙍㼆𠅤𡈼𣱿𬭎𬬻𫖮𬴂鿍鿎镕珉翃曌垕劼囡彣鋆奡焓昦昉晞晟"
)

var encodings = map[string]struct {
	mark  string
	codec textencoding.Encoding
	want  string
}{
	"utf-8":            {"", textencoding.Nop, "utf-8"},
	"utf-8 with mark":  {"\xEF\xBB\xBF", textencoding.Nop, "utf-8"},
	"gb18030":          {"", simplifiedchinese.GB18030, "gb18030"},
	"utf-16le":         {"", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"},
	"utf-16be":         {"", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be"},
	"utf-16le with it": {"\xFF\xFE", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"},
	"utf-16be with it": {"\xFE\xFF", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be"},
}

func pick(r *rand.Rand, from string) string {
	all := []rune(from)
	return string(all[r.IntN(len(all))])
}

// shortFile makes a list of one to five people. A third of the names hold a rare character.
func shortFile(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString([]string{"姓名,手机号,身份证号\n", "name,mobile,idCard\n", "客户姓名,联系电话,证件号码\r\n"}[r.IntN(3)])
	for range 1 + r.IntN(5) {
		name := pick(r, surnames) + pick(r, given)
		if r.IntN(3) == 0 {
			name = pick(r, surnames) + pick(r, rareLetters)
		}
		if r.IntN(2) == 0 {
			name += pick(r, given)
		}
		if r.IntN(20) == 0 {
			name = "买买提·" + name
		}
		fmt.Fprintf(&b, "%s,154%08d,11010519491231%04d\n", name, r.IntN(100_000_000), r.IntN(10_000))
	}
	return b.String()
}

// TestEncodings writes a thousand short lists in each encoding and expects what was written, or a refusal.
func TestEncodings(t *testing.T) {
	const files = 1000
	for name, e := range encodings {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			right, refusals := 0, 0
			for range files {
				text := shortFile(r)
				b, err := e.codec.NewEncoder().Bytes([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				content := bytes.NewReader(append([]byte(e.mark), b...))
				got, _, err := detect(content, "")
				switch {
				case err != nil:
					refusals++
				case got.name == e.want && got.mark == int64(len(e.mark)):
					right++
				default:
					t.Logf("%q is taken for %s", text, got.name)
				}
			}
			t.Logf("%d right, %d refused, %d wrong of %d", right, refusals, files-right-refusals, files)
			if right*1000 < files*995 {
				t.Errorf("%d right, %d refused, %d wrong of %d", right, refusals, files-right-refusals, files)
			}
		})
	}
}

// TestUnknownNames has names of any characters in GB2312, and no header that would help.
func TestUnknownNames(t *testing.T) {
	const files = 2000
	r := rand.New(rand.NewPCG(3, 4))
	var right, refusals int
	for range files {
		b := []byte("name,mobile,idCard\n")
		for range 1 + r.IntN(3) {
			for range 2 + r.IntN(2) {
				lead := 0xB0 + r.IntN(0xD6-0xB0)
				if r.IntN(4) == 0 {
					lead = 0xD8 + r.IntN(0xF7-0xD8)
				}
				b = append(b, byte(lead), byte(0xA1+r.IntN(94)))
			}
			b = fmt.Appendf(b, ",154%08d,x\n", r.IntN(100_000_000))
		}
		got, _, err := detect(bytes.NewReader(b), "")
		switch {
		case err != nil:
			refusals++
		case got.name == "gb18030":
			right++
		}
	}
	t.Logf("%d right, %d refused, %d wrong of %d", right, refusals, files-right-refusals, files)
	if wrong := files - right - refusals; wrong*200 > files || right*100 < files*90 {
		t.Errorf("%d right, %d refused, %d wrong of %d", right, refusals, wrong, files)
	}
}

// TestDecoding reads whole files, so that the text is compared too.
func TestDecoding(t *testing.T) {
	text := "姓名,手机号,身份证号\n阿依·买买提,15400000001,11010519491231002X\n喆䶮𠮷鿍,154,x\n张三\n"
	want := "2:t=阿依·买买提|t=15400000001|t=11010519491231002X\n3:t=喆䶮𠮷鿍|t=154|t=x\n4:t=张三||\n"
	for name, e := range encodings {
		b, err := e.codec.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		path := put(t, "a.csv", append([]byte(e.mark), b...))
		for _, given := range []string{"", "auto", e.want} {
			table, rows, err := readAll(path, Options{Encoding: given})
			if err != nil || show(rows) != want || table.Encoding() != e.want {
				t.Errorf("%s as %q: %q %v", name, given, show(rows), err)
			}
		}
	}
	b, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("name,mobile,idCard\n张三,1,2\n"))
	if _, rows, err := readAll(put(t, "a.csv", b), Options{Encoding: "GBK"}); err != nil || show(rows) != "2:t=张三|t=1|t=2\n" {
		t.Errorf("gbk: %q %v", show(rows), err)
	}
}

// TestRareTwoByteCharacters decodes the fourteen that the library gives up on.
func TestRareTwoByteCharacters(t *testing.T) {
	if len(rareNames) != 14 {
		t.Fatalf("%d characters", len(rareNames))
	}
	for trail, want := range rareNames {
		encoded, err := simplifiedchinese.GB18030.NewEncoder().String(string(want))
		if form := fourBytes(want); err != nil || encoded != string(form[:]) {
			t.Errorf("FE%02X: four bytes %x, the encoder has %x", trail, form, encoded)
		}
		gbk := append([]byte("name,mobile,idCard\n\xD5\xC5"), 0xFE, trail)
		gbk = append(gbk, ",154,\xB1\xB8\xD7\xA2\n"...)
		_, rows, err := readAll(put(t, "a.csv", gbk), Options{})
		if err != nil || show(rows) != fmt.Sprintf("2:t=张%c|t=154|t=备注\n", want) {
			t.Errorf("FE%02X: %q %v, want %c", trail, show(rows), err, want)
		}
	}
	// The same bytes across two characters are not touched, and a buffer's end between two bytes does not matter.
	for pad := range 8 {
		text := strings.Repeat("x", 4096-4+pad) + "\xD5\xFE\x51a" + "\xFE\x51" + "\x81\x30\x81\xFE"
		got, err := (&textencoding.Decoder{Transformer: newGB18030()}).Bytes([]byte(text))
		if err != nil || !strings.HasSuffix(string(got), "x政Qa𠂇\uFFFD0侢") {
			t.Errorf("%d: %q %v", pad, got[4080:], err)
		}
	}
}

func TestRefusedEncodings(t *testing.T) {
	for name, c := range map[string]struct {
		codec textencoding.Encoding
		text  string
		words []string
	}{
		"big5":      {traditionalchinese.Big5, "姓名,手機號,身份證號\n陳淑美,0912345678,A123456789\n", []string{"Big5", "save it as UTF-8", "--input-encoding"}},
		"big5 rows": {traditionalchinese.Big5, "name,mobile,idCard\n陳志豪,1,2\n林美惠,1,2\n", []string{"Big5"}},
		"shift-jis": {japanese.ShiftJIS, "name,mobile,idCard\nサトウ,1,2\n", []string{"encoding can't be told"}},
		"latin":     {charmap.Windows1252, "name,mobile,idCard\nJosé,1,2\n", []string{"encoding can't be told"}},
	} {
		b, err := c.codec.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(put(t, "a.csv", b), Options{})
		if err == nil {
			t.Errorf("%s is not refused", name)
			continue
		}
		refused(t, err, c.words...)
	}
}

// TestDamagedUTF8 must not take a file for GB18030 because of one broken byte: every name would be wrong.
func TestDamagedUTF8(t *testing.T) {
	table, rows, err := readAll(put(t, "a.csv", []byte("姓名,手机号,身份证号\n张\xE4\xB8三,1,2\n李四,3,4\n")), Options{})
	if err != nil || table.Encoding() != "utf-8" || show(rows) != "2:t=张\uFFFD\uFFFD三|t=1|t=2\n3:t=李四|t=3|t=4\n" && show(rows) != "2:t=张\uFFFD三|t=1|t=2\n3:t=李四|t=3|t=4\n" {
		t.Errorf("%q %v", show(rows), err)
	}
	for cut := range 3 { // a file that breaks off inside of a character
		text := "姓名,手机号,身份证号\n李四,3,4\n张三"
		_, rows, err := readAll(put(t, "a.csv", []byte(text[:len(text)-cut])), Options{})
		if err != nil || len(rows) != 2 || cut > 0 != strings.ContainsRune(rows[1].Cells[0].Text, utf8.RuneError) {
			t.Errorf("%d: %q %v", cut, show(rows), err)
		}
	}
}

func TestUTF16Edges(t *testing.T) {
	odd := []byte(wide(csvHeader+"a,b,c\n") + "x")
	_, rows, err := readAll(put(t, "a.csv", append([]byte("\xFF\xFE"), odd...)), Options{})
	if err != nil || len(rows) != 2 || rows[1].Cells[0].Text != "\uFFFD" {
		t.Errorf("odd length: %q %v", show(rows), err)
	}
	_, err = Open(put(t, "a.csv", []byte("name,mo\x00bile,idCard\n")), Options{})
	refused(t, err, "row 1, column B", "NUL")
	_, err = Open(put(t, "a.csv", []byte("张三")), Options{Encoding: "utf-16"})
	refused(t, err, "utf-16le or utf-16be")
}
