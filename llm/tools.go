package llm

import (
	"bytes"
	"encoding/json"
	"image"
	_ "image/jpeg" // their sizes are read
	_ "image/png"
)

// Image is a picture in a message.
type Image struct {
	// MediaType is, for example, "image/png".
	MediaType string
	Bytes     []byte
}

// ImageTokens is about what a picture takes at most with the usual models: one
// token for each 750 pixels, as published for the Claude models; those that cut
// it into squares of 28 pixels take fewer, those with a fixed number 256.
// A picture whose size cannot be read counts as a large one.
func ImageTokens(i Image) int {
	config, _, err := image.DecodeConfig(bytes.NewReader(i.Bytes))
	if err != nil {
		return imageTokens
	}
	return PixelTokens(config.Width, config.Height)
}

// PixelTokens is [ImageTokens] by width and height.
func PixelTokens(width, height int) int { return max(256, (width*height+749)/750) }

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
