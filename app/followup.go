package app

import (
	"context"
	"strings"

	"kontor/app/prompts"
	"kontor/llm"
	"kontor/localrag"
)

const (
	// rewriteTokens is the longest rewritten question.
	rewriteTokens = 64
	// rewriteSpeed is how many prompt tokens per second a machine must read for
	// a rewrite to cost less than a second. Slower ones join a follow-up with
	// the question before it, which finds nearly as much.
	rewriteSpeed = 150
)

// lookUp finds the passages for the question. A follow-up is completed from
// the chat, by the model where that is quick.
func (j *answering) lookUp(ctx context.Context, model chatModel) (localrag.Result, error) {
	query := localrag.Query{
		Question: j.options.question, History: j.earlierQuestions(ctx), Scope: j.scope(), Limit: passagesPerAnswer,
	}
	if len(query.History) > 0 && j.app.analyser.IsFollowUp(query.Question) {
		query.Standalone = j.rewrite(ctx, model)
	}
	reranks := j.mayRerank(model)
	if reranks {
		query.Limit = rerankCandidates
	}
	found, err := j.app.retrieve(ctx, query)
	if err == nil && reranks {
		j.rerank(ctx, model, &found)
	}
	j.mu.Lock()
	j.message.LookedUp = found.LookedUp
	j.mu.Unlock()
	return found, err
}

// earlierQuestions of the branch that leads to this answer, oldest first; a
// follow-up among them as it was looked up.
func (j *answering) earlierQuestions(ctx context.Context) []string {
	if j.options.ephemeral {
		return nil // a question of the command line has no chat
	}
	stored, err := j.app.history(j.chat.ID).Messages(ctx, j.principal.OwnerID, j.chat.ID)
	if err != nil {
		j.app.log.Error("read history", "error", err)
		return nil
	}
	var questions []string
	for _, m := range branch(stored, j.message.ID) {
		if m.ID == j.message.ParentID || m.ID == j.message.ID {
			break
		}
		view := messageView(m)
		switch {
		case m.Role == "user":
			questions = append(questions, view.Text)
		case view.LookedUp != "" && len(questions) > 0:
			questions[len(questions)-1] = view.LookedUp
		}
	}
	return questions[max(0, len(questions)-2):]
}

// rewrite asks the model for a question that stands alone, as a continuation
// of the chat, so that the runtime keeps what it has read. "" if the model is
// too slow or too weak for it, or wrote something else.
func (j *answering) rewrite(ctx context.Context, model chatModel) string {
	turns := j.turns(ctx)
	if model.name == "" || model.trial || j.options.passagesOnly || len(turns) == 0 || j.app.models.promptSpeed(model) < rewriteSpeed {
		return ""
	}
	question := j.options.question
	probe := &answering{app: j.app, principal: j.principal, chat: j.chat, message: Message{ID: j.message.ParentID}}
	in := promptInput{model: model, window: j.app.models.window(model), turns: turns, plan: probe.lastPlan(ctx)}
	in.instructions = j.app.instructionsOf(ctx, j.chat)
	in.question = prompts.Text(prompts.Rewrite, localrag.DetectLanguage(turns[0].question), "{question}", question)
	request, _, err := j.app.buildPrompt(ctx, in)
	if err != nil {
		return ""
	}
	request.MaxTokens = rewriteTokens
	var written strings.Builder
	if _, err := j.app.models.provider().Chat(ctx, request, func(d llm.Delta) error {
		written.WriteString(d.Text)
		return nil
	}); err != nil {
		if ctx.Err() == nil {
			j.app.log.Warn("rewrite follow-up", "error", err)
		}
		return ""
	}
	return cleanRewrite(written.String(), question)
}

// cleanRewrite takes the first line. What is no question of about that length
// is an answer, or the model was lost.
func cleanRewrite(text, question string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.Trim(strings.TrimSpace(line), "\"„“”*")
	if line == question || len(line) < 8 || len(line) > len(question)+200 || !strings.HasSuffix(line, "?") {
		return ""
	}
	return line
}
