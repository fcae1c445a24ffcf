package reader

import (
	"archive/zip"
	"strings"
)

// workbook is an open package: its sheets in tab order, and what cells refer to.
type workbook struct {
	archive  *archive
	sheets   []sheet
	from1904 bool
	strings  sharedStrings
	limits   map[*zip.File]int64 // of the parts that may be larger than others
	styles   styles
}

// sheet is one tab. Only worksheets have a part; chart and macro sheets have none.
type sheet struct {
	name   string
	hidden bool
	part   *zip.File
	book   *workbook
	relID  string
}

func readWorkbook(file *input) (*workbook, error) {
	a, err := openArchive(file)
	if err != nil {
		return nil, err
	}
	if what := a.foreign(); what != "" {
		return nil, &Error{Problem: "this is " + what, Do: doConvert}
	}
	types, err := a.contentTypes()
	if err != nil {
		return nil, err
	}
	main, err := a.mainPart(types)
	if err != nil {
		return nil, err
	}
	w := &workbook{archive: a, limits: map[*zip.File]int64{}}
	if err := parsePart(main, maxPartBytes, w.read); err != nil {
		return nil, err
	}
	rels, err := a.relationships(partName(main.Name))
	if err != nil {
		return nil, err
	}
	if err := w.bind(rels); err != nil {
		return nil, err
	}
	return w, w.readParts(rels)
}

// mainPart follows the package's relationship to the workbook.
func (a *archive) mainPart(types contentTypes) (*zip.File, error) {
	rels, err := a.relationships("")
	if err != nil {
		return nil, err
	}
	var main *relationship
	for _, rel := range rels {
		if rel.kind != "officeDocument" || rel.external {
			continue
		}
		if main != nil {
			return nil, &Error{Problem: "a package with two main parts", Do: doRepair}
		}
		main = &rel
	}
	if main == nil {
		return nil, &Error{Problem: "a package without a workbook", Do: doRepair}
	}
	f := a.target(*main)
	if f == nil {
		return nil, &Error{Part: main.target, Problem: "the part is missing", Do: doRepair}
	}
	kind := types.of(main.target)
	switch {
	case strings.Contains(kind, "sheet.binary"):
		return nil, &Error{Problem: "this is a binary workbook (.xlsb)", Do: doConvert}
	case strings.Contains(kind, "spreadsheetml"), strings.Contains(kind, "ms-excel"):
		return f, nil
	}
	return nil, &Error{Problem: "this is an Office document, but no workbook", Do: doConvert}
}

func (w *workbook) read(x *xmlReader) error {
	if err := root(x, mainSpace, "workbook"); err != nil {
		return err
	}
	return children(x, func() error {
		if x.space != mainSpace {
			return x.skip()
		}
		switch string(x.name) {
		case "workbookPr":
			v, _, err := x.attr("date1904")
			if err != nil {
				return err
			}
			w.from1904 = isTrue(v)
		case "sheets":
			return children(x, func() error { return w.readSheet(x) })
		}
		return x.skip()
	})
}

func (w *workbook) readSheet(x *xmlReader) error {
	if x.space != mainSpace || string(x.name) != "sheet" {
		return x.skip()
	}
	name, _, err := x.attr("name")
	if err != nil {
		return err
	}
	state, _, err := x.attr("state")
	if err != nil {
		return err
	}
	id, ok, err := x.attrIn(relSpace, "id")
	if err != nil {
		return err
	}
	if !ok {
		return &Error{Sheet: name, Problem: "the workbook does not say which part holds the sheet", Do: doRepair}
	}
	hidden := state == "hidden" || state == "veryHidden"
	w.sheets = append(w.sheets, sheet{name: name, hidden: hidden, relID: id, book: w})
	return x.skip()
}

// bind finds the sheets' parts.
func (w *workbook) bind(rels map[string]relationship) error {
	for i := range w.sheets {
		s := &w.sheets[i]
		if s.relID == "" { // how old macro modules stand among the sheets
			continue
		}
		rel, ok := rels[s.relID]
		if !ok {
			return &Error{Sheet: s.name, Problem: "the workbook does not say which part holds the sheet", Do: doRepair}
		}
		if rel.kind != "worksheet" {
			continue
		}
		if s.part = w.archive.target(rel); s.part == nil || rel.external {
			return &Error{Sheet: s.name, Part: rel.target, Problem: "the sheet's part is missing", Do: doRepair}
		}
		w.limits[s.part] = maxSheetBytes
	}
	return nil
}

// readParts reads the shared strings and the styles.
func (w *workbook) readParts(rels map[string]relationship) error {
	seen := map[string]bool{}
	for _, rel := range rels {
		limit, parse := int64(maxPartBytes), w.styles.read
		switch rel.kind {
		case "sharedStrings":
			limit, parse = maxStringBytes, w.strings.read
		case "styles":
		default:
			continue
		}
		f := w.archive.target(rel)
		if f == nil || rel.external {
			return &Error{Part: rel.target, Problem: "the part is missing", Do: doRepair}
		}
		if seen[rel.kind] {
			return &Error{Part: rel.target, Problem: "a second part of its kind", Do: doRepair}
		}
		seen[rel.kind] = true
		w.limits[f] = max(w.limits[f], limit)
		if err := parsePart(f, limit, parse); err != nil {
			return err
		}
	}
	return nil
}

// checkOthers reads every entry but the chosen sheet's to its end, so that damage anywhere is found before rows are used.
func (w *workbook) checkOthers(chosen *zip.File) error {
	for _, f := range w.archive.order {
		if f == chosen {
			continue
		}
		limit, ok := w.limits[f]
		if !ok {
			limit = maxPartBytes
		}
		if err := checkPart(f, limit); err != nil {
			return err
		}
	}
	return nil
}
