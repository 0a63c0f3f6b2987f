// Package pack reads, checks, makes and unpacks model packs: models, data for
// reading images and licences in one file or one folder, for computers without
// a network.
//
// A manifest lists every file with its size and SHA-256, where it comes from
// and under which licence; an Ed25519 signature covers the manifest. In the
// form of one file nothing stands between the parts, so there is no byte that
// the manifest, the signature or a length does not cover. The package knows no
// server, no settings and no folder of the program's own: who is trusted and
// where files go is said by the caller.
package pack

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kontor/llm"
)

// FormatVersion is the form of packs this package writes and reads.
const FormatVersion = 1

// Kinds of files that are no models.
const (
	KindLicence = "licence"
	KindOCR     = "ocr" // trained data of Tesseract
)

// Manifest describes a pack.
type Manifest struct {
	Format int    `json:"format"`
	Name   string `json:"name"`
	// Version grows with every issue of the pack; an older one is refused where a newer one is installed.
	Version int    `json:"version"`
	Title   string `json:"title"`
	// MinimumKontor and MinimumRuntime are the oldest versions that can use it, "" for any.
	MinimumKontor  string  `json:"minimumKontor,omitempty"`
	MinimumRuntime string  `json:"minimumRuntime,omitempty"`
	Models         []Model `json:"models"`
	Files          []File  `json:"files"`
}

// Model is one model of a pack. Sizes are bytes, hashes SHA-256 in hexadecimal.
type Model struct {
	Name        string   `json:"name"`
	Role        string   `json:"role"` // chat, embedding or reranking
	File        string   `json:"file"`
	SHA256      string   `json:"sha256"`
	Bytes       int64    `json:"bytes"`
	Licence     string   `json:"licence"` // SPDX identifier
	LicenceFile string   `json:"licenceFile"`
	Origin      string   `json:"origin"`
	Template    string   `json:"template,omitempty"` // instead of the file's own
	Languages   []string `json:"languages,omitempty"`
}

// File is another file of a pack.
type File struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Limits of a manifest.
const (
	maxManifestBytes = 4 << 20
	maxFiles         = 1000
	maxFileBytes     = 1 << 42
)

var (
	fileName  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,119}$`)
	packName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)
	modelName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,79}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,79})?(:[A-Za-z0-9_][A-Za-z0-9._-]{0,79})?$`)
	roles     = map[string]bool{"chat": true, "embedding": true, "reranking": true}
	kinds     = map[string]bool{KindLicence: true, KindOCR: true}
)

func broken(code llm.Code, format string, args ...any) error {
	return &llm.Error{Code: code, Cause: fmt.Errorf(format, args...)}
}

// entry is a file as it follows the manifest.
type entry struct {
	name, sum string
	bytes     int64
}

// entries are all files in the order in which they follow the manifest.
func (m Manifest) entries() []entry {
	var list []entry
	for _, f := range m.Files {
		list = append(list, entry{f.File, f.SHA256, f.Bytes})
	}
	for _, model := range m.Models {
		list = append(list, entry{model.File, model.SHA256, model.Bytes})
	}
	return list
}

// Bytes is the size of all files.
func (m Manifest) Bytes() int64 {
	var sum int64
	for _, e := range m.entries() {
		sum += e.bytes
	}
	return sum
}

// parse reads a manifest and checks everything that is said in it.
func parse(raw []byte) (Manifest, error) {
	var m Manifest
	if len(raw) > maxManifestBytes {
		return m, broken(llm.CodePackBroken, "manifest of %d bytes", len(raw))
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, broken(llm.CodePackBroken, "manifest: %w", err)
	}
	if m.Format > FormatVersion {
		return m, broken(llm.CodePackNeedsNewer, "form %d", m.Format)
	}
	return m, m.check(true)
}

// check looks at what a manifest says; hashes are missing in a description
// that a pack is made from.
func (m Manifest) check(whole bool) error {
	if m.Format != FormatVersion || !packName.MatchString(m.Name) || m.Version < 1 {
		return broken(llm.CodePackBroken, "manifest without form, name or version")
	}
	if n := len(m.Models) + len(m.Files); n == 0 || n > maxFiles {
		return broken(llm.CodePackBroken, "%d files", n)
	}
	kindOf := map[string]string{}
	for _, f := range m.Files {
		if !kinds[f.Kind] {
			return broken(llm.CodePackBroken, "%s is of no known kind", f.File)
		}
		kindOf[f.File] = f.Kind
	}
	seen := map[string]bool{"manifest.json": true, "manifest.sig": true}
	for _, e := range m.entries() {
		if !fileName.MatchString(e.name) || seen[strings.ToLower(e.name)] {
			return broken(llm.CodePackBroken, "file name %q", e.name)
		}
		seen[strings.ToLower(e.name)] = true
		sum, err := hex.DecodeString(e.sum)
		if whole && (err != nil || len(sum) != 32 || strings.ToLower(e.sum) != e.sum || e.bytes < 0 || e.bytes > maxFileBytes) {
			return broken(llm.CodePackBroken, "%s has no size or SHA-256", e.name)
		}
	}
	for _, model := range m.Models {
		if !modelName.MatchString(model.Name) || !roles[model.Role] {
			return broken(llm.CodePackBroken, "model %q, role %q", model.Name, model.Role)
		}
		if model.Licence == "" || model.Origin == "" || kindOf[model.LicenceFile] != KindLicence {
			return broken(llm.CodePackBroken, "%s lacks its licence or origin", model.Name)
		}
	}
	return nil
}

// Allows reports whether a pack may be installed with these versions where
// installed is the version that is there, 0 for none.
func (m Manifest) Allows(kontor, runtime string, installed int) error {
	if installed > m.Version {
		return broken(llm.CodePackOlder, "version %d is installed, this is %d", installed, m.Version)
	}
	if older(kontor, m.MinimumKontor) {
		return broken(llm.CodePackNeedsNewer, "Kontor %s", m.MinimumKontor)
	}
	if runtime != "" && older(runtime, m.MinimumRuntime) {
		return broken(llm.CodePackNeedsNewer, "runtime %s", m.MinimumRuntime)
	}
	return nil
}

// older compares dotted versions; what follows a minus is not looked at.
func older(have, need string) bool {
	a, b := numbers(have), numbers(need)
	for i := range max(len(a), len(b)) {
		var x, y int
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return x < y
		}
	}
	return false
}

func numbers(version string) []int {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "-")
	var list []int
	for _, piece := range strings.Split(version, ".") {
		n, err := strconv.Atoi(piece)
		if err != nil {
			break
		}
		list = append(list, n)
	}
	return list
}
