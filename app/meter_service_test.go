package app

import (
	"fmt"
	"strings"
	"testing"

	"kontor/app/policy"
)

func TestTheMeterTellsTheChatFromItsPartsAndLeavesOutWhatAPersonLeavesOut(t *testing.T) {
	b := open(t, says("Three months, as agreed."))
	empty := do[Budget](b, "chats.budget", BudgetRequest{Text: "What notice period is there?"})
	if empty.Model == "" || empty.Instructions == 0 || empty.Question == 0 || empty.History != 0 || empty.Documents != 0 || empty.Trouble != "" || len(empty.Turns) != 0 {
		t.Errorf("a new chat: %+v", empty)
	}
	sent, _ := b.ask(SendRequest{Text: "What is the first notice period?"})
	chat := sent.Chat.ID
	second, _ := b.ask(SendRequest{ChatID: chat, Text: "What is the second one?"})
	budget := do[Budget](b, "chats.budget", BudgetRequest{ChatID: chat, Text: "And the third?"})
	if len(budget.Turns) != 2 || budget.Turns[0].MessageID != sent.Question.ID || budget.History != budget.Turns[0].Tokens+budget.Turns[1].Tokens || budget.LeftOut != 0 {
		t.Errorf("with two turns: %+v", budget)
	}
	do[Empty](b, "chats.startAt", ChatStart{ChatID: chat, MessageID: second.Question.ID})
	budget = do[Budget](b, "chats.budget", BudgetRequest{ChatID: chat, Text: "And the third?"})
	if len(budget.Turns) != 1 || budget.Before != 1 {
		t.Errorf("from the second on: %+v", budget)
	}
	b.ask(SendRequest{ChatID: chat, Text: "And the third?"})
	answers, _ := b.models.asked()
	if last := answers[len(answers)-1].Messages; len(last) != 4 || last[1].Text != "What is the second one?" {
		t.Errorf("sent along: %+v", last)
	}
	do[Empty](b, "chats.startAt", ChatStart{ChatID: chat})
	if budget = do[Budget](b, "chats.budget", BudgetRequest{ChatID: chat, Text: "And?"}); len(budget.Turns) != 3 || budget.Before != 0 {
		t.Errorf("all again: %+v", budget)
	}
	if _, problem := run[Empty](b, "chats.startAt", ChatStart{ChatID: chat, MessageID: "elsewhere"}); problem == nil {
		t.Error("a chat starts at a message it has not")
	}
}

func TestTheMeterFollowsTheWayDocumentsAreUsed(t *testing.T) {
	b := open(t, says("Three months."))
	house := b.collection("House")
	if d := b.add(house, "lease.md", lease); d.Status != "ready" {
		t.Fatalf("the document is %s: %+v", d.Status, d.Problem)
	}
	ask := func(mode string) Budget {
		return do[Budget](b, "chats.budget", BudgetRequest{Text: "What notice period is there?", CollectionIDs: []string{house}, Mode: mode})
	}
	if got := ask(""); got.Mode != modeWhole || got.Documents == 0 || got.Documents != got.WholeTokens || got.Trouble != "" {
		t.Errorf("a short document: %+v", got)
	}
	if got := ask(modeRetrieve); got.Mode != modeRetrieve || got.Documents == 0 {
		t.Errorf("passages: %+v", got)
	}
	if got := ask(modeAll); got.Mode != modeAll || got.Documents != 0 || got.Trouble != "" {
		t.Errorf("everything: %+v", got)
	}
	b.add(house, "rules.md", rules(60))
	if got := ask(""); got.Mode != modeRetrieve || got.Trouble != "" {
		t.Errorf("a long document is read in passages: %+v", got)
	}
	got := ask(modeWhole)
	if got.Trouble != "document" || got.WholeTokens < got.ContextWindow || got.LargerWindow != 0 {
		t.Errorf("a long document in full: %+v", got)
	}
	_, answer := b.ask(SendRequest{Text: "What notice period is there?", CollectionIDs: []string{house}, Mode: modeWhole})
	if answer.Problem == nil || answer.Problem.Code != ProblemWholeTooLong {
		t.Errorf("the meter warned of what works: %+v", answer)
	}
}

func TestAWindowThatASettingMadeSmallCanGrowAgain(t *testing.T) {
	script := says("Yes.")
	script.ContextLength = 16_384
	b := open(t, script)
	b.set(policy.ContextWindow, "1024")
	long := strings.Repeat("word ", 1500)
	got := do[Budget](b, "chats.budget", BudgetRequest{Text: long})
	if got.Trouble != "question" || got.LargerWindow <= 1024 || got.LargerWindow > defaultWindow {
		t.Fatalf("budget %+v", got)
	}
	b.set(policy.ContextWindow, fmt.Sprint(got.LargerWindow))
	if got = do[Budget](b, "chats.budget", BudgetRequest{Text: long}); got.Trouble != "" {
		t.Errorf("after the window grew: %+v", got)
	}
	if _, answer := b.ask(SendRequest{Text: long}); answer.Status != "complete" {
		t.Errorf("answer %+v", answer.Problem)
	}
}

// A chat of thousands must not be counted from its beginning again and again.
func TestOldTurnsThatCannotFitAreNotCounted(t *testing.T) {
	var turns []turn
	for range 100 {
		turns = append(turns, turn{question: strings.Repeat("q", 100), answer: strings.Repeat("a", 900)})
	}
	if got := surelyTooOld(turns, 1000); got != 84 {
		t.Errorf("%d turns are passed over", got)
	}
	if got := surelyTooOld(turns, 1_000_000); got != 0 {
		t.Errorf("%d turns of a chat that fits", got)
	}
}
