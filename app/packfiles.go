package app

import (
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"

	"kontor/llm/pack"
)

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
			return PackReport{}, err
		}
	}
	if _, err := pack.Create(ctx, folder, target, private); err != nil {
		return PackReport{}, err
	}
	if target == "" {
		target = folder
	}
	return InspectPack(ctx, target, false)
}

// InspectPack opens a pack and, if whole is set, compares every file.
func InspectPack(ctx context.Context, path string, whole bool) (PackReport, error) {
	p, err := pack.Open(path)
	if err != nil {
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
	return string(key), err
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
