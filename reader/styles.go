package reader

import (
	"strconv"
	"strings"
)

// dateForm says how a cell's style shows a number.
type dateForm uint8

const (
	noDate   dateForm = iota
	calendar          // shows a day, perhaps with a time
	clock             // shows only a time of day
	duration          // shows elapsed hours, minutes or seconds
)

// styles holds, for each cell style, whether it shows dates.
type styles []dateForm

func (s *styles) read(x *xmlReader) error {
	if err := root(x, mainSpace, "styleSheet"); err != nil {
		return err
	}
	custom := map[int]dateForm{}
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
	for _, id := range used {
		form, ok := custom[id]
		if !ok {
			form = builtinForm(id)
		}
		*s = append(*s, form)
	}
	return err
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

func readNumberFormat(x *xmlReader, into map[int]dateForm) error {
	id, err := numberFormat(x)
	if err != nil {
		return err
	}
	code, _, err := x.attr("formatCode")
	if err != nil {
		return err
	}
	if string(x.name) == "numFmt" {
		into[id] = codeForm(code)
	}
	return x.skip()
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
