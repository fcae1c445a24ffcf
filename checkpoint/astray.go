package checkpoint

// A tool that drops bad sectors, or an editor, moves every frame behind the harm away from where its checksum is
// valid. Such frames are whole all the same. Where one belongs can be worked out: CRC-32C runs backwards, too.

// mostAstray is how far from its place a frame may stand that no neighbour vouches for. A frame with a few wrong bytes
// seems to belong anywhere in 4 GiB: by this bound and by having to fit into a hole it is told from a moved one.
const mostAstray = 64 << 10

// uncrc undoes one step of the checksum: by the top byte of the register behind a step, which entry of the table the
// step used.
var uncrc = func() (t [256]byte) {
	for i, v := range castagnoli {
		t[v>>24] = byte(i)
	}
	return t
}()

// placeOf works out where in the file the frame b, whole, would be valid: the one place within the 4 GiB that off is in.
func placeOf(b []byte, seed uint32, off int64) int64 {
	high := uint32(uint64(off) >> 32)
	reg := ^le.Uint32(b[4:])
	back := func(c byte) {
		i := uncrc[reg>>24]
		reg = (reg^castagnoli[i])<<8 | uint32(i^c)
	}
	for i := len(b) - 1; i >= 8; i-- {
		back(b[i])
	}
	for i := 3; i >= 0; i-- {
		back(b[i])
	}
	for i := 3; i >= 0; i-- {
		back(byte(high >> (8 * i)))
	}
	// Four bytes go into the register like this: combined with it at once, then four steps with zeros.
	for range 4 {
		back(0)
	}
	return int64(uint64(high)<<32 | uint64(reg^^seed))
}

// astray reads the frame at the start of b, which stands at off, as one that was moved there from another place. It
// comes back as it was there. b holds more than the one frame if the file does.
func astray(b []byte, seed uint32, off int64) (frame, bool) {
	f, ok := frameShape(b)
	if !ok || !f.formed() {
		return frame{}, false
	}
	n := frameLen(b)
	place := placeOf(b[:n], seed, off)
	if place == off || place < int64(headerFixed) || f.commit == 0 || f.commit > uint64(2*place/frameHead) {
		return frame{}, false
	}
	f, ok = parseFrame(b, seed, place)
	if ok && (place-off > mostAstray || off-place > mostAstray) {
		_, ok = parseFrame(b[n:], seed, f.end())
	}
	return f, ok
}

// formed tells whether the payload can be taken apart as the type says.
func (f frame) formed() (ok bool) {
	switch f.typ {
	case recordBegin:
		_, ok = parseBegin(f.payload)
	case recordSettle:
		_, _, ok = parseSettle(f.payload)
	case recordVoid:
		_, _, _, _, ok = parseVoid(f.payload)
	case recordRunStart:
		_, ok = parseRun(f.payload)
	case recordRunEnd:
		_, _, ok = parseRunEnd(f.payload)
	case recordCopy:
		_, ok = parseCopy(f.payload)
	case recordRepair:
		_, ok = parseRepair(f.payload)
	}
	return ok
}
