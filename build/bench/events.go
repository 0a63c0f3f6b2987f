package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"kontor/app"
)

// told is an event and when it arrived.
type told struct {
	at    time.Time
	event app.Event
}

// eventLog keeps every event of a Kontor.
type eventLog struct {
	stop context.CancelFunc

	mu      sync.Mutex
	all     []told
	changed chan struct{} // closed and replaced with each event
	ended   error
}

// follow reads the stream of events as a page does.
func (k *kontor) follow(ctx context.Context) (*eventLog, error) {
	ctx, stop := context.WithCancel(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.base+"/api/events", nil)
	if err != nil {
		stop()
		return nil, err
	}
	request.Header.Set("Accept", "text/event-stream")
	l := &eventLog{stop: stop, changed: make(chan struct{})}
	connected := make(chan error, 1)
	go func() { l.end(k.stream(request, l.add, connected)) }()
	if err := <-connected; err != nil {
		stop()
		return nil, err
	}
	return l, nil
}

// stream reads events until the stream ends; connected hears once whether it
// began.
func (k *kontor) stream(request *http.Request, add func(told), connected chan<- error) error {
	answer, err := k.client.Do(request)
	if err != nil {
		connected <- err
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("the stream of events answers %s", answer.Status)
	}
	connected <- err
	if err != nil {
		return err
	}
	return readEvents(answer.Body, add)
}

// readEvents reads frames until the stream ends.
func readEvents(stream io.Reader, add func(told)) error {
	lines := bufio.NewReaderSize(stream, 64<<10)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		now := time.Now()
		if strings.HasPrefix(line, "event: resync") {
			return errors.New("events were lost")
		}
		data, isData := strings.CutPrefix(line, "data: ")
		if !isData {
			continue
		}
		var event app.Event
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			return err
		}
		add(told{at: now, event: event})
	}
}

func (l *eventLog) add(t told) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, t)
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *eventLog) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = fmt.Errorf("the stream of events ended: %w", err)
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *eventLog) close() { l.stop() }

// mark is the place behind the newest event.
func (l *eventLog) mark() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// await returns the first event from a mark on that fits.
func (l *eventLog) await(ctx context.Context, from int, fits func(app.Event) bool) (told, error) {
	for {
		l.mu.Lock()
		events, changed, ended := l.all, l.changed, l.ended
		l.mu.Unlock()
		for ; from < len(events); from++ {
			if fits(events[from].event) {
				return events[from], nil
			}
		}
		if ended != nil {
			return told{}, ended
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return told{}, ctx.Err()
		}
	}
}
