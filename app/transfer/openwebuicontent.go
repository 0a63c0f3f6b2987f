package transfer

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strconv"
	"strings"
)

type openWebUIMessage struct {
	ID       string            `json:"id"`
	Parent   string            `json:"parentId"`
	Children []string          `json:"childrenIds"`
	Role     string            `json:"role"`
	Content  json.RawMessage   `json:"content"`
	Model    string            `json:"model"`
	Created  moment            `json:"timestamp"`
	Files    []openWebUIFile   `json:"files"`
	Error    json.RawMessage   `json:"error"`
	Sources  []openWebUISource `json:"sources"`
	Cited    []openWebUISource `json:"citations"` // what sources were called until 0.5
	Output   []json.RawMessage `json:"output"`
	// Merged is one answer made of those of several models.
	Merged struct {
		Content string `json:"content"`
	} `json:"merged"`
	Steps []struct {
		Description string          `json:"description"`
		Query       string          `json:"query"`
		URLs        []string        `json:"urls"`
		Items       []openWebUIPage `json:"items"`
	} `json:"statusHistory"`
	// Ran is code that a person or an action ran.
	Ran []struct {
		Language string `json:"language"`
		Code     string `json:"code"`
		Result   struct {
			Output string `json:"output"`
			Error  string `json:"error"`
		} `json:"result"`
	} `json:"code_executions"`
}

type openWebUIPage struct {
	Title string `json:"title"`
	URL   string `json:"link"`
}

type openWebUIFile struct {
	Type string `json:"type"`
	Name string `json:"name"`
	URL  string `json:"url"`
	File struct {
		Data struct {
			Content string `json:"content"`
		} `json:"data"`
	} `json:"file"`
}

type openWebUISource struct {
	Source struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"source"`
	Document []string `json:"document"`
	Metadata []struct {
		Source string `json:"source"`
	} `json:"metadata"`
}

// openWebUIStep is a step of an answer, since 0.7.
type openWebUIStep struct {
	Type      string          `json:"type"`
	Name      string          `json:"name"`
	Arguments string          `json:"arguments"`
	Language  string          `json:"lang"`
	Code      string          `json:"code"`
	Content   json.RawMessage `json:"content"`
	Summary   json.RawMessage `json:"summary"`
	Output    json.RawMessage `json:"output"`
	Files     []openWebUIFile `json:"files"`
}

func (c *Chat) openWebUIDraft(m openWebUIMessage) draft {
	d := draft{Message: Message{ID: m.ID, ParentID: m.Parent, Role: m.Role, Model: m.Model, CreatedAt: int64(m.Created)}}
	text := resultText(m.Content)
	if m.Role == "system" {
		c.Instructions = firstOf(c.Instructions, text)
		d.hidden = true
		return d
	}
	d.searched(m)
	answered := false
	for _, raw := range m.Output {
		answered = c.openWebUIStep(&d, raw) || answered
	}
	if !answered {
		d.folded(text, len(m.Output) == 0)
	}
	d.say(m.Merged.Content)
	for _, ran := range m.Ran {
		d.think(fenced(ran.Language, ran.Code))
		if result := paragraphs(ran.Result.Output, ran.Result.Error); result != "" {
			d.think(fenced("", result))
		}
	}
	for _, f := range m.Files {
		c.openWebUIFile(&d, f)
	}
	if d.empty() && len(m.Error) > 0 {
		var problem struct {
			Content string `json:"content"`
		}
		if json.Unmarshal(m.Error, &problem) == nil {
			d.say(problem.Content)
		}
	}
	if len(m.Sources) == 0 {
		m.Sources = m.Cited
	}
	for i, source := range m.Sources {
		if source.Source.Name != "" {
			d.say(source.line(i + 1))
		}
	}
	return d
}

// searched adds what was looked for before the answer and the pages that were found.
func (d *draft) searched(m openWebUIMessage) {
	for _, step := range m.Steps {
		var found []string
		for _, page := range step.Items {
			found = append(found, link(page.Title, page.URL))
		}
		if len(found) == 0 {
			for _, address := range step.URLs {
				found = append(found, link("", address))
			}
		}
		if step.Query == "" && len(found) == 0 {
			continue // only says that something goes on
		}
		d.think(paragraphs(firstOf(step.Query, step.Description), strings.Join(found, "\n\n")))
	}
}

// openWebUIStep adds a step and tells whether it is what was answered.
func (c *Chat) openWebUIStep(d *draft, raw json.RawMessage) (answered bool) {
	var step openWebUIStep
	if tolerant(raw, &step) != nil {
		return false
	}
	switch step.Type {
	case "reasoning":
		d.think(firstOf(resultText(step.Content), resultText(step.Summary)))
	case "function_call":
		d.think(call(step.Name, step.Arguments))
	case "function_call_output":
		if result := firstOf(resultText(step.Output), present(step.Output)); result != "" {
			d.think(fenced("", result))
		}
	case "message":
		answer := resultText(step.Content)
		d.say(answer)
		return answer != ""
	case "open_webui:code_interpreter":
		d.think(fenced(step.Language, step.Code))
		if len(step.Output) > 0 {
			d.think(fenced("", firstOf(resultText(step.Output), present(step.Output))))
		}
	default:
		d.foreign(raw)
	}
	for _, f := range step.Files {
		c.openWebUIFile(d, f)
	}
	return false
}

// present is JSON as it stands, "" for none.
func present(raw json.RawMessage) string {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return ""
	}
	switch text := compact.String(); text {
	case "null", `""`, "[]", "{}":
		return ""
	default:
		return text
	}
}

func (c *Chat) openWebUIFile(d *draft, f openWebUIFile) {
	if text := f.File.Data.Content; text != "" {
		d.say(strings.TrimSpace(f.Name + "\n\n" + fenced("", text)))
		return
	}
	d.picture(c, dataURL(f.URL), f.Name)
}

// line names a source of an answer with what was read of it.
func (s openWebUISource) line(n int) string {
	name := s.Source.Name
	address := s.Source.URL
	for _, m := range s.Metadata {
		if address == "" && strings.HasPrefix(m.Source, "http") {
			address = m.Source
		}
	}
	if strings.HasPrefix(address, "http") && address != name {
		name = link(name, address)
	}
	line := "[" + strconv.Itoa(n) + "] " + name
	for _, p := range s.Document {
		line += "\n" + quoted(p)
	}
	return line
}

// details are the folded parts that Open WebUI wrote into an answer's text until 0.7.
var details = regexp.MustCompile(`(?s)<details type="(\w+)"([^>]*)>(.*?)</details>\s*`)

var summary = regexp.MustCompile(`(?s)<summary>(.*?)</summary>\s*`)

var attribute = regexp.MustCompile(`(?s)(\w+)="([^"]*)"`)

// folded takes thoughts and tools out of an answer's text.
func (d *draft) folded(text string, thoughts bool) {
	rest := details.ReplaceAllStringFunc(text, func(block string) string {
		found := details.FindStringSubmatch(block)
		if thoughts {
			d.unfolded(found[1], found[2], found[3])
		}
		return ""
	})
	d.thoughtAndSaid(strings.TrimSpace(rest))
}

// unfolded adds a folded part. Of a tool everything stands in the attributes.
func (d *draft) unfolded(kind, head, body string) {
	has := map[string]string{}
	for _, pair := range attribute.FindAllStringSubmatch(head, -1) {
		has[pair[1]] = html.UnescapeString(pair[2])
	}
	if kind == "tool_calls" && has["name"] != "" {
		d.think(call(has["name"], unwrapped(has["arguments"])))
		if result := unwrapped(has["result"]); result != "" {
			d.think(fenced("", result))
		}
		return
	}
	lines := strings.Split(strings.TrimSpace(html.UnescapeString(summary.ReplaceAllString(body, ""))), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(lines[i], ">"), " ")
	}
	d.think(strings.TrimSpace(strings.Join(lines, "\n")))
	if output := unwrapped(has["output"]); output != "" {
		d.think(fenced("", output))
	}
}

// unwrapped is a text that may be written as JSON in its attribute.
func unwrapped(text string) string {
	var inner string
	if json.Unmarshal([]byte(text), &inner) == nil {
		return inner
	}
	return text
}
