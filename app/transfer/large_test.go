package transfer

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A large export needs the memory of its largest chat, not of the file.
func TestALargeFileNeedsLittleMemory(t *testing.T) {
	megabytes, most := 24, uint64(12<<20)
	if os.Getenv("KONTOR_SOAK") != "" {
		megabytes = 200
	}
	path := filepath.Join(t.TempDir(), "conversations.json")
	chats := writeLarge(t, path, megabytes<<20)
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, peak, read := inUse(), uint64(0), 0
	source := &Source{}
	err := source.Read(path, func(c Chat) error {
		if read++; len(c.Messages) != 40 {
			t.Fatalf("%d messages", len(c.Messages))
		}
		if read%50 == 0 {
			peak = max(peak, inUse())
		}
		return nil
	})
	if err != nil || read != chats || source.Skipped != 0 {
		t.Fatalf("%d of %d chats, %d skipped, %v", read, chats, source.Skipped, err)
	}
	if peak > before+most {
		t.Errorf("%d bytes in use while reading, %d before", peak, before)
	}
	t.Logf("%d MB, %d chats: %.1f MB more in use than before (the full measurement has 200 MB)", megabytes, chats, float64(max(peak, before)-before)/(1<<20))
}

// writeLarge writes an export of ChatGPT of about so many bytes.
func writeLarge(t *testing.T, path string, size int) (chats int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(f)
	text := strings.Repeat("Die Frist richtet sich nach der Dauer. ", 25)
	for written := 0; written < size; chats++ {
		var nodes []string
		for i := range 40 {
			parent, role := fmt.Sprintf(`"n%d"`, i-1), []string{"user", "assistant"}[i%2]
			if i == 0 {
				parent = "null"
			}
			nodes = append(nodes, fmt.Sprintf(`"n%d":{"id":"n%d","parent":%s,"children":["n%d"],"message":{"id":"n%d","author":{"role":%q},"create_time":1700000000,"content":{"content_type":"text","parts":[%q]}}}`, i, i, parent, i+1, i, role, text))
		}
		n, err := fmt.Fprintf(out, `%s{"id":"c%d","title":"Frist","create_time":1700000000,"update_time":1700000001,"current_node":"n39","mapping":{%s}}`, map[bool]string{true: "[", false: ",\n"}[chats == 0], chats, strings.Join(nodes, ","))
		if err != nil {
			t.Fatal(err)
		}
		written += n
	}
	if _, err := out.WriteString("]"); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return chats
}
