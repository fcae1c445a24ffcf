package writer

import (
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// builtin are the formats that have a number of their own. With it a spreadsheet shows them as its user is used to, such
// as the short date.
var builtin = map[string]int{
	"0": 1, "0.00": 2, "#,##0": 3, "#,##0.00": 4, "0%": 9, "0.00%": 10, "0.00E+00": 11, "# ?/?": 12, "# ??/??": 13,
	"mm-dd-yy": 14, "d-mmm-yy": 15, "d-mmm": 16, "mmm-yy": 17, "h:mm AM/PM": 18, "h:mm:ss AM/PM": 19, "h:mm": 20,
	"h:mm:ss": 21, "m/d/yy h:mm": 22, "#,##0 ;(#,##0)": 37, "#,##0 ;[Red](#,##0)": 38, "#,##0.00;(#,##0.00)": 39,
	"#,##0.00;[Red](#,##0.00)": 40, "mm:ss": 45, "[h]:mm:ss": 46, "mm:ss.0": 47, "##0.0E+0": 48,
}

// formatted is the style that shows a number in a format of the layout's; usual is what it has without one.
func (b *book) formatted(format uint16, usual int) (int, error) {
	if format == 0 || int(format) >= len(b.layout.Formats) {
		return usual, nil
	}
	if id, ok := b.formats[format]; ok {
		if id == 0 {
			return usual, nil
		}
		return id, nil
	}
	code, id := b.layout.Formats[format], 0
	if showsNumbers(code) {
		style := excelize.Style{CustomNumFmt: &code}
		if n, ok := builtin[code]; ok {
			style = excelize.Style{NumFmt: n}
		}
		s := &stylist{file: b.file, family: b.styles.family}
		if id = s.add(style); s.err != nil {
			return 0, s.err
		}
	}
	b.formats[format] = id
	return b.formatted(format, usual)
}

const longestFormat = 255 // characters; a longer one makes Excel repair the workbook

// showsNumbers refuses formats that would make a spreadsheet repair the file, and those that show a number as General
// does: what this package does for such a number is better.
func showsNumbers(code string) bool {
	if code == "" || code == "@" || strings.EqualFold(code, "general") || len([]rune(code)) > longestFormat || strings.Count(code, ";") > 3 {
		return false
	}
	quoted, bracket := false, false
	runes := []rune(code)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case unicode.IsControl(r), r == unicode.ReplacementChar:
			return false
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\\' || r == '_' || r == '*':
			if i++; i == len(runes) {
				return false
			}
		case r == '[' && bracket, r == ']' && !bracket:
			return false
		case r == '[' || r == ']':
			bracket = !bracket
		}
	}
	return !quoted && !bracket
}
