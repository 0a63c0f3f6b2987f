package sharing

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func schemaOf(t *testing.T, format string) *jsonschema.Schema {
	t.Helper()
	raw, err := Schema(format)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(format, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(format)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func accepts(t *testing.T, schema *jsonschema.Schema, raw []byte) bool {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	return err == nil && schema.Validate(value) == nil
}

func full() Assistant {
	warm, top := 0.3, 0.9
	return Assistant{
		Name: "Vertragsleser", Icon: "scale", Colour: "green", Description: "Liest Verträge.", Model: "qwen3:4b",
		Instructions: "Lies genau.\nZitiere wörtlich.", Collections: []string{"Verträge"}, Starters: []string{"Welche Fristen gibt es?"},
		Parameters: &Parameters{Style: "own", Temperature: &warm, TopP: &top, MaxTokens: 800, ContextWindow: 8192, Seed: 7, Thinking: "off"},
	}
}

// What is written follows the schema and is read as it was.
func TestFilesFollowTheirSchema(t *testing.T) {
	schema := schemaOf(t, AssistantFormat)
	for _, a := range []Assistant{full(), {Name: "Only a name", Icon: "sparkles", Colour: "blue"}} {
		raw, err := WriteAssistant(a)
		if err != nil || !accepts(t, schema, raw) {
			t.Fatalf("%s does not follow the schema: %v", raw, err)
		}
		if got, err := ReadAssistant(raw); err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("read %+v, %v; want %+v", got, err, a)
		}
	}
	prompts := []Prompt{{Title: "Reply", About: "To a letter", Text: "Answer {{Letter:long}}\n<b>"}, {Title: "B", Text: "c"}}
	raw, err := WritePrompts(prompts)
	if err != nil || !accepts(t, schemaOf(t, PromptsFormat), raw) {
		t.Fatalf("%s does not follow the schema: %v", raw, err)
	}
	if got, err := ReadPrompts(raw); err != nil || !slices.Equal(got, prompts) {
		t.Errorf("read %+v, %v", got, err)
	}
}

// The sets in the schema are those of the program.
func TestSchemaNamesTheSets(t *testing.T) {
	schema := schemaOf(t, AssistantFormat)
	for _, icon := range Icons() {
		for _, colour := range Colours() {
			raw, _ := WriteAssistant(Assistant{Name: "x", Icon: icon, Colour: colour})
			if !accepts(t, schema, raw) {
				t.Errorf("the schema does not know %s in %s", icon, colour)
			}
		}
	}
}

// A hostile or broken file ends in one of the four errors; the reader never
// takes what the schema refuses, but for names of icons.
func TestHostileFiles(t *testing.T) {
	schema := schemaOf(t, AssistantFormat)
	wrap := func(assistant string) string {
		return `{"format":"kontor-assistant","version":1,"assistant":` + assistant + `}`
	}
	deep := strings.Repeat("[", 100_000)
	tests := map[string]struct {
		raw  string
		want error
	}{
		"empty":            {"", ErrUnknown},
		"not JSON":         {"<html>", ErrUnknown},
		"not UTF-8":        {wrap("{\"name\":\"\xff\"}"), ErrUnknown},
		"binary":           {"PK\x03\x04", ErrUnknown},
		"another format":   {`{"format":"kontor-prompts","version":1,"prompts":[]}`, ErrUnknown},
		"newer":            {`{"format":"kontor-assistant","version":2,"assistant":{"name":"x"},"tools":[]}`, ErrNewer},
		"no version":       {`{"format":"kontor-assistant","assistant":{"name":"x"}}`, ErrInvalid},
		"two values":       {wrap(`{"name":"x"}`) + wrap(`{"name":"y"}`), ErrUnknown},
		"no name":          {wrap(`{}`), ErrInvalid},
		"blank name":       {wrap(`{"name":" \u200e\u0007 "}`), ErrInvalid},
		"unknown field":    {wrap(`{"name":"x","tools":["shell"]}`), ErrInvalid},
		"wrong type":       {wrap(`{"name":["x"]}`), ErrInvalid},
		"long name":        {wrap(`{"name":"` + strings.Repeat("ä", 81) + `"}`), ErrInvalid},
		"long text":        {wrap(`{"name":"x","instructions":"` + strings.Repeat("x", 8001) + `"}`), ErrInvalid},
		"many starters":    {wrap(`{"name":"x","starters":["1","2","3","4","5","6","7"]}`), ErrInvalid},
		"hot":              {wrap(`{"name":"x","parameters":{"temperature":9}}`), ErrInvalid},
		"negative":         {wrap(`{"name":"x","parameters":{"maxTokens":-1}}`), ErrInvalid},
		"tiny window":      {wrap(`{"name":"x","parameters":{"contextWindow":16}}`), ErrInvalid},
		"unknown style":    {wrap(`{"name":"x","parameters":{"style":"wild"}}`), ErrInvalid},
		"huge number":      {wrap(`{"name":"x","parameters":{"seed":1e400}}`), ErrInvalid},
		"deep":             {wrap(deep), ErrUnknown},
		"large":            {wrap(`{"name":"` + strings.Repeat("x", MaxAssistantFile) + `"}`), ErrTooLarge},
		"a path as a name": {wrap(`{"name":"x","collections":["` + strings.Repeat("../", 100) + `"]}`), ErrInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := ReadAssistant([]byte(tt.raw)); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if tt.want != ErrTooLarge && name != "blank name" && name != "not UTF-8" && accepts(t, schema, []byte(tt.raw)) {
				t.Error("the schema takes it")
			}
		})
	}
	most := `{"format":"kontor-prompts","version":1,"prompts":[{"title":"x","text":"y"}]}`
	most += strings.Repeat(" ", MaxPromptsFile-len(most))
	if read, err := ReadPrompts([]byte(most)); err != nil || len(read) != 1 {
		t.Errorf("a file of the largest size: %d prompts, %v", len(read), err)
	}
	if _, err := ReadPrompts([]byte(most + " ")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more: %v", err)
	}
	for name, raw := range map[string]string{
		"newer":    `{"format":"kontor-prompts","version":9}`,
		"no text":  `{"format":"kontor-prompts","version":1,"prompts":[{"title":"x"}]}`,
		"not ours": `[]`,
		"too many": `{"format":"kontor-prompts","version":1,"prompts":[` + strings.Repeat(`{"title":"x","text":"y"},`, MaxPrompts) + `{"title":"x","text":"y"}]}`,
	} {
		if _, err := ReadPrompts([]byte(raw)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Characters by which a text shows as something else are gone.
func TestTextsAreCleaned(t *testing.T) {
	raw := `{"format":"kontor-assistant","version":1,"assistant":{"name":"a\u202eb\n c","icon":"skull","instructions":"x\u0000\r\ny\udb40\udc41","starters":["q","q"," "]}}`
	a, err := ReadAssistant([]byte(raw))
	if err != nil || a.Name != "ab c" || a.Icon != "sparkles" || a.Instructions != "x\ny" || !slices.Equal(a.Starters, []string{"q"}) {
		t.Errorf("%+v, %v", a, err)
	}
}

func FuzzReadAssistant(f *testing.F) {
	raw, err := WriteAssistant(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := ReadAssistant(raw)
		if err != nil {
			return
		}
		written, err := WriteAssistant(a)
		if err != nil || !json.Valid(written) {
			t.Fatal(err)
		}
		if again, err := ReadAssistant(written); err != nil || !reflect.DeepEqual(again, a) {
			t.Errorf("%+v becomes %+v, %v", a, again, err)
		}
	})
}
