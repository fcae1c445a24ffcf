package checkpoint

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
)

// memory is a file system that knows what is on its disk and what is only in its cache.
type memory struct {
	mu     sync.Mutex
	names  map[string]*inode
	synced map[string]*inode // the folder as it is on disk
	next   uint64
	remote string
	// before is called ahead of each operation that changes something or waits for the disk. An error is returned by
	// the operation; errShort makes a write stop half-way.
	before func(op string) error
	room   int64 // the largest offset of a byte that finds room; 0: any
}

type inode struct {
	id     uint64
	data   []byte
	synced []byte
	holder *memoryFile
}

type memoryFile struct {
	fs     *memory
	node   *inode
	closed bool
}

var errShort = errors.New("half-way")

func newMemory() *memory {
	return &memory{names: map[string]*inode{}, synced: map[string]*inode{}, next: 100}
}

func (m *memory) step(op string) error {
	if m.before == nil {
		return nil
	}
	return m.before(op)
}

func (m *memory) Open(path string, mode OpenMode) (File, error) {
	if mode == CreateNew {
		if err := m.step("create"); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.names[path]
	if mode == CreateNew {
		if node != nil {
			return nil, fs.ErrExist
		}
		m.next++
		node = &inode{id: m.next}
		m.names[path] = node
	}
	if node == nil {
		return nil, fs.ErrNotExist
	}
	return &memoryFile{fs: m, node: node}, nil
}

func (m *memory) Identify(path string) (Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if node := m.names[path]; node != nil {
		return Identity{1, node.id}, nil
	}
	return Identity{}, fs.ErrNotExist
}

func (m *memory) Rename(from, to string) error {
	if err := m.step("rename"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names[from] == nil {
		return fs.ErrNotExist
	}
	m.names[to] = m.names[from]
	delete(m.names, from)
	return nil
}

func (m *memory) Remove(path string) error {
	if err := m.step("remove"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names[path] == nil {
		return fs.ErrNotExist
	}
	delete(m.names, path)
	return nil
}

func (m *memory) SyncDir(string) error {
	if err := m.step("sync folder"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.synced = maps.Clone(m.names)
	return nil
}

func (f *memoryFile) ReadAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return 0, fs.ErrClosed
	}
	if off >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memoryFile) WriteAt(b []byte, off int64) (int, error) {
	err := f.fs.step("write")
	if err != nil && !errors.Is(err, errShort) {
		return 0, err
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return 0, fs.ErrClosed
	}
	if f.fs.room > 0 && off+int64(len(b)) > f.fs.room {
		return 0, diskFullForTest
	}
	if err != nil {
		b = b[:len(b)/2]
	}
	if grow := off + int64(len(b)) - int64(len(f.node.data)); grow > 0 {
		f.node.data = append(f.node.data, make([]byte, grow)...)
	}
	return copy(f.node.data[off:], b), err
}

// limit makes the disk full at an offset of the one file that is being written.
func (m *memory) limit(room int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.room = room
}

func (f *memoryFile) Reserve(off, n int64) error {
	if err := f.fs.step("reserve"); err != nil {
		return err
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.room > 0 && off+n > f.fs.room {
		return diskFullForTest
	}
	return nil
}

func (f *memoryFile) Sync() error {
	if err := f.fs.step("sync"); err != nil {
		return err
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.node.synced = slices.Clone(f.node.data)
	return nil
}

func (f *memoryFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return int64(len(f.node.data)), nil
}

func (f *memoryFile) Identity() (Identity, error) { return Identity{1, f.node.id}, nil }

func (f *memoryFile) Lock() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.node.holder != nil && f.node.holder != f {
		return ErrLocked
	}
	f.node.holder = f
	return nil
}

func (f *memoryFile) Remote() (string, error) { return f.fs.remote, nil }

func (f *memoryFile) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return fs.ErrClosed
	}
	f.closed = true
	if f.node.holder == f {
		f.node.holder = nil
	}
	return nil
}

// crash says what of the cache reached the disk by chance before the power went.
type crash struct {
	names, data bool
	mixed       uint64 // not 0: of what was not synced, these 16-byte blocks reached the disk, over and over; see mix
}

var crashes = []crash{{}, {data: true}, {names: true}, {names: true, data: true},
	{names: true, mixed: 0x5555555555555555}, {names: true, mixed: 0xfffffffffffffffe}, {names: true, mixed: 0x7},
	{names: true, mixed: 0xf0f0ff0f00fff0f3}, {mixed: 0xfff0ffffffffff0f}}

// after is the disk as it is found when the power is back, without locks or faults.
func (m *memory) after(c crash) *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := newMemory()
	n.next = m.next
	names := m.synced
	if c.names {
		names = m.names
	}
	for name, node := range names {
		data := node.synced
		if c.data {
			data = node.data
		}
		if c.mixed != 0 {
			data = mix(node, c.mixed)
		}
		n.put(name, node.id, data)
	}
	return n
}

// mix is harsher than a disk, which writes sectors whole. Only the first sector, where the header is, stays one piece.
func mix(node *inode, blocks uint64) []byte {
	b := make([]byte, len(node.data))
	copy(b, node.synced)
	for i := range b {
		block := i / 16 % 64
		if i < 512 {
			block = 0
		}
		if blocks>>block&1 == 1 {
			b[i] = node.data[i]
		}
	}
	return b
}

func (m *memory) put(name string, id uint64, data []byte) {
	node := &inode{id: id, data: slices.Clone(data), synced: slices.Clone(data)}
	m.names[name], m.synced[name] = node, node
}
