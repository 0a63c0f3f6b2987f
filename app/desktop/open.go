package desktop

import (
	"errors"
	"path/filepath"
	"strings"
)

// OpenFile implements [app.Shell]: it hands a file to the program the system
// has for its kind, or shows it selected in its folder. The path goes to the
// system as one argument, never through a command line that is parsed again.
func (w *Window) OpenFile(path string, folder bool) error {
	if !filepath.IsAbs(path) || strings.ContainsAny(path, "\x00\"\r\n") {
		return errors.New("not a plain absolute path")
	}
	if folder {
		return showInFolder(path)
	}
	return openFile(path)
}
