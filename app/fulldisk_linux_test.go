package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/registry"
	"kontor/llm/store"
)

// smallDisk is a file system whose size can be changed while it is in use.
func smallDisk(t *testing.T) (folder string, resize func(bytes int64)) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	folder = t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=4g"); err != nil {
		t.Skipf("this machine lets nobody mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder, func(bytes int64) {
		if err := syscall.Mount("tmpfs", folder, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", bytes)); err != nil {
			t.Error(err)
		}
	}
}

// A download onto a disk that becomes full shows nothing by halves, says what
// is missing, and goes on where it stopped.
func TestDownloadOntoAFullDisk(t *testing.T) {
	disk, resize := smallDisk(t)
	content := strings.Repeat("a model's weights ", 200_000)
	sum := sha256.Sum256([]byte(content))
	layer := store.Layer{MediaType: store.MediaTemplate, Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(content))}
	half := len(content) / 2
	var shrink atomic.Bool
	var begins atomic.Int64 // of the last request for the weights
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/manifests/") {
			_, _ = w.Write(mustJSON(store.Manifest{SchemaVersion: 2, Config: layer, Layers: []store.Layer{layer}}))
			return
		}
		from := 0
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
			w.WriteHeader(http.StatusPartialContent)
		}
		begins.Store(int64(from))
		if shrink.Load() {
			_, _ = w.Write([]byte(content[from:half]))
			_ = http.NewResponseController(w).Flush()
			resize(int64(half)) // less than what is still to come
			from = half
		}
		_, _ = w.Write([]byte(content[from:]))
	}))
	t.Cleanup(server.Close)
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { c.ModelsDir = disk },
		lockedBy(fmt.Sprintf(`{"enforced": {"models.allow_download": "true", "models.registry": %q}}`, server.URL)))
	seen := func() {
		t.Helper()
		if list := do[StoredModels](b, "models.stored", Empty{}); len(list.Models) != 0 {
			t.Errorf("seen before it is whole: %+v", list.Models)
		}
		if (store.Store{Folder: disk}).Has(layer) {
			t.Error("its weights count as there")
		}
	}
	said := func(p *Problem) {
		t.Helper()
		if p == nil || p.Code != string(llm.CodeNoRoom) {
			t.Fatalf("%+v", p)
		}
		message, hint := b.Explain(*p)
		if !strings.Contains(message, "MB") && !strings.Contains(message, "GB") || hint == "" {
			t.Errorf("%q %q", message, hint)
		}
	}
	resize(registry.Reserve)
	job := do[Download](b, "models.fetch", FetchRequest{Name: "large:1b"})
	said(awaitEnd(t, b, job.ID).Problem)
	seen()

	resize(4 << 30)
	shrink.Store(true)
	resume := func() Download {
		do[Empty](b, "models.download", DownloadAction{ID: job.ID, Action: "resume"})
		return awaitEnd(t, b, job.ID)
	}
	said(resume().Problem)
	seen()

	shrink.Store(false)
	resize(4 << 30)
	if ended := resume(); ended.State != stateDone {
		t.Fatalf("with room again: %+v", ended)
	}
	if begins.Load() == 0 {
		t.Error("it began anew")
	}
	if raw, err := os.ReadFile((store.Store{Folder: disk}).BlobPath(layer.Digest)); err != nil || string(raw) != content {
		t.Errorf("its weights: %d bytes, %v", len(raw), err)
	}
	if left, _ := filepath.Glob(filepath.Join(disk, "incoming", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A move onto a disk that is too small, or becomes full, leaves the models
// where they are; with room it goes on.
func TestModelsMoveOntoAFullDisk(t *testing.T) {
	disk, resize := smallDisk(t)
	b := withModel(t, t.TempDir())
	resize(registry.Reserve)
	job := moveJob(t, b, disk)
	ended := awaitEnd(t, b, job.ID)
	if ended.Problem == nil || ended.Problem.Code != string(llm.CodeNoRoom) || ended.Problem.Args["need_bytes"] == "" {
		t.Fatalf("%+v", ended)
	}
	b.hasModel(b.place.usual())
	resize(4 << 30)
	do[Empty](b, "models.download", DownloadAction{ID: job.ID, Action: "resume"})
	if ended = awaitEnd(t, b, job.ID); ended.State != stateDone {
		t.Fatalf("%+v", ended)
	}
	b.hasModel(disk)
}
