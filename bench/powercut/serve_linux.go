package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// shelf is a mounted FUSE file system that holds images as files.
type shelf struct {
	dir    string
	root   *fs.Inode
	served sync.WaitGroup
	images int
}

// newShelf mounts at dir. It must be closed.
func newShelf(dir string) (*shelf, error) {
	// Opened here and not by the library, which would let each program started inherit it: then a killed rig's file
	// system would not fail at once but hang.
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/fuse: %w", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=%o,user_id=0,group_id=0", fd, unix.S_IFDIR)
	if err := unix.Mount("powercut", dir, "fuse.powercut", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("mount FUSE: %w", err)
	}
	root := &fs.Inode{}
	o := fuse.MountOptions{Name: "powercut", MaxWrite: 1 << 20, DisableXAttrs: true, Logger: log.New(io.Discard, "", 0)}
	server, err := fuse.NewServer(fs.NewNodeFS(root, &fs.Options{}), fmt.Sprintf("/dev/fd/%d", fd), &o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serve FUSE: %w", err), unix.Unmount(dir, unix.MNT_DETACH))
	}
	s := &shelf{dir: dir, root: root}
	s.served.Go(server.Serve)
	return s, server.WaitMount()
}

// put shows the image under a name that was never used before, so that nothing the kernel remembers of an earlier one
// can be taken for it.
func (s *shelf) put(m *image) (path string) {
	s.images++
	name := fmt.Sprintf("disk-%d.img", s.images)
	s.root.AddChild(name, s.root.NewPersistentInode(context.Background(), &disk{image: m}, fs.StableAttr{}), false)
	return filepath.Join(s.dir, name)
}

func (s *shelf) take(path string) { s.root.RmChild(filepath.Base(path)) }

func (s *shelf) close() error {
	err := unmount(s.dir)
	s.served.Wait()
	return err
}

// disk is an image as a file. Every read, write and fsync of the kernel comes here at once: nothing is cached between.
type disk struct {
	fs.Inode
	image *image
}

var _ interface {
	fs.NodeGetattrer
	fs.NodeOpener
	fs.NodeReader
	fs.NodeWriter
	fs.NodeFsyncer
} = (*disk)(nil)

func (d *disk) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size = 0o600, uint64(d.image.size())
	return 0
}

func (d *disk) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (d *disk) Read(_ context.Context, _ fs.FileHandle, p []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	return fuse.ReadResultData(p), errno(d.image.read(p, off))
}

func (d *disk) Write(_ context.Context, _ fs.FileHandle, p []byte, off int64) (uint32, syscall.Errno) {
	return uint32(len(p)), errno(d.image.write(p, off))
}

func (d *disk) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return errno(d.image.flush())
}

func errno(err error) syscall.Errno {
	if err != nil {
		return syscall.EIO
	}
	return 0
}
