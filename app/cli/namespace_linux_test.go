package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kontor/app"
)

// TestNothingLeavesTheComputer runs the whole main flow in a network namespace
// that holds the loopback device and a cable, over which the default route
// leads, and looks at every packet that is not from this computer to itself
// and at every question for a name.
func TestNothingLeavesTheComputer(t *testing.T) {
	needRuntime(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can make a network namespace")
	}
	for _, tool := range []string{"ip", "tcpdump"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: `go run ./build test` installs it", tool)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*commandTime)
	defer cancel()
	inside := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestInsideNamespace$", "-test.v", "-test.timeout=6m")
	inside.Env = append(installed(), "KONTOR_BIN="+binary, insideVariable+"="+shared)
	inside.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	inside.WaitDelay = 5 * time.Second
	out, err := inside.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestInsideNamespace")) {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.SplitSeq(string(out), "\n") {
		if strings.Contains(line, "packets") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// TestInsideNamespace is the part of TestNothingLeavesTheComputer that runs in
// the namespace.
func TestInsideNamespace(t *testing.T) {
	if os.Getenv(insideVariable) == "" {
		t.Skip("TestNothingLeavesTheComputer starts this test in a namespace")
	}
	for _, command := range []string{
		"ip link set lo up",
		"ip link add outside type veth peer name far",
		"ip link set outside addrgenmode none", // the kernel's own announcements would be in the way
		"ip link set far addrgenmode none",
		"ip link set far up",
		"ip link set outside up",
		"ip addr add 198.18.0.1/24 dev outside",
		"ip -6 addr add fd00:6b6f:6e74:6f72::1/64 dev outside nodad",
		"ip route add default via 198.18.0.2",
		"ip -6 route add default via fd00:6b6f:6e74:6f72::2",
	} {
		words := strings.Fields(command)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
	w := watch(t)
	// The watch must see what it looks for, each on its own way out.
	w.provoke(t, "198.18.7.7:9")
	w.provoke(t, "[fd00:6b6f:6e74:6f72::7]:9")
	w.provoke(t, "127.0.0.1:53")
	before := w.count()
	mainFlow(t)
	if after := w.lines(); len(after) != before {
		t.Errorf("%d packets were sent: %s", len(after)-before, strings.Join(after[before:], "\n"))
	}
	w.provoke(t, "198.18.7.8:9") // it was still looking at the end
	t.Logf("0 other packets, 0 questions for a name; the watch saw its own %d packets", w.count())
}

// packetWatch is a running tcpdump.
type packetWatch struct {
	mu   sync.Mutex
	seen []string
}

func (w *packetWatch) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.seen...)
}

func (w *packetWatch) count() int { return len(w.lines()) }

// watch sees packets that leave the loopback addresses, and port 53 anywhere.
// Reports of the kernel about multicast groups (hop-by-hop header) are not
// from a program.
func watch(t *testing.T) *packetWatch {
	t.Helper()
	filter := "port 53 or (not (ip and src net 127.0.0.0/8 and dst net 127.0.0.0/8) and not (ip6 and src host ::1 and dst host ::1) and not (ip6 and ip6[6] = 0)" +
		" and not (ip and src host 198.18.0.1 and dst host 198.18.0.1))"
	dump := exec.Command("tcpdump", "-i", "any", "-n", "-l", "--immediate-mode", filter)
	dump.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := dump.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := dump.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := dump.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = dump.Process.Kill()
		_ = dump.Wait()
	})
	if _, err := readUntil(log, "listening on"); err != nil {
		t.Fatalf("tcpdump: %v", err)
	}
	w := &packetWatch{}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	go func() {
		for {
			line, err := readUntil(out, "")
			if err != nil {
				return
			}
			w.mu.Lock()
			w.seen = append(w.seen, line)
			w.mu.Unlock()
		}
	}()
	return w
}

// provoke sends a packet and waits until the watch has seen it, and what
// follows from it.
func (w *packetWatch) provoke(t *testing.T, address string) {
	t.Helper()
	before := w.count()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("seen?")); err != nil {
		t.Fatal(err)
	}
	until(t, "the watch sees "+address, func() bool { return w.count() > before })
	// Nobody answers: the kernel asks for the neighbour three times, a second
	// apart, and gives up.
	for quiet, last := time.Now(), w.count(); time.Since(quiet) < 1500*time.Millisecond; time.Sleep(50 * time.Millisecond) {
		if now := w.count(); now != last {
			quiet, last = time.Now(), now
		}
	}
}

// browser is a page's side of the edge server.
type browser struct {
	*http.Client
	base string
}

func (b browser) post(t *testing.T, path, contentType string, body io.Reader, result any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Origin", b.base)
	request.Header.Set("X-Kontor", "1")
	answer, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", path, answer.Status, raw, err)
	}
	if err := json.Unmarshal(raw, result); err != nil {
		t.Fatal(err)
	}
}

func (b browser) call(t *testing.T, method string, request, result any) {
	t.Helper()
	raw, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	b.post(t, "/api/call/"+method, "application/json", bytes.NewReader(raw), result)
}

// signIn opens the printed link as a browser does.
func signIn(t *testing.T, link string) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: (&net.Dialer{}).DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	b := browser{Client: &http.Client{Jar: jar, Transport: transport, Timeout: commandTime}, base: address.Scheme + "://" + address.Host}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	if page.StatusCode != http.StatusOK || page.Request.URL.Path != "/" {
		t.Fatalf("signing in leads to %s %s", page.Status, page.Request.URL.Path)
	}
	return b
}

// mainFlow is what a person does on the first day: sign in, drop a document,
// ask, look at the source, let the model write.
func mainFlow(t *testing.T) {
	s := serve(t, shared, installed())
	b := signIn(t, s.link)
	until(t, "the runtime is ready", func() bool {
		var status app.Status
		b.call(t, "status.get", app.Empty{}, &status)
		return status.Runtime == "ready"
	})
	file, err := os.Open(testdata(t, "ok/entgeltfortzahlungsgesetz-quer.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var collection app.Collection
	b.call(t, "collections.create", app.RenameRequest{Name: "Namespace"}, &collection)
	var document app.Document
	b.post(t, "/api/upload?collection="+collection.ID+"&name="+filepath.Base(file.Name()), "application/octet-stream", file, &document)
	until(t, "the document is ready", func() bool {
		b.call(t, "documents.get", app.ByID{ID: document.ID}, &document)
		if document.Problem != nil {
			t.Fatalf("the document: %+v", document.Problem)
		}
		return document.Status == "ready"
	})

	var sent app.SendResult
	question := app.SendRequest{Text: "Wie lange wird das Arbeitsentgelt im Krankheitsfall fortgezahlt?", CollectionIDs: []string{collection.ID}}
	b.call(t, "chats.send", question, &sent)
	answer := b.last(t, sent.Chat.ID, func(m app.Message) bool { return m.Status != "running" })
	if answer.Mode != "passages_only" || len(answer.Passages) == 0 {
		t.Fatalf("answer %+v", answer)
	}
	found := answer.Passages[0]
	var preview app.Preview
	b.call(t, "documents.preview", app.PreviewRequest{DocumentID: found.DocumentID, FileHash: found.FileHash, Start: found.Start, End: found.End}, &preview)
	if preview.Kind != "pdf" || preview.Page != found.Page || len(preview.Rects) == 0 {
		t.Errorf("preview of page %d: %+v", found.Page, preview)
	}
	// The model writes about a short text, which any machine reads at once.
	var short app.Collection
	b.call(t, "collections.create", app.RenameRequest{Name: "Namespace, short"}, &short)
	b.post(t, "/api/upload?collection="+short.ID+"&name=contract.md", "application/octet-stream", strings.NewReader(contract), &document)
	b.call(t, "chats.send", app.SendRequest{Text: "What is the notice period?", CollectionIDs: []string{short.ID}, Formulate: true}, &sent)
	b.last(t, sent.Chat.ID, func(m app.Message) bool { return m.Text != "" || m.Status != "running" })
	var stopped app.Message
	b.call(t, "chats.stop", app.ByID{ID: sent.Answer.ID}, &stopped)
	if stopped.Text == "" || stopped.Problem != nil {
		t.Errorf("the model wrote %q, %+v", stopped.Text, stopped.Problem)
	}
	s.stop(t)
}

// last waits until the last message of a chat is as wanted.
func (b browser) last(t *testing.T, chat string, as func(app.Message) bool) app.Message {
	t.Helper()
	var message app.Message
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("last seen: %s %s %q", message.Status, message.Phase, message.Text)
		}
	})
	until(t, "the answer is there", func() bool {
		var view app.ChatView
		b.call(t, "chats.open", app.ByID{ID: chat}, &view)
		message = view.Messages[len(view.Messages)-1]
		return as(message)
	})
	return message
}
