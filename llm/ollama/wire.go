package ollama

import (
	"encoding/json"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

func wireMessages(messages []llm.Message) []api.Message {
	list := make([]api.Message, len(messages))
	for i, m := range messages {
		wire := api.Message{Role: string(m.Role), Content: m.Text, ToolName: m.ToolName, ToolCallID: m.CallID}
		for _, image := range m.Images {
			wire.Images = append(wire.Images, image.Bytes)
		}
		for k, call := range m.Calls {
			function := api.ToolCallFunction{Index: k, Name: call.Name, Arguments: api.NewToolCallFunctionArguments()}
			_ = json.Unmarshal(call.Arguments, &function.Arguments) // what is no object leaves them empty
			wire.ToolCalls = append(wire.ToolCalls, api.ToolCall{ID: call.ID, Function: function})
		}
		list[i] = wire
	}
	return list
}

func wireTools(tools []llm.Tool) api.Tools {
	var list api.Tools
	for _, t := range tools {
		wire := api.Tool{Type: "function", Function: api.ToolFunction{Name: t.Name, Description: t.Description}}
		_ = json.Unmarshal(t.Parameters, &wire.Function.Parameters) // parts of a schema that the server does not know are left out
		list = append(list, wire)
	}
	return list
}

func toolCalls(calls []api.ToolCall) []llm.ToolCall {
	list := make([]llm.ToolCall, len(calls))
	for i, call := range calls {
		arguments, err := json.Marshal(&call.Function.Arguments)
		if err != nil {
			arguments = []byte("{}")
		}
		list[i] = llm.ToolCall{ID: call.ID, Name: call.Function.Name, Arguments: arguments}
	}
	return list
}
