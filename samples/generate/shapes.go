package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// text is a list as some program saves it: the same people, other bytes.
type text struct {
	lines    [][]string
	comma    string
	encoding encoding.Encoding // nil: UTF-8 without a mark
	lineEnd  string
}

func (t text) write(w io.Writer) error {
	var b strings.Builder
	for _, fields := range t.lines {
		b.WriteString(strings.Join(fields, t.comma))
		b.WriteString(t.lineEnd)
	}
	if t.encoding == nil {
		_, err := io.WriteString(w, b.String())
		return err
	}
	bytes, err := t.encoding.NewEncoder().Bytes([]byte(b.String()))
	if err != nil {
		return err
	}
	_, err = w.Write(bytes)
	return err
}

// shapeSamples are short lists, each in a shape that people really send.
func shapeSamples() []maker {
	ordinary := [][]string{{"编号", "姓名", "手机号", "身份证号"}}
	ordinary = append(ordinary, numbered(20260404, 8)...)
	made := func(name string, t text) maker { return maker{name, t.write} }
	return []maker{
		made("csv-semicolon.csv", text{lines: ordinary, comma: ";", lineEnd: "\r\n"}),
		made("csv-tab-utf16.csv", text{lines: ordinary, comma: "\t", lineEnd: "\r\n",
			encoding: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}),
		made("csv-utf16-no-mark.csv", text{lines: ordinary, comma: ",", lineEnd: "\n",
			encoding: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}),
		made("csv-pipe-bom.csv", text{lines: ordinary, comma: "|", lineEnd: "\n", encoding: unicode.UTF8BOM}),
		made("csv-from-excel.csv", text{lines: fromExcel(), comma: ",", lineEnd: "\r\n", encoding: simplifiedchinese.GB18030}),
		made("columns-english.csv", text{lines: english(), comma: ",", lineEnd: "\r\n"}),
		made("columns-by-content.csv", text{lines: byContent(), comma: ",", lineEnd: "\r\n"}),
		made("columns-no-header.csv", text{lines: numbered(20260407, 12), comma: ",", lineEnd: "\r\n"}),
		made("refused/two-mobiles.csv", text{lines: twoMobiles(), comma: ",", lineEnd: "\r\n"}),
		made("refused/swapped-headers.csv", text{lines: swappedHeaders(), comma: ",", lineEnd: "\r\n"}),
		made("refused/extra-field.csv", text{lines: extraField(), comma: ",", lineEnd: "\r\n"}),
		made("refused/web-page.xls", text{lines: webPage(), lineEnd: "\r\n"}),
	}
}

// numbered are rows of people under a running number.
func numbered(seed uint64, n int) (rows [][]string) {
	crowd := newCrowd(seed)
	for i := range n {
		h := crowd.person(i)
		rows = append(rows, []string{fmt.Sprint(i + 1), h.name, h.mobile, h.idCard})
	}
	return rows
}

// fromExcel: a title above, commas that pad every line to the width of the widest, numbers kept from becoming numbers in
// the ways that people know, an empty line, and empty lines at the end.
func fromExcel() [][]string {
	crowd := newCrowd(20260405)
	pad := func(cells ...string) []string { return append(cells, "", "") }
	rows := [][]string{pad("二〇二六年第一季度名单", "", "", ""), pad("", "", "", ""), pad("编号", "姓名", "手机号", "身份证号")}
	wrap := []func(string) string{
		func(s string) string { return `="` + s + `"` },
		func(s string) string { return "'" + s },
		func(s string) string { return "\t" + s },
		func(s string) string { return s },
	}
	for i := range 8 {
		h, as := crowd.person(i), wrap[i%len(wrap)]
		rows = append(rows, pad(fmt.Sprint(i+1), h.name, as(h.mobile), as(h.idCard)))
		if i == 4 {
			rows = append(rows, pad("", "", "", ""))
		}
	}
	return append(rows, pad("", "", "", ""), pad("", "", "", ""))
}

func english() [][]string {
	rows := [][]string{{"No.", "Full Name", "Phone Number", "ID No"}}
	return append(rows, numbered(20260406, 8)...)
}

// byContent has headers that name none of the three.
func byContent() [][]string {
	crowd := newCrowd(20260408)
	rows := [][]string{{"序号", "客户", "联系方式", "证件", "城市"}}
	for i := range 12 {
		h := crowd.person(i)
		rows = append(rows, []string{fmt.Sprint(i + 1), h.name, h.mobile, h.idCard, "北京"})
	}
	return rows
}

// twoMobiles: which of the two is meant nobody can tell.
func twoMobiles() [][]string {
	crowd := newCrowd(20260409)
	rows := [][]string{{"序号", "姓名", "联系方式一", "联系方式二", "身份证号"}}
	for i := range 8 {
		h, other := crowd.person(i), crowd.person(100+i)
		rows = append(rows, []string{fmt.Sprint(i + 1), h.name, h.mobile, other.mobile, h.idCard})
	}
	return rows
}

// swappedHeaders: every row below says otherwise than the header.
func swappedHeaders() [][]string {
	crowd := newCrowd(20260410)
	rows := [][]string{{"序号", "姓名", "手机号", "身份证号"}}
	for i := range 8 {
		h := crowd.person(i)
		rows = append(rows, []string{fmt.Sprint(i + 1), h.name, h.idCard, h.mobile})
	}
	return rows
}

// extraField: a comma inside of a field that has no quotes.
func extraField() [][]string {
	rows := [][]string{{"序号", "姓名", "手机号", "身份证号", "地址"}}
	for i, r := range numbered(20260411, 5) {
		r = append(r, "演示路"+r[0]+"号")
		if i == 2 {
			r = append(r, "二楼")
		}
		rows = append(rows, r)
	}
	return rows
}

// webPage is what many systems export under the name .xls.
func webPage() [][]string {
	var b bytes.Buffer
	b.WriteString("<html><head><meta charset=\"utf-8\"></head><body><table><tr><th>姓名</th><th>手机号</th><th>身份证号</th></tr>")
	for _, r := range numbered(20260412, 3) {
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>", r[1], r[2], r[3])
	}
	b.WriteString("</table></body></html>")
	return [][]string{{b.String()}}
}
