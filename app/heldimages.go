package app

import (
	"context"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// maxHeld is how many bytes of pictures temporary chats hold at most: some
// hundred of them, and not the memory that a model needs.
const maxHeld = 256 << 20

// heldImages are the pictures of temporary chats: in memory only, each until
// the last chat that shows it has ended.
type heldImages struct {
	now  func() time.Time
	most int

	mu   sync.Mutex
	all  map[heldKey]*heldImage
	size int
}

type heldKey struct{ owner, hash string }

type heldImage struct {
	content []byte
	// chats that show it; none while its question is being written.
	chats map[string]bool
	used  time.Time
}

func newHeldImages(now func() time.Time) *heldImages {
	return &heldImages{now: now, most: maxHeld, all: map[heldKey]*heldImage{}}
}

// add holds a picture, and for a chat that is there until that ends. Where the
// room is used up, what no question names makes place, the oldest first.
func (h *heldImages) add(owner, hash string, content []byte, chatIDs ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := heldKey{owner, hash}
	held := h.all[key]
	if held == nil {
		for h.size+len(content) > h.most && h.dropOldest() {
		}
		if h.size+len(content) > h.most {
			return &Error{Code: ProblemTemporaryImages, Args: map[string]string{"megabytes": strconv.Itoa(h.most >> 20)}}
		}
		held = &heldImage{content: content, chats: map[string]bool{}}
		h.all[key], h.size = held, h.size+len(content)
	}
	held.used = h.now()
	for _, id := range chatIDs {
		held.chats[id] = true
	}
	return nil
}

// dropOldest forgets the picture that waits longest for a question; false if
// all have one. The lock is held, as for drop.
func (h *heldImages) dropOldest() bool {
	var oldest heldKey
	var since time.Time
	for key, held := range h.all {
		if len(held.chats) == 0 && (since.IsZero() || held.used.Before(since)) {
			oldest, since = key, held.used
		}
	}
	if since.IsZero() {
		return false
	}
	h.drop(oldest)
	return true
}

func (h *heldImages) drop(key heldKey) {
	h.size -= len(h.all[key].content)
	delete(h.all, key)
}

// get gives a picture, nil if it is not held.
func (h *heldImages) get(owner, hash string) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if held := h.all[heldKey{owner, hash}]; held != nil {
		return held.content
	}
	return nil
}

// end forgets what only this chat showed.
func (h *heldImages) end(chatID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key, held := range h.all {
		if !held.chats[chatID] {
			continue
		}
		if delete(held.chats, chatID); len(held.chats) == 0 {
			h.drop(key)
		}
	}
}

// endIdle forgets what was attached and never asked about.
func (h *heldImages) endIdle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key, held := range h.all {
		if len(held.chats) == 0 && h.now().Sub(held.used) > temporaryIdle {
			h.drop(key)
		}
	}
}

// bind lets the pictures of a question stay as long as its temporary chat.
func (s *Images) bind(p Principal, chatID string, images []Image) {
	if len(images) == 0 || !s.app.temporary.has(chatID) {
		return
	}
	for _, i := range images {
		s.app.temporary.images.show(p.OwnerID, i.Hash, chatID)
	}
}

// show notes a chat that shows a picture.
func (h *heldImages) show(owner, hash, chatID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if held := h.all[heldKey{owner, hash}]; held != nil {
		held.chats[chatID] = true
	}
}

// settle writes pictures that were only held, because what shows them is
// written from now on.
func (s *Images) settle(p Principal, images []Image) error {
	for _, i := range images {
		if content := s.app.temporary.images.get(p.OwnerID, i.Hash); content != nil {
			if _, err := s.keep(p, i.Name, content); err != nil {
				return err
			}
		}
	}
	return nil
}

// unwrite erases the files of pictures that are only held from now on: they
// were attached before the chat became a temporary one.
func (s *Images) unwrite(ctx context.Context, p Principal, images []Image) {
	for _, i := range images {
		if _, err := os.Stat(s.path(p, i.Hash)); err != nil {
			continue // as nearly always
		}
		used, err := s.app.db.ImageHashes(ctx, p.OwnerID)
		if err == nil && !slices.Contains(used, i.Hash) {
			err = os.Remove(s.path(p, i.Hash))
		}
		if err != nil {
			s.app.log.Error("erase a picture", "error", err)
		}
	}
}
