package app

import (
	"errors"
	"strings"
	"testing"

	"kontor/llm"
	"kontor/llm/llmtest"
)

// waits answers when it is let go, fails what is asked to fail, and repeats
// every other question.
func waits(release <-chan struct{}) llmtest.Script {
	return llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		last := r.Messages[len(r.Messages)-1].Text
		switch {
		case r.MaxTokens == titleTokens:
			return llmtest.Answer{Text: "A title"}
		case strings.Contains(last, "hold"):
			<-release
		case strings.Contains(last, "stall"):
			return llmtest.Answer{Text: "Half an answer", Hang: true}
		case strings.Contains(last, "fail"):
			return llmtest.Answer{Err: &llm.Error{Code: llm.CodeRuntimeDown, Cause: errors.New("scripted")}}
		}
		return llmtest.Answer{Text: "About " + last}
	}}
}

func waitingTexts(q ChatQueue) string {
	var list []string
	for _, one := range q.Questions {
		list = append(list, one.Text)
	}
	return strings.Join(list, "|")
}

// questions of a chat's shown branch that have been answered.
func (b *bench) answeredIn(chat string) string {
	var list []string
	for _, m := range do[ChatView](b, "chats.open", ByID{ID: chat}).Messages {
		switch {
		case m.Role == "user":
			list = append(list, m.Text)
		case m.Status == "running":
			list = append(list, "…")
		}
	}
	return strings.Join(list, "|")
}

func TestQueuedQuestionsFollowTheRunningAnswerInTheirOrder(t *testing.T) {
	release := make(chan struct{})
	b := open(t, waits(release))
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "hold this"})
	chat := sent.Chat.ID
	for _, text := range []string{"one", "two", "three", "four"} {
		do[ChatQueue](b, "queue.add", SendRequest{ChatID: chat, Text: text})
	}
	queue := do[ChatQueue](b, "queue.list", ByID{ID: chat})
	if got := waitingTexts(queue); got != "one|two|three|four" {
		t.Fatalf("waiting: %s", got)
	}
	do[Empty](b, "queue.remove", ByID{ID: queue.Questions[1].ID})
	do[Empty](b, "queue.remove", ByID{ID: queue.Questions[1].ID}) // gone already
	do[ChatQueue](b, "queue.change", QueueChange{ID: queue.Questions[2].ID, Text: "3"})
	if _, problem := run[ChatQueue](b, "queue.change", QueueChange{ID: queue.Questions[2].ID, Text: " "}); problem == nil || problem.Code != ProblemQuestionEmpty {
		t.Errorf("an empty question: %+v", problem)
	}
	close(release)
	b.until("all are asked and answered", func() bool { return b.answeredIn(chat) == "hold this|one|3|four" })
	if got := waitingTexts(do[ChatQueue](b, "queue.list", ByID{ID: chat})); got != "" {
		t.Errorf("still waiting: %s", got)
	}
}

func TestAQueuedQuestionWaitsBehindAFailure(t *testing.T) {
	b := open(t, waits(nil))
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "stall"})
	chat := sent.Chat.ID
	first := do[ChatQueue](b, "queue.add", SendRequest{ChatID: chat, Text: "please fail"})
	do[ChatQueue](b, "queue.add", SendRequest{ChatID: chat, Text: "afterwards"})
	// Whoever stops an answer gets the next one; that one fails, and the rest waits.
	do[Message](b, "chats.stop", ByID{ID: sent.Answer.ID})
	b.until("the second answer has failed", func() bool {
		m, err := b.db.Messages(t.Context(), b.me.OwnerID, chat)
		return err == nil && len(m) == 4 && m[2].ID == first.Questions[0].ID && m[3].Status == "failed"
	})
	b.until("nothing runs", func() bool { return b.answers.runningIn(chat) == "" })
	queue := do[ChatQueue](b, "queue.add", SendRequest{ChatID: chat, Text: "and then"})
	if got := waitingTexts(queue); got != "afterwards|and then" {
		t.Fatalf("waiting: %s", got)
	}
	queue = do[ChatQueue](b, "queue.send", ByID{ID: queue.Questions[1].ID})
	if queue.Problem != nil {
		t.Errorf("problem %+v", queue.Problem)
	}
	b.until("both are answered, the wanted one first", func() bool {
		return b.answeredIn(chat) == "stall|please fail|and then|afterwards"
	})
}

func TestWhatWasNotSentSurvivesARestart(t *testing.T) {
	folder := t.TempDir()
	b := openIn(t, folder, waits(nil))
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "stall"})
	do[ChatQueue](b, "queue.add", SendRequest{ChatID: sent.Chat.ID, Text: "later", Mode: "retrieval"})
	do[Empty](b, "drafts.save", Draft{ChatID: sent.Chat.ID, Text: "half a "})
	do[Empty](b, "drafts.save", Draft{Text: "for a new chat"})
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b = openIn(t, folder, waits(nil))
	if got := do[Drafts](b, "drafts.list", Empty{}).Drafts; len(got) != 2 || got[0].Text != "half a " || got[1].Text != "for a new chat" {
		t.Errorf("drafts %+v", got)
	}
	queue := do[ChatQueue](b, "queue.list", ByID{ID: sent.Chat.ID})
	if waitingTexts(queue) != "later" || queue.Questions[0].Mode != "retrieval" {
		t.Errorf("waiting %+v", queue)
	}
	// A question that is sent ends the draft it was, and no other.
	do[SendResult](b, "chats.send", SendRequest{Text: "for a new chat"})
	if got := do[Drafts](b, "drafts.list", Empty{}).Drafts; len(got) != 1 || got[0].ChatID != sent.Chat.ID {
		t.Errorf("drafts %+v", got)
	}
	// A draft goes along to another computer; nobody reads it, or what waits, in a chat that is handed on.
	if got := do[ExportFile](b, "transfer.export", ExportRequest{Format: "json"}); !strings.Contains(got.Content, "half a ") || strings.Contains(got.Content, "later") {
		t.Error("the file lacks the draft, or has a question that was not sent")
	}
	if got := do[ExportFile](b, "transfer.export", ExportRequest{Format: "markdown"}); strings.Contains(got.Content, "half a ") || strings.Contains(got.Content, "later") {
		t.Error("what was not sent is in the export")
	}
}
