package app

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/storage"
)

// canary is a sentence that must not come to rest anywhere; its words are
// searched for one by one, because full-text tables hold words.
const canary = "Zibetkatzenfrühstück ungeschriebenes"

// written lists the files below a folder that hold a word of the canary, the
// database and its write-ahead log among them.
func written(t *testing.T, folder string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := strings.ToLower(string(raw))
		for _, word := range strings.Fields(canary) {
			if strings.Contains(text, strings.ToLower(word)[:8]) {
				found = append(found, filepath.Base(path))
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// lockedBuffer takes the log of several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

func repeatsCanary() llmtest.Script {
	return llmtest.Script{Answer: func(llm.Request) llmtest.Answer {
		return llmtest.Answer{Text: "The tenant may terminate the lease with a notice period of three months. " + canary + "."}
	}}
}

func TestTemporaryChatIsNeverWritten(t *testing.T) {
	folder := t.TempDir()
	var logged lockedBuffer
	b := openWith(t, folder, repeatsCanary(), func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	b.add(house, "lease.md", lease)

	sent, answer := b.ask(SendRequest{Text: "What is the notice period? " + canary, Temporary: true, CollectionIDs: []string{house}})
	if !sent.Chat.Temporary || answer.Status != storage.MessageComplete || len(answer.Passages) == 0 || !strings.Contains(answer.Text, canary) {
		t.Fatalf("chat %+v, answer %+v", sent.Chat, answer)
	}
	do[Instructions](b, "chats.setInstructions", Instructions{ChatID: sent.Chat.ID, Text: "Say " + canary})
	_, second := b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And again: " + canary})
	again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: second.ID})
	b.finished(sent.Chat.ID, again.Answer.ID)
	answers, _ := b.models.asked()
	if last := answers[len(answers)-1]; len(last.Messages) != 4 || !strings.Contains(last.Messages[0].Text, "Say "+canary) {
		t.Errorf("the model was told %+v", last.Messages)
	}

	// What a page that reloads gets.
	view := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID})
	list := do[ChatList](b, "chats.list", ChatListRequest{})
	if len(view.Messages) != 4 || len(view.Messages[3].Siblings) != 2 || len(list.Temporary) != 1 || len(list.Chats) != 0 {
		t.Errorf("view of %d messages, list %+v", len(view.Messages), list)
	}
	if found := do[ChatSearchResult](b, "chats.search", ChatSearchRequest{Query: "Zibetkatzenfrühstück"}); len(found.Hits) != 0 {
		t.Errorf("the search finds %+v", found.Hits)
	}
	if files := written(t, folder); len(files) != 0 {
		t.Errorf("written to %v", files)
	}

	do[Empty](b, "chats.delete", ByID{ID: sent.Chat.ID})
	for _, e := range b.since(0) {
		if raw, _ := json.Marshal(e); strings.Contains(string(raw), canary) {
			t.Errorf("an event still says it: %s", raw)
		}
	}
	if _, problem := run[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}); problem == nil {
		t.Error("an ended chat can be opened")
	}
	if _, problem := run[Chat](b, "chats.restore", ByID{ID: sent.Chat.ID}); problem == nil {
		t.Error("an ended chat can be restored")
	}

	// The same in a chat of the history is written: the test can see it.
	b.ask(SendRequest{Text: canary})
	if files := written(t, folder); len(files) == 0 {
		t.Error("the sentence of an ordinary chat is found nowhere")
	}
	if strings.Contains(logged.text(), "Zibet") {
		t.Error("the log holds it")
	}
}

func TestTemporaryChatCanBeKept(t *testing.T) {
	b := open(t, says("Three months."))
	sent, _ := b.ask(SendRequest{Text: "How long is the walrus notice?", Temporary: true})
	kept := do[Chat](b, "chats.keep", ByID{ID: sent.Chat.ID})
	if kept.Temporary || kept.ID != sent.Chat.ID || kept.Title != sent.Chat.Title {
		t.Errorf("kept %+v", kept)
	}
	if view := do[ChatView](b, "chats.open", ByID{ID: kept.ID}); len(view.Messages) != 2 || view.Messages[1].Text != "Three months." {
		t.Errorf("messages %+v", view.Messages)
	}
	list := do[ChatList](b, "chats.list", ChatListRequest{})
	if len(list.Chats) != 1 || len(list.Temporary) != 0 {
		t.Errorf("list %+v", list)
	}
	if found := do[ChatSearchResult](b, "chats.search", ChatSearchRequest{Query: "walrus"}); len(found.Hits) != 1 {
		t.Errorf("the search finds %+v", found.Hits)
	}
}

func TestTemporaryChatsAreForbiddenOrTheOnlyOnes(t *testing.T) {
	b := open(t, says("Yes."))
	b.set(policy.TemporaryChats, "off")
	if _, problem := run[SendResult](b, "chats.send", SendRequest{Text: "Hello?", Temporary: true}); problem == nil || problem.Code != ProblemTemporaryOff {
		t.Errorf("forbidden: %+v", problem)
	}
	b.set(policy.TemporaryChats, "always")
	sent, _ := b.ask(SendRequest{Text: "Hello?"})
	if !sent.Chat.Temporary {
		t.Error("a chat is written although none may be")
	}
	if _, problem := run[Chat](b, "chats.keep", ByID{ID: sent.Chat.ID}); problem == nil || problem.Code != ProblemTemporaryOnly {
		t.Errorf("kept: %+v", problem)
	}
}

func TestQuestionsOfATemporaryChatWaitInMemory(t *testing.T) {
	release := make(chan struct{})
	folder := t.TempDir()
	b := openIn(t, folder, waits(release))
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "hold this", Temporary: true})
	chat := sent.Chat.ID
	for _, text := range []string{"one", canary, "three"} {
		do[ChatQueue](b, "queue.add", SendRequest{ChatID: chat, Text: text})
	}
	queue := do[ChatQueue](b, "queue.list", ByID{ID: chat})
	do[Empty](b, "queue.remove", ByID{ID: queue.Questions[0].ID})
	queue = do[ChatQueue](b, "queue.change", QueueChange{ID: queue.Questions[2].ID, Text: "four"})
	if got := waitingTexts(queue); got != canary+"|four" {
		t.Errorf("waiting %q", got)
	}
	if files := written(t, folder); len(files) != 0 {
		t.Errorf("written to %v", files)
	}
	close(release)
	b.until("the questions are answered", func() bool { return b.answeredIn(chat) == "hold this|"+canary+"|four" })
	b.until("nothing runs", func() bool { return b.answers.runningIn(chat) == "" })
	do[Empty](b, "chats.delete", ByID{ID: chat})
	for _, e := range b.since(0) {
		if raw, _ := json.Marshal(e); strings.Contains(string(raw), canary) {
			t.Errorf("an event still says it: %s", raw)
		}
	}
}

func TestWhatWaitsInATemporaryChatIsKeptWithIt(t *testing.T) {
	b := open(t, waits(nil))
	sent, _ := b.ask(SendRequest{Text: "fail", Temporary: true})
	do[ChatQueue](b, "queue.add", SendRequest{ChatID: sent.Chat.ID, Text: "later"}) // behind a failure it waits
	do[Chat](b, "chats.keep", ByID{ID: sent.Chat.ID})
	if got := waitingTexts(do[ChatQueue](b, "queue.list", ByID{ID: sent.Chat.ID})); got != "later" {
		t.Errorf("waiting %q", got)
	}
}
