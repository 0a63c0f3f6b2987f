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
		for n := range file.Folders[i].Collections {
			file.Folders[i].Collections[n].ID = ""
		}
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
	count := 24
	if os.Getenv("KONTOR_SOAK") != "" {
		count = 1000
	}
	b := open(t, says("Fine."))
	house := b.collection("House")
	folder := do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("Leases"), Model: new("m"), CollectionIDs: &[]string{house}})
	helper := do[Assistant](b, "assistants.save", Assistant{Name: "Reader", Instructions: "Read.", Collections: []NamedCollection{{ID: house, Name: "House"}}, Parameters: Parameters{Style: "precise"}})
	do[Prompt](b, "prompts.save", Prompt{Title: "Reply", About: "To a letter", Text: "Answer {{Letter:long}}"})
	for key, value := range map[string]string{"chat.instructions": "Be polite.", "assistants.default": helper.ID, "ui.theme": "dark"} {
		do[Settings](b, "settings.set", SetRequest{Key: key, Value: value})
	}
	drawn := b.image("plan.png", picture(t, 8, 8, 90))
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
			start, err := b.startWith(ctx, b.me, []string{"builtin:en:code", helper.ID}[i/3%2])
			if err == nil {
				err = start.keep(ctx, b.me, chat.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
			do[ChatSetup](b, "chats.setParameters", ParametersRequest{ChatID: chat.ID, Parameters: Parameters{Style: "creative", Seed: i}})
			do[Empty](b, "chats.startAt", ChatStart{ChatID: chat.ID, MessageID: stored[0].ID})
			do[Empty](b, "chats.mark", MarkRequest{MessageID: stored[1].ID, Value: []string{"good", "bad"}[i%2], Reason: "Knapp"})
			do[Empty](b, "drafts.save", Draft{ChatID: chat.ID, Text: "Und was, wenn", Images: []Image{drawn}})
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
	if problem != nil || result.Changed != count || result.Messages != 3*count || result.Product != "kontor" || result.Assistants != 1 || result.Prompts != 1 {
		t.Fatalf("%+v %+v", result, problem)
	}
	if setup := want.Chats[0].Setup; setup == nil || len(setup.Assistant) == 0 || len(setup.Parameters) == 0 {
		t.Errorf("the first chat is set up as %+v", setup)
	}
	if f := want.Folders[0]; f.Model != "m" || len(f.Collections) != 1 || len(want.Assistants) != 1 || len(want.Prompts) != 1 || len(want.Settings) != 2 {
		t.Errorf("beside the chats: %+v, %d assistants, %d prompts, settings %v", f, len(want.Assistants), len(want.Prompts), want.Settings)
	}
	if found := do[ChatSearchResult](fresh, "chats.search", ChatSearchRequest{Query: "mark:bad", Limit: 100}).Hits; len(found) != min(100, (count+2)/6) {
		t.Errorf("%d chats with a bad mark are found", len(found))
	}
	if c := want.Chats[0]; c.StartsAt == "" || c.Draft == nil || len(c.Draft.Images) != 1 || !strings.Contains(string(c.Draft.Images[0]), `"content"`) {
		t.Errorf("the first chat starts at %q, draft %+v", c.StartsAt, c.Draft)
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

// A file of the first version has nothing beside its chats; what is here stays
// as it is.
func TestFilesOfTheFirstVersionAreImported(t *testing.T) {
	const content = `{"format":"kontor-chats","version":1,"program":"0.1","exportedAt":1,"folders":[{"id":"f","parentId":"","name":"Leases"}],
		"chats":[{"id":"0198c0de-0000-7000-8000-000000000001","title":"Old","titleSource":"user","model":"","activeLeaf":"0198c0de-0000-7000-8000-000000000002",
		"instructions":"Be brief","collections":[],"folderId":"f","tags":["a"],"pinnedAt":0,"archivedAt":0,"createdAt":2,"updatedAt":3,"messages":[
		{"id":"0198c0de-0000-7000-8000-000000000002","parentId":"","role":"user","status":"complete","model":"","digest":"","mode":"","parts":[{"type":"text","text":"Hello"}],"createdAt":2,"updatedAt":3}]}]}`
	b := open(t, says("Fine."))
	do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("Leases"), Model: new("mine")})
	if result, problem := b.imported(content); problem != nil || result.Changed != 1 || result.Messages != 1 {
		t.Fatalf("%+v %+v", result, problem)
	}
	file := b.exported()
	chat := file.Chats[0]
	if len(file.Folders) != 1 || file.Folders[0].Model != "mine" || chat.FolderID != file.Folders[0].ID || chat.Instructions != "Be brief" || chat.UpdatedAt != 3 {
		t.Errorf("%+v in %+v", chat, file.Folders)
	}
}

// What somebody has set or an organisation decides is not replaced by a file,
// and a file brings nothing that may not be made here.
func TestAFileDoesNotReplaceWhatIsSet(t *testing.T) {
	const content = `{"format":"kontor-chats","version":2,"program":"0.2","exportedAt":1,"folders":[],"chats":[],
		"assistants":[{"id":"a","assistant":{"name":"Reader"},"createdAt":1,"updatedAt":2},{"id":"b","assistant":{"name":""},"createdAt":1,"updatedAt":2}],
		"prompts":[{"id":"p","title":"Reply","about":"","text":"Answer","createdAt":1,"updatedAt":2},{"id":"q","title":"","about":"","text":"","createdAt":1,"updatedAt":2}],
		"settings":{"chat.instructions":"From the file","chat.model":"other","runtime.url":"http://192.0.2.1","made.up":"x"}}`
	b := openIn(t, t.TempDir(), says("Fine."), lockedBy(`{"enforced":{"chat.model":"ours","assistants.own":"false"}}`))
	do[Settings](b, "settings.set", SetRequest{Key: "chat.instructions", Value: "Mine"})
	before := do[Settings](b, "settings.list", Empty{})
	for range 2 {
		if _, problem := b.imported(content); problem != nil {
			t.Fatalf("%+v", problem)
		}
	}
	if after := do[Settings](b, "settings.list", Empty{}); !reflect.DeepEqual(before, after) {
		t.Errorf("settings became %+v", after)
	}
	if file := b.exported(); len(file.Assistants) != 0 || len(file.Prompts) != 1 || file.Prompts[0].UpdatedAt != 2 {
		t.Errorf("%+v %+v", file.Assistants, file.Prompts)
	}
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
	transfers := b.transfers
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

// A file that had arrived when the program was killed is gone on with once.
func TestABrokenOffImportGoesOn(t *testing.T) {
	b := open(t, says("Fine."))
	message := func(id, parent string) string {
		return `{"id":"` + id + `","parentId":"` + parent + `","role":"user","status":"complete","model":"","digest":"","mode":"","parts":[{"type":"text","text":"Hello"}],"createdAt":2,"updatedAt":3}`
	}
	chat := func(id, messages string) string {
		return `{"id":"` + id + `","title":"Old","titleSource":"user","model":"","activeLeaf":"","instructions":"","collections":[],"folderId":"","tags":[],"pinnedAt":0,"archivedAt":0,"createdAt":2,"updatedAt":3,"messages":[` + messages + `]}`
	}
	const id, first, second = "0198c0de-0000-7000-8000-00000000000", "0198c0de-0000-7000-8000-000000000011", "0198c0de-0000-7000-8000-000000000012"
	file := func(chats ...string) string {
		return `{"format":"kontor-chats","version":2,"program":"","exportedAt":0,"folders":[],"assistants":[],"prompts":[],"settings":{},"chats":[` + strings.Join(chats, ",") + `]}`
	}
	if _, problem := b.imported(file(chat(id+"1", message(first, "")))); problem != nil { // so far it had come
		t.Fatal(problem)
	}
	path := filepath.Join(b.transfers.folder(), id+"9.whole")
	put := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(file(chat(id+"1", message(first, "")), chat(id+"2", message(second, ""))))
	b.transfers.sweep(time.Now().Add(time.Hour))
	b.transfers.resume(t.Context(), b.me, b.transfers.brokenOff())
	resumed := do[ResumedImport](b, "transfer.resumed", Empty{})
	if resumed.State != "done" || resumed.Result == nil || resumed.Result.Chats != 2 || resumed.Result.Changed != 1 {
		t.Errorf("%+v", resumed)
	}
	if chats := b.exported().Chats; len(chats) != 2 {
		t.Errorf("%d chats", len(chats))
	}
	put("nothing of ours") // and one that was gone on with once already
	if err := os.WriteFile(filepath.Join(b.transfers.folder(), "old"+againEnding), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.transfers.resume(t.Context(), b.me, b.transfers.brokenOff())
	if resumed = do[ResumedImport](b, "transfer.resumed", Empty{}); resumed.State != "failed" || resumed.Problem.Code != ProblemTransferUnknown {
		t.Errorf("%+v", resumed)
	}
	if left, err := os.ReadDir(b.transfers.folder()); err != nil || len(left) != 0 {
		t.Errorf("%d files left, %v", len(left), err)
	}
}
