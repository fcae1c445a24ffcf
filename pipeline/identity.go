package pipeline

import (
	"mobile3batch/checkpoint"
	"mobile3batch/person"
	"mobile3batch/reader"
)

// Columns says where in a row the three things stand, counted from 0.
type Columns struct{ Name, Mobile, IDCard int }

// Identity tells who stands in a row. One goroutine at a time may use it.
type Identity struct {
	Columns Columns
	Keyer   *person.Keyer
	// Normalisers are all that the checkpoint has seen, newest first. A person
	// is asked under the first; a settled answer or a doubt under any counts.
	Normalisers []person.Normaliser
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

// identify returns the person as they would be sent, and whether they may be.
func (id *Identity) identify(row reader.Row) (person.Person, checkpoint.Key, []person.Finding, bool) {
	p, findings := id.Normalisers[0].Parse(id.raw(row))
	if !person.Valid(findings) {
		return person.Person{}, checkpoint.Key{}, findings, false
	}
	return p, checkpoint.Key(id.Keyer.Key(p)), findings, true
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
func (id *Identity) known(row reader.Row, newest checkpoint.Key, l Lookup) (record, error) {
	r, err := look(newest, l)
	for _, n := range id.Normalisers[1:] {
		if err != nil || r.State != checkpoint.New {
			return r, err
		}
		p, findings := n.Parse(id.raw(row))
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
