package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"kontor/app"
	"kontor/app/bundle"
)

// routes are what browsers and the local socket have in common. who names the
// person a request acts for.
func (s *Server) routes(who func(*http.Request) app.Principal) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/call/{name}", func(w http.ResponseWriter, r *http.Request) { s.call(w, r, who(r)) })
	mux.HandleFunc("POST /api/upload", func(w http.ResponseWriter, r *http.Request) { s.upload(w, r, who(r)) })
	mux.HandleFunc("GET /api/original/{id}", func(w http.ResponseWriter, r *http.Request) { s.original(w, r, who(r)) })
	mux.HandleFunc("GET /api/events", func(w http.ResponseWriter, r *http.Request) { s.events(w, r, who(r).Local) })
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, &app.Error{Code: app.ProblemUnknownMethod})
	})
	return mux
}

// call runs one method.
func (s *Server) call(w http.ResponseWriter, r *http.Request, p app.Principal) {
	if !isJSON(r) {
		s.refuse(w, r, http.StatusUnsupportedMediaType, app.ProblemBadRequest)
		return
	}
	ctx, cancel := s.within(r)
	defer cancel()
	if !enter(ctx, s.calls) {
		return
	}
	defer leave(s.calls)
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(callPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.fail(w, r, err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	if err != nil {
		s.fail(w, r, &app.Error{Code: app.ProblemBadRequest, Cause: err})
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	result, err := s.options.Calls.Call(ctx, p, r.PathValue("name"), bytes.TrimSpace(body))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.reply(w, result)
}

// upload takes one file in the body; query: name, collection.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, p app.Principal) {
	query := r.URL.Query()
	name := query.Get("name")
	tooLarge := &app.Error{Code: app.ProblemTooLargeUpload, Args: map[string]string{"name": path.Base(name)}}
	if r.ContentLength > maxUpload {
		s.fail(w, r, tooLarge)
		return
	}
	if strings.TrimSpace(name) == "" {
		s.fail(w, r, &app.Error{Code: app.ProblemBadRequest, Cause: errors.New("upload without a name")})
		return
	}
	ctx, cancel := s.within(r)
	defer cancel()
	if !enter(ctx, s.uploads) {
		return
	}
	defer leave(s.uploads)
	body := &patientBody{body: http.MaxBytesReader(w, r.Body, maxUpload), control: http.NewResponseController(w)}
	document, err := s.options.Files.Upload(ctx, p, name, query.Get("collection"), r.ContentLength, body)
	var over *http.MaxBytesError
	switch {
	case errors.As(body.err, &over):
		tooLarge.Cause = over
		s.fail(w, r, tooLarge)
	case err != nil:
		s.fail(w, r, err)
	default:
		s.reply(w, document)
	}
}

// patientBody gives every piece of an upload its own time, so that a large
// file may take long and a silent connection may not.
type patientBody struct {
	body    io.Reader
	control *http.ResponseController
	err     error
}

// Read implements [io.Reader].
func (b *patientBody) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(time.Now().Add(uploadPatience))
	n, err := b.body.Read(p)
	if err != nil {
		b.err = err
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// original sends a document's file; query: hash of the version, "" for the present one.
func (s *Server) original(w http.ResponseWriter, r *http.Request, p app.Principal) {
	file, name, modTime, err := s.options.Files.Original(r.Context(), p, r.PathValue("id"), r.URL.Query().Get("hash"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	bundle.Original(w, r, bundle.Opened{File: file, Name: name, ModTime: modTime})
}

// within ends a request's work with the server's.
func (s *Server) within(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(s.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// enter waits for a place; it fails only when nobody waits for the answer any more.
func enter(ctx context.Context, places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func leave(places chan struct{}) { <-places }

func (s *Server) reply(w http.ResponseWriter, result any) {
	encoded, err := json.Marshal(result)
	if err != nil {
		s.log.Error("encode an answer", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encoded)
}

// fail answers with the problem of an error; the cause goes to the log.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	e := app.AsError(err)
	status := statusOf(e.Code)
	if status >= http.StatusInternalServerError {
		s.log.Error("request failed", "route", r.Pattern, "error", err)
	} else {
		s.log.Debug("request refused", "route", r.Pattern, "code", e.Code)
	}
	s.problem(w, status, e.Problem())
}

// refuse answers a request that gets no further than the guard: a person with
// a page, a program with a problem.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, code string) {
	if isAPI(r) || !readsOnly(r.Method) || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.problem(w, status, app.Problem{Code: code})
		return
	}
	key := "signin.refused"
	if status == http.StatusUnauthorized {
		key = "signin.needed"
	}
	s.page(w, r, status, key)
}

func (s *Server) problem(w http.ResponseWriter, status int, p app.Problem) {
	encoded, err := json.Marshal(map[string]app.Problem{"problem": p})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}

// statusClientGone is the customary status for a caller that gave up.
const statusClientGone = 499

// statusOf maps codes of problems; those that are not listed mean that the
// request was understood and could not be done.
func statusOf(code string) int {
	switch code {
	case app.ProblemInternal:
		return http.StatusInternalServerError
	case app.ProblemBadRequest:
		return http.StatusBadRequest
	case app.ProblemUnknownMethod, "not_found", app.ProblemOriginalMissing, app.ProblemSourceMissing:
		return http.StatusNotFound
	case app.ProblemNotAllowed, app.ProblemSettingLocked:
		return http.StatusForbidden
	case app.ProblemSessionUnknown:
		return http.StatusUnauthorized
	case app.ProblemTooLargeUpload:
		return http.StatusRequestEntityTooLarge
	case app.ProblemClosing:
		return http.StatusServiceUnavailable
	case app.ProblemChatBusy:
		return http.StatusConflict
	case app.ProblemCancelled:
		return statusClientGone
	}
	return http.StatusUnprocessableEntity
}
