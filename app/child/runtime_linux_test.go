package child_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kontor/app/child"
)

// These tests run the real model runtime with a loaded model. Its runner is a
// child of its server and does not die with it: the case the shim is for.

// realRuntime names the folders, or skips the test.
func realRuntime(t *testing.T) (runtime, model string) {
	t.Helper()
	runtime, starter := os.Getenv("KONTOR_RUNTIME_DIR"), os.Getenv("KONTOR_STARTER_DIR")
	if runtime == "" || starter == "" {
		t.Skip("KONTOR_RUNTIME_DIR and KONTOR_STARTER_DIR are not set: this test needs the real runtime and the starter pack")
	}
	models, err := filepath.Glob(filepath.Join(starter, "smollm2*.gguf"))
	if err != nil || len(models) != 1 {
		t.Fatalf("chat model: %v, %v", models, err)
	}
	return runtime, models[0]
}

func serverOptions(runtime, folder, address string) child.Options {
	return child.Options{
		Program: filepath.Join(runtime, "bin", "ollama"), Args: []string{"serve"}, Dir: folder,
		Env: []string{"HOME=" + folder, "OLLAMA_HOST=" + address, "OLLAMA_MODELS=" + folder + "/models", "OLLAMA_NO_CLOUD=1", "PATH=/usr/bin:/bin"},
	}
}

// runtimeKontor is the program "a Kontor that runs the runtime".
func runtimeKontor(runtime, folder, address string) int {
	p := child.Command(serverOptions(runtime, folder, address))
	if err := p.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(p.ShimPID(), p.PID())
	p.Wait()
	return 0
}

// load installs the model and loads it.
func load(t *testing.T, address, model string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext}}
	defer client.CloseIdleConnections()
	call := func(method, path string, body io.Reader) int {
		request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, body)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			return 0
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
	for call(http.MethodGet, "/api/version", nil) != http.StatusOK {
		if ctx.Err() != nil {
			t.Fatal("the runtime never answered")
		}
		time.Sleep(20 * time.Millisecond)
	}
	data, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	if status := call(http.MethodPost, "/api/blobs/"+digest, bytes.NewReader(data)); status != http.StatusCreated && status != http.StatusOK {
		t.Fatalf("blob: %d", status)
	}
	create, _ := json.Marshal(map[string]any{"model": "m", "files": map[string]string{"m.gguf": digest}, "stream": false})
	if status := call(http.MethodPost, "/api/create", bytes.NewReader(create)); status != http.StatusOK {
		t.Fatalf("create: %d", status)
	}
	chat := `{"model":"m","messages":[],"options":{"num_ctx":512,"num_thread":1}}`
	if status := call(http.MethodPost, "/api/chat", strings.NewReader(chat)); status != http.StatusOK {
		t.Fatalf("load: %d", status)
	}
}

// session lists the living processes of a session.
func session(id int) []int {
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	var found []int
	for _, entry := range entries {
		stat, err := os.ReadFile(entry)
		if err != nil {
			continue
		}
		_, rest, ok := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')')-1:]), ") ")
		fields := strings.Fields(rest)
		if !ok || len(fields) < 4 || fields[0] == "Z" || fields[3] != strconv.Itoa(id) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(entry)))
		found = append(found, pid)
	}
	return found
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestNothingOfTheRuntimeIsLeft(t *testing.T) {
	runtime, model := realRuntime(t)
	for _, victim := range []string{"kontor", "shim", "runtime"} {
		t.Run("kill -9 of the "+victim, func(t *testing.T) {
			folder, address := t.TempDir(), freeAddress(t)
			kontor := exec.Command(os.Args[0], "program", "runtime", runtime, folder, address)
			out, err := kontor.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := kontor.Start(); err != nil {
				t.Fatal(err)
			}
			var shim, server int
			if _, err := fmt.Fscan(out, &shim, &server); err != nil {
				t.Fatal(err)
			}
			load(t, address, model)
			all := session(shim)
			if len(all) < 3 {
				t.Fatalf("shim, server and runner expected, found %v", all)
			}
			pid := map[string]int{"kontor": kontor.Process.Pid, "shim": shim, "runtime": server}[victim]
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			mustDie(t, all)
			_ = kontor.Process.Kill()
			_ = kontor.Wait()
		})
	}
}

func TestRuntimeStopsInGoodOrder(t *testing.T) {
	runtime, model := realRuntime(t)
	address := freeAddress(t)
	p := child.Command(serverOptions(runtime, t.TempDir(), address))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	load(t, address, model)
	all := session(p.ShimPID())
	start := time.Now()
	exit := p.Stop()
	if exit.Reason != child.ReasonStopped || time.Since(start) > child.DefaultGrace {
		t.Errorf("exit = %+v after %v", exit, time.Since(start))
	}
	mustDie(t, all)
}
