package app

import (
	"os"
	"testing"

	"kontor/llm/llmtest"
)

// TestRoomOnOtherDisks keeps models on a disk in memory: the room of the data
// is told beside theirs.
func TestRoomOnOtherDisks(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "kontor-")
	if err != nil {
		t.Skip("there is no disk in memory here")
	}
	t.Cleanup(func() { _ = os.RemoveAll(other) })
	data := t.TempDir()
	if sameDisk(data, other) {
		t.Skip("the folder of the tests is in memory, too")
	}
	if !sameDisk(data, t.TempDir()) || !sameDisk(data, "/nowhere") {
		t.Error("one disk is taken for two")
	}
	b := openWith(t, data, llmtest.Script{}, func(c *Config) { c.ModelsDir = other })
	list := do[Downloads](b, "models.downloads", Empty{})
	if len(list.Rooms) != 1 || list.Rooms[0].Use != "data" || list.Rooms[0].FreeBytes == 0 || list.FreeBytes == 0 {
		t.Errorf("%d free for models, %+v", list.FreeBytes, list.Rooms)
	}
	alone := openIn(t, t.TempDir(), llmtest.Script{})
	if rooms := do[Downloads](alone, "models.downloads", Empty{}).Rooms; len(rooms) != 0 {
		t.Errorf("on one disk: %+v", rooms)
	}
}
