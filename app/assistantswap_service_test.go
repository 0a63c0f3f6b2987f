package app

import (
	"slices"
	"strings"
	"testing"
)

func TestANewChatCanBeSetUpBeforeItsFirstQuestion(t *testing.T) {
	b := open(t, says("Fine."))
	wanted := &NewChatSetup{Instructions: " Answer in verse. ", Parameters: &Parameters{Style: "creative", ContextWindow: 2048, Seed: 5}}
	view := do[ChatSetup](b, "chats.newSetup", NewSetupRequest{AssistantID: "none", Setup: *wanted})
	if !view.Own || view.Parameters.Seed != 5 || view.Window != 2048 || view.LargestWindow == 0 || view.Assistant != nil {
		t.Errorf("%+v", view)
	}
	without := do[Budget](b, "chats.budget", BudgetRequest{Text: "Hello"})
	if with := do[Budget](b, "chats.budget", BudgetRequest{Text: "Hello", Setup: wanted}); with.ContextWindow != 2048 || with.Instructions <= without.Instructions {
		t.Errorf("the meter says %+v, %+v without", with, without)
	}
	for _, temporary := range []bool{false, true} {
		sent, answer := b.ask(SendRequest{Text: "Hello", Setup: wanted, Temporary: temporary})
		answers, _ := b.models.asked()
		if asked := answers[len(answers)-1]; asked.Seed != 5 || asked.ContextWindow != 2048 || !strings.HasSuffix(asked.Messages[0].Text, "\n\nAnswer in verse.") {
			t.Errorf("asked with %+v", asked)
		}
		if setup := do[ChatSetup](b, "chats.setup", ByID{ID: sent.Chat.ID}); !setup.Own || setup.Parameters.Seed != 5 {
			t.Errorf("%+v", setup)
		}
		if answer.Facts.Assistant == nil || answer.Facts.Assistant.Name != "" {
			t.Errorf("written with %+v", answer.Facts.Assistant)
		}
	}
	// What an assistant says anyway is not the chat's own.
	same := &NewChatSetup{Parameters: &Parameters{Style: "balanced"}}
	if view = do[ChatSetup](b, "chats.newSetup", NewSetupRequest{AssistantID: "builtin:en:plain", Setup: *same}); view.Own || view.Assistant == nil {
		t.Errorf("%+v", view)
	}
	chats := len(do[ChatList](b, "chats.list", ChatListRequest{}).Chats)
	for code, bad := range map[string]*NewChatSetup{
		ProblemParametersInvalid:   {Parameters: &Parameters{Seed: -1}},
		ProblemInstructionsTooLong: {Instructions: strings.Repeat("x", maxInstructions+1)},
	} {
		if _, problem := run[SendResult](b, "chats.send", SendRequest{Text: "Hello", Setup: bad}); problem == nil || problem.Code != code {
			t.Errorf("%s: %+v", code, problem)
		}
	}
	if left := len(do[ChatList](b, "chats.list", ChatListRequest{}).Chats); left != chats {
		t.Errorf("%d chats, before %d", left, chats)
	}
}

func TestAnAssistantIsExchangedWithinAChat(t *testing.T) {
	b := open(t, says("Fine."))
	house, garden := b.collection("House"), b.collection("Garden")
	reader := do[Assistant](b, "assistants.save", Assistant{Name: "Reader", Instructions: "Read.", Collections: []NamedCollection{{ID: house, Name: "House"}}})
	writer := do[Assistant](b, "assistants.save", Assistant{Name: "Writer", Instructions: "Write.", Collections: []NamedCollection{{ID: garden, Name: "Garden"}}})
	sent, answer := b.ask(SendRequest{Text: "Hello", AssistantID: reader.ID})
	if by := answer.Facts; by == nil || by.Assistant == nil || by.Assistant.Name != "Reader" || by.Assistant.Version != reader.Version {
		t.Fatalf("written with %+v", by)
	}
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: sent.Chat.ID, CollectionIDs: &[]string{house}})
	do[ChatSetup](b, "chats.setParameters", ParametersRequest{ChatID: sent.Chat.ID, Parameters: Parameters{Seed: 3}})
	change := AssistantChange{ChatID: sent.Chat.ID, AssistantID: writer.ID}
	setup := do[ChatSetup](b, "chats.setAssistant", change)
	if setup.Assistant == nil || setup.Assistant.Name != "Writer" || !setup.Own || setup.Parameters.Seed != 3 {
		t.Errorf("%+v", setup)
	}
	if chat := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Chat; !slices.Equal(chat.CollectionIDs, []string{garden}) {
		t.Errorf("looks into %v", chat.CollectionIDs)
	}
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: sent.Chat.ID, CollectionIDs: &[]string{}})
	_, answer = b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And now"})
	if by := answer.Facts.Assistant; by == nil || by.ID != writer.ID || by.Name != "Writer" {
		t.Errorf("written with %+v", by)
	}
	answers, _ := b.models.asked()
	if told := answers[len(answers)-1].Messages[0].Text; !strings.HasSuffix(told, "\n\nWrite.") || strings.Contains(told, "Read.") {
		t.Errorf("told %q", told)
	}
	change.AssistantID = "none"
	if setup = do[ChatSetup](b, "chats.setAssistant", change); setup.Assistant != nil || setup.Parameters.Seed != 3 {
		t.Errorf("%+v", setup)
	}
	if _, answer = b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Alone"}); answer.Facts.Assistant == nil || *answer.Facts.Assistant != (AnswerAssistant{}) {
		t.Errorf("written with %+v", answer.Facts.Assistant)
	}
	change.AssistantID = "gone"
	if _, problem := run[ChatSetup](b, "chats.setAssistant", change); problem == nil || problem.Code != ProblemAssistantGone {
		t.Errorf("%+v", problem)
	}
}
