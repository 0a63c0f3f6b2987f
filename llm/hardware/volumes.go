package hardware

import (
	"slices"
	"strconv"
	"strings"
)

// Volume is a place where much can be kept: a disk, a partition, a share.
type Volume struct {
	// Path is where it is mounted, or its letter.
	Path string
	Disk
}

// Volumes lists the volumes that may be written, without those of the system's
// own inner life. One that does not answer is left out.
func Volumes() []Volume {
	found := []Volume{}
	for _, path := range volumePaths() {
		if disk := diskOf(path); disk.Total > 0 {
			found = append(found, Volume{path, disk})
		}
	}
	return found
}

// fileSystems hold files of people; all others are made up by the system.
func fileSystems() []string {
	return []string{
		"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk",
		"nfs", "nfs4", "cifs", "smb3", "overlay", "virtiofs", "9p",
	}
}

// parseMounts reads /proc/self/mounts and keeps the shortest path of each
// device that holds files of people and may be written.
func parseMounts(text string) []string {
	of := map[string]string{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !slices.Contains(fileSystems(), fields[2]) {
			continue
		}
		device, path, options := fields[0], unescapeMount(fields[1]), strings.Split(fields[3], ",")
		inner := slices.ContainsFunc([]string{"/boot", "/snap", "/etc", "/proc", "/sys", "/dev", "/run/user", "/var/lib/docker", "/var/snap"}, func(prefix string) bool {
			return path == prefix || strings.HasPrefix(path, prefix+"/")
		})
		if inner || slices.Contains(options, "ro") || fields[2] == "overlay" && path != "/" {
			continue
		}
		if known, ok := of[device]; !ok || len(path) < len(known) {
			of[device] = path
		}
	}
	paths := []string{}
	for _, path := range of {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// unescapeMount undoes the octal escapes of blanks and backslashes.
func unescapeMount(path string) string {
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' && i+3 < len(path) {
			if n, err := strconv.ParseUint(path[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		out.WriteByte(path[i])
	}
	return out.String()
}
