package reader

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
)

// Bounds on a workbook's package.
const (
	maxEntries     = 10_000
	maxDirectory   = 8 << 20 // bytes of the zip's directory
	maxSheetBytes  = 8 << 30
	maxStringBytes = 512 << 20
	maxPartBytes   = 64 << 20
	maxRatio       = 200 // unpacked to packed, above ratioFrom
	ratioFrom      = 10 << 20
)

// archive is a zip file whose parts are found by their names regardless of case.
type archive struct {
	parts map[string]*zip.File // by folded name
	order []*zip.File
}

func openArchive(file *input) (*archive, error) {
	if err := checkDirectory(file); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(file, file.size)
	if err != nil {
		return nil, &Error{Problem: "a zip archive that is damaged or cut off", Do: doRepair, Err: err}
	}
	a := &archive{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		if len(a.order) == maxEntries {
			return nil, tooManyEntries()
		}
		name := partName(f.Name)
		if strings.HasSuffix(name, "/") {
			continue
		}
		if f.Flags&1 != 0 {
			return nil, &Error{Part: name, Problem: "encrypted inside of the zip archive", Do: "save it without a password"}
		}
		key := strings.ToLower(name)
		if a.parts[key] != nil {
			return nil, &Error{Part: name, Problem: "the part stands twice in the archive", Do: doRepair}
		}
		a.parts[key] = f
		a.order = append(a.order, f)
	}
	return a, nil
}

// checkDirectory looks at the zip's end record before anything is allocated for its entries.
func checkDirectory(file *input) error {
	tail := make([]byte, min(file.size, 22+65535))
	if _, err := file.ReadAt(tail, file.size-int64(len(tail))); err != nil && err != io.EOF {
		return err
	}
	at := strings.LastIndex(string(tail), "PK\x05\x06")
	if at < 0 || len(tail)-at < 22 {
		return &Error{Problem: "a zip archive without its end: the file was cut off", Do: doRepair}
	}
	entries, size := binary.LittleEndian.Uint16(tail[at+10:]), binary.LittleEndian.Uint32(tail[at+12:])
	if entries > maxEntries || size > maxDirectory {
		return tooManyEntries()
	}
	return nil
}

func tooManyEntries() error {
	return &Error{Problem: "the archive holds more than 10,000 parts, or a directory to match", Do: doPlain}
}

func partName(name string) string { return strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/") }

func (a *archive) find(name string) *zip.File { return a.parts[strings.ToLower(name)] }

// part reads one entry: never more than limit or maxRatio allows, and with its checksum compared at the end.
type part struct {
	io.ReadCloser
	file  *zip.File
	limit int64
	read  int64
	sum   uint32
}

func openPart(f *zip.File, limit int64) (*part, error) {
	if f.UncompressedSize64 > uint64(limit) {
		return nil, tooBig()
	}
	r, err := f.Open()
	if err != nil {
		return nil, broken(err)
	}
	return &part{ReadCloser: r, file: f, limit: limit}, nil
}

func (p *part) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	if p.read > p.limit || p.read > ratioFrom && uint64(p.read)/maxRatio > p.file.CompressedSize64 {
		return 0, tooBig()
	}
	if p.file.CRC32 == 0 { // archive/zip takes this for "no checksum"
		p.sum = crc32.Update(p.sum, crc32.IEEETable, b[:n])
		if err == io.EOF && p.sum != 0 {
			return n, zip.ErrChecksum
		}
	}
	return n, err
}

func tooBig() error {
	return &Error{Problem: "a part unpacks to far more than a workbook needs", Do: doPlain}
}

// drain reads the rest, so that size and checksum are checked.
func (p *part) drain() error {
	_, err := io.Copy(io.Discard, struct{ io.Reader }{p})
	return err
}

// checkPart reads an entry to its end.
func checkPart(f *zip.File, limit int64) error {
	p, err := openPart(f, limit)
	if err == nil {
		defer p.Close()
		err = p.drain()
	}
	if err != nil {
		return locate(err, Error{Part: partName(f.Name)})
	}
	return nil
}

// parsePart hands an entry's XML to parse and then makes sure that it was read to its end.
func parsePart(f *zip.File, limit int64, parse func(*xmlReader) error) error {
	p, err := openPart(f, limit)
	if err == nil {
		defer p.Close()
		x := newXML(p, f.UncompressedSize64)
		if err = parse(x); err == nil {
			err = finish(x)
		}
	}
	if err != nil {
		return locate(err, Error{Part: partName(f.Name)})
	}
	return nil
}

// finish expects nothing but the end.
func finish(x *xmlReader) error {
	for {
		_, err := x.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
