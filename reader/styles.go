package reader

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// dateForm says how a cell's style shows a number.
type dateForm uint8

const (
	noDate   dateForm = iota
	calendar          // shows a day, perhaps with a time
	clock             // shows only a time of day
	duration          // shows elapsed hours, minutes or seconds
)

// look is how a cell style shows a number.
type look struct {
	form   dateForm
	format uint16 // place in styles.codes
}

// styles holds the looks of all cell styles, and the number formats' codes that they use.
type styles struct {
	looks []look
	codes []string // the first is "": no format, or General
}

const (
	maxFormats    = 4096 // more than any workbook uses; what is beyond them is shown as General
	maxFormatCode = 255  // characters, Excel's own bound
)

func (s *styles) read(x *xmlReader) error {
	if err := root(x, mainSpace, "styleSheet"); err != nil {
		return err
	}
	custom := map[int]string{}
	var used []int // number formats of the cell styles; they may stand before the formats
	err := children(x, func() error {
		if x.space != mainSpace {
			return x.skip()
		}
		switch string(x.name) {
		case "numFmts":
			return children(x, func() error { return readNumberFormat(x, custom) })
		case "cellXfs":
			return children(x, func() error {
				id, err := numberFormat(x)
				if err != nil {
					return err
				}
				if string(x.name) == "xf" {
					used = append(used, id)
				}
				return x.skip()
			})
		}
		return x.skip()
	})
	s.take(used, custom)
	return err
}

// take makes a look of each cell style's number format.
func (s *styles) take(used []int, custom map[int]string) {
	s.codes = []string{""}
	known := map[int]look{}
	places := map[string]uint16{"": 0, "General": 0}
	for _, id := range used {
		l, ok := known[id]
		if !ok {
			code, written := custom[id]
			if l.form = codeForm(code); !written {
				code, l.form = builtinCodes[id], builtinForm(id)
			}
			place, listed := places[code]
			if !listed && len(s.codes) < maxFormats && utf8.RuneCountInString(code) <= maxFormatCode {
				place = uint16(len(s.codes))
				places[code] = place
				s.codes = append(s.codes, code)
			}
			l.format = place
			known[id] = l
		}
		s.looks = append(s.looks, l)
	}
}

func numberFormat(x *xmlReader) (int, error) {
	v, ok, err := x.attr("numFmtId")
	if err != nil || !ok || v == "" {
		return 0, err
	}
	id, err := strconv.Atoi(v)
	if err != nil {
		return 0, x.fail("a number format that is no number")
	}
	return id, nil
}

func readNumberFormat(x *xmlReader, into map[int]string) error {
	id, err := numberFormat(x)
	if err != nil {
		return err
	}
	code, _, err := x.attr("formatCode")
	if err != nil {
		return err
	}
	if string(x.name) == "numFmt" {
		into[id] = code
	}
	return x.skip()
}

// builtinCodes are the formats that are not written into the file; the East Asian ones as they are for Chinese.
var builtinCodes = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
	21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)",
	40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
	27: `yyyy"年"m"月"`, 28: `m"月"d"日"`, 29: `m"月"d"日"`, 30: "m-d-yy", 31: `yyyy"年"m"月"d"日"`, 32: `h"时"mm"分"`,
	33: `h"时"mm"分"ss"秒"`, 34: `AM/PM h"时"mm"分"`, 35: `AM/PM h"时"mm"分"ss"秒"`, 36: `yyyy"年"m"月"`,
	50: `yyyy"年"m"月"`, 51: `m"月"d"日"`, 52: `yyyy"年"m"月"`, 53: `m"月"d"日"`, 54: `m"月"d"日"`, 55: `AM/PM h"时"mm"分"`,
	56: `AM/PM h"时"mm"分"ss"秒"`, 57: `yyyy"年"m"月"`, 58: `m"月"d"日"`,
}

// builtinForm knows the formats that are not written into the file. 27 to 36 and 50 to 58 are the East Asian ones.
func builtinForm(id int) dateForm {
	switch {
	case id == 46:
		return duration
	case 18 <= id && id <= 21, 32 <= id && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return clock
	case 14 <= id && id <= 22, 27 <= id && id <= 36, 50 <= id && id <= 58:
		return calendar
	}
	return noDate
}

// codeForm looks for the letters of a date outside of quotes, escapes and brackets.
func codeForm(code string) dateForm {
	if strings.EqualFold(code, "general") {
		return noDate
	}
	var day, time, month bool
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code)
			}
			i += end + 1
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				end = len(code)
			} else if elapsed(code[i+1 : i+end]) {
				return duration
			}
			i += end
		case 'y', 'Y', 'd', 'D':
			day = true
		case 'h', 'H', 's', 'S':
			time = true
		case 'm', 'M':
			month = true
		}
	}
	switch {
	case day, month && !time:
		return calendar
	case time:
		return clock
	}
	return noDate
}

// elapsed says whether a bracket is one of [h], [mm] and their like.
func elapsed(bracket string) bool {
	letters := strings.ToLower(bracket)
	return letters != "" && strings.Trim(letters, letters[:1]) == "" && strings.Contains("hms", letters[:1])
}
