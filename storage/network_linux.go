package storage

import "golang.org/x/sys/unix"

// networkFileSystem names the network file system that a folder is on, "" for
// a local one. FUSE is not refused: it also carries local disks.
func networkFileSystem(folder string) (string, error) {
	var info unix.Statfs_t
	if err := unix.Statfs(folder, &info); err != nil {
		return "", err
	}
	return networkKind(uint32(info.Type)), nil
}

// networkKind names a file system by the magic number of statfs(2).
func networkKind(magic uint32) string {
	switch magic {
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
		return "SMB"
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS"
	case unix.CODA_SUPER_MAGIC:
		return "Coda"
	case unix.V9FS_MAGIC: // also a Windows drive inside WSL
		return "9P"
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph"
	case 0x0BD00BD0:
		return "Lustre"
	case 0x47504653:
		return "GPFS"
	case 0x19830326:
		return "BeeGFS"
	}
	return ""
}
