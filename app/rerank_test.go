package app

import (
	"strings"
	"testing"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/localrag"
)

func TestModelPutsPassagesInOrder(t *testing.T) {
	asked, written := 0, `{"order": [2, 99, 2]}`
	b := open(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		if r.MaxTokens != rerankTokens {
			return llmtest.Answer{Text: "The deposit is 2400 euros."}
		}
		asked++
		if last := r.Messages[len(r.Messages)-1].Text; r.Schema == nil || !strings.Contains(last, "[2] ") || !strings.Contains(last, "How high is the deposit?") {
			t.Errorf("asked %q", last)
		}
		return llmtest.Answer{Text: written}
	}})
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	question := SendRequest{Text: "How high is the deposit?", CollectionIDs: []string{house}}
	_, plain := b.ask(question)
	if len(plain.Passages) < 2 || asked != 0 {
		t.Fatalf("%d passages, asked %d times while it is off", len(plain.Passages), asked)
	}
	b.set(policy.Rerank, "true")
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
	reads(100)
	if b.ask(question); asked != 0 {
		t.Error("asked on a slow machine")
	}
	reads(5000)
	if _, answer := b.ask(question); asked != 1 || answer.Passages[0].Text != plain.Passages[1].Text || len(answer.Passages) != len(plain.Passages) {
		t.Errorf("asked %d times, first passage %q", asked, answer.Passages[0].Text)
	}
	written = "The second one, I think."
	if _, answer := b.ask(question); asked != 2 || answer.Status != "complete" || answer.Passages[0].Text != plain.Passages[0].Text {
		t.Errorf("asked %d times; after nonsense %q stands first", asked, answer.Passages[0].Text)
	}
}

func TestInOrder(t *testing.T) {
	var passages []localrag.RankedPassage
	for id := range int64(4) {
		passages = append(passages, localrag.RankedPassage{Passage: localrag.Passage{ID: id + 1}})
	}
	for _, test := range []struct {
		order []int
		want  string
	}{{nil, "1234"}, {[]int{3, 1}, "3124"}, {[]int{4, 4, 0, -1, 9}, "4123"}, {[]int{4, 3, 2, 1}, "4321"}} {
		var got strings.Builder
		for _, p := range inOrder(passages, test.order) {
			got.WriteByte(byte('0' + p.ID))
		}
		if got.String() != test.want {
			t.Errorf("%v gives %s, want %s", test.order, got.String(), test.want)
		}
	}
}
