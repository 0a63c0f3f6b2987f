package app

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kontor/app/transfer"
	"kontor/storage"
)

// exported is everything as JSON, without the time it was written.
func (b *bench) exported() transfer.File {
	b.t.Helper()
	var file transfer.File
	if err := json.Unmarshal([]byte(do[ExportFile](b, "transfer.export", ExportRequest{Format: "json"}).Content), &file); err != nil {
		b.t.Fatal(err)
	}
	file.ExportedAt = 0
	return file
}

// imported sends a file in pieces, as the page does.
func (b *bench) imported(content string) (ImportResult, *Problem) {
	b.t.Helper()
	first := do[ImportResult](b, "transfer.import", ImportPiece{Content: base64.StdEncoding.EncodeToString([]byte(content[:len(content)/2]))})
	return run[ImportResult](b, "transfer.import", ImportPiece{ID: first.ID, Content: base64.StdEncoding.EncodeToString([]byte(content[len(content)/2:])), Last: true})
}

// withoutPlaces empties what has other ids in another database: folders and collections.
func withoutPlaces(file transfer.File) transfer.File {
	for i := range file.Folders {
		file.Folders[i].ID, file.Folders[i].ParentID = "", ""
	}
	for i := range file.Chats {
		file.Chats[i].FolderID = ""
		for n := range file.Chats[i].Collections {
			file.Chats[i].Collections[n].ID = ""
		}
	}
	return file
}

// checkSchema validates an export against the published schema.
func checkSchema(t *testing.T, content string) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("transfer", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("the export is not what the schema says: %v", err)
	}
}

func TestExportedChatsComeBackEqual(t *testing.T) {
	count := 60
	if os.Getenv("KONTOR_SOAK") != "" {
		count = 1000
	}
	b := open(t, says("Fine."))
	house := b.collection("House")
	folder := do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("Leases")})
	ctx := t.Context()
	for i := range count {
		record := storage.Chat{Title: fmt.Sprintf("Chat %d – Kündigung", i), TitleSource: "user", Model: "m", CollectionIDs: []string{house}}
		chat, err := b.db.CreateChat(ctx, b.me.OwnerID, record)
		if err != nil {
			t.Fatal(err)
		}
		messages := []storage.Message{
			{Role: "user", Parts: []storage.Part{{Type: "text", Text: "Wie lange?"}, {Type: "image", Data: json.RawMessage(`{"name":"a.png","bytes":"AAAA"}`)}}},
			{Role: "assistant", Model: "m", Digest: "d", Mode: "retrieval", Facts: json.RawMessage(`{"tokensIn":3}`), Parts: []storage.Part{
				{Type: "reasoning", Text: "hm"}, {Type: "text", Text: "Drei Monate 🙂."},
				{Type: "citation", Data: json.RawMessage(`{"n":1,"document":"lease.pdf","page":3,"text":"Die Frist"}`)},
				{Type: "sentence", Data: json.RawMessage(`[{"start":0,"end":15,"citations":[1],"supported":true}]`)}}},
		}
		stored, err := b.db.AppendMessages(ctx, b.me.OwnerID, chat.ID, messages)
		if err != nil {
			t.Fatal(err)
		}
		other := storage.Message{Role: "assistant", ParentID: stored[0].ID, Status: storage.MessageStopped, Parts: []storage.Part{{Type: "text", Text: "Zwei"}}}
		if _, err := b.db.AppendMessages(ctx, b.me.OwnerID, chat.ID, []storage.Message{other}); err != nil {
			t.Fatal(err)
		}
		update := storage.ChatUpdate{ActiveLeaf: &stored[1].ID, FolderID: &folder.ID, Tags: &[]string{"wichtig"}}
		if i%2 == 0 {
			update.ArchivedAt = new(int64(5))
		}
		if _, err := b.db.UpdateChat(ctx, b.me.OwnerID, chat.ID, update); err != nil {
			t.Fatal(err)
		}
		do[Instructions](b, "chats.setInstructions", Instructions{ChatID: chat.ID, Text: "Be brief"})
		if i%3 == 0 {
			start, err := b.startWith(ctx, b.me, "builtin:en:code")
			if err == nil {
				err = start.keep(ctx, b.me, chat.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
			do[ChatSetup](b, "chats.setParameters", ParametersRequest{ChatID: chat.ID, Parameters: Parameters{Style: "creative", Seed: i}})
		}
	}
	content := do[ExportFile](b, "transfer.export", ExportRequest{Format: "json"}).Content
	checkSchema(t, content)
	want := b.exported()
	if len(want.Chats) != count {
		t.Fatalf("%d chats exported", len(want.Chats))
	}

	fresh := open(t, says("Fine."))
	result, problem := fresh.imported(content)
	if problem != nil || result.Changed != count || result.Messages != 3*count || result.Product != "kontor" {
		t.Fatalf("%+v %+v", result, problem)
	}
	if setup := want.Chats[0].Setup; setup == nil || len(setup.Assistant) == 0 || len(setup.Parameters) == 0 {
		t.Errorf("the first chat is set up as %+v", setup)
	}
	if got := withoutPlaces(fresh.exported()); !reflect.DeepEqual(got, withoutPlaces(want)) {
		t.Errorf("came back as\n%+v\nwas\n%+v", got.Chats[0], want.Chats[0])
	}
	for _, again := range []*bench{fresh, b} {
		before := again.exported()
		if result, problem := again.imported(content); problem != nil || result.Changed != 0 || result.Messages != 0 {
			t.Errorf("the same file again: %+v %+v", result, problem)
		}
		if !reflect.DeepEqual(again.exported(), before) {
			t.Error("the same file again changed something")
		}
	}
	text := do[ExportFile](b, "transfer.export", ExportRequest{ChatID: want.Chats[0].ID, Format: "markdown"}).Content
	for _, part := range []string{"# Chat 0 – Kündigung", "Drei Monate 🙂.[^1-1]", "[^1-1]: lease.pdf", "AI-generated · m"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	t.Logf("%d of %d chats equal (the full measurement has 1,000)", count, count)
}

func TestForeignChatsAreImportedOnce(t *testing.T) {
	files := map[string]string{
		"chatgpt": `[{"id":"c1","title":"Trip","create_time":1700000000.5,"update_time":1700000100,"current_node":"d","mapping":{
			"root":{"id":"root","message":null,"parent":null,"children":["s"]},
			"s":{"id":"s","parent":"root","children":["a"],"message":{"id":"s","author":{"role":"system"},"content":{"content_type":"text","parts":["x"]}}},
			"a":{"id":"a","parent":"s","children":["b","d"],"message":{"id":"a","author":{"role":"user"},"create_time":1700000001,"content":{"content_type":"multimodal_text","parts":[{"content_type":"image_asset_pointer","asset_pointer":"file-1"},"Where?"]}}},
			"b":{"id":"b","parent":"a","children":[],"message":{"id":"b","author":{"role":"assistant"},"content":{"content_type":"text","parts":["Rome"]},"metadata":{"model_slug":"gpt-4o"}}},
			"d":{"id":"d","parent":"a","children":[],"message":{"id":"d","author":{"role":"assistant"},"content":{"content_type":"text","parts":["Oslo"]}}}}}]`,
		"claude": `[{"uuid":"u1","name":"Plan","created_at":"2024-05-01T10:00:00.000000Z","updated_at":"2024-05-01T10:01:00Z","chat_messages":[
			{"uuid":"m1","sender":"human","text":"Where?","content":[{"type":"text","text":"Where?"}],"created_at":"2024-05-01T10:00:00Z","updated_at":"2024-05-01T10:00:00Z","attachments":[{"file_name":"a.txt","extracted_content":"notes"}],"files":[]},
			{"uuid":"m2","sender":"assistant","text":"Rome","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"Rome"}],"created_at":"2024-05-01T10:00:01Z","updated_at":"2024-05-01T10:00:01Z","attachments":[],"files":[]},
			{"uuid":"m3","sender":"human","text":"And then?","content":[],"created_at":"2024-05-01T10:00:02Z","updated_at":"2024-05-01T10:00:02Z"}]}]`,
	}
	words := map[string][]string{"chatgpt": {"[image_asset_pointer file-1]", "Where?", "Rome", "Oslo", "gpt-4o"}, "claude": {"Where?", "a.txt", "notes", "hm", "Rome", "And then?"}}
	b := open(t, says("Fine."))
	for product, content := range files {
		result, problem := b.imported(content)
		if problem != nil || result.Product != product || result.Changed != 1 || result.Messages != 3 {
			t.Fatalf("%s: %+v %+v", product, result, problem)
		}
		if again, problem := b.imported(content); problem != nil || again.Messages != 0 {
			t.Errorf("%s again: %+v %+v", product, again, problem)
		}
		all := do[ExportFile](b, "transfer.export", ExportRequest{Format: "json"}).Content
		checkSchema(t, all)
		for _, word := range words[product] {
			if !strings.Contains(all, word) {
				t.Errorf("%s lost %q", product, word)
			}
		}
	}
	for content, code := range map[string]string{
		"hello": ProblemTransferUnknown, `{"format":"other"}`: ProblemTransferUnknown, "[]": ProblemTransferUnknown, `[{"mapping":3}]`: ProblemTransferUnknown,
		`{"format":"kontor-chats","version":99}`: ProblemTransferNewer, "PK\x03\x04broken": ProblemTransferBroken,
		"SQLite format 3\x00 and nothing more": ProblemTransferUnknown, `[{"mapping":{}},`: ProblemTransferBroken,
	} {
		if _, problem := b.imported(content); problem == nil || problem.Code != code {
			t.Errorf("%q: %+v", content, problem)
		}
	}
}

func TestRestOfAnImportIsSwept(t *testing.T) {
	b := open(t, says("Fine."))
	sent := do[ImportResult](b, "transfer.import", ImportPiece{Content: base64.StdEncoding.EncodeToString([]byte("[{"))})
	transfers := &Transfers{app: b.App}
	left := func() int {
		files, err := os.ReadDir(transfers.folder())
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	transfers.sweep(time.Now().Add(-time.Hour))
	if sent.ID == "" || left() != 1 {
		t.Fatalf("%+v, %d files while it is being sent", sent, left())
	}
	transfers.sweep(time.Now().Add(time.Hour))
	if left() != 0 {
		t.Error("what broke off is still there")
	}
}
