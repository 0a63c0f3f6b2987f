package pack_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"kontor/llm"
)

// On a full disk no file has its name before it is whole, and with room again
// unpacking goes on.
func TestUnpackingOnAFullDiskGoesOnLater(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	into := t.TempDir()
	if err := syscall.Mount("tmpfs", into, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("this machine lets nobody mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(into, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	file, key := made(t)
	ballast := filepath.Join(into, "ballast")
	full, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = full.Write(block)
	}
	if err := full.Close(); err != nil {
		t.Fatal(err)
	}
	if err := accept(t.Context(), file, into, key); llm.CodeOf(err) != llm.CodeNotWritten {
		t.Errorf("on a full disk: %v", err)
	}
	if _, err := os.Stat(filepath.Join(into, "small.gguf")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not whole has its name: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := accept(t.Context(), file, into, key); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
