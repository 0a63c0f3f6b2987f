package registry_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/registry"
	"kontor/llm/store"
)

var tiny = store.Name{Host: "host.example", Namespace: "library", Model: "tiny", Tag: "1b"}

// TestMain is also the process that is killed in the middle of a download.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "pull" {
		if err := pull(context.Background(), os.Args[2], os.Args[3], registry.Options{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func pull(ctx context.Context, base, folder string, options registry.Options) error {
	options.Base = base
	options.DialContext = (&net.Dialer{}).DialContext
	client, err := registry.New(options)
	if err != nil {
		return err
	}
	defer client.Close()
	raw, err := client.Manifest(ctx, tiny)
	if err != nil {
		return err
	}
	manifest, err := store.ParseManifest(raw)
	if err != nil {
		return err
	}
	return client.Pull(ctx, tiny, manifest, folder, nil, nil)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// server is a registry of one model.
type server struct {
	*httptest.Server
	manifest []byte
	blobs    map[string][]byte
	weights  string // digest

	mu     sync.Mutex
	sent   int64
	asked  []string             // ranges
	allow  func(end int64) bool // whether the weights may be sent up to here
	spoil  bool                 // flips a byte of the weights
	whole  bool                 // ignores ranges
	cutAt  int                  // ends the connection after so many bytes, 0 never
	moveTo string
}

func newServer(t *testing.T, weights []byte) *server {
	t.Helper()
	config := []byte(`{"model_format":"gguf"}`)
	s := &server{blobs: map[string][]byte{digest(config): config, digest(weights): weights}, weights: digest(weights)}
	m := store.Manifest{
		SchemaVersion: 2, Config: store.Layer{Digest: digest(config), Size: int64(len(config))},
		Layers: []store.Layer{{MediaType: store.MediaModel, Digest: digest(weights), Size: int64(len(weights))}},
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	s.manifest = raw
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/v2/library/tiny/manifests/1b":
		_, _ = w.Write(s.manifest)
		return
	case !strings.HasPrefix(r.URL.Path, "/v2/library/tiny/blobs/"):
		http.NotFound(w, r)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/v2/library/tiny/blobs/")
	if s.moveTo != "" && name == s.weights {
		http.Redirect(w, r, s.moveTo+r.URL.Path, http.StatusTemporaryRedirect)
		return
	}
	data := bytes.Clone(s.blobs[name])
	if s.spoil && name == s.weights {
		data[len(data)/2] ^= 1
	}
	from := 0
	if asked := r.Header.Get("Range"); asked != "" && !s.whole {
		_, _ = fmt.Sscanf(asked, "bytes=%d-", &from)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		s.mu.Lock()
		s.asked = append(s.asked, asked)
		s.mu.Unlock()
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)-from))
	if from > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	s.send(w, r, name, int64(from), data[from:])
}

const piece = 16 << 10

func (s *server) send(w http.ResponseWriter, r *http.Request, name string, at int64, data []byte) {
	control := http.NewResponseController(w)
	inCall := 0
	for len(data) > 0 {
		n := min(piece, len(data))
		s.mu.Lock()
		allow := s.allow
		s.mu.Unlock()
		for allow != nil && name == s.weights && !allow(at+int64(n)) {
			if r.Context().Err() != nil {
				return
			}
			time.Sleep(200 * time.Microsecond)
		}
		if _, err := w.Write(data[:n]); err != nil {
			return
		}
		if control.Flush() != nil {
			return
		}
		s.mu.Lock()
		s.sent += int64(n)
		s.mu.Unlock()
		inCall += n
		at += int64(n)
		if s.cutAt > 0 && inCall >= s.cutAt {
			panic(http.ErrAbortHandler)
		}
		data = data[n:]
	}
}

func random(size int) []byte {
	source := rand.NewChaCha8([32]byte{7})
	data := make([]byte, size)
	_, _ = source.Read(data)
	return data
}

// A line that is slower than the disk: the server runs at most one piece
// ahead of what the client wrote. The process is killed the hard way at twenty
// places.
func TestResumesAfterTwentyKills(t *testing.T) {
	const kills, size = 20, 24 << 20
	weights := random(size)
	s := newServer(t, weights)
	folder := t.TempDir()
	part := filepath.Join(folder, strings.ReplaceAll(s.weights, ":", "-")+".part")
	written := func() int64 {
		info, err := os.Stat(part)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	// Under the lock: the process that pulls is another one, and nothing else
	// orders this before its requests.
	s.mu.Lock()
	s.allow = func(end int64) bool { return end <= written()+piece }
	s.mu.Unlock()
	places := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // places to kill at, no secrets
	for kill := range kills {
		target := int64(size)*int64(kill+1)/(kills+1) - places.Int64N(400_000)
		command := exec.Command(os.Args[0], "pull", s.URL, folder)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- command.Wait() }()
		for written() < target {
			select {
			case err := <-ended:
				t.Fatalf("ended by itself: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-ended
	}
	s.mu.Lock()
	s.allow = nil
	s.mu.Unlock()
	if err := pull(t.Context(), s.URL, folder, registry.Options{}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(s.weights, ":", "-")))
	if err != nil || !bytes.Equal(got, weights) {
		t.Fatalf("not what the registry has: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	twice := float64(s.sent-size) / size
	t.Logf("%d kills, %d ranges, sent %d of %d bytes: %.2f %% twice", kills, len(s.asked), s.sent, size, 100*twice)
	t.Attr("figure.download_twice", fmt.Sprintf("%.2f %d kills, %d requests for ranges, %d MB", 100*twice, kills, len(s.asked), size>>20))
	if twice > .02 {
		t.Errorf("%.2f %% of the bytes were fetched twice, at most 2 %%", 100*twice)
	}
}

func TestBrokenLineGoesOnByItself(t *testing.T) {
	weights := random(1 << 20)
	s := newServer(t, weights)
	s.cutAt = 256 << 10
	folder := t.TempDir()
	if err := pull(t.Context(), s.URL, folder, registry.Options{}); err != nil {
		t.Fatal(err)
	}
	if len(s.asked) == 0 {
		t.Error("nothing was resumed")
	}
}

func TestServerWithoutRanges(t *testing.T) {
	weights := random(300_000)
	s := newServer(t, weights)
	s.whole = true
	folder := t.TempDir()
	part := filepath.Join(folder, strings.ReplaceAll(s.weights, ":", "-")+".part")
	if err := os.WriteFile(part, weights[:100_000], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := pull(t.Context(), s.URL, folder, registry.Options{}); err != nil {
		t.Fatal(err)
	}
}

func TestRefusals(t *testing.T) {
	weights := random(400_000)
	check := func(name string, want llm.Code, prepare func(s *server, o *registry.Options)) {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, weights)
			options := registry.Options{}
			prepare(s, &options)
			folder := t.TempDir()
			err := pull(t.Context(), s.URL, folder, options)
			if llm.CodeOf(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
			if _, err := os.Stat(filepath.Join(folder, strings.ReplaceAll(s.weights, ":", "-"))); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it counts as fetched: %v", err)
			}
		})
	}
	check("another content", llm.CodeDigestWrong, func(s *server, _ *registry.Options) { s.spoil = true })
	check("no such model", llm.CodeRegistryUnknown, func(s *server, _ *registry.Options) {
		s.Config.Handler = http.NotFoundHandler()
	})
	check("not the protocol", llm.CodeRegistryAnswer, func(s *server, _ *registry.Options) { s.manifest = []byte("<html>Log in</html>") })
	check("no room", llm.CodeNoRoom, func(_ *server, o *registry.Options) {
		o.Free = func(string) (uint64, error) { return registry.Reserve, nil }
	})
	check("another server unasked", llm.CodeDenied, func(s *server, _ *registry.Options) { s.moveTo = "http://127.0.0.1:1" })
	check("another server refused", llm.CodeDenied, func(s *server, o *registry.Options) {
		s.moveTo = "http://127.0.0.1:1"
		o.Redirected = func(*url.URL) error { return &llm.Error{Code: llm.CodeDenied} }
	})
}

func TestFollowsToTheServerThatHoldsTheBlobs(t *testing.T) {
	weights := random(200_000)
	front, holder := newServer(t, weights), newServer(t, weights)
	front.moveTo = holder.URL
	var told string
	options := registry.Options{Redirected: func(to *url.URL) error { told = to.Host; return nil }}
	if err := pull(t.Context(), front.URL, t.TempDir(), options); err != nil {
		t.Fatal(err)
	}
	if "http://"+told != holder.URL {
		t.Errorf("told of %q", told)
	}
}

func TestStopsWhenAsked(t *testing.T) {
	s := newServer(t, random(1<<20))
	ctx, cancel := context.WithCancel(t.Context())
	first := true
	s.allow = func(int64) bool {
		if first {
			first = false
			return true
		}
		cancel()
		return false
	}
	if err := pull(ctx, s.URL, t.TempDir(), registry.Options{}); llm.CodeOf(err) != llm.CodeCancelled {
		t.Errorf("%v", err)
	}
}
