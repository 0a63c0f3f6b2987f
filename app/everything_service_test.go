package app

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/storage"
)

// suppliers is a document with one supplier in each of its sections, and other
// text between them.
func suppliers(from, to int) string {
	var b strings.Builder
	b.WriteString("# Suppliers\n\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "## Section %d\n\nThe supplier Firm%d delivers %d machines of type T%d every year. %s\n\n",
			i, i, 100+i, i, strings.Repeat("The paragraph goes on with words about storage and weather. ", 14))
	}
	return b.String()
}

var supplierLine = regexp.MustCompile(`The supplier Firm\d+ delivers \d+ machines of type T\d+ every year`)

// finder is a model that finds the suppliers of each batch, one of them twice
// and another one that is nowhere; it numbers wrongly on purpose.
func finder(r llm.Request) llmtest.Answer {
	last := r.Messages[len(r.Messages)-1].Text
	if r.MaxTokens == titleTokens || !strings.Contains(r.Messages[0].Text, "piece by piece") {
		return llmtest.Answer{Text: "The supplier Firm1 delivers 101 machines of type T1 every year."}
	}
	found := supplierLine.FindAllString(last, -1)
	if len(found) == 0 {
		return llmtest.Answer{Text: "NONE"}
	}
	var b strings.Builder
	b.WriteString("Here are the findings:\n")
	for _, f := range found {
		b.WriteString("- [1] " + f + ".\n")
	}
	b.WriteString("- [1] " + found[0] + ".\n")
	return llmtest.Answer{Text: b.String()}
}

// surveyBench has two documents of ten suppliers each.
func surveyBench(t *testing.T, script llmtest.Script) (*bench, string) {
	t.Helper()
	if script.ContextLength == 0 {
		script.ContextLength = 1600
	}
	b := open(t, script)
	shop := b.collection("Shop")
	b.add(shop, "first.md", suppliers(0, 10))
	b.add(shop, "second.md", suppliers(10, 20))
	return b, shop
}

func (b *bench) surveyed() (batches []llm.Request) {
	answers, _ := b.models.asked()
	for _, r := range answers {
		if strings.Contains(r.Messages[0].Text, "piece by piece") {
			batches = append(batches, r)
		}
	}
	return batches
}

func TestEverythingIsReadAndCounted(t *testing.T) {
	b, shop := surveyBench(t, llmtest.Script{Answer: finder})
	sent, answer := b.ask(SendRequest{Text: "How many suppliers are mentioned?", CollectionIDs: []string{shop}, Mode: modeAll})
	if answer.Status != storage.MessageComplete || answer.Mode != modeAll || answer.Survey == nil {
		t.Fatalf("answer %+v %+v", answer, answer.Problem)
	}
	if s := answer.Survey; s.Done != s.Total || s.Total == 0 || s.Documents != 2 || s.ByWords || len(s.Findings) != 20 {
		t.Errorf("survey %+v", s)
	}
	if !strings.Contains(answer.Text, "**20.**") || !strings.Contains(answer.Text, "**Suppliers** (") {
		t.Errorf("text %q", answer.Text)
	}
	// Each finding is cited by the passage that holds it, whatever the model numbered.
	if len(answer.Sentences) != 20 {
		t.Fatalf("%d sentences", len(answer.Sentences))
	}
	for _, sentence := range answer.Sentences {
		text := answer.Text[sentence.Start:sentence.End]
		firm := regexp.MustCompile(`Firm\d+ `).FindString(text)
		if !sentence.Supported || len(sentence.Citations) == 0 || firm == "" || !strings.Contains(answer.Passages[sentence.Citations[0]-1].Text, firm) {
			t.Errorf("%q rests on %v", text, sentence.Citations)
		}
	}
	// Every passage was read exactly once, in batches that fit and start alike.
	batches := b.surveyed()
	if len(batches) < 3 {
		t.Fatalf("%d batches", len(batches))
	}
	read := ""
	for _, r := range batches {
		if !reflect.DeepEqual(r.Messages[0], batches[0].Messages[0]) || len(r.Messages) != 2 {
			t.Error("a batch begins differently: the runtime would read the task again")
		}
		if n, _ := b.models.CountTokens(t.Context(), r); n.Tokens+r.MaxTokens > r.ContextWindow {
			t.Errorf("%d tokens and %d for the answer do not fit %d", n.Tokens, r.MaxTokens, r.ContextWindow)
		}
		read += r.Messages[1].Text
	}
	for i := range 20 {
		if n := strings.Count(read, fmt.Sprintf("Firm%d delivers", i)); n != 1 {
			t.Errorf("supplier %d was read %d times", i, n)
		}
	}
	// Progress came with each batch, and findings before the end.
	var done []int
	for _, e := range b.since(0) {
		if w := e.AnswerWork; w != nil && w.MessageID == sent.Answer.ID && w.Survey != nil {
			done = append(done, w.Survey.Done)
		}
	}
	if len(done) != len(batches)+1 || !slices.IsSorted(done) {
		t.Errorf("progress %v of %d batches", done, len(batches))
	}
}

func TestQuestionLeadsToEverything(t *testing.T) {
	b, shop := surveyBench(t, llmtest.Script{Answer: finder})
	offer := func(text string) Offer {
		return do[Offer](b, "chats.offer", OfferRequest{Text: text, CollectionIDs: []string{shop}})
	}
	b.set(policy.ReadingSeconds, "3600")
	if o := offer("List all suppliers"); o.Automatic != modeAll || o.Passages == 0 || o.Documents != 2 || o.Seconds == 0 {
		t.Errorf("cheap: %+v", o)
	}
	b.set(policy.ReadingSeconds, "0")
	b.models.Scripted = llmtest.NewScripted(llmtest.Script{Answer: finder})
	b.App.models.mu.Lock()
	b.App.models.speeds["scripted-chat"] = 20 // a slow machine
	b.App.models.mu.Unlock()
	if o := offer("List all suppliers"); o.Automatic != modeRetrieve || o.Propose != modeAll || o.Seconds < 60 {
		t.Errorf("dear: %+v", o)
	}
	if o := offer("Who delivers machines?"); o.Automatic != modeRetrieve || o.Propose != "" {
		t.Errorf("a plain question: %+v", o)
	}
	if o := do[Offer](b, "chats.offer", OfferRequest{Text: "List all suppliers"}); o != (Offer{}) {
		t.Errorf("without documents: %+v", o)
	}
}

func TestEverythingStopsAndGoesOn(t *testing.T) {
	var batches atomic.Int32
	b, shop := surveyBench(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		answer := finder(r)
		if strings.Contains(r.Messages[0].Text, "piece by piece") && batches.Add(1) == 2 {
			answer.Hang = true
		}
		return answer
	}})
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "List all suppliers", CollectionIDs: []string{shop}, Mode: modeAll})
	b.until("the second batch is being read", func() bool { return batches.Load() == 2 })
	b.until("the first batch is told", func() bool {
		view := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID})
		return view.Messages[1].Survey != nil && view.Messages[1].Survey.Done > 0
	})
	stopped := do[Message](b, "chats.stop", ByID{ID: sent.Answer.ID})
	if stopped.Status != storage.MessageStopped || stopped.Survey == nil || len(stopped.Survey.Findings) == 0 || stopped.Survey.Done >= stopped.Survey.Total {
		t.Fatalf("stopped %+v", stopped)
	}
	if !strings.HasPrefix(stopped.Text, "Incomplete: ") || len(stopped.Sentences) != len(stopped.Survey.Findings) {
		t.Errorf("text %q", stopped.Text)
	}
	before := len(b.surveyed())
	again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: sent.Answer.ID, Resume: true})
	answer := b.finished(sent.Chat.ID, again.Answer.ID)
	if answer.Status != storage.MessageComplete || len(answer.Survey.Findings) != 20 || answer.Survey.Done != answer.Survey.Total {
		t.Fatalf("gone on: %+v", answer)
	}
	for _, r := range b.surveyed()[before:] {
		if strings.Contains(r.Messages[1].Text, "Firm0 delivers") {
			t.Error("what was read was read again")
		}
	}
	for _, sentence := range answer.Sentences {
		firm := regexp.MustCompile(`Firm\d+ `).FindString(answer.Text[sentence.Start:sentence.End])
		if !strings.Contains(answer.Passages[sentence.Citations[0]-1].Text, firm) {
			t.Errorf("%s rests on %v", firm, sentence.Citations)
		}
	}
	// After a change there is nothing to go on from.
	b.add(shop, "third.md", suppliers(20, 21))
	changed := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: sent.Answer.ID, Resume: true})
	if m := b.finished(sent.Chat.ID, changed.Answer.ID); m.Problem == nil || m.Problem.Code != ProblemSurveyChanged {
		t.Errorf("after a change: %+v", m)
	}
}

func TestFailingBatchKeepsWhatWasFound(t *testing.T) {
	var failing atomic.Bool
	var batches atomic.Int32
	failing.Store(true)
	b, shop := surveyBench(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		answer := finder(r)
		if strings.Contains(r.Messages[0].Text, "piece by piece") && batches.Add(1) >= 3 && failing.Load() {
			return llmtest.Answer{Text: "half", Err: &llm.Error{Code: llm.CodeRuntimeDown, Cause: errors.New("gone")}, FailAfter: 1}
		}
		return answer
	}})
	sent, answer := b.ask(SendRequest{Text: "List all suppliers", CollectionIDs: []string{shop}, Mode: modeAll})
	if answer.Status != storage.MessagePartial || answer.Problem == nil || answer.Problem.Code != ProblemExternalDown || len(answer.Survey.Findings) == 0 {
		t.Fatalf("answer %s %+v", answer.Status, answer.Problem)
	}
	if batches.Load() != 2+surveyTries {
		t.Errorf("%d batches were tried", batches.Load())
	}
	failing.Store(false)
	again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: sent.Answer.ID, Resume: true})
	if m := b.finished(sent.Chat.ID, again.Answer.ID); m.Status != storage.MessageComplete || len(m.Survey.Findings) != 20 {
		t.Errorf("gone on: %+v", m)
	}
}

func TestPersonGoesBeforeEverything(t *testing.T) {
	hold := make(chan struct{})
	var batches atomic.Int32
	b, shop := surveyBench(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		if strings.Contains(r.Messages[0].Text, "piece by piece") && batches.Add(1) == 1 {
			return llmtest.Answer{Text: "NONE", Hang: true}
		}
		return finder(r)
	}})
	close(hold)
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "List all suppliers", CollectionIDs: []string{shop}, Mode: modeAll})
	b.until("the first batch stands still", func() bool { return batches.Load() == 1 })
	if _, other := b.ask(SendRequest{Text: "Hello?"}); other.Status != storage.MessageComplete {
		t.Fatalf("the other question: %+v", other)
	}
	if m := b.finished(sent.Chat.ID, sent.Answer.ID); m.Status != storage.MessageComplete || len(m.Survey.Findings) != 20 {
		t.Errorf("the long one: %+v", m)
	}
}

func TestInventedFindingsAreMarkedAndNotCounted(t *testing.T) {
	b, shop := surveyBench(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		if !strings.Contains(r.Messages[0].Text, "piece by piece") {
			return finder(r)
		}
		return llmtest.Answer{Text: "Sure, I will help.\n- [1] The supplier Zebra sells purple elephants to the emperor of Mars."}
	}})
	_, answer := b.ask(SendRequest{Text: "How many suppliers are there?", CollectionIDs: []string{shop}, Mode: modeAll})
	if len(answer.Survey.Findings) != 1 || answer.Survey.Findings[0].Supported || !strings.HasPrefix(answer.Text, "In ") || !strings.Contains(answer.Text, "Zebra") {
		t.Fatalf("%+v\n%s", answer.Survey, answer.Text)
	}
	if len(answer.Sentences) != 1 || answer.Sentences[0].Supported || len(answer.Passages) != 0 {
		t.Errorf("%+v", answer.Sentences)
	}
}

func TestCompareIsWrittenFromTheFindings(t *testing.T) {
	b, shop := surveyBench(t, llmtest.Script{Answer: finder})
	_, answer := b.ask(SendRequest{Text: "Compare the suppliers", CollectionIDs: []string{shop}, Mode: modeAll})
	if answer.Status != storage.MessageComplete || answer.Text != "The supplier Firm1 delivers 101 machines of type T1 every year." {
		t.Fatalf("answer %+v %+v", answer, answer.Problem)
	}
	if len(answer.Sentences) != 1 || !answer.Sentences[0].Supported || !strings.Contains(answer.Passages[answer.Sentences[0].Citations[0]-1].Text, "Firm1 ") {
		t.Errorf("sentences %+v", answer.Sentences)
	}
	answers, _ := b.models.asked()
	last := answers[len(answers)-1].Messages
	if text := last[len(last)-1].Text; !strings.Contains(text, "Firm19") || strings.Contains(text, "weather") {
		t.Errorf("the last prompt: %q", text)
	}
}

func TestCutFindingsAreReadAgainInParts(t *testing.T) {
	b, shop := surveyBench(t, llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		answer := finder(r)
		if strings.Count(r.Messages[len(r.Messages)-1].Text, "The supplier") > 1 && strings.Contains(r.Messages[0].Text, "piece by piece") {
			answer.Text += strings.Repeat("- and so on ", 400)
		}
		return answer
	}})
	_, answer := b.ask(SendRequest{Text: "List all suppliers", CollectionIDs: []string{shop}, Mode: modeAll})
	supported := 0
	for _, f := range answer.Survey.Findings {
		if f.Supported {
			supported++
		}
	}
	if supported != 20 || answer.Survey.Done != answer.Survey.Total {
		t.Errorf("%d findings, %+v", supported, answer.Status)
	}
}

func TestEverythingWithoutAModel(t *testing.T) {
	b, shop := surveyBench(t, llmtest.Script{Model: "kontor-trial"})
	b.App.models.mu.Lock()
	b.App.models.listed, b.App.models.listedAt = []llm.Model{}, time.Now().Add(time.Hour)
	b.App.models.mu.Unlock()
	_, answer := b.ask(SendRequest{Text: "List all machines", CollectionIDs: []string{shop}})
	if answer.Mode != modeAll || !answer.Survey.ByWords || answer.Model != "" || answer.Status != storage.MessageComplete {
		t.Fatalf("answer %+v %+v", answer, answer.Problem)
	}
	if len(answer.Survey.Findings) != 20 || !strings.Contains(answer.Text, "**20 places**") || len(answer.Sentences) != 20 {
		t.Errorf("%d findings\n%s", len(answer.Survey.Findings), answer.Text)
	}
	if len(b.models.Calls()) != 0 {
		t.Error("a model was asked")
	}
	if strings.Contains(answer.Text, "weather") {
		t.Error("a sentence that is no mention is listed")
	}
}

func TestModeAPersonChose(t *testing.T) {
	b := open(t, says("The notice period is three months."))
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	sent, answer := b.ask(SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}, Mode: modeRetrieve})
	if answer.Mode != modeRetrieve {
		t.Errorf("asked for passages: %s", answer.Mode)
	}
	if asked := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages[0].Asked; asked == nil || asked.Mode != modeRetrieve {
		t.Errorf("the question does not say so: %+v", asked)
	}
	other := func(mode string) Message {
		again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: answer.ID, Mode: mode})
		return b.finished(sent.Chat.ID, again.Answer.ID)
	}
	if m := other(""); m.Mode != modeRetrieve {
		t.Errorf("once more: %s", m.Mode)
	}
	if m := other(modeWhole); m.Mode != modeWhole {
		t.Errorf("another way: %s", m.Mode)
	}
	if m := other(modeAuto); m.Mode != modeWhole { // it fits
		t.Errorf("automatic: %s", m.Mode)
	}
	b.set(policy.ReadingSeconds, "0")
	if m := other(modeWhole); m.Mode != modeWhole {
		t.Errorf("by name, although it takes longer than people wait: %s", m.Mode)
	}
	if _, problem := run[SendResult](b, "chats.send", SendRequest{Text: "And?", Mode: "magic"}); problem == nil || problem.Code != ProblemBadRequest {
		t.Errorf("no such mode: %+v", problem)
	}
	b.add(house, "long.md", suppliers(0, 60))
	if m := other(modeWhole); m.Problem == nil || m.Problem.Code != ProblemWholeTooLong {
		t.Errorf("too long: %+v", m)
	}
}
