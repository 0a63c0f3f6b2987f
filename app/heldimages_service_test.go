package app

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kontor/llm/llmtest"
)

// heldIn lists the files below a folder that hold a picture or its name.
func heldIn(t *testing.T, folder string, content []byte, hash string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if filepath.Base(path) == hash || bytes.Contains(raw, content) || bytes.Contains(raw, []byte(hash)) {
			found = append(found, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (b *bench) attach(chatID string, content []byte) Image {
	b.t.Helper()
	return do[Image](b, "images.add", ImageUpload{Name: "one.png", Content: base64.StdEncoding.EncodeToString(content), ChatID: chatID, Temporary: chatID == ""})
}

func (b *bench) held(i Image) bool { return b.temporary.images.get(b.me.OwnerID, i.Hash) != nil }

func TestPicturesOfATemporaryChatAreNeverWritten(t *testing.T) {
	folder := t.TempDir()
	b := openIn(t, folder, llmtest.Script{})
	first, second, third := picture(t, 40, 30, 10), picture(t, 41, 31, 20), picture(t, 42, 32, 30)
	one := b.attach("", first)
	sent, _ := b.ask(SendRequest{Text: "What is this?", Images: []Image{one}, Temporary: true})
	if got := sent.Question.Images; len(got) != 1 || got[0] != one {
		t.Errorf("the question shows %+v", got)
	}
	two := b.attach(sent.Chat.ID, second)
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And this?", Images: []Image{two}})
	answers, _ := b.models.asked()
	if last := answers[len(answers)-1].Messages; len(last[1].Images) != 1 || !bytes.Equal(last[len(last)-1].Images[0].Bytes, second) {
		t.Errorf("the model saw %d pictures", len(last[1].Images))
	}
	if got := do[ImageContent](b, "images.get", ImageRequest{Hash: one.Hash}); got.Content != base64.StdEncoding.EncodeToString(first) {
		t.Error("another picture is shown")
	}
	unsent := b.attach(sent.Chat.ID, third)
	for i, content := range [][]byte{first, second, third} {
		if files := heldIn(t, folder, content, []Image{one, two, unsent}[i].Hash); len(files) != 0 {
			t.Errorf("picture %d is written to %v", i, files)
		}
	}
	do[Empty](b, "chats.delete", ByID{ID: sent.Chat.ID})
	for _, i := range []Image{one, two, unsent} {
		if _, problem := run[ImageContent](b, "images.get", ImageRequest{Hash: i.Hash}); problem == nil || problem.Code != ProblemImageMissing {
			t.Errorf("after its end: %+v", problem)
		}
	}
	// The same in a chat of the history is written: the test can see it.
	kept := b.image("one.png", first)
	b.ask(SendRequest{Text: "What is this?", Images: []Image{kept}})
	if files := heldIn(t, folder, first, kept.Hash); len(files) < 2 {
		t.Errorf("an ordinary picture is only in %v", files)
	}
}

func TestPicturesOfATemporaryChatThatIsKeptAreWritten(t *testing.T) {
	folder := t.TempDir()
	b := openIn(t, folder, waits(nil))
	content, waiting := picture(t, 40, 30, 10), picture(t, 40, 30, 20)
	one, later := b.attach("", content), b.attach("", waiting)
	sent, _ := b.ask(SendRequest{Text: "fail", Images: []Image{one}, Temporary: true})
	do[ChatQueue](b, "queue.add", SendRequest{ChatID: sent.Chat.ID, Text: "later", Images: []Image{later}}) // behind a failure it waits
	do[Chat](b, "chats.keep", ByID{ID: sent.Chat.ID})
	for _, i := range []Image{one, later} {
		if b.held(i) {
			t.Error("still held")
		}
		do[ImageContent](b, "images.get", ImageRequest{Hash: i.Hash})
	}
	if files := heldIn(t, folder, content, one.Hash); len(files) == 0 {
		t.Error("not written")
	}
}

func TestAPictureFollowsThePageFromOneKindOfChatToTheOther(t *testing.T) {
	folder := t.TempDir()
	b := openIn(t, folder, llmtest.Script{})
	// Attached to an ordinary page that becomes a temporary one.
	content := picture(t, 40, 30, 10)
	one := b.image("one.png", content)
	do[Empty](b, "drafts.save", Draft{Images: []Image{one}})
	sent, _ := b.ask(SendRequest{Text: "What is this?", Images: []Image{one}, Temporary: true})
	if _, err := os.Stat(b.images.path(b.me, one.Hash)); err == nil || !b.held(one) {
		t.Errorf("file: %v, held: %v", err, b.held(one))
	}
	do[Empty](b, "chats.delete", ByID{ID: sent.Chat.ID})
	// And the other way round, by a draft and by a question.
	two, three := b.attach("", picture(t, 40, 30, 20)), b.attach("", picture(t, 40, 30, 30))
	do[Empty](b, "drafts.save", Draft{Images: []Image{two}})
	b.ask(SendRequest{Text: "What is this?", Images: []Image{three}})
	for _, i := range []Image{two, three} {
		if _, err := os.Stat(b.images.path(b.me, i.Hash)); err != nil {
			t.Errorf("not written: %v", err)
		}
	}
}

func TestAPictureOfARefusedQuestionIsStillThere(t *testing.T) {
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { c.Provider = blind{c.Provider.(*actor), false} })
	one := b.attach("", picture(t, 40, 30, 10))
	_, problem := run[SendResult](b, "chats.send", SendRequest{Text: "What is this?", Images: []Image{one}, Temporary: true})
	if problem == nil || problem.Code != ProblemModelsBlind {
		t.Errorf("problem %+v", problem)
	}
	if !b.held(one) {
		t.Error("the picture went with the question")
	}
}

func TestHeldPicturesHaveABound(t *testing.T) {
	now := time.Unix(1000, 0)
	h := newHeldImages(func() time.Time { now = now.Add(time.Second); return now })
	h.most = 30
	for _, hash := range []string{"a", "b", "c"} {
		if err := h.add("me", hash, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
	}
	h.show("me", "a", "chat")
	if err := h.add("me", "d", make([]byte, 10), "chat"); err != nil || h.get("me", "b") != nil || h.get("me", "a") == nil || h.get("me", "c") == nil {
		t.Errorf("b should have made room: %v, %d bytes", err, h.size)
	}
	if h.get("you", "a") != nil {
		t.Error("somebody else sees it")
	}
	h.show("me", "c", "other")
	if err := h.add("me", "e", make([]byte, 10)); AsError(err) == nil || AsError(err).Code != ProblemTemporaryImages {
		t.Errorf("full: %v", err)
	}
	h.end("chat")
	if h.size != 10 || h.get("me", "c") == nil {
		t.Errorf("%d bytes after the end", h.size)
	}
	if err := h.add("me", "f", make([]byte, 10)); err != nil {
		t.Error(err)
	}
	now = now.Add(temporaryIdle)
	h.endIdle()
	if h.size != 10 || h.get("me", "f") != nil {
		t.Errorf("%d bytes after a day", h.size)
	}
}
