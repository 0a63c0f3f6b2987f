package openai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/openai"
)

// TestLlamaCppServerPassesTheSuite runs the server of llama-cpp-python with the
// starter pack's chat model; the test task installs it.
func TestLlamaCppServerPassesTheSuite(t *testing.T) {
	packages, starter := os.Getenv("KONTOR_LLAMA_SERVER"), os.Getenv("KONTOR_STARTER_DIR")
	if packages == "" || starter == "" {
		t.Skip("KONTOR_LLAMA_SERVER and KONTOR_STARTER_DIR are not set: this test needs llama-cpp-python's server and the starter pack")
	}
	client := startLlamaServer(t, packages, starter)
	llmtest.RunProvider(t, func(*testing.T) llmtest.Subject {
		return llmtest.Subject{
			Provider: client, Model: "smollm2", Window: 1024, Foreign: true, Schemas: llmtest.Supported, Tools: llmtest.Ignored, Images: llmtest.Broken,
			Long: "Count from one to one hundred in words, one number on each line, without leaving out any.",
		}
	})
}

func startLlamaServer(t *testing.T, packages, starter string) *openai.Client {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(starter, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Models []struct{ Role, File string } }
	if err := json.Unmarshal(raw, &manifest); err != nil {
		t.Fatal(err)
	}
	model := ""
	for _, m := range manifest.Models {
		if m.Role == "chat" {
			model = filepath.Join(starter, m.File)
		}
	}
	address := freeAddress(t)
	client := clientOf(t, "http://"+address.String(), openai.LlamaCpp, 0)
	runPython(t, packages, client, "-m", "llama_cpp.server", "--model", model, "--model_alias", "smollm2",
		"--host", "127.0.0.1", "--port", fmt.Sprint(address.Port), "--n_ctx", "1024", "--n_threads", "2", "--verbose", "false",
		"--interrupt_requests", "false") // by default a new question breaks off the one before
	return client
}

func freeAddress(t *testing.T) *net.TCPAddr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close() // the server takes the port a moment later
	return listener.Addr().(*net.TCPAddr)
}

// runPython starts a server from a folder of Python packages and waits until it
// answers; it ends with the test.
func runPython(t *testing.T, packages string, client *openai.Client, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, "python3", args...)
	server.Env = append(os.Environ(), "PYTHONPATH="+packages, "PYTHONDONTWRITEBYTECODE=1", "HF_HUB_OFFLINE=1")
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = server.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		_ = log.Close()
	})
	for {
		if client.Status(t.Context()).State == llm.RuntimeReady {
			return
		}
		select {
		case <-ended:
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("the server ended before it listened:\n%s", said)
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
