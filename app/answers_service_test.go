package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/localrag"
	"kontor/storage"
)

func TestQuestionIsStoredOnceAccepted(t *testing.T) {
	b := open(t, stalls("Half an answer"))
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "Is this kept?"})
	// A second connection sees what a start after a crash would see.
	other := storage.New(storage.Options{Folder: b.config.Paths.Data})
	if err := other.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	stored, err := other.Messages(t.Context(), b.me.OwnerID, sent.Chat.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != 2 || messageView(stored[0]).Text != "Is this kept?" || stored[1].Status != storage.MessageRunning || stored[1].ParentID != stored[0].ID {
		t.Fatalf("stored %+v", stored)
	}
	b.until("what was written is saved", func() bool {
		m, err := other.Message(t.Context(), b.me.OwnerID, sent.Answer.ID)
		return err == nil && messageView(m).Text == "Half an answer"
	})
	if chats := do[ChatList](b, "chats.list", ChatListRequest{}); len(chats.Chats) != 1 || chats.Chats[0].Title != "Is this kept?" || chats.Chats[0].RunningMessageID != sent.Answer.ID {
		t.Errorf("chats %+v", chats.Chats)
	}
}

func TestPassagesAppearBeforeTheModelIsAsked(t *testing.T) {
	var b *bench
	shown := make(chan bool, 8)
	b = open(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		events, _, _ := b.Bus().After(0)
		shown <- slices.ContainsFunc(events, func(e Event) bool { return e.AnswerPassages != nil && len(e.AnswerPassages.Passages) > 0 })
		return llmtest.Answer{Text: "The tenant may terminate the lease with a notice period of three months. Bananas grow on the moon of Jupiter."}
	}})
	b.set(policy.ReadingSeconds, "0") // never the whole document
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	b.add(house, "machine.md", machine)
	_, answer := b.ask(SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}})
	if !<-shown {
		t.Error("the model was asked before the passages were shown")
	}
	if answer.Status != "complete" || answer.Mode != modeRetrieve || len(answer.Passages) == 0 {
		t.Fatalf("answer %+v", answer)
	}
	for i, p := range answer.Passages {
		if p.N != i+1 || p.FileHash == "" || p.Text == "" || p.Document == "" {
			t.Errorf("passage %+v", p)
		}
	}
	if len(answer.Sentences) != 2 {
		t.Fatalf("sentences %+v", answer.Sentences)
	}
	true1, invented := answer.Sentences[0], answer.Sentences[1]
	if !true1.Supported || len(true1.Citations) == 0 || invented.Supported || len(invented.Citations) != 0 {
		t.Errorf("sentences %+v", answer.Sentences)
	}
	cited := answer.Passages[true1.Citations[0]-1]
	if !cited.Cited || !strings.Contains(cited.Text, "three months") || cited.Document == "machine.md" {
		t.Errorf("the first sentence cites %+v", cited)
	}
	if got := answer.Text[true1.Start:true1.End]; !strings.HasPrefix(got, "The tenant") || !strings.HasSuffix(got, "months.") {
		t.Errorf("the first sentence is %q", got)
	}
}

// What the model knows beside the passages it was given is looked up once more.
func TestTrueSentenceOfAnotherPassage(t *testing.T) {
	b := open(t, says("Machine number 21 of section 3 is oiled by its keeper. "+
		"The deposit is 2400 euros and is paid back six weeks after the tenant has moved out. The deposit is 9900 euros and is paid back in gold."))
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	b.add(house, "rules.md", rules(20))
	b.add(house, "lease.md", lease)
	_, answer := b.ask(SendRequest{Text: "How often is machine number 21 of section 3 oiled by its keeper?", CollectionIDs: []string{house}})
	if answer.Mode != modeRetrieve || len(answer.Sentences) != 3 {
		t.Fatalf("answer %+v", answer)
	}
	deposit, invented := answer.Sentences[1], answer.Sentences[2]
	if !deposit.Supported || len(deposit.Citations) == 0 {
		t.Fatalf("sentences %+v", answer.Sentences)
	}
	if at := deposit.Citations[0]; at <= passagesPerAnswer {
		t.Errorf("the passage was found for the question already, as number %d", at)
	} else if source := answer.Passages[at-1]; source.Document != "Lease" || !source.Cited || source.N != at || source.FileHash == "" || !strings.Contains(source.Text, "2400") {
		t.Errorf("source %+v", source)
	}
	if invented.Supported {
		t.Errorf("a wrong figure is supported by %v", invented.Citations)
	}
}

func TestStopKeepsTheText(t *testing.T) {
	b := open(t, stalls("As far as it got"))
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "Go."})
	b.until("the answer is written", func() bool {
		view := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID})
		return view.Messages[1].Text == "As far as it got"
	})
	if _, problem := run[SendResult](b, "chats.send", SendRequest{ChatID: sent.Chat.ID, Text: "And?"}); problem == nil || problem.Code != ProblemChatBusy {
		t.Errorf("a second question meanwhile: %+v", problem)
	}
	if _, problem := run[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: sent.Answer.ID}); problem == nil || problem.Code != ProblemChatBusy {
		t.Errorf("another answer meanwhile: %+v", problem)
	}
	message := do[Message](b, "chats.stop", ByID{ID: sent.Answer.ID})
	if message.Status != storage.MessageStopped || message.Text != "As far as it got" || message.Problem != nil {
		t.Errorf("stopped: %+v", message)
	}
	if ended := b.models.ended(&b.models.chats); len(ended) != 1 || llm.CodeOf(ended[0]) != llm.CodeCancelled {
		t.Errorf("the provider ended with %v", ended)
	}
	if b.finished(sent.Chat.ID, sent.Answer.ID).Status != storage.MessageStopped {
		t.Error("the end was not told")
	}
	if again := do[Message](b, "chats.stop", ByID{ID: sent.Answer.ID}); again.Status != storage.MessageStopped {
		t.Errorf("stopped twice: %+v", again)
	}
}

func TestAnotherModelWritesOneAnswer(t *testing.T) {
	b := open(t, llmtest.Script{})
	sent, _ := b.ask(SendRequest{Text: "One?"})
	again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: sent.Answer.ID, Model: "elsewhere:7b"})
	other := b.finished(sent.Chat.ID, again.Answer.ID)
	if other.Problem == nil || other.Problem.Code != string(llm.CodeModelMissing) || other.Problem.Args["model"] != "elsewhere:7b" {
		t.Errorf("a model that is not there wrote %+v", other)
	}
	if chat := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Chat; chat.Model != "" || again.Chat.Model != "" {
		t.Errorf("the chat's own model is %q now, told as %q", chat.Model, again.Chat.Model)
	}
}

func TestRegenerateAndEditMakeBranches(t *testing.T) {
	b := open(t, llmtest.Script{})
	first, answer := b.ask(SendRequest{Text: "One?"})
	chat := first.Chat.ID
	second, _ := b.ask(SendRequest{ChatID: chat, Text: "Two?"})
	if second.Question.ParentID != answer.ID {
		t.Errorf("the second question follows %s", second.Question.ParentID)
	}
	again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: second.Answer.ID})
	other := b.finished(chat, again.Answer.ID)
	if other.ParentID != second.Question.ID || !slices.Equal(other.Siblings, []string{second.Answer.ID, again.Answer.ID}) {
		t.Errorf("the other answer %+v", other)
	}
	edited, _ := b.ask(SendRequest{ChatID: chat, ParentID: answer.ID, Text: "Two, put differently?"})
	texts := func() (texts []string) {
		for _, m := range do[ChatView](b, "chats.open", ByID{ID: chat}).Messages {
			texts = append(texts, m.Text)
		}
		return texts
	}
	want := []string{"One?", "You said: One?", "Two, put differently?", "You said: Two, put differently?"}
	if got := texts(); !slices.Equal(got, want) {
		t.Errorf("shown after the edit: %q", got)
	}
	view := do[ChatView](b, "chats.open", ByID{ID: chat})
	if got := view.Messages[2].Siblings; !slices.Equal(got, []string{second.Question.ID, edited.Question.ID}) {
		t.Errorf("versions of the second question: %v", got)
	}
	leaf := second.Answer.ID
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: chat, ActiveLeaf: &leaf})
	if got := texts(); len(got) != 4 || got[2] != "Two?" {
		t.Errorf("shown after going back: %q", got)
	}
	root, _ := b.ask(SendRequest{ChatID: chat, ParentID: "root", Text: "Zero?"})
	if root.Question.ParentID != "" || !slices.Equal(texts(), []string{"Zero?", "You said: Zero?"}) {
		t.Errorf("a first question written anew: %q after %q", texts(), root.Question.ParentID)
	}
	// Turns of other branches are not told to the model.
	answers, _ := b.models.asked()
	if last := answers[len(answers)-1].Messages; len(last) != 2 || last[1].Text != "Zero?" {
		t.Errorf("the model read %+v", last)
	}
}

// startsWith says whether a request begins with all of another's messages.
func startsWith(later, earlier []llm.Message) bool {
	return len(later) > len(earlier) && reflect.DeepEqual(later[:len(earlier)], earlier)
}

func TestTitleContinuesTheChat(t *testing.T) {
	for name, documents := range map[string]bool{"chat": false, "whole document": true} {
		t.Run(name, func(t *testing.T) {
			b := open(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
				if r.MaxTokens == titleTokens {
					return llmtest.Answer{Text: "\"Notice period of the lease\"\nmore"}
				}
				return llmtest.Answer{Text: "Three months to the end of a quarter."}
			}})
			request := SendRequest{Text: "What notice period does the tenant have?"}
			if documents {
				house := b.collection("House")
				b.add(house, "lease.md", lease)
				request.CollectionIDs = []string{house}
			}
			sent, answer := b.ask(request)
			if documents && answer.Mode != modeWhole {
				t.Fatalf("mode %s", answer.Mode)
			}
			b.until("the chat has a title", func() bool {
				return do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Chat.Title == "Notice period of the lease"
			})
			answers, titles := b.models.asked()
			if len(answers) != 1 || len(titles) != 1 {
				t.Fatalf("%d answers, %d titles", len(answers), len(titles))
			}
			if !startsWith(titles[0].Messages, answers[0].Messages) {
				t.Errorf("the title's request\n%+v\ndoes not continue\n%+v", titles[0].Messages, answers[0].Messages)
			}
			if titles[0].ContextWindow != answers[0].ContextWindow || titles[0].Model != answers[0].Model {
				t.Error("the title would load the model anew")
			}
			if chat, err := b.db.Chat(t.Context(), b.me.OwnerID, sent.Chat.ID); err != nil || documents != (chat.PinnedDocumentID != "") {
				t.Errorf("pinned document %q, %v", chat.PinnedDocumentID, err)
			}
			// The next question continues the chat, not the title.
			b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And the deposit?"})
			if answers, _ := b.models.asked(); !startsWith(answers[1].Messages, answers[0].Messages) {
				t.Errorf("the second request\n%+v\ndoes not continue\n%+v", answers[1].Messages, answers[0].Messages)
			}
		})
	}
}

func TestTitleOfAPersonStays(t *testing.T) {
	b := open(t, llmtest.Script{})
	sent, _ := b.ask(SendRequest{Text: "One?"})
	mine := "Mine"
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: sent.Chat.ID, Title: &mine})
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Two?"})
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Three?"})
	if got := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Chat.Title; got != "Mine" {
		t.Errorf("title %q", got)
	}
}

func TestRetrievalPromptKeepsItsStart(t *testing.T) {
	b := open(t, says("The notice period is three months."))
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	b.add(house, "machine.md", machine)
	sent, _ := b.ask(SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}})
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "How high is the deposit of the lease?"})
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "How often is the coffee machine descaled?"})
	answers, _ := b.models.asked()
	if len(answers) != 3 {
		t.Fatalf("%d requests", len(answers))
	}
	for i, request := range answers {
		last := request.Messages[len(request.Messages)-1]
		if !strings.Contains(last.Text, "[1] ") || !strings.Contains(last.Text, "\n") {
			t.Errorf("turn %d has no passages: %q", i, last.Text)
		}
		for _, m := range request.Messages[:len(request.Messages)-1] {
			if strings.Contains(m.Text, "[1] ") || strings.Contains(m.Text, "2400 euros") {
				t.Errorf("turn %d: passages before the last turn: %q", i, m.Text)
			}
		}
		if i > 0 {
			before := answers[i-1].Messages
			if !startsWith(request.Messages, before[:len(before)-1]) {
				t.Errorf("turn %d begins differently", i)
			}
		}
	}
}

func TestHistoryThatDoesNotFit(t *testing.T) {
	script := says(strings.TrimSpace(strings.Repeat("answered ", 30)))
	script.ContextLength = 700
	b := open(t, script)
	question := func(i int) string {
		return fmt.Sprintf("Question number %d: %s?", i, strings.TrimSpace(strings.Repeat("asked ", 20)))
	}
	sent, _ := b.ask(SendRequest{Text: question(0)})
	chat := sent.Chat.ID
	left, steps := 0, 0
	for i := 1; i < 16; i++ {
		_, answer := b.ask(SendRequest{ChatID: chat, Text: question(i)})
		if answer.Status != "complete" || answer.Facts == nil {
			t.Fatalf("turn %d: %+v", i, answer)
		}
		answers, _ := b.models.asked()
		messages := answers[len(answers)-1].Messages
		now := answer.Facts.LeftOutTurns
		if now != left {
			steps++
			if now-left != turnsPerCut {
				t.Errorf("turn %d: %d turns left out after %d", i, now, left)
			}
		}
		left = now
		// System text, the kept turns in full, the question.
		if len(messages) != 2+2*(i-now) {
			t.Fatalf("turn %d: %d messages, %d turns left out", i, len(messages), now)
		}
		for k := now; k <= i; k++ {
			if got := messages[1+2*(k-now)].Text; got != question(k) {
				t.Errorf("turn %d: question %d is %q", i, k, got)
			}
		}
		limit := script.ContextLength - answerReserve(script.ContextLength)
		if n, _ := b.models.CountTokens(t.Context(), answers[len(answers)-1]); n.Tokens > limit || answer.Facts.PromptTokens != n.Tokens {
			t.Errorf("turn %d: %d tokens counted, %d told, limit %d", i, n.Tokens, answer.Facts.PromptTokens, limit)
		}
		if answer.Facts.ContextWindow != script.ContextLength {
			t.Errorf("window %d", answer.Facts.ContextWindow)
		}
	}
	if left == 0 || steps < 2 || steps > 4 {
		t.Errorf("%d turns left out in %d steps", left, steps)
	}
	budget := do[Budget](b, "chats.budget", BudgetRequest{ChatID: chat, Text: "And?"})
	if budget.Trouble != "history" || budget.LeftOut < left || budget.LeftOut%turnsPerCut != 0 || budget.ContextWindow != script.ContextLength {
		t.Errorf("budget %+v", budget)
	}
	// A question that alone is too long is kept and refused, not cut.
	long := strings.Repeat("word ", 800)
	if budget := do[Budget](b, "chats.budget", BudgetRequest{ChatID: chat, Text: long}); budget.Trouble != "question" {
		t.Errorf("budget %+v", budget)
	}
	asked := len(b.models.Calls())
	_, answer := b.ask(SendRequest{ChatID: chat, Text: long})
	if answer.Status != storage.MessageFailed || answer.Problem == nil || answer.Problem.Code != ProblemQuestionTooLong || answer.Problem.Args["limit"] == "" {
		t.Errorf("answer %+v, %+v", answer, answer.Problem)
	}
	for _, call := range b.models.Calls()[asked:] {
		if call.MaxTokens != titleTokens {
			t.Error("the model was asked all the same")
		}
	}
}

func TestNothingFoundIsAnAnswer(t *testing.T) {
	b := open(t, llmtest.Script{})
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	b.add(house, "machine.md", machine)
	_, answer := b.ask(SendRequest{Text: "Zwölffingerdarm Quetzalcoatl Xylophon?", CollectionIDs: []string{house}})
	if answer.Mode != modeNothing || answer.Status != "complete" || answer.Problem != nil || len(answer.Passages) != 0 || answer.Text != "" {
		t.Errorf("answer %+v", answer)
	}
	if calls := b.models.Calls(); len(calls) != 0 {
		t.Errorf("the model was asked: %+v", calls)
	}
}

func TestTrialModelShowsPassages(t *testing.T) {
	catalog, err := llm.LoadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	const trial = "kontor/smollm2-135m-instruct"
	if entry, known := catalog.Find(trial); !known || !entry.Trial {
		t.Fatalf("%s is not a trial model of the catalogue", trial)
	}
	script := says("The notice period is three months.")
	script.Model = trial
	b := open(t, script)
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	sent, answer := b.ask(SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}})
	if answer.Mode != modePassages || len(answer.Passages) == 0 || answer.Text != "" || answer.Status != "complete" {
		t.Fatalf("answer %+v", answer)
	}
	if len(b.models.Calls()) != 0 {
		t.Fatal("the trial model was asked")
	}
	again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: sent.Answer.ID, Formulate: true})
	formulated := b.finished(sent.Chat.ID, again.Answer.ID)
	if formulated.Text != "The notice period is three months." || formulated.Model != trial || formulated.Mode == modePassages || len(formulated.Passages) == 0 {
		t.Errorf("formulated %+v", formulated)
	}
	// Without documents it answers at once.
	if _, answer := b.ask(SendRequest{Text: "Hello?"}); answer.Text == "" || answer.Mode != "" {
		t.Errorf("without documents %+v", answer)
	}
	if _, titles := b.models.asked(); len(titles) != 0 {
		t.Error("the trial model was asked for a title")
	}
}

func TestErrorInTheMiddleKeepsTheText(t *testing.T) {
	crash := &llm.Error{Code: llm.CodeRuntimeCrashed, Cause: errors.New("scripted")}
	b := open(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		last := r.Messages[len(r.Messages)-1].Text
		switch {
		case strings.HasPrefix(last, "Crash"):
			return llmtest.Answer{Text: "one two three four", Err: crash, FailAfter: 2}
		case strings.HasPrefix(last, "Never"):
			return llmtest.Answer{Err: crash}
		}
		return llmtest.Answer{Text: "fine"}
	}})
	sent, answer := b.ask(SendRequest{Text: "Crash, please."})
	if answer.Status != storage.MessagePartial || answer.Text != "one two" || answer.Problem == nil || answer.Problem.Code != string(llm.CodeRuntimeCrashed) {
		t.Errorf("answer %+v, %+v", answer, answer.Problem)
	}
	if _, answer := b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Never mind."}); answer.Status != storage.MessageFailed || answer.Problem == nil {
		t.Errorf("answer %+v", answer)
	}
	if _, answer := b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And now?"}); answer.Status != "complete" || answer.Text != "fine" {
		t.Errorf("afterwards %+v", answer)
	}
}

func TestEventsTellTheAnswer(t *testing.T) {
	b := open(t, says("Größe 😀 first. Then the second, with 𝄞 in it. And the third."))
	for range 3 {
		b.ask(SendRequest{Text: "Tell me."})
	}
	events := b.since(0)
	for i, e := range events {
		if e.Seq != int64(i+1) || e.Type == "" {
			t.Fatalf("event %d: %+v", i, e)
		}
	}
	texts, state := map[string]string{}, map[string]string{}
	for _, e := range events {
		switch {
		case e.AnswerStarted != nil:
			state[e.AnswerStarted.Answer.ID] = "started"
		case e.AnswerDelta != nil:
			d := e.AnswerDelta
			if state[d.MessageID] != "started" || d.Offset != utf16Length(texts[d.MessageID]) {
				t.Errorf("delta at %d of an answer that is %q and %d long", d.Offset, state[d.MessageID], utf16Length(texts[d.MessageID]))
			}
			texts[d.MessageID] += d.Text
		case e.AnswerEnded != nil:
			m := e.AnswerEnded.Message
			if state[m.ID] != "started" || texts[m.ID] != m.Text || m.Phase != "" {
				t.Errorf("ended as %q, told %q", m.Text, texts[m.ID])
			}
			if e.AnswerEnded.Chat.RunningMessageID != "" {
				t.Error("the chat still says that an answer is running")
			}
			state[m.ID] = "ended"
		}
	}
	if len(state) != 3 {
		t.Errorf("%d answers", len(state))
	}
	for id, s := range state {
		if s != "ended" {
			t.Errorf("answer %s is only %s", id, s)
		}
	}
}

func TestClosingEndsAnswersAndKeepsThem(t *testing.T) {
	folder := t.TempDir()
	b := openIn(t, folder, stalls("Until the end"))
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "Go."})
	b.until("the answer is written", func() bool {
		return do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages[1].Text != ""
	})
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	again := openIn(t, folder, llmtest.Script{})
	messages := do[ChatView](again, "chats.open", ByID{ID: sent.Chat.ID}).Messages
	if len(messages) != 2 || messages[1].Text != "Until the end" || messages[1].Status != storage.MessagePartial {
		t.Errorf("after the restart %+v", messages)
	}
}

func TestUnionOfCollections(t *testing.T) {
	b := open(t, llmtest.Script{})
	b.set(policy.ReadingSeconds, "0")
	house, kitchen, other := b.collection("House"), b.collection("Kitchen"), b.collection("Other")
	b.add(house, "lease.md", lease)
	b.add(kitchen, "machine.md", machine)
	b.add(other, "secret.md", "# Secret\n\nThe tenant of the coffee machine has a secret notice period.\n")
	found := func(collections ...string) []string {
		_, answer := b.ask(SendRequest{Text: "Which notice period has the tenant, and how often is the coffee machine descaled?", CollectionIDs: collections})
		seen := map[string]bool{}
		for _, p := range answer.Passages {
			seen[p.Document] = true
		}
		var names []string
		for _, d := range do[DocumentList](b, "documents.list", DocumentListRequest{}).Documents {
			if seen[d.Name] || seen[d.Title] {
				names = append(names, d.Name)
			}
		}
		slices.Sort(names)
		return names
	}
	if got := found(house, kitchen); !slices.Equal(got, []string{"lease.md", "machine.md"}) {
		t.Errorf("house and kitchen: %v", got)
	}
	if got := found(kitchen); !slices.Equal(got, []string{"machine.md"}) {
		t.Errorf("kitchen: %v", got)
	}
	if _, problem := run[SendResult](b, "chats.send", SendRequest{Text: "Which?", CollectionIDs: []string{"none"}}); problem == nil || problem.Code != string(storage.CodeNotFound) {
		t.Errorf("an unknown collection: %+v", problem)
	}
}

// lockedBy is a policy of an administrator.
type lockedBy string

func (l lockedBy) Read() []policy.Document {
	return []policy.Document{{Path: "policy.json", Data: []byte(l)}}
}

func TestLockedSettingsRefuse(t *testing.T) {
	b := openIn(t, t.TempDir(), llmtest.Script{}, lockedBy(`{"enforced": {"ui.language": "de"}}`))
	if _, problem := run[Settings](b, "settings.set", SetRequest{Key: string(policy.Language), Value: "en"}); problem == nil || problem.Code != ProblemSettingLocked || problem.Args["key"] != string(policy.Language) {
		t.Errorf("set: %+v", problem)
	}
	if _, problem := run[Settings](b, "settings.set", SetRequest{Key: string(policy.Language), Reset: true}); problem == nil || problem.Code != ProblemSettingLocked {
		t.Errorf("reset: %+v", problem)
	}
	for _, s := range do[Settings](b, "settings.list", Empty{}).Settings {
		if s.Key == string(policy.Language) && (!s.Locked || s.Value != "de" || s.Origin != "policy" || s.Source != "policy.json") {
			t.Errorf("listed as %+v", s)
		}
	}
	if b.Language() != "de" {
		t.Errorf("language %s", b.Language())
	}
	for _, bad := range []SetRequest{{Key: "no.such", Value: "x"}, {Key: string(policy.Theme), Value: "pink"}, {Key: string(policy.ContextWindow), Value: "5"}} {
		if _, problem := run[Settings](b, "settings.set", bad); problem == nil || problem.Code != ProblemSettingInvalid {
			t.Errorf("%+v: %+v", bad, problem)
		}
	}
	seq := b.Bus().Seq()
	b.set(policy.Theme, "dark")
	if !slices.ContainsFunc(b.since(seq), func(e Event) bool { return e.SettingsChanged != nil }) {
		t.Error("a change is not told")
	}
}

// TestScriptedEmbedderIsUsed makes sure that the tests above retrieve by
// vectors, too.
func TestScriptedEmbedderIsUsed(t *testing.T) {
	b := open(t, llmtest.Script{})
	house := b.collection("House")
	d := b.add(house, "lease.md", lease)
	if d.Embedded == 0 || d.Embedded != d.Passages {
		t.Errorf("%d of %d passages embedded", d.Embedded, d.Passages)
	}
	found, err := b.retrieve(t.Context(), localrag.Query{Question: "What notice period does the tenant have?", Scope: localrag.Scope{OwnerID: b.me.OwnerID, CollectionIDs: []string{house}}, Limit: 5})
	if err != nil || len(found.Vector) == 0 || found.EmbedError != nil {
		t.Errorf("vectors found %d, %v, %v", len(found.Vector), found.EmbedError, err)
	}
	var _ localrag.Result = found
}
