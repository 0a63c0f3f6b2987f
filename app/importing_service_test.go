package app

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kontor/app/transfer"
	"kontor/storage"
)

// sample gives a sample of another program's files, a folder as a ZIP.
func sample(t *testing.T, path string) string {
	t.Helper()
	path = filepath.Join("transfer", "testdata", "samples", path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !info.IsDir() {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	if err := w.AddFS(os.DirFS(path)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

// Files of every program are stored, and the same again adds nothing.
func TestSamplesOfAllProgramsAreImportedOnce(t *testing.T) {
	b := open(t, says("Fine."))
	for product, expected := range map[string]struct {
		file            string
		chats, messages int
	}{
		"chatgpt":   {"chatgpt/branches", 1, 7},
		"claude":    {"claude/branches", 1, 5},
		"openwebui": {"openwebui/all-chats.json", 2, 7},
		"librechat": {"librechat/tree.json", 1, 5},
		"lmstudio":  {"lmstudio/folders", 2, 3},
		"jan":       {"jan/images", 1, 2},
		"ollama":    {"ollama/tools.sqlite", 1, 2},
	} {
		content := sample(t, expected.file)
		result, problem := b.imported(content)
		if problem != nil || result.Product != product || result.Changed != expected.chats || result.Messages != expected.messages {
			t.Errorf("%s: %+v %+v", product, result, problem)
		}
		if again, problem := b.imported(content); problem != nil || again.Messages != 0 || again.Changed != 0 {
			t.Errorf("%s again: %+v %+v", product, again, problem)
		}
	}
	folders, err := b.db.ChatFolders(t.Context(), b.me.OwnerID)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, f := range folders {
		names[f.ID] = f.Name
	}
	paths := map[string]bool{}
	for _, f := range folders {
		paths[names[f.ParentID]+"/"+f.Name] = true
	}
	if want := map[string]bool{"/Marketing": true, "/Projekte": true, "Projekte/Haus": true, "/Küche": true}; !maps.Equal(paths, want) {
		t.Errorf("folders %v", paths)
	}
}

// The same file again adds nothing, whoever wrote it.
func TestEverySampleIsImportedOnce(t *testing.T) {
	b := open(t, says("Fine."))
	tried := map[string]int{}
	for _, product := range []string{"chatgpt", "claude", "openwebui", "librechat", "lmstudio", "jan", "ollama"} {
		samples, err := os.ReadDir(filepath.Join("transfer", "testdata", "samples", product))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range samples {
			if ending := filepath.Ext(one.Name()); ending == ".txt" || ending == ".sql" {
				continue
			}
			content := sample(t, filepath.Join(product, one.Name()))
			if result, problem := b.imported(content); problem != nil || result.Product != product || result.Messages == 0 || result.Skipped != 0 && one.Name() != "branches" {
				t.Errorf("%s/%s: %+v %+v", product, one.Name(), result, problem)
			}
			if again, problem := b.imported(content); problem != nil || again.Messages != 0 || again.Changed != 0 {
				t.Errorf("%s/%s again: %+v %+v", product, one.Name(), again, problem)
			}
			tried[product]++
		}
	}
	t.Logf("samples imported twice, the second time 0 new: %v", tried)
}

func TestOllamaAppsDatabaseIsReadWithoutLoss(t *testing.T) {
	for file, want := range map[string][]string{
		"written-by-0.24": {"Probezeit", "vertrag.md", "§ 3 Probezeit: sechs Monate.", "[scan.pdf]", "punkt.png", "Gefragt ist die Höchstdauer.", "Höchstens **sechs Monate**.", "Bis zu vier Monate.", "qwen3:8b",
			`{\"query\":\"Strompreis 2026\"}`, "35 ct/kWh", "https://example.org/strom", "Rund 35 Cent je Kilowattstunde【0†Strompreis】."},
		"plain":         {"Rezept", "Ein Rezept für Suppe", "Kartoffeln, Lauch, Brühe.", "gemma3:4b"},
		"tools":         {"Suche", "Was kostet Strom?", "notiz.txt", "Zähler 4711", "Ich suche danach.", `{\"query\":\"Strompreis\"}`, "35 ct/kWh", "Rund 35 Cent.", "Das reicht.", "gpt-oss:20b"},
		"first-version": {"Anfang", "Hallo", "Guten Tag", "llama3.2"},
	} {
		b := open(t, says("Fine."))
		result, problem := b.imported(sample(t, "ollama/"+file+".sqlite"))
		if problem != nil || result.Product != "ollama" || result.Messages != 2*result.Chats && result.Messages != 6 {
			t.Fatalf("%s: %+v %+v", file, result, problem)
		}
		chats := b.exported().Chats
		if len(chats) != result.Chats || chats[0].CreatedAt < 1750000000000 || chats[0].Messages[1].CreatedAt <= chats[0].Messages[0].CreatedAt {
			t.Errorf("%s: times of %+v", file, chats)
		}
		all := do[ExportFile](b, "transfer.export", ExportRequest{Format: "json"}).Content
		for _, word := range want {
			if !bytes.Contains([]byte(all), []byte(word)) {
				t.Errorf("%s lost %q", file, word)
			}
		}
	}
}

// A chat that went on elsewhere gets what is new; one that was put into the bin stays there.
func TestChangedChatsAreContinued(t *testing.T) {
	b := open(t, says("Fine."))
	file := func(more string) string {
		return `[{"id":"c","title":"T","mapping":{"u":{"message":{"author":{"role":"user"},"content":{"parts":["Wohin?"]}}}` + more + `}}]`
	}
	answer := `,"a":{"parent":"u","message":{"author":{"role":"assistant"},"content":{"parts":["Oslo"]}}}`
	for _, step := range []struct {
		content           string
		changed, messages int
	}{{file(""), 1, 1}, {file(answer), 1, 1}, {file(answer), 0, 0}, {file(""), 0, 0}} {
		result, problem := b.imported(step.content)
		if problem != nil || result.Changed != step.changed || result.Messages != step.messages {
			t.Errorf("%+v %+v, expected %+v", result, problem, step)
		}
	}
	chat := b.exported().Chats[0]
	if len(chat.Messages) != 2 || chat.ActiveLeaf != chat.Messages[1].ID {
		t.Errorf("%+v", chat)
	}
	do[Empty](b, "chats.delete", ByID{ID: chat.ID})
	if result, problem := b.imported(file(answer)); problem != nil || result.Messages != 0 {
		t.Errorf("a deleted chat came back: %+v %+v", result, problem)
	}
}

// Pictures that stand in a file are kept; those that are only named are said.
func TestPicturesOfOtherProgramsAreKept(t *testing.T) {
	b := open(t, says("Fine."))
	result, problem := b.imported(sample(t, "chatgpt/pictures"))
	if problem != nil || result.LeftOut != 1 {
		t.Fatalf("%+v %+v", result, problem)
	}
	file := b.exported()
	images := 0
	for _, chat := range file.Chats {
		for _, m := range do[ChatView](b, "chats.open", ByID{ID: chat.ID}).Messages {
			for _, image := range m.Images {
				images++
				if content, err := b.images.read(b.me, image.Hash); err != nil || len(content) == 0 || image.MediaType != "image/png" {
					t.Errorf("%+v: %v", image, err)
				}
			}
		}
		page := do[ExportFile](b, "transfer.export", ExportRequest{ChatID: chat.ID, Format: "html"}).Content
		if strings.Contains(page, "data:image/png;base64,") != (chat.Title == "Ein Foto") {
			t.Errorf("%q has no picture in its page, or one too many", chat.Title)
		}
	}
	if images != 1 {
		t.Errorf("%d pictures", images)
	}
}

// What a stopped import has stored stays, nothing of the file does, and the same file goes on.
func TestStoppedImportGoesOn(t *testing.T) {
	b := open(t, says("Fine."))
	content := sample(t, "openwebui/all-chats.json")
	transfers := &Transfers{app: b.App}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	run := &importRun{transfers: transfers, person: b.me, places: newPlaces(transfers)}
	source := &transfer.Source{}
	err := source.Read(path, func(c transfer.Chat) error {
		defer stop()
		return run.take(ctx, source, c)
	})
	if !errors.Is(err, context.Canceled) || run.result.Chats != 1 {
		t.Fatalf("%+v %v", run.result, err)
	}
	result, problem := b.imported(content)
	if problem != nil || result.Chats != 2 || result.Changed != 1 {
		t.Errorf("%+v %+v", result, problem)
	}
	files, err := os.ReadDir(transfers.folder())
	if err != nil || len(files) != 0 {
		t.Errorf("left behind: %v %v", files, err)
	}
}

// An import of a file with an id that belongs to another person leaves theirs alone.
func TestImportLeavesChatsOfOthersAlone(t *testing.T) {
	b := open(t, says("Fine."))
	ctx := t.Context()
	theirs, err := b.db.CreateChat(ctx, "somebody", storage.Chat{Title: "Theirs"})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := b.db.AppendMessages(ctx, "somebody", theirs.ID, []storage.Message{{Role: "user", Parts: []storage.Part{{Type: "text", Text: "secret"}}}})
	if err != nil {
		t.Fatal(err)
	}
	content := `{"format":"kontor-chats","version":1,"folders":[],"chats":[{"id":"` + theirs.ID + `","title":"Mine","messages":[{"id":"` + stored[0].ID + `","role":"user","status":"complete","parts":[{"type":"text","text":"mine"}]}]}]}`
	for range 2 {
		if _, problem := b.imported(content); problem != nil {
			t.Fatalf("%+v", problem)
		}
	}
	mine := b.exported().Chats
	if len(mine) != 1 || mine[0].ID == theirs.ID || len(mine[0].Messages) != 1 || mine[0].Messages[0].Parts[0].Text != "mine" {
		t.Errorf("%+v", mine)
	}
	if left, err := b.db.Messages(ctx, "somebody", theirs.ID); err != nil || len(left) != 1 || left[0].Parts[0].Text != "secret" {
		t.Errorf("%+v %v", left, err)
	}
}
