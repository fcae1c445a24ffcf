package checkpoint

import (
	"bytes"
	"cmp"
	"slices"
)

// orphan is an attempt whose begin is gone, but not what became of it.
type orphan struct {
	call
	at int64 // when that was
}

// orphanage finds the orphans among the frames of a history.
type orphanage struct {
	begun numbers
	list  []orphan
}

func (o *orphanage) look(f frame) {
	var c orphan
	switch f.typ {
	case recordBegin:
		if b, ok := parseBegin(f.payload); ok && possibleAttempt(f, b.attempt) {
			o.begun.add(uint64(b.attempt))
		}
		return
	case recordSettle:
		r, _, ok := parseSettle(f.payload)
		if !ok {
			return
		}
		c = orphan{call{r.key, r.attempt}, r.at}
	case recordVoid:
		key, attempt, at, class, ok := parseVoid(f.payload)
		if !ok || certainlyFree(string(class)) {
			return
		}
		c = orphan{call{key, attempt}, at}
	default:
		return
	}
	if possibleAttempt(f, c.attempt) && !o.begun.has(uint64(c.attempt)) {
		o.list = append(o.list, c)
	}
}

// sorted lists the orphans in the order in which they were begun.
func (o *orphanage) sorted() []orphan {
	slices.SortFunc(o.list, func(a, b orphan) int {
		return cmp.Or(cmp.Compare(a.attempt, b.attempt), bytes.Compare(a.key[:], b.key[:]))
	})
	o.list = slices.CompactFunc(o.list, func(a, b orphan) bool { return a.call == b.call })
	return o.list
}
