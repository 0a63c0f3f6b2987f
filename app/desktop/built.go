//go:build desktop || bindings || dev

package desktop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"kontor/app"
	"kontor/app/desktop/icon"
)

// Built says whether this program has a window.
const Built = true

// shown is what a Window has while it is shown.
type shown struct {
	stateFile string
	presence  *presence
	gone      chan struct{} // closed when presence has ended
}

// stopPatience is how long closing may take: answers are saved, the runtime ends.
const stopPatience = 15 * time.Second

// Colours of the empty page in both themes, as in the page's own tokens.
var (
	paperLight = options.NewRGB(0xfb, 0xfa, 0xf8)
	paperDark  = options.NewRGB(0x1c, 0x1b, 0x19)
)

// Run shows the window until it is closed. It must run on the main goroutine.
func (w *Window) Run() error {
	remembered := state{Width: defaultWidth, Height: defaultHeight}
	stateFile, theme := "", "system"
	if !generating {
		if w.options.Prepare != nil {
			if proceed, err := w.options.Prepare(); err != nil || !proceed {
				return err
			}
		}
		if w.options.StateFile != nil {
			stateFile = w.options.StateFile()
		}
		if w.options.Theme != nil {
			theme = w.options.Theme()
		}
		remembered = readState(stateFile)
		w.shown.stateFile = stateFile
	}
	w.shown.presence, w.shown.gone = newPresence(w), make(chan struct{})
	return wails.Run(w.appOptions(remembered, theme))
}

func (w *Window) appOptions(remembered state, theme string) *options.App {
	background := paperLight
	if theme == "dark" {
		background = paperDark
	}
	begin := options.Normal
	if remembered.Maximised {
		begin = options.Maximised
	}
	return &options.App{
		Title: "Kontor", Width: remembered.Width, Height: remembered.Height, MinWidth: minWidth, MinHeight: minHeight,
		WindowStartState: begin, BackgroundColour: background,
		// No Assets: everything goes through the handler, for its headers.
		AssetServer:        &assetserver.Options{Handler: w.guarded(w.handler())},
		Bind:               []any{w.bridge},
		Logger:             &quietLogger{w.log},
		LogLevelProduction: 4, // warnings
		OnStartup:          func(ctx context.Context) { w.onStartup(ctx, remembered) },
		OnDomReady:         w.onDOMReady(),
		OnBeforeClose:      w.beforeClose,
		OnShutdown:         w.onShutdown,
		// Files dropped on the window reach the program as paths; the page itself must not open them.
		DragAndDrop:              &options.DragAndDrop{EnableFileDrop: true},
		EnableDefaultContextMenu: true, // copy, paste, spelling
		// The default menus on macOS carry the shortcuts for copy, paste, quit and close.
		Windows: &windows.Options{Theme: windowsTheme(theme), DisablePinchZoom: true},
		Mac:     &mac.Options{OnFileOpen: w.options.OpenFile},
		Linux:   &linux.Options{ProgramName: "kontor", Icon: icon.PNG(128), WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	}
}

// guarded lets nothing into the web view before it is guarded.
func (w *Window) guarded(next http.Handler) http.Handler {
	ready := sync.OnceValue(guardView)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !ready() {
			w.log.Error("the web view was not guarded")
			http.Error(rw, "not ready", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

func windowsTheme(theme string) windows.Theme {
	switch theme {
	case "dark":
		return windows.Dark
	case "light":
		return windows.Light
	}
	return windows.SystemDefault
}

// onStartup runs beside the window's event loop.
func (w *Window) onStartup(ctx context.Context, remembered state) {
	w.mu.Lock()
	w.ctx = ctx
	w.mu.Unlock()
	if remembered.Placed && !remembered.Maximised {
		if placed := remembered.visibleOn(currentScreen(ctx)); placed.Placed {
			runtime.WindowSetPosition(ctx, placed.X, placed.Y)
		}
	}
	runtime.OnFileDrop(ctx, func(_, _ int, paths []string) {
		if len(paths) > 0 {
			w.options.Bus.Publish(app.Event{FilesDropped: &app.FilesDropped{Paths: paths}})
		}
	})
	if w.options.Bus != nil {
		go pump(w.bridge.life, w.options.Bus, func(json string) { runtime.EventsEmit(ctx, "kontor", json) })
	}
	go w.shown.presence.obeySignals(w.bridge.life)
	w.start(w.bridge.life)
	go func() {
		defer close(w.shown.gone)
		if w.failure == nil {
			w.shown.presence.follow(w.bridge.life)
		}
	}()
}

func (w *Window) onDOMReady() func(context.Context) {
	first := true // Wails calls one after the other
	return func(context.Context) {
		if first {
			first = false
			w.writeProbe(time.Now())
		}
	}
}

// beforeClose keeps the program in the tray, if it is there, when the window is closed.
func (w *Window) beforeClose(ctx context.Context) (prevent bool) {
	if w.shown.presence.goAway(ctx) {
		return true
	}
	if !w.shown.presence.isAway() { // else it was remembered then
		w.remember(ctx)
	}
	return false
}

// remember notes size and place while the window still exists.
func (w *Window) remember(ctx context.Context) {
	path := w.shown.stateFile
	if path == "" || runtime.WindowIsFullscreen(ctx) || runtime.WindowIsMinimised(ctx) {
		return
	}
	s := readState(path)
	if s.Maximised = runtime.WindowIsMaximised(ctx); !s.Maximised {
		s.Width, s.Height = runtime.WindowGetSize(ctx)
		s.X, s.Y = runtime.WindowGetPosition(ctx)
		s.Placed = true
	}
	if err := writeState(path, s); err != nil {
		w.log.Warn("the window's place is not remembered", "error", err)
	}
}

// onShutdown stops the program. Wails calls it when the window has closed,
// also after SIGINT and SIGTERM.
func (w *Window) onShutdown(of context.Context) {
	w.bridge.close()
	w.notifications.Do(func() { w.notifiable = errors.New("closing") })
	if w.notifiable == nil {
		runtime.CleanupNotifications(of)
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	// A start that is still under way ends with the bridge's life.
	if err := w.ready(ctx); errors.Is(err, context.DeadlineExceeded) {
		w.log.Error("stopped while still starting")
	}
	select {
	case <-w.shown.gone:
	case <-ctx.Done():
		w.log.Error("stopped while the desktop still held on")
	}
	if w.options.Stop != nil {
		if err := w.options.Stop(ctx); err != nil {
			w.log.Error("stop failed", "error", err)
		}
	}
}

func currentScreen(ctx context.Context) (width, height int) {
	screens, err := runtime.ScreenGetAll(ctx)
	if err != nil {
		return 0, 0
	}
	for _, s := range screens {
		if s.IsCurrent || len(screens) == 1 {
			return s.Size.Width, s.Size.Height
		}
	}
	return 0, 0
}

// Raise brings the window to the front.
func (w *Window) Raise() error {
	ctx := w.opened()
	if ctx == nil {
		return nil // it is about to appear
	}
	away := w.shown.presence.back()
	runtime.WindowShow(ctx)
	runtime.WindowUnminimise(ctx)
	if away {
		w.replace(ctx)
	}
	present()
	return nil
}

// replace puts a window that was hidden where it was; some window managers
// choose a new place.
func (w *Window) replace(ctx context.Context) {
	if s := readState(w.shown.stateFile); s.Placed && !s.Maximised {
		runtime.WindowSetPosition(ctx, s.X, s.Y)
	}
}

// Pick implements [app.Shell].
func (w *Window) Pick(_ context.Context, folder bool) ([]string, error) {
	ctx := w.opened()
	if ctx == nil {
		return nil, &app.Error{Code: app.ProblemNotAllowed, Cause: errors.New("no window")}
	}
	if !folder {
		paths, err := runtime.OpenMultipleFilesDialog(ctx, runtime.OpenDialogOptions{})
		if err != nil {
			return nil, fmt.Errorf("file dialog: %w", err)
		}
		return paths, nil
	}
	path, err := runtime.OpenDirectoryDialog(ctx, runtime.OpenDialogOptions{})
	if err != nil {
		return nil, fmt.Errorf("folder dialog: %w", err)
	}
	if path == "" {
		return nil, nil
	}
	return []string{path}, nil
}

// Notify implements [app.Shell]. On macOS the system may ask the person first.
func (w *Window) Notify(title, body string) error {
	ctx := w.opened()
	if ctx == nil {
		return &app.Error{Code: app.ProblemNotAllowed, Cause: errors.New("no window")}
	}
	w.notifications.Do(func() {
		if w.notifiable = runtime.InitializeNotifications(ctx); w.notifiable == nil {
			runtime.OnNotificationResponse(ctx, func(runtime.NotificationResult) { _ = w.Raise() })
			_, w.notifiable = runtime.RequestNotificationAuthorization(ctx)
		}
	})
	err := w.notifiable
	if err == nil {
		err = runtime.SendNotification(ctx, runtime.NotificationOptions{ID: "answer", Title: title, Body: body})
	}
	if err != nil {
		return &app.Error{Code: app.ProblemNotAllowed, Cause: fmt.Errorf("notify: %w", err)}
	}
	return nil
}

// OpenLink implements [app.Shell]. It refuses everything but http, https and mailto.
func (w *Window) OpenLink(url string) error {
	link, err := checkedLink(url)
	if err != nil {
		return err
	}
	ctx := w.opened()
	if ctx == nil {
		return &app.Error{Code: app.ProblemNotAllowed, Cause: errors.New("no window")}
	}
	runtime.BrowserOpenURL(ctx, link)
	return nil
}
