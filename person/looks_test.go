package person

import "testing"

func TestLooks(t *testing.T) {
	sure := map[string]Column{
		"15400138001":           Mobile,
		"+86 154-0013-8001":     Mobile,
		"１５４００１３８００１":           Mobile,
		goodID:                  IDCard,
		"11010519491231002x":    IDCard,
		"110105194912310021":    IDCard, // wrong check digit: still that column
		"11010519491231002":     IDCard,
		"110105491231002":       IDCard,
		foreignID:               IDCard,
		"' 11010519491231002X ": IDCard,
		"张三丰":                   Name,
		"欧阳明":                   Name,
		"王 伟":                   Name,
	}
	for s, want := range sure {
		if got, ok := Looks(s); !ok || got != want {
			t.Errorf("%q looks like %v %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{
		"", " ", "姓名", "名字", "客户姓名", "手机号", "手机号码", "联系电话", "身份证号", "身份证号码", "证件号码",
		"备注", "金额", "时间", "单位", "单价", "年龄", "余额", "方式", "项目", "开户日期", "客户编号", "地址", "江苏",
		"name", "mobile", "idCard", "phone", "id_no", "ID",
		"12345678901", "2024-01-01", "1234567890123456", "999999999999999999", "100000000000000", "20240101123456789",
		"13.8", "张", "张三李四王五", "010-12345678",
	} {
		if got, ok := Looks(s); ok {
			t.Errorf("%q looks like %v, want nothing", s, got)
		}
	}
}

func TestSurnamesAreDistinct(t *testing.T) {
	seen := map[rune]bool{}
	for _, r := range surnames {
		if seen[r] {
			t.Errorf("%c stands twice", r)
		}
		seen[r] = true
	}
	if len(seen) < 150 {
		t.Fatalf("only %d surnames", len(seen))
	}
	for _, common := range "王李张刘陈杨赵黄周吴" {
		if !seen[common] {
			t.Errorf("%c is missing", common)
		}
	}
}

// Each header word is there because it would look like a name.
func TestHeaderWordsNeedTheirEntry(t *testing.T) {
	all := headerWords
	defer func() { headerWords = all }()
	headerWords = nil
	for w := range all {
		if _, ok := Looks(w); !ok {
			t.Errorf("%s needs no entry", w)
		}
	}
	headerWords = all
	for w := range all {
		if _, ok := Looks(w); ok {
			t.Errorf("%s looks like a name", w)
		}
	}
}
