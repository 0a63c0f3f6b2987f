package app

import (
	"context"
	"strings"

	"kontor/localrag"
	"kontor/storage"
)

// EditAnswer puts a person's own version beside an answer and shows it. What
// the model wrote stays as the other version; the new one says that a person
// changed it, and its sentences are compared with the same sources again.
func (c *Chats) EditAnswer(ctx context.Context, p Principal, r EditAnswerRequest) (Chat, error) {
	text := strings.ToValidUTF8(strings.TrimSpace(r.Text), "\uFFFD")
	switch {
	case text == "":
		return Chat{}, &Error{Code: ProblemAnswerEmpty}
	case len(text) > maxQuestion:
		return Chat{}, &Error{Code: ProblemQuestionTooLong}
	}
	history := c.app.historyOf(r.MessageID)
	record, err := history.Message(ctx, p.OwnerID, r.MessageID)
	if err != nil {
		return Chat{}, err
	}
	if record.Role != "assistant" || record.Status == storage.MessageRunning {
		return Chat{}, &Error{Code: ProblemChatBusy}
	}
	chat, err := history.Chat(ctx, p.OwnerID, record.ChatID)
	if err != nil {
		return Chat{}, err
	}
	earlier := messageView(record)
	if earlier.Text == text {
		return c.app.chatView(chat), nil
	}
	release, err := c.app.answers.reserve(chat.ID, r.MessageID)
	if err != nil {
		return Chat{}, err
	}
	edited := earlier
	edited.Mark = nil
	edited.Survey = nil // the words of a person do not go on by themselves
	edited.Text, edited.Reasoning, edited.Problem, edited.ComparedWith = text, "", nil, ""
	edited.Edited = &Edited{From: earlier.ID, At: c.app.now().UnixMilli()}
	edited.Passages, edited.Sentences = checkedAgain(text, earlier.Passages)
	_, err = history.AppendMessages(ctx, p.OwnerID, chat.ID, []storage.Message{{
		ID: c.app.newID(), ChatID: chat.ID, ParentID: record.ParentID, Role: "assistant", Status: storage.MessageComplete,
		Model: record.Model, Digest: record.Digest, Mode: record.Mode, Parts: messageParts(edited),
	}})
	release()
	if err != nil {
		return Chat{}, err
	}
	if chat, err = history.Chat(ctx, p.OwnerID, chat.ID); err != nil {
		return Chat{}, err
	}
	return c.changed(chat), nil
}

// checkedAgain compares the sentences of an edited answer with its sources by
// their words.
func checkedAgain(text string, shown []Passage) ([]Passage, []Sentence) {
	passages, sentences := append([]Passage{}, shown...), []Sentence{}
	for i := range passages {
		passages[i].Cited = false
	}
	if len(passages) == 0 {
		return passages, sentences
	}
	matcher, language := localrag.NewMatcher(shownPassages(shown)), localrag.DetectLanguage(text)
	position := utf16Position{}
	for _, span := range localrag.MarkdownSentences(language, text) {
		match := matcher.MatchSentence(language, text[span.Start:span.End])
		if match.Neutral || match.Undecided {
			continue
		}
		citations := []int{}
		for _, at := range match.Citations {
			passages[at-1].Cited = true
			citations = append(citations, passages[at-1].N)
		}
		sentences = append(sentences, Sentence{
			Start: position.of(text, span.Start), End: position.of(text, span.End), Citations: citations, Supported: match.Supported,
		})
	}
	return passages, sentences
}
