package main

import (
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// dirtyRow is a row as people really send it. A cell is a string (text), a
// float64 (number), a bool, a time.Time, an excelize.Cell or nil (empty).
type dirtyRow struct {
	name, mobile, idCard any
	note                 string
}

var dirtyHeader = []string{"序号", "客户姓名", "联系电话", "身份证号码", "登记日期", "说明"}

// noSavedValue is a formula that no spreadsheet program has calculated yet.
var noSavedValue = excelize.Cell{Formula: `CONCATENATE("1540000","0001")`}

// dirtyRows: some good rows, every change that is made silently or with a word,
// and every reason to refuse a row, once each.
func dirtyRows() []dirtyRow {
	crowd := newCrowd(20260303)
	next := 0
	fresh := func() human { next++; return crowd.person(next) }
	name := func(cell any, note string) dirtyRow {
		h := fresh()
		return dirtyRow{cell, h.mobile, h.idCard, note}
	}
	mobile := func(cell any, note string) dirtyRow {
		h := fresh()
		return dirtyRow{h.name, cell, h.idCard, note}
	}
	id := func(cell any, note string) dirtyRow {
		h := fresh()
		return dirtyRow{h.name, h.mobile, cell, note}
	}
	good := func(note string) dirtyRow {
		h := fresh()
		return dirtyRow{h.name, h.mobile, h.idCard, note}
	}
	born := time.Date(1990, 3, 7, 0, 0, 0, 0, time.UTC)
	foreign := checked("91130019900307001")
	swapped, latin := fresh(), fresh()

	return []dirtyRow{
		good("正常"),
		good("正常"),
		name("古丽娜尔·阿不都", "正常：带间隔号"),
		mobile(15400138001.0, "正常：手机号是数字单元格"),

		name("张 三\u3000丰", "可修正：姓名里有空格"),
		name("买买提•艾力", "可修正：间隔号不标准"),
		name("扎西.次仁", "提醒：用句点当间隔号"),
		name("马\uE863", "可修正：旧系统自造字"),
		name("\u2F45明", "可修正：从 PDF 复制的部首字形"),
		name("王\U00020BB7", "提醒：生僻字"),
		name("王女士", "提醒：像是称呼"),
		mobile("+86 154-0013-8002", "可修正：国际区号、空格和短横"),
		mobile("１５４００１３８００３", "可修正：全角数字"),
		mobile("'15400138004", "可修正：前面多了单引号"),
		mobile(float64(rewritten), "可修正：数字以科学计数法存储"),
		mobile("17000000001", "提醒：虚拟运营商"),
		id("11010519491231002x", "可修正：小写 x"),
		id(`="440524188001010014"`, "可修正：公式式引号"),
		id(checked("81000019900307001"), "提醒：港澳居民居住证"),
		{"ANNA LEE", latin.mobile, foreign, "提醒：外国人永久居留证，字母姓名"},

		{nil, nil, nil, "空行（三项都没填）"},
		mobile(nil, "手机号没填"),
		name("测试", "占位内容"),
		mobile("154****8005", "已脱敏"),
		name("张\uFFFD", "乱码"),
		mobile("李四", "手机号列填了姓名"),
		{swapped.name, swapped.idCard, swapped.mobile, "手机号与身份证号填反"},
		name(born, "姓名单元格是日期"),
		name(true, "姓名单元格是 TRUE"),
		name("#N/A", "姓名单元格是公式错误"),
		mobile(noSavedValue, "手机号是没有结果的公式"),
		name(42.0, "姓名单元格是数字"),
		mobile("11111111111", "凑数的号码"),
		mobile("1.54E+10", "手机号变成科学计数法文本"),
		name("张三2", "姓名里有数字"),
		name("张\uE000", "姓名里有本地字库的自造字"),
		name("张三（大）", "姓名里有括号"),
		name("Zhang San", "字母姓名，但不是外国人证件"),
		name("张三·", "间隔号在末尾"),
		name("张", "只有一个字"),
		name(longName(), "姓名过长"),
		mobile("1540013800", "手机号少一位"),
		mobile("154001380011", "手机号多一位"),
		mobile("1440012345678", "物联网卡号"),
		mobile("010-00000000", "座机"),
		mobile("+852 0000 0000", "境外号码"),
		mobile("15400138006/15400138007", "一格两个号码"),
		mobile("1540013800a", "手机号里有字母"),
		mobile("12400138001", "不是手机号段"),
		mobile(15400000000.0, "手机号被取整"),
		id("1101051949123100", "身份证号 16 位"),
		id("110105491231002", "15 位旧身份证号"),
		id("11010519491231002", "末位 X 丢失"),
		id("110105-19491231-002X", "身份证号里有短横"),
		id(checked("16010519491231002"), "省级代码不存在"),
		id(checked("11010520000230001"), "出生日期不存在"),
		id("110105194912310021", "校验位不对"),
		id("110105194912310000", "末位被取整（文本）"),
		id(110105194912310000.0, "身份证号存成了数字"),
		id("H12345678", "港澳居民来往内地通行证"),
		id("E12345678", "护照"),
		id("USA110019900307", "旧版外国人永久居留证"),

		good("正常"),
		good("正常：最后一行"),
	}
}

// rewritten is put into the sheet in scientific notation, see asOthersWrite.
const rewritten = 15400138009

func checked(body string) string { return body + string(checkCharacter(body)) }

func longName() string {
	runes := make([]rune, 51)
	for i := range runes {
		runes[i] = given[i%len(given)]
	}
	return string(runes)
}

func dirtyBook(w io.Writer) error {
	b, err := newBook("登记表", []float64{8, 22, 26, 26, 14, 36}, 2)
	if err != nil {
		return err
	}
	defer b.file.Close()
	if err := b.add("客户信息登记表（演示数据，人员均为虚构）"); err != nil {
		return err
	}
	if err := b.addHeader(dirtyHeader...); err != nil {
		return err
	}
	for i, r := range dirtyRows() {
		day := b.asDate(time.Date(2025, 1, 1+i, 0, 0, 0, 0, time.UTC))
		if err := b.add(i+1, b.dirtyCell(r.name), b.dirtyCell(r.mobile), b.dirtyCell(r.idCard), day, r.note); err != nil {
			return err
		}
		if i == 30 { // an empty line in the middle of the sheet
			if err := b.add(); err != nil {
				return err
			}
		}
	}
	if err := b.sheet.Flush(); err != nil {
		return err
	}
	content, err := b.bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

func (b *book) dirtyCell(cell any) any {
	if day, ok := cell.(time.Time); ok {
		return b.asDate(day)
	}
	return cell
}
