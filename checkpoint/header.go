package checkpoint

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"time"
)

const (
	magic         = "mobile3batch checkpoint\n"
	formatVersion = 1
	maxService    = 1024
	headerFixed   = frameHead + len(magic) + 2 + 1 + 32 + 8 + 2 // all but the service
	maxHeader     = headerFixed + maxService
)

// header is the payload of the first frame. Magic and version stand first in every version of the format.
type header struct {
	inside  bool     // the secret itself is in here
	secret  [32]byte // else its fingerprint is
	created int64
	service string
}

func (h header) append(b []byte) []byte {
	b = append(b, magic...)
	b = le.AppendUint16(b, formatVersion)
	b = append(b, boolByte(h.inside))
	b = append(b, h.secret[:]...)
	b = le.AppendUint64(b, uint64(h.created))
	return appendText(b, h.service)
}

func fingerprint(secret []byte) (sum [32]byte) {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("mobile3batch checkpoint: which key file is this"))
	m.Sum(sum[:0])
	return sum
}

func (h header) frame() []byte {
	b := h.append(openFrame(nil, recordHeader))
	closeFrame(b)
	sealFrame(b, 0, 0, 0, true)
	return b
}

// readHeader reads the first frame of a file from its first bytes.
func readHeader(path string, b []byte) (h header, seed uint32, size int64, err error) {
	if !Begins(b) {
		return h, 0, 0, fmt.Errorf("%s is %w: name another --checkpoint", path, ErrNotCheckpoint)
	}
	f, ok := parseFrame(b, 0, 0)
	if !ok || f.typ != recordHeader || !f.last || f.commit != 0 {
		return h, 0, 0, &CorruptError{path, 0, "the header's checksum is wrong"}
	}
	if len(f.payload) < len(magic) {
		return h, 0, 0, &CorruptError{path, 0, "the header has the wrong length"}
	}
	p := fields{b: f.payload[len(magic):]}
	if v := p.u16(); v != formatVersion {
		return h, 0, 0, fmt.Errorf("%s is a %w: it has %d, this program knows %d: use the newer program",
			path, ErrVersion, v, formatVersion)
	}
	h.inside = p.bool()
	copy(h.secret[:], p.take(32))
	h.created = int64(p.u64())
	h.service = string(p.text())
	if !p.whole() {
		return h, 0, 0, &CorruptError{path, 0, "the header has the wrong length"}
	}
	return h, le.Uint32(b[4:]), f.end(), nil
}

// unborn tells whether b, a whole file, is no more than a header whose writing a crash cut short: nothing was ever
// recorded in it. Bytes that did not reach the disk are missing or zero.
func unborn(b []byte) bool {
	if len(b) > maxHeader {
		return false
	}
	written := bytes.TrimRight(b, "\x00")
	if len(written) == 0 {
		return true
	}
	var start [headerFixed]byte
	copy(start[:], written)
	want := openFrame(nil, recordHeader)
	want[8] |= lastFlag
	want = append(want, magic...)
	for i := 8; i < min(len(written), len(want)); i++ {
		if written[i] != want[i] {
			return false
		}
	}
	// The two lengths agree, so that a damaged length can't make records look like the rest of a header.
	length := frameLen(start[:])
	if len(written) >= headerFixed && length != headerFixed+int(le.Uint16(start[headerFixed-2:])) {
		return false
	}
	if length < headerFixed || length > maxHeader {
		return len(written) < 4 // the length itself is not all there
	}
	return len(written) < length
}

// unlock compares the header with the key the caller has, and returns the secret.
func (h header) unlock(path string, key []byte) ([]byte, error) {
	if key == nil {
		if !h.inside {
			return nil, fmt.Errorf("%w %s: its secret is in a key file: give the same --key-file", ErrKey, path)
		}
		return h.secret[:], nil
	}
	if h.inside {
		return nil, fmt.Errorf("%w %s: it holds its own secret: leave out --key-file", ErrKey, path)
	}
	sum := fingerprint(key)
	if !hmac.Equal(sum[:], h.secret[:]) {
		return nil, fmt.Errorf("%w %s: it was made with another --key-file", ErrKey, path)
	}
	return key, nil
}

func (h header) check(path, service string) error {
	if service == "" || service == h.service {
		return nil
	}
	return fmt.Errorf("%s is a %w: it belongs to %q, this run asks %q: name another --checkpoint",
		path, ErrService, h.service, service)
}

func newHeader(o Options) (header, error) {
	h := header{created: toNano(o.Now()), service: o.Service, inside: o.Secret == nil}
	if o.Secret != nil {
		h.secret = fingerprint(o.Secret)
		return h, nil
	}
	if _, err := io.ReadFull(o.Rand, h.secret[:]); err != nil {
		return h, fmt.Errorf("checkpoint: no random secret: %w", err)
	}
	return h, nil
}

func (h header) time() time.Time { return fromNano(h.created) }

// HeadSize is how many bytes of a file Begins looks at.
const HeadSize = frameHead + len(magic)

// Begins reports whether a file that starts with head is a checkpoint, whatever its
// version, service and state.
func Begins(head []byte) bool {
	return len(head) >= HeadSize && bytes.HasPrefix(head[frameHead:], []byte(magic))
}
