//go:build desktop || bindings || dev

package desktop

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"kontor/app"
	"kontor/app/desktop/hotkey"
	"kontor/app/desktop/tray"
)

// presence is the window's place on the desktop beside itself: the icon in the
// tray and the keys that call it. It follows the settings.
type presence struct {
	window *Window
	wishes func() app.DesktopWishes
	bus    *app.Bus

	// moved wakes the one goroutine that changes tray and keys.
	moved chan struct{}

	mu       sync.Mutex
	offered  bool // somebody shows a tray
	icon     *tray.Tray
	away     bool // the window is hidden, behind its icon
	quitting bool
	held     bool
	chosen   string
	problem  *app.Problem
}

func newPresence(w *Window) *presence {
	return &presence{window: w, wishes: w.options.Wishes, bus: w.options.Bus, moved: make(chan struct{}, 1)}
}

// follow keeps tray and keys as the settings want them until ctx ends. It must
// not begin before the settings are read.
func (p *presence) follow(ctx context.Context) {
	if p.wishes == nil || p.bus == nil {
		return
	}
	var working sync.WaitGroup
	defer working.Wait()
	working.Go(func() { tray.Watch(ctx, p.trayMoved) })
	working.Go(func() { p.watchSettings(ctx) })
	keys := &keyHolder{presence: p}
	defer keys.stop()
	for {
		wishes := p.wishes()
		p.show(wishes)
		keys.want(ctx, wishes.Hotkey, wishes.Words.HotkeyReason)
		select {
		case <-ctx.Done():
			p.hideIcon()
			return
		case <-p.moved:
		}
	}
}

func (p *presence) wake() {
	select {
	case p.moved <- struct{}{}:
	default:
	}
}

func (p *presence) watchSettings(ctx context.Context) {
	follower := p.bus.Follow(p.bus.Seq())
	defer follower.Close()
	p.wake() // what changed before
	for {
		select {
		case <-ctx.Done():
			return
		case <-follower.C:
		}
		events, resync := follower.Take()
		for _, e := range events {
			resync = resync || e.SettingsChanged != nil
		}
		if resync {
			p.wake()
		}
	}
}

// trayMoved is told whether somebody shows a tray. A window that went away into
// one that is gone comes back, or nobody would find it.
func (p *presence) trayMoved(there bool) {
	p.mu.Lock()
	p.offered = there
	lost := !there && p.away
	p.mu.Unlock()
	if lost {
		_ = p.window.Raise()
	}
	p.publish()
	p.wake()
}

// show puts the icon into the tray, changes its words or takes it away.
func (p *presence) show(wishes app.DesktopWishes) {
	p.mu.Lock()
	offered, icon := p.offered, p.icon
	p.mu.Unlock()
	if !offered || !wishes.Tray {
		p.hideIcon()
		return
	}
	look := tray.Look{Title: "Kontor", Opened: func() { p.summon(false) }, Entries: []tray.Entry{
		{Label: wishes.Words.Open, Chosen: func() { p.summon(false) }},
		{Label: wishes.Words.NewChat, Chosen: func() { p.summon(true) }},
		{},
		{Label: wishes.Words.Quit, Chosen: p.quit},
	}}
	if icon != nil {
		icon.Change(look)
		return
	}
	icon, err := tray.Show(look)
	if err != nil {
		p.window.log.Warn("no icon in the tray", "error", err)
		return
	}
	p.mu.Lock()
	p.icon = icon
	p.mu.Unlock()
}

// hideIcon takes the icon away, and brings back a window that is behind it.
func (p *presence) hideIcon() {
	p.mu.Lock()
	icon, lost := p.icon, p.away && !p.quitting && p.window.bridge.life.Err() == nil
	p.icon = nil
	p.mu.Unlock()
	if icon == nil {
		return
	}
	icon.Close()
	if lost {
		_ = p.window.Raise()
	}
}

// summon brings the window to the front and lets the person write.
func (p *presence) summon(newChat bool) {
	_ = p.window.Raise()
	p.bus.Publish(app.Event{Summoned: &app.Summoned{NewChat: newChat}})
}

// toggle is what the keys do: call the window, or send it away when it is in front.
func (p *presence) toggle() {
	ctx := p.window.opened()
	if ctx == nil {
		return
	}
	if !inFront() {
		p.summon(false)
		return
	}
	if !p.goAway(ctx) {
		runtime.WindowMinimise(ctx)
	}
}

// goAway hides the window behind its icon; false where there is none.
func (p *presence) goAway(ctx context.Context) bool {
	p.mu.Lock()
	can := p.icon != nil && !p.quitting
	p.away = p.away || can
	p.mu.Unlock()
	if can {
		p.window.remember(ctx)
		runtime.WindowHide(ctx)
	}
	return can
}

// back notes that the window is shown again and says whether it was away.
func (p *presence) back() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.away
	p.away = false
	return was
}

func (p *presence) isAway() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.away
}

// quit ends the program, whether its window is shown or not.
func (p *presence) quit() {
	p.mu.Lock()
	p.quitting = true
	p.mu.Unlock()
	if ctx := p.window.opened(); ctx != nil {
		runtime.Quit(ctx)
	}
}

// obeySignals ends the program at the signals that ask for it: Wails closes the
// window then, which alone would leave the program in the tray.
func (p *presence) obeySignals(ctx context.Context) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	select {
	case <-ctx.Done():
	case <-signals:
		p.mu.Lock()
		p.quitting = true
		away := p.away // perhaps only because Wails closed the window just now
		p.mu.Unlock()
		if ctx := p.window.opened(); away && ctx != nil {
			runtime.Quit(ctx)
		}
	}
}

// Desktop implements [app.DesktopShell].
func (w *Window) Desktop(ctx context.Context) app.Desktop {
	view := w.shown.presence.view()
	view.Hotkeys = hotkey.Available(ctx)
	return view
}

func (p *presence) view() app.Desktop {
	p.mu.Lock()
	defer p.mu.Unlock()
	return app.Desktop{Window: true, Tray: p.offered, Held: p.held, Chosen: p.chosen, Problem: p.problem}
}

func (p *presence) publish() {
	view := p.window.Desktop(p.window.bridge.life)
	p.bus.Publish(app.Event{DesktopMoved: &view})
}

// keyHolder holds the wanted keys and lets go of those that were wanted before.
type keyHolder struct {
	presence *presence
	wanted   string
	let      context.CancelFunc
	done     chan struct{}
}

// want changes the keys; it returns at once, since a desktop may ask its person first.
func (k *keyHolder) want(ctx context.Context, keys, reason string) {
	if keys == k.wanted {
		return
	}
	k.stop()
	k.wanted = keys
	k.presence.report(false, "", nil)
	if keys == "" {
		return
	}
	ctx, k.let = context.WithCancel(ctx)
	done := make(chan struct{})
	k.done = done
	go func() {
		defer close(done)
		k.presence.hold(ctx, keys, reason)
	}()
}

func (k *keyHolder) stop() {
	if k.let != nil {
		k.let()
		<-k.done
		k.let = nil
	}
}

func (p *presence) hold(ctx context.Context, keys, reason string) {
	combination, err := hotkey.Parse(keys)
	if err == nil {
		pressed := make(chan struct{}, 1) // one more that comes meanwhile counts
		over := make(chan struct{})
		go func() {
			defer close(over)
			for range pressed {
				p.toggle()
			}
		}()
		err = hotkey.Hold(ctx, combination, reason, func(chosen string) { p.report(true, chosen, nil) }, func() {
			select {
			case pressed <- struct{}{}:
			default:
			}
		})
		close(pressed)
		<-over
	}
	if err == nil || ctx.Err() != nil {
		return
	}
	p.window.log.Warn("the keys that call the window do not work", "error", err)
	p.report(false, "", &app.Problem{Code: hotkeyCode(err), Args: map[string]string{"keys": keys}})
}

func (p *presence) report(held bool, chosen string, problem *app.Problem) {
	p.mu.Lock()
	p.held, p.chosen, p.problem = held, chosen, problem
	p.mu.Unlock()
	p.publish()
}

func hotkeyCode(err error) string {
	switch {
	case errors.Is(err, hotkey.ErrTaken):
		return app.ProblemHotkeyTaken
	case errors.Is(err, hotkey.ErrRefused):
		return app.ProblemHotkeyRefused
	case errors.Is(err, hotkey.ErrNoKey):
		return app.ProblemHotkeyNoKey
	}
	return app.ProblemHotkeyNoWay
}
