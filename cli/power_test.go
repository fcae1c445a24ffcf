//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// flicker is the power going at the n-th operation of a run, and what was judged of it.
type flicker struct {
	*rig
	t    *testing.T
	n    int
	kind circumstance
	lies lies
	rng  *rand.Rand
	sum  *powerTally

	passed bool // not in the sample: the run is cut, and what is left is not judged

	hit     bool // the run had that many operations
	disk    *shadowDisk
	bill    []sandbox.Line
	begun   int // in the checkpoint as programs saw it
	settled int // in the checkpoint as it certainly is on the disk
}

// circumstance is what the power cut comes on top of.
type circumstance uint8

const (
	quickDisk circumstance = iota
	slowDisk               // commits are larger
	sickDisk               // in the run before, a sync failed
	circumstances
)

type powerTally struct {
	mu                                      sync.Mutex
	cuts, states, same, chains, links, ends int
	longest                                 int // chain
	billed, twice, doubts                   int
	lost, broken, refused                   int // answers, sheets, checkpoints: of a disk that lies
}

func (s *powerTally) add(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *powerTally) String() string {
	return fmt.Sprintf("%d cuts, %d states of the disk after one (%d more were the same as another), %d of them after further cuts, in %d chains of up to %d, %d after a run's end; billed %d, twice %d, in doubt %d",
		s.cuts, s.states, s.same, s.links, s.chains, s.longest, s.ends, s.billed, s.twice, s.doubts)
}

// TestPowerCutAtEveryOperation lets the power go at the n-th operation on the disk, for every n, builds what may then be
// on the disk, and runs the same command there, on which the power may go again. Nobody may be charged twice, and no
// answer that was on the disk may be lost.
//
// MOBILE3_LONG=1 asks for five times as many states. The sample takes each operation once, in one circumstance.
func TestPowerCutAtEveryOperation(t *testing.T) {
	mixes, chains, least := 6, 2, 3500
	if long() {
		mixes, least = 18, 20_000
	}
	short := testing.Short() || sampled()
	if short {
		mixes, chains, least = 2, 1, 100
	}
	seed := rand.Uint64()
	crew := rigs(t, 50, "people.checked.csv")
	var sum powerTally
	rounds := 2 * int(circumstances)
	if short {
		rounds = int(circumstances)
	}
	for round := 0; round < rounds || sum.states < least; round++ {
		n := each(crew, func(r *rig, n int) bool {
			f := &flicker{rig: r, t: t, n: n, kind: circumstance(round) % circumstances, sum: &sum,
				passed: sampled() && (n+round)%(2*int(circumstances)) > 0,
				rng:    rand.New(rand.NewPCG(seed, uint64(round)<<32|uint64(n)))}
			return f.judge(mixes, chains)
		})
		if t.Failed() {
			t.Fatalf("seed %d, round %d", seed, round)
		}
		if n < 40 || round > 100 {
			t.Fatalf("only %d operations in round %d: the test has lost its point", n, round)
		}
	}
	t.Log(&sum)
	if sum.chains < least/20 || (sum.longest < 5 && !short) || sum.doubts == 0 || sum.ends == 0 {
		t.Error("the test has lost its point")
	}
}

// TestPowerCutTwice takes every pair: the power goes at the n-th operation of a small run, and again at the m-th of the
// run that goes on. MOBILE3_LONG=1 asks for more of what each cut may leave.
func TestPowerCutTwice(t *testing.T) {
	seed := rand.Uint64()
	var sum powerTally
	every, least := 1, 1000
	if testing.Short() && !sampled() {
		every = 4
	}
	if testing.Short() || sampled() {
		least = 200
	}
	n := each(rigs(t, 3, "people.checked.csv"), func(r *rig, n int) bool {
		if n%every != 0 && n < 20 {
			return true
		}
		f := &flicker{rig: r, t: t, n: n, sum: &sum, rng: rand.New(rand.NewPCG(seed, uint64(n))), passed: sampled() && n%8 > 0}
		return f.judgeTwice()
	})
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
	t.Log(&sum)
	if n < 20 || sum.states < least || sum.doubts == 0 {
		t.Errorf("only %d operations: the test has lost its point", n)
	}
}

// TestAnEndThatWasNotWritten: the sync of a run's end fails, and nothing can be written behind it. The system then takes
// the end for written; the next run sees a checkpoint in order and adds to it. The hole must not be left in it.
func TestAnEndThatWasNotWritten(t *testing.T) {
	r := newRig(t, 50, "people.checked.csv")
	rows := bytes.SplitAfter(r.input, []byte("\n"))
	for few := 5; few < 45; few++ { // until the end lies in two pages, the first of which is not written to again
		d, err := r.newDisk()
		if err != nil {
			t.Fatal(err)
		}
		defer r.discard(d)
		d.slow = func() {
			if _, err := os.Lstat(filepath.Join(d.dir, r.sheet)); err == nil {
				d.slow = nil
				d.plan(fault{only: "checkpoint", at: 1, forever: true, err: syscall.EIO}, nil)
			}
		}
		input := filepath.Join(d.dir, "people.csv")
		if err := os.WriteFile(input, bytes.Join(rows[:few+1], nil), 0o600); err != nil {
			t.Fatal(err)
		}
		sick, err := r.run(d)
		if err != nil || d.failed == nil || len(sick.bill) != few {
			t.Fatal(err, d.failed, len(sick.bill))
		}
		file := d.names["people.csv.checkpoint"]
		cached, err := file.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if end := len(file.synced); end/page == (len(cached)-1)/page {
			continue
		}

		d.plan(fault{}, nil)
		if err := os.WriteFile(input, r.input, 0o600); err != nil {
			t.Fatal(err)
		}
		well, err := r.run(d)
		if err != nil || well.code != exitOK {
			t.Fatal(err, well)
		}
		w, err := d.wreck(luck{})
		if err != nil {
			t.Fatal(err)
		}
		dir, err := r.place()
		if err != nil {
			t.Fatal(err)
		}
		found, err := w.boot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer r.discard(found)
		again, err := r.run(found)
		if err != nil || again.code != exitOK || len(again.bill) > 0 {
			t.Errorf("after %d and %d people: %v, exit %d, billed %d: %s", few, len(r.people)-few, err, again.code, len(again.bill), again.said)
		}
		return
	}
	t.Fatal("no end lay in two pages: the test has lost its point")
}

// TestALyingDiskIsFound is the control: on a disk that says that it has synced and has not, the same test must find
// people who are paid for twice, and sheets that are gone.
func TestALyingDiskIsFound(t *testing.T) {
	for name, l := range map[string]lies{"files": {files: true}, "folder": {folder: true}} {
		t.Run(name, func(t *testing.T) {
			var sum powerTally
			n := each(rigs(t, 50, "people.checked.csv"), func(r *rig, n int) bool {
				f := &flicker{rig: r, t: t, n: n, lies: l, sum: &sum, rng: rand.New(rand.NewPCG(1, uint64(n))), passed: sampled() && n%6 > 0}
				return f.judge(0, 0)
			})
			t.Logf("%v; answers lost in %d states, sheets lost or cut short %d, checkpoints refused %d", &sum, sum.lost, sum.broken, sum.refused)
			if n < 40 || sum.twice < 50 || sum.broken == 0 {
				t.Error("the lie was not found")
			}
		})
	}
}

// judge lets the power go once, recovers from the extremes, from as many mixes of them, and from as many with further
// cuts. It returns false if the run had no n operations, or if something is wrong.
func (f *flicker) judge(mixes, chains int) bool {
	if err := f.cut(); err != nil {
		f.t.Error(err)
		return false
	}
	defer f.discard(f.disk)
	if f.passed && f.hit {
		return true
	}
	luckily := []luck{{none, none, f.rng}, {whole, whole, f.rng}, {whole, none, f.rng}, {none, whole, f.rng}, {whole, hollow, f.rng}}
	extremes := len(luckily)
	for i := range mixes {
		luckily = append(luckily, luck{share(i % 3), half, f.rng})
	}
	for range chains {
		luckily = append(luckily, luck{half, half, f.rng})
	}
	seen := map[[32]byte]bool{}
	for i, l := range luckily {
		more := 0
		if i >= extremes+mixes {
			more = 1 + f.rng.IntN(4)
		}
		w, err := f.disk.wreck(l)
		if err != nil {
			f.t.Error(err)
			return false
		}
		if seen[w.fingerprint()] && more == 0 {
			f.sum.add(func() { f.sum.same++ })
			continue
		}
		seen[w.fingerprint()] = true
		if err := f.recover(w, l.String(), more); err != nil {
			f.t.Error(err)
			return false
		}
	}
	return f.hit && !f.t.Failed()
}

func (f *flicker) judgeTwice() bool {
	if err := f.cut(); err != nil {
		f.t.Error(err)
		return false
	}
	defer f.discard(f.disk)
	if f.passed && f.hit {
		return true
	}
	luckily := []luck{{none, none, f.rng}, {whole, whole, f.rng}, {whole, none, f.rng}, {whole, hollow, f.rng}, {half, half, f.rng}}
	firsts := luckily[3+f.n%2:][:1]
	if long() {
		firsts = luckily
	}
	seen := map[[32]byte]bool{}
	for _, first := range firsts {
		w, err := f.disk.wreck(first)
		if err != nil {
			f.t.Error(err)
			return false
		}
		if seen[w.fingerprint()] {
			continue
		}
		seen[w.fingerprint()] = true
		for m, again := 1, true; again && !f.t.Failed(); m++ {
			seconds := luckily
			if !long() {
				seconds = luckily[(f.n+m)%len(luckily):][:1]
			}
			if again, err = f.second(w, first.String(), m, seconds); err != nil {
				f.t.Error(err)
				return false
			}
		}
	}
	return f.hit && !f.t.Failed()
}

// second lets the power go at the m-th operation on what the first cut left. again is false if there are not so many.
func (f *flicker) second(w wreck, how string, m int, luckily []luck) (again bool, err error) {
	d, err := f.start(w)
	if err != nil {
		return false, err
	}
	defer f.discard(d)
	d.plan(powerCut(m), func() { f.dark.Store(true) })
	end, err := f.run(d)
	if err != nil {
		return false, err
	}
	f.sum.add(func() { f.sum.links++; f.sum.chains++; f.sum.longest = 2 })
	seen := map[[32]byte]bool{}
	for _, l := range luckily {
		w, err := d.wreck(l)
		if err != nil {
			return false, err
		}
		if seen[w.fingerprint()] {
			f.sum.add(func() { f.sum.same++ })
			continue
		}
		seen[w.fingerprint()] = true
		found, err := f.start(w)
		if err != nil {
			return false, err
		}
		f.sum.add(func() { f.sum.states++ })
		how := fmt.Sprintf("%s, then at %d (%v) %s", how, m, d.failed, l)
		bill, shown, ended := append(slices.Clone(f.bill), end.bill...), map[int]string{}, d.failed == nil
		f.shows(found, shown, ended, bill, how)
		err = f.last(found, bill, shown, ended, 2, how)
		f.discard(found)
		if err != nil {
			return false, err
		}
	}
	return d.failed != nil, nil
}

// cut runs the command on an empty disk until its n-th operation, or to its end if it has none. In any case the syncs
// after the last charge take time: a sheet that did not wait for them would overtake them.
func (f *flicker) cut() (err error) {
	if f.disk, err = f.newDisk(); err != nil {
		return err
	}
	f.disk.lies = f.lies
	if f.kind == sickDisk {
		f.disk.plan(fault{only: "checkpoint sync", at: 3 + f.rng.IntN(4), err: syscall.EIO}, nil)
		sick, err := f.run(f.disk)
		if err != nil {
			return err
		}
		f.bill = sick.bill
	}
	f.disk.slow = func() {
		switch {
		case len(f.bill)+f.billed() == len(f.people):
			time.Sleep(time.Millisecond)
		case f.kind == slowDisk:
			time.Sleep(100 * time.Microsecond)
		}
	}
	f.disk.plan(powerCut(f.n), func() { f.dark.Store(true) })
	end, err := f.run(f.disk)
	if err != nil {
		return err
	}
	f.hit, f.bill = f.disk.failed != nil, append(f.bill, end.bill...)
	if !f.hit && end.code != exitOK && end.code != exitGaps {
		return fmt.Errorf("the run without a cut: exit %d\n%s", end.code, end.said)
	}
	f.sum.add(func() { f.sum.cuts++ })
	return f.count()
}

// count looks at the checkpoint that was cut off. Until the folder is synced, its name may lead to an older one.
func (f *flicker) count() error {
	const name = "people.csv.checkpoint"
	newest, certain := f.disk.names[name], f.disk.synced[name]
	if newest == nil || certain == nil {
		return nil
	}
	cached, err := newest.bytes()
	if err != nil {
		return err
	}
	if f.begun, _, _, err = f.counts(cached); err != nil {
		return err
	}
	for i, b := range [][]byte{newest.synced, certain.synced} {
		_, settled, _, err := f.counts(b)
		if err != nil {
			return err
		}
		if i == 0 || settled < f.settled {
			f.settled = settled
		}
	}
	return nil
}

func powerCut(n int) fault { return fault{at: n, power: true, forever: true, err: syscall.EIO} }

// recover starts the machine again on w, lets the power go that often more, and judges what the last run leaves.
func (f *flicker) recover(w wreck, how string, more int) error {
	bill := slices.Clone(f.bill)
	shown := map[int]string{} // answers that stood in a sheet
	ended, cuts := !f.hit, 1
	if more > 0 {
		f.sum.add(func() { f.sum.chains++ })
	}
	for ; ; more-- {
		d, err := f.start(w)
		if err != nil {
			return err
		}
		f.sum.add(func() { f.sum.states++ })
		f.shows(d, shown, ended, bill, how)
		if more == 0 {
			err = f.last(d, bill, shown, ended, cuts, how)
			f.discard(d)
			return err
		}
		l := luck{share(f.rng.IntN(3)), share(f.rng.IntN(4)), f.rng}
		d.plan(powerCut(1+f.rng.IntN(60)), func() { f.dark.Store(true) })
		end, err := f.run(d)
		if err != nil {
			return err
		}
		bill = append(bill, end.bill...)
		how += fmt.Sprintf(", then at %v %s", d.failed, l)
		if ended = d.failed == nil; !ended {
			cuts++
		}
		f.sum.add(func() { f.sum.links++; f.sum.longest = max(f.sum.longest, cuts) })
		w, err = d.wreck(l)
		f.discard(d)
		if err != nil {
			return err
		}
	}
}

func (f *flicker) start(w wreck) (*shadowDisk, error) {
	dir, err := f.place()
	if err != nil {
		return nil, err
	}
	return w.boot(dir)
}

// shows looks at the sheet as it is found: whole or not there, and after a run that ended it must be there. What it
// shows must never be forgotten.
func (f *flicker) shows(d *shadowDisk, shown map[int]string, ended bool, bill []sandbox.Line, how string) {
	path := filepath.Join(d.dir, f.sheet)
	if _, err := os.Lstat(path); err != nil && !ended {
		return
	}
	v := f.rig.judge(path, bill)
	f.sum.add(func() {
		f.sum.ends += map[bool]int{true: 1}[ended]
		f.sum.broken += min(len(v.wrong), 1)
	})
	if len(v.wrong) > 0 {
		f.found(how, "the sheet before the next run: %v", v.wrong)
	}
	for row, seqNo := range v.seqNos {
		shown[row] = seqNo
	}
}

// last is the run without a cut.
func (f *flicker) last(d *shadowDisk, bill []sandbox.Line, shown map[int]string, ended bool, cuts int, how string) error {
	end, err := f.run(d)
	if err != nil {
		return err
	}
	if end.code != exitOK && end.code != exitGaps {
		f.sum.add(func() { f.sum.refused++ })
		f.found(how, "exit %d: %s", end.code, end.said)
		return nil
	}
	v := f.rig.judge(filepath.Join(d.dir, f.sheet), append(bill, end.bill...))
	wrong := func(format string, args ...any) { v.wrong = append(v.wrong, fmt.Sprintf(format, args...)) }
	for row, seqNo := range shown {
		if v.seqNos[row] != seqNo {
			wrong("row %d had an answer, and has none or another one", row)
		}
	}
	if cuts == 1 && v.doubts > f.begun-f.settled {
		wrong("%d in doubt, although of %d begun %d were on the disk with their answers", v.doubts, f.begun, f.settled)
	}
	if cuts == 1 && v.recalls < f.settled {
		wrong("%d answers were on the disk, and %d came from there", f.settled, v.recalls)
	}
	if f.kind == sickDisk {
		cuts++
	}
	if v.doubts > diskWorkers*cuts || end.code != exitFor(v) {
		wrong("%d in doubt after %d cuts, exit %d", v.doubts, cuts, end.code)
	}
	if ended && len(end.bill) > 0 {
		wrong("everybody was asked, and %d were asked again", len(end.bill))
	}
	if left, err := f.leftover(d); err != nil || len(left) > 0 {
		wrong("left over: %v %v", left, err)
	}
	f.sum.add(func() {
		f.sum.billed += v.billed
		f.sum.twice += v.twice
		f.sum.doubts += v.doubts
		f.sum.lost += min(len(v.wrong), 1)
	})
	if v.twice > 0 || len(v.wrong) > 0 {
		f.found(how, "%d people billed twice; %v\n%s", v.twice, v.wrong, end.said)
	}
	return nil
}

// found is a fault of the program, unless the disk lies.
func (f *flicker) found(how, format string, args ...any) {
	if f.lies == (lies{}) {
		f.t.Errorf("the power goes at operation %d (%v) of circumstance %d, %s: %s", f.n, f.disk.failed, f.kind, how, fmt.Sprintf(format, args...))
	}
}
