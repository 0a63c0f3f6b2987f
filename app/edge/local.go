package edge

import (
	"net/http"
	"os"

	"kontor/app"
	"kontor/app/bundle"
)

// OwnerInfo is what GET /api/owner of the local socket answers.
type OwnerInfo struct {
	PID     int    `json:"pid"`
	Version string `json:"version"`
	URL     string `json:"url"` // of the page, "" if no port is open
}

// LoginLink is what POST /api/login-url of the local socket answers.
type LoginLink struct {
	URL string `json:"url"`
}

// Local answers the owner-only socket: the same routes without a login, for a
// caller that may read this computer's files anyway, and three more:
// POST /api/raise shows the window, POST /api/login-url makes a link that
// signs a browser in, GET /api/owner says who answers. It works without Listen.
func (s *Server) Local() http.Handler {
	routes := s.routes(func(*http.Request) app.Principal {
		p := s.options.Owner()
		p.Local = true
		return p
	})
	routes.HandleFunc("GET /api/owner", func(w http.ResponseWriter, r *http.Request) {
		s.reply(w, OwnerInfo{PID: os.Getpid(), Version: app.Version, URL: s.URL()})
	})
	routes.HandleFunc("POST /api/raise", func(w http.ResponseWriter, r *http.Request) {
		if s.options.Raise == nil {
			s.fail(w, r, &app.Error{Code: app.ProblemNotAllowed})
			return
		}
		if err := s.options.Raise(); err != nil {
			s.fail(w, r, err)
			return
		}
		s.reply(w, struct{}{})
	})
	routes.HandleFunc("POST /api/login-url", func(w http.ResponseWriter, r *http.Request) {
		link, err := s.LoginURL()
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.reply(w, LoginLink{URL: link})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bundle.Protect(w.Header())
		if s.life.Err() != nil {
			s.fail(w, r, &app.Error{Code: app.ProblemClosing})
			return
		}
		routes.ServeHTTP(w, r)
	})
}
