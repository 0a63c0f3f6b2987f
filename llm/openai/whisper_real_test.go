package openai_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"kontor/llm/endpoint"
	"kontor/llm/llmtest"
	"kontor/llm/openai"
)

// TestWhisperServerPassesTheSuite runs a real server with Whisper's base model;
// the test task installs both. The speech is a computer's voice.
func TestWhisperServerPassesTheSuite(t *testing.T) {
	packages := os.Getenv("KONTOR_WHISPER_SERVER")
	if packages == "" {
		t.Skip("KONTOR_WHISPER_SERVER is not set: this test needs faster-whisper-server and a model")
	}
	speech, err := os.ReadFile("testdata/speech-en.wav")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "models.yaml")
	// The server takes this name whatever is asked for.
	text := fmt.Sprintf("models:\n- name: whisper-1\n  path: %q\n  model_options: {device: cpu, compute_type: int8}\n  transcribe_options: {beam_size: 1}\n", filepath.Join(packages, "model"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	e, err := endpoint.New(endpoint.Options{BaseURL: "http://" + address.String() + "/v1", DialContext: dial})
	if err != nil {
		t.Fatal(err)
	}
	client := openai.New(openai.Options{Endpoint: e, Dialect: openai.Other, Models: []string{"whisper-1", "qwen"}})
	runPython(t, packages, client, "-m", "faster_whisper_server", "--config", config, "--host", "127.0.0.1", "--port", fmt.Sprint(address.Port))
	llmtest.RunTranscriber(t, client, "whisper-1", "qwen", speech, "hamburg")
}
