package llm

import "context"

// Recording is speech that is to be written down.
type Recording struct {
	// Model is the provider's own name of a model with [Model.Transcription].
	Model string
	// WAV is a whole file: one channel of 16-bit samples.
	WAV []byte
	// Language that is spoken, as ISO 639-1; "" leaves it to the server, of which
	// some find out and some take English.
	Language string
}

// Transcriber writes down speech; providers implement it where their server can.
type Transcriber interface {
	// Transcribe returns the words of a recording, "" if there are none. A model
	// that is none for speech is [CodeModelCannot] and nothing is sent; a
	// recording that is too long for the server is [CodeInputTooLong].
	Transcribe(ctx context.Context, recording Recording) (string, error)
}
