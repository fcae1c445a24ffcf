package main

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"mobile3batch/cli/selftest"
)

const (
	bookHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainName = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	linkName = `xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relsName = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	relsType = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	bookType = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
)

// bookColumns are those of every workbook here.
var bookColumns = []string{"序号", "姓名", "手机号", "身份证号", "部门", "备注"}

// bookRow is row i, from 0: a number and five texts.
func bookRow(i int) [5]string {
	name, mobile, idCard := selftest.Somebody(i)
	return [5]string{name, mobile, idCard, "市场部", fmt.Sprint("备注", i%1000)}
}

// book is a workbook of l.wide people, its texts shared or inline; made once.
func (l *lab) book(shared bool) (string, error) {
	if path := l.books[shared]; path != "" {
		return path, nil
	}
	path := filepath.Join(l.dir, map[bool]string{true: "shared.xlsx", false: "inline.xlsx"}[shared])
	l.say("making a workbook of %d rows", l.wide)
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	err = writeBook(f, l.wide, shared)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	l.books[shared] = path
	return path, nil
}

// writeBook writes one as spreadsheet programs do: a part a sheet, and one of shared texts.
func writeBook(to io.Writer, rows int, shared bool) error {
	z := zip.NewWriter(to)
	var failed error
	part := func(name string, fill func(w *bufio.Writer)) {
		w, err := z.Create(name)
		if err != nil {
			failed = errors.Join(failed, err)
			return
		}
		b := bufio.NewWriterSize(w, 1<<16)
		b.WriteString(bookHead)
		fill(b)
		failed = errors.Join(failed, b.Flush()) // a bufio.Writer's error sticks
	}
	fixed := func(name, text string) { part(name, func(w *bufio.Writer) { w.WriteString(text) }) }
	fixed("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">`+
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`+
		`<Override PartName="/xl/workbook.xml" ContentType="`+bookType+`sheet.main+xml"/>`+
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="`+bookType+`worksheet+xml"/>`+
		`<Override PartName="/xl/sharedStrings.xml" ContentType="`+bookType+`sharedStrings+xml"/></Types>`)
	fixed("_rels/.rels", `<Relationships `+relsName+`><Relationship Id="rId1" Type="`+relsType+`officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	fixed("xl/workbook.xml", `<workbook `+mainName+` `+linkName+`><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`)
	fixed("xl/_rels/workbook.xml.rels", `<Relationships `+relsName+`><Relationship Id="rId1" Type="`+relsType+`worksheet" Target="worksheets/sheet1.xml"/>`+
		`<Relationship Id="rId2" Type="`+relsType+`sharedStrings" Target="sharedStrings.xml"/></Relationships>`)
	var texts []string
	places := map[string]int{}
	part("xl/worksheets/sheet1.xml", func(w *bufio.Writer) {
		cell := func(column, row int, text string) {
			if !shared {
				fmt.Fprintf(w, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+column, row, text)
				return
			}
			place, known := places[text]
			if !known {
				place = len(texts)
				places[text], texts = place, append(texts, text)
			}
			fmt.Fprintf(w, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+column, row, place)
		}
		w.WriteString(`<worksheet ` + mainName + `><sheetData><row r="1">`)
		for i, name := range bookColumns {
			cell(i, 1, name)
		}
		w.WriteString(`</row>`)
		for i := range rows {
			fmt.Fprintf(w, `<row r="%d"><c r="A%d"><v>%d</v></c>`, i+2, i+2, i)
			for column, text := range bookRow(i) {
				cell(column+1, i+2, text)
			}
			w.WriteString(`</row>`)
		}
		w.WriteString(`</sheetData></worksheet>`)
	})
	part("xl/sharedStrings.xml", func(w *bufio.Writer) {
		fmt.Fprintf(w, `<sst %s uniqueCount="%d">`, mainName, len(texts))
		for _, t := range texts {
			w.WriteString(`<si><t>` + t + `</t></si>`)
		}
		w.WriteString(`</sst>`)
	})
	return errors.Join(failed, z.Close())
}
