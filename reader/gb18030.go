package reader

import (
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// rareNames are the two-byte characters of GBK, all of them used in names, that the decoder of x/text turns into U+FFFD. It
// knows them in their four-byte form.
var rareNames = map[byte]rune{
	0x51: 0x20087, 0x52: 0x20089, 0x53: 0x200CC, 0x59: 0x9FB4, 0x61: 0x9FB5, 0x66: 0x9FB6, 0x67: 0x9FB7,
	0x6C: 0x215D7, 0x6D: 0x9FB8, 0x76: 0x2298F, 0x7E: 0x9FB9, 0x90: 0x9FBA, 0x91: 0x241FE, 0xA0: 0x9FBB,
}

// fourBytes is the form of a rune beyond the two-byte area in which the decoder knows it.
func fourBytes(r rune) [4]byte {
	n := uint32(r)
	if n >= 0x10000 {
		n += 189_000 - 0x10000 // 90 30 81 30 is U+10000
	} else {
		n = n - 0x9FA6 + 19_043 // 82 35 8F 33 is U+9FA6; no two-byte character lies between it and the eight of U+9FB4
	}
	return [4]byte{0x81 + byte(n/12_600), 0x30 + byte(n/1_260%10), 0x81 + byte(n/10%126), 0x30 + byte(n%10)}
}

var rareForms = func() (t [256][4]byte) {
	for trail, r := range rareNames {
		t[trail] = fourBytes(r)
	}
	return t
}()

// newGB18030 decodes GB18030, and so GBK and GB2312. Bytes that mean nothing become U+FFFD.
func newGB18030() transform.Transformer {
	return transform.Chain(rareCharacters{}, simplifiedchinese.GB18030.NewDecoder())
}

// rareCharacters rewrites the characters of rareNames into four bytes and passes everything else on.
type rareCharacters struct{ transform.NopResetter }

func (rareCharacters) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		plain := src[nSrc:min(len(src), nSrc+len(dst)-nDst)]
		n, short := untilRare(plain)
		nDst += copy(dst[nDst:], plain[:n])
		nSrc += n
		rest := src[nSrc:]
		switch {
		case len(rest) >= 2 && isRare(rest):
			if len(dst)-nDst < 4 {
				return nDst, nSrc, transform.ErrShortDst
			}
			nDst += copy(dst[nDst:], rareForms[rest[1]][:])
			nSrc += 2
		case len(rest) == 0:
		case !short || len(rest) > len(plain)-n:
			return nDst, nSrc, transform.ErrShortDst
		case !atEOF:
			return nDst, nSrc, transform.ErrShortSrc
		case len(dst)-nDst < len(rest):
			return nDst, nSrc, transform.ErrShortDst
		default:
			nDst += copy(dst[nDst:], rest)
			nSrc += len(rest)
		}
	}
	return nDst, nSrc, nil
}

func isRare(b []byte) bool { return b[0] == 0xFE && rareForms[b[1]][0] != 0 }

// untilRare is how many bytes of whole characters stand before the first rare one. short says that the next character may
// go on behind b.
func untilRare(b []byte) (n int, short bool) {
	for n < len(b) {
		if b[n] < 0x80 {
			n++
			continue
		}
		size := gbLength(b[n:])
		if size == 0 {
			return n, true
		}
		if size == 2 && isRare(b[n:]) {
			return n, false
		}
		n += size
	}
	return n, false
}

// gbLength is how many bytes the character at the start of b takes, 1 where there is none, 0 if b is too short to tell.
func gbLength(b []byte) int {
	if b[0] < 0x81 || b[0] == 0xFF {
		return 1
	}
	if len(b) < 2 {
		return 0
	}
	switch {
	case 0x40 <= b[1] && b[1] <= 0xFE && b[1] != 0x7F:
		return 2
	case b[1] < 0x30 || b[1] > 0x39:
		return 1
	}
	if len(b) < 4 {
		return 0
	}
	if b[2] >= 0x81 && b[2] <= 0xFE && 0x30 <= b[3] && b[3] <= 0x39 {
		return 4
	}
	return 1
}
