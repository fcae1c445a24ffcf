package checkpoint

import "golang.org/x/sys/unix"

// remoteTypes are file systems that other hosts, or a process behind them, share without sharing our locks.
var remoteTypes = map[uint32]string{
	0x00006969: "NFS",
	0x0000517b: "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x65735546: "FUSE",
	0x01021997: "9p",
	0x5346414f: "AFS",
	0x6b414653: "kAFS",
	0x00c36400: "Ceph",
	0x73757245: "Coda",
	0x0000564c: "NCP",
	0x0bd00bd0: "Lustre",
	0x47504653: "GPFS",
	0x01161970: "GFS2",
	0x7461636f: "OCFS2",
	0x19830326: "BeeGFS",
	0xaad7aaea: "PanFS",
	0x786f4256: "VirtualBox shared folder",
	0xbacbacbc: "VMware shared folder",
	0x20030528: "OrangeFS",
}

func (f osFile) Remote() (string, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return "", err
	}
	var st unix.Statfs_t
	var failed error
	err = conn.Control(func(fd uintptr) { failed = unix.Fstatfs(int(fd), &st) })
	if err == nil {
		err = failed
	}
	return remoteTypes[uint32(st.Type)], err
}
