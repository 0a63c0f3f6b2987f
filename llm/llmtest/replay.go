package llmtest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Piece is a part of a recorded answer.
type Piece struct {
	// After is how long the server waits before it sends the piece.
	After time.Duration
	Bytes string
	// Break cuts the connection instead of sending anything.
	Break bool
	// Hang waits until the client gives up.
	Hang bool
}

// Recording is what the server answers on one path.
type Recording struct {
	Status int // 0 means 200
	Pieces []Piece
}

// Replay is a loopback server that plays recordings byte by byte: broken
// streams, garbage, slow answers.
type Replay struct {
	// URL of the server.
	URL string
}

// NewReplay starts a server with one recording for each path; it is stopped
// at the end of the test.
func NewReplay(t testing.TB, recordings map[string]Recording) *Replay {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recording, ok := recordings[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		play(w, r, recording)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return &Replay{URL: server.URL}
}

func play(w http.ResponseWriter, r *http.Request, recording Recording) {
	if recording.Status != 0 {
		w.WriteHeader(recording.Status)
	}
	flusher, _ := w.(http.Flusher)
	for _, piece := range recording.Pieces {
		if pause(r.Context(), piece.After) != nil {
			return
		}
		switch {
		case piece.Break:
			panic(http.ErrAbortHandler) // net/http's way to cut a connection
		case piece.Hang:
			<-r.Context().Done()
			return
		}
		if _, err := w.Write([]byte(piece.Bytes)); err != nil {
			return
		}
		if flusher != nil {
			flusher.Flush()
		}
	}
}
