package reader

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
)

const (
	formatCSV  = "csv"
	formatXLSX = "xlsx"

	formatEncrypted = "encrypted" // a workbook under a password
)

// sniff tells the format by content, whatever the file's name says. Known formats that can't be read are refused by name.
func sniff(file *input) (string, error) {
	head := make([]byte, min(file.size, 4096))
	if _, err := file.ReadAt(head, 0); err != nil && err != io.EOF {
		return "", err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return formatXLSX, nil
	}
	if bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) {
		return compound(file)
	}
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return "", &Error{Problem: "this is " + m.what, Do: doConvert}
		}
	}
	if what := markup(head); what != "" {
		return "", &Error{Problem: "this is " + what, Do: "open it in Excel or WPS and save it as .xlsx or CSV"}
	}
	blank, err := isBlankFile(file)
	if err != nil {
		return "", err
	}
	if blank {
		return "", &Error{Problem: "the file is empty", Do: "check that it was saved and copied whole"}
	}
	return formatCSV, nil
}

var magic = []struct{ prefix, what string }{
	{"%PDF", "a PDF"},
	{"\x89PNG", "a picture (PNG)"},
	{"\xFF\xD8\xFF", "a picture (JPEG)"},
	{"GIF8", "a picture (GIF)"},
	{"\x1F\x8B", "a gzip archive"},
	{"Rar!", "a RAR archive"},
	{"7z\xBC\xAF", "a 7z archive"},
	{"BZh", "a bzip2 archive"},
	{"\xFD7zXZ", "an xz archive"},
	{"{\\rtf", "a rich text document"},
	{"MIME-Version:", "a web archive (MHTML)"},
	{"\xFF\xFE\x00\x00", "text in UTF-32"},
	{"\x00\x00\xFE\xFF", "text in UTF-32"},
}

// markup recognises what some systems export with the name .xls or .csv.
func markup(head []byte) string {
	text := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")))
	switch {
	case strings.HasPrefix(text, "<?xml") && strings.Contains(text, "urn:schemas-microsoft-com:office:spreadsheet"):
		return "an XML spreadsheet of Excel 2003"
	case strings.HasPrefix(text, "<?xml") && !strings.Contains(text, "<html"):
		return "an XML file"
	case strings.HasPrefix(text, "<") && (strings.Contains(text, "<html") || strings.Contains(text, "<table") || strings.Contains(text, "<!doctype html")):
		return "a web page (HTML)"
	}
	return ""
}

// compound tells what an OLE2 file is. Stream names stand in its directory as UTF-16.
func compound(file *input) (string, error) {
	found := make(map[string]bool)
	names := []string{"EncryptedPackage", "Workbook", "Book", "WordDocument"}
	const overlap = 128
	buf := make([]byte, 1<<20)
	for at := int64(0); at < file.size; at += int64(len(buf) - overlap) {
		n, err := file.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return "", err
		}
		for _, name := range names {
			found[name] = found[name] || bytes.Contains(buf[:n], directoryEntry(name))
		}
	}
	switch {
	case found["EncryptedPackage"]:
		return formatEncrypted, nil
	case found["Workbook"], found["Book"]:
		return "", &Error{Problem: "this is an old .xls workbook", Do: "save it as .xlsx"}
	case found["WordDocument"]:
		return "", &Error{Problem: "this is an old Word document", Do: doConvert}
	}
	return "", &Error{Problem: "this is an old Office file", Do: "save it as .xlsx"}
}

// directoryEntry is how a stream's name begins an entry: UTF-16 with its end, padded to 64 bytes with the length after it.
func directoryEntry(name string) []byte {
	b := make([]byte, 66)
	for i := range len(name) {
		b[2*i] = name[i]
	}
	binary.LittleEndian.PutUint16(b[64:], uint16(2*len(name)+2))
	return b
}

// isBlankFile says whether nothing but a byte order mark and white space is there.
func isBlankFile(file *input) (bool, error) {
	buf := make([]byte, 64<<10)
	for at := int64(0); at < file.size; {
		n, err := file.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return false, err
		}
		b := buf[:n]
		if at == 0 {
			for _, mark := range []string{"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"} {
				b = bytes.TrimPrefix(b, []byte(mark))
			}
		}
		if len(bytes.Trim(b, " \t\r\n\x00")) > 0 {
			return false, nil
		}
		at += int64(n)
		if n == 0 {
			break
		}
	}
	return true, nil
}

// foreign names the kinds of zip archive that are no workbook of ours.
func (a *archive) foreign() string {
	switch {
	case a.find("xl/workbook.bin") != nil:
		return "a binary workbook (.xlsb)"
	case a.find("mimetype") != nil:
		return "an OpenDocument file (.ods)"
	case a.find("Index/Document.iwa") != nil, a.find("Index.zip") != nil:
		return "a Numbers file"
	case a.find("word/document.xml") != nil:
		return "a Word document"
	case a.find("ppt/presentation.xml") != nil:
		return "a presentation"
	case a.find("[Content_Types].xml") == nil:
		return "a zip archive and not a workbook"
	}
	return ""
}
