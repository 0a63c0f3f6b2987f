package ollama

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// operation says what was asked, because the same sentence of the server
// means different things.
type operation int

const (
	onChat operation = iota
	onEmbed
	onLoad
)

// failed makes an error of this package; the cause is for the log.
func failed(code llm.Code, cause string) error {
	return &llm.Error{Code: code, Cause: errors.New(cause)}
}

// messages maps what the server says to codes. The first match counts. It is
// the only place that knows the server's sentences (Ollama 0.24.0; the ones
// with "slot" and "available context" come from newer servers).
var messages = []struct {
	part string
	code llm.Code
}{
	{"no space left on device", llm.CodeNotWritten},
	{"disk quota exceeded", llm.CodeNotWritten},
	{"not enough space on the disk", llm.CodeNotWritten},
	{"input length exceeds", llm.CodePromptTooLong},
	{"exceeds maximum context length", llm.CodePromptTooLong},
	{"exceeds the available context", llm.CodePromptTooLong},
	{"exceed_context_size", llm.CodePromptTooLong},
	{"prompt too long", llm.CodePromptTooLong},
	{"requires more system memory", llm.CodeOutOfMemory},
	{"out of memory", llm.CodeOutOfMemory},
	{"cudamalloc failed", llm.CodeOutOfMemory},
	{"insufficient memory", llm.CodeOutOfMemory},
	{"unable to allocate", llm.CodeOutOfMemory},
	{"signal: killed", llm.CodeOutOfMemory},
	{"not found, try pulling", llm.CodeModelMissing},
	{"' not found", llm.CodeModelMissing},
	{"\" not found", llm.CodeModelMissing},
	{"model is required", llm.CodeModelMissing},
	{"invalid model name", llm.CodeModelMissing},
	{"does not support tools", llm.CodeModelCannot},
	{"does not support", llm.CodeModelLoadFailed},
	{"unable to load model", llm.CodeModelLoadFailed},
	{"error loading model", llm.CodeModelLoadFailed},
	{"failed to load", llm.CodeModelLoadFailed},
	{"unsupported", llm.CodeModelLoadFailed},
	{"not supported", llm.CodeModelLoadFailed},
	{"timed out waiting for", llm.CodeModelLoadFailed},
	{"llama runner process has terminated", llm.CodeModelLoadFailed},
	{"invalid file magic", llm.CodePackBroken},
	{"digest mismatch", llm.CodePackBroken},
	{"not in gguf format", llm.CodePackBroken},
	{"runner has unexpectedly stopped", llm.CodeRuntimeCrashed},
	{"error was encountered while running", llm.CodeRuntimeCrashed},
	{"error reading llm response", llm.CodeRuntimeCrashed},
	{"do embedding request", llm.CodeRuntimeCrashed},
	{"error reading embed response", llm.CodeRuntimeCrashed},
	{"unexpected server status", llm.CodeRuntimeCrashed},
	{"server busy", llm.CodeRuntimeDown},
	{"cloud is disabled", llm.CodeDenied},
	{"remote inference", llm.CodeDenied},
}

// longestCause bounds what a server's sentence may add to the log.
const longestCause = 200

// classify turns any error of a request into an [*llm.Error]; nil stays nil.
func classify(ctx context.Context, err error, on operation) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return &llm.Error{Code: llm.CodeCancelled, Cause: ctx.Err()}
	}
	var coded *llm.Error
	if errors.As(err, &coded) {
		return coded
	}
	var status api.StatusError
	var denied api.AuthorizationError
	switch {
	case errors.As(err, &denied):
		return failed(llm.CodeDenied, "the server wants a login")
	case errors.As(err, &status):
		return fromMessage(status.StatusCode, status.ErrorMessage, on)
	}
	return fromConnection(err, on)
}

// fromMessage classifies what the server says in words. A sentence that is
// not known here may repeat what was sent, so only its size is kept.
func fromMessage(status int, message string, on operation) error {
	lower := strings.ToLower(message)
	for _, known := range messages {
		if !strings.Contains(lower, known.part) {
			continue
		}
		code := known.code
		switch {
		case code == llm.CodePromptTooLong && on == onEmbed:
			code = llm.CodeInputTooLong
		case code == llm.CodeModelLoadFailed && on == onChat && strings.Contains(lower, "runner process has terminated"):
			code = llm.CodeRuntimeCrashed
		}
		if len(message) > longestCause {
			message = message[:longestCause]
		}
		return failed(code, message)
	}
	cause := fmt.Sprintf("status %d, unknown message of %d bytes", status, len(message))
	switch {
	case status == http.StatusNotFound && on != onLoad:
		return failed(llm.CodeModelMissing, cause)
	case on == onLoad && status >= http.StatusInternalServerError:
		return failed(llm.CodeModelLoadFailed, cause)
	case status == http.StatusServiceUnavailable || status == http.StatusBadGateway:
		return failed(llm.CodeRuntimeDown, cause)
	}
	return failed(llm.CodeBadResponse, cause)
}

// fromConnection classifies failures below the server's words.
func fromConnection(err error, on operation) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var network *net.OpError
	switch {
	case errors.As(err, &syntax), errors.As(err, &kind):
		return failed(llm.CodeBadResponse, "the answer is not the expected JSON")
	case errors.Is(err, errTooLarge):
		return failed(llm.CodeBadResponse, errTooLarge.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return failed(llm.CodeRuntimeCrashed, "the connection broke off")
	case errors.As(err, &network) && network.Op == "dial":
		return &llm.Error{Code: llm.CodeRuntimeDown, Cause: network.Err}
	case errors.As(err, &network):
		return &llm.Error{Code: llm.CodeRuntimeCrashed, Cause: network.Err}
	case errors.Is(err, errNoDial), errors.Is(err, context.DeadlineExceeded):
		return &llm.Error{Code: llm.CodeRuntimeDown, Cause: err}
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "HTTP/1.x"):
		return failed(llm.CodeRuntimeForeign, "the answer is not HTTP")
	}
	// The API package makes plain errors of the words in a stream.
	return fromMessage(0, err.Error(), on)
}
