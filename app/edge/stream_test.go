package edge

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"kontor/app"
)

// follow opens the event stream of the browser.
func (e *edge) follow(t *testing.T, after int64) (lines *bufio.Reader, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("%sapi/events?after=%d", e.URL(), after), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(answer.Body), func() { cancel(); _ = answer.Body.Close() }
}

// frame reads the fields of one frame, comments left out.
func frame(t *testing.T, lines *bufio.Reader) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" && len(fields) > 0 {
			return fields
		}
		if name, value, ok := strings.Cut(line, ": "); ok && name != "" {
			fields[name] = value
		}
	}
}

func removed(id string) app.Event { return app.Event{ChatRemoved: &app.ByID{ID: id}} }

func TestEventsAreReplayedAndFollowed(t *testing.T) {
	e := start(t, nil).signIn(t)
	for i := range 3 {
		e.bus.Publish(app.Event{AnswerDelta: &app.AnswerDelta{MessageID: "m", Offset: i, Text: "a\n\nb"}})
	}
	lines, stop := e.follow(t, 1) // a page that reloads after the first event
	defer stop()
	e.bus.Publish(removed("c"))
	for want := int64(2); want <= 4; want++ {
		got := frame(t, lines)
		var event app.Event
		if err := json.Unmarshal([]byte(got["data"]), &event); err != nil {
			t.Fatal(err)
		}
		if got["id"] != strconv.FormatInt(want, 10) || event.Seq != want || got["event"] != "" {
			t.Errorf("frame %v, want event %d", got, want)
		}
		if want < 4 && (event.AnswerDelta == nil || event.AnswerDelta.Text != "a\n\nb") {
			t.Errorf("event %+v", event)
		}
	}
}

// TestASlowPageResyncs lets a page read nothing while more passes than can be
// replayed: it gets a gap only together with the word that there is one.
func TestASlowPageResyncs(t *testing.T) {
	e := start(t, nil).signIn(t)
	lines, stop := e.follow(t, 0)
	defer stop()
	if line, err := lines.ReadString('\n'); err != nil || line != ": connected\n" {
		t.Fatalf("%q, %v", line, err)
	}
	// Together far beyond what the buffers of the connection hold.
	text := strings.Repeat("x", 16<<10)
	for range 2000 {
		e.bus.Publish(app.Event{AnswerDelta: &app.AnswerDelta{MessageID: "m", Text: text}})
	}
	pause(t.Context().Done(), 10*flushEvery) // by now the stream is stuck
	for range 3000 {
		e.bus.Publish(removed("c"))
	}
	last, resyncs := int64(0), 0
	for last < e.bus.Seq() {
		got := frame(t, lines)
		id, err := strconv.ParseInt(got["id"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got["event"] == "resync" {
			resyncs++
		} else if id != last+1 {
			t.Fatalf("event %d after %d without a resync", id, last)
		}
		last = id
	}
	if resyncs == 0 {
		t.Error("no resync")
	}
}

func TestPositionsOfAnEarlierRunResync(t *testing.T) {
	e := start(t, nil).signIn(t)
	e.bus.Publish(removed("c"))
	lines, stop := e.follow(t, 500)
	defer stop()
	if got := frame(t, lines); got["event"] != "resync" || got["data"] != `{"seq":1}` {
		t.Errorf("frame %v", got)
	}
}

func TestStreamsEndWithTheirSession(t *testing.T) {
	e := start(t, nil).signIn(t)
	lines, stop := e.follow(t, 0)
	defer stop()
	if answer, _ := e.do(t, "POST", "/api/logout", `{}`, nil); answer.StatusCode != 200 {
		t.Fatal(answer.Status)
	}
	e.bus.Publish(removed("not for who signed out"))
	rest, err := io.ReadAll(lines)
	if err != nil || strings.Contains(string(rest), "not for who") {
		t.Errorf("%q, %v", rest, err)
	}
}
