package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kontor/llm/llmtest"
	"kontor/llm/store"
)

// registryOf is a registry with one model of one blob.
func registryOf(t *testing.T, content string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	digest := "sha256:" + hex.EncodeToString(sum[:])
	layer := store.Layer{MediaType: store.MediaTemplate, Digest: digest, Size: int64(len(content))}
	raw, err := json.Marshal(store.Manifest{SchemaVersion: 2, Config: layer, Layers: []store.Layer{layer}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/manifests/") {
			_, _ = w.Write(raw)
			return
		}
		_, _ = fmt.Fprint(w, content)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func awaitState(t *testing.T, a *App, id, state string) Download {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		list, err := a.getting.List(t.Context(), a.Owner(), Empty{})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range list.Jobs {
			if j.ID == id && j.State == state {
				return j
			}
			if j.ID == id && j.State == stateFailed {
				t.Fatalf("failed: %+v", j.Problem)
			}
		}
	}
	t.Fatalf("never %s", state)
	return Download{}
}

func TestNothingIsDownloadedUnlessAllowed(t *testing.T) {
	b := openIn(t, t.TempDir(), llmtest.Script{})
	_, err := b.getting.Fetch(t.Context(), b.Owner(), FetchRequest{Name: "tiny:1b"})
	if code := AsError(err).Code; code != ProblemDownloadsOff {
		t.Errorf("%v", err)
	}
	if b.getting.allowEgress("192.0.2.1", 443) {
		t.Error("the way out is open")
	}
}

func TestDownloadedModelIsListedAndDeleted(t *testing.T) {
	address := registryOf(t, "a model's template")
	b := openIn(t, t.TempDir(), llmtest.Script{}, lockedBy(fmt.Sprintf(`{"enforced": {"models.allow_download": "true", "models.registry": %q}}`, address)))
	job, err := b.getting.Fetch(t.Context(), b.Owner(), FetchRequest{Name: "tiny:1b"})
	if err != nil {
		t.Fatal(err)
	}
	awaitState(t, b.App, job.ID, stateDone)
	list, err := b.getting.Stored(t.Context(), b.Owner(), Empty{})
	if err != nil || len(list.Models) != 1 || list.Models[0].Name != "tiny:1b" {
		t.Fatalf("%+v, %v", list, err)
	}
	freed, err := b.getting.Delete(t.Context(), b.Owner(), ModelByName{Name: "tiny:1b"})
	if err != nil || freed.Bytes != int64(len("a model's template")) {
		t.Errorf("%+v, %v", freed, err)
	}
	if _, err := os.Stat(filepath.Join(b.getting.folder(), job.ID)); !os.IsNotExist(err) {
		t.Errorf("the job's folder is left: %v", err)
	}
}

func TestQueueOutlivesTheProgram(t *testing.T) {
	address := registryOf(t, "kept")
	folder := t.TempDir()
	policies := lockedBy(fmt.Sprintf(`{"enforced": {"models.allow_download": "true", "models.registry": %q}}`, address))
	paused := job{Download: Download{ID: "0001", Kind: fromRegistry, Name: "later:1b", State: statePaused}}
	cut := job{Download: Download{ID: "0002", Kind: fromRegistry, Name: "cut:1b", State: stateRunning}}
	for _, j := range []job{paused, cut} {
		place := filepath.Join(folder, "downloads", j.ID)
		if err := os.MkdirAll(place, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(place, "job.json"), mustJSON(j), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := openIn(t, folder, llmtest.Script{}, policies)
	awaitState(t, b.App, "0002", stateDone)
	awaitState(t, b.App, "0001", statePaused)
	if _, err := b.getting.Change(t.Context(), b.Owner(), DownloadAction{ID: "0001", Action: "resume"}); err != nil {
		t.Fatal(err)
	}
	awaitState(t, b.App, "0001", stateDone)
}

func TestWhatIsNoModelIsRefused(t *testing.T) {
	b := openIn(t, t.TempDir(), llmtest.Script{})
	broken := filepath.Join(t.TempDir(), "broken.gguf")
	if err := os.WriteFile(broken, []byte("GGUF but not really"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{broken: "header_broken", t.TempDir(): ProblemNoModelFile, broken + "x": ProblemPathMissing} {
		_, err := b.getting.Take(t.Context(), b.Owner(), TakeRequest{Path: path})
		if code := AsError(err).Code; code != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}
