package hardware

import (
	"slices"
	"testing"
)

// The lines are written after the format that proc(5) documents.
func TestMountsOfPeople(t *testing.T) {
	mounts := `proc /proc proc rw,nosuid 0 0
/dev/nvme0n1p2 / ext4 rw,relatime 0 0
/dev/nvme0n1p2 /var/lib/docker/btrfs ext4 rw,relatime 0 0
/dev/nvme0n1p1 /boot/efi vfat rw,relatime 0 0
/dev/loop3 /snap/core/1 squashfs ro 0 0
tmpfs /run tmpfs rw 0 0
/dev/sda1 /media/anna/My\040Disk exfat rw,nosuid 0 0
/dev/sdb1 /media/anna/locked ntfs3 ro,nosuid 0 0
//server/models /srv/models cifs rw 0 0
overlay /var/lib/containers/x overlay rw 0 0
/dev/nvme0n1p3 /home ext4 rw 0 0
/dev/nvme0n1p3 /etc/hosts ext4 rw 0 0
`
	got, want := parseMounts(mounts), []string{"/", "/home", "/media/anna/My Disk", "/srv/models"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, volume := range Volumes() {
		if volume.Path == "" || volume.Total <= 0 || volume.Free < 0 || volume.Free > volume.Total {
			t.Errorf("%+v", volume)
		}
	}
}
