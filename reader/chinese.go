package reader

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Text says the error in "zh", else in English. What has no Chinese words, such as a system's own message, stays English.
func (e *Error) Text(lang string) string {
	if lang != "zh" {
		return e.Error()
	}
	var b strings.Builder
	if e.File != "" {
		b.WriteString(printable(e.File) + "：")
	}
	if e.Sheet != "" {
		fmt.Fprintf(&b, "工作表“%s”：", printable(e.Sheet))
	}
	if e.Part != "" {
		b.WriteString(printable(e.Part) + "：")
	}
	switch {
	case e.Row > 0 && e.Column != "":
		fmt.Fprintf(&b, "第 %d 行 %s 列：", e.Row, e.Column)
	case e.Row > 0:
		fmt.Fprintf(&b, "第 %d 行：", e.Row)
	case e.Column != "":
		fmt.Fprintf(&b, "%s 列：", e.Column)
	}
	problem, _ := chinese(e.Problem)
	b.WriteString(problem)
	if do, _ := chinese(e.Do); do != "" {
		b.WriteString("。" + do)
	}
	return b.String()
}

// chinese translates one of this package's sentences. ok is false for any other: it comes back as it is.
func chinese(english string) (text string, ok bool) {
	if english == "" {
		return "", true
	}
	if zh, ok := phrases[english]; ok {
		return zh, true
	}
	for _, p := range patterns() {
		m := p.english.FindStringSubmatch(english)
		if m == nil {
			continue
		}
		args := make([]any, len(m)-1)
		for i, part := range m[1:] {
			inner, _ := chinese(part)
			args[i] = inner
		}
		return fmt.Sprintf(p.zh, args...), true
	}
	return english, false
}

type pattern struct {
	english *regexp.Regexp
	zh      string
}

// patterns are the phrases with a place for something in them; each %s takes what stands there, in the same order.
var patterns = sync.OnceValue(func() (all []pattern) {
	for _, p := range openPhrases {
		all = append(all, pattern{regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(p[0]), "%s", "(.+?)") + "$"), p[1]})
	}
	return all
})

// phrases are the sentences that are always the same.
var phrases = map[string]string{
	// what to do
	doRepair:   "请重新获取文件，或用 Excel、WPS 打开后另存为 .xlsx",
	doConvert:  "请另存为 .xlsx 或 CSV",
	doFixRow:   "请修正这一行并重新保存",
	doResave:   "请在 Excel 或 WPS 中重新另存为 CSV",
	doPlain:    "请只把数据行复制到一个新的 .xlsx 中保存",
	doEncoding: "请保存为 UTF-8，或用 --input-encoding 指明编码",
	"the file is damaged or no text; " + doResave:                                          "文件已损坏或不是文本；请在 Excel 或 WPS 中重新另存为 CSV",
	"the file is damaged or no CSV; " + doResave:                                           "文件已损坏或不是 CSV；请在 Excel 或 WPS 中重新另存为 CSV",
	"the line ends are those of an old Mac, or the file is damaged; " + doResave:           "换行符是旧式 Mac 的，或文件已损坏；请在 Excel 或 WPS 中重新另存为 CSV",
	"save it without a password":                                                           "请另存为不带密码的文件",
	"save it as .xlsx":                                                                     "请另存为 .xlsx",
	"give each its own with --column":                                                      "请用 --column 为每一项各指定一列",
	"use auto, utf-8, gb18030, gbk, utf-16, utf-16le or utf-16be":                          "可用 auto、utf-8、gb18030、gbk、utf-16、utf-16le、utf-16be",
	"use --column with name, mobile or idCard":                                             "--column 只用于 name、mobile、idCard",
	"unhide the sheet, or name it with --sheet":                                            "请取消隐藏该工作表，或用 --sheet 指明",
	"save the data into a file first: it is read twice":                                    "文件要读两遍，请先把数据存成普通文件",
	"put a header row above it, or name its row with --header-row":                         "请在上方加一行表头，或用 --header-row 指明表头行",
	"open it in Excel or WPS and save it as .xlsx or CSV":                                  "请用 Excel 或 WPS 打开后另存为 .xlsx 或 CSV",
	"name a file in it":                                                                    "请指明其中的文件",
	"move the header to the top of the list":                                               "请把表头移到名单最上方",
	"make the file readable for this user, or close the program that holds it":             "请为当前用户开放读取权限，或关闭正在占用它的程序",
	"let whatever writes it finish, then start again":                                      "请等写入它的程序完成后再重新运行",
	"give the column a header or clear it":                                                 "请为该列加上表头，或清空它",
	"give its password with --password-file, or save it without one":                       "请用 --password-file 给出密码，或另存为不带密码的文件",
	"give --input-encoding utf-16le or utf-16be":                                           "请用 --input-encoding 指明 utf-16le 或 utf-16be",
	"give --header-row a number from 1":                                                    "--header-row 应为从 1 开始的行号",
	"delete the empty rows":                                                                "请删除这些空行",
	"delete the columns that the list does not need":                                       "请删除用不到的列",
	"close or remove it":                                                                   "请补上另一个引号或删除它",
	"choose one with --sheet":                                                              "请用 --sheet 选择",
	"choose another with --sheet":                                                          "请用 --sheet 选择别的工作表",
	"check the path":                                                                       "请检查路径",
	"check the file given with --password-file, or save the workbook without a password":   "请检查 --password-file 所指的文件，或另存为不带密码的文件",
	"check the disk or network drive and try again":                                        "请检查磁盘或网络驱动器后重试",
	"check that the right file and sheet were saved":                                       "请确认保存的是正确的文件和工作表",
	"check that it was saved and copied whole":                                             "请确认文件已完整保存和复制",
	"this row may be the header or a person's, it can't be told":                           "无法判断这一行是表头还是某个人的数据",
	"above the header stands what looks like a mobile, in its column":                      "表头上方的手机号列里有像手机号的内容",
	"move the header to the top of the list, or give --header-row if that row is nobody's": "请把表头移到名单最上方；如果该行不是某个人的数据，请用 --header-row 指明表头行",
	"check --header-row":                                                                   "请检查 --header-row",
	"put the field that holds a comma in double quotes, or give the column a header":       "请给含有逗号的内容加上双引号，或为该列加上表头",
	"put the whole field in quotes and double the quotes in it":                            "请给整格内容加上双引号，并把其中的双引号写成两个",
	"double the quotes inside of a quoted field, or close the field":                       "带引号的内容中，双引号要写成两个；或补上结尾的引号",

	// what is wrong with the file as a whole
	"there is no such file":     "文件不存在",
	"permission denied":         "没有读取权限",
	"is a folder":               "这是文件夹",
	"is a pipe or a device":     "这是管道或设备，不是普通文件",
	"the file is empty":         "文件是空的",
	ErrChanged.Error():          "读取过程中文件被改动",
	"the workbook is encrypted": "工作簿带有密码",
	"the workbook can't be unlocked: the password is not the right one, or the file is damaged": "无法解开工作簿：密码不对，或文件已损坏",
	"this is an old .xls workbook":                                          "这是旧版 .xls 工作簿",
	"this is an old Word document":                                          "这是旧版 Word 文档",
	"this is an old Office file":                                            "这是旧版 Office 文件",
	"this is an Office document, but no workbook":                           "这是 Office 文档，但不是工作簿",
	"this is a binary workbook (.xlsb)":                                     "这是二进制工作簿（.xlsb）",
	"this is an OpenDocument file (.ods)":                                   "这是 OpenDocument 文件（.ods）",
	"this is a Numbers file":                                                "这是 Numbers 文件",
	"this is a Word document":                                               "这是 Word 文档",
	"this is a presentation":                                                "这是演示文稿",
	"this is a zip archive and not a workbook":                              "这是压缩包，不是工作簿",
	"this is a PDF":                                                         "这是 PDF",
	"this is a picture (PNG)":                                               "这是图片（PNG）",
	"this is a picture (JPEG)":                                              "这是图片（JPEG）",
	"this is a picture (GIF)":                                               "这是图片（GIF）",
	"this is a gzip archive":                                                "这是 gzip 压缩包",
	"this is a RAR archive":                                                 "这是 RAR 压缩包",
	"this is a 7z archive":                                                  "这是 7z 压缩包",
	"this is a bzip2 archive":                                               "这是 bzip2 压缩包",
	"this is an xz archive":                                                 "这是 xz 压缩包",
	"this is a rich text document":                                          "这是 RTF 文档",
	"this is a web archive (MHTML)":                                         "这是网页存档（MHTML）",
	"this is text in UTF-32":                                                "这是 UTF-32 编码的文本",
	"this is an XML spreadsheet of Excel 2003":                              "这是 Excel 2003 的 XML 表格",
	"this is an XML file":                                                   "这是 XML 文件",
	"this is a web page (HTML)":                                             "这其实是网页（HTML）",
	"a zip archive without its end: the file was cut off":                   "文件不完整，末尾缺失",
	"a zip archive that is damaged or cut off":                              "文件已损坏或不完整",
	"not a whole zip archive":                                               "文件已损坏或不完整",
	"packed with an unknown method":                                         "压缩方式无法识别",
	"damaged: the content breaks off or can't be unpacked":                  "已损坏：内容中断或无法解压",
	"damaged: the checksum does not fit the content":                        "已损坏：校验和不符",
	"encrypted inside of the zip archive":                                   "在压缩包内被加密",
	"the archive holds more than 10,000 parts, or a directory to match":     "文件内的部件超过 10,000 个",
	"a part unpacks to far more than a workbook needs":                      "解压后远大于正常的工作簿",
	"a package without a workbook":                                          "文件中没有工作簿",
	"a package with two main parts":                                         "文件中有两个主部件",
	"a second part of its kind":                                             "同类部件出现了两次",
	"the part is missing":                                                   "部件缺失",
	"the part stands twice in the archive":                                  "同名部件出现了两次",
	"the sheet's part is missing":                                           "工作表的内容缺失",
	"the workbook does not say which part holds the sheet":                  "工作簿没有说明工作表的内容在哪里",
	"more shared strings than any list of people needs":                     "共享字符串多得不正常",
	"its XML is not in UTF-8":                                               "内部 XML 不是 UTF-8 编码",
	"its XML is in UTF-16, only UTF-8 is read":                              "内部 XML 是 UTF-16 编码，只支持 UTF-8",
	"its XML holds a document type definition, which a workbook never does": "内部 XML 含有文档类型定义，正常工作簿不会有",

	// encodings
	"an unknown --input-encoding": "--input-encoding 的值无法识别",
	"the text looks like Big5":    "文本像是 Big5 编码",
	"the encoding can't be told: it is not UTF-8, and as GB18030 it makes no sense": "无法判断编码：不是 UTF-8，按 GB18030 读也不通",
	"without a byte order mark it can't be told which UTF-16 this is":               "没有字节序标记，无法判断是哪种 UTF-16",

	// sheets, headers and columns
	"no visible worksheet has rows":                        "没有一张可见的工作表有内容",
	"a chart or macro sheet, which has no rows":            "这是图表或宏表，没有数据行",
	"there are no rows":                                    "没有任何数据行",
	"there is no header: the row is empty":                 "这一行是空的，没有表头",
	"the header's row number is negative":                  "表头行号为负数",
	"the header holds characters that can't be decoded":    "表头中有无法解码的字符",
	"this row looks like a person's and not like a header": "这一行像是人员数据，不像表头",
	"above the header stands what looks like an ID number": "表头上方有像身份证号的内容",
	"one column for two fields":                            "同一列被用作两项",
	"a column is given for an unknown field":               "为未知的项指定了列",
	"a cell stands right of the last header":               "最后一个表头的右边还有内容",

	// rows and cells
	"a NUL byte":                                                      "含有 NUL 字节",
	"a carriage return without a line feed":                           "只有回车符而没有换行符",
	"a quote inside of a field that is not quoted":                    "没有加引号的内容中出现了双引号",
	`a delimiter or line end inside of ="…"`:                          `="…" 中出现了分隔符或换行`,
	"a record of more than 4 MiB":                                     "一条记录超过 4 MiB",
	"a quote is opened here and not closed until the end of the file": "这里的双引号直到文件末尾都没有配对",
	"a quote is opened here and not closed until 4 MiB of text":       "这里的双引号在 4 MiB 内都没有配对",
	"rows out of order, or a row number that is none":                 "行的顺序错乱，或行号无效",
	"cells out of order, or a cell's place that is none":              "单元格的顺序错乱，或位置无效",
	"more rows than a worksheet has":                                  "行数超过工作表的上限",
	"more columns than a worksheet has":                               "列数超过工作表的上限",
	"a cell of an unknown type":                                       "单元格类型无法识别",
	"a cell's style is not in the workbook":                           "单元格的样式不在工作簿中",
	"a cell's text is longer than a cell can hold":                    "单元格的文字超过上限",
	"the cell's type does not fit its content":                        "单元格的类型与内容不符",
	"a truth value that is none":                                      "逻辑值无效",
	"a number that is none":                                           "数字无效",
	"a date that is none":                                             "日期无效",
}

// openPhrases are the phrases with something in them.
var openPhrases = [][2]string{
	{"broken XML at byte %s: %s", "内部 XML 在第 %s 字节处损坏（%s）"},
	{"its root element is not <%s> of a known kind", "内部 XML 的根元素不是可识别的 <%s>"},
	{"can't be read (%s)", "无法读取（%s）"},
	{"an encrypted workbook of more than %s MiB", "带密码的工作簿超过 %s MiB"},
	{"there is no such sheet; the workbook has %s", "没有这张工作表；工作簿中有 %s"},
	{"the header is wider than %s columns", "表头超过 %s 列"},
	{"one column for both %s and %s", "同一列同时用作 %s 和 %s"},
	{"columns %s fit %s equally well", "%s 列都可作 %s，无法区分"},
	{"choose one with --column %s", "请用 --column 选定，如 --column %s"},
	{"no column found for %s; row %s has the columns %s", "没有找到 %s 列；第 %s 行有这些列：%s"},
	{"no column is named %s, and none plainly holds it", "没有名为 %s 的列，也没有一列的内容明显符合"},
	{"no column is named %s, and column %s with cells like it is mostly empty", "没有名为 %s 的列，而内容像的 %s 列大多为空"},
	{"no column is named %s, and column %s has the same few cells like it again and again", "没有名为 %s 的列，而内容像的 %s 列总是重复同样几个值"},
	{"give --header-row with its number if it is the header, --header-row 0 if the list has none, and the columns, such as %s", "如果是表头，请用 --header-row 加行号指明；如果名单没有表头，请用 --header-row 0；并指明各列，例如 %s"},
	{"no column is named %s, and cells like it stand in columns %s", "没有名为 %s 的列，而 %s 列的内容都像"},
	{"the header says %s, but %s of the first %s cells below look like %s", "表头写的是 %s，但下方有 %s 格（前 %s 格中）像 %s"},
	{"name them, such as %s", "请指明各列，如 %s"},
	{"say which columns are meant, such as %s", "请指明各列，如 %s"},
	{"put the headers right, or say which columns are meant, such as %s", "请改正表头，或指明各列，如 %s"},
	{"the row has %s fields, the header only %s", "这一行有 %s 个字段，表头只有 %s 个"},
	{"%s empty rows follow, until row %s", "后面有 %s 个空行，直到第 %s 行"},
	{"the cell points to a shared string that is not there (the workbook has %s)", "单元格引用的共享字符串不存在（共 %s 个）"},
	{"text behind the quote that ends a field; the field's first quote is on line %s", "结尾引号之后还有内容；这一格的第一个引号在第 %s 行"},
}
