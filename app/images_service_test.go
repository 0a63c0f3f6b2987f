package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
)

// picture is a PNG of one colour.
func picture(t *testing.T, width, height int, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = color.Gray{Y: shade}.Y
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (b *bench) image(name string, content []byte) Image {
	b.t.Helper()
	return do[Image](b, "images.add", ImageUpload{Name: name, Content: base64.StdEncoding.EncodeToString(content)})
}

func TestTheRightPicturesArriveAtTheModelAndStayWithTheirQuestion(t *testing.T) {
	b := open(t, llmtest.Script{})
	first, second := picture(t, 40, 30, 10), picture(t, 1000, 900, 200)
	one, two := b.image(`C:\pictures\one.png`, first), b.image("two.png", second)
	if two.Width != 1000 || two.Height != 900 || two.Tokens != 1200 || two.MediaType != "image/png" || one.Tokens != 256 {
		t.Errorf("pictures %+v, %+v", one, two)
	}
	forged := two
	forged.MediaType, forged.Width = "text/html", 1
	sent, _ := b.ask(SendRequest{Text: "What is this?", Images: []Image{one, forged}})
	answers, _ := b.models.asked()
	last := answers[len(answers)-1].Messages
	if got := last[len(last)-1].Images; len(got) != 2 || !bytes.Equal(got[0].Bytes, first) || !bytes.Equal(got[1].Bytes, second) || got[1].MediaType != "image/png" {
		t.Errorf("%d pictures arrived", len(got))
	}
	if got := sent.Question.Images; len(got) != 2 || got[1] != two {
		t.Errorf("stored %+v", got)
	}
	if got := do[ImageContent](b, "images.get", ImageRequest{Hash: one.Hash}); got.Content != base64.StdEncoding.EncodeToString(first) {
		t.Error("another picture is shown")
	}
	// They are part of the chat from then on.
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And what else?"})
	answers, _ = b.models.asked()
	if last = answers[len(answers)-1].Messages; len(last) != 4 || len(last[1].Images) != 2 || len(last[3].Images) != 0 {
		t.Errorf("the next request holds %d messages", len(last))
	}
	view := do[Budget](b, "chats.budget", BudgetRequest{ChatID: sent.Chat.ID, Text: "And?", Images: []Image{one}})
	if view.Images != 256 || view.History < 256+1200 {
		t.Errorf("budget %+v", view)
	}
}

// blind is a model server whose chat model sees nothing, beside one that does
// if it is wanted.
type blind struct {
	*actor
	other bool
}

func (p blind) Models(ctx context.Context) ([]llm.Model, error) {
	models, err := p.actor.Models(ctx)
	for i := range models {
		models[i].Images = false
	}
	if p.other {
		models = append(models, llm.Model{Name: "eyes:latest", Chat: true, Images: true, ContextLength: 4096})
	}
	return models, err
}

func TestAModelThatCannotSeeIsToldBeforeAnythingIsStored(t *testing.T) {
	for _, test := range []struct {
		other bool
		code  string
	}{{true, ProblemModelBlind}, {false, ProblemModelsBlind}} {
		b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { c.Provider = blind{c.Provider.(*actor), test.other} })
		image := b.image("one.png", picture(t, 40, 30, 10))
		request := SendRequest{Text: "What is this?", Images: []Image{image}}
		if test.other {
			// The scripted model is larger, so it is the one that is taken.
			do[Settings](b, "settings.set", SetRequest{Key: "chat.model", Value: llmtest.ChatModel})
		}
		_, problem := run[SendResult](b, "chats.send", request)
		if problem == nil || problem.Code != test.code || test.other && problem.Args["other"] != "eyes" {
			t.Errorf("problem %+v", problem)
		}
		if chats := do[ChatList](b, "chats.list", ChatListRequest{}); len(chats.Chats) != 0 {
			t.Errorf("left: %+v", chats.Chats)
		}
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	b := open(t, llmtest.Script{})
	for name, test := range map[string]struct {
		content []byte
		code    string
	}{
		"text":      {[]byte("<svg onload=alert(1)>"), ProblemImageUnreadable},
		"too large": {append(picture(t, 4, 4, 1), make([]byte, maxImage)...), ProblemImageTooLarge},
		"pixels":    {picture(t, 5000, 5000, 1), ProblemImageTooLarge},
	} {
		_, problem := run[Image](b, "images.add", ImageUpload{Name: name, Content: base64.StdEncoding.EncodeToString(test.content)})
		if problem == nil || problem.Code != test.code {
			t.Errorf("%s: %+v", name, problem)
		}
	}
	for _, hash := range []string{"", "../../kontor.db", strings.Repeat("A", 64)} {
		if _, problem := run[ImageContent](b, "images.get", ImageRequest{Hash: hash}); problem == nil || problem.Code != ProblemBadRequest {
			t.Errorf("%q: %+v", hash, problem)
		}
	}
	if _, problem := run[ImageContent](b, "images.get", ImageRequest{Hash: strings.Repeat("a", 64)}); problem == nil || problem.Code != ProblemImageMissing {
		t.Errorf("unknown: %+v", problem)
	}
	if _, problem := run[ImageFile](b, "images.file", ImagePath{Path: "/etc/passwd"}); problem == nil || problem.Code != ProblemImageUnreadable {
		t.Errorf("another file: %+v", problem)
	}
	image := b.image("one.png", picture(t, 4, 4, 1))
	if _, problem := run[SendResult](b, "chats.send", SendRequest{Text: "x", Mode: modeAll, Images: []Image{image}}); problem == nil || problem.Code != ProblemImagesMode {
		t.Errorf("everything: %+v", problem)
	}
}

func TestPicturesGoWithTheChatThatHeldThem(t *testing.T) {
	b := open(t, llmtest.Script{})
	kept, gone, draft := b.image("kept.png", picture(t, 4, 4, 1)), b.image("gone.png", picture(t, 4, 4, 2)), b.image("draft.png", picture(t, 4, 4, 3))
	unsent := b.image("unsent.png", picture(t, 4, 4, 4))
	b.ask(SendRequest{Text: "Kept", Images: []Image{kept}})
	sent, _ := b.ask(SendRequest{Text: "Gone", Images: []Image{gone}})
	do[Empty](b, "drafts.save", Draft{Images: []Image{draft}})
	do[Empty](b, "chats.delete", ByID{ID: sent.Chat.ID})
	there := func(i Image) bool {
		_, err := os.Stat(b.images.path(b.me, i.Hash))
		return err == nil
	}
	b.images.sweep(t.Context(), b.me)
	if !there(unsent) {
		t.Error("a picture whose question may still be written is gone")
	}
	for _, i := range []Image{kept, gone, draft, unsent} {
		old := time.Now().Add(-2 * imageGrace)
		if err := os.Chtimes(b.images.path(b.me, i.Hash), old, old); err != nil {
			t.Fatal(err)
		}
	}
	b.images.sweep(t.Context(), b.me)
	if !there(kept) || !there(gone) || !there(draft) || there(unsent) {
		t.Error("a picture that can still be restored is gone, or one that nobody sent is there")
	}
	if _, err := b.db.PurgeChats(t.Context(), b.now().Add(time.Minute).UnixMilli()); err != nil {
		t.Fatal(err)
	}
	b.images.sweep(t.Context(), b.me)
	if !there(kept) || there(gone) || !there(draft) {
		t.Error("a picture of an erased chat is there, or another one is gone")
	}
}

func TestPicturesGoAlongWithExportedChats(t *testing.T) {
	b, content := open(t, llmtest.Script{}), picture(t, 40, 30, 77)
	sent, _ := b.ask(SendRequest{Text: "What is this?", Images: []Image{b.image("one.png", content)}})
	file := do[ExportFile](b, "transfer.export", ExportRequest{ChatID: sent.Chat.ID, Format: "json"})
	other := open(t, llmtest.Script{})
	do[ImportResult](other, "transfer.import", ImportPiece{Content: base64.StdEncoding.EncodeToString([]byte(file.Content)), Last: true})
	view := do[ChatView](other, "chats.open", ByID{ID: sent.Chat.ID})
	if got := view.Messages[0].Images; len(got) != 1 || got[0] != sent.Question.Images[0] {
		t.Fatalf("pictures %+v", got)
	}
	if got, err := other.images.read(other.me, sent.Question.Images[0].Hash); err != nil || !bytes.Equal(got, content) {
		t.Error("the bytes differ", err)
	}
	again := do[ExportFile](other, "transfer.export", ExportRequest{ChatID: sent.Chat.ID, Format: "json"})
	part := func(text string) string {
		_, rest, _ := strings.Cut(text, `"content": "`)
		return rest[:min(len(rest), 100)]
	}
	if part(file.Content) == "" || part(again.Content) != part(file.Content) {
		t.Error("the second export differs")
	}
}
