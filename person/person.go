// Package person holds one row's identity: the name, mobile and ID number that
// are sent to the service and by which an answer is found again.
//
// Parse turns three cells into a Person and says what it changed (Fix), what is
// odd (Warning) and what can't be right (Fault). A row with a Fault is never
// asked about: the check is free, the call is not. Keyer turns a Person into the
// key under which the checkpoint remembers it.
//
// Start at Parse; the rules of version 1 are in v1_name.go, v1_mobile.go and
// v1_idcard.go, what can be found is listed in code.go.
package person

import "strings"

// Kind is what the reader knows of a cell.
type Kind uint8

const (
	Empty Kind = iota
	Text
	Number
	Date
	Bool
	Error
	Formula // a formula without a saved value
)

// Field is one cell: its kind and its text as stored. It prints masked.
type Field struct {
	Kind Kind
	Text string
}

// Raw is a row before normalisation. It prints masked.
type Raw struct {
	Name, Mobile, IDCard Field
}

// Column says which of the three cells is meant.
type Column uint8

const (
	Name Column = iota
	Mobile
	IDCard
)

// String is the service's word for the column.
func (c Column) String() string {
	switch c {
	case Name:
		return "name"
	case Mobile:
		return "mobile"
	case IDCard:
		return "idCard"
	}
	return "column"
}

// Person is a normalised, checked identity: exactly what is sent and exactly
// what is keyed. It prints masked under every verb and in every log; only %p and
// %w, which vet refuses for it, never ask a value how to print.
type Person struct {
	Version byte // the normaliser that made it
	Name    string
	Mobile  string
	IDCard  string
}

// Normaliser is one frozen set of rules. Two people who are one and the same to
// it get one key. A Normaliser that has made keys must never change what it
// makes of a valid row: that row would be paid for again. New rules are a new
// Version; golden vectors in testdata hold each one still.
type Normaliser struct {
	Version byte
	Parse   func(Raw) (Person, []Finding)
}

// Normalisers lists all versions, newest first. Look a person up under each of
// them. Entries are never edited or removed.
var Normalisers = []Normaliser{
	{Version: 1, Parse: parseV1},
}

// Parse applies the newest Normaliser. Only if Valid(findings) is the Person
// usable; otherwise it is the zero Person.
func Parse(raw Raw) (Person, []Finding) {
	return Normalisers[0].Parse(raw)
}

// Valid reports that no finding is a Fault.
func Valid(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity() == Fault {
			return false
		}
	}
	return true
}

// v1 is the state of one version-1 parse: what was found so far.
type v1 struct {
	findings []Finding
}

func parseV1(raw Raw) (Person, []Finding) {
	var p v1
	if v1Blank(raw.Name) && v1Blank(raw.Mobile) && v1Blank(raw.IDCard) {
		return Person{}, []Finding{{Column: Name, Code: EmptyRow}}
	}
	// Whether a name may be written in Latin letters depends on the ID, but
	// findings stand in the order of the columns.
	foreign := strings.HasPrefix(v1Narrow(raw.IDCard.Text), "9")
	name := p.name(raw.Name, foreign)
	mobile := p.mobile(raw.Mobile)
	idCard := p.idCard(raw.IDCard)
	if !Valid(p.findings) {
		return Person{}, p.findings
	}
	return Person{Version: 1, Name: name, Mobile: mobile, IDCard: idCard}, p.findings
}

// add notes a finding once per column.
func (p *v1) add(c Column, code Code) {
	f := Finding{Column: c, Code: code}
	for _, have := range p.findings {
		if have == f {
			return
		}
	}
	p.findings = append(p.findings, f)
}

// kind finds what is wrong with a cell whatever its column. It reports whether
// the cell's text is worth a look.
func (p *v1) kind(c Column, f Field) bool {
	switch f.Kind {
	case Date:
		p.add(c, CellDate)
	case Bool:
		p.add(c, CellBool)
	case Error:
		p.add(c, CellError)
	case Formula:
		p.add(c, CellFormula)
	default:
		if v1Blank(f) {
			p.add(c, Missing)
			return false
		}
		return true
	}
	return false
}
