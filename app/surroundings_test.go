package app

import (
	"fmt"
	"strings"
	"testing"

	"kontor/app/policy"
	"kontor/llm/llmtest"
	"kontor/localrag"
)

func TestModelReadsWhatStandsAroundAPassage(t *testing.T) {
	b := open(t, llmtest.Script{})
	var text strings.Builder
	text.WriteString("# Training\n\n## Start\n\n")
	for i := range 40 {
		fmt.Fprintf(&text, "Form number %d is filled in by the office and kept in folder %d of the archive. ", i, i+3)
	}
	text.WriteString("\n\n## Pay\n\nThe pay is due on the last day.\n")
	d := b.add(b.collection("House"), "training.md", text.String())
	records, err := b.db.PassagesOf(t.Context(), b.me.OwnerID, d.ID)
	if err != nil || len(records) < 4 {
		t.Fatalf("%d passages, %v", len(records), err)
	}
	var all []localrag.Passage
	for _, r := range records {
		all = append(all, ragPassage(r))
	}
	job := &answering{app: b.App, principal: b.me}
	model, err := b.App.models.forChat(t.Context(), b.emptyChat(nil))
	if err != nil {
		t.Fatal(err)
	}
	read := func(window int, of ...localrag.Passage) []localrag.Passage {
		in := promptInput{model: model, window: window, plan: answerPlan{mode: modeRetrieve, passages: of, around: job.surroundings(t.Context(), of)}}
		return b.widened(in, of)
	}
	middle := read(8192, all[1])[0].Text
	before, after := all[0].Text, all[2].Text
	if !strings.HasPrefix(middle, lastSentences(all[0])) || !strings.HasSuffix(middle, firstSentences(all[2])) || !strings.Contains(middle, all[1].Text) {
		t.Errorf("read %q", middle)
	}
	if len(middle) > len(all[1].Text)+2*surroundingBytes+2 || !strings.HasSuffix(before, lastSentences(all[0])) || !strings.HasPrefix(after, firstSentences(all[2])) {
		t.Errorf("too much, or no whole sentences: %q", middle)
	}
	if all[1].Text == middle {
		t.Error("the passage itself was changed, or nothing was added")
	}
	// What is given anyway is not given twice; another section does not belong.
	if both := read(8192, all[1], all[2]); strings.Contains(both[0].Text, firstSentences(all[2])) {
		t.Errorf("given twice: %q", both[0].Text)
	}
	if pay := all[len(all)-1]; read(8192, pay)[0].Text != pay.Text {
		t.Errorf("another section before %q", pay.Text)
	}
	if small := read(512, all[1])[0].Text; small != all[1].Text {
		t.Errorf("a small window got %q", small)
	}
	b.set(policy.ReadingSeconds, "0")
	if _, answer := b.ask(SendRequest{Text: "Which folder holds form number 17?", CollectionIDs: d.CollectionIDs}); answer.Status != "complete" {
		t.Errorf("%s: %+v", answer.Status, answer.Problem)
	}
}
