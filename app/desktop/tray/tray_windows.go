package tray

import (
	"context"
	"runtime"
	"sync"

	"fyne.io/systray"

	"kontor/app/desktop/icon"
)

// Watch tells whether there is a tray: always here.
func Watch(ctx context.Context, moved func(there bool)) {
	moved(true)
	<-ctx.Done()
}

// Tray is an icon in the notification area. The library keeps one for the whole
// process, which it can end but once: a second one of a run stays until its end.
type Tray struct {
	ended chan struct{}

	mu    sync.Mutex
	look  Look
	items []*systray.MenuItem // of the entries; nil for separators
}

// Show puts the icon into the notification area.
func Show(look Look) (*Tray, error) {
	t := &Tray{look: look, ended: make(chan struct{})}
	go func() {
		defer close(t.ended)
		runtime.LockOSThread() // Windows sends a window's messages to the thread that made it
		defer runtime.UnlockOSThread()
		systray.Run(t.ready, nil)
	}()
	return t, nil
}

func (t *Tray) ready() {
	t.mu.Lock()
	defer t.mu.Unlock()
	systray.SetIcon(icon.ICO(16, 20, 24, 32, 48))
	systray.SetTooltip(t.look.Title)
	systray.SetOnTapped(func() {
		t.mu.Lock()
		opened := t.look.Opened
		t.mu.Unlock()
		if opened != nil {
			go opened()
		}
	})
	systray.ResetMenu()
	t.items = nil
	for i, entry := range t.look.Entries {
		if entry.Label == "" {
			systray.AddSeparator()
			t.items = append(t.items, nil)
			continue
		}
		item := systray.AddMenuItem(entry.Label, "")
		t.items = append(t.items, item)
		go t.follow(i, item.ClickedCh)
	}
}

func (t *Tray) follow(entry int, clicked <-chan struct{}) {
	for range clicked {
		t.mu.Lock()
		var chosen func()
		if entry < len(t.look.Entries) {
			chosen = t.look.Entries[entry].Chosen
		}
		t.mu.Unlock()
		if chosen != nil {
			go chosen()
		}
	}
}

// Change shows other labels; the entries stay as many as they were.
func (t *Tray) Change(look Look) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.look = look
	for i, item := range t.items {
		if item != nil && i < len(look.Entries) {
			item.SetTitle(look.Entries[i].Label)
		}
	}
}

// Close takes the icon away.
func (t *Tray) Close() { systray.Quit() }
