package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"kontor/app/policy"
	"kontor/app/prompts"
	"kontor/llm"
	"kontor/localrag"
)

const (
	// rerankCandidates is how many passages the model puts in order, rerankRunes
	// how much of each it reads: the first lines tell what a passage is about.
	rerankCandidates = 16
	rerankRunes      = 500
	// rerankTokens is room for all the numbers.
	rerankTokens = 96
	// rerankSeconds is how long putting in order may take on this machine.
	rerankSeconds = 3
)

// rerankSchema keeps the model to a list of numbers.
var rerankSchema = json.RawMessage(`{"type":"object","properties":{"order":{"type":"array","items":{"type":"integer"}}},"required":["order"]}`)

// mayRerank says whether the model is asked to put passages in order: only
// where that was switched on, by a model that can, on a machine that reads so
// much quickly.
func (j *answering) mayRerank(model chatModel) bool {
	if !j.app.policy.Switch(policy.Rerank) || model.name == "" || model.trial || j.options.passagesOnly {
		return false
	}
	const tokens = rerankCandidates * rerankRunes / 3 // more than German text has
	return j.app.models.promptSpeed(model) >= tokens/rerankSeconds
}

// rerank lets the model put the passages in order, as a continuation of the
// chat, so that the runtime keeps what it has read. Without a usable answer the
// order stays. The best are kept.
func (j *answering) rerank(ctx context.Context, model chatModel, found *localrag.Result) {
	if len(found.Passages) > 1 {
		order, err := j.askOrder(ctx, model, found.Passages)
		if err != nil && ctx.Err() == nil {
			j.app.log.Warn("put passages in order", "error", err)
		}
		found.Passages = inOrder(found.Passages, order)
	}
	found.Passages = found.Passages[:min(len(found.Passages), passagesPerAnswer)]
}

func (j *answering) askOrder(ctx context.Context, model chatModel, passages []localrag.RankedPassage) ([]int, error) {
	var listed strings.Builder
	for i, p := range passages {
		fmt.Fprintf(&listed, "[%d] %s\n%s\n\n", i+1, p.Heading, clip(p.Text, rerankRunes))
	}
	question := j.options.question
	probe := &answering{app: j.app, principal: j.principal, chat: j.chat, message: Message{ID: j.message.ParentID}}
	in := promptInput{model: model, window: j.app.models.window(model), turns: j.turns(ctx)}
	if len(in.turns) > 0 {
		in.plan = probe.lastPlan(ctx)
	}
	in.instructions = j.app.instructionsOf(ctx, j.chat)
	in.question = prompts.Text(prompts.Rerank, localrag.DetectLanguage(question), "{question}", question, "{passages}", listed.String())
	request, _, err := j.app.buildPrompt(ctx, in)
	if err != nil {
		return nil, err
	}
	exact := 0.0
	request.MaxTokens, request.Temperature, request.Schema = rerankTokens, &exact, rerankSchema
	var written strings.Builder
	if _, err := j.app.models.provider().Chat(ctx, request, func(d llm.Delta) error {
		written.WriteString(d.Text)
		return nil
	}); err != nil {
		return nil, err
	}
	var answer struct {
		Order []int `json:"order"`
	}
	if err := json.Unmarshal([]byte(written.String()), &answer); err != nil {
		return nil, err
	}
	return answer.Order, nil
}

// inOrder puts the named ones (from 1) first and leaves the others as they
// were. Numbers that name nothing, or the same again, are passed over.
func inOrder(passages []localrag.RankedPassage, order []int) []localrag.RankedPassage {
	sorted := make([]localrag.RankedPassage, 0, len(passages))
	taken := make([]bool, len(passages))
	for _, n := range order {
		if n >= 1 && n <= len(passages) && !taken[n-1] {
			taken[n-1] = true
			sorted = append(sorted, passages[n-1])
		}
	}
	for i, p := range passages {
		if !taken[i] {
			sorted = append(sorted, p)
		}
	}
	return sorted
}
