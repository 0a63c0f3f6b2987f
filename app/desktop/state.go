package desktop

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// Sizes of the window, in logical pixels.
const (
	minWidth, minHeight         = 400, 480
	defaultWidth, defaultHeight = 1200, 800
	maxRemembered               = 16384 // more is a broken file
)

// state is what is remembered of the window.
type state struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Placed    bool `json:"placed"` // X and Y count
	Maximised bool `json:"maximised"`
}

// readState returns what is remembered, or the defaults where nothing useful is.
func readState(path string) state {
	fresh := state{Width: defaultWidth, Height: defaultHeight}
	if path == "" {
		return fresh
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fresh
	}
	var s state
	if json.Unmarshal(raw, &s) != nil || s.Width < minWidth || s.Height < minHeight || s.Width > maxRemembered || s.Height > maxRemembered {
		return fresh
	}
	return s
}

// visibleOn moves a remembered place so that the window can be seen and
// grabbed on a screen of this size: the one it was on may be gone.
func (s state) visibleOn(width, height int) state {
	if width <= 0 || height <= 0 {
		s.Placed = false
		return s
	}
	s.X = max(0, min(s.X, width-minWidth/2))
	s.Y = max(0, min(s.Y, height-minHeight/4))
	return s
}

func writeState(path string, s state) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return writeFile(path, raw)
}

// writeFile replaces a file in one step.
func writeFile(path string, raw []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".kontor-*")
	if err != nil {
		return err
	}
	_, err = file.Write(raw)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
