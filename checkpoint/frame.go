package checkpoint

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// recordType is the low seven bits of a frame's type byte.
type recordType uint8

const (
	recordHeader recordType = 1 + iota
	recordBegin
	recordSettle
	recordVoid
	recordRunStart
	recordRunEnd
	recordCopy
	recordRepair
	recordTypes // one past the last
)

const (
	frameHead  = 4 + 4 + 1 + 8
	maxPayload = 64 << 10
	maxFrame   = frameHead + maxPayload
	lastFlag   = 0x80 // in the type byte of the last frame of each commit
)

var (
	le         = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// frame is one frame as it stands in the file. Its payload belongs to whoever read it and dies with the next read.
type frame struct {
	off     int64
	typ     recordType
	last    bool
	commit  uint64
	payload []byte
}

func (f frame) end() int64 { return f.off + frameHead + int64(len(f.payload)) }

// checksum covers the whole frame but itself, and is seeded with the file (the header's own checksum) and the place.
func checksum(seed uint32, off int64, b []byte) uint32 {
	var place [8]byte
	le.PutUint64(place[:], uint64(off))
	c := crc32.Update(seed, castagnoli, place[:])
	c = crc32.Update(c, castagnoli, b[:4])
	return crc32.Update(c, castagnoli, b[8:])
}

// openFrame appends the head of a frame to b; sealFrame fills it in once its commit is known.
func openFrame(b []byte, typ recordType) []byte {
	var head [frameHead]byte
	head[8] = byte(typ)
	return append(b, head[:]...)
}

func closeFrame(b []byte) { le.PutUint32(b, uint32(len(b)-frameHead)) }

func sealFrame(b []byte, seed uint32, off int64, commit uint64, last bool) {
	if last {
		b[8] |= lastFlag
	}
	le.PutUint64(b[9:], commit)
	le.PutUint32(b[4:], checksum(seed, off, b))
}

// frameLen is the whole length of the frame that starts at b, which holds at least a head.
func frameLen(b []byte) int { return frameHead + int(le.Uint32(b)) }

// parseFrame reads the frame at the start of b. It says no to anything that is not whole and valid at that place.
func parseFrame(b []byte, seed uint32, off int64) (frame, bool) {
	f, ok := frameShape(b)
	if !ok || checksum(seed, off, b[:frameLen(b)]) != le.Uint32(b[4:]) {
		return frame{}, false
	}
	f.off = off
	return f, true
}

// frameShape reads what looks like a frame at the start of b, whatever its checksum says.
func frameShape(b []byte) (frame, bool) {
	if len(b) < frameHead {
		return frame{}, false
	}
	length := le.Uint32(b)
	typ := recordType(b[8] &^ lastFlag)
	if length > maxPayload || typ == 0 || typ >= recordTypes || frameHead+int(length) > len(b) {
		return frame{}, false
	}
	return frame{typ: typ, last: b[8]&lastFlag != 0, commit: le.Uint64(b[9:]), payload: b[frameHead:frameLen(b)]}, true
}

// window reads a file through one large buffer.
type window struct {
	src  io.ReaderAt
	size int64 // bytes behind it do not exist
	buf  []byte
	off  int64 // of buf[0]
}

const windowSize = 1 << 20

// from returns the bytes at off: at least want of them unless the file ends before.
func (w *window) from(off int64, want int) ([]byte, error) {
	have := w.off + int64(len(w.buf)) - off
	if off >= w.off && have >= 0 && (have >= int64(want) || off+have >= w.size) {
		return w.buf[off-w.off:], nil
	}
	if cap(w.buf) == 0 {
		w.buf = make([]byte, 0, min(windowSize+maxFrame, max(w.size, 2*maxFrame)))
	}
	n := min(int64(cap(w.buf)), max(w.size-off, 0))
	got, err := w.src.ReadAt(w.buf[:n], off)
	w.buf, w.off = w.buf[:got], off
	if err == io.EOF {
		// The file shrank, or ends here: what is not there is not a frame.
		w.size = off + int64(got)
		err = nil
	}
	return w.buf, err
}

func (w *window) forget(size int64) {
	w.buf, w.off, w.size = w.buf[:0], 0, size
}
