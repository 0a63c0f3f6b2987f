package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kontor/app"
)

// testRecorder stands before a server that answers with a count.
func testRecorder(t *testing.T, serve http.HandlerFunc) (*recorder, *http.Client) {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	transport := &http.Transport{DialContext: app.NewEgress(nil, nil).Dial("test")}
	t.Cleanup(transport.CloseIdleConnections)
	r, err := startRecorder(server.URL, transport)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r, &http.Client{Transport: transport}
}

func post(t *testing.T, client *http.Client, url, body string) string {
	t.Helper()
	response, err := client.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestRecorderKeepsRequests(t *testing.T) {
	r, client := testRecorder(t, func(w http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(w, request.Body)
	})
	began := time.Now()
	if got := post(t, client, r.url+chatPath, `{"a":1}`); got != `{"a":1}` {
		t.Errorf("the server saw %q", got)
	}
	post(t, client, r.url+embedPath, `{"b":2}`)
	chats := r.since(chatPath, began)
	if len(chats) != 1 || string(chats[0].body) != `{"a":1}` || chats[0].ended.IsZero() || chats[0].status != http.StatusOK {
		t.Errorf("recorded %+v", chats)
	}
	if later := r.since(chatPath, time.Now()); len(later) != 0 {
		t.Errorf("recorded after the end: %+v", later)
	}
}

func TestRecorderRemembersEmbeddingsOnly(t *testing.T) {
	var asked atomic.Int64
	r, client := testRecorder(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", int(asked.Add(1))))
	})
	r.rememberEmbeddings(true)
	first, second := post(t, client, r.url+embedPath, "q"), post(t, client, r.url+embedPath, "q")
	if first != "x" || second != "x" || asked.Load() != 1 {
		t.Errorf("answers %q and %q, asked %d times", first, second, asked.Load())
	}
	post(t, client, r.url+chatPath, "c")
	post(t, client, r.url+chatPath, "c")
	if asked.Load() != 3 {
		t.Errorf("chats were remembered: asked %d times", asked.Load())
	}
	r.rememberEmbeddings(false)
	if post(t, client, r.url+embedPath, "q"); asked.Load() != 4 {
		t.Error("remembers although it should not")
	}
}

func TestRecorderTellsWhatRunsAndPassesCancellationOn(t *testing.T) {
	arrived, cancelled := make(chan struct{}), make(chan struct{})
	r, client := testRecorder(t, func(_ http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body) // cancellation is seen behind the body
		close(arrived)
		<-request.Context().Done()
		close(cancelled)
	})
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+embedPath, strings.NewReader("batch"))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
		}
	}()
	<-arrived
	if !r.running(embedPath) || r.running(chatPath) {
		t.Error("the running request is not told, or another one is")
	}
	cancel()
	<-cancelled
	if !until(t.Context(), 10*time.Second, func() bool { return !r.running(embedPath) }) {
		t.Error("the request still counts as running")
	}
}
