package app

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kontor/llm/llmtest"
	"kontor/storage"
)

// TestFullDiskStoresNothingByHalves works on a file system of a few megabytes.
func TestFullDiskStoresNothingByHalves(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=6m"); err != nil {
		t.Skipf("this machine lets nobody mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	b := openIn(t, folder, llmtest.Script{})
	kept, _ := b.ask(SendRequest{Text: "Before the disk is full."})
	ballast := filepath.Join(folder, "ballast")
	fill := func() {
		file, err := os.OpenFile(ballast, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for block := make([]byte, 4096); ; {
			if _, err := file.Write(block); err != nil {
				return
			}
		}
	}
	fill()
	info, err := os.Stat(ballast)
	if err != nil {
		t.Fatal(err)
	}
	// Room for a chat, not for what is said in it.
	if err := os.Truncate(ballast, info.Size()-300<<10); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("Will this be kept? ", 40_000)
	before := len(do[ChatView](b, "chats.open", ByID{ID: kept.Chat.ID}).Messages)
	for name, request := range map[string]SendRequest{"new chat": {Text: long}, "known chat": {ChatID: kept.Chat.ID, Text: long}} {
		if _, problem := run[SendResult](b, "chats.send", request); problem == nil || problem.Code != string(storage.CodeDiskFull) {
			t.Errorf("%s: %+v", name, problem)
		}
	}
	if _, err := b.Upload(t.Context(), b.me, "long.txt", "", int64(len(long)), strings.NewReader(long)); AsError(err).Code != string(storage.CodeDiskFull) {
		t.Errorf("upload: %v", err)
	}
	look := func() {
		t.Helper()
		list := do[ChatList](b, "chats.list", ChatListRequest{})
		if len(list.Chats) != 1 || list.Chats[0].RunningMessageID != "" {
			t.Errorf("chats %+v", list.Chats)
		}
		if after := do[ChatView](b, "chats.open", ByID{ID: kept.Chat.ID}).Messages; len(after) != before {
			t.Errorf("%d messages after %d", len(after), before)
		}
		if documents := do[DocumentList](b, "documents.list", DocumentListRequest{}); documents.Total != 0 {
			t.Errorf("%d documents", documents.Total)
		}
		if left, _ := filepath.Glob(filepath.Join(b.config.Paths.originals(), "incoming-*")); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	look()
	if status := do[Status](b, "status.get", Empty{}); status.Word != "attention" || !strings.Contains(string(mustJSON(status.Problems)), string(storage.CodeDiskFull)) {
		t.Errorf("status %s, %+v", status.Word, status.Problems)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	look()
	if _, answer := b.ask(SendRequest{ChatID: kept.Chat.ID, Text: "And with room again?"}); answer.Status != "complete" {
		t.Errorf("with room again: %+v", answer)
	}
}
