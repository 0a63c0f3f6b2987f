package app

import (
	"context"
	"strings"
	"unicode/utf8"

	"kontor/storage"
)

// maxQuestion is the longest question that is taken, in bytes. It is far above
// any model's window on a desktop; the window's own limit is told by Budget.
const maxQuestion = 4 << 20

// Chats is the service for conversations.
type Chats struct{ app *App }

func (c *Chats) register(s *Surface) {
	handle(s, "chats.list", c.List)
	handle(s, "chats.open", c.Open)
	handle(s, "chats.messages", c.Messages)
	handle(s, "chats.find", c.Find)
	handle(s, "chats.update", c.Update)
	handle(s, "chats.delete", c.Delete)
	handle(s, "chats.restore", c.Restore)
	handle(s, "chats.send", c.Send)
	handle(s, "chats.regenerate", c.Regenerate)
	handle(s, "chats.stop", c.Stop)
	handle(s, "chats.offer", c.Offer)
	handle(s, "chats.keep", c.Keep)
	handle(s, "chats.compare", c.Compare)
	handle(s, "chats.choose", c.Choose)
	handle(s, "chats.continue", c.Continue)
	handle(s, "chats.mark", c.Mark)
	handle(s, "chats.marks", c.Marks)
	handle(s, "chats.editAnswer", c.EditAnswer)
}

// List returns a page of conversations; the first one tells the temporary ones, too.
func (c *Chats) List(ctx context.Context, p Principal, r ChatListRequest) (ChatList, error) {
	limit := r.Limit
	if limit <= 0 || limit > 500 {
		limit = 100
	}
	list := ChatList{Chats: []Chat{}, Temporary: []Chat{}}
	if r.Before == 0 {
		for _, record := range c.app.temporary.list(p.OwnerID) {
			list.Temporary = append(list.Temporary, c.app.chatView(record))
		}
	}
	records, err := c.app.db.ChatsOn(ctx, p.OwnerID, storage.ChatShelf{
		FolderID: r.FolderID, Loose: r.Shelf == "loose", Pinned: r.Shelf == "pinned", Archived: r.Shelf == "archived",
	}, limit+1, r.Before)
	if err != nil {
		return list, err
	}
	if len(records) > limit {
		records = records[:limit]
		list.More = records[limit-1].UpdatedAt
	}
	for _, record := range records {
		list.Chats = append(list.Chats, c.app.chatView(record))
	}
	return list, nil
}

// Update changes title, model, collections or the shown branch.
func (c *Chats) Update(ctx context.Context, p Principal, r ChatUpdateRequest) (Chat, error) {
	update := storage.ChatUpdate{Model: r.Model, CollectionIDs: r.CollectionIDs, ActiveLeaf: r.ActiveLeaf}
	c.shelve(&update, r)
	if r.Title != nil {
		title := strings.TrimSpace(*r.Title)
		if title == "" {
			return Chat{}, &Error{Code: ProblemNameEmpty}
		}
		byUser := titleByUser
		title = clip(title, 200)
		update.Title, update.TitleSource = &title, &byUser
	}
	if r.CollectionIDs != nil {
		none := ""
		update.PinnedDocumentID = &none
	}
	record, err := c.app.history(r.ID).UpdateChat(ctx, p.OwnerID, r.ID, update)
	if err != nil {
		return Chat{}, err
	}
	if r.FolderID != nil || r.Archived != nil {
		c.app.shelf.moved(ctx, p)
	}
	return c.changed(record), nil
}

func (c *Chats) changed(record storage.Chat) Chat {
	view := c.app.chatView(record)
	c.app.bus.Publish(Event{ChatChanged: &view})
	return view
}

// Delete hides a conversation; it can be restored until it is purged.
func (c *Chats) Delete(ctx context.Context, p Principal, r ByID) (Empty, error) {
	c.app.answers.stopIn(r.ID)
	if c.app.temporary.has(r.ID) {
		return Empty{}, c.endTemporary(ctx, p.OwnerID, r.ID)
	}
	if err := c.app.db.DeleteChat(ctx, p.OwnerID, r.ID); err != nil {
		return Empty{}, err
	}
	c.app.bus.Publish(Event{ChatRemoved: &ByID{ID: r.ID}})
	c.app.shelf.moved(ctx, p)
	return Empty{}, nil
}

// Restore takes a deletion back.
func (c *Chats) Restore(ctx context.Context, p Principal, r ByID) (Chat, error) {
	record, err := c.app.db.RestoreChat(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Chat{}, err
	}
	c.app.shelf.moved(ctx, p)
	return c.changed(record), nil
}

// Send stores a question and starts its answer. It returns when both are on
// the disk; the answer comes as events and goes on without the caller.
func (c *Chats) Send(ctx context.Context, p Principal, r SendRequest) (SendResult, error) {
	result, err := c.send(ctx, p, r, c.app.newID())
	if err == nil && r.ParentID == "" {
		c.app.composing.dropDraft(context.WithoutCancel(ctx), p, r.ChatID)
	}
	if err == nil && result.Chat.Temporary {
		c.app.images.unwrite(context.WithoutCancel(ctx), p, result.Question.Images)
	}
	return result, err
}

// send is Send for a question whose id is chosen.
func (c *Chats) send(ctx context.Context, p Principal, r SendRequest, questionID string) (SendResult, error) {
	text := strings.TrimSpace(r.Text)
	switch {
	case text == "":
		return SendResult{}, &Error{Code: ProblemQuestionEmpty}
	case len(text) > maxQuestion:
		return SendResult{}, &Error{Code: ProblemQuestionTooLong}
	}
	if err := checkMode(r.Mode); err != nil {
		return SendResult{}, err
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if err := c.app.briefed(ctx, p); err != nil {
		return SendResult{}, err
	}
	asked := Asked{Mode: r.Mode, Table: r.Table}
	chat, err := c.chatFor(ctx, p, r)
	if err != nil {
		return SendResult{}, err
	}
	options := wishes(asked, r.Formulate || r.CompareModel != "", "")
	options.question = text
	if options.images, err = c.app.images.check(ctx, p, chat, r); err != nil {
		c.takeBack(ctx, p, r, chat)
		return SendResult{}, err
	}
	if r.Filter != nil {
		options.filter = *r.Filter
	}
	if options, err = c.app.withFilter(ctx, p, chat.CollectionIDs, options); err != nil {
		return SendResult{}, err
	}
	question := storage.Message{
		ID: questionID, ChatID: chat.ID, ParentID: r.ParentID, Role: "user", Status: storage.MessageComplete,
		Parts: messageParts(Message{Text: text, Asked: &asked, Images: options.images}),
	}
	if options.filter.limits() {
		question.Parts = append(question.Parts, storage.Part{Type: partFilter, Data: mustJSON(options.filter)})
	}
	if r.ParentID == "" && r.ChatID != "" {
		question.ParentID = chat.ActiveLeaf
	}
	if r.ParentID == "root" { // a first question written anew
		question.ParentID = ""
	}
	answer := storage.Message{ID: c.app.newID(), ChatID: chat.ID, ParentID: question.ID, Role: "assistant", Status: storage.MessageRunning}
	turn := append([]storage.Message{question}, c.pair(answer, r.CompareModel)...)
	release, err := c.app.answers.reserve(chat.ID, answer.ID)
	if err != nil {
		return SendResult{}, err
	}
	stored, err := c.app.history(chat.ID).AppendMessages(ctx, p.OwnerID, chat.ID, turn)
	if err != nil {
		release()
		c.takeBack(ctx, p, r, chat)
		return SendResult{}, err
	}
	c.app.images.bind(p, chat.ID, options.images)
	if chat.TitleSource == "" { // a chat whose first title was lost
		title, source := titleFromQuestion(text), titleByQuestion
		if updated, err := c.app.history(chat.ID).UpdateChat(ctx, p.OwnerID, chat.ID, storage.ChatUpdate{Title: &title, TitleSource: &source}); err == nil {
			chat = updated
		}
	}
	job := c.app.answers.begin(p, chat, stored[1], options)
	var second *answering
	if len(stored) > 2 {
		second, chat = c.beginBeside(ctx, job, chat, stored[2], r.CompareModel)
	}
	result := SendResult{Question: messageView(stored[0]), Answer: job.snapshot(), Chat: c.app.chatView(chat)}
	c.app.bus.Publish(Event{ChatChanged: &result.Chat})
	c.app.bus.Publish(Event{AnswerStarted: &AnswerStarted{Question: &result.Question, Answer: result.Answer}})
	job.start()
	if second != nil {
		c.app.bus.Publish(Event{AnswerStarted: &AnswerStarted{Answer: second.snapshot()}})
		second.start()
	}
	return result, nil
}

// takeBack deletes a chat whose first question could not be stored: without it
// the chat is nothing a person made.
func (c *Chats) takeBack(ctx context.Context, p Principal, r SendRequest, chat storage.Chat) {
	if r.ChatID != "" {
		return
	}
	if err := c.app.history(chat.ID).DeleteChat(context.WithoutCancel(ctx), p.OwnerID, chat.ID); err != nil {
		c.app.log.Error("take back an empty chat", "chat", chat.ID, "error", err)
	}
}

// chatFor opens the chat of a question or makes a new one.
func (c *Chats) chatFor(ctx context.Context, p Principal, r SendRequest) (storage.Chat, error) {
	if r.ChatID != "" {
		return c.app.history(r.ChatID).Chat(ctx, p.OwnerID, r.ChatID)
	}
	temporary, err := c.app.temporary.wanted(r.Temporary)
	if err != nil {
		return storage.Chat{}, err
	}
	start, err := c.app.startWith(ctx, p, r.AssistantID)
	if err == nil {
		start, err = start.with(r.Setup)
	}
	if err != nil {
		return storage.Chat{}, err
	}
	chat, err := c.inFolder(ctx, p, storage.Chat{
		Model:         start.model,
		CollectionIDs: r.CollectionIDs, Title: titleFromQuestion(r.Text), TitleSource: titleByQuestion, FolderID: r.FolderID,
	})
	if err != nil {
		return chat, err
	}
	if temporary {
		chat = c.app.temporary.create(p.OwnerID, chat)
		return chat, start.keep(ctx, p, chat.ID)
	}
	chat, err = c.app.db.CreateChat(ctx, p.OwnerID, chat)
	if err == nil {
		err = start.keep(ctx, p, chat.ID)
	}
	if err == nil && chat.FolderID != "" {
		c.app.shelf.moved(ctx, p)
	}
	return chat, err
}

// Regenerate writes another answer beside an earlier one.
func (c *Chats) Regenerate(ctx context.Context, p Principal, r RegenerateRequest) (RegenerateResult, error) {
	if err := checkMode(r.Mode); err != nil {
		return RegenerateResult{}, err
	}
	earlier, err := c.app.historyOf(r.MessageID).Message(ctx, p.OwnerID, r.MessageID)
	if err != nil {
		return RegenerateResult{}, err
	}
	question, err := c.app.historyOf(earlier.ParentID).Message(ctx, p.OwnerID, earlier.ParentID)
	if err != nil {
		return RegenerateResult{}, err
	}
	chat, err := c.app.history(earlier.ChatID).Chat(ctx, p.OwnerID, earlier.ChatID)
	if err != nil {
		return RegenerateResult{}, err
	}
	asked := messageView(question)
	options := wishes(askedOf(question), r.Formulate, r.Mode)
	options.images = asked.Images
	if options.question = asked.Text; r.Resume {
		options = resumed(options, messageView(earlier))
	}
	if asked.Filter != nil {
		options.filter = *asked.Filter
	}
	if options, err = c.app.withFilter(ctx, p, chat.CollectionIDs, options); err != nil {
		return RegenerateResult{}, err
	}
	answer := storage.Message{ID: c.app.newID(), ChatID: chat.ID, ParentID: question.ID, Role: "assistant", Status: storage.MessageRunning}
	if r.Compare {
		answer.Parts = []storage.Part{{Type: partCompared, Text: earlier.ID}}
	}
	release, err := c.app.answers.reserve(chat.ID, answer.ID)
	if err != nil {
		return RegenerateResult{}, err
	}
	stored, err := c.app.history(chat.ID).AppendMessages(ctx, p.OwnerID, chat.ID, []storage.Message{answer})
	if err != nil {
		release()
		return RegenerateResult{}, err
	}
	if r.Compare {
		chat = c.besideEarlier(ctx, p, chat, earlier, stored[0])
	}
	with := chat // the chat keeps its own model
	if r.Model != "" {
		with.Model = r.Model
	}
	job := c.app.answers.begin(p, with, stored[0], options)
	if r.Compare {
		job.expected = c.app.models.known(r.Model)
	}
	if all, err := c.app.history(chat.ID).Messages(ctx, p.OwnerID, chat.ID); err == nil {
		job.message.Siblings = siblings(all, stored[0])
	}
	result := RegenerateResult{Answer: job.snapshot(), Chat: c.app.chatView(chat)}
	c.app.bus.Publish(Event{ChatChanged: &result.Chat})
	c.app.bus.Publish(Event{AnswerStarted: &AnswerStarted{Answer: result.Answer}})
	job.start()
	return result, nil
}

// Stop ends a running answer and returns what was written. Stopping an answer
// that has ended changes nothing.
func (c *Chats) Stop(ctx context.Context, p Principal, r ByID) (Message, error) {
	c.app.answers.stop(r.ID)
	record, err := c.app.historyOf(r.ID).Message(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Message{}, err
	}
	c.app.composing.follow(p, record.ChatID) // whoever stops an answer wants the next one
	return messageView(record), nil
}

// Where a title came from.
const (
	titleByQuestion = "question"
	titleByModel    = "model"
	titleByUser     = "user"
)

// titleFromQuestion makes a first title: the first line, cut at a word.
func titleFromQuestion(question string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(question), "\n")
	line = strings.Join(strings.Fields(line), " ")
	if utf8.RuneCountInString(line) <= 60 {
		return line
	}
	cut := clip(line, 60)
	if blank := strings.LastIndexByte(cut, ' '); blank > 30 {
		cut = cut[:blank]
	}
	return strings.TrimRight(cut, " ,;:–-") + " …"
}

// clip cuts a text after n characters.
func clip(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
