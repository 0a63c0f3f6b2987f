package ollama

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// Import describes a model file to install.
type Import struct {
	// Name the model gets on the server.
	Name string
	// Path of the GGUF file.
	Path string
	// SHA256 of the file in hexadecimal; another content is
	// [llm.CodePackBroken] and nothing is installed.
	SHA256 string
	// Template overrides the chat template of the file; empty keeps it.
	Template string
	// License is shown by the server; empty for none.
	License string
	// Progress is called from one goroutine with bytes done and in all; the
	// file is read once to verify it and once to hand it over. May be nil.
	Progress func(done, total int64)
}

// ImportGGUF installs a model file. If the model is there with this very file
// it does nothing, so it can be called at every start.
func (c *Client) ImportGGUF(ctx context.Context, in Import) error {
	sum := strings.ToLower(strings.TrimPrefix(in.SHA256, "sha256:"))
	if len(sum) != 2*sha256.Size {
		return failed(llm.CodePackBroken, "no SHA-256 was given")
	}
	present, err := c.installed(ctx, in, sum)
	if err != nil || present {
		return err
	}
	file, err := os.Open(in.Path)
	if err != nil {
		return &llm.Error{Code: llm.CodePackBroken, Cause: errors.Unwrap(err)}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return &llm.Error{Code: llm.CodePackBroken, Cause: errors.Unwrap(err)}
	}
	meter := &meter{ctx: ctx, r: file, total: 2 * info.Size(), report: in.Progress}
	defer meter.end()
	hash := sha256.New()
	if _, err := io.Copy(hash, meter); err != nil {
		return classify(ctx, err, onLoad)
	}
	if hex.EncodeToString(hash.Sum(nil)) != sum {
		return failed(llm.CodePackBroken, "the file has another SHA-256 than its manifest")
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return &llm.Error{Code: llm.CodePackBroken, Cause: err}
	}
	server, err := c.connect(ctx)
	if err != nil {
		return err
	}
	// The server computes the digest again while it reads.
	digest := "sha256:" + sum
	if err := server.CreateBlob(ctx, digest, meter); err != nil {
		return classify(ctx, err, onLoad)
	}
	create := &api.CreateRequest{Model: in.Name, Files: map[string]string{"model.gguf": digest}, Template: in.Template}
	if in.License != "" {
		create.License = in.License
	}
	c.forget(in.Name)
	return classify(ctx, server.Create(ctx, create, func(api.ProgressResponse) error { return nil }), onLoad)
}

// installed reports whether the server has the model with this file and, if
// one was given, this template.
func (c *Client) installed(ctx context.Context, in Import, sum string) (bool, error) {
	c.forget(in.Name)
	f, err := c.facts(ctx, in.Name, "")
	switch {
	case llm.CodeOf(err) == llm.CodeModelMissing:
		return false, nil
	case err != nil:
		return false, err
	}
	return f.blob == "sha256-"+sum && (in.Template == "" || in.Template == f.template), nil
}

// meter reports how much has been read and stops when ctx ends. The HTTP
// client may still be reading when the server's answer is there: after end
// nothing is read or reported any more.
type meter struct {
	ctx    context.Context
	r      io.Reader
	total  int64
	report func(done, total int64)

	mu    sync.Mutex
	done  int64
	ended bool
}

func (m *meter) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return 0, io.ErrClosedPipe
	}
	n, err := m.r.Read(p)
	m.done += int64(n)
	if m.report != nil && n > 0 {
		m.report(m.done, m.total)
	}
	return n, err
}
