package llm

import "encoding/json"

// Image is a picture in a message.
type Image struct {
	// MediaType is, for example, "image/png".
	MediaType string
	Bytes     []byte
}

// Tool is something the model may ask the caller to do.
type Tool struct {
	Name, Description string
	// Parameters is a JSON schema of the arguments, an object.
	Parameters json.RawMessage
}

// ToolCall is the model's wish to have a tool run. Arguments are what the
// model wrote: check them against the tool's schema.
type ToolCall struct {
	// ID is the server's name of the call, empty where it gives none.
	ID, Name  string
	Arguments json.RawMessage
}
