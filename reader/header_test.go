package reader

import (
	"strings"
	"testing"
)

func TestColumns(t *testing.T) {
	const person = "张三,15400000001,11010519491231002X"
	for _, c := range []struct {
		name, content string
		o             Options
		line          int
		at            [3]int
	}{
		{"exact", "name,mobile,idCard\n", Options{}, 1, [3]int{0, 1, 2}},
		{"chinese, other order", "身份证号,备注,姓名,手机号\n", Options{}, 1, [3]int{2, 3, 0}},
		{"aliases", "客户姓名,联系电话,证件号码\n", Options{}, 1, [3]int{0, 1, 2}},
		{"exact beats alias", "名字,姓名,手机,手机号,证件号码,身份证号\n", Options{}, 1, [3]int{1, 3, 5}},
		{"spellings", "\u3000姓 名*,手机号（必填）,ＩＤ＿Ｃａｒｄ：\n", Options{}, 1, [3]int{0, 1, 2}},
		{"case and underscore", "NAME,Mobile Phone,ID_NO\n", Options{}, 1, [3]int{0, 1, 2}},
		{"nbsp and line break", "\"姓\u00a0名\",\"手机\n号\",身份证号【必填】\n", Options{}, 1, [3]int{0, 1, 2}},
		{"title above", "2026 年名单,,\n\n姓名,手机号,身份证号\n", Options{}, 3, [3]int{0, 1, 2}},
		{"chosen text", "姓名,联系人,电话1,证件\n", Options{Columns: map[string]string{"mobile": "电话1", "idCard": "证件"}}, 1, [3]int{0, 2, 3}},
		{"chosen letters", "甲,乙,丙\n", Options{Columns: map[string]string{"name": "c", "mobile": "A", "idCard": "B"}}, 1, [3]int{2, 0, 1}},
		{"text before letter", "B,姓名,手机号,C\n", Options{Columns: map[string]string{"idCard": "B"}}, 1, [3]int{1, 2, 0}},
		{"header row", "姓名,手机号,身份证号\n姓名,手机号,身份证号\n", Options{HeaderRow: 2}, 2, [3]int{0, 1, 2}},
		{"semicolons", "姓名;手机号;身份证号\n", Options{}, 1, [3]int{0, 1, 2}},
		{"tabs", "姓名\t手机号\t身份证号\n", Options{}, 1, [3]int{0, 1, 2}},
		{"pipes", "姓名|手机号|身份证号\n", Options{}, 1, [3]int{0, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Looks = looks
			table, rows, err := readAll(put(t, "a.csv", []byte(c.content+"x\n")), c.o)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range fields {
				if table.Column(f) != c.at[i] {
					t.Errorf("%s is column %d, want %d", f, table.Column(f), c.at[i])
				}
			}
			if table.HeaderLine() != c.line || len(rows) != 1 {
				t.Errorf("header on line %d and %d rows", table.HeaderLine(), len(rows))
			}
			if table.Column("else") != -1 {
				t.Error("an unknown field has a column")
			}
		})
	}
	for _, c := range []struct {
		name, content string
		o             Options
		words         []string
		never         string
	}{
		{"missing", "姓名,电邮\n", Options{}, []string{"no column found for mobile, idCard", "row 1 has the columns A B", `"姓名" "电邮"`, "--column name=LETTER --column mobile=LETTER --column idCard=LETTER"}, ""},
		{"id is none", "name,mobile,id\n", Options{}, []string{"no column found for idCard"}, ""},
		{"no substring", "name,mobile,旧身份证号备注\n", Options{}, []string{"no column found for idCard"}, ""},
		{"too few to tell", person + "\n" + person + "\n", Options{}, []string{"none plainly holds it", "--column name=A --column mobile=B --column idCard=C"}, "张三"},
		{"unknown data is not quoted without looks", "secret,x\n", Options{Looks: func(string) (string, bool) { return "name", true }}, []string{"columns A B"}, "secret"},
		{"person as header", person + "\n", Options{HeaderRow: 1, Columns: map[string]string{"name": "A", "mobile": "B", "idCard": "C"}}, []string{"row 1, column B", "looks like a person's"}, "张三"},
		{"person above header", person + "\n姓名,手机号,身份证号\n", Options{}, []string{"row 1, column C", "looks like an ID number"}, "张三"},
		{"ambiguous", "姓名,手机号,name,身份证号\n", Options{}, []string{`columns A and C fit "name" equally well`, "--column name=A"}, ""},
		{"ambiguous alias", "姓名,手机,电话,身份证号\n", Options{}, []string{`columns B and C fit "mobile"`}, ""},
		{"two fields, one column", "姓名,手机号,身份证号\n", Options{Columns: map[string]string{"name": "B"}}, []string{"column B", "one column for both"}, ""},
		{"chosen is missing", "姓名,手机号,身份证号\n", Options{Columns: map[string]string{"name": "顾客"}}, []string{"no column found for name"}, ""},
		{"header row empty", "姓名,手机号,身份证号\n", Options{HeaderRow: 7}, []string{"row 7", "--header-row"}, ""},
		{"header undecodable", "\xEF\xBB\xBF姓名,手机号,身份证号,\xFF\n", Options{}, []string{"row 1, column D", "can't be decoded"}, ""},
		{"one column", "姓名 手机号 身份证号\n", Options{}, []string{"only one column"}, ""},
		{"too wide", "姓名,手机号,身份证号" + strings.Repeat(",", 2000) + "\n", Options{}, []string{"wider than 1024 columns"}, ""},
		{"below row twenty", strings.Repeat("x,y\n", 20) + "姓名,手机号,身份证号\n", Options{}, []string{"no column found"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.o.Looks == nil {
				c.o.Looks = looks
			}
			_, err := Open(put(t, "a.csv", []byte(c.content)), c.o)
			refused(t, err, append(c.words, "a.csv: ")...)
			if c.never != "" && strings.Contains(err.Error(), c.never) {
				t.Errorf("%v holds a value", err)
			}
		})
	}
}

func TestHeaderTextsNeedLooks(t *testing.T) {
	_, err := Open(put(t, "a.csv", []byte("secret,other\n")), Options{})
	refused(t, err, "columns A B")
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%v quotes what may be a person's", err)
	}
}

func TestAnyColumns(t *testing.T) {
	for _, content := range []string{"\n\na,b\n1,2\n", "\n\na;b\n1;2\n"} {
		table, rows, err := readAll(put(t, "a.csv", []byte(content)), Options{AnyColumns: true})
		if err != nil || show(rows) != "4:t=1|t=2\n" || table.HeaderLine() != 3 || table.Column("name") != -1 {
			t.Errorf("%s %v", show(rows), err)
		}
	}
	_, rows, err := readAll(put(t, "a.csv", []byte("a\n1\n")), Options{AnyColumns: true})
	if err != nil || show(rows) != "2:t=1\n" {
		t.Errorf("%s %v", show(rows), err)
	}
}

func TestNotes(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range []Note{
		{Code: LinesAbove, First: 1, Last: 1}, {Code: LinesAbove, First: 1, Last: 3}, {Code: OtherSheets, Names: []string{"二月", "x\x1b[2J"}},
		{Code: HiddenSheets, Names: []string{"b"}}, {Code: EncodingBest, Names: []string{"gb18030"}}, {Code: Delimiter, Names: []string{"tab"}},
		{Code: HiddenRows, Count: 2}, {Code: HiddenColumns, Names: []string{"C"}}, {Code: NoHeader}, {Code: MergedCells, Count: 1, Names: []string{"B"}},
	} {
		for _, lang := range []string{"zh", "en"} {
			text := n.Text(lang)
			if text == "" || seen[text] || strings.ContainsRune(text, 0x1b) {
				t.Errorf("%+v in %s: %q", n, lang, text)
			}
			seen[text] = true
		}
	}
	table, _, err := readAll(put(t, "a.csv", []byte("title\n\nname;mobile;idCard\n")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	notes := table.Notes()
	if len(notes) != 2 || notes[0].Code != LinesAbove || notes[0].First != 1 || notes[0].Last != 2 || notes[1].Code != Delimiter {
		t.Errorf("%+v", notes)
	}
}
