package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// Endings of files of chats that have arrived whole: those that are being
// stored, and those that are gone on with after a start.
const (
	wholeEnding = ".whole"
	againEnding = ".again"
)

// brokenOff lists the imports that the end of the program broke off, before new
// ones can come. A file that breaks the program off twice is not tried a third
// time.
func (t *Transfers) brokenOff() (paths []string) {
	files, err := os.ReadDir(t.folder())
	if err != nil {
		return nil // there is none
	}
	for _, file := range files {
		name := filepath.Join(t.folder(), file.Name())
		id, whole := strings.CutSuffix(name, wholeEnding)
		switch {
		case whole:
			err = os.Rename(name, id+againEnding)
			paths = append(paths, id+againEnding)
		case filepath.Ext(name) == againEnding:
			err = os.Remove(name)
		}
		if err != nil {
			t.app.log.Error("look for imports that broke off", "error", err)
		}
	}
	return paths
}

// resume goes on with imports that broke off. What they had stored is there and
// is passed over.
func (t *Transfers) resume(ctx context.Context, p Principal, paths []string) {
	for _, path := range paths {
		id := strings.TrimSuffix(filepath.Base(path), againEnding)
		t.tell(ResumedImport{State: "running"})
		result, err := t.take(ctx, p, id, path)
		if ctx.Err() != nil { // the program ends again, and was asked to
			if err := os.Rename(path, strings.TrimSuffix(path, againEnding)+wholeEnding); err != nil {
				t.app.log.Error("leave an import for the next start", "error", err)
			}
			return
		}
		ended := ResumedImport{State: "done", Result: &result}
		if err != nil {
			problem := AsError(err).Problem()
			ended = ResumedImport{State: "failed", Problem: &problem}
			t.app.log.Warn("an import that was gone on with failed", "code", problem.Code)
		}
		t.tell(ended)
		if err := os.Remove(path); err != nil {
			t.app.log.Error("remove an imported file", "error", err)
		}
	}
}

func (t *Transfers) tell(r ResumedImport) {
	t.mu.Lock()
	t.resumed = r
	t.mu.Unlock()
}

// Resumed says what became of an import that a start of the program went on with.
func (t *Transfers) Resumed(context.Context, Principal, Empty) (ResumedImport, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.resumed, nil
}
