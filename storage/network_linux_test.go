package storage

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestNetworkFileSystemsAreTold(t *testing.T) {
	for magic, want := range map[uint32]string{
		0x6969: "NFS", 0xff534d42: "SMB", 0xfe534d42: "SMB", 0x517b: "SMB", 0x01021997: "9P",
		0xef53: "", 0x01021994: "", 0x9123683e: "", 0x58465342: "", 0x65735546: "", // ext4, tmpfs, btrfs, XFS, FUSE
	} {
		if got := networkKind(magic); got != want {
			t.Errorf("%#x is %q, want %q", magic, got, want)
		}
	}
	if kind, err := networkFileSystem(t.TempDir()); kind != "" || err != nil {
		t.Errorf("the test's own folder: %q %v", kind, err)
	}
}

// TestFullDisk fills a real file system of 3 MB. Mounting one needs root;
// TestFullDatabaseRefusesAndRecovers covers the same ground without.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=3m"); err != nil {
		t.Skip("cannot mount a small file system here: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	d := New(Options{Folder: folder})
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx := t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	ballast := folder + "/ballast"
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	written := 0
	var err error
	for ; err == nil && written < 1000; written++ {
		_, err = d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text(strings.Repeat("full ", 2000))}})
	}
	wantCode(t, err, CodeDiskFull)
	wantCode(t, New(Options{Folder: folder + "/other"}).Open(ctx), CodeDiskFull)
	if n := len(must(d.Messages(ctx, anna, c.ID))(t)); n != written-1 {
		t.Errorf("%d messages, %d were acknowledged", n, written-1)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	after := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text("room again")}}))(t)
	if !slices.ContainsFunc(must(d.Messages(ctx, anna, c.ID))(t), func(m Message) bool { return m.ID == after[0].ID }) {
		t.Error("the message after the full disk is not there")
	}
	checkIntegrity(t, d)
}
