package app

import (
	"context"
	"slices"

	"kontor/storage"
)

// maxPage is the most messages of one page.
const maxPage = 500

// Open returns a conversation with the branch that is shown, or a part of it. A
// running answer is complete up to Seq.
func (c *Chats) Open(ctx context.Context, p Principal, r ChatOpenRequest) (ChatView, error) {
	seq := c.app.bus.Seq()
	record, err := c.app.history(r.ID).Chat(ctx, p.OwnerID, r.ID)
	if err != nil {
		return ChatView{}, err
	}
	nodes, err := c.app.history(r.ID).MessageTree(ctx, p.OwnerID, r.ID)
	if err != nil {
		return ChatView{}, err
	}
	shown := pathTo(nodes, record.ActiveLeaf)
	view := ChatView{Chat: c.app.chatView(record), Seq: seq}
	from, to := part(shown, r, view.Chat.RunningMessageID != "")
	view.Earlier, view.Later = from, len(shown)-to
	view.Messages, err = c.views(ctx, p, r.ID, nodes, shown[from:to])
	return view, err
}

// part says which messages of the shown branch are opened.
func part(shown []string, r ChatOpenRequest, running bool) (from, to int) {
	to = len(shown)
	if r.Limit <= 0 || r.Limit >= to {
		return 0, to
	}
	at := -1
	if r.Around != "" {
		at = slices.Index(shown, r.Around)
	}
	if at < 0 {
		return to - r.Limit, to
	}
	from = min(max(0, at-r.Limit/2), to-r.Limit)
	if running {
		return from, to
	}
	return from, from + r.Limit
}

// Messages returns the messages before or after one of them, on its branch.
func (c *Chats) Messages(ctx context.Context, p Principal, r MessagesRequest) (MessagePage, error) {
	record, err := c.app.history(r.ChatID).Chat(ctx, p.OwnerID, r.ChatID)
	if err != nil {
		return MessagePage{}, err
	}
	nodes, err := c.app.history(r.ChatID).MessageTree(ctx, p.OwnerID, r.ChatID)
	if err != nil {
		return MessagePage{}, err
	}
	shown := pathTo(nodes, record.ActiveLeaf)
	at := slices.Index(shown, r.MessageID)
	if at < 0 { // another branch has been chosen meanwhile
		shown = pathTo(nodes, r.MessageID)
		at = slices.Index(shown, r.MessageID)
	}
	page := MessagePage{Messages: []Message{}}
	if at < 0 {
		return page, nil
	}
	limit := r.Limit
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	wanted := shown[max(0, at-limit):at]
	page.More = at - len(wanted)
	if r.Later {
		wanted = shown[at+1 : min(len(shown), at+1+limit)]
		page.More = len(shown) - at - 1 - len(wanted)
	}
	page.Messages, err = c.views(ctx, p, r.ChatID, nodes, wanted)
	return page, err
}

// views reads messages as the page meets them, in the order of ids. One that is
// being written comes from memory.
func (c *Chats) views(ctx context.Context, p Principal, chatID string, nodes []storage.MessageNode, ids []string) ([]Message, error) {
	views := make([]Message, 0, len(ids))
	stored, err := c.app.history(chatID).MessagesOf(ctx, p.OwnerID, chatID, ids)
	if err != nil {
		return views, err
	}
	byID := make(map[string]storage.Message, len(stored))
	for _, m := range stored {
		byID[m.ID] = m
	}
	beside := map[string][]string{}
	for _, n := range nodes {
		beside[n.ParentID] = append(beside[n.ParentID], n.ID)
	}
	for _, id := range ids {
		m, known := byID[id]
		if !known {
			continue
		}
		message := messageView(m)
		if running := c.app.answers.get(id); running != nil {
			message = running.snapshot()
		}
		message.Siblings = beside[m.ParentID]
		views = append(views, message)
	}
	return views, c.compared(ctx, p, chatID, views)
}

// pathTo walks from a leaf to the root and returns the ids, oldest first. A leaf
// that has children is followed to the newest end of its branch.
func pathTo(nodes []storage.MessageNode, leaf string) []string {
	parent := make(map[string]string, len(nodes))
	newestChild := map[string]string{}
	for _, n := range nodes {
		parent[n.ID] = n.ParentID
		newestChild[n.ParentID] = n.ID
	}
	if _, known := parent[leaf]; !known && len(nodes) > 0 {
		leaf = nodes[len(nodes)-1].ID
	}
	for range nodes { // bounded: a damaged tree may hold a circle
		child := newestChild[leaf]
		if child == "" {
			break
		}
		leaf = child
	}
	var ids []string
	for id := leaf; id != ""; {
		above, known := parent[id]
		if !known || len(ids) > len(nodes) {
			break
		}
		ids = append(ids, id)
		id = above
	}
	slices.Reverse(ids)
	return ids
}

// branch is the path to a leaf with the messages themselves.
func branch(messages []storage.Message, leaf string) []storage.Message {
	nodes := make([]storage.MessageNode, len(messages))
	byID := make(map[string]storage.Message, len(messages))
	for i, m := range messages {
		nodes[i] = storage.MessageNode{ID: m.ID, ParentID: m.ParentID}
		byID[m.ID] = m
	}
	var found []storage.Message
	for _, id := range pathTo(nodes, leaf) {
		found = append(found, byID[id])
	}
	return found
}

func siblings(messages []storage.Message, of storage.Message) []string {
	ids := []string{}
	for _, m := range messages {
		if m.ParentID == of.ParentID {
			ids = append(ids, m.ID)
		}
	}
	return ids
}
