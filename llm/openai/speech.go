package openai

import (
	"context"
	"errors"
	"slices"
	"strings"

	"kontor/llm"
	"kontor/llm/endpoint"
)

var _ llm.Transcriber = (*Client)(nil)

// hearing are parts of the names of models that write down speech; deaf are
// parts of names that hold one of them and speak or listen in another way.
var (
	hearing = []string{"whisper", "transcribe", "voxtral", "parakeet", "moonshine", "sensevoice", "-asr", "asr-"}
	deaf    = []string{"tts", "realtime"}
)

// transcribes guesses whether a model writes down speech: one list in a hundred
// tells. onlyThat is true for one that does nothing else.
func (e modelEntry) transcribes() (yes, onlyThat bool) {
	name := strings.ToLower(e.ID)
	has := func(part string) bool { return strings.Contains(name, part) }
	if slices.ContainsFunc(deaf, has) {
		return false, false
	}
	if e.Task == "automatic-speech-recognition" { // speaches
		return true, true
	}
	return slices.ContainsFunc(hearing, has), !has("voxtral") || has("transcribe")
}

// transcript is what /audio/transcriptions says: the text, and more that
// differs between servers.
type transcript struct {
	Text *string `json:"text"`
}

// Transcribe implements [llm.Transcriber].
func (c *Client) Transcribe(ctx context.Context, recording llm.Recording) (string, error) {
	if ctx.Err() != nil {
		return "", &llm.Error{Code: llm.CodeCancelled, Cause: ctx.Err()}
	}
	model, err := c.find(ctx, recording.Model)
	if err != nil {
		return "", err
	}
	if !model.Transcription {
		return "", failed(llm.CodeModelCannot, "the model is none for speech")
	}
	fields := []endpoint.Field{
		{Name: "file", File: "speech.wav", Type: "audio/wav", Value: recording.WAV},
		{Name: "model", Value: []byte(model.Name)},
		{Name: "response_format", Value: []byte("json")},
	}
	if recording.Language != "" {
		fields = append(fields, endpoint.Field{Name: "language", Value: []byte(recording.Language)})
	}
	var said transcript
	if err := classify(c.options.Endpoint.PostForm(ctx, "/audio/transcriptions", fields, &said)); err != nil {
		var coded *llm.Error
		if errors.As(err, &coded) && coded.Code == llm.CodePromptTooLong {
			return "", &llm.Error{Code: llm.CodeInputTooLong, Cause: coded.Cause}
		}
		return "", err
	}
	if said.Text == nil {
		return "", failed(llm.CodeBadResponse, "the answer holds no text")
	}
	return strings.TrimSpace(*said.Text), nil
}
