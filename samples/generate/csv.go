package main

import (
	"bufio"
	"io"
	"iter"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// writeCSV writes as it goes; nothing is kept. None of our cells needs quotes.
func writeCSV(w io.Writer, encoding string, header []string, rows iter.Seq[customer]) error {
	if encoding == "gb18030" {
		encoded := simplifiedchinese.GB18030.NewEncoder().Writer(w)
		return writeUTF8(encoded, header, rows)
	}
	return writeUTF8(w, header, rows)
}

func writeUTF8(w io.Writer, header []string, rows iter.Seq[customer]) error {
	buffered := bufio.NewWriterSize(w, 1<<20)
	line := []byte(strings.Join(header, ",") + "\r\n")
	for c := range rows {
		if _, err := buffered.Write(line); err != nil {
			return err
		}
		line = c.appendCSV(line[:0])
	}
	if _, err := buffered.Write(line); err != nil {
		return err
	}
	return buffered.Flush()
}

func (c customer) appendCSV(line []byte) []byte {
	line = strconv.AppendInt(line, int64(c.number), 10)
	for _, cell := range [...]string{c.name, c.mobile, c.idCard} {
		line = append(line, ',')
		line = append(line, cell...)
	}
	line = append(line, ',')
	line = c.opened.AppendFormat(line, "2006-01-02")
	line = append(line, ',')
	line = append(line, c.note...)
	return append(line, "\r\n"...)
}
