package app

import (
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"kontor/app/transfer"
	"kontor/localrag/parse"
	"kontor/storage"
)

// chatWithSources stores a chat whose answer cites a passage.
func (b *bench) chatWithSources(title, folderID string) string {
	b.t.Helper()
	ctx := b.t.Context()
	chat, err := b.db.CreateChat(ctx, b.me.OwnerID, storage.Chat{Title: title, TitleSource: "user", FolderID: folderID})
	if err != nil {
		b.t.Fatal(err)
	}
	text := "Die Frist beträgt drei Monate.\n\n## Übersicht\n\n| Dauer | Frist |\n|---|--:|\n| über acht Jahre | neun Monate |\n\n```sql\nSELECT größe FROM maß;\n```"
	if _, err := b.db.AppendMessages(ctx, b.me.OwnerID, chat.ID, []storage.Message{
		{Role: "user", Parts: []storage.Part{{Type: "text", Text: "Wie lang ist die Kündigungsfrist?"}}},
		{Role: "assistant", Model: "qwen3:8b", Parts: []storage.Part{
			{Type: "text", Text: text},
			{Type: "citation", Data: json.RawMessage(`{"n":1,"document":"Mietvertrag.pdf","page":3,"text":"Die Kündigung ist spätestens am dritten Werktag zulässig."}`)},
			{Type: "sentence", Data: json.RawMessage(`[{"start":0,"end":30,"citations":[1],"supported":true}]`)}}},
	}); err != nil {
		b.t.Fatal(err)
	}
	return chat.ID
}

// Kontor's own parsers read the documents it writes: nothing of text, table, code and source is lost.
func TestPapersAreReadBack(t *testing.T) {
	b := open(t, says("Fine."))
	id := b.chatWithSources("Fristen: Übersicht/2025", "")
	reader := parse.NewReader(parse.ReaderOptions{CacheDir: parserCache})
	for format, mediaType := range map[string]string{"html": "text/html", "pdf": "application/pdf", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"} {
		file := do[ExportFile](b, "transfer.export", ExportRequest{ChatID: id, Format: format})
		content := []byte(file.Content)
		if file.Base64 {
			var err error
			if content, err = base64.StdEncoding.DecodeString(file.Content); err != nil {
				t.Fatal(err)
			}
		}
		if filepath.Ext(file.Name) != "."+format || !strings.HasPrefix(file.Name, "Fristen- Übersicht-2025") || file.MediaType != mediaType || file.Chats != 1 {
			t.Errorf("%q %q %d", file.Name, file.MediaType, file.Chats)
		}
		read, err := reader.Parse(t.Context(), content, file.Name, nil)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		text := strings.Join(strings.Fields(read.Text), " ")
		for _, wanted := range []string{"Fristen: Übersicht/2025", "Wie lang ist die Kündigungsfrist?", "Die Frist beträgt drei Monate.", "über acht Jahre", "neun Monate", "SELECT größe FROM maß;",
			"Mietvertrag.pdf, page 3", "Die Kündigung ist spätestens am dritten Werktag zulässig.", "AI-generated", "qwen3:8b"} {
			if !strings.Contains(text, wanted) {
				t.Errorf("%s: %q is not in %q", format, wanted, text)
			}
		}
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	if _, problem := run[ExportFile](b, "transfer.export", ExportRequest{ChatID: id, Format: "exe"}); problem == nil || problem.Code != ProblemBadRequest {
		t.Errorf("%+v", problem)
	}
}

// A folder is exported with those in it, and nothing beside it.
func TestFolderIsExportedWithWhatIsInIt(t *testing.T) {
	b := open(t, says("Fine."))
	outer := do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("Verträge")})
	inner := do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("Miete"), ParentID: new(outer.ID)})
	do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("Anderes")})
	b.chatWithSources("Innen", inner.ID)
	b.chatWithSources("Außen", outer.ID)
	b.chatWithSources("Daneben", "")
	var file transfer.File
	if err := json.Unmarshal([]byte(do[ExportFile](b, "transfer.export", ExportRequest{FolderID: outer.ID, Format: "json"}).Content), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Chats) != 2 || len(file.Folders) != 2 {
		t.Errorf("%d chats, %d folders", len(file.Chats), len(file.Folders))
	}
	page := do[ExportFile](b, "transfer.export", ExportRequest{FolderID: inner.ID, Format: "html"})
	if page.Name != "Miete.html" || page.Chats != 1 || strings.Contains(page.Content, "Daneben") {
		t.Errorf("%q %d", page.Name, page.Chats)
	}
	if _, problem := run[ExportFile](b, "transfer.export", ExportRequest{FolderID: "none", Format: "html"}); problem == nil || problem.Code != string(storage.CodeNotFound) {
		t.Errorf("%+v", problem)
	}
}
