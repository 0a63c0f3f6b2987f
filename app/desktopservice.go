package app

import (
	"context"

	"kontor/app/policy"
)

// Codes of problems with the keys that call the window.
const (
	ProblemHotkeyTaken   = "hotkey_taken"
	ProblemHotkeyNoWay   = "hotkey_no_way"
	ProblemHotkeyRefused = "hotkey_refused"
	ProblemHotkeyNoKey   = "hotkey_no_key"
)

// DesktopShell is a [Shell] that has a desktop around it.
type DesktopShell interface {
	Desktop(ctx context.Context) Desktop
}

// DesktopWishes are what the settings want of the desktop, and the words for it.
type DesktopWishes struct {
	// Tray wants the icon in the tray, where closing the window leaves the program.
	Tray bool
	// Hotkey are the keys that call the window, "" for none.
	Hotkey string
	Words  DesktopWords
}

// DesktopWords are texts outside of the page, in the person's language.
type DesktopWords struct {
	Open, NewChat, Quit string
	// HotkeyReason tells what the keys are for.
	HotkeyReason string
}

// DesktopWishes returns the wishes of now; after Start.
func (a *App) DesktopWishes() DesktopWishes {
	return DesktopWishes{Tray: a.policy.Switch(policy.Tray), Hotkey: a.policy.Text(policy.Hotkey), Words: DesktopWords{
		Open: a.text("tray.open", nil), NewChat: a.text("tray.new_chat", nil), Quit: a.text("tray.quit", nil),
		HotkeyReason: a.text("tray.hotkey_reason", nil),
	}}
}

// DesktopService tells the page what the desktop offers.
type DesktopService struct{ app *App }

func (s *DesktopService) register(t *Surface) { handle(t, "desktop.get", s.Get) }

// Get looks at the desktop now.
func (s *DesktopService) Get(ctx context.Context, p Principal, _ Empty) (Desktop, error) {
	shell, is := s.app.shell.(DesktopShell)
	if !is || !p.Local {
		return Desktop{}, nil
	}
	return shell.Desktop(ctx), nil
}
