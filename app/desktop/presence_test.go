//go:build desktop

package desktop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing/fstest"

	"kontor/app"
)

// presenceCommand is what the test asks of the process with the window.
type presenceCommand struct {
	Wishes *app.DesktopWishes
	Raise  bool // as a second start does
}

// presenceReport is what that process tells.
type presenceReport struct {
	Started, Stopped bool
	Desktop          *app.Desktop
	Summoned         *app.Summoned
}

// showPresence shows a window that obeys commands from its input until it is
// closed, and tells on its output what reaches the page.
func showPresence(folder string) int {
	bus := app.NewBus()
	var mu sync.Mutex
	var wishes app.DesktopWishes
	var output sync.Mutex
	tell := func(r presenceReport) {
		raw, _ := json.Marshal(r)
		output.Lock()
		defer output.Unlock()
		fmt.Println(string(raw))
	}
	s := &service{folder: folder}
	var w *Window
	obey := func() {
		for commands := json.NewDecoder(os.Stdin); ; {
			var command presenceCommand
			if err := commands.Decode(&command); err != nil {
				if err != io.EOF {
					fmt.Fprintln(os.Stderr, err)
				}
				return
			}
			if command.Wishes != nil {
				mu.Lock()
				wishes = *command.Wishes
				mu.Unlock()
				bus.Publish(app.Event{SettingsChanged: &app.Settings{}})
			}
			if command.Raise {
				_ = w.Raise()
			}
		}
	}
	w = New(Options{
		Calls: s, Files: s, Bus: bus, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Assets: fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><html><head><title>t</title></head><body>K</body></html>`)}},
		Start: func(ctx context.Context) error {
			follower := bus.Follow(bus.Seq())
			go func() {
				for range follower.C {
					events, _ := follower.Take()
					for _, e := range events {
						if e.DesktopMoved != nil || e.Summoned != nil {
							tell(presenceReport{Desktop: e.DesktopMoved, Summoned: e.Summoned})
						}
					}
				}
			}()
			go obey()
			tell(presenceReport{Started: true})
			return nil
		},
		Stop:      func(context.Context) error { tell(presenceReport{Stopped: true}); return nil },
		StateFile: func() string { return filepath.Join(folder, "window.json") },
		Wishes: func() app.DesktopWishes {
			mu.Lock()
			defer mu.Unlock()
			return wishes
		},
	})
	if err := w.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
