package openai_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/openai"
)

// Servers that document the route write down speech; of the others no model is
// taken for one, whatever it is called.
func TestSpeechInEveryDialect(t *testing.T) {
	hears := []openai.Dialect{openai.VLLM, openai.SGLang, openai.LlamaCpp, openai.Mistral, openai.OpenAI, openai.Other}
	for _, dialect := range openai.Dialects() {
		t.Run(string(dialect), func(t *testing.T) {
			script := llmtest.NewScripted(llmtest.Script{Transcriber: llmtest.SpeechModel})
			server := httptest.NewServer(script.OpenAIHandler(string(dialect)))
			t.Cleanup(server.Close)
			client := clientOf(t, server.URL, dialect, 0)
			if slices.Contains(hears, dialect) {
				llmtest.RunTranscriber(t, client, llmtest.SpeechModel, llmtest.ChatModel, llmtest.Tone(time.Second), "good morning")
				for _, sent := range script.Recordings() {
					if len(sent.WAV) != len(llmtest.Tone(time.Second)) {
						t.Errorf("%d bytes arrived", len(sent.WAV))
					}
				}
				if first := script.Recordings()[0]; first.Language != "en" {
					t.Errorf("language %q arrived", first.Language)
				}
				return
			}
			_, err := client.Transcribe(t.Context(), llm.Recording{Model: llmtest.SpeechModel, WAV: llmtest.Tone(time.Second)})
			if llm.CodeOf(err) != llm.CodeModelCannot || len(script.Recordings()) != 0 {
				t.Errorf("err = %v, %d recordings sent", err, len(script.Recordings()))
			}
		})
	}
}

// What servers document as answers of this route, and as refusals, is read as
// it is meant; words of a server do not get into errors.
func TestDocumentedTranscripts(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		text   string
		code   llm.Code
	}{
		"openai":            {200, `{"text":"Guten Tag.","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":4,"total_tokens":18}}`, "Guten Tag.", ""},
		"vllm":              {200, `{"text":" Guten Tag.","usage":{"type":"duration","seconds":2}}`, "Guten Tag.", ""},
		"whisper.cpp":       {200, `{"text":" Guten Tag.\n"}`, "Guten Tag.", ""},
		"mistral":           {200, `{"model":"voxtral-mini-2507","text":"Guten Tag.","language":null,"segments":[],"usage":{"prompt_audio_seconds":2,"prompt_tokens":4,"total_tokens":30,"completion_tokens":4}}`, "Guten Tag.", ""},
		"ollama":            {200, `{"text":"Guten Tag."}`, "Guten Tag.", ""},
		"silence":           {200, `{"text":""}`, "", ""},
		"another answer":    {200, `{"message":"queued"}`, "", llm.CodeBadResponse},
		"words":             {200, `Guten Tag.`, "", llm.CodeBadResponse},
		"vllm, no speech":   {400, `{"error":{"message":"The model does not support Transcriptions API","type":"BadRequestError","param":null,"code":400}}`, "", llm.CodeModelCannot},
		"vllm, too long":    {400, `{"error":{"message":"Maximum file size exceeded","type":"BadRequestError","param":"audio_filesize_mb","code":400}}`, "", llm.CodeInputTooLong},
		"openai, too long":  {413, `{"error":{"message":"413: Maximum content size limit (26214400) exceeded","type":"server_error","param":null,"code":null}}`, "", llm.CodeInputTooLong},
		"no such route":     {404, `{"detail":"Not Found"}`, "", llm.CodeModelMissing},
		"repeats the words": {418, `{"error":"the secret words of somebody"}`, "", llm.CodeBadResponse},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"data":[{"id":"whisper-1"}]}`)) })
			mux.HandleFunc("POST /v1/audio/transcriptions", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			})
			server := httptest.NewServer(mux)
			t.Cleanup(server.Close)
			text, err := clientOf(t, server.URL, openai.Other, 0).Transcribe(t.Context(), llm.Recording{Model: "whisper-1", WAV: llmtest.Tone(time.Second)})
			if text != test.text || llm.CodeOf(err) != test.code || (err == nil) != (test.code == "") {
				t.Errorf("text %q, %v", text, err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error repeats the server's words: %v", err)
			}
		})
	}
}
