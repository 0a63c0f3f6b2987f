package prompts

import "embed"

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
		var one Assistant
		one.Template = parseTemplate(raw, func(key, value string) {
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
		})
		one.Name = name
		all = append(all, one)
	}
	return all
}
