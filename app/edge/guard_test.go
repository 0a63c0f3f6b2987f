package edge

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestForeignRequestsAreRefused walks through host × origin × site and through
// session × token, on every route: whatever is not exactly right gets nothing
// and changes nothing.
func TestForeignRequestsAreRefused(t *testing.T) {
	e := start(t, nil).signIn(t)
	port := strconv.Itoa(e.Port())
	good := "127.0.0.1:" + port
	hosts := []string{good, "localhost:" + port, "evil.example", "evil.example:" + port, "127.0.0.1", "127.0.0.1:1",
		"127.0.0.1.evil.example:" + port, "localhost.:" + port, "0.0.0.0:" + port, "127.1:" + port, "[::]:" + port}
	origins := []string{"", "own", "http://evil.example", "null", "https://" + good, "http://127.0.0.1:1",
		"http://localhost.evil.example:" + port, "http://" + good + ".", "http://" + good + " http://evil.example"}
	sites := []string{"", "same-origin", "same-site", "cross-site", "none", "sideways"}
	routes := []struct{ method, path, body string }{
		{"POST", "/api/call/test.echo", `{}`}, {"POST", "/api/upload?name=a.pdf", "x"}, {"POST", "/api/logout", `{}`},
		{"GET", "/api/events?after=0", ""}, {"GET", "/api/original/1", ""}, {"GET", "/", ""}, {"GET", "/assets/index-a5wJZNvl.js", ""},
		{"OPTIONS", "/api/call/test.echo", ""}, {"PUT", "/api/call/test.echo", `{}`}, {"HEAD", "/", ""},
	}
	name, value := e.cookie.Name, e.cookie.Value
	cookies := map[string]string{
		"right": name + "=" + value, "none": "", "wrong": name + "=" + strings.Repeat("A", len(value)), "other name": "kontor=" + value,
		"shortened": name + "=" + value[1:], "empty": name + "=", "twice": name + "=x; " + name + "=" + value, "other case": strings.ToUpper(name) + "=" + value,
	}
	before, sent := e.service.count(), 0
	try := func(method, path, body, host, origin, site, cookie, token string) {
		if origin == "own" {
			origin = "http://" + host
		}
		own := (host == good || host == "localhost:"+port) && (origin == "" || origin == "http://"+host) && (site == "" || site == "same-origin")
		reads := method == "GET" || method == "HEAD"
		if own && cookie == "right" && (reads || method == "POST" && token == "1") {
			return // the scenarios have those
		}
		r := httptest.NewRequest(method, "http://"+good+path, strings.NewReader(body))
		r.Host = host
		for header, content := range map[string]string{"Origin": origin, "Sec-Fetch-Site": site, "Cookie": cookies[cookie], "X-Kontor": token} {
			if content != "" {
				r.Header.Set(header, content)
			}
		}
		if !reads {
			r.Header.Set("Content-Type", "application/json")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // an event stream would last
		defer cancel()
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, r.WithContext(ctx))
		sent++
		refused := w.Code == 400 || w.Code == 401 || w.Code == 403 || w.Code == 404 || w.Code == 405 || w.Code == 415 || w.Code == 421
		if !refused || strings.Contains(w.Body.String(), secretContent) || w.Result().Header.Get("Set-Cookie") != "" || ctx.Err() != nil {
			t.Errorf("%s %s host %q origin %q site %q cookie %s token %q: %d %q", method, path, host, origin, site, cookie, token, w.Code, w.Body)
		}
	}
	for _, route := range routes {
		for _, host := range hosts {
			for _, origin := range origins {
				for _, site := range sites {
					try(route.method, route.path, route.body, host, origin, site, "right", "1")
				}
			}
		}
		for cookie := range cookies {
			for _, token := range []string{"1", "", "0", "true", "11"} {
				try(route.method, route.path, route.body, good, "", "", cookie, token)
			}
		}
	}
	if sent < 300 {
		t.Errorf("only %d requests were tried", sent)
	}
	if got := e.service.count(); got != before {
		t.Errorf("%d changes by requests that were refused", got-before)
	}
	if !e.sessions.valid(value) {
		t.Error("a refused request ended the session")
	}
	t.Logf("%d requests refused", sent)
}

// TestSessionCountsOnlyInItsCookie puts the right secret in wrong places.
func TestSessionCountsOnlyInItsCookie(t *testing.T) {
	e := start(t, nil).signIn(t)
	for _, path := range []string{"/?session=", "/api/events?kontor=", "/api/original/1?code=", "/login?session="} {
		for header, value := range map[string]string{"X-Session": e.cookie.Value, "Authorization": "Bearer " + e.cookie.Value} {
			r := httptest.NewRequest("GET", e.URL()[:len(e.URL())-1]+path+e.cookie.Value, nil)
			r.Header.Set(header, value)
			w := httptest.NewRecorder()
			e.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), secretContent) {
				t.Errorf("%s with %s: %d %q", path, header, w.Code, w.Body)
			}
		}
	}
}

// TestLinksFromElsewhere: another site may lead to the login and nowhere else.
func TestLinksFromElsewhere(t *testing.T) {
	e := start(t, nil).signIn(t)
	navigation := with("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Accept", "text/html")
	answer, body := e.do(t, "GET", "/", "", navigation)
	if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "en:signin.refused") || strings.Contains(body, secretContent) {
		t.Errorf("page: %s %q", answer.Status, body)
	}
	link, err := e.LoginURL()
	if err != nil {
		t.Fatal(err)
	}
	path := "/" + strings.TrimPrefix(link, e.URL())
	if answer, _ := e.do(t, "GET", path, "", with("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image")); answer.StatusCode != http.StatusForbidden {
		t.Errorf("an image of another site used up a login link: %s", answer.Status)
	}
	if answer, _ := e.do(t, "GET", path, "", navigation); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("login: %s", answer.Status)
	}
}

func TestOnlyLoopbackListens(t *testing.T) {
	e := start(t, nil)
	for _, l := range e.listeners {
		if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
			t.Errorf("listens on %s", ip)
		}
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		network, ok := a.(*net.IPNet)
		if !ok || network.IP.IsLoopback() {
			continue
		}
		dialer := net.Dialer{Timeout: time.Second}
		conn, err := dialer.DialContext(t.Context(), "tcp", net.JoinHostPort(network.IP.String(), strconv.Itoa(e.Port())))
		if err == nil {
			_ = conn.Close()
			t.Errorf("answers on %s", network.IP)
		}
	}
}
