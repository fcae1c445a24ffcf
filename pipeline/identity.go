package pipeline

import (
	"mobile3batch/checkpoint"
	"mobile3batch/person"
	"mobile3batch/reader"
)

// Columns says where in a row the three things stand, counted from 0.
type Columns struct{ Name, Mobile, IDCard int }

// Identity tells who stands in a row. It may be used by several goroutines.
type Identity struct {
	Columns Columns
	Keyer   *person.Keyer
	// Normalisers are all that the checkpoint has seen, newest first. A person
	// is asked under the first; a settled answer or a doubt under any counts.
	Normalisers []person.Normaliser
	// Said tells which faults the input itself, a sheet of an earlier run, names in
	// a row's note. nil, or a nil result: none.
	Said func(reader.Row) func(person.Finding) bool
}

func (id *Identity) raw(row reader.Row) person.Raw {
	return person.Raw{
		Name:   field(row, id.Columns.Name),
		Mobile: field(row, id.Columns.Mobile),
		IDCard: field(row, id.Columns.IDCard),
	}
}

func field(row reader.Row, i int) person.Field {
	if i < 0 || i >= len(row.Cells) {
		return person.Field{}
	}
	return person.Field{Kind: person.Kind(row.Cells[i].Kind), Text: row.Cells[i].Text}
}

// identify tells who stands in a row, and whether they may be sent.
func (id *Identity) identify(row reader.Row) candidate {
	c := candidate{row: row}
	raw := id.raw(row)
	c.person, c.findings = id.Normalisers[0].Parse(raw)
	if said := id.said(row); said != nil {
		c.findings = person.Recall(raw, c.findings, said)
	}
	if c.valid = person.Valid(c.findings); !c.valid {
		c.person = person.Person{}
		return c
	}
	c.key = checkpoint.Key(id.Keyer.Key(c.person))
	return c
}

func (id *Identity) said(row reader.Row) func(person.Finding) bool {
	if id.Said == nil {
		return nil
	}
	return id.Said(row)
}

// Lookup is what a survey asks of a checkpoint.
type Lookup interface {
	Lookup(checkpoint.Key) (checkpoint.Entry, error)
	OpenAttempts(checkpoint.Key) []checkpoint.Attempt
}

// record is what a checkpoint holds of a person.
type record struct {
	checkpoint.Entry
	key    checkpoint.Key // under which it was found
	doubts int            // attempts begun and never closed
}

// unclear: sent before, and there is no verdict.
func (r record) unclear() bool {
	return r.State == checkpoint.InDoubt || r.State == checkpoint.Settled && !r.Answer.Usable()
}

// known looks a person up under every normaliser's key, newest first.
func (id *Identity) known(c candidate, l Lookup) (record, error) {
	r, err := look(c.key, l)
	for _, n := range id.Normalisers[1:] {
		if err != nil || r.State != checkpoint.New {
			return r, err
		}
		p, findings := n.Parse(id.raw(c.row))
		if person.Valid(findings) {
			r, err = look(checkpoint.Key(id.Keyer.Key(p)), l)
		}
	}
	return r, err
}

func look(k checkpoint.Key, l Lookup) (record, error) {
	e, err := l.Lookup(k)
	r := record{Entry: e, key: k}
	if e.State == checkpoint.InDoubt {
		r.doubts = len(l.OpenAttempts(k))
	}
	return r, err
}

// glancer knows what became of people without reading their answers.
type glancer interface {
	Glance(checkpoint.Key) (checkpoint.Entry, error)
}

// glancing spares a survey the reading of every answer, where it needs no times: that an answer is there, and of what
// kind, is known without.
func glancing(l Lookup, policy Policy) Lookup {
	g, ok := l.(glancer)
	if !ok || !policy.FreshSince.IsZero() {
		return l
	}
	return glance{l, g}
}

type glance struct {
	whole Lookup
	glancer
}

func (g glance) Lookup(k checkpoint.Key) (checkpoint.Entry, error) { return g.Glance(k) }

func (g glance) OpenAttempts(k checkpoint.Key) []checkpoint.Attempt { return g.whole.OpenAttempts(k) }
