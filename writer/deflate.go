package writer

import (
	"bytes"
	"compress/flate"
	"io"
	"runtime"
)

const (
	deflateLevel = 3
	deflateBlock = 1 << 20 // bytes compressed on their own; smaller ones would miss more repetitions
	deflateAhead = 4       // blocks at a time, at most: they are what the memory goes to
)

// deflater compresses one part of the container on several processors: block
// by block, each on a goroutine of its own, written in their order. A block
// ends on a whole byte, so together they are one ordinary deflate stream.
// Whoever made it owes it a wait, whatever failed; Close does that, too.
type deflater struct {
	w     io.Writer
	block []byte
	ahead []chan *deflated // blocks being compressed, the oldest first
	idle  []*deflated
	err   error
}

// deflated is a compressor and what it made of a block.
type deflated struct {
	z    *flate.Writer
	from []byte
	to   bytes.Buffer
	err  error
}

func (d *deflater) Write(p []byte) (int, error) {
	size := len(p)
	for len(p) > 0 && d.err == nil {
		n := min(len(p), deflateBlock-len(d.block))
		d.block, p = append(d.block, p[:n]...), p[n:]
		if len(d.block) == deflateBlock {
			d.start()
		}
	}
	if d.err != nil {
		return 0, d.err
	}
	return size, nil
}

// start compresses the block. When as many are under way as may be, it first
// waits for the oldest.
func (d *deflater) start() {
	if len(d.ahead) == min(runtime.GOMAXPROCS(0), deflateAhead) {
		d.next()
	}
	var b *deflated
	if n := len(d.idle); n > 0 {
		b, d.idle = d.idle[n-1], d.idle[:n-1]
	} else {
		b = new(deflated)
	}
	b.from, d.block = d.block, b.from[:0]
	done := make(chan *deflated, 1)
	d.ahead = append(d.ahead, done)
	go func() {
		b.compress()
		done <- b
	}()
}

func (b *deflated) compress() {
	b.to.Reset()
	if b.z == nil {
		if b.z, b.err = flate.NewWriter(&b.to, deflateLevel); b.err != nil {
			return
		}
	} else {
		b.z.Reset(&b.to)
	}
	if _, b.err = b.z.Write(b.from); b.err == nil {
		b.err = b.z.Flush()
	}
}

// next writes the oldest block.
func (d *deflater) next() {
	b := <-d.ahead[0]
	d.ahead = d.ahead[1:]
	if d.err == nil {
		d.err = b.err
	}
	if d.err == nil {
		_, d.err = d.w.Write(b.to.Bytes())
	}
	d.idle = append(d.idle, b)
}

func (d *deflater) Close() error {
	if len(d.block) > 0 && d.err == nil {
		d.start()
	}
	d.wait()
	if d.err != nil {
		return d.err
	}
	end, err := flate.NewWriter(d.w, deflateLevel) // an empty last block
	if err != nil {
		return err
	}
	return end.Close()
}

// wait ends every goroutine that Write started, and writes what they made.
func (d *deflater) wait() {
	for len(d.ahead) > 0 {
		d.next()
	}
}
