package anthropic_test

import (
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
)

// The forms follow docs.anthropic.com, "Streaming messages" and "Errors", with
// words and numbers of our own; nothing was recorded.
const (
	start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\",\"stop_reason\":null,\"usage\":{\"input_tokens\":9,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":2,\"output_tokens\":1}}}\n\n"
	block = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n" +
		"event: ping\ndata: {\"type\": \"ping\"}\n\n"
	words = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Four.\"}}\n\n"
	end   = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n" +
		"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":7}}\n\n" +
		"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	thinking = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n" +
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Two and two.\"}}\n\n" +
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQB\"}}\n\n"
	tool = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"weather\",\"input\":{}}}\n\n" +
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}}\n\n" +
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"place\\\": \\\"Bo\"}}\n\n" +
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"nn\\\"}\"}}\n\n"
)

func reason(text, to string) string { return strings.Replace(text, "end_turn", to, 1) }

func TestStreams(t *testing.T) {
	tests := map[string]struct {
		body          string
		then          llmtest.Piece
		code          llm.Code
		finish        llm.FinishReason
		text, thought string
		calls         int
	}{
		"whole":            {start + block + words + end, llmtest.Piece{}, "", llm.FinishStop, "Four.", "", 0},
		"thinking":         {start + thinking + block + words + end, llmtest.Piece{}, "", llm.FinishStop, "Four.", "Two and two.", 0},
		"tools":            {start + block + tool + reason(end, "tool_use"), llmtest.Piece{}, "", llm.FinishTools, "", "", 1},
		"length":           {start + block + words + reason(end, "max_tokens"), llmtest.Piece{}, "", llm.FinishLength, "Four.", "", 0},
		"declined":         {start + block + words + reason(end, "refusal"), llmtest.Piece{}, llm.CodeAnswerFiltered, "", "Four.", "", 0},
		"new kinds":        {start + "event: later\ndata: {\"type\":\"later\",\"new\":[1]}\n\n" + block + words + end, llmtest.Piece{}, "", llm.FinishStop, "Four.", "", 0},
		"overloaded":       {start + block + words + "event: error\ndata: {\"type\": \"error\", \"error\": {\"type\": \"overloaded_error\", \"message\": \"Overloaded\"}}\n\n", llmtest.Piece{}, llm.CodeServerBusy, "", "Four.", "", 0},
		"broken off":       {start + block + words, llmtest.Piece{Break: true}, llm.CodeRuntimeCrashed, "", "Four.", "", 0},
		"ends early":       {start + block + words, llmtest.Piece{}, llm.CodeBadResponse, "", "Four.", "", 0},
		"garbage":          {start + block + words + "data: <html>secret\n\n", llmtest.Piece{}, llm.CodeBadResponse, "", "Four.", "", 0},
		"nothing":          {"", llmtest.Piece{}, llm.CodeBadResponse, "", "", "", 0},
		"stands still":     {start + block + words, llmtest.Piece{Hang: true}, llm.CodeTimedOut, "", "Four.", "", 0},
		"slow":             {start + block, llmtest.Piece{After: 50 * time.Millisecond, Bytes: words + end}, "", llm.FinishStop, "Four.", "", 0},
		"carriage returns": {strings.ReplaceAll(start+block+words+end, "\n", "\r\n"), llmtest.Piece{}, "", llm.FinishStop, "Four.", "", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := llmtest.NewReplay(t, map[string]llmtest.Recording{
				"/v1/models":   {Pieces: []llmtest.Piece{{Bytes: `{"data":[{"type":"model","id":"m"}]}`}}},
				"/v1/messages": {Pieces: []llmtest.Piece{{Bytes: test.body}, test.then}},
			})
			timeout := time.Minute
			if name == "stands still" {
				timeout = 200 * time.Millisecond
			}
			var text, thought strings.Builder
			request := llm.Request{Model: "m", ContextWindow: 4096, Messages: []llm.Message{{Role: llm.User, Text: "2+2?"}}}
			result, err := clientOf(t, server.URL, timeout).Chat(t.Context(), request, func(d llm.Delta) error {
				text.WriteString(d.Text)
				thought.WriteString(d.Reasoning)
				return nil
			})
			if llm.CodeOf(err) != test.code || (err == nil) != (test.code == "") {
				t.Errorf("err = %v, want %q", err, test.code)
			}
			if text.String() != test.text || thought.String() != test.thought || result.Finish != test.finish || len(result.Calls) != test.calls {
				t.Errorf("text %q, thought %q, result %+v", text.String(), thought.String(), result)
			}
			if test.calls > 0 && (result.Calls[0].ID != "toolu_1" || string(result.Calls[0].Arguments) != `{"place": "Bonn"}`) {
				t.Errorf("call = %+v (%s)", result.Calls[0], result.Calls[0].Arguments)
			}
			if err == nil && (result.Usage.PromptTokens != 11 || result.Usage.OutputTokens != 7) {
				t.Errorf("usage = %+v", result.Usage)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := map[string]struct {
		status     int
		kind, text string
		code       llm.Code
	}{
		"window":     {400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum", llm.CodePromptTooLong},
		"output":     {400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000", llm.CodePromptTooLong},
		"credit":     {400, "invalid_request_error", "Your credit balance is too low to access the API.", llm.CodeQuotaUsedUp},
		"key":        {401, "authentication_error", "invalid x-api-key", llm.CodeKeyRefused},
		"permission": {403, "permission_error", "not allowed", llm.CodeKeyRefused},
		"model":      {404, "not_found_error", "model: x", llm.CodeModelMissing},
		"large":      {413, "request_too_large", "Request exceeds the maximum size", llm.CodePromptTooLong},
		"rate":       {429, "rate_limit_error", "Number of requests has exceeded your limit", llm.CodeServerBusy},
		"internal":   {500, "api_error", "Internal server error", llm.CodeRuntimeCrashed},
		"overloaded": {529, "overloaded_error", "Overloaded", llm.CodeServerBusy},
		"unknown":    {418, "new_error", "secret words", llm.CodeBadResponse},
		"no JSON":    {502, "", "", llm.CodeRuntimeDown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := `{"type":"error","error":{"type":"` + test.kind + `","message":"` + test.text + `"},"request_id":"req_1"}`
			if test.kind == "" {
				body = "<html>bad gateway</html>"
			}
			server := llmtest.NewReplay(t, map[string]llmtest.Recording{
				"/v1/models":   {Pieces: []llmtest.Piece{{Bytes: `{"data":[{"id":"m"}]}`}}},
				"/v1/messages": {Status: test.status, Pieces: []llmtest.Piece{{Bytes: body}}},
			})
			request := llm.Request{Model: "m", ContextWindow: 4096, Messages: []llm.Message{{Role: llm.User, Text: "x"}}}
			_, err := clientOf(t, server.URL, 0).Chat(t.Context(), request, func(llm.Delta) error { return nil })
			if llm.CodeOf(err) != test.code || strings.Contains(err.Error(), "secret") {
				t.Errorf("err = %v, want %s", err, test.code)
			}
		})
	}
}
