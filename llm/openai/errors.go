package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"kontor/llm"
	"kontor/llm/endpoint"
)

func failed(code llm.Code, cause string) error {
	return &llm.Error{Code: code, Cause: errors.New(cause)}
}

// messages maps what servers say to codes. The first match counts. It is the
// only place that knows their sentences; whose it is stands behind it.
var messages = []struct {
	part string
	code llm.Code
}{
	{"context_length_exceeded", llm.CodePromptTooLong},                    // OpenAI
	{"maximum context length", llm.CodePromptTooLong},                     // OpenAI, vLLM, DeepSeek, Mistral
	{"exceed_context_size", llm.CodePromptTooLong},                        // llama.cpp
	{"exceeds the available context", llm.CodePromptTooLong},              // llama.cpp
	{"exceed context window", llm.CodePromptTooLong},                      // llama-cpp-python
	{"longer than the model's context length", llm.CodePromptTooLong},     // SGLang
	{"exceeds the model's maximum context", llm.CodePromptTooLong},        // SGLang
	{"when context the overflows", llm.CodePromptTooLong},                 // LM Studio, its own words
	{"context overflow", llm.CodePromptTooLong},                           // LM Studio
	{"must have less than", llm.CodePromptTooLong},                        // TGI
	{"`inputs` tokens + `max_new_tokens` must be", llm.CodePromptTooLong}, // TGI
	{"input length exceeds", llm.CodePromptTooLong},                       // Ollama
	{"input is too large to process", llm.CodePromptTooLong},              // llama.cpp, embeddings
	{"too many tokens", llm.CodePromptTooLong},
	{"insufficient_quota", llm.CodeQuotaUsedUp},   // OpenAI
	{"insufficient balance", llm.CodeQuotaUsedUp}, // DeepSeek
	{"does not support tools", llm.CodeModelCannot},
	{"tool choice requires", llm.CodeModelCannot},         // vLLM started without its tool parser
	{"tools param requires", llm.CodeModelCannot},         // llama.cpp started without its templates
	{"image input is not supported", llm.CodeModelCannot}, // llama.cpp
	{"is not a multimodal model", llm.CodeModelCannot},    // vLLM
	{"does not support image", llm.CodeModelCannot},
	{"does not support transcription", llm.CodeModelCannot}, // vLLM
	{"maximum file size exceeded", llm.CodePromptTooLong},   // vLLM, recordings
	{"maximum content size", llm.CodePromptTooLong},         // OpenAI, recordings
	{"model_not_found", llm.CodeModelMissing},
	{"invalid_model", llm.CodeModelMissing}, // Mistral
	{"model_not_available", llm.CodeModelMissing},
	{"model not exist", llm.CodeModelMissing},  // DeepSeek
	{"does not exist", llm.CodeModelMissing},   // OpenAI, vLLM
	{"' not found", llm.CodeModelMissing},      // Ollama
	{"no models loaded", llm.CodeModelMissing}, // LM Studio
	{"failed to load model", llm.CodeModelLoadFailed},
	{"invalid_api_key", llm.CodeKeyRefused},
	{"model is overloaded", llm.CodeServerBusy}, // TGI, OpenAI
	{"engine is overloaded", llm.CodeServerBusy},
	{"loading model", llm.CodeServerBusy}, // llama.cpp while it starts
	{"out of memory", llm.CodeOutOfMemory},
	{"content_filter", llm.CodeAnswerFiltered},
}

func classify(err error) error { return endpoint.Classify(err, said) }

// said classifies a refusal by its words, then by its status. Its words may
// repeat what was sent, so only the match is kept.
func said(status int, body []byte) error {
	lower := strings.ToLower(sentence(body))
	for _, known := range messages {
		if strings.Contains(lower, known.part) {
			return failed(known.code, fmt.Sprintf("status %d, %q", status, known.part))
		}
	}
	cause := fmt.Sprintf("status %d, unknown message of %d bytes", status, len(body))
	if status == http.StatusRequestEntityTooLarge {
		return failed(llm.CodePromptTooLong, cause)
	}
	return failed(endpoint.StatusCode(status), cause)
}

// sentence finds the words and codes in the forms servers use: an object under
// "error", a string under "error", fields at the top, FastAPI's "detail".
func sentence(body []byte) string {
	var whole struct {
		Error, Message, Detail, Type, Code json.RawMessage
	}
	if json.Unmarshal(body, &whole) != nil {
		return string(body)
	}
	return strings.Join([]string{string(whole.Error), string(whole.Message), string(whole.Detail), string(whole.Type), string(whole.Code)}, " ")
}
