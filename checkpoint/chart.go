package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// stretch is a part of a damaged file in which sound frames stand one behind the other.
type stretch struct {
	off, end int64
	shift    int64 // from where the frames stand to where they belong; 0 but for frames that were moved
	frames   int
}

func (s stretch) place() int64    { return s.off + s.shift }
func (s stretch) placeEnd() int64 { return s.end + s.shift }

// chart is where the sound frames of a damaged file are.
type chart struct {
	file    []stretch // in the order in which they stand
	history []stretch // in the order in which they belong
	size    int64
	body    int64 // where the first frame behind the header belongs
}

// survey tries every byte offset from off on, whatever any length says: first for frames in their place, then, in what
// is left, for frames that were moved. One whose place is taken is a duplicate and none of these.
func survey(w *window, seed uint32, off, body int64) (c chart, err error) {
	c.size, c.body = w.size, body
	placed, err := surveyPlaces(w, seed, off)
	if err != nil {
		return c, err
	}
	var moved []stretch
	for _, s := range append(slices.Clone(placed), stretch{off: c.size}) {
		if moved, err = surveyHole(w, seed, off, s.off, placed, moved); err != nil {
			return c, err
		}
		off = s.end
	}
	c.file = append(placed, moved...)
	slices.SortFunc(c.file, func(a, b stretch) int { return cmp.Compare(a.off, b.off) })
	c.history = slices.Clone(c.file)
	slices.SortFunc(c.history, func(a, b stretch) int { return cmp.Compare(a.place(), b.place()) })
	return c, nil
}

func surveyPlaces(w *window, seed uint32, off int64) (placed []stretch, err error) {
	for off+frameHead <= w.size {
		b, err := w.from(off, maxFrame)
		if err != nil {
			return nil, err
		}
		f, ok := parseFrame(b, seed, off)
		if !ok {
			off++
			continue
		}
		placed = grown(placed, stretch{off, f.end(), 0, 1})
		off = f.end()
	}
	return placed, nil
}

// surveyHole looks for frames that were moved between from and to, and adds them to moved.
func surveyHole(w *window, seed uint32, from, to int64, placed, moved []stretch) ([]stretch, error) {
	shift := int64(0) // of the frame before
	for at := from; at+frameHead <= to; {
		b, err := w.from(at, maxFrame)
		if err != nil {
			return moved, err
		}
		f, ok := parseFrame(b, seed, at+shift)
		if !ok || shift == 0 {
			f, ok = astray(b, seed, at)
		}
		length := f.end() - f.off
		if !ok || at+length > to {
			at++
			continue
		}
		shift = f.off - at
		if !taken(placed, f) && !taken(moved, f) {
			moved = grown(moved, stretch{at, at + length, shift, 1})
		}
		at += length
	}
	return moved, nil
}

func grown(list []stretch, s stretch) []stretch {
	if n := len(list); n > 0 && list[n-1].end == s.off && list[n-1].shift == s.shift {
		list[n-1].end = s.end
		list[n-1].frames++
		return list
	}
	return append(list, s)
}

// taken tells whether a frame stands already where f belongs.
func taken(list []stretch, f frame) bool {
	return slices.ContainsFunc(list, func(s stretch) bool { return f.off < s.placeEnd() && s.place() < f.end() })
}

// errChanged: what was sound a moment ago is no longer.
var errChanged = errors.New("it changed while it was read")

// frames hands every sound frame to visit, in the order of the history and as it was in its place, and between them to
// hole where nothing is left and how long that was; at the end, what stands behind the last sound frame of the file.
func (c chart) frames(w *window, seed uint32, visit func(frame) error, hole func(place, length int64, end bool)) error {
	place := c.body
	for _, s := range c.history {
		if s.place() > place {
			hole(place, s.place()-place, false)
		}
		for at := s.off; at < s.end; {
			b, err := w.from(at, maxFrame)
			if err != nil {
				return err
			}
			f, ok := parseFrame(b, seed, at+s.shift)
			if !ok {
				return errChanged
			}
			if err := visit(f); err != nil {
				return err
			}
			at = f.end() - s.shift
		}
		place = s.placeEnd()
	}
	if n := c.tail(); n > 0 {
		hole(place, n, true)
	}
	return nil
}

// behind is how many sound frames stand behind an offset.
func (c chart) behind(off int64) (n int) {
	for _, s := range c.file {
		if s.off > off {
			n += s.frames
		}
	}
	return n
}

func (c chart) tail() int64 {
	if n := len(c.file); n > 0 {
		return c.size - c.file[n-1].end
	}
	return c.size - c.body
}

// faults are the bad bytes before the last sound frame, from off on.
func (c chart) faults(off int64) (list []Fault) {
	at, shift := off, int64(0)
	behind := 0
	for _, s := range c.file {
		behind += s.frames
	}
	for _, s := range c.file {
		if s.off > at || s.shift != shift {
			f := Fault{Offset: at, Length: s.off - at, Behind: behind, Reason: "no sound record stands here"}
			switch moved := s.shift - shift; {
			case moved > 0:
				f.Reason = fmt.Sprintf("%d bytes were taken out here", moved)
			case moved < 0:
				f.Reason = fmt.Sprintf("%d bytes were put in here", -moved)
			}
			list = append(list, f)
		}
		behind -= s.frames
		at, shift = s.end, s.shift
	}
	return list
}
