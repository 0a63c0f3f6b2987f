package app

import (
	"strings"
	"testing"
)

func TestPromptsAreKept(t *testing.T) {
	b := open(t, says("Fine."))
	list := do[PromptList](b, "prompts.list", Empty{}).Prompts
	builtIn := len(list)
	if builtIn < 20 || !list[0].BuiltIn || len(list[0].Fields) == 0 {
		t.Fatalf("%d prompts, the first is %+v", builtIn, list[0])
	}
	if _, problem := run[Prompt](b, "prompts.save", Prompt{Title: " ", Text: "x"}); problem == nil || problem.Code != ProblemPromptIncomplete {
		t.Errorf("without a name: %+v", problem)
	}
	if _, problem := run[Prompt](b, "prompts.save", list[0]); problem == nil || problem.Code != ProblemNotAllowed {
		t.Errorf("a prompt of the program was changed: %+v", problem)
	}
	saved := do[Prompt](b, "prompts.save", Prompt{Title: "Mine", Text: "Say {{What}} as {{How: a|b}}"})
	if len(saved.Fields) != 2 || saved.Group != "own" || saved.BuiltIn {
		t.Errorf("%+v", saved)
	}
	saved.Text = "Say it"
	if again := do[Prompt](b, "prompts.save", saved); len(again.Fields) != 0 || again.ID != saved.ID {
		t.Errorf("%+v", again)
	}
	if list = do[PromptList](b, "prompts.list", Empty{}).Prompts; len(list) != builtIn+1 || list[0].Text != "Say it" {
		t.Errorf("%d prompts, the first is %+v", len(list), list[0])
	}
	do[Empty](b, "prompts.delete", ByID{ID: saved.ID})
	if _, problem := run[Empty](b, "prompts.delete", ByID{ID: saved.ID}); problem == nil || problem.Code != "not_found" {
		t.Errorf("deleted twice: %+v", problem)
	}
}

func TestInstructionsReachTheModel(t *testing.T) {
	b := open(t, says("Fine."))
	do[Settings](b, "settings.set", SetRequest{Key: "chat.instructions", Value: "Always be brief."})
	sent, _ := b.ask(SendRequest{Text: "Hello"})
	do[Instructions](b, "chats.setInstructions", Instructions{ChatID: sent.Chat.ID, Text: " Answer as a pirate. "})
	if got := do[Instructions](b, "chats.instructions", ByID{ID: sent.Chat.ID}); got.Text != "Answer as a pirate." {
		t.Errorf("%+v", got)
	}
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And again"})
	answers, _ := b.models.asked()
	if len(answers) != 2 {
		t.Fatalf("%d answers were asked for", len(answers))
	}
	first, second := answers[0].Messages[0].Text, answers[1].Messages[0].Text
	if !strings.HasSuffix(first, "\n\nAlways be brief.") || second != first+"\n\nAnswer as a pirate." {
		t.Errorf("told %q, then %q", first, second)
	}
	long := Instructions{ChatID: sent.Chat.ID, Text: strings.Repeat("ä", maxInstructions+1)}
	if _, problem := run[Instructions](b, "chats.setInstructions", long); problem == nil || problem.Code != ProblemInstructionsTooLong {
		t.Errorf("too long: %+v", problem)
	}
}
