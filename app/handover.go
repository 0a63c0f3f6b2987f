package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// HandOver takes the files the program was opened with: by a double-click, by
// dropping them on its icon, by a second start while a window is open. They
// wait until a page takes them, so that none is lost before the page is there.
type HandOver struct {
	app *App

	mu    sync.Mutex
	paths []string
}

func (h *HandOver) register(s *Surface) {
	handleLocal(s, "files.handOver", h.Give)
	handleLocal(s, "files.handedOver", h.Take)
}

// OpenFiles hands files to the window, as soon as there is one.
func (a *App) OpenFiles(paths []string) { a.handOver.add(paths) }

func (h *HandOver) add(paths []string) {
	if len(paths) == 0 {
		return
	}
	h.mu.Lock()
	for _, path := range paths {
		if !slices.Contains(h.paths, path) {
			h.paths = append(h.paths, path)
		}
	}
	h.mu.Unlock()
	h.app.bus.Publish(Event{FilesOpened: &Empty{}})
}

// Give takes files of a second start. Only a window can show them.
func (h *HandOver) Give(_ context.Context, _ Principal, r FilesDropped) (Empty, error) {
	if h.app.shell.Kind() != "window" {
		return Empty{}, &Error{Code: ProblemOpenNeedsWindow}
	}
	for _, path := range r.Paths {
		if _, err := os.Stat(path); err != nil || !filepath.IsAbs(path) {
			return Empty{}, &Error{Code: ProblemNoFiles, Cause: err}
		}
	}
	h.add(r.Paths)
	return Empty{}, nil
}

// Take gives the page the files that wait, once.
func (h *HandOver) Take(context.Context, Principal, Empty) (FilesDropped, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	taken := FilesDropped{Paths: h.paths}
	h.paths = nil
	if taken.Paths == nil {
		taken.Paths = []string{}
	}
	return taken, nil
}
