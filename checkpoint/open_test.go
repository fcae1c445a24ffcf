package checkpoint

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	plain := twenty(t).bytes()
	keyed := func() []byte {
		m := newMemory()
		o := options(m)
		o.Secret = bytes.Repeat([]byte{7}, 32)
		l := mustOpen(t, o)
		begin(t, l, key(1))
		must(t, l.Close())
		return m.names[testPath].data
	}()
	newer := slices.Clone(plain)
	newer[frameHead+len(magic)]++
	head := newer[:frameLen(newer)]
	le.PutUint32(head[4:], checksum(0, 0, head))
	cases := map[string]struct {
		content []byte // nil: no file
		change  func(*Options, *memory)
		want    error
	}{
		"no file, not to be made": {nil, func(o *Options, _ *memory) { o.Create = false }, ErrMissing},
		"empty, not to be made":   {[]byte{}, func(o *Options, _ *memory) { o.Create = false }, ErrMissing},
		"a text":                  {[]byte("姓名,手机号\n"), nil, ErrNotCheckpoint},
		"five letters":            {[]byte("hello"), nil, ErrNotCheckpoint},
		"a long text":             {bytes.Repeat([]byte("姓名,手机号\n"), 1000), nil, ErrNotCheckpoint},
		"many zeros":              {make([]byte, 10_000), nil, ErrNotCheckpoint},
		"another version":         {newer, nil, ErrVersion},
		"another service":         {plain, func(o *Options, _ *memory) { o.Service = "https://example.com/" }, ErrService},
		"a key it does not need":  {plain, func(o *Options, _ *memory) { o.Secret = make([]byte, 32) }, ErrKey},
		"no key":                  {keyed, nil, ErrKey},
		"another key":             {keyed, func(o *Options, _ *memory) { o.Secret = make([]byte, 32) }, ErrKey},
		"a short key":             {keyed, func(o *Options, _ *memory) { o.Secret = make([]byte, 31) }, ErrKey},
		"a network":               {plain, func(_ *Options, m *memory) { m.remote = "NFS" }, ErrFilesystem},
		"a network, no file":      {nil, func(_ *Options, m *memory) { m.remote = "NFS" }, ErrFilesystem},
	}
	for name, c := range cases {
		m := newMemory()
		if c.content != nil {
			m = disked(c.content)
		}
		o := options(m)
		if c.change != nil {
			c.change(&o, m)
		}
		_, err := Open(testPath, o)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if n := m.names[testPath]; (n == nil) != (c.content == nil) || n != nil && !bytes.Equal(n.data, c.content) {
			t.Errorf("%s: something was changed", name)
		}
		if c.content == nil || errors.Is(c.want, ErrFilesystem) {
			continue
		}
		if _, err := View(testPath, ViewOptions{Service: o.Service, Secret: o.Secret, FS: m}); !errors.Is(err, c.want) &&
			len(o.Secret) != 31 {
			t.Errorf("view, %s: %v", name, err)
		}
	}
	o := options(disked(plain))
	o.Service = "other"
	if _, err := Open(testPath, o); !strings.Contains(err.Error(), `"sandbox"`) || !strings.Contains(err.Error(), `"other"`) {
		t.Errorf("does not say both services: %v", err)
	}
}

func TestKeyApart(t *testing.T) {
	m := newMemory()
	o := options(m)
	o.Secret = bytes.Repeat([]byte{7}, 32)
	l := mustOpen(t, o)
	if !bytes.Equal(l.Secret(), o.Secret) {
		t.Fatal("another secret")
	}
	begin(t, l, key(1))
	must(t, l.Close())
	if bytes.Contains(m.names[testPath].data, o.Secret[:8]) {
		t.Fatal("the secret is in the file")
	}
	l = mustOpen(t, o)
	must(t, l.Close())
	r, err := View(testPath, ViewOptions{AnyKey: true, FS: m})
	must(t, err)
	if r.Secret() != nil || r.Counts().InDoubt != 1 {
		t.Fatal("a view without the key")
	}
}

func TestMovedAsks(t *testing.T) {
	m := newMemory()
	o := options(m)
	l := mustOpen(t, o)
	must(t, l.StartRun(Run{}))
	begin(t, l, key(1))
	must(t, l.EndRun(RunEnd{}))
	must(t, l.Close())
	b := slices.Clone(m.names[testPath].data)
	id := m.names[testPath].id

	cases := map[string]struct {
		inode uint64
		host  string
		asks  bool
	}{
		"as it was":    {id, "here", false},
		"another file": {id + 50, "here", true},
		"another host": {id, "there", true},
	}
	for name, c := range cases {
		for _, yes := range []bool{false, true} {
			m := newMemory()
			m.put(testPath, c.inode, b)
			o := options(m)
			o.Host = c.host
			asked := 0
			o.Confirm = func(q Moved) bool {
				asked++
				if q.FromHost != "here" || q.ToHost != c.host || q.FromInode != id || q.ToInode != c.inode || q.Since.IsZero() {
					t.Errorf("%s: %+v", name, q)
				}
				return yes
			}
			l, err := Open(testPath, o)
			if (asked == 1) != c.asks {
				t.Errorf("%s: asked %d times", name, asked)
			}
			if c.asks && !yes {
				if !errors.Is(err, ErrMoved) || !bytes.Equal(m.names[testPath].data, b) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			must(t, err)
			must(t, l.StartRun(Run{}))
			must(t, l.EndRun(RunEnd{}))
			must(t, l.Close())
			o.Confirm = nil
			l, err = Open(testPath, o)
			if err != nil {
				t.Errorf("%s: asked again: %v", name, err)
				continue
			}
			must(t, l.Close())
		}
	}
	m = newMemory()
	m.put(testPath, id+1, b)
	if _, err := Open(testPath, options(m)); !errors.Is(err, ErrMoved) {
		t.Errorf("nobody to ask: %v", err)
	}
}

// On the real disk: modes, links, and a copy after an unclean end that nobody asks about.
func TestRealFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.checkpoint")
	o := Options{Service: "sandbox", Create: true}
	open := func() *Log {
		t.Helper()
		l, err := Open(path, o)
		must(t, err)
		return l
	}
	inode := func() uint64 {
		t.Helper()
		id, err := Disk{}.Identify(path)
		must(t, err)
		return id.Inode
	}
	l := open()
	must(t, l.StartRun(Run{}))
	a := begin(t, l, key(1))
	must(t, l.Settle(key(1), a, verdict))
	begin(t, l, key(2))
	must(t, l.Close())
	before := inode()

	l = open()
	if inode() == before {
		t.Fatal("not copied after an unclean end")
	}
	if lookup(t, l.Reader, key(1)).Answer != verdict || lookup(t, l.Reader, key(2)).State != InDoubt {
		t.Fatal("lost in the copy")
	}
	must(t, l.StartRun(Run{}))
	must(t, l.EndRun(RunEnd{}))
	must(t, l.Close())
	before = inode()
	must(t, open().Close())
	if inode() != before {
		t.Fatal("copied although it ended in order")
	}
	info, err := os.Stat(path)
	must(t, err)
	checkMode(t, info)
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Fatalf("left over: %v %v", names, err)
	}

	b, err := os.ReadFile(path)
	must(t, err)
	other := filepath.Join(t.TempDir(), "copied.checkpoint")
	must(t, os.WriteFile(other, b, 0o600))
	if _, err := Open(other, o); !errors.Is(err, ErrMoved) {
		t.Fatalf("a copy: %v", err)
	}
	if _, err := Open(filepath.Dir(path), o); !errors.Is(err, ErrNotCheckpoint) {
		t.Fatalf("a folder: %v", err)
	}
	if _, err := Open(filepath.Join(path, "below"), o); err == nil {
		t.Fatal("below a file")
	}
}

// A view is taken while a batch goes on: it sees a beginning of it, and nobody's lock stands in its way.
func TestViewWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.checkpoint")
	l, err := Open(path, Options{Service: "sandbox", Create: true})
	must(t, err)
	must(t, l.StartRun(Run{}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 3000 {
			a, err := l.Begin(key(n), [16]byte{})
			if err == nil {
				err = l.Settle(key(n), a, answer(n))
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	views, last := 0, 0
	for going := true; going; views++ {
		select {
		case <-done:
			going = false
		default:
		}
		r, err := View(path, ViewOptions{Service: "sandbox"})
		must(t, err)
		c := r.Counts()
		if c.Begins < last || c.Begins-c.Settles > 1 {
			t.Fatalf("%+v after %d", c, last)
		}
		last = c.Begins
		must(t, r.Close())
	}
	if last != 3000 || views < 3 {
		t.Fatalf("%d begins seen in %d views", last, views)
	}
	must(t, l.Close())
}

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	made, err := CreateKeyFile(path)
	must(t, err)
	read, err := ReadKeyFile(path)
	must(t, err)
	if !bytes.Equal(made, read) || len(made) != 32 {
		t.Fatal("another secret came back")
	}
	info, err := os.Stat(path)
	must(t, err)
	checkMode(t, info)
	if _, err := CreateKeyFile(path); err == nil {
		t.Fatal("replaced")
	}
	digits := strings.Repeat("5a", 32)
	bad := map[string]string{"no line feed": digits, "too short": digits[1:] + "\n", "too long": digits + "a\n",
		"not hex": "g" + digits[1:] + "\n", "two lines": digits + "\n\n", "empty": "", "Windows": digits + "\r\n"}
	for name, content := range bad {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := ReadKeyFile(path)
		if !errors.Is(err, ErrKeyFile) || strings.Contains(err.Error(), "5a5a") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadKeyFile(dir); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a folder: %v", err)
	}
}
