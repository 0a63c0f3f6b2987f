package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kontor/app"
	"kontor/app/instance"
)

// startPatience is how long a program may take to say where it serves.
const startPatience = 60 * time.Second

// kontor is a running edge server and a signed-in client of it.
type kontor struct {
	cmd    *exec.Cmd
	data   string
	client *http.Client
	base   string // http://127.0.0.1:port
	// ready is how long it took from its start to its first page.
	ready  time.Duration
	events *eventLog
	log    *logLines
	ended  chan struct{}
}

// startKontor runs `kontor serve` on a data folder and signs in as a browser
// does. flags are added to the command line, env to the environment.
func (b *bench) startKontor(ctx context.Context, data string, flags, env []string) (*kontor, error) {
	k := &kontor{data: data, log: &logLines{}, ended: make(chan struct{})}
	arguments := append([]string{"serve", "--port", "0", "--data", data}, flags...)
	k.cmd = exec.CommandContext(ctx, b.options.program, arguments...)
	k.cmd.Env = append(cleanEnvironment(), env...)
	k.cmd.Stderr = k.log
	k.cmd.Cancel = func() error { return k.cmd.Process.Signal(os.Interrupt) }
	k.cmd.WaitDelay = 20 * time.Second
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	k.client = &http.Client{Jar: jar, Transport: b.transport}
	began := time.Now()
	k.log.began = began
	if err := k.cmd.Start(); err != nil {
		return nil, err
	}
	link, err := loginLink(out)
	go func() {
		defer close(k.ended)
		_, _ = io.Copy(io.Discard, out)
		_ = k.cmd.Wait() // how it ended is told by stop
	}()
	if err == nil {
		err = k.open(ctx, link)
		k.ready = time.Since(began)
	}
	if err == nil {
		k.events, err = k.follow(ctx)
	}
	if err != nil {
		k.stop()
		return nil, fmt.Errorf("start Kontor: %w; it said: %s", err, k.log.tail())
	}
	return k, nil
}

// cleanEnvironment leaves out what would change Kontor's settings.
func cleanEnvironment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "KONTOR_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// loginLink reads the first URL that the program prints.
func loginLink(out io.Reader) (string, error) {
	found, failed := make(chan string, 1), make(chan error, 1)
	go func() {
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadString('\n')
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "http://") {
				found <- line
				return
			}
			if err != nil {
				failed <- errors.New("it ended without a link")
				return
			}
		}
	}()
	select {
	case link := <-found:
		return link, nil
	case err := <-failed:
		return "", err
	case <-time.After(startPatience):
		return "", errors.New("no link came")
	}
}

// open signs in and reads the first page.
func (k *kontor) open(ctx context.Context, link string) error {
	address, err := url.Parse(link)
	if err != nil {
		return err
	}
	k.base = address.Scheme + "://" + address.Host
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return err
	}
	page, err := k.client.Do(request)
	if err != nil {
		return err
	}
	defer page.Body.Close()
	content, err := io.ReadAll(page.Body)
	if err != nil {
		return err
	}
	if page.StatusCode != http.StatusOK || !bytes.Contains(content, []byte("<html")) {
		return fmt.Errorf("the first page answers %s", page.Status)
	}
	return nil
}

// stop ends the program and returns when it is gone.
func (k *kontor) stop() {
	_ = k.cmd.Process.Signal(os.Interrupt) // it may have ended by itself
	select {
	case <-k.ended:
	case <-time.After(k.cmd.WaitDelay):
		_ = k.cmd.Process.Kill()
		<-k.ended
	}
	if k.events != nil {
		k.events.close()
	}
}

// call runs a method as a page does.
func (k *kontor) call(ctx context.Context, name string, request, result any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	return k.post(ctx, "/api/call/"+name, "application/json", bytes.NewReader(body), result)
}

func (k *kontor) post(ctx context.Context, path, kind string, body io.Reader, result any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, k.base+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("X-Kontor", "1")
	answer, err := k.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, answer.Status, content)
	}
	return json.Unmarshal(content, result)
}

// callLocal runs a method that only local programs may use.
func (k *kontor) callLocal(ctx context.Context, name string, request, result any) error {
	client, err := instance.Dial(ctx, k.data)
	if err != nil {
		return err
	}
	return client.Call(ctx, name, request, result)
}

// upload adds a document to a collection.
func (k *kontor) upload(ctx context.Context, collection, name, text string) (app.Document, error) {
	query := url.Values{"collection": {collection}, "name": {name}}
	var document app.Document
	err := k.post(ctx, "/api/upload?"+query.Encode(), "application/octet-stream", strings.NewReader(text), &document)
	return document, err
}

// documentReady waits until a document has all its vectors and says when that
// was told.
func (k *kontor) documentReady(ctx context.Context, id string) (time.Time, error) {
	told, err := k.events.await(ctx, 0, func(e app.Event) bool {
		d := e.DocumentChanged
		return d != nil && d.ID == id && (d.Status == "ready" || d.Status == "failed" || d.Status == "cancelled")
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("wait for a document: %w", err)
	}
	if status := told.event.DocumentChanged.Status; status != "ready" {
		return time.Time{}, fmt.Errorf("a generated document is %s: %v", status, told.event.DocumentChanged.Problem)
	}
	return told.at, nil
}

// collection makes one.
func (k *kontor) collection(ctx context.Context, name string) (string, error) {
	var made app.Collection
	err := k.call(ctx, "collections.create", app.RenameRequest{Name: name}, &made)
	return made.ID, err
}

// scratch makes a new folder for one Kontor; short, because a socket will lie
// in it.
func (b *bench) scratch(name string) (string, error) {
	return os.MkdirTemp(b.folder, name+"-")
}

// logLines keeps what a program says, with the time it said it.
type logLines struct {
	mu    sync.Mutex
	began time.Time
	lines []logLine
	rest  []byte
}

type logLine struct {
	after time.Duration
	text  string
}

// Write implements io.Writer.
func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		l.lines = append(l.lines, logLine{after: time.Since(l.began), text: string(line)})
		l.rest = append([]byte(nil), rest...)
	}
}

// find returns the first line that holds a text.
func (l *logLines) find(text string) (logLine, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line.text, text) {
			return line, true
		}
	}
	return logLine{}, false
}

func (l *logLines) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, line := range l.lines[max(0, len(l.lines)-5):] {
		b.WriteString(line.text + "; ")
	}
	b.Write(l.rest)
	return b.String()
}

// manifestFile is the starter pack's list.
func manifestFile(folder string) string { return filepath.Join(folder, "manifest.json") }
