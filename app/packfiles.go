package app

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kontor/llm"
	"kontor/llm/pack"
)

// Codes of problems of those who make and check packs.
const (
	ProblemPathMissing      = "path_missing"
	ProblemPackKey          = "pack_key"
	ProblemPackKeyExists    = "pack_key_exists"
	ProblemPackSource       = "pack_source"
	ProblemPackNotInstalled = "pack_not_installed"
	ProblemModelNotHere     = "model_not_here"
)

// Codes that the command line explains further.
const (
	ProblemPackUnsigned  = string(llm.CodePackUnsigned)
	ProblemPackUntrusted = string(llm.CodePackUntrusted)
)

func packProblems() []string {
	return []string{ProblemPathMissing, ProblemPackKey, ProblemPackKeyExists, ProblemPackSource, ProblemPackNotInstalled, ProblemModelNotHere}
}

// PackReport is what a look at a pack says, for those who make and check them.
type PackReport struct {
	Manifest pack.Manifest `json:"manifest"`
	// Key that signed it, "" for none.
	Key string `json:"key"`
	// Verified is true after every file was read and compared.
	Verified bool `json:"verified"`
}

// CreatePack makes a pack of a folder; see [pack.Create]. Without a key it is
// not signed.
func CreatePack(ctx context.Context, folder, target, key string) (PackReport, error) {
	var private ed25519.PrivateKey
	if key != "" {
		var err error
		if private, err = pack.ReadKey(key); err != nil {
			return PackReport{}, &Error{Code: ProblemPackKey, Args: map[string]string{"file": key}, Cause: err}
		}
	}
	if _, err := pack.Create(ctx, folder, target, private); err != nil {
		return PackReport{}, packSource(folder, err)
	}
	if target == "" {
		target = folder
	}
	return InspectPack(ctx, target, false)
}

// packSource tells those who make a pack what their folder lacks, in the words
// of the manifest: "copy it again" is for those who got one.
func packSource(folder string, err error) error {
	var coded *llm.Error
	if !errors.As(err, &coded) || coded.Cause == nil || coded.Code == llm.CodeNotWritten || coded.Code == llm.CodeCancelled {
		return err
	}
	return &Error{Code: ProblemPackSource, Args: map[string]string{"folder": folder, "reason": coded.Cause.Error()}, Cause: err}
}

// packLike says whether a path looks like a pack, whole or not.
func packLike(path string) bool {
	if strings.EqualFold(filepath.Ext(path), pack.Extension) {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "manifest.json"))
	return err == nil
}

// InspectPack opens a pack and, if whole is set, compares every file.
func InspectPack(ctx context.Context, path string, whole bool) (PackReport, error) {
	p, err := pack.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !exists(path):
		return PackReport{}, &Error{Code: ProblemPathMissing, Args: map[string]string{"path": path}, Cause: err}
	case err != nil && !packLike(path):
		return PackReport{}, &Error{Code: ProblemNoModelFile, Args: map[string]string{"name": filepath.Base(path)}, Cause: err}
	case err != nil:
		return PackReport{}, err
	}
	defer func() { _ = p.Close() }()
	if whole {
		if err := p.Verify(ctx, nil); err != nil {
			return PackReport{}, err
		}
	}
	return PackReport{Manifest: p.Manifest, Key: string(p.Key), Verified: whole}, nil
}

// NewPackKey writes a private key and returns the public one.
func NewPackKey(path string) (string, error) {
	key, err := pack.NewKey(path)
	if errors.Is(err, fs.ErrExist) {
		err = &Error{Code: ProblemPackKeyExists, Args: map[string]string{"file": path}, Cause: err}
	}
	return string(key), err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// findTool gives Tesseract the data of packs once they hold both languages of
// the program; until then its own is more.
func (g *Getting) findTool(name string) (path, data string) {
	path, data = g.app.config.FindTool(name)
	for _, language := range []string{"deu", "eng"} {
		if _, err := os.Stat(filepath.Join(g.ocrFolder(), language+".traineddata")); err != nil {
			return path, data
		}
	}
	if name == "tesseract" && path != "" {
		data = g.ocrFolder()
	}
	return path, data
}
