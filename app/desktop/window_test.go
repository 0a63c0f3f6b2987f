//go:build desktop

package desktop

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"kontor/app"
)

// The variables make this test program show a window instead of testing: a
// window needs the main goroutine and a process of its own.
const (
	folderVariable   = "KONTOR_TEST_WINDOW"
	canaryVariable   = "KONTOR_TEST_CANARY"
	presenceVariable = "KONTOR_TEST_PRESENCE"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(folderVariable); folder != "" {
		os.Exit(showWindow(folder, os.Getenv(canaryVariable)))
	}
	if folder := os.Getenv(presenceVariable); folder != "" {
		os.Exit(showPresence(folder))
	}
	os.Exit(m.Run())
}

// report is what the page found out; see page.js.
type report struct {
	Capability, Again, Foreign, Echo, Cancelled string
	Original, OriginalType                      string
	Events                                      []int64
	Inline, Evaluated, StyleElement             bool
	StyleAttribute                              string
	Fetched                                     string
	Places                                      []string
	Drops                                       bool // Wails takes dropped files
	Dropped                                     []string
}

// pageService answers the page of the test and quits when it has reported.
type pageService struct {
	service
	bus    *app.Bus
	folder string
}

func (s *pageService) Call(ctx context.Context, p app.Principal, name string, request json.RawMessage) (json.RawMessage, error) {
	switch name {
	case "test.publish":
		for range 50 {
			s.bus.Publish(app.Event{ChatRemoved: &app.ByID{ID: "c"}})
		}
		return json.RawMessage(`{}`), nil
	case "test.report":
		return json.RawMessage(`{}`), os.WriteFile(filepath.Join(s.folder, "report.json"), request, 0o600)
	}
	return s.service.Call(ctx, p, name, request)
}

func showWindow(folder, canary string) int {
	bus := app.NewBus()
	s := &pageService{service: service{folder: folder}, bus: bus, folder: folder}
	note := func(name string) { _ = os.WriteFile(filepath.Join(folder, name), nil, 0o600) }
	w := New(Options{
		Calls: s, Files: s, Bus: bus, Owner: func() app.Principal { return app.Principal{OwnerID: "anna"} },
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Assets: fstest.MapFS{
			"index.html": {Data: []byte(`<!doctype html><html><head><title>t</title></head><body><script>window.inlineRan = true</script><script type="module" src="./page.js"></script></body></html>`)},
			"page.js":    {Data: []byte(strings.ReplaceAll(pageScript, "CANARY", canary))},
		},
		Start:     func(context.Context) error { note("started"); return nil },
		Stop:      func(context.Context) error { note("stopped"); return nil },
		StateFile: func() string { return filepath.Join(folder, "config", "window.json") },
		ProbeFile: filepath.Join(folder, "probe.json"), Launched: time.Now(),
	})
	if err := w.Run(); err != nil {
		_ = os.WriteFile(filepath.Join(folder, "error"), []byte(err.Error()), 0o600)
		return 1
	}
	return 0
}

// pageScript tries what the page may do, and then what nobody may.
const pageScript = `
const bridge = window.go.desktop.Bridge;
const report = {};
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const load = (make) => new Promise((done) => { const e = make(done); document.body.append(e); setTimeout(done, 300); });

report.capability = await bridge.Open();
report.again = await bridge.Open();
const call = (id, name, request) => bridge.Call(report.capability, id, name, JSON.stringify(request));
report.foreign = await bridge.Call('wrong', '1', 'test.echo', '{}');
report.echo = await call('1', 'test.echo', { text: 'ä "quoted" </script> \u2028' });
const waiting = call('2', 'test.wait', {});
await wait(50);
await bridge.Cancel('2');
report.cancelled = await waiting;

const original = await fetch('/api/original/1?hash=x');
report.original = await original.text();
report.originalType = original.headers.get('Content-Type') ?? '';

report.events = [];
report.dropped = [];
window.runtime.EventsOn('kontor', (json) => {
  for (const event of JSON.parse(json)) {
    report.events.push(event.seq);
    report.dropped.push(...(event.filesDropped?.paths ?? []));
  }
});
await call('3', 'test.publish', {});
for (let i = 0; i < 100 && report.events.length < 50; i++) await wait(20);

window.runtime.OnFileDrop(() => undefined, false);
report.drops = window.wails.flags.enableWailsDragAndDrop === true;
window.WailsInvoke('DD:10:20:/folder/a b.pdf\n/folder/ä.docx'); // what GTK's drop signal sends
for (let i = 0; i < 100 && report.dropped.length < 2; i++) await wait(20);

report.inline = window.inlineRan === true;
await load(() => { const s = document.createElement('script'); s.textContent = 'window.evaluated = true'; return s; });
try { window.eval('window.evaluated = true'); } catch { /* refused */ }
report.evaluated = window.evaluated === true;
await load(() => { const s = document.createElement('style'); s.textContent = 'body { outline: 3px solid red }'; return s; });
report.styleElement = getComputedStyle(document.body).outlineStyle === 'solid';
const styled = document.createElement('div');
styled.setAttribute('style', 'width: 7px');
document.body.append(styled);
report.styleAttribute = getComputedStyle(styled).width;

try { report.fetched = await (await fetch('CANARY/fetch')).text(); } catch { report.fetched = 'refused'; }
for (const [tag, attribute] of [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['link', 'href'], ['object', 'data'], ['video', 'src'], ['embed', 'src']]) {
  await load((done) => {
    const e = document.createElement(tag);
    if (tag === 'link') e.rel = 'stylesheet';
    e.onload = e.onerror = done;
    e[attribute] = 'CANARY/' + tag;
    return e;
  });
}
report.places = [];
const go = async (move) => {
  try { move(); } catch { /* refused at once */ }
  await wait(150);
  report.places.push(location.href);
};
for (const link of ['CANARY/link', 'file:///etc/passwd', 'wails://other/', 'javascript:window.evaluated=true', 'data:text/html,x', 'smb://host/share', 'mailto:a@example.org']) {
  await go(() => { location.href = link; });
  await go(() => { const a = document.createElement('a'); a.href = link; document.body.append(a); a.click(); });
}
await go(() => { window.open('CANARY/window'); });
await go(() => {
  const form = document.createElement('form');
  form.action = 'CANARY/form';
  form.method = 'post';
  document.body.append(form);
  form.submit();
});
await call('9', 'test.report', report);
window.runtime.Quit();
`

// TestWindow opens the real window and lets its page report.
func TestWindow(t *testing.T) {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		t.Skip("no display")
	}
	var hits atomic.Int32
	var paths sync.Map
	canary := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		paths.Store(r.URL.Path, true)
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}))
	defer canary.Close()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), folderVariable+"="+folder, canaryVariable+"="+canary.URL)
	output, err := cmd.CombinedOutput()
	if err != nil {
		reason, _ := os.ReadFile(filepath.Join(folder, "error"))
		t.Fatalf("window: %v %s\n%s", err, reason, output)
	}
	raw, err := os.ReadFile(filepath.Join(folder, "report.json"))
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var got report
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	checkBridge(t, got)
	checkConfinement(t, got)
	if n := hits.Load(); n != 0 {
		paths.Range(func(path, _ any) bool { t.Errorf("the canary saw %s", path); return true })
	}
	for _, name := range []string{"started", "stopped", "probe.json", "config/window.json"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
	var p probe
	if raw, err := os.ReadFile(filepath.Join(folder, "probe.json")); err != nil || json.Unmarshal(raw, &p) != nil || p.DOMReadyMs <= 0 {
		t.Errorf("probe %s, %v", raw, err)
	}
	if s := readState(filepath.Join(folder, "config", "window.json")); s.Width < minWidth || s.Height < minHeight {
		t.Errorf("remembered %+v", s)
	}
	t.Logf("DOM ready after %d ms", p.DOMReadyMs)
}

func TestLogWithoutContent(t *testing.T) {
	for message, want := range map[string]string{
		`process message error: C{"args":["what I asked"]} -> boom`: "process message error",
		"Invalid drag and drop Message: DD:1:/home/a/secret.pdf":    "Invalid drag and drop Message",
		"method 'x' not registered":                                 "method 'x' not registered",
		strings.Repeat("ä", 100):                                    strings.Repeat("ä", 60),
	} {
		if got := withoutContent(message); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func checkBridge(t *testing.T, got report) {
	t.Helper()
	if len(got.Capability) != 43 || got.Again != "" {
		t.Errorf("capability %q, then %q", got.Capability, got.Again)
	}
	for what, pair := range map[string][2]string{
		"foreign call":  {got.Foreign, `{"problem":{"code":"not_allowed"}}`},
		"cancelled":     {got.Cancelled, `{"problem":{"code":"cancelled"}}`},
		"original":      {got.Original, "original x"},
		"original type": {got.OriginalType, "application/pdf"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	var echo struct{ Result struct{ Text string } }
	if err := json.Unmarshal([]byte(got.Echo), &echo); err != nil || echo.Result.Text != "ä \"quoted\" </script> \u2028" {
		t.Errorf("echo %q, %v", got.Echo, err)
	}
	if len(got.Events) != 51 { // and the drop
		t.Errorf("%d of 51 events", len(got.Events))
	}
	for i, seq := range got.Events {
		if seq != int64(i+1) {
			t.Errorf("event %d at place %d", seq, i)
		}
	}
	if !got.Drops || !slices.Equal(got.Dropped, []string{"/folder/a b.pdf", "/folder/ä.docx"}) {
		t.Errorf("drops %v, dropped %q", got.Drops, got.Dropped)
	}
}

func checkConfinement(t *testing.T, got report) {
	t.Helper()
	if got.Inline || got.Evaluated || got.StyleElement {
		t.Errorf("inline script ran %v, added script ran %v, style element counts %v", got.Inline, got.Evaluated, got.StyleElement)
	}
	if got.StyleAttribute != "7px" {
		t.Errorf("style attribute: %q", got.StyleAttribute)
	}
	if got.Fetched != "refused" {
		t.Errorf("fetch of a foreign host: %q", got.Fetched)
	}
	if len(got.Places) != 16 {
		t.Errorf("%d of 16 navigations tried", len(got.Places))
	}
	for _, place := range got.Places {
		if place != "wails://wails/" {
			t.Errorf("the page went to %s", place)
		}
	}
}
