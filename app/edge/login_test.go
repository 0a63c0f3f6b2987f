package edge

import (
	"bytes"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoginCodes(t *testing.T) {
	e := start(t, nil)
	visit := func(path, language string) (*http.Response, string) {
		t.Helper()
		return e.do(t, "GET", path, "", with("Accept", "text/html", "Accept-Language", language))
	}
	answer, body := visit("/", "de-AT,de;q=0.9,en;q=0.5")
	if answer.StatusCode != 401 || !strings.Contains(body, "de:signin.needed") || !strings.Contains(body, loginCommand) || strings.Contains(body, secretContent) {
		t.Errorf("without a session: %s %q", answer.Status, body)
	}
	if csp := answer.Header.Get("Content-Security-Policy"); strings.Contains(csp, "self") {
		t.Errorf("the page may load something: %q", csp)
	}
	link, err := e.LoginURL()
	if err != nil {
		t.Fatal(err)
	}
	code := strings.TrimPrefix(link, e.URL()+"login?code=")
	if len(code) != 43 { // 256 bits in base64
		t.Errorf("code %q", code)
	}
	for _, wrong := range []string{"", "x", code[1:], code + "A", strings.ToUpper(code)} {
		answer, body := visit("/login?code="+url.QueryEscape(wrong), "fr")
		if answer.StatusCode != 401 || !strings.Contains(body, "en:signin.used") || len(answer.Cookies()) != 0 {
			t.Errorf("code %q: %s %q", wrong, answer.Status, body)
		}
	}
	if answer, _ := e.do(t, "POST", "/login?code="+code, "", nil); answer.StatusCode != 405 {
		t.Errorf("posted code: %s", answer.Status)
	}
	answer, _ = visit("/login?code="+code, "de")
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/" || len(answer.Cookies()) != 1 {
		t.Fatalf("right code: %s %v", answer.Status, answer.Header)
	}
	c := answer.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 30*24*3600 {
		t.Errorf("cookie %+v", c)
	}
	if answer, _ := visit("/login?code="+code, "de"); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("the link opened again by who is signed in: %s", answer.Status)
	}
	e.browser.Jar, _ = cookiejar.New(nil)
	if answer, body := visit("/login?code="+code, "de"); answer.StatusCode != 401 || !strings.Contains(body, "de:signin.used") {
		t.Errorf("used code: %s %q", answer.Status, body)
	}
	late, err := e.LoginURL()
	if err != nil {
		t.Fatal(err)
	}
	e.pass(codeLife)
	if answer, _ := visit("/"+strings.TrimPrefix(late, e.URL()), "de"); answer.StatusCode != 401 {
		t.Errorf("old code: %s", answer.Status)
	}
}

// TestSessionsOutliveARestart also covers logging out and expiry.
func TestSessionsOutliveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "sessions.json")
	first := start(t, func(o *Options) { o.SessionFile = file }).signIn(t)
	info, err := os.Stat(file)
	if err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
		t.Fatalf("session file: %v, %v", info, err)
	}
	if raw, _ := os.ReadFile(file); bytes.Contains(raw, []byte(first.cookie.Value)) {
		t.Error("the session itself is on disk")
	}
	// The port may be somebody else's in between, so the file is what is followed.
	next := newSessions(file, first.time)
	port, err := next.load()
	if err != nil || port != first.Port() || !next.valid(first.cookie.Value) {
		t.Errorf("after a restart: port %d, %v, session valid %v", port, err, next.valid(first.cookie.Value))
	}

	answer, _ := first.do(t, "POST", "/api/logout", `{}`, nil)
	if answer.StatusCode != 200 || len(answer.Cookies()) != 1 || answer.Cookies()[0].MaxAge >= 0 {
		t.Errorf("logout: %s %v", answer.Status, answer.Cookies())
	}
	stale := with("Cookie", first.cookie.Name+"="+first.cookie.Value)
	if answer, _ := first.do(t, "POST", "/api/call/test.echo", `{}`, stale); answer.StatusCode != 401 {
		t.Errorf("after the logout: %s", answer.Status)
	}
	next = newSessions(file, first.time)
	if _, err := next.load(); err != nil || next.valid(first.cookie.Value) {
		t.Errorf("the session came back after the logout (%v)", err)
	}

	first.signIn(t)
	first.pass(sessionLife)
	if answer, _ := first.do(t, "POST", "/api/call/test.echo", `{}`, nil); answer.StatusCode != 401 {
		t.Errorf("after 30 days: %s", answer.Status)
	}
	if err := os.WriteFile(file, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, func(o *Options) { o.SessionFile = file }).signIn(t) // a broken file costs the sessions, not the start
}

func TestRememberedSecretsAreBounded(t *testing.T) {
	e := start(t, nil)
	var codes []string
	for range maxCodes + 5 {
		codes = append(codes, e.sessions.newCode())
	}
	if _, ok := e.sessions.exchange(codes[4]); ok {
		t.Error("more codes are remembered than should be")
	}
	var logins []string
	for i := range maxSessions + 5 {
		session, ok := e.sessions.exchange(codes[len(codes)-1])
		if !ok {
			t.Fatalf("code %d", i)
		}
		logins = append(logins, session)
		codes = append(codes, e.sessions.newCode())
	}
	if e.sessions.valid(logins[4]) || !e.sessions.valid(logins[5]) {
		t.Error("the oldest sessions should have gone")
	}
}

// TestPagesOfTheCatalogue shows the sentences people really read.
func TestPagesOfTheCatalogue(t *testing.T) {
	e := start(t, func(o *Options) { o.Text = nil })
	for language, want := range map[string]string{"de": "Öffnen Sie sie mit einem neuen Anmeldelink", "en": "Open it with a new sign-in link"} {
		if _, body := e.do(t, "GET", "/", "", with("Accept", "text/html", "Accept-Language", language)); !strings.Contains(body, want) || strings.Contains(body, "signin.") {
			t.Errorf("%s: %q", language, body)
		}
	}
}
