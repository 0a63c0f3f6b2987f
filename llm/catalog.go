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
	RoleReranking ModelRole = "reranking"
)

// Use is what a person wants a model for.
type Use string

// The uses that one model each is proposed for.
const (
	UseChat      Use = "chat"
	UseCoding    Use = "coding"
	UseEmbedding Use = "embedding"
)

// Prefixes are put before texts by the caller of an [Embedder]: models trained
// with them are much worse without.
type Prefixes struct {
	Query   string `json:"query"`
	Passage string `json:"passage"`
}

// Text is a sentence in each language of the window.
type Text struct {
	German  string `json:"de"`
	English string `json:"en"`
}

// Quantization is one file of a model.
type Quantization struct {
	// Name as GGUF files carry it, with what is left out of the file, if
	// anything.
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	// Digest is "sha256:" and at least the first twelve digits that the file's
	// publisher shows; empty if it was not found.
	Digest string `json:"digest"`
}

// Class groups models by what they ask of a machine.
type Class string

// The classes and the memory they were made for.
const (
	ClassTiny      Class = "tiny"       // below 0.6 billion parameters: everywhere
	ClassSmall     Class = "small"      // to 5.5 billion: 2 to 4 GB
	ClassMedium    Class = "medium"     // to 16 billion: 8 to 16 GB
	ClassLarge     Class = "large"      // to 40 billion: 16 to 24 GB
	ClassVeryLarge Class = "very_large" // to 390 billion: from 48 GB
	ClassFrontier  Class = "frontier"   // more: a cluster, only through an external endpoint
)

// Entry is what the catalogue knows of a model.
type Entry struct {
	Name   string    `json:"name"`
	Label  string    `json:"label"`
	Family string    `json:"family"`
	Maker  string    `json:"maker"`
	Role   ModelRole `json:"role"`
	// Licence is an SPDX identifier where there is one.
	Licence string `json:"licence"`
	// NonCommercial licences forbid a company to use the model without asking.
	NonCommercial bool `json:"noncommercial"`
	// Languages are BCP 47 codes, or "multilingual".
	Languages []string `json:"languages"`
	// Modalities the model reads: text, image, audio.
	Modalities []string `json:"modalities"`
	// ContextLength is the longest window in tokens.
	ContextLength int `json:"contextLength"`
	// Dimensions of an embedding model's vectors.
	Dimensions int `json:"dimensions"`
	// Parameters in all, and Active ones for each token; 0 means all.
	Parameters int64 `json:"parameters"`
	Active     int64 `json:"active"`
	// Uses says how well the model does what, from 1 to 100: our own order, not
	// a measurement.
	Uses map[Use]int `json:"uses"`
	// Quantizations, the recommended one first.
	Quantizations []Quantization `json:"quantizations"`
	Shape         Shape          `json:"shape"`
	// MinimumRuntime is the oldest Ollama known to run the model: the version
	// whose source names its architecture. Empty if none is known.
	MinimumRuntime string `json:"minimumRuntime"`
	Strengths      Text   `json:"strengths"`
	Limits         Text   `json:"limits"`
	// Trial marks a model that only shows that everything works.
	Trial bool `json:"trial"`
	// Prefixes and Scheme belong to embedding models; vectors made under
	// different schemes must not be compared.
	Prefixes Prefixes `json:"prefixes"`
	Scheme   string   `json:"scheme"`
	// Sources of the figures by what they are of; Estimates lists those that
	// could not be looked up.
	Sources   map[string]string `json:"sources"`
	Estimates []string          `json:"estimates"`
}

// Bytes of the recommended file.
func (e Entry) Bytes() int64 {
	if len(e.Quantizations) == 0 {
		return 0
	}
	return e.Quantizations[0].Bytes
}

// Class of the model by its parameters.
func (e Entry) Class() Class {
	for _, limit := range []struct {
		below int64
		class Class
	}{{6e8, ClassTiny}, {5.5e9, ClassSmall}, {16e9, ClassMedium}, {40e9, ClassLarge}, {390e9, ClassVeryLarge}} {
		if e.Parameters < limit.below {
			return limit.class
		}
	}
	return ClassFrontier
}

// vocabularyBits are the bits for each number of the vocabulary's matrix in
// the usual quantizations: six and a half where the others have four.
const vocabularyBits = 6.5625

// weights of one file, the vocabulary's matrix reckoned from the shape.
func (e Entry) weights(q Quantization) Weights {
	matrix := float64(e.Shape.Vocabulary) * float64(e.Shape.Embedding) * vocabularyBits / 8
	return Weights{Bytes: q.Bytes, Embedding: min(int64(matrix), q.Bytes/2)}
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
		Name: m.Name, Label: m.Name, Role: RoleChat, ContextLength: m.ContextLength, Parameters: m.Parameters, Languages: []string{}, Modalities: []string{},
		Quantizations: []Quantization{{Name: m.Quantization, Bytes: m.Bytes}}, Sources: map[string]string{"size": "server"},
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
