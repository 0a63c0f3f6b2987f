package edge

import (
	"context"
	"crypto/subtle"
	"mime"
	"net/http"
	"strconv"

	"kontor/app"
	"kontor/app/bundle"
)

// Handler answers browsers. Its order is the defence: the right host, then no
// foreign site behind it, then a session, and only then a route.
func (s *Server) Handler() http.Handler {
	routes := s.routes(s.principal)
	routes.HandleFunc("POST /api/logout", s.logout)
	routes.Handle("/", bundle.Files(s.options.Assets))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bundle.Protect(w.Header())
		switch {
		case !s.ownHost(r.Host):
			// Another name for this address is how a foreign page gets in (DNS rebinding).
			s.refuse(w, r, http.StatusMisdirectedRequest, app.ProblemNotAllowed)
		case !fromOwnPage(r):
			s.refuse(w, r, http.StatusForbidden, app.ProblemNotAllowed)
		case r.URL.Path == "/login":
			s.login(w, r)
		case !s.sessions.valid(s.session(r)):
			s.refuse(w, r, http.StatusUnauthorized, app.ProblemSessionUnknown)
		case !readsOnly(r.Method) && !meant(r):
			s.refuse(w, r, http.StatusForbidden, app.ProblemNotAllowed)
		default:
			routes.ServeHTTP(w, r)
		}
	})
}

// ownHost accepts exactly the names under which this server listens.
func (s *Server) ownHost(host string) bool {
	port := strconv.Itoa(s.Port())
	return host == "127.0.0.1:"+port || host == "localhost:"+port || host == "[::1]:"+port
}

// fromOwnPage refuses requests another site caused. Browsers say so in Origin
// and Sec-Fetch-Site; a program without a browser sends neither. A person who
// types an address or follows a link of a terminal sends "none", which is
// enough for pages; a link on another site may lead to the login, whose code
// nobody else has, and to nothing else.
func fromOwnPage(r *http.Request) bool {
	if origins := r.Header.Values("Origin"); len(origins) > 1 || len(origins) == 1 && origins[0] != "http://"+r.Host {
		return false
	}
	sites := r.Header.Values("Sec-Fetch-Site")
	if len(sites) > 1 {
		return false
	}
	if len(sites) == 0 || sites[0] == "same-origin" {
		return true
	}
	navigation := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	switch sites[0] {
	case "none":
		return navigation && !isAPI(r)
	case "same-site", "cross-site":
		return navigation && r.URL.Path == "/login"
	}
	return false
}

// meant reports whether a request that changes something carries the header
// that no form and no simple request of another site can carry.
func meant(r *http.Request) bool {
	values := r.Header.Values("X-Kontor")
	return len(values) == 1 && subtle.ConstantTimeCompare([]byte(values[0]), []byte("1")) == 1
}

func readsOnly(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// isJSON accepts application/json in UTF-8. Content types of simple requests,
// which need no permission across sites, are none of these.
func isJSON(r *http.Request) bool {
	values := r.Header.Values("Content-Type")
	if len(values) != 1 {
		return false
	}
	kind, parameters, err := mime.ParseMediaType(values[0])
	if err != nil || kind != "application/json" {
		return false
	}
	charset, given := parameters["charset"]
	return !given || charset == "utf-8" || charset == "UTF-8"
}

// cookieName carries the port because browsers keep one jar for all ports of a
// host: two servers of one person must not sign each other out.
func (s *Server) cookieName() string { return "kontor-" + strconv.Itoa(s.Port()) }

// session is the value of the cookie, "" if there is none or more than one.
func (s *Server) session(r *http.Request) string {
	cookies := r.CookiesNamed(s.cookieName())
	if len(cookies) != 1 {
		return ""
	}
	return cookies[0].Value
}

func (s *Server) setSession(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

func (s *Server) principal(*http.Request) app.Principal {
	p := s.options.Owner()
	p.Local = false
	return p
}

// login exchanges a one-time code for a session and leads to the page, so that
// the code does not stay in the address.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		s.refuse(w, r, http.StatusMethodNotAllowed, app.ProblemNotAllowed)
		return
	}
	session, ok := s.sessions.exchange(r.URL.Query().Get("code"))
	if !ok {
		if s.sessions.valid(s.session(r)) { // the link was opened again by who is signed in
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		s.page(w, r, http.StatusUnauthorized, "signin.used")
		return
	}
	s.log.Info("a browser signed in")
	s.setSession(w, session, int(sessionLife.Seconds()))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.revoke(s.session(r)); err != nil {
		// In memory it is gone; the file would bring it back after a restart.
		s.fail(w, r, &app.Error{Code: app.ProblemInternal, Cause: err})
		return
	}
	s.setSession(w, "", -1)
	s.reply(w, struct{}{})
}

// alive tells a stream when to end: with the server, with the request or with
// its session.
func (s *Server) alive(ctx context.Context, session string, local bool) bool {
	return ctx.Err() == nil && s.life.Err() == nil && (local || s.sessions.valid(session))
}
