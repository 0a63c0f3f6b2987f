package ollama

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kontor/llm"
)

// probeTimeout is how long one health probe may take. The server answers it
// without its runners, in a millisecond on an idle machine.
const probeTimeout = 2 * time.Second

// betweenProbes passes from one that failed to the next.
const betweenProbes = 250 * time.Millisecond

// supervise keeps one server alive until ctx ends.
func (r *Runtime) supervise(ctx context.Context, output io.WriteCloser, stopped chan<- struct{}) {
	defer close(stopped)
	defer output.Close()
	defer func() {
		r.mu.Lock()
		r.stop = nil
		r.mu.Unlock()
		r.set(llm.Status{State: llm.RuntimeDown, Code: llm.CodeRuntimeDown})
	}()
	r.set(llm.Status{State: llm.RuntimeStarting})
	failures := 0
	for ctx.Err() == nil {
		began := r.now()
		code := r.serve(ctx, output)
		if ctx.Err() != nil {
			return
		}
		if r.now().Sub(began) > stableAfter {
			failures = 0
		}
		failures++
		r.log.Warn("runtime ended", "code", code, "failures", failures)
		state := llm.RuntimeStarting // it will be back in a moment
		if failures > patience {
			state = llm.RuntimeDown
		}
		r.set(llm.Status{State: state, Code: code})
		select {
		case <-ctx.Done():
		case <-time.After(delay(failures)):
		}
	}
}

// delay before start number n+1: 0.25 s, doubled up to 30 s.
func delay(failures int) time.Duration {
	if failures > 8 {
		return longestDelay
	}
	return min(firstDelay<<(failures-1), longestDelay)
}

// serve runs one server from start to end and says why it ended.
func (r *Runtime) serve(ctx context.Context, output io.Writer) llm.Code {
	port, err := freePort()
	if err != nil {
		return llm.CodeRuntimeDown
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	r.runners.forget()
	child, err := r.options.Start(Command{
		Program: r.Program(), Args: []string{"serve"}, Env: r.environment(address), Dir: r.options.Home,
		Output: io.MultiWriter(output, &r.runners),
	})
	if err != nil {
		r.log.Error("runtime could not be started")
		return llm.CodeRuntimeDown
	}
	status := llm.Status{State: llm.RuntimeReady, Endpoint: "http://" + address}
	version, code := r.await(ctx, child, port, status.Endpoint)
	if code != "" {
		child.Kill()
		return code
	}
	status.Version = version
	r.log.Info("runtime is ready", "version", version, "pid", child.PID())
	r.set(status)
	return r.guard(ctx, child, status.Endpoint)
}

// freePort asks the system for a port that is free now. Should another
// program take it before the server does, the server ends and is started
// again on another one.
func freePort() (int, error) {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, err
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.Join(errors.New("no TCP address"), listener.Close())
	}
	return address.Port, listener.Close()
}

// environment is all the server gets to see.
func (r *Runtime) environment(address string) []string {
	flash := "0"
	if r.options.FlashAttention {
		flash = "1"
	}
	env := []string{
		"HOME=" + r.options.Home, "USERPROFILE=" + r.options.Home, "LOCALAPPDATA=" + r.options.Home,
		"TMPDIR=" + r.options.Home + "/tmp", "TMP=" + r.options.Home, "TEMP=" + r.options.Home,
		"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "GIN_MODE=release",
		"OLLAMA_HOST=" + address,
		"OLLAMA_MODELS=" + r.modelFolder(),
		// Without it the server asks its vendor for recommendations.
		"OLLAMA_NO_CLOUD=1",
		// A name nobody else knows: its echo proves that our server answers.
		"OLLAMA_ORIGINS=" + r.origin,
		"OLLAMA_KEEP_ALIVE=" + r.options.KeepAlive.String(),
		// Two for chat, so that a change to another model and back finds the
		// prompt in the cache, and one for embedding. What does not fit into
		// free memory makes the server let another one go.
		"OLLAMA_MAX_LOADED_MODELS=3",
		// One slot, so that a chat finds its prompt in the cache.
		"OLLAMA_NUM_PARALLEL=1",
		"OLLAMA_FLASH_ATTENTION=" + flash,
		// At level debug prompts would reach the log.
		"OLLAMA_DEBUG=0",
		"OLLAMA_NOHISTORY=1",
	}
	return append(env, r.options.Env...)
}

// await waits until the server answers and is the child that was started.
func (r *Runtime) await(ctx context.Context, child Child, port int, endpoint string) (version string, code llm.Code) {
	deadline := time.After(r.options.ReadyWithin)
	for {
		version, err := r.probe(ctx, endpoint)
		switch {
		case err == nil && r.options.Version != "" && version != r.options.Version:
			return "", llm.CodeRuntimeForeign
		case err == nil:
			if !owns(child.PID(), port) {
				return "", llm.CodeRuntimeForeign
			}
			return version, ""
		case llm.CodeOf(err) == llm.CodeRuntimeForeign:
			return "", llm.CodeRuntimeForeign
		}
		select {
		case <-ctx.Done():
			return "", llm.CodeCancelled
		case <-child.Done():
			return "", llm.CodeRuntimeCrashed
		case <-deadline:
			return "", llm.CodeRuntimeDown
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// probe asks for the version. Ollama echoes an origin it was told to allow
// and refuses any other, so the echo of ours tells our server from another.
func (r *Runtime) probe(ctx context.Context, endpoint string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/api/version", nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Origin", r.origin)
	response, err := r.http.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Access-Control-Allow-Origin") != r.origin {
		return "", failed(llm.CodeRuntimeForeign, "another program answers on the port")
	}
	_, version, ok := strings.Cut(string(answer), `"version":"`)
	version, _, closed := strings.Cut(version, `"`)
	if !ok || !closed {
		return "", failed(llm.CodeRuntimeForeign, "no version in the answer")
	}
	return version, nil
}

// guard watches a ready server until it ends, hangs or ctx ends.
func (r *Runtime) guard(ctx context.Context, child Child, endpoint string) llm.Code {
	select {
	case <-r.replace: // it was about the server before
	default:
	}
	ticker := time.NewTicker(r.options.ProbeEvery)
	defer ticker.Stop()
	failures := 0
	last := r.now()
	for {
		select {
		case <-ctx.Done():
			child.Stop()
			return ""
		case <-child.Done():
			return llm.CodeRuntimeCrashed
		case <-r.replace:
			child.Kill()
			return llm.CodeRuntimeCrashed
		case <-r.check:
		case <-ticker.C:
		}
		// The wall clock goes on while a machine sleeps, the ticker does not.
		now := r.now()
		if slept := now.Round(0).Sub(last.Round(0)); slept > 2*r.options.ProbeEvery+probeTimeout {
			r.log.Info("clock jumped, probing the runtime", "seconds", int(slept.Seconds()))
			failures = 0
		}
		last = now
		if _, err := r.probe(ctx, endpoint); err == nil {
			failures = 0
			continue
		}
		if failures++; failures >= r.options.ProbeFails && ctx.Err() == nil {
			r.log.Warn("runtime hangs", "probes", failures)
			child.Kill()
			return llm.CodeRuntimeCrashed
		}
		r.Check() // do not wait a whole period for the next try
		select {
		case <-ctx.Done():
		case <-child.Done():
		case <-time.After(min(r.options.ProbeEvery, betweenProbes)):
		}
	}
}
