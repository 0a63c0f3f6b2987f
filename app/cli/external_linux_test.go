package cli_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kontor/app"
)

// TestExternalRuntime uses an Ollama that somebody else started.
func TestExternalRuntime(t *testing.T) {
	needRuntime(t)
	if _, err := os.Stat(filepath.Join(shared, "models", "manifests")); err != nil {
		kontor(t, shared, "ask", "Anything at all?", testdata(t, "ok/testMARKDOWN.md"), "--json")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	home := t.TempDir()
	external := exec.Command(filepath.Join(os.Getenv("KONTOR_RUNTIME_DIR"), "bin", "ollama"), "serve")
	external.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "OLLAMA_HOST=" + address, "OLLAMA_NO_CLOUD=1",
		"OLLAMA_MODELS=" + filepath.Join(shared, "models"), "OLLAMA_FLASH_ATTENTION=0"}
	external.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := external.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { _ = external.Wait(); close(gone) }()
	t.Cleanup(func() {
		_ = external.Process.Signal(os.Interrupt) // takes its runners with it
		select {
		case <-gone:
		case <-time.After(20 * time.Second):
			_ = external.Process.Kill()
			<-gone
		}
	})
	s := serve(t, shared, environment("KONTOR_STARTER_DIR"), "--runtime-url", "http://"+address)
	var status app.Status
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%+v\n%s", status, s.logged())
		}
	})
	until(t, "the external runtime is used", func() bool {
		status = call[app.Status](t, s, "status.get", app.Empty{})
		return status.Runtime == "ready" && status.RuntimeKind == "external" && status.RuntimeHost == address && status.RuntimeLocal
	})
	sent := call[app.SendResult](t, s, "chats.send", app.SendRequest{Text: "Write a long story about a lighthouse."})
	answered(t, s, sent)
	if message := call[app.Message](t, s, "chats.stop", app.ByID{ID: sent.Answer.ID}); message.Text == "" || !strings.Contains(message.Model, "smollm2") {
		t.Errorf("answer %q by %q", message.Text, message.Model)
	}
	s.stop(t)
	select {
	case <-gone:
		t.Fatal("the external runtime ended with Kontor")
	default:
	}
	dialer := net.Dialer{Timeout: 10 * time.Second}
	conn, err := dialer.DialContext(context.Background(), "tcp", address)
	if err != nil {
		t.Fatalf("the external runtime does not answer any more: %v", err)
	}
	_ = conn.Close()
}
