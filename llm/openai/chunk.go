package openai

import (
	"encoding/json"
	"strings"

	"kontor/llm"
	"kontor/llm/endpoint"
)

// chunk is one event of a stream, or a whole answer.
type chunk struct {
	Choices []struct {
		Index   int      `json:"index"`
		Delta   message  `json:"delta"`
		Message *message `json:"message"`
		Finish  *string  `json:"finish_reason"`
	} `json:"choices"`
	Usage   *usage          `json:"usage"`
	Timings *timings        `json:"timings"` // llama.cpp
	Object  string          `json:"object"`
	Error   json.RawMessage `json:"error"`
}

type usage struct {
	Prompt int `json:"prompt_tokens"`
	Output int `json:"completion_tokens"`
}

type timings struct {
	PromptMs    float64 `json:"prompt_ms"`
	PredictedMs float64 `json:"predicted_ms"`
}

type message struct {
	Content json.RawMessage `json:"content"`
	// Reasoning has one name with DeepSeek, SGLang, llama.cpp and older vLLM,
	// the other with Ollama, LM Studio and newer vLLM.
	ReasoningContent *string     `json:"reasoning_content"`
	Reasoning        *string     `json:"reasoning"`
	Calls            []callPiece `json:"tool_calls"`
}

func (m message) delta() llm.Delta {
	d := contentDelta(m.Content)
	switch {
	case m.ReasoningContent != nil:
		d.Reasoning += *m.ReasoningContent
	case m.Reasoning != nil:
		d.Reasoning += *m.Reasoning
	}
	return d
}

// contentDelta reads a text, or the list of parts that Mistral sends while a
// model thinks.
func contentDelta(raw json.RawMessage) llm.Delta {
	var d llm.Delta
	if len(raw) == 0 || json.Unmarshal(raw, &d.Text) == nil {
		return d
	}
	var parts []struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		Thinking []struct {
			Text string `json:"text"`
		} `json:"thinking"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return llm.Delta{}
	}
	var text, thought strings.Builder
	for _, p := range parts {
		text.WriteString(p.Text)
		for _, t := range p.Thinking {
			thought.WriteString(t.Text)
		}
	}
	return llm.Delta{Text: text.String(), Reasoning: thought.String()}
}

// callPiece is a part of a wish for a tool.
type callPiece struct {
	Index    *int   `json:"index"`
	ID       string `json:"id"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// callPieces is a wish as far as it has come.
type callPieces struct {
	index     int
	id, name  string
	arguments []byte
}

// joinCall adds a piece to its call. A piece without an index, or with another
// id than the call of its index, begins a new one.
func joinCall(calls []callPieces, piece callPiece) []callPieces {
	at := -1
	for i := range calls {
		if piece.Index != nil && calls[i].index == *piece.Index && (piece.ID == "" || calls[i].id == "" || piece.ID == calls[i].id) {
			at = i
		}
	}
	if at < 0 {
		c := callPieces{index: len(calls)}
		if piece.Index != nil {
			c.index = *piece.Index
		}
		calls = append(calls, c)
		at = len(calls) - 1
	}
	c := &calls[at]
	if piece.ID != "" {
		c.id = piece.ID
	}
	if piece.Function.Name != "" {
		c.name = piece.Function.Name
	}
	var text string
	if json.Unmarshal(piece.Function.Arguments, &text) == nil {
		c.arguments = append(c.arguments, text...)
	} else {
		c.arguments = append(c.arguments, piece.Function.Arguments...) // an object instead of its text
	}
	return calls
}

func (c *callPieces) whole() llm.ToolCall {
	arguments := string(c.arguments)
	if strings.TrimSpace(arguments) == "" {
		arguments = "{}"
	}
	if !json.Valid([]byte(arguments)) {
		quoted, _ := json.Marshal(arguments) // a string always can
		arguments = string(quoted)
	}
	return llm.ToolCall{ID: c.id, Name: c.name, Arguments: json.RawMessage(arguments)}
}

// readChunk reads an event and finds the errors that servers put into streams.
func readChunk(e endpoint.Event) (chunk, error) {
	var c chunk
	if err := json.Unmarshal(e.Data, &c); err != nil {
		return c, failed(llm.CodeBadResponse, "an event of the stream is not the expected JSON")
	}
	if e.Name == "error" || c.Object == "error" || len(c.Error) > 0 && string(c.Error) != "null" {
		err := said(0, e.Data)
		if llm.CodeOf(err) == llm.CodeBadResponse {
			err = failed(llm.CodeRuntimeCrashed, "the server reports an error in the stream")
		}
		return c, err
	}
	return c, nil
}
