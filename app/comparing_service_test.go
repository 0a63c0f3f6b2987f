package app

import (
	"context"
	"slices"
	"testing"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/storage"
)

const otherModel = "other:1b"

// two answers as each of two models does: with its own name.
func two() llmtest.Script {
	return llmtest.Script{Others: []string{otherModel}, Answer: func(r llm.Request) llmtest.Answer {
		return llmtest.Answer{Text: "Written by " + r.Model}
	}}
}

// pairOf is the pair that a chat shows side by side.
func (b *bench) pairOf(chat string) (left, right Message) {
	b.t.Helper()
	for _, m := range do[ChatView](b, "chats.open", ByID{ID: chat}).Messages {
		if m.Compared != nil {
			return m, *m.Compared
		}
	}
	b.t.Fatal("no two answers are compared")
	return left, right
}

func TestTwoModelsAnswerOneQuestion(t *testing.T) {
	b := open(t, two())
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}, CompareModel: otherModel})
	first := b.finished(sent.Chat.ID, sent.Answer.ID)
	second := b.finished(sent.Chat.ID, first.ComparedWith)
	if second.ComparedWith != first.ID {
		t.Errorf("the second is compared with %q", second.ComparedWith)
	}
	left, right := b.pairOf(sent.Chat.ID)
	for _, m := range []Message{left, right} {
		if m.Status != storage.MessageComplete || m.Text != "Written by "+m.Model || m.Facts == nil || len(m.Passages) == 0 || len(m.Siblings) != 2 {
			t.Errorf("answer %+v", m)
		}
	}
	if f := right.Facts; f.Digest != "scripted-"+otherModel || f.Quantization != "Q8_0" || f.Runtime != "scripted" {
		t.Errorf("facts %+v", f)
	}
	if left.ID != first.ID || left.Model == right.Model || right.Model != otherModel {
		t.Errorf("models %q and %q", left.Model, right.Model)
	}
	if chat := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Chat; chat.RunningMessageID != "" || chat.Model != "" {
		t.Errorf("chat %+v", chat)
	}
	// The chat goes on with the first one until somebody chooses the other.
	if chat := do[Chat](b, "chats.choose", ByID{ID: right.ID}); chat.ID != sent.Chat.ID {
		t.Errorf("chat %+v", chat)
	}
	shown := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages
	if len(shown) != 2 || shown[1].ID != right.ID || shown[1].ComparedWith != "" || shown[1].Compared != nil || len(shown[1].Siblings) != 2 {
		t.Errorf("shown %+v", shown)
	}
	_, followed := b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And?"})
	if followed.ParentID == "" || followed.Model == otherModel {
		t.Errorf("followed by %+v", followed)
	}
}

func TestAnotherModelBesideAnAnswer(t *testing.T) {
	b := open(t, two())
	sent, first := b.ask(SendRequest{Text: "Who are you?"})
	_, last := b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Really?"})
	again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: first.ID, Model: otherModel, Compare: true, Formulate: true})
	second := b.finished(sent.Chat.ID, again.Answer.ID)
	left, right := b.pairOf(sent.Chat.ID)
	if left.ID != first.ID || right.ID != second.ID || right.Text != "Written by "+otherModel {
		t.Errorf("pair %q and %q", left.Text, right.Text)
	}
	shown := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages
	if len(shown) != 4 || shown[3].ID != last.ID {
		t.Fatalf("the chat does not go on as before: %+v", shown)
	}
	do[Chat](b, "chats.choose", ByID{ID: first.ID})
	shown = do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages
	if len(shown) != 4 || shown[1].Compared != nil || len(shown[1].Siblings) != 2 {
		t.Errorf("after keeping the first: %+v", shown)
	}
	// Any two versions can be looked at again.
	do[Chat](b, "chats.compare", CompareRequest{MessageID: second.ID, WithID: first.ID})
	if left, right := b.pairOf(sent.Chat.ID); left.ID != first.ID || right.ID != second.ID {
		t.Errorf("pair %+v, %+v", left, right)
	}
	for _, with := range []string{first.ID, last.ID, sent.Question.ID} {
		if _, problem := run[Chat](b, "chats.compare", CompareRequest{MessageID: first.ID, WithID: with}); problem == nil || problem.Code != ProblemNotComparable {
			t.Errorf("compared with %s: %+v", with, problem)
		}
	}
}

func TestStoppedComparisonKeepsBoth(t *testing.T) {
	script := stalls("As far as it got")
	script.Others = []string{otherModel}
	folder := t.TempDir()
	b := openIn(t, folder, script)
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "Go.", CompareModel: otherModel})
	b.until("the first answer is written", func() bool {
		left, _ := b.pairOf(sent.Chat.ID)
		return left.Text == "As far as it got"
	})
	if _, right := b.pairOf(sent.Chat.ID); right.Status != storage.MessageRunning || right.Phase != "queued" || right.Text != "" {
		t.Errorf("the second does not wait: %+v", right)
	}
	if _, problem := run[SendResult](b, "chats.send", SendRequest{ChatID: sent.Chat.ID, Text: "And?"}); problem == nil || problem.Code != ProblemChatBusy {
		t.Errorf("a second question meanwhile: %+v", problem)
	}
	waiting := do[ChatQueue](b, "queue.add", SendRequest{ChatID: sent.Chat.ID, Text: "Later."})
	if len(waiting.Questions) != 1 {
		t.Fatalf("queue %+v", waiting)
	}
	do[Message](b, "chats.stop", ByID{ID: sent.Answer.ID})
	b.until("the second answer is written", func() bool {
		_, right := b.pairOf(sent.Chat.ID)
		return right.Text == "As far as it got"
	})
	if waiting := do[ChatQueue](b, "queue.list", ByID{ID: sent.Chat.ID}); len(waiting.Questions) != 1 {
		t.Error("the waiting question was sent between the two answers")
	}
	do[Empty](b, "queue.remove", ByID{ID: waiting.Questions[0].ID})
	// The end of the program keeps what the second one has written.
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	again := openIn(t, folder, script)
	left, right := again.pairOf(sent.Chat.ID)
	if left.Status != storage.MessageStopped || right.Status != storage.MessagePartial || right.Text != "As far as it got" {
		t.Errorf("after the restart %+v, %+v", left, right)
	}
}

func TestChoosingStopsTheOther(t *testing.T) {
	script := stalls("As far as it got")
	script.Others = []string{otherModel}
	b := open(t, script)
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "Go.", CompareModel: otherModel})
	b.until("the first answer is written", func() bool {
		left, _ := b.pairOf(sent.Chat.ID)
		return left.Text != ""
	})
	do[Chat](b, "chats.choose", ByID{ID: sent.Answer.ID}) // the second waits, the first goes on
	view := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID})
	if view.Chat.RunningMessageID != sent.Answer.ID || view.Messages[1].Compared != nil || view.Messages[1].Status != storage.MessageRunning {
		t.Errorf("view %+v", view)
	}
	do[Message](b, "chats.stop", ByID{ID: sent.Answer.ID})
	stopped := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages[1]
	if stopped.ComparedWith != "" || stopped.Status != storage.MessageStopped || stopped.Facts == nil || stopped.Facts.OutputTokens != 5 {
		t.Errorf("stopped %+v, %+v", stopped, stopped.Facts)
	}
	if calls, _ := b.models.asked(); slices.ContainsFunc(calls, func(r llm.Request) bool { return r.Model == otherModel }) {
		t.Error("the other model was asked")
	}
}
