package prompts

import (
	"embed"
	"strings"
)

//go:embed assistants/*.md
var assistants embed.FS

// Assistant is one that comes with the program. It names no model: it works
// with whatever is there.
type Assistant struct {
	Template        // Text are its instructions
	Icon     string // of the fixed sets in app/sharing
	Colour   string
	Style    string   // precise, balanced or creative
	Starters []string // questions to begin with
}

// AssistantNames lists them in the order they are shown.
func AssistantNames() []string {
	return []string{"contract", "plain", "email", "minutes", "code", "review"}
}

// Assistants lists those of the program in "de" or "en" (anything but "de" is
// English).
func Assistants(language string) []Assistant {
	if language != "de" {
		language = "en"
	}
	var all []Assistant
	for _, name := range AssistantNames() {
		raw, err := assistants.ReadFile("assistants/" + name + "." + language + ".md")
		if err != nil {
			panic("prompts: no assistant " + name + " embedded")
		}
		plain := strings.ReplaceAll(string(raw), "\r\n", "\n")
		one := Assistant{Template: parseTemplate(plain)}
		one.Name = name
		head, _, _ := strings.Cut(plain, "\n---\n")
		for line := range strings.SplitSeq(head, "\n") {
			key, value, _ := strings.Cut(line, ": ")
			switch key {
			case "icon":
				one.Icon = value
			case "colour":
				one.Colour = value
			case "style":
				one.Style = value
			case "starter":
				one.Starters = append(one.Starters, value)
			}
		}
		all = append(all, one)
	}
	return all
}
