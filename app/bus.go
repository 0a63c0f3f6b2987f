package app

import (
	"reflect"
	"sync"
)

// busMemory is how many events a page that reloads can still replay. A full
// buffer of the largest deltas is about 1 MB.
const busMemory = 2048

// Bus is the ordered stream of events with a memory. Publishing never blocks:
// a follower that is too slow is told to resync.
type Bus struct {
	mu        sync.Mutex
	seq       int64
	memory    []Event // ring, oldest first once full
	start     int
	followers map[*Follower]struct{}
}

// NewBus returns an empty stream.
func NewBus() *Bus { return &Bus{followers: map[*Follower]struct{}{}} }

// Follower receives events. Its channel C holds a token whenever there is
// something to take.
type Follower struct {
	C    chan struct{}
	bus  *Bus
	next int64
}

// Publish appends an event of the one payload that is set. It fills Seq and Type.
func (b *Bus) Publish(e Event) int64 {
	e.Type = eventType(&e)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seq++
	e.Seq = b.seq
	if len(b.memory) < busMemory {
		b.memory = append(b.memory, e)
	} else {
		b.memory[b.start] = e
		b.start = (b.start + 1) % busMemory
	}
	for f := range b.followers {
		select {
		case f.C <- struct{}{}:
		default:
		}
	}
	return b.seq
}

// Forget takes what events say of a chat out of the memory: a page that reads
// them again only hears that the chat is gone. ids are the chat's and those of
// its messages.
func (b *Bus) Forget(chatID string, ids map[string]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.memory {
		if e := &b.memory[i]; ids[aboutOf(e)] {
			*e = Event{Seq: e.Seq, ChatRemoved: &ByID{ID: chatID}}
			e.Type = eventType(e)
		}
	}
}

// aboutOf is the chat or message that an event with content is about.
func aboutOf(e *Event) string {
	switch {
	case e.AnswerStarted != nil:
		return e.AnswerStarted.Answer.ChatID
	case e.AnswerPassages != nil:
		return e.AnswerPassages.MessageID
	case e.AnswerDelta != nil:
		return e.AnswerDelta.MessageID
	case e.AnswerSentences != nil:
		return e.AnswerSentences.MessageID
	case e.AnswerWork != nil:
		return e.AnswerWork.MessageID
	case e.AnswerEnded != nil:
		return e.AnswerEnded.Message.ChatID
	case e.ChatChanged != nil:
		return e.ChatChanged.ID
	case e.ChatQueueMoved != nil:
		return e.ChatQueueMoved.ChatID
	}
	return ""
}

// Seq is the number of the newest event.
func (b *Bus) Seq() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seq
}

// After returns the events behind seq. Resync is true if some of them are gone
// or seq is from an earlier run of the program.
func (b *Bus) After(seq int64) (events []Event, resync bool, newest int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.after(seq)
}

func (b *Bus) after(seq int64) ([]Event, bool, int64) {
	oldest := b.seq - int64(len(b.memory)) + 1
	if seq > b.seq || seq+1 < oldest {
		return nil, true, b.seq
	}
	missing := int(b.seq - seq)
	events := make([]Event, 0, missing)
	for i := len(b.memory) - missing; i < len(b.memory); i++ {
		events = append(events, b.memory[(b.start+i)%len(b.memory)])
	}
	return events, false, b.seq
}

// Follow starts to listen behind seq.
func (b *Bus) Follow(seq int64) *Follower {
	f := &Follower{C: make(chan struct{}, 1), bus: b, next: seq}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.followers[f] = struct{}{}
	if seq != b.seq {
		f.C <- struct{}{}
	}
	return f
}

// Take returns what came since the last call.
func (f *Follower) Take() (events []Event, resync bool) {
	f.bus.mu.Lock()
	defer f.bus.mu.Unlock()
	events, resync, f.next = f.bus.after(f.next)
	return events, resync
}

// Close stops listening.
func (f *Follower) Close() {
	f.bus.mu.Lock()
	defer f.bus.mu.Unlock()
	delete(f.bus.followers, f)
}

// eventType is the JSON name of the payload that is set.
func eventType(e *Event) string {
	v := reflect.ValueOf(e).Elem()
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Pointer && !v.Field(i).IsNil() {
			name := v.Type().Field(i).Tag.Get("json")
			for j := range name {
				if name[j] == ',' {
					return name[:j]
				}
			}
			return name
		}
	}
	return ""
}
