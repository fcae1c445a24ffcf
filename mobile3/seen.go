package mobile3

import (
	"hash/maphash"
	"sync"
)

// A kept connection has no more order than its server: an answer that is sent a
// second time, a few milliseconds late, arrives where the answer about the next
// person is waited for, with all that an answer needs. What tells them apart is the
// gateway's request id, which no two answers share.

// answeredBefore knows the answers of a run by their ids.
type answeredBefore struct {
	ids     *recent
	serials *recent // of answers without an id
}

func newAnsweredBefore() *answeredBefore {
	return &answeredBefore{ids: newRecent(), serials: newRecent()}
}

// telling: serial numbers are taken for proof only where there is no request id, and
// after so many different ones. Nobody promises that they differ.
const telling = 20

// id notes the answer with this request id and reports whether it came before. No id
// tells nothing.
func (a *answeredBefore) id(id string) bool { return id != "" && a.ids.again(id) }

// serial is the same for an answer without a request id.
func (a *answeredBefore) serial(seqNo string) bool {
	return seqNo != "" && a.serials.again(seqNo) && a.serials.different() > telling
}

// remembered is how many answers are remembered at least; twice as many at most. At
// thousands of calls a second that is as long as a connection may be idle.
const remembered = 1 << 17

// recent remembers texts by their hashes, at most 2 × remembered of them.
type recent struct {
	seed maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]struct{}
	distinct   int
}

func newRecent() *recent {
	return &recent{seed: maphash.MakeSeed(), young: map[uint64]struct{}{}}
}

// again notes a text and reports whether it was noted before.
func (r *recent) again(text string) bool {
	h := maphash.String(r.seed, text)
	r.mu.Lock()
	defer r.mu.Unlock()
	_, young := r.young[h]
	_, old := r.old[h]
	if young || old {
		return true
	}
	r.distinct++
	if len(r.young) == remembered {
		r.old, r.young = r.young, make(map[uint64]struct{}, remembered)
	}
	r.young[h] = struct{}{}
	return false
}

// different is how many texts were new.
func (r *recent) different() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.distinct
}
