package openai_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/openai"
)

// sampleServer lists one model and answers each question with a status and a body.
func sampleServer(t *testing.T, status int, kind, body string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"data":[{"id":"m"}]}`)) })
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
	mux.HandleFunc("POST /v1/chat/completions", answer)
	mux.HandleFunc("POST /v1/embeddings", answer)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func ask(t *testing.T, client *openai.Client) (text, thought string, result llm.Result, err error) {
	t.Helper()
	var written, reasoned strings.Builder
	request := llm.Request{Model: "m", ContextWindow: 4096, Messages: []llm.Message{{Role: llm.User, Text: "2+2?"}}}
	result, err = client.Chat(t.Context(), request, func(d llm.Delta) error {
		written.WriteString(d.Text)
		reasoned.WriteString(d.Reasoning)
		return nil
	})
	return written.String(), reasoned.String(), result, err
}

// What servers write is read as it is meant; testdata/README.md says where each
// form comes from.
func TestDocumentedAnswers(t *testing.T) {
	const thinks = "Two and two."
	tests := map[string]struct {
		dialect       openai.Dialect
		text, thought string
		finish        llm.FinishReason
		code          llm.Code
		calls         int
	}{
		"deepseek-reasoner.sse":         {openai.DeepSeek, "Four.", thinks, llm.FinishStop, "", 0},
		"deepseek-out-of-resources.sse": {openai.DeepSeek, "Four", "", "", llm.CodeServerBusy, 0},
		"vllm-reasoning.sse":            {openai.VLLM, "Four.", thinks, llm.FinishStop, "", 0},
		"vllm-tools.sse":                {openai.VLLM, "", "", llm.FinishTools, "", 2},
		"vllm-error.sse":                {openai.VLLM, "Fo", "", "", llm.CodeRuntimeCrashed, 0},
		"sglang.sse":                    {openai.SGLang, "Four.", thinks, llm.FinishStop, "", 0},
		"tgi.sse":                       {openai.TGI, "Four.", "", llm.FinishStop, "", 0},
		"tgi-error.sse":                 {openai.TGI, "Fo", "", "", llm.CodeOutOfMemory, 0},
		"llamacpp.sse":                  {openai.LlamaCpp, "Four.", "", llm.FinishStop, "", 0},
		"llamacpp-error.sse":            {openai.LlamaCpp, "Fo", "", "", llm.CodeRuntimeCrashed, 0},
		"llamacpp-old-error.sse":        {openai.LlamaCpp, "Fo", "", "", llm.CodeRuntimeCrashed, 0},
		"lmstudio.sse":                  {openai.LMStudio, "Four.", thinks, llm.FinishStop, "", 0},
		"lmstudio-error.sse":            {openai.LMStudio, "", "", "", llm.CodeRuntimeCrashed, 0},
		"mistral-thinking.sse":          {openai.Mistral, "Four.", thinks, llm.FinishStop, "", 0},
		"mistral-tools.sse":             {openai.Mistral, "", "", llm.FinishTools, "", 2},
		"openai.sse":                    {openai.OpenAI, "Four.", "", llm.FinishLength, "", 0},
		"openai-filtered.sse":           {openai.OpenAI, "Fo", "", "", llm.CodeAnswerFiltered, 0},
		"whole.json":                    {openai.Other, "Four.", "", llm.FinishStop, "", 0},
	}
	files, err := filepath.Glob("testdata/*.[sj]*")
	if err != nil || len(files) != len(tests) {
		t.Errorf("%d files, %d cases, %v", len(files), len(tests), err)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			kind := "text/event-stream"
			if strings.HasSuffix(name, ".json") {
				kind = "application/json"
			}
			client := clientOf(t, sampleServer(t, 200, kind, string(raw)), test.dialect, 0)
			text, thought, result, err := ask(t, client)
			if text != test.text || thought != test.thought || result.Finish != test.finish || llm.CodeOf(err) != test.code || (err == nil) != (test.code == "") {
				t.Errorf("text %q, thought %q, finish %q, err %v", text, thought, result.Finish, err)
			}
			if len(result.Calls) != test.calls {
				t.Fatalf("calls = %+v, want %d", result.Calls, test.calls)
			}
			for i, place := range []string{"Bonn", "Köln"}[:test.calls] {
				if call := result.Calls[i]; call.Name != "weather" || call.ID == "" || !strings.Contains(string(call.Arguments), place) {
					t.Errorf("call %d = %+v (%s)", i, call, call.Arguments)
				}
			}
			if err == nil && test.calls == 0 && (result.Usage.PromptTokens != 11 || result.Usage.OutputTokens != 7) {
				t.Errorf("usage = %+v", result.Usage)
			}
			if name == "llamacpp.sse" && (result.Usage.PromptDuration != 110*time.Millisecond || result.Usage.OutputDuration != 70*time.Millisecond) {
				t.Errorf("durations = %+v", result.Usage)
			}
		})
	}
}

// The refusals of servers, in their own words, become codes; none of the words
// gets into the error, which is logged.
func TestDocumentedRefusals(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		code   llm.Code
	}{
		"openai window":       {400, `{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, llm.CodePromptTooLong},
		"openai key":          {401, `{"error":{"message":"Incorrect API key provided: sk-secret.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`, llm.CodeKeyRefused},
		"openai quota":        {429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, llm.CodeQuotaUsedUp},
		"openai rate":         {429, `{"error":{"message":"Rate limit reached for gpt-x","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`, llm.CodeServerBusy},
		"openai model":        {404, `{"error":{"message":"The model 'gpt-9' does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}`, llm.CodeModelMissing},
		"deepseek balance":    {402, `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`, llm.CodeQuotaUsedUp},
		"deepseek model":      {400, `{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, llm.CodeModelMissing},
		"mistral key":         {401, `{"detail":"Unauthorized"}`, llm.CodeKeyRefused},
		"mistral window":      {400, `{"object":"error","message":"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_prompt","param":null,"code":"3051"}`, llm.CodePromptTooLong},
		"mistral model":       {400, `{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500"}`, llm.CodeModelMissing},
		"vllm window":         {400, `{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens","type":"BadRequestError","param":null,"code":400}}`, llm.CodePromptTooLong},
		"vllm tools":          {400, `{"object":"error","message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","param":null,"code":400}`, llm.CodeModelCannot},
		"sglang window":       {400, `{"object":"error","message":"The input (5000 tokens) is longer than the model's context length (4096 tokens).","type":"BadRequestError","param":null,"code":400}`, llm.CodePromptTooLong},
		"tgi window":          {422, "{\"error\":\"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 500 `max_new_tokens`\",\"error_type\":\"validation\"}", llm.CodePromptTooLong},
		"tgi busy":            {429, `{"error":"Model is overloaded","error_type":"overloaded"}`, llm.CodeServerBusy},
		"llamacpp window":     {400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}`, llm.CodePromptTooLong},
		"llamacpp loading":    {503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, llm.CodeServerBusy},
		"llamacpp images":     {500, `{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}`, llm.CodeModelCannot},
		"llamacpp key":        {401, `{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}`, llm.CodeKeyRefused},
		"lmstudio window":     {400, `{"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"}`, llm.CodePromptTooLong},
		"lmstudio none":       {404, `{"error":{"message":"No models loaded. Please load a model in the developer page or use the lms load command.","type":"invalid_request_error","param":"model","code":null}}`, llm.CodeModelMissing},
		"ollama model":        {404, `{"error":{"message":"model 'x' not found","type":"api_error","param":null,"code":null}}`, llm.CodeModelMissing},
		"proxy wants a login": {407, `<html>Proxy Authentication Required</html>`, llm.CodeDenied},
		"gateway":             {502, `<html>bad gateway</html>`, llm.CodeRuntimeDown},
		"login page":          {302, ``, llm.CodeBadResponse},
		"unknown":             {418, `{"error":"the secret words of a chat"}`, llm.CodeBadResponse},
		"crash":               {500, `Internal Server Error`, llm.CodeRuntimeCrashed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := clientOf(t, sampleServer(t, test.status, "application/json", test.body), openai.Other, 0)
			_, _, _, err := ask(t, client)
			if llm.CodeOf(err) != test.code {
				t.Errorf("err = %v, want %s", err, test.code)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error repeats the server's words: %v", err)
			}
			_, err = client.Embed(t.Context(), "m", []string{"x"})
			want := test.code
			if want == llm.CodePromptTooLong {
				want = llm.CodeInputTooLong
			}
			if llm.CodeOf(err) != want {
				t.Errorf("embed: err = %v, want %s", err, want)
			}
		})
	}
}

// Models are described as far as servers tell.
func TestModelLists(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"object":"list","data":[
			{"id":"chat-a","max_model_len":32768},{"id":"text-embedding-3-small"},{"id":"whisper-1"},{"id":"voxtral-mini"},{"id":"voxtral-mini-tts"},{"id":"words","task":"automatic-speech-recognition"},{"id":"b","context_window":1000},
			{"id":"c","capabilities":{"completion_chat":false}},{"id":"d","meta":{"n_ctx_train":4096,"n_params":7,"size":8}},{"id":""}]}`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	models, err := clientOf(t, server.URL, openai.Other, 0).Models(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []llm.Model{
		{Name: "b", ContextLength: 1000, Chat: true}, {Name: "c", ContextLength: 4096}, {Name: "chat-a", ContextLength: 32768, Chat: true},
		{Name: "d", ContextLength: 4096, Parameters: 7, Bytes: 8, Chat: true}, {Name: "text-embedding-3-small", ContextLength: 4096, Embedding: true},
		{Name: "voxtral-mini", ContextLength: 4096, Chat: true, Transcription: true}, {Name: "voxtral-mini-tts", ContextLength: 4096},
		{Name: "whisper-1", ContextLength: 4096, Transcription: true}, {Name: "words", ContextLength: 4096, Transcription: true},
	}
	if len(models) != len(want) {
		t.Fatalf("models = %+v", models)
	}
	for i := range want {
		if models[i] != want[i] {
			t.Errorf("model %d = %+v, want %+v", i, models[i], want[i])
		}
	}
}
