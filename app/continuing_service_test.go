package app

import (
	"context"
	"errors"
	"strings"
	"testing"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/storage"
)

// cut breaks off after some words, then goes on: behind its own words where the
// model can, else with the last ones once more, as models do.
func cut(continues bool) llmtest.Script {
	crash := &llm.Error{Code: llm.CodeRuntimeCrashed, Cause: errors.New("scripted")}
	return llmtest.Script{Continues: continues, Answer: func(r llm.Request) llmtest.Answer {
		last := r.Messages[len(r.Messages)-1].Text
		switch {
		case r.MaxTokens == titleTokens:
			return llmtest.Answer{Text: "A title"}
		case r.Begun != "":
			return llmtest.Answer{Text: " and is paid back six weeks later."}
		case strings.Contains(last, "cut off") || strings.Contains(last, "abgeschnitten"):
			return llmtest.Answer{Text: "… the deposit is 2400 euros and is paid back six weeks later."}
		}
		return llmtest.Answer{Text: "Three months. And the deposit is 2400 euros and", Err: crash, FailAfter: 8}
	}}
}

func TestCutAnswerGoesOn(t *testing.T) {
	for _, continues := range []bool{true, false} {
		folder := t.TempDir()
		b := openIn(t, folder, cut(continues))
		house := b.collection("House")
		b.add(house, "lease.md", lease)
		sent, answer := b.ask(SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}})
		if answer.Status != storage.MessagePartial || answer.Text != "Three months. And the deposit is 2400 euros" {
			t.Fatalf("cut %+v", answer)
		}
		first := *answer.Facts
		if err := b.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		b = openIn(t, folder, cut(continues))
		again := do[RegenerateResult](b, "chats.continue", ByID{ID: answer.ID})
		if again.Answer.ID != answer.ID || again.Answer.Text != answer.Text || again.Answer.Status != storage.MessageRunning {
			t.Errorf("begins as %+v", again.Answer)
		}
		whole := b.finished(sent.Chat.ID, answer.ID)
		if want := "Three months. And the deposit is 2400 euros and is paid back six weeks later."; whole.Text != want || whole.Status != storage.MessageComplete || whole.Problem != nil {
			t.Errorf("continues %v: %q, %s, %+v", continues, whole.Text, whole.Status, whole.Problem)
		}
		if len(whole.Passages) != len(answer.Passages) || whole.Mode != answer.Mode || len(whole.Siblings) != 1 || len(whole.Sentences) < 2 {
			t.Errorf("sources %+v, sentences %+v", whole.Passages, whole.Sentences)
		}
		facts := whole.Facts
		if facts.Parts != 2 || facts.OutputTokens <= first.OutputTokens || first.OutputTokens == 0 || facts.PromptTokens != first.PromptTokens || facts.TotalMs < first.TotalMs {
			t.Errorf("facts %+v after %+v", facts, first)
		}
		if _, problem := run[RegenerateResult](b, "chats.continue", ByID{ID: answer.ID}); problem == nil || problem.Code != ProblemCannotContinue {
			t.Errorf("a whole answer goes on: %+v", problem)
		}
		calls, _ := b.models.asked()
		last := calls[len(calls)-1]
		if continues != (last.Begun == answer.Text) || continues == (last.Messages[len(last.Messages)-2].Role == llm.Assistant) {
			t.Errorf("asked %+v, begun %q", last.Messages, last.Begun)
		}
		// Pages that look on see one text that grows.
		text := again.Answer.Text
		for _, e := range b.since(0) {
			if d := e.AnswerDelta; d != nil && d.MessageID == answer.ID {
				if d.Offset != utf16Length(text) {
					t.Errorf("delta at %d, length %d", d.Offset, utf16Length(text))
				}
				text += d.Text
			}
		}
		if text != whole.Text {
			t.Errorf("told %q", text)
		}
		if err := b.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnswerCutByItsLengthGoesOn(t *testing.T) {
	script := llmtest.Script{ContextLength: 400, Continues: true, Answer: func(r llm.Request) llmtest.Answer {
		if r.Begun != "" {
			return llmtest.Answer{Text: " the end"}
		}
		return llmtest.Answer{Text: strings.TrimSpace(strings.Repeat("on and ", 400))}
	}}
	b := open(t, script)
	sent, answer := b.ask(SendRequest{Text: "Go."})
	if answer.Facts.Finish != "length" || answer.Status != storage.MessageComplete {
		t.Fatalf("answer %+v", answer.Facts)
	}
	// It fills the window: there is no room to go on, and nothing is lost.
	do[RegenerateResult](b, "chats.continue", ByID{ID: answer.ID})
	full := b.finishedAgain(sent.Chat.ID, answer.ID, 2)
	if full.Text != answer.Text || full.Problem == nil || full.Problem.Code != ProblemNoRoom || full.Status != storage.MessagePartial {
		t.Errorf("%d characters, %s, %+v", len(full.Text), full.Status, full.Problem)
	}
}

// finishedAgain waits until an answer has ended so many times.
func (b *bench) finishedAgain(chat, message string, times int) Message {
	b.t.Helper()
	b.until("the answer has ended again", func() bool {
		n := 0
		for _, e := range b.since(0) {
			if e.AnswerEnded != nil && e.AnswerEnded.Message.ID == message {
				n++
			}
		}
		return n >= times
	})
	return b.finished(chat, message)
}

func TestSeam(t *testing.T) {
	for _, c := range []struct {
		before string
		asked  bool
		pieces []string
		want   string
	}{
		{"The tenant", false, []string{" may", " go."}, " may go."},
		{"The tenant ", false, []string{" may"}, "may"},
		{"The tenant ", false, []string{"may"}, "may"},
		{"A line\n", false, []string{"\n", "Next"}, "Next"},
		{"| --- | --- | --- |", false, []string{"\n| --- | --- | --- |"}, "\n| --- | --- | --- |"},
		{"It is 2400 euros and", true, []string{"… it is"}, " it is"},
		{"So it is 2400 euros and", true, []string{"… it is 2400", " euros and", " paid"}, " paid"},
		{"So it is 2400 euros and ", true, []string{"it is 2400 euros and paid"}, "paid"},
		{"One two", true, []string{"three"}, " three"},
		{"One two", true, []string{", three"}, ", three"},
		{"Größe über alles 😀", true, []string{"über alles 😀 und mehr"}, " und mehr"},
		{"One", true, nil, ""},
	} {
		s := seam{before: c.before, asked: c.asked}
		got := ""
		for _, piece := range c.pieces {
			got += s.take(piece)
		}
		if got += s.rest(); got != c.want {
			t.Errorf("%q then %q gives %q, want %q", c.before, c.pieces, got, c.want)
		}
	}
}

func TestEditedAnswerStandsBesideTheModels(t *testing.T) {
	b := open(t, says("The tenant may terminate the lease with a notice period of three months. Bananas grow on the moon of Jupiter."))
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	sent, answer := b.ask(SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}})
	mine := "Checked: the deposit is 2400 euros. The tenant may terminate the lease with a notice period of three months."
	do[Chat](b, "chats.editAnswer", EditAnswerRequest{MessageID: answer.ID, Text: mine + "\n"})
	shown := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages
	edited := shown[len(shown)-1]
	if len(shown) != 2 || edited.ID == answer.ID || edited.Text != mine || edited.Edited == nil || edited.Edited.From != answer.ID || edited.Model != answer.Model || edited.Facts != nil {
		t.Fatalf("edited %+v", edited)
	}
	if len(edited.Siblings) != 2 || edited.Siblings[0] != answer.ID || len(edited.Passages) != len(answer.Passages) {
		t.Errorf("siblings %v, %d sources", edited.Siblings, len(edited.Passages))
	}
	cited := 0
	for _, s := range edited.Sentences {
		cited += len(s.Citations)
		if strings.Contains(edited.Text[s.Start:s.End], "Bananas") {
			t.Error("a sentence of the model's version is left")
		}
	}
	if cited == 0 {
		t.Errorf("sentences %+v", edited.Sentences)
	}
	before := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages
	do[Chat](b, "chats.editAnswer", EditAnswerRequest{MessageID: edited.ID, Text: mine})
	if after := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages; after[1].ID != before[1].ID {
		t.Error("the same text became another version")
	}
	if _, problem := run[Chat](b, "chats.editAnswer", EditAnswerRequest{MessageID: answer.ID, Text: " "}); problem == nil || problem.Code != ProblemAnswerEmpty {
		t.Errorf("an empty answer: %+v", problem)
	}
	if _, problem := run[RegenerateResult](b, "chats.continue", ByID{ID: edited.ID}); problem == nil || problem.Code != ProblemCannotContinue {
		t.Errorf("an edited answer goes on: %+v", problem)
	}
	file := do[ExportFile](b, "transfer.export", ExportRequest{ChatID: sent.Chat.ID, Format: "markdown"})
	if !strings.Contains(file.Content, "edited by a person") {
		t.Errorf("the export says nothing of the person:\n%s", file.Content)
	}
}
