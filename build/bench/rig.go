package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kontor/app/child"
	"kontor/llm/ollama"
)

// rig is the runtime as Kontor runs it, but owned by this program, with the
// starter models and a recorder before it. Kontor uses it as an external
// server, so that every request can be seen and asked again.
type rig struct {
	runtime  *ollama.Runtime
	recorder *recorder
	client   *http.Client
	pack     pack
}

// pack is what this program reads of the starter pack's manifest.
type pack struct {
	Models []struct {
		Name       string `json:"name"`
		Role       string `json:"role"`
		File       string `json:"file"`
		SHA256     string `json:"sha256"`
		Scheme     string `json:"scheme"`
		Dimensions int    `json:"dimensions"`
	} `json:"models"`
}

func readPack(folder string) (pack, error) {
	var p pack
	raw, err := os.ReadFile(manifestFile(folder))
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(raw, &p)
}

// runtimeChild runs the runtime under the shim that Kontor uses, so that it
// cannot outlive this program.
type runtimeChild struct{ process *child.Process }

func (r runtimeChild) PID() int              { return r.process.PID() }
func (r runtimeChild) Done() <-chan struct{} { return r.process.Done() }
func (r runtimeChild) Stop()                 { r.process.Stop() }
func (r runtimeChild) Kill()                 { r.process.Kill() }

func startChild(c ollama.Command) (ollama.Child, error) {
	process := child.Command(child.Options{Program: c.Program, Args: c.Args, Env: c.Env, Dir: c.Dir, Stdout: c.Output, Stderr: c.Output})
	if err := process.Start(); err != nil {
		return nil, err
	}
	return runtimeChild{process}, nil
}

// rig starts the runtime when it is first asked for.
func (b *bench) rig(ctx context.Context) (*rig, error) {
	if b.shared != nil {
		return b.shared, nil
	}
	models, err := readPack(b.options.starter)
	if err != nil {
		return nil, err
	}
	home := filepath.Join(b.folder, "runtime")
	r := &rig{pack: models, client: &http.Client{Transport: b.transport}}
	r.runtime = ollama.NewRuntime(ollama.RuntimeOptions{
		Folder: b.options.runtime, ModelFolder: filepath.Join(home, "models"), Home: home, LogFolder: filepath.Join(home, "logs"),
		Start: startChild, DialContext: b.dial,
	})
	if err := r.runtime.Start(ctx); err != nil {
		return nil, err
	}
	if err := r.prepare(ctx, b); err != nil {
		r.close()
		return nil, fmt.Errorf("prepare the runtime: %w", err)
	}
	b.report.Machine.Runtime = r.runtime.Status().Version
	b.shared = r
	return r, nil
}

func (r *rig) prepare(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	endpoint, err := r.runtime.Endpoint(ctx)
	if err != nil {
		return err
	}
	client := ollama.New(ollama.Options{Server: r.runtime, DialContext: b.dial})
	for _, model := range r.pack.Models {
		err := client.ImportGGUF(ctx, ollama.Import{Name: model.Name, Path: filepath.Join(b.options.starter, model.File), SHA256: model.SHA256})
		if err == nil && b.options.threads > 0 {
			err = r.limitThreads(ctx, endpoint, model.Name, b.options.threads)
		}
		if err != nil {
			return err
		}
	}
	r.recorder, err = startRecorder(endpoint, b.transport)
	return err
}

// limitThreads makes a number of threads a property of the model, so that it
// holds for every request, whoever sends it.
func (r *rig) limitThreads(ctx context.Context, endpoint, model string, threads int) error {
	body, err := json.Marshal(map[string]any{"model": model, "from": model, "parameters": map[string]any{"num_thread": threads}, "stream": false})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/api/create", bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("limit the threads of %s: %s", model, answer.Status)
	}
	return nil
}

func (r *rig) close() {
	if r.recorder != nil {
		r.recorder.close()
	}
	r.runtime.Stop()
}

// kontor starts a Kontor that uses the rig, and waits until it can answer.
func (r *rig) kontor(ctx context.Context, b *bench, name string, flags, env []string) (*kontor, error) {
	data, err := b.scratch(name)
	if err != nil {
		return nil, err
	}
	return r.kontorOn(ctx, b, data, flags, env)
}

func (r *rig) kontorOn(ctx context.Context, b *bench, data string, flags, env []string) (*kontor, error) {
	flags = append([]string{"--starter-dir", b.options.starter, "--runtime-url", r.recorder.url}, flags...)
	k, err := b.startKontor(ctx, data, flags, env)
	if err != nil {
		return nil, err
	}
	// Warm: the model is in memory when the first question comes.
	warmed := until(ctx, time.Minute, func() bool {
		for _, e := range r.recorder.since(chatPath, k.log.began) {
			if !e.ended.IsZero() {
				return true
			}
		}
		return false
	})
	if !warmed {
		k.stop()
		return nil, errors.New("Kontor did not load its chat model")
	}
	return k, nil
}
