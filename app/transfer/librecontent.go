package transfer

import (
	"encoding/json"
	"slices"
)

type librePlugin struct {
	Latest string `json:"latest"`
	Inputs []struct {
		Plugin string          `json:"plugin"`
		Input  json.RawMessage `json:"input"`
	} `json:"inputs"`
	Outputs string `json:"outputs"`
}

type libreContent struct {
	Type  string          `json:"type"`
	Text  json.RawMessage `json:"text"` // a text, or an object with one
	Think json.RawMessage `json:"think"`
	Tool  libreTool       `json:"tool_call"`
	Image struct {
		Name string `json:"filename"`
		ID   string `json:"file_id"`
	} `json:"image_file"`
	URL struct {
		URL string `json:"url"`
	} `json:"image_url"`
	Error string `json:"error"`
}

// libreTool is a call with its result, flat or as assistants of OpenAI write it.
type libreTool struct {
	Name     string          `json:"name"`
	Args     json.RawMessage `json:"args"`
	Output   string          `json:"output"`
	Function *struct {
		Name   string          `json:"name"`
		Args   json.RawMessage `json:"arguments"`
		Output string          `json:"output"`
	} `json:"function"`
	Code *struct {
		Input   string `json:"input"`
		Outputs []struct {
			Logs string `json:"logs"`
		} `json:"outputs"`
	} `json:"code_interpreter"`
}

// said tells whether there is more than what was thought.
func said(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { return p.Type == "text" })
}

func (m libreMessage) oldPlugins() []librePlugin {
	if m.Plugin == nil {
		return nil
	}
	return []librePlugin{*m.Plugin}
}

func (d *draft) librePlugin(p librePlugin) {
	for _, in := range p.Inputs {
		d.think(call(firstOf(in.Plugin, p.Latest), firstOf(valueText(in.Input), string(in.Input))))
	}
	if p.Outputs != "" {
		d.think(fenced("", p.Outputs))
	}
}

func (c *Chat) librePart(d *draft, raw json.RawMessage, files attachments) {
	var part libreContent
	if tolerant(raw, &part) != nil {
		return
	}
	switch part.Type {
	case "text":
		d.say(valueText(part.Text))
	case "think":
		d.think(valueText(part.Think))
	case "tool_call":
		d.libreTool(part.Tool)
	case "image_file":
		d.attach(c, files, part.Image.ID, part.Image.Name)
	case "image_url":
		d.picture(c, dataURL(part.URL.URL), "")
	case "error":
		d.say(firstOf(part.Error, valueText(part.Text)))
	case "agent_update": // another agent goes on; its words follow
	default:
		text := valueText(part.Text)
		if text == "" {
			d.foreign(raw)
		}
		d.say(text)
	}
}

func (d *draft) libreTool(t libreTool) {
	switch {
	case t.Code != nil:
		d.think(fenced("python", t.Code.Input))
		for _, out := range t.Code.Outputs {
			if out.Logs != "" {
				d.think(fenced("", out.Logs))
			}
		}
		return
	case t.Function != nil:
		t.Name, t.Args, t.Output = t.Function.Name, t.Function.Args, t.Function.Output
	}
	d.think(call(t.Name, firstOf(valueText(t.Args), string(t.Args))))
	if t.Output != "" {
		d.think(fenced("", t.Output))
	}
}
