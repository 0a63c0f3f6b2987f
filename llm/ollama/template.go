package ollama

import (
	"encoding/json"
	"errors"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/ollama/ollama/api"
)

// promptTemplate renders a prompt as Ollama 0.24 does (template/template.go),
// so that counting needs neither a request nor a loaded model. A test compares
// it with the server's own rendering.
type promptTemplate struct {
	whole *template.Template
	// cut is the template up to the answer, for the old kind without messages.
	cut      *template.Template
	messages bool
}

// templateMessage has the fields that templates may ask for; those of tools
// and images stay empty.
type templateMessage struct {
	Role, Content, Thinking string
	Images, ToolCalls       []string
	ToolName, ToolCallID    string
}

var errTemplate = errors.New("the template cannot be rendered here")

// parseTemplate returns nil for a template that does not parse.
func parseTemplate(text string) *promptTemplate {
	functions := template.FuncMap{
		"json":             func(v any) string { b, _ := json.Marshal(v); return string(b) },
		"currentDate":      func(...string) string { return time.Now().Format(time.DateOnly) },
		"yesterdayDate":    func(...string) string { return time.Now().AddDate(0, 0, -1).Format(time.DateOnly) },
		"toTypeScriptType": func(any) string { return "any" },
	}
	parsed, err := template.New("").Option("missingkey=zero").Funcs(functions).Parse(text)
	if err != nil || parsed.Tree == nil {
		return nil
	}
	p := &promptTemplate{whole: parsed, messages: mentions(parsed.Root, "Messages")}
	if p.messages {
		return p
	}
	if !mentions(parsed.Root, "Response") {
		parsed.Root.Nodes = append(parsed.Root.Nodes, &parse.ActionNode{
			NodeType: parse.NodeAction,
			Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{{
				NodeType: parse.NodeCommand,
				Args:     []parse.Node{&parse.FieldNode{NodeType: parse.NodeField, Ident: []string{"Response"}}},
			}}},
		})
	}
	root := parsed.Root.CopyList()
	cutAtResponse(root)
	cut, err := template.New("").Option("missingkey=zero").Funcs(functions).AddParseTree("", &parse.Tree{Root: root})
	if err != nil {
		return nil
	}
	p.cut = cut
	return p
}

// mentions reports whether a template uses the field anywhere.
func mentions(node parse.Node, field string) bool {
	return strings.Contains(node.String(), "."+field)
}

// cutAtResponse removes all behind the node that prints the answer, on every
// level of the tree on the way to it.
func cutAtResponse(list *parse.ListNode) bool {
	if list == nil {
		return false
	}
	for i, node := range list.Nodes {
		var branch *parse.BranchNode
		switch n := node.(type) {
		case *parse.ActionNode:
			if mentions(n, "Response") {
				list.Nodes = list.Nodes[:i+1]
				return true
			}
		case *parse.IfNode:
			branch = &n.BranchNode
		case *parse.RangeNode:
			branch = &n.BranchNode
		case *parse.WithNode:
			branch = &n.BranchNode
		}
		if branch != nil && (cutAtResponse(branch.List) || cutAtResponse(branch.ElseList)) {
			list.Nodes = list.Nodes[:i+1]
			return true
		}
	}
	return false
}

// render gives the prompt the server would make of the messages for a model
// that can think or cannot; think is what the request says of it.
func (p *promptTemplate) render(messages []api.Message, thinking bool, think *bool) (string, error) {
	if p == nil {
		return "", errTemplate
	}
	system, joined := join(messages)
	values := map[string]any{"Response": "", "Think": thinking, "ThinkLevel": "", "IsThinkSet": thinking}
	if thinking && think != nil && !*think {
		values["Think"], values["ThinkLevel"] = false, ""
	} else if thinking {
		values["ThinkLevel"] = "medium" // what the server makes of a plain yes
	}
	var out strings.Builder
	if p.messages {
		values["System"], values["Messages"], values["Tools"] = system, joined, []string(nil)
		if err := p.whole.Execute(&out, values); err != nil {
			return "", errTemplate
		}
		return out.String(), nil
	}
	if err := p.renderTurns(&out, joined, values); err != nil {
		return "", errTemplate
	}
	return out.String(), nil
}

// renderTurns renders templates that know one turn: system, prompt, response.
func (p *promptTemplate) renderTurns(out *strings.Builder, messages []*templateMessage, values map[string]any) error {
	var system, prompt, response string
	execute := func(t *template.Template) error {
		values["System"], values["Prompt"], values["Response"] = system, prompt, response
		system, prompt, response = "", "", ""
		return t.Execute(out, values)
	}
	for _, m := range messages {
		switch m.Role {
		case "system":
			if prompt != "" || response != "" {
				if err := execute(p.whole); err != nil {
					return err
				}
			}
			system = m.Content
		case "user":
			if response != "" {
				if err := execute(p.whole); err != nil {
					return err
				}
			}
			prompt = m.Content
		case "assistant":
			response = m.Content
		}
	}
	return execute(p.cut)
}

// join merges neighbours of one role, as the server does, and collects the
// system messages.
func join(messages []api.Message) (system string, joined []*templateMessage) {
	var systems []string
	for _, m := range messages {
		if m.Role == "system" {
			systems = append(systems, m.Content)
		}
		if last := len(joined) - 1; last >= 0 && joined[last].Role == m.Role {
			joined[last].Content += "\n\n" + m.Content
			continue
		}
		joined = append(joined, &templateMessage{Role: m.Role, Content: m.Content})
	}
	return strings.Join(systems, "\n\n"), joined
}
