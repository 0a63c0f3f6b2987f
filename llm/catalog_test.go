package llm

import (
	"slices"
	"strings"
	"testing"
)

func catalog(t *testing.T) Catalog {
	t.Helper()
	c, err := LoadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCatalogIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range catalog(t).Entries {
		if seen[e.Name] {
			t.Errorf("%s twice", e.Name)
		}
		seen[e.Name] = true
		if e.Name == "" || e.Label == "" || e.Maker == "" || e.Licence == "" || len(e.Languages) == 0 || len(e.Modalities) == 0 || e.ContextLength <= 0 || e.Bytes() <= 0 || e.Parameters <= 0 {
			t.Errorf("incomplete: %+v", e)
		}
		if e.Active > e.Parameters || !e.Shape.known() {
			t.Errorf("%s: impossible numbers: %+v", e.Name, e)
		}
		for _, text := range []string{e.Strengths.German, e.Strengths.English, e.Limits.German, e.Limits.English} {
			if !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is no sentence", e.Name, text)
			}
		}
		for _, figure := range []string{"parameters", "shape", "size"} {
			source := e.Sources[figure]
			if source == "" {
				t.Errorf("%s: the %s has no source", e.Name, figure)
			}
			if marked := slices.Contains(e.Estimates, figure); strings.Contains(source, "estimate") != marked {
				t.Errorf("%s: %s is marked as estimate: %v, but its source is %q", e.Name, figure, marked, source)
			}
		}
		checkQuantizations(t, e)
		switch e.Role {
		case RoleChat, RoleReranking:
		case RoleEmbedding:
			if e.Scheme == "" || e.Dimensions == 0 || e.Uses[UseEmbedding] == 0 {
				t.Errorf("embedding model without scheme, dimensions or use: %+v", e)
			}
		default:
			t.Errorf("%s has role %q", e.Name, e.Role)
		}
	}
	for _, name := range []string{
		"qwen3.5:0.8b", "qwen3.6:27b", "qwen3.5:397b", "gemma4:e4b", "gemma4:26b", "gemma4:31b", "mistral-small-4", "ministral-3:8b", "llama4:scout", "llama4:maverick",
		"kimi-k2.6", "glm-5.1", "deepseek-v4-pro", "minimax-m2.7", "bge-m3", "embeddinggemma:300m", "qwen3-embedding:0.6b", "nomic-embed-text-v2-moe", "bge-reranker-v2-m3",
	} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

// checkQuantizations compares sizes with the number of parameters: outside of
// two to sixteen and a half bits for each, one of them is wrong. Gemma's small
// models keep most of their parameters in sixteen bits beside the others.
func checkQuantizations(t *testing.T, e Entry) {
	t.Helper()
	for _, q := range e.Quantizations {
		bits := float64(q.Bytes) * 8 / float64(e.Parameters)
		if q.Name == "" || bits < 2 || bits > 16.5 {
			t.Errorf("%s: %s has %.1f bits for each parameter", e.Name, q.Name, bits)
		}
		if digits, ok := strings.CutPrefix(q.Digest, "sha256:"); q.Digest != "" && (!ok || len(digits) < 12) {
			t.Errorf("%s: digest %q", e.Name, q.Digest)
		}
	}
}

func TestFindKnowsLatest(t *testing.T) {
	c := catalog(t)
	for _, name := range []string{"kontor/multilingual-e5-small", "kontor/multilingual-e5-small:latest"} {
		if e, ok := c.Find(name); !ok || e.Prefixes.Query != "query: " {
			t.Errorf("Find(%q) = %+v, %v", name, e, ok)
		}
	}
	if _, ok := c.Find("unknown"); ok {
		t.Error("found an unknown model")
	}
}

func TestDescribeUnknownModels(t *testing.T) {
	c := catalog(t)
	tests := map[string]struct {
		model  Model
		scheme string
		query  string
	}{
		"e5":       {Model{Name: "someone/multilingual-e5-large:latest", Embedding: true}, "e5", "query: "},
		"nomic":    {Model{Name: "nomic-embed-text:latest", Embedding: true}, "nomic", "search_query: "},
		"instruct": {Model{Name: "multilingual-e5-large-instruct", Embedding: true}, "plain", ""},
		"other":    {Model{Name: "bge-m3", Embedding: true}, "plain", ""},
		"chat":     {Model{Name: "x", Chat: true}, "", ""},
	}
	for name, test := range tests {
		if e := c.Describe(test.model); e.Scheme != test.scheme || e.Prefixes.Query != test.query {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestCodesAreUniqueAndComplete(t *testing.T) {
	seen := map[Code]bool{}
	for _, code := range Codes() {
		if code == "" || seen[code] {
			t.Errorf("code %q is empty or listed twice", code)
		}
		seen[code] = true
	}
}
