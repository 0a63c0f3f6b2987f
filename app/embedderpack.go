package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kontor/llm"
	"kontor/llm/gguf"
	"kontor/localrag"
)

// EmbedderPack makes a starter pack in folder of one embedding model, for
// measurements with another embedder than the installed one. The file stays
// where it is. It returns the pack's folder.
func EmbedderPack(folder, file string) (string, error) {
	unreadable := func(err error) error {
		return &Error{Code: string(localrag.CodeUnreadable), Args: map[string]string{"name": filepath.Base(file)}, Cause: err}
	}
	header, err := gguf.Open(file, func(string) bool { return true })
	if err != nil {
		return "", unreadable(err)
	}
	content, err := os.Open(file)
	if err != nil {
		return "", unreadable(err)
	}
	defer content.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return "", unreadable(err)
	}
	catalog, err := llm.LoadCatalog()
	if err != nil {
		return "", err
	}
	name := strings.ToLower(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	entry := catalog.Describe(llm.Model{Name: name, Embedding: true})
	model := starterModel{
		Name: "eval/" + name, Role: "embedding", File: filepath.Base(file), SHA256: hex.EncodeToString(sum.Sum(nil)),
		Scheme: entry.Scheme, Dimensions: int(header.Uint(header.Architecture()+".embedding_length", 0)),
	}
	model.Prefixes.Query, model.Prefixes.Passage = entry.Prefixes.Query, entry.Prefixes.Passage
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", diskError(err)
	}
	if err := os.Symlink(file, filepath.Join(folder, model.File)); err != nil {
		return "", diskError(err)
	}
	manifest, err := json.Marshal(starterPack{Models: []starterModel{model}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "manifest.json"), manifest, 0o600); err != nil {
		return "", diskError(err)
	}
	return folder, nil
}
