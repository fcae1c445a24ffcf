package reader

import (
	"fmt"
	"strings"
)

// NoteCode says what a Note is about.
type NoteCode uint8

const (
	LinesAbove    NoteCode = iota // rows above the header are left out; First and Last are their lines
	OtherSheets                   // further visible sheets have rows; Names
	HiddenSheets                  // hidden sheets have rows; Names
	EncodingBest                  // the encoding was told by what the characters look like; Names holds it
	Delimiter                     // fields are parted by something other than a comma; Names holds it
	HiddenRows                    // rows that a filter or a hand has hidden are read, too; Count
	HiddenColumns                 // hidden columns are kept; Names holds their letters
	NoHeader                      // the list has no header: its first row is a person's
	MergedCells                   // Count merged ranges reach into the rows, in the columns Names
)

// Note is something that a person should know about how a file was read.
type Note struct {
	Code        NoteCode
	First, Last int
	Count       int
	Names       []string
}

// Text says the note in "zh", else in English.
func (n Note) Text(lang string) string {
	names := make([]string, len(n.Names))
	for i, s := range n.Names {
		names[i] = printable(s)
	}
	list := strings.Join(names, ", ")
	if lang == "zh" {
		return n.chinese(strings.Join(names, "、"))
	}
	switch n.Code {
	case LinesAbove:
		if n.First == n.Last {
			return fmt.Sprintf("line %d, above the header, is left out", n.First)
		}
		return fmt.Sprintf("lines %d to %d, above the header, are left out", n.First, n.Last)
	case OtherSheets:
		return "other sheets have rows too and are not read: " + list + " (choose with --sheet)"
	case HiddenSheets:
		return "hidden sheets have rows and are not read: " + list + " (choose with --sheet)"
	case EncodingBest:
		return "read as " + list + ", judged by its characters; if names look wrong, give --input-encoding"
	case NoHeader:
		return "the list has no header: it begins with a person"
	case HiddenRows:
		return fmt.Sprintf("%d hidden or filtered rows are read like all others; delete what should not be asked about", n.Count)
	case HiddenColumns:
		return "hidden columns are kept: " + list
	case MergedCells:
		return fmt.Sprintf("%d merged ranges, in columns %s: only the first cell of each holds its value, the others are empty", n.Count, list)
	}
	return "fields are parted by " + list + ", not by commas"
}

func (n Note) chinese(list string) string {
	switch n.Code {
	case LinesAbove:
		if n.First == n.Last {
			return fmt.Sprintf("表头上方的第 %d 行未读取", n.First)
		}
		return fmt.Sprintf("表头上方的第 %d 至 %d 行未读取", n.First, n.Last)
	case OtherSheets:
		return "其他工作表也有内容，未读取：" + list + "（可用 --sheet 选择）"
	case HiddenSheets:
		return "隐藏的工作表有内容，未读取：" + list + "（可用 --sheet 选择）"
	case EncodingBest:
		return "按 " + list + " 编码读取（根据字符判断）；如姓名显示不对，请用 --input-encoding 指定"
	case NoHeader:
		return "没有表头，第一行就是数据"
	case HiddenRows:
		return fmt.Sprintf("%d 行被隐藏或筛选掉，照常读取；不需要核验的请先删除", n.Count)
	case HiddenColumns:
		return "隐藏的列照常保留：" + list
	case MergedCells:
		return fmt.Sprintf("%d 处合并单元格（%s 列）：只有第一格有内容，其余为空", n.Count, list)
	}
	return "字段分隔符不是逗号，而是 " + list
}
