package writer

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"io/fs"
	"os"
)

// container writes the zip archive of a workbook straight to the file. The
// workbook library would build it in memory, and loses some write errors; both
// are avoided by handing it this in place of its own (it asks for Create and
// Close only).
type container struct {
	out   *tally
	zip   *zip.Writer
	part  *unmark
	open  int64 // where the header of the part being written starts
	zip64 int64 // see limits
	large []int64
	err   error

	deflate *deflater // of the part being written
	closed  bool
}

func newContainer(w io.Writer, zip64 int64) *container {
	c := &container{out: &tally{w: w}, zip64: zip64}
	c.zip = zip.NewWriter(c.out)
	c.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		c.deflate = &deflater{w: w}
		return c.deflate, nil
	})
	return c
}

// Create starts the next part.
func (c *container) Create(name string) (io.Writer, error) {
	if err := c.endPart(); err != nil {
		return nil, err
	}
	w, err := c.zip.Create(name)
	if err != nil {
		return nil, c.fail(err)
	}
	if err := c.zip.Flush(); err != nil {
		return nil, c.fail(err)
	}
	const fixed = 30 // bytes of a local header before the name
	c.open = c.out.n - fixed - int64(len(name))
	c.part = &unmark{w: w}
	return c.part, nil
}

// wait ends what a container that failed left under way.
func (c *container) wait() {
	if c.deflate != nil {
		c.deflate.wait()
	}
}

// AddFS is never called by the workbook library.
func (c *container) AddFS(fs.FS) error { return c.fail(os.ErrInvalid) }

// Close ends the archive. Any earlier failure is returned again.
func (c *container) Close() error {
	if err := c.endPart(); err != nil {
		return err
	}
	if err := c.zip.Close(); err != nil {
		return c.fail(err)
	}
	c.closed = c.err == nil
	return c.err
}

func (c *container) endPart() error {
	if c.part == nil {
		return c.err
	}
	err := c.part.flush()
	if c.part.n >= c.zip64 {
		c.large = append(c.large, c.open)
	}
	c.part = nil
	return c.fail(err)
}

func (c *container) fail(err error) error {
	if c.err == nil {
		c.err = err
	}
	return c.err
}

// declare64 sets the version of zip that a part of more than 4 GiB needs in
// its local header as well: archive/zip sets it in the directory only, and
// Excel takes the difference for damage.
func (c *container) declare64(f io.WriterAt) error {
	const versionField, version45 = 4, 45
	for _, at := range c.large {
		if _, err := f.WriteAt(binary.LittleEndian.AppendUint16(nil, version45), at+versionField); err != nil {
			return err
		}
	}
	return nil
}

// tally counts what passes and keeps the first failure.
type tally struct {
	w   io.Writer
	n   int64
	err error
}

func (t *tally) Write(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	n, err := t.w.Write(p)
	t.n += int64(n)
	t.err = err
	return n, err
}

// unmark passes a part's bytes on with every marker turned into an underscore.
type unmark struct {
	w    io.Writer
	n    int64
	tail []byte // the beginning of a marker, cut off by the end of a Write
	err  error
}

func (u *unmark) Write(p []byte) (int, error) {
	size := len(p)
	if len(u.tail) > 0 {
		p = append(u.tail, p...)
		u.tail = nil
	}
	for u.err == nil {
		i := bytes.Index(p, []byte(marker))
		if i < 0 {
			break
		}
		u.pass(p[:i])
		u.pass([]byte{'_'})
		p = p[i+len(marker):]
	}
	for cut := min(len(marker)-1, len(p)); cut > 0; cut-- {
		if bytes.HasSuffix(p, []byte(marker[:cut])) {
			u.tail = bytes.Clone(p[len(p)-cut:])
			p = p[:len(p)-cut]
			break
		}
	}
	u.pass(p)
	if u.err != nil {
		return 0, u.err
	}
	return size, nil
}

func (u *unmark) flush() error {
	u.pass(u.tail)
	u.tail = nil
	return u.err
}

func (u *unmark) pass(p []byte) {
	if u.err != nil || len(p) == 0 {
		return
	}
	n, err := u.w.Write(p)
	u.n += int64(n)
	u.err = err
}
