package app

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kontor/app/transfer"
	"kontor/storage"
)

// history puts chats into the database, with so many messages each and so much thought in each answer.
func (b *bench) history(chats, messages int, text, thought string) {
	b.t.Helper()
	for i := range chats {
		id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "chat %d", i)).String()
		chat := storage.ImportedChat{Chat: storage.Chat{ID: id, Title: fmt.Sprintf("Chat %d", i), TitleSource: "user", CreatedAt: int64(i), UpdatedAt: int64(i)}}
		var list []storage.Message
		before := ""
		for m := range messages {
			one := storage.Message{
				ID: uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "message %d.%d", i, m)).String(), ParentID: before, Role: []string{"user", "assistant"}[m%2],
				Status: storage.MessageComplete, CreatedAt: int64(m), UpdatedAt: int64(m), Parts: []storage.Part{{Type: partText, Text: fmt.Sprint(m, text)}},
			}
			if m%2 == 1 && thought != "" {
				one.Parts = append(one.Parts, storage.Part{Type: "reasoning", Text: thought})
			}
			before = one.ID
			list = append(list, one)
		}
		chat.ActiveLeaf = before
		if _, err := b.db.ImportChat(b.t.Context(), b.me.OwnerID, chat, list); err != nil {
			b.t.Fatal(err)
		}
	}
}

// fetched is a written export, piece by piece.
func (b *bench) fetched(r ExportRequest) (file WrittenExport, content string, pieces int) {
	b.t.Helper()
	file = do[WrittenExport](b, "transfer.write", r)
	var all strings.Builder
	for last := false; !last; pieces++ {
		piece := do[ExportPiece](b, "transfer.piece", ExportPieceRequest{ID: file.ID, Offset: int64(all.Len())})
		raw, err := base64.StdEncoding.DecodeString(piece.Content)
		if err != nil {
			b.t.Fatal(err)
		}
		all.Write(raw)
		last = piece.Last
	}
	if int64(all.Len()) != file.Size {
		b.t.Errorf("%d of %d bytes", all.Len(), file.Size)
	}
	return file, all.String(), pieces
}

func TestAWrittenExportIsFetchedInPieces(t *testing.T) {
	b := open(t, says("Fine."))
	do[Prompt](b, "prompts.save", Prompt{Title: "Reply", Text: "Answer"})
	b.history(3, 4, " Frist", strings.Repeat("Gedanke ", 100_000))
	file, content, pieces := b.fetched(ExportRequest{Format: "json"})
	if pieces < 2 || file.Chats != 3 || !strings.HasSuffix(file.Name, ".json") {
		t.Errorf("%d pieces of %+v", pieces, file)
	}
	checkSchema(t, content)
	var got transfer.File
	if err := json.Unmarshal([]byte(content), &got); err != nil {
		t.Fatal(err)
	}
	if got.ExportedAt = 0; !reflect.DeepEqual(got, b.exported()) || len(got.Prompts) != 1 {
		t.Error("what was written is not what is exported at once")
	}
	// With the last piece the file is gone; nobody else may have it before.
	if _, problem := run[ExportPiece](b, "transfer.piece", ExportPieceRequest{ID: file.ID}); problem == nil || problem.Code != ProblemExportGone {
		t.Errorf("fetched again: %+v", problem)
	}
	file = do[WrittenExport](b, "transfer.write", ExportRequest{Format: "pdf"})
	if _, err := b.transfers.Piece(t.Context(), Principal{OwnerID: "somebody"}, ExportPieceRequest{ID: file.ID}); err == nil {
		t.Error("another person fetched it")
	}
	for _, wrong := range []ExportPieceRequest{{ID: "../../chats"}, {ID: file.ID, Offset: -1}} {
		if _, problem := run[ExportPiece](b, "transfer.piece", wrong); problem == nil || problem.Code != ProblemBadRequest {
			t.Errorf("%+v: %+v", wrong, problem)
		}
	}
	left := func() int {
		files, err := os.ReadDir(b.transfers.exports())
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	b.transfers.sweepExports(time.Now().Add(-time.Hour))
	if left() != 1 {
		t.Errorf("%d files after a sweep of old ones", left())
	}
	b.transfers.sweepExports(time.Now().Add(time.Hour))
	if left() != 0 {
		t.Errorf("%d files after a sweep of all", left())
	}
	if _, problem := run[WrittenExport](b, "transfer.write", ExportRequest{ChatID: "none"}); problem == nil || left() != 0 {
		t.Errorf("a chat that is not there: %+v, %d files", problem, left())
	}
	if same, err := filepath.Match(filepath.Join(b.transfers.exports(), "*"), b.transfers.exportPath(b.me, file.ID)); err != nil || !same {
		t.Error("the file would lie elsewhere")
	}
}

func TestAPDFHasAnEnd(t *testing.T) {
	part := func(kind string, size int) transfer.Message {
		return transfer.Message{Parts: []transfer.Part{{Type: kind, Text: strings.Repeat("x", size)}}}
	}
	chat := transfer.Chat{Messages: []transfer.Message{part(partText, maxPDF), part("reasoning", maxPDF)}}
	if size := textSize(chat); (ExportRequest{Format: "pdf"}).tooLong(size) || !(ExportRequest{Format: "pdf"}).tooLong(size+1) || (ExportRequest{Format: "html"}).tooLong(size+1) {
		t.Errorf("%d bytes", size)
	}
}

// watched counts what is in use while a file is written.
type watched struct {
	size, seen, peak uint64
}

func (w *watched) Write(raw []byte) (int, error) {
	if w.size += uint64(len(raw)); w.size-w.seen > 1<<20 {
		w.seen, w.peak = w.size, max(w.peak, memoryInUse())
	}
	return len(raw), nil
}

func memoryInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A history of any size is written with the memory of its largest chat.
func TestALargeExportNeedsLittleMemory(t *testing.T) {
	b := open(t, says("Fine."))
	most := uint64(6 << 20)
	if os.Getenv("KONTOR_SOAK") != "" {
		b.history(10_000, 20, strings.Repeat(" Die Frist richtet sich nach der Dauer.", 8), "")
		most = 16 << 20
	} else {
		b.history(30, 4, " Frist", strings.Repeat("Die Frist richtet sich. ", 10_000))
	}
	var out watched
	before := memoryInUse()
	chats, err := b.transfers.writeJSON(t.Context(), b.me, ExportRequest{}, &out)
	if err != nil || out.peak == 0 {
		t.Fatal(chats, err)
	}
	if out.peak > before+most {
		t.Errorf("%d bytes in use while writing, %d before", out.peak, before)
	}
	t.Logf("%d chats, %d MB: %.1f MB more in use than before", chats, out.size>>20, float64(max(out.peak, before)-before)/(1<<20))
	if os.Getenv("KONTOR_SOAK") == "" {
		return
	}
	before = memoryInUse()
	file, err := b.transfers.Export(t.Context(), b.me, ExportRequest{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("as one answer: %.1f MB more", float64(memoryInUse()-before)/(1<<20))
	_, _ = io.WriteString(io.Discard, file.Content)
}
