package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"kontor/app/policy"
	"kontor/app/prompts"
	"kontor/llm"
	"kontor/localrag"
)

// promptInput is what a prompt is built from.
type promptInput struct {
	model  chatModel
	window int
	// begun is how many tokens the beginning of the answer takes that is gone on with.
	begun    int
	plan     answerPlan
	turns    []turn
	question string
	// images belong to the question; see reads those of any turn, nil if the
	// model cannot see.
	images []Image
	see    func([]Image) []llm.Image
	// instructions of the settings and the chat, at the end of the system text.
	instructions string
}

// promptBudget says what a prompt holds and what it had to leave out.
type promptBudget struct {
	tokens          int
	exact           bool
	leftOutTurns    int
	leftOutPassages int
}

// turnsPerCut is how many turns are left out at once when the window is full:
// cutting one at each question would change the start of the prompt each time
// and with it cost the runtime its cache.
const turnsPerCut = 4

// trialAnswer is the longest answer of a trial model, in tokens: it does not
// find an end by itself and would fill the window.
const trialAnswer = 512

// answerReserve is how many tokens of a window are kept for the answer.
func answerReserve(window int) int { return min(1024, window/4) }

// buildPrompt lays out a request so that everything but the last turn stays
// byte-identical from question to question, counts it before it is sent, and
// leaves out the oldest turns, then the last passages, until it fits.
func (a *App) buildPrompt(ctx context.Context, in promptInput) (llm.Request, promptBudget, error) {
	limit := in.window - answerReserve(in.window) - in.begun
	if in.model.sees {
		in.see = a.images.reader(a.owner)
	}
	passages := a.affordablePassages(in)
	if in.plan.mode == modeRetrieve {
		passages = a.widened(in, passages)
	}
	mark := ""
	if len(passages) > 0 {
		mark = newMark()
	}
	budget := promptBudget{leftOutPassages: len(in.plan.passages) - len(passages), leftOutTurns: surelyTooOld(in.turns, limit)}
	if in.plan.mode == modeWhole || in.plan.mode == "" {
		budget.leftOutPassages = 0
	}
	for {
		request := llm.Request{
			Model: in.model.name, ContextWindow: in.window, MaxTokens: answerReserve(in.window), Think: in.model.wishes.think(),
			Messages: layOut(in, in.turns[budget.leftOutTurns:], passages, mark),
		}
		count, err := a.models.provider().CountTokens(ctx, request)
		if err != nil {
			return request, budget, err
		}
		budget.tokens, budget.exact = count.Tokens, count.Exact
		if count.Tokens <= limit {
			request.MaxTokens = in.window - count.Tokens
			if in.model.trial {
				request.MaxTokens = min(request.MaxTokens, trialAnswer)
			}
			return request, budget, nil
		}
		switch {
		case budget.leftOutTurns < len(in.turns):
			budget.leftOutTurns = min(len(in.turns), budget.leftOutTurns+turnsPerCut)
		case len(passages) > 1:
			passages = passages[:len(passages)-1]
			budget.leftOutPassages++
		default:
			return request, budget, &Error{Code: ProblemQuestionTooLong, Args: map[string]string{
				"tokens": fmt.Sprint(count.Tokens), "limit": fmt.Sprint(limit),
			}}
		}
	}
}

// densestToken is more than any vocabulary packs into a token on average over
// a whole chat.
const densestToken = 16

// surelyTooOld is how many of the oldest turns cannot fit whatever the
// vocabulary: counting a chat of thousands again and again takes seconds.
func surelyTooOld(turns []turn, limit int) int {
	room, fit := limit*densestToken, 0
	for i := len(turns) - 1; i >= 0; i-- {
		if room -= len(turns[i].question) + len(turns[i].answer); room < 0 {
			break
		}
		fit++
	}
	return (len(turns) - fit) / turnsPerCut * turnsPerCut
}

// readInTime is how many tokens a model reads in the time people wait.
func (a *App) readInTime(model chatModel) float64 {
	return float64(max(a.policy.Number(policy.ReadingSeconds), 5)) * a.models.promptSpeed(model)
}

// affordablePassages are as many of the best passages as this machine reads in
// the time people wait, but at least three.
func (a *App) affordablePassages(in promptInput) []localrag.Passage {
	if in.plan.mode == modeAll {
		return in.plan.passages // findings: all that fit
	}
	if in.plan.mode != modeRetrieve {
		return nil
	}
	room := a.readInTime(in.model)
	for i, p := range in.plan.passages {
		room -= float64(len(p.Text)) / charactersPerToken
		if room < 0 && i >= 3 {
			return in.plan.passages[:i]
		}
	}
	return in.plan.passages
}

// layOut orders the prompt: what never changes first, what changes last.
func layOut(in promptInput, turns []turn, passages []localrag.Passage, mark string) []llm.Message {
	language := in.plan.language
	if language == "" {
		language = localrag.DetectLanguage(in.question)
	}
	var system string
	switch in.plan.mode {
	case modeWhole:
		// The language of a pinned document's prompt must not change with the
		// question, or the whole document would be read again.
		documents := wholeText(in.plan.whole)
		system = prompts.Text(prompts.Whole, localrag.DetectLanguage(clip(documents, 4000)), "{documents}", documents)
	case modeRetrieve, modeAll:
		system = prompts.Text(prompts.Documents, firstLanguage(turns, language))
	default:
		system = prompts.Text(prompts.Chat, firstLanguage(turns, language))
	}
	if in.instructions != "" {
		system += "\n\n" + in.instructions
	}
	messages := []llm.Message{{Role: llm.System, Text: system}}
	for _, t := range turns {
		messages = append(messages, llm.Message{Role: llm.User, Text: t.question, Images: in.pictures(t.images)}, llm.Message{Role: llm.Assistant, Text: t.answer})
	}
	last := in.question
	if len(passages) > 0 {
		last = prompts.Text(prompts.Question, language, "{mark}", mark, "{passages}", passageText(passages, mark), "{question}", in.question)
	}
	return append(messages, llm.Message{Role: llm.User, Text: last, Images: in.pictures(in.images)})
}

// pictures are those of a turn as the model gets them.
func (in promptInput) pictures(images []Image) []llm.Image {
	if in.see == nil || len(images) == 0 {
		return nil
	}
	return in.see(images)
}

// firstLanguage keeps the system text in the language the chat began in.
func firstLanguage(turns []turn, language string) string {
	if len(turns) > 0 {
		if first := localrag.DetectLanguage(turns[0].question); first != "" {
			return first
		}
	}
	return language
}

// wholeText joins documents for the unchanging start of a prompt.
func wholeText(documents []wholeDocument) string {
	var b strings.Builder
	for i, d := range documents {
		if i > 0 {
			b.WriteString("\n\n")
		}
		fmt.Fprintf(&b, "=== %s ===\n%s", d.title, strings.TrimSpace(d.text))
	}
	return b.String()
}

// passageText numbers passages and fences each with a mark that no document
// can know beforehand.
func passageText(passages []localrag.Passage, mark string) string {
	var b strings.Builder
	for i, p := range passages {
		fmt.Fprintf(&b, "%s [%d] %s", mark, i+1, p.Document)
		if p.Location.Part != "" {
			fmt.Fprintf(&b, ", %s", p.Location.Part)
		}
		if p.Location.Page > 0 {
			fmt.Fprintf(&b, ", %d", p.Location.Page)
		}
		if p.Location.Heading != "" {
			fmt.Fprintf(&b, ", %s", p.Location.Heading)
		}
		fmt.Fprintf(&b, "\n%s\n%s\n\n", strings.TrimSpace(p.Text), mark)
	}
	return strings.TrimSpace(b.String())
}

// newMark is a random fence.
func newMark() string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails (Go 1.24)
	return "~" + hex.EncodeToString(random[:]) + "~"
}
