// Package sharing reads and writes the files by which assistants and prompts
// are passed on. It knows the two formats and their limits, and neither
// database nor window.
//
// # An assistant: name.kontor-assistant.json
//
//	{
//	  "format": "kontor-assistant",
//	  "version": 1,
//	  "assistant": {
//	    "name": "Contract reader",
//	    "icon": "scale",
//	    "colour": "blue",
//	    "description": "Finds dates, duties and risks in contracts.",
//	    "model": "qwen3:4b",
//	    "instructions": "You read contracts for people who are not lawyers. …",
//	    "collections": ["Contracts"],
//	    "parameters": {"style": "precise", "maxTokens": 800},
//	    "starters": ["What are the notice periods?"]
//	  }
//	}
//
// Only name is needed. Collections are names: no document leaves with the
// file, and one that is missing where the file is read is told. The model is
// a name, too.
//
// # Prompts: name.kontor-prompts.json
//
//	{
//	  "format": "kontor-prompts",
//	  "version": 1,
//	  "prompts": [{"title": "Reply", "about": "To a letter.", "text": "Answer {{Letter:long}}"}]
//	}
//
// The JSON schemas assistant.schema.json and prompts.schema.json beside this
// file say the same for machines; [Schema] gives them out. A reader refuses
// fields it does not know, so that nothing is lost without a word; a format
// that grows gets another version.
package sharing

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed *.schema.json
var schemas embed.FS

// Kinds of files, by which they are recognised.
const (
	AssistantFormat = "kontor-assistant"
	PromptsFormat   = "kontor-prompts"
)

// Endings of file names.
const (
	AssistantEnding = ".kontor-assistant.json"
	PromptsEnding   = ".kontor-prompts.json"
)

// Version of both formats.
const Version = 1

// Limits. Lengths are characters, sizes bytes.
const (
	MaxAssistantFile = 256 << 10
	MaxPromptsFile   = 2 << 20 // goes into one call, where quotes and ends of lines are written with two characters
	MaxName          = 80
	MaxDescription   = 300
	MaxInstructions  = 8000
	MaxModel         = 200
	MaxStarters      = 6
	MaxStarter       = 500
	MaxCollections   = 20
	MaxCollection    = 200
	MaxPrompts       = 500
	MaxTitle         = 200
	MaxAbout         = 500
	MaxPrompt        = 50_000
)

// Why a file is not taken.
var (
	ErrTooLarge = errors.New("sharing: the file is too large")
	ErrUnknown  = errors.New("sharing: not a file of this kind")
	ErrNewer    = errors.New("sharing: written by a newer version")
	ErrInvalid  = errors.New("sharing: a value is not allowed")
)

// Schema is the JSON schema of a format.
func Schema(format string) ([]byte, error) {
	return schemas.ReadFile(strings.TrimPrefix(format, "kontor-") + ".schema.json")
}

// Icons and Colours are the fixed sets that assistants choose from; what is
// not among them becomes the first.
func Icons() []string {
	return []string{"sparkles", "scale", "mail", "languages", "code", "list-checks", "pen", "book", "table", "people", "search", "shield"}
}

// Colours are names; the window decides how each looks in light and dark.
func Colours() []string {
	return []string{"blue", "green", "amber", "red", "violet", "teal", "grey"}
}

// Assistant is what a file says of an assistant.
type Assistant struct {
	Name         string      `json:"name"`
	Icon         string      `json:"icon,omitempty"`
	Colour       string      `json:"colour,omitempty"`
	Description  string      `json:"description,omitempty"`
	Model        string      `json:"model,omitempty"`
	Instructions string      `json:"instructions,omitempty"`
	Collections  []string    `json:"collections,omitempty"`
	Parameters   *Parameters `json:"parameters,omitempty"`
	Starters     []string    `json:"starters,omitempty"`
}

// Parameters say how answers are made. Style is precise, balanced, creative or
// own; Temperature and TopP count with own only. Zero values leave the rest to
// the model and the settings.
type Parameters struct {
	Style       string   `json:"style,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"topP,omitempty"`
	// MaxTokens is the longest answer, ContextWindow what the model has in
	// view, both in tokens.
	MaxTokens     int `json:"maxTokens,omitempty"`
	ContextWindow int `json:"contextWindow,omitempty"`
	Seed          int `json:"seed,omitempty"`
	// Thinking is on, off or "".
	Thinking string `json:"thinking,omitempty"`
}

// Prompt is a text to be used again.
type Prompt struct {
	Title string `json:"title"`
	About string `json:"about,omitempty"`
	Text  string `json:"text"`
}

type assistantFile struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`
	Assistant Assistant `json:"assistant"`
}

type promptsFile struct {
	Format  string   `json:"format"`
	Version int      `json:"version"`
	Prompts []Prompt `json:"prompts"`
}

// WriteAssistant makes a file of one assistant.
func WriteAssistant(a Assistant) ([]byte, error) {
	return encode(assistantFile{AssistantFormat, Version, a})
}

// WritePrompts makes a file of prompts.
func WritePrompts(prompts []Prompt) ([]byte, error) {
	if prompts == nil {
		prompts = []Prompt{}
	}
	return encode(promptsFile{PromptsFormat, Version, prompts})
}

func encode(file any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(file)
	return out.Bytes(), err
}

// ReadAssistant reads a file of one assistant.
func ReadAssistant(raw []byte) (Assistant, error) {
	var file assistantFile
	if err := decode(raw, MaxAssistantFile, AssistantFormat, &file); err != nil {
		return Assistant{}, err
	}
	a, err := Clean(file.Assistant)
	return a, err
}

// ReadPrompts reads a file of prompts.
func ReadPrompts(raw []byte) ([]Prompt, error) {
	var file promptsFile
	if err := decode(raw, MaxPromptsFile, PromptsFormat, &file); err != nil {
		return nil, err
	}
	if len(file.Prompts) > MaxPrompts {
		return nil, ErrTooLarge
	}
	for i, p := range file.Prompts {
		p = Prompt{Title: line(p.Title), About: line(p.About), Text: text(p.Text)}
		if p.Title == "" || p.Text == "" || tooLong(p.Title, MaxTitle) || tooLong(p.About, MaxAbout) || tooLong(p.Text, MaxPrompt) {
			return nil, ErrInvalid
		}
		file.Prompts[i] = p
	}
	return file.Prompts, nil
}

func decode(raw []byte, most int, format string, into any) error {
	if len(raw) > most {
		return ErrTooLarge
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	var head struct {
		Format  string
		Version int
	}
	if !utf8.Valid(raw) || json.Unmarshal(raw, &head) != nil || head.Format != format {
		return ErrUnknown
	}
	if head.Version > Version {
		return ErrNewer
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if head.Version < 1 || decoder.Decode(into) != nil {
		return ErrInvalid
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return ErrUnknown
	}
	return nil
}

// Clean takes out what must not stand in a name or a text, puts the first icon
// and colour for unknown ones, and refuses with [ErrInvalid] what is missing,
// too long or out of range.
func Clean(a Assistant) (Assistant, error) {
	a.Name, a.Description, a.Model, a.Instructions = line(a.Name), line(a.Description), line(a.Model), text(a.Instructions)
	a.Icon, a.Colour = known(a.Icon, Icons()), known(a.Colour, Colours())
	if a.Name == "" || tooLong(a.Name, MaxName) || tooLong(a.Description, MaxDescription) || tooLong(a.Model, MaxModel) ||
		tooLong(a.Instructions, MaxInstructions) {
		return a, ErrInvalid
	}
	var err error
	if a.Starters, err = lines(a.Starters, MaxStarters, MaxStarter); err != nil {
		return a, err
	}
	if a.Collections, err = lines(a.Collections, MaxCollections, MaxCollection); err != nil {
		return a, err
	}
	if a.Parameters != nil {
		p := *a.Parameters
		if !p.valid() {
			return a, ErrInvalid
		}
		a.Parameters = &p
		if p == (Parameters{}) {
			a.Parameters = nil
		}
	}
	return a, nil
}

// Valid says whether all values are in their ranges.
func (p Parameters) valid() bool {
	within := func(v *float64, low, high float64) bool { return v == nil || *v >= low && *v <= high }
	return oneOf(p.Style, "", "precise", "balanced", "creative", "own") && oneOf(p.Thinking, "", "on", "off") &&
		within(p.Temperature, 0, 2) && within(p.TopP, 0.01, 1) &&
		p.MaxTokens >= 0 && p.MaxTokens <= 131_072 && p.Seed >= 0 && p.Seed <= 2_147_483_647 &&
		(p.ContextWindow == 0 || p.ContextWindow >= 1024 && p.ContextWindow <= 131_072)
}

// Check refuses parameters out of range with [ErrInvalid].
func Check(p Parameters) error {
	if !p.valid() {
		return ErrInvalid
	}
	return nil
}

func oneOf(value string, options ...string) bool {
	for _, option := range options {
		if value == option {
			return true
		}
	}
	return false
}

func known(value string, options []string) string {
	if oneOf(value, options...) {
		return value
	}
	return options[0]
}

func tooLong(s string, most int) bool { return utf8.RuneCountInString(s) > most }

// lines cleans a list and leaves out what is empty or there already.
func lines(list []string, most, length int) ([]string, error) {
	var kept []string
	for _, s := range list {
		s = line(s)
		if tooLong(s, length) {
			return nil, ErrInvalid
		}
		if s != "" && !oneOf(s, kept...) {
			kept = append(kept, s)
		}
	}
	if len(kept) > most {
		return nil, ErrInvalid
	}
	return kept, nil
}

// line is a text on one line.
func line(s string) string { return strings.Join(strings.Fields(text(s)), " ") }

// text drops control characters and those that turn the direction of writing,
// by which a text can show as something else than it is.
func text(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\u200E', r == '\u200F', r == '\uFEFF':
			return -1
		case r >= 0xE0000 && r <= 0xE007F: // tags: invisible to people, read by models
			return -1
		}
		return r
	}, s))
}
