package cli

import (
	"crypto/rand"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
)

// past is what a checkpoint tells of earlier runs: a *checkpoint.Log, or a
// *checkpoint.Reader for plan. A nil past knows nothing.
type past interface {
	pipeline.Lookup
	Secret() []byte
	Normalisers() []byte
	Runs() []checkpoint.Run
	Lost() int
	CallsOf(batch string) int
	NewestRecord() time.Time
	InDoubt() iter.Seq[checkpoint.Doubt]
}

// source is an input, opened and understood. run and plan share it.
type source struct {
	table    *reader.Table
	lang     lang
	identity *pipeline.Identity
}

func openSource(o options) (source, error) {
	password, err := o.password()
	if err != nil {
		return source{}, err
	}
	t, err := reader.Open(o.input, reader.Options{
		Password: password,
		Sheet:    o.sheet, HeaderRow: o.headerRow, NoHeader: o.noHeader, Columns: o.columns, Encoding: o.encoding,
		Looks: func(cell string) (string, bool) {
			column, ok := person.Looks(cell)
			return column.String(), ok
		},
	})
	if err != nil {
		return source{}, err
	}
	return source{table: t, lang: langOf(o.language, t.Header())}, nil
}

// password is the first line of its file, as it is: blanks may belong to it.
func (o options) password() (string, error) {
	if o.passwordFile == "" {
		return "", nil
	}
	b, err := os.ReadFile(o.passwordFile)
	if err != nil {
		return "", refusedError{fmt.Errorf("--password-file: %w", err)}
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(string(b), "\ufeff"), "\n")
	if first = strings.TrimSuffix(first, "\r"); first == "" {
		return "", refusedError{fmt.Errorf("--password-file %s: its first line, the password, is empty", o.passwordFile)}
	}
	return first, nil
}

// identifyBy prepares the keys. Without a checkpoint nobody is known, and any
// secret will do to tell one person from another.
func (s *source) identifyBy(p past) {
	secret := make([]byte, 32)
	seen := person.Normalisers[:1]
	if p == nil {
		rand.Read(secret) // never fails
	} else {
		secret = p.Secret()
		seen = normalisersSeen(p.Normalisers())
	}
	s.identity = &pipeline.Identity{
		Columns: pipeline.Columns{
			Name: s.table.Column("name"), Mobile: s.table.Column("mobile"), IDCard: s.table.Column("idCard"),
		},
		Keyer:       person.NewKeyer(secret),
		Normalisers: seen,
		Said:        saidIn(s.table.Header()),
	}
}

// normalisersSeen is the newest one, and every older one that has made keys in
// this checkpoint.
func normalisersSeen(versions []byte) []person.Normaliser {
	var seen []person.Normaliser
	for i, n := range person.Normalisers {
		if i == 0 || slices.Contains(versions, n.Version) {
			seen = append(seen, n)
		}
	}
	return seen
}

// inputTag tells one input from another in a shared checkpoint, without its
// path: a keyed digest of it.
func inputTag(k *person.Keyer, input string) [16]byte {
	if abs, err := filepath.Abs(input); err == nil {
		input = abs
	}
	return k.Key(person.Person{Name: input})
}

// batchStart is from when ages are measured: an unfinished run of the same
// input hands its start on, so that what it paid for does not grow too old.
func batchStart(p past, tag [16]byte, now time.Time) time.Time {
	if p == nil {
		return now
	}
	for _, r := range slices.Backward(p.Runs()) {
		if r.Input != tag {
			continue
		}
		if r.End == nil || r.End.Why != endFinished {
			return r.BatchStart
		}
		break
	}
	return now
}
