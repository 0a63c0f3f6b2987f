package app

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"kontor/app/policy"
	"kontor/storage"
)

// chatStore keeps chats with their messages: the database, or the memory for
// temporary ones. Both give the errors of storage.
type chatStore interface {
	Chat(ctx context.Context, owner, id string) (storage.Chat, error)
	UpdateChat(ctx context.Context, owner, id string, u storage.ChatUpdate) (storage.Chat, error)
	DeleteChat(ctx context.Context, owner, id string) error
	messageStore
}

// messageStore is the part of chatStore for messages.
type messageStore interface {
	Message(ctx context.Context, owner, id string) (storage.Message, error)
	Messages(ctx context.Context, owner, chatID string) ([]storage.Message, error)
	MessagesOf(ctx context.Context, owner, chatID string, ids []string) ([]storage.Message, error)
	MessageTree(ctx context.Context, owner, chatID string) ([]storage.MessageNode, error)
	AppendMessages(ctx context.Context, owner, chatID string, messages []storage.Message) ([]storage.Message, error)
	UpdateMessage(ctx context.Context, owner, id string, u storage.MessageUpdate) (storage.Message, error)
}

// history is where a chat is kept.
func (a *App) history(chatID string) chatStore {
	if a.temporary.has(chatID) {
		return a.temporary
	}
	return a.db
}

// historyOf is where a message is kept.
func (a *App) historyOf(messageID string) chatStore {
	if a.temporary.hasMessage(messageID) {
		return a.temporary
	}
	return a.db
}

// Values of [policy.TemporaryChats].
const (
	temporaryOff    = "off"
	temporaryAlways = "always"
)

// temporaryIdle is how long a temporary chat that nobody uses is kept: a page
// may have been closed without ending it.
const temporaryIdle = 12 * time.Hour

// temporaryChats are chats that are never written: they are in this memory
// only and end with the program, or when a person ends them.
type temporaryChats struct {
	app *App
	mu  sync.Mutex
	// chats by id; in says which of them holds a message.
	chats map[string]*temporaryChat
	in    map[string]string
	// images are their pictures.
	images *heldImages
}

type temporaryChat struct {
	chat         storage.Chat
	messages     []storage.Message
	instructions string
	setup        storage.ChatSetup
	start        string // the message it is sent along from, "" for the first
	waiting      []storage.QueuedQuestion
	used         time.Time
}

func newTemporaryChats(a *App) *temporaryChats {
	return &temporaryChats{app: a, chats: map[string]*temporaryChat{}, in: map[string]string{}, images: newHeldImages(a.config.Now)}
}

func (t *temporaryChats) has(chatID string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.chats[chatID] != nil
}

func (t *temporaryChats) hasMessage(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.in[id] != ""
}

// wanted says whether a new chat is to be temporary; an error if that is not
// allowed here.
func (t *temporaryChats) wanted(asked bool) (bool, error) {
	switch t.app.policy.Text(policy.TemporaryChats) {
	case temporaryAlways:
		return true, nil
	case temporaryOff:
		if asked {
			return false, &Error{Code: ProblemTemporaryOff}
		}
	}
	return asked, nil
}

// create begins a temporary chat.
func (t *temporaryChats) create(owner string, c storage.Chat) storage.Chat {
	now := t.app.now()
	c.ID, c.OwnerID, c.FolderID = t.app.newID(), owner, ""
	c.CreatedAt, c.UpdatedAt = now.UnixMilli(), now.UnixMilli()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.chats[c.ID] = &temporaryChat{chat: c, used: now}
	return c
}

// list gives an owner's temporary chats, newest first.
func (t *temporaryChats) list(owner string) []storage.Chat {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []storage.Chat
	for _, c := range t.chats {
		if c.chat.OwnerID == owner {
			list = append(list, c.chat)
		}
	}
	slices.SortFunc(list, func(a, b storage.Chat) int { return int(b.UpdatedAt - a.UpdatedAt) })
	return list
}

// idle are the chats that nobody used for long.
func (t *temporaryChats) idle() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	owners := map[string]string{}
	for id, c := range t.chats {
		if t.app.now().Sub(c.used) > temporaryIdle && t.app.answers.runningIn(id) == "" {
			owners[id] = c.chat.OwnerID
		}
	}
	return owners
}

// of finds an owner's chat; the lock is held.
func (t *temporaryChats) of(owner, id string) (*temporaryChat, error) {
	c := t.chats[id]
	if c == nil || c.chat.OwnerID != owner {
		return nil, &storage.Error{Code: storage.CodeNotFound}
	}
	c.used = t.app.now()
	return c, nil
}

// Chat implements chatStore, as do the methods below.
func (t *temporaryChats) Chat(_ context.Context, owner, id string) (storage.Chat, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, err := t.of(owner, id)
	if err != nil {
		return storage.Chat{}, err
	}
	return c.chat, nil
}

// UpdateChat changes what a temporary chat can have: it is in no folder and has no tags.
func (t *temporaryChats) UpdateChat(_ context.Context, owner, id string, u storage.ChatUpdate) (storage.Chat, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, err := t.of(owner, id)
	if err != nil {
		return storage.Chat{}, err
	}
	set := func(field, value *string) {
		if value != nil {
			*field = *value
		}
	}
	set(&c.chat.Title, u.Title)
	set(&c.chat.TitleSource, u.TitleSource)
	set(&c.chat.Model, u.Model)
	set(&c.chat.PinnedDocumentID, u.PinnedDocumentID)
	if u.ActiveLeaf != nil && t.in[*u.ActiveLeaf] == id {
		c.chat.ActiveLeaf = *u.ActiveLeaf
	}
	if u.CollectionIDs != nil {
		c.chat.CollectionIDs = slices.Clone(*u.CollectionIDs)
	}
	return c.chat, nil
}

// DeleteChat forgets a chat; it cannot be restored.
func (t *temporaryChats) DeleteChat(_ context.Context, owner, id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.of(owner, id); err != nil {
		return err
	}
	delete(t.chats, id)
	t.images.end(id)
	maps.DeleteFunc(t.in, func(_, chatID string) bool { return chatID == id })
	return nil
}

func (t *temporaryChats) Message(_ context.Context, owner, id string) (storage.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.message(owner, id)
	if err != nil {
		return storage.Message{}, err
	}
	return *m, nil
}

// message finds one in its chat; the lock is held.
func (t *temporaryChats) message(owner, id string) (*storage.Message, error) {
	c, err := t.of(owner, t.in[id])
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(c.messages, func(m storage.Message) bool { return m.ID == id })
	return &c.messages[at], nil
}

func (t *temporaryChats) Messages(_ context.Context, owner, chatID string) ([]storage.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, err := t.of(owner, chatID)
	if err != nil {
		return nil, err
	}
	return slices.Clone(c.messages), nil
}

func (t *temporaryChats) MessagesOf(ctx context.Context, owner, chatID string, ids []string) ([]storage.Message, error) {
	all, err := t.Messages(ctx, owner, chatID)
	return slices.DeleteFunc(all, func(m storage.Message) bool { return !slices.Contains(ids, m.ID) }), err
}

func (t *temporaryChats) MessageTree(ctx context.Context, owner, chatID string) ([]storage.MessageNode, error) {
	all, err := t.Messages(ctx, owner, chatID)
	nodes := make([]storage.MessageNode, len(all))
	for i, m := range all {
		nodes[i] = storage.MessageNode{ID: m.ID, ParentID: m.ParentID}
	}
	return nodes, err
}

func (t *temporaryChats) AppendMessages(_ context.Context, owner, chatID string, messages []storage.Message) ([]storage.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, err := t.of(owner, chatID)
	if err != nil {
		return nil, err
	}
	now := t.app.now().UnixMilli()
	added := slices.Clone(messages)
	for i := range added {
		m := &added[i]
		if m.ParentID != "" && t.in[m.ParentID] != chatID {
			return nil, &storage.Error{Code: storage.CodeNotFound}
		}
		m.ChatID, m.CreatedAt, m.UpdatedAt = chatID, now, now
		t.in[m.ID] = chatID
		c.messages = append(c.messages, *m)
		c.chat.ActiveLeaf, c.chat.UpdatedAt = m.ID, now
	}
	return added, nil
}

func (t *temporaryChats) UpdateMessage(_ context.Context, owner, id string, u storage.MessageUpdate) (storage.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.message(owner, id)
	if err != nil {
		return storage.Message{}, err
	}
	set := func(field, value *string) {
		if value != nil {
			*field = *value
		}
	}
	set(&m.Status, u.Status)
	set(&m.Model, u.Model)
	set(&m.Digest, u.Digest)
	set(&m.Mode, u.Mode)
	if u.Parts != nil {
		m.Parts = *u.Parts
	}
	if u.Facts != nil {
		m.Facts = *u.Facts
	}
	m.UpdatedAt = t.app.now().UnixMilli()
	return *m, nil
}

// instructions reads, and with a text sets, what the model is told in a chat.
func (t *temporaryChats) instructions(owner, id string, text *string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, err := t.of(owner, id)
	if err != nil {
		return "", err
	}
	if text != nil {
		c.instructions = *text
	}
	return c.instructions, nil
}

// chatSetup is what a chat was started with.
func (a *App) chatSetup(ctx context.Context, owner, id string) (storage.ChatSetup, error) {
	if !a.temporary.has(id) {
		return a.db.ChatSetup(ctx, owner, id)
	}
	a.temporary.mu.Lock()
	defer a.temporary.mu.Unlock()
	c, err := a.temporary.of(owner, id)
	if err != nil {
		return storage.ChatSetup{}, err
	}
	return c.setup, nil
}

func (a *App) setChatSetup(ctx context.Context, owner, id string, setup storage.ChatSetup) error {
	if !a.temporary.has(id) {
		return a.db.SetChatSetup(ctx, owner, id, setup)
	}
	return a.temporary.change(owner, id, func(c *temporaryChat) { c.setup = setup })
}

// change changes a chat beside its messages.
func (t *temporaryChats) change(owner, id string, f func(*temporaryChat)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, err := t.of(owner, id)
	if err == nil {
		f(c)
	}
	return err
}

// chatStart is the message a chat is sent along from.
func (a *App) chatStart(ctx context.Context, chat storage.Chat) (start string, err error) {
	if !a.temporary.has(chat.ID) {
		return a.db.ChatStart(ctx, chat.OwnerID, chat.ID)
	}
	err = a.temporary.change(chat.OwnerID, chat.ID, func(c *temporaryChat) { start = c.start })
	return start, err
}
