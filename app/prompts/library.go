package prompts

import (
	"embed"
	"strings"
)

//go:embed library/*.md
var library embed.FS

// Template is a prompt for people: a text with places to fill in.
type Template struct {
	Name  string // of its file, the same in both languages
	Title string
	About string // one sentence
	Group string // write, language, read, meeting, data, think or people
	Text  string
}

// Groups lists the groups in the order they are shown.
func Groups() []string {
	return []string{"write", "language", "read", "meeting", "data", "think", "people"}
}

// Library lists the templates in "de" or "en" (anything but "de" is English),
// by group.
func Library(language string) []Template {
	if language != "de" {
		language = "en"
	}
	entries, err := library.ReadDir("library")
	if err != nil {
		panic("prompts: no library embedded")
	}
	byGroup := map[string][]Template{}
	for _, entry := range entries {
		name, mine := strings.CutSuffix(entry.Name(), "."+language+".md")
		if !mine {
			continue
		}
		raw, err := library.ReadFile("library/" + entry.Name())
		if err != nil {
			panic("prompts: " + entry.Name() + " cannot be read")
		}
		t := parseTemplate(raw, nil)
		t.Name = name
		byGroup[t.Group] = append(byGroup[t.Group], t)
	}
	var all []Template
	for _, group := range Groups() {
		all = append(all, byGroup[group]...)
	}
	return all
}

// parseTemplate reads "key: value" lines, a line of three dashes and the text.
// Keys that only some templates have go to others, which may be nil.
func parseTemplate(raw []byte, others func(key, value string)) Template {
	head, text, _ := strings.Cut(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n---\n")
	t := Template{Text: strings.TrimSpace(text)}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "title":
			t.Title = value
		case "about":
			t.About = value
		case "group":
			t.Group = value
		default:
			if others != nil {
				others(key, value)
			}
		}
	}
	return t
}

// Field is a place of a template that a person fills in.
type Field struct {
	Label    string
	Kind     string   // "line", "long" or "choice"
	Options  []string // of a choice
	Optional bool
	// Places are the spellings in the text that stand for it.
	Places []string
}

// Fields finds the places of a text: {{Name}} is one line, {{Name:long}} many
// lines, {{Name: a|b}} a choice; {{Name?}} may stay empty. A name that comes
// again is the same field, as it was first declared.
func Fields(text string) []Field {
	fields := []Field{}
	known := map[string]int{}
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "{{")
		inner, next, closed := strings.Cut(after, "}}")
		if !found || !closed {
			return fields
		}
		if strings.ContainsAny(inner, "\n{}") || strings.TrimSpace(inner) == "" {
			rest = after
			continue
		}
		rest = next
		f := parseField(inner)
		place := "{{" + inner + "}}"
		at, again := known[strings.ToLower(f.Label)]
		if !again {
			known[strings.ToLower(f.Label)] = len(fields)
			f.Places = []string{place}
			fields = append(fields, f)
			continue
		}
		fields[at].Places = append(fields[at].Places, place)
	}
}

func parseField(inner string) Field {
	label, kind, _ := strings.Cut(inner, ":")
	f := Field{Label: strings.TrimSpace(label), Kind: "line", Options: []string{}}
	if plain, optional := strings.CutSuffix(f.Label, "?"); optional {
		f.Label, f.Optional = strings.TrimSpace(plain), true
	}
	switch kind = strings.TrimSpace(kind); {
	case kind == "long":
		f.Kind = "long"
	case strings.Contains(kind, "|"):
		f.Kind = "choice"
		for option := range strings.SplitSeq(kind, "|") {
			if option = strings.TrimSpace(option); option != "" {
				f.Options = append(f.Options, option)
			}
		}
	}
	return f
}
