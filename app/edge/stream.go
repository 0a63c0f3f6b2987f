package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"kontor/app"
)

// events streams what happened after the event a page saw last (query: after,
// or the header Last-Event-ID), as server-sent events:
//
//	id: 17
//	data: {"seq":17,"type":"answerDelta",…}
//
// Events of some milliseconds are written together. A follower that lost some,
// because it was away for long or reads too slowly, gets the event "resync"
// and should load everything again.
func (s *Server) events(w http.ResponseWriter, r *http.Request, local bool) {
	after, err := position(r, s.options.Bus.Seq())
	if err != nil {
		s.fail(w, r, &app.Error{Code: app.ProblemBadRequest, Cause: err})
		return
	}
	ctx, cancel := s.within(r)
	defer cancel()
	if !enter(ctx, s.streams) {
		return
	}
	defer leave(s.streams)
	follower := s.options.Bus.Follow(after)
	defer follower.Close()

	w.Header().Set("Content-Type", "text/event-stream")
	stream := &stream{w: w, control: http.NewResponseController(w)}
	session := s.session(r)
	beat := time.NewTicker(keepAlive)
	defer beat.Stop()
	// The first bytes tell the page that it is connected.
	for frame := []byte(": connected\n\n"); stream.write(frame); {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			frame = []byte(": alive\n\n")
		case <-follower.C:
			pause(ctx.Done(), flushEvery)
			events, resync := follower.Take()
			frame = frames(events, resync, s.options.Bus)
		}
		if !s.alive(ctx, session, local) {
			return
		}
	}
}

// position reads which event was the last one seen; without any it is the newest.
func position(r *http.Request, newest int64) (int64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return newest, nil
	}
	after, err := strconv.ParseInt(text, 10, 64)
	if err == nil && after < 0 {
		err = errors.New("negative position")
	}
	return after, err
}

func frames(events []app.Event, resync bool, bus *app.Bus) []byte {
	var b bytes.Buffer
	if resync {
		newest := bus.Seq()
		fmt.Fprintf(&b, "event: resync\nid: %d\ndata: {\"seq\":%d}\n\n", newest, newest)
	}
	for _, e := range events {
		// Event has no type that json.Marshal could refuse; its text has no line breaks.
		data, err := json.Marshal(e)
		if err != nil {
			continue
		}
		fmt.Fprintf(&b, "id: %d\ndata: %s\n\n", e.Seq, data)
	}
	return b.Bytes()
}

// stream writes with a deadline: a reader that stopped reading does not hold
// its place for ever.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s *stream) write(frame []byte) bool {
	if len(frame) == 0 {
		return true
	}
	if err := s.control.SetWriteDeadline(time.Now().Add(writePatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return false
	}
	if _, err := s.w.Write(frame); err != nil {
		return false
	}
	return s.control.Flush() == nil
}

func pause(done <-chan struct{}, d time.Duration) {
	select {
	case <-done:
	case <-time.After(d):
	}
}
