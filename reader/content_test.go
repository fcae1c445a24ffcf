package reader

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// crowd writes n rows of synthetic people: name, mobile, idCard.
func crowd(n int, row func(i int, name, mobile, idCard string) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(row(i, string([]rune("张李王")[i%3])+string(rune('一'+i)), fmt.Sprintf("154%08d", 7*i), fmt.Sprintf("1101051949%02d%02d%04d", 1+i%12, 1+i%28, i)) + "\n")
	}
	return b.String()
}

func plainRow(_ int, name, mobile, idCard string) string { return name + "," + mobile + "," + idCard }

var letters = map[string]string{"name": "A", "mobile": "B", "idCard": "C"}

func TestColumnsByContent(t *testing.T) {
	for _, c := range []struct {
		name, content string
		o             Options
		line, rows    int
		header        string
		at            [3]int
		by            [3]int
	}{
		{"headers that say nothing", "客户,联系方式,证件\n" + crowd(8, plainRow), Options{}, 1, 8, "客户 联系方式 证件", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
		{"one name is enough for one", "姓名,联系方式,证件\n" + crowd(8, plainRow), Options{}, 1, 8, "姓名 联系方式 证件", [3]int{0, 1, 2}, [3]int{ByName, ByContent, ByContent}},
		{"a title above", "二〇二六年名单,,\n客户,联系方式,证件\n" + crowd(8, plainRow), Options{}, 2, 8, "客户 联系方式 证件", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
		{"no header", crowd(8, plainRow), Options{}, 0, 8, "姓名 手机号 身份证号", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
		{"no header, more columns", crowd(8, func(i int, n, m, id string) string { return fmt.Sprintf("%d,%s,%s,,%s", i, id, n, m) }), Options{}, 0, 8, "列A 身份证号 姓名 列D 手机号", [3]int{2, 4, 1}, [3]int{ByContent, ByContent, ByContent}},
		{"no header, by letters", crowd(1, plainRow), Options{Columns: map[string]string{"name": "A", "mobile": "B", "idCard": "C"}}, 0, 1, "姓名 手机号 身份证号", [3]int{0, 1, 2}, [3]int{ByFlag, ByFlag, ByFlag}},
		{"another's number is none of ours", "姓名,联系方式,紧急联系人电话,身份证号\n" + crowd(8, func(_ int, n, m, id string) string { return n + "," + m + ",16400000001," + id }), Options{}, 1, 8, "姓名 联系方式 紧急联系人电话 身份证号", [3]int{0, 1, 3}, [3]int{ByName, ByContent, ByName}},
		{"some cells are bad", "姓名,联系方式,身份证号\n" + crowd(20, func(i int, n, m, id string) string {
			if i%10 == 3 {
				m = "无"
			}
			return n + "," + m + "," + id
		}), Options{}, 1, 20, "姓名 联系方式 身份证号", [3]int{0, 1, 2}, [3]int{ByName, ByContent, ByName}},
		{"flags settle a tie", "姓名,电话一,电话二,身份证号\n" + crowd(8, func(_ int, n, m, id string) string { return n + "," + m + ",16400000001," + id }), Options{Columns: map[string]string{"mobile": "C"}}, 1, 8, "姓名 电话一 电话二 身份证号", [3]int{0, 2, 3}, [3]int{ByName, ByFlag, ByName}},
		{"flags settle swapped headers", "姓名,手机号,身份证号\n" + crowd(8, func(_ int, n, m, id string) string { return n + "," + id + "," + m }), Options{Columns: map[string]string{"mobile": "C", "idCard": "B"}}, 1, 8, "姓名 手机号 身份证号", [3]int{0, 2, 1}, [3]int{ByName, ByFlag, ByFlag}},
		{"tabs", "客户\t联系方式\t证件\n" + strings.ReplaceAll(crowd(8, plainRow), ",", "\t"), Options{}, 1, 8, "客户 联系方式 证件", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
		{"said to have no header", "佘太君,无,待补\n" + crowd(12, plainRow), Options{NoHeader: true}, 0, 13, "姓名 手机号 身份证号", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
		{"said so, by letters", "佘太君,手机,待补\n" + crowd(1, plainRow), Options{NoHeader: true, Columns: letters}, 0, 2, "姓名 手机号 身份证号", [3]int{0, 1, 2}, [3]int{ByFlag, ByFlag, ByFlag}},
		{"said so, one by letter", "佘太君,无,待补,张三\n" + crowd(12, func(_ int, n, m, id string) string { return n + "," + m + "," + id + ",张四" }), Options{NoHeader: true, Columns: map[string]string{"name": "A"}}, 0, 13, "姓名 手机号 身份证号 列D", [3]int{0, 1, 2}, [3]int{ByFlag, ByContent, ByContent}},
		{"said so, by letters, and nobody is whole", "佘太君,无,待补\n张三,空,空\n", Options{NoHeader: true, Columns: letters}, 0, 2, "姓名 手机号 身份证号", [3]int{0, 1, 2}, [3]int{ByFlag, ByFlag, ByFlag}},
		{"said so, and it has one", "姓名,手机号,身份证号\n" + crowd(12, plainRow), Options{NoHeader: true}, 0, 13, "姓名 手机号 身份证号", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
		{"cities are no names", "客户,联系方式,证件,城市\n" + crowd(8, func(i int, n, m, id string) string { return n + "," + m + "," + id + ",城" + string(rune('一'+i)) }), Options{}, 1, 8, "客户 联系方式 证件 城市", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
		{"said to be a header", "佘太君,无,待补\n" + crowd(8, plainRow), Options{HeaderRow: 1}, 1, 8, "佘太君 无 待补", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
		{"whoever is above a header that was named", "张三,15400000001\n姓名,手机号,身份证号\n" + crowd(8, plainRow), Options{HeaderRow: 2}, 2, 8, "姓名 手机号 身份证号", [3]int{0, 1, 2}, [3]int{ByName, ByName, ByName}},
		{"the row that was named", "x,y,z\n客户,联系方式,证件\n" + crowd(8, plainRow), Options{HeaderRow: 2}, 2, 8, "客户 联系方式 证件", [3]int{0, 1, 2}, [3]int{ByContent, ByContent, ByContent}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Looks = looksLoosely
			table, rows, err := readAll(put(t, "a.csv", []byte(c.content)), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if table.HeaderLine() != c.line || len(rows) != c.rows || strings.Join(table.Header(), " ") != c.header {
				t.Errorf("header %q on line %d, %d rows", table.Header(), table.HeaderLine(), len(rows))
			}
			for i, choice := range table.Choices() {
				if choice.Field != fields[i] || choice.Column != c.at[i] || choice.By != c.by[i] || table.Column(fields[i]) != c.at[i] {
					t.Errorf("%+v, want column %d by %d", choice, c.at[i], c.by[i])
				}
				if choice.By == ByContent && (choice.Alike < fewestAlike || choice.Cells < choice.Alike) {
					t.Errorf("%+v", choice)
				}
			}
			if len(table.Choices()) != 3 {
				t.Errorf("%+v", table.Choices())
			}
			var noted []NoteCode
			for _, n := range table.Notes() {
				noted = append(noted, n.Code)
			}
			if (c.line == 0) != reflect.DeepEqual(noted, []NoteCode{NoHeader}) {
				t.Errorf("noted %v", noted)
			}
		})
	}
}

// looksLoosely takes any short Chinese text with a common surname for a name, as the real one does.
func looksLoosely(text string) (string, bool) {
	if like, ok := looks(text); ok {
		return like, true
	}
	if r := []rune(text); len(r) == 2 && strings.ContainsRune("张李王", r[0]) {
		return "name", true
	}
	return "", false
}

func TestWhatContentCannotTell(t *testing.T) {
	both := func(_ int, n, m, id string) string { return n + "," + m + ",16400000001," + id }
	for _, c := range []struct {
		name, content string
		o             Options
		words         []string
	}{
		{"two mobiles", "姓名,联系方式一,联系方式二,身份证号\n" + crowd(8, both), Options{}, []string{"mobile", "B (8/8)", "C (8/8)", "--column mobile=B"}},
		{"a few in another column", "姓名,联系方式,备注,身份证号\n" + crowd(8, func(i int, n, m, id string) string {
			note := ""
			if i%2 == 0 {
				note = "16400000001"
			}
			return n + "," + m + "," + note + "," + id
		}), Options{}, []string{"B (8/8)", "C (4/4)"}},
		{"a mixed column", "姓名,联系方式,身份证号\n" + crowd(10, func(i int, n, m, id string) string {
			if i%3 == 0 {
				m = "mail@example.com"
			}
			return n + "," + m + "," + id
		}), Options{}, []string{"no column is named mobile, and none plainly holds it"}},
		{"only another's", "姓名,紧急联系电话,身份证号\n" + crowd(8, plainRow), Options{}, []string{"no column is named mobile, and none plainly holds it"}},
		{"too few", "姓名,联系方式,身份证号\n" + crowd(2, plainRow), Options{}, []string{"none plainly holds it", "--column mobile=B"}},
		{"swapped headers", "姓名,手机号,身份证号\n" + crowd(8, func(_ int, n, m, id string) string { return n + "," + id + "," + m }), Options{}, []string{"row 1, column B", "the header says mobile, but 8 of the first 8 cells below look like idCard", "--column mobile=C --column idCard=B"}},
		{"swapped, found by content", "姓名,身份证号,联系\n" + crowd(8, func(_ int, n, m, id string) string { return n + "," + m + "," + id }), Options{}, []string{"the header says idCard", "look like mobile"}},
		{"a header with a person's mobile", "姓名,15400000001,证件\n" + crowd(8, plainRow), Options{}, []string{"no column found"}},
		{"a short row above", "名单,2026\n" + crowd(8, plainRow), Options{}, []string{"no column found"}},
		{"a person without numbers first", "佘太君,无,待补\n" + crowd(8, plainRow), Options{}, []string{"row 1", "can't be told", "--header-row 0"}},
		{"the same, by letters", "佘太君,无,待补\n" + crowd(8, plainRow), Options{Columns: letters}, []string{"row 1", "can't be told", "--header-row 0"}},
		{"masked numbers first", "佘太君,154****0001,1101**********002X,手机\n" + crowd(8, func(_ int, n, m, id string) string { return n + "," + m + "," + id + ",手机" }), Options{}, []string{"row 1", "can't be told"}},
		{"one word that stands below, too", "佘太君,无,手机,电话\n" + crowd(8, func(_ int, n, m, id string) string { return n + "," + m + "," + id + ",电话" }), Options{}, []string{"row 1", "can't be told"}},
		{"masked under two words", "姓名,手机号,1101**********002X\n" + crowd(8, plainRow), Options{}, []string{"row 1", "can't be told"}},
		{"half a person above", "张三,15400000001\n姓名,手机号,身份证号\n" + crowd(8, plainRow), Options{}, []string{"row 1, column B", "looks like a mobile"}},
		{"a parent's", "姓名,家长电话,身份证号\n" + crowd(8, plainRow), Options{}, []string{"none plainly holds it"}},
		{"a remark", "姓名,备注,身份证号\n" + crowd(8, plainRow), Options{}, []string{"none plainly holds it"}},
		{"a number of something else", "姓名,工号,身份证号\n" + crowd(8, plainRow), Options{}, []string{"none plainly holds it"}},
		{"one number for all", "姓名,联系方式,身份证号\n" + crowd(8, func(_ int, n, _, id string) string { return n + ",15400000007," + id }), Options{}, []string{"column B has the same few cells"}},
		{"mostly empty", "姓名,联系方式,身份证号\n" + crowd(10, func(i int, n, m, id string) string {
			if i > 3 {
				m = ""
			}
			return n + "," + m + "," + id
		}), Options{}, []string{"column B with cells like it is mostly empty"}},
		{"names that no table has, and a clerk's", crowd(8, func(i int, n, m, id string) string {
			return "阿不都" + string(rune('一'+i)) + "热合曼," + m + "," + id + "," + n
		}), Options{}, []string{"no column is named name", "A (0/8)", "D (8/8)"}},
		{"what was named is not there", "客户,联系方式,证件\n" + crowd(8, plainRow), Options{Columns: map[string]string{"name": "顾客"}}, []string{"no column found for name"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Looks = looksLoosely
			_, err := Open(put(t, "a.csv", []byte(c.content)), c.o)
			refused(t, err, append(c.words, "a.csv: ")...)
			for _, secret := range []string{"张一", "张三", "佘太君", "15400000007", "16400000001", "154****", "1101"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("a value is said: %v", err)
				}
			}
		})
	}
}

// TestSheetsWithNamesGoFirst: a sheet that needs a look at its cells is read only if no other one has the names.
func TestSheetsWithNamesGoFirst(t *testing.T) {
	row := func(line int, cells ...string) string {
		var b strings.Builder
		fmt.Fprintf(&b, `<row r="%d">`, line)
		for _, c := range cells {
			fmt.Fprintf(&b, `<c t="inlineStr"><is><t>%s</t></is></c>`, c)
		}
		return b.String() + "</row>"
	}
	people := func(header string) string {
		var b strings.Builder
		b.WriteString(row(1, strings.Split(header, ",")...))
		for i, line := range strings.Split(strings.TrimSpace(crowd(6, plainRow)), "\n") {
			b.WriteString(row(i+2, strings.Split(line, ",")...))
		}
		return b.String()
	}
	two := func(first, second string) parts {
		book := bookOf(people(first))
		book["xl/worksheets/sheet2.xml"] = strings.Replace(bookOf(people(second))["xl/worksheets/sheet1.xml"], "x", "x", 1)
		book = book.with("xl/workbook.xml", "</sheets>", `<sheet name="Sheet2" sheetId="2" r:id="rId9"/></sheets>`)
		return book.with("xl/_rels/workbook.xml.rels", "</Relationships>", `<Relationship Id="rId9" Type="`+relType+`worksheet" Target="worksheets/sheet2.xml"/></Relationships>`)
	}
	for content, want := range map[string]string{"客户,联系,证件|姓名,手机号,身份证号": "Sheet2", "客户,联系,证件|甲,乙,丙": "Sheet1"} {
		first, second, _ := strings.Cut(content, "|")
		table, rows, err := readAll(two(first, second).file(t), Options{Looks: looksLoosely})
		if err != nil || table.Sheet() != want || len(rows) != 6 {
			t.Errorf("%s: %v, %d rows", content, err, len(rows))
		}
	}
}
