package milvus_test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kontor/localrag"
	"kontor/localrag/milvus"
	"kontor/localrag/ragtest"
	"kontor/localrag/remote"
)

// start runs Milvus Lite's server, of the task runner's test needs, until the
// test ends.
func start(t *testing.T) *url.URL {
	t.Helper()
	packages := os.Getenv("KONTOR_VECTOR_SERVERS")
	if packages == "" {
		t.Skip("KONTOR_VECTOR_SERVERS does not name the folder with Milvus Lite; `go run ./build test` sets it up")
	}
	listening, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listening.Addr().(*net.TCPAddr).Port
	if err := listening.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", "-m", "milvus_lite", "server", "--data-dir", t.TempDir(), "--host", "127.0.0.1", "--port", fmt.Sprint(port))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+packages, "PYTHONDONTWRITEBYTECODE=1")
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	address := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)}
	for begin := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		conn, err := net.Dial("tcp", address.Host)
		if err == nil {
			_ = conn.Close()
			return address
		}
		if time.Since(begin) > 2*time.Minute {
			t.Fatal(err)
		}
	}
}

func TestMilvus(t *testing.T) {
	address := start(t)
	var count atomic.Int32
	options := func(name string) remote.Options {
		return remote.Options{Address: address, Collection: name, DialContext: (&net.Dialer{}).DialContext}
	}
	t.Run("VectorIndex", func(t *testing.T) {
		ragtest.TestVectorIndex(t, 1, func(t *testing.T) localrag.VectorIndex {
			index, err := remote.Open(t.Context(), milvus.New(options(fmt.Sprintf("kontor_%d", count.Add(1)))), ragtest.Dimension)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = index.Close() })
			return index
		})
	})
	t.Run("Remote", func(t *testing.T) {
		ragtest.TestRemote(t, func() remote.Store { return milvus.New(options("kontor_again")) })
	})
}
