package reader

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Columns that no name tells are told by what stands in them. A wrong column costs a whole list, so the bounds are high,
// a second column that might be meant is a reason to refuse, and what was decided is said.
const (
	fewestAlike = 3    // cells that look like the field
	enoughAlike = 0.9  // of the cells that are not empty, for numbers, which have a form of their own
	nameAlike   = 0.8  // for names: a rare surname looks like none
	rival       = 0.25 // so many alike, and a column might be meant, too
	contrary    = 0.8  // so many that look like another field belie a header
	filled      = 0.5  // of the rows must hold something there
	varied      = 0.5  // of the cells alike must differ: a clerk's name or a hotline stands in every row
)

// How a column was chosen.
const (
	ByName    = iota // by its header's text
	ByFlag           // by Options.Columns
	ByContent        // by what its cells look like
)

// Choice says which column serves a field, and why.
type Choice struct {
	Field        string
	Column       int    // from 0
	By           int    // ByName, ByFlag or ByContent
	Header       string // the header's text; "" if it might be a person's
	Alike, Cells int    // ByContent: so many of so many cells look like the field
}

// otherPeople are words in headers of columns about somebody else than the row's person, or about another number of
// theirs. Such a column is never chosen by its content.
var otherPeople = []string{
	"经办", "联系人", "紧急", "配偶", "父", "母", "子女", "亲属", "家属", "推荐", "介绍", "销售", "客服", "业务员", "专员", "经理",
	"负责", "操作", "审核", "审批", "录入", "担保", "监护", "代理", "代办", "受益", "法人", "法定", "共同", "备用", "其他", "其它",
	"家长", "老师", "班主任", "爱人", "丈夫", "妻子", "儿子", "女儿", "收件", "寄件", "收货", "发货", "房东", "中介", "主管", "领导",
	"上级", "户主", "咨询", "热线",
	"第二", "旧", "原", "座机", "固话", "公司", "单位", "护照", "银行", "卡号", "contact", "emergency", "spouse", "agent", "sales",
	"manager", "guardian", "second", "office", "work", "home", "bank",
}

// otherThings are words in headers of columns that are not for people's numbers. They are never chosen either, but what
// looks like a field in them is a reason to ask.
var otherThings = []string{"备注", "说明", "编号", "工号", "学号", "单号", "账号", "订单"}

// cellTally is what a sample of one column's cells looks like.
type cellTally struct {
	cells  int
	alike  map[string]int
	unlike map[string]bool // the cells, each once
	words  int             // cells that may be a name in any script
}

// differ: the cells are not always the same few.
func (t cellTally) differ() bool { return float64(len(t.unlike)) >= varied*float64(t.cells) }

// maybeNames: a column of words that differ may hold names of people whose surnames nobody has in a table.
func (t cellTally) maybeNames() bool {
	return t.cells >= fewestAlike && float64(t.words) >= nameAlike*float64(t.cells) && t.differ()
}

// wordy: letters alone, with the marks that names have.
func wordy(text string) bool {
	n := 0
	for _, r := range text {
		if !unicode.IsLetter(r) && !strings.ContainsRune("·•. -", r) {
			return false
		}
		n++
	}
	return n >= 2 && n <= 25
}

func (t cellTally) share(field string) float64 {
	if t.cells == 0 {
		return 0
	}
	return float64(t.alike[field]) / float64(t.cells)
}

// tallies looks at the columns of some rows.
func tallies(rows []headerRow, o Options) []cellTally {
	var all []cellTally
	for _, row := range rows {
		for len(all) < len(row.texts) {
			all = append(all, cellTally{alike: map[string]int{}, unlike: map[string]bool{}})
		}
		for i, text := range row.texts {
			if strings.TrimSpace(text) == "" {
				continue
			}
			all[i].cells++
			all[i].unlike[text] = true
			if wordy(text) {
				all[i].words++
			}
			if like, ok := o.looks(text); ok {
				all[i].alike[like]++
			}
		}
	}
	return all
}

// agree makes sure that the columns found by name do not plainly hold something else: headers get swapped, too. What the
// user has named is left alone.
func agree(row headerRow, below []headerRow, matches map[string]match, o Options) ([]Choice, error) {
	seen := tallies(below, o)
	var choices []Choice
	for _, field := range fields {
		m := matches[field]
		c := Choice{Field: field, Column: m.columns[0], By: ByName, Header: row.quote(m.columns[0])}
		if m.rank == chosen {
			c.By = ByFlag
		} else if c.Column < len(seen) {
			if err := contradiction(c, row, seen, below, o); err != nil {
				return nil, err
			}
		}
		choices = append(choices, c)
	}
	return choices, nil
}

func contradiction(c Choice, row headerRow, seen []cellTally, below []headerRow, o Options) error {
	t := seen[c.Column]
	for _, other := range fields {
		if other == c.Field || t.alike[other] < fewestAlike || t.share(other) < contrary {
			continue
		}
		return &Error{Row: row.line, Column: ColumnLetter(c.Column),
			Problem: fmt.Sprintf("the header says %s, but %d of the first %d cells below look like %s", c.Field, t.alike[other], t.cells, other),
			Do:      "put the headers right, or say which columns are meant, such as " + suggestion(below, o)}
	}
	return nil
}

// quote is a header's text, "" if it might be anything else.
func (r headerRow) quote(column int) string {
	if column >= len(r.texts) || !isHeaderWord(r.texts[column]) {
		return ""
	}
	return r.texts[column]
}

// headless takes a list whose first row is a person's, or that is said to have no header, for one without, if the user has
// named all three columns by letters.
func headless(rows []headerRow, matches map[string]match, o Options) (header, bool) {
	columns, ok := allByLetter(matches, o)
	if !ok || o.HeaderRow > 0 || !o.NoHeader && !isPerson(rows[0], columns, o) {
		return header{}, false
	}
	var choices []Choice
	for _, field := range fields {
		choices = append(choices, Choice{Field: field, Column: columns[field], By: ByFlag})
	}
	return madeHeader(rows, columns, choices), true
}

// allByLetter: the user gave a letter for each of the three columns.
func allByLetter(matches map[string]match, o Options) (columns map[string]int, ok bool) {
	columns = map[string]int{}
	for _, field := range fields {
		m := matches[field]
		i, isLetter := columnIndex(o.Columns[field])
		if m.rank != chosen || !isLetter || len(m.columns) != 1 || m.columns[0] != i {
			return nil, false
		}
		columns[field] = i
	}
	return columns, true
}

// isPerson: a row with a mobile and an ID number where they belong is a person's, and no header.
func isPerson(row headerRow, columns map[string]int, o Options) bool {
	for _, field := range []string{"mobile", "idCard"} {
		c, ok := columns[field]
		if !ok || c >= len(row.texts) {
			return false
		}
		if like, ok := o.looks(row.texts[c]); !ok || like != field {
			return false
		}
	}
	return true
}

var madeNames = map[string]string{"name": "姓名", "mobile": "手机号", "idCard": "身份证号"}

// madeHeader names the columns of a list that has no header.
func madeHeader(rows []headerRow, columns map[string]int, choices []Choice) header {
	h := header{columns: columns, choices: choices}
	width := 0
	for _, r := range rows {
		width = max(width, len(r.texts))
	}
	h.texts = make([]string, min(width, maxHeaderWidth))
	for i := range h.texts {
		h.texts[i] = "列" + ColumnLetter(i)
	}
	for field, i := range columns {
		h.texts[i] = madeNames[field]
	}
	return h
}

// findByContent finds the columns that no name told. The names that there are, and the user's, stand. found is false if
// nothing at all speaks for a list of people; an error says what is not certain.
func findByContent(rows []headerRow, o Options) (h header, found bool, err error) {
	if o.Looks == nil || o.AnyColumns || len(rows) == 0 {
		return header{}, false, nil
	}
	first := firstPerson(rows, o)
	if first < 0 {
		return header{}, false, nil
	}
	at, ok := -1, o.NoHeader
	if !ok {
		at, ok = mostNamed(rows[:first], o)
	}
	if !ok {
		at, ok = headerAbove(rows, first, o)
	}
	if !ok {
		return header{}, false, nil
	}
	row, below := headerRow{}, rows
	if at >= 0 {
		row, below = rows[at], rows[at+1:]
	}
	if at >= 0 && o.HeaderRow == 0 && !row.surely(below) {
		return header{}, false, row.unsure(below, o)
	}
	matches, _ := matchFields(row.texts, o)
	if at < 0 {
		matches = lettersOnly(rows[0], o)
	}
	columns, choices, err := told(row, below, matches, o)
	if err != nil {
		return header{}, false, err
	}
	if at < 0 {
		return madeHeader(rows, columns, choices), true, nil
	}
	h, err = row.header(columns, rows[:at], o)
	h.choices = choices
	return h, err == nil, err
}

// lettersOnly are the user's columns of a list without a header.
func lettersOnly(row headerRow, o Options) map[string]match {
	matches := map[string]match{}
	for _, field := range fields {
		var m match
		if i, ok := columnIndex(o.Columns[field]); ok && i < len(row.texts) {
			m.take(chosen, i)
		}
		matches[field] = m
	}
	return matches
}

// firstPerson is the first row that holds a mobile and an ID number; -1 if none of them does.
func firstPerson(rows []headerRow, o Options) int {
	return slices.IndexFunc(rows, func(r headerRow) bool {
		var mobile, idCard bool
		for _, t := range r.texts {
			like, ok := o.looks(t)
			mobile = mobile || ok && like == "mobile"
			idCard = idCard || ok && like == "idCard"
		}
		return mobile && idCard
	})
}

// mostNamed is the row in which the most fields have their names; ok is false if none has any.
func mostNamed(rows []headerRow, o Options) (at int, ok bool) {
	most := 0
	for i, row := range candidates(rows, o) {
		if row.holdsNumber(o) {
			continue
		}
		matches, _ := matchFields(row.texts, o)
		n := 0
		for _, m := range matches {
			if m.rank > noMatch {
				n++
			}
		}
		if n > most {
			at, most = i, n
		}
	}
	return at, most > 0
}

// headerAbove finds the header of a list whose first person stands in rows[first]: the row named by the user, else the
// one right above; -1 if the list begins with a person. ok is false if what stands above is no header.
func headerAbove(rows []headerRow, first int, o Options) (at int, ok bool) {
	if o.HeaderRow > 0 {
		at := slices.IndexFunc(rows, func(r headerRow) bool { return r.line == o.HeaderRow })
		return at, at >= 0 && at < first
	}
	if first == 0 {
		return -1, true
	}
	if first > headerRows {
		return 0, false
	}
	above, texts := rows[first-1], 0
	for _, t := range above.texts {
		if t != "" {
			texts++
		}
	}
	return first - 1, texts >= len(fields) && !above.holdsNumber(o)
}

// holdsNumber: a mobile or an ID number stands in it, so it is at least half a person.
func (r headerRow) holdsNumber(o Options) bool {
	return slices.ContainsFunc(r.texts, func(t string) bool {
		like, ok := o.looks(t)
		return ok && like != "name"
	})
}

// told chooses each field's column: by name where one says it, else by content.
func told(row headerRow, below []headerRow, matches map[string]match, o Options) (map[string]int, []Choice, error) {
	seen := tallies(below, o)
	columns, taken := map[string]int{}, map[int]bool{}
	for _, field := range fields {
		m := matches[field]
		switch {
		case len(m.columns) > 1:
			return nil, nil, ambiguous(field, row.line, m)
		case len(m.columns) == 1 && taken[m.columns[0]]:
			return nil, nil, &Error{Row: row.line, Column: ColumnLetter(m.columns[0]), Problem: "one column for two fields", Do: "give each its own with --column"}
		case len(m.columns) == 1:
			columns[field] = m.columns[0]
			taken[m.columns[0]] = true
		}
	}
	choices := make([]Choice, len(fields))
	for i, field := range fields {
		column, ok := columns[field]
		if !ok {
			continue
		}
		c := Choice{Field: field, Column: column, By: ByName, Header: row.quote(column)}
		if matches[field].rank == chosen {
			c.By = ByFlag
		} else if column < len(seen) {
			if err := contradiction(c, row, seen, below, o); err != nil {
				return nil, nil, err
			}
		}
		choices[i] = c
	}
	for i, field := range fields {
		if _, ok := columns[field]; ok {
			continue
		}
		if o.Columns[field] != "" {
			return nil, nil, noHeader([]headerRow{row}, o) // what the user has named is not there
		}
		column, err := alike(field, row, seen, taken, below, o)
		if err != nil {
			return nil, nil, err
		}
		columns[field], taken[column] = column, true
		choices[i] = Choice{Field: field, Column: column, By: ByContent, Header: row.quote(column), Alike: seen[column].alike[field], Cells: seen[column].cells}
	}
	return columns, choices, nil
}

// alike is the one column whose cells look like the field.
func alike(field string, row headerRow, seen []cellTally, taken map[int]bool, below []headerRow, o Options) (int, error) {
	need := enoughAlike
	if field == "name" {
		need = nameAlike
	}
	best, might := -1, []int(nil)
	for i, t := range seen {
		header := ""
		if i < len(row.texts) {
			header = row.texts[i]
		}
		if taken[i] || headed(header, otherPeople) {
			continue
		}
		if !headed(header, otherThings) && t.share(field) >= need && t.alike[field] >= fewestAlike {
			best = i
		}
		if t.share(field) >= rival || field == "name" && t.maybeNames() && row.quote(i) == "" {
			might = append(might, i)
		}
	}
	sparse := best >= 0 && float64(seen[best].cells) < filled*float64(len(below))
	repeated := best >= 0 && !seen[best].differ()
	if best >= 0 && len(might) == 1 && !sparse && !repeated {
		return best, nil
	}
	problem := fmt.Sprintf("no column is named %s, and none plainly holds it", field)
	switch {
	case len(might) > 1:
		var places []string
		for _, i := range might {
			places = append(places, fmt.Sprintf("%s (%d/%d)", ColumnLetter(i), seen[i].alike[field], seen[i].cells))
		}
		problem = fmt.Sprintf("no column is named %s, and cells like it stand in columns %s", field, strings.Join(places, ", "))
	case sparse:
		problem = fmt.Sprintf("no column is named %s, and column %s with cells like it is mostly empty", field, ColumnLetter(best))
	case repeated:
		problem = fmt.Sprintf("no column is named %s, and column %s has the same few cells like it again and again", field, ColumnLetter(best))
	}
	return 0, &Error{Row: row.line, Problem: problem, Do: "say which columns are meant, such as " + suggestion(below, o)}
}

func headed(header string, words []string) bool {
	folded := foldHeader(header)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(folded, word) })
}
