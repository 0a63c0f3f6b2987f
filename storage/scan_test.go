package storage

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// TestScanOfChats measures what a search without an index would take, for
// `go run ./build bench`, which compares it with the search that has one: LIKE
// over titles and messages, newest first, until there are 20 chats. It is no
// test and does nothing by itself.
func TestScanOfChats(t *testing.T) {
	data := os.Getenv("KONTOR_SCAN_DATA")
	if data == "" {
		t.Skip("KONTOR_SCAN_DATA names no data folder")
	}
	content, err := os.ReadFile(os.Getenv("KONTOR_SCAN_IN"))
	if err != nil {
		t.Fatal(err)
	}
	var searches [][]string
	if err := json.Unmarshal(content, &searches); err != nil {
		t.Fatal(err)
	}
	d, ctx, owner := New(Options{Folder: data}), t.Context(), os.Getenv("KONTOR_SCAN_OWNER")
	if err := d.Open(ctx); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var times []float64
	chats := 0
	for _, words := range searches {
		began := time.Now()
		err := d.snapshot(ctx, "scan chats", func(q querier) error {
			title, args := likes("c.title", words)
			found := foundChats{limit: 20, place: map[string]int{}}
			err := found.read(ctx, q, `SELECT c.id, '', '[]', c.updated_at FROM chats c WHERE c.owner_id = ? AND c.deleted_at = 0`+title+
				` ORDER BY c.updated_at DESC`, append([]any{owner}, args...)...)
			if err != nil {
				return err
			}
			body, args := likes("m.parts", words)
			err = found.read(ctx, q, `SELECT c.id, m.id, m.parts, m.created_at FROM messages m CROSS JOIN chats c ON c.seq = m.chat_seq
				WHERE c.owner_id = ? AND c.deleted_at = 0`+body+` ORDER BY m.seq DESC`, append([]any{owner}, args...)...)
			if err != nil {
				return err
			}
			hits, err := found.complete(ctx, q, owner)
			chats += len(hits)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, float64(time.Since(began).Microseconds())/1000)
	}
	if chats < len(searches) {
		t.Fatalf("%d searches found only %d chats", len(searches), chats)
	}
	encoded, err := json.Marshal(times)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(os.Getenv("KONTOR_SCAN_OUT"), encoded, 0o600); err != nil {
		t.Fatal(err)
	}
}

// likes asks for each word anywhere in a column.
func likes(column string, words []string) (where string, args []any) {
	for _, word := range words {
		where += ` AND ` + column + ` LIKE ? ESCAPE '\'`
		args = append(args, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)+"%")
	}
	return where, args
}
