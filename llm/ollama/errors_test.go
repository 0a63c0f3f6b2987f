package ollama

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

func TestClassify(t *testing.T) {
	status := func(code int, message string) error { return api.StatusError{StatusCode: code, ErrorMessage: message} }
	tests := []struct {
		err  error
		on   operation
		want llm.Code
	}{
		{status(400, "the input length exceeds the context length"), onChat, llm.CodePromptTooLong},
		{status(400, "the input length exceeds the context length"), onEmbed, llm.CodeInputTooLong},
		{status(400, "input after truncation exceeds maximum context length"), onEmbed, llm.CodeInputTooLong},
		{errors.New("request (9001 tokens) exceeds the available context size (4096 tokens)"), onChat, llm.CodePromptTooLong},
		{status(404, "model 'x' not found"), onChat, llm.CodeModelMissing},
		{status(404, `model "x" not found, try pulling it first`), onEmbed, llm.CodeModelMissing},
		{status(404, "404 page not found"), onChat, llm.CodeModelMissing},
		{status(400, "invalid model name"), onChat, llm.CodeModelMissing},
		{status(400, `"e5" does not support chat`), onChat, llm.CodeModelLoadFailed},
		{status(500, "model requires more system memory (9.0 GiB) than is available (1.0 GiB)"), onLoad, llm.CodeOutOfMemory},
		{status(500, "write /models/blobs/sha256-1: no space left on device"), onLoad, llm.CodeNotWritten},
		{status(500, "llama runner process has terminated: signal: killed"), onChat, llm.CodeOutOfMemory},
		{status(500, "llama runner process has terminated: exit status 2"), onLoad, llm.CodeModelLoadFailed},
		{status(500, "llama runner process has terminated: exit status 2"), onChat, llm.CodeRuntimeCrashed},
		{status(500, "unable to load model: /blobs/sha256-1"), onChat, llm.CodeModelLoadFailed},
		{status(500, "timed out waiting for llama runner to start - progress 0.00"), onChat, llm.CodeModelLoadFailed},
		{errors.New("model runner has unexpectedly stopped, this may be due to resource limitations"), onChat, llm.CodeRuntimeCrashed},
		{errors.New("an error was encountered while running the model: CUDA error"), onChat, llm.CodeRuntimeCrashed},
		{status(400, "do embedding request: Post: EOF"), onEmbed, llm.CodeRuntimeCrashed},
		{status(503, "server busy, please try again.  maximum pending requests exceeded"), onChat, llm.CodeRuntimeDown},
		{status(500, "something new"), onLoad, llm.CodeModelLoadFailed},
		{status(500, "something new"), onChat, llm.CodeBadResponse},
		{status(400, "digest mismatch, expected a, got b"), onLoad, llm.CodePackBroken},
		{api.AuthorizationError{StatusCode: 401}, onChat, llm.CodeDenied},
		{io.ErrUnexpectedEOF, onChat, llm.CodeRuntimeCrashed},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, onChat, llm.CodeRuntimeDown},
		{fmt.Errorf("get: %w", &llm.Error{Code: llm.CodeDenied}), onChat, llm.CodeDenied},
		{fmt.Errorf("get: %w", context.DeadlineExceeded), onChat, llm.CodeRuntimeDown},
	}
	for _, test := range tests {
		if got := llm.CodeOf(classify(context.Background(), test.err, test.on)); got != test.want {
			t.Errorf("classify(%v) = %s, want %s", test.err, got, test.want)
		}
	}
	if classify(context.Background(), nil, onChat) != nil {
		t.Error("no error became one")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := llm.CodeOf(classify(ctx, io.EOF, onChat)); got != llm.CodeCancelled {
		t.Errorf("after a cancel: %s", got)
	}
	if err := classify(context.Background(), status(500, "words of a chat"), onChat); strings.Contains(err.Error(), "words") {
		t.Errorf("an unknown message was kept: %v", err)
	}
}

func TestParseParameters(t *testing.T) {
	for text, want := range map[string]int64{
		"134.52M": 134_520_000, "7.6B": 7_600_000_000, "1T": 1e12, "22.7K": 22_700, "": 0, "x": 0, "B": 0,
	} {
		if got := parseParameters(text); got != want {
			t.Errorf("parseParameters(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestBoundIsNeverBelow(t *testing.T) {
	// One token a sign is the worst there is outside words.
	for text, least := range map[string]int{"": 0, "abc": 2, "12345": 5, "a b": 3, "...": 3, "你": 3, "😀": 4, "äö": 2} {
		if got := llm.EstimateTokens(text); got < least {
			t.Errorf("EstimateTokens(%q) = %d, want at least %d", text, got, least)
		}
	}
}
