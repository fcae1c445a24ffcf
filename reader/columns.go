package reader

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// headerNames are the names that a column may have, in their folded form. exact ones beat aliases.
var headerNames = map[string]struct{ exact, aliases []string }{
	"name": {
		[]string{"name", "姓名"},
		[]string{"名字", "客户姓名", "用户姓名", "真实姓名", "人员姓名", "员工姓名", "会员姓名", "持卡人姓名", "fullname", "realname"},
	},
	"mobile": {
		[]string{"mobile", "手机号"},
		[]string{"手机号码", "手机", "联系电话", "联系手机", "移动电话", "电话号码", "电话", "phone", "phonenumber", "mobilephone", "mobileno", "mobilenumber", "cellphone"},
	},
	"idCard": {
		[]string{"idcard", "身份证号"},
		[]string{"身份证号码", "身份证", "身份证件号", "身份证件号码", "证件号码", "证件号", "公民身份号码", "公民身份证号", "公民身份证号码", "居民身份证号", "居民身份证号码", "居民身份证", "idno", "idnumber", "idcardno", "idcardnumber"},
	},
}

// rank says how well a column fits a field; higher is better.
type rank uint8

const (
	noMatch rank = iota
	alias
	exact
	chosen // by the user
)

// match is where a field was found: columns of equal and best rank.
type match struct {
	rank    rank
	columns []int
}

// matchField finds a field in a header row. choice is what the user gave for it, "" for nothing.
func matchField(field, choice string, texts []string) match {
	if choice != "" {
		return matchChoice(choice, texts)
	}
	var m match
	names := headerNames[field]
	for i, t := range texts {
		r := noMatch
		switch folded := foldHeader(t); {
		case folded == "":
		case slices.Contains(names.exact, folded):
			r = exact
		case slices.Contains(names.aliases, folded):
			r = alias
		}
		m.take(r, i)
	}
	return m
}

func matchChoice(choice string, texts []string) match {
	var m match
	for i, t := range texts {
		if t != "" && strings.TrimSpace(t) == strings.TrimSpace(choice) {
			m.take(chosen, i)
		}
	}
	if m.rank == noMatch {
		if i, ok := columnIndex(choice); ok && i < len(texts) {
			m.take(chosen, i)
		}
	}
	return m
}

func (m *match) take(r rank, column int) {
	if r == noMatch || r < m.rank {
		return
	}
	if r > m.rank {
		m.rank, m.columns = r, nil
	}
	m.columns = append(m.columns, column)
}

// foldHeader makes spellings of one header text equal: no spaces, lines, underscores or hyphens, half width, lower case, no
// mark of a required field.
func foldHeader(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			r -= 0xFEE0
		case r == '【', r == '［':
			r = '('
		case r == '】', r == '］':
			r = ')'
		}
		switch {
		case unicode.IsSpace(r), r == '_', r == '-', r == 0xFEFF, r == 0x200B:
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	for {
		t := strings.TrimRight(strings.TrimLeft(s, "*"), "*:")
		for _, mark := range []string{"(必填)", "(必填项)", "(必须)", "(required)", "[必填]"} {
			t = strings.TrimSuffix(t, mark)
		}
		if t == s {
			return s
		}
		s = t
	}
}

// ambiguous says which columns both fit a field.
func ambiguous(field string, line int, m match) error {
	letters := make([]string, len(m.columns))
	for i, c := range m.columns {
		letters[i] = ColumnLetter(c)
	}
	return &Error{Row: line,
		Problem: fmt.Sprintf("columns %s fit %q equally well", strings.Join(letters, " and "), field),
		Do:      fmt.Sprintf("choose one with --column %s=%s", field, letters[0])}
}
