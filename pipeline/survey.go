package pipeline

import (
	"iter"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
	"mobile3batch/reader"
)

// Survey is what the first reading of an input found. It cost nothing.
type Survey struct {
	Rows       int64
	Invalid    int64 // rows that no call can be made for
	Known      int64 // rows whose answer the checkpoint holds
	InDoubt    int64 // rows held back: sent before, never answered
	Duplicates int64 // rows that share another row's call
	ToAsk      int64 // calls that a whole run would pay for
	Resent     int64 // of these: in doubt or unusable before
	Renewed    int64 // of these: older than the policy allows
	Beyond     int64 // rows that would be asked about, but stand behind the policy's limit
	Digest     Digest

	asked *distinct
}

// Asks reports whether a whole run would pay for this person.
func (s Survey) Asks(k checkpoint.Key) bool { return s.asked != nil && s.asked.has(k) }

// Forget lets go of who is to be asked; the numbers stay.
func (s *Survey) Forget() { s.asked = nil }

// Plan is what would become of one row.
type Plan uint8

const (
	PlanAsk Plan = iota
	PlanDuplicate
	PlanKnown
	PlanHold
	PlanInvalid
	PlanLater // behind the limit
)

func (p Plan) String() string {
	return [...]string{"to_ask", "duplicate", "known", "in_doubt", "invalid", "later"}[p]
}

// Planned is one row of a survey.
type Planned struct {
	Row      reader.Row
	Key      checkpoint.Key // under which this person would be asked; of an invalid row: none
	Plan     Plan
	Findings []person.Finding
	Entry    checkpoint.Entry // for PlanKnown and PlanHold; as Glance knows it, unless answers expire
}

// Inspect reads the whole input and spends nothing. each, if not nil, is
// called for every row, in order. An error is the reader's or the lookup's.
func Inspect(rows iter.Seq2[reader.Row, error], id *Identity, policy Policy, l Lookup, each func(Planned) error) (Survey, error) {
	s := Survey{asked: &distinct{}}
	digest := newDigest() // not in s, which is handed back while the reading may still be ahead
	l = glancing(l, policy)
	for c, err := range ahead(rows, id, &digest) {
		if err != nil {
			return s, err
		}
		planned, err := s.plan(c, id, policy, l)
		if err != nil {
			return s, err
		}
		if each == nil {
			continue
		}
		if err := each(planned); err != nil {
			return s, err
		}
	}
	s.Digest = digest
	return s, nil
}

func (s *Survey) plan(c candidate, id *Identity, policy Policy, l Lookup) (Planned, error) {
	s.Rows++
	p := Planned{Row: c.row, Key: c.key, Findings: c.findings}
	if !c.valid {
		s.Invalid++
		p.Plan = PlanInvalid
		return p, nil
	}
	known, err := id.known(c, l)
	if err != nil {
		return p, err
	}
	p.Entry = known.Entry
	why := policy.grounds(known)
	switch {
	case why != noGrounds && policy.beyond(s.Rows):
		s.Beyond++
		p.Plan = PlanLater
	case why != noGrounds:
		if !s.asked.add(c.key) {
			s.Duplicates++
			p.Plan = PlanDuplicate
			return p, nil
		}
		s.toAsk(why)
		p.Plan = PlanAsk
	case p.Entry.State == checkpoint.InDoubt:
		s.InDoubt++
		p.Plan = PlanHold
	default:
		s.Known++
		p.Plan = PlanKnown
	}
	return p, nil
}

func (s *Survey) toAsk(why grounds) {
	s.ToAsk++
	switch why {
	case asResent:
		s.Resent++
	case asRenewed:
		s.Renewed++
	}
}
