package llm

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// ModelRole says what a model is for.
type ModelRole string

// The roles of models.
const (
	RoleChat      ModelRole = "chat"
	RoleEmbedding ModelRole = "embedding"
)

// Prefixes are put before texts by the caller of an [Embedder]: models trained
// with them are much worse without.
type Prefixes struct {
	Query   string `json:"query"`
	Passage string `json:"passage"`
}

// Entry is what the catalogue knows of a model.
type Entry struct {
	Name   string    `json:"name"`
	Family string    `json:"family"`
	Role   ModelRole `json:"role"`
	// Licence is an SPDX identifier where there is one.
	Licence string `json:"licence"`
	// Languages are BCP 47 codes, or "multilingual".
	Languages []string `json:"languages"`
	// ContextLength is the longest window in tokens.
	ContextLength int `json:"contextLength"`
	// Dimensions of an embedding model's vectors.
	Dimensions int `json:"dimensions"`
	// Bytes of the file; MemoryBytes is what running it takes with a window of
	// 8,192 tokens. For models that are only proposed both are rounded, the
	// second an estimate: file size, cache and a fixed share for the program.
	Bytes       int64 `json:"bytes"`
	MemoryBytes int64 `json:"memoryBytes"`
	Parameters  int64 `json:"parameters"`
	// Trial marks a model that only shows that everything works.
	Trial bool `json:"trial"`
	// Prefixes and Scheme belong to embedding models; vectors made under
	// different schemes must not be compared.
	Prefixes Prefixes `json:"prefixes"`
	Scheme   string   `json:"scheme"`
	// Source of the figures.
	Source string `json:"source"`
}

//go:embed catalog.json
var catalogJSON []byte

// Catalog is the list of known models.
type Catalog struct{ Entries []Entry }

// LoadCatalog reads the built-in catalogue.
func LoadCatalog() (Catalog, error) {
	var c Catalog
	if err := json.Unmarshal(catalogJSON, &c); err != nil {
		return Catalog{}, fmt.Errorf("llm: catalogue: %w", err)
	}
	return c, nil
}

// Find returns the entry of a model; servers that call it "name:latest" mean
// the same.
func (c Catalog) Find(name string) (Entry, bool) {
	name = strings.TrimSuffix(name, ":latest")
	for _, entry := range c.Entries {
		if entry.Name == name {
			return entry, true
		}
	}
	return Entry{}, false
}

// Describe returns the entry of a model, or what can be said of a model that
// is in no catalogue: embedding models of the E5 and Nomic families are known
// by their names.
func (c Catalog) Describe(m Model) Entry {
	if entry, ok := c.Find(m.Name); ok {
		return entry
	}
	entry := Entry{
		Name: m.Name, Role: RoleChat, ContextLength: m.ContextLength, Bytes: m.Bytes,
		MemoryBytes: m.Bytes + m.Bytes/4, Parameters: m.Parameters, Languages: []string{}, Source: "server",
	}
	if !m.Embedding {
		return entry
	}
	entry.Role, entry.Scheme = RoleEmbedding, "plain"
	name := strings.ToLower(m.Name)
	switch {
	case strings.Contains(name, "instruct"):
		// These want a sentence about the task instead; unknown here.
	case slices.ContainsFunc([]string{"multilingual-e5", "e5-small", "e5-base", "e5-large"}, func(part string) bool { return strings.Contains(name, part) }):
		entry.Scheme, entry.Prefixes = "e5", Prefixes{Query: "query: ", Passage: "passage: "}
	case strings.Contains(name, "nomic-embed-text"):
		entry.Scheme, entry.Prefixes = "nomic", Prefixes{Query: "search_query: ", Passage: "search_document: "}
	}
	return entry
}
