package llm

import "testing"

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
		if e.Name == "" || e.Licence == "" || len(e.Languages) == 0 || e.ContextLength <= 0 || e.Bytes <= 0 || e.MemoryBytes < e.Bytes || e.Source == "" {
			t.Errorf("incomplete: %+v", e)
		}
		switch e.Role {
		case RoleChat:
		case RoleEmbedding:
			if e.Scheme == "" || e.Dimensions == 0 {
				t.Errorf("embedding model without scheme or dimensions: %+v", e)
			}
		default:
			t.Errorf("%s has role %q", e.Name, e.Role)
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

func TestPropose(t *testing.T) {
	c := catalog(t)
	for gib, want := range map[int64]string{2: "", 4: "", 6: "qwen3:1.7b", 8: "qwen3:4b", 16: "qwen3:8b", 24: "qwen3:14b", 64: "mistral-small:24b"} {
		e, ok := c.Propose(gib << 30)
		if e.Name != want || ok != (want != "") {
			t.Errorf("Propose(%d GiB) = %q, want %q", gib, e.Name, want)
		}
	}
	last := int64(0)
	for gib := int64(1); gib < 256; gib++ {
		e, _ := c.Propose(gib << 30)
		if e.MemoryBytes < last {
			t.Errorf("%d GiB gets a smaller model than less memory", gib)
		}
		last = e.MemoryBytes
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
