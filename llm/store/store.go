// Package store reads and changes a folder of models in the form the Ollama
// server keeps it: manifests that name blobs by their SHA-256, and the blobs.
//
// A model of another folder, such as one that the whole machine shares or an
// Ollama that is already installed, is used in place: its manifest is copied
// and its blobs are linked, so nothing is stored twice and the other folder is
// never written. The package knows neither the server nor the network.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// Layer is one blob of a model. Size is in bytes.
type Layer struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

// Kinds of layers.
const (
	MediaModel    = "application/vnd.ollama.image.model"
	MediaTemplate = "application/vnd.ollama.image.template"
	MediaLicence  = "application/vnd.ollama.image.license"
)

// Manifest lists the blobs of a model.
type Manifest struct {
	SchemaVersion int     `json:"schemaVersion"`
	Config        Layer   `json:"config"`
	Layers        []Layer `json:"layers"`
}

// Limits of a manifest; the longest known has some ten layers.
const (
	MaxManifestBytes = 1 << 20
	maxLayers        = 256
)

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// ErrManifest is wrapped by errors about the content of a manifest.
var ErrManifest = errors.New("store: malformed manifest")

// ParseManifest reads a manifest and checks every digest and size in it.
func ParseManifest(raw []byte) (Manifest, error) {
	var m Manifest
	if len(raw) > MaxManifestBytes {
		return m, fmt.Errorf("%w: %d bytes", ErrManifest, len(raw))
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if m.SchemaVersion != 2 || len(m.Layers) == 0 || len(m.Layers) > maxLayers {
		return m, fmt.Errorf("%w: version %d with %d layers", ErrManifest, m.SchemaVersion, len(m.Layers))
	}
	for _, layer := range m.All() {
		if !digestForm.MatchString(layer.Digest) || layer.Size < 0 || layer.Size > 1<<46 {
			return m, fmt.Errorf("%w: a layer without a digest or size", ErrManifest)
		}
	}
	return m, nil
}

// All are the layers and the configuration, each digest once.
func (m Manifest) All() []Layer {
	var all []Layer
	seen := map[string]bool{}
	for _, layer := range append([]Layer{m.Config}, m.Layers...) {
		if layer.Digest == "" && layer.Size == 0 || seen[layer.Digest] {
			continue
		}
		seen[layer.Digest] = true
		all = append(all, layer)
	}
	return all
}

// Bytes is the size of all blobs.
func (m Manifest) Bytes() int64 {
	var sum int64
	for _, layer := range m.All() {
		sum += layer.Size
	}
	return sum
}

// Layer returns the first layer of a kind.
func (m Manifest) Layer(mediaType string) (Layer, bool) {
	for _, layer := range m.Layers {
		if layer.MediaType == mediaType {
			return layer, true
		}
	}
	return Layer{}, false
}

// Store is a folder of models.
type Store struct{ Folder string }

// Model is one model of a store.
type Model struct {
	Name     Name
	Manifest Manifest
	// Linked is true if its weights lie in another folder.
	Linked bool
	// Target is the folder of the weights' file then.
	Target string
	// Missing is true if a blob is not there, or not with its size.
	Missing bool
}

// BlobPath is where a blob lies.
func (s Store) BlobPath(digest string) string {
	return filepath.Join(s.Folder, "blobs", strings.ReplaceAll(digest, ":", "-"))
}

// Has reports whether a blob is there with its size.
func (s Store) Has(layer Layer) bool {
	info, err := os.Stat(s.BlobPath(layer.Digest))
	return err == nil && info.Mode().IsRegular() && info.Size() == layer.Size
}

// Models lists what is in the store, by name. Files that are no manifests are
// passed over: a store is shared with another program.
func (s Store) Models() ([]Model, error) {
	root := filepath.Join(s.Folder, "manifests")
	var models []Model
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		inside, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		pieces := strings.Split(filepath.ToSlash(inside), "/")
		if entry.IsDir() && len(pieces) > 3 {
			return fs.SkipDir
		}
		if entry.IsDir() || len(pieces) != 4 {
			return nil
		}
		name := Name{pieces[0], pieces[1], pieces[2], pieces[3]}
		if model, ok := s.model(name); ok {
			models = append(models, model)
		}
		return nil
	})
	sort.Slice(models, func(i, j int) bool { return models[i].Name.path() < models[j].Name.path() })
	return models, err
}

func (s Store) model(name Name) (Model, bool) {
	if !name.valid() {
		return Model{}, false
	}
	info, err := os.Stat(filepath.Join(s.Folder, name.path()))
	if err != nil || !info.Mode().IsRegular() || info.Size() > MaxManifestBytes {
		return Model{}, false
	}
	raw, err := os.ReadFile(filepath.Join(s.Folder, name.path()))
	if err != nil {
		return Model{}, false
	}
	manifest, err := ParseManifest(raw)
	if err != nil {
		return Model{}, false
	}
	model := Model{Name: name, Manifest: manifest}
	for _, layer := range manifest.All() {
		if !s.Has(layer) {
			model.Missing = true
		}
	}
	largest := int64(-1)
	for _, layer := range manifest.All() {
		if layer.Size <= largest {
			continue
		}
		largest = layer.Size // the weights
		target, err := os.Readlink(s.BlobPath(layer.Digest))
		if model.Linked = err == nil; model.Linked {
			model.Target = filepath.Dir(filepath.Dir(target))
		}
	}
	return model, true
}

// Host is the host under which the server keeps models whose names have none:
// that of the models it made itself, recognised by the namespace. other is the
// answer while there are none.
func (s Store) Host(namespace, other string) string {
	found, err := filepath.Glob(filepath.Join(s.Folder, "manifests", "*", namespace))
	if err != nil || len(found) == 0 {
		return other
	}
	return filepath.Base(filepath.Dir(found[0]))
}

// Commit makes a model of blobs that lie in a folder, named as in the store:
// first the blobs, by a link so that a crash loses none, then the manifest in
// one step. Blobs that the store has are not needed in the folder.
func (s Store) Commit(name Name, raw []byte, from string) error {
	manifest, err := ParseManifest(raw)
	if err != nil {
		return err
	}
	if !name.valid() {
		return fmt.Errorf("%w: name", ErrManifest)
	}
	for _, layer := range manifest.All() {
		if s.Has(layer) {
			continue
		}
		if err := s.Place(layer.Digest, filepath.Join(from, filepath.Base(s.BlobPath(layer.Digest)))); err != nil {
			return err
		}
	}
	return s.writeManifest(name, raw)
}

// Place puts a verified file into the store as a blob: linked where the disk
// can, else moved.
func (s Store) Place(digest, file string) error {
	target := s.BlobPath(digest)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Link(file, target); err == nil {
		return nil
	}
	return os.Rename(file, target)
}

// Drop removes a blob that [Store.Place] put there unless a model uses it.
func (s Store) Drop(digest string) error {
	models, err := s.Models()
	if err != nil {
		return err
	}
	for _, model := range models {
		for _, layer := range model.Manifest.All() {
			if layer.Digest == digest {
				return nil
			}
		}
	}
	if err := os.Remove(s.BlobPath(digest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s Store) writeManifest(name Name, raw []byte) error {
	path := filepath.Join(s.Folder, name.path())
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// Not beside it: everything in that folder is taken for a manifest.
	draft := filepath.Join(s.Folder, "blobs", ".manifest-"+name.Model+"-"+name.Tag)
	if err := os.MkdirAll(filepath.Dir(draft), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(draft, raw, 0o600); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return os.Rename(draft, path)
}

// Attach makes a model of another store usable here without a copy.
func (s Store) Attach(other Store, name Name) error {
	model, ok := other.model(name)
	if !ok || model.Missing {
		return fmt.Errorf("%w: the other folder does not have it whole", ErrManifest)
	}
	raw, err := os.ReadFile(filepath.Join(other.Folder, name.path()))
	if err != nil {
		return err
	}
	for _, layer := range model.Manifest.All() {
		if s.Has(layer) {
			continue
		}
		target := s.BlobPath(layer.Digest)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		source, err := filepath.Abs(other.BlobPath(layer.Digest))
		if err != nil {
			return err
		}
		if err := os.Symlink(source, target); err != nil {
			if hard := os.Link(source, target); hard != nil { // Windows asks for a right to make the other kind
				return errors.Join(err, hard)
			}
		}
	}
	return s.writeManifest(name, raw)
}

// Frees is how many bytes [Store.Remove] would free: what no other model uses
// and what lies here.
func (s Store) Frees(name Name) (int64, error) {
	_, bytes, err := s.alone(name)
	return bytes, err
}

// alone lists the blobs that only this model uses, and their bytes on this disk.
func (s Store) alone(name Name) ([]string, int64, error) {
	models, err := s.Models()
	if err != nil {
		return nil, 0, err
	}
	used := map[string]bool{}
	var own []Layer
	for _, model := range models {
		if model.Name == name {
			own = model.Manifest.All()
			continue
		}
		for _, layer := range model.Manifest.All() {
			used[layer.Digest] = true
		}
	}
	var paths []string
	var bytes int64
	for _, layer := range own {
		if used[layer.Digest] {
			continue
		}
		path := s.BlobPath(layer.Digest)
		paths = append(paths, path)
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
	}
	return paths, bytes, nil
}

// Remove takes a model out and returns the bytes that became free. Blobs that
// other models use stay, and so does everything in folders that are only linked.
func (s Store) Remove(name Name) (int64, error) {
	paths, bytes, err := s.alone(name)
	if err != nil {
		return 0, err
	}
	manifest := filepath.Join(s.Folder, name.path())
	if err := os.Remove(manifest); err != nil {
		return 0, err
	}
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
	}
	for folder := filepath.Dir(manifest); filepath.Base(folder) != "manifests"; folder = filepath.Dir(folder) {
		if os.Remove(folder) != nil { // not empty
			break
		}
	}
	return bytes, nil
}

// Sweep takes out models whose linked files have gone, and names them.
func (s Store) Sweep() ([]Name, error) {
	models, err := s.Models()
	if err != nil {
		return nil, err
	}
	var gone []Name
	for _, model := range models {
		if !model.Missing || !model.Linked {
			continue
		}
		if _, err := s.Remove(model.Name); err != nil {
			return gone, err
		}
		gone = append(gone, model.Name)
	}
	return gone, nil
}
