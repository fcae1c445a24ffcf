package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// attach makes a disk of the file at path. Whoever uses the device after that keeps it: it is freed with its last user,
// of whom the caller is one until it closes fd.
func attach(path string) (device string, fd int, err error) {
	file, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", 0, fmt.Errorf("open the image: %w", err)
	}
	defer unix.Close(file)
	control, err := unix.Open("/dev/loop-control", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", 0, fmt.Errorf("/dev/loop-control: %w", err)
	}
	defer unix.Close(control)
	config := unix.LoopConfig{Fd: uint32(file), Size: 512, Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR}}
	for range 50 { // somebody else may take the free one first
		n, err := unix.IoctlRetInt(control, unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", 0, fmt.Errorf("a free loop device: %w", err)
		}
		device = fmt.Sprintf("/dev/loop%d", n)
		if fd, err = unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
			return "", 0, fmt.Errorf("%s: %w", device, err)
		}
		err = unix.IoctlLoopConfigure(fd, &config)
		if err == nil {
			return device, fd, nil
		}
		unix.Close(fd)
		if !errors.Is(err, unix.EBUSY) {
			return "", 0, fmt.Errorf("%s: %w", device, err)
		}
	}
	return "", 0, errors.New("every free loop device was taken by somebody else")
}

// checkCache makes sure that the kernel sends flushes to the device: it does if it believes in a volatile cache.
func checkCache(device string) error {
	path := "/sys/block/" + strings.TrimPrefix(device, "/dev/") + "/queue/write_cache"
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if mode := strings.TrimSpace(string(b)); mode != "write back" {
		return fmt.Errorf("%s says %q: no flush would be seen", path, mode)
	}
	return nil
}

// unmount waits a moment for a process that is on its way out.
func unmount(dir string) error {
	for range 50 {
		err := unix.Unmount(dir, 0)
		if err == nil || !errors.Is(err, unix.EBUSY) {
			return os.NewSyscallError("unmount", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return os.NewSyscallError("unmount", unix.Unmount(dir, unix.MNT_DETACH|unix.MNT_FORCE))
}
