package main

import (
	"archive/zip"
	"bytes"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// bookSamples are workbooks with what a list of bare texts does not have.
func bookSamples() []maker {
	return []maker{
		{"looks.xlsx", func(w io.Writer) error { return looksBook(w, false) }},
		{"looks-1904.xlsx", func(w io.Writer) error { return looksBook(w, true) }},
		{"encrypted.xlsx", encryptedBook},
		{"encrypted.password.txt", func(w io.Writer) error { _, err := io.WriteString(w, password+"\n"); return err }},
		{"refused/cut-off.xlsx", cutBook},
		{"refused/open-document.ods", func(w io.Writer) error {
			return zipOf(w, [2]string{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}, [2]string{"content.xml", "<x/>"})
		}},
		{"refused/binary.xlsb", func(w io.Writer) error {
			return zipOf(w, [2]string{"[Content_Types].xml", "<Types/>"}, [2]string{"xl/workbook.bin", "\x83\x01"})
		}},
	}
}

// password opens the encrypted sample. It protects nothing: its people are made up.
const password = "demo-2026"

var looksHeader = []string{"客户编号", "姓名", "手机号", "身份证号", "开户日期", "签到时间", "折扣", "余额", "工时", "备注"}

// looksBook has numbers and dates in the formats in which people like to see them, a hidden sheet with rows, a hidden
// row and column, and cells that were merged.
func looksBook(w io.Writer, from1904 bool) error {
	f := excelize.NewFile()
	defer f.Close()
	const sheet = "名单"
	formats := []string{"000000", "", "@", "@", `yyyy"年"m"月"d"日"`, "yyyy/m/d h:mm", "0.0%", "#,##0.00", "[h]:mm", ""}
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904}); err != nil {
		return err
	}
	if err := f.SetDocProps(&excelize.DocProperties{Creator: "samples/generate", Created: "2026-01-01T00:00:00Z", Modified: "2026-01-01T00:00:00Z"}); err != nil {
		return err
	}
	styles := make([]int, len(formats))
	for i, code := range formats {
		style := excelize.Style{}
		if code != "" {
			style.CustomNumFmt = &code
		}
		var err error
		if styles[i], err = f.NewStyle(&style); err != nil {
			return err
		}
	}
	put := func(row int, values ...any) error {
		for i, v := range values {
			at, err := excelize.CoordinatesToCellName(i+1, row)
			if err != nil {
				return err
			}
			if err := f.SetCellValue(sheet, at, v); err != nil {
				return err
			}
			if row > 1 {
				if err := f.SetCellStyle(sheet, at, at, styles[i]); err != nil {
					return err
				}
			}
		}
		return nil
	}
	header := make([]any, len(looksHeader))
	for i, h := range looksHeader {
		header[i] = h
	}
	if err := put(1, header...); err != nil {
		return err
	}
	crowd := newCrowd(20260505)
	for i := range 10 {
		h := crowd.person(i)
		opened := time.Date(2024, time.Month(1+i), 3+2*i, 0, 0, 0, 0, time.UTC)
		seen := time.Date(2025, 5, 1+i, 8, 30+i, 0, 0, time.UTC)
		note := ""
		if i == 4 {
			note = "隐藏行：照常核验"
		}
		err := put(i+2, 17*(i+1), h.name, h.mobile, h.idCard, opened, seen, 0.05*float64(i), 1234.5*float64(i*i), time.Duration(7*i)*time.Hour, note)
		if err != nil {
			return err
		}
	}
	hidden := false
	for _, step := range []func() error{
		func() error { return f.SetColWidth(sheet, "A", "A", 12) },
		func() error { return f.SetColWidth(sheet, "B", "J", 18) },
		func() error { return f.SetRowVisible(sheet, 6, false) },
		func() error { return f.SetColVisible(sheet, "I", false) },
		func() error { return f.MergeCell(sheet, "J8", "J9") },
		func() error { _, err := f.NewSheet("旧名单"); return err },
		func() error { return f.SetCellValue("旧名单", "A1", "姓名") },
		func() error { return f.SetSheetVisible("旧名单", hidden) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	content, err := (&book{file: f}).bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

// encryptedBook is customers.xlsx under a password. Encryption draws salts, so its bytes are new each time.
func encryptedBook(w io.Writer) error {
	var plain bytes.Buffer
	if err := customerBook(&plain); err != nil {
		return err
	}
	packed, err := excelize.Encrypt(plain.Bytes(), &excelize.Options{Password: password})
	if err != nil {
		return err
	}
	_, err = w.Write(packed)
	return err
}

// cutBook is a workbook of which the end did not arrive.
func cutBook(w io.Writer) error {
	var whole bytes.Buffer
	if err := customerBook(&whole); err != nil {
		return err
	}
	_, err := w.Write(whole.Bytes()[:whole.Len()*2/3])
	return err
}

func zipOf(w io.Writer, parts ...[2]string) error {
	z := zip.NewWriter(w)
	for _, p := range parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p[0], Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, p[1]); err != nil {
			return err
		}
	}
	return z.Close()
}
