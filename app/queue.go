package app

import (
	"context"
	"errors"
	"sync"
)

// Priority orders the work that needs the models.
type Priority int

// Interactive work is a person waiting; a survey is one who waits for long
// work, in pieces between which others come first; follow-ups are titles;
// indexing is everything else. Each class goes before the next.
const (
	Interactive Priority = iota
	Surveying
	FollowUp
	Indexing
	priorities
)

// errPreempted is the cause of the context of work that had to make room.
var errPreempted = errors.New("made room for a person")

// Queue lets one piece of work at a time use the models. A person's question
// cancels an indexing batch or a title that is running, because on a few cores
// a batch in the background costs an answer most of its speed. People take
// turns: the one who was served longest ago comes first.
type Queue struct {
	mu      sync.Mutex
	running *ticket
	waiting [priorities][]*ticket
	served  map[string]int64
	turn    int64
}

type ticket struct {
	priority Priority
	owner    string
	ready    chan struct{}
	cancel   context.CancelCauseFunc
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{served: map[string]int64{}} }

// Do waits for its turn and runs f. queued is called once if it has to wait.
// Work below Interactive gets a context that ends when somebody who waits
// needs the models; Do then returns errPreempted and the caller tries again.
func (q *Queue) Do(ctx context.Context, priority Priority, owner string, queued func(), f func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := &ticket{priority: priority, owner: owner, ready: make(chan struct{}), cancel: cancel}
	if !q.enter(t) {
		if queued != nil {
			queued()
		}
		select {
		case <-t.ready:
		case <-ctx.Done():
			if !q.leave(t) {
				q.release(t) // it was given the turn in the same moment
			}
			return context.Cause(ctx)
		}
	}
	defer q.release(t)
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	err := f(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errPreempted) {
		return errPreempted
	}
	return err
}

// Busy says whether a person waits or is being served.
func (q *Queue) Busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting[Interactive]) > 0 || q.running != nil && q.running.priority == Interactive
}

// enter takes the turn at once if nobody has it.
func (q *Queue) enter(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running == nil {
		q.start(t)
		return true
	}
	q.waiting[t.priority] = append(q.waiting[t.priority], t)
	if t.priority <= Surveying && q.running.priority > t.priority {
		q.running.cancel(errPreempted)
	}
	return false
}

// leave gives up waiting; false if the turn had been given already.
func (q *Queue) leave(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := q.waiting[t.priority]
	for i, other := range line {
		if other == t {
			q.waiting[t.priority] = append(line[:i:i], line[i+1:]...)
			return true
		}
	}
	return false
}

func (q *Queue) start(t *ticket) {
	q.turn++
	q.served[t.owner] = q.turn
	q.running = t
}

// release passes the turn on.
func (q *Queue) release(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running != t {
		return
	}
	q.running = nil
	for priority := range q.waiting {
		line := q.waiting[priority]
		if len(line) == 0 {
			continue
		}
		next := 0
		for i, other := range line {
			if q.served[other.owner] < q.served[line[next].owner] {
				next = i
			}
		}
		chosen := line[next]
		q.waiting[priority] = append(line[:next:next], line[next+1:]...)
		q.start(chosen)
		close(chosen.ready)
		return
	}
}
