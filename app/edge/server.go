// Package edge serves Kontor over HTTP on this computer: the page, the method
// table, the stream of events, uploads and originals. Behind a login to the
// browser, and without one to the owner-only socket of app/instance.
//
// It knows no service, only the table it is given, and never shows a cause: a
// failed call is answered with the code of its problem. It listens on loopback
// only; every request must name this server as its host, must not come from
// another site and, except for the login itself, must carry a session.
package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"kontor/app"
)

// Limits of a request. A question with a pasted text is well below a call's.
const (
	maxCall   = 8 << 20   // bytes; three minutes of speech
	maxUpload = 200 << 20 // bytes
	// maxCalls and maxUploads bound what is worked on, and held in memory, at
	// the same time; further requests wait before their body is read.
	maxCalls   = 32
	maxUploads = 4
	maxStreams = 32

	callPatience   = 30 * time.Second // to send the body of a call
	uploadPatience = 60 * time.Second // between two pieces of an upload
	writePatience  = 30 * time.Second // for a piece of an event stream
	keepAlive      = 15 * time.Second
	flushEvery     = 20 * time.Millisecond
)

// Caller is the method table, [app.Surface].
type Caller interface {
	Call(ctx context.Context, p app.Principal, name string, request json.RawMessage) (json.RawMessage, error)
}

// Files takes and gives documents' files; [app.App].
type Files interface {
	Upload(ctx context.Context, p app.Principal, name, collectionID string, size int64, body io.Reader) (app.Document, error)
	Original(ctx context.Context, p app.Principal, documentID, hash string) (*os.File, string, time.Time, error)
}

// Options of [New].
type Options struct {
	Calls Caller
	Bus   *app.Bus
	// Owner is the person a session belongs to.
	Owner func() app.Principal
	Files Files
	// Assets is the page, index.html at its root.
	Assets fs.FS
	Log    *slog.Logger
	Now    func() time.Time
	// SessionFile keeps hashes of sessions and the port over a restart, mode
	// 0600; "" keeps them in memory.
	SessionFile string
	// Raise shows the window; nil if there is none.
	Raise func() error
	// Language of the few pages of this package, "" for the browser's choice.
	Language func() string
	// Text looks up a sentence; nil for the catalogue's.
	Text func(language, key string) string
}

// Server is the edge server. [New] allocates; Listen, Serve and Close act.
type Server struct {
	options  Options
	log      *slog.Logger
	sessions *sessions
	calls    chan struct{}
	uploads  chan struct{}
	streams  chan struct{}
	life     context.Context // ends event streams and running calls
	end      context.CancelFunc

	mu        sync.Mutex
	listeners []net.Listener
	server    *http.Server
	port      int
}

// New returns a Server that does nothing yet.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Language == nil {
		o.Language = func() string { return "" }
	}
	if o.Text == nil {
		o.Text = catalogueText()
	}
	s := &Server{
		options: o, log: o.Log, sessions: newSessions(o.SessionFile, o.Now),
		calls: make(chan struct{}, maxCalls), uploads: make(chan struct{}, maxUploads), streams: make(chan struct{}, maxStreams),
	}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Listen reads the sessions of last time and opens the port on loopback, IPv4
// and where possible IPv6. Port 0 takes the port of last time if it is free,
// so that open pages find the server again, else any.
func (s *Server) Listen(port int) error {
	last, err := s.sessions.load()
	if err != nil {
		s.log.Warn("sessions of last time are lost", "error", err)
	}
	wanted := port
	if port == 0 {
		wanted = last
	}
	first, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(wanted)))
	if err != nil && port == 0 {
		first, err = net.Listen("tcp4", "127.0.0.1:0")
	}
	if err != nil {
		return fmt.Errorf("listen on loopback: %w", err)
	}
	listeners := []net.Listener{first}
	bound := first.Addr().(*net.TCPAddr).Port
	// Browsers may try IPv6 first for "localhost".
	if second, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(bound))); err == nil {
		listeners = append(listeners, second)
	}
	s.mu.Lock()
	s.listeners, s.port = listeners, bound
	s.server = &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		BaseContext: func(net.Listener) context.Context { return s.life },
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.mu.Unlock()
	if err := s.sessions.keep(bound); err != nil {
		s.log.Warn("sessions will not outlive this run", "error", err)
	}
	return nil
}

// Serve answers until [Server.Close]; call Listen first.
func (s *Server) Serve() error {
	s.mu.Lock()
	server, listeners := s.server, s.listeners
	s.mu.Unlock()
	if server == nil {
		return errors.New("edge: Serve before Listen")
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- server.Serve(l) }()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Close ends event streams, lets running requests finish until ctx ends and
// frees the port. The local handler refuses from now on.
func (s *Server) Close(ctx context.Context) error {
	s.end()
	s.mu.Lock()
	server := s.server
	s.mu.Unlock()
	if server == nil {
		return nil
	}
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close()
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// Port is the port of Listen, 0 before.
func (s *Server) Port() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.port
}

// URL is the address of the page, "" before Listen. It needs a session.
func (s *Server) URL() string {
	if s.Port() == 0 {
		return ""
	}
	return fmt.Sprintf("http://127.0.0.1:%d/", s.Port())
}

// LoginURL makes a link that signs one browser in, once, within ten minutes.
func (s *Server) LoginURL() (string, error) {
	if s.Port() == 0 {
		return "", &app.Error{Code: app.ProblemNotAllowed, Cause: errors.New("no port is open")}
	}
	return s.URL() + "login?code=" + s.sessions.newCode(), nil
}
