package app

import (
	"strings"
	"testing"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
)

func TestFollowUpIsCompletedAndShown(t *testing.T) {
	const rewritten = "How many weeks after moving out is the deposit paid back?"
	b := open(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		last := r.Messages[len(r.Messages)-1].Text
		if r.MaxTokens == rewriteTokens {
			if !strings.Contains(last, "And when is it paid back?") || len(r.Messages) < 4 {
				t.Errorf("asked to rewrite without the chat: %q", last)
			}
			return llmtest.Answer{Text: `"` + rewritten + "\"\nI hope this helps."}
		}
		return llmtest.Answer{Text: "The deposit is 2400 euros."}
	}})
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	b.add(house, "machine.md", machine)
	first, answer := b.ask(SendRequest{Text: "How high is the deposit of the lease?", CollectionIDs: []string{house}})
	if answer.LookedUp != "" {
		t.Errorf("the first question was looked up as %q", answer.LookedUp)
	}
	reads := func(tokens float64) {
		list, err := b.models.Models(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.App.models.mu.Lock()
		defer b.App.models.mu.Unlock()
		for _, m := range list {
			b.App.models.speeds[m.Digest] = tokens
		}
	}
	reads(rewriteSpeed - 1) // too slow: the questions are joined
	_, answer = b.ask(SendRequest{ChatID: first.Chat.ID, Text: "And when is it paid back?"})
	if answer.LookedUp != "How high is the deposit of the lease? And when is it paid back?" || len(answer.Passages) == 0 || !strings.Contains(answer.Passages[0].Text, "six weeks") {
		t.Errorf("looked up %q", answer.LookedUp)
	}
	_, answer = b.ask(SendRequest{ChatID: first.Chat.ID, Text: "How often is the coffee machine descaled?"})
	if answer.LookedUp != "" || len(answer.Passages) == 0 || answer.Passages[0].Document != "machine.md" && !strings.Contains(answer.Passages[0].Text, "coffee") {
		t.Errorf("a new topic was looked up as %q", answer.LookedUp)
	}
	reads(rewriteSpeed)
	_, answer = b.ask(SendRequest{ChatID: first.Chat.ID, Text: "And when is it paid back?"})
	if answer.LookedUp != rewritten {
		t.Errorf("looked up %q, want the rewritten question", answer.LookedUp)
	}
}

func TestFollowUpOfPassagesOnly(t *testing.T) {
	b := open(t, llmtest.Script{})
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	first, _ := b.ask(SendRequest{Text: "How high is the deposit?", CollectionIDs: []string{house}})
	if _, answer := b.ask(SendRequest{ChatID: first.Chat.ID, Text: "And when?"}); answer.LookedUp != "How high is the deposit? And when?" {
		t.Errorf("looked up %q", answer.LookedUp)
	}
}

func TestCleanRewrite(t *testing.T) {
	const asked = "Und wie hoch ist sie?"
	for written, want := range map[string]string{
		" „Wie hoch ist die Miete?“\nGern.":            "Wie hoch ist die Miete?",
		"Die Miete beträgt 900 Euro.":                  "",
		asked:                                          "",
		strings.Repeat("Wie hoch ist die Miete ", 20):  "",
		strings.Repeat("Wie hoch ist die Miete? ", 20): "",
	} {
		if got := cleanRewrite(written, asked); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
}
