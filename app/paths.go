package app

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

// Paths are the folders Kontor uses. They stand where the system expects them
// unless one folder was named for all.
type Paths struct {
	Data   string // database, originals, models
	Config string // window placement
	Cache  string // compiled parsers; may be deleted at any time
	Logs   string
}

// DefaultPaths returns the system's folders, or four below one folder if it is
// not empty. Nothing is created.
func DefaultPaths(folder string) (Paths, error) {
	if folder != "" {
		absolute, err := filepath.Abs(folder)
		if err != nil {
			return Paths{}, fmt.Errorf("data folder: %w", err)
		}
		return Paths{
			Data:   absolute,
			Config: filepath.Join(absolute, "config"),
			Cache:  filepath.Join(absolute, "cache"),
			Logs:   filepath.Join(absolute, "logs"),
		}, nil
	}
	return Paths{
		Data:   filepath.Join(xdg.DataHome, "kontor"),
		Config: filepath.Join(xdg.ConfigHome, "kontor"),
		Cache:  filepath.Join(xdg.CacheHome, "kontor"),
		Logs:   filepath.Join(xdg.StateHome, "kontor"),
	}, nil
}

// create makes the folders, for the owner's eyes only.
func (p Paths) create() error {
	for _, folder := range []string{p.Data, p.Config, p.Cache, p.Logs, p.originals()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("create folder: %w", err)
		}
	}
	return nil
}

// images holds the pictures of questions.
func (p Paths) images() string { return filepath.Join(p.Data, "images") }

func (p Paths) originals() string { return filepath.Join(p.Data, "originals") }

// opened holds copies that other programs were given; it is emptied at start.
func (p Paths) opened() string { return filepath.Join(p.Cache, "opened") }
func (p Paths) models() string { return filepath.Join(p.Data, "models") }
